//! The timeline of the album: overview, ruler, indices, two lanes of songs, a lane for the course of a parameter, loudness, marks, and one playhead through all.
//!
//! Two programs lie on each other: `picture` (kept until its numbers change) and `overlay` (playhead, handles under the
//! pointer, value bubble; while playing the playhead alone is redrawn, and the overlay alone listens). All geometry is in `lanes` as plain functions of numbers.
//! Times are seconds on the album's timeline. The widget edits nothing: it says what is being done in [`Event`]s.

mod clip;
mod gesture;
mod hit;
mod join;
mod lanes;
mod level;
mod overlay;
mod picture;
mod snap;
mod span;
#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::sync::Arc;

use super::plot::Canvas;
use super::waveform::Columns;
use crate::theme::Element;

pub use level::{BOTTOM_DB, Course, Place, TOP_DB};
pub use snap::Snap;
pub use span::{Span, TimeFormat};

/// Everything the timeline shows.
#[derive(Clone)]
pub struct Timeline {
    /// The visible span.
    pub view: Span,
    /// Length of the album in seconds.
    pub album_s: f64,
    /// The songs in order.
    pub songs: Vec<Song>,
    /// How neighbours meet. A join whose songs do not overlap is a gap.
    pub joins: Vec<Join>,
    /// Indices of the compact disc.
    pub indices: Vec<Index>,
    /// The loudness target in LUFS, if the pass has one.
    pub target_lufs: Option<f64>,
    /// Notes and findings.
    pub marks: Vec<Mark>,
    /// What is being heard.
    pub playhead_s: Option<f64>,
    /// What edges snap to.
    pub snap: Snap,
    /// How times read.
    pub format: TimeFormat,
    /// The selected stretch, in seconds.
    pub selection: Option<(f64, f64)>,
    /// Whether lines can be drawn: the selected song's level, or the courses in their lane.
    pub shows_levels: bool,
    /// The course of a parameter of the album's chain, over the whole album; empty where songs have theirs.
    pub album_levels: Vec<Levels>,
    /// The point that is selected.
    pub point: Option<Place>,
}

/// One song as the timeline shows it.
#[derive(Clone)]
pub struct Song {
    /// Number on the album.
    pub number: u32,
    /// Title.
    pub title: String,
    /// Where its clip starts in seconds.
    pub start_s: f64,
    /// Where its clip ends in seconds.
    pub end_s: f64,
    /// Its gain as text, unit included; empty when there is nothing to say.
    pub gain: String,
    /// Fade at its start.
    pub fade_in: Fade,
    /// Fade at its end.
    pub fade_out: Fade,
    /// The lane it lies in.
    pub lane: Lane,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether it is left out of the pass.
    pub disabled: bool,
    /// Its waveform, second 0 at the start of the clip.
    pub columns: Arc<dyn Columns>,
    /// Short-term loudness along the clip.
    pub loudness: Curve,
    /// Its level before the chain, by clips.
    pub levels: Vec<Levels>,
}

/// The level of one clip of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// Where the clip starts on the album, in seconds.
    pub start_s: f64,
    /// Where it ends.
    pub end_s: f64,
    /// Points in the order of time: seconds from the clip's start, and dB, or the values of another parameter.
    pub points: Vec<(f64, f64)>,
    /// The parameter, where it is not the level.
    pub course: Option<level::Course>,
}

/// The two lanes: odd songs above, even below, so both sides of a crossfade are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// The upper lane.
    Upper,
    /// The lower lane.
    Lower,
}

impl Lane {
    /// The lane of the song at a position counted from zero.
    pub fn of(position: usize) -> Self {
        if position.is_multiple_of(2) { Self::Upper } else { Self::Lower }
    }
}

/// A fade's form: its name and its gain from the start of the fade to its end, at even distances.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Name shown in readouts.
    pub name: String,
    /// Linear gain from 0 to 1.
    pub gain: Arc<[f32]>,
}

impl Shape {
    /// Samples `gain` (a function of the position 0 to 1 along the fade) often enough for a curve on the screen.
    pub fn sampled(name: impl Into<String>, gain: impl Fn(f64) -> f64) -> Self {
        const POINTS: usize = 33;
        let step = 1.0 / (POINTS - 1) as f64;
        Self { name: name.into(), gain: (0..POINTS).map(|point| gain(point as f64 * step) as f32).collect() }
    }
}

/// A fade at an end of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct Fade {
    /// Length in seconds, 0 for none.
    pub seconds: f64,
    /// Its form in the order of time: a fade-out falls.
    pub shape: Shape,
}

/// How a song meets the next one.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Position in `songs` of the earlier song; the next one follows it.
    pub after: usize,
    /// Name of the crossfade's form.
    pub name: String,
    /// Gain of the earlier song over the overlap.
    pub falling: Shape,
    /// Gain of the later song over the overlap.
    pub rising: Shape,
}

/// Values at even distances in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Seconds between values, above zero.
    pub step_s: f64,
    /// LUFS; not-a-number where there is none.
    pub values: Arc<[f32]>,
}

/// An index point of the compact disc.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// Where it is.
    pub seconds: f64,
    /// Number of the song.
    pub song: u32,
    /// Number of the index: 0 is the pause before the song, 1 its start.
    pub index: u32,
}

/// A note or a finding at a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where it is.
    pub seconds: f64,
    /// What it says.
    pub text: String,
    /// How grave it is.
    pub severity: Severity,
}

/// How grave a mark is, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A note.
    Note,
    /// A warning.
    Warning,
    /// An error.
    Error,
}

/// What can be dragged. Songs and joins by their position in [`Timeline::songs`] and [`Timeline::joins`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Object {
    /// Length of a fade-in.
    FadeIn(usize),
    /// Length of a fade-out.
    FadeOut(usize),
    /// Length of a gap.
    Gap(usize),
    /// One end of a crossfade.
    Crossfade(usize, Edge),
    /// Start of a song's clip.
    TrimIn(usize),
    /// End of a song's clip.
    TrimOut(usize),
    /// A whole song: later songs move along, or, when free, it moves alone.
    Song {
        /// Position in the list.
        index: usize,
        /// Whether Alt is held.
        free: bool,
    },
    /// A point of a line of level, or of a course.
    Level(Place),
}

/// Whose line a point belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The song at this position.
    Song(usize),
    /// The album.
    Album,
}

impl Owner {
    /// The position of the song.
    pub fn song(self) -> Option<usize> {
        match self {
            Owner::Song(song) => Some(song),
            Owner::Album => None,
        }
    }
}

/// One end of a crossfade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Where the later song starts.
    Start,
    /// Where the earlier song ends.
    End,
}

/// What the engineer does with the timeline.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Play from this second.
    Seek(f64),
    /// Select the song at this position.
    Select(usize),
    /// Show this span.
    View(Span),
    /// A drag begins: one undo step until it ends.
    DragStarted(Object),
    /// The dragged object's new value in seconds: a length for fades, gaps and crossfades, a place for trims and songs.
    Dragged {
        /// What is dragged.
        object: Object,
        /// Its new value in seconds.
        value: f64,
    },
    /// The drag is done.
    DragEnded(Object),
    /// The drag is given up: the old value returns.
    DragCancelled(Object),
    /// The wheel over a gap: so many CD frames longer or shorter.
    Nudge {
        /// The gap.
        object: Object,
        /// CD frames.
        frames: i32,
    },
    /// The wheel over a fade or crossfade: so many steps along its list of forms.
    Reshape {
        /// The fade or crossfade.
        object: Object,
        /// Steps.
        steps: i32,
    },
    /// A double click: the default value returns.
    Reset(Object),
    /// No point is selected any more.
    NoPoint,
    /// A line has these points: seconds from its start, and dB or the values of its parameter.
    Levels {
        /// Whose line.
        owner: Owner,
        /// The clip in a song.
        clip: usize,
        /// The points in the order of time.
        points: Vec<(f64, f64)>,
    },
    /// This stretch is selected, in seconds.
    Range(f64, f64),
}

impl Timeline {
    /// The songs of a join, if both exist.
    fn neighbours(&self, join: &Join) -> Option<(&Song, &Song)> {
        Some((self.songs.get(join.after)?, self.songs.get(join.after + 1)?))
    }

    /// Whether there is a course to be drawn in a lane of its own.
    fn has_course(&self) -> bool {
        let course = |levels: &[Levels]| levels.iter().any(|levels| levels.course.is_some());
        self.shows_levels && (course(&self.album_levels) || self.songs.iter().any(|song| course(&song.levels)))
    }

    /// The length of the pause at a join in seconds; negative for an overlap.
    fn pause_s(&self, join: &Join) -> Option<f64> {
        self.neighbours(join).map(|(earlier, later)| later.start_s - earlier.end_s)
    }
}

/// The element: as wide and as high as the room it is given; lanes shrink and grow with it.
pub fn timeline<'a, Message: 'a>(data: Timeline, on_event: impl Fn(Event) -> Message + 'a) -> Element<'a, Message> {
    let data = Rc::new(data);
    let overlay = overlay::Overlay { data: Rc::clone(&data), on_event: Box::new(on_event) };
    Canvas::new((picture::Picture(data), overlay)).into()
}
