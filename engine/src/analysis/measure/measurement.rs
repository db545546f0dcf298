use serde::{Deserialize, Serialize};

use crate::analysis::dynamics::Dynamics;
use crate::analysis::loudness::Loudness;
use crate::analysis::stereo::Stereo;
use crate::analysis::true_peak::PeakTrack;
use crate::audio::Layout;
use crate::unit::{Db, Dbtp, Frames, Lu, Lufs, SampleRate, Seconds};

/// Points of the loudness history in a 3 s window: PSR is asked of whole windows only.
const WHOLE_WINDOW_POINTS: usize = 30;
/// True-peak steps (10 ms) between two points of the history.
const STEPS_PER_POINT: usize = 10;
/// True-peak steps in the 3 s window.
const STEPS_PER_WINDOW: usize = 300;
/// Windows softer than the absolute gate of BS.1770 are no programme.
const FLOOR: Lufs = Lufs(-70.0);
/// The share of windows under which the stated low PSR lies.
const LOW_SHARE: f64 = 0.05;

/// The figures of a signal. What does not exist is `None`; the serialised keys are the command line's contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Integrated loudness (BS.1770-5).
    pub integrated_lufs: Option<Lufs>,
    /// Loudest 400 ms.
    pub momentary_max_lufs: Option<Lufs>,
    /// Where those 400 ms end.
    pub momentary_max_at_s: Option<Seconds>,
    /// Loudest 3 s.
    pub short_term_max_lufs: Option<Lufs>,
    /// Where those 3 s end.
    pub short_term_max_at_s: Option<Seconds>,
    /// Loudness range (EBU Tech 3342).
    pub lra_lu: Option<Lu>,
    /// Highest true peak of all channels.
    pub true_peak_dbtp: Option<Dbtp>,
    /// Where it is.
    pub true_peak_at_s: Option<Seconds>,
    /// Each channel.
    pub channels: Vec<ChannelMeasurement>,
    /// Largest sample of all channels.
    pub sample_peak_dbfs: Option<Db>,
    /// Where it is.
    pub sample_peak_at_s: Option<Seconds>,
    /// True peak over integrated loudness.
    pub plr_db: Option<Db>,
    /// Lowest true peak over short-term loudness of any whole 3 s.
    pub psr_min_db: Option<Db>,
    /// Where those 3 s end.
    pub psr_min_at_s: Option<Seconds>,
    /// The value under which one 3 s window in twenty lies.
    pub psr_low_db: Option<Db>,
    /// Largest sample over mean level.
    pub crest_db: Option<Db>,
    /// DR: second highest peak over the level of the loudest fifth of 3 s blocks, mean of the channels.
    pub dr_db: Option<Db>,
    /// Mean level of all channels: a full-scale sine reads -3.01.
    pub rms_dbfs: Option<Db>,
    /// Constant offset of the worst channel, percent of full scale.
    pub dc_offset_percent: Option<f64>,
    /// Correlation of the first two channels over everything.
    pub correlation_mean: Option<f64>,
    /// Lowest correlation of any 600 ms above -70 dBFS.
    pub correlation_min: Option<f64>,
    /// Where those 600 ms end.
    pub correlation_min_at_s: Option<Seconds>,
    /// Right over left power.
    pub balance_db: Option<Db>,
    /// Share of the power in the side: 0 mono, 0.5 unrelated, 1 side only.
    pub width: Option<f64>,
    /// Side over mid.
    pub side_over_mid_db: Option<Db>,
    /// Change of level when left and right become one: 0 dB the same in both, -3.01 unrelated.
    pub mono_loss_db: Option<Db>,
    /// Whether left and right are the same, sample for sample.
    pub dual_mono: bool,
    /// Length.
    pub duration_s: Seconds,
    /// Length in frames.
    pub frames: Frames,
    /// Rate.
    pub sample_rate_hz: SampleRate,
    /// Bits the file claims, where it is a file.
    pub bits: Option<u32>,
    /// Whether every sample is zero.
    pub silent: bool,
    /// Stretches above the ceiling that was asked about, in all channels.
    pub overs: usize,
    /// Samples that are not numbers; they were read as zero.
    pub not_finite: u64,
}

/// The figures of one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelMeasurement {
    /// Its place: L, R, C ...
    pub label: String,
    /// Its true peak.
    pub true_peak_dbtp: Option<Dbtp>,
    /// Where that is.
    pub true_peak_at_s: Option<Seconds>,
    /// Its largest sample.
    pub sample_peak_dbfs: Option<Db>,
    /// Where that is.
    pub sample_peak_at_s: Option<Seconds>,
    /// Its mean level.
    pub rms_dbfs: Option<Db>,
    /// Its constant offset, percent of full scale.
    pub dc_offset_percent: Option<f64>,
    /// Stretches above the ceiling that was asked about.
    pub overs: usize,
}

pub(super) struct Parts<'a> {
    pub(super) layout: Layout,
    pub(super) rate: SampleRate,
    pub(super) bits: Option<u32>,
    pub(super) not_finite: u64,
    pub(super) loudness: &'a Loudness,
    pub(super) dynamics: &'a Dynamics,
    pub(super) stereo: &'a Stereo,
    pub(super) peaks: &'a PeakTrack,
}

pub(super) fn build(parts: Parts<'_>) -> Measurement {
    let Parts { rate, loudness, dynamics, stereo, peaks, .. } = parts;
    let (integrated, true_peak) = (loudness.integrated(), peaks.largest());
    let (momentary, short_term) = (loudness.momentary_max(), loudness.short_term_max());
    let (sample_peak, lowest) = (dynamics.largest_sample(), stereo.lowest_correlation());
    let mut psr = punch(loudness, peaks);
    let lowest_psr = psr.iter().copied().reduce(|low, next| if next.0 < low.0 { next } else { low });
    psr.sort_by(|a, b| a.0.total_cmp(&b.0));
    let low_psr = psr.get((psr.len().saturating_sub(1) as f64 * LOW_SHARE + 0.5) as usize);
    Measurement {
        integrated_lufs: integrated,
        momentary_max_lufs: momentary.map(|m| m.value),
        momentary_max_at_s: momentary.map(|m| m.at_seconds(rate)),
        short_term_max_lufs: short_term.map(|s| s.value),
        short_term_max_at_s: short_term.map(|s| s.at_seconds(rate)),
        lra_lu: loudness.range(),
        true_peak_dbtp: true_peak.map(|peak| peak.value),
        true_peak_at_s: true_peak.map(|peak| peak.at_seconds(rate)),
        channels: (0..parts.layout.channels()).map(|index| channel(&parts, index)).collect(),
        sample_peak_dbfs: sample_peak.map(|peak| peak.value),
        sample_peak_at_s: sample_peak.map(|peak| peak.at_seconds(rate)),
        plr_db: true_peak.zip(integrated).map(|(peak, loudness)| Db(peak.value.0 - loudness.0)),
        psr_min_db: lowest_psr.map(|(value, _)| Db(value)),
        psr_min_at_s: lowest_psr.map(|(_, point)| loudness.history_time(point).seconds(rate)),
        psr_low_db: low_psr.map(|(value, _)| Db(*value)),
        crest_db: dynamics.crest(),
        dr_db: dynamics.dr(),
        rms_dbfs: dynamics.rms_of_all(),
        dc_offset_percent: dynamics.worst_dc_offset_percent(),
        correlation_mean: stereo.correlation(),
        correlation_min: lowest.map(|lowest| lowest.value),
        correlation_min_at_s: lowest.map(|lowest| lowest.at_seconds(rate)),
        balance_db: stereo.balance(),
        width: stereo.width(),
        side_over_mid_db: stereo.side_over_mid(),
        mono_loss_db: stereo.mono_loss(),
        dual_mono: stereo.is_dual_mono(),
        duration_s: dynamics.frames().seconds(rate),
        frames: dynamics.frames(),
        sample_rate_hz: rate,
        bits: parts.bits,
        silent: sample_peak.is_none(),
        overs: peaks.channels().iter().map(|track| track.overs().len()).sum(),
        not_finite: parts.not_finite,
    }
}

fn channel(parts: &Parts<'_>, index: usize) -> ChannelMeasurement {
    let meter = parts.peaks.channels().get(index);
    let true_peak = meter.and_then(|meter| meter.largest());
    let sample_peak = parts.dynamics.sample_peak(index);
    ChannelMeasurement {
        label: parts.layout.label(index),
        true_peak_dbtp: true_peak.map(|peak| peak.value),
        true_peak_at_s: true_peak.map(|peak| peak.at_seconds(parts.rate)),
        sample_peak_dbfs: sample_peak.map(|peak| peak.value),
        sample_peak_at_s: sample_peak.map(|peak| peak.at_seconds(parts.rate)),
        rms_dbfs: parts.dynamics.rms(index),
        dc_offset_percent: parts.dynamics.dc_offset_percent(index),
        overs: meter.map_or(0, |meter| meter.overs().len()),
    }
}

/// True peak over short-term loudness of every whole 3 s window, with its point in the history.
fn punch(loudness: &Loudness, peaks: &PeakTrack) -> Vec<(f64, usize)> {
    let mut ratios = Vec::new();
    for (point, reading) in loudness.history().iter().enumerate().skip(WHOLE_WINDOW_POINTS - 1) {
        let Some(short_term) = reading.short_term.filter(|loudness| *loudness > FLOOR) else { continue };
        let end = (point + 1) * STEPS_PER_POINT;
        let peak = (end - STEPS_PER_WINDOW..end).map(|step| peaks.step(step)).fold(0.0, f64::max);
        if peak > 0.0 {
            ratios.push((Dbtp::from_amplitude(peak).0 - short_term.0, point));
        }
    }
    ratios
}
