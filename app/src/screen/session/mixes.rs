//! A new mix for the selected song beside the old one, and the versions that share a song's edits.

use iced::widget::{column, container, pick_list, row, scrollable};
use iced::{Alignment, Length, Padding};
use lacquer_engine::session::{Edit, USUAL_VERSIONS};

use super::bench::{self, Bench};
use super::{Message, NUMBER, State};
use crate::desk::album::{Arrived, Ask};
use crate::desk::{Action, Desk};
use crate::theme::{Element, font, plate as ground, text as ink};
use crate::widget::key::Kind;
use crate::widget::table::{self, Column};
use crate::widget::{header, key, number, plate, text};

/// The bench.
pub fn view<'a>(state: &'a State, desk: &'a Desk) -> Element<'a, Message> {
    let height = table::row_height(desk.layout) * bench::shown(desk, desk.session().songs.len()) as f32 + 25.0;
    let edge = desk.layout.pick(12.0, 8.0);
    let halves = row![
        container(new_mix(desk)).width(Length::FillPortion(1)),
        container(versions(desk)).width(Length::FillPortion(1))
    ]
    .spacing(16)
    .height(height)
    .padding(Padding { right: edge, left: edge, ..Padding::ZERO });
    let content = column![bench::header(Bench::Mixes, bench::running(desk)), halves, foot(state, desk)];
    plate::ground(container(content).width(Length::Fill), ground::plate)
}

fn foot<'a>(state: &'a State, desk: &'a Desk) -> Element<'a, Message> {
    let song = desk.song.as_ref().and_then(|id| desk.session().song(id));
    let idle = desk.album.running.is_none();
    let of = |make: &dyn Fn(String) -> Ask| song.filter(|_| idle).map(|song| Message::Ask(make(song.id.clone())));
    let name = state.version;
    let names = pick_list(USUAL_VERSIONS, Some(name), Message::Version)
        .text_size(font::BODY)
        .font(font::INTER)
        .padding(Padding::from([2, 8]))
        .width(144)
        .handle(header::drop_handle());
    let arrived = desk.album.arrived.is_some();
    let left: Vec<Element<'a, Message>> = vec![
        key::key("New mix\u{2026}", of(&Ask::NewMix)).into(),
        key::key("Put it in place", arrived.then_some(Message::Ask(Ask::TakeMix))).kind(Kind::Primary).into(),
        key::key("Leave the old one", arrived.then_some(Message::Ask(Ask::LeaveMix))).into(),
    ];
    let mut right: Vec<Element<'a, Message>> = vec![
        names.into(),
        key::key("Add version\u{2026}", of(&|song| Ask::AddVersion(song, name.to_string()))).into(),
        key::key("Check versions", idle.then_some(Message::Ask(Ask::CheckVersions))).into(),
    ];
    right.insert(0, played(desk));
    bench::foot(desk, left, right)
}

/// What a pass plays of songs that have no other version.
const OWN: &str = "songs as they are";

/// Which version the heard pass plays.
fn played<'a>(desk: &Desk) -> Element<'a, Message> {
    let mut known: Vec<String> = vec![OWN.into()];
    for version in desk.session().songs.iter().flat_map(|song| &song.versions) {
        if !known.contains(&version.id) {
            known.push(version.id.clone());
        }
    }
    let now = desk.heard().map(|pass| pass.version.clone()).filter(|version| !version.is_empty());
    let list = pick_list(known, Some(now.unwrap_or_else(|| OWN.into())), Message::PassVersion)
        .text_size(font::BODY)
        .font(font::INTER)
        .padding(Padding::from([2, 8]))
        .width(152)
        .handle(header::drop_handle());
    row![text::label("This pass plays"), list].spacing(6).align_y(Alignment::Center).into()
}

/// Another version for the heard pass.
pub fn play(desk: &Desk, version: &str) -> Action {
    let version = if version == OWN { "" } else { version };
    match Edit::parse(&desk.document, &format!("pass.{}.version={version}", desk.pass)) {
        Ok(edit) => super::edit::taken(edit),
        Err(error) => Action::Say(error.to_string()),
    }
}

/// A sentence that goes on in the next line.
fn wrapped<'a>(words: impl Into<String>) -> iced::widget::Text<'a, crate::theme::Theme> {
    text::word2(words).width(Length::Fill).wrapping(iced::widget::text::Wrapping::Word)
}

fn new_mix(desk: &Desk) -> Element<'_, Message> {
    let Some(arrived) = &desk.album.arrived else {
        let words = "A new mix of the selected song is laid on the old one to the sample; what has changed is shown before it takes its place. Trims, fades, repairs, lines and chains stay.";
        return column![text::section("New mix"), wrapped(words)].spacing(8).padding(Padding::from([8, 0])).into();
    };
    let columns =
        [Column::numbers("From s", 88.0), Column::numbers("To s", 88.0), Column::numbers("Difference dB", 112.0)];
    let rows = arrived.found.changed.iter().map(|changed| {
        let mono = |value: f64, digits| text::mono(number::level(value, digits), NUMBER).into();
        let cells = vec![mono(changed.start_s.0, 2), mono(changed.end_s.0, 2), mono(changed.difference_db.0, 1)];
        table::row(&columns, cells, table::row_height(desk.layout), None, None)
    });
    let changed = match arrived.found.changed.len() {
        0 => text::word2("Nothing has changed that could be heard."),
        1 => text::word2("1 stretch has changed"),
        more => text::word2(format!("{more} stretches have changed")),
    };
    column![
        text::section(format!("New mix of {}", arrived.title)),
        wrapped(summary(desk, arrived)),
        changed,
        table::head(&columns),
        scrollable(column(rows)).height(Length::Fill)
    ]
    .spacing(4)
    .padding(Padding::from([8, 0]))
    .into()
}

/// Where the new mix lies, how loud it is and what a null leaves.
fn summary(desk: &Desk, arrived: &Arrived) -> String {
    let rate = desk.session().source(&arrived.source).map_or(44_100.0, |source| source.rate.hz());
    let found = &arrived.found;
    let offset = match found.offset_frames {
        0 => "begins on the same sample".to_string(),
        frames => format!("begins {frames} samples ({} s) later", number::level(frames as f64 / rate, 4)),
    };
    let turned = if found.inverted { ", its polarity turned" } else { "" };
    let null = match found.null_db {
        Some(left) => format!("{} dB are left of a null", number::level(left.0, 1)),
        None => "a null leaves nothing".into(),
    };
    format!("It {offset}, {} dB{turned}; {null}.", number::change(found.gain_db.0, 2))
}

fn versions(desk: &Desk) -> Element<'_, Message> {
    let columns = [
        Column::words("Song", Length::FillPortion(2)),
        Column::words("Version", Length::Fixed(104.0)),
        Column::words("Beside its song", Length::FillPortion(4)),
        Column::words("", Length::Fixed(76.0)),
    ];
    let songs = desk.session().songs.iter();
    let rows: Vec<Element<'_, Message>> = songs
        .flat_map(|song| song.versions.iter().map(move |version| (song, version)))
        .map(|(song, version)| {
            let known = desk.album.versions.iter().find(|(of, name, _, _)| *of == song.id && *name == version.id);
            let (words, style): (String, fn(&crate::theme::Theme) -> iced::widget::text::Style) = match known {
                Some((_, _, true, words)) => (words.clone(), ink::text2),
                Some((_, _, false, words)) => (words.clone(), ink::warning),
                None => ("not checked".into(), ink::text3),
            };
            let away = bench::typed(desk, &format!("song.{}.version.{}-=", song.id, version.id)).ok();
            let cells = vec![
                bench::cell(text::word(song.title.clone())),
                bench::cell(text::word(version.id.clone())),
                bench::cell(text::label(words).style(style)),
                key::key("Remove", away).width(72).height(24.0).into(),
            ];
            table::row(&columns, cells, table::row_height(desk.layout), None, Some(Message::Select(song.id.clone())))
        })
        .collect();
    let words = "Instrumental, clean, a cappella, TV, radio edit: they play through their song's trims, fades, level and chain, and a pass delivers them.";
    let none = rows.is_empty().then(|| wrapped(words));
    column![text::section("Versions")]
        .push(none)
        .push(row![table::head(&columns)].align_y(Alignment::Center))
        .push(scrollable(column(rows)).height(Length::Fill))
        .spacing(4)
        .padding(Padding::from([8, 0]))
        .into()
}
