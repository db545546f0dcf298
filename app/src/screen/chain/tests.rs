use lacquer_engine::render::Scope as Heard;
use lacquer_engine::session::History;

use super::*;
use crate::screen::specimen::{album, delivered, empty, room};
use crate::widget::specimen::{Picture, simulate};

fn apply(desk: &mut Desk, action: Action) {
    match action {
        Action::Batch(actions) => actions.into_iter().for_each(|action| apply(desk, action)),
        Action::Edit(edit) => drop(desk.document.apply(edit).expect("an edit that fits")),
        Action::Begin(label) => desk.document.begin(Some(label)),
        Action::End => desk.document.end(),
        Action::Cancel => drop(desk.document.cancel().expect("a gesture")),
        _ => {}
    }
}

fn depth(history: &History) -> usize {
    history.depth()
}

fn eq_value(desk: &Desk, row: &str, parameter: &str) -> f64 {
    let bench = Bench::new(desk, false);
    bench.address("eq1", Some(row), parameter).value(desk.session()).expect("a value")
}

fn bands(desk: &Desk) -> Vec<String> {
    Bench::new(desk, false).stage("eq1").expect("an equaliser").rows.iter().map(|row| row.id.clone()).collect()
}

#[test]
fn pages_stand_in_both_layouts() {
    for layout in [Layout::Large, Layout::Small] {
        let mut state = State::default();
        Picture::of(&mut simulate(state.view(&empty(layout)), room(layout)), &format!("chain-empty-{layout:?}"));
        let mut desk = album(layout);
        delivered(&mut desk);
        for _ in 0..3 {
            state.tick(&desk);
        }
        state.update(Message::Band(bands(&desk)[2].clone()), &desk);
        for stage in ["eq1", "compressor1", "limiter1", "gain1"] {
            state.update(Message::Select(stage.into()), &desk);
            Picture::of(&mut simulate(state.view(&desk), room(layout)), &format!("chain-{stage}-{layout:?}"));
        }
    }
}

#[test]
fn a_press_on_a_slot_selects_it_and_on_its_lamp_switches_it() {
    let desk = album(Layout::Large);
    let state = State::default();
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    ui.click("Compressor").expect("the slot");
    let at = ui.find("Limiter").expect("the slot").bounds();
    ui.point_at(iced::Point::new(at.x - 12.0, at.y + at.height / 2.0));
    ui.simulate(iced_test::simulator::click());
    let messages: Vec<_> = ui.into_messages().collect();
    assert!(matches!(&messages[0], Message::Select(stage) if stage == "compressor1"), "{messages:?}");
    assert!(matches!(&messages[1], Message::Lamp(stage) if stage == "limiter1"), "{messages:?}");
    let action = State::default().update(messages[1].clone(), &desk);
    assert!(matches!(action, Action::SlotOn { scope: Heard::Album, slot: 3, on: false }), "{action:?}");
}

#[test]
fn a_drag_of_a_band_is_one_step() {
    let mut desk = album(Layout::Large);
    let band = bands(&desk)[1].clone();
    let mut state = State::default();
    let before = depth(desk.document.history());
    let event = |event| Message::Curve("eq1".into(), event);
    let dragged = |hz, gain| event(eq_curve::Event::Dragged { band: 1, frequency_hz: hz, gain_db: gain });
    for message in [
        event(eq_curve::Event::DragStarted(1)),
        dragged(300.0, 0.5),
        dragged(420.0, 1.5),
        event(eq_curve::Event::DragEnded(1)),
    ] {
        let action = state.update(message, &desk);
        apply(&mut desk, action);
    }
    assert_eq!((eq_value(&desk, &band, "frequency"), eq_value(&desk, &band, "gain")), (420.0, 1.5));
    assert_eq!(depth(desk.document.history()), before + 1);
    desk.document.undo().expect("a step");
    assert_eq!((eq_value(&desk, &band, "frequency"), eq_value(&desk, &band, "gain")), (210.0, -0.6));
    for message in
        [event(eq_curve::Event::DragStarted(1)), dragged(99.0, 5.0), event(eq_curve::Event::DragCancelled(1))]
    {
        let action = state.update(message, &desk);
        apply(&mut desk, action);
    }
    assert_eq!(eq_value(&desk, &band, "frequency"), 210.0, "given up");
}

#[test]
fn a_turn_of_a_knob_is_one_step_and_out_of_range_is_held() {
    let mut desk = album(Layout::Large);
    let mut state = State::default();
    let before = depth(desk.document.history());
    let threshold =
        lacquer_engine::chain::processor("compressor").and_then(|p| p.table.find("threshold")).expect("one").1;
    let part = Part::of(Bench::new(&desk, false).stage("compressor1").expect("one"), None, threshold);
    for turn in [Turn::Changed(-20.0), Turn::Changed(-25.0), Turn::Released(-999.0)] {
        let action = state.update(Message::Turn(part.clone(), turn), &desk);
        apply(&mut desk, action);
    }
    let value = Bench::new(&desk, false).address("compressor1", None, "threshold").value(desk.session());
    assert_eq!(value, Ok(-60.0));
    assert_eq!(depth(desk.document.history()), before + 1);
    assert!(matches!(state.update(Message::Turn(part, Turn::Released(-60.0)), &desk), Action::None), "nothing changes");
}

#[test]
fn stages_come_move_and_go() {
    let mut desk = album(Layout::Small);
    let mut state = State::default();
    let order = |desk: &Desk| Bench::new(desk, false).stages.iter().map(|stage| stage.id.clone()).collect::<Vec<_>>();
    assert_eq!(order(&desk), ["gain1", "eq1", "compressor1", "limiter1"]);
    for (message, expected) in [
        (Message::Shift(-1), vec!["eq1", "gain1", "compressor1", "limiter1"]),
        (Message::Remove, vec!["gain1", "compressor1", "limiter1"]),
    ] {
        let action = state.update(message, &desk);
        apply(&mut desk, action);
        assert_eq!(order(&desk), expected);
    }
    let action = state.update(Message::Add("eq"), &desk);
    apply(&mut desk, action);
    assert_eq!(order(&desk), ["gain1", "compressor1", "eq1", "limiter1"], "behind the selected one");
    let selected = Bench::new(&desk, false);
    assert_eq!(state.selected(&selected).map(|stage| stage.id.as_str()), Some("eq1"));
}

#[test]
fn a_song_has_a_chain_of_its_own_and_so_has_a_later_pass_once_it_is_changed() {
    let mut desk = album(Layout::Large);
    let mut state = State::default();
    desk.song = Some("s2".into());
    state.update(Message::OfSong(true), &desk);
    let action = state.update(Message::Add("gain"), &desk);
    apply(&mut desk, action);
    assert_eq!(desk.session().song("s2").expect("the song").chain.stages.len(), 1);
    desk.pass = "cd".into();
    state.update(Message::OfSong(false), &desk);
    assert!(Bench::new(&desk, false).inherits);
    let action = state.update(Message::AddBand("eq1".into()), &desk);
    apply(&mut desk, action);
    assert_eq!(bands(&desk).len(), 4);
    assert!(!Bench::new(&desk, false).inherits, "it has a chain of its own now");
    desk.pass = "streaming".into();
    assert_eq!(bands(&desk).len(), 3);
}

#[test]
fn bypass_asks_for_the_original() {
    let desk = album(Layout::Large);
    let mut state = State::default();
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    ui.click("Bypass, matched").expect("the key");
    let messages: Vec<_> = ui.into_messages().collect();
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert!(matches!(state.update(message.clone(), &desk), Action::Original(true)));
}
