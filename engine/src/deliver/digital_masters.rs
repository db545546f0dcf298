//! The checklist of Apple Digital Masters over a streaming delivery: genuine 24 bits, native rate and no upsampling,
//! headroom, and the AAC file listened to by measurement (Apple's technology brief, as quoted by prosoundweb.com; Apple
//! publishes no rule of zero overs). The badge is granted by Apple to certified houses: nothing here certifies.

use std::path::{Path, PathBuf};

use super::audition::{Audition, AuditionError, Cell};
use super::manifest::{AudioEntry, FileEntry, Manifest, Role};
use super::origin;
use crate::analysis::verdict::{Bound, Verdict};
use crate::codec::CodecError;
use crate::profile::Outcome;
use crate::source;

/// What these verdicts are judged by.
const PROFILE: &str = "apple-digital-masters";
/// The word that is asked for.
const BITS: u8 = 24;
/// The least rate.
const LEAST_RATE_HZ: u32 = 44_100;
/// "About one decibel" of headroom.
const HEADROOM_DBTP: f64 = -1.0;
/// Places over full scale from which the file is not to be sent (ours: about one in ten seconds of a song).
const MANY_OVERS: usize = 24;

/// Goes through the list for every song of a delivery. The tiers of `audition` are what is auditioned; AAC at 256 kb/s
/// is what the shop sells.
///
/// # Errors
/// A file that cannot be read, a failing coder, or a raised flag.
pub fn digital_masters(
    folder: &Path,
    manifest: &Manifest,
    audition: &Audition<'_>,
) -> Result<Vec<Verdict>, AuditionError> {
    let songs: Vec<(&FileEntry, &AudioEntry)> = manifest
        .files
        .iter()
        .filter(|file| file.role == Role::Song)
        .filter_map(|file| Some((file, file.audio.as_ref()?)))
        .collect();
    let mut verdicts = Vec::new();
    for (file, audio) in &songs {
        let path = folder.join(&file.name);
        let said = of_samples(&path, audio).map_err(CodecError::from)?;
        verdicts.extend(said.into_iter().map(|verdict| verdict.at(&*file.name)));
        verdicts.push(headroom(audio).at(&*file.name));
    }
    let paths: Vec<PathBuf> = songs.iter().map(|(file, _)| folder.join(&file.name)).collect();
    let cells = audition.matrix(&paths)?;
    if cells.is_empty() {
        let said = "no AAC encoder is on this machine: what the shop makes of it was not heard (fdkaac)";
        verdicts.push(Verdict::stated("adm_aac", Outcome::Warn, PROFILE, said));
    }
    verdicts.extend(cells.iter().map(heard));
    Ok(verdicts)
}

/// Word and rate, by what the samples say and by what was done to them.
fn of_samples(path: &Path, audio: &AudioEntry) -> Result<[Verdict; 2], source::Error> {
    let mut opened = source::open(path)?;
    let bits = opened.info.bits.filter(|_| !opened.info.float);
    let origin = origin::look(&mut *opened.reader, bits)?;
    let word = match (bits, origin.objections.first()) {
        (Some(BITS), None) => (Outcome::Pass, "24 bits, all of them in use".to_string()),
        (Some(BITS), Some(objection)) => (Outcome::Fail, objection.clone()),
        (bits, _) => {
            let held = bits.map_or_else(|| "floats".into(), |bits| format!("{bits} bits"));
            (Outcome::Fail, format!("{held}: 24-bit integers are asked for; set the pass's depth to 24"))
        }
    };
    let up = audio.conversions.iter().find(|stage| stage.to_hz > stage.from_hz);
    let rate = if audio.sample_rate_hz < LEAST_RATE_HZ {
        (Outcome::Fail, format!("{} Hz: at least {LEAST_RATE_HZ} are asked for", audio.sample_rate_hz))
    } else if let Some(stage) = up {
        let said = format!("{} was converted from {} up to {} Hz", stage.what, stage.from_hz, stage.to_hz);
        (Outcome::Fail, format!("{said}: never upsample; deliver it at its own rate"))
    } else if let Some(doubt) = origin.doubts.first() {
        (Outcome::Warn, format!("{doubt}; ask where it comes from"))
    } else {
        (Outcome::Pass, format!("{} Hz, nothing was converted upwards", audio.sample_rate_hz))
    };
    let verdict = |check: &str, (outcome, said): (Outcome, String)| Verdict::stated(check, outcome, PROFILE, said);
    Ok([verdict("adm_word", word), verdict("adm_rate", rate)])
}

fn headroom(audio: &AudioEntry) -> Verdict {
    let peak = audio.measured.get("true_peak_dbtp").and_then(serde_json::Value::as_f64);
    Verdict::measured("adm_headroom", peak, Bound::AtMost, HEADROOM_DBTP, "dBTP", Outcome::Warn, PROFILE)
}

/// What came back from the coder.
fn heard(cell: &Cell) -> Verdict {
    let name = cell.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (outcome, said) = match &cell.trip {
        Err(error) => (Outcome::Warn, error.to_string()),
        Ok(trip) => {
            let overs = &trip.decoded.overs;
            let outcome = match overs.len() {
                0 => Outcome::Pass,
                count if count >= MANY_OVERS && trip.judges => Outcome::Fail,
                _ => Outcome::Warn,
            };
            let stand_in = if trip.coder.starts_with("Apple") { "" } else { ", a stand-in for Apple's" };
            let first = overs.first().map(|over| {
                let peak = over.peak_dbtp.0;
                format!(", the first at {:.3} s in channel {}, {peak:+.2} dBTP", over.at_s.0, over.channel + 1)
            });
            let said = format!(
                "{} by {}{stand_in}: {} places over full scale{}",
                trip.tier,
                trip.coder,
                overs.len(),
                first.unwrap_or_default()
            );
            (outcome, said)
        }
    };
    Verdict::stated("adm_aac", outcome, PROFILE, said).at(name)
}
