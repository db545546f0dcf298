//! The chain that is shown: whose it is, its stages, what they read, and the edits of its parts.

use lacquer_engine::chain::{Listen, Reading};
use lacquer_engine::param::{Breakpoint, Values, Way};
use lacquer_engine::render::{Plan, Scope as Heard, StagePlan};
use lacquer_engine::session::{Address, ChainSettings, Edit, EditError, Scope, Session, StageSettings};
use lacquer_engine::unit::SampleRate;

use super::Message;
use crate::desk::{Action, Desk};
use crate::theme::Element;
use crate::widget::key;

/// The chain that is shown.
pub struct Bench<'a> {
    /// The desk.
    pub desk: &'a Desk,
    /// Album or song chain.
    pub scope: Scope,
    /// The heard pass where it is not the main one, whose values are everybody's.
    pub owner: Option<String>,
    /// Whether that pass has no chain of its own yet: it hears the main pass's, and its first edit separates it.
    pub inherits: bool,
    /// The stages in order.
    pub stages: &'a [StageSettings],
    /// The time at which a gesture writes automation, s; none is the playhead's.
    pub held_s: Option<f64>,
}

impl<'a> Bench<'a> {
    /// The album chain, or that of the selected song where there is one.
    pub fn new(desk: &'a Desk, of_song: bool) -> Bench<'a> {
        let selected = || desk.song.clone().or_else(|| desk.selected_song().map(|song| song.id.clone()));
        let song = of_song.then(selected).flatten().filter(|id| desk.session().song(id).is_some());
        let scope = song.map_or(Scope::Album, Scope::Song);
        let main = desk.session().main_pass().is_some_and(|main| main.id == desk.pass);
        let owner = (!main).then(|| desk.pass.clone());
        let inherits = !main && inherits(desk.session(), &desk.pass, &scope);
        let stages = settings(desk.session(), &desk.pass, &scope).map_or(&[][..], |chain| &chain.stages);
        Bench { desk, scope, owner, inherits, stages, held_s: None }
    }

    /// The stage called `id`.
    pub fn stage(&self, id: &str) -> Option<&'a StageSettings> {
        self.stages.iter().find(|stage| stage.id == id)
    }

    /// The place of a stage, from 0.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.id == id)
    }

    /// The chain as it is heard: its scope for the monitor and its stages. None where the song is not in the pass.
    pub fn heard(&self) -> Option<(Heard, &'a [StagePlan])> {
        let plan: &Plan = self.desk.plan.as_ref()?;
        match &self.scope {
            Scope::Album => Some((Heard::Album, &plan.album)),
            Scope::Song(id) => {
                let song = plan.songs.iter().position(|song| song.id == *id)?;
                Some((Heard::Song(song), &plan.songs[song].chain))
            }
        }
    }

    /// The length of the song that sounds, or else of the selected one, in seconds.
    pub fn song_s(&self) -> f64 {
        let Some(plan) = &self.desk.plan else { return 0.0 };
        let song = self.desk.sounding().and_then(|song| plan.songs.get(song)).or_else(|| self.desk.selected_song());
        song.map_or(0.0, |song| {
            self.desk.seconds(plan.to_delivered(song.cut)) - self.desk.seconds(plan.to_delivered(song.start))
        })
    }

    /// What a stage did to the last block; of a song's stage only while that song sounds.
    pub fn reading(&self, stage: &str) -> Option<Reading> {
        let (scope, stages) = self.heard()?;
        let place = stages.iter().position(|heard| heard.id == stage)?;
        let status = &self.desk.status;
        if status.epoch == 0 {
            return None;
        }
        match scope {
            Heard::Album => status.album.get(place).copied(),
            Heard::Song(song) => status.song.get(place).copied().filter(|_| self.desk.sounding() == Some(song)),
        }
    }

    /// What is listened to of a stage in place of its output.
    pub fn listened(&self, stage: &str) -> Listen {
        let place = || {
            let (scope, stages) = self.heard()?;
            Some((scope, stages.iter().position(|heard| heard.id == stage)?))
        };
        match (self.desk.monitor.listened(), place()) {
            (Some((scope, slot, what)), Some(place)) if (scope, slot) == place => what,
            _ => Listen::Output,
        }
    }

    /// A key that listens to `what`; the same again ends it.
    pub fn listen_key(&self, stage: &str, face: &'static str, what: Listen) -> Element<'a, Message> {
        let on = self.listened(stage) == what;
        key::key(face, Some(Message::Listen(stage.to_owned(), what))).kind(key::Kind::Toggle(on)).into()
    }

    /// The rate the chain runs at.
    pub fn rate(&self) -> SampleRate {
        self.desk.plan.as_ref().map_or(SampleRate(48_000), |plan| plan.rate)
    }

    /// Loudness before and after all chains, of the shown song or of the programme, in LUFS.
    pub fn loudness(&self) -> (Option<f64>, Option<f64>) {
        use lacquer_engine::analysis::loudness::GatingBlocks;
        let Some(survey) = &self.desk.survey else { return (None, None) };
        match &self.scope {
            Scope::Album => {
                let original = GatingBlocks::joined(survey.songs.iter().map(|song| &song.original.gating_blocks));
                (original.map(|lufs| lufs.0), survey.integrated.map(|lufs| lufs.0))
            }
            Scope::Song(id) => self.desk.known(id).map_or((None, None), |song| {
                let of = |measured: &lacquer_engine::analysis::measure::Measured| {
                    measured.measurement.integrated_lufs.map(|lufs| lufs.0)
                };
                (of(&song.original), of(&song.processed))
            }),
        }
    }

    /// The address of a parameter.
    pub fn address(&self, stage: &str, row: Option<&str>, parameter: &str) -> Address {
        Address {
            pass: self.owner.clone(),
            scope: self.scope.clone(),
            stage: stage.into(),
            row: row.map(str::to_string),
            parameter: parameter.into(),
        }
    }

    /// An automated parameter is moved where the playhead stands, or stood when the gesture began.
    fn ride(&self, address: &Address, value: f64) -> Action {
        let at = self.held_s.unwrap_or_else(|| self.now_s());
        let edit = address.lane(self.desk.session()).and_then(|lane| {
            let before = lane.points().iter().rev().find(|point| point.at <= at);
            let point =
                Breakpoint { at, value: lane.spec().clamp(value), way: before.map_or(Way::Linear, |point| point.way) };
            Edit::add_point(&self.desk.document, address, point)
        });
        said(edit)
    }

    /// The playhead on the clock of the chain's automation, s: inside the song, or in the pass.
    pub fn now_s(&self) -> f64 {
        let Some(plan) = &self.desk.plan else { return 0.0 };
        let here = plan.from_delivered(self.desk.position());
        let frames = match &self.scope {
            Scope::Album => here.min(plan.frames),
            Scope::Song(id) => plan
                .songs
                .iter()
                .find(|song| song.id == *id)
                .map_or(0, |song| here.clamp(song.start, song.end) - song.start),
        };
        frames as f64 / plan.rate.hz()
    }

    /// The values of a stage as they are heard: what is automated stands where its course is.
    pub fn values(&self, stage: &StageSettings) -> Option<Values> {
        let mut values = stage.resolve().0?;
        for (slot, lane) in stage.courses().0 {
            values.set(slot, lane.value(self.now_s()));
        }
        Some(values)
    }

    /// Sets a parameter; nothing where it has that value already.
    pub fn set(&self, stage: &str, row: Option<&str>, parameter: &str, value: f64) -> Action {
        let address = self.address(stage, row, parameter);
        if address.course(self.desk.session()).is_ok_and(|points| !points.is_empty()) {
            return self.ride(&address, value);
        }
        match address.spec(self.desk.session()) {
            Ok(spec) if address.value(self.desk.session()) == Ok(spec.clamp(value)) => Action::None,
            Ok(spec) => said(Edit::set_param(&self.desk.document, &address, spec.clamp(value))),
            Err(why) => Action::Say(why.to_string()),
        }
    }
}

/// An edit, or the sentence that says why it cannot be.
pub fn said(edit: Result<Edit, EditError>) -> Action {
    edit.map_or_else(|why| Action::Say(why.to_string()), Action::Edit)
}

/// Whether the heard pass has no chain of its own yet: its first edit gives it one.
fn inherits(session: &Session, pass: &str, scope: &Scope) -> bool {
    let Some(pass) = session.pass(pass) else { return false };
    match scope {
        Scope::Album => pass.chain.is_none(),
        Scope::Song(id) => !pass.entries.iter().any(|entry| entry.song == *id && entry.chain.is_some()),
    }
}

/// The chain as a pass resolves it: its own, else the main pass's, else the song's.
fn settings<'a>(session: &'a Session, pass: &str, scope: &Scope) -> Option<&'a ChainSettings> {
    let (pass, main) = (session.pass(pass)?, session.main_pass()?);
    match scope {
        Scope::Album => pass.chain.as_ref().or(main.chain.as_ref()),
        Scope::Song(id) => {
            let own = |pass: &'a lacquer_engine::session::Pass| {
                pass.entries.iter().find(|entry| entry.song == *id)?.chain.as_ref()
            };
            own(pass).or_else(|| own(main)).or_else(|| session.song(id).map(|song| &song.chain))
        }
    }
}
