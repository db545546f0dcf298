//! What the compressor, the multiband compressor and the de-esser share: from samples that are listened to, over their
//! level and the law of the gain, to a factor for every frame.
//!
//! *Levels.* A steady sine reads its peak in dBFS with either detector: the peak detector holds crests (for up to
//! 20 ms, so that 25 Hz reads steady), the RMS detector averages squares over 10 ms and adds 3.01 dB.
//!
//! *Times.* After a step of level the gain has done 63 % of its way, in decibels, when the attack (the level rose) or
//! release time (it fell) has passed. What the detector itself takes is counted in; only in RMS, times under 10 ms stay
//! bound to the average. With automatic release short events recover in the release time, a change of gain that lasts
//! recovers four times as slowly.

mod detector;
mod key;
mod law;

pub(super) use detector::Sense;
pub(super) use key::{Key, Shape};
pub(super) use law::Law;

use detector::Reader;
use law::FIELDS;

use super::glide::Glide;
use crate::audio::QUANTUM;
use crate::dsp::decibel::log2;
use crate::dsp::envelope::{Follower, Pace, extremes, share_per_frame};

/// How much more slowly lasting changes recover with automatic release.
pub(super) const SUSTAINED: f64 = 4.0;

/// 20 ms: threshold and makeup follow the hand without a step.
pub(super) const GLIDE_MS: f64 = 20.0;

/// Quanta of a glide of [`GLIDE_MS`].
pub(super) fn glide_quanta(rate_hz: f64) -> u32 {
    (GLIDE_MS * 0.001 * rate_hz / QUANTUM as f64).ceil().max(1.0) as u32
}

/// How fast the gain moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Times {
    pub(super) attack_ms: f64,
    pub(super) release_ms: f64,
    pub(super) automatic: bool,
}

impl Times {
    /// Frames after which the gain is within 1e-8 dB of where it ends: 23 time constants.
    pub(super) fn settling(&self, rate_hz: f64) -> usize {
        let slow = if self.automatic { SUSTAINED } else { 1.0 };
        (23.0 * (self.attack_ms + slow * self.release_ms) * 0.001 * rate_hz).ceil() as usize
    }
}

/// Detectors and followers of some lanes under one law.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    rate_hz: f64,
    sense: Sense,
    readers: Vec<Reader>,
    followers: Vec<Follower>,
    /// Samples to listen to, then levels, then gains, then factors of the frames at work.
    work: Vec<[f64; QUANTUM]>,
    /// Whether the first lane's factors are those of all.
    together: bool,
    law: Glide<FIELDS>,
    pace: Pace,
    /// Whether rising levels raise the gain; followers then see it from the other side.
    mirrored: bool,
    /// Gain furthest from 0 dB and loudest level since [`Cell::forget_reading`].
    furthest_db: f64,
    loudest: f64,
}

impl Cell {
    /// Worker threads only: allocates.
    pub(super) fn new(rate_hz: f64, lanes: usize, sense: Sense, law: Law, times: Times) -> Cell {
        let mut cell = Cell {
            rate_hz,
            sense,
            readers: (0..lanes).map(|_| Reader::new(rate_hz, sense)).collect(),
            followers: vec![Follower::default(); lanes],
            work: vec![[0.0; QUANTUM]; lanes],
            together: false,
            law: Glide::at(law.to_array()),
            pace: Pace { attack: 1.0, release: 1.0, sustained: None },
            mirrored: false,
            furthest_db: 0.0,
            loudest: 0.0,
        };
        cell.set_times(times);
        cell
    }

    pub(super) fn set_times(&mut self, times: Times) {
        let (attack, release) = (times.attack_ms * 0.001, times.release_ms * 0.001);
        let hold = detector::hold_seconds(release);
        let (attack, release) = match self.sense {
            Sense::Peak => (attack, release - hold),
            Sense::Rms => detector::without_average(attack, release),
        };
        self.pace = Pace {
            attack: share_per_frame(attack, self.rate_hz),
            release: share_per_frame(release, self.rate_hz),
            sustained: times.automatic.then(|| share_per_frame(SUSTAINED * release, self.rate_hz)),
        };
        for reader in &mut self.readers {
            reader.set_hold((hold * self.rate_hz).round() as usize);
        }
    }

    /// A quantum begins.
    pub(super) fn next_quantum(&mut self) {
        self.law.next_quantum();
        self.followers.iter_mut().for_each(Follower::settle);
    }

    /// Heads for a law, in so many quanta.
    pub(super) fn aim(&mut self, law: Law, quanta: u32) {
        self.law.aim(law.to_array(), quanta);
    }

    pub(super) fn is_moving(&self) -> bool {
        self.law.is_moving()
    }

    /// The law that holds, or is headed for.
    pub(super) fn law(&self) -> Law {
        Law::from_array(self.law.target())
    }

    /// Forgets all audio; `law` holds at once.
    pub(super) fn reset(&mut self, law: Law, times: Times) {
        self.law = Glide::at(law.to_array());
        self.set_times(times);
        self.readers.iter_mut().for_each(Reader::reset);
        self.followers.fill(Follower::default());
        self.forget_reading();
    }

    pub(super) fn lanes(&self) -> usize {
        self.work.len()
    }

    /// Where the samples that a lane listens to are put.
    pub(super) fn key_mut(&mut self, lane: usize) -> &mut [f64; QUANTUM] {
        &mut self.work[lane]
    }

    /// The factors of a lane after [`Cell::run`].
    pub(super) fn factors(&self, lane: usize) -> &[f64; QUANTUM] {
        &self.work[if self.together { 0 } else { lane }]
    }

    /// Turns `count` samples in every lane, which lie at `place` in the quantum, into factors.
    pub(super) fn run(&mut self, place: usize, count: usize) {
        if self.work.is_empty() {
            return;
        }
        let mut loudest = [0.0; QUANTUM];
        for (reader, work) in self.readers.iter_mut().zip(&mut self.work) {
            reader.process(&mut work[..count]);
            for (most, level) in loudest[..count].iter_mut().zip(work.iter()) {
                *most = if *level > *most { *level } else { *most };
            }
        }
        let (_, peak) = extremes(&loudest[..count]);
        self.loudest = if peak > self.loudest { peak } else { self.loudest };
        if self.law.is_moving() {
            self.turn(Law::from_array(self.law.value(place)).slope > 0.0);
            self.run_moving(&loudest, place, count);
        } else {
            self.run_still(loudest, peak, count);
        }
    }

    fn turn(&mut self, mirrored: bool) {
        if mirrored != self.mirrored {
            self.mirrored = mirrored;
            self.followers.iter_mut().for_each(Follower::mirror);
        }
    }

    fn run_still(&mut self, mut loudest: [f64; QUANTUM], peak: f64, count: usize) {
        let law = self.law();
        self.turn(law.slope > 0.0);
        let alike = self.followers.windows(2).all(|pair| pair[0] == pair[1]);
        if law.is_idle_below(peak, self.sense) && self.followers.iter().all(Follower::is_at_rest) {
            self.together = true;
            self.work[0][..count].fill(law.factor(0.0));
            return;
        }
        self.together = law.link == 1.0 && alike;
        self.gains(&law, &mut loudest[..count]);
        if self.together {
            self.work[0] = loudest;
            self.follow(0, count);
            let follower = self.followers[0];
            self.followers.fill(follower);
        } else {
            for lane in 0..self.work.len() {
                self.wish(&law, lane, &loudest, count);
            }
            for first in (0..self.work.len()).step_by(2) {
                self.follow_two(first, count);
            }
        }
        let lanes = if self.together { 1 } else { self.work.len() };
        for work in &mut self.work[..lanes] {
            work[..count].iter_mut().for_each(|gain| *gain = law.factor(*gain));
        }
    }

    /// What a lane wants: its own gain, and the common one as far as it is linked.
    fn wish(&mut self, law: &Law, lane: usize, common: &[f64; QUANTUM], count: usize) {
        if law.link == 1.0 {
            self.work[lane][..count].copy_from_slice(&common[..count]);
            return;
        }
        let mut own = self.work[lane];
        self.gains(law, &mut own[..count]);
        for (own, common) in own[..count].iter_mut().zip(common) {
            *own += law.link * (common - *own);
        }
        self.work[lane] = own;
    }

    fn run_moving(&mut self, loudest: &[f64; QUANTUM], place: usize, count: usize) {
        self.together = false;
        for lane in 0..self.work.len() {
            for index in 0..count {
                let law = Law::from_array(self.law.value(place + index));
                let mut gains = [loudest[index], self.work[lane][index]];
                self.gains(&law, &mut gains);
                let [common, own] = gains;
                self.work[lane][index] = own + law.link * (common - own);
            }
            self.follow(lane, count);
            for index in 0..count {
                let law = Law::from_array(self.law.value(place + index));
                self.work[lane][index] = law.factor(self.work[lane][index]);
            }
        }
    }

    /// Readings become wanted gains in dB.
    fn gains(&self, law: &Law, readings: &mut [f64]) {
        let (floor, scale, offset) = self.sense.decibels();
        for reading in readings {
            let level_db = scale * log2(if *reading > floor { *reading } else { floor }) + offset;
            *reading = law.gain_db(level_db);
        }
    }

    fn follow(&mut self, lane: usize, count: usize) {
        self.look_from_the_other_side(lane, count);
        self.followers[lane].process(&mut self.work[lane][..count], &self.pace);
        self.look_from_the_other_side(lane, count);
        self.note(lane, count);
    }

    /// The lane `first` and the one behind it, where there is one.
    fn follow_two(&mut self, first: usize, count: usize) {
        if first + 1 == self.work.len() {
            self.follow(first, count);
            return;
        }
        let lanes = [first, first + 1];
        lanes.into_iter().for_each(|lane| self.look_from_the_other_side(lane, count));
        let (work, followers) = (&mut self.work[first..], &mut self.followers[first..]);
        if let ([one, other, ..], Some(pair)) = (work, followers.first_chunk_mut::<2>()) {
            Follower::process_two(pair, [&mut one[..count], &mut other[..count]], &self.pace);
        }
        for lane in lanes {
            self.look_from_the_other_side(lane, count);
            self.note(lane, count);
        }
    }

    fn look_from_the_other_side(&mut self, lane: usize, count: usize) {
        if self.mirrored {
            self.work[lane][..count].iter_mut().for_each(|gain| *gain = -*gain);
        }
    }

    /// Notes the gain furthest from 0 dB.
    fn note(&mut self, lane: usize, count: usize) {
        let (lowest, highest) = extremes(&self.work[lane][..count]);
        for end in [lowest, highest] {
            if end.abs() > self.furthest_db.abs() {
                self.furthest_db = end;
            }
        }
    }

    /// Since the last call of [`Cell::forget_reading`]: the gain furthest from 0 dB, and the loudest level in dBFS.
    pub(super) fn reading(&self) -> (f64, Option<f64>) {
        let (_, scale, offset) = self.sense.decibels();
        (self.furthest_db, (self.loudest > 0.0).then(|| scale * libm::log2(self.loudest) + offset))
    }

    pub(super) fn forget_reading(&mut self) {
        self.furthest_db = 0.0;
        self.loudest = 0.0;
    }
}
