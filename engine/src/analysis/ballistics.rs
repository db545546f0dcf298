//! Programme meters with the ballistics of their standards: PPM type I (DIN and Nordic) and type II (IEC 60268-10), VU
//! (IEC 60268-17, ANSI C16.5), and the K-system's mean level (B. Katz, 600 ms).
//!
//! Every meter reads the level of a steady sine as its peak, in dBFS; [`Meter::scale`] turns that into its own scale.
//! Driven by samples, not by screen frames: the highest reading since it was last asked is handed over, so that no burst
//! falls between two frames.

use std::collections::VecDeque;

use super::Extreme;
use super::finite::finite;
use crate::audio::Block;
use crate::dsp::svf::{State, Svf, Tick};
use crate::unit::{Db, Frames, SampleRate};

/// Steps of the K-system's window in a second: 10 ms each.
const STEPS_PER_SECOND: u32 = 100;
/// Its window: 600 ms.
const WINDOW_STEPS: usize = 60;
/// A sine's peak over its mean level, as a factor of power.
const SINE: f64 = 2.0;
/// The corner of the VU meter's needle in radians per second, and its damping: 99 % after 300 ms, 1.2 % beyond.
const NEEDLE_RADIANS: f64 = 13.512;
const NEEDLE_DAMPING: f64 = 0.812_72;
/// Below this a state is taken for exact zero.
const NOTHING: f64 = 1e-30;
/// Frames between two looks for that.
const LOOK: u64 = 256;

/// A kind of programme meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Meter {
    /// Peak programme meter, type I, DIN 45406: 5 ms to -2 dB, back by 20 dB in 1.5 s.
    PpmDin,
    /// The same with the Nordic scale (N9): back by 20 dB in 1.7 s.
    #[default]
    PpmNordic,
    /// Peak programme meter, type II, BBC and EBU: 10 ms to -2.5 dB, back by 24 dB in 2.8 s.
    PpmTwo,
    /// Volume unit meter: full-wave mean, 300 ms to 99 %.
    Vu,
    /// K-system with 12 dB of headroom.
    K12,
    /// With 14 dB.
    K14,
    /// With 20 dB.
    K20,
}

/// A meter's own scale: what it shows at a level, and its ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// What is added to dBFS.
    pub offset_db: f64,
    /// Decibels of one unit.
    pub db_per_unit: f64,
    /// The value at the reference that `offset_db` leads to.
    pub origin: f64,
    /// The lowest value shown.
    pub bottom: f64,
    /// The highest value shown.
    pub top: f64,
    /// From here on up the scale is marked as loud.
    pub loud: f64,
    /// The unit.
    pub unit: &'static str,
}

impl Meter {
    /// Every kind.
    pub const ALL: [Meter; 7] =
        [Meter::PpmDin, Meter::PpmNordic, Meter::PpmTwo, Meter::Vu, Meter::K12, Meter::K14, Meter::K20];

    /// Its id in files and output.
    pub fn id(self) -> &'static str {
        match self {
            Meter::PpmDin => "ppm_din",
            Meter::PpmNordic => "ppm_nordic",
            Meter::PpmTwo => "ppm_2",
            Meter::Vu => "vu",
            Meter::K12 => "k12",
            Meter::K14 => "k14",
            Meter::K20 => "k20",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Meter::PpmDin => "PPM I DIN",
            Meter::PpmNordic => "PPM I Nordic",
            Meter::PpmTwo => "PPM II",
            Meter::Vu => "VU",
            Meter::K12 => "K-12",
            Meter::K14 => "K-14",
            Meter::K20 => "K-20",
        }
    }

    /// Its scale. PPM DIN: 0 dB is -9 dBFS. Nordic: TEST is -18 dBFS. PPM II: 4 is -18 dBFS, 4 dB each. VU: 0 is -18 dBFS.
    pub fn scale(self) -> Scale {
        let decibels = |offset_db, bottom, top, loud, unit| Scale {
            offset_db,
            db_per_unit: 1.0,
            origin: 0.0,
            bottom,
            top,
            loud,
            unit,
        };
        match self {
            Meter::PpmDin => decibels(9.0, -50.0, 5.0, 0.0, "dB"),
            Meter::PpmNordic => decibels(18.0, -42.0, 12.0, 6.0, "dB"),
            Meter::PpmTwo => {
                Scale { offset_db: 18.0, db_per_unit: 4.0, origin: 4.0, bottom: 1.0, top: 7.0, loud: 6.0, unit: "PPM" }
            }
            Meter::Vu => decibels(18.0, -20.0, 3.0, 0.0, "VU"),
            Meter::K12 => decibels(12.0, -40.0, 12.0, 4.0, "dB"),
            Meter::K14 => decibels(14.0, -40.0, 14.0, 4.0, "dB"),
            Meter::K20 => decibels(20.0, -40.0, 20.0, 4.0, "dB"),
        }
    }

    /// What runs inside: several kinds share a movement and differ in scale alone.
    fn movement(self) -> usize {
        match self {
            Meter::PpmDin => 0,
            Meter::PpmNordic => 1,
            Meter::PpmTwo => 2,
            Meter::Vu => 3,
            Meter::K12 | Meter::K14 | Meter::K20 => 4,
        }
    }
}

impl Scale {
    /// A level in dBFS as this meter shows it, beyond its ends too.
    pub fn value(&self, level: Db) -> f64 {
        self.origin + (level.0 + self.offset_db) / self.db_per_unit
    }
}

/// Every kind of meter for every channel, fed with blocks in order.
#[derive(Debug, Clone)]
pub struct Ballistics {
    rate: SampleRate,
    channels: Vec<Channel>,
    frames: u64,
}

#[derive(Debug, Clone)]
struct Channel {
    peaks: [QuasiPeak; 3],
    needle: Needle,
    mean: Mean,
    /// Highest reading (linear) of each movement since it was last asked, and over everything.
    recent: [f64; 5],
    highest: [Extreme<f64>; 5],
}

impl Ballistics {
    /// Meters at rest.
    pub fn new(channels: usize, rate: SampleRate) -> Ballistics {
        Ballistics { rate, channels: vec![Channel::new(rate.hz()); channels], frames: 0 }
    }

    /// Measures the next block.
    pub fn process(&mut self, block: &Block) {
        self.process_finite(&finite(block));
    }

    /// The same for a block that is known to be finite.
    pub(super) fn process_finite(&mut self, block: &Block) {
        for (channel, samples) in self.channels.iter_mut().zip(block.iter()) {
            for (index, sample) in samples.iter().enumerate() {
                channel.next(*sample, self.frames + index as u64);
            }
        }
        self.frames += block.frames() as u64;
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = Ballistics::new(self.channels.len(), self.rate);
    }

    /// The reading of a channel now; `None` at rest or for an unknown channel.
    pub fn now(&self, meter: Meter, channel: usize) -> Option<Db> {
        self.channels.get(channel).and_then(|channel| level(channel.reading(meter.movement())))
    }

    /// The highest readings of a channel since they were last asked for, in the order of [`Meter::ALL`].
    pub fn take_recent(&mut self, channel: usize) -> [Option<Db>; Meter::ALL.len()] {
        let Some(channel) = self.channels.get_mut(channel) else { return [None; Meter::ALL.len()] };
        let now: [f64; 5] = std::array::from_fn(|movement| channel.reading(movement));
        let recent = std::mem::replace(&mut channel.recent, now);
        Meter::ALL.map(|meter| level(recent[meter.movement()].max(now[meter.movement()])))
    }

    /// The highest reading of a channel over everything, and where.
    pub fn highest(&self, meter: Meter, channel: usize) -> Option<Extreme<Db>> {
        let highest = self.channels.get(channel)?.highest[meter.movement()];
        level(highest.value).map(|value| Extreme { value, at: highest.at })
    }
}

fn level(amplitude: f64) -> Option<Db> {
    (amplitude > NOTHING).then(|| Db::from_amplitude(amplitude))
}

impl Channel {
    fn new(rate_hz: f64) -> Channel {
        Channel {
            peaks: [
                QuasiPeak::new(rate_hz, [2.376, 1.000], 0.4, 0.192, 20.0 / 1.5),
                QuasiPeak::new(rate_hz, [2.376, 1.000], 0.4, 0.192, 20.0 / 1.7),
                QuasiPeak::new(rate_hz, [1.087, 8.900], 0.6, 0.274, 24.0 / 2.8),
            ],
            needle: Needle::new(rate_hz),
            mean: Mean::new(rate_hz),
            recent: [0.0; 5],
            highest: [Extreme { value: 0.0, at: Frames(0) }; 5],
        }
    }

    #[inline]
    fn next(&mut self, sample: f64, frame: u64) {
        let size = sample.abs();
        let readings = [
            self.peaks[0].next(size),
            self.peaks[1].next(size),
            self.peaks[2].next(size),
            self.needle.next(size),
            self.mean.next(sample),
        ];
        for (movement, reading) in readings.into_iter().enumerate() {
            if reading > self.recent[movement] {
                self.recent[movement] = reading;
                if reading > self.highest[movement].value {
                    self.highest[movement] = Extreme { value: reading, at: Frames(frame) };
                }
            }
        }
        if (frame + 1).is_multiple_of(LOOK) {
            self.peaks.iter_mut().for_each(QuasiPeak::settle);
            self.needle.state.settle();
        }
    }

    fn reading(&self, movement: usize) -> f64 {
        match movement {
            3 => self.needle.reading.max(0.0),
            4 => self.mean.reading,
            peak => self.peaks[peak].reading(),
        }
    }
}

/// Two charging followers side by side: one alone cannot meet the bursts of type II.
#[derive(Debug, Clone, Copy)]
struct QuasiPeak {
    charge: [f64; 2],
    share: f64,
    gain: f64,
    fall: f64,
    held: [f64; 2],
}

impl QuasiPeak {
    fn new(rate_hz: f64, charge_ms: [f64; 2], share: f64, gain_db: f64, fall_db_per_second: f64) -> QuasiPeak {
        QuasiPeak {
            charge: charge_ms.map(|ms| -libm::expm1(-1000.0 / (ms * rate_hz))),
            share,
            gain: Db(gain_db).amplitude(),
            fall: Db(-fall_db_per_second / rate_hz).amplitude(),
            held: [0.0; 2],
        }
    }

    #[inline]
    fn next(&mut self, size: f64) -> f64 {
        for (held, charge) in self.held.iter_mut().zip(self.charge) {
            let falling = *held * self.fall;
            *held = falling + charge * (size - falling).max(0.0);
        }
        self.reading()
    }

    #[inline]
    fn reading(&self) -> f64 {
        self.gain * (self.share * self.held[0] + (1.0 - self.share) * self.held[1])
    }

    fn settle(&mut self) {
        self.held = self.held.map(|held| if held < NOTHING { 0.0 } else { held });
    }
}

/// The VU meter: the mean of the magnitude moves a damped needle.
#[derive(Debug, Clone, Copy)]
struct Needle {
    tick: Tick,
    state: State,
    reading: f64,
}

impl Needle {
    fn new(rate_hz: f64) -> Needle {
        let g = libm::tan(NEEDLE_RADIANS / (2.0 * rate_hz));
        let tick = Svf::from_outputs(g, 2.0 * NEEDLE_DAMPING, 1.0, 0.0, 0.0).tick();
        Needle { tick, state: State::default(), reading: 0.0 }
    }

    #[inline]
    fn next(&mut self, size: f64) -> f64 {
        // The mean of a sine's magnitude is 2/π of its peak.
        self.reading = self.tick.next(&mut self.state, [size * std::f64::consts::FRAC_PI_2, 0.0])[0];
        self.reading
    }
}

/// Mean level of the last 600 ms, renewed every 10 ms.
#[derive(Debug, Clone)]
struct Mean {
    step_frames: u32,
    filled: u32,
    power: f64,
    steps: VecDeque<f64>,
    reading: f64,
}

impl Mean {
    fn new(rate_hz: f64) -> Mean {
        let step_frames = ((rate_hz as u32) / STEPS_PER_SECOND).max(1);
        Mean { step_frames, filled: 0, power: 0.0, steps: VecDeque::with_capacity(WINDOW_STEPS + 1), reading: 0.0 }
    }

    #[inline]
    fn next(&mut self, sample: f64) -> f64 {
        self.power += sample * sample;
        self.filled += 1;
        if self.filled == self.step_frames {
            self.filled = 0;
            self.steps.push_back(std::mem::take(&mut self.power));
            if self.steps.len() > WINDOW_STEPS {
                self.steps.pop_front();
            }
            let mean = self.steps.iter().sum::<f64>() / (WINDOW_STEPS as f64 * f64::from(self.step_frames));
            self.reading = (SINE * mean).sqrt();
        }
        self.reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, level_db: f64, seconds: f64, rate: u32) -> Vec<f64> {
        let amplitude = Db(level_db).amplitude();
        let wave = |n: usize| amplitude * libm::sin(std::f64::consts::TAU * hertz * n as f64 / f64::from(rate));
        (0..(seconds * f64::from(rate)).round() as usize).map(wave).collect()
    }

    fn meters(samples: &[f64], rate: u32) -> Ballistics {
        let mut meters = Ballistics::new(1, SampleRate(rate));
        meters.process(&Block::from_channels(&[samples]));
        meters
    }

    /// The highest reading of a burst of 5 kHz at 0 dBFS, in dB: relative to a steady tone by calibration.
    fn burst(meter: Meter, milliseconds: f64, rate: u32) -> f64 {
        let mut samples = tone(5_000.0, 0.0, milliseconds / 1000.0, rate);
        samples.extend(vec![0.0; rate as usize / 2]);
        meters(&samples, rate).highest(meter, 0).unwrap().value.0
    }

    #[test]
    fn peak_programme_meters_read_the_bursts_of_iec_60268_10() {
        // Duration in ms, reading and tolerance in dB.
        const ONE: [(f64, f64, f64); 4] = [(10.0, -1.0, 0.5), (5.0, -2.0, 1.0), (3.0, -4.0, 1.0), (0.4, -15.0, 4.0)];
        const TWO: [(f64, f64, f64); 4] = [(100.0, 0.0, 0.5), (10.0, -2.5, 0.5), (5.0, -4.0, 0.75), (1.5, -9.0, 1.0)];
        for rate in [44_100, 48_000, 96_000] {
            for (meter, table) in [(Meter::PpmDin, ONE), (Meter::PpmNordic, ONE), (Meter::PpmTwo, TWO)] {
                for (milliseconds, reading, tolerance) in table {
                    let found = burst(meter, milliseconds, rate);
                    assert!((found - reading).abs() <= tolerance, "{meter:?} {milliseconds} ms at {rate}: {found}");
                }
                let steady = meters(&tone(1_000.0, -9.0, 2.0, rate), rate).now(meter, 0).unwrap();
                assert!((steady.0 + 9.0).abs() < 0.2, "{meter:?}: {steady}");
            }
        }
    }

    #[test]
    fn they_fall_as_stated() {
        for (meter, fall, seconds) in
            [(Meter::PpmDin, 20.0, 1.5), (Meter::PpmNordic, 20.0, 1.7), (Meter::PpmTwo, 24.0, 2.8)]
        {
            let mut samples = tone(1_000.0, 0.0, 1.0, 48_000);
            let before = meters(&samples, 48_000).now(meter, 0).unwrap().0;
            samples.extend(vec![0.0; (seconds * 48_000.0) as usize]);
            let after = meters(&samples, 48_000).now(meter, 0).unwrap().0;
            assert!((before - after - fall).abs() < 0.05, "{meter:?}: {}", before - after);
        }
    }

    #[test]
    fn the_needle_reaches_its_mark_in_300_ms_and_swings_little_beyond() {
        for rate in [44_100u32, 96_000] {
            let samples = tone(1_000.0, -18.0, 2.0, rate);
            let mut meter = Ballistics::new(1, SampleRate(rate));
            let mut reached = None;
            for (index, part) in samples.chunks(rate as usize / 1000).enumerate() {
                meter.process(&Block::from_channels(&[part]));
                let reading = meter.now(Meter::Vu, 0).map_or(0.0, |db| Db(db.0 + 18.0).amplitude());
                if reading >= 0.99 && reached.is_none() {
                    reached = Some(index + 1);
                }
            }
            assert!(reached.is_some_and(|ms| ms.abs_diff(300) <= 30), "{reached:?}");
            let beyond = Db(meter.highest(Meter::Vu, 0).unwrap().value.0 + 18.0).amplitude();
            assert!((1.01..=1.015).contains(&beyond), "{beyond}");
            let shown = Meter::Vu.scale().value(meter.now(Meter::Vu, 0).unwrap());
            assert!(shown.abs() < 0.05, "{shown} VU");
        }
    }

    #[test]
    fn the_k_system_reads_a_sine_at_its_headroom_as_zero() {
        for (meter, headroom) in [(Meter::K12, 12.0), (Meter::K14, 14.0), (Meter::K20, 20.0)] {
            let steady = meters(&tone(1_000.0, -headroom, 2.0, 44_100), 44_100);
            assert!(meter.scale().value(steady.now(meter, 0).unwrap()).abs() < 0.05);
            let mut short = tone(1_000.0, -headroom, 0.6, 44_100);
            short.extend(vec![0.0; 44_100]);
            assert!(meter.scale().value(meters(&short, 44_100).highest(meter, 0).unwrap().value).abs() < 0.1);
        }
    }

    #[test]
    fn a_burst_between_two_looks_is_not_lost_and_silence_is_nothing() {
        let mut meter = Ballistics::new(1, SampleRate(48_000));
        meter.process(&Block::from_channels(&[tone(5_000.0, 0.0, 0.01, 48_000)]));
        meter.process(&Block::new(1, 48_000));
        assert!(meter.now(Meter::PpmNordic, 0).unwrap().0 < -10.0);
        assert!(meter.take_recent(0)[1].unwrap().0 > -1.5);
        assert!(meter.take_recent(0)[1].unwrap().0 < -10.0);
        meter.process(&Block::new(1, 48_000 * 75));
        assert!(Meter::ALL.into_iter().all(|kind| meter.now(kind, 0).is_none()));
        assert_eq!(meter.now(Meter::Vu, 7), None);
    }

    #[test]
    fn scales_are_those_of_the_standards() {
        let shows = |meter: Meter, level: f64| meter.scale().value(Db(level));
        assert_eq!((shows(Meter::PpmDin, -9.0), shows(Meter::PpmNordic, -18.0)), (0.0, 0.0));
        assert_eq!((shows(Meter::PpmTwo, -18.0), shows(Meter::PpmTwo, -10.0)), (4.0, 6.0));
        assert_eq!((shows(Meter::Vu, -18.0), shows(Meter::K14, -14.0)), (0.0, 0.0));
    }
}
