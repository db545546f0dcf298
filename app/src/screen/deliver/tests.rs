use super::*;
use crate::screen::specimen::{album, delivered, empty, room};
use crate::widget::Layout;
use crate::widget::specimen::{Picture, simulate};

#[test]
fn pages_stand_in_both_layouts() {
    for layout in [Layout::Large, Layout::Small] {
        let state = State::default();
        Picture::of(&mut simulate(state.view(&empty(layout)), room(layout)), &format!("deliver-empty-{layout:?}"));
        let mut desk = album(layout);
        Picture::of(&mut simulate(state.view(&desk), room(layout)), &format!("deliver-idle-{layout:?}"));
        delivered(&mut desk);
        Picture::of(&mut simulate(state.view(&desk), room(layout)), &format!("deliver-{layout:?}"));
    }
}

#[test]
fn what_is_ticked_is_rendered() {
    let desk = album(Layout::Large);
    let mut state = State::default();
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    ui.click("Render selected (2)").expect("the key");
    let [message] = &ui.into_messages().collect::<Vec<_>>()[..] else { panic!("one message") };
    let action = state.update(message.clone(), &desk);
    assert!(matches!(&action, Action::Deliver(passes) if *passes == ["streaming", "cd"]), "{action:?}");
    state.update(Message::Tick("streaming".into()), &desk);
    let action = state.update(Message::Render, &desk);
    assert!(matches!(&action, Action::Deliver(passes) if *passes == ["cd"]), "{action:?}");
    state.update(Message::Tick("cd".into()), &desk);
    assert!(matches!(state.update(Message::Render, &desk), Action::None));
}

#[test]
fn nothing_is_rendered_while_a_delivery_runs_but_it_can_be_stopped() {
    let mut desk = album(Layout::Large);
    delivered(&mut desk);
    let state = State::default();
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    ui.click("Render selected (2)").expect("the key");
    ui.click("Cancel").expect("the key");
    let messages: Vec<_> = ui.into_messages().collect();
    assert!(matches!(messages[..], [Message::Cancel]), "{messages:?}");
}

#[test]
fn figures_are_those_of_the_files_and_the_gravest_check_comes_first() {
    let mut desk = album(Layout::Large);
    delivered(&mut desk);
    let DeliveryState::Done(delivery) = desk.delivery("streaming") else { panic!("delivered") };
    let figures = figures::Figures::of(delivery);
    assert_eq!((figures.integrated_lufs, figures.true_peak_dbtp), (Some(-12.3), Some(-0.94)));
    let order: Vec<_> = figures::by_gravity(&delivery.verdicts).iter().map(|check| check.check.as_str()).collect();
    assert_eq!(order, ["isrc", "true_peak", "silence_tail"]);
    assert_eq!(figures::passed(&delivery.verdicts), (1, 3));
}

#[test]
fn a_check_leads_to_its_song() {
    let mut desk = album(Layout::Large);
    delivered(&mut desk);
    let mut state = State::default();
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    ui.click("True peak").expect("the check");
    let [message] = &ui.into_messages().collect::<Vec<_>>()[..] else { panic!("one message") };
    let Action::Batch(steps) = state.update(message.clone(), &desk) else { panic!("several steps") };
    let plan = desk.plan.as_ref().expect("a plan");
    let start = plan.to_delivered(plan.songs[1].start);
    assert!(
        matches!(&steps[..], [Action::Select(song), Action::Seek(frame), Action::Goto(Page::Session)]
        if song == "s2" && *frame == start),
        "{steps:?}"
    );
}

#[test]
fn the_specification_says_what_is_made() {
    assert!(figures::specification(&Pass::streaming()).contains("24 bit"));
    assert!(figures::specification(&Pass::cd()).starts_with("44.1 kHz, 16 bit"));
}
