//! *Chain*: the slots of the album's or a song's chain, and the page of the selected processor.
//!
//! Every gesture becomes an edit between a beginning and an end, so that a drag is one step back. What is drawn comes
//! from the document and from the latest readings; the last ten seconds of each stage are kept in its [`trail`].

mod bench;
mod bend;
mod beside;
mod clarity;
mod deesser;
mod dynamics;
mod equaliser;
mod frame;
mod kept;
mod multiband;
mod panel;
mod rack;
mod reference;
mod stereo;
#[cfg(test)]
mod tests;
mod trail;
mod wayout;

use std::collections::HashMap;

use iced::widget::{column, container, row, space};
use iced::{Length, Padding};
use lacquer_engine::chain::Listen;
use lacquer_engine::param::Spec;
use lacquer_engine::profile::Platform;
use lacquer_engine::session::{Edit, Scope, StageSettings};

use super::deliver::{self, Value};
use crate::desk::{self, Action, Desk};
use crate::theme::{Element, font, icon, plate as ground, text as ink};
use crate::widget::eq_curve::{self, Range};
use crate::widget::knob::Turn;
use crate::widget::plot::Trace;
use crate::widget::{Layout, key, plate, text};
use bench::{Bench, said};
pub use beside::Beside;
pub use clarity::Clarity;
use reference::Reference;
use trail::{Span, Trail};

/// Where a processor's page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The large one, at the left.
    Main,
    /// Beside it, 544 px wide.
    Side,
    /// Under both, 276 px high.
    Foot,
}

/// Width of the plate beside the selected one, and height of the one under both, px.
const SIDE_WIDTH: f32 = 544.0;
const FOOT_HEIGHT: f32 = 276.0;

/// A parameter of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    stage: String,
    row: Option<String>,
    parameter: &'static str,
    name: &'static str,
}

impl Part {
    fn of(stage: &StageSettings, row: Option<&str>, spec: &'static Spec) -> Part {
        let (stage, row) = (stage.id.clone(), row.map(str::to_string));
        Part { stage, row, parameter: spec.id, name: spec.name }
    }
}

/// What the engineer does on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// Shows the chain of the selected song, or the album's.
    OfSong(bool),
    /// Selects a stage.
    Select(String),
    /// Switches a stage in or out.
    Lamp(String),
    /// Moves the selected stage by so many places.
    Shift(isize),
    /// Removes the selected stage.
    Remove,
    /// Adds a processor behind the selected stage.
    Add(&'static str),
    /// Hears the original as loud as the master, or the master again.
    Original,
    /// A control is turned.
    Turn(Part, Turn),
    /// A gesture on the graph of this equaliser.
    Curve(String, eq_curve::Event),
    /// Listens to a band of a stage, or to its output again where that is what is heard.
    Listen(String, Listen),
    /// Selects a band by its id.
    Band(String),
    /// Adds a band to this stage.
    AddBand(String),
    /// Removes a band of a stage.
    RemoveBand(String, String),
    /// Shows something else behind the graph to compare with.
    Refer(Reference),
    /// Sets the makeup of a compressor so that it leaves as loud as what comes in.
    Neutral(String),
    /// The vertical range of the graph.
    Range(Range),
    /// Hears this limiter lowered by the gain it adds, or as it is delivered.
    Unity(String),
    /// How far back the limiter's picture reaches.
    Span(Span),
    /// Forgets the deepest reduction of a stage.
    ResetReduction(String),
    /// Snapshots, presets, copies, comparing.
    Beside(Beside),
    /// Transparency reports.
    Clarity(Clarity),
    /// Shows the way out behind the album chain.
    WayOut,
    /// A value of the way out of the heard pass.
    WayOutSet(Value),
    /// A stage is dragged from a place to another, from 0.
    Drag(usize, usize),
}

/// What the page remembers.
#[derive(Debug, Default)]
pub struct State {
    of_song: bool,
    stage: Option<String>,
    band: Option<String>,
    range: Range,
    span: Span,
    /// The song that was heard last, by its place in the plan.
    heard_song: Option<usize>,
    in_gesture: bool,
    /// Where the playhead stood when the gesture began, on the clock of the chain's automation.
    held_s: Option<f64>,
    /// The next letter keeps the chain as that snapshot.
    keeping: bool,
    trails: HashMap<(Scope, String), Trail>,
    /// The way out is selected, and not a stage.
    way_out: bool,
    /// The report that is shown in place of the pages.
    shown: clarity::Shown,
    /// What the graph is compared with.
    reference: Reference,
    /// The average that was kept for that.
    held: Option<Trace>,
    curves: equaliser::Memory,
    harmonics: bend::Harmonics,
    images: stereo::Images,
    /// Of this profile.
    platforms: (String, Vec<Platform>),
}

impl State {
    /// Follows what is heard: called with every reading of the meters.
    pub fn tick(&mut self, desk: &Desk) {
        self.note(desk);
        if let Some(pass) = desk.heard().filter(|pass| pass.profile != self.platforms.0) {
            let known = desk::profile_of(&pass.profile);
            self.platforms = (pass.profile.clone(), known.map(|one| one.platforms.clone()).unwrap_or_default());
        }
        let bench = self.bench(desk);
        let shown: Vec<_> = bench.stages.iter().filter(|stage| stage.processor == "eq").collect();
        let curves = equaliser::remember(&self.curves, &shown, &bench);
        self.curves = curves;
    }

    /// What every stage did since the last tick.
    fn note(&mut self, desk: &Desk) {
        let Some(plan) = &desk.plan else { return };
        for past in &desk.past {
            if self.heard_song.replace(past.song) != Some(past.song) {
                self.trails.values_mut().for_each(Trail::next_song);
            }
            let song = plan.songs.get(past.song).map(|song| (Scope::Song(song.id.clone()), &song.chain, &past.chain));
            for (scope, stages, slots) in song.into_iter().chain([(Scope::Album, &plan.album, &past.album)]) {
                for (stage, slot) in stages.iter().zip(slots) {
                    self.trails.entry((scope.clone(), stage.id.clone())).or_default().add(slot);
                }
            }
        }
    }

    fn bench<'a>(&self, desk: &'a Desk) -> Bench<'a> {
        Bench { held_s: self.held_s.filter(|_| self.in_gesture), ..Bench::new(desk, self.of_song) }
    }

    /// The selected stage, or else the first one with a picture, or the first.
    fn selected<'a>(&self, bench: &Bench<'a>) -> Option<&'a StageSettings> {
        let chosen = self.stage.as_ref().and_then(|id| bench.stage(id));
        chosen.or_else(|| bench.stages.iter().find(|stage| pictured(stage))).or_else(|| bench.stages.first())
    }

    /// Does what a message says to the page, and answers what the application has to do.
    pub fn update(&mut self, message: Message, desk: &Desk) -> Action {
        let bench = self.bench(desk);
        if !self.in_gesture {
            self.held_s = Some(bench.now_s());
        }
        match message {
            Message::Beside(beside) => return self.beside_update(&bench, beside),
            Message::Clarity(message) => return self.clarity_update(&bench, &message),
            Message::WayOut => (self.way_out, self.shown) = (true, clarity::Shown::Pages),
            Message::WayOutSet(value) => return deliver::State::set(desk, &desk.pass, value),
            Message::Drag(from, to) => return drag(&bench, from, to),
            Message::OfSong(of_song) => self.of_song = of_song,
            Message::Select(stage) => (self.stage, self.way_out) = (Some(stage), false),
            Message::Lamp(stage) => return lamp(&bench, &stage),
            Message::Shift(by) => return self.shift(&bench, by),
            Message::Remove => return self.remove(&bench),
            Message::Add(processor) => return self.add(&bench, processor),
            Message::Original => return Action::Original(desk.monitor.chains_on()),
            Message::Turn(part, turn) => return self.turn(&bench, &part, turn),
            Message::Curve(stage, event) => return self.curve(&bench, &stage, event),
            Message::Listen(stage, what) => return listen(&bench, &stage, what),
            Message::Band(band) => self.band = Some(band),
            Message::AddBand(stage) => {
                return match bench.stage(&stage).filter(|stage| stage.processor == "multiband") {
                    Some(stage) => self.divide(&bench, stage),
                    None => self.add_band(&bench, &stage, equaliser::NEW_BAND),
                };
            }
            Message::RemoveBand(stage, band) => {
                let (document, pass) = (&desk.document, bench.owner.as_deref());
                return said(Edit::remove_row(document, pass, &bench.scope, &stage, &band));
            }
            Message::Refer(reference) => return self.refer(desk, reference),
            Message::Neutral(stage) => return dynamics::neutral(&bench, &stage),
            Message::Range(range) => self.range = range,
            Message::Unity(stage) => {
                let wanted = (bench.scope.clone(), stage);
                return Action::Unity((desk.unity.as_ref() != Some(&wanted)).then_some(wanted));
            }
            Message::Span(span) => self.span = span,
            Message::ResetReduction(stage) => {
                if let Some(trail) = self.trails.get_mut(&(bench.scope, stage)) {
                    trail.reset();
                }
            }
        }
        Action::None
    }

    fn shift(&self, bench: &Bench<'_>, by: isize) -> Action {
        let Some(stage) = self.selected(bench) else { return Action::None };
        let place = bench.place(&stage.id).and_then(|place| place.checked_add_signed(by));
        let Some(to) = place.filter(|to| *to < bench.stages.len()) else { return Action::None };
        said(Edit::move_stage(&bench.desk.document, bench.owner.as_deref(), &bench.scope, &stage.id, to))
    }

    fn remove(&mut self, bench: &Bench<'_>) -> Action {
        let Some(stage) = self.selected(bench) else { return Action::None };
        self.stage = None;
        said(Edit::remove_stage(&bench.desk.document, bench.owner.as_deref(), &bench.scope, &stage.id))
    }

    fn add(&mut self, bench: &Bench<'_>, processor: &str) -> Action {
        let behind = self.selected(bench).and_then(|stage| bench.place(&stage.id)).map(|place| place + 1);
        let (document, pass) = (&bench.desk.document, bench.owner.as_deref());
        match Edit::add_stage(document, pass, &bench.scope, processor, behind) {
            Ok((edit, id)) => {
                self.stage = Some(id);
                Action::Edit(edit)
            }
            Err(why) => Action::Say(why.to_string()),
        }
    }

    fn add_band(&mut self, bench: &Bench<'_>, stage: &str, (hertz, gain): (f64, f64)) -> Action {
        let values = [("type", 0.0), ("frequency", hertz), ("gain", gain)];
        let (document, pass) = (&bench.desk.document, bench.owner.as_deref());
        match Edit::add_row(document, pass, &bench.scope, stage, "band", &values) {
            Ok((edit, id)) => {
                self.band = Some(id);
                Action::Edit(edit)
            }
            Err(why) => Action::Say(why.to_string()),
        }
    }

    /// Everything up to `Released` is one step.
    fn turn(&mut self, bench: &Bench<'_>, part: &Part, turn: Turn) -> Action {
        let (Turn::Changed(value) | Turn::Released(value)) = turn;
        let edit = bench.set(&part.stage, part.row.as_deref(), part.parameter, value);
        match turn {
            Turn::Changed(_) => self.gesture(part.name, edit),
            Turn::Released(_) if std::mem::take(&mut self.in_gesture) => Action::Batch(vec![edit, Action::End]),
            Turn::Released(_) => edit,
        }
    }

    /// An edit of a gesture: the first one begins it.
    fn gesture(&mut self, name: &'static str, edit: Action) -> Action {
        match std::mem::replace(&mut self.in_gesture, true) {
            true => edit,
            false => Action::Batch(vec![Action::Begin(name), edit]),
        }
    }

    fn end(&mut self, with: Action) -> Action {
        if std::mem::take(&mut self.in_gesture) { with } else { Action::None }
    }

    /// The page.
    pub fn view<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let bench = self.bench(desk);
        let rack = self.rack(&bench);
        let Some(selected) = self.selected(&bench) else {
            let page = if self.shows_way_out(&bench) { wayout::view(&bench) } else { empty() };
            return column![rack, page].spacing(8).into();
        };
        if let Some(report) = self.clarity(&bench) {
            return column![rack, report].spacing(8).into();
        }
        let way_out = self.shows_way_out(&bench);
        let main = if way_out { wayout::view(&bench) } else { self.page(&bench, selected, Place::Main) };
        if desk.layout == Layout::Small {
            return column![rack, main].spacing(8).into();
        }
        let (side, foot) = beside(bench.stages, (!way_out).then_some(selected));
        let mut upper = row![main].spacing(8).height(Length::Fill);
        if let Some(stage) = side {
            upper = upper.push(container(self.page(&bench, stage, Place::Side)).width(SIDE_WIDTH));
        }
        let mut pages = column![rack, upper].spacing(8);
        if let Some(stage) = foot {
            pages = pages.push(container(self.page(&bench, stage, Place::Foot)).height(FOOT_HEIGHT));
        }
        pages.into()
    }

    /// Whether the way out is selected: it lies behind the album chain alone.
    fn shows_way_out(&self, bench: &Bench<'_>) -> bool {
        self.way_out && bench.scope == Scope::Album
    }

    fn page<'a>(&'a self, bench: &Bench<'a>, stage: &'a StageSettings, place: Place) -> Element<'a, Message> {
        let title = format!("{} {}", bench.place(&stage.id).map_or(0, |place| place + 1), name(stage));
        // The selected stage's readings stand under the rack; a page at the side has no room for them.
        let told = if place == Place::Foot { self.told(bench, stage) } else { String::new() };
        // A sentence of its own: beside the title it would take the keys' room.
        let trouble = stage.resolve().1.first().map(|error| {
            iced::widget::text(error.to_string()).size(font::LABEL).style(ink::warning).width(Length::Fill)
        });
        let Some(values) = bench.values(stage) else {
            let kept =
                column![].push(trouble).push(text::word2("This version cannot run the stage; its settings are kept."));
            return plate::plate(title, "", self.keys(bench, place), padded(kept.spacing(8)));
        };
        let trail = self.trails.get(&(bench.scope.clone(), stage.id.clone()));
        let (mut keys, content) = match stage.processor.as_str() {
            "eq" => self.equaliser(bench, stage, &values, place),
            "compressor" => dynamics::compressor(bench, stage, &values, trail, place),
            "multiband" => self.multiband(bench, stage, &values, trail, place),
            "deesser" => deesser::deesser(bench, stage, &values, trail, place),
            "limiter" => dynamics::limiter(bench, stage, &values, trail, place, &self.platforms.1, self.span),
            "saturation" => bend::saturation(bench, stage, &values, trail, &self.harmonics, place),
            "clipper" => bend::clipper(bench, stage, &values, trail, place),
            "stereo" => stereo::stereo(bench, stage, &values, &self.images, place),
            _ => (Vec::new(), panel::controls(stage, &values, &[])),
        };
        keys.extend(self.keys(bench, place));
        plate::plate(title, told, keys, padded(column![].push(trouble).push(content).spacing(6)))
    }

    /// Keys of the selected stage: earlier, later, away.
    fn keys<'a>(&self, bench: &Bench<'a>, place: Place) -> Vec<Element<'a, Message>> {
        if place != Place::Main {
            return Vec::new();
        }
        let at = self.selected(bench).and_then(|stage| bench.place(&stage.id)).unwrap_or(0);
        let earlier = (at > 0).then_some(Message::Shift(-1));
        let later = (at + 1 < bench.stages.len()).then_some(Message::Shift(1));
        vec![
            key::icon(icon::CHEVRON_LEFT, earlier).into(),
            key::icon(icon::CHEVRON_RIGHT, later).into(),
            key::icon(icon::TRASH_2, Some(Message::Remove)).into(),
        ]
    }
}

/// A stage to another place.
fn drag(bench: &Bench<'_>, from: usize, to: usize) -> Action {
    let Some(stage) = bench.stages.get(from) else { return Action::None };
    said(Edit::move_stage(&bench.desk.document, bench.owner.as_deref(), &bench.scope, &stage.id, to))
}

/// Switches a stage: through the monitor where it is heard, so that it fades; else in the session alone.
fn lamp(bench: &Bench<'_>, id: &str) -> Action {
    let Some(stage) = bench.stage(id) else { return Action::None };
    let heard =
        bench.heard().and_then(|(scope, stages)| Some((scope, stages.iter().position(|heard| heard.id == id)?)));
    match heard {
        Some((scope, slot)) => Action::SlotOn { scope, slot, on: stage.bypass },
        None => {
            let (document, pass) = (&bench.desk.document, bench.owner.as_deref());
            said(Edit::bypass_stage(document, pass, &bench.scope, id, !stage.bypass))
        }
    }
}

/// Listens to a band of the stage; the same again ends it.
fn listen(bench: &Bench<'_>, stage: &str, what: Listen) -> Action {
    let Some((scope, stages)) = bench.heard() else { return Action::None };
    let Some(slot) = stages.iter().position(|heard| heard.id == stage) else { return Action::None };
    let running = bench.desk.monitor.listened() == Some((scope, slot, what));
    Action::Listen { scope, slot, what: if running { Listen::Output } else { what } }
}

/// Listens to this of the stage.
fn hear(bench: &Bench<'_>, stage: &str, what: Listen) -> Action {
    match listen(bench, stage, what) {
        Action::Listen { scope, slot, .. } => Action::Listen { scope, slot, what },
        other => other,
    }
}

/// The two stages that stay visible beside the selected one: those with a picture first; a limiter lies at the foot.
fn beside<'a>(
    stages: &'a [StageSettings],
    selected: Option<&StageSettings>,
) -> (Option<&'a StageSettings>, Option<&'a StageSettings>) {
    let mut others: Vec<_> =
        stages.iter().filter(|stage| selected.is_none_or(|selected| stage.id != selected.id)).collect();
    others.sort_by_key(|stage| !pictured(stage));
    others.truncate(2);
    let foot = others.iter().position(|stage| stage.processor == "limiter").map(|place| others.remove(place));
    let mut others = others.into_iter();
    let side = others.next();
    (side, foot.or_else(|| others.next()))
}

fn pictured(stage: &StageSettings) -> bool {
    !matches!(stage.processor.as_str(), "gain") && lacquer_engine::chain::processor(&stage.processor).is_some()
}

/// The name of a stage's processor, or its id where this version has none of that name.
fn name(stage: &StageSettings) -> &str {
    lacquer_engine::chain::processor(&stage.processor).map_or(&stage.processor, |processor| processor.table.name)
}

fn padded<'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let padding = Padding { top: 4.0, right: 12.0, bottom: 12.0, left: 12.0 };
    container(content).padding(padding).width(Length::Fill).height(Length::Fill).into()
}

fn empty<'a>() -> Element<'a, Message> {
    let words = column![
        text::section("No processors in this chain"),
        text::word2("Add one above. What is heard until then is the source, with the session's gains and fades."),
        space()
    ]
    .spacing(8);
    plate::ground(container(container(words).center(Length::Fill)).height(Length::Fill), ground::plate)
}
