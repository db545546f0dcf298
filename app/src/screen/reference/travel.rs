//! How the song travels: listening systems with what disappears on them, and services with their playback gain.

use iced::widget::{column, container, row, scrollable, space};
use iced::{Alignment, Length};
use lacquer_engine::profile::Evidence;

use super::{Message, State, inside, own};
use crate::desk::listening::{Ask, Way};
use crate::desk::{Desk, profile_of};
use crate::theme::{Element, font, text as ink};
use crate::widget::{key, number, plate, text};

pub(super) fn travel<'a>(_state: &'a State, desk: &'a Desk) -> Element<'a, Message> {
    let plain =
        key::key("As it is", (desk.listening.way != Way::Plain).then_some(Message::Ask(Ask::Through(Way::Plain))));
    let content = row![
        scrollable(container(systems(desk)).padding(inside(desk.layout)))
            .width(Length::FillPortion(3))
            .height(Length::Fill),
        scrollable(container(services(desk)).padding(inside(desk.layout)))
            .width(Length::FillPortion(2))
            .height(Length::Fill)
    ];
    plate::plate("Translation", "at matched loudness, for the ears alone", vec![plain.into()], content)
}

fn hear<'a>(desk: &Desk, way: Way, possible: bool) -> Element<'a, Message> {
    let on = desk.listening.way == way;
    let ask = if on { Way::Plain } else { way };
    key::key(if on { "Heard" } else { "Hear" }, possible.then_some(Message::Ask(Ask::Through(ask))))
        .kind(key::Kind::Toggle(on))
        .width(64)
        .into()
}

fn systems<'a>(desk: &'a Desk) -> Element<'a, Message> {
    let current = own(desk);
    let Some((_, told)) = desk.listening.translations.as_ref().filter(|(key, _)| Some(key) == current.as_ref()) else {
        return text::hint("The song is being held against every system.").into();
    };
    let line = |one: &'a lacquer_engine::compare::translation::Translation| -> Element<'a, Message> {
        let grade = if one.evidence == Evidence::Sketch { "sketch" } else { "measured" };
        let words = container(text::word2(one.words.join("; "))).width(Length::Fill).clip(true);
        row![
            hear(desk, Way::System(one.system.clone()), one.makeup_db.is_some()),
            text::word(one.name.clone()).width(150),
            text::label(grade).width(64),
            words
        ]
        .spacing(8)
        .align_y(Alignment::Center)
        .into()
    };
    column(told.iter().map(line)).spacing(4).into()
}

fn services<'a>(desk: &'a Desk) -> Element<'a, Message> {
    let song = desk.sounding().unwrap_or(0);
    let Some(profile) = profile_of("streaming") else { return space().into() };
    let line = |platform: &'a lacquer_engine::profile::Platform| -> Element<'a, Message> {
        let gain = |album: bool| desk.playback(&platform.name, album, song);
        let cell = |album: bool| -> Element<'a, Message> {
            let value = gain(album).map_or_else(|| number::DASH.to_string(), |(gain, _)| number::change(gain.0, 1));
            row![
                text::number(value, "dB", font::LABEL),
                hear(desk, Way::Service(platform.name.clone(), album), gain(album).is_some())
            ]
            .spacing(4)
            .align_y(Alignment::Center)
            .into()
        };
        let name = container(text::word(platform.name.clone()).style(ink::text2)).width(Length::Fill).clip(true);
        row![name, text::label(format!("{:?}", platform.grade)), cell(false), cell(true)]
            .spacing(8)
            .align_y(Alignment::Center)
            .into()
    };
    let head = row![space::horizontal(), text::label("evidence, song alone, album")];
    column![head].extend(profile.platforms.iter().map(line)).spacing(4).into()
}
