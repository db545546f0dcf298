//! Quality control: measurements and metadata against profiles, verdicts out.
//!
//! A check never changes anything and never fails loudness: normalisation is playback gain.

pub mod album;
pub mod close_up;
pub mod disc;
pub mod identifier;
pub mod inspect;
pub mod ledger;
pub mod outlier;
pub mod tape;

use crate::analysis::measure::Measurement;
use crate::analysis::verdict::{Bound, Outcome, Verdict};
use crate::profile::{Limit, Profile};

/// Every check of a profile that a measurement can answer, in the order of the profile; of several limits of one
/// check the hardest that is broken counts, else the first.
pub fn judge(measurement: &Measurement, profile: &Profile) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for limit in &profile.limits {
        if seen.contains(&limit.check.as_str()) {
            continue;
        }
        seen.push(&limit.check);
        if let Some(measured) = answer(&limit.check, measurement, profile) {
            verdicts.push(strictest(&limit.check, measured, profile));
        }
    }
    verdicts.extend(told(measurement, profile));
    verdicts
}

/// One check of a profile against a measured value (`None`: it does not exist, as the true peak of silence).
pub fn strictest(check: &str, measured: Option<f64>, profile: &Profile) -> Verdict {
    let broken = |limit: &&Limit| measured.is_some_and(|value| !limit.holds(value));
    let hardest = profile.limits(check).filter(broken).max_by_key(|limit| limit.result);
    match hardest.or_else(|| profile.limits(check).next()) {
        Some(limit) => against(limit, measured, profile),
        None => Verdict::stated(check, Outcome::Pass, &profile.id, "this profile sets no limit"),
    }
}

fn against(limit: &Limit, measured: Option<f64>, profile: &Profile) -> Verdict {
    let keeps = measured.is_none_or(|value| limit.holds(value));
    let mut verdict = Verdict::stated(&limit.check, if keeps { Outcome::Pass } else { limit.result }, &profile.id, "");
    verdict.measured = measured;
    verdict.limit = limit.nearest(measured.unwrap_or(0.0));
    verdict.unit = limit.unit.clone();
    verdict.bound = limit.bound;
    verdict.remark = (!keeps).then(|| format!("{} ({})", limit.source, limit.date));
    verdict
}

/// What a measurement says about a check: `None` where it cannot answer it at all.
fn answer(check: &str, measurement: &Measurement, profile: &Profile) -> Option<Option<f64>> {
    let value = match check {
        "true_peak" => measurement.true_peak_dbtp.map(|peak| peak.0),
        "true_peak_when_loud" => {
            let loud = profile.value("loud_master")?;
            return (measurement.integrated_lufs?.0 > loud).then(|| measurement.true_peak_dbtp.map(|peak| peak.0));
        }
        "sample_peak" => measurement.sample_peak_dbfs.map(|peak| peak.0),
        "integrated" => measurement.integrated_lufs.map(|loudness| loudness.0),
        "momentary_max" => measurement.momentary_max_lufs.map(|loudness| loudness.0),
        "short_term_max" => measurement.short_term_max_lufs.map(|loudness| loudness.0),
        "lra" => measurement.lra_lu.map(|range| range.0),
        "plr" => measurement.plr_db.map(|ratio| ratio.0),
        "dc_offset" => measurement.dc_offset_percent.map(f64::abs),
        "correlation_min" => measurement.correlation_min,
        "correlation_mean" => measurement.correlation_mean,
        "balance" => measurement.balance_db.map(|balance| balance.0.abs()),
        "bit_depth" => Some(f64::from(measurement.bits?)),
        "sample_rate" => Some(measurement.sample_rate_hz.hz()),
        "channels" => Some(measurement.channels.len() as f64),
        "duration" | "track_length" => Some(measurement.duration_s.0),
        "not_finite" => Some(measurement.not_finite as f64),
        _ => return None,
    };
    Some(value)
}

/// What is true of every file whatever the profile: samples that are no numbers fail, silence is said, and what each
/// platform will do to the level is told as information.
fn told(measurement: &Measurement, profile: &Profile) -> Vec<Verdict> {
    let mut told = Vec::new();
    if measurement.not_finite > 0 {
        let samples = Some(measurement.not_finite as f64);
        told.push(
            Verdict::measured("not_finite", samples, Bound::AtMost, 0.0, "samples", Outcome::Fail, &profile.id)
                .remarking("samples that are not numbers cannot be delivered"),
        );
    }
    if measurement.silent {
        told.push(Verdict::stated("silent", Outcome::Warn, &profile.id, "digital silence from end to end"));
    }
    let levels = measurement.integrated_lufs.zip(measurement.true_peak_dbtp);
    for platform in levels.map_or(&[][..], |_| &profile.platforms) {
        let Some((integrated, true_peak)) = levels else { continue };
        let Some(penalty) = platform.penalty(integrated, true_peak) else { continue };
        let mut verdict = Verdict::stated("playback_gain", Outcome::Pass, &profile.id, "");
        verdict.measured = Some(penalty.gain_db.0);
        verdict.unit = "dB".to_string();
        verdict.r#where = Some(platform.name.clone());
        verdict.remark = Some(format!(
            "heard at {:.1} LUFS, peaks at {:.1} dBTP{}; evidence {:?}: {}, {}",
            penalty.loudness_lufs.0,
            penalty.true_peak_dbtp.0,
            if penalty.limited { ", limited by the platform" } else { "" },
            platform.grade,
            platform.source,
            platform.date
        ));
        told.push(verdict);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::measure::Measurer;
    use crate::audio::{Block, Layout};
    use crate::profile::load;
    use crate::unit::SampleRate;

    fn measured(amplitude: f64, rate: u32, bits: u32) -> Measurement {
        // Faded at both ends: a cut would overshoot between its samples.
        let last = f64::from(rate * 4 - 1);
        let fade = |n: f64| (n.min(last - n) / 400.0).min(1.0);
        let tone = (0..rate * 4).map(f64::from).map(|n| fade(n) * amplitude * libm::sin(0.11 * n));
        let tone: Vec<f64> = tone.collect();
        let mut measurer = Measurer::new(Layout::Stereo, SampleRate(rate), Some(bits)).unwrap();
        measurer.process(&Block::from_channels(&[tone.clone(), tone]));
        measurer.finish().measurement
    }

    fn result(verdicts: &[Verdict], check: &str) -> Option<Outcome> {
        verdicts.iter().find(|verdict| verdict.check == check).map(|verdict| verdict.result)
    }

    #[test]
    fn streaming_warns_above_minus_one_and_fails_above_zero() {
        let streaming = load("streaming", None).unwrap().unwrap();
        for (amplitude, outcome) in [(0.5, Outcome::Pass), (0.95, Outcome::Warn), (1.05, Outcome::Fail)] {
            let verdicts = judge(&measured(amplitude, 44_100, 24), &streaming);
            assert_eq!(result(&verdicts, "true_peak"), Some(outcome), "{amplitude}");
            assert_eq!(result(&verdicts, "playback_gain"), Some(Outcome::Pass));
            assert_eq!(result(&verdicts, "bit_depth"), Some(Outcome::Pass));
        }
        let quiet = judge(&measured(0.01, 44_100, 24), &streaming);
        assert_eq!(result(&quiet, "true_peak_when_loud"), None);
        assert_eq!(result(&judge(&measured(0.5, 44_100, 32), &streaming), "bit_depth"), Some(Outcome::Fail));
    }

    #[test]
    fn a_disc_takes_one_format_only() {
        let cd = load("cd", None).unwrap().unwrap();
        let good = judge(&measured(0.5, 44_100, 16), &cd);
        assert!(good.iter().all(|verdict| verdict.result == Outcome::Pass), "{good:?}");
        let bad = judge(&measured(0.5, 48_000, 24), &cd);
        assert_eq!(result(&bad, "sample_rate"), Some(Outcome::Fail));
        assert_eq!(result(&bad, "bit_depth"), Some(Outcome::Fail));
    }

    #[test]
    fn silence_passes_a_ceiling_without_a_number() {
        let streaming = load("streaming", None).unwrap().unwrap();
        let verdicts = judge(&measured(0.0, 44_100, 24), &streaming);
        let peak = verdicts.iter().find(|verdict| verdict.check == "true_peak").unwrap();
        assert_eq!((peak.result, peak.measured), (Outcome::Pass, None));
        assert_eq!(result(&verdicts, "silent"), Some(Outcome::Warn));
    }
}
