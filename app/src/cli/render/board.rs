//! How far several deliveries are, on one line.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use lacquer_engine::deliver::Step;
use lacquer_engine::deliver::queue::{Pace, Speed};
use lacquer_engine::unit::Seconds;

use crate::cli::console::{Bar, Console};

/// The line, shared by the workers.
pub(super) struct Board {
    bar: Mutex<Bar>,
    passes: Mutex<BTreeMap<String, Line>>,
    count: usize,
}

struct Line {
    pace: Pace,
    began: Instant,
    length: Seconds,
    share: f64,
    doing: String,
    speed: Option<Speed>,
}

impl Board {
    pub(super) fn new(count: usize, console: &Console) -> Board {
        let bar = Mutex::new(console.bar("delivering"));
        Board { bar, passes: Mutex::default(), count }
    }

    /// A pass whose programme has this length begins.
    pub(super) fn begin(&self, pass: &str, length: Seconds) {
        let (pace, began) = (Pace::new(length), Instant::now());
        let line = Line { pace, began, length, share: 0.0, doing: "begins".into(), speed: None };
        self.passes.lock().unwrap_or_else(PoisonError::into_inner).insert(pass.into(), line);
    }

    /// A pass is at a step.
    pub(super) fn tell(&self, pass: &str, step: Step) {
        let mut passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(line) = passes.get_mut(pass) else { return };
        let share = match &step {
            Step::Rendering { share, .. } | Step::Verifying { share, .. } => Some(*share),
            _ => None,
        };
        if let Some(share) = share {
            line.share = share;
            line.speed = line.pace.at(share, Instant::now()).or(line.speed);
        }
        line.doing = match step {
            Step::Checking { source } => format!("checking {source}"),
            Step::Rendering { song, .. } => format!("rendering {song}"),
            Step::Verifying { file, .. } => format!("reading back {file}"),
            Step::TakingOver { file } => format!("unchanged {file}"),
            Step::Auditioning { done, all } => format!("coders, {done} of {all}"),
        };
        let all: f64 = passes.values().map(|line| line.share).sum();
        let words: Vec<String> = passes.iter().filter(|(_, line)| line.share < 1.0).map(words).collect();
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        bar.set(all / self.count.max(1) as f64);
        bar.name(words.join("   "));
    }

    /// A pass has ended: how many seconds it took, and how many times faster than real time that was.
    pub(super) fn end(&self, pass: &str) -> Option<(f64, f64)> {
        let mut passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        let line = passes.get_mut(pass)?;
        line.share = 1.0;
        let took = line.began.elapsed().as_secs_f64();
        Some((took, line.length.0 / took.max(1e-9)))
    }
}

fn words((pass, line): (&String, &Line)) -> String {
    let mut words = format!("{pass} {:.0} %", 100.0 * line.share);
    if let Some(speed) = line.speed {
        let left = speed.left.0.round() as u64;
        // Writing to a string cannot fail.
        let _ = write!(words, " {:.0}x {}:{:02} left", speed.times_real_time, left / 60, left % 60);
    }
    format!("{words}: {}", line.doing)
}
