//! The blind test of the programme and what stands beside it: nothing that is shown, written or timed tells what X is before
//! the end.

use lacquer_engine::compare::blind::{Blind, Side};
use lacquer_engine::realtime::MeterFrame;
use lacquer_engine::session::{Edit, Note};

use super::App;
use crate::desk::listening::{Outcome, Sample, Trials};

impl App {
    pub(super) fn draw(&mut self, trials: usize) {
        let Some(what) = self.desk.listening.beside.clone().filter(|_| self.desk.status.beside.is_some()) else {
            return self.warn("put something beside the programme first: a blind test compares the two");
        };
        let what = format!("programme and {}", self.desk.words_of(&what));
        match Blind::draw(trials) {
            Ok(blind) => {
                self.desk.listening.trials = Some(Trials { blind, heard: Sample::A, what });
                // Nothing may be read from the meters until the end.
                self.desk.meters = MeterFrame::default();
                self.numerals.0 = MeterFrame::default();
                self.sample(Sample::A);
            }
            Err(error) => self.warn(error.to_string()),
        }
    }

    pub(super) fn sample(&mut self, sample: Sample) {
        let Some(trials) = &mut self.desk.listening.trials else { return };
        trials.heard = sample;
        let beside = match sample {
            Sample::A => false,
            Sample::B => true,
            Sample::X => trials.blind.hidden() == Some(Side::B),
        };
        // The same message whatever it is: nothing can be told from when or whether one is sent.
        self.desk.monitor.hear_beside(beside);
        self.settle();
    }

    pub(super) fn answer(&mut self, side: Side) {
        let Some(trials) = &mut self.desk.listening.trials else { return };
        if let Err(error) = trials.blind.answer(side) {
            return self.warn(error.to_string());
        }
        let (next, all) = trials.blind.trial();
        if next <= all {
            return self.sample(Sample::X);
        }
        if let Some(trials) = self.desk.listening.trials.take() {
            self.desk.listening.outcome = Some(Outcome { what: trials.what, score: trials.blind.open(), kept: false });
        }
        self.hear_beside(false);
    }

    pub(super) fn keep_result(&mut self) {
        let Some(outcome) = self.desk.listening.outcome.clone() else { return };
        let score = &outcome.score;
        let text = format!(
            "Blind test of {}: {} of {} right, p = {:.4} (binomial, one-sided), levels matched, same position",
            outcome.what,
            score.right,
            score.trials,
            score.p()
        );
        let song = self.own_song().map(|(plan, own)| plan.songs[own.1].id.clone());
        let note = Note { id: String::new(), text, date: today(), song, at: None, unknown: Default::default() };
        match Edit::add_note(&self.desk.document, &note) {
            Ok((edit, _)) => {
                let result = self.desk.document.apply(edit).map(Some);
                self.changed(result);
                if let Some(outcome) = &mut self.desk.listening.outcome {
                    outcome.kept = true;
                }
            }
            Err(error) => self.warn(error.to_string()),
        }
    }
}

/// The day, as notes bear it.
fn today() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |past| past.as_secs());
    let (year, month, day) = civil((seconds / 86_400) as i64);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a day counted from 1970-01-01 (H. Hinnant, chrono-compatible low-level date algorithms).
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(20_778), (2026, 11, 21));
    }
}
