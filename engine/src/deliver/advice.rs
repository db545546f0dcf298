//! Where a verdict points, and what would fix it.

use super::manifest::{AudioEntry, Manifest, Role};
use crate::analysis::verdict::{Outcome, Verdict};
use crate::unit::Seconds;

/// The song a verdict speaks of, and when in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// The song's id.
    pub song: String,
    /// The file.
    pub file: String,
    /// Seconds from the start of the file; none where the whole is meant.
    pub at: Option<Seconds>,
}

/// Where a verdict of a delivery points; none where it speaks of the whole.
pub fn spot(manifest: &Manifest, verdict: &Verdict) -> Option<Spot> {
    let place = verdict.r#where.as_deref()?;
    let file = manifest.files.iter().filter(|file| file.role == Role::Song).find(|file| {
        let stem = file.name.rsplit_once('.').map_or(file.name.as_str(), |(stem, _)| stem);
        let title = file.audio.as_ref().map_or("", |audio| audio.title.as_str());
        let number = stem.split(' ').next().unwrap_or_default();
        let behind =
            |start: &str| place.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(", "));
        behind(&file.name)
            || behind(stem)
            || place == title
            || (!title.is_empty() && place == format!("{number} {title}"))
    })?;
    let audio = file.audio.as_ref()?;
    let at = match verdict.check.as_str() {
        "codec_true_peak" => {
            let tier = place.rsplit(", ").next().unwrap_or_default();
            let trip = manifest.codecs.iter().find(|trip| trip.file == file.name && trip.tier == tier);
            trip.and_then(|trip| trip.result.as_ref()?.true_peak_at_s)
        }
        check => measured_at(audio, check),
    };
    Some(Spot { song: audio.song.clone()?, file: file.name.clone(), at })
}

/// When the figure behind a check was met.
fn measured_at(audio: &AudioEntry, check: &str) -> Option<Seconds> {
    let key = match check {
        "true_peak" | "true_peak_when_loud" => "true_peak_at_s",
        "sample_peak" => "sample_peak_at_s",
        "momentary_max" => "momentary_max_at_s",
        "short_term_max" => "short_term_max_at_s",
        "correlation_min" => "correlation_min_at_s",
        _ => return None,
    };
    audio.measured.get(key)?.as_f64().map(Seconds)
}

/// What would let a check pass; none where it passes already, or where only the engineer can know.
pub fn remedy(verdict: &Verdict) -> Option<String> {
    if verdict.result == Outcome::Pass {
        return None;
    }
    let limit = verdict.limit.map_or_else(|| "the limit".to_string(), |limit| format!("{limit:.1} {}", verdict.unit));
    let said = match verdict.check.as_str() {
        "true_peak" | "true_peak_when_loud" | "sample_peak" => {
            format!("Set the ceiling of the pass to {limit} or lower, or bring the level down")
        }
        "codec_true_peak" => {
            "Lower the ceiling of the pass; `lacquer codec SESSION --solve` finds the loudest safe one".into()
        }
        "integrated" | "momentary_max" | "short_term_max" => {
            format!("Level the songs (`lacquer level`), or change the gain towards {limit}")
        }
        "isrc" => "Enter the song's ISRC on the Session page".into(),
        "isrc_duplicate" => "Give every recording an ISRC of its own".into(),
        "barcode" | "upc" => "Enter the album's UPC or EAN with its check digit".into(),
        "sample_rate" => format!("Choose another rate for the pass: {limit} is what the profile allows"),
        "bit_depth" => format!("Choose another word for the pass: {limit} is what the profile allows"),
        "provenance" => "Deliver the song at its source's own rate and word, or leave it out of this pass".into(),
        "dc_offset" => "Put a high-pass filter at 5 to 20 Hz in front of the chain".into(),
        "correlation_min" | "correlation_mean" => "Narrow the low end (stereo stage, mono below 100 Hz)".into(),
        "balance" => "Move the balance of the stereo stage".into(),
        "track_length" | "duration" => "Lengthen the song, or join it to its neighbour".into(),
        "disc_length" => "Leave a song out, shorten pauses, or make two discs".into(),
        "ledger" => "Decide about the open findings on the QC page: repair or waive them".into(),
        "cd_text" => "Shorten the texts, or leave a language out".into(),
        "indices" => "Move the marks of the track on the Session page".into(),
        "silent" => "Look at the song's clips and fades: nothing sounds".into(),
        "not_finite" => "Reset the stage that makes what is no number".into(),
        _ => return None,
    };
    Some(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Bound;

    #[test]
    fn only_what_fails_needs_a_remedy_and_it_names_the_limit() {
        let peak = |measured| {
            Verdict::measured("true_peak", Some(measured), Bound::AtMost, -1.0, "dBTP", Outcome::Warn, "streaming")
        };
        assert_eq!(remedy(&peak(-2.0)), None);
        assert!(remedy(&peak(-0.2)).unwrap().contains("-1.0 dBTP"));
    }
}
