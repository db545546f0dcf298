//! The queue: what is being made, how far it is, and what has been written.

use iced::widget::{Column, column, container, row, scrollable, space};
use iced::{Alignment, Length};
use lacquer_engine::deliver::Delivery;

use super::{Message, State, padded};
use crate::desk::{DeliveryState, Desk};
use crate::theme::plate::Meaning;
use crate::theme::{Element, Theme, font, icon, text as ink};
use crate::widget::{key, number, plate, progress, text};

/// Bytes in the unit that sizes are shown in.
const MEGABYTE: f64 = 1e6;
/// Characters of a checksum that are shown.
const SUM_SHOWN: usize = 12;

impl State {
    pub(super) fn queue<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let busy = desk.is_delivering();
        let states = || desk.session().passes.iter().map(|pass| (pass, desk.delivery(&pass.id)));
        let asked = states().filter(|(_, state)| !matches!(state, DeliveryState::Idle)).count();
        let done = states().filter(|(_, state)| matches!(state, DeliveryState::Done(_))).count();
        let aside = match (busy, asked) {
            (true, _) => format!("{done} of {asked} done, playback keeps running"),
            (false, 0) => "nothing asked for".into(),
            (false, _) => format!("{done} of {asked} done"),
        };
        let mut list: Column<'a, Message, Theme> = column![].spacing(12);
        for (pass, state) in states() {
            if let Some(entry) = entry(&pass.name, state) {
                list = list.push(entry);
            }
        }
        if let Some((_, DeliveryState::Done(delivery))) =
            states().find(|(pass, _)| self.selected(desk).is_some_and(|selected| selected.id == pass.id))
        {
            list = list.push(written(delivery));
        }
        let cancel = key::key("Cancel", busy.then_some(Message::Cancel)).height(32.0).width(104);
        let safe = text::label(if busy { "Half files are never left, good ones never replaced" } else { "" });
        let foot = row![cancel, space::horizontal(), safe].align_y(Alignment::Center);
        let content = column![scrollable(list).height(Length::Fill).width(Length::Fill), foot].spacing(8);
        plate::plate("Queue", aside, Vec::new(), padded(content))
    }
}

/// A delivery that was asked for: its name, what it is doing, and how far.
fn entry<'a>(name: &'a str, state: &'a DeliveryState) -> Option<Element<'a, Message>> {
    let (word, share): (String, Option<f32>) = match state {
        DeliveryState::Idle => return None,
        DeliveryState::Waiting => ("waiting".into(), Some(0.0)),
        DeliveryState::Running { share, step, song } => (format!("{step}  {song}"), Some(*share as f32)),
        DeliveryState::Done(delivery) => (files(delivery.manifest.files.len()), Some(1.0)),
        DeliveryState::Failed(_) => ("stopped".into(), None),
    };
    let mut line = row![text::title(name).width(120), text::word2(word), space::horizontal()]
        .spacing(8)
        .align_y(Alignment::Center);
    match state {
        DeliveryState::Running { share, .. } => {
            line = line.push(text::number(format!("{:.0}", share * 100.0), "%", font::BODY));
        }
        DeliveryState::Done(_) => line = line.push(text::icon(icon::CHECK, 14.0).style(ink::meaning(Meaning::A))),
        DeliveryState::Failed(_) => line = line.push(text::icon(icon::X, 14.0).style(ink::alarm)),
        _ => {}
    }
    let mut whole = column![line].spacing(6);
    if let Some(share) = share {
        whole = whole.push(progress::progress(share));
    }
    if let DeliveryState::Failed(why) = state {
        whole = whole.push(iced::widget::text(why.as_str()).size(font::LABEL).style(ink::alarm));
    }
    Some(whole.into())
}

fn files(count: usize) -> String {
    let word = if count == 1 { "file" } else { "files" };
    format!("{count} {word}, read back, null \u{2212}\u{221E} dB")
}

/// The files of a delivery with their checksums.
fn written<'a>(delivery: &'a Delivery) -> Element<'a, Message> {
    let mut list = column![text::label(format!("Written to {}", delivery.folder.display()))].spacing(4);
    for file in &delivery.manifest.files {
        let sum: String = file.sha256.chars().take(SUM_SHOWN).collect();
        let size = number::level(file.bytes as f64 / MEGABYTE, 1);
        list = list.push(
            row![
                container(text::word(file.name.as_str())).width(Length::Fill).clip(true),
                text::label("SHA-256"),
                text::mono(format!("{sum}\u{2026}"), font::LABEL),
                container(text::number(size, "MB", font::LABEL)).align_right(84)
            ]
            .spacing(12)
            .height(20)
            .align_y(Alignment::Center),
        );
    }
    list.into()
}
