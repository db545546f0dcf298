//! Every part in its states on one sheet, and the gestures that parts promise, driven without a window.
//!
//! `LACQUER_GALLERY=folder` writes the sheets as pictures.

use iced::widget::{column, container, row, space};
use iced::{Event, Length, Point, keyboard, mouse};
use iced_test::Simulator;
use iced_test::simulator::{click, press_key};
use lacquer_engine::param::{Glide, Kind as Range, Spec, Taper, Unit};

use super::key::{self, Kind};
use super::knob::Turn;
use super::level_bar::Bar;
use super::segment::Cell;
use super::slot::Slot;
use super::tab::Tab;
use super::verdict::{Severity, Verdict};
use super::*;
use crate::theme::plate::Meaning;
use crate::theme::{Element, Theme, font, icon};

const RATIO: Spec = Spec {
    id: "ratio",
    name: "Ratio",
    doc: "Ratio above the threshold.",
    unit: Unit::Ratio,
    kind: Range::Number { min: 1.05, max: 20.0, taper: Taper::Logarithmic, step: 0.05, fine: 0.01, digits: 2 },
    default: 1.05,
    glide: Glide::Step,
};
const GAIN: Spec = Spec {
    id: "gain",
    name: "Gain",
    doc: "Gain.",
    unit: Unit::Db,
    kind: Range::Number { min: -12.0, max: 12.0, taper: Taper::Linear, step: 0.1, fine: 0.01, digits: 2 },
    default: 0.0,
    glide: Glide::Step,
};

#[derive(Debug, Clone, PartialEq)]
enum Message {
    Pressed(&'static str),
    Value(f64),
    Turned(Turn),
    Other,
}

fn keys<'a>() -> Element<'a, Message> {
    let press = || Some(Message::Pressed("key"));
    let wide = 104.0;
    let line = |name: &'a str, keys: Vec<Element<'a, Message>>| {
        row![text::label(name).width(80), row(keys).spacing(28)].align_y(iced::Alignment::Center).into()
    };
    column(vec![
        line(
            "plain",
            vec![
                key::key("Reset", press()).width(wide).into(),
                key::key("Reset", None).width(wide).into(),
                key::icon(icon::PLUS, press()).into(),
                key::key("Next edit", press()).shortcut("E").into(),
            ],
        ),
        line(
            "primary",
            vec![
                key::key("Render", press()).kind(Kind::Primary).width(168).into(),
                key::key("Render", None).kind(Kind::Primary).width(168).into(),
            ],
        ),
        line(
            "toggle",
            vec![
                key::key("Follow", press()).kind(Kind::Toggle(false)).width(wide).into(),
                key::key("Follow", press()).kind(Kind::Toggle(true)).width(wide).into(),
                key::key("Follow", press()).kind(Kind::Toggle(true)).into(),
            ],
        ),
        line(
            "monitor key",
            vec![
                key::key("Mono", press()).kind(Kind::Lit(Meaning::Lit, false)).width(wide).into(),
                key::key("Mono", press()).kind(Kind::Lit(Meaning::Lit, true)).width(wide).into(),
                key::key("Muted", press()).kind(Kind::Lit(Meaning::Over, true)).width(wide).into(),
            ],
        ),
    ])
    .spacing(16)
    .padding(12)
    .into()
}

fn fields<'a>() -> Element<'a, Message> {
    let cell = |label, on| Cell { label, on, on_press: Some(Message::Other) };
    column![
        row![
            field::field("\u{2212}18.0", "dB", 104.0, |_| Err("not a level in dB, \u{2212}18.0 stays".into())),
            field::disabled("\u{2212}18.0", "dB", 104.0),
            field::of_spec(&GAIN, 0.8, 92.0, Message::Value),
        ]
        .spacing(28),
        row![
            segment::one_of(&[(0, "minimum"), (1, "linear"), (2, "mixed")], 0, |_| Message::Other),
            segment::segment(vec![cell("now", true), cell("average", true), cell("max", false)], Length::Shrink),
        ]
        .spacing(28),
        row![
            verdict::verdict(Verdict::Pass),
            verdict::verdict(Verdict::Warn),
            verdict::verdict(Verdict::Fail),
            verdict::verdict(Verdict::NotRun),
            verdict::verdict(Verdict::Waiting),
            text::chip('A', Meaning::A),
            text::chip('R', Meaning::R),
            text::chip('S', Meaning::S),
            text::chip('X', Meaning::X),
        ]
        .spacing(20)
        .align_y(iced::Alignment::Center),
    ]
    .spacing(24)
    .padding(12)
    .into()
}

fn knobs<'a>() -> Element<'a, Message> {
    row![
        knob::knob(&RATIO, 1.5, true, 92.0, Message::Turned),
        knob::knob(&GAIN, 0.8, true, 92.0, Message::Turned),
        knob::knob(&GAIN, 0.0, true, 92.0, Message::Turned),
        knob::knob(&GAIN, -6.0, true, 92.0, Message::Turned),
        knob::knob(&RATIO, 1.5, false, 92.0, Message::Turned),
    ]
    .spacing(28)
    .padding(12)
    .into()
}

fn rows<'a>() -> Element<'a, Message> {
    use table::Column;
    const COLUMNS: [Column<'static>; 4] = [
        Column::numbers("#", 30.0),
        Column::words("Title", Length::Fixed(200.0)),
        Column::numbers("I LUFS", 80.0),
        Column::words("State", Length::Fill),
    ];
    let line = |n: &str, title: &str, loudness: f64, severity, word: &str, selected: Option<Meaning>| {
        let name = if selected.is_some() { text::title(title) } else { text::word(title) };
        let cells = vec![
            text::mono(n, font::TABLE).into(),
            name.into(),
            text::mono(number::level(loudness, 1), font::TABLE).into(),
            verdict::state(severity, word),
        ];
        table::row(&COLUMNS, cells, 28.0, selected, Some(Message::Other))
    };
    column![
        tab::bar(tabs(0), 16.0),
        space().height(8),
        table::head(&COLUMNS),
        line("2", "Slow Water", -13.6, Severity::Error, "click 12 smp", Some(Meaning::A)),
        line("3", "Kelp", -14.5, Severity::Warning, "ISRC missing", None),
        line("4", "Ash", -13.4, Severity::Ok, "ok", None),
    ]
    .into()
}

fn tabs<'a>(selected: usize) -> Vec<Tab<'a, Message>> {
    let names = ["Session", "Chain", "Meters", "Reference", "QC", "Deliver", "Notes", "Library"];
    let tab = |(index, name)| Tab {
        number: index + 1,
        name,
        selected: index == selected,
        badge: if name == "QC" { 2 } else { 0 },
        on_press: Some(Message::Pressed(name)),
    };
    names.into_iter().enumerate().map(tab).collect()
}

fn slots<'a>() -> Element<'a, Message> {
    let slot = |number, name, value: &str, on, selected| {
        let slot = Slot { number, name, value: value.into(), on, selected, on_press: Some(Message::Other) };
        slot::slot(slot, 150.0)
    };
    row![
        slot(2, "EQ", "4 bands", true, true),
        slot(4, "Compressor", "GR \u{2212}1.2 dB", true, false),
        slot(5, "Width", "", false, false),
        level_bar::pair(
            Bar { peak: Some(-3.0), rms: Some(-14.0), hold: Some(-1.6) },
            Bar { peak: Some(0.6), rms: Some(-11.0), hold: Some(0.9) },
            -1.0,
            40.0,
            Length::Fixed(240.0)
        ),
        gain_reduction::gain_reduction(-1.2, -2.1, 12.0, 200.0),
    ]
    .spacing(16)
    .padding(12)
    .into()
}

fn sheet<'a>() -> Element<'a, Message> {
    let plate = |title, content: Element<'a, Message>, height: f32| {
        container(plate::plate(title, "", Vec::new(), content)).height(height)
    };
    let content = row![
        column![
            plate("Keys", keys(), 240.0),
            plate("Fields, segments, chips", fields(), 200.0),
            plate("Knob", knobs(), 150.0)
        ]
        .spacing(8),
        column![plate("Tabs and table rows", rows(), 260.0), plate("Slots and bars", slots(), 338.0)].spacing(8),
    ]
    .spacing(8);
    container(content).padding(8).width(Length::Fill).height(Length::Fill).into()
}

fn measured() -> bridge::Reading {
    let bar = |peak, hold| Bar { peak: Some(peak), rms: Some(-14.6), hold: Some(hold) };
    bridge::Reading {
        letter: 'A',
        tap: "Chain out".into(),
        pass: "Streaming".into(),
        bars: [bar(-3.0, -1.62), bar(-2.6, -1.02)],
        ceiling: -1.0,
        integrated: Some(-13.9),
        target: Some(-14.0),
        short: Some(-13.6),
        momentary: Some(-14.4),
        range: Some(5.2),
        range_settles: false,
        plr: Some(12.9),
        psr: Some(11.3),
        true_peak: Some(-1.02),
        true_peak_at: Some("0:33.412".into()),
        overs: Some(0),
        largest: [Some(-1.62), Some(-1.02)],
        correlation: Some(0.62),
        lowest_correlation: Some(0.1),
    }
}

fn shell<'a>(layout: Layout, idle: bool, header: &header::Reading, play: &transport::Reading) -> Element<'a, Message> {
    let listening = monitor::Reading {
        level: -4.0,
        calibration: Some(83.0),
        has_reference: true,
        speakers: vec!["1", "2", "3", "HP"],
        reference_match: Some(-2.7),
        device: "USB 96 kHz".into(),
        bit_exact_why: "no, chain is on".into(),
        mono: idle,
        mute: idle,
        ..monitor::Reading::default()
    };
    let nothing = bridge::Reading { letter: 'A', tap: "Chain out".into(), ceiling: -1.0, ..bridge::Reading::default() };
    let reading = if idle { nothing } else { measured() };
    let strip = column![
        container(bridge::bridge(&reading, layout, |_| Message::Pressed("bridge"))).height(layout.pick(516.0, 330.0)),
        monitor::monitor(&listening, layout, |_| Message::Pressed("monitor"))
    ]
    .spacing(8);
    let page = row![space().width(Length::Fill), strip].padding(8).spacing(8).height(Length::Fill);
    container(column![
        header::header(
            header,
            layout,
            tabs(0),
            |_| Message::Other,
            header::Ways { settings: Message::Other, keys: Message::Other }
        ),
        page,
        transport::transport(play, layout, !idle, |_| Message::Pressed("transport"))
    ])
    .width(Length::Fill)
    .height(Length::Fill)
    .into()
}

fn session() -> (header::Reading, transport::Reading) {
    let header = header::Reading {
        project: "Night Ferry LP".into(),
        edited: true,
        revision: "rev C".into(),
        passes: vec!["Streaming".into(), "CD".into()],
        pass: Some("Streaming".into()),
        rate: Some(96_000.0),
        device_rate: None,
        silent: false,
        bits: Some(24),
        latency: Some(4.2),
        load: Some(23.0),
        drops: Some(0),
    };
    let play = transport::Reading {
        playing: true,
        time: "00:03:39:07".into(),
        format: "CD",
        song: Some(2),
        title: "Slow Water".into(),
        song_time: "+0:41.220".into(),
        song_length: "1:31.683".into(),
        selection: Some(12.004),
        pre_roll: 3.0,
        work: vec![("Autosave", "2 s".into()), ("Undo", "14 steps".into()), ("Saved", "12 s ago".into())],
        ..transport::Reading::default()
    };
    (header, play)
}

fn simulator<'a>(width: f32, height: f32, view: Element<'a, Message>) -> Simulator<'a, Message, Theme> {
    Simulator::with_size(font::settings(), (width, height), view)
}

/// Renders, and writes the picture when asked for; true when more than one colour was drawn.
fn picture(name: &str, width: f32, height: f32, view: Element<'_, Message>, theme: Theme) {
    let mut simulator = simulator(width, height, view);
    let snapshot = simulator.snapshot(&theme).expect("a picture");
    if let Some(folder) = std::env::var_os("LACQUER_GALLERY") {
        let path = std::path::Path::new(&folder).join(name);
        assert!(snapshot.matches_image(path).expect("a picture is written"));
    }
}

#[test]
fn every_part_draws_in_every_theme() {
    for theme in Theme::ALL {
        picture(&format!("sheet-{}", theme.label()), 1500.0, 620.0, sheet(), theme);
    }
}

#[test]
fn the_shell_draws_in_both_layouts_and_idle() {
    let (header, play) = session();
    picture("shell-1920", 1920.0, 1080.0, shell(Layout::Large, false, &header, &play), Theme::Dark);
    picture("shell-1366", 1366.0, 768.0, shell(Layout::Small, false, &header, &play), Theme::Dark);
    let (header, play) = (header::Reading::default(), transport::Reading::default());
    picture("idle-1920", 1920.0, 1080.0, shell(Layout::Large, true, &header, &play), Theme::Dark);
}

#[test]
fn a_key_is_pressed_and_a_disabled_one_is_not() {
    let view = row![
        key::key("Live", Some(Message::Pressed("live"))),
        key::key("Dead", None::<Message>),
        key::key("On", Some(Message::Pressed("on"))).kind(Kind::Toggle(true))
    ];
    let mut simulator = simulator(400.0, 60.0, view.into());
    for word in ["Live", "Dead", "On"] {
        simulator.click(word).expect("the word is there");
    }
    let messages: Vec<_> = simulator.into_messages().collect();
    assert_eq!(messages, [Message::Pressed("live"), Message::Pressed("on")]);
}

#[test]
fn a_field_takes_what_it_understands_and_refuses_the_rest() {
    let mut accepted = simulator(200.0, 60.0, field::of_spec(&GAIN, 0.8, 92.0, Message::Value).into());
    accepted.point_at(Point::new(20.0, 12.0));
    accepted.simulate(click());
    accepted.typewrite("1.25");
    accepted.tap_key(keyboard::key::Named::Enter);
    assert_eq!(accepted.into_messages().collect::<Vec<_>>(), [Message::Value(1.25)]);

    let mut refused = simulator(200.0, 60.0, field::of_spec(&GAIN, 0.8, 92.0, Message::Value).into());
    refused.point_at(Point::new(20.0, 12.0));
    refused.simulate(click());
    refused.typewrite("abc");
    refused.tap_key(keyboard::key::Named::Enter);
    refused.tap_key(keyboard::key::Named::Escape);
    assert_eq!(refused.into_messages().count(), 0);
}

#[test]
fn arrows_step_a_field() {
    let mut field = simulator(200.0, 60.0, field::of_spec(&GAIN, 0.8, 92.0, Message::Value).into());
    field.point_at(Point::new(20.0, 12.0));
    field.simulate(click());
    field.tap_key(keyboard::key::Named::ArrowUp);
    let messages: Vec<_> = field.into_messages().collect();
    assert!(matches!(messages[..], [Message::Value(v)] if (v - 0.9).abs() < 1e-9), "{messages:?}");
}

fn drag(from: f32, to: f32) -> Vec<Turn> {
    let mut knob = simulator(60.0, 60.0, knob::body(&GAIN, 0.0, true, Message::Turned));
    let at = |y| Event::Mouse(mouse::Event::CursorMoved { position: Point::new(20.0, y) });
    knob.point_at(Point::new(20.0, from));
    knob.simulate([Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))]);
    knob.point_at(Point::new(20.0, to));
    knob.simulate([at(to), Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))]);
    knob.into_messages()
        .map(|message| match message {
            Message::Turned(turn) => turn,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_drag_of_two_hundred_pixels_is_the_full_range_and_one_step() {
    let turns = drag(30.0, 10.0);
    assert!(
        matches!(turns[..], [Turn::Changed(a), Turn::Released(b)] if a == b && (a - 2.4).abs() < 1e-5),
        "{turns:?}"
    );
    assert_eq!(drag(20.0, 20.0), [], "a press that does not move is no step");
}

#[test]
fn the_wheel_steps_and_a_double_click_restores_the_default() {
    let mut knob = simulator(60.0, 60.0, knob::body(&GAIN, 3.0, true, Message::Turned));
    knob.point_at(Point::new(20.0, 20.0));
    let delta = mouse::ScrollDelta::Lines { x: 0.0, y: 1.0 };
    knob.simulate([Event::Mouse(mouse::Event::WheelScrolled { delta })]);
    knob.simulate(click().chain(click()));
    let turns: Vec<_> = knob.into_messages().collect();
    let [Message::Turned(turned), Message::Turned(rested), Message::Turned(restored)] = turns[..] else {
        panic!("{turns:?}")
    };
    assert!(matches!(turned, Turn::Changed(up) if (up - 3.1).abs() < 1e-9), "{turned:?}");
    assert!(matches!(rested, Turn::Released(up) if (up - 3.1).abs() < 1e-9), "before the click: {rested:?}");
    assert_eq!(restored, Turn::Released(0.0));
}

#[test]
fn notches_in_a_row_are_one_undo_step() {
    let mut knob = simulator(60.0, 60.0, knob::body(&GAIN, 3.0, true, Message::Turned));
    knob.point_at(Point::new(20.0, 20.0));
    let notch = || Event::Mouse(mouse::Event::WheelScrolled { delta: mouse::ScrollDelta::Lines { x: 0.0, y: 1.0 } });
    let frame = |after: f32| {
        let at = std::time::Instant::now() + std::time::Duration::from_secs_f32(after);
        Event::Window(iced::window::Event::RedrawRequested(at))
    };
    knob.simulate([notch(), frame(0.1), notch(), frame(0.3), notch(), frame(0.9), frame(1.0)]);
    let ends: Vec<_> =
        knob.into_messages().map(|turned| matches!(turned, Message::Turned(Turn::Released(_)))).collect();
    assert_eq!(ends, [false, false, false, true]);
}

#[test]
fn a_knob_that_has_the_focus_is_turned_by_arrows() {
    let mut knob = simulator(60.0, 60.0, knob::body(&GAIN, 0.0, true, Message::Turned));
    knob.point_at(Point::new(20.0, 20.0));
    knob.simulate(click());
    knob.simulate([press_key(keyboard::key::Named::ArrowDown, None)]);
    let messages: Vec<_> = knob.into_messages().collect();
    assert!(matches!(messages[..], [Message::Turned(Turn::Released(v))] if (v + 0.1).abs() < 1e-9), "{messages:?}");
}
