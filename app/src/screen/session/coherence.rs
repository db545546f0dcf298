//! Songs beside each other, or beside an album that is out: what each is like, and what stands out.

use iced::Length;
use lacquer_engine::compare::coherence::{LEAST_SONGS, SongBeside, Trait};
use lacquer_engine::compare::portrait::Portrait;

use super::bench::{self, Bench};
use super::{Message, NUMBER};
use crate::desk::Desk;
use crate::desk::album::Ask;
use crate::theme::{Element, text as ink};
use crate::widget::table::{self, Column};
use crate::widget::{Layout, key, number, text};

/// The word over a trait, short enough for its column.
fn head(what: Trait) -> (&'static str, f32) {
    match what {
        Trait::Integrated => ("I LUFS", 60.0),
        Trait::ShortTerm95 => ("S95 LUFS", 68.0),
        Trait::Range => ("LRA LU", 56.0),
        Trait::PeakToLoudness => ("PLR dB", 56.0),
        Trait::Tilt => ("Tilt dB/oct", 76.0),
        Trait::LowEnd => ("Low dB", 56.0),
        Trait::Width => ("Width dB", 64.0),
        Trait::Correlation => ("Corr", 48.0),
    }
}

fn columns(layout: Layout) -> Vec<Column<'static>> {
    let mut columns = vec![Column::numbers("#", 28.0), Column::words("Title", Length::FillPortion(2))];
    columns.extend(Trait::ALL.iter().map(|what| {
        let (name, width) = head(*what);
        Column::numbers(name, width)
    }));
    columns.push(Column::words("What stands out", Length::FillPortion(layout.pick(4, 2))));
    columns
}

/// The bench.
pub fn view(desk: &Desk) -> Element<'_, Message> {
    let idle = desk.album.running.is_none();
    let known = desk.album.coherence.as_ref();
    let mut left: Vec<Element<'_, Message>> = vec![
        key::key("Measure", (idle && !desk.is_empty()).then_some(Message::Ask(Ask::Compare))).into(),
        key::key("Keep the album\u{2026}", known.map(|_| Message::Ask(Ask::Freeze))).into(),
        key::key("Against a kept album\u{2026}", idle.then_some(Message::Ask(Ask::Against))).into(),
    ];
    if let Some(signature) = &desk.album.signature {
        left.push(key::key("Against each other", Some(Message::Ask(Ask::AgainstNone))).into());
        left.push(text::label(format!("held against {}", signature.album)).into());
    }
    let foot = bench::foot(desk, left, Vec::new());
    let Some(known) = known else {
        let words = "Loudness, dynamics, tone and width of every song beside the others, with what stands out.";
        return bench::empty(
            desk,
            Bench::Coherence,
            (words, "Measure the songs"),
            Some(Message::Ask(Ask::Compare)),
            foot,
        );
    };
    let mut facts = bench::running(desk);
    facts.extend(bench::stale(known.is_of(&desk.document.snapshot(), &desk.pass)));
    let odd = known.found.iter().filter(|(_, beside)| beside.outliers().next().is_some()).count();
    facts.push(match known.found.iter().all(|(_, beside)| beside.readings.is_empty()) {
        true => text::label(format!("fewer than {LEAST_SONGS} songs: nothing is usual between them")).into(),
        false => text::label(format!("{odd} of {} songs stand out", known.found.len())).into(),
    });
    let columns = columns(desk.layout);
    let lines = known.found.iter().enumerate();
    let rows = lines.map(|(index, (song, beside))| line(desk, index, song, beside, &columns)).collect();
    bench::plated(desk, Bench::Coherence, facts, (columns.clone(), rows), foot)
}

fn line<'a>(
    desk: &Desk,
    index: usize,
    song: &'a Portrait,
    beside: &'a SongBeside,
    columns: &[Column<'a>],
) -> Element<'a, Message> {
    let mut cells: Vec<Element<'a, Message>> = vec![
        text::mono((index + 1).to_string(), NUMBER).style(ink::text2).into(),
        bench::cell(text::word(song.name.clone())),
    ];
    for what in Trait::ALL {
        let odd = beside.outliers().any(|reading| reading.what == what);
        let digits = if matches!(what, Trait::Tilt | Trait::Correlation) { 2 } else { 1 };
        let shown = number::reading(what.of(song), digits);
        let shown = if odd { format!("{shown}!") } else { shown };
        cells.push(text::mono(shown, NUMBER).style(if odd { ink::warning } else { ink::text }).into());
    }
    let words: Vec<String> = beside.outliers().map(|reading| reading.words()).collect();
    cells.push(bench::cell(text::label(words.join("; "))));
    let id = desk.plan.as_ref().and_then(|plan| plan.songs.get(index)).map(|song| song.id.clone());
    let bar = (id.is_some() && id == desk.song).then_some(crate::theme::plate::Meaning::A);
    table::row(columns, cells, table::row_height(desk.layout), bar, id.map(Message::Select))
}
