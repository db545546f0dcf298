//! Heads, tails and pauses: what was found at the ends of songs, taken or left song by song.

use lacquer_engine::compare::spacing::{SongSpacing, Taken, Trim};
use lacquer_engine::unit::Seconds;

use iced::widget::row;
use iced::{Alignment, Length};

use super::bench::{self, Bench};
use super::{Message, NUMBER, State};
use crate::desk::Desk;
use crate::desk::album::Ask;
use crate::theme::plate::Meaning;
use crate::theme::{Element, text as ink};
use crate::widget::key::Kind;
use crate::widget::table::{self, Column};
use crate::widget::{Layout, key, number, text};

fn columns(layout: Layout) -> Vec<Column<'static>> {
    let mut columns = vec![
        Column::numbers("#", 28.0),
        Column::words("Title", Length::FillPortion(3)),
        Column::numbers("Head s", 72.0),
        Column::numbers("Tail s", 72.0),
        Column::numbers("Entry s", 64.0),
        Column::numbers("Decay s", 68.0),
        Column::numbers("Pause s", 68.0),
        Column::numbers("Proposed s", 84.0),
    ];
    if layout == Layout::Large {
        columns.push(Column::words("Why", Length::FillPortion(7)));
    }
    columns.push(Column::words("", Length::Fixed(148.0)));
    columns
}

/// Whether anything is proposed.
fn proposes(song: &SongSpacing) -> bool {
    song.head.is_some() || song.tail.is_some() || song.pause.is_some()
}

/// The songs that have a proposal nobody has declined.
pub fn open(state: &State, desk: &Desk) -> Vec<String> {
    let found = desk.album.spacing.iter().flat_map(|known| &known.found);
    let open = found.filter(|song| proposes(song) && !state.declined.contains(&song.song));
    open.map(|song| song.song.clone()).collect()
}

/// Why something is proposed for the selected song, where its row has no room for it.
fn why(desk: &Desk) -> Option<&str> {
    let known = desk.album.spacing.as_ref().filter(|_| desk.layout == Layout::Small)?;
    let song = known.found.iter().find(|song| Some(&song.song) == desk.song.as_ref())?;
    let pause = song.pause.as_ref().map(|pause| pause.reason.as_str());
    song.left_alone.as_deref().or(pause)
}

/// The bench.
pub fn view<'a>(state: &'a State, desk: &'a Desk) -> Element<'a, Message> {
    let Some(known) = &desk.album.spacing else {
        let words = "Finds where every song begins and has died away, and proposes pauses for how one ends and the next comes in.";
        let foot = bench::foot(desk, Vec::new(), Vec::new());
        return bench::empty(
            desk,
            Bench::Spacing,
            (words, "Find heads and tails"),
            Some(Message::Ask(Ask::Space)),
            foot,
        );
    };
    let ids = open(state, desk);
    let take = |taken| (!ids.is_empty()).then(|| Message::Ask(Ask::TakeSpacing(ids.clone(), taken)));
    let only = Taken { heads: false, tails: false, pauses: false };
    let foot = bench::foot(
        desk,
        vec![
            key::key("Accept all", take(Taken::ALL)).kind(Kind::Primary).into(),
            key::key("Heads", take(Taken { heads: true, ..only })).into(),
            key::key("Tails", take(Taken { tails: true, ..only })).into(),
            key::key("Pauses", take(Taken { pauses: true, ..only })).into(),
            key::key("Find again", desk.album.running.is_none().then_some(Message::Ask(Ask::Space))).into(),
        ],
        vec![text::label(why(desk).unwrap_or("one step of undo; nothing changes before")).into()],
    );
    let mut facts = bench::running(desk);
    facts.extend(bench::stale(known.is_of(&desk.document.snapshot(), &desk.pass)));
    facts.push(text::label(format!("{} of {} songs have a proposal", ids.len(), known.found.len())).into());
    let columns = columns(desk.layout);
    let rows = known.found.iter().enumerate().map(|(index, song)| line(state, desk, index, song, &columns)).collect();
    bench::plated(desk, Bench::Spacing, facts, (columns, rows), foot)
}

fn line<'a>(
    state: &State,
    desk: &'a Desk,
    index: usize,
    song: &'a SongSpacing,
    columns: &[Column<'a>],
) -> Element<'a, Message> {
    let declined = state.declined.contains(&song.song);
    let mono = |shown: String| text::mono(shown, NUMBER).style(if declined { ink::disabled } else { ink::text });
    let told = |seconds: Option<Seconds>| mono(number::reading(seconds.map(|seconds| seconds.0), 2)).into();
    let trim = |trim: Option<Trim>| {
        mono(trim.map_or_else(|| number::DASH.into(), |trim| number::change(-trim.removed_s.0, 2)))
    };
    let pause = |of: fn(&lacquer_engine::compare::spacing::Pause) -> Seconds| {
        mono(number::reading(song.pause.as_ref().map(|pause| of(pause).0), 2)).into()
    };
    let why = match (&song.pause, &song.left_alone, song.loud_db) {
        (_, _, None) => "it is silent",
        (_, Some(why), _) => why.as_str(),
        (Some(pause), None, _) => pause.reason.as_str(),
        (None, None, _) => "",
    };
    let id = || song.song.clone();
    let keys: Element<'a, Message> = match (proposes(song), declined) {
        (false, _) => text::label(number::DASH).into(),
        (true, true) => key::key("Reconsider", Some(Message::Decline(id()))).width(100).height(24.0).into(),
        (true, false) => row![
            key::key("Accept", Some(Message::Ask(Ask::TakeSpacing(vec![id()], Taken::ALL)))).width(68).height(24.0),
            key::key("Decline", Some(Message::Decline(id()))).width(68).height(24.0),
        ]
        .spacing(6)
        .align_y(Alignment::Center)
        .into(),
    };
    let mut cells: Vec<Element<'a, Message>> = vec![
        text::mono((index + 1).to_string(), NUMBER).style(ink::text2).into(),
        bench::cell(text::word(song.title.clone())),
        trim(song.head).into(),
        trim(song.tail).into(),
        told(song.entry_s),
        told(song.decay_s),
        pause(|pause| pause.now_s),
        pause(|pause| pause.to_s),
    ];
    if desk.layout == Layout::Large {
        cells.push(bench::cell(text::label(why)));
    }
    cells.push(keys);
    let bar = (desk.song.as_ref() == Some(&song.song)).then_some(Meaning::A);
    table::row(columns, cells, table::row_height(desk.layout), bar, Some(Message::Select(song.song.clone())))
}
