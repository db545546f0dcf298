//! Sides of records and cassettes: looked at by a worker, dealt and mended in the session, heard in the monitor.

use std::sync::Arc;

use lacquer_engine::audio::{Block, Through};
use lacquer_engine::medium::vinyl::Remedy;
use lacquer_engine::realtime::Maker;
use lacquer_engine::session::{Document, Edit, EditError, PassKind, Resolved};
use lacquer_engine::unit::Seconds;

use super::App;
use crate::desk::medium::{Wish, same_sides};
use crate::job::{Look, Report};
use crate::theme::Theme;

impl App {
    /// Does what a page of sides asks for.
    pub(super) fn medium(&mut self, wish: Wish) {
        match wish {
            Wish::Look if self.desk.medium.share.is_some() => self.stop_look(),
            Wish::Look => self.look(),
            Wish::Deal(sides) => self.change_sides(|document, pass| document.deal(pass, &sides)),
            Wish::Level(level) => self.change_sides(|document, pass| document.set_cut_level(pass, level)),
            Wish::Mend(remedy) => self.mend(&remedy),
            Wish::TakeLimitersOut => {
                self.change_sides(|document, pass| document.take_limiters_out(pass).map(|_| ()));
            }
            Wish::Set(change) => self.change_sides(|document, pass| {
                let edit = Edit::parse(document, &format!("pass.{pass}.{change}"))?;
                document.apply(edit).map(|_| ())
            }),
            Wish::Hear(on) => self.hear_medium(on),
        }
    }

    fn mend(&mut self, remedy: &Remedy) {
        let mut done = true;
        self.change_sides(|document, pass| {
            done = document.mend(pass, remedy)?;
            Ok(())
        });
        if !done {
            self.say(format!("{remedy}: no setting does it; change the order, the sides or the source"));
        }
    }

    /// Changes the session, and looks again where the pass has been looked at.
    fn change_sides(&mut self, change: impl FnOnce(&mut Document, &str) -> Result<(), EditError>) {
        let pass = self.desk.pass.clone();
        match change(&mut self.desk.document, &pass) {
            Ok(()) => {
                self.replan();
                if self.desk.medium.record.is_some() || self.desk.medium.tape.is_some() {
                    self.look();
                }
            }
            Err(error) => self.warn(error.to_string()),
        }
    }

    /// Cuts or records the heard pass on paper.
    fn look(&mut self) {
        if let Some(reason) = self.bar() {
            return self.fail(reason);
        }
        let (Some(plan), Some(resolved)) = (self.desk.plan.clone(), self.desk.session().resolve(&self.desk.pass))
        else {
            return self.say("there is nothing to be cut yet; add songs first");
        };
        let Some(profile) = self.desk.profile().cloned() else {
            return self.warn("the pass has no profile to be judged by; choose one on Deliver".to_string());
        };
        let known = self.desk.medium.record.as_ref().filter(|record| {
            let same = |resolved: &Resolved| {
                let sides = resolved.sides();
                sides.len() == record.surveys.len()
                    && sides
                        .iter()
                        .zip(record.surveys.iter())
                        .all(|(side, known)| (side.0, &side.1) == (known.name, &known.songs))
            };
            let speed = resolved.pass.vinyl.as_ref().map(|vinyl| vinyl.speed);
            record.plan.hash == plan.hash && speed == Some(record.vinyl.speed) && same(&resolved)
        });
        let known = known.filter(|record| same_sides(&record.surveys, &plan)).map(|record| Arc::clone(&record.surveys));
        let library = Arc::clone(&self.library);
        let palette = Theme::Dark.palette();
        self.look_number = self.jobs.look(Look { plan, resolved, profile, library, known, palette });
        (self.desk.medium.share, self.desk.medium.failed) = (Some(0.0), None);
        self.settle();
    }

    fn stop_look(&mut self) {
        self.jobs.stop_look();
        self.desk.medium.share = None;
    }

    /// What is known of another pass is of no use for this one.
    pub(super) fn forget_medium(&mut self) {
        self.stop_look();
        self.desk.medium.forget();
        self.hear_medium(false);
    }

    pub(super) fn medium_report(&mut self, report: Report) {
        match report {
            Report::Looking(number, share) if number == self.look_number => {
                self.desk.medium.share = self.desk.medium.share.map(|_| share);
            }
            Report::Cut(number, result) if number == self.look_number => {
                self.desk.medium.share = None;
                match result {
                    Ok(record) => {
                        self.trace.note("cut", record.sides.len());
                        let record: Arc<_> = Arc::from(record);
                        self.session.take_record(&record);
                        self.desk.medium.record = Some(record);
                    }
                    Err(reason) => self.desk.medium.failed = Some(reason),
                }
            }
            Report::Recorded(number, result) if number == self.look_number => {
                self.desk.medium.share = None;
                match result {
                    Ok(tape) => {
                        self.trace.note("recorded", tape.sides.len());
                        self.desk.medium.tape = Some(Arc::from(tape));
                    }
                    Err(reason) => self.desk.medium.failed = Some(reason),
                }
            }
            _ => return,
        }
        // What is heard is of the cut as it is now.
        if self.desk.medium.heard && self.desk.medium.share.is_none() {
            self.hear_medium(true);
        }
        self.settle();
    }

    /// Hears the predicted playback of the heard pass, or the programme again: on the same frame, at the same loudness.
    fn hear_medium(&mut self, on: bool) {
        let was = std::mem::replace(&mut self.desk.medium.heard, false);
        let maker = if on { self.playback() } else { None };
        if maker.is_some() || was {
            self.desk.medium.heard = maker.is_some();
            self.desk.monitor.hear_through(maker);
            self.settle();
        }
    }

    /// What makes the playback of the heard pass, where it is known.
    fn playback(&self) -> Option<Maker> {
        let (record, tape) = (self.desk.medium.record.clone(), self.desk.medium.tape.clone());
        match self.desk.heard()?.kind {
            PassKind::Vinyl => record.map(|record| -> Maker {
                Arc::new(move |rate| match record.player(rate) {
                    Ok(player) => Box::new(player),
                    Err(_) => Box::new(Straight),
                })
            }),
            PassKind::Cassette => tape.map(|tape| -> Maker {
                Arc::new(move |rate| match tape.player(rate) {
                    Ok(Some(player)) => Box::new(player),
                    _ => Box::new(Straight),
                })
            }),
            _ => None,
        }
    }
}

/// Nothing between: what a device is heard through at a rate that no model takes.
struct Straight;

impl Through for Straight {
    fn latency(&self) -> usize {
        0
    }

    fn process(&mut self, _: &mut Block, _: Seconds) {}

    fn reset(&mut self) {}
}
