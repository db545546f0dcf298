//! Sample peak, root mean square, crest factor, DR and constant offset of each channel.
//!
//! Root mean square is the plain one: a full-scale sine reads -3.01 dBFS (AES17 would add 3.01).

mod range;

use super::finite::finite;
use super::{Extreme, keep_largest};
use crate::audio::Block;
use crate::unit::{Db, Frames, SampleRate};
use range::Range;

/// Running sums of one channel.
#[derive(Debug, Clone)]
struct Sums {
    sum: f64,
    power: f64,
    peak: Option<Extreme<f64>>,
    range: Range,
}

/// Levels of a signal, fed with blocks in order.
#[derive(Debug, Clone)]
pub struct Dynamics {
    channels: Vec<Sums>,
    rate: SampleRate,
    frames: u64,
}

impl Dynamics {
    /// A measurement of `channels` channels at a rate.
    pub fn new(channels: usize, rate: SampleRate) -> Dynamics {
        let sums = Sums { sum: 0.0, power: 0.0, peak: None, range: Range::new(rate) };
        Dynamics { channels: vec![sums; channels], rate, frames: 0 }
    }

    /// Measures the next block.
    pub fn process(&mut self, block: &Block) {
        self.process_finite(&finite(block));
    }

    /// The same for a block that is known to be finite.
    pub(super) fn process_finite(&mut self, block: &Block) {
        for (sums, samples) in self.channels.iter_mut().zip(block.iter()) {
            sums.add(samples, self.frames);
        }
        self.frames += block.frames() as u64;
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = Dynamics::new(self.channels.len(), self.rate);
    }

    /// The largest sample of a channel by magnitude, and its first place; `None` for digital silence.
    pub fn sample_peak(&self, channel: usize) -> Option<Extreme<Db>> {
        let peak = self.channels.get(channel)?.peak?;
        Some(Extreme { value: Db::from_amplitude(peak.value), at: peak.at })
    }

    /// The largest sample of all channels; `None` for digital silence.
    pub fn largest_sample(&self) -> Option<Extreme<Db>> {
        let mut best = None;
        for peak in self.channels.iter().filter_map(|sums| sums.peak) {
            keep_largest(&mut best, peak.value, peak.at.0);
        }
        best.map(|peak| Extreme { value: Db::from_amplitude(peak.value), at: peak.at })
    }

    /// Level of a channel in dBFS; `None` for digital silence.
    pub fn rms(&self, channel: usize) -> Option<Db> {
        self.channels.get(channel).and_then(|sums| self.level(sums.power))
    }

    /// Level of the mean power of all channels in dBFS; `None` for digital silence.
    pub fn rms_of_all(&self) -> Option<Db> {
        let power: f64 = self.channels.iter().map(|sums| sums.power).sum();
        self.level(power / self.channels.len().max(1) as f64)
    }

    /// Largest sample over mean level, all channels; `None` for digital silence.
    pub fn crest(&self) -> Option<Db> {
        Some(Db(self.largest_sample()?.value.0 - self.rms_of_all()?.0))
    }

    /// DR: second highest peak of 3 s blocks over the level of the loudest fifth of them, the mean of all channels that
    /// are not silent. Its inventors round it to a whole number.
    pub fn dr(&self) -> Option<Db> {
        let values: Vec<f64> = self.channels.iter().filter_map(|sums| sums.range.value()).map(|db| db.0).collect();
        (!values.is_empty()).then(|| Db(values.iter().sum::<f64>() / values.len() as f64))
    }

    /// Constant offset of a channel in percent of full scale; `None` where nothing was measured.
    pub fn dc_offset_percent(&self, channel: usize) -> Option<f64> {
        let sums = self.channels.get(channel)?;
        (self.frames > 0).then(|| 100.0 * sums.sum / self.frames as f64)
    }

    /// The offset of the channel that has the largest one.
    pub fn worst_dc_offset_percent(&self) -> Option<f64> {
        let offsets = (0..self.channels.len()).filter_map(|channel| self.dc_offset_percent(channel));
        offsets.reduce(|worst, offset| if offset.abs() > worst.abs() { offset } else { worst })
    }

    /// Frames measured.
    pub fn frames(&self) -> Frames {
        Frames(self.frames)
    }

    fn level(&self, power: f64) -> Option<Db> {
        (power > 0.0).then(|| Db(10.0 * libm::log10(power / self.frames as f64)))
    }
}

impl Sums {
    /// Parts end with the blocks of the DR, so that nothing depends on how the audio is cut.
    fn add(&mut self, mut samples: &[f64], mut start: u64) {
        while !samples.is_empty() {
            let (now, later) = samples.split_at((self.range.room() as usize).min(samples.len()));
            let (power, largest) = self.add_part(now);
            self.range.add(now.len() as u64, power, largest);
            if largest > self.peak.map_or(0.0, |peak| peak.value) {
                let place = now.iter().position(|sample| sample.abs() == largest).unwrap_or(0);
                self.peak = Some(Extreme { value: largest, at: Frames(start + place as u64) });
            }
            start += now.len() as u64;
            samples = later;
        }
    }

    fn add_part(&mut self, samples: &[f64]) -> (f64, f64) {
        let (mut largest, before) = (0.0f64, self.power);
        for &sample in samples {
            self.sum += sample;
            self.power += sample * sample;
            let size = sample.abs();
            largest = if size > largest { size } else { largest };
        }
        (self.power - before, largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_frames_read_like_arithmetic() {
        let mut dynamics = Dynamics::new(2, SampleRate(1_000));
        dynamics.process(&Block::from_channels(&[vec![0.5, -1.0, 0.5], vec![0.25, 0.25, 0.25]]));
        assert_eq!(dynamics.sample_peak(0), Some(Extreme { value: Db(0.0), at: Frames(1) }));
        assert_eq!(dynamics.dc_offset_percent(1), Some(25.0));
        assert_eq!(dynamics.worst_dc_offset_percent(), Some(25.0));
        assert!((dynamics.rms(0).unwrap().0 - 10.0 * libm::log10(0.5)).abs() < 1e-12);
        assert!((dynamics.crest().unwrap().0 - 10.0 * libm::log10(2.0 / (0.5 + 0.0625))).abs() < 1e-12);
    }

    #[test]
    fn silence_has_no_level() {
        let mut dynamics = Dynamics::new(1, SampleRate(1_000));
        assert_eq!((dynamics.dc_offset_percent(0), dynamics.rms(0)), (None, None));
        dynamics.process(&Block::new(1, 10));
        assert_eq!((dynamics.rms_of_all(), dynamics.crest(), dynamics.largest_sample()), (None, None, None));
        assert_eq!(dynamics.dc_offset_percent(0), Some(0.0));
    }

    #[test]
    fn the_first_of_equal_peaks_counts_and_blocks_do_not_matter() {
        let whole = Block::from_channels(&[vec![0.1, 0.5, -0.5, 0.2]]);
        let mut dynamics = Dynamics::new(1, SampleRate(1_000));
        let mut one = Block::new(1, 1);
        for frame in 0..4 {
            one.copy_from(0, &whole, frame, 1);
            dynamics.process(&one);
        }
        assert_eq!(dynamics.sample_peak(0).unwrap().at, Frames(1));
        let mut at_once = Dynamics::new(1, SampleRate(1_000));
        at_once.process(&whole);
        assert_eq!(at_once.rms(0), dynamics.rms(0));
    }
}
