//! CD: the DDP fileset for the plant; the continuous programme, one file per song cut where its track begins so that the
//! set joins sample-exactly; CUE sheet and table of contents over the programme; PQ sheet.

use super::earlier::{Wanted, joined};
use super::error::DeliverError;
use super::fileset::{self, SetMaking};
use super::layout::DiscLayout;
use super::making::{Making, start};
use super::manifest::{Role, SongStart};
use super::sink::Take;
use super::{names, words};
use crate::analysis::verdict::{Outcome, Verdict};
use crate::container::ddp::cdtext::CdText;
use crate::container::ddp::{FIRST_PAUSE, cue_sheet, toc_sheet};
use crate::container::name::{self, Rule};
use crate::render::Plan;
use crate::report::pq::{PqHead, pq_sheet};
use crate::report::sheet::Form;
use crate::unit::{CdFrame, Frames, SampleRate};

pub(super) fn make(making: &mut Making<'_>) -> Result<(), DeliverError> {
    let plan = making.plan(None)?;
    let layout = DiscLayout::new(making.job.session, making.resolved, &plan);
    let text = words::words(making.job.session, making.resolved, &layout);
    for problem in &layout.problems {
        making.verdicts.push(Verdict::stated("indices", Outcome::Fail, fileset::PROFILE, problem.clone()));
    }
    let total = layout.silence.0 + plan.delivered_frames();
    making.expect(total);
    let album = &making.job.session.album.title;
    let base = name::safe(if album.is_empty() { "Album" } else { album }, Rule::ANY);
    let programme_name = format!("{base}.wav");
    let refusal = fileset::refusal(&plan);
    let mut set = if refusal.is_none() { Some(SetMaking::begin(making)?) } else { None };
    making.verdicts.extend(refusal);
    let songs = places(making, &plan, &layout);
    let mut taken = Vec::new();
    for (index, song) in songs.iter().enumerate() {
        let wanted =
            Wanted { plan: &plan, index, span: song.span, name: &song.name, identity: song.identity.as_deref() };
        taken.push(making.take_over_song(&wanted, song.start(&layout, index))?);
    }
    let identity = joined(&songs.iter().map(|song| song.identity.clone()).collect::<Vec<_>>(), layout.silence.0);
    let all = taken.iter().all(|taken| *taken);
    let whole = all && making.take_over_programme(&plan, &programme_name, identity.as_deref())?;
    let mut programme = if whole { None } else { Some(making.sink(&plan, &programme_name, total)?) };
    let mut renderer = making.renderer(&plan)?;
    let mut stands = None;
    for (index, song) in songs.iter().enumerate() {
        let mut takers: Vec<&mut dyn Take> = Vec::new();
        takers.extend(programme.as_mut().map(|programme| programme as &mut dyn Take));
        takers.extend(set.as_mut().map(|set| &mut set.image as &mut dyn Take));
        if taken[index] {
            making.replay(&song.name, &mut takers)?;
            continue;
        }
        let place = &layout.songs[index];
        let mut sink = making.sink(&plan, &song.name, place.to.0 - place.from.0)?;
        takers.push(&mut sink);
        making.silence(plan.layout, song.silence, &mut takers)?;
        if stands != Some(song.span.0) {
            start(&mut renderer, song.span.0)?;
        }
        making.render(&mut renderer, song.span.1, &plan.songs[index].title, &mut takers)?;
        stands = Some(song.span.1);
        let identity = song.identity.clone();
        making.finish_song(&plan, index, song.start(&layout, index), song.name.clone(), sink, identity)?;
    }
    if let Some(programme) = programme {
        making.finish_programme(&plan, programme_name.clone(), programme, identity)?;
    }
    making
        .manifest
        .files
        .sort_by_key(|file| (file.role != Role::Song, file.audio.as_ref().map(|audio| audio.start_frame)));
    making.lay_out(&layout);
    making.write_text(format!("{base}.cue"), Role::Cue, &cue_sheet(&layout.disc, &text, &programme_name).encode())?;
    making.write_text(format!("{base}.toc"), Role::Toc, &toc_sheet(&layout.disc, &text, &programme_name).encode())?;
    if let Some(set) = set {
        set.finish(making, &layout, &text)?;
    }
    write_pq(making, &plan, &layout, &text)
}

/// A song's file on the way.
struct SongFile {
    name: String,
    /// Silence before its part of the render.
    silence: Frames,
    /// Its part of the render.
    span: (u64, u64),
    /// Where its track begins, after the first pause.
    mark: CdFrame,
    identity: Option<String>,
}

impl SongFile {
    fn start(&self, layout: &DiscLayout, index: usize) -> SongStart {
        let place = &layout.songs[index];
        SongStart { frame: place.from.0, cd: Some(self.mark.to_string()), track: place.track }
    }
}

fn places(making: &Making<'_>, plan: &Plan, layout: &DiscLayout) -> Vec<SongFile> {
    let file = |(index, stem): (usize, String)| {
        let name = format!("{stem}.wav");
        let place = &layout.songs[index];
        let silence = if index == 0 { layout.silence } else { Frames(0) };
        let in_render = |frame: Frames| frame.0.saturating_sub(layout.silence.0);
        let span = (in_render(place.from), in_render(place.to));
        let track = place.track.and_then(|track| layout.disc.tracks.get(usize::from(track) - 1));
        let mark = track.map(|track| CdFrame(track.start().0 - FIRST_PAUSE));
        let mark = mark.unwrap_or_else(|| CdFrame::ceil_from(place.from, plan.delivered));
        let identity = making.identity(plan, span, &format!("{}", silence.0));
        SongFile { name, silence, span, mark, identity }
    };
    names::on_disc(making.job.session, making.resolved, layout).into_iter().enumerate().map(file).collect()
}

/// The PQ sheet on paper and as text.
fn write_pq(making: &mut Making<'_>, plan: &Plan, layout: &DiscLayout, text: &CdText) -> Result<(), DeliverError> {
    let album = &making.job.session.album;
    let offsets = plan.pass.offsets.named().map(|(name, frames)| (name, frames));
    let hidden = layout.songs.iter().zip(&making.resolved.songs).filter(|(place, _)| place.track.is_none());
    let head = PqHead {
        title: album.title.clone(),
        artist: album.artist.clone(),
        label: album.label.clone(),
        catalogue: album.catalogue.clone(),
        upc: layout.disc.upc.clone(),
        date: album.date.clone(),
        program: making.manifest.program.clone(),
        word: format!("{}, {}, dither {}", SampleRate::CD, plan.pass.depth, plan.pass.dither.id()),
        offsets: offsets
            .into_iter()
            .filter(|(_, frames)| frames.0 > 0)
            .map(|(name, frames)| (name.into(), frames))
            .collect(),
        hidden: hidden.map(|(place, song)| (place.home, song.song.title.clone())).collect(),
        note: album.note.clone(),
        sums: making
            .manifest
            .files
            .iter()
            .filter(|file| file.role == Role::Ddp)
            .map(|file| (file.name.clone(), file.md5.clone()))
            .collect(),
    };
    let sheet = pq_sheet(&head, &layout.disc, text);
    for form in [Form::Text, Form::Pdf] {
        let bytes = form.write(&sheet).map_err(|error| DeliverError::Sheet(error.to_string()))?;
        making.write_bytes(format!("PQ sheet.{}", form.extension()), Role::PqSheet, &bytes)?;
    }
    Ok(())
}
