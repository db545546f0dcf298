//! What is said in the line under the header.

use lacquer_engine::realtime::{Event, Notice};

use super::App;
use crate::desk::{Grade, NoticeLine};

impl App {
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.line(text, Grade::Note);
    }

    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.line(text, Grade::Warning);
    }

    pub(super) fn fail(&mut self, text: impl Into<String>) {
        self.line(text, Grade::Error);
    }

    fn line(&mut self, text: impl Into<String>, grade: Grade) {
        let text = text.into();
        self.trace.note("said", &text);
        self.desk.notice = Some(NoticeLine { text, grade });
    }

    /// Says what the audio side has to say, as far as it matters to people.
    pub(super) fn hear_notices(&mut self, notices: Vec<Notice>) {
        for notice in notices {
            match notice {
                Notice::Device(error) => {
                    self.warn(format!("{error}. The session is safe; playback runs on the silent clock"));
                }
                Notice::Playing { device, rate } => {
                    self.trace.note("device", format!("{device} {rate}"));
                    // Only news after trouble: the strip at the right names the device anyway.
                    if self.desk.notice.as_ref().is_some_and(|line| line.grade == Grade::Warning) {
                        self.say(format!("{device} plays at {rate}"));
                    }
                }
                Notice::Buffer { device, asked, reason } => {
                    self.trace.note("buffer", &reason);
                    self.warn(format!(
                        "{device} refuses {asked} frames at a time ({reason}); it plays with its own size"
                    ));
                }
                Notice::Source(error) => self.fail(format!("{error}. What was heard before goes on")),
                Notice::Audio(Event::Swapped { epoch }) => self.trace.note("deck", epoch),
                Notice::Audio(Event::Ended) => {
                    self.trace.note("ended", "");
                    self.hear_both_sides();
                    self.next_span();
                }
                Notice::Audio(Event::Late { position }) => self.trace.note("late", position),
                Notice::Audio(event) => self.trace.note("audio", format!("{event:?}")),
            }
        }
    }
}
