//! A master through something else than studio monitors: the bandwidth, the sum of the channels and the protection of a
//! small device, as filters and a limiter without latency. Monitoring only.

use crate::audio::{Block, Through};
use crate::dsp::matched::butterworth_q;
use crate::dsp::svf::{State, Svf, Tick};
use crate::profile::System;
use crate::unit::{Db, SampleRate, Seconds};

/// Attack of a device's protection: fast enough for a driver, slow enough not to crackle.
const ATTACK: Seconds = Seconds(0.001);
/// Filters stay under this share of the rate.
const TOP: f64 = 0.48;

/// A [`System`] at work on two channels.
pub struct Loudspeaker {
    filters: Vec<(Tick, State)>,
    /// Factors of the own and of the other channel.
    sum: (f64, f64),
    /// Level in front of the filters, and behind the limiter.
    level: f64,
    makeup: f64,
    limit: Option<Protection>,
    lowest_gain: f64,
}

/// What turns down.
#[derive(Debug, Clone, Copy)]
struct Protection {
    threshold: f64,
    attack: f64,
    release: f64,
    envelope: f64,
}

impl Loudspeaker {
    /// The system at `rate`. `level` brings the programme to where the system's limit is stated (-14 LUFS); it is taken
    /// back behind it. `makeup` makes what is heard as loud as the programme.
    pub fn new(system: &System, level: Db, makeup: Db, rate: SampleRate) -> Loudspeaker {
        let share = |seconds: f64| 1.0 - libm::exp(-1.0 / (seconds * rate.hz()));
        let limit = system.limit.map(|(threshold, release)| Protection {
            threshold: Db(threshold).amplitude(),
            attack: share(ATTACK.0),
            release: share(release / 1000.0),
            envelope: 0.0,
        });
        let width = if system.mono { 0.0 } else { system.width };
        Loudspeaker {
            filters: filters(system, rate).into_iter().map(|svf| (svf.tick(), State::default())).collect(),
            sum: (0.5 + 0.5 * width, 0.5 - 0.5 * width),
            level: level.amplitude(),
            makeup: Db(makeup.0 - level.0).amplitude(),
            limit,
            lowest_gain: 1.0,
        }
    }

    /// A player that sets a gain and holds the peaks at a ceiling where it raises, as services do.
    pub fn player(gain: Db, ceiling: Option<Db>, rate: SampleRate) -> Loudspeaker {
        let share = |seconds: f64| 1.0 - libm::exp(-1.0 / (seconds * rate.hz()));
        let limit = ceiling.map(|ceiling| Protection {
            threshold: ceiling.amplitude(),
            attack: 1.0,
            release: share(0.1),
            envelope: 0.0,
        });
        Loudspeaker {
            filters: Vec::new(),
            sum: (1.0, 0.0),
            level: gain.amplitude(),
            makeup: 1.0,
            limit,
            lowest_gain: 1.0,
        }
    }

    /// The most its protection has turned down since the start.
    pub fn most_turned_down(&self) -> Db {
        Db(20.0 * libm::log10(self.lowest_gain))
    }
}

fn filters(system: &System, rate: SampleRate) -> Vec<Svf> {
    let tangent = |hz: f64| libm::tan(std::f64::consts::PI * (hz / rate.hz()).min(TOP));
    let mut filters = Vec::new();
    let mut pass = |corner: Option<(f64, f64)>, high: bool| {
        let Some((hz, slope)) = corner.filter(|(hz, _)| high || *hz < TOP * rate.hz()) else { return };
        let order = (slope / 6.0) as usize;
        for index in 0..order / 2 {
            let (low, high) = if high { (0.0, 1.0) } else { (1.0, 0.0) };
            filters.push(Svf::from_outputs(tangent(hz), 1.0 / butterworth_q(order, index), low, 0.0, high));
        }
    };
    pass(system.high_pass, true);
    pass(system.low_pass, false);
    let root = |db: f64| libm::exp10(db / 40.0);
    if let Some((hz, db)) = system.low_shelf {
        let a = root(db);
        let k = std::f64::consts::SQRT_2;
        filters.push(Svf::from_outputs(tangent(hz) / a.sqrt(), k, a * a, a * k, 1.0));
    }
    if let Some((hz, db)) = system.high_shelf {
        let a = root(db);
        let k = std::f64::consts::SQRT_2;
        filters.push(Svf::from_outputs(tangent(hz) * a.sqrt(), k, 1.0, a * k, a * a));
    }
    for (hz, db, q) in &system.bells {
        let a = root(*db);
        filters.push(Svf::from_outputs(tangent(*hz), 1.0 / (a * q), 1.0, a / q, 1.0));
    }
    filters
}

impl Through for Loudspeaker {
    fn latency(&self) -> usize {
        0
    }

    fn process(&mut self, block: &mut Block, _at: Seconds) {
        let Some((left, right)) = block.pair_mut() else { return };
        for (l, r) in left.iter_mut().zip(right) {
            let (own, other) = self.sum;
            let mut frame = [(*l * own + *r * other) * self.level, (*r * own + *l * other) * self.level];
            for (tick, state) in &mut self.filters {
                frame = tick.next(state, frame);
            }
            let mut gain = self.makeup;
            if let Some(limit) = &mut self.limit {
                let peak = frame[0].abs().max(frame[1].abs());
                let share = if peak > limit.envelope { limit.attack } else { limit.release };
                limit.envelope += (peak - limit.envelope) * share;
                if limit.envelope > limit.threshold {
                    let turned = limit.threshold / limit.envelope;
                    self.lowest_gain = self.lowest_gain.min(turned);
                    gain *= turned;
                }
            }
            (*l, *r) = (frame[0] * gain, frame[1] * gain);
        }
        self.filters.iter_mut().for_each(|(_, state)| state.settle());
    }

    fn reset(&mut self) {
        self.filters.iter_mut().for_each(|(_, state)| *state = State::default());
        if let Some(limit) = &mut self.limit {
            limit.envelope = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::systems;

    const RATE: SampleRate = SampleRate(48_000);

    fn system(id: &str) -> System {
        systems(None).0.into_iter().find(|system| system.id == id).unwrap()
    }

    /// Level of a sine of this frequency and amplitude through the system, dB.
    fn level(system: &System, hz: f64, amplitude: f64, side: f64) -> f64 {
        let mut speaker = Loudspeaker::new(system, Db(0.0), Db(0.0), RATE);
        let tone = |sign: f64| {
            (0..48_000).map(move |i| sign * amplitude * libm::sin(i as f64 * hz * std::f64::consts::TAU / 48_000.0))
        };
        let mut block = Block::from_channels(&[tone(1.0).collect::<Vec<_>>(), tone(side).collect()]);
        speaker.process(&mut block, Seconds(0.0));
        let peak = block.channel(0)[24_000..].iter().fold(0.0f64, |most, x| most.max(x.abs()));
        20.0 * libm::log10(peak / amplitude)
    }

    #[test]
    fn a_phone_has_no_bass_and_turns_loud_music_down() {
        let phone = system("phone");
        assert!(level(&phone, 100.0, 0.01, 1.0) < -40.0);
        assert!(level(&phone, 1000.0, 0.01, 1.0) > 0.0);
        let turned = level(&phone, 1000.0, 0.01, 1.0) - level(&phone, 1000.0, 0.9, 1.0);
        assert!(turned > 6.0, "{turned}");
    }

    #[test]
    fn a_mono_radio_loses_the_side_and_the_car_keeps_the_bottom() {
        let radio = system("kitchen-radio");
        assert!(level(&radio, 1000.0, 0.1, -1.0) < -200.0);
        assert!(level(&system("car"), 50.0, 0.01, 1.0) > 4.0);
        assert!(level(&system("car"), 15_000.0, 0.01, 1.0) < -2.0);
    }

    #[test]
    fn a_player_holds_its_ceiling_and_leaves_the_rest_alone() {
        let mut player = Loudspeaker::player(Db(6.0), Some(Db(-1.0)), RATE);
        let mut block = Block::from_channels(&[vec![0.9, 0.1, -0.8, 0.0], vec![0.1; 4]]);
        player.process(&mut block, Seconds(0.0));
        let ceiling = Db(-1.0).amplitude();
        assert!(block.channel(0).iter().all(|x| x.abs() <= ceiling + 1e-12));
        let mut plain = Loudspeaker::player(Db(0.0), None, RATE);
        let mut block = Block::from_channels(&[vec![0.9, 0.1], vec![0.1; 2]]);
        let before = block.clone();
        plain.process(&mut block, Seconds(0.0));
        assert_eq!(block, before);
    }

    #[test]
    fn any_block_size_gives_the_same_bits_and_nonsense_does_not_stay() {
        let laptop = system("laptop");
        let input: Vec<f64> =
            (0..3000).map(|i| 0.7 * libm::sin(0.05 * f64::from(i) + 0.0001 * f64::from(i * i))).collect();
        let whole = |size: usize| {
            let mut speaker = Loudspeaker::new(&laptop, Db(2.0), Db(1.0), RATE);
            let mut out = Vec::new();
            for part in input.chunks(size) {
                let mut block = Block::from_channels(&[part, part]);
                speaker.process(&mut block, Seconds(0.0));
                out.extend_from_slice(block.channel(1));
            }
            out
        };
        assert!(whole(3000) == whole(7));
        let mut speaker = Loudspeaker::new(&laptop, Db(0.0), Db(0.0), RATE);
        speaker.process(&mut Block::from_channels(&[[f64::NAN; 2], [f64::INFINITY; 2]]), Seconds(0.0));
        speaker.reset();
        let mut block = Block::from_channels(&[[0.1; 8], [0.1; 8]]);
        speaker.process(&mut block, Seconds(0.0));
        assert!(block.is_finite());
    }
}
