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
    assert!(
        matches!(&action, Action::Deliver { passes, fresh: false, codecs: false, check_only: false } if *passes == ["streaming", "cd"]),
        "{action:?}"
    );
    state.update(Message::Tick("streaming".into()), &desk);
    let action = state.update(Message::Render, &desk);
    assert!(
        matches!(&action, Action::Deliver { passes, fresh: false, codecs: false, check_only: false } if *passes == ["cd"]),
        "{action:?}"
    );
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
    state.update(message.clone(), &desk);
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    ui.click("Jump and loop").expect("the key");
    let [message] = &ui.into_messages().collect::<Vec<_>>()[..] else { panic!("one message") };
    let Action::Batch(steps) = state.update(message.clone(), &desk) else { panic!("several steps") };
    let plan = desk.plan.as_ref().expect("a plan");
    let moment = plan.to_delivered(plan.songs[1].start) + (2.0 * plan.delivered.hz()) as u64;
    let [Action::Select(song), Action::Loop(Some((from, to))), Action::Seek(at), Action::Play] = &steps[..] else {
        panic!("{steps:?}")
    };
    assert!(song == "s2" && *from < moment && moment < *to && at == from, "{steps:?}");
    let fix = simulate(state.view(&desk), room(Layout::Large)).find("Set this ceiling").is_ok();
    assert!(fix, "a ceiling would fix it");
}

#[test]
fn a_waiting_pass_can_be_brought_forward_held_and_taken_out() {
    let mut desk = album(Layout::Large);
    delivered(&mut desk);
    let mut state = State::default();
    assert!(matches!(state.update(Message::Hold(true), &desk), Action::HoldDelivery(true)));
    assert!(matches!(state.update(Message::Stop("cd".into()), &desk), Action::CancelPass(pass) if pass == "cd"));
    desk.delivery_held = true;
    assert!(simulate(state.view(&desk), room(Layout::Large)).find("Resume").is_ok());
}

#[test]
fn every_view_stands_beside_the_queue() {
    for layout in [Layout::Large, Layout::Small] {
        let mut desk = album(layout);
        delivered(&mut desk);
        for view in [View::Songs, View::Coders, View::Playback, View::Marks, View::Texts, View::Names, View::Tags] {
            for pass in ["streaming", "cd"] {
                let mut state = State::default();
                state.update(Message::Show(view), &desk);
                state.update(Message::Select(pass.into()), &desk);
                let name = format!("deliver-{view:?}-{pass}-{layout:?}").to_lowercase();
                Picture::of(&mut simulate(state.view(&desk), room(layout)), &name);
            }
        }
    }
}

#[test]
fn the_specification_says_what_is_made() {
    assert!(figures::specification(&Pass::streaming()).contains("24 bit"));
    assert!(figures::specification(&Pass::cd()).starts_with("44.1 kHz, 16 bit"));
}

#[test]
fn a_failing_check_is_waived_with_a_reason_and_opened_again() {
    let mut desk = album(Layout::Large);
    delivered(&mut desk);
    let mut state = State::default();
    // The gravest comes first: the missing ISRC.
    assert!(matches!(state.update(Message::Waive("  ".into()), &desk), Action::Say(_)));
    let Action::Batch(steps) = state.update(Message::Waive("it gets one later".into()), &desk) else { panic!() };
    let [Action::Edit(edit), Action::Say(_)] = &steps[..] else { panic!("{steps:?}") };
    desk.document.apply(edit.clone()).expect("taken");
    let entry = desk.session().ledger.first().expect("the waiver");
    assert_eq!((entry.decision(), entry.reason.as_str()), (Decided::Waived, "it gets one later"));
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    ui.find("Waived: it gets one later").expect("it is told");
    ui.click("Open again").expect("the key");
    let [message] = &ui.into_messages().collect::<Vec<_>>()[..] else { panic!("one message") };
    let Action::Batch(steps) = state.update(message.clone(), &desk) else { panic!("an edit") };
    let [Action::Edit(edit), ..] = &steps[..] else { panic!("{steps:?}") };
    desk.document.apply(edit.clone()).expect("taken");
    assert_eq!(desk.session().ledger.first().map(|entry| entry.decision()), Some(Decided::Open));
}

#[test]
fn a_check_writes_nothing() {
    let desk = album(Layout::Large);
    let mut state = State::default();
    let action = state.update(Message::CheckOnly, &desk);
    assert!(matches!(action, Action::Deliver { check_only: true, .. }), "{action:?}");
}
