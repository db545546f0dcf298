//! The layout looked over without a window: every page and dialog is laid out and drawn off the screen, and every text that
//! is cut, lies over another one or outside the window is told, and every control too small to be pressed surely.
//!
//! Only the software renderer tells what it was given to draw; a build for the graphics card answers with a sentence.

use std::fmt;

use iced::{Rectangle, Size};

#[cfg(not(feature = "gpu"))]
mod picture;

use super::{App, Message, Options, Overlay};
use crate::desk::Page;

/// What is wrong at a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The page or dialog.
    pub page: &'static str,
    /// What is wrong.
    pub kind: Kind,
    /// The text, or the control.
    pub what: String,
    /// Where, px of the design.
    pub area: Rectangle,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A text is cut at a side.
    Cut,
    /// A text lies over another text.
    Overlap,
    /// Something lies outside the window.
    Outside,
    /// A control is smaller than a hand is sure of.
    Small,
}

impl Kind {
    /// The word of the report.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Cut => "cut",
            Kind::Overlap => "overlap",
            Kind::Outside => "outside",
            Kind::Small => "too small",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rectangle { x, y, width, height } = self.area;
        write!(
            formatter,
            "{:<10} {:<9} {:<44} at {x:.0},{y:.0} size {width:.0}x{height:.0}",
            self.page,
            self.kind.word(),
            self.what
        )
    }
}

/// Lays out and looks over the start, the pages and the dialogs of the window that `options` describes.
///
/// # Errors
/// A build that draws with the graphics card, or a session that cannot be opened.
pub fn audit(options: &Options) -> Result<Vec<Fault>, String> {
    let (mut app, _) = App::new(&Options { null_audio: true, ..options.clone() });
    let (width, height) = options.size.unwrap_or((1600.0, 900.0));
    let scale = options.scale.unwrap_or(1.0);
    let _ = app.update(Message::Resized(Size::new(width / scale, height / scale)));
    if !options.files.is_empty() {
        app.wait_until_measured();
        if !app.has_project {
            let reason = app.desk.notice.as_ref().map(|line| line.text.clone());
            return Err(reason.unwrap_or_else(|| "there is nothing to look over".into()));
        }
    }
    app.desk.notice = None;
    let mut faults = Vec::new();
    let pages: &[Page] = if app.has_project { &Page::ALL } else { &[Page::Session] };
    for page in pages {
        app.page = *page;
        let name = if app.has_project { page.name() } else { "Start" };
        faults.extend(app.look_over(name)?);
    }
    for (name, overlay) in [("Keys", Overlay::Sheet), ("Device", Overlay::Device)] {
        app.overlay = overlay;
        faults.extend(app.look_over(name)?);
    }
    Ok(faults)
}

impl App {
    /// Lets time pass until the programme is measured and every number is on the page.
    fn wait_until_measured(&mut self) {
        // An hour of music is measured in less, even by a build for debugging.
        for _ in 0..30_000 {
            let _ = self.update(Message::Tick);
            let at_work = self.is_measuring();
            if !at_work {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    fn is_measuring(&self) -> bool {
        self.survey_due.is_some()
            || self.desk.surveying.is_some()
            || self.importing.is_some()
            || self.inspection_due()
            || self.desk.quality.running.is_some()
            || self.treatment.is_some()
    }

    #[cfg(not(feature = "gpu"))]
    fn look_over(&self, page: &'static str) -> Result<Vec<Fault>, String> {
        // A smaller window scrolls over this much.
        let size = self.content();
        let view = match super::overlay::view(self) {
            Some(over) => iced::widget::container(over).center(iced::Length::Fill).into(),
            None => self.view(),
        };
        Ok(picture::Picture::of(view, size)?.faults(page))
    }

    #[cfg(feature = "gpu")]
    fn look_over(&self, _: &'static str) -> Result<Vec<Fault>, String> {
        Err("this build draws with the graphics card, which does not tell what it draws; use a build without it".into())
    }
}
