//! Level over a clip's time: fades, crossfades and gain envelopes as the renderer applies them.

use crate::audio::QUANTUM;
use crate::dsp::fade::Shape;

/// Which way a fade goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From silence.
    In,
    /// To silence.
    Out,
}

/// A fade in clip time. Before a fade-in and after a fade-out there is silence; on the other side it is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    /// Where it begins, in frames from the clip's start (may lie outside the clip).
    pub from: i64,
    /// Length in frames.
    pub length: u64,
    /// Curve.
    pub shape: Shape,
    /// Which way.
    pub direction: Direction,
}

impl Curve {
    /// Gain at a frame of the clip. The first frame of a fade-in and the first frame after a fade-out are silent.
    pub fn gain(&self, frame: i64) -> f64 {
        if self.length == 0 {
            return 1.0;
        }
        let position = (frame - self.from) as f64 / self.length as f64;
        match self.direction {
            Direction::In => self.shape.gain(position),
            Direction::Out => self.shape.gain(1.0 - position),
        }
    }

    /// Whether the curve is 1 on all frames from `from` (inclusive) to `to` (exclusive).
    pub fn is_flat(&self, from: i64, to: i64) -> bool {
        match self.direction {
            Direction::In => from >= self.from + self.length as i64,
            Direction::Out => to <= self.from + 1,
        }
    }

    /// Multiplies `samples`, whose first frame is `from` in clip time.
    pub fn apply(&self, from: i64, samples: &mut [f64]) {
        if self.is_flat(from, from + samples.len() as i64) {
            return;
        }
        for (offset, sample) in samples.iter_mut().enumerate() {
            *sample *= self.gain(from + offset as i64);
        }
    }
}

/// A gain envelope in clip time: straight in dB between breakpoints, evaluated on the quantum and linear in amplitude
/// between two quanta (the seams' rule 6).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Envelope {
    /// Frame and level in dB, ascending in time.
    points: Vec<(f64, f64)>,
    /// Level in dB added everywhere: the clip's own gain.
    offset_db: f64,
}

impl Envelope {
    /// An envelope through these points (frame, dB), on top of a constant `offset_db`.
    pub fn new(mut points: Vec<(f64, f64)>, offset_db: f64) -> Envelope {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Envelope { points, offset_db }
    }

    /// Whether it changes nothing.
    pub fn is_unity(&self) -> bool {
        self.offset_db == 0.0 && self.points.iter().all(|point| point.1 == 0.0)
    }

    /// Level at a frame in dB.
    pub fn level_db(&self, frame: f64) -> f64 {
        let after = self.points.partition_point(|point| point.0 <= frame);
        let level = match (after.checked_sub(1).and_then(|i| self.points.get(i)), self.points.get(after)) {
            (None, None) => 0.0,
            (Some(last), None) => last.1,
            (None, Some(first)) => first.1,
            (Some(a), Some(b)) => a.1 + (b.1 - a.1) * (frame - a.0) / (b.0 - a.0),
        };
        level + self.offset_db
    }

    fn amplitude(&self, frame: i64) -> f64 {
        crate::unit::Db(self.level_db(frame as f64)).amplitude()
    }

    /// Multiplies `samples`, whose first frame is `from` in clip time.
    pub fn apply(&self, from: i64, samples: &mut [f64]) {
        if self.is_unity() {
            return;
        }
        if self.points.is_empty() {
            let factor = self.amplitude(0);
            samples.iter_mut().for_each(|sample| *sample *= factor);
            return;
        }
        let quantum = QUANTUM as i64;
        let mut done = 0;
        while done < samples.len() {
            let frame = from + done as i64;
            let start = frame.div_euclid(quantum) * quantum;
            let (a, b) = (self.amplitude(start), self.amplitude(start + quantum));
            let count = ((start + quantum - frame) as usize).min(samples.len() - done);
            for (offset, sample) in samples[done..done + count].iter_mut().enumerate() {
                let place = (frame - start + offset as i64) as f64 / QUANTUM as f64;
                *sample *= a + (b - a) * place;
            }
            done += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fade_of_four_frames_is_arithmetic() {
        let fade_in = Curve { from: 0, length: 4, shape: Shape::Linear, direction: Direction::In };
        let mut samples = [1.0; 6];
        fade_in.apply(0, &mut samples);
        assert_eq!(samples, [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]);
        let fade_out = Curve { from: 2, length: 4, shape: Shape::Linear, direction: Direction::Out };
        let mut samples = [1.0; 7];
        fade_out.apply(0, &mut samples);
        assert_eq!(samples, [1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0]);
        assert!(fade_out.is_flat(0, 3) && !fade_out.is_flat(0, 4));
    }

    #[test]
    fn an_envelope_is_the_same_for_any_cut() {
        let envelope = Envelope::new(vec![(10.0, 0.0), (300.0, -12.0), (301.0, 3.0)], 0.5);
        let mut whole = [1.0; 400];
        envelope.apply(0, &mut whole);
        for size in [1, 7, 64, 399] {
            let mut parts = [1.0; 400];
            for (index, part) in parts.chunks_mut(size).enumerate() {
                envelope.apply((index * size) as i64, part);
            }
            assert_eq!(parts, whole);
        }
        assert!((envelope.level_db(155.0) - (-5.5)).abs() < 1e-12);
        assert!(Envelope::new(vec![(1.0, 0.0)], 0.0).is_unity());
    }
}
