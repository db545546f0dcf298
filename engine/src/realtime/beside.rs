//! What stands beside the programme: a reference, another pass, another state of the session, the programme through a
//! codec. It is pulled in step with the programme, so that a switch is heard at once, on the same frame, without a click.

use std::sync::Arc;

use super::Monitor;
use super::builder::Place;
use super::command::Command;
use crate::render::{Library, Plan};
use crate::unit::{Db, Frames, SampleRate, Seconds};

/// Where what stands beside is while the programme is at its playhead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Follow {
    /// This much later in its own time than the programme's playhead: 0 for the same song, the distance of two choruses
    /// for two records. Before its beginning there is silence.
    Shift(Seconds),
    /// On its own: from here, in its own time, when it is set; seeking the programme does not move it.
    Free(Seconds),
}

/// Something to stand beside the programme.
#[derive(Clone)]
pub struct Beside {
    /// What it plays.
    pub plan: Arc<Plan>,
    /// Its sources.
    pub library: Arc<dyn Library>,
    /// Where it is.
    pub follow: Follow,
    /// Its level.
    pub level: Db,
    /// The programme's level while it stands there: what cannot be raised without going past full scale makes the other
    /// softer.
    pub own_level: Db,
}

/// It, and whether it is heard.
pub(super) struct Standing {
    beside: Beside,
    /// Its time less the programme's, while it is free: what a seek of the programme moves.
    free: Option<Seconds>,
    pub(super) heard: bool,
}

impl Standing {
    /// Where it stands when the programme begins at `position`, delivered.
    pub(super) fn place(&self, programme: &Plan, position: u64, device: SampleRate) -> Place {
        let here = Frames(position).seconds(programme.delivered);
        let shift = match (self.beside.follow, self.free) {
            (Follow::Shift(shift), _) => shift,
            (Follow::Free(_), Some(shift)) => shift,
            (Follow::Free(from), None) => Seconds(from.0 - here.0),
        };
        let plan = self.beside.plan.clone();
        let at = here.0 + shift.0;
        let frame = |seconds: f64, rate: SampleRate| libm::round(seconds.max(0.0) * rate.hz()) as u64;
        let position = match shift.0 == 0.0 && plan.delivered == programme.delivered {
            true => position,
            false => frame(at, plan.delivered),
        };
        Place {
            position: position.min(plan.delivered_frames()),
            plan,
            library: self.beside.library.clone(),
            wait: frame(-at, device) as usize,
            levels: (self.beside.own_level.amplitude(), self.beside.level.amplitude()),
            heard: self.heard,
        }
    }
}

impl Monitor {
    /// Puts something beside the programme, or takes it away: what plays goes on on the same frame. Until it has come it
    /// is not heard.
    pub fn set_beside(&mut self, beside: Option<Beside>) {
        let heard = self.is_beside_heard() && beside.is_some();
        let had = self.standing.is_some();
        self.standing = beside.map(|beside| {
            let free = match beside.follow {
                Follow::Free(from) => self.seconds_here().map(|here| Seconds(from.0 - here.0)),
                Follow::Shift(_) => None,
            };
            Standing { beside, free, heard }
        });
        if had || self.standing.is_some() {
            self.order_soon();
        }
    }

    /// Hears what stands beside, or the programme: within a callback and 10 ms.
    pub fn hear_beside(&mut self, on: bool) {
        if let Some(standing) = &mut self.standing {
            standing.heard = on;
            self.send(Command::Beside(on));
        }
    }

    /// Whether what stands beside is to be heard.
    pub fn is_beside_heard(&self) -> bool {
        self.standing.as_ref().is_some_and(|standing| standing.heard)
    }

    /// What stands beside.
    pub fn beside(&self) -> Option<&Beside> {
        self.standing.as_ref().map(|standing| &standing.beside)
    }

    /// Its time that is heard next; `None` until it has come.
    pub fn beside_time(&self) -> Option<Seconds> {
        let beside = self.beside()?;
        let (frame, _) = self.status().beside?;
        Some(Frames(frame).seconds(beside.plan.delivered))
    }

    /// The programme is about to be heard from elsewhere: what is free goes on where it is.
    pub(super) fn keep_free(&mut self, position: u64) {
        let (time, rate) = (self.beside_time(), self.plan().map(|plan| plan.delivered));
        if let (Some(time), Some(rate), Some(standing)) = (time, rate, &mut self.standing)
            && matches!(standing.beside.follow, Follow::Free(_))
        {
            standing.free = Some(Seconds(time.0 - Frames(position).seconds(rate).0));
        }
    }

    fn seconds_here(&self) -> Option<Seconds> {
        self.plan().map(|plan| self.transport().position.seconds(plan.delivered))
    }
}
