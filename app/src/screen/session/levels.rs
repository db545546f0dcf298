//! Songs at one loudness: before, after, the gain, and what keeps a song from it.

use iced::Length;
use lacquer_engine::compare::level::{Limit, SongLevel};

use super::bench::{self, Bench};
use super::{Message, NUMBER, State};
use crate::desk::Desk;
use crate::desk::album::Ask;
use crate::theme::plate::Meaning;
use crate::theme::{Element, text as ink};
use crate::widget::key::Kind;
use crate::widget::table::{self, Column};
use crate::widget::{field, key, number, text};

/// The loudness songs are brought to where neither the engineer nor the profile names one: what the large services play at.
pub const USUAL: f64 = -14.0;
/// The range of a target, LUFS.
const TARGETS: (f64, f64) = (-70.0, 0.0);

fn columns() -> Vec<Column<'static>> {
    vec![
        Column::numbers("#", 28.0),
        Column::words("Title", Length::FillPortion(3)),
        Column::numbers("Before LUFS", 92.0),
        Column::numbers("After LUFS", 84.0),
        Column::numbers("Gain dB", 72.0),
        Column::numbers("TP dBTP", 72.0),
        Column::words("What limits it", Length::FillPortion(5)),
    ]
}

fn words(limit: Option<Limit>, target: f64) -> String {
    let why = match limit {
        None => return String::new(),
        Some(Limit::TruePeak(peak)) => format!("true peak, it would reach {} dBTP", number::level(peak.0, 1)),
        Some(Limit::Chain) => "the chain behind its gain gives way".into(),
        Some(Limit::Gain) => "it would take more than 24 dB".into(),
        Some(Limit::Silent) => return "it is silent".into(),
    };
    format!("cannot reach {} LUFS: {why}", number::level(target, 1))
}

/// The bench.
pub fn view<'a>(state: &'a State, desk: &'a Desk) -> Element<'a, Message> {
    let target = state.target.or(desk.target()).unwrap_or(USUAL);
    let typed = field::field(number::level(target, 1), "LUFS", 104.0, move |typed| {
        let bare = typed.trim().to_lowercase().replace('\u{2212}', "-");
        let bare = bare.trim_end_matches("lufs").trim().to_string();
        let read = bare.parse::<f64>().ok().filter(|level| (TARGETS.0..=TARGETS.1).contains(level));
        read.map(Message::Target).ok_or_else(|| "a loudness from -70 to 0 LUFS".into())
    })
    .on_step(move |notches, fine| {
        Message::Target((target + notches * if fine { 0.1 } else { 0.5 }).clamp(TARGETS.0, TARGETS.1))
    });
    let ready = desk.album.running.is_none() && !desk.is_empty();
    let known = desk.album.levels.as_ref();
    let edits = known.map_or(0, |known| known.found.edits.len());
    let mut left: Vec<Element<'a, Message>> = vec![
        text::label("Every song to").into(),
        typed.into(),
        key::key("Work out", ready.then_some(Message::Ask(Ask::Level(target)))).into(),
    ];
    left.push(key::key("Set gains", (edits > 0).then_some(Message::Ask(Ask::TakeLevels))).kind(Kind::Primary).into());
    let foot = bench::foot(desk, left, vec![text::label("one step of undo").into()]);
    let Some(known) = known else {
        let words = "Gains that bring every song of this pass to one loudness, and what keeps a song from it.";
        return bench::empty(
            desk,
            Bench::Levels,
            (words, "Work out levels"),
            Some(Message::Ask(Ask::Level(target))),
            foot,
        );
    };
    let mut facts = bench::running(desk);
    facts.extend(bench::stale(known.is_of(&desk.document.snapshot(), &desk.pass)));
    let limited = known.found.songs.iter().filter(|song| song.limited.is_some()).count();
    facts.push(text::label(format!("{limited} of {} songs do not reach it", known.found.songs.len())).into());
    let columns = columns();
    let line = |(index, song)| line(desk, index, song, known.found.target, &columns);
    let rows = known.found.songs.iter().enumerate().map(line).collect();
    bench::plated(desk, Bench::Levels, facts, (columns.clone(), rows), foot)
}

fn line<'a>(
    desk: &'a Desk,
    index: usize,
    song: &'a SongLevel,
    target: f64,
    columns: &[Column<'a>],
) -> Element<'a, Message> {
    let mono = |shown: String| text::mono(shown, NUMBER).into();
    let limit = words(song.limited, target);
    let cells: Vec<Element<'a, Message>> = vec![
        text::mono((index + 1).to_string(), NUMBER).style(ink::text2).into(),
        bench::cell(text::word(song.title.clone())),
        mono(number::reading(song.before_lufs.map(|level| level.0), 1)),
        mono(number::reading(song.after_lufs.map(|level| level.0), 1)),
        mono(number::change(song.gain_after_db.0 - song.gain_before_db.0, 2)),
        mono(number::reading(song.true_peak_dbtp.map(|level| level.0), 2)),
        bench::cell(text::label(limit).style(ink::warning)),
    ];
    let bar = (desk.song.as_ref() == Some(&song.song)).then_some(Meaning::A);
    table::row(columns, cells, table::row_height(desk.layout), bar, Some(Message::Select(song.song.clone())))
}
