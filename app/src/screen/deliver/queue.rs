//! The queue: what is being made, how far and how fast, and what has been written.

use iced::widget::{Column, column, container, row, scrollable, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::deliver::Delivery;
use lacquer_engine::session::Pass;

use super::{Message, State, padded};
use crate::desk::{DeliveryState, Desk};
use crate::theme::plate::Meaning;
use crate::theme::{Element, Theme, font, icon, text as ink};
use crate::widget::{Layout, key, number, plate, progress, text};

/// Bytes in the unit that sizes are shown in.
const MEGABYTE: f64 = 1e6;
/// Room for the scroll bar, px.
const BAR: f32 = 14.0;
/// Characters of a checksum that are shown.
const SUM_SHOWN: usize = 12;
/// The same in the small window, where names need the room.
const SUM_SHOWN_SMALL: usize = 6;

impl State {
    pub(super) fn queue<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let busy = desk.is_delivering();
        let states = || ordered(desk).into_iter().map(|pass| (pass, desk.delivery(&pass.id)));
        let asked = states().filter(|(_, state)| !matches!(state, DeliveryState::Idle)).count();
        let done = states().filter(|(_, state)| matches!(state, DeliveryState::Done(_))).count();
        let aside = match (busy, desk.delivery_held, asked) {
            (true, true, _) => format!("{done} of {asked} done, paused"),
            (true, false, _) => format!("{done} of {asked} done, playback keeps running"),
            (false, _, 0) => "nothing asked for".into(),
            (false, ..) => format!("{done} of {asked} done"),
        };
        let mut list: Column<'a, Message, Theme> = column![].spacing(12);
        let mut waits = false;
        for (pass, state) in states() {
            // The first that waits has nothing to pass.
            let sooner = waits.then(|| Message::Sooner(pass.id.clone()));
            waits |= matches!(state, DeliveryState::Waiting);
            if let Some(entry) = entry(pass, state, desk.delivery_held, sooner, desk.layout) {
                list = list.push(entry);
            }
        }
        if let Some((_, DeliveryState::Done(delivery))) =
            states().find(|(pass, _)| self.selected(desk).is_some_and(|selected| selected.id == pass.id))
        {
            list = list.push(written(delivery, desk.layout));
        }
        let word = if desk.delivery_held { "Resume" } else { "Pause" };
        let pause = key::key(word, busy.then_some(Message::Hold(!desk.delivery_held))).height(32.0).width(104);
        let cancel = key::key("Cancel", busy.then_some(Message::Cancel)).height(32.0).width(104);
        let safe = text::label(if busy { "Finished passes stay; half files are never left" } else { "" });
        let foot = row![pause, cancel, space::horizontal(), safe].spacing(8).align_y(Alignment::Center);
        let content = column![
            scrollable(list.padding(Padding { right: BAR, ..Padding::ZERO })).height(Length::Fill).width(Length::Fill),
            foot
        ]
        .spacing(8);
        plate::plate("Queue", aside, Vec::new(), padded(content))
    }
}

/// The passes in the order they are made, then the others.
fn ordered(desk: &Desk) -> Vec<&Pass> {
    let passes = &desk.session().passes;
    let asked = desk.delivery_order.iter().filter_map(|id| passes.iter().find(|pass| pass.id == *id));
    let others = passes.iter().filter(|pass| !desk.delivery_order.contains(&pass.id));
    asked.chain(others).collect()
}

/// A delivery that was asked for: its name, what it is doing, how far and how fast.
fn entry<'a>(
    pass: &'a Pass,
    state: &'a DeliveryState,
    held: bool,
    sooner: Option<Message>,
    layout: Layout,
) -> Option<Element<'a, Message>> {
    let (word, share): (String, Option<f32>) = match state {
        DeliveryState::Idle => return None,
        DeliveryState::Waiting => ("waiting".into(), Some(0.0)),
        DeliveryState::Running { share, step, song, .. } => (format!("{step}  {song}"), Some(*share as f32)),
        DeliveryState::Done(delivery) => (files(delivery), Some(1.0)),
        DeliveryState::Failed(_) => ("stopped".into(), None),
    };
    // The small window has no room for both in one line.
    let beside = layout == Layout::Large;
    let name = container(text::title(pass.name.as_str())).clip(true);
    let (name, words) = match beside {
        true => (name.width(120), container(text::word2(word.clone())).width(Length::Fill).clip(true)),
        false => (name.width(Length::Fill), container(space::horizontal().width(0))),
    };
    let mut line = row![name, words].spacing(8).height(28).align_y(Alignment::Center);
    match state {
        DeliveryState::Running { share, speed, .. } => {
            line = line.push(text::number(format!("{:.0}", share * 100.0), "%", font::BODY));
            if let Some(speed) = speed.filter(|_| !held) {
                let left = speed.left.0.round() as u64;
                line = line.push(text::number(format!("{:.0}x", speed.times_real_time), "real time", font::BODY));
                line = line.push(text::number(format!("{}:{:02}", left / 60, left % 60), "left", font::BODY));
            }
            line = line.push(key::icon(icon::X, Some(Message::Stop(pass.id.clone()))).kind(key::Kind::Bare));
        }
        DeliveryState::Waiting => {
            line = line.push(key::icon(icon::CHEVRON_UP, sooner).kind(key::Kind::Bare));
            line = line.push(key::icon(icon::X, Some(Message::Stop(pass.id.clone()))).kind(key::Kind::Bare));
        }
        DeliveryState::Done(_) => line = line.push(text::icon(icon::CHECK, 14.0).style(ink::meaning(Meaning::A))),
        DeliveryState::Failed(_) => line = line.push(text::icon(icon::X, 14.0).style(ink::alarm)),
        DeliveryState::Idle => {}
    }
    let mut whole = column![line].spacing(4);
    if let Some(share) = share {
        whole = whole.push(progress::progress(share));
    }
    if !beside {
        whole = whole.push(text::label(word));
    }
    if let DeliveryState::Failed(why) = state {
        whole = whole.push(iced::widget::text(why.as_str()).size(font::LABEL).style(ink::alarm));
    }
    Some(whole.into())
}

fn files(delivery: &Delivery) -> String {
    if !delivery.written {
        return "checked, nothing was written".into();
    }
    let files = &delivery.manifest.files;
    let taken = files.iter().filter(|file| file.taken_over).count();
    let word = if files.len() == 1 { "file" } else { "files" };
    let unchanged = if taken > 0 { format!(", {taken} unchanged by hash") } else { String::new() };
    format!("{} {word}, read back, null \u{2212}\u{221E} dB{unchanged}", files.len())
}

/// The files of a delivery with their checksums.
fn written<'a>(delivery: &'a Delivery, layout: Layout) -> Element<'a, Message> {
    if !delivery.written {
        return text::label("Checked only: the files were made, judged and removed again").into();
    }
    let mut list = column![text::label(format!("Written to {}", delivery.folder.display()))].spacing(4);
    for file in &delivery.manifest.files {
        let sum: String = file.sha256.chars().take(layout.pick(SUM_SHOWN, SUM_SHOWN_SMALL)).collect();
        let size = number::level(file.bytes as f64 / MEGABYTE, 1);
        let state = if file.taken_over { "unchanged" } else { "SHA-256" };
        list = list.push(
            row![
                container(text::word(file.name.as_str())).width(Length::Fill).clip(true),
                text::label(if layout == Layout::Large || file.taken_over { state } else { "" }),
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
