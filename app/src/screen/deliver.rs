//! *Deliver*: the ways out, what is being made of them, and why the written files pass or fail.
//!
//! Every figure is from the manifest of the written files, never from the survey: before a delivery there are dashes.

mod figures;
mod matrix;
mod queue;
#[cfg(test)]
mod tests;
mod way;
mod why;

use std::collections::BTreeSet;

use iced::widget::{column, container, row};
use iced::{Length, Padding};
use lacquer_engine::session::Pass;

use crate::desk::{Action, DeliveryState, Desk, Page};
use crate::theme::Element;

pub use way::{Begin, Value};

/// What the engineer does on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// Ticks a pass, or no longer.
    Tick(String),
    /// Shows why a pass passes or fails.
    Select(String),
    /// Adds a pass.
    Begin(way::Begin),
    /// Removes the selected pass.
    Remove,
    /// Another value of a pass.
    Set(String, way::Value),
    /// Hears the selected pass.
    Hear,
    /// Delivers what is ticked.
    Render,
    /// Stops.
    Cancel,
    /// Asks for the folder.
    ChooseFolder,
    /// Shows the folder of the selected delivery, or that of all.
    OpenFolder,
    /// Goes to a song by its place in the sequence.
    Jump(usize),
}

/// What the page remembers.
#[derive(Debug, Default)]
pub struct State {
    left_out: BTreeSet<String>,
    pass: Option<String>,
}

impl State {
    /// The passes that are ticked: all of them until one is left out.
    fn ticked<'a>(&self, desk: &'a Desk) -> impl Iterator<Item = &'a Pass> {
        desk.session().passes.iter().filter(|pass| !self.left_out.contains(&pass.id))
    }

    /// The selected pass: the chosen one, else the one that fails, else the first one that has been delivered.
    fn selected<'a>(&self, desk: &'a Desk) -> Option<&'a Pass> {
        let passes = &desk.session().passes;
        let chosen = self.pass.as_ref().and_then(|id| desk.session().pass(id));
        let worst = || {
            let done =
                |pass: &&Pass| matches!(desk.delivery(&pass.id), DeliveryState::Done(_) | DeliveryState::Failed(_));
            passes.iter().filter(done).max_by_key(|pass| figures::gravity(desk.delivery(&pass.id)))
        };
        chosen.or_else(worst).or_else(|| passes.first())
    }

    /// Does what a message says to the page, and answers what the application has to do.
    pub fn update(&mut self, message: Message, desk: &Desk) -> Action {
        match message {
            Message::Tick(pass) => {
                if !self.left_out.remove(&pass) {
                    self.left_out.insert(pass);
                }
            }
            Message::Select(pass) => self.pass = Some(pass),
            Message::Begin(begin) => return self.begin(desk, &begin),
            Message::Remove => return self.remove(desk),
            Message::Set(pass, value) => return State::set(desk, &pass, value),
            Message::Hear => {
                return self.selected(desk).map_or(Action::None, |pass| Action::Hear(pass.id.clone()));
            }
            Message::Render => {
                let passes: Vec<String> = self.ticked(desk).map(|pass| pass.id.clone()).collect();
                return if passes.is_empty() { Action::None } else { Action::Deliver(passes) };
            }
            Message::Cancel => return Action::CancelDelivery,
            Message::ChooseFolder => return Action::ChooseFolder,
            Message::OpenFolder => return Action::OpenFolder(self.folder(desk)),
            Message::Jump(song) => return self.jump(desk, song),
        }
        Action::None
    }

    /// The folder of the selected delivery, or that of all.
    fn folder(&self, desk: &Desk) -> std::path::PathBuf {
        match self.selected(desk).map(|pass| desk.delivery(&pass.id)) {
            Some(DeliveryState::Done(delivery)) => delivery.folder.clone(),
            _ => desk.delivery_folder.clone(),
        }
    }

    /// To the song of a verdict, in the pass it speaks of.
    fn jump(&self, desk: &Desk, place: usize) -> Action {
        let Some(pass) = self.selected(desk) else { return Action::None };
        let songs = desk.session().resolve(&pass.id).map(|resolved| resolved.songs).unwrap_or_default();
        let Some(song) = songs.get(place) else { return Action::None };
        let mut steps = vec![Action::Select(song.song.id.clone())];
        let known = desk.plan.as_ref().filter(|_| pass.id == desk.pass);
        match known.and_then(|plan| Some(plan.to_delivered(plan.songs.iter().find(|s| s.id == song.song.id)?.start))) {
            Some(start) => steps.push(Action::Seek(start)),
            // Another pass is heard: it has its own times.
            None => steps.insert(0, Action::Hear(pass.id.clone())),
        }
        steps.push(Action::Goto(Page::Session));
        Action::Batch(steps)
    }

    /// The page.
    pub fn view<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let matrix = container(self.matrix(desk)).height(Length::FillPortion(9));
        let queue = container(self.queue(desk)).width(Length::FillPortion(4));
        let why = container(self.why(desk)).width(Length::FillPortion(5));
        column![matrix, row![queue, why].spacing(8).height(Length::FillPortion(desk.layout.pick(9, 10)))]
            .spacing(8)
            .into()
    }
}

fn padded<'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let padding = Padding { top: 4.0, right: 12.0, bottom: 12.0, left: 12.0 };
    container(content).padding(padding).width(Length::Fill).height(Length::Fill).into()
}
