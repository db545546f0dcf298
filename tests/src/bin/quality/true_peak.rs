//! The peak of the curve through the samples: 16 phases of 96 taps (Kaiser, beta 10), refined by a parabola. The
//! definition of the meter's kernel, computed directly and on a grid twice as fine.

use lacquer_engine::dsp::window::{kaiser, sinc};

const PHASES: usize = 16;
const REACH: usize = 48;

/// A direct reconstruction.
pub struct TruePeak {
    phases: Vec<[f64; 2 * REACH]>,
    /// Most that samples of 1 can become.
    gain: f64,
}

impl TruePeak {
    /// Designs the phases.
    pub fn new() -> TruePeak {
        let phase = |index: usize| -> [f64; 2 * REACH] {
            let place = index as f64 / PHASES as f64;
            let taps: [f64; 2 * REACH] = std::array::from_fn(|tap| {
                let offset = tap as f64 - (REACH - 1) as f64 - place;
                sinc(offset) * kaiser(offset / REACH as f64, 10.0)
            });
            let sum: f64 = taps.iter().sum();
            taps.map(|tap| tap / sum)
        };
        let phases: Vec<[f64; 2 * REACH]> = (0..PHASES).map(phase).collect();
        let size = |taps: &[f64; 2 * REACH]| taps.iter().map(|tap| tap.abs()).sum::<f64>();
        let gain = phases.iter().map(size).fold(1.0, f64::max);
        TruePeak { phases, gain }
    }

    /// The largest magnitude between and on the samples, and the frame before it. Frames that cannot reach `floor` are
    /// passed over.
    pub fn of(&self, samples: &[f64], floor: f64) -> (f64, usize) {
        let mut padded = vec![0.0; REACH];
        padded.extend_from_slice(samples);
        padded.extend([0.0; REACH + 2]);
        let mut best = (samples.iter().fold(0.0, |most: f64, sample| most.max(sample.abs())), 0);
        for block in (0..samples.len()).step_by(64) {
            let end = (block + 64).min(samples.len());
            let near =
                padded[block..(end + 2 * REACH).min(padded.len())].iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            if near * self.gain < floor.max(best.0) {
                continue;
            }
            let mut grid = Vec::with_capacity((end - block) * PHASES + 2);
            for frame in block..end {
                for taps in &self.phases {
                    let window = &padded[frame + 1..frame + 1 + 2 * REACH];
                    grid.push(taps.iter().zip(window).map(|(tap, sample)| tap * sample).sum::<f64>());
                }
            }
            for (index, three) in grid.windows(3).enumerate() {
                let peak = vertex(three);
                if peak > best.0 {
                    best = (peak, block + index / PHASES);
                }
            }
            best.0 = grid.iter().fold(best.0, |most, value| most.max(value.abs()));
        }
        best
    }
}

fn vertex(three: &[f64]) -> f64 {
    let (before, here, after) = (three[0], three[1], three[2]);
    let bend = before - 2.0 * here + after;
    let is_top = here.abs() >= before.abs() && here.abs() >= after.abs() && bend != 0.0;
    if is_top { (here - (before - after) * (before - after) / (8.0 * bend)).abs() } else { here.abs() }
}
