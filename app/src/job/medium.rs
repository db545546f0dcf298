//! Jobs of the media: a pass cut on paper, a pass recorded on paper.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lacquer_engine::audio::Through;
use lacquer_engine::medium::cassette::{STRETCH, Tape};
use lacquer_engine::medium::vinyl::split::{Piece, Terms, proposals};
use lacquer_engine::medium::vinyl::{Cut, Disc, Fault, Lathe, Side as Groove};
use lacquer_engine::profile::{Outcome, Profile};
use lacquer_engine::qc::tape::{judge_dolby, judge_tape, shell};
use lacquer_engine::render::{Library, Plan};
use lacquer_engine::session::{PassKind, Resolved};
use lacquer_engine::survey::groove::{SideSurvey, sides};
use lacquer_engine::survey::{Watch, loudness_lost, tape};
use lacquer_engine::unit::{Db, Frames, Seconds};

use super::{Jobs, Report, disc, raise, start, tell};
use crate::desk::medium::{COLUMNS, DISCS, Lane, Record, Side, TapeLook};
use crate::theme::palette::Palette;

/// Pause between two songs where the sides are dealt anew.
const GAP: Seconds = Seconds(2.0);
/// Before and behind the loudest moment that a playback is matched over.
const MATCHED: Seconds = Seconds(8.0);
/// Standard gravity, m/s².
const GRAVITY: f64 = 9.80665;

/// What a worker needs to look at a pass.
pub struct Look {
    /// What is heard.
    pub plan: Arc<Plan>,
    /// The pass.
    pub resolved: Resolved,
    /// Its limits.
    pub profile: Profile,
    /// Where its sound comes from.
    pub library: Arc<dyn Library>,
    /// Grooves of the same sound on the same sides at the same speed: only the cut is made anew.
    pub known: Option<Arc<Vec<SideSurvey>>>,
    /// Colours of the picture of a disc.
    pub palette: &'static Palette,
}

impl Jobs {
    /// Cuts or records a pass on paper; a look under way is given up. Returns its number.
    pub fn look(&mut self, look: Look) -> u64 {
        self.stop_look();
        let number = self.looks;
        let send = self.send.clone();
        self.look = start("lacquer-medium", move |cancel| {
            let progress = |share: f64| tell(&send, Report::Looking(number, share));
            let watch = Watch { progress: &progress, cancel };
            if look.resolved.pass.kind == PassKind::Cassette {
                tell(&send, Report::Recorded(number, recorded(&look, &watch).map(Box::new)));
            } else {
                tell(&send, Report::Cut(number, cut(&look, &watch).map(Box::new)));
            }
        });
        number
    }

    /// Gives the look up; what it would still say is of an old number.
    pub fn stop_look(&mut self) {
        raise(self.look.take());
        self.looks += 1;
    }
}

fn cut(look: &Look, watch: &Watch<'_>) -> Result<Record, String> {
    let vinyl = look.resolved.pass.vinyl.clone().unwrap_or_default();
    let text = |error: lacquer_engine::medium::MediumError| error.to_string();
    let disc = Disc::new(vinyl.size, vinyl.speed, &look.profile).map_err(text)?;
    let lathe = Lathe::new(&look.profile, vinyl.stylus).map_err(text)?;
    let surveys = match &look.known {
        Some(known) => Arc::new(known.iter().map(|survey| again(survey, disc, lathe)).collect::<Vec<_>>()),
        None => {
            let made = sides(&look.plan, &look.resolved, disc, lathe, &look.library, watch);
            Arc::new(made.map_err(|error| error.to_string())?)
        }
    };
    let side = |survey: &SideSurvey| side(survey, look, watch.cancel);
    let sides: Option<Vec<Side>> = surveys.iter().map(side).collect();
    let sides = sides.ok_or("cancelled")?;
    let pieces = pieces(&surveys);
    let terms = Terms { disc, lathe, profile: &look.profile, level: vinyl.level, gap: GAP };
    let count = surveys.len().max(2);
    let proposals = proposals(&pieces, count, &terms);
    let mut record = Record {
        plan: Arc::clone(&look.plan),
        vinyl,
        sides,
        proposals,
        songs: look.resolved.songs.iter().map(|song| song.song.id.clone()).collect(),
        limiters: look.resolved.limiters(),
        surveys,
        profile: look.profile.clone(),
        matching: Db(0.0),
    };
    let mut player = record.player(look.plan.delivered).map_err(text)?;
    record.matching = matching(look, loudest(&record), &mut player, watch)?;
    Ok(record)
}

/// Where the groove of a record moves fastest sideways.
fn loudest(record: &Record) -> Seconds {
    let speed = |(side, sector): &(usize, usize)| record.surveys[*side].side.sectors[*sector].lateral_m_s;
    let all = record.surveys.iter().enumerate();
    let all = all.flat_map(|(side, survey)| (0..survey.side.sectors.len()).map(move |sector| (side, sector)));
    let place = all.max_by(|a, b| speed(a).total_cmp(&speed(b)));
    place.and_then(|(side, sector)| record.time(side, sector)).unwrap_or(Seconds(0.0))
}

/// What makes a playback as loud as the programme, over the seconds around `at`; nothing where it is silent.
fn matching(look: &Look, at: Seconds, player: &mut dyn Through, watch: &Watch<'_>) -> Result<Db, String> {
    let rate = look.plan.delivered;
    let frames = |seconds: f64| Frames(Seconds(seconds.max(0.0)).frames(rate).0.min(look.plan.delivered_frames()));
    let stretch = (frames(at.0 - MATCHED.0), frames(at.0 + MATCHED.0));
    let quiet = Watch { progress: &|_| (), cancel: watch.cancel };
    let lost = loudness_lost(&look.plan, &look.library, stretch, player, &quiet).map_err(|error| error.to_string())?;
    Ok(lost.unwrap_or_default())
}

/// The same groove on another disc or for another stylus.
fn again(survey: &SideSurvey, disc: Disc, lathe: Lathe) -> SideSurvey {
    let side = Groove::new(survey.side.sectors.clone(), survey.side.songs.clone(), disc, lathe);
    SideSurvey { side, songs: survey.songs.clone(), ..*survey }
}

fn pieces(surveys: &[SideSurvey]) -> Vec<Piece> {
    let of_side = |survey: &SideSurvey| {
        let sectors = &survey.side.sectors;
        let piece = |span: &lacquer_engine::medium::vinyl::SongSpan| Piece {
            title: span.title.clone(),
            sectors: sectors[span.start.min(sectors.len())..span.end.min(sectors.len())].to_vec(),
        };
        survey.side.songs.iter().map(piece).collect::<Vec<_>>()
    };
    surveys.iter().flat_map(of_side).collect()
}

/// A side at the level of the pass; none where the look was given up.
fn side(survey: &SideSurvey, look: &Look, cancel: &AtomicBool) -> Option<Side> {
    let level = look.resolved.pass.vinyl.as_ref().map(|vinyl| vinyl.level).unwrap_or_default();
    let cut = survey.side.cut(level, &look.profile);
    let highest = survey.side.highest(&look.profile);
    if cancel.load(Ordering::Relaxed) {
        return None;
    }
    let discs = DISCS.map(|width| disc::picture(&survey.side, &cut, width, look.palette));
    Some(Side {
        name: survey.name,
        start: survey.start.seconds(look.plan.delivered),
        lanes: lanes(&survey.side, &cut, &look.profile),
        pitches: disc::pitches(&cut),
        cut,
        highest,
        discs,
    })
}

fn lanes(side: &Groove, cut: &Cut, profile: &Profile) -> Vec<Lane> {
    let gain = cut.level.amplitude();
    let depths: Vec<f64> = cut.spiral.width_um.iter().map(|width| 0.5 * width).collect();
    let accelerations: Vec<f64> = side.sectors.iter().map(|sector| gain * sector.acceleration_m_s2 / GRAVITY).collect();
    let curvature = side.course(cut, Fault::Curvature);
    let limit = profile.limits("curvature").filter(|limit| limit.result == Outcome::Fail).find_map(|limit| limit.value);
    let lane = |name, unit, digits, values: &[f64], limit: Option<f64>| {
        let columns = columns(values);
        // Bands between songs stand out of the lane: they are no music.
        let mut sorted = columns.to_vec();
        sorted.sort_by(f32::total_cmp);
        let most = if name == "Pitch" { sorted.get(sorted.len() * 97 / 100) } else { sorted.last() };
        let most = most.copied().unwrap_or(0.0).max(limit.unwrap_or(0.0) as f32 * 1.1);
        Lane {
            name,
            unit,
            digits,
            columns,
            top: if most > 0.0 { 1.1 * most } else { 1.0 },
            limit: limit.map(|it| it as f32),
        }
    };
    vec![
        lane("Pitch", "um", 0, &cut.spiral.pitch_um, None),
        lane("Depth", "um", 0, &depths, None),
        lane("Acceleration", "g", 0, &accelerations, None),
        lane("Curvature", "q", 2, &curvature, limit),
    ]
}

/// The largest value of each of [`COLUMNS`] equal shares.
fn columns(values: &[f64]) -> Arc<[f32]> {
    let edge = |column: usize| column * values.len() / COLUMNS;
    let most = |column: usize| {
        let share = &values[edge(column)..edge(column + 1).max(edge(column) + 1).min(values.len())];
        share.iter().copied().fold(0.0, f64::max) as f32
    };
    if values.is_empty() { Arc::new([]) } else { (0..COLUMNS).map(most).collect() }
}

fn recorded(look: &Look, watch: &Watch<'_>) -> Result<TapeLook, String> {
    let cassette = look.resolved.pass.cassette.clone().unwrap_or_default();
    let text = |error: lacquer_engine::medium::MediumError| error.to_string();
    let tape = Tape::new(cassette.tape, &look.profile).map_err(text)?;
    let tape = if cassette.dolby { tape.with_dolby(&look.profile).map_err(text)? } else { tape };
    let made = tape::sides(&look.plan, &look.resolved, &look.library, watch);
    let (sides, recorder) = made.map_err(|error| error.to_string())?;
    let rate = look.plan.delivered;
    let sides: Vec<_> =
        sides.iter().map(|side| (side.name, side.start.seconds(rate), side.frames.seconds(rate))).collect();
    let length = |side: usize| sides.get(side).map_or(Seconds(0.0), |(_, _, length)| *length);
    let balance = shell(cassette.shell, length(0), length(1), &look.profile).map_err(text)?;
    let transfer = recorder.transfer(&tape, &look.profile);
    let lengths = (length(0), length(1));
    let mut verdicts = judge_tape(lengths, &balance, cassette.tape, transfer.as_ref(), &look.profile);
    verdicts.extend(judge_dolby(cassette.dolby, cassette.tones, &look.profile));
    let course = transfer.as_ref().map(|transfer| recorder.saturation(&tape, transfer.full_scale_db));
    let course = course.unwrap_or_default();
    let mut made = TapeLook {
        plan: Arc::clone(&look.plan),
        cassette,
        sides,
        balance,
        transfer,
        course: [0, 1].map(|part| course.iter().map(|over| over[part]).collect()),
        verdicts,
        limiters: look.resolved.limiters(),
        profile: look.profile.clone(),
        matching: Db(0.0),
    };
    if let Some(mut player) = made.player(rate).map_err(text)? {
        let most = |over: &f32| if over.is_finite() { *over } else { f32::MIN };
        let place = made.course[0].iter().map(most).enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        let at = Seconds(place.map_or(0.0, |(index, _)| index as f64 * STRETCH.0));
        made.matching = matching(look, at, &mut player, watch)?;
    }
    Ok(made)
}
