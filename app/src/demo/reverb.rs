//! The room of the demo album: a feedback delay network of eight lines with a Hadamard matrix.
//!
//! Source: Jot & Chaigne, "Digital Delay Networks for Designing Artificial Reverberators" (AES 90, 1991).

/// Line lengths in seconds, without common divisors in frames at the usual rates, so that echoes do not pile up.
const LINES: [f64; 8] = [0.0297, 0.0371, 0.0411, 0.0437, 0.0533, 0.0591, 0.0673, 0.0797];

/// 1/√8 keeps the Hadamard matrix from adding or losing energy.
const LOSSLESS: f64 = 0.353_553_390_593_273_8;

struct Line {
    memory: Vec<f64>,
    at: usize,
    feedback: f64,
    damped: f64,
    damping: f64,
}

/// A room with a decay time and a damping of the treble.
pub struct Reverb {
    lines: Vec<Line>,
    predelay: [Vec<f64>; 2],
    at: usize,
}

impl Reverb {
    /// `decay` is the time of a fall by 60 dB, in seconds; above `damping` Hz it falls sooner.
    pub fn new(decay: f64, damping: f64, predelay: f64, rate: f64) -> Reverb {
        let line = |seconds: &f64| Line {
            memory: vec![0.0; (seconds * rate) as usize | 1],
            at: 0,
            feedback: libm::exp10(-3.0 * seconds / decay),
            damped: 0.0,
            damping: 1.0 - libm::exp(-std::f64::consts::TAU * damping / rate),
        };
        let early = vec![0.0; ((predelay * rate) as usize).max(1)];
        Reverb { lines: LINES.iter().map(line).collect(), predelay: [early.clone(), early], at: 0 }
    }

    /// One frame in, one frame of the room out.
    #[inline]
    pub fn next(&mut self, left: f64, right: f64) -> (f64, f64) {
        let input = [
            std::mem::replace(&mut self.predelay[0][self.at], left),
            std::mem::replace(&mut self.predelay[1][self.at], right),
        ];
        self.at = if self.at + 1 == self.predelay[0].len() { 0 } else { self.at + 1 };
        let mut taps = [0.0; 8];
        for (tap, line) in taps.iter_mut().zip(&mut self.lines) {
            line.damped += (line.memory[line.at] - line.damped) * line.damping;
            *tap = line.damped * line.feedback;
        }
        let out = (taps[0] + taps[2] - taps[4] + taps[6], taps[1] - taps[3] + taps[5] + taps[7]);
        mix(&mut taps);
        for (index, line) in self.lines.iter_mut().enumerate() {
            line.memory[line.at] = taps[index] + input[index & 1];
            line.at = if line.at + 1 == line.memory.len() { 0 } else { line.at + 1 };
        }
        (out.0 * 0.5, out.1 * 0.5)
    }
}

/// The fast Hadamard transform of eight, scaled to keep the energy.
#[inline]
fn mix(taps: &mut [f64; 8]) {
    for span in [1, 2, 4] {
        for base in 0..8 {
            if base & span == 0 {
                let (a, b) = (taps[base], taps[base + span]);
                taps[base] = a + b;
                taps[base + span] = a - b;
            }
        }
    }
    for tap in taps {
        *tap *= LOSSLESS;
    }
}
