/// A factor that moves linearly, one step per frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ramp {
    now: f64,
    target: f64,
    step: f64,
    frames_left: u32,
}

impl Ramp {
    pub(super) fn at(value: f64) -> Ramp {
        Ramp { now: value, target: value, step: 0.0, frames_left: 0 }
    }

    /// Goes to `target` within `frames`; 0 is at once.
    pub(super) fn aim(&mut self, target: f64, frames: u32) {
        if frames == 0 || target == self.now {
            *self = Ramp::at(target);
        } else {
            *self = Ramp { now: self.now, target, step: (target - self.now) / f64::from(frames), frames_left: frames };
        }
    }

    /// The value it stands at, while it stands.
    pub(super) fn rest(&self) -> Option<f64> {
        (self.frames_left == 0).then_some(self.now)
    }

    /// Fills one value per frame and gives the smallest.
    pub(super) fn fill(&mut self, values: &mut [f64]) -> f64 {
        let mut smallest = f64::INFINITY;
        for value in values {
            if self.frames_left > 0 {
                self.frames_left -= 1;
                self.now = if self.frames_left == 0 { self.target } else { self.now + self.step };
            }
            *value = self.now;
            smallest = smallest.min(self.now);
        }
        smallest
    }
}
