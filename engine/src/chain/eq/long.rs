//! Mixed and linear phase: the static bands as one kernel for each channel.
//!
//! The kernel's response is the analogue prototype's magnitude up to half the sample rate, with the prototype's phase
//! times what the phase amount leaves of it: none is linear phase, all is the analogue filter in both magnitude and
//! phase. It is sampled at twice as many angles as the kernel is long, brought to time, and cut by a window that is flat
//! over three quarters of it. A live change is designed in small steps on the audio thread, in memory taken ahead, and
//! handed to the [`Convolver`], which fades it in.

use std::f64::consts::PI;

use super::band::{Band, CHANNELS, Channel, MOST_SECTIONS};
use super::table::CAPACITY;
use crate::audio::{Block, QUANTUM};
use crate::dsp::convolve::transform::{Bin, Transform};
use crate::dsp::convolve::{Convolver, Shape};
use crate::dsp::matched::Prototype;

/// A medium kernel lasts at least this long, in seconds; its length is a power of two.
const MEDIUM_SECONDS: f64 = 0.34;
/// Partitions of a kernel: more are heard earlier and cost more.
const PARTS: usize = 8;
/// The window is flat over this part of each half.
const FLAT: f64 = 0.75;
/// Most of a quantum's time that a design may take.
const MOST_SHARE: f64 = 0.08;
/// Nanoseconds of one section at one angle: magnitude, and phase as well.
const POWER_NS: f64 = 4.0;
const PHASE_NS: f64 = 70.0;
/// Of one angle besides, of one butterfly, of one tap.
const ANGLE_NS: f64 = 60.0;
const BUTTERFLY_NS: f64 = 12.0;
const TAP_NS: f64 = 15.0;

/// The static bands as a convolution.
#[derive(Debug, Clone)]
pub(super) struct Long {
    rate_hz: f64,
    channels: usize,
    convolver: Convolver,
    design: Design,
    /// Whether the bands have changed since the last design began.
    stale: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nothing to do.
    Rest,
    /// The response at every angle.
    Respond,
    /// The passes back to time.
    Inverse(usize),
    /// The taps, once the convolver can take them.
    Extract,
}

/// A kernel in the making.
#[derive(Debug, Clone)]
struct Design {
    transform: Transform,
    /// How much of the phase is taken away, 0 to 1.
    amount: f64,
    /// By path.
    sections: [Vec<Prototype>; CHANNELS.len()],
    /// Own and cross kernels of the first pair, and those of all further channels.
    bins: [Vec<Bin>; 3],
    crossed: bool,
    step: Step,
    item: usize,
}

#[derive(Debug, Clone, Copy)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    fn times(self, other: Complex) -> Complex {
        Complex { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }

    /// Half of the sum with `other` times `sign`.
    fn half_with(self, other: Complex, sign: f64) -> Complex {
        Complex { re: 0.5 * (self.re + sign * other.re), im: 0.5 * (self.im + sign * other.im) }
    }
}

fn bin(lanes: [Complex; 2], sign: f64) -> Bin {
    Bin::new(lanes.map(|lane| lane.re), lanes.map(|lane| sign * lane.im))
}

/// Samples of the kernel: `length` is the choice short, medium, long.
fn taps(rate_hz: f64, length: usize) -> usize {
    let medium = ((MEDIUM_SECONDS * rate_hz) as usize).next_power_of_two().max(2 * PARTS * QUANTUM);
    (medium << length.min(2)) / 2
}

impl Design {
    fn new(taps: usize, channels: usize, amount: f64) -> Design {
        let bins = |wanted: bool| if wanted { vec![Bin::default(); taps] } else { Vec::new() };
        Design {
            transform: Transform::new(taps),
            amount,
            sections: std::array::from_fn(|_| Vec::with_capacity(CAPACITY * MOST_SECTIONS)),
            bins: [bins(true), bins(channels >= 2), bins(channels > 2)],
            crossed: false,
            step: Step::Rest,
            item: 0,
        }
    }

    fn begin(&mut self, bands: &[Band; CAPACITY], audible: &[bool; CAPACITY], rate_hz: f64) {
        self.sections.iter_mut().for_each(Vec::clear);
        for (band, _) in bands.iter().zip(audible).filter(|(_, audible)| **audible) {
            let sections = &mut self.sections[band.channel as usize];
            sections.extend(band.sections(rate_hz).iter().flatten().map(|section| section.prototype()));
        }
        let apart = [Channel::Mid, Channel::Side].iter().any(|channel| !self.sections[*channel as usize].is_empty());
        self.crossed = apart && !self.bins[1].is_empty();
        (self.step, self.item) = (Step::Respond, 0);
    }

    fn is_empty(&self) -> bool {
        self.sections.iter().all(Vec::is_empty)
    }

    /// The response of a path at `theta`.
    fn respond(&self, channel: Channel, theta: f64) -> Complex {
        let sections = &self.sections[channel as usize];
        let power: f64 = sections.iter().fold(1.0, |power, section| power * section.power(theta));
        let magnitude = power.sqrt();
        if self.amount >= 1.0 || sections.is_empty() {
            return Complex { re: magnitude, im: 0.0 };
        }
        let phase = sections.iter().fold(0.0, |phase, section| phase + section.phase(theta));
        let (sin, cos) = libm::sincos((1.0 - self.amount) * phase);
        Complex { re: magnitude * cos, im: magnitude * sin }
    }

    fn place(&mut self, place: usize) {
        let size = self.transform.size();
        let frequency = self.transform.frequency(place);
        let (theta, sign) = if frequency < size / 2 {
            (2.0 * PI * (frequency as f64 + 0.25) / size as f64, 1.0)
        } else {
            (2.0 * PI * ((size - frequency) as f64 - 0.25) / size as f64, -1.0)
        };
        let stereo = self.respond(Channel::Stereo, theta);
        let left = stereo.times(self.respond(Channel::Left, theta));
        let right = stereo.times(self.respond(Channel::Right, theta));
        if let Some(rest) = self.bins[2].get_mut(place) {
            *rest = bin([stereo; 2], sign);
        }
        if !self.crossed {
            self.bins[0][place] = bin([left, right], sign);
            return;
        }
        let (mid, side) = (self.respond(Channel::Mid, theta), self.respond(Channel::Side, theta));
        let (own, cross) = (mid.half_with(side, 1.0), mid.half_with(side, -1.0));
        self.bins[0][place] = bin([own.times(left), own.times(right)], sign);
        self.bins[1][place] = bin([cross.times(right), cross.times(left)], sign);
    }

    /// Pieces of the running step and the nanoseconds of one.
    fn pieces(&self) -> (usize, f64) {
        let kernels = self.bins.iter().filter(|bins| !bins.is_empty()).count() as f64;
        let size = self.transform.size();
        match self.step {
            Step::Rest => (0, 1.0),
            Step::Respond => {
                let sections: usize = self.sections.iter().map(Vec::len).sum();
                let each = if self.amount >= 1.0 { POWER_NS } else { POWER_NS + PHASE_NS };
                (size, ANGLE_NS + each * sections as f64)
            }
            Step::Inverse(_) => (size / 4, BUTTERFLY_NS * kernels),
            Step::Extract => (size, TAP_NS * kernels),
        }
    }

    /// Works for about so many nanoseconds. Says whether the taps are all there.
    fn work(&mut self, convolver: &mut Convolver, nanoseconds: f64) -> bool {
        let mut left = nanoseconds;
        while left > 0.0 && self.step != Step::Rest {
            if self.step == Step::Extract && !convolver.is_ready() {
                return false;
            }
            let (pieces, each) = self.pieces();
            let count = ((left / each).ceil() as usize).clamp(1, pieces - self.item);
            self.run(convolver, self.item, self.item + count);
            left -= each * count as f64;
            self.item += count;
            if self.item == pieces {
                self.item = 0;
                self.step = match self.step {
                    Step::Respond => Step::Inverse(0),
                    Step::Inverse(pass) if pass + 1 < self.transform.passes() => Step::Inverse(pass + 1),
                    Step::Inverse(_) => Step::Extract,
                    Step::Extract | Step::Rest => Step::Rest,
                };
                if self.step == Step::Rest {
                    return true;
                }
            }
        }
        false
    }

    fn run(&mut self, convolver: &mut Convolver, from: usize, to: usize) {
        match self.step {
            Step::Rest => {}
            Step::Respond => (from..to).for_each(|place| self.place(place)),
            Step::Inverse(pass) => {
                for bins in self.bins.iter_mut().filter(|bins| !bins.is_empty()) {
                    self.transform.inverse(pass, bins, from, to);
                }
            }
            Step::Extract => {
                for (kernel, bins) in self.bins.iter().enumerate().filter(|(_, bins)| !bins.is_empty()) {
                    let (set, cross) = [(0, false), (0, true), (1, false)][kernel];
                    let draft = convolver.draft(set, cross);
                    for tap in from..to {
                        draft[tap] = self.tap(bins, tap);
                    }
                }
            }
        }
    }

    /// The tap at `place`, the kernel's middle being in the middle.
    fn tap(&self, bins: &[Bin], place: usize) -> [f64; 2] {
        let size = bins.len();
        let half = size / 2;
        let away = place.abs_diff(half) as f64 / half as f64;
        let bend = ((away - FLAT) / (1.0 - FLAT)).max(0.0);
        let cos = libm::cos(PI / 2.0 * bend);
        let window = cos * cos / size as f64;
        let sample = if place >= half {
            self.transform.untwisted(&bins[place - half], place - half).0
        } else {
            // What lies before zero has come round to the far end, with the other sign.
            let far = size + place - half;
            self.transform.untwisted(&bins[far], far).1.map(|sample| -sample)
        };
        sample.map(|sample| sample * window)
    }
}

impl Long {
    /// For bands with `amount` (0 to 1) of their phase taken away, with a kernel of this length. Workers: allocates.
    pub(super) fn new(rate_hz: f64, channels: usize, amount: f64, length: usize) -> Long {
        let taps = taps(rate_hz, length);
        let convolver = Convolver::new(Shape {
            channels,
            taps,
            partition: taps / PARTS,
            centre: taps / 2,
            sets: if channels > 2 { 2 } else { 1 },
            crossed: channels >= 2,
        });
        Long { rate_hz, channels, convolver, design: Design::new(taps, channels, amount), stale: false }
    }

    pub(super) fn latency(&self) -> usize {
        self.convolver.delay() + self.convolver.shape().centre
    }

    /// Frames of the kernel.
    pub(super) fn taps(&self) -> usize {
        self.convolver.shape().taps
    }

    /// The bands have changed: heard after the design and a fade.
    pub(super) fn change(&mut self) {
        self.stale = true;
    }

    /// Takes the bands at once: when a stage is built, or a value has to hold now.
    pub(super) fn settle(&mut self, bands: &[Band; CAPACITY], audible: &[bool; CAPACITY], amount: f64) {
        self.stale = false;
        self.convolver.settle();
        self.start(bands, audible, amount);
        while self.design.step != Step::Rest {
            if self.design.work(&mut self.convolver, f64::MAX) {
                self.convolver.commit(self.design.crossed);
            }
        }
        self.convolver.settle();
    }

    fn start(&mut self, bands: &[Band; CAPACITY], audible: &[bool; CAPACITY], amount: f64) {
        let within =
            std::array::from_fn(|row| audible[row] && (self.channels >= 2 || bands[row].channel == Channel::Stereo));
        self.design.amount = amount;
        self.design.begin(bands, &within, self.rate_hz);
        if self.design.is_empty() {
            self.design.step = Step::Rest;
            self.convolver.clear();
        }
    }

    /// A quantum begins: the design goes on, or begins where one is due.
    pub(super) fn next_quantum(&mut self, bands: &[Band; CAPACITY], audible: &[bool; CAPACITY], amount: f64) {
        if self.design.step == Step::Rest {
            if !self.stale {
                return;
            }
            self.stale = false;
            self.start(bands, audible, amount);
        }
        let nanoseconds = MOST_SHARE * 1e9 * QUANTUM as f64 / self.rate_hz;
        if self.design.work(&mut self.convolver, nanoseconds) {
            self.convolver.commit(self.design.crossed);
        }
    }

    /// Whether a change is on its way.
    pub(super) fn is_busy(&self) -> bool {
        self.stale || self.design.step != Step::Rest || !self.convolver.is_settled()
    }

    /// Whether the input passes untouched and nothing else is on its way.
    pub(super) fn is_dry(&self) -> bool {
        !self.stale && self.design.step == Step::Rest && self.convolver.is_dry()
    }

    pub(super) fn process(&mut self, block: &mut Block, from: usize, count: usize) {
        self.convolver.process(block, from, count);
    }

    /// Forgets all audio.
    pub(super) fn reset(&mut self) {
        self.convolver.reset();
    }
}
