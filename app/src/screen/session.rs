//! Songs and timeline.

mod bench;
mod coherence;
mod disc;
mod edit;
mod ends;
mod lathe;
mod levels;
mod line;
mod markers;
mod metadata;
mod mixes;
mod picture;
mod point;
mod sides;
mod spacing;
mod table;
mod tape;

use std::collections::HashSet;
use std::sync::Arc;

use iced::widget::{column, container, pick_list, row, slider, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::compare::spacing::Taken;
use lacquer_engine::dsp::fade::Shape;
use lacquer_engine::session::{Address, Edit, Join, PassKind, Resolved, Scope, USUAL_VERSIONS};

use crate::desk::album::Ask;
use crate::desk::medium::Record;
use crate::desk::{Action, Desk, Ends};
use crate::theme::{Element, font, icon, plate as ground};
use crate::widget::key::{self, Kind};
use crate::widget::timeline::{self, Event, Object, Owner, Place, Snap, Span, TimeFormat, Timeline};
use crate::widget::waveform::{Columns, Strip};
use crate::widget::{Layout, header, plate, segment, text};

pub use bench::Bench;
pub use ends::End;
pub use point::Change as PointChange;

/// A text of a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Its title.
    Title,
    /// Its artist.
    Artist,
    /// Its ISRC.
    Isrc,
}

/// What happens to the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// A row was pressed.
    Select(String),
    /// A text of a song was typed.
    Word(Box<Edit>),
    /// A new level of a song, dB.
    Gain(String, f64),
    /// A new pause or crossfade before a song, s.
    Join(String, f64),
    /// Pause instead of crossfade, or the other way round.
    SwitchJoin(String),
    /// A song to a place in the order, from 0.
    MoveTo(String, usize),
    /// A song one place up or down.
    Move(String, bool),
    /// A song out of every pass, or in again.
    Disable(String),
    /// Another bench on the upper plate.
    Bench(Bench),
    /// Something about the songs together.
    Ask(Ask),
    /// Leaves the proposals about a song, or considers them again.
    Decline(String),
    /// The loudness songs are brought to, LUFS.
    Target(f64),
    /// The kind of version that is added next.
    Version(&'static str),
    /// The version the heard pass plays.
    PassVersion(String),
    /// The heard pass with a sequence of its own, or with the main one.
    OwnSequence(bool),
    /// A song into the heard pass alone, or out of it.
    InPass(String, bool),
    /// The selected song twice.
    Double,
    /// A cut at the playhead: inside the song, or into two songs.
    Cut {
        /// What follows becomes a song of its own.
        apart: bool,
    },
    /// Plays the nearest join with one of its songs alone: the one that ends, or the one that begins.
    Side(bool),
    /// Plays every join.
    Transitions,
    /// Another curve at an end of the selected song.
    Curve(End, Shape),
    /// Another length of a fade of the selected song, s.
    FadeLength(End, f64),
    /// Hears another pass.
    Hear(String),
    /// The next step of the bench: find, then take.
    Primary,
    /// Marks the playhead.
    Mark,
    /// To the next marker, or the one before.
    GoMarker(bool),
    /// To a second of the album.
    SeekTo(f64),
    /// Add files.
    Add,
    /// The timeline.
    Timeline(Event),
    /// The whole album.
    ZoomAll,
    /// The selection, or the selected song.
    ZoomSelection,
    /// Lines of level over the songs, or not.
    Envelope,
    /// Whose line is drawn.
    Line(Option<line::Line>),
    /// The selected point of a line.
    Point(point::Change),
    /// Play the first or the last seconds of every song.
    Ends(Ends),
    /// Closer (below 1) or wider.
    Zoom(f64),
    /// The place of the zoom slider, 0 wide to 1 close.
    Slide(f64),
    /// Another format of times.
    Format(TimeFormat),
    /// Follow the playhead, or not.
    Follow,
    /// Play the nearest transition.
    Transition,
    /// To the next song's start.
    NextSong,
    /// The sides of a record.
    Lathe(lathe::Message),
    /// The sides of a cassette.
    Tape(tape::Message),
}

/// The page's own state: nothing that is saved.
pub struct State {
    view: Option<Span>,
    format: TimeFormat,
    follow: bool,
    /// Lines of level can be drawn.
    envelope: bool,
    /// The parameter whose line is drawn; none is the level before the chain.
    line: Option<line::Line>,
    /// The point that is selected.
    point: Option<Place>,
    drag: Option<edit::Drag>,
    /// What lies on the upper plate.
    bench: Bench,
    /// Songs whose proposals were declined.
    declined: HashSet<String>,
    /// The loudness songs are brought to, where it was typed, LUFS.
    target: Option<f64>,
    /// The kind of version that is added next.
    version: &'static str,
    pictures: picture::Pictures,
    nothing: Arc<dyn Columns>,
    lathe: lathe::State,
}

impl Default for State {
    fn default() -> State {
        State {
            view: None,
            format: TimeFormat::Cd,
            follow: true,
            envelope: false,
            line: None,
            point: None,
            drag: None,
            bench: Bench::default(),
            declined: HashSet::new(),
            target: None,
            version: USUAL_VERSIONS[0],
            pictures: picture::Pictures::default(),
            nothing: Arc::new(Strip { step_s: 1.0, columns: Vec::new() }),
            lathe: lathe::State::default(),
        }
    }
}

/// The shortest span the zoom slider reaches, s.
const CLOSEST: f64 = 0.5;

impl State {
    /// Answers a message.
    pub fn update(&mut self, message: Message, desk: &Desk) -> Action {
        match message {
            Message::Select(song) => Action::Select(song),
            Message::Word(edit) => edit::taken(*edit),
            Message::Gain(song, gain) => edit::gain(desk, &song, gain),
            Message::Join(song, seconds) => edit::join_length(desk, &song, seconds),
            Message::SwitchJoin(song) => edit::switch_join(desk, &song),
            Message::MoveTo(song, place) => edit::place(desk, &song, place),
            Message::Move(song, down) => edit::shift(desk, &song, down),
            Message::Disable(song) => edit::disable(desk, &song),
            Message::Bench(bench) => {
                self.bench = bench;
                Action::None
            }
            Message::Ask(ask) => {
                if ask == Ask::Space {
                    self.declined.clear();
                }
                Action::Album(ask)
            }
            Message::Decline(song) => {
                if !self.declined.remove(&song) {
                    self.declined.insert(song);
                }
                Action::None
            }
            Message::Target(target) => {
                self.target = Some(target);
                Action::None
            }
            Message::Version(version) => {
                self.version = version;
                Action::None
            }
            Message::PassVersion(version) => mixes::play(desk, &version),
            Message::OwnSequence(own) => edit::own_sequence(desk, own),
            Message::InPass(song, taken) => edit::in_pass(desk, &song, taken),
            Message::Double => edit::double(desk),
            Message::Cut { apart } => edit::cut(desk, apart),
            Message::Side(outgoing) => nearest_join(desk).map_or(Action::None, |song| Action::PlaySide(song, outgoing)),
            Message::Transitions => Action::PlayTransitions,
            Message::Curve(end, shape) => ends::curve(desk, end, shape),
            Message::FadeLength(end, seconds) => ends::length(desk, end, seconds),
            Message::Hear(pass) => Action::Hear(pass),
            Message::Primary => match self.primary(desk) {
                Some(message) => self.update(message, desk),
                None => Action::None,
            },
            Message::Mark => edit::mark(desk),
            Message::GoMarker(forward) => go_marker(desk, forward),
            Message::SeekTo(seconds) => Action::Seek(desk.frame(seconds)),
            Message::Add => Action::AddFiles,
            Message::Timeline(event) => self.timeline_event(event, desk),
            Message::ZoomAll => {
                self.view = None;
                Action::None
            }
            Message::ZoomSelection => {
                self.zoom_selection(desk);
                Action::None
            }
            Message::Envelope => {
                self.envelope = !self.envelope;
                Action::None
            }
            Message::Line(line) => {
                (self.line, self.point) = (line, None);
                self.envelope = true;
                Action::None
            }
            Message::Point(change) => self.change_point(desk, change),
            Message::Ends(ends) => Action::PlayEnds(ends),
            Message::Zoom(factor) => {
                let here = desk.seconds(desk.position());
                let view = self.span(desk);
                let about = if view.shows(here, here) { here } else { (view.start_s + view.end_s) / 2.0 };
                self.view = Some(view.zoomed(factor, about, album_s(desk)));
                Action::None
            }
            Message::Slide(place) => {
                let view = self.span(desk);
                let longest = album_s(desk).max(2.0 * CLOSEST);
                let length = longest * libm::pow(CLOSEST / longest, place.clamp(0.0, 1.0));
                self.update(Message::Zoom(length / view.length_s()), desk)
            }
            Message::Format(format) => {
                self.format = format;
                Action::None
            }
            Message::Follow => {
                self.follow = !self.follow;
                Action::None
            }
            Message::Transition => nearest_join(desk).map_or(Action::None, Action::PlayTransition),
            Message::NextSong => next_song(desk),
            Message::Lathe(message) => self.lathe.update(message, desk),
            Message::Tape(message) => tape::update(message, desk),
        }
    }

    /// What the filled key of the bench means now.
    fn primary(&self, desk: &Desk) -> Option<Message> {
        if desk.album.running.is_some() || desk.is_empty() {
            return None;
        }
        let album = &desk.album;
        let ask = match self.bench {
            Bench::Songs => return Some(Message::Add),
            Bench::Markers => return Some(Message::Mark),
            Bench::Disc => return None,
            Bench::Texts => Ask::PasteTexts,
            Bench::Spacing => match spacing::open(self, desk) {
                songs if songs.is_empty() => Ask::Space,
                songs => Ask::TakeSpacing(songs, Taken::ALL),
            },
            Bench::Levels if album.levels.as_ref().is_some_and(|known| !known.found.edits.is_empty()) => {
                Ask::TakeLevels
            }
            Bench::Levels => Ask::Level(self.target.or(desk.target()).unwrap_or(levels::USUAL)),
            Bench::Coherence => Ask::Compare,
            Bench::Mixes if album.arrived.is_some() => Ask::TakeMix,
            Bench::Mixes => Ask::CheckVersions,
        };
        Some(Message::Ask(ask))
    }

    /// Takes the pictures of a record that was cut.
    pub fn take_record(&mut self, record: &Record) {
        self.lathe.take(record);
    }

    /// Shows the course of a parameter of a chain.
    pub fn show_course(&mut self, address: &Address, desk: &mut Desk) {
        if let Scope::Song(song) = &address.scope {
            desk.song = Some(song.clone());
        }
        self.line = line::Line::of(address, desk);
        self.envelope = true;
    }

    /// Other points of a line: of the parameter that is shown, or of the level before the chain.
    fn levels(&mut self, desk: &Desk, owner: Owner, clip: usize, points: &[(f64, f64)]) -> Action {
        // What comes or goes makes other points of those that follow.
        let held = self.point.filter(|place| place.owner == owner && place.point.is_some_and(|at| at < points.len()));
        self.point = held;
        match (&self.line, owner) {
            (Some(line), Owner::Album) => line::moved(desk, line, Scope::Album, points),
            (Some(line), Owner::Song(song)) if !line.album => match song_id(desk, song) {
                Some(id) => line::moved(desk, line, Scope::Song(id), points),
                None => Action::None,
            },
            (_, Owner::Song(song)) => edit::levels(desk, song, clip, points),
            (None, Owner::Album) => Action::None,
        }
    }

    /// Shows the selection or the selected song, with a little of what lies beside it.
    fn zoom_selection(&mut self, desk: &Desk) {
        let song = || {
            let plan = desk.plan.as_ref()?;
            let song = desk.selected_song()?;
            Some((song.start as f64 / plan.rate.hz(), song.end as f64 / plan.rate.hz()))
        };
        if let Some((from, to)) = desk.selection.or_else(song) {
            let beside = 0.03 * (to - from);
            self.view = Some(Span { start_s: (from - beside).max(0.0), end_s: to + beside }.inside(album_s(desk)));
        }
    }

    /// Scrolls with the playhead, a page at a time.
    pub fn follow(&mut self, desk: &Desk, playing: bool) {
        let Some(view) = self.view.filter(|_| self.follow && playing && self.drag.is_none()) else { return };
        let here = desk.seconds(desk.position());
        if !(view.start_s..view.end_s).contains(&here) {
            // A little of what was is left at the left edge.
            let shift = here - view.start_s - 0.05 * view.length_s();
            self.view = Some(view.scrolled(shift, album_s(desk)));
        }
    }

    fn timeline_event(&mut self, event: Event, desk: &Desk) -> Action {
        match event {
            Event::Seek(seconds) => Action::Seek(desk.frame(seconds)),
            Event::Select(index) => song_id(desk, index).map_or(Action::None, Action::Select),
            Event::View(span) => {
                self.view = Some(span);
                Action::None
            }
            Event::DragStarted(object) => {
                if let Object::Level(place) = object {
                    self.point = Some(place);
                }
                self.drag = edit::Drag::begin(desk, object);
                Action::Begin(edit::label(object))
            }
            Event::Dragged { object, value } => {
                self.drag.as_ref().map_or(Action::None, |drag| edit::drag(desk, drag, object, value))
            }
            Event::DragEnded(_) => {
                self.drag = None;
                Action::End
            }
            Event::DragCancelled(_) => {
                self.drag = None;
                Action::Cancel
            }
            Event::Nudge { object, frames } => edit::nudge(desk, object, frames),
            Event::Reshape { object, steps } => edit::reshape(desk, object, steps),
            Event::Reset(object) => edit::reset(desk, object),
            Event::Levels { owner, clip, points } => self.levels(desk, owner, clip, &points),
            Event::NoPoint => {
                self.point = None;
                Action::None
            }
            Event::Range(from, to) => Action::SelectSpan(Some((from, to))),
        }
    }

    fn span(&self, desk: &Desk) -> Span {
        let all = Span { start_s: 0.0, end_s: album_s(desk).max(1.0) };
        self.view.map_or(all, |view| view.inside(album_s(desk)))
    }

    /// The page.
    pub fn view<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let resolved = desk.session().resolve(&desk.pass);
        // A pass for a medium with sides gives the page another form.
        match resolved.as_ref().filter(|resolved| !resolved.songs.is_empty()) {
            Some(it) if it.pass.kind == PassKind::Vinyl => return self.lathe.view(desk, it).map(Message::Lathe),
            Some(it) if it.pass.kind == PassKind::Cassette => return tape::view(desk, it).map(Message::Tape),
            _ => {}
        }
        let upper = match self.bench {
            Bench::Songs => table::view(desk, resolved.as_ref()),
            Bench::Texts => metadata::view(desk),
            Bench::Spacing => spacing::view(self, desk),
            Bench::Levels => levels::view(self, desk),
            Bench::Coherence => coherence::view(desk),
            Bench::Mixes => mixes::view(self, desk),
            Bench::Disc => disc::view(desk),
            Bench::Markers => markers::view(desk),
        };
        column![upper, self.timeline_plate(desk, resolved.as_ref())].spacing(8).into()
    }

    fn timeline_plate<'a>(&'a self, desk: &'a Desk, resolved: Option<&Resolved>) -> Element<'a, Message> {
        let aside = desk.layout.pick("peaks: dots source, light after chain, dark RMS", "");
        let rate = desk.plan.as_ref().map_or(44_100, |plan| plan.delivered.0);
        let formats = [(0, "CD"), (1, "ms"), (2, "samples")];
        let chosen = match self.format {
            TimeFormat::Cd => 0,
            TimeFormat::Milliseconds => 1,
            TimeFormat::Samples(_) => 2,
        };
        let format = segment::one_of(&formats, chosen, move |index| {
            Message::Format([TimeFormat::Cd, TimeFormat::Milliseconds, TimeFormat::Samples(rate)][index])
        });
        let keys: Vec<Element<'a, Message>> = vec![
            text::label("Zoom").into(),
            key::icon(icon::MINUS, Some(Message::Zoom(2.0))).into(),
            slider(0.0..=1.0, self.zoom_place(desk), Message::Slide).step(0.001).width(96).into(),
            key::icon(icon::PLUS, Some(Message::Zoom(0.5))).into(),
            space().width(8).into(),
            format,
            self.lines(desk),
            key::key("Line", Some(Message::Envelope)).kind(Kind::Toggle(self.envelope)).into(),
            key::key("Follow", Some(Message::Follow)).kind(Kind::Toggle(self.follow)).into(),
        ];
        let picture = timeline::timeline(self.timeline(desk, resolved), Message::Timeline);
        let edge = desk.layout.pick(12.0, 8.0);
        let lanes =
            container(picture).height(Length::Fill).padding(Padding { right: edge, left: edge, ..Padding::ZERO });
        let content = column![plate::header("Timeline", aside, keys), lanes, self.foot(desk)];
        plate::ground(container(content).width(Length::Fill).height(Length::Fill), ground::plate)
    }

    /// The list of lines that can be drawn over the selected song.
    fn lines<'a>(&self, desk: &Desk) -> Element<'a, Message> {
        let offers = line::offers(desk);
        let chosen = line::chosen(&offers, self.line.as_ref());
        pick_list(offers, chosen, |offer| Message::Line(offer.line))
            .text_size(font::BODY)
            .font(font::INTER)
            .padding(Padding::from([2, 8]))
            .width(desk.layout.pick(200.0, 184.0))
            .handle(header::drop_handle())
            .into()
    }

    fn foot<'a>(&self, desk: &Desk) -> Element<'a, Message> {
        let edge = desk.layout.pick(12.0, 8.0);
        let plays = nearest_join(desk).map(|_| Message::Transition);
        let mut line = row![
            key::key("Play transition", plays).kind(Kind::Primary).shortcut("T").width(184).height(32.0),
            key::key("Next song", (!desk.is_empty()).then_some(Message::NextSong)).height(32.0),
            key::key("Heads", (!desk.is_empty()).then_some(Message::Ends(Ends::Heads))).height(32.0),
            key::key("Tails", (!desk.is_empty()).then_some(Message::Ends(Ends::Tails))).height(32.0),
            key::key("All transitions", nearest_join(desk).map(|_| Message::Transitions)).height(32.0),
            key::key("Out alone", nearest_join(desk).map(|_| Message::Side(true))).height(32.0),
            key::key("In alone", nearest_join(desk).map(|_| Message::Side(false))).height(32.0),
        ]
        .spacing(8)
        .height(48)
        .align_y(Alignment::Center)
        .padding(Padding { right: edge, left: edge, ..Padding::ZERO });
        if let Some(point) = self.point_fields(desk) {
            line = line.push(space::horizontal()).push(point);
        } else if desk.layout == Layout::Large {
            let help = match (self.envelope, &self.line) {
                (true, Some(_)) => Some("Double-click the lane for a point, drag it, double-click takes it away"),
                (true, None) => Some("Press the line of the song for a point, drag it, double-click takes it away"),
                (false, _) => None,
            };
            line = line.push(space::horizontal());
            line = match help {
                Some(help) => line.push(text::label(help)),
                None => line.push(ends::view(desk)),
            };
        }
        line.into()
    }

    /// Where the zoom slider stands.
    fn zoom_place(&self, desk: &Desk) -> f64 {
        let longest = album_s(desk).max(2.0 * CLOSEST);
        let place = libm::log(self.span(desk).length_s() / longest) / libm::log(CLOSEST / longest);
        place.clamp(0.0, 1.0)
    }

    fn timeline(&self, desk: &Desk, resolved: Option<&Resolved>) -> Timeline {
        let mut timeline = Timeline {
            view: self.span(desk),
            album_s: album_s(desk),
            songs: Vec::new(),
            joins: Vec::new(),
            indices: Vec::new(),
            target_lufs: desk.target(),
            marks: Vec::new(),
            playhead_s: desk.plan.as_ref().map(|_| desk.seconds(desk.position())),
            snap: Snap::ALL,
            format: self.format,
            selection: desk.selection,
            shows_levels: self.envelope,
            album_levels: Vec::new(),
            point: self.point,
        };
        if let Some(line) = self.line.as_ref().filter(|line| line.album) {
            timeline.album_levels = line::course(desk, line, Scope::Album, 0.0, album_s(desk));
        }
        if let (Some(plan), Some(resolved)) = (&desk.plan, resolved) {
            picture::songs(self, desk, plan, resolved, &mut timeline);
            picture::indices(plan, resolved, &mut timeline);
            picture::marks(desk, plan, &mut timeline);
        }
        timeline
    }
}

/// Length of the programme, s.
fn album_s(desk: &Desk) -> f64 {
    desk.plan.as_ref().map_or(0.0, |plan| plan.frames as f64 / plan.rate.hz())
}

fn song_id(desk: &Desk, index: usize) -> Option<String> {
    desk.plan.as_ref()?.songs.get(index).map(|song| song.id.clone())
}

/// Place in the plan of the song whose start is nearest to the playhead; the first song has no join.
fn nearest_join(desk: &Desk) -> Option<usize> {
    let plan = desk.plan.as_ref()?;
    let here = plan.from_delivered(desk.position());
    let joins = plan.songs.iter().enumerate().skip(1);
    joins.min_by_key(|(_, song)| song.start.abs_diff(here)).map(|(index, _)| index)
}

/// The next marker, or the one before: a playing head is past the one it has just come to.
fn go_marker(desk: &Desk, forward: bool) -> Action {
    let here = desk.seconds(desk.position());
    let places: Vec<f64> = desk.markers().iter().map(|(_, seconds, _)| *seconds).collect();
    let grace = if desk.monitor.transport().playing { 0.5 } else { 0.0005 };
    let found = match forward {
        true => places.iter().copied().filter(|at| *at > here + 0.0005).min_by(f64::total_cmp),
        false => places.iter().copied().filter(|at| *at + grace < here).max_by(f64::total_cmp),
    };
    match found {
        Some(seconds) => Action::Seek(desk.frame(seconds)),
        None => Action::Say(if forward { "no marker follows" } else { "no marker stands before" }.into()),
    }
}

fn next_song(desk: &Desk) -> Action {
    let Some(plan) = &desk.plan else { return Action::None };
    let here = desk.position();
    let mut starts = plan.songs.iter().map(|song| plan.to_delivered(song.start));
    starts.find(|start| *start > here).map_or(Action::None, Action::Seek)
}

/// The pause before a song in seconds; negative where it overlaps.
fn pause_s(join: &Join) -> f64 {
    match join {
        Join::Gap(length) => length.0,
        Join::Crossfade { length, .. } => -length.0,
    }
}

/// The size of table numbers.
const NUMBER: f32 = font::TABLE;
