use std::sync::Arc;

use lacquer_engine::analysis::spectrum::Point;
use lacquer_engine::render::{Scope as Heard, SlotMeter};
use lacquer_engine::session::History;
use lacquer_engine::survey::SongSpectrum;
use lacquer_engine::unit::{Db, Frames, Hertz, Lu, Lufs};

use super::*;
use crate::desk::SpectrumOf;
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

fn value(desk: &Desk, stage: &str, parameter: &str) -> f64 {
    Bench::new(desk, false).address(stage, None, parameter).value(desk.session()).expect("a value")
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
        for processor in ["multiband", "deesser", "saturation", "clipper", "stereo"] {
            let (edit, _) = Edit::add_stage(&desk.document, None, &Scope::Album, processor, None).expect("a stage");
            desk.document.apply(edit).expect("a stage");
        }
        crate::screen::specimen::heard(&mut desk);
        state.tick(&desk);
        for stage in
            ["eq1", "compressor1", "limiter1", "gain1", "multiband1", "deesser1", "saturation1", "clipper1", "stereo1"]
        {
            state.update(Message::Select(stage.into()), &desk);
            Picture::of(&mut simulate(state.view(&desk), room(layout)), &format!("chain-{stage}-{layout:?}"));
        }
        state.update(Message::WayOut, &desk);
        Picture::of(&mut simulate(state.view(&desk), room(layout)), &format!("chain-way-out-{layout:?}"));
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

/// The album's chain with one more stage of a processor at its end.
fn with(processor: &str) -> (Desk, State) {
    let mut desk = album(Layout::Large);
    let (edit, id) = Edit::add_stage(&desk.document, None, &Scope::Album, processor, None).expect("a stage");
    desk.document.apply(edit).expect("a stage");
    crate::screen::specimen::heard(&mut desk);
    let mut state = State::default();
    state.tick(&desk);
    state.update(Message::Select(id), &desk);
    (desk, state)
}

fn pressed(state: &State, desk: &Desk, word: &str) -> Message {
    let mut ui = simulate(state.view(desk), room(Layout::Large));
    ui.click(word).unwrap_or_else(|error| panic!("{word}: {error:?}"));
    let mut messages = ui.into_messages();
    messages.next().unwrap_or_else(|| panic!("{word} says nothing"))
}

#[test]
fn a_choice_of_a_curve_bends_another_wave() {
    let (mut desk, mut state) = with("saturation");
    let message = pressed(&state, &desk, "iron");
    let action = state.update(message, &desk);
    apply(&mut desk, action);
    let value = Bench::new(&desk, false).address("saturation1", None, "curve").value(desk.session());
    assert_eq!(value, Ok(4.0));
    for fact in ["Second harmonic", "Third harmonic", "At full scale"] {
        simulate(state.view(&desk), room(Layout::Large)).find(fact).expect("a fact");
    }
}

#[test]
fn the_clipper_tells_what_it_took_in_ten_seconds() {
    let (desk, state) = with("clipper");
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    for fact in ["GR now", "GR max", "Clipped moments, 10 s"] {
        ui.find(fact).expect("a fact");
    }
}

#[test]
fn bands_of_a_multiband_are_chosen_soloed_and_taken_away() {
    let (mut desk, mut state) = with("multiband");
    let rows = |desk: &Desk| Bench::new(desk, false).stage("multiband1").map_or(0, |stage| stage.rows.len());
    let before = rows(&desk);
    let second = Bench::new(&desk, false).stage("multiband1").map(|stage| stage.rows[1].id.clone()).expect("a band");
    state.update(Message::Band(second.clone()), &desk);
    let message = pressed(&state, &desk, "Divide band");
    let action = state.update(message, &desk);
    apply(&mut desk, action);
    assert_eq!(rows(&desk), before + 1);
    let stage = Bench::new(&desk, false).stage("multiband1").expect("the stage").clone();
    assert_eq!(stage.rows[2].id, second, "its lower part comes before it");
    let values = stage.resolve().0.expect("values");
    let edges: Vec<f64> = values.rows("band").map(|row| row.get("frequency")).collect();
    assert!(edges[0] < edges[1], "{edges:?}");
    crate::screen::specimen::heard(&mut desk);
    let message = pressed(&state, &desk, "Solo");
    let action = state.update(message, &desk);
    let band = lacquer_engine::chain::Listen::Band(0);
    assert!(matches!(action, Action::Listen { slot: 4, what, .. } if what == band), "{action:?}");
}

#[test]
fn the_deesser_is_heard_by_its_band() {
    let (desk, mut state) = with("deesser");
    let message = pressed(&state, &desk, "Hear delta");
    let action = state.update(message, &desk);
    let change = lacquer_engine::chain::Listen::Change(0);
    assert!(matches!(action, Action::Listen { slot: 4, what, .. } if what == change), "{action:?}");
}

#[test]
fn the_way_out_stands_behind_the_album_and_sets_the_dither_of_the_heard_pass() {
    let mut desk = album(Layout::Large);
    let mut state = State::default();
    let message = pressed(&state, &desk, "Way out");
    state.update(message, &desk);
    let message = pressed(&state, &desk, "strong");
    let action = state.update(message, &desk);
    apply(&mut desk, action);
    let dither = desk.heard().map(|pass| pass.dither);
    assert_eq!(dither, Some(lacquer_engine::dsp::dither::Dither::ShapedStrong));
    state.update(Message::OfSong(true), &desk);
    assert!(simulate(state.view(&desk), room(Layout::Large)).find("Way out").is_err(), "a song has none");
}

#[test]
fn a_report_is_asked_for_measured_and_known_to_be_old() {
    let mut desk = album(Layout::Large);
    let mut state = State::default();
    state.update(Message::Select("eq1".into()), &desk);
    state.update(Message::Clarity(Clarity::OfStage), &desk);
    let mut ui = simulate(state.view(&desk), room(Layout::Large));
    ui.find("Not measured").expect("said");
    drop(ui);
    let message = pressed(&state, &desk, "Measure");
    let Action::Transparency(subject) = state.update(message, &desk) else { panic!("no order") };
    assert_eq!(subject, crate::desk::Subject { chain: Scope::Album, stage: Some("eq1".into()) });
    desk.measuring = Some((subject.clone(), 0.4));
    let message = pressed(&state, &desk, "Cancel");
    assert!(matches!(state.update(message, &desk), Action::CancelTransparency));
    desk.measuring = None;
    desk.reports.push(report(&desk, subject));
    simulate(state.view(&desk), room(Layout::Large)).find("THD+N, 997 Hz").expect("a figure");
    Picture::of(&mut simulate(state.view(&desk), room(Layout::Large)), "chain-transparency");
    let (subject, current) =
        (desk.reports[0].subject.clone(), |desk: &Desk, subject| desk.transparency(subject).map(|known| known.1));
    assert_eq!(current(&desk, &subject), Some(true));
    let gain = bands(&desk)[1].clone();
    let action = Bench::new(&desk, false).set("eq1", Some(&gain), "gain", 3.0);
    apply(&mut desk, action);
    crate::screen::specimen::heard(&mut desk);
    assert_eq!(current(&desk, &subject), Some(false), "the settings have changed");
}

fn report(desk: &Desk, subject: crate::desk::Subject) -> crate::desk::TransparencyReport {
    use lacquer_engine::chain::transparency::{Point, Transparency};
    use lacquer_engine::unit::{Db, Frames, Hertz};
    let point = |place: i32| {
        let hz = 20.0 * libm::pow(1000.0, f64::from(place) / 60.0);
        Point {
            hz: Hertz(hz),
            gain_db: Db(libm::sin(f64::from(place) / 9.0)),
            phase_degrees: f64::from(place % 30) - 15.0,
        }
    };
    let plan = desk.plan.as_ref().expect("a plan");
    let mark = crate::desk::settings_mark(plan, &desk.stages(&subject).expect("stages"));
    let figures = Transparency {
        level_dbfs: Db(-6.0),
        untouched: false,
        latency_frames: Frames(0),
        response: (0..=60).map(point).collect(),
        side_response: (0..=60).map(point).collect(),
        thd_n_db: Some(Db(-152.3)),
        harmonics_db: vec![Some(Db(-60.0)), None, Some(Db(-90.0)), None, None, None, None, None],
        imd_smpte_db: None,
        imd_difference_db: Some(Db(-140.0)),
        alias_db: None,
        noise_dbfs: Some(Db(-300.0)),
        silent: true,
    };
    crate::desk::TransparencyReport { subject, mark, figures }
}

#[test]
fn a_slot_is_dragged_to_another_place() {
    let mut desk = album(Layout::Large);
    let mut state = State::default();
    let messages: Vec<Message> = {
        let mut ui = simulate(state.view(&desk), room(Layout::Large));
        let at = |ui: &mut iced_test::Simulator<'_, Message, crate::theme::Theme>, word: &str| {
            let found = ui.find(word).expect("a slot").bounds();
            iced::Point::new(found.x + 4.0, found.y + 4.0)
        };
        let (from, to) = (at(&mut ui, "Gain"), at(&mut ui, "Compressor"));
        let mouse = |event| iced::Event::Mouse(event);
        ui.point_at(from);
        ui.simulate([mouse(iced::mouse::Event::ButtonPressed(iced::mouse::Button::Left))]);
        let beyond = iced::Point::new(to.x + 90.0, to.y);
        for position in [to, beyond] {
            ui.point_at(position);
            ui.simulate([mouse(iced::mouse::Event::CursorMoved { position })]);
        }
        ui.simulate([mouse(iced::mouse::Event::ButtonReleased(iced::mouse::Button::Left))]);
        ui.into_messages().collect()
    };
    let [Message::Drag(0, 2)] = &messages[..] else { panic!("{messages:?}") };
    let action = state.update(messages[0].clone(), &desk);
    apply(&mut desk, action);
    let order: Vec<_> = Bench::new(&desk, false).stages.iter().map(|stage| stage.id.clone()).collect();
    assert_eq!(order, ["eq1", "compressor1", "gain1", "limiter1"]);
}

#[test]
fn the_average_is_held_behind_the_graph_and_let_go() {
    let desk = album(Layout::Large);
    let mut state = State::default();
    state.update(Message::Select("eq1".into()), &desk);
    for (reference, held) in [(Reference::Held, true), (Reference::Nothing, false)] {
        state.update(Message::Refer(reference), &desk);
        assert_eq!(state.reference_trace(&desk).hz.is_empty(), !held);
    }
}

#[test]
fn another_song_stands_behind_the_graph_as_loud_as_this_one() {
    let mut desk = album(Layout::Large);
    let mut state = State::default();
    let other = desk.plan.as_ref().unwrap().songs[1].id.clone();
    let of = SpectrumOf { song: other, processed: true };
    let reference = Reference::Song { of: of.clone(), name: "Slow Water".into() };
    let action = state.update(Message::Refer(reference), &desk);
    assert!(matches!(action, Action::Spectrum(asked) if asked == of));
    assert!(state.reference_trace(&desk).hz.is_empty());
    let own = desk.known(&desk.selected_song().unwrap().id).unwrap().processed.measurement.integrated_lufs.unwrap();
    let mean = vec![Point { frequency: Hertz(1000.0), level: Db(-30.0) }];
    desk.spectra.push((of, Arc::new(SongSpectrum { mean, integrated: Some(Lufs(own.0 - 4.0)) })));
    assert_eq!(&state.reference_trace(&desk).db[..], [-26.0]);
}

#[test]
fn makeup_takes_back_what_was_measured_in_one_step() {
    let mut desk = album(Layout::Large);
    let mut state = State::default();
    state.update(Message::Select("compressor1".into()), &desk);
    // What was measured with other settings counts for nothing.
    assert!(matches!(state.update(Message::Neutral("compressor1".into()), &desk), Action::Say(_)));
    let meter = SlotMeter {
        input_peak: Db(-1.0),
        output_peak: Db(-4.0),
        input: Some(Lufs(-14.0)),
        output: Some(Lufs(-16.5)),
        change: Some(Lu(-2.5)),
        latency: Frames(0),
        load: 0.01,
    };
    desk.slots.retain(|(_, id, _)| id != "compressor1");
    desk.slots.push((Scope::Album, "compressor1".into(), meter));
    desk.slots_of = desk.plan.clone();
    let before = value(&desk, "compressor1", "makeup");
    let message = pressed(&state, &desk, "Match now");
    let action = state.update(message, &desk);
    apply(&mut desk, action);
    assert!((value(&desk, "compressor1", "makeup") - before - 2.5).abs() < 0.006);
}
