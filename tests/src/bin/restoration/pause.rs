//! How far hum stands over the floor of the pauses, from the clean signal: not the detector's own arithmetic.

use lacquer_engine::dsp::fft::{Complex, RealFft};
use lacquer_engine::dsp::window::blackman_harris;

/// Samples of a spectrum: about 3 s at 44.1 kHz.
const LENGTH: usize = 1 << 17;
/// The floor is what stands beside a line: from where the window has ended to 2.5 Hz away.
const LOBE_BINS: usize = 4;
const FAR_HZ: f64 = 2.5;
/// The pauses are the softest fifth of the moments.
const SHARE: f64 = 0.2;
/// Harmonics that make it hum.
const HARMONICS: usize = 4;

/// By how many decibels the fourth strongest harmonic of a hum stands over the floor of the pauses; `heights` are the
/// amplitudes of the harmonics of `hertz`.
pub fn excess_db(clean: &[Vec<f64>], rate: f64, hertz: f64, heights: &[f64]) -> Option<f64> {
    let frames = clean.iter().map(Vec::len).min()?;
    let mut fft = RealFft::new(LENGTH);
    let window = blackman_harris(LENGTH);
    let line = window.iter().sum::<f64>() / 2.0;
    let per_bin = rate / LENGTH as f64;
    let mut floors: Vec<Vec<f64>> = vec![Vec::new(); heights.len()];
    let mut spectrum = vec![Complex::new(0.0, 0.0); fft.bins()];
    for start in (0..frames.checked_sub(LENGTH)?).step_by(LENGTH / 3) {
        let mono = |n: usize| clean.iter().map(|channel| channel[start + n]).sum::<f64>() / clean.len() as f64;
        let windowed: Vec<f64> = window.iter().enumerate().map(|(n, weight)| weight * mono(n)).collect();
        fft.forward(&windowed, &mut spectrum);
        for (k, floors) in floors.iter_mut().enumerate() {
            let centre = ((k + 1) as f64 * hertz / per_bin).round() as usize;
            let far = (FAR_HZ / per_bin) as usize;
            let beside = (centre.saturating_sub(far)..=centre + far).filter(|bin| bin.abs_diff(centre) > LOBE_BINS);
            let mut powers: Vec<f64> = beside.filter_map(|bin| spectrum.get(bin)).map(|bin| bin.norm_sqr()).collect();
            powers.sort_by(f64::total_cmp);
            floors.push(powers.get(powers.len() / 2).copied().unwrap_or(0.0));
        }
    }
    let excess = |(floors, height): (&mut Vec<f64>, &f64)| {
        floors.sort_by(f64::total_cmp);
        let floor = floors.get((SHARE * floors.len() as f64) as usize).copied().unwrap_or(0.0);
        20.0 * libm::log10(height * line) - 10.0 * libm::log10(floor.max(1e-30))
    };
    let mut excesses: Vec<f64> = floors.iter_mut().zip(heights).map(excess).collect();
    excesses.sort_by(f64::total_cmp);
    excesses.iter().rev().nth(HARMONICS - 1).copied()
}
