//! Marks of a compact disc: how early they stand, further indices, what sounds before track 1 or between tracks.

use iced::Length;
use lacquer_engine::session::{PassKind, ResolvedSong};
use lacquer_engine::unit::CdFrame;

use super::bench::{self, Bench};
use super::{Message, NUMBER, picture};
use crate::desk::Desk;
use crate::theme::plate::Meaning;
use crate::theme::{Element, font, text as ink};
use crate::widget::key::Kind;
use crate::widget::table::{self, Column};
use crate::widget::{field, key, number, text};

fn columns() -> Vec<Column<'static>> {
    vec![
        Column::numbers("#", 28.0),
        Column::words("Title", Length::FillPortion(3)),
        Column::numbers("INDEX 00", 84.0),
        Column::numbers("INDEX 01", 84.0),
        Column::words("INDEX 02 and on, from the song's start", Length::FillPortion(5)),
        Column::words("Track begins", Length::Fixed(112.0)),
        Column::words("In the pause", Length::Fixed(108.0)),
    ]
}

/// `1:30:00` of a count of CD frames.
fn shown(frames: CdFrame) -> String {
    picture::cd_time(frames.seconds().0)
}

/// The bench.
pub fn view(desk: &Desk) -> Element<'_, Message> {
    let offsets = desk.heard().map(|pass| pass.offsets.clone()).unwrap_or_default();
    let offset = |name: &'static str, value: CdFrame| {
        field::field(value.0.to_string(), "fr", 72.0, move |typed| {
            let typed = typed.trim().trim_end_matches("fr").trim().trim_end_matches('f').to_string();
            bench::typed(desk, &format!("pass.{}.offsets.{name}={typed}f", desk.pass))
        })
    };
    let left: Vec<Element<'_, Message>> = vec![
        text::label("Before track 1").into(),
        offset("first", offsets.first).into(),
        text::label("Starts early by").into(),
        offset("start", offsets.start).into(),
        text::label("Pauses late by").into(),
        offset("end", offsets.end).into(),
        text::label("Indices early by").into(),
        offset("index", offsets.index).into(),
    ];
    let foot = bench::foot(desk, left, Vec::new());
    if desk.heard().is_none_or(|pass| pass.kind != PassKind::Cd) {
        let disc = desk.session().passes.iter().find(|pass| pass.kind == PassKind::Cd).map(|pass| pass.id.clone());
        let words = "Marks belong to a compact disc: hear a CD pass to set them.";
        return bench::empty(desk, Bench::Disc, (words, "Hear the CD pass"), disc.map(Message::Hear), foot);
    }
    let resolved = desk.session().resolve(&desk.pass).map(|resolved| resolved.songs).unwrap_or_default();
    let columns = columns();
    let rows = resolved.into_iter().enumerate().map(|(index, song)| line(desk, index, &song, &columns)).collect();
    let facts = vec![text::label("75 CD frames are one second; no mark crosses into the song before").into()];
    bench::plated(desk, Bench::Disc, facts, (columns, rows), foot)
}

fn line<'a>(desk: &'a Desk, index: usize, song: &ResolvedSong, columns: &[Column<'a>]) -> Element<'a, Message> {
    let plan = desk.plan.as_ref();
    let seconds = |frame: u64| plan.map_or(0.0, |plan| frame as f64 / plan.rate.hz());
    let here = plan.and_then(|plan| plan.songs.get(index));
    let before = index.checked_sub(1).and_then(|before| plan?.songs.get(before));
    let pause = before.zip(here).filter(|(before, here)| before.end < here.start).map(|(before, _)| before.end);
    let time = |frame: Option<u64>| {
        text::mono(frame.map_or_else(|| number::DASH.into(), |frame| picture::cd_time(seconds(frame))), NUMBER)
    };
    let id = song.song.id.clone();
    let pass = desk.pass.clone();
    let indices: Vec<String> = song.indices.iter().map(|at| shown(*at)).collect();
    let (one, two) = (id.clone(), id.clone());
    let marks = field::words(indices.join(", "), "none", font::MONO, move |typed| {
        bench::typed(desk, &format!("song.{one}.indices={}", typed.trim()))
    });
    let lead = if song.lead.0 == 0 { String::new() } else { shown(song.lead) };
    let lead = field::words(lead, "with the song", font::MONO, move |typed| {
        bench::typed(desk, &format!("song.{two}.lead={}", typed.trim()))
    });
    let hidden = song.hidden;
    let word = if index == 0 { "Hidden" } else { "In pause" };
    let turn = bench::typed(desk, &format!("pass.{pass}.entry.{id}.hidden={}", if hidden { "off" } else { "on" })).ok();
    let cells: Vec<Element<'a, Message>> = vec![
        text::mono((index + 1).to_string(), NUMBER).style(ink::text2).into(),
        bench::cell(text::word(song.song.title.clone())),
        time(pause).into(),
        time(here.map(|here| here.start)).into(),
        marks.into(),
        lead.into(),
        key::key(word, turn).kind(Kind::Toggle(hidden)).width(100).height(24.0).into(),
    ];
    let bar = (desk.song.as_ref() == Some(&id)).then_some(Meaning::A);
    table::row(columns, cells, table::row_height(desk.layout), bar, Some(Message::Select(id)))
}
