//! Hearing a stage against its input, and keeping what was found.

use std::sync::Arc;

use lacquer_engine::realtime::Section;
use lacquer_engine::render::Scope;
use lacquer_engine::session::{ChainSettings, Preset, Scope as Chain, preset_id, save_preset};
use lacquer_engine::unit::Db;

use super::App;
use crate::desk::{self, Subject, TransparencyReport};
use crate::place;

impl App {
    /// Hears the input of a stage, as loud as its output where that has been measured; the session is not changed.
    pub(super) fn compare(&mut self, compared: Option<(Scope, usize)>) {
        let Some(plan) = self.desk.plan.clone() else { return };
        let stage = |(scope, slot): (Scope, usize)| match scope {
            Scope::Album => plan.album.get(slot).map(|stage| (Chain::Album, stage)),
            Scope::Song(song) => {
                let song = plan.songs.get(song)?;
                song.chain.get(slot).map(|stage| (Chain::Song(song.id.clone()), stage))
            }
        };
        if let Some(before) = self.desk.compared.take()
            && let Some((_, stage)) = stage(before)
        {
            self.desk.monitor.set_slot_on(before.0, before.1, stage.on, 1.0);
        }
        if let Some(now) = compared
            && let Some((chain, stage)) = stage(now)
        {
            let measured = self.desk.slot(&chain, &stage.id).map(|meter| meter.match_gain());
            if measured.is_none() {
                self.warn("the stage has not been measured yet: its input is heard at its own level");
            }
            self.desk.monitor.set_slot_on(now.0, now.1, false, measured.unwrap_or(1.0));
            self.desk.compared = Some(now);
        }
        self.settle();
    }

    /// Hears the snapshot that a chain is in as loud as the quietest of its snapshots, and a limiter lowered by the gain it
    /// adds, while that is asked for.
    pub(super) fn match_snapshot(&mut self) {
        let pass = self.own_pass();
        let chain = self.desk.matched.as_ref().and_then(|scope| self.desk.session().chain(pass.as_deref(), scope));
        let matched = chain.and_then(ChainSettings::snapshot_match).unwrap_or(Db::UNITY);
        let matched = Db(matched.0 - self.limiter_gain());
        let section = Section { matched, ..*self.desk.monitor.section() };
        if section != *self.desk.monitor.section() {
            self.desk.monitor.set_section(section);
            self.settle();
        }
    }

    /// What the limiter that is heard at unity adds, in dB.
    fn limiter_gain(&self) -> f64 {
        let pass = self.own_pass();
        let known = self.desk.unity.as_ref().and_then(|(scope, id)| {
            let chain = self.desk.session().chain(pass.as_deref(), scope)?;
            chain.stages.iter().find(|stage| stage.id == *id && !stage.bypass)
        });
        known.and_then(|stage| stage.resolve().0).map_or(0.0, |values| values.get("gain"))
    }

    /// Measures what every stage of the heard pass does, aside.
    pub(super) fn probe(&mut self) {
        if let Some(plan) = &self.desk.plan {
            self.jobs.probe(self.survey_number, Arc::clone(plan), Arc::clone(&self.library));
        }
    }

    /// Makes a transparency report with tones at the peak that the programme has there, or at full scale where that is
    /// not known yet.
    pub(super) fn measure_transparency(&mut self, subject: Subject) {
        let Some((plan, stages)) = self.desk.plan.clone().zip(self.desk.stages(&subject)) else { return };
        let first = stages.first().and_then(|stage| self.desk.slot(&subject.chain, &stage.id));
        let level = first.map(|meter| meter.input_peak).filter(|peak| peak.0.is_finite()).unwrap_or(Db(0.0));
        self.desk.measuring = Some((subject.clone(), 0.0));
        self.jobs.transparency(subject, plan, stages, level);
    }

    /// A transparency report is made.
    pub(super) fn reported(&mut self, report: TransparencyReport) {
        if self.desk.measuring.as_ref().is_some_and(|(of, _)| *of == report.subject) {
            self.desk.measuring = None;
        }
        self.trace.note("transparency", format!("{:?}", report.subject));
        self.desk.reports.retain(|old| old.subject != report.subject);
        self.desk.reports.push(report);
    }

    /// Keeps a chain in the user's folder, under a name that is not taken.
    pub(super) fn keep_preset(&mut self, preset: &Preset) {
        let Some(folder) = place::house_presets() else {
            return self.fail("there is no folder for presets: neither HOME nor XDG_CONFIG_HOME is set");
        };
        let base = preset_id(&preset.name);
        let free = |id: &String| !folder.join(format!("{id}.toml")).exists();
        let numbered = (2..).map(|number| format!("{base}-{number}"));
        let id = std::iter::once(base.clone()).chain(numbered).find(free).unwrap_or(base);
        match save_preset(&folder, &Preset { id, ..preset.clone() }) {
            Ok(path) => {
                desk::forget_presets();
                self.say(format!("kept as {}; its name is in its first line", path.display()));
            }
            Err(error) => self.fail(error.to_string()),
        }
    }
}
