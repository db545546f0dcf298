//! What lies over the page: the sheet of keys, unsaved work, lost files.

use iced::widget::{column, container, row, space};
use iced::{Alignment, Length};
use lacquer_engine::session::{Recovery, SourceState};

use super::file::{self, count};
use super::{App, Message, Overlay};
use crate::job::Strange;
use crate::keys;
use crate::theme::{Element, font, plate as ground};
use crate::widget::key::Kind;
use crate::widget::{key, text};

pub fn view(app: &App) -> Option<Element<'_, Message>> {
    let content = match &app.overlay {
        Overlay::None => return None,
        Overlay::Sheet => sheet(),
        Overlay::Device => super::device::view(app),
        Overlay::Path(draft) => super::typed::view(draft),
        Overlay::Recovery(recovery) => recovered(recovery),
        Overlay::Sources(strange) => sources(strange),
        Overlay::Disc(disc) => super::fileset::view(disc),
    };
    Some(container(content).padding(20).style(ground::dialog).into())
}

/// The table that dispatches the keys, in two columns.
fn sheet<'a>() -> Element<'a, Message> {
    let lines: Vec<&keys::Binding> = keys::TABLE.iter().filter(|binding| !binding.keys.is_empty()).collect();
    let half = lines.len().div_ceil(2);
    let line = |binding: &&keys::Binding| {
        row![text::mono(binding.keys, font::LABEL).width(112), text::word2(binding.does)]
            .height(22)
            .align_y(Alignment::Center)
            .into()
    };
    let columns = lines.chunks(half).map(|part| column(part.iter().map(line)).width(400).into());
    let head = row![
        text::section("Keys"),
        space::horizontal(),
        key::key("Close", Some(Message::CloseOverlay)).shortcut("Esc")
    ];
    column![
        head.align_y(Alignment::Center),
        row(columns).spacing(32),
        text::hint("While a field has the focus, keys write into it.")
    ]
    .spacing(16)
    .width(832)
    .into()
}

fn recovered(recovery: &Recovery) -> Element<'_, Message> {
    let were = if recovery.edits() == 1 { "was" } else { "were" };
    let edits = format!("{} {were}", count(recovery.edits(), "edit"));
    let newer = lapse(recovery.newer_by.0);
    let file = |message| Some(Message::File(message));
    let mut words = column![
        text::section("There is work that was not saved"),
        text::word(format!("{edits} done after the last save, the last one {newer} after it.")),
        text::word2("The saved session is untouched. Recovered edits can be undone one by one."),
    ]
    .spacing(8);
    if let Some(damage) = &recovery.damage {
        words = words.push(text::word2(format!("The rest of the journal is damaged: {damage}")));
    }
    let ways = row![
        key::key("Recover", file(file::Message::Recover)).kind(Kind::Primary).width(168).height(36.0),
        key::key("Discard", file(file::Message::Discard)).height(36.0)
    ];
    column![words, ways.spacing(8)].spacing(20).into()
}

/// A time that has passed, in the unit people would say.
fn lapse(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3600.0),
        s => format!("{:.0} days", s / 86_400.0),
    }
}

fn sources(strange: &[Strange]) -> Element<'_, Message> {
    const SHOWN: usize = 8;
    let changed = strange.iter().any(|one| one.state == SourceState::Changed);
    let missing = strange.iter().any(|one| one.state != SourceState::Changed);
    let line = |one: &Strange| {
        let state = if one.state == SourceState::Changed { "has another content" } else { "is not there" };
        row![container(text::word(one.path.clone())).width(440).clip(true), text::word2(state)].spacing(12).into()
    };
    let more = strange.len().saturating_sub(SHOWN);
    let rest = (more > 0).then(|| text::word2(format!("and {more} more")));
    let title = format!("{} not as this session knows them", count(strange.len(), "source"));
    let file = |message| Some(Message::File(message));
    let mut ways = row![].spacing(8);
    if missing {
        ways = ways
            .push(key::key("Find in a folder\u{2026}", file(file::Message::Locate)).kind(Kind::Primary).height(36.0));
    }
    if changed {
        ways = ways.push(key::key("Use the files as they are now", file(file::Message::UseChanged)).height(36.0));
    }
    ways = ways.push(key::key("Leave their songs out", file(file::Message::LeaveOut)).height(36.0));
    ways = ways.push(key::key("Decide later", Some(Message::CloseOverlay)).height(36.0));
    column![
        text::section(title),
        column(strange.iter().take(SHOWN).map(line)).push(rest).spacing(4),
        text::word2("The session itself is safe. Nothing is played or delivered from these files until you decide."),
        ways
    ]
    .spacing(16)
    .width(Length::Shrink)
    .into()
}
