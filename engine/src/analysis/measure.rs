//! Every measurement of a signal in one pass: blocks in, one [`Measurement`] out.
//!
//! Blocks are gathered into stretches; the true peaks of a long signal are measured on threads of their own beside
//! everything else, which changes no bit because no measure is split in time.

mod beside;
mod bytes;
mod measurement;

pub use bytes::MeasuredError;
pub use measurement::{ChannelMeasurement, Measurement};

use std::thread;

use super::dynamics::Dynamics;
use super::finite::{count, finite};
use super::loudness::{GatingBlocks, Loudness, LoudnessError, Reading, ShortTermBlocks};
use super::stereo::Stereo;
use super::true_peak::{Over, PeakTrack};
use crate::audio::{Block, Layout};
use crate::unit::{Dbtp, SampleRate};
use beside::Beside;

/// Frames measured at a time: two channels fit into a core's own cache, and handing them over costs nothing beside it.
const STRETCH_FRAMES: usize = 16_384;

/// A measurement under way. For workers.
pub struct Measurer {
    layout: Layout,
    rate: SampleRate,
    bits: Option<u32>,
    gathered: Block,
    loudness: Loudness,
    dynamics: Dynamics,
    stereo: Stereo,
    peaks: Peaks,
    not_finite: u64,
    /// Threads that may run beside this one.
    helpers: usize,
}

/// Where the true peaks are measured.
enum Peaks {
    /// On the thread that feeds: a signal of a single stretch, or a single core.
    Here(PeakTrack),
    /// On threads of their own.
    Beside(Beside),
    /// Between the two, and at the end.
    Nowhere,
}

/// What is known about a signal after one pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The figures.
    pub measurement: Measurement,
    /// For the loudness of several songs together.
    pub gating_blocks: GatingBlocks,
    /// For the range of several songs together.
    pub short_term_blocks: ShortTermBlocks,
    /// Momentary and short-term loudness every 100 ms.
    pub history: Vec<Reading>,
    /// The highest point of each 100 ms, linear, of all channels. Exact where it is the highest of 3 s around; elsewhere
    /// at least the largest sample.
    pub peaks: Vec<f64>,
    /// Where the true peak exceeds the ceiling that was asked about.
    pub overs: Vec<Over>,
}

impl Measurer {
    /// A measurement of a signal of a known layout and rate; `bits` is what its file claims. Overs are listed above
    /// 0 dBTP.
    pub fn new(layout: Layout, rate: SampleRate, bits: Option<u32>) -> Result<Measurer, LoudnessError> {
        let channels = layout.channels();
        Ok(Measurer {
            layout,
            rate,
            bits,
            loudness: Loudness::new(layout, rate)?,
            gathered: gathering(channels),
            dynamics: Dynamics::new(channels, rate),
            stereo: Stereo::new(rate),
            peaks: Peaks::Here(PeakTrack::new(channels, rate, Dbtp(0.0))),
            not_finite: 0,
            helpers: thread::available_parallelism().map_or(0, |cores| cores.get() - 1).min(channels),
        })
    }

    /// Lists overs above another ceiling. Before the first block.
    pub fn with_ceiling(mut self, ceiling: Dbtp) -> Measurer {
        self.peaks = Peaks::Here(PeakTrack::new(self.layout.channels(), self.rate, ceiling));
        self
    }

    /// Measures on the calling thread alone: where all cores have measurements of their own.
    pub fn alone(mut self) -> Measurer {
        self.helpers = 0;
        self
    }

    /// Measures the next block: as many channels as the layout has.
    pub fn process(&mut self, block: &Block) {
        let mut start = 0;
        while start < block.frames() {
            let held = self.gathered.frames();
            if held == STRETCH_FRAMES {
                self.measure();
                continue;
            }
            let frames = (STRETCH_FRAMES - held).min(block.frames() - start);
            self.gathered.set_frames(held + frames);
            self.gathered.copy_from(held, block, start, frames);
            start += frames;
        }
    }

    /// Ends the measurement.
    pub fn finish(mut self) -> Measured {
        self.measure_last();
        let mut peaks = match std::mem::replace(&mut self.peaks, Peaks::Nowhere) {
            Peaks::Here(track) => track,
            Peaks::Beside(beside) => beside.finish(),
            Peaks::Nowhere => PeakTrack::new(0, self.rate, Dbtp(0.0)),
        };
        peaks.finish();
        Measured {
            measurement: self.measurement(&peaks),
            gating_blocks: self.loudness.gating_blocks().clone(),
            short_term_blocks: self.loudness.short_term_blocks().clone(),
            history: self.loudness.history().to_vec(),
            peaks: peaks.history(),
            overs: peaks.overs(),
        }
    }

    /// Measures a full stretch that is not the last.
    fn measure(&mut self) {
        if self.helpers > 0
            && let Peaks::Here(_) = self.peaks
            && let Peaks::Here(track) = std::mem::replace(&mut self.peaks, Peaks::Nowhere)
        {
            self.peaks = match Beside::start(track, self.helpers) {
                Ok(beside) => Peaks::Beside(beside),
                Err(track) => Peaks::Here(track),
            };
        }
        self.measure_last();
    }

    fn measure_last(&mut self) {
        let mut gathered = std::mem::replace(&mut self.gathered, Block::new(0, 0));
        let broken = count(&gathered);
        if broken > 0 {
            self.not_finite += broken;
            gathered = finite(&gathered).into_owned();
        }
        let mut free = match &mut self.peaks {
            Peaks::Beside(beside) => {
                let (block, free) = beside.process(gathered);
                self.measure_others(&block);
                free.unwrap_or_else(|| gathering(self.layout.channels()))
            }
            Peaks::Here(track) => {
                track.process(&gathered);
                self.measure_others(&gathered);
                gathered
            }
            Peaks::Nowhere => gathered,
        };
        free.set_frames(0);
        self.gathered = free;
    }

    fn measure_others(&mut self, block: &Block) {
        self.loudness.process_finite(block);
        self.dynamics.process_finite(block);
        self.stereo.process_finite(block);
    }

    fn measurement(&self, peaks: &PeakTrack) -> Measurement {
        measurement::build(measurement::Parts {
            layout: self.layout,
            rate: self.rate,
            bits: self.bits,
            not_finite: self.not_finite,
            loudness: &self.loudness,
            dynamics: &self.dynamics,
            stereo: &self.stereo,
            peaks,
        })
    }
}

fn gathering(channels: usize) -> Block {
    let mut block = Block::new(channels, STRETCH_FRAMES);
    block.set_frames(0);
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Frames;

    fn measure(channels: &[Vec<f64>], rate: u32) -> Measured {
        let layout = Layout::of_channels(channels.len());
        let mut measurer = Measurer::new(layout, SampleRate(rate), Some(24)).unwrap();
        measurer.process(&Block::from_channels(channels));
        measurer.finish()
    }

    fn tone(seconds: f64) -> Vec<f64> {
        (0..(seconds * 48_000.0) as usize).map(|n| 0.1 * libm::sin(0.13 * n as f64)).collect()
    }

    #[test]
    fn the_keys_are_the_contract() {
        let value = serde_json::to_value(measure(&[tone(4.0), tone(4.0)], 48_000).measurement).unwrap();
        let contract = [
            "integrated_lufs",
            "momentary_max_lufs",
            "momentary_max_at_s",
            "short_term_max_lufs",
            "short_term_max_at_s",
            "lra_lu",
            "true_peak_dbtp",
            "true_peak_at_s",
            "channels",
            "sample_peak_dbfs",
            "plr_db",
            "psr_min_db",
            "crest_db",
            "rms_dbfs",
            "dc_offset_percent",
            "correlation_mean",
            "correlation_min",
            "balance_db",
            "duration_s",
            "frames",
            "sample_rate_hz",
            "bits",
            "silent",
        ];
        for key in contract {
            assert!(value.get(key).is_some_and(|found| !found.is_null()), "{key}");
        }
        assert_eq!(value["channels"][1]["label"], "R");
        assert_eq!((&value["bits"], &value["duration_s"]), (&24.into(), &4.0.into()));
        assert!((value["true_peak_dbtp"].as_f64().unwrap() + 20.0).abs() < 0.01);
        assert!((value["plr_db"].as_f64().unwrap()).abs() < 0.1);
    }

    #[test]
    fn silence_is_said_and_has_no_levels() {
        let value = serde_json::to_value(measure(&[vec![0.0; 96_000], vec![0.0; 96_000]], 48_000).measurement).unwrap();
        assert_eq!(value["silent"], true);
        for key in ["integrated_lufs", "true_peak_dbtp", "rms_dbfs", "plr_db", "correlation_mean", "momentary_max_lufs"]
        {
            assert!(value[key].is_null(), "{key}");
        }
        assert!(value["channels"][0]["true_peak_dbtp"].is_null());
    }

    #[test]
    fn nothing_at_all_is_measured_as_nothing() {
        let empty = measure(&[vec![]], 44_100).measurement;
        assert_eq!((empty.frames, empty.silent, empty.integrated_lufs), (Frames(0), true, None));
    }

    #[test]
    fn block_size_and_workers_do_not_matter() {
        let channels = [tone(3.5), tone(3.5).iter().rev().copied().collect()];
        let whole = measure(&channels, 48_000).measurement;
        for (size, helpers) in [(1000, 0), (70_000, 1), (333, 2)] {
            let mut measurer = Measurer::new(Layout::Stereo, SampleRate(48_000), Some(24)).unwrap();
            measurer.helpers = helpers;
            let source = Block::from_channels(&channels);
            for start in (0..source.frames()).step_by(size) {
                let frames = size.min(source.frames() - start);
                let mut block = Block::new(2, frames);
                block.copy_from(0, &source, start, frames);
                measurer.process(&block);
            }
            assert_eq!(measurer.finish().measurement, whole, "{size} {helpers}");
        }
    }

    #[test]
    fn a_sample_that_is_no_number_is_counted() {
        let mut broken = tone(1.0);
        broken[5] = f64::NAN;
        let measurement = measure(&[broken], 48_000).measurement;
        assert_eq!(measurement.not_finite, 1);
        assert!(measurement.true_peak_dbtp.is_some_and(|peak| peak.0 < -19.0));
    }
}
