//! The page while a vinyl pass is heard: its sides, the disc, what is wrong with the cut, the groove from close by, and
//! courses over time. Everything is measured by a worker; what is not says so.

mod picture;
mod plan;

use std::sync::Arc;

use iced::widget::image::Handle;
use iced::widget::{column, container, row, scrollable, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::analysis::verdict::readout;
use lacquer_engine::medium::vinyl::{Finding, Remedy};
use lacquer_engine::profile::Outcome;
use lacquer_engine::session::{Resolved, Vinyl};
use lacquer_engine::unit::Seconds;

use super::sides;
use crate::desk::medium::{Record, Wish};
use crate::desk::{Action, Desk};
use crate::theme::{Element, font, plate as ground, text as ink};
use crate::widget::key::{self, Kind};
use crate::widget::verdict::{Verdict, verdict};
use crate::widget::{Layout, disc, plate, segment, text};

/// What happens to the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// A side is looked at.
    Side(usize),
    /// A finding of the side that is looked at.
    Finding(usize),
    /// The disc was pressed.
    Disc(disc::Press),
    /// The courses were pressed, at a share of the side.
    Along(f32),
    /// A row of the list of sides was dragged.
    Move(usize, usize),
    /// The selected song to the next side, or to the one before.
    Turn(bool),
    /// A song.
    Select(String),
    /// The sides of a proposal.
    Take(usize),
    /// Anything else.
    Wish(Wish),
}

/// What the page remembers.
#[derive(Default)]
pub struct State {
    /// The side that is looked at; none follows the playhead.
    side: Option<usize>,
    finding: Option<usize>,
    /// Pictures of the discs, for the large and the small layout.
    discs: Vec<[Handle; 2]>,
}

/// What is repeated before and behind a finding, s.
const AROUND_S: f64 = 1.5;

impl State {
    /// Takes the pictures of a record that was cut.
    pub fn take(&mut self, record: &Record) {
        let handle = |picture: &crate::desk::medium::Picture| {
            Handle::from_rgba(picture.width, picture.width, picture.pixels.clone())
        };
        self.discs = record.sides.iter().map(|side| [handle(&side.discs[0]), handle(&side.discs[1])]).collect();
        self.side = self.side.filter(|side| *side < record.sides.len());
        self.finding = None;
    }

    fn shown(&self, record: &Record, desk: &Desk) -> usize {
        let here = record.side_at(Seconds(desk.seconds(desk.position())));
        self.side.or(here).unwrap_or(0).min(record.sides.len().saturating_sub(1))
    }

    /// Does what a message says, and answers what the application has to do.
    pub fn update(&mut self, message: Message, desk: &Desk) -> Action {
        let resolved = desk.session().resolve(&desk.pass);
        let record = desk.medium.record.clone();
        match message {
            Message::Side(side) => {
                self.side = if self.side == Some(side) { None } else { Some(side) };
                self.finding = None;
            }
            Message::Finding(finding) => return self.jump(desk, finding),
            Message::Disc(disc::Press::Mark(finding)) => return self.jump(desk, finding),
            Message::Disc(disc::Press::Place(radius, turns)) => {
                let Some(record) = record else { return Action::None };
                let side = self.shown(&record, desk);
                let sector = record.sector_at(side, radius, turns);
                let at = sector.and_then(|sector| record.time(side, sector));
                return at.map_or(Action::None, |at| Action::Seek(desk.frame(at.0)));
            }
            Message::Along(share) => {
                let Some(record) = record else { return Action::None };
                let side = self.shown(&record, desk);
                let (Some(known), Some(survey)) = (record.sides.get(side), record.surveys.get(side)) else {
                    return Action::None;
                };
                let at = known.start.0 + f64::from(share) * survey.side.length().0;
                return Action::Seek(desk.frame(at));
            }
            Message::Move(from, to) => {
                return resolved.map_or(Action::None, |it| Action::Medium(Wish::Deal(sides::dealt(&it, from, to))));
            }
            Message::Turn(later) => {
                let place = |it: &Resolved| it.songs.iter().position(|song| Some(&song.song.id) == desk.song.as_ref());
                let sides = resolved.and_then(|it| place(&it).map(|song| sides::turned(&it, song, later)));
                return sides.map_or(Action::None, |sides| Action::Medium(Wish::Deal(sides)));
            }
            Message::Select(song) => return Action::Select(song),
            Message::Take(proposal) => {
                let Some(record) = record else { return Action::None };
                let Some(proposal) = record.proposals.get(proposal) else { return Action::None };
                let id = |song: &usize| record.songs.get(*song).cloned();
                let sides = proposal.sides.iter().map(|side| side.iter().filter_map(id).collect()).collect();
                return Action::Medium(Wish::Deal(sides));
            }
            Message::Wish(wish) => return Action::Medium(wish),
        }
        Action::None
    }

    /// To a finding; pressed again, it is played again and again.
    fn jump(&mut self, desk: &Desk, finding: usize) -> Action {
        let Some(record) = &desk.medium.record else { return Action::None };
        let side = self.shown(record, desk);
        let Some(known) = record.sides.get(side) else { return Action::None };
        let Some(found) = known.cut.findings.get(finding) else { return Action::None };
        let at = known.start.0 + found.at_s.0;
        let again = self.finding.replace(finding) == Some(finding);
        self.side = Some(side);
        let mut steps = Vec::new();
        let song = found.song.and_then(|song| record.songs.get(record.surveys.get(side)?.songs.start + song));
        steps.extend(song.cloned().map(Action::Select));
        if again {
            let (from, to) = (desk.frame((at - AROUND_S).max(0.0)), desk.frame(at + AROUND_S));
            steps.extend([Action::Loop(Some((from, to))), Action::Seek(from), Action::Play]);
        } else {
            steps.push(Action::Seek(desk.frame(at)));
        }
        Action::Batch(steps)
    }

    /// The page.
    pub fn view<'a>(&'a self, desk: &'a Desk, resolved: &Resolved) -> Element<'a, Message> {
        let vinyl = resolved.pass.vinyl.clone().unwrap_or_default();
        let left = container(plan::plate(desk, resolved, &vinyl)).width(desk.layout.pick(352.0, 292.0));
        let Some(record) = &desk.medium.record else {
            return row![left, nothing(desk)].spacing(8).into();
        };
        let side = self.shown(record, desk);
        let disc = container(self.disc(desk, record, side, &vinyl)).width(desk.layout.pick(648.0, 376.0));
        let close = container(picture::close(desk, record, side)).height(Length::FillPortion(desk.layout.pick(5, 4)));
        let wrong = container(self.findings(desk, record, side)).height(Length::FillPortion(desk.layout.pick(5, 5)));
        let right = column![wrong, close].spacing(8);
        let upper = row![disc, right].spacing(8).height(desk.layout.pick(700.0, 424.0));
        let courses = container(picture::along(desk, record, side)).height(Length::Fill);
        row![left, column![upper, courses].spacing(8)].spacing(8).into()
    }

    fn disc<'a>(&'a self, desk: &'a Desk, record: &Record, side: usize, vinyl: &Vinyl) -> Element<'a, Message> {
        let names: Vec<String> = record.sides.iter().map(|side| side.name.to_string()).collect();
        let cells = names.iter().enumerate().map(|(place, _)| segment::Cell {
            label: LETTERS.get(place).copied().unwrap_or("?"),
            on: place == side,
            on_press: Some(Message::Side(place)),
        });
        let switch = segment::segment(cells.collect(), Length::Shrink);
        let title = names.get(side).map_or_else(String::new, |name| format!("Side {name}"));
        let aside = desk.layout.pick("to scale, shaded by pitch; a press goes there", "");
        let width = desk.layout.pick(0, 1);
        let known = record.sides.get(side).zip(self.discs.get(side));
        let picture: Element<'a, Message> = match known {
            Some((cut, handles)) => {
                let data = picture::disc(desk, record, side, cut, handles[width].clone(), self.finding);
                container(disc::disc(data, Message::Disc)).center_x(Length::Fill).into()
            }
            None => space().into(),
        };
        let (narrow, wide) = known.map_or((0.0, 0.0), |(cut, _)| cut.pitches);
        let foot = row![
            text::label("pitch"),
            text::mono(format!("{narrow:.0}"), font::LABEL),
            disc::legend(),
            text::mono(format!("{wide:.0}"), font::LABEL),
            text::label("um"),
            space::horizontal(),
            text::label(
                desk.layout.pick(format!("{}, {}; dashed: the innermost groove", vinyl.size, vinyl.speed), "".into())
            ),
        ]
        .spacing(6)
        .height(24)
        .align_y(Alignment::Center)
        .padding(Padding::from([0, 12]));
        plate::plate(title, aside, vec![switch], column![picture, foot])
    }

    fn findings<'a>(&'a self, desk: &'a Desk, record: &Record, side: usize) -> Element<'a, Message> {
        let findings = record.sides.get(side).map(|side| &side.cut.findings[..]).unwrap_or_default();
        let count = |fails: bool| findings.iter().filter(|it| (it.severity == Outcome::Fail) == fails).count();
        let aside = match (count(true), count(false)) {
            (0, 0) => "nothing to look out for".to_string(),
            (fails, warns) => format!("{fails} fail, {warns} warn"),
        };
        let letter = record.sides.get(side).map_or_else(String::new, |side| side.name.to_string());
        let line = |(index, found): (usize, &Finding)| self.finding(desk, index, found, &letter);
        let rows = column(findings.iter().enumerate().map(line)).spacing(2);
        let empty = findings.is_empty().then(|| passes(record, side));
        let body = scrollable(column![rows].push(empty)).height(Length::Fill).width(Length::Fill);
        plate::plate(format!("Findings, side {letter}"), aside, Vec::new(), body)
    }

    fn finding<'a>(&self, desk: &Desk, index: usize, found: &Finding, side: &str) -> Element<'a, Message> {
        let (chosen, fails) = (self.finding == Some(index), found.severity == Outcome::Fail);
        let style: fn(&crate::theme::Theme) -> iced::widget::text::Style =
            if fails { ink::alarm } else { ink::warning };
        let song = found.song.map(|song| format!("{side}{}", song + 1)).unwrap_or_default();
        let places = if found.places > 1 { format!("{} places", found.places) } else { String::new() };
        let first = row![
            text::mono((index + 1).to_string(), font::LABEL).style(style),
            text::word(found.fault.title()),
            text::label(places),
            space::horizontal(),
            text::mono(readout(found.measured, found.bound, found.limit, digits(found.unit)), font::BODY).style(style),
            text::label(format!("{} of {:.*}", found.unit, digits(found.unit), found.limit)),
        ];
        let second = row![
            text::label(song),
            text::label(format!("at {}", sides::minutes(found.at_s.0))),
            text::label(format!("radius {:.1} mm", found.radius_mm)),
            space::horizontal(),
        ];
        let remedies: Vec<String> = found.remedies.iter().map(ToString::to_string).collect();
        let second = second.push((!chosen).then(|| text::label(remedies.join(", or "))));
        let lines = [first, second].map(|line| line.spacing(8).height(20).align_y(Alignment::Center));
        let body =
            container(column(lines.map(Into::into))).padding(Padding::from([3, 12])).width(Length::Fill).clip(true);
        let face = iced::widget::button(body)
            .padding(0)
            .width(Length::Fill)
            .on_press(Message::Finding(index))
            .style(crate::theme::row::row(chosen));
        let keys = chosen.then(|| remedy_keys(desk.layout, &found.remedies));
        column![face].push(keys).into()
    }
}

/// Letters of the first sides, as a segment has them.
const LETTERS: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];

fn digits(unit: &str) -> usize {
    match unit {
        "" => 2,
        "um" | "g rms" | "s over" => 0,
        _ => 1,
    }
}

/// What a chosen finding offers: every remedy that is a setting is a key.
fn remedy_keys<'a>(layout: Layout, remedies: &[Remedy]) -> Element<'a, Message> {
    let face = |remedy: &Remedy| -> Element<'a, Message> {
        let word: &'static str = match remedy {
            Remedy::Level(_) => "Level",
            Remedy::Elliptical(_) => "Elliptical",
            Remedy::Acceleration { .. } => "Acceleration limit",
            other => return text::label(other.to_string()).into(),
        };
        let amount = match remedy {
            Remedy::Level(by) | Remedy::Acceleration { by, .. } => format!("{:+.1} dB", by.0),
            Remedy::Elliptical(at) => format!("{:.0} Hz", at.0),
            _ => String::new(),
        };
        let press = key::key(word, Some(Message::Wish(Wish::Mend(*remedy))));
        row![press, text::label(amount)].spacing(6).align_y(Alignment::Center).into()
    };
    let keys = row(remedies.iter().map(face)).spacing(layout.pick(14, 8)).align_y(Alignment::Center);
    container(keys).padding(Padding::from([4, 12])).width(Length::Fill).clip(true).into()
}

fn passes<'a>(record: &Record, side: usize) -> Element<'a, Message> {
    let highest = record.sides.get(side).map(|side| side.highest);
    let said = highest.map(|highest| {
        let limit = highest.limited_by.map_or("nothing".to_string(), |fault| fault.title().to_lowercase());
        format!("passes; up to {:+.1} dB, limited by {limit}", highest.level_db.0)
    });
    let line =
        row![verdict(Verdict::Pass), text::label(said.unwrap_or_default())].spacing(8).align_y(Alignment::Center);
    container(line).padding(Padding::from([6, 12])).into()
}

/// What stands where nothing is measured yet.
fn nothing<'a>(desk: &'a Desk) -> Element<'a, Message> {
    let said = match (&desk.medium.share, &desk.medium.failed) {
        (Some(share), _) => format!("cutting on paper, {:.0} %", 100.0 * share),
        (None, Some(reason)) => reason.clone(),
        (None, None) => "not measured: the pass has not been cut on paper yet".to_string(),
    };
    let press = look_key(desk, true);
    let body = column![text::word2(said), press].spacing(16).align_x(Alignment::Center);
    plate::ground(container(body).center(Length::Fill), ground::plate)
}

/// The key that starts and stops the worker.
pub(super) fn look_key<'a>(desk: &Desk, primary: bool) -> Element<'a, Message> {
    let word = if desk.medium.share.is_some() { "Cancel" } else { "Cut on paper" };
    let kind = if primary && desk.medium.share.is_none() { Kind::Primary } else { Kind::Plain };
    let works = desk.plan.as_ref().is_some_and(|plan| !plan.songs.is_empty());
    let width = if desk.medium.record.is_some() { Length::Fill } else { Length::Fixed(160.0) };
    key::key(word, works.then_some(Message::Wish(Wish::Look))).kind(kind).width(width).height(32.0).into()
}

/// The record, where it is of the pass as it is now.
pub(super) fn current<'a>(desk: &'a Desk, vinyl: &Vinyl) -> Option<&'a Arc<Record>> {
    let plan = desk.plan.as_ref()?;
    desk.medium.record.as_ref().filter(|record| record.is_of(plan, vinyl))
}
