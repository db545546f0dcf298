//! How a recording travels: what is left of it on a small device, and how loud it is there.
//!
//! Energies are of both channels, in three bands parted by Butterworth filters of the eighth order: below 200 Hz, where
//! small devices end, above 8 kHz, and what lies between. What disappears is told at matched loudness (K-weighted, gated):
//! a device that is only softer loses nothing.

use serde::Serialize;

use crate::analysis::loudness::{Loudness, LoudnessError};
use crate::audio::{Block, Layout, Through};
use crate::dsp::matched::butterworth_q;
use crate::dsp::svf::{State, Svf, Tick};
use crate::medium::loudspeaker::Loudspeaker;
use crate::profile::{Evidence, System};
use crate::survey::Listener;
use crate::unit::{Db, Hertz, Lufs, SampleRate, Seconds};

/// Below here lies the bass.
const BASS: Hertz = Hertz(200.0);
/// Above here lies the air.
const AIR: Hertz = Hertz(8_000.0);
/// The order of the filters that part the bands.
const ORDER: usize = 8;
/// A band with less of the whole energy than this is the leak of its neighbour.
const LEAST: f64 = 1e-6;
/// A loss below this is not told in words.
const TOLD: f64 = 0.2;
/// The loudness a system's limit is stated at.
const STATED_AT: Lufs = Lufs(-14.0);

/// What is left of a recording on a system.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Translation {
    /// The system's id.
    pub system: String,
    /// What people call it.
    pub name: String,
    /// What its numbers rest on.
    pub evidence: Evidence,
    /// What brings the programme to the loudness at which the system's limit is stated.
    pub level_db: Db,
    /// What makes it as loud as the programme; `None` in silence.
    pub makeup_db: Option<Db>,
    /// Share of the energy below 200 Hz that disappears at the same loudness; negative: there is more of it.
    pub bass_lost: Option<f64>,
    /// The same between 200 Hz and 8 kHz.
    pub middle_lost: Option<f64>,
    /// The same above 8 kHz.
    pub air_lost: Option<f64>,
    /// Change of level by the sum of the channels alone.
    pub width_lost_db: Option<Db>,
    /// The most the device's protection turns down.
    pub turned_down_db: Db,
    /// The same in words.
    pub words: Vec<String>,
}

/// A translation under way.
pub struct Translator {
    system: System,
    level: Db,
    speaker: Loudspeaker,
    own: Loudness,
    heard: Loudness,
    bands: [Bands; 2],
    block: Block,
    sum: f64,
    sides: f64,
}

/// Energies of a signal by band.
struct Bands {
    low: Vec<(Tick, State)>,
    high: Vec<(Tick, State)>,
    energies: [f64; 3],
}

impl Bands {
    fn new(rate: SampleRate) -> Bands {
        let tangent = |at: Hertz| libm::tan(std::f64::consts::PI * (at.0 / rate.hz()).min(0.45));
        let section = |at: Hertz, index: usize, low: f64, high: f64| {
            let svf = Svf::from_outputs(tangent(at), 1.0 / butterworth_q(ORDER, index), low, 0.0, high);
            (svf.tick(), State::default())
        };
        Bands {
            low: (0..ORDER / 2).map(|index| section(BASS, index, 1.0, 0.0)).collect(),
            high: (0..ORDER / 2).map(|index| section(AIR, index, 0.0, 1.0)).collect(),
            energies: [0.0; 3],
        }
    }

    fn process(&mut self, left: &[f64], right: &[f64]) {
        for (l, r) in left.iter().zip(right) {
            let through = |filters: &mut Vec<(Tick, State)>| {
                filters.iter_mut().fold([*l, *r], |frame, (tick, state)| tick.next(state, frame))
            };
            let energy = |[l, r]: [f64; 2]| l * l + r * r;
            let (low, high) = (energy(through(&mut self.low)), energy(through(&mut self.high)));
            self.energies[0] += low;
            self.energies[2] += high;
            self.energies[1] += energy([*l, *r]);
        }
    }

    /// Bass, what lies between, air.
    fn parted(&self) -> [f64; 3] {
        let [low, all, high] = self.energies;
        [low, (all - low - high).max(0.0), high]
    }
}

impl Translator {
    /// Hears a recording of this loudness on a system.
    ///
    /// # Errors
    /// A rate or layout that loudness is not defined for.
    pub fn new(
        system: &System,
        integrated: Option<Lufs>,
        layout: Layout,
        rate: SampleRate,
    ) -> Result<Translator, LoudnessError> {
        let level = Db(integrated.map_or(0.0, |integrated| STATED_AT.0 - integrated.0));
        Ok(Translator {
            system: system.clone(),
            level,
            speaker: Loudspeaker::new(system, level, Db(0.0), rate),
            own: Loudness::new(layout, rate)?,
            heard: Loudness::new(Layout::Stereo, rate)?,
            bands: [Bands::new(rate), Bands::new(rate)],
            block: Block::new(2, 0),
            sum: 0.0,
            sides: 0.0,
        })
    }

    /// What came of it.
    pub fn finish(self) -> Translation {
        let change = self.own.integrated().zip(self.heard.integrated()).map(|(own, heard)| own.0 - heard.0);
        let gain = change.map(|change| libm::exp10(change / 10.0));
        let [own, heard] = self.bands.map(|bands| bands.parted());
        let lost = |band: usize| {
            gain.filter(|_| own[band] > LEAST * own.iter().sum::<f64>())
                .map(|gain| 1.0 - heard[band] * gain / own[band])
        };
        let width = (self.sides > 0.0 && self.sum > 0.0).then(|| Db(10.0 * libm::log10(self.sum / self.sides)));
        let mut translation = Translation {
            system: self.system.id.clone(),
            name: self.system.name.clone(),
            evidence: self.system.grade,
            level_db: self.level,
            makeup_db: change.map(Db),
            bass_lost: lost(0),
            middle_lost: lost(1),
            air_lost: lost(2),
            width_lost_db: width.filter(|_| self.system.mono),
            turned_down_db: self.speaker.most_turned_down(),
            words: Vec::new(),
        };
        translation.words = words(&translation);
        translation
    }
}

fn words(of: &Translation) -> Vec<String> {
    let mut words = Vec::new();
    let mut told = |share: Option<f64>, what: &str| match share {
        Some(share) if share >= TOLD => {
            words.push(format!("{:.0} % of the energy {what} disappears", 100.0 * share));
        }
        Some(share) if share <= -TOLD => words.push(format!("{:.1} dB more {what}", 10.0 * libm::log10(1.0 - share))),
        _ => {}
    };
    told(of.bass_lost, "below 200 Hz");
    told(of.middle_lost, "from 200 Hz to 8 kHz");
    told(of.air_lost, "above 8 kHz");
    if let Some(lost) = of.width_lost_db.filter(|lost| lost.0 < -0.5) {
        words.push(format!("{:.1} dB is lost in the sum of the channels", -lost.0));
    }
    if of.turned_down_db.0 < -1.0 {
        words.push(format!("its protection turns down by up to {:.1} dB", -of.turned_down_db.0));
    }
    if words.is_empty() {
        words.push("nothing much changes".into());
    }
    words
}

impl Listener for Translator {
    fn process(&mut self, block: &Block) {
        let frames = block.frames();
        if self.block.capacity() < frames {
            self.block = Block::new(2, frames);
        }
        self.block.set_frames(frames);
        for channel in 0..2 {
            self.block.channel_mut(channel).copy_from_slice(block.channel(channel.min(block.channels() - 1)));
        }
        self.own.process(block);
        let (left, right) = (self.block.channel(0), self.block.channel(1));
        for (l, r) in left.iter().zip(right) {
            self.sum += 0.5 * (l + r) * (l + r);
            self.sides += l * l + r * r;
        }
        self.bands[0].process(left, right);
        self.speaker.process(&mut self.block, Seconds(0.0));
        self.bands[1].process(self.block.channel(0), self.block.channel(1));
        self.heard.process(&self.block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::systems;

    const RATE: SampleRate = SampleRate(48_000);

    fn translated(id: &str, left: &[f64], right: &[f64]) -> Translation {
        let system = systems(None).0.into_iter().find(|system| system.id == id).unwrap();
        let mut translator = Translator::new(&system, Some(Lufs(-14.0)), Layout::Stereo, RATE).unwrap();
        for (left, right) in left.chunks(4096).zip(right.chunks(4096)) {
            translator.process(&Block::from_channels(&[left, right]));
        }
        translator.finish()
    }

    fn tone(hz: f64, level: f64) -> Vec<f64> {
        (0..96_000).map(|i| level * libm::sin(i as f64 * hz * std::f64::consts::TAU / 48_000.0)).collect()
    }

    fn plus(one: Vec<f64>, other: Vec<f64>) -> Vec<f64> {
        one.iter().zip(other).map(|(one, other)| one + other).collect()
    }

    #[test]
    fn the_bass_is_gone_on_a_phone_and_said_so() {
        let music = plus(tone(60.0, 0.2), tone(1000.0, 0.05));
        let phone = translated("phone", &music, &music);
        assert!(phone.bass_lost.unwrap() > 0.99, "{phone:?}");
        assert!(phone.words[0].contains("of the energy below 200 Hz disappears"), "{:?}", phone.words);
        assert!(phone.middle_lost.unwrap() < 0.0, "what is left is made as loud: {phone:?}");
    }

    #[test]
    fn makeup_brings_it_to_the_programmes_loudness() {
        let music = plus(tone(220.0, 0.05), tone(2000.0, 0.05));
        let laptop = translated("laptop", &music, &music);
        let system = systems(None).0.into_iter().find(|system| system.id == "laptop").unwrap();
        let mut speaker = Loudspeaker::new(&system, laptop.level_db, laptop.makeup_db.unwrap(), RATE);
        let mut block = Block::from_channels(&[music.clone(), music.clone()]);
        let mut loudness = [0, 1].map(|_| Loudness::new(Layout::Stereo, RATE).unwrap());
        loudness[0].process(&block);
        speaker.process(&mut block, Seconds(0.0));
        loudness[1].process(&block);
        let [own, heard] = loudness.map(|one| one.integrated().unwrap().0);
        assert!((own - heard).abs() < 0.05, "{own} {heard}");
    }

    #[test]
    fn mono_tells_what_the_sum_costs_and_silence_tells_nothing() {
        let (one, other) = (tone(500.0, 0.1), tone(700.0, 0.1));
        let radio = translated("kitchen-radio", &one, &other);
        assert!((radio.width_lost_db.unwrap().0 + 3.01).abs() < 0.05, "{radio:?}");
        let nothing = translated("phone", &vec![0.0; 96_000], &vec![0.0; 96_000]);
        assert_eq!((nothing.makeup_db, nothing.bass_lost), (None, None));
    }
}
