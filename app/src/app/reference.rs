//! Spectra of songs that stand behind an equaliser's graph: measured when they are first asked for.

use std::sync::Arc;

use lacquer_engine::survey::{SongSpectrum, SurveyError};

use super::App;
use crate::desk::SpectrumOf;

impl App {
    /// Measures the spectrum of a song, unless it is known already.
    pub(super) fn measure_spectrum(&mut self, of: SpectrumOf) {
        let Some(plan) = &self.desk.plan else { return };
        let song = plan.songs.iter().position(|song| song.id == of.song);
        let known = self.desk.spectra.iter().any(|(known, _)| *known == of);
        // What was asked for last is measured; a song's master is measured anew, for its chain may have changed.
        if let Some(song) = song.filter(|_| of.processed || !known) {
            self.desk.spectrum_under_way = Some(of.clone());
            self.jobs.spectrum(of, song, Arc::clone(plan), Arc::clone(&self.library));
        }
    }

    /// A spectrum is measured.
    pub(super) fn spectrum_measured(&mut self, of: SpectrumOf, result: Result<SongSpectrum, SurveyError>) {
        match result {
            Ok(spectrum) => {
                self.desk.spectra.retain(|(known, _)| *known != of);
                self.desk.spectra.push((of.clone(), Arc::new(spectrum)));
            }
            Err(SurveyError::Cancelled) => return,
            Err(error) => self.fail(format!("the reference cannot be measured: {error}")),
        }
        if self.desk.spectrum_under_way == Some(of) {
            self.desk.spectrum_under_way = None;
        }
    }
}
