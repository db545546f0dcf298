//! Repairs that are a factor or an offset at every frame: gain, fade, polarity, balance, constant offset. They need no
//! worker and no cache: what they do at a frame follows from the frame's number.

use std::ops::Range;

use super::job::weight;
use super::row::{EDGE, choice, number};
use super::{Kind, Method, Task, nowhere};
use crate::audio::Block;
use crate::dsp::fade::Shape;
use crate::param::{Spec, Table, Unit};
use crate::source::{self, Reader};
use crate::unit::{Db, Frames, SampleRate};

static GAIN_TABLE: Table = Table {
    id: "gain",
    name: "Gain",
    doc: "Level of a span: one value, or a course drawn over it.",
    version: 1,
    params: &[
        number("gain", "Gain", "Level of the span, added to a drawn course.", Unit::Db, (-120.0, 24.0), 0.0, 2),
        EDGE,
    ],
    groups: &[],
};

static FADE_TABLE: Table = Table {
    id: "fade",
    name: "Fade",
    doc: "A fade over the span; what lies beyond its silent end is not touched.",
    version: 1,
    params: &[
        choice("direction", "Direction", "From silence to the programme, or to silence.", &["out", "in"]),
        choice("shape", "Curve", "The curve of the fade.", SHAPES),
    ],
    groups: &[],
};

/// The curves by id, the default first.
const SHAPES: &[&str] = &["s-curve", "linear", "equal-power", "logarithmic", "exponential"];

static POLARITY_TABLE: Table = Table {
    id: "polarity",
    name: "Polarity",
    doc: "Turns the polarity of channels.",
    version: 1,
    params: &[EDGE],
    groups: &[],
};

static BALANCE_TABLE: Table = Table {
    id: "balance",
    name: "Balance",
    doc: "Raises one channel of the first pair and lowers the other by half the value each.",
    version: 1,
    params: &[
        number("balance", "Balance", "Above 0 the second channel grows louder.", Unit::Db, (-24.0, 24.0), 0.0, 2),
        EDGE,
    ],
    groups: &[],
};

/// Long enough that taking an offset away makes no thump.
const OFFSET_EDGE: Spec = Spec { default: 20.0, ..EDGE };

static DC_TABLE: Table = Table {
    id: "dc",
    name: "DC offset",
    doc: "Takes a constant offset away; the value is measured when the repair is made.",
    version: 1,
    params: &[
        number("offset", "Offset", "What is taken away, of full scale.", Unit::Percent, (-50.0, 50.0), 0.0, 5),
        OFFSET_EDGE,
    ],
    groups: &[],
};

const fn kind(table: &'static Table, level: fn(&Task, SampleRate, Frames) -> Level) -> Kind {
    Kind { table, reach: nowhere, method: Method::Level(level) }
}

pub(super) const GAIN: Kind = kind(&GAIN_TABLE, gain);
pub(super) const FADE: Kind = kind(&FADE_TABLE, fade);
pub(super) const POLARITY: Kind = kind(&POLARITY_TABLE, polarity);
pub(super) const BALANCE: Kind = kind(&BALANCE_TABLE, balance);
pub(super) const DC: Kind = kind(&DC_TABLE, dc);

/// What happens to every frame of a span.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    span: Range<u64>,
    /// Length of the source: its ends need no edge.
    frames: u64,
    edge: u64,
    course: Course,
}

#[derive(Debug, Clone, PartialEq)]
enum Course {
    /// One factor for each channel of the source.
    Factors(Vec<f64>),
    /// Something added.
    Offset(f64),
    Fade(Shape, bool),
    /// Frames from the span's start and levels in dB, in the order of time.
    Drawn(Vec<(f64, f64)>),
}

fn of(task: &Task, rate: SampleRate, frames: Frames, course: Course) -> Level {
    let edge = match task.kind.table.find("edge") {
        Some((slot, _)) => (task.values.at(slot) * 0.001 * rate.hz()).round() as u64,
        None => 0,
    };
    Level { span: task.span.clone(), frames: frames.0, edge, course }
}

fn channels(task: &Task) -> usize {
    task.channels.last().map_or(0, |last| last + 1)
}

fn gain(task: &Task, rate: SampleRate, frames: Frames) -> Level {
    let gain = task.values.get("gain");
    if task.points.is_empty() {
        return of(task, rate, frames, Course::Factors(vec![Db(gain).amplitude(); channels(task)]));
    }
    let mut points: Vec<(f64, f64)> = task.points.iter().map(|(at, db)| (at.0 * rate.hz(), db.0 + gain)).collect();
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    of(task, rate, frames, Course::Drawn(points))
}

fn fade(task: &Task, rate: SampleRate, frames: Frames) -> Level {
    let shape = SHAPES.get(task.values.choice("shape")).and_then(|id| Shape::from_id(id)).unwrap_or_default();
    of(task, rate, frames, Course::Fade(shape, task.values.choice("direction") == 1))
}

fn polarity(task: &Task, rate: SampleRate, frames: Frames) -> Level {
    of(task, rate, frames, Course::Factors(vec![-1.0; channels(task)]))
}

fn balance(task: &Task, rate: SampleRate, frames: Frames) -> Level {
    let half = 0.5 * task.values.get("balance");
    let factors = (0..channels(task)).map(|channel| match channel {
        0 => Db(-half).amplitude(),
        1 => Db(half).amplitude(),
        _ => 1.0,
    });
    of(task, rate, frames, Course::Factors(factors.collect()))
}

fn dc(task: &Task, rate: SampleRate, frames: Frames) -> Level {
    of(task, rate, frames, Course::Offset(-0.01 * task.values.get("offset")))
}

impl Level {
    /// Works on samples of a channel that lie inside the span from frame `from` on.
    pub(super) fn apply(&self, channel: usize, from: u64, samples: &mut [f64]) {
        match &self.course {
            Course::Factors(factors) => {
                let factor = factors.get(channel).copied().unwrap_or(1.0);
                if factor != 1.0 {
                    self.each(from, samples, |sample, weight| match weight == 1.0 {
                        true => sample * factor,
                        false => sample * (1.0 + weight * (factor - 1.0)),
                    });
                }
            }
            Course::Offset(offset) => self.each(from, samples, |sample, weight| sample + weight * offset),
            Course::Fade(shape, rises) => {
                let length = (self.span.end - self.span.start) as f64;
                for (index, sample) in samples.iter_mut().enumerate() {
                    let position = (from + index as u64 - self.span.start) as f64 / length;
                    *sample *= shape.gain(if *rises { position } else { 1.0 - position });
                }
            }
            Course::Drawn(points) => {
                for (index, sample) in samples.iter_mut().enumerate() {
                    let frame = from + index as u64;
                    let factor = Db(drawn(points, (frame - self.span.start) as f64)).amplitude();
                    *sample *= 1.0 + weight(&self.span, self.frames, frame, self.edge) * (factor - 1.0);
                }
            }
        }
    }

    fn each(&self, from: u64, samples: &mut [f64], change: impl Fn(f64, f64) -> f64) {
        for (index, sample) in samples.iter_mut().enumerate() {
            *sample = change(*sample, weight(&self.span, self.frames, from + index as u64, self.edge));
        }
    }
}

/// A course of levels at a time: straight between its points, level outside them.
fn drawn(points: &[(f64, f64)], at: f64) -> f64 {
    let after = points.partition_point(|point| point.0 <= at);
    match (after.checked_sub(1).and_then(|before| points.get(before)), points.get(after)) {
        (None, None) => 0.0,
        (Some(only), None) | (None, Some(only)) => only.1,
        (Some(one), Some(other)) => one.1 + (other.1 - one.1) * (at - one.0) / (other.0 - one.0),
    }
}

/// Frames read at a time.
const BLOCK_FRAMES: usize = 16_384;

/// The constant offset of a channel over a span, in percent of full scale: what a `dc` repair takes away.
///
/// # Errors
/// A source that cannot be read.
pub fn measure_offset(reader: &mut dyn Reader, channel: usize, span: Range<u64>) -> Result<f64, source::Error> {
    let mut block = Block::new(reader.layout().channels(), BLOCK_FRAMES);
    let (mut sum, mut place) = (0.0, span.start);
    while place < span.end && channel < block.channels() {
        block.set_frames((span.end - place).min(BLOCK_FRAMES as u64) as usize);
        reader.read(place, &mut block)?;
        sum += block.channel(channel).iter().filter(|sample| sample.is_finite()).sum::<f64>();
        place += block.frames() as u64;
    }
    Ok(100.0 * sum / (span.end - span.start).max(1) as f64)
}
