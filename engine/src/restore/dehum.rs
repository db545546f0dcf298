//! Dehum: a comb of narrow notches that follows the mains.
//!
//! Each harmonic is brought down to 0 Hz along the fundamental's own course, what is left around 0 Hz is the hum as it was
//! (size and phase, slowly changing), and that is taken away. Without a shift of phase anywhere: beside the notches the programme
//! stays where it was. The course is found by the harmonics together, over the whole span.

mod course;
mod sight;

use std::f64::consts::PI;

use self::course::Course;
use super::row::{number, ratio, switch};
use super::{Error, Job, Kind, Method, everywhere};
use crate::dsp::fft::Complex;
use crate::dsp::window::blackman_harris;
use crate::param::{Table, Unit};

static TABLE: Table = Table {
    id: "dehum",
    name: "Dehum",
    doc: "Takes mains hum and its harmonics away with notches that follow its drift.",
    version: 2,
    params: &[
        ratio("frequency", "Frequency", "The fundamental.", Unit::Hertz, (20.0, 1000.0), 50.0, 2),
        number("harmonics", "Harmonics", "Notches, the fundamental included.", Unit::None, (1.0, 64.0), 10.0, 0),
        ratio(
            "width",
            "Width",
            "Of a notch, where it ends: wider ones follow hum that changes, narrower ones spare the programme.",
            Unit::Hertz,
            (0.5, 10.0),
            2.0,
            2,
        ),
        number("amount", "Amount", "How much of the hum is taken away.", Unit::Percent, (0.0, 100.0), 100.0, 0),
        switch("follow", "Follow", "Follows the frequency within 0.5 %.", true),
    ],
    groups: &[],
};

pub(super) const KIND: Kind = Kind { table: &TABLE, reach: everywhere, method: Method::Patch(compute) };

/// Values of a harmonic per second while it lies at 0 Hz.
const VALUES_HZ: f64 = 100.0;
/// The window that brings it there is this many values long: its side lobes, where the rest of the programme folds, lie 92 dB down.
const WINDOW_VALUES: usize = 8;
/// A Blackman-Harris window of T seconds is 60 dB down 3.3/T Hz beside its middle.
const NOTCH: f64 = 6.6;
/// With less than this of a window inside the source nothing is known.
const LEAST_WEIGHT: f64 = 0.05;
/// Soft edges of the span, in seconds.
const EDGE_S: f64 = 0.02;
/// Seconds worked at a time.
const PART_S: f64 = 20.0;

fn compute(job: &mut Job<'_>) -> Result<(), Error> {
    let hop = (job.rate().hz() / VALUES_HZ).round() as usize;
    let course = course::find(job)?;
    let channels = job.task.channels.clone();
    let span = job.task.span.clone();
    let harmonics = harmonics(job, &course);
    let part = (PART_S * VALUES_HZ) as usize;
    let values = ((span.end - span.start) as usize).div_ceil(hop);
    let (edge, amount) = ((EDGE_S * job.rate().hz()) as u64, 0.01 * job.task.values.get("amount"));
    let mut first = 0;
    while first < values {
        let count = part.min(values - first);
        for channel in &channels {
            let hum = hum(job, &course, *channel, hop, first..first + count, harmonics)?;
            let start = span.start + (first * hop) as u64;
            let sound = job.read_channel(*channel, start as i64, hum.len())?;
            let sample = |(n, (sound, hum)): (usize, (&f64, &f64))| {
                sound - amount * job.weight((start + n as u64).min(span.end - 1), edge) * hum
            };
            let cleaned: Vec<f64> = sound.iter().zip(&hum).enumerate().map(sample).collect();
            job.write(*channel, start as i64, &cleaned)?;
        }
        first += count;
        job.step(0.4 + 0.6 * first as f64 / values as f64)?;
    }
    Ok(())
}

/// Harmonics below half the rate.
fn harmonics(job: &Job<'_>, course: &Course) -> usize {
    let most = (0.49 * job.rate().hz() / course.highest()) as usize;
    (job.task.values.get("harmonics") as usize).min(most)
}

/// The hum of one channel over these values of the span.
fn hum(
    job: &mut Job<'_>,
    course: &Course,
    channel: usize,
    hop: usize,
    values: std::ops::Range<usize>,
    harmonics: usize,
) -> Result<Vec<f64>, Error> {
    let smooth = smoother(job.task.values.get("width"));
    let reach = smooth.len() / 2;
    // One value more at the end, and one beside both for the curve between them.
    let needed = values.start as i64 - reach as i64 - 1..values.end as i64 + reach as i64 + 2;
    let first_frame = job.task.span.start as i64 + needed.start * hop as i64 - (WINDOW_VALUES * hop / 2) as i64;
    let count = (needed.end - needed.start) as usize;
    let sound = job.read_channel(channel, first_frame, (count + WINDOW_VALUES) * hop)?;
    // Beyond the ends of the source nothing is known, and nothing is not silence.
    let place = |index: i64| job.task.span.start as i64 + index * hop as i64;
    let half = (WINDOW_VALUES * hop / 2) as i64;
    let source = half..job.source_frames() as i64 - half;
    let inside: Vec<bool> = needed.map(|index| source.contains(&place(index))).collect();
    let frames = (values.end - values.start) * hop;
    let mut hum = vec![0.0; frames];
    for k in 1..=harmonics {
        let base = lowered(&sound, course, first_frame - job.task.span.start as i64, hop, count, k);
        let smoothed = smoothed(&base, &smooth, &inside);
        // smoothed[0] belongs to the value one before the first.
        add(&mut hum, &smoothed, course, (values.start * hop) as i64, hop, k);
    }
    Ok(hum)
}

/// Values of harmonic `k` at 0 Hz, one for each hop: windowed means of the sound turned back along the course. The first
/// value's window begins with the sound.
fn lowered(sound: &[f64], course: &Course, first_frame: i64, hop: usize, count: usize, k: usize) -> Vec<Complex<f64>> {
    let mut window = blackman_harris(WINDOW_VALUES * hop);
    let sum: f64 = window.iter().sum();
    window.iter_mut().for_each(|weight| *weight /= sum);
    let mut turned = Vec::with_capacity(sound.len());
    let mut turn = Turn::new(course, k);
    for (n, sample) in sound.iter().enumerate() {
        let at = turn.at(first_frame + n as i64);
        turned.push(at.conj() * *sample);
    }
    let value = |index: usize| {
        let part = &turned[index * hop..index * hop + window.len()];
        part.iter().zip(&window).map(|(sample, weight)| sample * *weight).fold(Complex::new(0.0, 0.0), |a, b| a + b)
    };
    (0..count).map(value).collect()
}

/// The window that decides the width of a notch, in values, summing to one.
fn smoother(width_hz: f64) -> Vec<f64> {
    let half = (0.5 * NOTCH / width_hz * VALUES_HZ).round().max(1.0) as usize;
    let mut window = blackman_harris(2 * half);
    window.push(0.0);
    let sum: f64 = window.iter().sum();
    window.iter_mut().for_each(|weight| *weight /= sum);
    window
}

/// Means of the values under the window, of those that are `inside`.
fn smoothed(values: &[Complex<f64>], window: &[f64], inside: &[bool]) -> Vec<Complex<f64>> {
    let mean = |(values, inside): (&[Complex<f64>], &[bool])| {
        let known = values.iter().zip(window).zip(inside).filter(|(_, inside)| **inside);
        let start = (Complex::new(0.0, 0.0), 0.0);
        let (sum, weights) =
            known.fold(start, |(sum, weights), ((value, weight), _)| (sum + value * *weight, weights + weight));
        if weights > LEAST_WEIGHT { sum / weights } else { Complex::new(0.0, 0.0) }
    };
    values.windows(window.len()).zip(inside.windows(window.len())).map(mean).collect()
}

/// Adds a harmonic back at its place: a cubic curve through its values (Catmull-Rom), turned along the course.
fn add(hum: &mut [f64], values: &[Complex<f64>], course: &Course, first_frame: i64, hop: usize, k: usize) {
    let mut turn = Turn::new(course, k);
    for (n, sum) in hum.iter_mut().enumerate() {
        let (at, t) = (n / hop, (n % hop) as f64 / hop as f64);
        let [a, b, c, d] = [0, 1, 2, 3].map(|index| values[at + index]);
        let value = b
            + (c - a) * (0.5 * t)
            + (a * 2.0 - b * 5.0 + c * 4.0 - d) * (0.5 * t * t)
            + (b * 3.0 - a - c * 3.0 + d) * (0.5 * t * t * t);
        *sum += 2.0 * (value * turn.at(first_frame + n as i64)).re;
    }
}

/// Frames between exactly computed turns; in between they go on by multiplication.
const EXACT: i64 = 32;

/// The turning of a harmonic along the course.
struct Turn<'a> {
    course: &'a Course,
    k: f64,
    /// The frame the state belongs to, the turn there, and by how much one frame turns.
    next: Option<(i64, Complex<f64>, Complex<f64>)>,
}

impl<'a> Turn<'a> {
    fn new(course: &'a Course, k: usize) -> Turn<'a> {
        Turn { course, k: k as f64, next: None }
    }

    /// The turn at a frame from the span's start; frames are asked for one after another.
    fn at(&mut self, frame: i64) -> Complex<f64> {
        let (now, step) = match self.next {
            Some((next, now, step)) if next == frame && frame.rem_euclid(EXACT) != 0 => (now, step),
            _ => {
                // The grid of exact turns lies in the span, so any part is turned alike.
                let start = frame.div_euclid(EXACT) * EXACT;
                let (here, there) = (self.course.phase(start as f64), self.course.phase((start + EXACT) as f64));
                let step = unit(self.k * (there - here) / EXACT as f64);
                let mut now = unit(self.k * here);
                for _ in start..frame {
                    now *= step;
                }
                (now, step)
            }
        };
        self.next = Some((frame + 1, now * step, step));
        now
    }
}

fn unit(turns: f64) -> Complex<f64> {
    let angle = 2.0 * PI * (turns - turns.floor());
    Complex::new(libm::cos(angle), libm::sin(angle))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Held, music, read, repaired, task};
    use super::*;

    /// Ten harmonics whose fundamental drifts by 0.1 %.
    fn mains(frames: usize, hz: f64) -> Vec<f64> {
        let mut phase = 0.0;
        (0..frames)
            .map(|n| {
                let drift = 1.0 + 0.001 * libm::sin(2.0 * PI * n as f64 / 44_100.0 / 40.0);
                phase += hz * drift / 44_100.0;
                (1..=10).map(|k| 0.01 / k as f64 * libm::sin(2.0 * PI * k as f64 * phase + k as f64)).sum()
            })
            .collect()
    }

    #[test]
    fn drifting_hum_goes_and_the_programme_stays() {
        let frames = 44_100 * 24;
        let clean = music(frames);
        let hum = mains(frames, 50.07);
        let mut hummed = Held(vec![clean.0[0].clone()]);
        hummed.0[0].iter_mut().zip(&hum).for_each(|(sample, hum)| *sample += hum);
        let all = 0..frames as u64;
        let out = read(&mut repaired(&hummed, &[task("dehum", all.clone(), &[0], &[])]), 8192);
        let energy = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
        // Away from the ends, where half of the notch's window hears nothing.
        let inner = 44_100 * 3..frames - 44_100 * 3;
        let left = energy(&mut inner.clone().map(|n| out[0][n] - clean.0[0][n]));
        let down = 10.0 * libm::log10(energy(&mut inner.clone().map(|n| hum[n])) / left);
        assert!(down > 30.0, "{down}");
        let alone = Held(vec![clean.0[0].clone()]);
        let dry = read(&mut repaired(&alone, &[task("dehum", all, &[0], &[])]), 8192);
        let change = energy(&mut inner.clone().map(|n| dry[0][n] - clean.0[0][n]));
        let null = 10.0 * libm::log10(change / energy(&mut inner.map(|n| clean.0[0][n])));
        assert!(null < -60.0, "{null}");
    }
}
