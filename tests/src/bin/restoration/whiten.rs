//! The detectability of something added to music, from its clean signal: not the detector's own arithmetic.

const ORDER: usize = 32;
/// Samples of programme that are modelled, the fault in the middle.
const FRAME: usize = 4096;
/// Samples around the fault in its scale.
const NEAR: usize = 551;

/// d' in decibels of `fault` added at `start` of `clean`.
pub fn detectability_db(clean: &[f64], fault: &[f64], start: usize) -> f64 {
    let centre = start + fault.len() / 2;
    let from = centre.saturating_sub(FRAME / 2).min(clean.len().saturating_sub(FRAME));
    let frame = &clean[from..(from + FRAME).min(clean.len())];
    let filter = predictor(frame);
    let whitened = |signal: &[f64], n: usize| {
        let taps = filter.iter().enumerate().take(n + 1).filter(|(k, _)| n - k < signal.len());
        taps.map(|(k, tap)| tap * signal[n - k]).sum::<f64>()
    };
    let energy: f64 = (0..fault.len() + ORDER).map(|n| whitened(fault, n)).map(|e| e * e).sum();
    let place = centre - from;
    let near = place.saturating_sub(NEAR).max(ORDER)..(place + NEAR).min(frame.len());
    let mut sizes: Vec<f64> = near.map(|n| whitened(frame, n).abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let sigma = 1.4826 * sizes.get(sizes.len() / 2).copied().unwrap_or(0.0).max(1e-7);
    10.0 * libm::log10((energy / (sigma * sigma)).max(1e-12))
}

/// The prediction filter of a Hann-windowed frame by Levinson's recursion (Makhoul 1975).
fn predictor(frame: &[f64]) -> [f64; ORDER + 1] {
    let length = frame.len() as f64;
    let hann = |n: usize| 0.5 - 0.5 * libm::cos(std::f64::consts::TAU * (n as f64 + 0.5) / length);
    let windowed: Vec<f64> = frame.iter().enumerate().map(|(n, x)| x * hann(n)).collect();
    let lag = |k: usize| windowed.iter().zip(windowed.iter().skip(k)).map(|(a, b)| a * b).sum::<f64>();
    let correlation: Vec<f64> = (0..=ORDER).map(lag).collect();
    let mut filter = [0.0; ORDER + 1];
    filter[0] = 1.0;
    let mut error = correlation[0] * (1.0 + 1e-9) + 1e-15;
    for order in 1..=ORDER {
        let sum: f64 = (0..order).map(|k| filter[k] * correlation[order - k]).sum();
        let reflection = -sum / error;
        let previous = filter;
        for k in 1..=order {
            filter[k] = previous[k] + reflection * previous[order - k];
        }
        error = (error * (1.0 - reflection * reflection)).max(1e-15);
    }
    filter
}
