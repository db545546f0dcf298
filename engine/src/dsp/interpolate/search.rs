use super::super::wide::{Work, widest};
use super::kernel::{CANDIDATE, INTERVALS, Kernel, LANES, REACH, SPAN, coarse_peaks, frame_peak, magnitude};

/// Frames looked at together; a multiple of `LANES`.
const BLOCK: usize = 64;
/// Frames of the doubled signal needed before and after a block.
const EDGE: usize = 4;
/// Samples needed before and after the frames that are asked about: 52.
pub const AROUND: usize = EDGE + REACH;
/// Keeps sums of absurd samples finite; far above anything that is sound.
const LOUDEST: f64 = 1e60;

/// The frames of a stretch whose true peak is above a floor: the values of [`super::TruePeak`], bit for bit, without the
/// work for what cannot be above it. For workers: a floor 9 dB above most of the sound leaves almost nothing to do.
#[derive(Debug, Clone)]
pub struct PeakSearch {
    kernel: Kernel,
    window: [f64; BLOCK + 2 * AROUND],
    doubled: [f64; 2 * (BLOCK + 2 * EDGE)],
}

impl Default for PeakSearch {
    fn default() -> PeakSearch {
        PeakSearch::new()
    }
}

impl PeakSearch {
    /// A search, ready.
    pub fn new() -> PeakSearch {
        PeakSearch { kernel: Kernel::new(), window: [0.0; BLOCK + 2 * AROUND], doubled: [0.0; 2 * (BLOCK + 2 * EDGE)] }
    }

    /// Tells `found` of every frame whose true peak (linear) is above `floor`, in order, counted from the first frame
    /// that has [`AROUND`] samples before it. `samples` are finite and hold as many more behind the last frame.
    pub fn above(&mut self, floor: f64, samples: &[f64], found: &mut impl FnMut(usize, f64)) {
        widest(Above { search: self, floor, samples, found });
    }

    #[inline(always)]
    fn all(&mut self, floor: f64, samples: &[f64], found: &mut impl FnMut(usize, f64)) {
        let frames = samples.len().saturating_sub(2 * AROUND);
        for start in (0..frames).step_by(BLOCK) {
            let count = BLOCK.min(frames - start);
            let there = &samples[start..(start + count + 2 * AROUND)];
            if magnitude(there) * self.kernel.gain_both / CANDIDATE > floor {
                self.window[there.len()..].fill(0.0);
                for (place, sample) in self.window.iter_mut().zip(there) {
                    *place = sample.clamp(-LOUDEST, LOUDEST);
                }
                self.block(floor, start, count, found);
            }
        }
    }

    #[inline(always)]
    fn block(&mut self, floor: f64, start: usize, count: usize, found: &mut impl FnMut(usize, f64)) {
        let mut between = [0.0; LANES];
        for first in (0..(count + 2 * EDGE).next_multiple_of(LANES)).step_by(LANES) {
            // Frame `first` of the doubled signal is `EDGE` before the block's first, which is window[REACH + first].
            self.kernel.double(&self.window[first + 1..first + 2 * REACH + LANES], &mut between);
            for k in 0..LANES {
                self.doubled[2 * (first + k)] = self.window[REACH + first + k];
                self.doubled[2 * (first + k) + 1] = between[k];
            }
        }
        for first in (0..count).step_by(LANES) {
            // Frame `first` of the block is doubled[2 * (EDGE + first)]; the intervals begin two before it, the taps
            // five more.
            let span = &self.doubled[2 * (EDGE + first) - 7..2 * (EDGE + first) - 7 + SPAN];
            if magnitude(span) * self.kernel.gain_two / CANDIDATE > floor {
                self.lanes(floor, span, start + first, LANES.min(count - first), found);
            }
        }
    }

    #[inline(always)]
    fn lanes(&self, floor: f64, span: &[f64], frame: usize, frames: usize, found: &mut impl FnMut(usize, f64)) {
        let mut inside = [[0.0; 3]; INTERVALS];
        let mut coarse = [0.0; LANES];
        self.kernel.quadruple(span, &mut inside);
        coarse_peaks(span, &inside, &mut coarse);
        for lane in (0..frames).filter(|lane| coarse[*lane] > CANDIDATE * floor) {
            let peak = frame_peak(span, &inside, lane, coarse[lane]);
            if peak > floor {
                found(frame + lane, peak);
            }
        }
    }
}

struct Above<'a, F> {
    search: &'a mut PeakSearch,
    floor: f64,
    samples: &'a [f64],
    found: &'a mut F,
}

impl<F: FnMut(usize, f64)> Work for Above<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.search.all(self.floor, self.samples, self.found);
    }
}

#[cfg(test)]
mod tests {
    use super::super::TruePeak;
    use super::*;

    #[test]
    fn finds_the_frames_of_the_streaming_envelope_with_the_same_bits() {
        let mut state = 3u64;
        let signal: Vec<f64> = (0..5_003)
            .map(|n| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * libm::sin(n as f64 * 0.002)
            })
            .collect();
        let mut padded = vec![0.0; AROUND];
        padded.extend(&signal);
        padded.extend([0.0; AROUND]);
        let mut detector = TruePeak::new();
        let mut fed = signal.clone();
        fed.extend(vec![0.0; detector.latency()]);
        let mut envelope = vec![0.0; fed.len()];
        detector.process(&fed, &mut envelope);
        let envelope = &envelope[detector.latency()..];
        for floor in [0.0, 0.3, 0.9, 1.2, 9.0] {
            let mut found = vec![0.0; signal.len()];
            PeakSearch::new().above(floor, &padded, &mut |frame, value| found[frame] = value);
            for (frame, value) in envelope.iter().enumerate() {
                assert_eq!(found[frame], if *value > floor { *value } else { 0.0 }, "{frame} above {floor}");
            }
        }
    }

    #[test]
    fn too_few_samples_are_no_frames() {
        PeakSearch::new().above(0.0, &[1.0; 2 * AROUND], &mut |_, _| panic!("there is no frame"));
        PeakSearch::new().above(0.0, &[], &mut |_, _| panic!("there is no frame"));
    }
}
