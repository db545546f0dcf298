use std::time::Instant;

use lacquer_engine::analysis::finding::{Finding, State as Decided};
use lacquer_engine::qc::inspect::Inspection;
use lacquer_engine::unit::{Frames, SampleRate};

use super::*;
use crate::desk::quality::{Near, Shown};
use crate::screen::specimen::{album, empty, room};
use crate::widget::specimen::{Picture, simulate};

const RATE: SampleRate = SampleRate(44_100);

fn finding(kind: Kind, severity: Severity, start: u64, length: u64) -> Finding {
    Finding::new(kind, severity, Frames(start), Frames(start + length), RATE)
}

fn inspect(desk: &mut Desk, source: &str, findings: Vec<Finding>) {
    let frames = Frames(6 * 44_100);
    let inspection =
        Inspection { findings, verdicts: vec![], damage: None, frames, rate: RATE, integrated: None, brightness: None };
    desk.quality.inspections.insert(source.into(), Ok(Arc::new(inspection)));
    let session = desk.document.snapshot();
    desk.quality.follow(&session, true);
}

/// An album with a click in the first song and an over in the second; ISRCs and UPC are missing.
fn checked(layout: Layout) -> Desk {
    let mut desk = album(layout);
    let click = finding(Kind::Click, Severity::Fail, 44_100, 12).in_channel(0);
    inspect(&mut desk, "a1", vec![click.measuring(0.98, Some(0.75), "probability")]);
    let over = finding(Kind::TruePeakOver, Severity::Warn, 88_200, 40).in_channel(1);
    inspect(&mut desk, "a2", vec![over.measuring(0.31, Some(0.0), "dBTP")]);
    desk
}

fn apply(desk: &mut Desk, state: &mut State, action: Action) {
    match action {
        Action::Batch(actions) => actions.into_iter().for_each(|action| apply(desk, state, action)),
        Action::Edit(edit) => drop(desk.document.apply(edit).expect("an edit that fits")),
        Action::LookAt(place) => desk.quality.close_up = place.map(|place| Shown { place: *place, read: None }),
        Action::DecideAs(name) => desk.quality.by = name,
        _ => {}
    }
    let session = desk.document.snapshot();
    desk.quality.follow(&session, false);
    state.follow(desk);
}

fn send(desk: &mut Desk, state: &mut State, message: Message) {
    let action = state.update(message, desk);
    apply(desk, state, action);
}

fn page(desk: &Desk) -> State {
    let mut state = State::default();
    state.follow(desk);
    state
}

/// What a place of the click looks like, without a file.
fn near() -> Near {
    struct Memory;
    impl lacquer_engine::source::Reader for Memory {
        fn rate(&self) -> SampleRate {
            RATE
        }
        fn layout(&self) -> lacquer_engine::audio::Layout {
            lacquer_engine::audio::Layout::Stereo
        }
        fn frames(&self) -> Frames {
            Frames(6 * 44_100)
        }
        fn read(
            &mut self,
            start: u64,
            out: &mut lacquer_engine::audio::Block,
        ) -> Result<(), lacquer_engine::source::Error> {
            for channel in 0..2 {
                for (index, sample) in out.channel_mut(channel).iter_mut().enumerate() {
                    let frame = start + index as u64;
                    let fault = if channel == 0 && (44_100..44_112).contains(&frame) { 0.5 } else { 0.0 };
                    *sample = 0.1 * libm::sin(frame as f64 * 0.05) + fault * libm::cos(frame as f64 * 2.0);
                }
            }
            Ok(())
        }
    }
    let read = |half: f64| {
        lacquer_engine::qc::close_up::CloseUp::read(
            &mut Memory,
            Seconds(1.0),
            Seconds(1.0003),
            Some(Seconds(half)),
            None,
        )
    };
    Near { before: read(0.001).expect("a place"), after: None }
}

#[test]
fn the_page_stands_in_both_layouts() {
    for layout in [Layout::Large, Layout::Small] {
        let desk = empty(layout);
        let state = page(&desk);
        Picture::of(&mut simulate(state.view(&desk), room(layout)), &format!("qc-empty-{layout:?}"));
        let mut desk = checked(layout);
        let mut state = page(&desk);
        let id = state.rows.all[0].id.clone();
        send(&mut desk, &mut state, Message::Select(id));
        desk.quality.close_up.as_mut().expect("a place").read = Some(Ok(Arc::new(near())));
        state.show(&desk);
        for panel in [Panel::Checks, Panel::Repairs, Panel::Limits, Panel::Close] {
            send(&mut desk, &mut state, Message::Panel(panel));
            Picture::of(&mut simulate(state.view(&desk), room(layout)), &format!("qc-{panel:?}-{layout:?}"));
        }
        send(&mut desk, &mut state, Message::Waive);
        Picture::of(&mut simulate(state.view(&desk), room(layout)), &format!("qc-waive-{layout:?}"));
    }
}

#[test]
fn errors_come_first_and_a_head_sorts() {
    let mut desk = checked(Layout::Large);
    let mut state = page(&desk);
    let kinds = |state: &State| state.rows.shown.iter().map(|index| state.rows.all[*index].kind).collect::<Vec<_>>();
    let texts = [Kind::MissingMetadata; 3];
    assert_eq!(kinds(&state)[0], Kind::Click);
    assert_eq!(kinds(&state).len(), 2 + texts.len());
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    ui.click("Check").expect("the head");
    let messages: Vec<_> = ui.into_messages().collect();
    assert!(matches!(messages[..], [Message::Sort(Column::Check)]), "{messages:?}");
    send(&mut desk, &mut state, messages[0].clone());
    assert_eq!(kinds(&state).last(), Some(&Kind::TruePeakOver));
    send(&mut desk, &mut state, Message::Sort(Column::Check));
    assert_eq!(kinds(&state).first(), Some(&Kind::TruePeakOver), "the other way round");
    send(&mut desk, &mut state, Message::Severity(Severity::Warn));
    assert_eq!(kinds(&state), [Kind::Click]);
    send(&mut desk, &mut state, Message::Severity(Severity::Warn));
    send(&mut desk, &mut state, Message::Song(Some("s2".into())));
    assert_eq!(kinds(&state).len(), 2, "the over and the missing ISRC");
}

#[test]
fn a_press_on_a_row_goes_to_its_place() {
    let mut desk = checked(Layout::Large);
    let mut state = page(&desk);
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    ui.click("Click, left").expect("the row");
    let messages: Vec<_> = ui.into_messages().collect();
    let action = state.update(messages[0].clone(), &desk);
    let Action::Batch(steps) = &action else { panic!("{action:?}") };
    assert!(steps.iter().any(|step| matches!(step, Action::Seek(44_100))), "{steps:?}");
    assert!(steps.iter().any(|step| matches!(step, Action::Select(song) if song == "s1")));
    apply(&mut desk, &mut state, action);
    send(&mut desk, &mut state, Message::Step(1));
    assert_ne!(state.row().map(|row| row.kind), Some(Kind::Click), "the next one");
    send(&mut desk, &mut state, Message::Step(-1));
    assert_eq!(state.row().map(|row| row.kind), Some(Kind::Click));
    let Action::Batch(steps) = state.update(Message::Listen, &desk) else { panic!() };
    assert!(matches!(steps[..], [Action::Loop(Some((0, _))), Action::Seek(0), Action::Play]), "{steps:?}");
}

#[test]
fn a_waiver_asks_for_a_reason_and_is_one_step() {
    let mut desk = checked(Layout::Large);
    let mut state = page(&desk);
    send(&mut desk, &mut state, Message::Step(1));
    assert!(matches!(state.update(Message::Waive, &desk), Action::Focus(REASON)));
    send(&mut desk, &mut state, Message::Accept);
    assert!(state.is_waiving() && desk.session().ledger.is_empty(), "without a reason nothing is waived");
    for message in [Message::By("C. M.".into()), Message::Reason("wide pad".into()), Message::Accept] {
        send(&mut desk, &mut state, message);
    }
    let [entry] = &desk.session().ledger[..] else { panic!("one entry") };
    assert_eq!((entry.decision(), entry.reason.as_str(), entry.by.as_str()), (Decided::Waived, "wide pad", "C. M."));
    assert_eq!((desk.quality.tally.errors, desk.quality.tally.waived), (0, 1));
    assert_eq!(state.row().map(|row| row.state), Some(Decided::Waived));
    desk.document.undo().expect("a step");
    apply(&mut desk, &mut state, Action::None);
    assert_eq!(desk.quality.tally.errors, 1);
    send(&mut desk, &mut state, Message::Fixed);
    assert_eq!(desk.quality.tally.fixed, 1);
    send(&mut desk, &mut state, Message::Open);
    assert_eq!((desk.quality.tally.fixed, desk.quality.tally.errors), (0, 1));
}

#[test]
fn a_repair_answers_its_finding_and_goes_again() {
    let mut desk = checked(Layout::Large);
    let mut state = page(&desk);
    send(&mut desk, &mut state, Message::Step(1));
    let before = desk.document.history().depth();
    send(&mut desk, &mut state, Message::Repair);
    let source = desk.session().source("a1").expect("the source").clone();
    let [repair] = &source.repairs[..] else { panic!("one repair") };
    assert_eq!(Some(&repair.finding), state.selected.as_ref());
    assert_eq!((desk.document.history().depth(), desk.quality.tally.fixed), (before + 1, 1));
    assert!(state.row().is_some_and(|row| row.repaired));
    send(&mut desk, &mut state, Message::SwitchRepair);
    assert!(desk.session().source("a1").expect("the source").repairs[0].off);
    send(&mut desk, &mut state, Message::Remove("a1".into(), repair.id.clone()));
    assert!(desk.session().source("a1").expect("the source").repairs.is_empty());
    assert_eq!((desk.quality.tally.fixed, desk.quality.tally.errors), (0, 1), "and it is open again");
}

#[test]
fn limits_are_the_albums_own_until_they_are_emptied() {
    let mut desk = checked(Layout::Large);
    let mut state = page(&desk);
    send(&mut desk, &mut state, Message::Limit("click-warn".into(), Some(0.9)));
    assert_eq!(desk.session().quality.limits.get("click-warn"), Some(&0.9));
    send(&mut desk, &mut state, Message::Limit("click-warn".into(), None));
    assert!(desk.session().quality.limits.is_empty());
    send(&mut desk, &mut state, Message::Record);
    assert_eq!(desk.session().ledger.len(), desk.quality.entries.len());
}

#[test]
fn ten_thousand_findings_lay_out_only_what_is_seen() {
    let mut desk = album(Layout::Large);
    let crowd = (0..10_000u64)
        .map(|place| finding(Kind::Click, Severity::Warn, place * 26, 3).in_channel((place % 2) as usize));
    inspect(&mut desk, "a1", crowd.collect());
    let start = Instant::now();
    let mut state = page(&desk);
    let made = start.elapsed();
    send(&mut desk, &mut state, Message::Scrolled(40.0 * 5_000.0, 700.0));
    let start = Instant::now();
    for _ in 0..20 {
        drop(state.view(&desk));
    }
    let viewed = start.elapsed() / 20;
    // Generous for a machine at work: at rest it is some milliseconds each.
    assert!(made.as_secs() < 10 && viewed.as_millis() < 500, "made in {made:?}, viewed in {viewed:?}");
    for _ in 0..3 {
        send(&mut desk, &mut state, Message::Step(-1));
    }
    assert!(state.offset > 40.0 * 9_000.0, "the last rows are in view: {}", state.offset);
}
