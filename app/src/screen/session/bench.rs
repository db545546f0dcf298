//! The upper plate: songs, and everything that is done with them together. One at a time, in one place.

use iced::widget::{column, container, row, scrollable, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::session::{Edit, EditError};

use super::Message;
use crate::desk::Desk;
use crate::desk::album::{Ask, Work};
use crate::theme::{Element, font, plate as ground};
use crate::widget::segment;
use crate::widget::table::{self, Column};
use crate::widget::{key, plate, text};

/// What lies on the upper plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bench {
    /// The songs in their order.
    #[default]
    Songs,
    /// Titles, artists, writers, codes.
    Texts,
    /// Heads, tails and pauses.
    Spacing,
    /// Songs at one loudness.
    Levels,
    /// Songs beside each other.
    Coherence,
    /// New mixes and versions.
    Mixes,
    /// Marks of a disc.
    Disc,
    /// Places that were marked.
    Markers,
}

impl Bench {
    /// All of them, in the order of their tabs.
    pub const ALL: [(Bench, &'static str); 8] = [
        (Bench::Songs, "Songs"),
        (Bench::Texts, "Metadata"),
        (Bench::Spacing, "Spacing"),
        (Bench::Levels, "Levels"),
        (Bench::Coherence, "Coherence"),
        (Bench::Mixes, "Mixes"),
        (Bench::Disc, "Disc marks"),
        (Bench::Markers, "Markers"),
    ];
}

/// Rows that are always there; more scroll in the small layout.
const FEWEST: usize = 6;
/// Rows beyond which a table scrolls in the large layout.
const MOST: usize = 12;

/// How many rows are shown of so many.
pub fn shown(desk: &Desk, rows: usize) -> usize {
    rows.clamp(desk.layout.pick(FEWEST, 4), desk.layout.pick(MOST, FEWEST))
}

/// The strip over a bench: its tabs at the left, facts at the right.
pub fn header<'a>(bench: Bench, facts: Vec<Element<'a, Message>>) -> Element<'a, Message> {
    row![
        segment::one_of(&Bench::ALL, bench, Message::Bench),
        space::horizontal(),
        row(facts).spacing(10).align_y(Alignment::Center)
    ]
    .height(plate::HEADER + 4.0)
    .align_y(Alignment::Center)
    .padding(Padding::from([0.0, plate::PADDING]))
    .into()
}

/// The strip under a bench.
pub fn foot<'a>(
    desk: &Desk,
    left: Vec<Element<'a, Message>>,
    right: Vec<Element<'a, Message>>,
) -> Element<'a, Message> {
    let edge = desk.layout.pick(12.0, 8.0);
    row(left)
        .push(space::horizontal())
        .extend(right)
        .spacing(8)
        .height(44)
        .align_y(Alignment::Center)
        .padding(Padding { right: edge, left: edge, ..Padding::ZERO })
        .into()
}

/// A bench of a table: as high as the table of songs would be.
pub fn plated<'a>(
    desk: &Desk,
    bench: Bench,
    facts: Vec<Element<'a, Message>>,
    (columns, rows): (Vec<Column<'a>>, Vec<Element<'a, Message>>),
    foot: Element<'a, Message>,
) -> Element<'a, Message> {
    let height = table::row_height(desk.layout) * shown(desk, desk.session().songs.len()) as f32;
    let body = scrollable(column(rows)).width(Length::Fill).height(height);
    let content = column![header(bench, facts), table::head(&columns), body, foot];
    plate::ground(container(content).width(Length::Fill), ground::plate)
}

/// A bench whose table is not there yet: what it is for, and the key that begins.
pub fn empty<'a>(
    desk: &'a Desk,
    bench: Bench,
    (words, what): (&'a str, &'static str),
    begin: Option<Message>,
    foot: Element<'a, Message>,
) -> Element<'a, Message> {
    let height = table::row_height(desk.layout) * shown(desk, desk.session().songs.len()) as f32 + 25.0;
    let begin = key::key(what, begin.filter(|_| desk.album.running.is_none())).kind(key::Kind::Primary);
    let inside = column![text::word2(words), begin.height(32.0)].spacing(12).align_x(Alignment::Center);
    let content =
        column![header(bench, running(desk)), container(inside).center_x(Length::Fill).center_y(height), foot];
    plate::ground(container(content).width(Length::Fill), ground::plate)
}

/// How far the work is that is under way, with the key that ends it.
pub fn running<'a>(desk: &Desk) -> Vec<Element<'a, Message>> {
    let Some((work, share)) = desk.album.running else { return Vec::new() };
    let what = match work {
        Work::Spacing => "Listening for heads and tails",
        Work::Levels => "Working out levels",
        Work::Coherence => "Measuring the songs",
        Work::Mix => "Laying the new mix on the old one",
        Work::Versions => "Laying versions on their songs",
    };
    vec![
        text::label(what).into(),
        text::number(format!("{:.0}", 100.0 * share), "%", font::BODY),
        key::key("Stop", Some(Message::Ask(Ask::Stop))).height(24.0).into(),
    ]
}

/// An edit that was typed as the command line writes it: the message that does it, or why not.
pub fn typed(desk: &Desk, text: &str) -> Result<Message, String> {
    Edit::parse(&desk.document, text).map(|edit| Message::Word(Box::new(edit))).map_err(|error| match error {
        EditError::Refused { reason, .. } => format!("{reason}; the old one stays"),
        other => other.to_string(),
    })
}

/// A cell of words that is cut off at its edge.
pub fn cell<'a>(words: iced::widget::Text<'a, crate::theme::Theme>) -> Element<'a, Message> {
    container(words.wrapping(iced::widget::text::Wrapping::None)).width(Length::Fill).clip(true).into()
}

/// A word about results of another state than the one that stands.
pub fn stale<'a>(current: bool) -> Option<Element<'a, Message>> {
    (!current).then(|| text::label("of an earlier state").style(crate::theme::text::warning).into())
}
