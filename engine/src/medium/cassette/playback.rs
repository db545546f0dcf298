//! The cassette played back, for the ear alone: the tape bends what is recorded, hisses, and runs past a head that is
//! not quite in line at a speed that is not quite steady.
//!
//! Emphasis, bend and inverse emphasis are those of [`super::Tape`]; the bend works at four times the rate, and on the
//! difference that it makes, so that a soft programme keeps its band. Print-through, bias and dropouts are no part of it.

use std::f64::consts::PI;

use super::{Tape, TapeType};
use crate::audio::{Block, Through};
use crate::dsp::convolve::{Convolver, Shape};
use crate::dsp::delay::Delay;
use crate::dsp::fft::{Complex, RealFft};
use crate::dsp::oversample::{CHUNK, Oversampler};
use crate::medium::sway::{Leg, Sway, white};
use crate::medium::{MediumError, positive};
use crate::profile::Profile;
use crate::unit::{Db, Frames, Hertz, SampleRate, Seconds};

/// Length of the emphasis: long enough for the 3 dB between 50 and 100 Hz.
const KERNEL_S: f64 = 0.06;
/// At high rates it is held to this: the whole delay stays one that can be switched to.
const MOST_TAPS: usize = 5500;
/// Points of the design for each tap.
const DENSE: usize = 8;
/// Frames of a partition of the convolution: it is a hearing, its delay is told.
const PARTITION: usize = 512;
/// How often the slow and the quick part of the unsteadiness come, in Hz: a capstan's turn and a pinch roller's are near.
const WOW_HZ: f64 = 0.7;
const FLUTTER_HZ: f64 = 8.3;
/// So far the hiss rises above its turnover, as a factor: 3 dB an octave over three octaves.
const RISE: f64 = 2.8;

/// What of a playback is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Saturation, and with it the compression of the highs.
    pub tape: bool,
    /// Hiss.
    pub noise: bool,
    /// Wow, flutter, azimuth and what the head loses.
    pub deck: bool,
}

impl Parts {
    /// All of it.
    pub const ALL: Parts = Parts { tape: true, noise: true, deck: true };
    /// The tape's bend alone.
    pub const TAPE: Parts = Parts { tape: true, noise: false, deck: false };
}

/// A cassette deck for a programme at the delivered rate. Stereo; anything else passes as it is.
pub struct Playback {
    tape: Tape,
    parts: Parts,
    rate_hz: f64,
    record: Convolver,
    replay: Convolver,
    benders: [Oversampler; 2],
    straight: Delay,
    bent: [[f64; CHUNK]; 2],
    hiss: [Leg; 2],
    hiss_gain: f64,
    loss: [[Leg; 2]; 2],
    sway: Sway,
    /// Largest frames late of wow and of flutter, and between the channels.
    unsteady: [f64; 2],
    apart: f64,
    latency: usize,
    gain: f64,
}

impl Playback {
    /// A deck with `tape`, to which a digital full-scale sine of 400 Hz goes at `full_scale` against Dolby level; with
    /// `dolby` the hiss is what a matched decoder leaves of it. Allocates.
    ///
    /// # Errors
    /// A rate outside 32 to 768 kHz, or a number that the profile lacks.
    pub fn new(
        rate: SampleRate,
        tape: Tape,
        profile: &Profile,
        full_scale: Db,
        dolby: bool,
        parts: Parts,
    ) -> Result<Playback, MediumError> {
        if !(32_000..=768_000).contains(&rate.0) {
            return Err(MediumError::Rate(rate.0));
        }
        let (record, replay) = emphases(rate, &tape, full_scale);
        let stages = if rate.0 < 64_000 { 2 } else { 1 };
        let bender = Oversampler::new(rate.hz(), stages, 0);
        let straight = Delay::new(2, bender.latency());
        let (wow, flutter) = (positive(profile, "wow")?, positive(profile, "flutter")?);
        let late = |percent: f64, hz: f64| 0.01 * percent / (2.0 * PI * hz) * rate.hz();
        let deck = |value: f64| if parts.deck { value } else { 0.0 };
        let unsteady = [deck(late(wow, WOW_HZ)), deck(late(flutter, FLUTTER_HZ))];
        let apart = deck(positive(profile, "azimuth")? * 1e-6 * rate.hz());
        let sway = Sway::new(unsteady[0] + unsteady[1] + 0.5 * apart);
        let turnover = 1e-6 * positive(profile, &format!("hiss_turnover_{}", tape.tape.id()))?;
        let hiss = Leg::new(1.0, turnover, turnover / RISE, rate.hz());
        let decoded = if dolby { positive(profile, "dolby_gain")? } else { 0.0 };
        let noise = Db(tape.noise.0 - full_scale.0 - decoded);
        let corner = positive(profile, "head_loss")?.min(0.4 * rate.hz());
        let lost = Leg::new(1.0, 0.0, 1.0 / (2.0 * PI * corner), rate.hz());
        let latency = if parts.tape { record.1 + replay.1 + bender.latency() } else { 0 } + sway.latency();
        Ok(Playback {
            rate_hz: rate.hz(),
            record: record.0,
            replay: replay.0,
            benders: [bender.clone(), bender],
            straight,
            bent: [[0.0; CHUNK]; 2],
            hiss: [hiss; 2],
            hiss_gain: noise.amplitude() / weighted(hiss, rate),
            loss: [[lost; 2]; 2],
            sway,
            unsteady,
            apart,
            latency,
            tape,
            parts,
            gain: 1.0,
        })
    }

    /// The same deck, heard louder by `gain`: what brings it to the loudness of the programme.
    pub fn matched(self, gain: Db) -> Playback {
        Playback { gain: gain.amplitude(), ..self }
    }

    /// The tape that runs.
    pub fn tape(&self) -> TapeType {
        self.tape.tape
    }

    /// Frames from input to output.
    pub fn latency(&self) -> Frames {
        Frames(self.latency as u64)
    }

    /// Forgets all audio. Audio thread.
    pub fn reset(&mut self) {
        self.record.reset();
        self.replay.reset();
        self.benders.iter_mut().for_each(Oversampler::reset);
        self.straight.reset();
        self.hiss.iter_mut().for_each(Leg::reset);
        self.loss.iter_mut().flatten().for_each(Leg::reset);
        self.sway.reset();
    }

    /// Plays a block whose first frame is `from` of the pass, in place. The size of blocks changes nothing. Audio thread.
    pub fn play(&mut self, from: Frames, block: &mut Block) {
        if block.channels() != 2 {
            return;
        }
        for channel in 0..2 {
            let samples = block.channel_mut(channel).iter_mut();
            samples.filter(|sample| !sample.is_finite()).for_each(|sample| *sample = 0.0);
        }
        let frames = block.frames();
        if self.parts.tape {
            self.record.process(block, 0, frames);
            let mut start = 0;
            while start < frames {
                let count = CHUNK.min(frames - start);
                self.bend(start, count, block);
                start += count;
            }
            self.replay.process(block, 0, frames);
        }
        for place in 0..frames {
            self.run(from.0 + place as u64, place, block);
        }
    }

    /// What the tape adds at its magnetisation: bent less straight.
    fn bend(&mut self, start: usize, count: usize, block: &mut Block) {
        for (channel, bender) in self.benders.iter_mut().enumerate() {
            let high = bender.raise(&block.channel(channel)[start..start + count]);
            for sample in high.iter_mut() {
                *sample = self.tape.bend(*sample) - *sample;
            }
            bender.lower(&mut self.bent[channel][..count], false);
        }
        self.straight.process_part(block, start, count);
        for channel in 0..2 {
            let samples = &mut block.channel_mut(channel)[start..start + count];
            for (sample, bent) in samples.iter_mut().zip(&self.bent[channel]) {
                *sample += bent;
            }
        }
    }

    /// Hiss, head and transport.
    fn run(&mut self, frame: u64, place: usize, block: &mut Block) {
        let mut pair = [block.channel(0)[place], block.channel(1)[place]];
        for channel in 0..2 {
            if self.parts.noise {
                pair[channel] += self.hiss_gain * self.hiss[channel].next(white(frame, channel as u64));
            }
            if self.parts.deck {
                let [first, second] = &mut self.loss[channel];
                pair[channel] = second.next(first.next(pair[channel]));
            }
        }
        let late = if self.parts.deck { self.late(frame) } else { 0.0 };
        let given = self.sway.next(pair, [late - 0.5 * self.apart, late + 0.5 * self.apart]);
        block.channel_mut(0)[place] = self.gain * given[0];
        block.channel_mut(1)[place] = self.gain * given[1];
    }

    fn late(&self, frame: u64) -> f64 {
        let seconds = frame as f64 / self.rate_hz;
        let wave = |hz: f64| libm::sin(2.0 * PI * (hz * seconds).fract());
        self.unsteady[0] * wave(WOW_HZ) + self.unsteady[1] * wave(FLUTTER_HZ)
    }
}

impl Through for Playback {
    fn latency(&self) -> usize {
        Playback::latency(self).0 as usize
    }

    fn process(&mut self, block: &mut Block, at: Seconds) {
        self.play(Frames((at.0.max(0.0) * self.rate_hz).round() as u64), block);
    }

    fn reset(&mut self) {
        Playback::reset(self);
    }
}

/// The way to the tape, on which 1 is saturation at every frequency, and the way back, each with its delay in frames.
fn emphases(rate: SampleRate, tape: &Tape, full_scale: Db) -> ((Convolver, usize), (Convolver, usize)) {
    let taps = ((KERNEL_S * rate.hz()) as usize).min(MOST_TAPS) | 1;
    let mut fft = RealFft::new((DENSE * taps).next_power_of_two());
    let bins = fft.bins();
    let hz = |bin: usize| Hertz(bin as f64 * rate.hz() / fft.length() as f64);
    let wanted: Vec<f64> = (0..bins).map(|bin| Db(full_scale.0 - tape.saturation(hz(bin)).0).amplitude()).collect();
    let record = kernel(&mut fft, &wanted, taps);
    // The way back is the inverse of what the way there became when it was cut short.
    let mut padded = vec![0.0; fft.length()];
    for (place, tap) in record.iter().enumerate() {
        let at = (place + fft.length() - taps / 2) % fft.length();
        padded[at] = *tap;
    }
    let mut made = vec![Complex::new(0.0, 0.0); bins];
    fft.forward(&padded, &mut made);
    let inverse: Vec<f64> = made.iter().map(|value| 1.0 / value.re).collect();
    let replay = kernel(&mut fft, &inverse, taps);
    (convolver(&record), convolver(&replay))
}

/// Taps with a straight phase and this amplitude.
fn kernel(fft: &mut RealFft, amplitude: &[f64], taps: usize) -> Vec<f64> {
    let spectrum: Vec<Complex<f64>> = amplitude.iter().map(|value| Complex::new(*value, 0.0)).collect();
    let mut impulse = vec![0.0; fft.length()];
    fft.inverse(&spectrum, &mut impulse);
    let scale = 1.0 / fft.length() as f64;
    let tap = |place: usize| {
        let offset = place as f64 - (taps / 2) as f64;
        let window = 0.5 + 0.5 * libm::cos(PI * offset / (taps / 2 + 1) as f64);
        scale * window * impulse[(place + fft.length() - taps / 2) % fft.length()]
    };
    (0..taps).map(tap).collect()
}

fn convolver(kernel: &[f64]) -> (Convolver, usize) {
    let centre = kernel.len() / 2;
    let shape = Shape { channels: 2, taps: kernel.len(), partition: PARTITION, centre, sets: 1, crossed: false };
    let mut convolver = Convolver::new(shape);
    for (draft, tap) in convolver.draft(0, false).iter_mut().zip(kernel) {
        *draft = [*tap; 2];
    }
    convolver.commit(false);
    convolver.settle();
    let delay = convolver.delay() + centre;
    (convolver, delay)
}

/// A-weighted root mean square of white noise of mean square 1 behind a leg.
fn weighted(mut leg: Leg, rate: SampleRate) -> f64 {
    let mut fft = RealFft::new(8192);
    let impulse: Vec<f64> = (0..8192).map(|place| leg.next(if place == 0 { 1.0 } else { 0.0 })).collect();
    let mut spectrum = vec![Complex::new(0.0, 0.0); fft.bins()];
    fft.forward(&impulse, &mut spectrum);
    let power = |(bin, value): (usize, &Complex<f64>)| {
        value.norm_sqr() * a_weight(bin as f64 * rate.hz() / fft.length() as f64)
    };
    let sum: f64 = spectrum.iter().enumerate().map(power).sum();
    libm::sqrt(sum / spectrum.len() as f64)
}

/// The A curve as a factor of power (IEC 61672-1:2013, annex E).
fn a_weight(hz: f64) -> f64 {
    let square = hz * hz;
    let poles = (square + 20.598997 * 20.598997) * (square + 12_194.217 * 12_194.217);
    let middle = (square + 107.65265 * 107.65265) * (square + 737.86223 * 737.86223);
    let gain = 12_194.217 * 12_194.217 * square * square / (poles * libm::sqrt(middle));
    // 2.000 dB brings 1 kHz to nothing.
    gain * gain * 1.584_893_192_461_113_5
}

#[cfg(test)]
#[path = "playback/tests.rs"]
mod tests;
