//! The judgement of what was written: measured in the files, against the pass's profile.

use std::collections::BTreeMap;

use super::job::Job;
use super::manifest::{Manifest, Role};
use crate::analysis::measure::Measured;
use crate::analysis::verdict::Verdict;
use crate::qc;
use crate::qc::disc::{Disc, Track};
use crate::session::{PassKind, Resolved};
use crate::unit::{CD_FRAMES_PER_SECOND, CdFrame, Frames};

/// Measurements of the written files.
#[derive(Default)]
pub(super) struct MeasuredFiles {
    /// By index of the song in the sequence.
    pub(super) songs: BTreeMap<usize, Measured>,
    /// Of the continuous programme, where there is one.
    pub(super) programme: Option<Measured>,
}

/// Every check of the profile that can be made of these files.
pub(super) fn judge(job: &Job<'_>, resolved: &Resolved, manifest: &Manifest, measured: &MeasuredFiles) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (index, file) in &measured.songs {
        let title = &resolved.songs[*index].song.title;
        let place = format!("{:02} {title}", index + 1);
        verdicts.extend(qc::judge(&file.measurement, job.profile).into_iter().map(|verdict| verdict.at(place.clone())));
    }
    let songs = resolved.songs.iter().map(|song| (song.song.title.as_str(), song.song.isrc.as_str()));
    verdicts.extend(qc::identifier::judge_isrcs(songs, &job.profile.id));
    verdicts.push(qc::identifier::judge_barcode(&job.session.album.upc, &job.profile.id));
    verdicts.push(qc::ledger::judge(&manifest.ledger, &job.profile.id));
    if resolved.pass.kind == PassKind::Cd {
        verdicts.extend(qc::disc::judge_disc(&disc(manifest), job.profile));
    }
    verdicts
}

fn disc(manifest: &Manifest) -> Disc {
    let songs = manifest.files.iter().filter(|file| file.role == Role::Song).filter_map(|file| file.audio.as_ref());
    let tracks = songs.map(|audio| Track { title: audio.title.clone(), length: Frames(audio.frames) });
    // The pause before the first song is the player's two seconds: it is not part of the programme.
    Disc { tracks: tracks.collect(), first_pregap: CdFrame(2 * CD_FRAMES_PER_SECOND) }
}
