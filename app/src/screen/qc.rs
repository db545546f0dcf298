//! *QC*: every finding of the album with what was decided about it, the place of each from close by, repairs, and the limits
//! by which faults are looked for.

mod close;
mod decide;
mod panel;
mod rows;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use iced::widget::{column, container, image, row};
use iced::{Length, Padding};
use lacquer_engine::analysis::finding::{Kind, Severity};
use lacquer_engine::unit::Seconds;

use crate::desk::quality::{Heard, Place};
use crate::desk::{Action, Desk};
use crate::theme::Element;
use crate::widget::close_up::CloseUp;
use crate::widget::{Layout, places};
use rows::{Row, Rows};

/// The list of findings, for its scroll position.
pub const LIST: &str = "findings";
/// The field of a waiver's reason.
pub const REASON: &str = "waiver-reason";

/// What findings are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// How much they matter, then when.
    Severity,
    /// When they are heard.
    Time,
    /// The song.
    Song,
    /// What they are.
    Check,
    /// By how much the limit is broken.
    Value,
    /// What was decided.
    State,
}

/// Which findings are shown by what was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// All.
    #[default]
    All,
    /// Something has still to be done.
    Open,
    /// They may stay.
    Waived,
    /// They are repaired.
    Fixed,
}

/// How closely a place is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    /// 1 ms to either side.
    One,
    /// 5 ms.
    Five,
    /// 50 ms.
    Fifty,
    /// All of it.
    Whole,
}

impl Zoom {
    fn half(self) -> Option<Seconds> {
        match self {
            Zoom::One => Some(Seconds(0.001)),
            Zoom::Five => Some(Seconds(0.005)),
            Zoom::Fifty => Some(Seconds(0.05)),
            Zoom::Whole => None,
        }
    }

    /// The closest that shows a span of `seconds`.
    fn of(seconds: f64) -> Zoom {
        match seconds {
            s if s <= 0.0015 => Zoom::One,
            s if s <= 0.008 => Zoom::Five,
            s if s <= 0.09 => Zoom::Fifty,
            _ => Zoom::Whole,
        }
    }
}

/// What the lower plate shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Panel {
    /// The place from close by; a plate of its own in the large layout.
    Close,
    /// What the album was looked through for.
    #[default]
    Checks,
    /// The repairs of all sources.
    Repairs,
    /// The limits.
    Limits,
}

/// What the engineer does on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// A finding, by its id.
    Select(String),
    /// The next finding of the list, or the one before.
    Step(i64),
    /// Sorts by a column; again the other way round.
    Sort(Column),
    /// Shows a severity, or hides it.
    Severity(Severity),
    /// Which ones are shown by what was decided.
    Standing(Standing),
    /// Shows one kind, or all.
    Kind(Option<Kind>),
    /// Shows one song by its id, or all.
    Song(Option<String>),
    /// The list is scrolled: offset and height, px.
    Scrolled(f32, f32),
    /// A mark of the album, by its place in the list.
    Mark(usize),
    /// Plays the finding again and again, or no longer.
    Listen,
    /// Asks for the reason of a waiver.
    Waive,
    /// The reason reads like this.
    Reason(String),
    /// The name reads like this.
    By(String),
    /// The waiver is done.
    Accept,
    /// The waiver is given up.
    GiveUp,
    /// It has been repaired or edited away.
    Fixed,
    /// It is open again.
    Open,
    /// Repairs the finding.
    Repair,
    /// Its repair out of the signal, or in again.
    SwitchRepair,
    /// A repair of a source out of the signal, or in again.
    Switch(String, String),
    /// Removes a repair of a source.
    Remove(String, String),
    /// Another span of a repair, in seconds.
    Span(String, String, f64, f64),
    /// Hears something else of a repair.
    Hear(Heard),
    /// Before the repair of the selected finding, or after.
    HearBefore,
    /// What the repair of the selected finding takes away, or the programme.
    HearRemoved,
    /// Stops the repairs that are being computed.
    StopRepairs,
    /// How closely the place is looked at.
    Zoom(Zoom),
    /// What the lower plate shows.
    Panel(Panel),
    /// Another profile.
    Profile(String),
    /// A limit of the album's own, or the profile's again.
    Limit(String, Option<f64>),
    /// Looks through everything anew.
    Look,
    /// Stops looking.
    Stop,
    /// Keeps every open finding in the session.
    Record,
    /// Writes the findings as pages and for machines.
    Report,
}

/// A waiver that is being written.
#[derive(Debug, Clone, Default)]
struct Waiver {
    reason: String,
    wrong: bool,
}

/// What the page remembers.
pub struct State {
    rows: Rows,
    selected: Option<String>,
    zoom: Option<Zoom>,
    panel: Panel,
    waiver: Option<Waiver>,
    listening: bool,
    offset: f32,
    height: f32,
    album: places::Album,
    album_of: (usize, u64, usize),
    picture: Option<Arc<CloseUp>>,
    strip: Option<image::Handle>,
    said: String,
}

impl Default for State {
    fn default() -> State {
        State {
            rows: Rows::default(),
            selected: None,
            zoom: None,
            panel: Panel::default(),
            waiver: None,
            listening: false,
            offset: 0.0,
            height: 900.0,
            album: places::Album::default(),
            album_of: (0, 0, 0),
            picture: None,
            strip: None,
            said: String::new(),
        }
    }
}

/// Played before and after a finding, s.
const ROLL_S: f64 = 2.0;

impl State {
    /// Follows the findings, the plan and the survey: cheap where nothing has changed.
    pub fn follow(&mut self, desk: &Desk) {
        if self.rows.follow(desk) {
            if self.selected.as_ref().is_some_and(|id| desk.quality.entry(id).is_none()) {
                self.selected = None;
            }
            self.show(desk);
        }
        let survey = desk.survey.as_ref().map_or(0, |survey| Arc::as_ptr(survey) as usize);
        let plan = desk.plan.as_ref().map_or(0, |plan| Arc::as_ptr(plan) as usize);
        let of = (survey, self.rows.generation, plan);
        if of != self.album_of {
            self.album_of = of;
            self.album = rows::album(desk, &self.rows, self.album.generation + 1);
        }
        if self.listening && desk.monitor.transport().looped.is_none() {
            self.listening = false;
        }
    }

    fn row(&self) -> Option<&Row> {
        self.rows.get(self.selected.as_ref()?)
    }

    /// Whether the reason of a waiver is being written.
    pub fn is_waiving(&self) -> bool {
        self.waiver.is_some()
    }

    /// Whether a finding is played again and again.
    pub fn is_listening(&self) -> bool {
        self.listening
    }

    /// Whether the selected finding can be played.
    pub fn can_listen(&self, desk: &Desk) -> bool {
        self.row().is_some_and(|row| row.at.is_some()) && desk.plan.is_some()
    }

    /// Does what a message says to the page, and answers what the application has to do.
    pub fn update(&mut self, message: Message, desk: &Desk) -> Action {
        match message {
            Message::Select(id) => return self.select(desk, id),
            Message::Step(step) => return self.step(desk, step),
            Message::Sort(by) => self.rows.sort_by(by),
            Message::Severity(severity) => self.rows.switch(severity),
            Message::Standing(standing) => self.rows.filter(|filter| filter.standing = standing),
            Message::Kind(kind) => self.rows.filter(|filter| filter.kind = kind),
            Message::Song(song) => self.rows.filter(|filter| filter.song = song),
            Message::Scrolled(offset, height) => (self.offset, self.height) = (offset, height),
            Message::Mark(index) => {
                let id = self.rows.all.get(index).map(|row| row.id.clone());
                return id.map_or(Action::None, |id| self.select_and_show(desk, id));
            }
            Message::Listen => return self.listen(desk),
            Message::Zoom(zoom) => {
                self.zoom = Some(zoom);
                return Action::LookAt(self.place(desk).map(Box::new));
            }
            Message::Panel(panel) => self.panel = panel,
            Message::Look => return Action::Inspect,
            Message::Stop => return Action::StopInspection,
            Message::Report => return Action::ReportFindings,
            Message::Hear(heard) => return Action::HearRepair(heard),
            Message::HearBefore => return hear(self.before(desk)),
            Message::HearRemoved => return hear(self.removed(desk)),
            Message::StopRepairs => return Action::StopRepairs,
            decision => return self.decide(decision, desk),
        }
        Action::None
    }

    fn select(&mut self, desk: &Desk, id: String) -> Action {
        if self.selected.as_ref() != Some(&id) {
            self.zoom = None;
            self.waiver = None;
        }
        self.selected = Some(id);
        if desk.layout == Layout::Small && self.panel == Panel::Checks {
            self.panel = Panel::Close;
        }
        let Some(row) = self.row() else { return Action::None };
        let (song, at) = (row.song.clone(), row.at);
        let mut steps = vec![Action::LookAt(self.place(desk).map(Box::new))];
        steps.extend(song.map(Action::Select));
        if let Some(at) = at {
            if self.listening {
                steps.push(Action::Loop(self.around(desk)));
            }
            steps.push(Action::Seek(desk.frame(if self.listening { at - ROLL_S } else { at })));
        }
        Action::Batch(steps)
    }

    /// The finding above or below in the list.
    fn step(&mut self, desk: &Desk, step: i64) -> Action {
        let shown = &self.rows.shown;
        let place = |id: &String| shown.iter().position(|index| self.rows.all[*index].id == *id);
        let here = self.selected.as_ref().and_then(place);
        let last = shown.len() as i64 - 1;
        let next = match here {
            Some(here) => (here as i64 + step).clamp(0, last.max(0)),
            None => {
                if step > 0 {
                    0
                } else {
                    last
                }
            }
        };
        let id =
            usize::try_from(next).ok().and_then(|next| shown.get(next)).map(|index| self.rows.all[*index].id.clone());
        id.map_or_else(|| Action::Say("there is no finding to go to".into()), |id| self.select_and_show(desk, id))
    }

    /// Selects a finding and brings its row into the list's view.
    fn select_and_show(&mut self, desk: &Desk, id: String) -> Action {
        let action = self.select(desk, id);
        let row = self.rows.shown.iter().position(|index| Some(&self.rows.all[*index].id) == self.selected.as_ref());
        let Some(row) = row else { return action };
        let height = table::row_height(desk.layout);
        let (top, bottom) = (row as f32 * height, (row + 1) as f32 * height);
        if top >= self.offset && bottom <= self.offset + self.height {
            return action;
        }
        let offset = (top - 0.4 * self.height).max(0.0);
        self.offset = offset;
        Action::Batch(vec![action, Action::ScrollFindings(offset)])
    }

    /// The finding with what lies before and after it, in delivered frames.
    fn around(&self, desk: &Desk) -> Option<(u64, u64)> {
        let row = self.row()?;
        let at = row.at?;
        let (from, to) = (desk.frame(at - ROLL_S), desk.frame(at + row.length_s.min(30.0) + ROLL_S));
        (from < to).then_some((from, to))
    }

    fn listen(&mut self, desk: &Desk) -> Action {
        if self.listening && desk.monitor.transport().playing {
            self.listening = false;
            return Action::Batch(vec![Action::Pause, Action::Loop(None)]);
        }
        let Some(around) = self.around(desk) else {
            return Action::Say("this finding has no place to be heard".into());
        };
        self.listening = true;
        Action::Batch(vec![Action::Loop(Some(around)), Action::Seek(around.0), Action::Play])
    }

    /// How closely the selected place is looked at.
    fn zoom(&self) -> Zoom {
        self.zoom.unwrap_or_else(|| self.row().map_or(Zoom::One, |row| Zoom::of(row.length_s)))
    }

    /// The selected place.
    pub fn place(&self, desk: &Desk) -> Option<Place> {
        let entry = desk.quality.entry(self.selected.as_ref()?)?;
        let source = entry.source.clone()?;
        let proposal = decide::proposal(desk, entry).filter(|_| desk.repair_of(entry).is_none());
        Some(Place {
            finding: entry.finding.id.clone(),
            source,
            start: entry.finding.start_s,
            end: entry.finding.end_s,
            half: self.zoom().half(),
            channel: entry.finding.channel,
            proposal: proposal.map(Box::new),
        })
    }

    /// The page.
    pub fn view<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let findings = self.findings(desk);
        match desk.layout {
            Layout::Large => {
                let close = container(self.close(desk)).height(Length::FillPortion(11));
                let panel = container(self.panel(desk)).height(Length::FillPortion(8));
                let right = container(column![close, panel].spacing(8)).width(568);
                row![container(findings).width(Length::Fill), right].spacing(8).into()
            }
            Layout::Small => {
                let below = container(self.panel(desk)).height(300);
                column![container(findings).height(Length::Fill), below].spacing(8).into()
            }
        }
    }
}

fn hear(what: Option<Heard>) -> Action {
    what.map_or_else(|| Action::Say("this finding has no repair to be heard".into()), Action::HearRepair)
}

fn padded<'a>(content: impl Into<Element<'a, Message>>, layout: Layout) -> Element<'a, Message> {
    let side = layout.pick(12.0, 8.0);
    let padding = Padding { top: 0.0, right: side, bottom: side, left: side };
    container(content).padding(padding).width(Length::Fill).height(Length::Fill).into()
}
