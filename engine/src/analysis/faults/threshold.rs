//! What the detectors look for, from a profile of quality control.

use crate::profile::{Outcome, Profile};
use crate::unit::{Db, Dbtp, Hertz, Seconds};

/// What the detectors look for. A pair is the milder and the harder limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// True peaks above this are findings.
    pub true_peak: Dbtp,
    /// Equal largest samples in a row above this many are a clipped run.
    pub clip_run_warn: f64,
    /// And above this many cannot be delivered.
    pub clip_run_fail: f64,
    /// Constant offset in percent of full scale.
    pub dc_offset_percent: f64,
    /// Peaks below this are silence.
    pub silence_level: Db,
    /// Longest silence before the first sound.
    pub silence_head: (Seconds, Seconds),
    /// Longest silence after the last sound.
    pub silence_tail: (Seconds, Seconds),
    /// Longest silence in between.
    pub silence_inside: Seconds,
    /// First and last sample louder than this are cut off.
    pub edge_level: Db,
    /// Shortest digital mute that is looked for.
    pub dropout: Seconds,
    /// Dips of a tape surer than this are findings, 0 to 1.
    pub dip: f64,
    /// Clicks surer than this are findings, 0 to 1.
    pub click: f64,
    /// Single clicks that make a crackle, within half a second.
    pub crackle: f64,
    /// Splices surer than this are findings, 0 to 1.
    pub splice: f64,
    /// One channel against the other, away from the programme's own balance.
    pub imbalance: Db,
    /// One channel behind the other.
    pub delay: Seconds,
    /// Stretches that correlate less than this are out of phase.
    pub phase: f64,
    /// The same below 150 Hz.
    pub low_phase: f64,
    /// Harmonics of the mains above the floor of the pauses.
    pub hum: Db,
    /// Step of the background.
    pub noise_floor: Db,
    /// Rise of the harmonics.
    pub distortion: Db,
    /// Lossy encoding surer than this is a finding, 0 to 1.
    pub lossy_origin: f64,
    /// Conversion from a lower rate surer than this is a finding, 0 to 1.
    pub upsampled: f64,
}

/// Below this the ear hears mono (and a cutting head moves vertically): what `low_phase` is about.
pub const LOW_BAND: Hertz = Hertz(150.0);

impl Thresholds {
    /// The thresholds a profile sets; what it does not mention stays as in the shipped `qc-normal`.
    pub fn from_profile(profile: &Profile) -> Thresholds {
        let of = |check: &str, result: Outcome, otherwise: f64| {
            let limit = profile.limits(check).find(|limit| limit.result == result).and_then(|limit| limit.value);
            limit.unwrap_or(otherwise)
        };
        let warn = |check: &str, otherwise: f64| of(check, Outcome::Warn, otherwise);
        let fail = |check: &str, otherwise: f64| of(check, Outcome::Fail, otherwise);
        // Provenance is worth knowing and stops nothing: any result is taken.
        let any = |check: &str, otherwise: f64| profile.value(check).unwrap_or(otherwise);
        Thresholds {
            true_peak: Dbtp(warn("true_peak", 0.0)),
            clip_run_warn: warn("clip_run", 2.0),
            clip_run_fail: fail("clip_run", 9.0),
            dc_offset_percent: warn("dc_offset", 0.1),
            silence_level: Db(any("silence_level", -60.0)),
            silence_head: (Seconds(warn("silence_head", 1.0)), Seconds(fail("silence_head", 10.0))),
            silence_tail: (Seconds(warn("silence_tail", 5.0)), Seconds(fail("silence_tail", 10.0))),
            silence_inside: Seconds(warn("silence_inside", 2.0)),
            edge_level: Db(warn("edge_level", -60.0)),
            dropout: Seconds(warn("dropout", 0.3) / 1000.0),
            dip: any("dip", 0.5),
            click: warn("click", 0.95),
            crackle: any("crackle", 8.0),
            splice: any("splice", 0.96),
            imbalance: Db(any("imbalance", 2.0)),
            delay: Seconds(any("delay", 0.1) / 1000.0),
            phase: any("phase", -0.5),
            low_phase: any("low_phase", -0.5),
            hum: Db(any("hum", 10.0)),
            noise_floor: Db(any("noise_floor", 6.0)),
            distortion: Db(any("distortion", 12.0)),
            lossy_origin: any("lossy_origin", 0.5),
            upsampled: any("upsampled", 0.5),
        }
    }
}
