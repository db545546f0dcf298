//! At which level a programme goes to tape: bands of a third of an octave against what the tape takes there.

use serde::Serialize;

use super::super::MediumError;
use super::Tape;
use crate::audio::Block;
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::hann;
use crate::profile::{Outcome, Profile};
use crate::unit::{Db, Hertz, SampleRate, Seconds};

/// Length of the moments that are weighed.
const MOMENT: Seconds = Seconds(0.02);
/// Lowest band; each next one is a third of an octave higher.
const LOWEST_HZ: f64 = 50.0;
/// Bands up to 16 kHz.
const BANDS: usize = 26;
/// Levels are counted in steps of a quarter of a decibel from here up.
const FLOOR_DB: f64 = -120.0;
const STEPS_PER_DB: f64 = 4.0;
const STEPS: usize = 600;
/// Stretches of which the loudest moment is kept for a course over time.
pub const STRETCH: Seconds = Seconds(0.5);
/// Share of the moments that may lie above: the loudest one in a thousand.
const LOUDEST: f64 = 0.001;

/// Takes a programme and keeps how loud each band was how often.
pub struct Recorder {
    rate: SampleRate,
    fft: RealFft,
    window: Vec<f64>,
    /// What is left of the last block, left and right.
    rest: [Vec<f64>; 2],
    counts: Vec<[u64; STEPS]>,
    moments: u64,
    /// The loudest of each band within each stretch of [`STRETCH`], in dBFS.
    course: Vec<[f32; BANDS]>,
    /// Mean squares of whole moments, for the softest passage.
    quiet: Option<f64>,
    recent: Vec<f64>,
}

/// One band of a programme against the tape.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Band {
    /// Its middle.
    pub frequency_hz: f64,
    /// Level that the loudest one in a thousand moments exceeds, as of a sine, in dBFS.
    pub loudest_dbfs: Db,
    /// Where the tape saturates, in dB against Dolby level.
    pub saturation_db: Db,
    /// Level at the proposed transfer over saturation; positive where it is squashed.
    pub over_db: Db,
}

/// How a programme goes to a tape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Transfer {
    /// Proposed level on tape of a digital full-scale sine, in dB against Dolby level.
    pub full_scale_db: Db,
    /// The same by the bands up to 3 kHz alone, their powers added: what the middle would allow.
    pub middle_db: Db,
    /// The bands, from low to high.
    pub bands: Vec<Band>,
    /// Where the treble stands in the way of the middle's level: from here up a shelf or a limiter of the treble helps.
    pub shelf_hz: Option<f64>,
    /// How much such a shelf would take for the middle to reach its level.
    pub shelf_db: Option<Db>,
    /// Softest three seconds of the programme above the tape's noise at that level; `None` where all is silent.
    pub quiet_over_noise_db: Option<Db>,
    /// The gravest thing to say.
    pub severity: Outcome,
}

/// Highest band that counts as middle.
const MIDDLE_HZ: f64 = 3000.0;

impl Recorder {
    /// A recorder for a programme at a rate.
    ///
    /// # Errors
    /// A rate below 32 kHz: the treble, which is what a tape lacks, would not be seen.
    pub fn new(rate: SampleRate) -> Result<Recorder, MediumError> {
        if !(32_000..=768_000).contains(&rate.0) {
            return Err(MediumError::Rate(rate.0));
        }
        let length = ((MOMENT.0 * rate.hz()) as usize).next_power_of_two();
        Ok(Recorder {
            rate,
            fft: RealFft::new(length),
            window: hann(length),
            rest: [Vec::new(), Vec::new()],
            counts: vec![[0; STEPS]; BANDS],
            moments: 0,
            course: Vec::new(),
            quiet: None,
            recent: Vec::new(),
        })
    }

    /// Takes the next frames.
    ///
    /// # Errors
    /// A block that is not stereo.
    pub fn push(&mut self, block: &Block) -> Result<(), MediumError> {
        if block.channels() != 2 {
            return Err(MediumError::Channels(block.channels()));
        }
        for (channel, rest) in self.rest.iter_mut().enumerate() {
            rest.extend(block.channel(channel).iter().map(|sample| if sample.is_finite() { *sample } else { 0.0 }));
        }
        let length = self.fft.length();
        let mut place = 0;
        while self.rest[0].len() - place >= length {
            self.moment(place);
            place += length / 2;
        }
        self.rest.iter_mut().for_each(|rest| drop(rest.drain(..place)));
        Ok(())
    }

    fn moment(&mut self, place: usize) {
        let length = self.fft.length();
        let mut loudest = [0.0f64; BANDS];
        let mut whole = 0.0;
        for channel in 0..2 {
            let row = &self.rest[channel][place..place + length];
            whole += row.iter().map(|sample| sample * sample).sum::<f64>() / (2 * length) as f64;
            let shaped: Vec<f64> = row.iter().zip(&self.window).map(|(sample, window)| sample * window).collect();
            let mut spectrum = vec![Complex::new(0.0, 0.0); self.fft.bins()];
            self.fft.forward(&shaped, &mut spectrum);
            for (band, power) in self.band_powers(&spectrum).into_iter().enumerate() {
                loudest[band] = loudest[band].max(power);
            }
        }
        let stretch = (self.moments as f64 * self.hop_s() / STRETCH.0) as usize;
        self.course.resize(stretch + 1, [FLOOR_DB as f32; BANDS]);
        for (band, (counts, power)) in self.counts.iter_mut().zip(loudest).enumerate() {
            let level = 10.0 * libm::log10(power.max(1e-13));
            let known = &mut self.course[stretch][band];
            *known = known.max(level as f32);
            let step = ((level - FLOOR_DB) * STEPS_PER_DB).clamp(0.0, (STEPS - 1) as f64);
            counts[step as usize] += 1;
        }
        self.moments += 1;
        self.passage(whole);
    }

    /// From one moment to the next.
    fn hop_s(&self) -> f64 {
        (self.fft.length() / 2) as f64 / self.rate.hz()
    }

    /// Over time, in steps of [`STRETCH`]: by how much the loudest band of the middle and of the treble lies above where
    /// the tape saturates, in dB, when a digital full-scale sine goes to tape at `full_scale`. Sides follow each other.
    pub fn saturation(&self, tape: &Tape, full_scale: Db) -> Vec<[f32; 2]> {
        let edge = |band: usize| LOWEST_HZ * libm::exp2(band as f64 / 3.0);
        let limits: Vec<f32> =
            (0..BANDS).map(|band| (tape.saturation(Hertz(edge(band))).0 - full_scale.0) as f32).collect();
        let split = (0..BANDS).position(|band| edge(band) > MIDDLE_HZ).unwrap_or(BANDS);
        let over = |levels: &[f32; BANDS]| {
            let most =
                |range: std::ops::Range<usize>| range.map(|band| levels[band] - limits[band]).fold(f32::MIN, f32::max);
            [most(0..split), most(split..BANDS)]
        };
        self.course.iter().map(over).collect()
    }

    /// Power of each band as the squared amplitude of a sine of that power.
    fn band_powers(&self, spectrum: &[Complex<f64>]) -> [f64; BANDS] {
        let length = self.fft.length() as f64;
        // A Hann window lets 3/8 of the power through; a sine's squared amplitude is twice its power, and half of it lies
        // in the mirrored bins.
        let scale = 4.0 / (0.375 * length * length);
        let width = self.rate.hz() / length;
        let mut powers = [0.0; BANDS];
        for (bin, value) in spectrum.iter().enumerate() {
            let place = 3.0 * libm::log2((bin as f64 * width).max(1.0) / LOWEST_HZ) + 0.5;
            if (0.0..BANDS as f64).contains(&place) {
                powers[place as usize] += value.norm_sqr() * scale;
            }
        }
        powers
    }

    /// Remembers the softest three seconds that are not silent.
    fn passage(&mut self, power: f64) {
        self.recent.push(power);
        let count = (3.0 * self.rate.hz() / (self.fft.length() as f64 / 2.0)) as usize;
        if self.recent.len() == count {
            let mean = self.recent.drain(..).sum::<f64>() / count as f64;
            // A pause between songs is no passage.
            if mean > 1e-8 && self.quiet.is_none_or(|quiet| mean < quiet) {
                self.quiet = Some(mean);
            }
        }
    }

    /// Level in dBFS that only the loudest one in a thousand moments of a band exceeds; `None` in silence.
    fn loudest(&self, band: usize) -> Option<f64> {
        let allowed = (self.moments as f64 * LOUDEST) as u64;
        let mut above = 0;
        for step in (1..STEPS).rev() {
            above += self.counts[band][step];
            if above > allowed {
                return Some(FLOOR_DB + (step as f64 + 0.5) / STEPS_PER_DB);
            }
        }
        None
    }

    /// How the programme goes to a tape. `None` where it is silent.
    pub fn transfer(&self, tape: &Tape, profile: &Profile) -> Option<Transfer> {
        let middle_of = |band: usize| Hertz(LOWEST_HZ * libm::exp2(band as f64 / 3.0));
        let reserve = |hz: f64| {
            let check = if hz > MIDDLE_HZ { "reserve_treble" } else { "reserve_middle" };
            profile.value(check).unwrap_or_default()
        };
        let heard: Vec<(Hertz, f64)> =
            (0..BANDS).filter_map(|band| Some((middle_of(band), self.loudest(band)?))).collect();
        let room = |(at, level): &(Hertz, f64)| tape.saturation(*at).0 - reserve(at.0) - level;
        // The bands of the middle bend the tape together: their powers over saturation add up.
        let filled = |(at, level): &(Hertz, f64)| libm::pow(10.0, (level - tape.saturation(*at).0) / 10.0);
        let filled: f64 = heard.iter().filter(|(at, _)| at.0 <= MIDDLE_HZ).map(filled).sum();
        if filled <= 0.0 {
            return None;
        }
        let middle = -10.0 * libm::log10(filled) - reserve(LOWEST_HZ);
        let whole = heard.iter().map(room).min_by(f64::total_cmp)?;
        // The treble may be squashed by so much before the whole programme goes down for it.
        let grace = profile.value("treble_grace").unwrap_or_default();
        let level = middle.min(whole + grace);
        let band = |(at, loudest): &(Hertz, f64)| {
            let saturation = tape.saturation(*at);
            let over = loudest + level - saturation.0;
            Band { frequency_hz: at.0, loudest_dbfs: Db(*loudest), saturation_db: saturation, over_db: Db(over) }
        };
        let bands: Vec<Band> = heard.iter().map(band).collect();
        // What stands in the way of the middle's level: the lowest such band, and how much the treble would have to give.
        let in_the_way = |entry: &&(Hertz, f64)| entry.0.0 > MIDDLE_HZ && room(entry) < middle;
        let shelf = heard.iter().find(in_the_way).map(|(at, _)| at.0);
        let quiet = self.quiet.map(|power| Db(10.0 * libm::log10(2.0 * power) + level - tape.noise.0));
        let severity = severity(&bands, quiet, profile);
        Some(Transfer {
            full_scale_db: Db(level),
            middle_db: Db(middle),
            bands,
            shelf_hz: shelf,
            shelf_db: shelf.map(|_| Db(whole - middle)),
            quiet_over_noise_db: quiet,
            severity,
        })
    }
}

fn severity(bands: &[Band], quiet: Option<Db>, profile: &Profile) -> Outcome {
    let over = bands.iter().map(|band| band.over_db.0).max_by(f64::total_cmp);
    let broken = |check: &str, value: Option<f64>| {
        let value = value?;
        profile.limits(check).filter(|limit| !limit.holds(value)).map(|limit| limit.result).max()
    };
    let found = [broken("tape_saturation", over), broken("quiet_over_noise", quiet.map(|quiet| quiet.0))];
    found.into_iter().flatten().max().unwrap_or(Outcome::Pass)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::medium::cassette::TapeType;
    use crate::profile::load;

    #[test]
    fn saturation_over_time_shows_where_the_treble_stands() {
        let tape = Tape::new(TapeType::One, &load("cassette", None).unwrap().unwrap()).unwrap();
        let mut recorder = Recorder::new(SampleRate(48_000)).unwrap();
        let tone = |hz: f64| -> Block {
            let wave = |n: usize| 0.5 * libm::sin(2.0 * PI * hz * n as f64 / 48_000.0);
            let row: Vec<f64> = (0..96_000).map(wave).collect();
            Block::from_channels(&[row.clone(), row])
        };
        recorder.push(&tone(400.0)).unwrap();
        recorder.push(&tone(10_000.0)).unwrap();
        let course = recorder.saturation(&tape, Db(6.0));
        assert!((7..=9).contains(&course.len()), "{}", course.len());
        // Half of full scale is 6 dB less: at Dolby level, against 6.7 dB at 400 Hz and -3.4 dB at 10 kHz.
        let (first, last) = (course[1], course[6]);
        assert!((first[0] + 6.7).abs() < 0.6 && first[1] < -40.0, "{first:?}");
        assert!((last[1] - 3.4).abs() < 0.6 && last[0] < -40.0, "{last:?}");
    }

    const RATE: SampleRate = SampleRate(44_100);

    fn profile() -> Profile {
        load("cassette", None).unwrap().unwrap()
    }

    fn transfer(tones: &[(f64, f64)], kind: TapeType) -> Option<Transfer> {
        let of = |n: usize| {
            let time = n as f64 / RATE.hz();
            tones.iter().map(|(hz, amplitude)| amplitude * libm::sin(2.0 * PI * hz * time)).sum::<f64>()
        };
        let row: Vec<f64> = (0..4 * 44_100).map(of).collect();
        let mut recorder = Recorder::new(RATE).unwrap();
        for part in row.chunks(3001) {
            recorder.push(&Block::from_channels(&[part, part])).unwrap();
        }
        recorder.transfer(&Tape::new(kind, &profile()).unwrap(), &profile())
    }

    #[test]
    fn a_tone_goes_to_its_reserve_below_saturation() {
        let found = transfer(&[(400.0, 0.5)], TapeType::One).unwrap();
        let (profile, tape) = (profile(), Tape::new(TapeType::One, &profile()).unwrap());
        let wanted = tape.saturation(Hertz(400.0)).0 - profile.value("reserve_middle").unwrap() + 6.02;
        assert!((found.full_scale_db.0 - wanted).abs() < 0.5, "{} {wanted}", found.full_scale_db);
        assert_eq!(found.shelf_hz, None);
    }

    #[test]
    fn bright_programmes_are_told_to_take_a_shelf() {
        let found = transfer(&[(400.0, 0.3), (10_000.0, 0.3)], TapeType::One).unwrap();
        assert!(found.shelf_hz.is_some_and(|hz| hz > 6000.0), "{found:?}");
        assert!(found.shelf_db.is_some_and(|shelf| shelf.0 < -3.0));
        assert!(found.full_scale_db.0 < found.middle_db.0 + 1e-9);
        // Chrome takes less treble than metal.
        let metal = transfer(&[(400.0, 0.3), (10_000.0, 0.3)], TapeType::Four).unwrap();
        assert!(metal.full_scale_db.0 > found.full_scale_db.0);
    }

    #[test]
    fn silence_has_no_transfer_and_odd_input_is_refused() {
        assert_eq!(transfer(&[(400.0, 0.0)], TapeType::Two), None);
        assert!(Recorder::new(SampleRate(22_050)).is_err());
        assert!(Recorder::new(RATE).unwrap().push(&Block::new(1, 4)).is_err());
    }
}
