//! Where the words go: the answer to stdout, everything else to stderr.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

/// Steps of a bar: finer than a terminal is wide.
const BAR_STEPS: f64 = 1000.0;
/// Redraws per second.
const BAR_HZ: u8 = 10;

/// The two ways out of a verb.
pub(super) struct Console {
    json: bool,
}

impl Console {
    pub(super) fn new(json: bool) -> Console {
        Console { json }
    }

    /// Whether machine output is asked for.
    pub(super) fn json(&self) -> bool {
        self.json
    }

    /// The one JSON document.
    pub(super) fn document(&self, value: &Value) -> io::Result<()> {
        print(&format!("{value:#}"))
    }

    /// A part of the answer for people; nothing where a document is asked for.
    pub(super) fn text(&self, text: impl Display) -> io::Result<()> {
        if self.json { Ok(()) } else { print(&text.to_string()) }
    }

    /// A message beside the answer.
    pub(super) fn say(&self, text: impl Display) {
        // A closed stderr must not stop the work.
        let _ = writeln!(io::stderr(), "lacquer: {text}");
    }

    /// An error.
    pub(super) fn complain(&self, error: &dyn Error) {
        self.say(error);
    }

    /// A progress bar, drawn where stderr is a terminal.
    pub(super) fn bar(&self, what: impl Into<String>) -> Bar {
        let target = match io::stderr().is_terminal() {
            true => ProgressDrawTarget::stderr_with_hz(BAR_HZ),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(BAR_STEPS as u64), target);
        // The template is a constant of ours; if it were refused, the plain bar would do.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_message(what.into());
        Bar { bar }
    }
}

/// A progress bar; it goes away when dropped.
pub(super) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// The share that is done, 0 to 1.
    pub(super) fn set(&self, share: f64) {
        self.bar.set_position((share.clamp(0.0, 1.0) * BAR_STEPS) as u64);
    }

    /// What is being done.
    pub(super) fn name(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Prints a line. A reader that has seen enough (`| head`) is no error.
pub(super) fn print(text: &str) -> io::Result<()> {
    let written = writeln!(io::stdout(), "{text}").and_then(|()| io::stdout().flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
