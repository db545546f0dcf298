//! What stands beside a chain: presets, snapshots A to D, copies from other songs, hearing what is added, and what each
//! stage does to the level.

use std::fmt;

use iced::Padding;
use iced::widget::pick_list;
use lacquer_engine::chain::Delta;
use lacquer_engine::render::Scope as Heard;
use lacquer_engine::session::{ChainSettings, Edit, Preset, SNAPSHOTS, Scope, StageSettings};
use lacquer_engine::unit::Lufs;

use super::bench::{Bench, said};
use super::clarity::{Clarity, Shown};
use super::{Message, State, name};
use crate::desk::{self, Action};
use crate::theme::{Element, font};
use crate::widget::key::{self, Kind as Face};
use crate::widget::{header, number};

/// What is done beside a chain.
#[derive(Debug, Clone)]
pub enum Beside {
    /// The chain becomes this preset.
    Load(String),
    /// The selected stage becomes this preset.
    LoadStage(String),
    /// The chain is kept as a preset.
    Keep,
    /// The chain becomes that of a song, or of the album.
    Copy(Source),
    /// The next letter keeps the chain, or not.
    Keeping,
    /// Back to a snapshot; an empty one is filled.
    Snapshot(&'static str),
    /// Hears the snapshots at one loudness, or each at its own.
    Match,
    /// Hears what the selected stage adds, or the programme.
    Delta,
    /// Hears what the whole chain adds, or the programme.
    DeltaAll,
    /// Hears the input of the selected stage as loud as its output, or its output.
    Compare,
    /// Shows the course of a parameter of the selected stage on the timeline.
    Automate(Course),
}

/// A chain that can be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    scope: Scope,
    name: String,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A parameter of a stage that can move while it sounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    row: Option<String>,
    parameter: &'static str,
    name: String,
}

impl fmt::Display for Course {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A preset in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    id: String,
    name: String,
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl State {
    pub(super) fn beside_update(&mut self, bench: &Bench<'_>, beside: Beside) -> Action {
        let (document, pass, scope) = (&bench.desk.document, bench.owner.as_deref(), &bench.scope);
        match beside {
            Beside::Load(id) => with_preset(&id, |preset| {
                said(Edit::set_chain(document, pass, scope, &preset.chain, &format!("preset {}", preset.name)))
            }),
            Beside::LoadStage(id) => self.load_stage(bench, &id),
            Beside::Keep => keep(bench),
            Beside::Copy(source) => said(Edit::copy_chain(document, (pass, &source.scope), (pass, scope))),
            Beside::Keeping => {
                self.keeping = !self.keeping;
                Action::None
            }
            Beside::Snapshot(letter) => {
                let stored = chain(bench).is_some_and(|chain| chain.snapshots.contains_key(letter));
                let keep = std::mem::take(&mut self.keeping) || !stored;
                snapshot(bench, letter, keep)
            }
            Beside::Match => {
                let on = bench.desk.matched.as_ref() != Some(scope);
                Action::MatchSnapshots(on.then(|| scope.clone()))
            }
            Beside::Delta => toggled(bench, self.heard_slot(bench).map(|(scope, slot)| (scope, Delta::Stage(slot)))),
            Beside::DeltaAll => toggled(bench, bench.heard().map(|(scope, _)| (scope, Delta::Whole))),
            Beside::Automate(course) => match self.selected(bench) {
                Some(stage) => {
                    let address = bench.address(&stage.id, course.row.as_deref(), course.parameter);
                    Action::ShowCourse(address)
                }
                None => Action::None,
            },
            Beside::Compare => {
                let slot = self.heard_slot(bench);
                Action::Compare(slot.filter(|_| bench.desk.compared != slot))
            }
        }
    }

    /// Back to a snapshot of the chain that is shown, by its number from 0, or keeps the chain there.
    pub fn snapshot(&self, desk: &desk::Desk, number: usize, keep: bool) -> Action {
        let letter = SNAPSHOTS.get(number);
        letter.map_or(Action::None, |letter| snapshot(&self.bench(desk), letter, keep))
    }

    fn load_stage(&mut self, bench: &Bench<'_>, id: &str) -> Action {
        let Some(stage) = self.selected(bench).map(|stage| stage.id.clone()) else { return Action::None };
        let (document, pass) = (&bench.desk.document, bench.owner.as_deref());
        with_preset(id, |preset| {
            match Edit::replace_stage(document, pass, &bench.scope, &stage, &preset.chain, &preset.name) {
                Ok((edit, ids)) => {
                    self.stage = ids.into_iter().next();
                    Action::Edit(edit)
                }
                Err(why) => Action::Say(why.to_string()),
            }
        })
    }

    /// The selected stage as it is heard.
    fn heard_slot(&self, bench: &Bench<'_>) -> Option<(Heard, usize)> {
        let (scope, stages) = bench.heard()?;
        let selected = self.selected(bench)?;
        Some((scope, stages.iter().position(|stage| stage.id == selected.id)?))
    }

    /// What belongs to the whole chain: presets, copies, snapshots, what it adds.
    pub(super) fn whole<'a>(&self, bench: &Bench<'a>) -> Vec<Element<'a, Message>> {
        let send = |beside| Message::Beside(beside);
        let offers = desk::presets().iter().map(offer).collect::<Vec<_>>();
        let wide = bench.desk.layout.pick(132.0, 96.0);
        let load = list(offers, "Preset", wide, move |offer: Offer| send(Beside::Load(offer.id)));
        let copy = list(sources(bench), "Copy from", wide, move |source| send(Beside::Copy(source)));
        let filled = (!bench.stages.is_empty()).then_some(());
        let keep = key::key("Save", filled.map(|()| send(Beside::Keep)));
        let mut keys = vec![load, keep.into(), copy];
        let chain = chain(bench);
        let current = chain.and_then(ChainSettings::current_snapshot);
        for (letter, face) in SNAPSHOTS.into_iter().zip(["A", "B", "C", "D"]) {
            let stored = chain.is_some_and(|chain| chain.snapshots.contains_key(letter));
            let kind = match (stored, current == Some(letter)) {
                (true, now) => Face::Toggle(now),
                (false, _) => Face::Outlined,
            };
            keys.push(key::key(face, Some(send(Beside::Snapshot(letter)))).kind(kind).width(32.0).into());
        }
        keys.push(key::key("Store", Some(send(Beside::Keeping))).kind(Face::Toggle(self.keeping)).into());
        let matched = bench.desk.matched.as_ref() == Some(&bench.scope);
        keys.push(key::key("Match", Some(send(Beside::Match))).kind(Face::Toggle(matched)).into());
        let heard = bench.heard().map(|(scope, _)| (scope, Delta::Whole));
        let on = heard.is_some() && bench.desk.monitor.delta() == heard;
        let delta = key::key("Delta", heard.map(|_| send(Beside::DeltaAll))).kind(Face::Toggle(on));
        keys.push(delta.into());
        let word = bench.desk.layout.pick("Transparency", "Report");
        let report = key::key(word, filled.map(|()| Message::Clarity(Clarity::OfChain)));
        keys.push(report.kind(Face::Toggle(self.shown == Shown::Chain)).into());
        keys
    }

    /// What belongs to the selected stage: a preset in its place, its input at the same level, what it adds.
    pub(super) fn comparing<'a>(&self, bench: &Bench<'a>) -> Vec<Element<'a, Message>> {
        let send = |beside| Message::Beside(beside);
        let slot = self.heard_slot(bench);
        let offers = desk::presets().iter().filter(|preset| preset.chain.stages.len() <= 2).map(offer).collect();
        let load = list(offers, "Preset", 108.0, move |offer: Offer| send(Beside::LoadStage(offer.id)));
        let compared = slot.is_some() && bench.desk.compared == slot;
        let (input, report) = bench.desk.layout.pick(("Input, matched", "Transparency"), ("Input", "Report"));
        let compare = key::key(input, slot.map(|_| send(Beside::Compare))).kind(Face::Toggle(compared));
        let wanted = slot.map(|(scope, slot)| (scope, Delta::Stage(slot)));
        let on = wanted.is_some() && bench.desk.monitor.delta() == wanted;
        let delta = key::key("Delta", wanted.map(|_| send(Beside::Delta))).kind(Face::Toggle(on));
        let report = key::key(report, slot.map(|_| Message::Clarity(Clarity::OfStage)))
            .kind(Face::Toggle(self.shown == Shown::Stage));
        let mut keys = vec![load, compare.into(), delta.into(), report.into()];
        if let Some(stage) = self.selected(bench) {
            keys.push(list(courses(stage), "Automate", 108.0, move |course| send(Beside::Automate(course))));
        }
        keys
    }

    /// What a stage does, in words: levels before and after it, the change of loudness, latency, load, what is automated.
    pub(super) fn told(&self, bench: &Bench<'_>, stage: &StageSettings) -> String {
        let mut words = Vec::new();
        if let Some(meter) = bench.desk.slot(&bench.scope, &stage.id) {
            let level = |peak: f64| number::reading(Some(peak).filter(|peak| peak.is_finite()), 1);
            words.push(format!("peak {} to {} dBFS", level(meter.input_peak.0), level(meter.output_peak.0)));
            if let Some(change) = meter.change {
                words.push(format!("{} LU", number::change(change.0, 1)));
            }
            let milliseconds = meter.latency.seconds(bench.rate()).0 * 1000.0;
            words.push(format!("latency {milliseconds:.1} ms"));
            words.push(format!("load {:.1} %", 100.0 * meter.load));
        }
        let rows = stage.rows.iter().flat_map(|row| row.automation.keys().map(move |id| format!("{} {id}", row.id)));
        let automated: Vec<String> = stage.automation.keys().cloned().chain(rows).collect();
        if !automated.is_empty() {
            words.push(format!("automated: {}", automated.join(", ")));
        }
        words.join(", ")
    }
}

/// What of a stage can move while it sounds, the automated ones first and with a dot.
fn courses(stage: &StageSettings) -> Vec<Course> {
    let mut all: Vec<(bool, Course)> = desk::courses(stage)
        .map(|course| {
            let dot = if course.automated { "\u{2022} " } else { "" };
            let name = format!("{dot}{}", course.name);
            (course.automated, Course { row: course.row.cloned(), parameter: course.spec.id, name })
        })
        .collect();
    all.sort_by_key(|(automated, _)| !automated);
    all.into_iter().map(|(_, course)| course).collect()
}

fn chain<'a>(bench: &Bench<'a>) -> Option<&'a ChainSettings> {
    bench.desk.session().chain(bench.owner.as_deref(), &bench.scope)
}

fn snapshot(bench: &Bench<'_>, letter: &str, keep: bool) -> Action {
    let (document, pass, scope) = (&bench.desk.document, bench.owner.as_deref(), &bench.scope);
    match keep {
        true => said(Edit::store_snapshot(document, pass, scope, letter, loudness(bench))),
        false => said(Edit::recall_snapshot(document, pass, scope, letter)),
    }
}

/// How loud the song or the pass is now, where the survey is of what is heard.
fn loudness(bench: &Bench<'_>) -> Option<Lufs> {
    let desk = bench.desk;
    let survey = desk.survey.as_ref().filter(|_| desk.survey_is_current())?;
    match &bench.scope {
        Scope::Album => survey.integrated,
        Scope::Song(id) => desk.known(id)?.processed.measurement.integrated_lufs,
    }
}

fn with_preset(id: &str, act: impl FnOnce(&Preset) -> Action) -> Action {
    let presets = desk::presets();
    let found = lacquer_engine::session::preset::find(&presets, id);
    found.map_or_else(|| Action::Say(format!("there is no preset '{id}' any more")), act)
}

/// Keeps the chain under the name of its song.
fn keep(bench: &Bench<'_>) -> Action {
    let Some(chain) = chain(bench) else { return Action::None };
    let title = match &bench.scope {
        Scope::Song(id) => bench.desk.session().song(id).map(|song| song.title.clone()).unwrap_or_default(),
        Scope::Album => bench.desk.session().album.title.clone(),
    };
    let name = if title.is_empty() { "Chain".to_string() } else { title };
    let words: Vec<&str> = chain.stages.iter().map(name_of).collect();
    Action::KeepPreset(Box::new(Preset {
        id: String::new(),
        name,
        category: "own".into(),
        does: format!("{}.", words.join(", ")),
        shipped: false,
        chain: chain.clone(),
    }))
}

fn name_of(stage: &StageSettings) -> &str {
    name(stage)
}

fn toggled(bench: &Bench<'_>, delta: Option<(Heard, Delta)>) -> Action {
    Action::Delta(delta.filter(|_| bench.desk.monitor.delta() != delta))
}

fn offer(preset: &Preset) -> Offer {
    Offer { id: preset.id.clone(), name: format!("{}: {}", preset.category, preset.name) }
}

/// The other chains of the heard pass that have stages.
fn sources(bench: &Bench<'_>) -> Vec<Source> {
    let session = bench.desk.session();
    let title =
        |song: &lacquer_engine::session::Song| Source { scope: Scope::Song(song.id.clone()), name: song.title.clone() };
    let album = Source { scope: Scope::Album, name: "Album".into() };
    let all = std::iter::once(album).chain(session.songs.iter().map(title));
    let filled = |source: &Source| {
        let chain = session.chain(bench.owner.as_deref(), &source.scope);
        source.scope != bench.scope && chain.is_some_and(|chain| !chain.stages.is_empty())
    };
    all.filter(filled).collect()
}

fn list<'a, T: ToString + PartialEq + Clone + 'a>(
    offers: Vec<T>,
    word: &'a str,
    width: f32,
    chosen: impl Fn(T) -> Message + 'a,
) -> Element<'a, Message> {
    pick_list(offers, None::<T>, chosen)
        .placeholder(word)
        .text_size(font::BODY)
        .font(font::INTER)
        .padding(Padding::from([4, 8]))
        .width(width)
        .handle(header::drop_handle())
        .into()
}
