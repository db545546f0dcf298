//! *Deliver*: the ways out, what is being made of them, and why the written files pass or fail.
//!
//! Every figure is from the manifest of the written files, never from the survey: before a delivery there are dashes.

mod figures;
mod matrix;
mod queue;
mod side;
#[cfg(test)]
mod tests;
mod way;
mod why;

use std::collections::BTreeSet;

use iced::widget::{column, container, row};
use iced::{Length, Padding};
use lacquer_engine::analysis::finding::State as Decided;
use lacquer_engine::deliver::{spot, waived_facts, waiver_id};
use lacquer_engine::session::{Decision, Edit, Pass, PassKind};
use lacquer_engine::unit::Seconds;

use crate::desk::{Action, DeliveryState, Desk, Page};
use crate::place;
use crate::theme::Element;

pub use side::View;
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
    /// Judges what is ticked, and writes nothing.
    CheckOnly,
    /// The selected check may fail, for this reason.
    Waive(String),
    /// It may not any more.
    Reopen,
    /// Stops.
    Cancel,
    /// Asks for the folder.
    ChooseFolder,
    /// Shows the folder of the selected delivery, or that of all.
    OpenFolder,
    /// Every file anew, or only what changed.
    Fresh(bool),
    /// Through the shops' coders, or not.
    Coders(bool),
    /// Stops a pass.
    Stop(String),
    /// Brings a waiting pass forward.
    Sooner(String),
    /// Holds the deliveries, or lets them go on.
    Hold(bool),
    /// Shows something else beside the queue.
    Show(side::View),
    /// Selects a check, by its place in the list.
    Check(usize),
    /// Goes where the selected check points, and repeats the place.
    Jump,
    /// Goes to a song by its id.
    Song(String),
    /// Shows a page.
    Goto(Page),
}

/// What is repeated before and behind a moment.
const AROUND: Seconds = Seconds(1.5);

/// What the page remembers.
#[derive(Debug, Default)]
pub struct State {
    left_out: BTreeSet<String>,
    pass: Option<String>,
    fresh: bool,
    coders: bool,
    view: side::View,
    check: Option<usize>,
    preview: side::Kept,
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
            Message::Select(pass) => (self.pass, self.check) = (Some(pass), None),
            Message::Begin(begin) => return self.begin(desk, &begin),
            Message::Remove => return self.remove(desk),
            Message::Set(pass, value) => return State::set(desk, &pass, value),
            Message::Hear => {
                return self.selected(desk).map_or(Action::None, |pass| Action::Hear(pass.id.clone()));
            }
            Message::Render => return self.order(desk, false),
            Message::CheckOnly => return self.order(desk, true),
            Message::Waive(reason) => return self.decide(desk, Decided::Waived, reason),
            Message::Reopen => return self.decide(desk, Decided::Open, String::new()),
            Message::Cancel => return Action::CancelDelivery,
            Message::ChooseFolder => return Action::ChooseFolder,
            Message::OpenFolder => return Action::OpenFolder(self.folder(desk)),
            Message::Fresh(fresh) => self.fresh = fresh,
            Message::Coders(coders) => self.coders = coders,
            Message::Stop(pass) => return Action::CancelPass(pass),
            Message::Sooner(pass) => return Action::DeliverSooner(pass),
            Message::Hold(held) => return Action::HoldDelivery(held),
            Message::Show(view) => self.view = view,
            Message::Check(check) => self.check = Some(check),
            Message::Jump => return self.jump(desk),
            Message::Song(song) => return Action::Batch(vec![Action::Select(song), Action::Goto(Page::Session)]),
            Message::Goto(page) => return Action::Goto(page),
        }
        Action::None
    }

    /// What is ticked, to be made or merely judged.
    fn order(&self, desk: &Desk, check_only: bool) -> Action {
        let passes: Vec<String> = self.ticked(desk).map(|pass| pass.id.clone()).collect();
        if passes.is_empty() {
            return Action::None;
        }
        Action::Deliver { passes, fresh: self.fresh, codecs: self.coders, check_only }
    }

    /// Decides about the selected check; it counts from the next render or check on.
    fn decide(&self, desk: &Desk, state: Decided, reason: String) -> Action {
        let Some((delivery, check)) = self.check(desk) else { return Action::None };
        let id = waiver_id(&delivery.manifest, check);
        let facts = waived_facts(&delivery.manifest, check);
        let decision = Decision { state, reason, by: desk.quality.by.clone(), date: place::today() };
        match Edit::decide(&desk.document, &id, Some(&facts), &decision) {
            Ok(edit) => {
                let said = "it counts when the pass is rendered or checked again";
                Action::Batch(vec![Action::Edit(edit), Action::Say(said.into())])
            }
            Err(error) => Action::Say(error.to_string()),
        }
    }

    /// The folder of the selected delivery, or that of all.
    fn folder(&self, desk: &Desk) -> std::path::PathBuf {
        match self.selected(desk).map(|pass| desk.delivery(&pass.id)) {
            Some(DeliveryState::Done(delivery)) => delivery.folder.clone(),
            _ => desk.delivery_folder.clone(),
        }
    }

    /// Where the selected check points, in the pass it speaks of: a moment is repeated with what is around it.
    fn jump(&self, desk: &Desk) -> Action {
        let Some((pass, (delivery, check))) = self.selected(desk).zip(self.check(desk)) else { return Action::None };
        let Some(spot) = spot(&delivery.manifest, check) else { return Action::None };
        let select = Action::Select(spot.song.clone());
        let known = desk.plan.as_ref().filter(|_| pass.id == desk.pass);
        let place = known.and_then(|plan| Some((plan, plan.songs.iter().find(|song| song.id == spot.song)?)));
        let Some((plan, song)) = place else {
            // Another pass is heard: it has its own times.
            let word = format!("{} is heard now: once more goes to the place", pass.name);
            return Action::Batch(vec![Action::Hear(pass.id.clone()), select, Action::Say(word)]);
        };
        let start = plan.to_delivered(song.start);
        let Some(at) = spot.at else {
            return Action::Batch(vec![select, Action::Seek(start), Action::Goto(Page::Session)]);
        };
        // On a disc a file may begin before its song.
        let file = delivery.manifest.files.iter().find(|file| file.name == spot.file);
        let file = file.and_then(|file| file.audio.as_ref()).filter(|_| pass.kind == PassKind::Cd);
        let moment = file.map_or(start, |audio| audio.start_frame) + (at.0 * plan.delivered.hz()) as u64;
        let around = (AROUND.0 * plan.delivered.hz()) as u64;
        let (from, to) = (moment.saturating_sub(around), (moment + around).min(plan.delivered_frames()));
        Action::Batch(vec![select, Action::Loop(Some((from, to))), Action::Seek(from), Action::Play])
    }

    /// The page.
    pub fn view<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let matrix = container(self.matrix(desk)).height(Length::FillPortion(9));
        let queue = container(self.queue(desk)).width(Length::FillPortion(4));
        let why = container(self.side(desk)).width(Length::FillPortion(5));
        column![matrix, row![queue, why].spacing(8).height(Length::FillPortion(desk.layout.pick(9, 10)))]
            .spacing(8)
            .into()
    }
}

fn padded<'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let padding = Padding { top: 4.0, right: 12.0, bottom: 12.0, left: 12.0 };
    container(content).padding(padding).width(Length::Fill).height(Length::Fill).into()
}
