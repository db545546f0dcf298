//! The way out (rule 8 of the seams): convert once if the delivered rate differs, hold the ceiling, requantise last.

use std::sync::Arc;

use super::feed::Feeds;
use super::plan::Plan;
use super::programme::Programme;
use crate::audio::Block;
use crate::chain::limiter::Guard;
use crate::dsp::dither::{QuantiseError, Quantiser};
use crate::dsp::resample::{Converter, ResampleError};
use crate::unit::{Db, Dbtp, Frames};

/// Why a pass has no way out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WayOutError {
    /// Its rates.
    #[error(transparent)]
    Rate(#[from] ResampleError),
    /// Its word.
    #[error(transparent)]
    Word(#[from] QuantiseError),
}

/// What the guard did at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GuardAction {
    /// First delivered frame.
    pub start: u64,
    /// One past the last delivered frame.
    pub end: u64,
    /// Deepest reduction, negative.
    pub deepest: Db,
}

/// Everything after the programme. A copy of it is part of a checkpoint.
#[derive(Clone)]
pub(super) struct WayOut {
    conversion: Option<Conversion>,
    guard: Option<Guard>,
    /// Delivered frame at which the guard was last fresh.
    guard_origin: u64,
    quantiser: Option<Quantiser>,
    /// Samples that had to be cut to the word's range, in spans that are over.
    clipped: u64,
}

/// The programme through the converter.
#[derive(Clone)]
struct Conversion {
    converter: Converter,
    input: Block,
    output: Block,
}

/// Frames converted at a time.
const CONVERTED_FRAMES: usize = 1024;

impl Conversion {
    fn new(plan: &Plan) -> Result<Conversion, ResampleError> {
        let channels = plan.layout.channels();
        let converter = Converter::new(channels, plan.rate, plan.delivered, plan.pass.filter())?;
        Ok(Conversion {
            converter,
            input: Block::new(channels, CONVERTED_FRAMES),
            output: Block::new(channels, CONVERTED_FRAMES),
        })
    }

    fn pull(&mut self, out: &mut Block, programme: &mut Programme, feeds: &mut dyn Feeds) {
        let mut done = 0;
        while done < out.frames() {
            self.output.set_frames((out.frames() - done).min(CONVERTED_FRAMES));
            let made = self.converter.produce(&mut self.output);
            out.copy_from(done, &self.output, 0, made);
            done += made;
            if made == 0 {
                self.input.set_frames(self.converter.wanted().min(CONVERTED_FRAMES));
                programme.pull(&mut self.input, feeds);
                self.converter.feed(&self.input, 0);
            }
        }
    }
}

impl WayOut {
    pub(super) fn new(plan: &Plan) -> Result<WayOut, WayOutError> {
        let channels = plan.layout.channels();
        let seed = seed(&plan.pass.id);
        let mut quantiser = match plan.pass.depth.integer_bits() {
            Some(bits) => Some(Quantiser::new(u32::from(bits), plan.pass.dither, plan.delivered, channels, seed)?),
            None => None,
        };
        if let Some(quantiser) = quantiser.as_mut().filter(|_| is_mono(plan)) {
            quantiser.share_noise();
        }
        // What dither may add to a peak is kept free under the ceiling.
        let reserve = quantiser.as_ref().map_or(0.0, |quantiser| quantiser.reserve().0);
        let guard = plan.pass.ceiling.map(|ceiling| Guard::new(channels, plan.delivered, Dbtp(ceiling.0 - reserve)));
        let conversion = match plan.rate == plan.delivered {
            true => None,
            false => Some(Conversion::new(plan)?),
        };
        Ok(WayOut { conversion, guard, guard_origin: 0, quantiser, clipped: 0 })
    }

    /// Frames by which the guard runs ahead.
    fn latency(&self) -> usize {
        self.guard.as_ref().map_or(0, Guard::latency)
    }

    /// Delivered frames before the start of a run in which it can be seen already: there the noise of a converted word
    /// begins to be shaped.
    pub(super) fn reach(&self) -> u64 {
        self.conversion.as_ref().map_or(0, |conversion| conversion.converter.reach().0)
    }

    /// Programme frame from which the programme must be pulled so that delivered frames from `position` can be made.
    /// To be followed by [`WayOut::stand_before`] with the same position.
    pub(super) fn programme_start(&mut self, position: u64) -> u64 {
        match &mut self.conversion {
            None => position,
            Some(conversion) => conversion.converter.seek(Frames(position)).0,
        }
    }

    /// Stands before delivered frame `position`: the programme stands where [`WayOut::programme_start`] said.
    pub(super) fn stand_before(&mut self, position: u64, programme: &mut Programme, feeds: &mut dyn Feeds) {
        self.guard_origin = position;
        if let Some(guard) = &mut self.guard {
            guard.reset();
        }
        if let Some(quantiser) = &mut self.quantiser {
            quantiser.reset();
        }
        self.clipped = 0;
        let mut left = self.latency();
        let mut scrap = Block::new(programme.channels(), left.min(CONVERTED_FRAMES));
        while left > 0 {
            scrap.set_frames(left.min(CONVERTED_FRAMES));
            self.pull_guarded(&mut scrap, programme, feeds);
            left -= scrap.frames();
        }
    }

    /// Fills `out` with converted, guarded frames. Audio thread for live feeds.
    pub(super) fn pull_guarded(&mut self, out: &mut Block, programme: &mut Programme, feeds: &mut dyn Feeds) {
        match &mut self.conversion {
            None => programme.pull(out, feeds),
            Some(conversion) => conversion.pull(out, programme, feeds),
        }
        if let Some(guard) = &mut self.guard {
            guard.process(out);
        }
    }

    /// The guard's work so far.
    pub(super) fn guard_actions(&self) -> impl Iterator<Item = GuardAction> {
        let actions = self.guard.as_ref().map_or(&[][..], Guard::actions);
        actions.iter().map(|action| {
            let start = self.guard_origin + action.start.0;
            GuardAction { start, end: start + action.length.0, deepest: action.deepest }
        })
    }

    /// Forgets the guard's work, once it was read. Audio thread.
    pub(super) fn clear_guard_actions(&mut self) {
        if let Some(guard) = &mut self.guard {
            guard.clear_actions();
        }
    }

    /// Requantises `out`, whose first frame is delivered frame `start`, song by song as the plan decides.
    pub(super) fn requantise(&mut self, plan: &Arc<Plan>, start: u64, out: &mut Block, scrap: &mut Block) {
        let Some(quantiser) = &mut self.quantiser else { return };
        let mut done = 0;
        while done < out.frames() {
            let frame = start + done as u64;
            let (requantised, until) = span(plan, frame);
            let count = ((until - frame) as usize).min(out.frames() - done).min(scrap.capacity());
            if requantised {
                scrap.set_frames(count);
                scrap.copy_from(0, out, done, count);
                quantiser.process(frame, scrap);
                out.copy_from(done, scrap, 0, count);
            } else {
                self.clipped += quantiser.clipped();
                quantiser.reset();
            }
            done += count;
        }
    }

    /// Samples that had to be cut to the word's range so far.
    pub(super) fn clipped(&self) -> u64 {
        self.clipped + self.quantiser.as_ref().map_or(0, Quantiser::clipped)
    }
}

/// Whether every source reaches all channels by the same factors: what is mono then stays so, bit for bit, through the
/// dither too. The stored matrices decide, never the signal (rule 7 of the seams).
fn is_mono(plan: &Plan) -> bool {
    let alike = |rows: &Vec<Vec<f64>>| rows.windows(2).all(|pair| pair[0] == pair[1]);
    !plan.sources.is_empty() && plan.sources.iter().all(|source| source.matrix.as_ref().is_some_and(alike))
}

/// Whether delivered frame `frame` is requantised, and up to where the same holds.
fn span(plan: &Plan, frame: u64) -> (bool, u64) {
    let index = plan.songs.iter().rposition(|song| plan.to_delivered(song.start) <= frame).unwrap_or(0);
    let until = plan.songs.get(index + 1).map_or(u64::MAX, |next| plan.to_delivered(next.start));
    let Some(song) = plan.songs.get(index) else { return (false, until) };
    if song.requantised {
        return (true, until);
    }
    // A song that is untouched but for its repairs has one rate from end to end.
    let next = song.repaired.partition_point(|span| span.end <= frame);
    match song.repaired.get(next) {
        Some(span) if span.start <= frame => (true, span.end.min(until)),
        Some(span) => (false, span.start.min(until)),
        None => (false, until),
    }
}

/// The dither's seed: the pass decides, so that two passes do not share their noise.
fn seed(pass: &str) -> u64 {
    // FNV-1a, 64 bit (Fowler, Noll, Vo).
    pass.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
