use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};
use std::ops::Range;
use std::thread;

use super::super::MediumError;
use super::kernel::{BEFORE, HALF, Kernel, Kernels, TAPS};
use super::riaa::{COPY, LOW, MIDDLE_S, SLOPE_S, normal};
use super::sector::{SECTORS, Sector};
use super::{Lathe, Speed};
use crate::audio::Block;
use crate::dsp::wide::{Work, widest};
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
    walls: Vec<Walls>,
    base: i64,
    frames: u64,
    sectors: Vec<Sector>,
    workers: usize,
    kernels: Kernels,
}

/// What a worker reads: the frames from `base` on.
struct Stretch<'a> {
    walls: &'a [Walls],
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
            walls: vec![[0.0; 2]; AROUND],
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
        let finite = |sample: f64| if sample.is_finite() { sample } else { 0.0 };
        let pairs = block.channel(0).iter().zip(block.channel(1));
        self.walls.extend(pairs.map(|(left, right)| [finite(*left), finite(*right)]));
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
        self.walls.extend(std::iter::repeat_n([0.0; 2], silent));
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
            walls: &self.walls,
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
        let gone = (keep - self.base).clamp(0, self.walls.len() as i64) as usize;
        self.walls.drain(..gone);
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
    #[inline(always)]
    fn next(&mut self, rates: &Rates, before: f64, here: f64, after: f64) -> f64 {
        let sample = here - (before - 2.0 * here + after) / 12.0;
        self.value = rates.keep * self.value + rates.now * sample + rates.before * self.last;
        self.last = sample;
        self.value
    }
}

impl Integrator {
    /// Displacement of a wall in seconds of full-scale programme, one frame before the sample that is given.
    #[inline(always)]
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
    #[inline(always)]
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
    #[inline(always)]
    fn next(&mut self, [left, right]: Walls) -> (Walls, Walls) {
        let walls = [self.walls[0].next(&self.cut, left), self.walls[1].next(&self.cut, right)];
        let (middle, side) = (0.5 * (left + right), 0.5 * (left - right));
        (walls, [self.lows[0].next(&self.low, middle), self.lows[1].next(&self.low, side)])
    }
}

/// A row of sectors that one worker cuts, compiled for the widest registers.
struct Chunk<'a, const H: usize> {
    stretch: &'a Stretch<'a>,
    range: Range<usize>,
    kernel: &'a Kernel<H>,
}

impl<const H: usize> Work for Chunk<'_, H> {
    type Output = Vec<Sector>;

    #[inline(always)]
    fn run(self) -> Vec<Sector> {
        self.stretch.sectors_with(self.range, self.kernel)
    }
}

impl Stretch<'_> {
    fn sectors(&self, range: Range<usize>) -> Vec<Sector> {
        match self.kernels {
            Kernels::Sample(kernel) => widest(Chunk { stretch: self, range, kernel }),
            Kernels::Half(kernel) => widest(Chunk { stretch: self, range, kernel }),
            Kernels::Quarter(kernel) => widest(Chunk { stretch: self, range, kernel }),
            Kernels::Eighth(kernel) => widest(Chunk { stretch: self, range, kernel }),
        }
    }

    fn frame_of(&self, sector: usize) -> i64 {
        Sector::start(sector, self.turn, self.rate).0 as i64
    }

    /// Where a frame lies in the rows.
    fn place(&self, frame: i64) -> usize {
        (frame - self.base).max(0) as usize
    }

    #[inline(always)]
    fn sectors_with<const H: usize>(&self, range: Range<usize>, kernel: &Kernel<H>) -> Vec<Sector> {
        let (from, to) = (self.frame_of(range.start), self.frame_of(range.end));
        let warm = self.place(from - WARMTH.signed_frames(self.rate)).max(TAPS);
        let (from, to) = (self.place(from), self.place(to));
        let velocities = self.velocities(warm, from, to, &kernel.slope);
        let mut run = Run::new(self.rate, self.low_band_hz);
        // The integrators are one frame ahead.
        for place in warm..=from {
            run.next(self.walls[place]);
        }
        let mut sectors = Vec::with_capacity(range.len());
        for index in range {
            let places = self.place(self.frame_of(index))..self.place(self.frame_of(index + 1));
            sectors.push(self.sector(places, from, &velocities, &mut run, kernel));
        }
        sectors
    }

    /// The velocities of both walls at the samples, from the first tap before `from` to the last behind `to`.
    #[inline(always)]
    fn velocities(&self, warm: usize, from: usize, to: usize, slope: &[Walls]) -> Vec<Walls> {
        let rates = Rates::new(self.rate, LOW_CUT_HZ);
        let (steep, unit) = (SLOPE_S * self.rate.hz(), normal());
        let (first, end) = (from - BEFORE, to + TAPS - BEFORE);
        let mut poles = [Pole::default(); 2];
        let mut velocities = Vec::with_capacity(end - first);
        let walls = self.walls;
        let mut next = |place: usize| -> Walls {
            let (before, here, after) = (walls[place - 1], walls[place], walls[place + 1]);
            [poles[0].next(&rates, before[0], here[0], after[0]), poles[1].next(&rates, before[1], here[1], after[1])]
        };
        for place in warm..first {
            next(place);
        }
        for place in first..end {
            let (lows, here) = (next(place), walls[place]);
            let slopes = weighted(slope, &walls[place - BEFORE..place - BEFORE + TAPS]);
            let of = |wall: usize| unit * (steep * slopes[wall] + COPY * here[wall] + LOW * lows[wall]);
            velocities.push([of(0), of(1)]);
        }
        velocities
    }

    #[inline(always)]
    fn sector<const H: usize>(
        &self,
        places: Range<usize>,
        from: usize,
        velocities: &[Walls],
        run: &mut Run,
        kernel: &Kernel<H>,
    ) -> Sector {
        let mut sector = Sector::default();
        let frames = places.len().max(1) as f64;
        for place in places {
            let (walls, lows) = run.next(self.walls[place + 1]);
            sector.take_displacement(walls[0], walls[1]);
            sector.low_middle += lows[0] * lows[0];
            sector.low_side += lows[1] * lows[1];
            let taken = &velocities[place - from..place - from + TAPS];
            sector.take_velocity(taken[BEFORE]);
            sector.take_acceleration(weighted(&kernel.slope, taken));
            for (pair, sums) in pairs(kernel, taken).iter().enumerate() {
                let [even, odd, slope_even, slope_odd] = *sums;
                sector.take_velocity(both(even, odd, 1.0));
                sector.take_acceleration(both(slope_even, slope_odd, 1.0));
                // The last pair is the middle, which is its own mirror.
                if pair + 1 < H {
                    sector.take_velocity(both(even, odd, -1.0));
                    sector.take_acceleration(both(slope_odd, slope_even, -1.0));
                }
            }
        }
        sector.scale(self.gain, self.rate, frames * (2 * H).max(1) as f64, frames);
        sector
    }
}

/// A value of the left and the right wall.
type Walls = [f64; 2];

#[inline(always)]
fn both(a: Walls, b: Walls, sign: f64) -> Walls {
    [a[0] + sign * b[0], a[1] + sign * b[1]]
}

/// A row of taps, each given for both walls, on both walls, in a fixed order of sums.
#[inline(always)]
fn weighted(taps: &[Walls], walls: &[Walls]) -> Walls {
    let mut sums = [0.0; 8];
    for (taps, walls) in taps.as_flattened().chunks_exact(8).zip(walls.as_flattened().chunks_exact(8)) {
        for lane in 0..8 {
            sums[lane] += taps[lane] * walls[lane];
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    both(both([a, b], [c, d], 1.0), both([e, f], [g, h], 1.0), 1.0)
}

/// Even and odd half of value and slope for every pair of places.
#[inline(always)]
fn pairs<const H: usize>(kernel: &Kernel<H>, walls: &[Walls]) -> [[Walls; 4]; H] {
    let mut sums = [[0.0; 8]; H];
    let (front, back) = walls.split_at(HALF);
    for (taps, (near, far)) in kernel.pairs.iter().zip(front.iter().zip(back.iter().rev())) {
        let (plus, minus) = (both(*near, *far, 1.0), both(*near, *far, -1.0));
        let halves = [plus[0], plus[1], minus[0], minus[1], plus[0], plus[1], minus[0], minus[1]];
        for (sums, taps) in sums.iter_mut().zip(taps) {
            for lane in 0..8 {
                sums[lane] += taps[lane] * halves[lane];
            }
        }
    }
    sums.map(|[a, b, c, d, e, f, g, h]| [[a, b], [c, d], [e, f], [g, h]])
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
    fn take_velocity(&mut self, [left, right]: Walls) {
        let lateral = left + right;
        self.wall_m_s = self.wall_m_s.max(left.abs()).max(right.abs());
        self.lateral_m_s = self.lateral_m_s.max(lateral.abs());
        self.lateral_power += lateral * lateral;
        let vertical = left - right;
        self.vertical_power += vertical * vertical;
    }

    #[inline(always)]
    fn take_acceleration(&mut self, [left, right]: Walls) {
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
        self.vertical_power *= 0.5 * gain * gain / places;
        self.acceleration_power = self.acceleration_power.map(|power| power * steep * steep / places);
        self.low_middle /= frames;
        self.low_side /= frames;
    }
}

#[cfg(test)]
#[path = "cutter/tests.rs"]
mod tests;
