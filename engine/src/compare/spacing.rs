//! Heads, tails and pauses: where the sound of a song begins and has died away, and how long the pause before the next one
//! may be. Everything here is a proposal; [`accept`] makes one edit of what the engineer takes.
//!
//! A source is followed in windows of 5 ms (the greater mean square of its channels). *Sound* is what lies less than 60 dB
//! below the song's loud parts (the 95th percentile of 50 ms windows) and stands out of the noise before or behind it; 60 dB
//! is the fall that rooms are timed by (ISO 3382-1:2009, reverberation time). The figures of the pause are the house's, not a
//! standard's: two seconds between an ending and an attack that are both sudden, less where an ending dies away by itself or
//! the next song comes in softly, none where one song runs on into the next.

mod follow;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::Serialize;

use crate::dsp::fade::Shape;
use crate::render::{EntryError, Library, Plan, PlanError};
use crate::session::{Clip, Document, Edit, EditError, Fade, FileError, Join, ReadError, ResolvedSong};
use crate::source;
use crate::survey::Watch;
use crate::unit::{CdFrame, Db, Frames, SampleRate, Seconds};

use follow::{Course, follow};

/// Silence that is left before an attack: players and decoders swallow the first milliseconds of a file.
const BEFORE: Seconds = Seconds(0.010);
/// What is left behind the last sound, under a fade: the end of a decay is felt before it is heard to be missing.
const BEHIND: Seconds = Seconds(0.300);
/// A fade over the noise before a head.
const RISE: Seconds = Seconds(0.008);
/// Less than this is not worth a trim.
const LEAST_TRIM: Seconds = Seconds(0.020);
/// The pause between a sudden end and a sudden beginning.
const USUAL: Seconds = Seconds(2.0);
/// What is heard as pause, silence inside the files included, is proposed no shorter and no longer.
const PAUSES: (Seconds, Seconds) = (Seconds(0.4), Seconds(3.0));
/// A decay counts as pause already heard up to this long: half of it does.
const MOST_DECAY: Seconds = Seconds(2.0);
/// A song takes this long to come in before its entry is soft; the pause is shortened by half of what is beyond.
const SOFT_ENTRY: Seconds = Seconds(0.25);
/// The most a soft entry takes off.
const MOST_SOFT: Seconds = Seconds(0.6);
/// Music that was cut in the midst has nearly the same level on both sides of the cut.
const ONE_LEVEL: Db = Db(6.0);
/// A pause closer to the proposed one than this is left alone.
const NEAR: Seconds = Seconds(0.1);

/// A trim that is proposed at one end of a song.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Trim {
    /// The source frame as it is.
    pub now: Frames,
    /// The source frame proposed.
    pub to: Frames,
    /// How much goes away.
    pub removed_s: Seconds,
    /// The fade that goes with it, where there is noise at the cut and the song has no fade there.
    pub fade: Option<Fade>,
}

/// A pause that is proposed before a song.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pause {
    /// The pause as it is.
    pub now_s: Seconds,
    /// The pause proposed, in whole CD frames, for the ends as they are proposed.
    pub to_s: Seconds,
    /// Why.
    pub reason: String,
}

/// What was found at the ends of a song, and what is proposed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SongSpacing {
    /// The song's id.
    pub song: String,
    /// Its title.
    pub title: String,
    /// How loud its loud parts are, of full scale; `None` in silence.
    pub loud_db: Option<Db>,
    /// Silence before the first sound, as it is.
    pub lead_s: Option<Seconds>,
    /// Silence behind the last sound, as it is.
    pub rest_s: Option<Seconds>,
    /// How long the song takes to come in: from its first sound to 15 dB below its loud parts.
    pub entry_s: Option<Seconds>,
    /// How long its end dies away: from 20 dB below its loud parts to its last sound.
    pub decay_s: Option<Seconds>,
    /// Whether it is cut off while it sounds.
    pub cut_off: bool,
    /// The trim proposed at its head.
    pub head: Option<Trim>,
    /// The trim proposed at its tail.
    pub tail: Option<Trim>,
    /// The pause proposed before it; none before the first song, at a crossfade, and where it is as it should be.
    pub pause: Option<Pause>,
    /// Why nothing is proposed at its ends though there is something to trim.
    pub left_alone: Option<String>,
}

/// Which proposals are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Trims of heads.
    pub heads: bool,
    /// Trims of tails.
    pub tails: bool,
    /// Pauses.
    pub pauses: bool,
}

impl Taken {
    /// All of them.
    pub const ALL: Taken = Taken { heads: true, tails: true, pauses: true };
}

/// Why nothing can be proposed.
#[derive(Debug, thiserror::Error)]
pub enum SpacingError {
    /// No plan of the pass.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A source cannot be opened.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// A source cannot be read.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// A proposal does not fit the document.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The document could not be copied to try it on.
    #[error(transparent)]
    Copy(#[from] FileError),
    /// The copy could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It was stopped.
    #[error("stopped; nothing was changed")]
    Cancelled,
}

/// Listens to the sources of a pass and proposes heads, tails and pauses, song by song. The document is not touched.
///
/// # Errors
/// No plan of the pass, a source that cannot be read, or stopped.
pub fn propose(
    document: &Document,
    pass: &str,
    library: &Arc<dyn Library>,
    watch: &Watch<'_>,
) -> Result<Vec<SongSpacing>, SpacingError> {
    let session = document.session();
    let plan = Plan::new(session, pass)?;
    let resolved = session.resolve(pass).map(|resolved| resolved.songs).unwrap_or_default();
    let mut courses: HashMap<String, Course> = HashMap::new();
    let total = plan.sources.len().max(1) as f64;
    for (index, source) in plan.sources.iter().enumerate() {
        let mut reader = library.open_treated(source)?;
        let course = follow(&mut *reader, &mut |share| {
            (watch.progress)((index as f64 + share) / total);
            !watch.cancel.load(Ordering::Relaxed)
        })?;
        courses.insert(source.id.clone(), course.ok_or(SpacingError::Cancelled)?);
    }
    let found: Vec<(SongSpacing, Edges)> = resolved.iter().map(|song| of_song(document, song, &courses)).collect();
    let mut songs: Vec<SongSpacing> = Vec::with_capacity(found.len());
    for (index, (mut spacing, edges)) in found.iter().cloned().enumerate() {
        if let Some((before, behind)) = index.checked_sub(1).and_then(|before| found.get(before)) {
            spacing.pause = pause((before, behind), (&spacing, &edges), &resolved[index].join);
        }
        songs.push(spacing);
    }
    Ok(songs)
}

/// The edit that takes proposals: one step. None where nothing of it changes anything.
///
/// # Errors
/// A proposal that does not fit the document as it stands.
pub fn accept(
    document: &Document,
    pass: &str,
    songs: &[SongSpacing],
    taken: Taken,
) -> Result<Option<Edit>, SpacingError> {
    let mut draft = Document::from_text(&document.text()?)?;
    let main = document.session().main_pass().is_some_and(|main| main.id == pass);
    let own = (!main).then_some(pass);
    let mut edits = Vec::new();
    for song in songs {
        let (head, tail) = (song.head.filter(|_| taken.heads), song.tail.filter(|_| taken.tails));
        let clips = draft.session().song(&song.song).map(|song| song.clips.clone()).unwrap_or_default();
        if let (Some(head), Some(clip)) = (head, clips.first()) {
            edits.push(draft.apply(Edit::trim_clip(&draft, &song.song, &clip.id, head.to, clip.end)?)?);
            if head.fade.is_some() {
                edits.push(draft.apply(Edit::set_fade_in(&draft, own, &song.song, head.fade)?)?);
            }
        }
        let clips = draft.session().song(&song.song).map(|song| song.clips.clone()).unwrap_or_default();
        if let (Some(tail), Some(clip)) = (tail, clips.last()) {
            edits.push(draft.apply(Edit::trim_clip(&draft, &song.song, &clip.id, clip.start, tail.to)?)?);
            if tail.fade.is_some() {
                edits.push(draft.apply(Edit::set_fade_out(&draft, own, &song.song, tail.fade)?)?);
            }
        }
        if let Some(pause) = song.pause.as_ref().filter(|_| taken.pauses) {
            edits.push(draft.apply(Edit::set_join(&draft, pass, &song.song, Join::Gap(pause.to_s))?)?);
        }
    }
    let label = match (taken.heads || taken.tails, taken.pauses) {
        (true, true) => "heads, tails and pauses",
        (true, false) => "heads and tails",
        _ => "pauses",
    };
    Ok((!edits.is_empty()).then(|| Edit::Batch { label: label.into(), edits }))
}

/// What the pause is judged by.
#[derive(Debug, Clone, Copy, Default)]
struct Edges {
    /// The level it begins at, where it sounds from its first frame on.
    begins_at: Option<Db>,
    /// The level it ends at, where it sounds to its last frame.
    ends_at: Option<Db>,
}

fn of_song(document: &Document, song: &ResolvedSong, courses: &HashMap<String, Course>) -> (SongSpacing, Edges) {
    let mut spacing = SongSpacing {
        song: song.song.id.clone(),
        title: song.song.title.clone(),
        loud_db: None,
        lead_s: None,
        rest_s: None,
        entry_s: None,
        decay_s: None,
        cut_off: false,
        head: None,
        tail: None,
        pause: None,
        left_alone: None,
    };
    let (Some(first), Some(last)) = (song.clips.first(), song.clips.last()) else { return (spacing, Edges::default()) };
    let rate = |clip: &Clip| document.session().source(&clip.source).map(|source| source.rate);
    let ends = (courses.get(&first.source), courses.get(&last.source), rate(first), rate(last));
    let (Some(head), Some(tail), Some(head_rate), Some(tail_rate)) = ends else { return (spacing, Edges::default()) };
    let Some(loud) = head.loud(first.start, first.end) else { return (spacing, Edges::default()) };
    spacing.loud_db = Some(loud);
    let (Some(begin), Some(end)) = (head.begins(first.start, first.end, loud), tail.ends(last.start, last.end, loud))
    else {
        return (spacing, Edges::default());
    };
    let seconds = |frames: u64, rate: SampleRate| Frames(frames).seconds(rate);
    spacing.lead_s = Some(seconds(begin.0.saturating_sub(first.start.0), head_rate));
    spacing.rest_s = Some(seconds(last.end.0.saturating_sub(end.0), tail_rate));
    let full = head.first_above(begin, first.end, Db(loud.0 - 15.0)).unwrap_or(begin);
    spacing.entry_s = Some(seconds(full.0 - begin.0.min(full.0), head_rate));
    let strong = tail.last_above(last.start, last.end, Db(loud.0 - 20.0)).unwrap_or(end);
    spacing.decay_s = Some(seconds(end.0.saturating_sub(strong.0), tail_rate));

    let edges = Edges {
        begins_at: head.sounds_from(first.start, loud).filter(|_| song.fade_in.is_none()),
        ends_at: tail.sounds_to(last.end, loud).filter(|_| song.fade_out.is_none()),
    };
    spacing.cut_off = edges.ends_at.is_some();
    trims(song, (begin, end), (head, tail), (head_rate, tail_rate), &mut spacing);
    (spacing, edges)
}

/// The trims of a song, unless something of it stands in clip or song time and would move with its head.
fn trims(
    song: &ResolvedSong,
    (begin, end): (Frames, Frames),
    (head, tail): (&Course, &Course),
    (head_rate, tail_rate): (SampleRate, SampleRate),
    spacing: &mut SongSpacing,
) {
    let (Some(first), Some(last)) = (song.clips.first(), song.clips.last()) else { return };
    let to = Frames(begin.0.saturating_sub(BEFORE.frames(head_rate).0).max(first.start.0));
    let removed = Frames(to.0 - first.start.0).seconds(head_rate);
    if removed >= LEAST_TRIM {
        let fade =
            (song.fade_in.is_none() && !head.is_black(to)).then_some(Fade { length: RISE, shape: Shape::default() });
        spacing.head = Some(Trim { now: first.start, to, removed_s: removed, fade });
    }
    let to = Frames((end.0 + BEHIND.frames(tail_rate).0).min(last.end.0));
    let removed = Frames(last.end.0 - to.0).seconds(tail_rate);
    if removed >= LEAST_TRIM {
        let fade =
            (song.fade_out.is_none() && !tail.is_black(to)).then_some(Fade { length: BEHIND, shape: Shape::default() });
        spacing.tail = Some(Trim { now: last.end, to, removed_s: removed, fade });
    }
    let moves = !first.envelope.is_empty()
        || song
            .chain
            .stages
            .iter()
            .any(|stage| !stage.automation.is_empty() || stage.rows.iter().any(|row| !row.automation.is_empty()))
        || !song.indices.is_empty()
        || song.lead.0 != 0;
    let other = song.clips != song.song.clips;
    if (moves && spacing.head.is_some()) || other {
        spacing.left_alone = Some(match other {
            true => "this pass has another edit of it".into(),
            false => "its lines or indices stand in song time: trim its head by hand".into(),
        });
        spacing.head = None;
        spacing.tail = spacing.tail.filter(|_| !other);
    }
}

/// Whether what one song ends with may go on in the other: both are cut in the midst of sound, at nearly one level.
fn runs_on(before: &Edges, after: &Edges) -> bool {
    before.ends_at.zip(after.begins_at).is_some_and(|(end, begin)| (end.0 - begin.0).abs() <= ONE_LEVEL.0)
}

/// The pause between two songs, as far as it should change.
fn pause(before: (&SongSpacing, &Edges), after: (&SongSpacing, &Edges), join: &Join) -> Option<Pause> {
    let Join::Gap(now) = join else { return None };
    let (decay, entry) = (before.0.decay_s?, after.0.entry_s?);
    let (to, reason) = if runs_on(before.1, after.1) {
        (Seconds(0.0), "one runs on into the other".to_string())
    } else {
        let heard = 0.5 * decay.0.min(MOST_DECAY.0);
        let soft = (0.5 * (entry.0 - SOFT_ENTRY.0).max(0.0)).min(MOST_SOFT.0);
        // Silence that stays in the files is pause as well.
        let kept = |silence: Option<Seconds>, trim: Option<Trim>| {
            (silence.unwrap_or_default().0 - trim.map_or(0.0, |trim| trim.removed_s.0)).max(0.0)
        };
        let inside = kept(before.0.rest_s, before.0.tail) + kept(after.0.lead_s, after.0.head);
        let length = ((USUAL.0 - heard - soft).clamp(PAUSES.0.0, PAUSES.1.0) - inside).max(0.0);
        let ending = if before.0.cut_off {
            "is cut off while it sounds".into()
        } else if decay.0 >= 0.5 {
            format!("dies away in {:.1} s", decay.0)
        } else {
            "ends at once".into()
        };
        let coming = if soft > 0.0 { format!("comes in over {:.1} s", entry.0) } else { "comes in at once".into() };
        let whole = CdFrame((length * 75.0).round() as i64).seconds();
        (whole, format!("{} {ending}, {} {coming}", before.0.title, after.0.title))
    };
    ((to.0 - now.0).abs() >= NEAR.0 || (to.0 == 0.0 && now.0 != 0.0)).then_some(Pause { now_s: *now, to_s: to, reason })
}

#[cfg(test)]
mod tests;
