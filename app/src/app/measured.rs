//! Everything measured, asked for by hand, and the report of it.

use std::sync::Arc;

use lacquer_engine::analysis::full::FullMeasured;
use lacquer_engine::container::name;
use lacquer_engine::render::Plan;
use lacquer_engine::report::measured::{Subject, Terms, sheet};
use lacquer_engine::report::sheet::Form;
use lacquer_engine::survey::SurveyError;
use lacquer_engine::unit::{Dbtp, Lufs};

use super::App;
use crate::desk::Full;

impl App {
    /// Starts measuring everything, or gives it up where it is under way.
    pub(super) fn measure_all(&mut self) {
        if self.desk.full_share.is_some() {
            return self.jobs.stop_measuring();
        }
        if let Some(reason) = self.bar() {
            return self.fail(reason);
        }
        match &self.desk.plan {
            Some(plan) if !plan.songs.is_empty() => {
                self.desk.full_share = Some(0.0);
                let ceiling = Dbtp(self.desk.ceiling());
                self.jobs.measure(Arc::clone(plan), Arc::clone(&self.library), ceiling);
            }
            _ => self.say("there is nothing to be measured yet; add songs first"),
        }
    }

    /// Writes the report, after measuring where what is known is of another state.
    pub(super) fn write_report(&mut self) {
        if self.desk.full(0).is_some() {
            return self.put_report();
        }
        self.report_due = true;
        if self.desk.full_share.is_none() {
            self.measure_all();
        }
        self.report_due &= self.desk.full_share.is_some();
    }

    pub(super) fn measured(&mut self, plan: Arc<Plan>, result: Result<Vec<FullMeasured>, SurveyError>) {
        self.desk.full_share = None;
        let due = std::mem::take(&mut self.report_due);
        match result {
            Ok(songs) => {
                self.trace.note("measured", songs.len());
                self.desk.full = Some(Full { plan, songs: Arc::new(songs) });
                self.settle();
                if due {
                    self.put_report();
                }
            }
            Err(SurveyError::Cancelled) => self.say("measuring was given up; what was measured before still stands"),
            Err(error) => self.fail(format!("the album cannot be measured: {error}. Nothing was written")),
        }
    }

    fn put_report(&mut self) {
        let Some(full) = &self.desk.full else { return };
        let session = self.desk.session();
        let title = if session.album.title.is_empty() { "Album" } else { session.album.title.as_str() };
        let pass = session.pass(&self.desk.pass).map_or("", |pass| pass.name.as_str());
        let subjects: Vec<Subject<'_>> = full
            .plan
            .songs
            .iter()
            .zip(full.songs.iter())
            .map(|(song, full)| Subject { name: song.title.clone(), facts: Vec::new(), full })
            .collect();
        let subtitle = format!("Measured as delivered: {pass}, {}, {}", full.plan.layout, full.plan.delivered);
        let terms = Terms { ceiling: Dbtp(self.desk.ceiling()), target: self.desk.target().map(Lufs) };
        let sheet = sheet(title, &subtitle, &subjects, terms);
        let folder = self.desk.delivery_folder.clone();
        let stem = name::safe(&format!("{title} {pass} measured"), name::Rule::ANY);
        let write = |form: Form| sheet.save(&folder.join(format!("{stem}.{}", form.extension())));
        let made = std::fs::create_dir_all(&folder).map_err(|error| error.to_string());
        let written =
            made.and_then(|()| write(Form::Pdf).and_then(|()| write(Form::Html)).map_err(|error| error.to_string()));
        match written {
            Ok(()) => self.say(format!("{stem}.pdf and .html are in {}", folder.display())),
            Err(reason) => self.fail(format!("{reason}. The session is safe; choose another folder on Deliver")),
        }
    }
}
