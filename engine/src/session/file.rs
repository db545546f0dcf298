//! The session on disk: one readable text file, its lock, and a journal of what is not saved yet.
//!
//! Writing is atomic (a file beside it, fsync, rename, fsync of the folder), so there is never half a session. Beside
//! `name.lacquer` lie, hidden, its lock (held by the operating system for the life of the process: a killed one blocks
//! nobody) and its journal of edits since the last save.

mod chain;
mod error;
mod home;
mod journal;
mod lock;
mod preset;
mod source;
mod template;
mod v1;
mod write;

pub use chain::{load_chain, read_chain, save_chain, write_chain};
pub use error::{FileError, ReadError};
pub use home::{Access, Opened, Recovered};
pub use journal::{Recovery, Unsaved, unsaved};
pub use preset::{preset_id, presets, save_preset};
pub use source::source_path;
pub use template::{HOUSE_TEMPLATE, read_template, save_template, templates};

pub(super) use home::Home;
pub(super) use v1::read_text;

use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Largest session or chain file that is read. A hundred songs with long envelopes are below 4 MiB, and the tree of a
/// text takes some ten times its size in memory.
const MOST_BYTES: u64 = 16 << 20;

/// The text of a small file; a folder, pipe or device is refused, so that opening cannot hang.
fn read_small(path: &Path) -> Result<String, FileError> {
    let io = |source| FileError::io(path, "read", source);
    if !std::fs::metadata(path).map_err(io)?.is_file() {
        return Err(FileError::NoFile { path: path.into() });
    }
    let file = std::fs::File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(FileError::TooLarge { path: path.into(), most: MOST_BYTES });
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        FileError::NotText { path: path.into(), offset }
    })
}

/// SHA-256 of a text, in hexadecimal.
fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `.name.suffix` beside the file.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::document::tests::{album, some_edit};
    use crate::session::{Document, Edit, Session};
    use proptest::prelude::*;
    use std::fs;

    fn retitle(document: &mut Document, title: &str) {
        document.apply(Edit::set_title(document, "s1", title).unwrap()).unwrap();
    }

    fn title(document: &Document) -> &str {
        &document.session().songs[0].title
    }

    /// A saved album of one song in a folder of its own.
    fn saved() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("album.lacquer");
        album(1).save_as(&path).unwrap();
        (folder, path)
    }

    /// Lets a document end as a killed process does: its lock falls, its journal stays.
    fn open(path: &Path) -> Opened {
        Document::open(path, Access::Edit).unwrap()
    }

    #[test]
    fn saving_leaves_one_file_and_nothing_hidden() {
        let (folder, path) = saved();
        let mut document = open(&path).document;
        assert!(!document.is_dirty());
        retitle(&mut document, "New");
        assert!(document.is_dirty() && beside(&path, "journal").exists());
        document.save().unwrap();
        assert!(!document.is_dirty());
        drop(document);
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["album.lacquer"]);
        assert_eq!(title(&open(&path).document), "New");
    }

    #[test]
    fn a_second_opener_is_told_and_may_read() {
        let (_folder, path) = saved();
        let first = open(&path);
        let error = Document::open(&path, Access::Edit).unwrap_err();
        assert!(matches!(&error, FileError::Locked { by, .. } if by.contains("process")), "{error}");
        let mut reader = Document::open(&path, Access::ReadOnly).unwrap().document;
        retitle(&mut reader, "Mine");
        assert!(matches!(reader.save(), Err(FileError::ReadOnly { .. })));
        drop(first);
        assert!(Document::open(&path, Access::Edit).is_ok());
    }

    #[test]
    fn unsaved_edits_are_offered_and_redone_as_steps() {
        let (_folder, path) = saved();
        let mut document = open(&path).document;
        retitle(&mut document, "One");
        document.begin(None);
        retitle(&mut document, "Two");
        retitle(&mut document, "Three");
        document.end();
        retitle(&mut document, "Four");
        document.undo().unwrap();
        drop(document);
        let mut opened = open(&path);
        let recovery = opened.recovery.take().unwrap();
        assert_eq!((recovery.edits(), title(&opened.document)), (5, "Song 1"));
        let recovered = opened.document.recover(&recovery).unwrap();
        assert_eq!(recovered, Recovered { edits: 5, stopped: None });
        assert_eq!((title(&opened.document), opened.document.history().depth()), ("Three", 4));
        assert!(opened.document.is_dirty());
        // The journal goes on: a second fall loses nothing either.
        retitle(&mut opened.document, "Five");
        drop(opened);
        let mut again = open(&path);
        let recovery = again.recovery.take().unwrap();
        again.document.recover(&recovery).unwrap();
        assert_eq!(title(&again.document), "Five");
        again.document.save().unwrap();
        drop(again);
        assert_eq!(open(&path).recovery, None);
    }

    #[test]
    fn a_recovery_may_be_refused_or_put_off() {
        let (folder, path) = saved();
        retitle(&mut open(&path).document, "Lost");
        let mut opened = open(&path);
        opened.document.discard_recovery().unwrap();
        drop(opened);
        assert_eq!(open(&path).recovery, None);
        retitle(&mut open(&path).document, "Kept");
        retitle(&mut open(&path).document, "Other");
        assert!(folder.path().join(".album.lacquer.journal.kept-1").exists());
        assert_eq!(open(&path).recovery.unwrap().edits(), 1);
    }

    #[test]
    fn a_journal_of_a_save_that_did_not_clean_up_repeats_nothing() {
        let (_folder, path) = saved();
        let mut document = open(&path).document;
        retitle(&mut document, "New");
        let journal = beside(&path, "journal");
        let kept = path.with_file_name("kept");
        // The process dies after the new file is in place and before the journal is gone.
        fs::hard_link(&journal, &kept).unwrap();
        document.save().unwrap();
        drop(document);
        fs::rename(&kept, &journal).unwrap();
        let opened = open(&path);
        assert_eq!((opened.recovery, opened.set_aside), (None, None));
        assert_eq!(title(&opened.document), "New");
        assert!(!journal.exists());
    }

    #[test]
    fn a_journal_of_another_state_is_set_aside() {
        let (_folder, path) = saved();
        retitle(&mut open(&path).document, "New");
        let text = fs::read_to_string(&path).unwrap().replace("Song 1", "Checked out");
        fs::write(&path, text).unwrap();
        let opened = open(&path);
        assert_eq!(opened.recovery, None);
        assert!(opened.set_aside.unwrap().exists());
    }

    #[test]
    fn a_file_changed_by_others_is_not_written_over_unasked() {
        let (_folder, path) = saved();
        let mut document = open(&path).document;
        fs::write(&path, fs::read_to_string(&path).unwrap() + "\n# by hand\n").unwrap();
        retitle(&mut document, "New");
        assert!(matches!(document.save(), Err(FileError::ChangedOnDisk { .. })));
        assert!(document.is_dirty());
        document.save_over().unwrap();
        assert!(!document.is_dirty());
    }

    #[test]
    fn a_torn_line_is_left_out_and_damage_is_said() {
        let (_folder, path) = saved();
        let mut document = open(&path).document;
        retitle(&mut document, "One");
        retitle(&mut document, "Two");
        drop(document);
        let journal = beside(&path, "journal");
        let bytes = fs::read(&journal).unwrap();
        fs::write(&journal, &bytes[..bytes.len() - 3]).unwrap();
        let recovery = open(&path).recovery.unwrap();
        assert_eq!((recovery.edits(), recovery.damage), (1, None));
        let mut damaged = bytes.clone();
        let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 60;
        damaged[second] ^= 1;
        fs::write(&journal, &damaged).unwrap();
        let recovery = open(&path).recovery.unwrap();
        assert_eq!(recovery.edits(), 0);
        assert!(recovery.damage.unwrap().contains("damaged at byte"));
    }

    #[test]
    fn a_session_without_a_file_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut document = album(1);
        document.keep_journal_in(folder.path()).unwrap();
        retitle(&mut document, "Untitled");
        assert_eq!(unsaved(folder.path()).unwrap(), [], "it is being worked on");
        drop(document);
        let found = unsaved(folder.path()).unwrap();
        let (mut document, recovered) = Document::recover_unsaved(&found[0]).unwrap();
        assert_eq!((title(&document), recovered.edits), ("Untitled", 1));
        document.save_as(&folder.path().join("a.lacquer")).unwrap();
        drop(document);
        assert_eq!(unsaved(folder.path()).unwrap(), []);
        assert_eq!(title(&open(&folder.path().join("a.lacquer")).document), "Untitled");
    }

    #[test]
    fn saving_elsewhere_keeps_sources_and_undo() {
        let (folder, path) = saved();
        let mut document = open(&path).document;
        let edit = Edit::relocate(&document, "a1", "mix/1.wav").unwrap();
        document.apply(edit).unwrap();
        fs::create_dir(folder.path().join("old")).unwrap();
        document.save_as(&folder.path().join("old/copy.lacquer")).unwrap();
        let source = &document.session().sources[0];
        assert_eq!(source.path, "../mix/1.wav");
        let real = document.folder().unwrap().join("../mix/1.wav");
        assert_eq!(source_path(document.folder(), source), real);
        document.undo().unwrap();
        assert_eq!(document.session().sources[0].path, "../1.wav");
        assert!(Document::open(&path, Access::Edit).unwrap().recovery.is_none());
    }

    #[test]
    fn refusals_name_the_place() {
        let (_folder, path) = saved();
        let says = |text: &str| {
            fs::write(&path, text).unwrap();
            Document::open(&path, Access::Edit).unwrap_err().to_string()
        };
        assert!(says("format = 1\n[album]\ntitle = 7\n").contains("line 3, column 9"));
        assert!(says("format = 1\n[album\n").contains("line 2"));
        assert!(says("format = 2\n").contains("reads up to 1"));
        assert!(says("title = 'x'\n").contains("no 'format'"));
        assert!(says(&format!("format = 1\n{}", "[[song]]\n".repeat(100_001))).contains("more than 100000 parts"));
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(matches!(Document::open(&path, Access::Edit), Err(FileError::NotText { offset: 0, .. })));
        assert!(matches!(Document::open(path.parent().unwrap(), Access::ReadOnly), Err(FileError::NoFile { .. })));
        fs::File::create(&path).unwrap().set_len(MOST_BYTES + 1).unwrap();
        assert!(matches!(Document::open(&path, Access::Edit), Err(FileError::TooLarge { .. })));
        assert!(says("format = 1\nx = ").len() < 500);
        assert!(Document::from_text(&format!("format = 1\nx = {}", "[".repeat(100_000))).is_err());
    }

    #[test]
    fn a_disk_that_refuses_leaves_the_old_file() {
        let (folder, path) = saved();
        let mut document = open(&path).document;
        retitle(&mut document, "New");
        let before = fs::read(&path).unwrap();
        // A folder in the place of the file that is written first.
        fs::create_dir(beside(&path, "saving")).unwrap();
        assert!(matches!(document.save(), Err(FileError::Io { .. })));
        assert_eq!(fs::read(&path).unwrap(), before);
        assert!(document.is_dirty());
        assert!(matches!(album(1).save_as(&folder.path().join("no/a.lacquer")), Err(FileError::Io { .. })));
    }

    #[test]
    fn chains_stand_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loud.toml");
        let chain =
            read_chain("[[stage]]\nid = 'g'\nprocessor = 'gain'\nversion = 1\nvalues = { gain = 3 }\nwho = 'x'\n");
        let chain = chain.unwrap();
        save_chain(&path, &chain).unwrap();
        assert_eq!(load_chain(&path).unwrap(), chain);
        assert!(read_chain("[[stage]]\nid = 3").unwrap_err().to_string().contains("line 2, column 6"));
    }

    /// Keys that no version knows yet, with any TOML value.
    fn foreign() -> impl Strategy<Value = (String, toml::Value)> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(toml::Value::from),
            any::<f64>().prop_map(toml::Value::from),
            any::<bool>().prop_map(toml::Value::from),
            ".{0,12}".prop_map(toml::Value::from),
        ];
        let value = leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(toml::Value::Array),
                prop::collection::vec((".{1,5}", inner), 0..3)
                    .prop_map(|fields| toml::Value::Table(fields.into_iter().collect())),
            ]
        });
        ("zz[a-z]{1,6}", value)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn unknown_fields_survive_loading_editing_and_saving(
            fields in prop::collection::vec((foreign(), 0usize..5), 1..6),
            edits in prop::collection::vec((0u8..15, 0usize..100, -9.0f64..9.0), 0..5),
        ) {
            let mut tree = album(2).tree().clone();
            for ((key, value), place) in fields.clone() {
                let table = match place {
                    0 => Some(&mut tree),
                    1 => tree["album"].as_table_mut(),
                    2 => tree["song"][0].as_table_mut(),
                    3 => tree["source"][1].as_table_mut(),
                    _ => tree["pass"][0]["entry"][1].as_table_mut(),
                };
                table.unwrap().insert(key, value);
            }
            let mut document = Document::from_text(&toml::to_string(&tree).unwrap()).unwrap();
            let before = document.text().unwrap();
            for (kind, pick, number) in edits {
                if let Some(edit) = some_edit(&document, kind, pick, number) {
                    document.apply(edit).unwrap();
                }
            }
            let text = document.text().unwrap();
            let mut again = Document::from_text(&text).unwrap();
            prop_assert_eq!(again.text().unwrap(), text);
            prop_assert_eq!(again.session().songs.len(), document.session().songs.len());
            while document.undo().unwrap().is_some() {}
            prop_assert_eq!(document.text().unwrap(), before);
            prop_assert!(again.undo().unwrap().is_none());
        }

        #[test]
        fn any_session_text_is_read_or_refused(text in "(format = 1\n)?(.|\n){0,200}") {
            let _ = Document::from_text(&text);
            let _ = read_chain(&text);
        }

        #[test]
        fn any_damage_to_a_session_is_read_or_refused(cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = album(2).text().unwrap().into_bytes();
            let place = cut.index(bytes.len());
            bytes[place] = byte;
            if let Ok(text) = String::from_utf8(bytes)
                && let Ok(document) = Document::from_text(&text) {
                    for pass in &document.session().passes {
                        let _ = document.session().problems(&pass.id);
                    }
                }
        }

        #[test]
        fn any_bytes_are_a_journal(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = journal::read(&bytes).against("", 0);
        }

        #[test]
        fn a_damaged_journal_never_invents_an_edit(cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("j");
            let mut journal = journal::Journal::begin(&path, "base", None).unwrap();
            let mut document = album(1);
            let mut done = Vec::new();
            for title in ["a", "b", "c"] {
                let edit = document.apply(Edit::set_title(&document, "s1", title).unwrap()).unwrap();
                journal.record(&edit, 1).unwrap();
                done.push(edit);
            }
            let mut bytes = fs::read(&path).unwrap();
            let place = cut.index(bytes.len());
            bytes[place] = byte;
            if let journal::Found::Recovery(recovery) = journal::read(&bytes).against("base", 0) {
                let edits: Vec<Edit> = recovery.edits.into_iter().map(|kept| kept.edit).collect();
                prop_assert!(done.starts_with(&edits));
            }
        }
    }

    #[test]
    fn the_typed_view_and_the_tree_agree() {
        let document = album(2);
        let session: Session = toml::from_str(&document.text().unwrap()).unwrap();
        assert_eq!(&session, document.session());
    }
}
