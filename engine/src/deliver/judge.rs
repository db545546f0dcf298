//! The judgement of what was written: measured in the files, against the pass's profile.

use std::collections::BTreeMap;

use super::job::Job;
use super::manifest::Manifest;
use crate::analysis::measure::Measured;
use crate::analysis::verdict::Verdict;
use crate::container::ddp;
use crate::qc;
use crate::qc::disc::{Disc, Track};
use crate::session::{Resolved, SideName};
use crate::unit::{CdFrame, SampleRate};

/// Measurements of the written files.
#[derive(Default)]
pub(super) struct MeasuredFiles {
    /// By index of the song in the sequence.
    pub(super) songs: BTreeMap<usize, Measured>,
    /// Of the sides of a record, in order.
    pub(super) sides: Vec<(SideName, Measured)>,
    /// Of the continuous programme, where there is one.
    pub(super) programme: Option<Measured>,
    /// How the pass lies on a disc, where it does.
    pub(super) disc: Option<ddp::Disc>,
}

/// Every check of the profile that can be made of these files.
pub(super) fn judge(job: &Job<'_>, resolved: &Resolved, manifest: &Manifest, measured: &MeasuredFiles) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (index, file) in &measured.songs {
        let title = &resolved.songs[*index].song.title;
        let place = format!("{:02} {title}", index + 1);
        verdicts.extend(qc::judge(&file.measurement, job.profile).into_iter().map(|verdict| verdict.at(place.clone())));
    }
    for (side, file) in &measured.sides {
        let place = format!("side {side}");
        verdicts.extend(qc::judge(&file.measurement, job.profile).into_iter().map(|verdict| verdict.at(place.clone())));
    }
    let songs = resolved.songs.iter().map(|song| (song.song.title.as_str(), song.song.isrc.as_str()));
    verdicts.extend(qc::identifier::judge_isrcs(songs, &job.profile.id));
    verdicts.push(qc::identifier::judge_barcode(&job.session.album.upc, &job.profile.id));
    verdicts.push(qc::ledger::judge(&manifest.ledger, &job.profile.id));
    if let Some(laid_out) = &measured.disc {
        verdicts.extend(qc::disc::judge_disc(&disc(laid_out, resolved), job.profile));
    }
    verdicts
}

/// The disc as it will be cut: from index 1 of each track to the next one's, and what sounds before track 1.
fn disc(disc: &ddp::Disc, resolved: &Resolved) -> Disc {
    let frames = |from: CdFrame, to: CdFrame| CdFrame(to.0 - from.0).frames(SampleRate::CD);
    let titles = resolved.songs.iter().filter(|song| !song.hidden).map(|song| song.song.title.clone());
    let tracks = disc.tracks.iter().enumerate().zip(titles);
    let track = |((place, track), title): ((usize, &ddp::Track), String)| Track {
        title,
        length: frames(track.start(), disc.end(place)),
    };
    let first = disc.tracks.first().map_or(CdFrame(ddp::FIRST_PAUSE), ddp::Track::start);
    // The first two seconds are silent; what sounds behind them belongs to the pause of track 1.
    let pause = CdFrame(ddp::FIRST_PAUSE);
    Disc { tracks: tracks.map(track).collect(), first_pregap: pause, hidden: frames(pause, first) }
}
