//! Cassette: one continuous file per side, a J-card, notes for the duplicator, a verdict.

use std::f64::consts::PI;

use super::error::DeliverError;
use super::making::Making;
use super::manifest::Role;
use super::sink::Take;
use super::vinyl::{limiter, side_name, write_side};
use crate::analysis::verdict::{Outcome, Verdict};
use crate::audio::Block;
use crate::medium::cassette::{Balance, Recorder, Tape, Transfer};
use crate::profile::Profile;
use crate::qc::tape::{judge_dolby, judge_tape, shell};
use crate::render::Plan;
use crate::report::side::SongLine;
use crate::report::tape::{CassettePaper, j_card, tape_notes};
use crate::session::Cassette;
use crate::survey::groove::side_frames;
use crate::unit::{Db, Frames, SampleRate, Seconds};

/// Takes the frames of a side to the recorder.
struct Recording<'a>(&'a mut Recorder);

impl Take for Recording<'_> {
    fn take(&mut self, block: &Block) -> Result<(), DeliverError> {
        Ok(self.0.push(block)?)
    }
}

/// What a cassette makes of its two sides.
pub(super) struct Judged {
    balance: Balance,
    transfer: Option<Transfer>,
    pub(super) verdicts: Vec<Verdict>,
}

/// Shell, transfer and checks of two sides of these lengths that a recorder has heard.
pub(super) fn judged(
    recorder: &Recorder,
    (a, b): (Seconds, Seconds),
    cassette: &Cassette,
    profile: &Profile,
) -> Result<Judged, DeliverError> {
    let tape = Tape::new(cassette.tape, profile)?;
    let tape = if cassette.dolby { tape.with_dolby(profile)? } else { tape };
    let balance = shell(cassette.shell, a, b, profile)?;
    let transfer = recorder.transfer(&tape, profile);
    let mut verdicts = judge_tape((a, b), &balance, cassette.tape, transfer.as_ref(), profile);
    verdicts.extend(judge_dolby(cassette.dolby, cassette.tones, profile));
    Ok(Judged { balance, transfer, verdicts })
}

pub(super) fn make(making: &mut Making<'_>) -> Result<(), DeliverError> {
    let plan = making.plan(None)?;
    let cassette = making.resolved.pass.cassette.clone().unwrap_or_default();
    let profile = making.job.profile;
    let sides = making.resolved.sides();
    making.expect(sides.iter().map(|(_, songs)| side_frames(&plan, songs)).map(|side| side.end - side.start).sum());
    let mut recorder = Recorder::new(plan.delivered)?;
    let mut told = Vec::new();
    for (name, songs) in sides {
        let frames = side_frames(&plan, &songs);
        let file = side_name(making, &plan, name);
        write_side(making, &plan, (name, songs.clone()), frames.clone(), file, &mut Recording(&mut recorder))?;
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
    let Judged { balance, transfer, verdicts } = judged(&recorder, (a, b), &cassette, profile)?;
    making.verdicts.extend(verdicts);
    making.manifest.cassette = Some(cassette.clone());
    making.verdicts.push(limiter(making.resolved, &profile.id));
    let tones = match &transfer {
        Some(transfer) if cassette.tones => Some(write_tones(making, &plan, Db(-transfer.full_scale_db.0))?),
        _ => None,
    };
    let album = &making.job.session.album;
    let paper = CassettePaper {
        artist: album.artist.clone(),
        title: album.title.clone(),
        catalogue: album.catalogue.clone(),
        program: making.manifest.program.clone(),
        tape: cassette.tape,
        dolby: cassette.dolby,
        tones,
        leader: Seconds(profile.value("leader").unwrap_or_default()),
        balance,
        sides: told,
        transfer,
    };
    making.write_text("J-card.txt".into(), Role::JCard, &j_card(&paper))?;
    making.write_text("Tape notes.txt".into(), Role::TapeNotes, &tape_notes(&paper))
}

/// The tones: frequency, level against Dolby level, length. What follows is silence, so that they can be told apart.
const TONES: [(f64, f64, f64); 4] =
    [(400.0, 0.0, 20.0), (1000.0, -10.0, 10.0), (10_000.0, -20.0, 10.0), (0.0, 0.0, 2.0)];
/// Silence between two tones.
const BETWEEN: Seconds = Seconds(1.0);
/// A tone comes and goes over this time.
const EDGE: Seconds = Seconds(0.01);
/// Frames written at a time.
const BLOCK_FRAMES: usize = 8192;
/// One step of the 24-bit word: the tones are on its grid, whatever the pass's word holds beyond.
const GRID: f64 = 8_388_608.0;

/// Writes the level tones into a file of their own and returns its name; `dolby` is Dolby level in the files, in dBFS. What
/// would be over full scale is left out.
fn write_tones(making: &mut Making<'_>, plan: &Plan, dolby: Db) -> Result<String, DeliverError> {
    let rate = plan.delivered;
    let rows: Vec<f64> = TONES.iter().flat_map(|tone| tone_of(*tone, dolby, rate)).collect();
    let name = format!("Level tones_{}Hz.wav", rate.0);
    let mut sink = making.sink(plan, &name, rows.len() as u64)?;
    for part in rows.chunks(BLOCK_FRAMES) {
        sink.take(&Block::from_channels(&vec![part; plan.layout.channels()]))?;
    }
    making.finish_tones(plan, name.clone(), sink)?;
    Ok(name)
}

fn tone_of((hz, level, length): (f64, f64, f64), dolby: Db, rate: SampleRate) -> Vec<f64> {
    let frames = Seconds(length).frames(rate).0;
    let amplitude = if hz > 0.0 && dolby.0 + level <= 0.0 { Db(dolby.0 + level).amplitude() } else { 0.0 };
    let edge = EDGE.frames(rate).0.max(1) as f64;
    let sample = |frame: u64| {
        let near = frame.min(frames - 1 - frame) as f64 / edge;
        let value = amplitude * near.min(1.0) * libm::sin(2.0 * PI * (hz * frame as f64 / rate.hz()).fract());
        (value * GRID).round().clamp(-GRID, GRID - 1.0) / GRID
    };
    let silence = BETWEEN.frames(rate).0 as usize;
    (0..frames).map(sample).chain(std::iter::repeat_n(0.0, silence)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_stand_at_dolby_level_and_none_is_over() {
        let row = tone_of(TONES[0], Db(-6.0), SampleRate(48_000));
        assert_eq!(row.len(), 21 * 48_000);
        let peak = row.iter().fold(0.0f64, |most, sample| most.max(sample.abs()));
        assert!((20.0 * libm::log10(peak) + 6.0).abs() < 0.01, "{peak}");
        assert!(row.iter().all(|sample| (sample * GRID).fract() == 0.0));
        assert!(tone_of(TONES[0], Db(3.0), SampleRate(48_000)).iter().all(|sample| *sample == 0.0));
    }
}
