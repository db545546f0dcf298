use super::timing::{Timing, frames};
use crate::dsp::wedge::Wedge;

/// Frames on either side of a peak over which the gain stands still, so that no new peak grows between samples.
const FLAT: usize = 2;
/// Most octaves of reduction ever asked for: 60 dB.
pub(super) const DEEPEST_OCTAVES: f64 = 10.0;
/// Below this many octaves (0.0004 dB) an exponential release ends, so that transparency returns.
const SNAP_OCTAVES: f64 = 1.0 / 16_384.0;

/// Low-latency form, in milliseconds: how long a peak is held at least and at most, its release, and the floor under a
/// sustained passage (the least reduction of the last `FLOOR_MS` as seen through windows of `BUSY_MS`, with its own
/// release).
///
/// Between least and most a peak is held for as long as the signal last stayed over the ceiling, and half as long again:
/// a tone 6 dB over it is so for a third of its period, and its next crest is half a period away. So a bass tone is
/// held from its first crest on, with no look-ahead needed for it, while a drum, which is over the ceiling for a few
/// milliseconds, is let go as before. The most is what the transparent character fills: half a period of 18.5 Hz.
const HOLD_MS: f64 = 8.0;
const LONGEST_HOLD_MS: f64 = 27.0;
const HOLD_PER_STAY: f64 = 1.5;
const RELEASE_MS: f64 = 6.0;
const BUSY_MS: f64 = 30.0;
const FLOOR_MS: f64 = 150.0;
const FLOOR_RELEASE_MS: f64 = 30.0;

/// From demands (how much a frame is over, in fixed-point octaves) to a smooth reduction that is at least as deep as
/// every demand at its time. Everything is counted in whole numbers: no drift, and nothing means exactly nothing.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    hold: Hold,
    boxes: Boxes,
    /// Demands of zero in a row after which nothing is left inside.
    span: usize,
    quiet: usize,
    cleared: bool,
}

#[derive(Debug, Clone)]
enum Hold {
    Closing { dilate: Wedge, erode: Wedge, ahead: Wedge },
    Quick(Box<Release>),
}

#[derive(Debug, Clone)]
struct Release {
    peaks: Wedge,
    look_ahead: usize,
    shortest: usize,
    longest: usize,
    /// Frames for which demands have lasted, those of the stay before, and frames since that ended.
    stay: usize,
    last_stay: usize,
    since: usize,
    busy: Wedge,
    least: Wedge,
    release: f64,
    release_decay: f64,
    sustain: f64,
    sustain_decay: f64,
    snap: f64,
}

impl Lane {
    pub(super) fn new(timing: Timing) -> Lane {
        let boxes = Boxes::new(timing.look_ahead());
        let (hold, span) = match timing {
            Timing::Closing { hold, look_ahead } => {
                let wedges = Hold::Closing {
                    dilate: Wedge::new(hold + 1),
                    erode: Wedge::new(hold + 1),
                    ahead: Wedge::new(look_ahead + 1),
                };
                (wedges, 2 * hold + 2 * look_ahead)
            }
            Timing::Quick { look_ahead, rate } => {
                let decay = |ms: f64| libm::exp(-1.0 / (ms * 0.001 * rate.hz()));
                let release = Release {
                    peaks: Wedge::new(frames(LONGEST_HOLD_MS, rate) + look_ahead + 1),
                    look_ahead,
                    shortest: frames(HOLD_MS, rate),
                    longest: frames(LONGEST_HOLD_MS, rate),
                    stay: 0,
                    last_stay: 0,
                    since: 0,
                    busy: Wedge::new(frames(BUSY_MS, rate) + look_ahead + 1),
                    least: Wedge::new(frames(FLOOR_MS, rate).max(1)),
                    release: 0.0,
                    release_decay: decay(RELEASE_MS),
                    sustain: 0.0,
                    sustain_decay: decay(FLOOR_RELEASE_MS),
                    snap: SNAP_OCTAVES * boxes.unit,
                };
                (Hold::Quick(Box::new(release)), frames(BUSY_MS + FLOOR_MS, rate) + 2 * look_ahead)
            }
        };
        Lane { hold, boxes, span: span + FLAT + 4, quiet: 0, cleared: true }
    }

    /// One octave in demands.
    pub(super) fn unit(&self) -> f64 {
        self.boxes.unit
    }

    /// Octaves per unit of what [`Lane::push`] gives.
    pub(super) fn octaves_per_sum(&self) -> f64 {
        self.boxes.octaves_per_sum
    }

    /// Nothing is inside: as long as demands are 0, pushing them can be left out.
    pub(super) fn is_idle(&self) -> bool {
        self.cleared
    }

    pub(super) fn clear(&mut self) {
        match &mut self.hold {
            Hold::Closing { dilate, erode, ahead } => [dilate, erode, ahead].into_iter().for_each(Wedge::clear),
            Hold::Quick(release) => release.clear(),
        }
        self.boxes.clear();
        self.quiet = 0;
        self.cleared = true;
    }

    /// Takes the state of a lane of the same timing, without allocating.
    pub(super) fn copy_from(&mut self, other: &Lane) {
        match (&mut self.hold, &other.hold) {
            (Hold::Closing { dilate, erode, ahead }, Hold::Closing { dilate: d, erode: e, ahead: a }) => {
                dilate.copy_from(d);
                erode.copy_from(e);
                ahead.copy_from(a);
            }
            (Hold::Quick(release), Hold::Quick(other)) => release.copy_from(other),
            _ => {}
        }
        self.boxes.copy_from(&other.boxes);
        (self.quiet, self.cleared) = (other.quiet, other.cleared);
    }

    /// Takes a demand and gives the sum that stands for the reduction of the frame the timing's latency earlier.
    pub(super) fn push(&mut self, demand: i64) -> i64 {
        self.cleared = false;
        self.quiet = if demand == 0 { self.quiet + 1 } else { 0 };
        let (held, resting) = match &mut self.hold {
            Hold::Closing { dilate, erode, ahead } => (ahead.push(erode.push_smallest(dilate.push(demand))), true),
            Hold::Quick(release) => (release.push(demand), release.is_resting()),
        };
        let sum = self.boxes.push(held);
        if !resting {
            // The boxes still have to empty after the release has ended.
            self.quiet = self.quiet.min(self.span / 2);
        } else if self.quiet > self.span && sum == 0 {
            self.clear();
        }
        sum
    }
}

impl Release {
    fn clear(&mut self) {
        [&mut self.peaks, &mut self.busy, &mut self.least].into_iter().for_each(Wedge::clear);
        (self.stay, self.last_stay, self.since) = (0, 0, 0);
        (self.release, self.sustain) = (0.0, 0.0);
    }

    fn copy_from(&mut self, other: &Release) {
        self.peaks.copy_from(&other.peaks);
        (self.stay, self.last_stay, self.since) = (other.stay, other.last_stay, other.since);
        self.busy.copy_from(&other.busy);
        self.least.copy_from(&other.least);
        (self.release, self.sustain) = (other.release, other.sustain);
    }

    fn is_resting(&self) -> bool {
        self.release == 0.0 && self.sustain == 0.0
    }

    /// Frames for which a peak is held from now.
    fn hold(&mut self, demand: i64) -> usize {
        if demand > 0 {
            self.stay += 1;
            self.since = 0;
        } else {
            if self.stay > 0 {
                (self.last_stay, self.stay) = (self.stay, 0);
            }
            self.since += 1;
            if self.since > self.longest {
                self.last_stay = 0;
            }
        }
        let stay = self.stay.max(self.last_stay).min(self.longest);
        ((HOLD_PER_STAY * stay as f64) as usize).clamp(self.shortest, self.longest)
    }

    fn push(&mut self, demand: i64) -> i64 {
        let hold = self.hold(demand);
        self.peaks.push(demand);
        let held = self.peaks.largest_of(hold + self.look_ahead + 1) as f64;
        let least = self.least.push_smallest(self.busy.push(demand)) as f64;
        let fall = |state: f64, decay: f64, target: f64| {
            let fallen = (state * decay).max(target);
            if fallen < self.snap { target } else { fallen }
        };
        self.release = fall(self.release, self.release_decay, held);
        self.sustain = fall(self.sustain, self.sustain_decay, least);
        libm::ceil(self.release.max(self.sustain)) as i64
    }
}

/// Three moving sums in a row: a smooth kernel in which every window of the held maximum contains the peak.
#[derive(Debug, Clone)]
struct Boxes {
    before: [i64; FLAT],
    rings: [Vec<i64>; 3],
    places: [usize; 3],
    sums: [i64; 3],
    unit: f64,
    octaves_per_sum: f64,
}

impl Boxes {
    fn new(look_ahead: usize) -> Boxes {
        let taps = look_ahead + 1 - 2 * FLAT;
        let length = taps.div_ceil(3);
        let lengths = [length, length, taps + 2 - 2 * length];
        let product: f64 = lengths.iter().map(|length| *length as f64).product();
        // 24 bits per octave put the rounding 150 dB down; longer kernels leave fewer, so that the deepest reduction
        // fits 62 bits.
        let bits = (62.0 - libm::ceil(libm::log2(DEEPEST_OCTAVES * product))).min(24.0);
        let unit = libm::exp2(bits);
        Boxes {
            before: [0; FLAT],
            rings: lengths.map(|length| vec![0; length]),
            places: [0; 3],
            sums: [0; 3],
            unit,
            octaves_per_sum: 1.0 / (product * unit),
        }
    }

    fn clear(&mut self) {
        self.before = [0; FLAT];
        self.rings.iter_mut().for_each(|ring| ring.fill(0));
        self.places = [0; 3];
        self.sums = [0; 3];
    }

    fn copy_from(&mut self, other: &Boxes) {
        self.before = other.before;
        for (ring, other) in self.rings.iter_mut().zip(&other.rings) {
            ring.copy_from_slice(other);
        }
        self.places = other.places;
        self.sums = other.sums;
    }

    fn push(&mut self, value: i64) -> i64 {
        let mut value = {
            let [older, newer] = self.before;
            self.before = [newer, value];
            older
        };
        for index in 0..3 {
            let ring = &mut self.rings[index];
            let place = self.places[index];
            self.sums[index] += value - ring[place];
            ring[place] = value;
            self.places[index] = if place + 1 == ring.len() { 0 } else { place + 1 };
            value = self.sums[index];
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::unit::SampleRate;

    fn timings() -> [Timing; 3] {
        let rate = SampleRate(8000);
        [Timing::closing(4.0, 3.0, rate), Timing::closing(1.0, 1.0, rate), Timing::quick(2.5, rate)]
    }

    #[test]
    fn a_constant_demand_is_answered_exactly_and_forgotten() {
        for timing in timings() {
            let mut lane = Lane::new(timing);
            let octave = lane.unit() as i64;
            let sums: Vec<i64> = (0..4000).map(|_| lane.push(octave)).collect();
            assert_eq!(sums[3999] as f64 * lane.octaves_per_sum(), 1.0);
            let after: Vec<i64> = (0..8000).map(|_| lane.push(0)).collect();
            assert_eq!(after[7999], 0);
            let idle = (0..20_000).any(|_| {
                lane.push(0);
                lane.is_idle()
            });
            assert!(idle, "{timing:?}");
        }
    }

    #[test]
    fn a_valley_is_filled_up_to_the_hold() {
        let mut lane = Lane::new(Timing::Closing { hold: 40, look_ahead: 20 });
        let octave = lane.unit() as i64;
        let sums: Vec<i64> = (0..400).map(|n| lane.push(if n % 41 == 0 { octave } else { 0 })).collect();
        let steady = &sums[200..300];
        assert!(steady.iter().all(|sum| *sum == steady[0] && *sum > 0));
    }

    proptest! {
        #[test]
        fn the_reduction_is_never_less_than_the_demand(
            demands in prop::collection::vec(prop_oneof![4 => Just(0.0), 1 => 0.0f64..3.0], 50..400),
            which in 0usize..3,
        ) {
            let timing = timings()[which];
            let mut lane = Lane::new(timing);
            let mut padded: Vec<i64> = demands.iter().map(|octaves| (octaves * lane.unit()) as i64).collect();
            padded.extend(vec![0; timing.latency()]);
            let sums: Vec<i64> = padded.iter().map(|demand| lane.push(*demand)).collect();
            for n in 0..demands.len() {
                let given = sums[n + timing.latency()] as f64 * lane.octaves_per_sum() * lane.unit();
                prop_assert!(given >= padded[n] as f64 * (1.0 - 1e-14));
            }
        }
    }
}
