//! The course of the mains: the fundamental's frequency and phase over a span.
//!
//! Hum is what stays in step with itself; music is not. In windows around one point after another every frequency within reach is
//! given the log ratio of what its harmonics hold against what lies beside them, in every channel by itself (hum is often
//! of opposite sign in both); the course is the path through these scores that gains most and bends least (Viterbi
//! 1967). Then everything is turned back along that course and looked at again through longer windows and a finer grid: once the drift is
//! taken out they hold hum only sharper.

use super::super::{Error, Job};
use super::sight::Sight;

/// Points of the course lie this far apart, in seconds.
const SPACING_S: f64 = 1.0;
/// Harmonics that are asked for the course: they decide it well enough.
const ASKED: usize = 12;
/// How far the mains move from one point to the next, as a share: European and American grids slew by less.
const SLEW: f64 = 0.000_15;
/// Points that are looked at in one go.
const AT_ONCE: usize = 120;
/// What one round of looking is like: window in seconds, reach as a share of the fundamental, steps to either side.
const ROUNDS: [(f64, f64, i64); 3] = [(3.0, 0.005, 100), (8.0, 0.0012, 40), (16.0, 0.0004, 24)];
/// Weights of a point and its neighbours in the final course.
const SMOOTH: [f64; 5] = [0.125, 0.25, 0.25, 0.25, 0.125];

/// The fundamental's phase over the span.
pub struct Course {
    /// Frames from one point to the next.
    spacing: f64,
    /// Frequency at the points, in turns per frame.
    turns: Vec<f64>,
    /// Phase at the points, in turns.
    phases: Vec<f64>,
    rate_hz: f64,
}

impl Course {
    fn new(spacing: f64, hertz: &[f64], rate_hz: f64) -> Course {
        let turns: Vec<f64> = hertz.iter().map(|hertz| hertz / rate_hz).collect();
        let mut phases = vec![0.0];
        for pair in turns.windows(2) {
            phases.push(phases[phases.len() - 1] + 0.5 * (pair[0] + pair[1]) * spacing);
        }
        Course { spacing, turns, phases, rate_hz }
    }

    /// Phase in turns at a frame from the span's start; the frequency is straight between the points and stands still
    /// outside them.
    pub fn phase(&self, frame: f64) -> f64 {
        let last = self.turns.len() - 1;
        let at = (frame / self.spacing).floor().clamp(0.0, last as f64) as usize;
        let past = frame - at as f64 * self.spacing;
        let inside = at < last && past >= 0.0;
        let bend = if inside { 0.5 * (self.turns[at + 1] - self.turns[at]) / self.spacing * past * past } else { 0.0 };
        self.phases[at] + self.turns[at] * past + bend
    }

    /// The highest frequency of the fundamental, in hertz.
    pub fn highest(&self) -> f64 {
        self.turns.iter().fold(0.0, |highest: f64, turns| highest.max(*turns)) * self.rate_hz
    }

    /// The same with these differences in hertz at its points.
    fn moved(&self, differences: &[f64]) -> Course {
        let hertz: Vec<f64> =
            self.turns.iter().zip(differences).map(|(turns, hertz)| turns * self.rate_hz + hertz).collect();
        Course::new(self.spacing, &hertz, self.rate_hz)
    }
}

/// Follows the fundamental over the span, in all of the repair's channels.
pub fn find(job: &mut Job<'_>) -> Result<Course, Error> {
    let (rate_hz, nominal) = (job.rate().hz(), job.task.values.get("frequency"));
    let most = (0.45 * rate_hz / nominal) as usize;
    let asked = (job.task.values.get("harmonics") as usize).min(ASKED).min(most).max(1);
    let sight = Sight::new(rate_hz, nominal, asked, SPACING_S);
    let points = (job.task.frames() as f64 / sight.spacing()).ceil() as usize + 1;
    let mut course = Course::new(sight.spacing(), &vec![nominal; points], rate_hz);
    if !job.task.values.is_on("follow") {
        return Ok(course);
    }
    for (index, (window_s, reach, steps)) in ROUNDS.into_iter().enumerate() {
        let step_hz = reach * nominal / steps as f64;
        let offsets: Vec<f64> = (-steps..=steps).map(|step| step as f64 * step_hz).collect();
        let mut scores = Vec::with_capacity(points);
        // Parts of one length: what is mostly there is asked in each.
        let parts = points.div_ceil(AT_ONCE);
        for part in 0..parts {
            let some = part * points / parts..(part + 1) * points / parts;
            let first = some.end;
            scores.extend(sight.scores(job, &course, some, window_s, &offsets)?);
            job.step(0.4 * (index as f64 + first as f64 / points as f64) / ROUNDS.len() as f64)?;
        }
        let path = path(&scores, SLEW * nominal / step_hz);
        let differences: Vec<f64> = path.into_iter().map(|at| offsets[at]).collect();
        course = course.moved(&smoothed(&differences));
    }
    Ok(course)
}

/// The path through rows of scores that gains most, where a move of n columns costs (n / sigma)^2 / 2.
fn path(scores: &[Vec<f64>], sigma: f64) -> Vec<usize> {
    let Some(first) = scores.first() else { return Vec::new() };
    let reach = (4.0 * sigma).ceil() as usize;
    let cost: Vec<f64> = (0..=reach).map(|columns| 0.5 * (columns as f64 / sigma) * (columns as f64 / sigma)).collect();
    let mut best = first.clone();
    let mut from: Vec<Vec<usize>> = Vec::with_capacity(scores.len());
    for row in &scores[1..] {
        let before = |column: usize| {
            let near = column.saturating_sub(reach)..(column + reach + 1).min(row.len());
            let gain = |other: usize| best[other] - cost[other.abs_diff(column)];
            near.map(|other| (other, gain(other))).max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((column, best[column]))
        };
        let steps: Vec<(usize, f64)> = (0..row.len()).map(before).collect();
        best = steps.iter().zip(row).map(|((_, gain), score)| gain + score).collect();
        from.push(steps.into_iter().map(|(column, _)| column).collect());
    }
    let middle = first.len() / 2;
    // Of equal ends the one nearest to where it was looked for: silence stays there.
    let better = |a: &usize, b: &usize| best[*a].total_cmp(&best[*b]).then(b.abs_diff(middle).cmp(&a.abs_diff(middle)));
    let mut at = (0..first.len()).max_by(better).unwrap_or(middle);
    let mut path = vec![at];
    for steps in from.iter().rev() {
        at = steps[at];
        path.push(at);
    }
    path.reverse();
    path
}

/// Without the corners of the grid; the ends stand still.
fn smoothed(values: &[f64]) -> Vec<f64> {
    let reach = SMOOTH.len() / 2;
    let at = |index: usize, tap: usize| values[(index + tap).saturating_sub(reach).min(values.len() - 1)];
    (0..values.len())
        .map(|index| SMOOTH.iter().enumerate().map(|(tap, weight)| weight * at(index, tap)).sum())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_rides_over_what_shouts_once() {
        let mut scores: Vec<Vec<f64>> = (0..9).map(|_| vec![0.0, 0.0, 1.0, 0.0, 0.0, 0.0]).collect();
        scores[4][5] = 3.0;
        assert_eq!(path(&scores, 0.7), [2; 9]);
        scores.iter_mut().skip(5).for_each(|row| row.swap(2, 3));
        assert_eq!(path(&scores, 0.7), [2, 2, 2, 2, 2, 3, 3, 3, 3]);
        assert_eq!(path(&vec![vec![0.0; 7]; 3], 1.0), [3; 3]);
    }

    #[test]
    fn the_phase_is_the_integral_of_the_frequency() {
        let course = Course::new(100.0, &[10.0, 20.0, 20.0], 1000.0);
        assert!((course.phase(100.0) - 1.5).abs() < 1e-12 && (course.phase(50.0) - 0.625).abs() < 1e-12);
        assert!((course.phase(-100.0) + 1.0).abs() < 1e-12 && (course.phase(300.0) - 5.5).abs() < 1e-12);
        assert!((course.highest() - 20.0).abs() < 1e-12);
        assert_eq!(smoothed(&[1.0; 4]), [1.0; 4]);
    }
}
