use std::path::Path;

use iced::keyboard::{Event as KeyEvent, Key, Location, Modifiers, key};
use iced_test::Simulator;
use lacquer_engine::audio::Layout as Channels;
use lacquer_engine::container::riff;
use lacquer_engine::session::{Document, ImportFile, Join, Session, SourceRef};
use lacquer_engine::source::identity;
use lacquer_engine::unit::{Frames, SampleRate, Seconds};

use super::*;
use crate::widget::timeline::{Event, Object};

const RATE: SampleRate = SampleRate(44_100);
const FRAMES: u64 = 2 * 44_100;

fn tone(path: &Path) -> SourceRef {
    let format = riff::Format::new(riff::Encoding::Int16, RATE, Channels::Stereo);
    let mut writer = riff::WavWriter::create(path, format, riff::Extras::default()).unwrap();
    let steps: Vec<i32> = (0..FRAMES as i32).flat_map(|frame| [(frame % 100 - 50) * 100; 2]).collect();
    writer.write_steps(&steps).unwrap();
    writer.finish().unwrap();
    let identity = identity::quick(path).unwrap();
    let file = path.file_name().unwrap().to_string_lossy();
    let text = format!(
        "id = ''\npath = '{file}'\nrate = 44100\nbits = 16\nlayout = 'stereo'\nframes = {FRAMES}\nsize = {}\nmodified = {}\nhead_tail = '{}'",
        identity.size, identity.modified, identity.head_tail
    );
    toml::from_str(&text).unwrap()
}

/// A window on an album of two songs of two seconds, two seconds apart.
fn window() -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    let titled = |name: &str| ImportFile {
        title: name.into(),
        ..ImportFile::untagged(tone(&folder.path().join(format!("{name}.wav"))))
    };
    let session = Session::from_files(vec![titled("One"), titled("Two")]);
    let path = folder.path().join("album.lacquer");
    Document::from_session(&session).unwrap().save_as(&path).unwrap();
    let options = Options { files: vec![path], null_audio: true, ..Options::default() };
    (folder, App::new(&options).0)
}

fn press(app: &mut App, key: Key, code: key::Code, modifiers: Modifiers) {
    let event = KeyEvent::KeyPressed {
        modified_key: key.clone(),
        key,
        physical_key: key::Physical::Code(code),
        location: Location::Standard,
        modifiers,
        text: None,
        repeat: false,
    };
    let _ = app.update(Message::Key(event));
}

fn ui(app: &App) -> Simulator<'_, Message, Theme, iced::Renderer> {
    Simulator::with_size(font::settings(), Size::new(1600.0, 900.0), app.view())
}

fn join(app: &App) -> Join {
    app.desk.session().resolve(&app.desk.pass).unwrap().songs[1].join
}

#[test]
fn a_tab_shows_its_page() {
    let (_folder, mut app) = window();
    let mut ui = ui(&app);
    ui.click("Meters").unwrap();
    let messages: Vec<Message> = ui.into_messages().collect();
    for message in messages {
        let _ = app.update(message);
    }
    assert_eq!(app.page, Page::Meters);
    press(&mut app, Key::Character("1".into()), key::Code::Digit1, Modifiers::COMMAND);
    assert_eq!(app.page, Page::Session);
}

#[test]
fn space_plays_and_pauses() {
    let (_folder, mut app) = window();
    assert!(app.desk.plan.is_some(), "{:?}", app.desk.plan_error);
    let space = || Key::Named(key::Named::Space);
    press(&mut app, space(), key::Code::Space, Modifiers::empty());
    assert!(app.desk.monitor.transport().playing);
    press(&mut app, space(), key::Code::Space, Modifiers::empty());
    assert!(!app.desk.monitor.transport().playing);
}

#[test]
fn a_dragged_gap_is_one_step_of_undo_and_moves_the_plan() {
    let (_folder, mut app) = window();
    let before = app.desk.plan.as_ref().unwrap().songs[1].start;
    let send = |app: &mut App, event| {
        let _ = app.update(Message::Session(screen::session::Message::Timeline(event)));
    };
    assert_eq!(join(&app), Join::Gap(Seconds(2.0)));
    send(&mut app, Event::DragStarted(Object::Gap(0)));
    for value in [1.8, 1.4, 1.0] {
        send(&mut app, Event::Dragged { object: Object::Gap(0), value });
    }
    send(&mut app, Event::DragEnded(Object::Gap(0)));
    assert_eq!(join(&app), Join::Gap(Seconds(1.0)));
    let after = app.desk.plan.as_ref().unwrap().songs[1].start;
    assert_eq!(before - after, Seconds(1.0).frames(RATE).0);
    press(&mut app, Key::Character("z".into()), key::Code::KeyZ, Modifiers::COMMAND);
    assert_eq!(join(&app), Join::Gap(Seconds(2.0)));
    assert_eq!(app.desk.plan.as_ref().unwrap().songs[1].start, before);
    press(&mut app, Key::Character("y".into()), key::Code::KeyY, Modifiers::COMMAND);
    assert_eq!(join(&app), Join::Gap(Seconds(1.0)));
}

#[test]
fn escape_gives_a_drag_up() {
    let (_folder, mut app) = window();
    let before = app.desk.session().clone();
    let start = Message::Session(screen::session::Message::Timeline(Event::DragStarted(Object::TrimOut(0))));
    let _ = app.update(start);
    let object = Object::TrimOut(0);
    let _ = app.update(Message::Session(screen::session::Message::Timeline(Event::Dragged { object, value: 1.5 })));
    assert_eq!(app.desk.session().songs[0].clips[0].end, Frames(FRAMES * 3 / 4));
    press(&mut app, Key::Named(key::Named::Escape), key::Code::Escape, Modifiers::empty());
    assert_eq!(*app.desk.session(), before);
}

#[test]
fn a_lost_source_is_said_and_not_played() {
    let (folder, app) = window();
    drop(app);
    std::fs::remove_file(folder.path().join("Two.wav")).unwrap();
    let options = Options { files: vec![folder.path().join("album.lacquer")], null_audio: true, ..Options::default() };
    let mut app = App::new(&options).0;
    assert!(app.desk.plan_error.as_ref().is_some_and(|reason| reason.contains("Two.wav")));
    let _ = app.update(Message::File(file::Message::LeaveOut));
    assert_eq!(app.desk.plan.as_ref().map(|plan| plan.songs.len()), Some(1), "{:?}", app.desk.plan_error);
}
