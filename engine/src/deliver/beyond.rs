//! What is looked at when the files of a pass are made: how loud platforms play them, and what coders make of them.

use super::audition::{Audition, Cell};
use super::error::DeliverError;
use super::evidence::{CodecEntry, CodecResult, playback};
use super::job::Step;
use super::making::Making;
use super::manifest::{FileEntry, Role};
use crate::analysis::measure::Measured;
use crate::analysis::verdict::{Outcome, Verdict};
use crate::codec::{Coder, Tier};
use crate::profile::Profile;
use crate::qc;

impl Making<'_> {
    /// Notes how loud the platforms of the profile play the songs.
    pub(super) fn note_playback(&mut self) {
        let name = |index: &usize| {
            let id = self.resolved.songs.get(*index).map(|song| &song.song.id);
            let of = |file: &&FileEntry| file.audio.as_ref().is_some_and(|audio| audio.song.as_ref() == id);
            self.manifest.files.iter().filter(|file| file.role == Role::Song).find(of).map(|file| file.name.as_str())
        };
        let songs: Vec<(&str, &Measured)> =
            self.measured.songs.iter().filter_map(|(index, measured)| Some((name(index)?, measured))).collect();
        self.manifest.playback = playback(&self.job.profile.platforms, &songs);
    }

    /// Sends the songs through the coders that were asked for. A trip of the same bytes through the same coder is not
    /// made again.
    pub(super) fn audition(&mut self) -> Result<(), DeliverError> {
        let tiers = self.job.wishes.codecs;
        if tiers.is_empty() {
            return Ok(());
        }
        let coders = Coder::found();
        let songs: Vec<FileEntry> =
            self.manifest.files.iter().filter(|file| file.role == Role::Song).cloned().collect();
        let mut missing: Vec<(Vec<Tier>, Vec<&FileEntry>)> = Vec::new();
        let mut entries = Vec::new();
        for song in &songs {
            let (held, left): (Vec<Tier>, Vec<Tier>) =
                tiers.iter().partition(|tier| self.known_trip(song, **tier, &coders).is_some());
            entries.extend(held.iter().filter_map(|tier| self.known_trip(song, *tier, &coders)));
            match missing.iter_mut().find(|(tiers, _)| *tiers == left) {
                Some((_, songs)) => songs.push(song),
                None => missing.push((left, vec![song])),
            }
        }
        for (tiers, songs) in missing.iter().filter(|(tiers, _)| !tiers.is_empty()) {
            entries.extend(self.trips(songs, tiers, &coders)?);
        }
        let place = |entry: &CodecEntry| {
            let song = songs.iter().position(|song| song.name == entry.file);
            (song, tiers.iter().position(|tier| tier.id == entry.tier))
        };
        entries.sort_by_key(place);
        self.verdicts.extend(entries.iter().map(|entry| judge(entry, self.job.profile)));
        self.manifest.codecs = entries;
        Ok(())
    }

    fn known_trip(&self, song: &FileEntry, tier: Tier, coders: &[Coder]) -> Option<CodecEntry> {
        let coder = coders.iter().find(|coder| coder.coding == tier.coding)?.title();
        let same = |trip: &&CodecEntry| {
            (trip.sha256.as_str(), trip.tier.as_str(), &trip.coder) == (&song.sha256, tier.id, &coder)
        };
        let trip = self.earlier.codecs.iter().filter(|trip| trip.result.is_some()).find(same)?;
        Some(CodecEntry { file: song.name.clone(), ..trip.clone() })
    }

    fn trips(&self, songs: &[&FileEntry], tiers: &[Tier], coders: &[Coder]) -> Result<Vec<CodecEntry>, DeliverError> {
        let told = |done: usize, all: usize| (self.job.progress)(Step::Auditioning { done, all });
        let audition = Audition { tiers, coders, keep: None, progress: &told, cancel: self.job.cancel };
        let files: Vec<_> = songs.iter().map(|song| self.staging.file(&song.name)).collect();
        match audition.matrix(&files) {
            Ok(cells) => {
                let song = |cell: &Cell| files.iter().position(|file| *file == cell.file).and_then(|at| songs.get(at));
                Ok(cells.iter().filter_map(|cell| Some(entry(song(cell)?, cell, coders))).collect())
            }
            Err(_) if self.stop_if_asked().is_err() => Err(DeliverError::Cancelled),
            Err(error) => Err(DeliverError::Sheet(format!("the coders could not be tried: {error}"))),
        }
    }
}

fn entry(song: &FileEntry, cell: &Cell, coders: &[Coder]) -> CodecEntry {
    let coder = coders.iter().find(|coder| coder.coding == cell.tier.coding);
    CodecEntry {
        file: song.name.clone(),
        sha256: song.sha256.clone(),
        tier: cell.tier.id.into(),
        coder: coder.map(Coder::title).unwrap_or_default(),
        judges: coder.is_some_and(|coder| coder.judges),
        result: cell.trip.as_ref().ok().map(CodecResult::of),
        error: cell.trip.as_ref().err().map(ToString::to_string),
    }
}

/// The decoded true peak against the profile; a coder no verdict may rest on never fails.
fn judge(entry: &CodecEntry, profile: &Profile) -> Verdict {
    let stem = entry.file.rsplit_once('.').map_or(entry.file.as_str(), |(stem, _)| stem);
    let place = format!("{stem}, {}", entry.tier);
    let Some(result) = &entry.result else {
        let said = entry.error.clone().unwrap_or_default();
        return Verdict::stated("codec_true_peak", Outcome::Warn, &profile.id, said).at(place);
    };
    let grew = result.growth_db.map_or_else(|| "silent".into(), |growth| format!("{:+.2} dB", growth.0));
    let said = format!("{}: {grew}, {} places over 0 dBTP", entry.coder, result.over_count);
    if !entry.judges {
        let said = format!("not judged by; {said}");
        return Verdict::stated("codec_true_peak", Outcome::Pass, &profile.id, said).at(place);
    }
    qc::strictest("codec_true_peak", result.true_peak_dbtp.map(|peak| peak.0), profile).remarking(said).at(place)
}
