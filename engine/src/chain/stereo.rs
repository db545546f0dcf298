//! The stereo image: polarity, delay between left and right, rotation, mid and side, width per band, elliptical
//! filter, mono bass, balance. In that order.
//!
//! Without filters the stage is one 2 x 2 matrix; neutral settings touch no bit. Filters work on the side alone; the
//! mid passes the all-pass of the same phase, so that nothing moves between mid and side. They fade in when they are
//! needed (widths that differ, elliptical, mono) and out again.
//!
//! A. D. Blumlein, British patent 394 325, 1931 (sum and difference, width by their gains); S. H. Linkwitz, Active crossover
//! networks for noncoincident drivers, J. Audio Eng. Soc. 24(1), 1976 (bands); T. I. Laakso et al., Splitting the unit
//! delay, IEEE Signal Processing Magazine 13(1), 1996 (delay in fractions of a sample).
//!
//! Only the first pair of a layout is worked on; the others are delayed with it. A mono layout passes.

mod pose;
mod shift;
mod split;

use pose::{FIELDS, Matrix, Pose, applied, smooth};
use shift::{REACH, Shift};
use split::{Bands, Cut, Slope};

use super::glide::{Glide as Line, Pace};
use super::{Processor, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::dsp::delay::Delay;
use crate::param::{Glide, Kind, SlotIndex, Spec, Table, Taper, Unit, Values};

/// 20 ms: an image that moves without a step.
const GLIDE_MS: f64 = 20.0;
const GLIDE: Glide = Glide::Milliseconds(GLIDE_MS);
/// Periods of its corner for which a filter listens before it is heard: what it forgets in that time would be heard as
/// a tone of its own.
const WARM_PERIODS: f64 = 3.0;
/// Largest delay between left and right.
const MOST_MS: f64 = 5.0;

const SWAP: usize = 0;
const INVERT_LEFT: usize = 1;
const INVERT_RIGHT: usize = 2;
const DELAY_ON: usize = 3;
const DELAY: usize = 4;
const ROTATION: usize = 5;
const MID_GAIN: usize = 6;
const SIDE_GAIN: usize = 7;
const WIDTH_LOW: usize = 8;
const WIDTH_MIDDLE: usize = 9;
const WIDTH_HIGH: usize = 10;
const CROSSOVER_LOW: usize = 11;
const CROSSOVER_HIGH: usize = 12;
const ELLIPTICAL: usize = 13;
const ELLIPTICAL_FREQUENCY: usize = 14;
const ELLIPTICAL_SLOPE: usize = 15;
const MONO: usize = 16;
const MONO_FREQUENCY: usize = 17;
const BALANCE: usize = 18;
const COUNT: usize = 19;

const fn linear(reach_down: f64, reach_up: f64, step: f64, fine: f64, digits: usize) -> Kind {
    Kind::Number { min: reach_down, max: reach_up, taper: Taper::Linear, step, fine, digits }
}

/// One notch is 1/24 octave, a fine one a cent.
const fn hertz(min: f64, max: f64) -> Kind {
    Kind::Number { min, max, taper: Taper::Logarithmic, step: 0.0293, fine: 0.000_578, digits: 1 }
}

const fn row(id: &'static str, name: &'static str, doc: &'static str, unit: Unit, kind: Kind, default: f64) -> Spec {
    Spec { id, name, doc, unit, kind, default, glide: GLIDE }
}

const fn switch(id: &'static str, name: &'static str, doc: &'static str) -> Spec {
    row(id, name, doc, Unit::None, Kind::Switch, 0.0)
}

const WIDTH: Kind = linear(0.0, 200.0, 1.0, 0.1, 1);
const LEVEL: Kind = linear(-24.0, 12.0, 0.1, 0.01, 2);
const DEGREES: Kind = linear(-45.0, 45.0, 0.5, 0.1, 1);

static PARAMS: [Spec; COUNT] = {
    use Unit::{Db, Degrees, Hertz, Milliseconds, Percent};
    [
        switch("swap", "Swap", "Exchanges left and right."),
        switch("invert_left", "Invert left", "Turns the polarity of the left channel."),
        switch("invert_right", "Invert right", "Turns the polarity of the right channel."),
        Spec {
            glide: Glide::Step,
            ..switch("delay_on", "Delay on", "Allows a delay between left and right. Adds 48 frames of latency.")
        },
        row(
            "delay",
            "Delay",
            "By how much right comes after left, in fractions of a sample; negative: left after right.",
            Milliseconds,
            linear(-MOST_MS, MOST_MS, 0.01, 0.0005, 4),
            0.0,
        ),
        row(
            "rotation",
            "Rotation",
            "Turns the image: positive angles bring the middle to the left.",
            Degrees,
            DEGREES,
            0.0,
        ),
        row("mid_gain", "Mid", "Level of the sum.", Db, LEVEL, 0.0),
        row("side_gain", "Side", "Level of the difference.", Db, LEVEL, 0.0),
        row("width_low", "Width low", "Difference below the low crossover; 0 is mono.", Percent, WIDTH, 100.0),
        row("width_middle", "Width middle", "Difference between the crossovers; 0 is mono.", Percent, WIDTH, 100.0),
        row("width_high", "Width high", "Difference above the high crossover; 0 is mono.", Percent, WIDTH, 100.0),
        row(
            "crossover_low",
            "Low crossover",
            "Where low becomes middle, 24 dB per octave.",
            Hertz,
            hertz(40.0, 1000.0),
            200.0,
        ),
        row(
            "crossover_high",
            "High crossover",
            "Where middle becomes high, 24 dB per octave.",
            Hertz,
            hertz(1000.0, 16_000.0),
            4000.0,
        ),
        switch("elliptical", "Elliptical", "Takes the bass out of the difference, the mid staying in phase with it."),
        row(
            "elliptical_frequency",
            "Elliptical frequency",
            "Corner of the elliptical filter.",
            Hertz,
            hertz(20.0, 1000.0),
            150.0,
        ),
        Spec {
            glide: Glide::Step,
            ..row(
                "elliptical_slope",
                "Elliptical slope",
                "Steepness of the elliptical filter.",
                Unit::DbPerOctave,
                Kind::Choice(&["12", "24"]),
                0.0,
            )
        },
        switch("mono_below", "Mono bass", "Makes everything below a frequency mono, 48 dB per octave."),
        row("mono_frequency", "Mono below", "Corner of the mono bass.", Hertz, hertz(20.0, 500.0), 100.0),
        row(
            "balance",
            "Balance",
            "Lowers the left channel (positive) or the right (negative); the other stays.",
            Percent,
            linear(-100.0, 100.0, 1.0, 0.1, 1),
            0.0,
        ),
    ]
};

static TABLE: Table = Table {
    id: "stereo",
    name: "Stereo",
    doc: "Balance, mid and side, width per band, elliptical filter, mono bass, rotation, polarity, fine delay.",
    version: 1,
    params: &PARAMS,
    groups: &[],
};

/// The row in the list of processors.
pub(super) const PROCESSOR: Processor = Processor { table: &TABLE, build };

fn build(values: &Values, setting: Setting) -> Box<dyn Stage> {
    let wanted = std::array::from_fn(|index| PARAMS[index].clamp(values.at(SlotIndex(index as u16))));
    Box::new(Stereo::new(wanted, setting))
}

#[derive(Clone)]
struct Stereo {
    wanted: [f64; COUNT],
    rate_hz: f64,
    is_pair: bool,
    line: Line<FIELDS>,
    shift: Option<Shift>,
    /// For the channels behind the first pair.
    others: Delay,
    bands: Bands,
    elliptical: Cut,
    mono: Cut,
    pace: Pace,
    /// Of the bands, the elliptical filter, the mono filter.
    hearings: [Hearing; 3],
    /// Whether a live change waits for the next quantum.
    due: bool,
    /// Frames since the last quantum began.
    place: usize,
}

impl Stereo {
    fn new(wanted: [f64; COUNT], setting: Setting) -> Stereo {
        let rate_hz = setting.rate.hz();
        let channels = setting.layout.channels();
        let is_pair = channels >= 2;
        let most = (MOST_MS * 0.001 * rate_hz).ceil() as usize;
        let shifts = is_pair && wanted[DELAY_ON] >= 0.5;
        Stereo {
            rate_hz,
            is_pair,
            line: Line::at(Pose::of(&wanted, rate_hz).to_array()),
            shift: shifts.then(|| Shift::new(most, frames_of(&wanted, rate_hz))),
            others: Delay::new(channels.saturating_sub(2), if shifts { REACH } else { 0 }),
            bands: Bands::default(),
            elliptical: Cut::new(slope(&wanted)),
            mono: Cut::new(Slope::Db48),
            pace: Pace::new((GLIDE_MS * 0.001 * rate_hz / QUANTUM as f64).ceil().max(1.0) as u32),
            hearings: hearings(&wanted, rate_hz),
            due: false,
            place: 0,
            wanted,
        }
    }

    fn aim(&mut self, quanta: u32) {
        let mut pose = Pose::of(&self.wanted, self.rate_hz);
        for (index, share) in pose.shares.iter_mut().enumerate() {
            let hearing = &mut self.hearings[index];
            *hearing = match (*hearing, *share > 0.0) {
                (_, heard) if quanta == 0 => Hearing::at_once(heard),
                (Hearing::Off, true) => Hearing::Warming(warming(&self.wanted, index, self.rate_hz)),
                (Hearing::Warming(_), false) => Hearing::Off,
                (now, _) => now,
            };
            if *hearing != Hearing::Heard {
                *share = 0.0;
            }
            if *hearing == Hearing::Off {
                self.forget(index);
            }
        }
        self.line.aim(pose.to_array(), quanta);
        let frames = frames_of(&self.wanted, self.rate_hz);
        if let Some(shift) = &mut self.shift {
            shift.aim(frames, quanta);
        }
    }

    /// A filter that has listened long enough fades in; one that has faded out forgets.
    fn hear(&mut self) {
        let shares = Pose::from_array(self.line.target()).shares;
        for (index, share) in shares.into_iter().enumerate() {
            self.hearings[index] = match self.hearings[index] {
                Hearing::Warming(0 | 1) => {
                    self.due = true;
                    self.pace.touch();
                    Hearing::Heard
                }
                Hearing::Warming(quanta) => Hearing::Warming(quanta - 1),
                Hearing::Heard if share == 0.0 && !self.line.is_moving() && !self.due => {
                    self.forget(index);
                    Hearing::Off
                }
                now => now,
            };
        }
    }

    fn begin(&mut self) {
        self.pace.next_quantum();
        self.line.next_quantum();
        if let Some(shift) = &mut self.shift {
            shift.next_quantum();
        }
        self.bands.settle();
        self.elliptical.settle();
        self.mono.settle();
        self.hear();
        if self.due {
            self.due = false;
            self.aim(self.pace.quanta());
        }
    }

    fn step(&mut self, left: &mut [f64], right: &mut [f64]) {
        if self.place == 0 {
            self.begin();
        }
        let moves = self.line.is_moving();
        let mut pose = Pose::from_array(self.line.target());
        let (mut entry, mut exit) = (pose.entry(), pose.exit());
        let (mut turn, mut tangents) = (pose.turn(), pose.tangents(self.rate_hz));
        let filters = self.hearings != [Hearing::Off; 3];
        for (index, (left, right)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            let place = self.place + index;
            if moves {
                pose = Pose::from_array(self.line.value(place));
                (entry, exit) = (pose.entry(), pose.exit());
                if filters {
                    (turn, tangents) = (pose.turn(), pose.tangents(self.rate_hz));
                }
            }
            let mut frame = applied(&entry, [*left, *right]);
            if let Some(shift) = &mut self.shift {
                frame = shift.next(frame, place);
            }
            frame = if filters { self.filtered(&pose, &turn, &tangents, frame) } else { applied(&exit, frame) };
            [*left, *right] = frame;
        }
        self.place = (self.place + left.len()) % QUANTUM;
    }

    fn filtered(&mut self, pose: &Pose, turn: &Matrix, tangents: &[f64; 4], frame: [f64; 2]) -> [f64; 2] {
        let [left, right] = applied(turn, frame);
        let (mid, side) = (0.5 * (left + right), 0.5 * (left - right));
        let [split, elliptical, mono] = pose.shares.map(smooth);
        let mut pair = [mid, pose.widths[1] * side];
        if self.hearings[0] != Hearing::Off {
            let bands = self.bands.next([mid, side], [tangents[0], tangents[1]], &pose.widths);
            pair = faded(pair, bands, split);
        }
        if self.hearings[1] != Hearing::Off {
            pair = faded(pair, self.elliptical.next(pair, tangents[2]), elliptical);
        }
        if self.hearings[2] != Hearing::Off {
            pair = faded(pair, self.mono.next(pair, tangents[3]), mono);
        }
        let ([mid_gain, side_gain], [left_gain, right_gain]) = pose.gains();
        let (mid, side) = (mid_gain * pair[0], side_gain * pair[1]);
        [left_gain * (mid + side), right_gain * (mid - side)]
    }

    fn forget(&mut self, index: usize) {
        match index {
            0 => self.bands.reset(),
            1 => self.elliptical.reset(),
            _ => self.mono.reset(),
        }
    }

    /// Frames for the filters at work to fall by `nepers`.
    fn decay(&self, nepers: f64) -> usize {
        let pose = Pose::from_array(self.line.target());
        if !self.is_pair || !pose.needs_filters() {
            return 0;
        }
        let tangents = pose.tangents(self.rate_hz);
        let slowest = tangents.iter().zip([0, 0, 1, 2]).filter(|(_, share)| pose.shares[*share] > 0.0);
        slowest.map(|(tangent, _)| split::decay(*tangent, nepers)).sum()
    }

    /// Takes a value that moves live; says whether there is such a one.
    fn take(&mut self, slot: SlotIndex, value: f64) -> bool {
        let index = usize::from(slot.0);
        if index >= COUNT || self.is_structural(slot) {
            return false;
        }
        self.wanted[index] = PARAMS[index].clamp(value);
        true
    }

    fn delays(&self) -> usize {
        if self.shift.is_some() { (MOST_MS * 0.001 * self.rate_hz).ceil() as usize + REACH } else { 0 }
    }
}

/// Whether a filter is run, and heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearing {
    Off,
    /// It listens for so many more quanta.
    Warming(u32),
    Heard,
}

impl Hearing {
    fn at_once(heard: bool) -> Hearing {
        if heard { Hearing::Heard } else { Hearing::Off }
    }
}

fn hearings(wanted: &[f64; COUNT], rate_hz: f64) -> [Hearing; 3] {
    Pose::of(wanted, rate_hz).shares.map(|share| Hearing::at_once(share > 0.0))
}

/// Quanta for which a filter listens before it is heard.
fn warming(wanted: &[f64; COUNT], index: usize, rate_hz: f64) -> u32 {
    let corner = wanted[[CROSSOVER_LOW, ELLIPTICAL_FREQUENCY, MONO_FREQUENCY][index]];
    (WARM_PERIODS * rate_hz / (corner * QUANTUM as f64)).ceil() as u32
}

fn frames_of(wanted: &[f64; COUNT], rate_hz: f64) -> f64 {
    wanted[DELAY] * 0.001 * rate_hz
}

fn slope(wanted: &[f64; COUNT]) -> Slope {
    if wanted[ELLIPTICAL_SLOPE] >= 0.5 { Slope::Db24 } else { Slope::Db12 }
}

fn faded(from: [f64; 2], to: [f64; 2], share: f64) -> [f64; 2] {
    if share == 1.0 {
        return to;
    }
    [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]
}

impl Stage for Stereo {
    fn latency(&self) -> usize {
        if self.shift.is_some() { REACH } else { 0 }
    }

    fn settling(&self) -> usize {
        // ln(10^10): 200 dB down.
        self.decay(23.0) + self.delays()
    }

    fn tail(&self) -> usize {
        // ln(10^6): 120 dB down.
        let delay = if self.shift.is_some() { frames_of(&self.wanted, self.rate_hz).abs().ceil() as usize } else { 0 };
        self.decay(13.8) + delay
    }

    fn set(&mut self, slot: SlotIndex, value: f64, glide: bool) {
        if !self.take(slot, value) {
            return;
        }
        if glide {
            self.due = true;
            self.pace.touch();
        } else {
            self.due = false;
            self.aim(0);
        }
    }

    fn ride(&mut self, slot: SlotIndex, value: f64) {
        if self.take(slot, value) {
            self.due = true;
            self.pace.ride();
        }
    }

    fn is_structural(&self, slot: SlotIndex) -> bool {
        matches!(usize::from(slot.0), DELAY_ON | ELLIPTICAL_SLOPE)
    }

    fn process(&mut self, block: &mut Block) {
        let frames = block.frames();
        let Some((left, right)) = block.pair_mut() else { return };
        let mut done = 0;
        while done < frames {
            let count = (QUANTUM - self.place).min(frames - done);
            self.step(&mut left[done..done + count], &mut right[done..done + count]);
            done += count;
        }
        self.others.process_from(block, 2);
    }

    fn listen(&mut self, block: &Block) {
        if !self.is_pair {
            return;
        }
        if let Some(shift) = &mut self.shift {
            for frame in block.channel(0).iter().zip(block.channel(1)) {
                shift.push([*frame.0, *frame.1]);
            }
        }
        self.others.listen(block, 2);
        // Nothing runs: what the filters remember grows old.
        if self.hearings != [Hearing::Off; 3] {
            self.hearings = [Hearing::Off; 3];
            (0..3).for_each(|index| self.forget(index));
        }
        self.place = (self.place + block.frames()) % QUANTUM;
    }

    fn reset(&mut self) {
        self.place = 0;
        self.due = false;
        self.aim(0);
        self.line = Line::at(Pose::of(&self.wanted, self.rate_hz).to_array());
        let frames = frames_of(&self.wanted, self.rate_hz);
        if let Some(shift) = &mut self.shift {
            shift.reset(frames);
        }
        self.others.reset();
        self.elliptical.set_slope(slope(&self.wanted));
        (0..3).for_each(|index| self.forget(index));
    }

    fn is_identity(&self) -> bool {
        let neutral = Pose::of(&self.wanted, self.rate_hz).is_neutral();
        let settled = !self.line.is_moving() && Pose::from_array(self.line.target()).is_neutral();
        let in_step = self.wanted[DELAY] == 0.0 && self.shift.as_ref().is_none_or(Shift::is_neutral);
        !self.is_pair || (neutral && settled && in_step && !self.due)
    }

    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
