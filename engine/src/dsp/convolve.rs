//! Convolution with long kernels: partitioned, in even steps, without a click when the kernel changes.
//!
//! Input is gathered in partitions; each is transformed once, multiplied with the parts of the kernel and added up
//! (uniformly partitioned overlap-add; W. G. Gardner, Efficient convolution without input-output delay, J. Audio Eng.
//! Soc. 43(3), 1995; F. Wefers, Partitioned convolution algorithms for real-time auralization, 2015, ch. 5). All work on
//! a partition is spread evenly over the time of the next one, a little every 64 frames, so that no callback has more of
//! it than another. The output comes two partitions after the input; see [`Convolver::delay`].
//!
//! Channels are worked in pairs ([`transform`]). The kernels of a pair are its two lanes; where it is asked for, each
//! lane also hears the other one through a kernel of its own (`crossed`), so that mid and side can be filtered apart.
//!
//! A new kernel is written into a draft and committed. It is brought in over the next partitions and faded in over one,
//! all in memory taken ahead. Without any kernel the input passes with its bits, delayed as a kernel with one 1 at
//! `centre` would delay it.

pub mod transform;
mod work;

use crate::audio::{Block, QUANTUM};
use transform::{Bin, Transform};
use work::{Kernels, Plan};

/// What a convolver is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Channels, worked in pairs.
    pub channels: usize,
    /// Samples of the longest kernel.
    pub taps: usize,
    /// Frames of a partition, a power of two of at least 64. More is quicker and later.
    pub partition: usize,
    /// Where the kernels have their middle: the delay of the input where there is no kernel.
    pub centre: usize,
    /// Sets of kernels: the first is that of the first pair, the last that of all further ones.
    pub sets: usize,
    /// Whether a lane can hear the other one.
    pub crossed: bool,
}

/// What the output of a partition is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The delayed input, to the bit.
    Dry,
    /// The convolution.
    Wet,
    /// From the first to the second within the partition.
    DryToWet,
    /// The reverse.
    WetToDry,
}

/// How far a new kernel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing changes.
    Rest,
    /// The draft is being transformed.
    Load,
    /// The new kernels work beside the old ones, unheard, for what they leave to the next partition.
    Prime,
    /// Both are heard.
    Fade,
}

/// What was committed and waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Draft,
    Nothing,
}

/// Convolution of a stream with kernels that may change.
#[derive(Debug, Clone)]
pub struct Convolver {
    shape: Shape,
    transform: Transform,
    kernels: Kernels,
    plan: Plan,
    /// Whether each of the two banks holds kernels, or stands for none.
    loaded: [bool; 2],
    active: usize,
    phase: Phase,
    wish: Option<Wish>,
    /// Frames of the running partition so far.
    place: usize,
    /// Per pair: what is gathered now, what is worked on.
    gathered: Vec<Vec<[f64; 2]>>,
    worked: Vec<Vec<[f64; 2]>>,
    /// Per pair: what is heard now, what is being made.
    heard: Vec<Vec<[f64; 2]>>,
    made: Vec<Vec<[f64; 2]>>,
    heard_source: Source,
    made_source: Source,
    /// Per channel: the delayed input.
    delayed: Vec<Vec<f64>>,
    delayed_place: usize,
    fade: Vec<f64>,
}

impl Shape {
    fn pairs(&self) -> usize {
        self.channels.div_ceil(2)
    }
}

impl Convolver {
    /// A convolver without kernels. Worker threads only: allocates.
    pub fn new(shape: Shape) -> Convolver {
        let partition = shape.partition.next_power_of_two().max(QUANTUM);
        let shape = Shape { partition, sets: shape.sets.clamp(1, shape.pairs().max(1)), ..shape };
        let transform = Transform::new(partition);
        let lanes = || vec![vec![[0.0; 2]; partition]; shape.pairs()];
        // Smooth at both ends in value, slope and bend: what a fade of this length leaves beside a tone is inaudible.
        let rise = |frame: usize| {
            let t = (frame as f64 + 0.5) / partition as f64;
            t * t * t * (t * (6.0 * t - 15.0) + 10.0)
        };
        let mut convolver = Convolver {
            kernels: Kernels::new(&shape),
            plan: Plan::new(&shape, &transform),
            transform,
            loaded: [false; 2],
            active: 0,
            phase: Phase::Rest,
            wish: None,
            place: 0,
            gathered: lanes(),
            worked: lanes(),
            heard: lanes(),
            made: lanes(),
            heard_source: Source::Dry,
            made_source: Source::Dry,
            delayed: vec![vec![0.0; 2 * partition + shape.centre]; shape.channels],
            delayed_place: 0,
            fade: (0..partition).map(rise).collect(),
            shape,
        };
        convolver.begin_partition();
        convolver
    }

    /// What it was built for.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Frames from a sample to its first effect: two partitions. The kernel's own delay comes on top.
    pub fn delay(&self) -> usize {
        2 * self.shape.partition
    }

    /// Whether a draft may be written and committed now.
    pub fn is_ready(&self) -> bool {
        self.phase != Phase::Load && self.wish.is_none()
    }

    /// Whether the input passes untouched, delayed, and nothing else is on its way.
    pub fn is_dry(&self) -> bool {
        self.phase == Phase::Rest
            && !self.loaded[self.active]
            && self.wish != Some(Wish::Draft)
            && (self.heard_source, self.made_source) == (Source::Dry, Source::Dry)
    }

    /// Whether no change of kernels is on its way.
    pub fn is_settled(&self) -> bool {
        self.phase == Phase::Rest && self.wish.is_none()
    }

    /// The draft of a set: the taps of both lanes, or with `cross` those through which each hears the other. Written in
    /// place while [`Convolver::is_ready`].
    pub fn draft(&mut self, set: usize, cross: bool) -> &mut [[f64; 2]] {
        self.kernels.draft(set.min(self.shape.sets - 1), cross && self.shape.crossed)
    }

    /// Takes the draft, `crossed` with its cross kernels: with a fade over the next partitions. Audio thread.
    pub fn commit(&mut self, crossed: bool) {
        self.kernels.draft_crossed = crossed && self.shape.crossed;
        self.wish = Some(Wish::Draft);
    }

    /// Fades to no kernel at all. Audio thread.
    pub fn clear(&mut self) {
        self.wish = Some(Wish::Nothing);
    }

    /// Takes what was committed at once, without a fade: when a stage is built or reset.
    pub fn settle(&mut self) {
        if matches!(self.phase, Phase::Prime | Phase::Fade | Phase::Load) {
            // What was on its way is heard from now on; a draft half loaded is loaded again.
            self.active = 1 - self.active;
            if self.phase == Phase::Load && self.wish.is_none() {
                self.wish = Some(Wish::Draft);
            }
        }
        self.phase = Phase::Rest;
        match self.wish.take() {
            Some(Wish::Draft) => {
                self.kernels.load(self.active, &self.transform);
                self.loaded[self.active] = true;
            }
            Some(Wish::Nothing) => self.loaded[self.active] = false,
            None => {}
        }
        self.reset();
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        for lanes in [&mut self.gathered, &mut self.worked, &mut self.heard, &mut self.made] {
            lanes.iter_mut().for_each(|lane| lane.fill([0.0; 2]));
        }
        self.delayed.iter_mut().for_each(|ring| ring.fill(0.0));
        self.kernels.reset();
        (self.place, self.delayed_place) = (0, 0);
        let source = if self.loaded[self.active] { Source::Wet } else { Source::Dry };
        (self.heard_source, self.made_source) = (source, source);
        self.begin_partition();
    }

    /// Convolves `count` frames from `from` in place. Audio thread: does not allocate. The work is done on the grid of
    /// 64 frames counted from the last reset, so that the size of blocks changes nothing.
    pub fn process(&mut self, block: &mut Block, from: usize, count: usize) {
        let mut done = 0;
        while done < count {
            let step = (QUANTUM - self.place % QUANTUM).min(count - done);
            for channel in 0..self.shape.channels.min(block.channels()) {
                self.exchange(channel, &mut block.channel_mut(channel)[from + done..from + done + step]);
            }
            self.delayed_place = (self.delayed_place + step) % (2 * self.shape.partition + self.shape.centre);
            self.place += step;
            done += step;
            if self.place.is_multiple_of(QUANTUM) {
                self.work();
            }
        }
    }

    /// Takes the samples of one channel in and gives those that are due.
    fn exchange(&mut self, channel: usize, samples: &mut [f64]) {
        let (pair, lane) = (channel / 2, channel % 2);
        let ring = &mut self.delayed[channel];
        // The ring may end within these samples.
        let before = (ring.len() - self.delayed_place).min(samples.len());
        let (end, start) = samples.split_at_mut(before);
        let place = self.place;
        for (part, ring_place, place) in [(end, self.delayed_place, place), (start, 0, place + before)] {
            let range = place..place + part.len();
            let ring = &mut ring[ring_place..ring_place + part.len()];
            for (gathered, sample) in self.gathered[pair][range.clone()].iter_mut().zip(&*part) {
                gathered[lane] = *sample;
            }
            ring.swap_with_slice(part);
            let wet = self.heard[pair][range.clone()].iter().map(|heard| heard[lane]);
            let frames = part.iter_mut().zip(wet).zip(&self.fade[range]);
            match self.heard_source {
                Source::Dry => {}
                Source::Wet => frames.for_each(|((sample, wet), _)| *sample = wet),
                Source::DryToWet => frames.for_each(|((sample, wet), fade)| *sample += fade * (wet - *sample)),
                Source::WetToDry => frames.for_each(|((sample, wet), fade)| *sample = wet + fade * (*sample - wet)),
            }
        }
    }

    /// The share of the work that is due; at the end of a partition all of it.
    fn work(&mut self) {
        let due = self.plan.weight * self.place / self.shape.partition;
        let desk = work::Desk {
            shape: &self.shape,
            transform: &self.transform,
            worked: &self.worked,
            made: &mut self.made,
            fade: &self.fade,
        };
        self.plan.run(&mut self.kernels, desk, due);
        if self.place == self.shape.partition {
            self.place = 0;
            std::mem::swap(&mut self.gathered, &mut self.worked);
            std::mem::swap(&mut self.heard, &mut self.made);
            self.heard_source = self.made_source;
            self.advance();
            self.begin_partition();
        }
    }

    /// A partition has been worked: what a change of kernels does next.
    fn advance(&mut self) {
        let other = 1 - self.active;
        self.phase = match self.phase {
            Phase::Load => {
                self.loaded[other] = true;
                Phase::Prime
            }
            Phase::Prime => Phase::Fade,
            Phase::Fade => {
                self.active = other;
                Phase::Rest
            }
            Phase::Rest => Phase::Rest,
        };
        if self.phase == Phase::Rest {
            self.phase = match self.wish.take() {
                Some(Wish::Draft) => Phase::Load,
                Some(Wish::Nothing) if self.loaded[self.active] => {
                    self.loaded[1 - self.active] = false;
                    Phase::Fade
                }
                _ => Phase::Rest,
            };
        }
    }

    fn begin_partition(&mut self) {
        let (old, new) = (self.loaded[self.active], self.loaded[1 - self.active]);
        let fading = self.phase == Phase::Fade;
        self.made_source = match (old, fading, new) {
            (true, false, _) | (true, true, true) => Source::Wet,
            (false, false, _) => Source::Dry,
            (false, true, _) => Source::DryToWet,
            (true, true, false) => Source::WetToDry,
        };
        self.kernels.turn();
        self.plan.begin();
        self.plan.input();
        if self.phase == Phase::Load {
            self.plan.load(&self.kernels, 1 - self.active);
        }
        if old {
            self.plan.convolve(&self.kernels, self.active, work::Emit::Whole);
        }
        match self.phase {
            Phase::Prime => self.plan.convolve(&self.kernels, 1 - self.active, work::Emit::Rest),
            Phase::Fade if new && old => self.plan.convolve(&self.kernels, 1 - self.active, work::Emit::Faded),
            Phase::Fade if new => self.plan.convolve(&self.kernels, 1 - self.active, work::Emit::Whole),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
