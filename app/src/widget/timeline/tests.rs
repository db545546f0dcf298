use std::sync::Arc;

use iced::keyboard::{self, Modifiers, key};
use iced::mouse::{self, Button};
use iced::{Event as Input, Point, Size};
use iced_test::Simulator;

use super::hit::{Target, hit};
use super::lanes::{Geometry, Lanes};
use super::*;
use crate::theme::{Palette, Theme};
use crate::widget::specimen::{self, Picture, same};

const PALETTE: Palette = Palette::DARK;
const SIZE: Size = Size::new(1592.0, 460.0);

fn shape(name: &str, falling: bool) -> Shape {
    let quarter = std::f64::consts::FRAC_PI_2;
    Shape::sampled(name, move |place| if falling { (place * quarter).cos() } else { (place * quarter).sin() })
}

fn song(position: usize, title: &str, start_s: f64, end_s: f64) -> Song {
    let seed = position as u64 + 1;
    let level = |place: u32| -20.0 + 12.0 * specimen::energy(f64::from(place) / 4.0, seed);
    Song {
        number: position as u32 + 1,
        title: title.to_owned(),
        start_s,
        end_s,
        gain: String::new(),
        fade_in: Fade { seconds: 0.0, shape: shape("sine", false) },
        fade_out: Fade { seconds: 0.0, shape: shape("sine", true) },
        lane: Lane::of(position),
        selected: position == 1,
        disabled: false,
        columns: specimen::strip(end_s - start_s, seed),
        levels: vec![Levels { start_s, end_s, points: Vec::new(), course: None }],
        loudness: Curve { step_s: 0.5, values: (0..((end_s - start_s) * 2.0) as u32).map(level).collect() },
    }
}

/// The album of the mock-up: a crossfade of 4.2 s before song 2, a gap of 2.507 s after it.
fn album() -> Timeline {
    let mut songs = vec![
        song(0, "Harbour", 2.0, 182.1),
        song(1, "Slow Water", 177.9, 269.5),
        song(2, "Kelp", 272.007, 500.2),
        song(3, "Ash", 501.4, 721.3),
    ];
    songs[1].gain = "\u{2212}0.4 dB".to_owned();
    songs[1].fade_out.seconds = 6.5;
    let join =
        |after| Join { after, name: "equal power".to_owned(), falling: shape("", true), rising: shape("", false) };
    Timeline {
        view: Span { start_s: 165.0, end_s: 285.0 },
        album_s: 722.0,
        songs,
        joins: (0..3).map(join).collect(),
        indices: vec![
            Index { seconds: 180.0, song: 2, index: 1 },
            Index { seconds: 269.5, song: 3, index: 0 },
            Index { seconds: 272.0, song: 3, index: 1 },
        ],
        target_lufs: Some(-14.0),
        marks: vec![
            Mark { seconds: 200.0, text: "client: voice sharp".to_owned(), severity: Severity::Note },
            Mark { seconds: 241.0, text: "click, left, 12 samples".to_owned(), severity: Severity::Error },
        ],
        playhead_s: Some(219.1),
        snap: Snap::OFF,
        format: TimeFormat::Cd,
        selection: None,
        shows_levels: false,
        album_levels: Vec::new(),
        point: None,
    }
}

fn window(data: &Timeline) -> Simulator<'static, Event, Theme> {
    specimen::simulate(timeline(data.clone(), |event| event), SIZE)
}

fn press(ui: &mut Simulator<'_, Event, Theme>, at: Point) {
    ui.point_at(at);
    ui.simulate([Input::Mouse(mouse::Event::ButtonPressed(Button::Left))]);
}

fn drag_to(ui: &mut Simulator<'_, Event, Theme>, at: Point) {
    ui.point_at(at);
    ui.simulate([Input::Mouse(mouse::Event::CursorMoved { position: at })]);
}

fn release(ui: &mut Simulator<'_, Event, Theme>) {
    ui.simulate([Input::Mouse(mouse::Event::ButtonReleased(Button::Left))]);
}

fn handle(data: &Timeline, object: Object) -> Point {
    let handles = Geometry::new(data, SIZE).handles();
    handles.into_iter().find(|(found, _)| *found == object).expect("a handle").1
}

#[test]
fn the_lanes_have_the_heights_of_the_design() {
    let lanes = Lanes::new(Size::new(1592.0, 450.0), false);
    assert_eq!((lanes.upper.height, lanes.lower.height), (120.0, 120.0));
    assert_eq!((lanes.upper.x, lanes.upper.y), (72.0, 98.0));
    assert_eq!(lanes.marks.y + lanes.marks.height, 450.0);
    let lanes = Lanes::new(Size::new(1592.0, 450.0), true);
    assert_eq!((lanes.course.height, lanes.course.y), (96.0, lanes.lower.y + lanes.lower.height + 4.0));
    assert_eq!(lanes.marks.y + lanes.marks.height, 450.0);
}

#[test]
fn the_picture_has_the_colours_of_the_design() {
    let data = album();
    let mut ui = window(&data);
    let picture = Picture::of(&mut ui, "timeline");
    let geometry = Geometry::new(&data, SIZE);
    let lower = geometry.lanes.lower;
    assert!(same(picture.at((geometry.x(219.1), lower.y + 2.0)), PALETTE.text), "the playhead");
    assert!(same(picture.at((geometry.x(230.0), lower.y + 1.0)), PALETTE.a), "the selected song's line");
    let fade = handle(&data, Object::FadeOut(1));
    assert!(same(picture.at(fade), PALETTE.text), "the fade's handle");
    let peak = Point::new(geometry.x(230.0).round(), lower.y + 18.0 + (lower.height - 18.0) / 2.0 + 2.0);
    assert!(same(picture.at(peak), PALETTE.a_core), "the waveform's core");
}

#[test]
fn a_click_on_the_ruler_seeks() {
    let data = album();
    let geometry = Geometry::new(&data, SIZE);
    let at = Point::new(geometry.x(200.0), geometry.lanes.ruler.center_y());
    let mut ui = window(&data);
    press(&mut ui, at);
    release(&mut ui);
    let events: Vec<_> = ui.into_messages().collect();
    assert!(matches!(events[..], [Event::Seek(seconds)] if (seconds - 200.0).abs() < 0.1), "{events:?}");
}

#[test]
fn dragging_a_fade_emits_one_gesture() {
    let data = album();
    let at = handle(&data, Object::FadeOut(1));
    let mut ui = window(&data);
    press(&mut ui, at);
    let pixels = 2.0 / Geometry::new(&data, SIZE).seconds_per_pixel() as f32;
    drag_to(&mut ui, Point::new(at.x - pixels, at.y));
    Picture::of(&mut ui, "timeline-drag");
    release(&mut ui);
    let events: Vec<_> = ui.into_messages().collect();
    let object = Object::FadeOut(1);
    assert_eq!((events[0].clone(), events[2].clone()), (Event::DragStarted(object), Event::DragEnded(object)));
    let Event::Dragged { object: dragged, value } = events[1] else { panic!("{events:?}") };
    assert_eq!(dragged, object);
    assert!((value - 8.5).abs() < 0.01, "two seconds to the left make the fade longer: {value}");
}

#[test]
fn escape_gives_the_drag_up() {
    let data = album();
    let mut ui = window(&data);
    press(&mut ui, handle(&data, Object::Crossfade(0, Edge::End)));
    ui.tap_key(keyboard::Key::Named(key::Named::Escape));
    release(&mut ui);
    let object = Object::Crossfade(0, Edge::End);
    assert_eq!(ui.into_messages().collect::<Vec<_>>(), [Event::DragStarted(object), Event::DragCancelled(object)]);
}

#[test]
fn the_wheel_turns_a_gap_by_cd_frames_and_a_fade_by_forms() {
    let data = album();
    let geometry = Geometry::new(&data, SIZE);
    let notch = |y| Input::Mouse(mouse::Event::WheelScrolled { delta: mouse::ScrollDelta::Lines { x: 0.0, y } });
    let mut ui = window(&data);
    ui.point_at(geometry.gap(&data.joins[1]).expect("a gap").center());
    ui.simulate([notch(1.0), notch(-1.0)]);
    ui.point_at(handle(&data, Object::FadeOut(1)));
    ui.simulate([notch(1.0)]);
    ui.point_at(Point::new(geometry.x(266.0), geometry.lanes.lower.center_y()));
    ui.simulate([notch(-1.0)]);
    let (gap, fade) = (Object::Gap(1), Object::FadeOut(1));
    assert_eq!(
        ui.into_messages().collect::<Vec<_>>(),
        [
            Event::Nudge { object: gap, frames: 1 },
            Event::Nudge { object: gap, frames: -1 },
            Event::Reshape { object: fade, steps: 1 },
            Event::Reshape { object: fade, steps: -1 },
        ]
    );
}

#[test]
fn a_double_click_resets_and_alt_moves_a_song_alone() {
    let data = album();
    let geometry = Geometry::new(&data, SIZE);
    let mut ui = window(&data);
    let at = handle(&data, Object::FadeOut(1));
    for _ in 0..2 {
        press(&mut ui, at);
        release(&mut ui);
    }
    ui.simulate([Input::Keyboard(keyboard::Event::ModifiersChanged(Modifiers::ALT))]);
    let title = Point::new(geometry.x(230.0), geometry.lanes.lower.y + 10.0);
    press(&mut ui, title);
    drag_to(&mut ui, Point::new(title.x + 50.0, title.y));
    drag_to(&mut ui, Point::new(title.x + 60.0, title.y));
    let events: Vec<_> = ui.into_messages().collect();
    assert_eq!(events[2], Event::Reset(Object::FadeOut(1)), "{events:?}");
    let object = Object::Song { index: 1, free: true };
    assert_eq!(events[3..5], [Event::Select(1), Event::DragStarted(object)]);
    let Event::Dragged { value, .. } = events[5] else { panic!("{events:?}") };
    let moved = 60.0 * geometry.seconds_per_pixel();
    assert!((value - 177.9 - moved).abs() < 1e-3, "the way counts from the press: {value}");
}

#[test]
fn cd_frames_hold_a_gap_and_shift_is_fine() {
    let data = Timeline { snap: Snap { cd_frames: true, ..Snap::OFF }, ..album() };
    let geometry = Geometry::new(&data, SIZE);
    let at = geometry.gap(&data.joins[1]).expect("a gap").center();
    let mut ui = window(&data);
    press(&mut ui, at);
    drag_to(&mut ui, Point::new(at.x + 7.0, at.y));
    ui.simulate([Input::Keyboard(keyboard::Event::ModifiersChanged(Modifiers::SHIFT))]);
    drag_to(&mut ui, Point::new(at.x + 17.0, at.y));
    let values: Vec<f64> = ui
        .into_messages()
        .filter_map(|event| if let Event::Dragged { value, .. } = event { Some(value) } else { None })
        .collect();
    assert_eq!(values.len(), 2);
    assert!((values[0] * 75.0 - (values[0] * 75.0).round()).abs() < 1e-9, "a whole number of CD frames");
    let fine = 2.507 + 8.0 * geometry.seconds_per_pixel();
    assert!((values[1] - fine).abs() < 1e-4, "ten pixels count as one: {} {fine}", values[1]);
}

#[test]
fn the_overview_moves_the_window() {
    let data = album();
    let geometry = Geometry::new(&data, SIZE);
    let inside = geometry.window().center();
    let mut ui = window(&data);
    press(&mut ui, inside);
    drag_to(&mut ui, Point::new(inside.x + SIZE.width / 7.22, inside.y));
    let events: Vec<_> = ui.into_messages().collect();
    let [Event::View(view)] = events[..] else { panic!("{events:?}") };
    assert!((view.start_s - 265.0).abs() < 0.1 && (view.length_s() - 120.0).abs() < 1e-6, "{view:?}");
}

#[test]
fn every_place_says_what_it_does() {
    let data = album();
    let geometry = Geometry::new(&data, SIZE);
    let lanes = geometry.lanes;
    let at = |seconds: f64, y: f32| hit(&geometry, Point::new(geometry.x(seconds), y));
    assert_eq!(at(230.0, lanes.lower.y + 5.0), Some(Target::Title(1)));
    assert_eq!(at(230.0, lanes.lower.center_y()), Some(Target::Clip(1)));
    assert_eq!(at(270.5, lanes.lower.center_y()), Some(Target::Handle(Object::Gap(1))));
    assert_eq!(at(272.0, lanes.upper.center_y()), Some(Target::Handle(Object::TrimIn(2))));
    assert_eq!(at(180.0, lanes.upper.center_y()), Some(Target::Form(Object::Crossfade(0, Edge::End))));
    assert_eq!(at(230.0, lanes.upper.center_y()), Some(Target::Empty));
    assert_eq!(at(241.0, lanes.marks.center_y()), Some(Target::Mark(1)));
    assert_eq!(hit(&geometry, Point::new(10.0, lanes.upper.center_y())), None, "the gutter answers to nothing");
}

#[test]
fn a_join_is_a_gap_or_a_crossfade_by_its_numbers() {
    let data = album();
    let geometry = Geometry::new(&data, SIZE);
    assert!(geometry.crossfade(&data.joins[0]).is_some() && geometry.gap(&data.joins[0]).is_none());
    assert!(geometry.crossfade(&data.joins[1]).is_none() && geometry.gap(&data.joins[1]).is_some());
    let lost = Join { after: 9, ..data.joins[0].clone() };
    assert!(geometry.crossfade(&lost).is_none() && geometry.gap(&lost).is_none());
}

#[test]
fn a_shared_waveform_is_not_copied_into_the_widget() {
    let data = album();
    let copy = data.clone();
    assert!(Arc::ptr_eq(&data.songs[0].columns, &copy.songs[0].columns));
}

/// The album with the level of song 2 shown: 0 dB until second 40 of it, -6 dB from second 50.
fn with_level() -> Timeline {
    let mut data = Timeline { shows_levels: true, ..album() };
    data.songs[1].levels[0].points = vec![(40.0, 0.0), (50.0, -6.0)];
    data
}

#[test]
fn a_press_on_the_line_makes_a_point_that_follows() {
    let data = with_level();
    let geometry = Geometry::new(&data, SIZE);
    let start = data.songs[1].start_s;
    let y = |db| geometry.value_y(Owner::Song(1), &data.songs[1].levels[0], db);
    let at = Point::new(geometry.x(start + 45.0), y(-3.0));
    let place = |point| Place { owner: Owner::Song(1), clip: 0, point };
    assert_eq!(hit(&geometry, at), Some(Target::Level(place(None))));
    let mut ui = window(&data);
    press(&mut ui, at);
    let to = Point::new(geometry.x(start + 46.0), y(2.0));
    drag_to(&mut ui, to);
    release(&mut ui);
    let events: Vec<_> = ui.into_messages().collect();
    let held = Object::Level(place(Some(1)));
    assert_eq!((&events[0], &events[2]), (&Event::DragStarted(held), &Event::DragEnded(held)));
    let Event::Levels { owner: Owner::Song(1), clip: 0, points } = &events[1] else { panic!("{events:?}") };
    assert_eq!((points.len(), points[0], points[2]), (3, (40.0, 0.0), (50.0, -6.0)));
    assert!((points[1].0 - 46.0).abs() < 0.05 && (points[1].1 - 2.0).abs() < 0.26, "{points:?}");
}

#[test]
fn a_point_stays_between_its_neighbours_and_a_double_click_takes_it_away() {
    let data = with_level();
    let geometry = Geometry::new(&data, SIZE);
    let place = Place { owner: Owner::Song(1), clip: 0, point: Some(0) };
    let at = geometry.level_point(place).expect("a point");
    let mut ui = window(&data);
    press(&mut ui, at);
    drag_to(&mut ui, Point::new(at.x + 400.0, at.y - 400.0));
    ui.tap_key(keyboard::Key::Named(key::Named::Escape));
    release(&mut ui);
    let events: Vec<_> = ui.into_messages().collect();
    let Event::Levels { points, .. } = &events[1] else { panic!("{events:?}") };
    assert!(points[0].0 < 50.0 && points[0].1 == level::TOP_DB, "{points:?}");
    assert_eq!(events[2], Event::DragCancelled(Object::Level(place)));
    let mut ui = window(&data);
    for _ in 0..2 {
        press(&mut ui, at);
        release(&mut ui);
    }
    let events: Vec<_> = ui.into_messages().collect();
    assert_eq!(events[2], Event::Levels { owner: Owner::Song(1), clip: 0, points: vec![(50.0, -6.0)] }, "{events:?}");
    assert_eq!(hit(&Geometry::new(&Timeline { shows_levels: false, ..data.clone() }, SIZE), at), Some(Target::Clip(1)));
}

/// The album with a course of its gain over it: 0 dB at second 100, 6 dB at second 220.
fn with_course() -> Timeline {
    let (_, spec) = lacquer_engine::chain::processor("gain").and_then(|gain| gain.table.find("gain")).expect("a gain");
    let course = Course { name: "gain1 Gain".into(), spec, ways: vec![Default::default(); 2], base: 0.0 };
    let points = vec![(100.0, 0.0), (220.0, 6.0)];
    let levels = Levels { start_s: 0.0, end_s: 600.0, points, course: Some(course) };
    Timeline { shows_levels: true, album_levels: vec![levels], ..album() }
}

#[test]
fn a_double_click_in_the_lane_of_the_album_adds_a_point_and_delete_takes_it_away() {
    let data = with_course();
    let geometry = Geometry::new(&data, SIZE);
    let place = |point| Place { owner: Owner::Album, clip: 0, point };
    let held = geometry.level_point(place(Some(1))).expect("a point");
    assert!(geometry.lanes.course.contains(held));
    let at = Point::new(held.x + 80.0, geometry.lanes.course.center_y());
    assert_eq!(hit(&geometry, at), Some(Target::Level(place(None))), "anywhere in the lane");
    let mut ui = window(&data);
    Picture::of(&mut ui, "timeline-course");
    press(&mut ui, at);
    release(&mut ui);
    press(&mut ui, at);
    release(&mut ui);
    let events: Vec<_> = ui.into_messages().collect();
    let [Event::NoPoint, Event::Levels { owner: Owner::Album, clip: 0, points }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((points.len(), points[1]), (3, (220.0, 6.0)));
    assert!((points[2].0 - geometry.seconds(at.x)).abs() < 0.05, "{points:?}");
    let mut ui = window(&data);
    drag_to(&mut ui, held);
    ui.tap_key(keyboard::Key::Named(key::Named::Delete));
    let events: Vec<_> = ui.into_messages().collect();
    assert_eq!(events, [Event::Levels { owner: Owner::Album, clip: 0, points: vec![(100.0, 0.0)] }]);
}

#[test]
fn a_point_of_a_course_is_dragged_in_the_steps_of_its_parameter() {
    let data = with_course();
    let geometry = Geometry::new(&data, SIZE);
    let place = Place { owner: Owner::Album, clip: 0, point: Some(1) };
    let at = geometry.level_point(place).expect("a point");
    let mut ui = window(&data);
    press(&mut ui, at);
    drag_to(&mut ui, Point::new(at.x, at.y + 10.0));
    release(&mut ui);
    let events: Vec<_> = ui.into_messages().collect();
    assert_eq!(events[0], Event::DragStarted(Object::Level(place)));
    let Event::Levels { points, .. } = &events[1] else { panic!("{events:?}") };
    let value = points[1].1;
    assert!(value < 6.0 && (value * 10.0 - (value * 10.0).round()).abs() < 1e-9, "{points:?}");
}

#[test]
fn shift_on_the_ruler_selects() {
    let data = album();
    let geometry = Geometry::new(&data, SIZE);
    let y = geometry.lanes.ruler.center_y();
    let mut ui = window(&data);
    ui.simulate([Input::Keyboard(keyboard::Event::ModifiersChanged(Modifiers::SHIFT))]);
    press(&mut ui, Point::new(geometry.x(240.0), y));
    drag_to(&mut ui, Point::new(geometry.x(220.0), y));
    let events: Vec<_> = ui.into_messages().collect();
    let [Event::Range(from, to)] = events[..] else { panic!("{events:?}") };
    assert!((from - 220.0).abs() < 0.1 && (to - 240.0).abs() < 0.1, "{from} {to}");
}
