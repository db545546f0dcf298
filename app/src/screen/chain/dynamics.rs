//! The pages of the compressor and the limiter: picture, knobs, and what they did.

use iced::widget::{button, column, container, row, rule};
use iced::{Alignment, Length};
use lacquer_engine::analysis::measure::Measurement;
use lacquer_engine::chain::compressor;
use lacquer_engine::param::{Kind, Values};
use lacquer_engine::profile::Platform;
use lacquer_engine::session::{Scope, StageSettings};
use lacquer_engine::unit::{Dbtp, Lufs, Seconds};

use super::bench::Bench;
use super::frame::{self, Frame};
use super::trail::{self, Span, Trail};
use super::{Message, Place, panel};
use crate::desk::Action;
use crate::theme::{Element, font, key as look};
use crate::widget::history::{self, Limiting};
use crate::widget::transfer::{self, Transfer};
use crate::widget::{Layout, gain_reduction, key, number, segment, text};

/// Keys and content of a page.
pub type Page<'a> = (Vec<Element<'a, Message>>, Element<'a, Message>);

/// Depth of the compressor's reduction scale, dB.
const DEPTH_DB: f64 = 12.0;
/// Height of the limiter's knobs and facts in the large place, px: the picture has the rest.
const LOWER: f32 = 220.0;
/// Lower edge of the strip, dB.
const STRIP_DB: f32 = -5.0;
/// Points of the transfer curve: one a dB.
const CURVE_POINTS: usize = 61;
/// Parameters that stand in the header as segments.
const IN_HEADER: [&str; 3] = ["works", "detection", "channel"];

/// The same, and the parameters that only the large place has room for.
const MAIN_ONLY: [&str; 10] = [
    "works",
    "detection",
    "channel",
    "auto_release",
    "look_ahead",
    "high_pass",
    "high_pass_frequency",
    "tilt",
    "link",
    "range",
];

/// The compressor.
pub fn compressor<'a>(
    bench: &Bench<'a>,
    stage: &'a StageSettings,
    values: &Values,
    trail: Option<&Trail>,
    place: Place,
) -> Page<'a> {
    let (now, deepest) = (trail.and_then(Trail::now_db), trail.and_then(Trail::deepest_db));
    let bar = gain_reduction::gain_reduction(now.unwrap_or(0.0), deepest.unwrap_or(0.0), DEPTH_DB, Length::Fill);
    let left_out = if place == Place::Main { &IN_HEADER[..] } else { &MAIN_ONLY[..] };
    let frame = Frame {
        curve: transfer::transfer(curve(bench, stage, values)),
        beside: Some(bar),
        beside_fills: false,
        facts: did(stage, now, deepest),
        controls: panel::controls(stage, values, left_out),
        strip: Some(frame::strip(trail, STRIP_DB)),
    };
    let mut keys = if place == Place::Main { matching(bench, stage) } else { Vec::new() };
    keys.extend(IN_HEADER.iter().filter_map(|id| header_segment(stage, values, id)));
    (keys, frame.view(place))
}

/// What the stage does to the loudness as it stands, and a key that takes it back with the makeup: in the header, where
/// the small window has room.
fn matching<'a>(bench: &Bench<'_>, stage: &StageSettings) -> Vec<Element<'a, Message>> {
    let change = bench.desk.current_slot(&bench.scope, &stage.id).and_then(|meter| meter.change);
    let told = change.map_or_else(|| number::DASH.into(), |change| number::change(change.0, 1));
    let press = change.map(|_| Message::Neutral(stage.id.clone()));
    let loudness = row![text::label("Loudness"), text::number(told, "LU", font::BODY)].spacing(8);
    vec![loudness.align_y(Alignment::Center).into(), key::key("Match now", press).into()]
}

/// The makeup that leaves the compressor as loud as what comes in, after what was measured of it.
pub fn neutral(bench: &Bench<'_>, id: &str) -> Action {
    let change = bench.desk.current_slot(&bench.scope, id).and_then(|meter| meter.change);
    let values = bench.stage(id).and_then(|stage| bench.values(stage));
    let Some((change, values)) = change.zip(values) else {
        return Action::Say("The stage is being measured; its makeup can be matched in a moment.".into());
    };
    let (makeup, mix) = (values.get("makeup"), values.get("mix"));
    let wanted = compressor::neutral_makeup(makeup, mix, change);
    // To the hundredth, as it is typed.
    bench.set(id, None, "makeup", (100.0 * wanted).round() / 100.0)
}

fn curve(bench: &Bench<'_>, stage: &StageSettings, values: &Values) -> Transfer {
    let floor = f64::from(transfer::FLOOR_DB);
    let level = |place: usize| floor - floor * place as f64 / (CURVE_POINTS - 1) as f64;
    let reading = bench.reading(&stage.id).filter(|_| bench.desk.status.playing);
    // The dot lies where the detector reads now, lowered by what is really taken off, and not on the steady curve.
    let dot = reading.and_then(|reading| {
        let drive = reading.drive_db?;
        Some((drive as f32, (drive + reading.gain_reduction_db + values.get("makeup")) as f32))
    });
    Transfer {
        curve: (0..CURVE_POINTS).map(|place| compressor::curve(values, level(place)) as f32).collect(),
        threshold_db: Some(values.get("threshold") as f32),
        dot,
    }
}

/// The word of a choice, where its id is not one.
fn face(id: &'static str) -> &'static str {
    match id {
        "full_scale" => "full scale",
        other => other,
    }
}

/// A choice as a segment for the header.
pub fn header_segment<'a>(stage: &'a StageSettings, values: &Values, id: &str) -> Option<Element<'a, Message>> {
    let (slot, spec) = values.table().find(id)?;
    let Kind::Choice(ids) = spec.kind else { return None };
    let part = super::Part::of(stage, None, spec);
    let options: Vec<(usize, &'static str)> = ids.iter().map(|id| face(id)).enumerate().collect();
    let now = values.at(slot).max(0.0) as usize;
    Some(segment::one_of(&options, now, move |index| {
        Message::Turn(part.clone(), crate::widget::knob::Turn::Released(index as f64))
    }))
}

/// Gain reduction now and at most; a press on the largest one forgets it.
pub fn did<'a>(stage: &StageSettings, now: Option<f64>, deepest: Option<f64>) -> Element<'a, Message> {
    let largest = text::readout("GR max", number::reading(deepest, 1), "dB", font::READOUT);
    let reset = button(largest).padding(0).style(look::bare).on_press(Message::ResetReduction(stage.id.clone()));
    column![text::readout("GR now", number::reading(now, 1), "dB", font::READOUT), reset].spacing(8).into()
}

/// The limiter.
pub fn limiter<'a>(
    bench: &Bench<'a>,
    stage: &'a StageSettings,
    values: &Values,
    trail: Option<&Trail>,
    place: Place,
    platforms: &[Platform],
    span: Span,
) -> Page<'a> {
    let now = trail.and_then(Trail::now_db);
    let deepest = trail.and_then(Trail::deepest_db);
    let delay =
        bench.desk.slot(&bench.scope, &stage.id).map_or(Seconds(0.0), |meter| meter.latency.seconds(bench.rate()));
    let nothing = Trail::default();
    let reach = trail.unwrap_or(&nothing).reach(span, bench.song_s());
    let picture = container(history::limiting(Limiting {
        moments: reach.moments,
        capacity: reach.capacity,
        span_s: reach.span_s,
        ceiling_db: values.get("ceiling") as f32,
        gain_db: values.get("gain") as f32,
        delay: trail::moments(delay.0) / reach.holds,
    }));
    let controls = panel::controls(stage, values, &["character"]);
    let facts = column![did(stage, now, deepest), rule::horizontal(1), output(bench, values, platforms)].spacing(8);
    let content = match (place, bench.desk.layout) {
        (Place::Main, Layout::Large) => {
            let lower = row![container(controls).width(Length::Fill), container(facts).width(288)].spacing(24);
            column![picture.height(Length::Fill), lower.height(LOWER)].spacing(12).into()
        }
        (Place::Main, Layout::Small) => {
            let lower = row![container(controls).width(Length::Fill), container(facts).width(264)].spacing(16);
            column![picture.height(Length::Fill), lower.height(LOWER)].spacing(8).into()
        }
        (Place::Side, _) => {
            column![picture.height(Length::Fill), controls, did(stage, now, deepest)].spacing(12).into()
        }
        (Place::Foot, _) => {
            let controls = container(controls).width(316).height(Length::Fill).clip(true);
            row![controls, picture.width(Length::Fill), container(facts).width(268)].spacing(16).into()
        }
    };
    let spans = [(Span::Ten, "10 s"), (Span::Sixty, "60 s"), (Span::Song, "song")];
    let mut keys: Vec<Element<'a, Message>> = character(stage, values).into_iter().collect();
    keys.push(segment::one_of(&spans, span, Message::Span));
    keys.push(unity(bench, stage, values));
    (keys, content)
}

/// The key that lowers what is heard by the gain that the limiter adds.
fn unity<'a>(bench: &Bench<'a>, stage: &StageSettings, values: &Values) -> Element<'a, Message> {
    let on = bench.desk.unity.as_ref().is_some_and(|(scope, id)| *scope == bench.scope && *id == stage.id);
    let adds = values.get("gain") != 0.0;
    key::key("Unity listen", (on || adds).then(|| Message::Unity(stage.id.clone()))).kind(key::Kind::Toggle(on)).into()
}

/// The character, as a list in the header.
fn character<'a>(stage: &'a StageSettings, values: &Values) -> Option<Element<'a, Message>> {
    let (slot, spec) = values.table().find("character")?;
    let Kind::Choice(ids) = spec.kind else { return None };
    Some(panel::drop_down(super::Part::of(stage, None, spec), ids, values.at(slot), 132.0))
}

/// What leaves, and what platforms do with it.
fn output<'a>(bench: &Bench<'_>, values: &Values, platforms: &[Platform]) -> Element<'a, Message> {
    let meters = &bench.desk.meters;
    let line = |name: &'static str, value, unit| text::readout(name, value, unit, font::LABEL);
    let overs = if meters.epoch == 0 { number::DASH.into() } else { meters.overs.to_string() };
    let peak = meters.true_peak_max.map(|(peak, _)| peak.0);
    let peak = peak.map_or_else(|| number::DASH.into(), |peak| number::judged(peak, values.get("ceiling"), 2));
    let mut list = column![
        line("Output, chain out", number::reading(meters.integrated.map(|lufs| lufs.0), 1), "LUFS"),
        line("True peak max", peak, "dBTP"),
        line("Overs above 0 dBTP", overs, ""),
    ]
    .spacing(6);
    let gains = playback(bench, platforms);
    if !gains.is_empty() {
        list = list.push(rule::horizontal(1)).push(text::label("Playback gain after normalisation"));
        for (name, gain) in gains {
            list = list.push(text::readout(name, number::change(gain, 1), "dB", font::LABEL));
        }
    }
    list.align_x(Alignment::Start).into()
}

/// The best-known platforms of the pass's profile and the gain they give the surveyed song or programme, dB.
fn playback(bench: &Bench<'_>, platforms: &[Platform]) -> Vec<(String, f64)> {
    let known = || {
        let survey = bench.desk.survey.as_ref()?;
        let peak = |measured: &Measurement| measured.true_peak_dbtp.map(|peak| peak.0);
        match &bench.scope {
            Scope::Album => {
                let peak = survey.measurements().filter_map(peak).reduce(f64::max)?;
                Some((survey.integrated?, Dbtp(peak)))
            }
            Scope::Song(id) => {
                let measured = &bench.desk.known(id)?.processed.measurement;
                Some((measured.integrated_lufs?, measured.true_peak_dbtp?))
            }
        }
    };
    let Some((loudness, peak)): Option<(Lufs, Dbtp)> = known() else { return Vec::new() };
    let gain = |platform: &Platform| Some((platform.name.clone(), platform.penalty(loudness, peak)?.gain_db.0));
    platforms.iter().filter_map(gain).take(2).collect()
}
