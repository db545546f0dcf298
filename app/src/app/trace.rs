//! What the window did and when: one JSON line each, for checks from outside (`--trace FILE`).

use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::theme::Element;
use crate::widget::probe::{self, Frames, Stopwatch};

/// The file of lines, if one was asked for.
pub struct Trace {
    file: Option<File>,
    start: Instant,
    first_frame: bool,
    stopwatch: Stopwatch,
    work: Work,
}

/// What the window has worked since its frames were last told.
struct Work {
    since: Instant,
    update: Duration,
    view: Cell<Duration>,
    processor: Option<Duration>,
}

/// How often frames are told.
const EVERY: Duration = Duration::from_secs(1);

impl Trace {
    /// A trace into `path`; without one, every line is dropped.
    pub fn new(path: Option<&Path>) -> std::io::Result<Trace> {
        let file = path.map(File::create).transpose()?;
        Ok(Trace { file, ..Trace::off() })
    }

    /// A trace that drops every line.
    pub fn off() -> Trace {
        Trace {
            file: None,
            start: Instant::now(),
            first_frame: false,
            stopwatch: Stopwatch::default(),
            work: Work::new(),
        }
    }

    /// Whether lines are kept.
    pub fn is_on(&self) -> bool {
        self.file.is_some()
    }

    /// One line: seconds since the start, what happened, and the details.
    pub fn note(&mut self, what: &str, detail: impl std::fmt::Display) {
        if self.is_on() {
            self.line(what, Value::String(detail.to_string()));
        }
    }

    fn line(&mut self, what: &str, detail: Value) {
        let at = self.start.elapsed().as_secs_f64();
        if let Some(file) = &mut self.file {
            let line = json!({ "at_s": at, "what": what, "detail": detail });
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

    /// Times one update of the window that began at `start`; once a second it tells what was drawn.
    pub fn updated(&mut self, start: Instant) {
        if !self.is_on() {
            return;
        }
        self.work.update += start.elapsed();
        if self.work.since.elapsed() >= EVERY && self.stopwatch.frames() > 0 {
            let work = std::mem::replace(&mut self.work, Work::new());
            let figures = figures(&work, self.stopwatch.take(), self.work.processor);
            self.line("frames", figures);
        }
    }

    /// The window that `view` makes, timed and counted when lines are kept.
    pub fn viewed<'a, Message: 'a>(&'a self, view: impl FnOnce() -> Element<'a, Message>) -> Element<'a, Message> {
        if !self.is_on() {
            return view();
        }
        let start = Instant::now();
        let element = view();
        self.work.view.set(self.work.view.get() + start.elapsed());
        probe::probe(element, &self.stopwatch)
    }
}

impl Work {
    fn new() -> Work {
        Work {
            since: Instant::now(),
            update: Duration::ZERO,
            view: Cell::new(Duration::ZERO),
            processor: processor_time(),
        }
    }
}

/// Frames drawn, seconds they took, frames per second, and milliseconds per frame in every part. `processor` is what the
/// thread of the window worked in all, `pixels` what is left of it for pixels, presentation and events.
fn figures(work: &Work, frames: Frames, processor: Option<Duration>) -> Value {
    let seconds = work.since.elapsed().as_secs_f64();
    let each = |time: Duration| 1000.0 * time.as_secs_f64() / f64::from(frames.count.max(1));
    let rounded = |milliseconds: f64| (milliseconds * 1000.0).round() / 1000.0;
    let parts = [work.update, work.view.get(), frames.layout, frames.draw].map(each);
    let whole = work.processor.zip(processor).map(|(before, now)| each(now.saturating_sub(before)));
    let [update, view, layout, draw] = parts.map(rounded);
    json!({
        "frames": frames.count,
        "seconds": rounded(seconds),
        "per_second": rounded(f64::from(frames.count) / seconds),
        "update_ms": update,
        "view_ms": view,
        "layout_ms": layout,
        "draw_ms": draw,
        "pixels_ms": whole.map(|whole| rounded((whole - parts.iter().sum::<f64>()).max(0.0))),
        "processor_ms": whole.map(rounded),
    })
}

/// The time this thread has run on a processor; none where the system does not tell.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_per_second_and_in_milliseconds() {
        let work = Work {
            since: Instant::now() - Duration::from_secs(2),
            update: Duration::from_millis(10),
            view: Cell::new(Duration::from_millis(20)),
            processor: Some(Duration::from_millis(1000)),
        };
        let frames = Frames { count: 10, layout: Duration::from_millis(30), draw: Duration::from_millis(40) };
        let told = figures(&work, frames, Some(Duration::from_millis(1200)));
        assert_eq!((told["frames"].as_u64(), told["update_ms"].as_f64()), (Some(10), Some(1.0)));
        assert_eq!((told["processor_ms"].as_f64(), told["pixels_ms"].as_f64()), (Some(20.0), Some(10.0)));
        assert!((told["per_second"].as_f64().expect("a number") - 5.0).abs() < 0.1);
    }
}
