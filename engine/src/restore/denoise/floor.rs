/// What is taken for noise in each bin.
pub enum Floor {
    /// Learnt once.
    Fixed(Vec<f64>),
    /// Followed.
    Followed(Adaptive),
}

impl Floor {
    /// The mean of learnt powers.
    pub fn mean(powers: &[Vec<f64>], bins: usize) -> Floor {
        let mean = |bin: usize| powers.iter().map(|power| power[bin]).sum::<f64>() / powers.len().max(1) as f64;
        Floor::Fixed((0..bins).map(mean).collect())
    }

    /// Takes a frame in and gives the noise in it.
    pub fn hear(&mut self, powers: &[f64]) -> &[f64] {
        match self {
            Floor::Fixed(floor) => floor,
            Floor::Followed(adaptive) => {
                adaptive.hear(powers);
                &adaptive.floor
            }
        }
    }
}

/// Minimum statistics: noise is what is left in a bin when the programme pauses.
pub struct Adaptive {
    smoothed: Vec<f64>,
    /// The least of each of the last stretches, the one under way last.
    least: Vec<Vec<f64>>,
    /// Frames of a stretch, and of the one under way.
    stretch: usize,
    heard: usize,
    floor: Vec<f64>,
}

/// Stretches that a minimum is taken over, and how long they are together.
const STRETCHES: usize = 8;
const MEMORY_S: f64 = 1.6;
/// Share of the past in the smoothed power.
const SMOOTH: f64 = 0.85;
/// The minimum of smoothed power lies below its mean by this factor (measured with white noise and these lengths).
const BIAS: f64 = 1.9;

impl Adaptive {
    /// For spectra of `bins` bins, `per_second` of them a second.
    pub fn new(bins: usize, per_second: f64) -> Adaptive {
        let stretch = (MEMORY_S * per_second / STRETCHES as f64).round().max(1.0) as usize;
        Adaptive { smoothed: Vec::new(), least: Vec::new(), stretch, heard: 0, floor: vec![0.0; bins] }
    }

    /// Takes a frame in.
    pub fn hear(&mut self, powers: &[f64]) {
        if self.smoothed.is_empty() {
            self.smoothed = powers.to_vec();
        }
        for (smoothed, power) in self.smoothed.iter_mut().zip(powers) {
            *smoothed = SMOOTH * *smoothed + (1.0 - SMOOTH) * power;
        }
        if self.least.is_empty() || self.heard == self.stretch {
            self.least.push(self.smoothed.clone());
            if self.least.len() > STRETCHES {
                self.least.remove(0);
            }
            self.heard = 0;
        }
        self.heard += 1;
        if let Some(last) = self.least.last_mut() {
            last.iter_mut().zip(&self.smoothed).for_each(|(least, value)| *least = least.min(*value));
        }
        for (bin, floor) in self.floor.iter_mut().enumerate() {
            *floor = BIAS * self.least.iter().map(|least| least[bin]).fold(f64::INFINITY, f64::min);
        }
    }
}
