//! *Reference*: what the album is held against, heard at one loudness and on the same place; where it differs; settings
//! that would bring it nearer; how it travels; the blind test.

mod between;
mod blind;
mod list;
mod travel;

use iced::widget::{column, container, row};
use iced::{Length, Padding};
use lacquer_engine::compare::matching::Amounts;
use lacquer_engine::session::{Edit, EditError, Reference};

use crate::desk::listening::{Ask, Beside, SongOf};
use crate::desk::{Action, Desk};
use crate::theme::Element;
use crate::widget::Layout;

/// What the difference is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Thirds of an octave, and the smooth curve.
    #[default]
    Spectrum,
    /// The side's share by thirds of an octave.
    Width,
    /// Correlation by thirds of an octave.
    Correlation,
    /// Loudness over time.
    Level,
}

/// A dimension of the match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// The spectrum.
    Spectrum,
    /// The width.
    Width,
    /// The dynamics.
    Dynamics,
    /// The level.
    Level,
}

/// What the engineer does on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// Something for the sound.
    Ask(Ask),
    /// A change of the chosen reference, as it is typed: field and value.
    Set(&'static str, String),
    /// The chosen reference is taken away.
    Remove,
    /// A cue where the reference plays now.
    Cue,
    /// What the difference is of.
    View(View),
    /// How far to match, percent.
    Amount(Dimension, f64),
    /// Proposes, or sets.
    Match(bool),
    /// Trials of the next blind test.
    Trials(usize),
    /// What the lower plate shows.
    Lower(Lower),
}

/// What the lower plate shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lower {
    /// The blind test.
    #[default]
    Blind,
    /// Systems and services.
    Travel,
    /// The verdict.
    Verdict,
}

/// What the page remembers.
#[derive(Debug)]
pub struct State {
    view: View,
    /// Percent: spectrum, width, dynamics, level.
    amounts: [f64; 4],
    trials: usize,
    lower: Lower,
}

impl Default for State {
    fn default() -> State {
        // Sixteen trials: 12 right are below 5 % by chance.
        State { view: View::default(), amounts: [60.0, 0.0, 0.0, 0.0], trials: 16, lower: Lower::default() }
    }
}

impl State {
    /// Does what a message says to the page, and answers what the application has to do.
    pub fn update(&mut self, message: Message, desk: &Desk) -> Action {
        match message {
            Message::Ask(ask) => return Action::Listening(ask),
            Message::Set(field, value) => {
                return changed(desk, |id| Edit::parse(&desk.document, &format!("reference.{id}.{field}={value}")));
            }
            Message::Remove => return changed(desk, |id| Edit::remove_reference(&desk.document, id)),
            Message::Cue => {
                let Some(here) = desk.monitor.beside_time() else { return Action::None };
                return changed(desk, |id| {
                    let mut cues = chosen(desk).map(|one| one.cues.clone()).unwrap_or_default();
                    cues.push(here);
                    cues.sort_by(|one, other| one.0.total_cmp(&other.0));
                    Edit::set_reference_cues(&desk.document, id, &cues)
                });
            }
            Message::View(view) => self.view = view,
            Message::Amount(dimension, percent) => self.amounts[dimension as usize] = percent.clamp(0.0, 100.0),
            Message::Match(apply) => {
                let [spectrum, width, dynamics, level] = self.amounts.map(|percent| percent / 100.0);
                let amounts = Amounts { spectrum, width, dynamics, level };
                return Action::Listening(Ask::Match { amounts, apply });
            }
            Message::Trials(trials) => self.trials = trials,
            Message::Lower(lower) => self.lower = lower,
        }
        Action::None
    }

    /// The page.
    pub fn view<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let left = container(list::list(self, desk)).width(desk.layout.pick(400.0, 344.0)).height(Length::Fill);
        let lower: Element<'a, Message> = match self.lower {
            Lower::Blind => blind::blind(self, desk),
            Lower::Travel => travel::travel(self, desk),
            Lower::Verdict => blind::verdict(self, desk),
        };
        let right = column![
            between::listen(desk),
            container(between::difference(self, desk)).height(Length::FillPortion(3)),
            container(lower).height(Length::Fixed(desk.layout.pick(264.0, 196.0)))
        ]
        .spacing(8);
        row![left, right.width(Length::Fill)].spacing(8).height(Length::Fill).into()
    }
}

/// The reference that is looked at: the chosen one, else the first.
fn chosen(desk: &Desk) -> Option<&Reference> {
    let references = &desk.session().references;
    let chosen = desk.listening.chosen.as_ref();
    references.iter().find(|one| Some(&one.id) == chosen).or(references.first())
}

fn changed(desk: &Desk, edit: impl FnOnce(&str) -> Result<Edit, EditError>) -> Action {
    match chosen(desk).map(|reference| edit(&reference.id)) {
        None => Action::None,
        Some(Ok(edit)) => Action::Edit(edit),
        Some(Err(error)) => Action::Say(error.to_string()),
    }
}

/// The song that sounds, as everything about it is known by.
fn own(desk: &Desk) -> Option<SongOf> {
    let plan = desk.plan.as_ref()?;
    Some((plan.hash.clone(), desk.sounding().unwrap_or(0)))
}

/// Whether a reference stands beside the programme and is heard. A blind test says nothing.
fn is_heard(desk: &Desk, id: &str) -> bool {
    let stands = matches!(&desk.listening.beside, Some(Beside::Reference(known)) if known == id);
    stands && desk.listening.trials.is_none() && desk.monitor.is_beside_heard()
}

/// The padding inside a plate.
fn inside(layout: Layout) -> Padding {
    Padding { top: 0.0, right: layout.pick(12.0, 8.0), bottom: layout.pick(12.0, 6.0), left: layout.pick(12.0, 8.0) }
}
