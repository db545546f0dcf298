//! A fileset of a compact disc opened in the window: an album over its image, its marks and texts, and what is wrong with it.

use std::path::Path;

use iced::widget::{column, container, row, scrollable, space};
use iced::{Alignment, Length};
use lacquer_engine::analysis::verdict::Verdict;
use lacquer_engine::container::ddp::Fileset;
use lacquer_engine::profile::Outcome;
use lacquer_engine::session::{Document, Session};

use super::file::count;
use super::{App, Message, Overlay};
use crate::fileset::{sheet, summary};
use crate::theme::{Element, font};
use crate::widget::{key, text};

/// Room for the tables; they scroll inside.
const TABLES: (f32, f32) = (1080.0, 420.0);
/// Faults that are told one by one.
const FAULTS: usize = 6;

/// What a fileset says, and how it was judged.
#[derive(Debug, Clone)]
pub struct Disc {
    folder: String,
    summary: String,
    tables: String,
    /// `None` while descriptors, image and checksums are looked at.
    verdicts: Option<Vec<Verdict>>,
}

impl Disc {
    /// How it was judged, once it was.
    #[cfg(test)]
    pub fn verdicts(&self) -> Option<&[Verdict]> {
        self.verdicts.as_deref()
    }
}

impl App {
    /// Opens a fileset of any program: heard track by track without gaps, shown and judged.
    pub(super) fn open_fileset(&mut self, path: &Path) {
        let set = match Fileset::open(path) {
            Ok(set) => set,
            Err(error) => return self.fail(format!("{error}. Nothing was changed")),
        };
        let folder = std::path::absolute(&set.folder).unwrap_or_else(|_| set.folder.clone());
        let Some(name) = folder.to_str() else {
            return self.fail("the folder's name is no text; rename it. Nothing was changed");
        };
        let document = Session::from_fileset(name, &set).map_err(|error| error.to_string());
        match document.and_then(|session| Document::from_session(&session).map_err(|error| error.to_string())) {
            Ok(document) => self.put(document),
            // Marks that do not fit cannot be played, but they are shown and judged.
            Err(error) => self.fail(error),
        }
        let disc = Disc { folder: name.into(), summary: summary(&set), tables: sheet(&set), verdicts: None };
        self.overlay = Overlay::Disc(Box::new(disc));
        self.jobs.judge_fileset(set);
    }

    /// The fileset has been judged.
    pub(super) fn fileset_judged(&mut self, folder: &Path, verdicts: Vec<Verdict>) {
        if let Overlay::Disc(disc) = &mut self.overlay
            && Path::new(&disc.folder) == folder
        {
            disc.verdicts = Some(verdicts);
        }
    }
}

/// The sheet of a disc.
pub fn view(disc: &Disc) -> Element<'_, Message> {
    let head = row![
        text::section("Disc"),
        text::word2(disc.summary.clone()),
        space::horizontal(),
        key::key("Close", Some(Message::CloseOverlay)).shortcut("Esc")
    ];
    let bars = scrollable::Scrollbar::default();
    let tables = scrollable(text::mono(disc.tables.clone(), font::LABEL))
        .direction(scrollable::Direction::Both { vertical: bars, horizontal: bars })
        .width(Length::Fill)
        .height(TABLES.1);
    let mut judged = column![].spacing(4);
    match &disc.verdicts {
        None => judged = judged.push(text::word2("Descriptors, image and checksums are being looked at\u{2026}")),
        Some(verdicts) => {
            let wrong: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.result != Outcome::Pass).collect();
            let failing = wrong.iter().filter(|verdict| verdict.result == Outcome::Fail).count();
            judged = judged.push(text::word(match wrong.len() {
                0 => "Sound: descriptors, image, texts and checksums agree.".to_string(),
                all => format!("{}, {}", count(failing, "fault"), count(all - failing, "warning")),
            }));
            for verdict in wrong.iter().take(FAULTS) {
                let place = verdict.r#where.clone().unwrap_or_default();
                let remark = verdict.remark.clone().unwrap_or_default();
                judged = judged.push(text::word2(format!("{}  {place}  {remark}", verdict.check)));
            }
            if wrong.len() > FAULTS {
                judged = judged.push(text::word2("`lacquer ddp check` tells all of them"));
            }
        }
    }
    let hint = "Every track is a song over the image: Space plays, the timeline and its rows go to tracks. The fileset is \
                never changed.";
    column![head.align_y(Alignment::Center).spacing(12), container(tables), judged, text::hint(hint)]
        .spacing(12)
        .width(TABLES.0)
        .into()
}
