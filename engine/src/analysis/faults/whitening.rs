//! Short-time linear prediction: what remains of a stretch when all that its neighbours predict is taken away.
//!
//! Autocorrelation method with Levinson's recursion (Makhoul 1975) on overlapping Hann frames.

/// Order of the predictor: about 0.7 ms at 44.1 kHz, the resonances of instruments and room.
pub(super) const ORDER: usize = 32;
/// The prediction filter: 1, then the negated predictor.
pub(super) type Predictor = [f64; ORDER + 1];

/// Outputs worked together; each has its own order of additions, so the width changes no bit.
const LANES: usize = 8;
/// Lags worked together.
const LAGS: usize = 12;
/// Loads the diagonal just enough for signals that are predicted exactly.
const LOAD: f64 = 1.0 + 1e-9;
/// Power (mean square) under which a frame is silence.
const SILENCE: f64 = 1e-20;

/// `out[i]` is the sum of `taps[k] * source[i + k]`.
pub(super) fn slide(taps: &[f64], source: &[f64], out: &mut [f64]) {
    let mut start = 0;
    while start < out.len() {
        let lanes = LANES.min(out.len() - start);
        let mut sums = [0.0; LANES];
        if lanes == LANES {
            for (k, tap) in taps.iter().enumerate() {
                let row = &source[start + k..start + k + LANES];
                for lane in 0..LANES {
                    sums[lane] += tap * row[lane];
                }
            }
        } else {
            for (k, tap) in taps.iter().enumerate() {
                for lane in 0..lanes {
                    sums[lane] += tap * source[start + k + lane];
                }
            }
        }
        out[start..start + lanes].copy_from_slice(&sums[..lanes]);
        start += lanes;
    }
}

/// The predictor of a windowed frame; the identity for silence.
pub(super) fn predictor(windowed: &[f64]) -> Predictor {
    let mut correlation = autocorrelation(windowed);
    if correlation[0] <= SILENCE * windowed.len() as f64 {
        return identity();
    }
    correlation[0] *= LOAD;
    levinson(&correlation)
}

fn identity() -> Predictor {
    let mut filter = [0.0; ORDER + 1];
    filter[0] = 1.0;
    filter
}

fn autocorrelation(samples: &[f64]) -> Predictor {
    let mut padded = samples.to_vec();
    padded.resize(samples.len() + 3 * LAGS, 0.0);
    let mut lags = [0.0; 3 * LAGS];
    for (group, lags) in lags.chunks_exact_mut(LAGS).enumerate() {
        let mut sums = [0.0; LAGS];
        for (n, sample) in samples.iter().enumerate() {
            let row = &padded[n + group * LAGS..n + (group + 1) * LAGS];
            for lag in 0..LAGS {
                sums[lag] += sample * row[lag];
            }
        }
        lags.copy_from_slice(&sums);
    }
    std::array::from_fn(|lag| lags[lag])
}

fn levinson(correlation: &Predictor) -> Predictor {
    let mut filter = identity();
    let mut error = correlation[0];
    for order in 1..=ORDER {
        let sum: f64 = (0..order).map(|k| filter[k] * correlation[order - k]).sum();
        let reflection = -sum / error;
        let previous = filter;
        for k in 1..=order {
            filter[k] = previous[k] + reflection * previous[order - k];
        }
        error *= 1.0 - reflection * reflection;
        if error <= 0.0 {
            return previous;
        }
    }
    filter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliding_sums_are_arithmetic() {
        let mut out = [0.0; 3];
        slide(&[1.0, 10.0], &[1.0, 2.0, 3.0, 4.0], &mut out);
        assert_eq!(out, [21.0, 32.0, 43.0]);
    }

    #[test]
    fn a_resonance_is_predicted() {
        let mut signal = vec![1.0, 1.5];
        for n in 2..2000 {
            signal.push(1.5 * signal[n - 1] - 0.9 * signal[n - 2] + if n % 97 == 0 { 1.0 } else { 0.0 });
        }
        let filter = predictor(&signal);
        assert!((filter[1] + 1.5).abs() < 0.05 && (filter[2] - 0.9).abs() < 0.05, "{:?}", &filter[..3]);
        assert_eq!(predictor(&[0.0; 100]), identity());
    }
}
