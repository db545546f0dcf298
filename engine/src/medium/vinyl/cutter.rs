use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};
use std::ops::Range;
use std::thread;

use super::super::MediumError;
use super::kernel::{BEFORE, Kernel, Kernels, TAPS};
use super::riaa::{COPY, LOW, MIDDLE_S, SLOPE_S, normal};
use super::sector::{SECTORS, Sector};
use super::{Lathe, Speed};
use crate::audio::Block;
use crate::unit::{Frames, SampleRate, Seconds};

/// Movement below this is taken out: it is no programme, and its integral would never come back.
const LOW_CUT_HZ: f64 = 5.0;
/// After so long nothing of the low cut's past is left (1e-14).
const WARMTH: Seconds = Seconds(1.5);
/// Sectors analysed by one worker at a time. Fixed, so that the result does not depend on the number of workers.
const CHUNK: usize = 2000;
/// Frames that must be known on both sides of a place: the programme's taps around the velocity's.
const AROUND: usize = 2 * TAPS;

/// Turns the programme of one side, block after block, into sectors of groove at the reference level.
pub struct Cutter {
    rate: SampleRate,
    turn: Seconds,
    gain: f64,
    low_band_hz: f64,
    /// The last frames: from `base` on, with silence before the side's first.
    left: Vec<f64>,
    right: Vec<f64>,
    base: i64,
    frames: u64,
    sectors: Vec<Sector>,
    workers: usize,
    kernels: Kernels,
}

/// What a worker reads: the frames from `base` on.
struct Stretch<'a> {
    left: &'a [f64],
    right: &'a [f64],
    base: i64,
    rate: SampleRate,
    turn: Seconds,
    gain: f64,
    low_band_hz: f64,
    kernels: &'a Kernels,
}

impl Cutter {
    /// A cutter at the start of a side.
    ///
    /// # Errors
    /// A rate outside 8 to 768 kHz.
    pub fn new(rate: SampleRate, speed: Speed, lathe: &Lathe) -> Result<Cutter, MediumError> {
        if !(8_000..=768_000).contains(&rate.0) {
            return Err(MediumError::Rate(rate.0));
        }
        Ok(Cutter {
            rate,
            turn: speed.turn(),
            gain: lathe.wall_velocity_m_s(),
            low_band_hz: lathe.low_band.0,
            left: vec![0.0; AROUND],
            right: vec![0.0; AROUND],
            base: -(AROUND as i64),
            frames: 0,
            sectors: Vec::new(),
            workers: thread::available_parallelism().map_or(1, usize::from),
            kernels: Kernels::new(rate),
        })
    }

    /// Takes the next frames of the side. What is not a number is silence: the renderer has told of it already.
    ///
    /// # Errors
    /// A block that is not stereo.
    pub fn push(&mut self, block: &Block) -> Result<(), MediumError> {
        if block.channels() != 2 {
            return Err(MediumError::Channels(block.channels()));
        }
        let finite = |sample: &f64| if sample.is_finite() { *sample } else { 0.0 };
        self.left.extend(block.channel(0).iter().map(finite));
        self.right.extend(block.channel(1).iter().map(finite));
        self.frames += block.frames() as u64;
        if self.ready() >= self.workers * CHUNK {
            self.analyse(self.workers);
        }
        Ok(())
    }

    /// The sectors of the whole side; a last one that is not full counts.
    pub fn finish(mut self) -> Vec<Sector> {
        let turn_frames = self.turn.0 * self.rate.hz();
        let count = (self.frames as f64 / turn_frames * SECTORS as f64).ceil() as usize;
        let silent = self.frame_of(count).saturating_sub(self.frames) as usize + AROUND;
        self.left.extend(std::iter::repeat_n(0.0, silent));
        self.right.extend(std::iter::repeat_n(0.0, silent));
        while self.sectors.len() + self.workers * CHUNK < count {
            self.analyse(self.workers);
        }
        let left = count - self.sectors.len();
        self.analyse_chunks(left.div_ceil(CHUNK), count);
        self.sectors
    }

    /// Length of the side so far.
    pub fn frames(&self) -> Frames {
        Frames(self.frames)
    }

    fn frame_of(&self, sector: usize) -> u64 {
        Sector::start(sector, self.turn, self.rate).0
    }

    /// Whole sectors that can be analysed.
    fn ready(&self) -> usize {
        let known = self.frames.saturating_sub(AROUND as u64);
        let per_sector = self.turn.0 * self.rate.hz() / SECTORS as f64;
        ((known as f64 / per_sector) as usize).saturating_sub(1).saturating_sub(self.sectors.len())
    }

    fn analyse(&mut self, chunks: usize) {
        self.analyse_chunks(chunks, usize::MAX);
    }

    /// Analyses so many chunks at once, none beyond sector `end`, and forgets what is behind them.
    fn analyse_chunks(&mut self, chunks: usize, end: usize) {
        let first = self.sectors.len();
        let stretch = Stretch {
            left: &self.left,
            right: &self.right,
            base: self.base,
            rate: self.rate,
            turn: self.turn,
            gain: self.gain,
            low_band_hz: self.low_band_hz,
            kernels: &self.kernels,
        };
        let mut made: Vec<Vec<Sector>> = Vec::new();
        thread::scope(|scope| {
            let work = |chunk: usize| {
                let from = first + chunk * CHUNK;
                let range = from..(from + CHUNK).min(end);
                let stretch = &stretch;
                scope.spawn(move || stretch.sectors(range))
            };
            let handles: Vec<_> = (0..chunks).map(work).collect();
            for handle in handles {
                match handle.join() {
                    Ok(sectors) => made.push(sectors),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        self.sectors.extend(made.into_iter().flatten());
        self.forget();
    }

    fn forget(&mut self) {
        let next = self.frame_of(self.sectors.len()) as i64;
        let keep = next - WARMTH.signed_frames(self.rate) - AROUND as i64;
        let gone = (keep - self.base).clamp(0, self.left.len() as i64) as usize;
        self.left.drain(..gone);
        self.right.drain(..gone);
        self.base += gone as i64;
    }
}

/// A low cut of second order that also gives the integral of what it lets through (Zavalishin, "The art of VA filter
/// design", 2018, chapter 4), and the middle turnover's low-pass of the same. It is fed one frame ahead.
#[derive(Clone, Copy, Default)]
struct Integrator {
    band: f64,
    low: f64,
    pole: Pole,
    /// The low cut's output a frame before and at the frame that is told, and the integral there.
    before: f64,
    here: f64,
    integral: f64,
}

/// The low-pass of the middle turnover, exact for a programme that goes straight from sample to sample.
#[derive(Clone, Copy, Default)]
struct Pole {
    last: f64,
    value: f64,
}

/// Coefficients of [`Integrator`] and [`Pole`] at a rate.
struct Rates {
    g: f64,
    d: f64,
    omega: f64,
    keep: f64,
    now: f64,
    before: f64,
}

impl Rates {
    fn new(rate: SampleRate, cut_hz: f64) -> Rates {
        let g = libm::tan(PI * cut_hz / rate.hz());
        let step = 1.0 / (rate.hz() * MIDDLE_S);
        let keep = libm::exp(-step);
        let ramp = (1.0 - keep) / step;
        Rates {
            g,
            d: 1.0 / (1.0 + g * (SQRT_2 + g)),
            omega: 2.0 * PI * cut_hz,
            keep,
            now: 1.0 - ramp,
            before: ramp - keep,
        }
    }
}

impl Pole {
    /// The low-passed sample `here`. Going straight from sample to sample dulls by `ω²/12`; the neighbours give it back.
    fn next(&mut self, rates: &Rates, before: f64, here: f64, after: f64) -> f64 {
        let sample = here - (before - 2.0 * here + after) / 12.0;
        self.value = rates.keep * self.value + rates.now * sample + rates.before * self.last;
        self.last = sample;
        self.value
    }
}

impl Integrator {
    /// Displacement of a wall in seconds of full-scale programme, one frame before the sample that is given.
    fn next(&mut self, rates: &Rates, ahead: f64) -> f64 {
        let high = (ahead - (SQRT_2 + rates.g) * self.band - self.low) * rates.d;
        let band = rates.g * high + self.band;
        self.band = rates.g * high + band;
        let low = rates.g * band + self.low;
        self.low = rates.g * band + low;
        let smooth = self.pole.next(rates, self.before, self.here, high);
        let displacement = SLOPE_S * self.here + self.integral - LOW * MIDDLE_S * smooth;
        (self.before, self.here, self.integral) = (self.here, high, band / rates.omega);
        displacement
    }
}

/// A Butterworth low-pass of second order for the energies of the low band.
#[derive(Clone, Copy, Default)]
struct LowPass {
    band: f64,
    low: f64,
}

impl LowPass {
    fn next(&mut self, rates: &Rates, sample: f64) -> f64 {
        let high = (sample - (SQRT_2 + rates.g) * self.band - self.low) * rates.d;
        let band = rates.g * high + self.band;
        self.band = rates.g * high + band;
        let low = rates.g * band + self.low;
        self.low = rates.g * band + low;
        low
    }
}

/// What runs along with a stretch.
struct Run {
    cut: Rates,
    low: Rates,
    walls: [Integrator; 2],
    lows: [LowPass; 2],
}

impl Run {
    fn new(rate: SampleRate, low_band_hz: f64) -> Run {
        let nyquist_safe = low_band_hz.min(0.4 * rate.hz());
        Run {
            cut: Rates::new(rate, LOW_CUT_HZ),
            low: Rates::new(rate, nyquist_safe),
            walls: Default::default(),
            lows: Default::default(),
        }
    }

    /// Displacements of the left and the right wall, and the low middle and side.
    fn next(&mut self, left: f64, right: f64) -> ([f64; 2], [f64; 2]) {
        let walls = [self.walls[0].next(&self.cut, left), self.walls[1].next(&self.cut, right)];
        let (middle, side) = (0.5 * (left + right), 0.5 * (left - right));
        (walls, [self.lows[0].next(&self.low, middle), self.lows[1].next(&self.low, side)])
    }
}

impl Stretch<'_> {
    fn sectors(&self, range: Range<usize>) -> Vec<Sector> {
        match self.kernels {
            Kernels::One(kernel) => self.sectors_with(range, kernel),
            Kernels::Two(kernel) => self.sectors_with(range, kernel),
            Kernels::Four(kernel) => self.sectors_with(range, kernel),
            Kernels::Eight(kernel) => self.sectors_with(range, kernel),
        }
    }

    fn frame_of(&self, sector: usize) -> i64 {
        Sector::start(sector, self.turn, self.rate).0 as i64
    }

    /// Where a frame lies in the rows.
    fn place(&self, frame: i64) -> usize {
        (frame - self.base).max(0) as usize
    }

    fn sectors_with<const M: usize>(&self, range: Range<usize>, kernel: &Kernel<M>) -> Vec<Sector> {
        let (from, to) = (self.frame_of(range.start), self.frame_of(range.end));
        let warm = self.place(from - WARMTH.signed_frames(self.rate)).max(TAPS);
        let (from, to) = (self.place(from), self.place(to));
        let velocities = [
            self.velocity(self.left, warm, from, to, &kernel.slope),
            self.velocity(self.right, warm, from, to, &kernel.slope),
        ];
        let mut run = Run::new(self.rate, self.low_band_hz);
        // The integrators are one frame ahead.
        for place in warm..=from {
            run.next(self.left[place], self.right[place]);
        }
        let mut sectors = Vec::with_capacity(range.len());
        for index in range {
            let places = self.place(self.frame_of(index))..self.place(self.frame_of(index + 1));
            sectors.push(self.sector(places, from, &velocities, &mut run, kernel));
        }
        sectors
    }

    /// The velocity at the samples, from the first tap before `from` to the last behind `to`.
    fn velocity(&self, row: &[f64], warm: usize, from: usize, to: usize, slope: &[f64]) -> Vec<f64> {
        let rates = Rates::new(self.rate, LOW_CUT_HZ);
        let (steep, unit) = (SLOPE_S * self.rate.hz(), normal());
        let (first, end) = (from - BEFORE, to + TAPS - BEFORE);
        let mut pole = Pole::default();
        let mut velocities = Vec::with_capacity(end - first);
        for place in warm..end {
            let low = pole.next(&rates, row[place - 1], row[place], row[place + 1]);
            if place >= first {
                let slope = weighted(slope, &row[place - BEFORE..place - BEFORE + TAPS]);
                velocities.push(unit * (steep * slope + COPY * row[place] + LOW * low));
            }
        }
        velocities
    }

    fn sector<const M: usize>(
        &self,
        places: Range<usize>,
        from: usize,
        velocities: &[Vec<f64>; 2],
        run: &mut Run,
        kernel: &Kernel<M>,
    ) -> Sector {
        let mut sector = Sector::default();
        let frames = places.len().max(1) as f64;
        for place in places {
            let (walls, lows) = run.next(self.left[place + 1], self.right[place + 1]);
            sector.take_displacement(walls[0], walls[1]);
            sector.low_middle += lows[0] * lows[0];
            sector.low_side += lows[1] * lows[1];
            let at = place - from;
            let (left, right) = sum(kernel, &velocities[0][at..at + TAPS], &velocities[1][at..at + TAPS]);
            for index in 0..M {
                sector.take_velocity(left.0[index], right.0[index]);
                sector.take_acceleration(left.1[index], right.1[index]);
            }
        }
        sector.scale(self.gain, self.rate, frames * M as f64, frames);
        sector
    }
}

/// Partial sums of a row of taps, in a fixed order.
const LANES: usize = 4;

#[inline(always)]
fn weighted(taps: &[f64], row: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for (taps, row) in taps.chunks_exact(LANES).zip(row.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += taps[lane] * row[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// Velocity and its slope at `M` places.
type Motion<const M: usize> = ([f64; M], [f64; M]);

/// Both walls at once: the taps are loaded once, in a fixed order of sums.
#[inline(always)]
fn sum<const M: usize>(kernel: &Kernel<M>, left: &[f64], right: &[f64]) -> (Motion<M>, Motion<M>) {
    let mut walls = (([0.0; M], [0.0; M]), ([0.0; M], [0.0; M]));
    for ((value, slope), (l, r)) in kernel.taps.iter().zip(left.iter().zip(right)) {
        for index in 0..M {
            walls.0.0[index] += l * value[index];
            walls.0.1[index] += l * slope[index];
            walls.1.0[index] += r * value[index];
            walls.1.1[index] += r * slope[index];
        }
    }
    walls
}

impl Sector {
    /// Displacements of the walls: a rising left wall widens the groove, a rising right one narrows it, both together
    /// move it inwards.
    #[inline(always)]
    fn take_displacement(&mut self, left: f64, right: f64) {
        self.outward_um = self.outward_um.max(-right);
        self.inward_um = self.inward_um.max(left);
        self.wider_um = self.wider_um.max(left - right);
        self.narrower_um = self.narrower_um.max(right - left);
    }

    #[inline(always)]
    fn take_velocity(&mut self, left: f64, right: f64) {
        let lateral = left + right;
        self.wall_m_s = self.wall_m_s.max(left.abs()).max(right.abs());
        self.lateral_m_s = self.lateral_m_s.max(lateral.abs());
        self.lateral_power += lateral * lateral;
    }

    #[inline(always)]
    fn take_acceleration(&mut self, left: f64, right: f64) {
        self.acceleration_m_s2 = self.acceleration_m_s2.max(left.abs()).max(right.abs());
        self.acceleration_power[0] += left * left;
        self.acceleration_power[1] += right * right;
    }

    /// From full-scale programme to metres: `gain` is the velocity of a wall for a full-scale sine of 1 kHz.
    fn scale(&mut self, gain: f64, rate: SampleRate, places: f64, frames: f64) {
        // A wall's edge moves √2 as far as the wall; the width by the difference of both edges.
        let edge = SQRT_2 * 1e6 * gain * normal();
        for length in [&mut self.outward_um, &mut self.inward_um, &mut self.wider_um, &mut self.narrower_um] {
            *length *= edge;
        }
        self.lateral_m_s *= gain * FRAC_1_SQRT_2;
        self.wall_m_s *= gain;
        let steep = gain * rate.hz();
        self.acceleration_m_s2 *= steep;
        self.lateral_power *= 0.5 * gain * gain / places;
        self.acceleration_power = self.acceleration_power.map(|power| power * steep * steep / places);
        self.low_middle /= frames;
        self.low_side /= frames;
    }
}

#[cfg(test)]
#[path = "cutter/tests.rs"]
mod tests;
