use std::f64::consts::PI;

use super::LoudnessError;
use crate::audio::{Block, Layout, Role};
use crate::unit::SampleRate;

/// A step in milliseconds: half of what 3341 case 13 needs.
const STEP_MS: u32 = 10;
/// The slowest rate at which a step has enough frames to mean anything.
const LEAST_RATE: u32 = 1_000;
/// The fastest rate the weighting is designed for.
const MOST_RATE: u32 = 2_822_400;
/// Below this a filter's memory is taken for exact zero: it keeps a decaying state out of the denormal range. No state
/// falls from here to there within one step.
const NOTHING: f64 = 1e-200;

/// The K-weighted energy of every 10 ms, all channels summed with their weights.
///
/// Two second-order sections for each channel (BS.1770-5, annex 1): the head's shelf and the high-pass. The analogue
/// parameters behind the printed 48 kHz coefficients, so that every rate has the same response, are those that
/// libebur128 derived (B. Peters, R. Bulla).
pub(super) struct Weighting {
    filters: Vec<Filter>,
    weights: Vec<f64>,
    design: [Section; 2],
    step_frames: usize,
    filled: usize,
}

/// One second-order section, its leading denominator coefficient 1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Section {
    b: [f64; 3],
    a: [f64; 2],
}

/// Memory of one channel, and its energy of the step under way.
#[derive(Debug, Clone, Copy, Default)]
struct Filter {
    shelf: [f64; 2],
    pass: [f64; 2],
    energy: f64,
}

impl Weighting {
    pub(super) fn new(layout: Layout, rate: SampleRate) -> Result<Weighting, LoudnessError> {
        let channels = layout.channels();
        if !(1..=64).contains(&channels) {
            return Err(LoudnessError::Channels(channels));
        }
        if !(LEAST_RATE..=MOST_RATE).contains(&rate.0) {
            return Err(LoudnessError::Rate(rate));
        }
        Ok(Weighting {
            filters: vec![Filter::default(); channels],
            weights: (0..channels).map(|index| weight(layout.role(index))).collect(),
            design: [shelf(rate.hz()), high_pass(rate.hz())],
            step_frames: (rate.0 * STEP_MS / 1000) as usize,
            filled: 0,
        })
    }

    /// Frames in a step: 10 ms, rounded down at rates where that is not whole.
    pub(super) fn step_frames(&self) -> usize {
        self.step_frames
    }

    pub(super) fn reset(&mut self) {
        self.filters.fill(Filter::default());
        self.filled = 0;
    }

    /// Feeds a block of finite samples and appends the energy of every step it completes.
    pub(super) fn process(&mut self, block: &Block, steps: &mut Vec<f64>) {
        let mut start = 0;
        while start < block.frames() {
            let frames = (self.step_frames - self.filled).min(block.frames() - start);
            self.feed(block, start, frames);
            start += frames;
            self.filled += frames;
            if self.filled == self.step_frames {
                self.filled = 0;
                steps.push(self.step_energy());
            }
        }
    }

    /// Two channels run side by side: a filter waits for its own last sample, so a second one costs nothing.
    fn feed(&mut self, block: &Block, start: usize, frames: usize) {
        let heard = block.channels().min(self.filters.len());
        for (pair, filters) in self.filters[..heard].chunks_mut(2).enumerate() {
            let row = |lane: usize| &block.channel(2 * pair + lane)[start..start + frames];
            match filters {
                [left, right] => {
                    let (mut own, mut other) = (*left, *right);
                    for (x, y) in row(0).iter().zip(row(1)) {
                        own.next(&self.design, *x);
                        other.next(&self.design, *y);
                    }
                    (*left, *right) = (own, other);
                }
                [single] => {
                    let mut own = *single;
                    row(0).iter().for_each(|x| own.next(&self.design, *x));
                    *single = own;
                }
                _ => {}
            }
        }
    }

    fn step_energy(&mut self) -> f64 {
        let mut energy = 0.0;
        for (filter, weight) in self.filters.iter_mut().zip(&self.weights) {
            energy += weight * filter.energy;
            filter.energy = 0.0;
            for state in filter.shelf.iter_mut().chain(&mut filter.pass) {
                *state = if state.abs() < NOTHING { 0.0 } else { *state };
            }
        }
        let mean = energy / self.step_frames as f64;
        if mean.is_finite() { mean } else { 0.0 }
    }
}

impl Filter {
    /// Transposed second direct form.
    #[inline(always)]
    fn next(&mut self, [shelf, pass]: &[Section; 2], x: f64) {
        let bright = shelf.b[0] * x + self.shelf[0];
        self.shelf[0] = (shelf.b[1] * x + self.shelf[1]) - shelf.a[0] * bright;
        self.shelf[1] = shelf.b[2] * x - shelf.a[1] * bright;
        // The high-pass has the zeros 1, -2, 1: nothing to multiply.
        let y = bright + self.pass[0];
        self.pass[0] = (pass.b[1] * bright + self.pass[1]) - pass.a[0] * y;
        self.pass[1] = bright - pass.a[1] * y;
        self.energy += y * y;
    }
}

/// Annex 1, table 1.
fn shelf(rate_hz: f64) -> Section {
    const HERTZ: f64 = 1_681.974_450_955_533;
    const GAIN_DB: f64 = 3.999_843_853_973_347;
    const Q: f64 = 0.707_175_236_955_419_6;
    let k = libm::tan(PI * HERTZ / rate_hz);
    let high = libm::pow(10.0, GAIN_DB / 20.0);
    let band = libm::pow(high, 0.499_666_774_154_541_6);
    let scale = 1.0 + k / Q + k * k;
    Section {
        b: [(high + band * k / Q + k * k) / scale, 2.0 * (k * k - high) / scale, (high - band * k / Q + k * k) / scale],
        a: [2.0 * (k * k - 1.0) / scale, (1.0 - k / Q + k * k) / scale],
    }
}

/// Annex 1, table 2.
fn high_pass(rate_hz: f64) -> Section {
    const HERTZ: f64 = 38.135_470_876_024_44;
    const Q: f64 = 0.500_327_037_323_877_3;
    let k = libm::tan(PI * HERTZ / rate_hz);
    let scale = 1.0 + k / Q + k * k;
    Section { b: [1.0, -2.0, 1.0], a: [2.0 * (k * k - 1.0) / scale, (1.0 - k / Q + k * k) / scale] }
}

/// BS.1770-5, table 3 and annex 3: 1.41 between 60 and 120 degrees of azimuth, 1 elsewhere, nothing for LFE.
fn weight(role: Role) -> f64 {
    match role {
        Role::LeftSurround | Role::RightSurround => 1.41,
        Role::Lfe => 0.0,
        Role::Left | Role::Right | Role::Centre | Role::Height | Role::Discrete => 1.0,
        Role::LeftRear | Role::RightRear => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use ebur128::{EbuR128, Mode};

    use super::super::energy_to_loudness;
    use super::*;

    #[test]
    fn the_coefficients_at_48_khz_are_those_of_the_recommendation() {
        let (shelf, pass) = (shelf(48_000.0), high_pass(48_000.0));
        let near = |value: f64, printed: f64| assert!((value - printed).abs() < 1e-13, "{value} {printed}");
        near(shelf.b[0], 1.535_124_859_586_97);
        near(shelf.b[1], -2.691_696_189_406_38);
        near(shelf.b[2], 1.198_392_810_852_85);
        near(shelf.a[0], -1.690_659_293_182_41);
        near(shelf.a[1], 0.732_480_774_215_85);
        near(pass.a[0], -1.990_047_454_833_98);
        near(pass.a[1], 0.990_072_250_366_21);
    }

    #[test]
    fn every_step_reads_what_the_public_library_reads() {
        for rate in [44_100, 48_000, 96_000] {
            let mut state = 5u64;
            let mut noise = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
            };
            let rows: [Vec<f64>; 2] = [(); 2].map(|()| (0..rate as usize).map(|_| 0.3 * noise()).collect());
            let mut peer = EbuR128::new(2, rate, Mode::M).unwrap();
            let mut ours = Weighting::new(Layout::Stereo, SampleRate(rate)).unwrap();
            let mut steps = Vec::new();
            ours.process(&Block::from_channels(&rows), &mut steps);
            for (index, step) in steps.iter().enumerate() {
                let span = index * ours.step_frames()..(index + 1) * ours.step_frames();
                peer.add_frames_planar_f64(&[&rows[0][span.clone()], &rows[1][span]]).unwrap();
                let theirs = peer.loudness_window(STEP_MS).unwrap();
                assert!((energy_to_loudness(*step).0 - theirs).abs() < 1e-6, "{rate} Hz, step {index}");
            }
        }
    }

    #[test]
    fn a_fading_tail_ends_in_exact_silence() {
        let mut weighting = Weighting::new(Layout::Mono, SampleRate(8_000)).unwrap();
        let mut steps = Vec::new();
        let mut samples = vec![0.0; 80_000];
        samples[0] = 1.0;
        weighting.process(&Block::from_channels(&[samples]), &mut steps);
        assert_eq!(steps.last(), Some(&0.0));
    }
}
