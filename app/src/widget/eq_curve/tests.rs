use iced::keyboard::{self, Modifiers, key::Named};
use iced::mouse::{self, Button};
use iced::{Event as Input, Point, Size};
use iced_test::Simulator;

use super::*;
use crate::widget::specimen::{self, Picture, same};

const SIZE: Size = Size::new(1040.0, 352.0);

fn frequencies() -> Arc<[f32]> {
    (0..256).map(|place| 20.0 * 1000.0_f32.powf(place as f32 / 255.0)).collect()
}

fn bell(hz: &[f32], centre: f32, gain: f32, width: f32) -> Arc<[f32]> {
    hz.iter().map(|hz| gain * (-((hz / centre).log2() / width).powi(2)).exp()).collect()
}

fn band(number: u32, frequency_hz: f64, gain_db: Option<f64>, response: Arc<[f32]>) -> Band {
    Band { number, letter: None, frequency_hz, gain_db, q: 0.71, bypassed: false, response }
}

fn spectrum(offset: f32, ripple: f32) -> Trace {
    let hz = frequencies();
    let level = |(place, hz): (usize, &f32)| {
        let slope = -((hz / 300.0).log2().abs() * 6.0) + ripple * specimen::noise(place as u64 / 6);
        offset + slope
    };
    let db = hz.iter().enumerate().map(level).collect();
    Trace { hz, db }
}

fn equaliser() -> EqCurve {
    let hz = frequencies();
    let pass: Arc<[f32]> = hz.iter().map(|hz| -10.0 * (1.0 + (24.0 / hz).powi(6)).log10()).collect();
    let mut bands = vec![
        band(1, 24.0, None, pass),
        band(2, 210.0, Some(-0.6), bell(&hz, 210.0, -0.6, 1.0)),
        band(3, 3150.0, Some(0.8), bell(&hz, 3150.0, 0.8, 1.5)),
        band(4, 12_000.0, Some(0.4), bell(&hz, 16_000.0, 0.4, 1.2)),
    ];
    bands[1].letter = Some('M');
    bands[3].letter = Some('S');
    let sum = (0..hz.len()).map(|place| bands.iter().map(|band| band.response[place]).sum()).collect();
    EqCurve {
        sum,
        bands,
        selected: Some(2),
        moving: None,
        range: Range::Six,
        now: spectrum(-36.0, 18.0),
        average: spectrum(-24.0, 8.0),
        reference: spectrum(-28.0, 0.0),
        analyser_top_db: 0.0,
        rate_hz: 96_000.0,
        hz,
    }
}

fn window(data: &EqCurve) -> Simulator<'static, Event, Theme> {
    specimen::simulate(eq_curve(data.clone(), |event| event), SIZE)
}

fn dot(data: &EqCurve, band: usize) -> Point {
    Layout::new(data, SIZE).dot(data, &data.bands[band])
}

fn button(ui: &mut Simulator<'_, Event, Theme>, at: Point, button: Button, down: bool) {
    ui.point_at(at);
    let event = if down { mouse::Event::ButtonPressed(button) } else { mouse::Event::ButtonReleased(button) };
    ui.simulate([Input::Mouse(event)]);
}

fn move_to(ui: &mut Simulator<'_, Event, Theme>, at: Point) {
    ui.point_at(at);
    ui.simulate([Input::Mouse(mouse::Event::CursorMoved { position: at })]);
}

fn hold(ui: &mut Simulator<'_, Event, Theme>, modifiers: Modifiers) {
    ui.simulate([Input::Keyboard(keyboard::Event::ModifiersChanged(modifiers))]);
}

#[test]
fn the_picture_has_the_colours_of_the_design() {
    let data = equaliser();
    let mut ui = window(&data);
    move_to(&mut ui, dot(&data, 2));
    let picture = Picture::of(&mut ui, "eq-curve");
    let chosen = dot(&data, 2);
    assert!(same(picture.at((chosen.x - 7.0, chosen.y)), Palette::DARK.a), "the selected dot is filled");
    let rest = dot(&data, 1);
    assert!(same(picture.at((rest.x - 7.0, rest.y)), Palette::DARK.well), "a dot at rest is a ring");
}

#[test]
fn dragging_a_dot_changes_frequency_and_gain() {
    let data = equaliser();
    let layout = Layout::new(&data, SIZE);
    let from = dot(&data, 1);
    let to = Point::new(layout.frequencies.pixel(420.0), layout.gain.pixel(1.5));
    let mut ui = window(&data);
    button(&mut ui, from, Button::Left, true);
    move_to(&mut ui, to);
    button(&mut ui, to, Button::Left, false);
    let events: Vec<_> = ui.into_messages().collect();
    let [Event::DragStarted(1), Event::Dragged { band: 1, frequency_hz, gain_db }, Event::DragEnded(1)] = events[..]
    else {
        panic!("{events:?}")
    };
    assert!((frequency_hz - 420.0).abs() < 0.1 && (gain_db - 1.5).abs() < 1e-9, "{frequency_hz} {gain_db}");
}

#[test]
fn alt_holds_the_frequency_ctrl_the_gain_and_shift_is_fine() {
    let data = equaliser();
    let layout = Layout::new(&data, SIZE);
    let dragged = |modifiers: Modifiers| {
        let from = dot(&data, 1);
        let mut ui = window(&data);
        button(&mut ui, from, Button::Left, true);
        hold(&mut ui, modifiers);
        move_to(&mut ui, Point::new(from.x + 50.0, layout.gain.pixel(1.4)));
        let last = ui.into_messages().last();
        let Some(Event::Dragged { frequency_hz, gain_db, .. }) = last else { panic!("{last:?}") };
        (frequency_hz, gain_db)
    };
    let (hz, gain) = dragged(Modifiers::ALT);
    assert!(hz == 210.0 && (gain - 1.4).abs() < 1e-9, "{hz} {gain}");
    let (hz, gain) = dragged(Modifiers::CTRL);
    assert!(hz > 290.0 && gain == -0.6, "{hz} {gain}");
    let (hz, gain) = dragged(Modifiers::SHIFT);
    assert!(hz < 220.0 && (gain + 0.4).abs() < 1e-9, "{hz} {gain}");
}

#[test]
fn clicks_create_reset_bypass_and_open_the_menu() {
    let data = equaliser();
    let layout = Layout::new(&data, SIZE);
    let empty = Point::new(layout.frequencies.pixel(1_000.0), layout.gain.pixel(4.0));
    let mut ui = window(&data);
    for _ in 0..2 {
        button(&mut ui, empty, Button::Left, true);
        button(&mut ui, empty, Button::Left, false);
    }
    let at = dot(&data, 2);
    for _ in 0..2 {
        button(&mut ui, at, Button::Left, true);
        button(&mut ui, at, Button::Left, false);
    }
    button(&mut ui, at, Button::Right, true);
    hold(&mut ui, Modifiers::ALT);
    button(&mut ui, dot(&data, 3), Button::Left, true);
    let events: Vec<_> = ui.into_messages().collect();
    assert_eq!(events[0], Event::Select(None));
    let Event::Create { frequency_hz, gain_db } = events[1] else { panic!("{events:?}") };
    assert!((frequency_hz - 1_000.0).abs() < 0.5 && (gain_db - 4.0).abs() < 1e-9, "{frequency_hz} {gain_db}");
    assert_eq!(events[2..5], [Event::DragStarted(2), Event::DragEnded(2), Event::ResetGain(2)]);
    assert_eq!(events[5..], [Event::OpenMenu { band: 2, position: at }, Event::Bypass(3)]);
}

#[test]
fn wheel_and_keys_turn_the_band() {
    let data = equaliser();
    let notch = Input::Mouse(mouse::Event::WheelScrolled { delta: mouse::ScrollDelta::Lines { x: 0.0, y: 1.0 } });
    let mut ui = window(&data);
    ui.tap_key(keyboard::Key::Named(Named::ArrowUp));
    ui.point_at(dot(&data, 1));
    ui.simulate([notch.clone()]);
    hold(&mut ui, Modifiers::SHIFT);
    ui.simulate([notch]);
    hold(&mut ui, Modifiers::default());
    button(&mut ui, dot(&data, 2), Button::Left, true);
    ui.tap_key(keyboard::Key::Named(Named::Escape));
    ui.tap_key(keyboard::Key::Named(Named::Tab));
    ui.tap_key(keyboard::Key::Named(Named::ArrowDown));
    ui.tap_key(keyboard::Key::Named(Named::ArrowRight));
    let events: Vec<_> = ui.into_messages().collect();
    assert_eq!(
        events,
        [
            Event::Q { band: 1, factor: 1.04 },
            Event::Q { band: 1, factor: 1.005 },
            Event::DragStarted(2),
            Event::DragCancelled(2),
            Event::Select(Some(3)),
            Event::Nudge { band: 2, frequency_factor: 1.0, gain_db: -0.1 },
            Event::Nudge { band: 2, frequency_factor: (1.0_f64 / 24.0).exp2(), gain_db: 0.0 },
        ],
        "no key before the graph was pressed"
    );
}

#[test]
fn right_drag_listens() {
    let data = equaliser();
    let layout = Layout::new(&data, SIZE);
    let from = Point::new(layout.frequencies.pixel(500.0), 60.0);
    let mut ui = window(&data);
    button(&mut ui, from, Button::Right, true);
    move_to(&mut ui, Point::new(from.x, from.y - 50.0));
    button(&mut ui, from, Button::Right, false);
    let events: Vec<_> = ui.into_messages().collect();
    let [Event::Listen(Some(first)), Event::Listen(Some(second)), Event::Listen(None)] = events[..] else {
        panic!("{events:?}")
    };
    assert!((first.frequency_hz - 500.0).abs() < 0.1 && first.q == 4.0 && second.q == 8.0, "{first:?} {second:?}");
}
