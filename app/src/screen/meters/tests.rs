use super::*;
use crate::screen::specimen::{album, empty, room};
use crate::widget::specimen::{Picture, simulate};

#[test]
fn pages_stand_in_both_layouts() {
    for layout in [Layout::Large, Layout::Small] {
        let mut state = State::default();
        let desk = empty(layout);
        state.tick(&desk);
        Picture::of(&mut simulate(state.view(&desk), room(layout)), &format!("meters-empty-{layout:?}"));
        let desk = album(layout);
        state.tick(&desk);
        Picture::of(&mut simulate(state.view(&desk), room(layout)), &format!("meters-{layout:?}"));
    }
}

#[test]
fn a_maximum_is_a_way_to_its_place() {
    let desk = album(Layout::Large);
    let mut state = State::default();
    state.tick(&desk);
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    ui.click("0:02.000").expect("the time of the true peak");
    ui.click("Reset").expect("the key");
    let actions: Vec<_> = ui.into_messages().map(|message| state.update(message, &desk)).collect();
    assert!(matches!(actions[..], [Action::Seek(88_200), Action::ResetMeters]), "{actions:?}");
}

#[test]
fn the_history_jumps_inside_its_span() {
    let mut desk = album(Layout::Large);
    desk.song = Some("s2".into());
    let mut state = State::default();
    state.tick(&desk);
    let plan = desk.plan.clone().expect("a plan");
    let start = plan.to_delivered(plan.songs[1].start);
    let jumped = state.update(Message::History(Event::Jump(1.0)), &desk);
    assert!(matches!(jumped, Action::Seek(frame) if frame.abs_diff(start + 44_100) <= 1), "{jumped:?}");
    state.update(Message::Span(Span::Album), &desk);
    assert_eq!(state.past.as_ref().map(|past| past.separators.len()), Some(2));
    let looped = state.update(Message::History(Event::Range(2.0, 1.0)), &desk);
    assert!(matches!(looped, Action::Loop(Some((44_100, 88_200)))), "{looped:?}");
}

#[test]
fn the_target_comes_from_the_profile() {
    let mut desk = album(Layout::Large);
    let mut state = State::default();
    state.tick(&desk);
    assert_eq!(state.target(), Some(-14.0));
    desk.pass = "cd".into();
    state.tick(&desk);
    assert_eq!(state.target(), None);
}
