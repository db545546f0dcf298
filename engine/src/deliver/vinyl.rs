//! Vinyl: one continuous file per side, cut on paper while it is written; a side sheet, notes for the lathe, a verdict.

use std::ops::Range;
use std::sync::Arc;

use super::error::DeliverError;
use super::making::{Making, start};
use super::manifest::{Role, SideEntry, VinylEntry};
use super::sink::Take;
use crate::analysis::verdict::Verdict;
use crate::audio::Block;
use crate::container::name::{self, Rule};
use crate::medium::vinyl::{Cut, Cutter, Disc, Fault, Finding, Lathe, Side};
use crate::profile::{Outcome, Profile};
use crate::render::Plan;
use crate::report::side::{Record, SideSheet, SongLine, notes, sheet};
use crate::session::{Resolved, SideName, Vinyl};
use crate::survey::groove::{SideSurvey, side_frames, spans};
use crate::unit::{Db, Frames, Seconds};

/// Takes the frames of a side to the lathe.
struct Cutting(Cutter);

impl Take for Cutting {
    fn take(&mut self, block: &Block) -> Result<(), DeliverError> {
        Ok(self.0.push(block)?)
    }
}

pub(super) fn make(making: &mut Making<'_>) -> Result<(), DeliverError> {
    let plan = making.plan(None)?;
    let vinyl = making.resolved.pass.vinyl.clone().unwrap_or_default();
    let profile = making.job.profile;
    let disc = Disc::new(vinyl.size, vinyl.speed, profile)?;
    let lathe = Lathe::new(profile, vinyl.stylus)?;
    let sides = making.resolved.sides();
    making.expect(sides.iter().map(|(_, songs)| side_frames(&plan, songs)).map(|side| side.end - side.start).sum());
    let mut surveys = Vec::new();
    for (name, songs) in sides {
        let frames = side_frames(&plan, &songs);
        let file = side_name(making, &plan, name);
        let mut cutting = Cutting(Cutter::new(plan.delivered, disc.speed, &lathe)?);
        write_side(making, &plan, (name, songs.clone()), frames.clone(), file, &mut cutting)?;
        let side = Side::new(cutting.0.finish(), spans(&plan, &songs, disc.speed), disc, lathe);
        let (start, frames) = (Frames(frames.start), Frames(frames.end - frames.start));
        surveys.push(SideSurvey { name, songs, start, frames, side });
    }
    write(making, &plan, &vinyl, &surveys)
}

/// Writes a side's file, or takes over that of the earlier delivery where it is the same; `hears` gets its frames in
/// either case.
pub(super) fn write_side(
    making: &mut Making<'_>,
    plan: &Arc<Plan>,
    (name, songs): (SideName, Range<usize>),
    frames: Range<u64>,
    file: String,
    hears: &mut dyn Take,
) -> Result<(), DeliverError> {
    let identity = making.identity(plan, (frames.start, frames.end), "side");
    if making.take_over_side(plan, (frames.start, frames.end), name, &file, identity.as_deref())? {
        making.replay(&file, &mut [hears])?;
        return making.advance(frames.end - frames.start);
    }
    let mut sink = making.sink(plan, &file, frames.end - frames.start)?;
    let mut renderer = making.renderer(plan)?;
    start(&mut renderer, frames.start)?;
    for song in songs.clone() {
        let to = plan.songs.get(song + 1).filter(|_| song + 1 < songs.end);
        let to = to.map_or(frames.end, |next| plan.to_delivered(next.start)).min(frames.end);
        let title = plan.songs[song].title.clone();
        making.render(&mut renderer, to, &title, &mut [&mut sink, hears])?;
    }
    making.finish_side(plan, frames.start, name, file, sink, identity)
}

/// `CAT-1_A_44100Hz_24bit.wav`
pub(super) fn side_name(making: &Making<'_>, plan: &Plan, side: SideName) -> String {
    let album = &making.job.session.album;
    let known = [&album.catalogue, &album.title].into_iter().find(|text| !text.is_empty());
    let base = known.map_or("Album", String::as_str);
    let word = match plan.pass.depth.integer_bits() {
        Some(bits) => format!("{bits}bit"),
        None => plan.pass.depth.to_string(),
    };
    format!("{}.wav", name::safe(&format!("{base}_{side}_{}Hz_{word}", plan.delivered.0), Rule::ANY))
}

fn write(making: &mut Making<'_>, plan: &Plan, vinyl: &Vinyl, surveys: &[SideSurvey]) -> Result<(), DeliverError> {
    let profile = making.job.profile;
    let cuts: Vec<Cut> = surveys.iter().map(|survey| survey.side.cut(vinyl.level, profile)).collect();
    making.verdicts.extend(judge_cuts(surveys, &cuts, profile));
    making.manifest.vinyl = Some(VinylEntry { settings: vinyl.clone(), sides: entries(making, plan, surveys) });
    making.verdicts.push(limiter(making.resolved, &profile.id));
    let album = &making.job.session.album;
    let record = Record {
        artist: album.artist.clone(),
        title: album.title.clone(),
        label: album.label.clone(),
        catalogue: album.catalogue.clone(),
        disc: surveys.first().map_or_else(String::new, |survey| survey.side.disc.to_string()),
        program: making.manifest.program.clone(),
        word: format!("{}, {}", plan.delivered, plan.pass.depth),
        level: vinyl.level,
        stylus: vinyl.stylus,
        note: album.note.clone(),
    };
    let told = surveys.iter().zip(&cuts).map(|(survey, cut)| side_sheet(making, plan, vinyl, survey, cut));
    let told: Vec<SideSheet> = told.collect();
    making.write_text("Side sheet.txt".into(), Role::SideSheet, &sheet(&record, &told))?;
    making.write_text("Lathe notes.txt".into(), Role::LatheNotes, &notes(&record, &told, profile))
}

/// How the sides were laid out, for the manifest.
fn entries(making: &Making<'_>, plan: &Plan, surveys: &[SideSurvey]) -> Vec<SideEntry> {
    let entry = |survey: &SideSurvey| SideEntry {
        side: survey.name,
        file: side_name(making, plan, survey.name),
        songs: survey.side.songs.iter().map(|song| (song.title.clone(), song.start, song.end)).collect(),
    };
    surveys.iter().map(entry).collect()
}

/// The checks of the sides of a record that is cut at a level.
pub(super) fn judge_sides(surveys: &[SideSurvey], level: Db, profile: &Profile) -> Vec<Verdict> {
    let cuts: Vec<Cut> = surveys.iter().map(|survey| survey.side.cut(level, profile)).collect();
    judge_cuts(surveys, &cuts, profile)
}

fn judge_cuts(surveys: &[SideSurvey], cuts: &[Cut], profile: &Profile) -> Vec<Verdict> {
    let sides = surveys.iter().zip(cuts).flat_map(|(survey, cut)| judge_side(survey, cut, profile));
    sides.chain(difference(surveys, profile)).collect()
}

fn side_sheet(making: &Making<'_>, plan: &Plan, vinyl: &Vinyl, survey: &SideSurvey, cut: &Cut) -> SideSheet {
    let seconds = |frame: u64| Frames(plan.to_delivered(frame).saturating_sub(survey.start.0)).seconds(plan.delivered);
    let line = |(place, index): (usize, usize)| {
        let (song, document) = (&plan.songs[index], &making.resolved.songs[index].song);
        SongLine {
            title: song.title.clone(),
            isrc: document.isrc.clone(),
            start: seconds(song.start),
            end: seconds(song.end),
            level: survey.side.song_level(place, vinyl.level),
            hidden: making.resolved.songs[index].hidden,
        }
    };
    let matrix = if vinyl.matrix.is_empty() { &making.job.session.album.catalogue } else { &vinyl.matrix };
    SideSheet {
        name: survey.name,
        length: survey.frames.seconds(plan.delivered),
        songs: survey.songs.clone().enumerate().map(line).collect(),
        matrix: if matrix.is_empty() { String::new() } else { format!("{matrix} {}", survey.name) },
        locked: vinyl.is_locked(survey.name),
        end_mm: cut.spiral.end_mm(),
        free_mm: cut.free_mm,
        pitch_um: extremes(&cut.spiral.pitch_um),
        width_um: extremes(&cut.spiral.width_um),
        highest: survey.side.highest(making.job.profile),
        loudest: loudest(survey),
        findings: cut.findings.clone(),
    }
}

fn extremes(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, 0.0), |(low, high), value| (low.min(*value), f64::max(high, *value)))
}

/// When the groove moves fastest sideways: where a cutting engineer sets the level.
fn loudest(survey: &SideSurvey) -> Option<Seconds> {
    let sectors = &survey.side.sectors;
    let speed = |index: &usize| sectors[*index].lateral_m_s;
    let found = (0..sectors.len()).max_by(|a, b| speed(a).total_cmp(&speed(b)))?;
    Some(crate::medium::vinyl::Sector::time(found, survey.side.disc.speed.turn()))
}

/// The checks of a side: the gravest finding of each fault, and a pass where there is none.
fn judge_side(survey: &SideSurvey, cut: &Cut, profile: &Profile) -> Vec<Verdict> {
    let place = format!("side {}", survey.name);
    let verdict = |fault: Fault| {
        let mut found = cut.findings.iter().filter(|finding| finding.fault == fault);
        match found.next() {
            Some(finding) => verdict_of(survey, finding, 1 + found.count(), profile),
            None => Verdict::stated(fault.id(), Outcome::Pass, &profile.id, format!("{fault}: within its limits")),
        }
    };
    Fault::ALL.into_iter().map(|fault| verdict(fault).at(place.clone())).collect()
}

fn verdict_of(survey: &SideSurvey, finding: &Finding, count: usize, profile: &Profile) -> Verdict {
    let song = finding.song.map(|song| format!("{}{}, ", survey.name, song + 1)).unwrap_or_default();
    let places = if count > 1 { format!("{count} places, the worst in ") } else { String::new() };
    let remedies: Vec<String> = finding.remedies.iter().map(ToString::to_string).collect();
    let remark = format!(
        "{}: {places}{song}{}, radius {:.1} mm; {}",
        finding.fault,
        crate::report::side::clock(finding.at_s),
        finding.radius_mm,
        remedies.join(", or ")
    );
    Verdict {
        measured: Some(finding.measured),
        limit: Some(finding.limit),
        unit: finding.unit.to_string(),
        bound: finding.bound,
        ..Verdict::stated(finding.fault.id(), finding.severity, &profile.id, remark)
    }
}

/// Two sides of a record that differ much in length.
fn difference(surveys: &[SideSurvey], profile: &Profile) -> Vec<Verdict> {
    let Some(limit) = profile.limits("side_difference").next() else { return Vec::new() };
    let pair = |pair: &[SideSurvey]| {
        let [a, b] = pair else { return None };
        let apart = (a.side.length().0 - b.side.length().0).abs();
        let place = format!("sides {} and {}", a.name, b.name);
        let value = limit.value?;
        Some(
            Verdict::measured("side_difference", Some(apart), limit.bound, value, "s", limit.result, &profile.id)
                .at(place),
        )
    };
    surveys.chunks(2).filter_map(pair).collect()
}

/// A pass that still carries the digital limiter is told so.
pub(super) fn limiter(resolved: &Resolved, profile: &str) -> Verdict {
    let carried = resolved.limiters();
    match carried.is_empty() {
        true => Verdict::stated("digital_limiter", Outcome::Pass, profile, "no limiter, no clipper, no ceiling"),
        false => {
            let said = format!("still carries {}: give the pass a chain of its own without", carried.join(", "));
            Verdict::stated("digital_limiter", Outcome::Warn, profile, said)
        }
    }
}
