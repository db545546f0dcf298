//! Spectral denoise: steady noise is turned down between and under the programme.
//!
//! Log-spectral amplitude estimation with a decision-directed signal-to-noise ratio (Ephraim and Malah 1985), the noise from a
//! learnt stretch or from minimum statistics (Martin 2001). Artefacts are limited three times: nothing is turned down by more
//! than the reduction, the gain of a bin follows its neighbours, and it does not fall faster than a hall.

mod floor;

use self::floor::{Adaptive, Floor};
use super::row::{choice, number};
use super::{Error, Job, Kind, Method, everywhere, scaled};
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::hann;
use crate::param::{Table, Unit};
use crate::unit::{Db, Seconds};

static TABLE: Table = Table {
    id: "denoise",
    name: "Denoise",
    doc: "Turns steady noise down. The noise is learnt from a stretch where it stands alone (`learn`), or followed.",
    version: 1,
    params: &[
        choice(
            "noise",
            "Noise",
            "Learnt from the stretch given, where there is one, or followed as it changes.",
            &["learned", "adaptive"],
        ),
        number("reduction", "Reduction", "Nothing is turned down by more.", Unit::Db, (0.0, 40.0), 12.0, 1),
        number(
            "sensitivity",
            "Sensitivity",
            "Raises what counts as noise; below 0 spares quiet programme.",
            Unit::Db,
            (-20.0, 20.0),
            0.0,
            1,
        ),
        number(
            "smoothing",
            "Smoothing",
            "How much a bin follows its neighbours.",
            Unit::Percent,
            (0.0, 100.0),
            50.0,
            0,
        ),
    ],
    groups: &[],
};

pub(super) const KIND: Kind = Kind { table: &TABLE, reach: everywhere, method: Method::Patch(compute) };

/// Window at 44.1 kHz: 46 ms.
const WINDOW: usize = 2048;
/// Windows overlap by three quarters.
const OVERLAP: usize = 4;
/// Share of the last frame in the ratio of signal to noise.
const DECISION: f64 = 0.98;
/// The least ratio of signal to noise: -25 dB.
const LEAST_RATIO: f64 = 0.003;
/// The largest ratio of what is heard to the noise that is told apart.
const MOST_RATIO: f64 = 1e4;
/// The least ratio of what is heard to the noise: below it the gain would rise again.
const LEAST_HEARD: f64 = 0.25;
/// A ratio of signal to noise at which a bin is the programme's.
const SPEAKS: f64 = 2.0;
/// A gain falls by at most this each frame (11.6 ms at 44.1 kHz): 60 dB in 0.7 s.
const FALL: f64 = 0.89;
/// Bins to either side that smoothing reaches at 100 %.
const SMOOTH_BINS: f64 = 6.0;
/// What an adaptive floor hears before the span begins.
const WARM: Seconds = Seconds(2.0);
/// Hops worked at a time.
const HOPS: usize = 64;
/// Soft edges of the span.
const EDGE: Seconds = Seconds(0.02);

fn compute(job: &mut Job<'_>) -> Result<(), Error> {
    let channels = job.task.channels.clone();
    for (index, channel) in channels.iter().enumerate() {
        let shares = (index as f64 / channels.len() as f64, 1.0 / channels.len() as f64);
        Denoiser::new(job, *channel)?.run(job, *channel, shares)?;
    }
    Ok(())
}

/// Spectra of one channel and what is done to them.
struct Denoiser {
    window: Vec<f64>,
    fft: RealFft,
    floor: Floor,
    lowest: f64,
    sensitivity: f64,
    smooth: usize,
    /// Power of the cleaned frame before, against its noise.
    before: Vec<f64>,
    gains: Vec<f64>,
}

impl Denoiser {
    fn new(job: &mut Job<'_>, channel: usize) -> Result<Denoiser, Error> {
        let length = scaled(WINDOW, job.rate()).next_power_of_two();
        let fft = RealFft::new(length);
        let (bins, values) = (fft.bins(), &job.task.values);
        let learned = job.task.learn.clone().filter(|_| values.choice("noise") == 0);
        let mut denoiser = Denoiser {
            window: hann(length).into_iter().map(|weight| (0.5 * weight).sqrt()).collect(),
            fft,
            floor: Floor::Fixed(Vec::new()),
            lowest: Db(-values.get("reduction")).amplitude(),
            sensitivity: libm::pow(10.0, 0.1 * values.get("sensitivity")),
            smooth: (0.01 * values.get("smoothing") * SMOOTH_BINS).round() as usize,
            before: vec![0.0; bins],
            gains: vec![1.0; bins],
        };
        match learned {
            Some(learn) => {
                let powers = denoiser.powers(job, channel, learn.start as i64, learn.end as i64)?;
                denoiser.floor = Floor::mean(&powers, bins);
            }
            None => {
                // What is before the span, or the span's own beginning where there is nothing before it.
                let warm = WARM.frames(job.rate()).0 as i64;
                let start = job.task.span.start as i64;
                let from = if start >= warm { start - warm } else { start };
                let powers = denoiser.powers(job, channel, from, from + warm)?;
                let mut adaptive = Adaptive::new(bins, job.rate().hz() / (length / OVERLAP) as f64);
                powers.iter().for_each(|power| adaptive.hear(power));
                denoiser.floor = Floor::Followed(adaptive);
            }
        }
        Ok(denoiser)
    }

    /// Power spectra of a stretch.
    fn powers(&mut self, job: &mut Job<'_>, channel: usize, from: i64, to: i64) -> Result<Vec<Vec<f64>>, Error> {
        let (length, mut powers) = (self.window.len(), Vec::new());
        let mut spectrum = vec![Complex::new(0.0, 0.0); self.fft.bins()];
        let mut place = from;
        while place + length as i64 <= to.min(job.source_frames() as i64) {
            let sound = job.read_channel(channel, place, length)?;
            self.transform(&sound, &mut spectrum);
            powers.push(spectrum.iter().map(|bin| bin.norm_sqr()).collect());
            place += (length / OVERLAP) as i64;
        }
        Ok(powers)
    }

    fn transform(&mut self, sound: &[f64], spectrum: &mut [Complex<f64>]) {
        let windowed: Vec<f64> = sound.iter().zip(&self.window).map(|(sample, weight)| sample * weight).collect();
        self.fft.forward(&windowed, spectrum);
    }

    fn run(&mut self, job: &mut Job<'_>, channel: usize, shares: (f64, f64)) -> Result<(), Error> {
        let (length, span) = (self.window.len(), job.task.span.clone());
        let hop = length / OVERLAP;
        let edge = EDGE.frames(job.rate()).0;
        let mut spectrum = vec![Complex::new(0.0, 0.0); self.fft.bins()];
        // Sums of the windows that overlap; the first hop of it is finished after each frame.
        let mut sums = vec![0.0; length];
        let mut frame = vec![0.0; length];
        let mut place = span.start as i64 - (length - hop) as i64;
        while place < span.end as i64 {
            let count = HOPS.min(((span.end as i64 - place) as usize).div_ceil(hop));
            let sound = job.read_channel(channel, place, (count - 1) * hop + length)?;
            let mut cleaned = Vec::with_capacity(count * hop);
            for index in 0..count {
                self.transform(&sound[index * hop..index * hop + length], &mut spectrum);
                self.clean(&mut spectrum);
                self.fft.inverse(&spectrum, &mut frame);
                for ((sum, sample), weight) in sums.iter_mut().zip(&frame).zip(&self.window) {
                    *sum += sample * weight / length as f64;
                }
                cleaned.extend_from_slice(&sums[..hop]);
                sums.copy_within(hop.., 0);
                sums[length - hop..].fill(0.0);
            }
            // What was finished begins where the first of these frames does.
            for (n, wet) in cleaned.iter_mut().enumerate() {
                let at = place + n as i64;
                if at >= span.start as i64 && at < span.end as i64 {
                    let dry = sound[n];
                    *wet = dry + job.weight(at as u64, edge) * (*wet - dry);
                }
            }
            job.write(channel, place, &cleaned)?;
            place += (count * hop) as i64;
            let done = (place - span.start as i64) as f64 / (span.end - span.start) as f64;
            job.step(shares.0 + shares.1 * done)?;
        }
        Ok(())
    }

    /// Turns the noise in a spectrum down.
    fn clean(&mut self, spectrum: &mut [Complex<f64>]) {
        let powers: Vec<f64> = spectrum.iter().map(|bin| bin.norm_sqr()).collect();
        let floor = self.floor.hear(&powers);
        let mut raw = vec![1.0; powers.len()];
        let mut ratios = vec![f64::INFINITY; powers.len()];
        for (bin, power) in powers.iter().enumerate() {
            let noise = self.sensitivity * floor.get(bin).copied().unwrap_or(0.0);
            if noise <= f64::MIN_POSITIVE {
                continue;
            }
            let heard = (power / noise).clamp(LEAST_HEARD, MOST_RATIO);
            let ratio = DECISION * self.before[bin] + (1.0 - DECISION) * (heard - 1.0).max(0.0);
            raw[bin] = amplitude(ratio.max(LEAST_RATIO), heard);
            ratios[bin] = ratio;
            self.before[bin] = raw[bin] * raw[bin] * heard;
        }
        for bin in 0..raw.len() {
            let near = bin.saturating_sub(self.smooth)..(bin + self.smooth + 1).min(raw.len());
            let mean = raw[near.clone()].iter().sum::<f64>() / near.len() as f64;
            // Where the programme speaks its own bin decides; where it does not, the neighbourhood: single bins that flicker
            // are the tinkling of spectral subtraction.
            let share = (ratios[bin] / SPEAKS).min(1.0);
            let gain = mean + share * (raw[bin] - mean);
            let gain = gain.max(self.lowest).min(1.0).max(FALL * self.gains[bin]);
            self.gains[bin] = gain;
            spectrum[bin] *= gain;
        }
    }
}

/// The gain that is best for the logarithm of the amplitude: Ephraim and Malah (1985), equation 20.
fn amplitude(ratio: f64, heard: f64) -> f64 {
    let share = ratio / (1.0 + ratio);
    let v = share * heard;
    (share * libm::exp(0.5 * exponential_integral(v))).min(1.0)
}

/// E1(v): Abramowitz and Stegun, 5.1.53 and 5.1.54.
fn exponential_integral(v: f64) -> f64 {
    if v < 1.0 {
        let v = v.max(1e-9);
        let series = [-0.577_215_66, 0.999_991_93, -0.249_910_55, 0.055_199_68, -0.009_760_04, 0.001_078_57];
        return series.iter().rev().fold(0.0, |sum, term| sum * v + term) - libm::log(v);
    }
    let above = v * v + 2.334_733 * v + 0.250_621;
    let below = v * v + 3.330_657 * v + 1.681_534;
    libm::exp(-v) / v * above / below
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Held, music, read, repaired, task};

    #[test]
    fn hiss_goes_down_and_the_programme_gains() {
        let frames = 44_100 * 5;
        let clean = music(frames).0.remove(0);
        let mut state = 9u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            0.02 * ((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0)
        };
        let music_from = 44_100;
        let programme = |n: usize| if n < music_from { 0.0 } else { clean[n] };
        let noisy = Held(vec![(0..frames).map(|n| programme(n) + noise()).collect()]);
        let error = |sound: &[f64], part: std::ops::Range<usize>| {
            let sum: f64 = part.clone().map(|n| (sound[n] - programme(n)) * (sound[n] - programme(n))).sum();
            10.0 * libm::log10(sum / part.len() as f64)
        };
        for values in [&[("noise", 0.0)][..], &[("noise", 1.0)][..]] {
            let mut denoise = task("denoise", 0..frames as u64, &[0], values);
            denoise.learn = Some(2_000..40_000);
            let out = read(&mut repaired(&noisy, &[denoise]), 8192);
            let [alone, under] = [10_000..40_000, 90_000..frames - 5_000];
            let gained = |part: std::ops::Range<usize>| error(&noisy.0[0], part.clone()) - error(&out[0], part);
            assert!(gained(alone.clone()) > 9.0, "{values:?} {}", gained(alone));
            // Tones that never pause are noise to a floor that is followed.
            let steady = values[0].1 == 1.0;
            assert!(steady || gained(under.clone()) > 5.0, "{values:?} {}", gained(under));
        }
    }
}
