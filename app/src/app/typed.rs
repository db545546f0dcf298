//! A path that is typed, where the system has no file dialog.

use std::path::{Path, PathBuf};

use iced::widget::{Id, column, operation, row, text as raw, text_input};
use iced::{Padding, Task};

use super::{App, Message as Outer, Overlay, file};
use crate::desk::album::Wanted;
use crate::dialog;
use crate::theme::{Element, field as well, font, text as ink};
use crate::widget::key::{self, Kind};
use crate::widget::text;

/// What the path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sound files, or a folder of them, to take in.
    Audio,
    /// A session to open.
    Session,
    /// A name to save under.
    Save,
    /// The folder of deliveries.
    Deliver,
    /// A folder in which lost files lie.
    Locate,
    /// A file that something about the songs together needs.
    File(Wanted),
}

/// A path under construction.
#[derive(Debug, Clone)]
pub struct Draft {
    purpose: Purpose,
    typed: String,
    wrong: Option<String>,
}

/// What happens to it.
#[derive(Debug, Clone)]
pub enum Message {
    /// The system opened no dialog for this.
    Ask(Purpose),
    /// It reads like this now.
    Typed(String),
    /// It is done.
    Done,
}

const FIELD: &str = "typed-path";

impl App {
    pub(super) fn typed(&mut self, message: Message) -> Task<Outer> {
        match (message, &mut self.overlay) {
            (Message::Ask(purpose), _) => {
                let folder = self.desk.document.folder().map(Path::to_path_buf);
                let start = match purpose {
                    Purpose::Deliver => Some(self.desk.delivery_folder.clone()),
                    Purpose::Save => folder.map(|folder| folder.join(self.name()).with_extension("lacquer")),
                    _ => folder,
                };
                let typed = start.map_or_else(|| "~/".into(), |path| path.display().to_string());
                self.overlay = Overlay::Path(Draft { purpose, typed, wrong: None });
                return operation::focus(Id::new(FIELD));
            }
            (Message::Typed(typed), Overlay::Path(draft)) => *draft = Draft { typed, wrong: None, ..draft.clone() },
            (Message::Done, Overlay::Path(draft)) => {
                let path = at_home(draft.typed.trim());
                match refused(draft.purpose, &path) {
                    Some(wrong) => draft.wrong = Some(wrong),
                    None => {
                        let purpose = draft.purpose;
                        self.overlay = Overlay::None;
                        return self.file(answer(purpose, path));
                    }
                }
            }
            _ => {}
        }
        Task::none()
    }
}

/// What the typed path means.
fn answer(purpose: Purpose, path: PathBuf) -> file::Message {
    match purpose {
        Purpose::Audio => file::Message::Picked(vec![path]),
        Purpose::Session => file::Message::Opened(Some(path)),
        Purpose::Save => file::Message::SaveTo(Some(dialog::as_session(&path))),
        Purpose::Deliver => file::Message::DeliverTo(Some(path)),
        Purpose::Locate => file::Message::LocateIn(Some(path)),
        Purpose::File(wanted) => file::Message::Chosen(wanted, Some(path)),
    }
}

/// `~/` is the user's home.
fn at_home(typed: &str) -> PathBuf {
    let home = || std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    typed.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest))).unwrap_or_else(|| typed.into())
}

/// Why a path is not taken.
fn refused(purpose: Purpose, path: &Path) -> Option<String> {
    let there = match purpose {
        Purpose::Audio => path.exists(),
        Purpose::Session => path.is_file(),
        Purpose::Locate => path.is_dir(),
        // Deliveries make their folder.
        Purpose::Deliver => path.is_absolute(),
        Purpose::Save | Purpose::File(Wanted::TextsOut | Wanted::SignatureOut) => {
            path.parent().is_some_and(Path::is_dir) && !path.is_dir()
        }
        Purpose::File(_) => path.is_file(),
    };
    let what = match purpose {
        Purpose::Audio => "there is no such file or folder",
        Purpose::Session => "there is no such session",
        Purpose::Locate => "there is no such folder",
        Purpose::Deliver => "a folder's whole path is needed, from / on",
        Purpose::Save | Purpose::File(Wanted::TextsOut | Wanted::SignatureOut) => {
            "there is no such folder to save into, or no name"
        }
        Purpose::File(_) => "there is no such file",
    };
    (!there).then(|| format!("{}: {what}", path.display()))
}

/// The dialog.
pub fn view(draft: &Draft) -> Element<'_, Outer> {
    let (title, word) = match draft.purpose {
        Purpose::Audio => ("Sound file, or a folder of them", "Add"),
        Purpose::Session => ("Session to open", "Open"),
        Purpose::Save => ("Save the session as", "Save"),
        Purpose::Deliver => ("Folder of deliveries", "Choose"),
        Purpose::Locate => ("Folder in which the files lie", "Look there"),
        Purpose::File(Wanted::Mix) => ("The new mix", "Compare"),
        Purpose::File(Wanted::Version) => ("File of the version", "Add"),
        Purpose::File(Wanted::Texts) => ("Texts: CSV, tabs or JSON", "Read"),
        Purpose::File(Wanted::TextsOut) => ("Write the texts to (.csv or .json)", "Write"),
        Purpose::File(Wanted::Signature) => ("An album that was kept", "Hold against"),
        Purpose::File(Wanted::SignatureOut) => ("Keep what the album is like in", "Keep"),
    };
    let typed = text_input("/path", &draft.typed)
        .id(Id::new(FIELD))
        .on_input(|typed| Outer::Typed(Message::Typed(typed)))
        .on_submit(Outer::Typed(Message::Done))
        .size(font::BODY)
        .font(font::MONO)
        .padding(Padding::from([7, 10]))
        .width(560)
        .style(if draft.wrong.is_some() { well::refused } else { well::field });
    let wrong = draft.wrong.as_ref().map(|wrong| raw(wrong.as_str()).size(font::LABEL).style(ink::alarm).width(560));
    let ways = row![
        key::key(word, Some(Outer::Typed(Message::Done))).kind(Kind::Primary).width(168).height(36.0),
        key::key("Cancel", Some(Outer::CloseOverlay)).height(36.0)
    ];
    column![
        text::section(title),
        text::word2("This system opens no file dialog (no desktop portal answers): type the path."),
    ]
    .push(typed)
    .push(wrong)
    .push(ways.spacing(8))
    .spacing(14)
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_checked_before_they_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.lacquer");
        std::fs::write(&file, "").unwrap();
        assert_eq!(refused(Purpose::Session, &file), None);
        assert_eq!(refused(Purpose::Audio, folder.path()), None);
        assert_eq!(refused(Purpose::Save, &folder.path().join("new")), None);
        assert!(refused(Purpose::Save, folder.path()).is_some());
        assert!(refused(Purpose::Session, folder.path()).is_some_and(|why| why.contains("no such session")));
        assert!(refused(Purpose::Locate, &file).is_some());
        assert!(refused(Purpose::Deliver, Path::new("relative")).is_some());
        assert!(
            matches!(answer(Purpose::Save, "/a/b".into()), file::Message::SaveTo(Some(path)) if path.ends_with("b.lacquer"))
        );
    }
}
