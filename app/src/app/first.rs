//! The empty house: one plate, three ways in.

use iced::widget::{column, container, row, text as raw};
use iced::{Alignment, Length};

use super::{App, Message, file};
use crate::theme::{Element, font, plate as ground, text as ink};
use crate::widget::key::Kind;
use crate::widget::{key, text};

/// Width of the plate, px.
const WIDTH: f32 = 720.0;
/// Width of the keys, px.
const KEYS: f32 = 264.0;

pub fn view(app: &App) -> Element<'_, Message> {
    let press = |message| app.importing.is_none().then_some(Message::File(message));
    let way = |face: key::Key<'static, Message>, why: &'static str| {
        row![face.width(KEYS).height(48.0), text::word2(why)].spacing(20).align_y(Alignment::Center)
    };
    let name = raw("Lacquer").size(28).font(font::INTER_SEMIBOLD).style(ink::text);
    let plate = column![
        text::title("Start"),
        way(
            key::key("New album from files", press(file::Message::Add)).kind(Kind::Primary),
            "or drop WAV, AIFF or FLAC anywhere in the window"
        ),
        way(
            key::key("Open demo album", press(file::Message::Demo)),
            "three songs, generated on this machine, three planted faults"
        ),
        way(key::key("Open session", press(file::Message::Open)).shortcut("Ctrl O"), "an album saved before"),
    ]
    .spacing(12);
    let all = column![
        name,
        text::word2("Mastering, from first listen to verified deliverables"),
        container(plate).padding(12).width(WIDTH).style(ground::plate)
    ]
    .spacing(8);
    container(all).center(Length::Fill).into()
}
