//! What came out of a decoder, measured as a floating-point player and as a clamping one would hear it.

use serde::Serialize;

use crate::analysis::true_peak::TruePeaks;
use crate::audio::{Block, Layout};
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::window::hann;
use crate::source::{self, Reader};
use crate::unit::{Db, Dbtp, Frames, Hertz, SampleRate, Seconds};

/// Frames read at a time.
const BLOCK_FRAMES: usize = 8192;
/// Points of the transform that tells what was lost: 10.8 Hz apart at 44.1 kHz, enough for octaves from 63 Hz.
const NOISE_POINTS: usize = 4096;
/// Centres of the octave bands (IEC 61260-1, nominal).
const OCTAVES: [f64; 9] = [63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0];

/// A place above full scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OverPoint {
    /// When, on the original's clock.
    pub at_s: Seconds,
    /// The channel, counted from 0.
    pub channel: usize,
    /// Its highest point, decoded without clamping.
    pub peak_dbtp: Dbtp,
}

/// The decoded signal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decoded {
    /// Highest true peak, not clamped; `None` for silence.
    pub true_peak_dbtp: Option<Dbtp>,
    /// When, on the original's clock.
    pub true_peak_at_s: Option<Seconds>,
    /// In which channel, counted from 0.
    pub true_peak_channel: Option<usize>,
    /// Highest true peak of a player that clamps the decoder's samples at full scale.
    pub clamped_true_peak_dbtp: Option<Dbtp>,
    /// Samples such a player clamps.
    pub clamped_samples: u64,
    /// Every place above 0 dBTP, not clamped; events closer than 1 ms are one.
    pub overs: Vec<OverPoint>,
}

/// What is left of a signal in one octave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BandNoise {
    /// Centre of the octave.
    pub centre_hz: Hertz,
    /// Signal over difference; `None` where there is no signal or no difference.
    pub signal_to_difference_db: Option<Db>,
}

/// Measures a decoded sound that lies `lag` frames behind the original.
pub(super) fn decoded(reader: &mut dyn Reader, lag: i64) -> Result<Decoded, source::Error> {
    let (rate, channels) = (reader.rate(), reader.layout().channels());
    let full_scale = Dbtp(0.0);
    let mut free = TruePeaks::new(channels, rate, full_scale);
    let mut clamped = TruePeaks::new(channels, rate, full_scale);
    let mut clamped_samples = 0;
    let mut block = Block::new(channels, BLOCK_FRAMES);
    let mut place = 0;
    while place < reader.frames().0 {
        block.set_frames((reader.frames().0 - place).min(BLOCK_FRAMES as u64) as usize);
        reader.read(place, &mut block)?;
        free.process(&block);
        for channel in 0..channels {
            for sample in block.channel_mut(channel) {
                clamped_samples += u64::from(sample.abs() > 1.0);
                *sample = sample.clamp(-1.0, 1.0);
            }
        }
        clamped.process(&block);
        place += block.frames() as u64;
    }
    free.finish();
    clamped.finish();
    let largest = free.largest();
    let channel = largest.as_ref().and_then(|_| loudest(&free));
    Ok(Decoded {
        true_peak_dbtp: largest.as_ref().map(|largest| largest.value),
        true_peak_at_s: largest.as_ref().map(|largest| on_the_original(largest.at, lag, rate)),
        true_peak_channel: channel,
        clamped_true_peak_dbtp: clamped.largest().map(|largest| largest.value),
        clamped_samples,
        overs: free
            .overs()
            .iter()
            .map(|over| OverPoint {
                at_s: on_the_original(over.start, lag, rate),
                channel: over.channel,
                peak_dbtp: over.peak,
            })
            .collect(),
    })
}

fn loudest(peaks: &TruePeaks) -> Option<usize> {
    let level = |channel: &usize| peaks.channels()[*channel].largest().map_or(f64::NEG_INFINITY, |peak| peak.value.0);
    (0..peaks.channels().len()).max_by(|a, b| level(a).total_cmp(&level(b)))
}

fn on_the_original(at: Frames, lag: i64, rate: SampleRate) -> Seconds {
    Frames(at.0.saturating_add_signed(-lag)).seconds(rate)
}

/// The true peak of a sound.
pub(super) fn true_peak(reader: &mut dyn Reader) -> Result<Option<Dbtp>, source::Error> {
    let mut peaks = TruePeaks::new(reader.layout().channels(), reader.rate(), Dbtp(0.0));
    let mut block = Block::new(reader.layout().channels(), BLOCK_FRAMES);
    let mut place = 0;
    while place < reader.frames().0 {
        block.set_frames((reader.frames().0 - place).min(BLOCK_FRAMES as u64) as usize);
        reader.read(place, &mut block)?;
        peaks.process(&block);
        place += block.frames() as u64;
    }
    peaks.finish();
    Ok(peaks.largest().map(|largest| largest.value))
}

/// The sum of the channels from `start` on.
pub(super) fn mono(reader: &mut dyn Reader, start: u64, frames: usize) -> Result<Vec<f64>, source::Error> {
    let mut block = Block::new(reader.layout().channels(), frames);
    reader.read(start, &mut block)?;
    let mut sum = vec![0.0; frames];
    for channel in block.iter() {
        for (sum, sample) in sum.iter_mut().zip(channel) {
            *sum += sample;
        }
    }
    Ok(sum)
}

/// Octave by octave, how far the difference between original and decoded lies under the original.
pub(super) fn noise(
    original: &mut dyn Reader,
    decoded: &mut dyn Reader,
    lag: i64,
) -> Result<Vec<BandNoise>, source::Error> {
    let rate = original.rate();
    let channels = original.layout().channels().min(decoded.layout().channels());
    let mut bands = Bands::new(rate);
    let (mut a, mut b) = (Block::new(channels, NOISE_POINTS), Block::new(channels, NOISE_POINTS));
    let last = original.frames().0.saturating_sub(NOISE_POINTS as u64);
    // The first and last frames of a coder are its start and end, not its sound.
    for start in (NOISE_POINTS as u64..last).step_by(NOISE_POINTS) {
        original.read(start, &mut a)?;
        decoded.read(start.saturating_add_signed(lag), &mut b)?;
        for channel in 0..channels {
            bands.add(a.channel(channel), b.channel(channel));
        }
    }
    Ok(bands.levels())
}

struct Bands {
    fft: RealFft,
    window: Vec<f64>,
    frame: Vec<f64>,
    bins: Vec<Complex<f64>>,
    rate: SampleRate,
    signal: [f64; OCTAVES.len()],
    difference: [f64; OCTAVES.len()],
}

impl Bands {
    fn new(rate: SampleRate) -> Bands {
        Bands {
            fft: RealFft::new(NOISE_POINTS),
            window: hann(NOISE_POINTS),
            frame: vec![0.0; NOISE_POINTS],
            bins: vec![Complex::new(0.0, 0.0); NOISE_POINTS / 2 + 1],
            rate,
            signal: [0.0; OCTAVES.len()],
            difference: [0.0; OCTAVES.len()],
        }
    }

    fn add(&mut self, original: &[f64], decoded: &[f64]) {
        for (n, sample) in self.frame.iter_mut().enumerate() {
            *sample = original[n] * self.window[n];
        }
        Bands::sum(&mut self.fft, &self.frame, &mut self.bins, self.rate, &mut self.signal);
        for (n, sample) in self.frame.iter_mut().enumerate() {
            *sample = (decoded[n] - original[n]) * self.window[n];
        }
        Bands::sum(&mut self.fft, &self.frame, &mut self.bins, self.rate, &mut self.difference);
    }

    fn sum(fft: &mut RealFft, frame: &[f64], bins: &mut [Complex<f64>], rate: SampleRate, into: &mut [f64]) {
        fft.forward(frame, bins);
        for (k, bin) in bins.iter().enumerate() {
            let hertz = k as f64 * rate.hz() / NOISE_POINTS as f64;
            let inside = |centre: &&f64| {
                hertz >= **centre / std::f64::consts::SQRT_2 && hertz < **centre * std::f64::consts::SQRT_2
            };
            if let Some(band) = OCTAVES.iter().position(|centre| inside(&centre)) {
                into[band] += bin.norm_sqr();
            }
        }
    }

    fn levels(&self) -> Vec<BandNoise> {
        OCTAVES
            .iter()
            .enumerate()
            .map(|(band, centre)| {
                let (signal, difference) = (self.signal[band], self.difference[band]);
                let told = signal > 0.0 && difference > 0.0;
                let ratio = told.then(|| Db(10.0 * libm::log10(signal / difference)));
                BandNoise { centre_hz: Hertz(*centre), signal_to_difference_db: ratio }
            })
            .collect()
    }
}

/// Lossy tiers are mono or stereo.
pub(super) fn is_taken(layout: Layout) -> bool {
    layout.channels() <= 2
}
