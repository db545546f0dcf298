//! Markers: places the engineer has marked, with a word about each.

use iced::Length;

use super::bench::{self, Bench};
use super::{Message, NUMBER, picture};
use crate::desk::Desk;
use crate::theme::plate::Meaning;
use crate::theme::{Element, font};
use crate::widget::table::{self, Column};
use crate::widget::{field, key, number, text};

fn columns() -> Vec<Column<'static>> {
    vec![
        Column::numbers("CD time", 88.0),
        Column::words("Song", Length::FillPortion(2)),
        Column::numbers("In the song s", 104.0),
        Column::words("Marker", Length::FillPortion(5)),
        Column::words("", Length::Fixed(124.0)),
    ]
}

/// The bench.
pub fn view(desk: &Desk) -> Element<'_, Message> {
    let markers = desk.markers();
    let ready = !desk.is_empty();
    let left = vec![
        key::key("Mark here", ready.then_some(Message::Mark)).shortcut("M").into(),
        key::key("Previous", (!markers.is_empty()).then_some(Message::GoMarker(false))).shortcut("Q").into(),
        key::key("Next", (!markers.is_empty()).then_some(Message::GoMarker(true))).shortcut("W").into(),
    ];
    let foot =
        bench::foot(desk, left, vec![text::label("markers stand in song time: they move with their song").into()]);
    if markers.is_empty() {
        let words = "A marker stands at a place of a song, whatever is moved around it.";
        return bench::empty(desk, Bench::Markers, (words, "Mark the playhead"), ready.then_some(Message::Mark), foot);
    }
    let columns = columns();
    let here = desk.seconds(desk.position());
    let rows = markers.into_iter().map(|(song, seconds, marker)| {
        let title = desk.session().song(song).map_or("", |song| song.title.as_str());
        let (song, id) = (song.to_string(), marker.id.clone());
        let words = {
            let (song, id) = (song.clone(), id.clone());
            field::words(marker.text.clone(), "no word", font::INTER, move |typed| {
                bench::typed(desk, &format!("song.{song}.marker.{id}.text={}", typed.trim()))
            })
        };
        let away = bench::typed(desk, &format!("song.{song}.marker.{id}-=")).ok();
        let keys = iced::widget::row![
            key::key("Go", Some(Message::SeekTo(seconds))).width(44).height(24.0),
            key::key("Remove", away).width(72).height(24.0),
        ];
        let cells = vec![
            text::mono(picture::cd_time(seconds), NUMBER).into(),
            bench::cell(text::word(title)),
            text::mono(number::level(marker.at.0, 3), NUMBER).into(),
            words.into(),
            keys.spacing(6).into(),
        ];
        let bar = ((seconds - here).abs() < 0.01).then_some(Meaning::A);
        table::row(&columns, cells, table::row_height(desk.layout), bar, Some(Message::Select(song)))
    });
    let rows = rows.collect();
    bench::plated(desk, Bench::Markers, Vec::new(), (columns.clone(), rows), foot)
}
