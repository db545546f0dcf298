use super::kernel::{CANDIDATE, INTERVALS, Kernel, LANES, REACH, SPAN, coarse_peaks, frame_peak, magnitude};

/// Frames worked at a time; a multiple of `LANES`.
const CHUNK: usize = 128;
/// Samples of input kept before a chunk.
const KEPT: usize = 2 * REACH - 1;
/// Samples of the doubled signal kept before a chunk's: stage two and the parabola look back 13, kept in pairs.
const KEPT_DOUBLED: usize = 14;
/// Stage one looks 48 frames ahead, stage two and the parabola 3.
const LATENCY: usize = REACH + 3;

/// The true-peak envelope of one channel, streaming.
///
/// For every frame n it gives the largest magnitude of the reconstructed signal from n - 1/2 to n + 1/2. All memory
/// is inside: a clone is an exact copy of the state and nothing here allocates.
#[derive(Debug, Clone)]
pub struct TruePeak {
    kernel: Kernel,
    input: [f64; KEPT + CHUNK],
    doubled: [f64; KEPT_DOUBLED + 2 * CHUNK + SPAN],
}

impl Default for TruePeak {
    fn default() -> TruePeak {
        TruePeak::new()
    }
}

impl TruePeak {
    /// An envelope with silence before the first sample.
    pub fn new() -> TruePeak {
        TruePeak { kernel: Kernel::new(), input: [0.0; KEPT + CHUNK], doubled: [0.0; KEPT_DOUBLED + 2 * CHUNK + SPAN] }
    }

    /// Frames from a sample going in to its value coming out: 51.
    pub const fn latency(&self) -> usize {
        LATENCY
    }

    /// Forgets all audio. Audio thread.
    pub fn reset(&mut self) {
        self.input.fill(0.0);
        self.doubled.fill(0.0);
    }

    /// Writes to `envelope[i]` the true peak (linear) of the frame [`TruePeak::latency`] before `samples[i]`. Both
    /// slices are of one length (the shorter counts). A sample that is not a finite number is read as 0. Audio thread.
    pub fn process(&mut self, samples: &[f64], envelope: &mut [f64]) {
        self.process_above(0.0, samples, envelope);
    }

    /// The same where the true peak is above `floor` (linear), and 0 elsewhere: for limiters, lists of overs and
    /// running maxima, which need no more and get it in a fraction of the time. What is above the floor has the same
    /// bits as from [`TruePeak::process`]. Audio thread.
    pub fn process_above(&mut self, floor: f64, samples: &[f64], envelope: &mut [f64]) {
        for (samples, envelope) in samples.chunks(CHUNK).zip(envelope.chunks_mut(CHUNK)) {
            let count = samples.len().min(envelope.len());
            self.process_chunk(floor, &samples[..count], &mut envelope[..count]);
        }
    }

    fn process_chunk(&mut self, floor: f64, samples: &[f64], envelope: &mut [f64]) {
        let count = samples.len();
        for (kept, sample) in self.input[KEPT..].iter_mut().zip(samples) {
            *kept = if sample.is_finite() { sample.clamp(-LOUDEST, LOUDEST) } else { 0.0 };
        }
        for start in (0..count).step_by(LANES) {
            self.double(start);
        }
        for (index, envelope) in envelope.chunks_mut(LANES).enumerate() {
            self.read(index * LANES, floor, envelope);
        }
        self.input.copy_within(count..count + KEPT, 0);
        self.doubled.copy_within(2 * count..2 * count + KEPT_DOUBLED, 0);
    }

    /// Stage one for `LANES` frames from `start` of the chunk. Frames past the chunk's end are computed from old
    /// samples and overwritten before they are read.
    fn double(&mut self, start: usize) {
        let mut between = [0.0; LANES];
        let input = &self.input[start..start + KEPT + LANES];
        self.kernel.double(input, &mut between);
        let pairs = self.doubled[KEPT_DOUBLED + 2 * start..].chunks_exact_mut(2);
        for (k, pair) in pairs.take(LANES).enumerate() {
            pair[0] = input[REACH - 1 + k];
            pair[1] = between[k];
        }
    }

    fn read(&self, start: usize, floor: f64, envelope: &mut [f64]) {
        let doubled = &self.doubled[2 * start + 1..2 * start + 1 + SPAN];
        if magnitude(doubled) * self.kernel.gain_two * MARGIN <= floor {
            envelope.fill(0.0);
            return;
        }
        let mut inside = [[0.0; 3]; INTERVALS];
        let mut coarse = [0.0; LANES];
        self.kernel.quadruple(doubled, &mut inside);
        coarse_peaks(doubled, &inside, &mut coarse);
        for (lane, value) in envelope.iter_mut().enumerate() {
            *value = 0.0;
            if coarse[lane] > CANDIDATE * floor {
                let peak = frame_peak(doubled, &inside, lane, coarse[lane]);
                if peak > floor {
                    *value = peak;
                }
            }
        }
    }
}

/// Keeps sums of absurd samples finite; far above anything that is sound.
pub(super) const LOUDEST: f64 = 1e60;

/// The parabola can add at most this much to the grid value.
const MARGIN: f64 = 1.0 / CANDIDATE;

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use proptest::prelude::*;

    use super::*;
    use crate::dsp::window::{kaiser, sinc};

    fn envelope(samples: &[f64], block: usize) -> Vec<f64> {
        let mut detector = TruePeak::new();
        let mut padded = samples.to_vec();
        padded.extend([0.0; LATENCY]);
        let mut out = vec![0.0; padded.len()];
        for (samples, out) in padded.chunks(block).zip(out.chunks_mut(block)) {
            detector.process(samples, out);
        }
        out.split_off(LATENCY)
    }

    /// The signal at `time` by a direct 96-tap reconstruction of the same kind as stage one.
    fn direct(samples: &[f64], time: f64) -> f64 {
        let centre = time.floor() as i64;
        let (mut sum, mut weight) = (0.0, 0.0);
        for n in centre - 47..=centre + 48 {
            let offset = time - n as f64;
            let tap = sinc(offset) * kaiser(offset / 48.0, 10.0);
            weight += tap;
            sum += tap * samples.get(n as usize).copied().unwrap_or(0.0);
        }
        sum / weight
    }

    /// The crest around a frame.
    fn reference(samples: &[f64], frame: usize) -> f64 {
        (-64..=64).map(|k| direct(samples, frame as f64 + f64::from(k) / 64.0).abs()).fold(0.0, f64::max)
    }

    fn noise(length: usize) -> Vec<f64> {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        (0..length).map(|_| next()).collect()
    }

    fn worst_error_db(samples: &[f64]) -> (f64, f64) {
        let read = envelope(samples, 512);
        let peak = read.iter().copied().fold(0.0, f64::max);
        // Crests only: where a frame reads no less than its neighbours.
        let crest = |n: &usize| read[*n] > 0.7 * peak && read[*n] >= read[n - 1] && read[*n] >= read[n + 1];
        let errors =
            (64..samples.len() - 64).filter(crest).map(|n| 20.0 * libm::log10(read[n] / reference(samples, n)));
        errors.fold((0.0, 0.0), |(low, high): (f64, f64), error| (low.min(error), high.max(error)))
    }

    #[test]
    fn reads_what_a_direct_reconstruction_at_64x_reads() {
        let tone = |ratio: f64| (0..350).map(|n| libm::sin(2.0 * PI * ratio * n as f64 + 0.3)).collect::<Vec<f64>>();
        let pair: Vec<f64> = tone(19.0 / 48.0).iter().zip(tone(20.0 / 48.0)).map(|(a, b)| 0.5 * (a + b)).collect();
        // Full-band noise has content above 0.45 of the rate, where the bound is a little wider.
        for signal in [tone(0.25), tone(0.4), tone(0.45), tone(0.0208), pair, noise(350)] {
            let (low, high) = worst_error_db(&signal);
            assert!(low > -0.006 && high < 0.005, "{low} {high}");
        }
    }

    #[test]
    fn a_sine_between_its_samples_reads_full_scale() {
        // EBU Tech 3341, cases 15 to 19: a quarter of the rate with its samples 3 dB under the crest.
        let signal: Vec<f64> = (0..400).map(|n| 0.5 * libm::sin(PI * (0.5 * n as f64 + 0.25))).collect();
        let read = envelope(&signal, 64);
        assert!((20.0 * libm::log10(read[200] / 0.5)).abs() < 0.003);
    }

    #[test]
    fn latency_is_exact_and_constant_signals_stay() {
        let mut impulse = vec![0.0; 300];
        impulse[150] = 1.0;
        let read = envelope(&impulse, 7);
        let highest = (0..300).max_by(|a, b| read[*a].total_cmp(&read[*b]));
        assert_eq!(highest, Some(150));
        assert!((read[150] - 1.0).abs() < 1e-12);
        assert!((envelope(&[0.5; 400], 64)[200] - 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_floor_changes_no_bit_above_it() {
        let signal = noise(4000);
        let whole = envelope(&signal, 4000);
        for floor in [0.5, 0.9, 1.3] {
            let mut out = vec![0.0; signal.len()];
            TruePeak::new().process_above(floor, &signal, &mut out);
            for (n, value) in out[LATENCY..].iter().enumerate() {
                let expected = if whole[n] > floor { whole[n] } else { 0.0 };
                assert_eq!(*value, expected);
            }
        }
    }

    #[test]
    fn what_is_not_a_number_reads_as_silence() {
        let mut signal = vec![0.1; 300];
        signal[100] = f64::NAN;
        signal[120] = f64::INFINITY;
        signal[140] = -f64::MAX;
        assert!(envelope(&signal, 33).iter().all(|value| value.is_finite()));
    }

    proptest! {
        #[test]
        fn any_block_size_gives_the_same_bits(block in 1usize..700) {
            let signal = noise(900);
            prop_assert_eq!(envelope(&signal, block), envelope(&signal, 900));
        }
    }
}
