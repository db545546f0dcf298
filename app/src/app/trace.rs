//! What the window did and when: one JSON line each, for checks from outside (`--trace FILE`).

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// The file of lines, if one was asked for.
pub struct Trace {
    file: Option<File>,
    start: Instant,
    first_frame: bool,
}

impl Trace {
    /// A trace into `path`; without one, every line is dropped.
    pub fn new(path: Option<&Path>) -> std::io::Result<Trace> {
        let file = path.map(File::create).transpose()?;
        Ok(Trace { file, start: Instant::now(), first_frame: false })
    }

    /// A trace that drops every line.
    pub fn off() -> Trace {
        Trace { file: None, start: Instant::now(), first_frame: false }
    }

    /// Whether lines are kept.
    pub fn is_on(&self) -> bool {
        self.file.is_some()
    }

    /// One line: seconds since the start, what happened, and the details.
    pub fn note(&mut self, what: &str, detail: impl std::fmt::Display) {
        let at = self.start.elapsed().as_secs_f64();
        if let Some(file) = &mut self.file {
            let line = serde_json::json!({ "at_s": at, "what": what, "detail": detail.to_string() });
            // A trace that cannot be written (a full disk) must not hold up the work it watches.
            if writeln!(file, "{line}").is_err() {
                self.file = None;
            }
        }
    }

    /// Notes the first frame, once; says whether it still has to be waited for.
    pub fn note_frame(&mut self) {
        if !std::mem::replace(&mut self.first_frame, true) {
            self.note("first-frame", "");
        }
    }

    /// Whether the first frame is still to come.
    pub fn awaits_frame(&self) -> bool {
        self.is_on() && !self.first_frame
    }
}
