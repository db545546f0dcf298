mod album;
mod fileset;

use std::path::Path;

use iced::keyboard::{Event as KeyEvent, Key, Location, Modifiers, key};
use iced_test::Simulator;
use lacquer_engine::audio::Layout as Channels;
use lacquer_engine::container::riff;
use lacquer_engine::session::{Document, ImportFile, Join, Session, SourceRef};
use lacquer_engine::source::identity;
use lacquer_engine::unit::{Frames, SampleRate, Seconds};

use super::*;
#[cfg(not(feature = "gpu"))]
use crate::widget::specimen::Screen;
use crate::widget::timeline::{Event, Object, Owner, Place};

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

#[test]
#[cfg(not(feature = "gpu"))]
fn no_text_is_cut_or_written_over_on_any_page() {
    let (folder, app) = window();
    drop(app);
    for (size, scale) in [((1366.0, 768.0), 1.0), ((1920.0, 1080.0), 1.0), ((1920.0, 1080.0), 1.5)] {
        let files = vec![folder.path().join("album.lacquer")];
        let options = Options { files, null_audio: true, size: Some(size), scale: Some(scale), ..Options::default() };
        let faults = audit::audit(&options).unwrap();
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(said.is_empty(), "{size:?} at {scale}:\n{}", said.join("\n"));
    }
    let state = Some(folder.path().join("state"));
    let start = Options { state, size: Some((1366.0, 768.0)), ..Options::default() };
    let start = audit::audit(&start).unwrap();
    assert!(start.is_empty(), "{start:?}");
}

#[test]
fn passes_are_added_named_and_removed_in_single_steps() {
    let (_folder, mut app) = window();
    use screen::deliver::{Begin, Message as Deliver, Value};
    let send = |app: &mut App, message| {
        let _ = app.update(Message::Deliver(message));
    };
    send(&mut app, Deliver::Begin(Begin::Copy("cd".into())));
    let names = |app: &App| app.desk.session().passes.iter().map(|pass| pass.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&app), ["Streaming", "CD", "CD copy"]);
    send(&mut app, Deliver::Set("cd-copy".into(), Value::Name("Plant B".into())));
    send(&mut app, Deliver::Set("cd-copy".into(), Value::Ceiling(Some(lacquer_engine::unit::Dbtp(-0.3)))));
    send(&mut app, Deliver::Hear);
    assert_eq!(app.desk.pass, "cd-copy");
    send(&mut app, Deliver::Remove);
    assert_eq!((names(&app), app.desk.pass.as_str()), (vec!["Streaming".into(), "CD".into()], "streaming"));
    for _ in 0..4 {
        press(&mut app, Key::Character("z".into()), key::Code::KeyZ, Modifiers::COMMAND);
    }
    assert_eq!(names(&app), ["Streaming", "CD"]);
    assert!(!app.desk.document.is_dirty());
    // The main pass holds what the others inherit.
    send(&mut app, Deliver::Select("streaming".into()));
    send(&mut app, Deliver::Remove);
    assert_eq!(names(&app).len(), 2);
}

#[test]
fn a_song_is_moved_by_its_row_and_the_album_begins_at_once() {
    let (_folder, mut app) = window();
    let order = |app: &App| -> Vec<String> {
        app.desk.plan.as_ref().unwrap().songs.iter().map(|song| song.title.clone()).collect()
    };
    let first = app.desk.session().songs[0].id.clone();
    let start = app.desk.plan.as_ref().unwrap().songs[0].start;
    let _ = app.update(Message::Session(screen::session::Message::MoveTo(first, 1)));
    assert_eq!(order(&app), ["Two", "One"]);
    assert_eq!(app.desk.plan.as_ref().unwrap().songs[0].start, start);
    press(&mut app, Key::Character("z".into()), key::Code::KeyZ, Modifiers::COMMAND);
    assert_eq!(order(&app), ["One", "Two"]);
}

#[test]
fn levels_of_a_song_are_one_step_and_reach_the_plan() {
    let (_folder, mut app) = window();
    let send = |app: &mut App, event| {
        let _ = app.update(Message::Session(screen::session::Message::Timeline(event)));
    };
    let point = Place { owner: Owner::Song(0), clip: 0, point: Some(1) };
    send(&mut app, Event::DragStarted(Object::Level(point)));
    for level in [-1.0, -2.0, -3.0] {
        send(&mut app, Event::Levels { owner: Owner::Song(0), clip: 0, points: vec![(0.5, 0.0), (1.0, level)] });
    }
    send(&mut app, Event::DragEnded(Object::Level(point)));
    assert_eq!(app.desk.session().songs[0].clips[0].envelope.len(), 2);
    let hash = app.desk.plan.as_ref().unwrap().hash.clone();
    press(&mut app, Key::Character("z".into()), key::Code::KeyZ, Modifiers::COMMAND);
    assert!(app.desk.session().songs[0].clips[0].envelope.is_empty());
    assert_ne!(app.desk.plan.as_ref().unwrap().hash, hash);
}

#[test]
fn a_selection_is_marked_looped_and_given_up() {
    let (_folder, mut app) = window();
    let letter = |app: &mut App, letter: &str, code| {
        press(app, Key::Character(letter.into()), code, Modifiers::empty());
    };
    let _ = app.apply(desk::Action::Seek(44_100));
    letter(&mut app, "i", key::Code::KeyI);
    assert_eq!(app.desk.selection, Some((1.0, 2.0)), "to the song's end");
    let _ = app.apply(desk::Action::Seek(66_150));
    letter(&mut app, "o", key::Code::KeyO);
    assert_eq!(app.desk.selection, Some((1.0, 1.5)));
    press(&mut app, Key::Character("l".into()), key::Code::KeyL, Modifiers::COMMAND);
    assert_eq!(app.desk.monitor.transport().looped, Some((44_100, 66_150)));
    press(&mut app, Key::Named(key::Named::Escape), key::Code::Escape, Modifiers::empty());
    assert_eq!(app.desk.selection, None, "{:?}", app.desk.notice);
}

#[test]
fn the_device_dialog_acts_at_once_and_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    let state = Some(folder.path().join("state"));
    let options =
        Options { null_audio: true, settings: Some(path.clone()), state: state.clone(), ..Options::default() };
    let mut app = App::new(&options).0;
    press(&mut app, Key::Character(",".into()), key::Code::Comma, Modifiers::COMMAND);
    assert!(matches!(app.overlay, Overlay::Device));
    let send = |app: &mut App, message| {
        let _ = app.update(Message::Device(message));
    };
    send(&mut app, device::Message::Buffer(Some(256)));
    send(&mut app, device::Message::Dim(-15));
    send(&mut app, device::Message::Device(device::Way::Id("alsa:no such device".into())));
    assert!(app.desk.notice.as_ref().is_some_and(|line| line.text.contains("no such device")), "{:?}", app.desk.notice);
    send(&mut app, device::Message::Device(device::Way::Silent));
    drop(app);
    let app = App::new(&Options { settings: Some(path), state, ..Options::default() }).0;
    let choice = app.desk.monitor.choice();
    assert_eq!((choice.buffer, choice.silent), (Some(256), true));
    assert_eq!(app.desk.monitor.section().dim_amount.0, -15.0);
}

#[test]
fn files_given_at_the_start_and_dropped_ones_make_an_album() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["One.wav", "Two.wav", "Three.wav"].map(|name| folder.path().join(name));
    files.iter().for_each(|file| {
        tone(file);
    });
    let state = Some(folder.path().join("state"));
    let options = Options { files: files[..2].to_vec(), null_audio: true, state, ..Options::default() };
    let mut app = App::new(&options).0;
    let until = |app: &mut App, songs: usize| {
        for _ in 0..500 {
            let _ = app.update(Message::Tick);
            if app.desk.session().songs.len() == songs {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{:?}", app.desk.notice);
    };
    until(&mut app, 2);
    let _ = app.update(Message::Dropped(files[2].clone()));
    until(&mut app, 3);
    assert_eq!(app.desk.session().songs[2].title, "Three");
}

#[test]
#[cfg(not(feature = "gpu"))]
fn a_window_at_rest_redraws_nothing() {
    let (_folder, mut app) = window();
    let until = Instant::now() + Duration::from_secs(30);
    while app.is_busy() && Instant::now() < until {
        let _ = app.update(Message::Tick);
        std::thread::sleep(FRAME);
    }
    let mut screen = Screen::new(Size::new(1600.0, 900.0));
    for page in Page::ALL {
        let _ = app.update(Message::Tab(page));
        screen.draw(app.view());
        assert_eq!(screen.draw(app.view()), [], "{page:?}");
    }
}

#[test]
fn a_course_of_the_album_is_shown_from_the_chain_drawn_and_typed_a_step_a_gesture() {
    use lacquer_engine::session::{Address, Edit, Scope};
    use screen::session::{Message as Ask, PointChange};
    let (_folder, mut app) = window();
    let (edit, stage) = Edit::add_stage(&app.desk.document, None, &Scope::Album, "gain", None).unwrap();
    let _ = app.apply(desk::Action::Edit(edit));
    let address = Address { pass: None, scope: Scope::Album, stage, row: None, parameter: "gain".into() };
    app.page = Page::Chain;
    let _ = app.apply(desk::Action::ShowCourse(address.clone()));
    assert_eq!(app.page, Page::Session);
    let send = |app: &mut App, ask| {
        let _ = app.update(Message::Session(ask));
    };
    let depth = app.desk.document.history().depth();
    let levels = |points| Ask::Timeline(Event::Levels { owner: Owner::Album, clip: 0, points });
    send(&mut app, levels(vec![(0.5, 0.0)]));
    send(&mut app, levels(vec![(0.5, 0.0), (3.0, -1.0)]));
    let held = Object::Level(Place { owner: Owner::Album, clip: 0, point: Some(1) });
    send(&mut app, Ask::Timeline(Event::DragStarted(held)));
    for value in [-1.5, -2.0, -2.5] {
        send(&mut app, levels(vec![(0.5, 0.0), (3.0, value)]));
    }
    send(&mut app, Ask::Timeline(Event::DragEnded(held)));
    assert_eq!(app.desk.document.history().depth(), depth + 3, "two clicks and a drag");
    let course = |app: &App| {
        let points = address.course(app.desk.session()).unwrap();
        points.iter().map(|point| (point.at, point.value)).collect::<Vec<_>>()
    };
    assert_eq!(course(&app), [(0.5, 0.0), (3.0, -2.5)]);
    assert_eq!(app.desk.plan.as_ref().unwrap().album[0].lanes.len(), 1, "it is heard");
    send(&mut app, Ask::Point(PointChange::Time(2.0)));
    send(&mut app, Ask::Point(PointChange::Value(1.0)));
    assert_eq!(course(&app), [(0.5, 0.0), (2.0, 1.0)]);
    send(&mut app, Ask::Point(PointChange::Remove));
    assert_eq!(course(&app), [(0.5, 0.0)]);
    press(&mut app, Key::Character("z".into()), key::Code::KeyZ, Modifiers::COMMAND);
    assert_eq!(course(&app), [(0.5, 0.0), (2.0, 1.0)]);
}

#[test]
fn a_transparency_report_is_made_aside_and_can_be_given_up() {
    use lacquer_engine::session::{Edit, Scope};
    let (_folder, mut app) = window();
    let (edit, stage) = Edit::add_stage(&app.desk.document, None, &Scope::Album, "gain", None).unwrap();
    let _ = app.apply(desk::Action::Edit(edit));
    let subject = desk::Subject { chain: Scope::Album, stage: Some(stage) };
    let _ = app.apply(desk::Action::Transparency(subject.clone()));
    let _ = app.apply(desk::Action::CancelTransparency);
    assert!(app.desk.measuring.is_none());
    let _ = app.apply(desk::Action::Transparency(subject.clone()));
    let begun = Instant::now();
    while app.desk.measuring.is_some() && begun.elapsed() < Duration::from_secs(60) {
        app.tick();
        std::thread::sleep(Duration::from_millis(10));
    }
    let (figures, current) = app.desk.transparency(&subject).expect("a report");
    assert!(current && figures.untouched, "a gain of nothing");
}

#[test]
fn a_limiter_at_unity_is_heard_lowered_by_what_it_adds_and_delivered_as_it_is() {
    use lacquer_engine::session::{Edit, Scope};
    let (_folder, mut app) = window();
    for text in ["pass.main.chain.stage+=limiter gain=3.5", "pass.main.ceiling=-1"] {
        let edit = Edit::parse(&app.desk.document, text).unwrap();
        let _ = app.apply(desk::Action::Edit(edit));
    }
    let limiter = (Scope::Album, "limiter1".to_string());
    assert_eq!(app.desk.monitor.section().matched.0, 0.0);
    let _ = app.apply(desk::Action::Unity(Some(limiter)));
    assert_eq!(app.desk.monitor.section().matched.0, -3.5);
    // It follows the gain, and a limiter that is out adds nothing.
    let edit = Edit::parse(&app.desk.document, "pass.main.chain.stage.limiter1.gain=5").unwrap();
    let _ = app.apply(desk::Action::Edit(edit));
    assert_eq!(app.desk.monitor.section().matched.0, -5.0);
    let edit = Edit::parse(&app.desk.document, "pass.main.chain.stage.limiter1.bypass=on").unwrap();
    let _ = app.apply(desk::Action::Edit(edit));
    assert_eq!(app.desk.monitor.section().matched.0, 0.0);
    let _ = app.apply(desk::Action::Unity(None));
    assert_eq!(app.desk.unity, None);
}
