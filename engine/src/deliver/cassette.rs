//! Cassette: one continuous file per side, a J-card, notes for the duplicator, a verdict.

use super::job::{DeliverError, Making, start};
use super::manifest::Role;
use super::sink::Take;
use super::vinyl::{limiter, side_name};
use crate::analysis::verdict::{Outcome, Verdict};
use crate::audio::Block;
use crate::medium::cassette::{Recorder, Tape};
use crate::qc::tape::{judge_tape, shell};
use crate::report::side::SongLine;
use crate::report::tape::{CassettePaper, j_card, tape_notes};
use crate::survey::groove::side_frames;
use crate::unit::{Frames, Seconds};

/// Takes the frames of a side to the recorder.
struct Recording<'a>(&'a mut Recorder);

impl Take for Recording<'_> {
    fn take(&mut self, block: &Block) -> Result<(), DeliverError> {
        Ok(self.0.push(block)?)
    }
}

pub(super) fn make(making: &mut Making<'_>) -> Result<(), DeliverError> {
    let plan = making.plan(None)?;
    let cassette = making.resolved.pass.cassette.clone().unwrap_or_default();
    let profile = making.job.profile;
    let tape = Tape::new(cassette.tape, profile)?;
    let sides = making.resolved.sides();
    making.expect(sides.iter().map(|(_, songs)| side_frames(&plan, songs)).map(|side| side.end - side.start).sum());
    let mut recorder = Recorder::new(plan.delivered)?;
    let mut told = Vec::new();
    for (name, songs) in sides {
        let frames = side_frames(&plan, &songs);
        let file = side_name(making, &plan, name);
        let mut sink = making.sink(&plan, &file, frames.end - frames.start)?;
        let mut renderer = making.renderer(&plan)?;
        start(&mut renderer, frames.start)?;
        let title = format!("side {name}");
        making.render(&mut renderer, frames.end, &title, &mut [&mut sink, &mut Recording(&mut recorder)])?;
        making.finish_side(&plan, frames.start, name, file, sink)?;
        let seconds =
            |frame: u64| Frames(plan.to_delivered(frame).saturating_sub(frames.start)).seconds(plan.delivered);
        let line = |index: usize| SongLine {
            title: plan.songs[index].title.clone(),
            isrc: making.resolved.songs[index].song.isrc.clone(),
            start: seconds(plan.songs[index].start),
            end: seconds(plan.songs[index].end),
            level: None,
            hidden: making.resolved.songs[index].hidden,
        };
        told.push((name, Frames(frames.end - frames.start).seconds(plan.delivered), songs.map(line).collect()));
    }
    if told.len() > 2 {
        let said = format!("a cassette has two sides, this pass has {}: put the songs on A and B", told.len());
        making.verdicts.push(Verdict::stated("sides", Outcome::Fail, &profile.id, said));
    }
    let length =
        |side: usize| told.get(side).map_or(Seconds(0.0), |(_, length, _): &(_, Seconds, Vec<SongLine>)| *length);
    let (a, b) = (length(0), length(1));
    let balance = shell(cassette.shell, a, b, profile)?;
    let transfer = recorder.transfer(&tape, profile);
    making.verdicts.extend(judge_tape((a, b), &balance, cassette.tape, transfer.as_ref(), profile));
    making.verdicts.push(limiter(making.resolved, &profile.id));
    let album = &making.job.session.album;
    let paper = CassettePaper {
        artist: album.artist.clone(),
        title: album.title.clone(),
        catalogue: album.catalogue.clone(),
        program: making.manifest.program.clone(),
        tape: cassette.tape,
        balance,
        sides: told,
        transfer,
    };
    making.write_text("J-card.txt".into(), Role::JCard, &j_card(&paper))?;
    making.write_text("Tape notes.txt".into(), Role::TapeNotes, &tape_notes(&paper))
}
