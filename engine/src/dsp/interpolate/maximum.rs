use super::TruePeak;
use super::kernel::{CANDIDATE, INTERVALS, Kernel, LANES, REACH, SPAN, coarse_peaks, frame_peak, larger, magnitude};
use crate::unit::Dbtp;

/// The highest point of a channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Linear, full scale at 1.
    pub amplitude: f64,
    /// The nearest frame.
    pub frame: u64,
}

impl Peak {
    /// The amplitude as a level.
    pub fn level(self) -> Dbtp {
        Dbtp::from_amplitude(self.amplitude)
    }
}

/// A stretch of frames whose true peak lies above a ceiling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Over {
    /// First frame.
    pub start: u64,
    /// Number of frames.
    pub length: u64,
    /// The highest point inside.
    pub peak: Peak,
}

/// Frames looked at together; a multiple of `LANES`.
const BLOCK: usize = 256;
/// Frames of the doubled signal needed before and after a block.
const EDGE: usize = 4;
/// A band-limited signal that reaches its maximum inside an interval of the doubled signal is at 0.7071 of it at one
/// end at least (the cosine comparison lemma); the rest is for the tolerance of stage one.
const NEAR: f64 = 0.70;

/// The true peak of a whole channel, the same value as the maximum of [`TruePeak::process`], found without computing
/// what cannot be the maximum. `None` for an empty or silent channel. Allocates nothing; any worker.
pub fn maximum(samples: &[f64]) -> Option<Peak> {
    let kernel = Kernel::new();
    let mut best = sample_peak(samples)?;
    let mut window = [0.0; BLOCK + 2 * (EDGE + REACH) + LANES];
    for start in (0..samples.len()).step_by(BLOCK) {
        fill(&mut window, samples, start);
        if magnitude(&window) * kernel.gain_both / CANDIDATE > best.amplitude {
            search(&kernel, &window, start, samples.len(), &mut best);
        }
    }
    Some(best)
}

/// The stretches in which the true peak of a channel is above `ceiling` (linear), in order. Allocates; any worker.
pub fn overs(samples: &[f64], ceiling: f64) -> Vec<Over> {
    let mut detector = TruePeak::new();
    let latency = detector.latency();
    let mut found: Vec<Over> = Vec::new();
    let mut envelope = [0.0; BLOCK];
    let silence = [0.0; BLOCK];
    let mut place = 0;
    let mut step = |part: &[f64]| {
        detector.process_above(ceiling, part, &mut envelope[..part.len()]);
        for value in &envelope[..part.len()] {
            if *value > ceiling && place >= latency {
                note(&mut found, (place - latency) as u64, *value);
            }
            place += 1;
        }
    };
    samples.chunks(BLOCK).for_each(&mut step);
    step(&silence[..latency]);
    found
}

fn note(found: &mut Vec<Over>, frame: u64, amplitude: f64) {
    let peak = Peak { amplitude, frame };
    match found.last_mut() {
        Some(over) if over.start + over.length == frame => {
            over.length += 1;
            if amplitude > over.peak.amplitude {
                over.peak = peak;
            }
        }
        _ => found.push(Over { start: frame, length: 1, peak }),
    }
}

fn sample_peak(samples: &[f64]) -> Option<Peak> {
    let mut best = Peak { amplitude: 0.0, frame: 0 };
    for (frame, sample) in samples.iter().enumerate() {
        if sample.is_finite() && sample.abs() > best.amplitude {
            best = Peak { amplitude: sample.abs(), frame: frame as u64 };
        }
    }
    (best.amplitude > 0.0).then_some(best)
}

/// Samples from `start - EDGE - REACH` on, silence outside the channel.
fn fill(window: &mut [f64], samples: &[f64], start: usize) {
    for (index, value) in window.iter_mut().enumerate() {
        let sample = (start + index).checked_sub(EDGE + REACH).and_then(|frame| samples.get(frame));
        *value = sample.copied().filter(|sample| sample.is_finite()).unwrap_or(0.0);
    }
}

fn search(kernel: &Kernel, window: &[f64], start: usize, length: usize, best: &mut Peak) {
    let mut doubled = [0.0; 2 * (BLOCK + 2 * EDGE)];
    let mut between = [0.0; LANES];
    for first in (0..BLOCK + 2 * EDGE).step_by(LANES) {
        // Frame `first` of the doubled signal is start - EDGE + first, which is window[REACH + first].
        kernel.double(&window[first + 1..first + 2 * REACH + LANES], &mut between);
        for k in 0..LANES {
            doubled[2 * (first + k)] = window[REACH + first + k];
            doubled[2 * (first + k) + 1] = between[k];
        }
    }
    for first in (0..BLOCK.min(length - start)).step_by(LANES) {
        // Frame start + first is doubled[2 * (EDGE + first)]; the intervals begin two before it, the taps five more.
        let span = &doubled[2 * (EDGE + first) - 7..2 * (EDGE + first) - 7 + SPAN];
        let frames = LANES.min(length - start - first);
        search_lanes(kernel, span, (start + first) as u64, frames, best);
    }
}

fn search_lanes(kernel: &Kernel, span: &[f64], frame: u64, frames: usize, best: &mut Peak) {
    let ends = |lane: usize| (0..3).fold(0.0, |peak, k| larger(span[6 + 2 * lane + k].abs(), peak));
    if !(0..frames).any(|lane| ends(lane) > NEAR * best.amplitude) {
        return;
    }
    let mut inside = [[0.0; 3]; INTERVALS];
    let mut coarse = [0.0; LANES];
    kernel.quadruple(span, &mut inside);
    coarse_peaks(span, &inside, &mut coarse);
    for lane in 0..frames {
        let amplitude = frame_peak(span, &inside, lane, coarse[lane]);
        if amplitude > best.amplitude {
            *best = Peak { amplitude, frame: frame + lane as u64 };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    fn brute(samples: &[f64]) -> (f64, u64) {
        let mut padded = samples.to_vec();
        padded.extend([0.0; 51]);
        let mut out = vec![0.0; padded.len()];
        TruePeak::new().process(&padded, &mut out);
        let mut best = (0.0, 0);
        for (frame, value) in out[51..].iter().enumerate() {
            if *value > best.0 {
                best = (*value, frame as u64);
            }
        }
        best
    }

    fn music(length: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut low = 0.0;
        (0..length)
            .map(|n| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let white = (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
                low += 0.2 * (white - low);
                let swell = libm::sin(n as f64 * 0.0007 + seed as f64);
                swell * (low + 0.3 * libm::sin(2.0 * PI * 0.31 * n as f64) + 0.2 * white)
            })
            .collect()
    }

    #[test]
    fn the_shortcut_finds_what_brute_force_finds() {
        for seed in 1..12 {
            let signal = music(9_000 + 37 * seed as usize, seed);
            let peak = maximum(&signal).unwrap();
            let (amplitude, frame) = brute(&signal);
            assert_eq!(peak, Peak { amplitude, frame });
        }
    }

    #[test]
    fn silence_has_no_peak_and_short_channels_have_one() {
        assert_eq!(maximum(&[]), None);
        assert_eq!(maximum(&[0.0; 500]), None);
        assert_eq!(maximum(&[0.5]).map(|peak| peak.frame), Some(0));
        assert!(maximum(&[f64::NAN, 0.25]).is_some_and(|peak| peak.amplitude >= 0.25));
    }

    #[test]
    fn overs_are_runs_with_their_highest_point() {
        let mut signal = vec![0.0; 1000];
        signal[400] = 1.2;
        signal[999] = -1.1;
        let found = overs(&signal, 1.0);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].start, found[0].length, found[0].peak.frame), (400, 1, 400));
        assert_eq!(found[1].peak.frame, 999);
        assert!((found[1].peak.level().0 - 20.0 * libm::log10(1.1)).abs() < 0.01);
        assert!(overs(&signal, 1.3).is_empty());
    }
}
