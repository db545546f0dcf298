//! Levelling: which gain brings each song of a pass to a loudness, and what keeps a song from it.
//!
//! The gain of a song lies before the album chain, so a compressor or limiter there answers to it: a proposal is
//! surveyed and corrected until it holds, or until the song no longer follows.

use std::sync::Arc;

use serde::Serialize;

use crate::render::{Library, Plan, PlanError};
use crate::session::{Document, Edit, EditError, FileError, ReadError};
use crate::survey::{Shelf, Survey, SurveyError, Watch};
use crate::unit::{Db, Dbtp, Lu, Lufs};

/// Loudness is told to a tenth; half of that again is never seen.
const EXACT: Lu = Lu(0.02);
/// A song that follows a correction by less than this share is held by what lies behind its gain.
const LEAST_ANSWER: f64 = 0.25;
/// Corrections tried: a chain without dynamics needs one.
const MOST_ROUNDS: usize = 5;
/// Gains are set to a hundredth of a decibel.
const STEP: f64 = 0.01;
/// More than this is no levelling any more; something else is wrong with the song.
const MOST_GAIN: Db = Db(24.0);

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    /// The loudness every song is to have.
    pub target: Lufs,
    /// The highest true peak a song may reach for it; `None`: the pass's own ceiling, or full scale.
    pub ceiling: Option<Dbtp>,
}

/// What keeps a song from its target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "by", content = "value")]
pub enum Limit {
    /// It would exceed the ceiling: the true peak it would have.
    TruePeak(Dbtp),
    /// The chain behind the gain gives way: loudness no longer follows.
    Chain,
    /// It would take more than 24 dB.
    Gain,
    /// It has no loudness.
    Silent,
}

/// One song before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SongLevel {
    /// The song's id.
    pub song: String,
    /// Its title.
    pub title: String,
    /// Loudness as it is.
    pub before_lufs: Option<Lufs>,
    /// Loudness with the proposed gain.
    pub after_lufs: Option<Lufs>,
    /// True peak with the proposed gain.
    pub true_peak_dbtp: Option<Dbtp>,
    /// The gain it has.
    pub gain_before_db: Db,
    /// The gain proposed.
    pub gain_after_db: Db,
    /// Why it does not reach the target.
    pub limited: Option<Limit>,
}

/// Why there is no proposal.
#[derive(Debug, thiserror::Error)]
pub enum LevelError {
    /// No plan of the pass.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// It could not be rendered.
    #[error(transparent)]
    Survey(#[from] SurveyError),
    /// The gain could not be set.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The document could not be copied to try it on.
    #[error(transparent)]
    Copy(#[from] FileError),
    /// The copy could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A proposal for a pass: the songs, and the document with the gains in it. The document that was given is not touched.
pub fn propose(
    document: &Document,
    pass: &str,
    goal: Goal,
    library: &Arc<dyn Library>,
    watch: &Watch<'_>,
) -> Result<(Vec<SongLevel>, Vec<Edit>), LevelError> {
    settle(document, pass, goal, Guard::Away, library, watch)
}

/// The same with the pass's own guard at work: it holds down what exceeds the ceiling, so that a song is held back by
/// its peaks only where the guard gives way.
///
/// # Errors
/// As [`propose`].
pub fn propose_limited(
    document: &Document,
    pass: &str,
    target: Lufs,
    library: &Arc<dyn Library>,
    watch: &Watch<'_>,
) -> Result<(Vec<SongLevel>, Vec<Edit>), LevelError> {
    let goal = Goal { target, ceiling: Some(Dbtp(f64::INFINITY)) };
    settle(document, pass, goal, Guard::AtWork, library, watch)
}

/// Whether the guard is heard while levels are sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// It would hide that the level is too high.
    Away,
    /// It is what makes the level possible.
    AtWork,
}

fn settle(
    document: &Document,
    pass: &str,
    goal: Goal,
    guard: Guard,
    library: &Arc<dyn Library>,
    watch: &Watch<'_>,
) -> Result<(Vec<SongLevel>, Vec<Edit>), LevelError> {
    let shelf = Shelf::new();
    let (plan, survey) = look(document, pass, guard, library, &shelf, watch)?;
    let ceiling = goal.ceiling.or(plan.pass.ceiling).unwrap_or(Dbtp(0.0));
    let mut songs = first(document, pass, &plan, &survey);
    let mut now = survey;
    for _ in 0..MOST_ROUNDS {
        let mut moved = false;
        for (song, level) in now.songs.iter().zip(&mut songs) {
            let measured = &song.processed.measurement;
            moved |= correct(level, measured.integrated_lufs, measured.true_peak_dbtp, goal.target, ceiling);
        }
        if !moved {
            break;
        }
        let (draft, _) = with_gains(document, pass, &songs)?;
        now = look(&draft, pass, guard, library, &shelf, watch)?.1;
        for (song, level) in now.songs.iter().zip(&mut songs) {
            let measured = &song.processed.measurement;
            held_back(level, measured.integrated_lufs, goal.target);
            (level.after_lufs, level.true_peak_dbtp) = (measured.integrated_lufs, measured.true_peak_dbtp);
        }
    }
    let (_, edits) = with_gains(document, pass, &songs)?;
    Ok((songs, edits))
}

/// Surveys a pass, with or without its guard.
fn look(
    document: &Document,
    pass: &str,
    guard: Guard,
    library: &Arc<dyn Library>,
    shelf: &Shelf,
    watch: &Watch<'_>,
) -> Result<(Arc<Plan>, Survey), LevelError> {
    let mut session = document.session().clone();
    let stated = Plan::new(&session, pass)?;
    if let Some(pass) = session.passes.iter_mut().find(|known| known.id == pass && guard == Guard::Away) {
        pass.ceiling = None;
    }
    let plan = Arc::new(Plan::new(&session, pass)?);
    let survey = Survey::make(&plan, library, shelf, watch)?;
    Ok((Arc::new(stated), survey))
}

fn first(document: &Document, pass: &str, plan: &Plan, survey: &Survey) -> Vec<SongLevel> {
    let resolved = document.session().resolve(pass);
    let gain = |song: &str| {
        let songs = resolved.iter().flat_map(|resolved| &resolved.songs);
        songs.into_iter().find(|known| known.song.id == song).map_or(Db::UNITY, |known| known.gain)
    };
    let songs = plan.songs.iter().zip(&survey.songs);
    songs
        .map(|(song, measured)| {
            let measured = &measured.processed.measurement;
            SongLevel {
                song: song.id.clone(),
                title: song.title.clone(),
                before_lufs: measured.integrated_lufs,
                after_lufs: measured.integrated_lufs,
                true_peak_dbtp: measured.true_peak_dbtp,
                gain_before_db: gain(&song.id),
                gain_after_db: gain(&song.id),
                limited: measured.integrated_lufs.is_none().then_some(Limit::Silent),
            }
        })
        .collect()
}

/// Moves a song's gain towards the target; says whether it moved.
fn correct(level: &mut SongLevel, now: Option<Lufs>, peak: Option<Dbtp>, target: Lufs, ceiling: Dbtp) -> bool {
    let (Some(now), None) = (now, level.limited) else { return false };
    let missing = target.0 - now.0;
    if missing.abs() <= EXACT.0 {
        return false;
    }
    let mut gain = level.gain_after_db.0 + missing;
    if let Some(peak) = peak.filter(|peak| missing > 0.0 && peak.0 + missing > ceiling.0) {
        gain = level.gain_after_db.0 + (ceiling.0 - peak.0).max(0.0);
        level.limited = Some(Limit::TruePeak(Dbtp(peak.0 + missing)));
    }
    if gain.abs() > MOST_GAIN.0 {
        gain = gain.clamp(-MOST_GAIN.0, MOST_GAIN.0);
        level.limited = Some(Limit::Gain);
    }
    // Downwards, so that a ceiling is kept.
    let gain = (gain / STEP + 1e-6).floor() * STEP;
    let moved = gain != level.gain_after_db.0;
    level.gain_after_db = Db(gain);
    moved
}

/// Notes that a song did not follow the last correction.
fn held_back(level: &mut SongLevel, now: Option<Lufs>, target: Lufs) {
    let (Some(now), Some(before), None) = (now, level.after_lufs, level.limited) else { return };
    let (wanted, answered) = (target.0 - before.0, now.0 - before.0);
    if (target.0 - now.0).abs() > EXACT.0 && wanted > EXACT.0 && answered < LEAST_ANSWER * wanted {
        level.limited = Some(Limit::Chain);
    }
}

/// The document with the gains of `songs`, and the edits that make it so.
fn with_gains(document: &Document, pass: &str, songs: &[SongLevel]) -> Result<(Document, Vec<Edit>), LevelError> {
    let text = document.text()?;
    let mut draft = Document::from_text(&text)?;
    let main = document.session().main_pass().is_some_and(|main| main.id == pass);
    let mut edits = Vec::new();
    for song in songs.iter().filter(|song| song.gain_after_db != song.gain_before_db) {
        let edit = Edit::set_song_gain(&draft, (!main).then_some(pass), &song.song, song.gain_after_db)?;
        edits.push(draft.apply(edit)?);
    }
    Ok((draft, edits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(gain: f64) -> SongLevel {
        SongLevel {
            song: "s1".into(),
            title: "One".into(),
            before_lufs: Some(Lufs(-20.0)),
            after_lufs: Some(Lufs(-20.0)),
            true_peak_dbtp: Some(Dbtp(-8.0)),
            gain_before_db: Db(gain),
            gain_after_db: Db(gain),
            limited: None,
        }
    }

    #[test]
    fn a_song_moves_by_what_is_missing_and_stops_at_the_ceiling() {
        let mut song = level(1.0);
        assert!(correct(&mut song, Some(Lufs(-20.0)), Some(Dbtp(-8.0)), Lufs(-14.0), Dbtp(-1.0)));
        assert!((song.gain_after_db.0 - 7.0).abs() < 1e-9 && song.limited.is_none());
        let mut song = level(0.0);
        assert!(correct(&mut song, Some(Lufs(-20.0)), Some(Dbtp(-4.0)), Lufs(-14.0), Dbtp(-1.0)));
        assert!((song.gain_after_db.0 - 3.0).abs() < 1e-9);
        assert_eq!(song.limited, Some(Limit::TruePeak(Dbtp(2.0))));
        // Once limited it stays where it is.
        assert!(!correct(&mut song, Some(Lufs(-17.0)), Some(Dbtp(-1.0)), Lufs(-14.0), Dbtp(-1.0)));
    }

    #[test]
    fn turning_down_is_never_limited_by_a_peak_and_silence_has_no_level() {
        let mut song = level(0.0);
        assert!(correct(&mut song, Some(Lufs(-10.0)), Some(Dbtp(0.5)), Lufs(-14.0), Dbtp(-1.0)));
        assert!((song.gain_after_db.0 + 4.0).abs() < 1e-9 && song.limited.is_none());
        assert!(!correct(&mut level(0.0), None, None, Lufs(-14.0), Dbtp(-1.0)));
    }

    #[test]
    fn a_chain_that_gives_way_is_named() {
        let mut song = level(6.0);
        held_back(&mut song, Some(Lufs(-19.8)), Lufs(-14.0));
        assert_eq!(song.limited, Some(Limit::Chain));
        let mut song = level(6.0);
        held_back(&mut song, Some(Lufs(-14.3)), Lufs(-14.0));
        assert_eq!(song.limited, None);
    }
}
