//! The equaliser's page: its graph over the live spectrum, the table of bands, the knobs of the selected one.

use std::collections::HashMap;
use std::sync::Arc;

use iced::widget::{column, container, mouse_area, row, scrollable, space, stack};
use iced::{Alignment, Length, Padding};
use lacquer_engine::analysis::spectrum::Point;
use lacquer_engine::chain::Listen;
use lacquer_engine::chain::eq::{Channel, band_response, response};
use lacquer_engine::param::{Kind, Row, Spec, Values, format_value};
use lacquer_engine::session::{Row as Stored, StageSettings};
use lacquer_engine::unit::{Hertz, SampleRate};

use super::bench::Bench;
use super::{Message, Part, Place, State, panel, reference};
use crate::desk::Action;
use crate::theme::plate::{self as ground, Meaning};
use crate::theme::{Element, icon};
use crate::widget::eq_curve::{self, Band, EqCurve, Event, Range};
use crate::widget::knob::{self, Turn};
use crate::widget::plot::Trace;
use crate::widget::table::{self, Column};
use crate::widget::{Layout, field, key, number, segment, text};

/// Frequency and gain of a band that the key adds.
pub const NEW_BAND: (f64, f64) = (1000.0, 0.0);
/// Points of every response.
const POINTS: usize = 320;
/// Width of the columns of numbers in the large and the small layout, px: the knobs stand beside them in the large one.
const NUMBERS: (f32, f32) = (88.0, 104.0);
/// Level at the upper edge of the analyser, dBFS.
pub(super) const ANALYSER_TOP_DB: f32 = 0.0;
/// Movements smaller than this are not drawn, dB.
const LEAST_MOVE_DB: f32 = 0.05;
/// Width of the plate with the knobs of a band, px.
const BAND_WIDTH: f32 = 340.0;
const CHANNELS: [Channel; 5] = [Channel::Stereo, Channel::Mid, Channel::Side, Channel::Left, Channel::Right];
const LETTERS: [Option<char>; 5] = [None, Some('M'), Some('S'), Some('L'), Some('R')];

/// The responses of an equaliser, made when a band changes and not for every picture.
#[derive(Debug, Clone)]
struct Curves {
    values: Values,
    rate: SampleRate,
    hz: Arc<[f32]>,
    /// All bands as heard on each channel.
    sums: [Arc<[f32]>; 5],
    bands: Vec<Arc<[f32]>>,
}

/// Responses by stage.
pub type Memory = HashMap<String, Arc<Remembered>>;

/// The responses of one stage.
#[derive(Debug)]
pub struct Remembered(Curves);

impl Curves {
    fn new(values: &Values, rate: SampleRate) -> Curves {
        let step = |place: usize| 20.0 * libm::pow(1000.0, place as f64 / (POINTS - 1) as f64);
        let hz: Vec<f64> = (0..POINTS).map(step).collect();
        Curves {
            sums: CHANNELS.map(|channel| narrow(response(values, &[], rate, &hz, channel))),
            bands: values
                .rows("band")
                .map(|band| narrow(band_response(values, &[], band.number(), rate, &hz)))
                .collect(),
            hz: hz.iter().map(|hz| *hz as f32).collect(),
            values: values.clone(),
            rate,
        }
    }

    fn are_of(&self, values: &Values, rate: SampleRate) -> bool {
        self.rate == rate && self.values == *values
    }
}

/// Nothing passes a notch: as low as a curve is drawn, dB.
const DEEPEST_DB: f64 = -120.0;

fn narrow(db: Vec<f64>) -> Arc<[f32]> {
    db.into_iter().map(|db| db.max(DEEPEST_DB) as f32).collect()
}

/// The responses of these stages: those that still hold are kept.
pub fn remember(known: &Memory, stages: &[&StageSettings], bench: &Bench<'_>) -> Memory {
    let rate = bench.rate();
    let of = |stage: &&StageSettings| {
        let values = bench.values(stage)?;
        let kept = known.get(&stage.id).filter(|curves| curves.0.are_of(&values, rate)).cloned();
        Some((stage.id.clone(), kept.unwrap_or_else(|| Arc::new(Remembered(Curves::new(&values, rate))))))
    };
    stages.iter().filter_map(of).collect()
}

/// The stored bands of a stage in order.
fn stored(stage: &StageSettings) -> impl Iterator<Item = &Stored> {
    stage.rows.iter().filter(|row| row.group == "band")
}

fn spec(id: &str) -> Option<&'static Spec> {
    lacquer_engine::chain::processor("eq")?.table.find_in_group("band", 0, id).map(|(_, spec)| spec)
}

/// The id of a band's type.
fn type_of(band: &Row<'_>) -> &'static str {
    let Some(Kind::Choice(types)) = spec("type").map(|spec| spec.kind) else { return "" };
    types.get(band.choice("type")).copied().unwrap_or_default()
}

fn has_gain(band: &Row<'_>) -> bool {
    matches!(type_of(band), "bell" | "low_shelf" | "high_shelf" | "tilt")
}

fn is_pass(band: &Row<'_>) -> bool {
    matches!(type_of(band), "high_pass" | "low_pass")
}

fn has_slope(band: &Row<'_>) -> bool {
    is_pass(band) || type_of(band).ends_with("shelf")
}

fn is_dynamic(band: &Row<'_>) -> bool {
    has_gain(band) && band.choice("dynamic") > 0
}

impl State {
    /// What a gesture on the graph means.
    pub(super) fn curve(&mut self, bench: &Bench<'_>, stage: &str, event: Event) -> Action {
        let Some(settings) = bench.stage(stage) else { return Action::None };
        match settings.processor.as_str() {
            "multiband" => return self.crossover(bench, settings, event),
            "deesser" => return self.sibilance(bench, settings, event),
            _ => {}
        }
        let bands: Vec<&Stored> = stored(settings).collect();
        let id = |band: usize| bands.get(band).map(|row| row.id.as_str());
        let put = |band: usize, parameter: &str, value: f64| {
            id(band).map_or(Action::None, |row| bench.set(stage, Some(row), parameter, value))
        };
        let get = |band: usize, parameter: &str| {
            let address = bench.address(stage, id(band), parameter);
            address.value(bench.desk.session()).unwrap_or(0.0)
        };
        match event {
            Event::Select(band) => self.band = band.and_then(id).map(str::to_string),
            Event::OpenMenu { band, .. } => self.band = id(band).map(str::to_string),
            Event::Create { frequency_hz, gain_db } => return self.add_band(bench, stage, (frequency_hz, gain_db)),
            Event::DragStarted(band) => self.band = id(band).map(str::to_string),
            Event::Dragged { band, frequency_hz, gain_db } => {
                let mut edits = vec![put(band, "frequency", frequency_hz)];
                // The first edit may have to make the table it writes to, or the pass's own chain: the gain follows with
                // the next movement.
                let known = !bench.inherits && bands.get(band).is_some_and(|row| !row.values.is_empty());
                if known && bands_have_gain(settings, band) {
                    edits.push(put(band, "gain", gain_db));
                }
                return self.gesture("Move band", Action::Batch(edits));
            }
            Event::DragEnded(_) => return self.end(Action::End),
            Event::DragCancelled(_) => return self.end(Action::Cancel),
            Event::Q { band, factor } => return put(band, "q", get(band, "q") * factor),
            Event::Nudge { band, frequency_factor, gain_db } => {
                if gain_db == 0.0 {
                    return put(band, "frequency", get(band, "frequency") * frequency_factor);
                }
                return put(band, "gain", get(band, "gain") + gain_db);
            }
            Event::ResetGain(band) => return put(band, "gain", 0.0),
            Event::Bypass(band) => return put(band, "on", 1.0 - get(band, "on")),
            Event::Solo(band) => return super::listen(bench, stage, Listen::Band(band)),
            Event::Listen(Some(probe)) => {
                let what = Listen::Region { frequency: Hertz(probe.frequency_hz), q: probe.q };
                return super::hear(bench, stage, what);
            }
            Event::Listen(None) => return super::hear(bench, stage, Listen::Output),
        }
        Action::None
    }

    /// Keys and content of the page.
    pub(super) fn equaliser<'a>(
        &'a self,
        bench: &Bench<'a>,
        stage: &'a StageSettings,
        values: &Values,
        place: Place,
    ) -> (Vec<Element<'a, Message>>, Element<'a, Message>) {
        let chosen = self.band.as_ref().and_then(|id| stored(stage).position(|row| row.id == *id));
        let graph = self.graph(bench, stage, values, chosen);
        if place != Place::Main {
            return (Vec::new(), graph);
        }
        let ranges = [(Range::Three, "3"), (Range::Six, "6"), (Range::Twelve, "12"), (Range::TwentyFour, "24")];
        let layout = bench.desk.layout;
        let mut keys = phase(stage, values, layout);
        keys.extend([
            key::key("Add band", Some(Message::AddBand(stage.id.clone()))).into(),
            reference::list(bench, &self.reference, layout.pick(168.0, 140.0)),
            text::label("± dB").into(),
            segment::one_of(&ranges, self.range, Message::Range),
        ]);
        let rows = stored(stage).count();
        let listened = bench.listened(&stage.id);
        let bands = bands(stage, values, chosen, listened, layout);
        // The table is as high as its bands, up to six; the graph gets the rest.
        let high = 25.0 + table::row_height(layout) * rows.clamp(1, 6) as f32;
        let lower: Element<'a, Message> = match (layout, chosen) {
            (Layout::Large, Some(band)) => {
                let knobs = container(knobs(stage, values, band)).width(BAND_WIDTH).height(132);
                row![container(bands).height(high.max(132.0)), knobs].spacing(16).into()
            }
            _ => container(bands).height(layout.pick(high.max(132.0), high)).into(),
        };
        let mut content = column![graph, lower].spacing(8);
        if let Some(band) = chosen {
            let moved =
                bench.reading(&stage.id).map_or(0.0, |reading| reading.bands_db.get(band).copied().unwrap_or(0.0));
            content = content.push(dynamics(stage, values, band, moved, listened));
        }
        (keys, content.into())
    }

    fn graph<'a>(
        &self,
        bench: &Bench<'a>,
        stage: &'a StageSettings,
        values: &Values,
        selected: Option<usize>,
    ) -> Element<'a, Message> {
        let rate = bench.rate();
        let known = self.curves.get(&stage.id).filter(|curves| curves.0.are_of(values, rate)).cloned();
        let curves = known.unwrap_or_else(|| Arc::new(Remembered(Curves::new(values, rate))));
        let Remembered(curves) = &*curves;
        let bands: Vec<Band> = values
            .rows("band")
            .zip(&curves.bands)
            .map(|(band, response)| Band {
                number: band.number() as u32 + 1,
                letter: LETTERS.get(band.choice("channel")).copied().flatten(),
                frequency_hz: band.get("frequency"),
                gain_db: has_gain(&band).then(|| band.get("gain")),
                q: band.get("q"),
                bypassed: stage.bypass || !band.is_on("on"),
                response: response.clone(),
            })
            .collect();
        let moved = bench.reading(&stage.id).map(|reading| reading.bands_db).unwrap_or_default();
        let moving = selected.filter(|band| {
            let dynamic = values.rows("band").nth(*band).is_some_and(|row| is_dynamic(&row));
            dynamic && moved.get(*band).is_some_and(|moved| moved.abs() >= LEAST_MOVE_DB)
        });
        let hz: Vec<f64> = curves.hz.iter().map(|hz| f64::from(*hz)).collect();
        let moving = moving.map(|band| narrow(band_response(values, &moved, band, rate, &hz)));
        let channel = selected.and_then(|band| values.rows("band").nth(band)).map_or(0, |band| band.choice("channel"));
        let meters = &bench.desk.meters;
        let data = EqCurve {
            hz: curves.hz.clone(),
            sum: curves.sums[channel.min(CHANNELS.len() - 1)].clone(),
            bands,
            selected,
            moving,
            range: self.range,
            now: trace(&meters.spectrum),
            average: trace(&meters.spectrum_average),
            reference: self.reference_trace(bench.desk),
            analyser_top_db: ANALYSER_TOP_DB,
            rate_hz: rate.hz() as f32,
        };
        let id = stage.id.clone();
        eq_curve::eq_curve(data, move |event| Message::Curve(id.clone(), event))
    }
}

/// A measured spectrum as a curve.
pub(super) fn trace(points: &[Point]) -> Trace {
    Trace {
        hz: points.iter().map(|point| point.frequency.0 as f32).collect(),
        db: points.iter().map(|point| point.level.0 as f32).collect(),
    }
}

fn bands_have_gain(stage: &StageSettings, band: usize) -> bool {
    stage.resolve().0.is_some_and(|values| values.rows("band").nth(band).is_some_and(|row| has_gain(&row)))
}

fn columns(layout: Layout) -> [Column<'static>; 9] {
    let wide = layout.pick(NUMBERS.0, NUMBERS.1);
    [
        Column::numbers("", 16.0),
        Column::words("On", Length::Fixed(28.0)),
        Column::words("Type", Length::Fixed(layout.pick(108.0, 128.0))),
        Column::numbers("Frequency", wide),
        Column::numbers("Gain", wide),
        Column::numbers("Q or slope", wide),
        Column::words("Channel", Length::Fixed(layout.pick(84.0, 104.0))),
        Column::words("", Length::Fixed(28.0)),
        Column::words("", Length::Fixed(28.0)),
    ]
}

fn bands<'a>(
    stage: &'a StageSettings,
    values: &Values,
    chosen: Option<usize>,
    listened: Listen,
    layout: Layout,
) -> Element<'a, Message> {
    let columns = columns(layout);
    let mut rows = column![];
    for (place, (stored, band)) in stored(stage).zip(values.rows("band")).enumerate() {
        let selected = (chosen == Some(place)).then_some(Meaning::A);
        let press = Message::Band(stored.id.clone());
        let cells = cells(stage, stored, &band, listened, layout);
        rows = rows.push(table::row(&columns, cells, table::row_height(layout), selected, Some(press)));
    }
    if values.rows("band").next().is_none() {
        rows = rows.push(container(text::hint("Double-click the graph to add a band")).padding(12));
    }
    column![table::head(&columns), scrollable(rows).height(Length::Fill)].width(Length::Fill).into()
}

fn cells<'a>(
    stage: &'a StageSettings,
    stored: &'a Stored,
    band: &Row<'_>,
    listened: Listen,
    layout: Layout,
) -> Vec<Element<'a, Message>> {
    let wide = layout.pick(NUMBERS.0, NUMBERS.1);
    let on = band.is_on("on");
    let part = |spec: &'static Spec| Part::of(stage, Some(&stored.id), spec);
    let number = |id: &str| -> Element<'a, Message> {
        let Some(spec) = spec(id) else { return space().into() };
        let part = part(spec);
        let value = band.get(id);
        let typed = field::of_spec(spec, value, wide, move |value| Message::Turn(part.clone(), Turn::Released(value)));
        match stored.automation.contains_key(id) {
            // The dot that automated parameters have in lists.
            true => stack![typed, container(text::label("\u{2022}")).padding([3, 5])].into(),
            false => typed.into(),
        }
    };
    let list = |id: &str, width: f32| -> Element<'a, Message> {
        match spec(id).map(|spec| (spec, spec.kind)) {
            Some((spec, Kind::Choice(ids))) => panel::drop_down(part(spec), ids, band.get(id), width),
            _ => space().into(),
        }
    };
    let lamp = container(space()).width(8).height(8).style(ground::lamp(Meaning::A, on));
    let lamp: Element<'a, Message> = match spec("on") {
        Some(spec) => {
            let press = Message::Turn(part(spec), Turn::Released(f64::from(u8::from(!on))));
            mouse_area(container(lamp).center_x(24).center_y(24)).on_press(press).into()
        }
        None => lamp.into(),
    };
    let none = || -> Element<'a, Message> { text::word2(number::DASH).into() };
    let gain = if has_gain(band) { number("gain") } else { none() };
    let sharpness = match type_of(band) {
        "tilt" => none(),
        _ if is_pass(band) => list("slope", wide),
        _ => number("q"),
    };
    let solo = Listen::Band(band.number());
    vec![
        text::mono((band.number() + 1).to_string(), crate::theme::font::BODY).into(),
        lamp,
        list("type", layout.pick(108.0, 128.0)),
        number("frequency"),
        gain,
        sharpness,
        list("channel", layout.pick(84.0, 104.0)),
        key::icon(icon::HEADPHONES, Some(Message::Listen(stage.id.clone(), solo)))
            .kind(if listened == solo { key::Kind::Lit(Meaning::Lit, true) } else { key::Kind::Bare })
            .height(24.0)
            .into(),
        key::icon(icon::X, Some(Message::RemoveBand(stage.id.clone(), stored.id.clone())))
            .kind(key::Kind::Bare)
            .height(24.0)
            .into(),
    ]
}

/// The knobs of the selected band.
fn knobs<'a>(stage: &'a StageSettings, values: &Values, band: usize) -> Element<'a, Message> {
    let Some((stored, row_values)) = stored(stage).zip(values.rows("band")).nth(band) else { return space().into() };
    let kind = spec("type").map_or_else(String::new, |spec| panel::spoken(&format_value(spec, row_values.get("type"))));
    let knob = |id: &str| -> Option<Element<'a, Message>> {
        let spec = spec(id)?;
        let part = Part::of(stage, Some(&stored.id), spec);
        let on = match id {
            "gain" => has_gain(&row_values),
            "q" => type_of(&row_values) != "tilt",
            _ => true,
        };
        let knob = knob::knob(spec, row_values.get(id), on, 100.0, move |turn| Message::Turn(part.clone(), turn));
        Some(panel::marked(knob, spec, stored.automation.contains_key(id)))
    };
    let mut title =
        row![text::title(format!("Band {}", band + 1)), text::label(kind)].spacing(12).align_y(Alignment::Center);
    if let Some((spec, Kind::Choice(ids))) =
        spec("slope").map(|spec| (spec, spec.kind)).filter(|_| has_slope(&row_values))
    {
        let slope = panel::drop_down(Part::of(stage, Some(&stored.id), spec), ids, row_values.get("slope"), 72.0);
        title = title.push(space::horizontal()).push(slope).push(text::label("dB/oct"));
    }
    let knobs = row(["frequency", "gain", "q"].into_iter().filter_map(knob)).spacing(8);
    container(column![title, knobs].spacing(8)).padding(Padding::from([8, 12])).into()
}

/// Phase, its amount and the kernel, and auto gain, for the header.
fn phase<'a>(stage: &'a StageSettings, values: &Values, layout: Layout) -> Vec<Element<'a, Message>> {
    let table = values.table();
    let part = |id: &str| table.find(id).map(|(_, spec)| (Part::of(stage, None, spec), spec));
    let mut keys: Vec<Element<'a, Message>> = Vec::new();
    let choice = values.choice("phase");
    let words = [(0, "Minimum"), (1, "Mixed"), (2, "Linear")];
    if let Some((part, _)) = part("phase") {
        keys.push(segment::one_of(&words, choice, move |index| {
            Message::Turn(part.clone(), Turn::Released(index as f64))
        }));
    }
    if let Some((part, spec)) = part("phase_amount").filter(|_| choice == 1) {
        let amount = values.get("phase_amount");
        keys.push(
            field::of_spec(spec, amount, 72.0, move |value| Message::Turn(part.clone(), Turn::Released(value))).into(),
        );
    }
    if let Some((part, Kind::Choice(ids))) = part("kernel").map(|(part, spec)| (part, spec.kind)).filter(|_| choice > 0)
    {
        keys.push(panel::drop_down(part, ids, values.get("kernel"), 96.0));
    }
    if let Some((part, spec)) = part("auto_gain") {
        let on = values.is_on("auto_gain");
        let turned = Message::Turn(part, Turn::Released(f64::from(u8::from(!on))));
        let word = layout.pick(spec.name, "Auto");
        keys.push(key::key(word, Some(turned)).kind(key::Kind::Toggle(on)).into());
    }
    keys
}

/// The dynamic part of the selected band, and listening to what it changes.
fn dynamics<'a>(
    stage: &'a StageSettings,
    values: &Values,
    band: usize,
    moved_db: f32,
    listened: Listen,
) -> Element<'a, Message> {
    let Some((stored, row_values)) = stored(stage).zip(values.rows("band")).nth(band) else { return space().into() };
    let part = |spec: &'static Spec| Part::of(stage, Some(&stored.id), spec);
    let delta = Listen::Change(band);
    let hear = key::key("Hear change", Some(Message::Listen(stage.id.clone(), delta)))
        .kind(key::Kind::Toggle(listened == delta));
    let mut first = row![].spacing(12).align_y(Alignment::Center);
    if let Some(spec) = spec("dynamic").filter(|_| has_gain(&row_values)) {
        let part = part(spec);
        let words = [(0, "Static"), (1, "Dynamic above"), (2, "below")];
        first = first.push(segment::one_of(&words, row_values.choice("dynamic"), move |index| {
            Message::Turn(part.clone(), Turn::Released(index as f64))
        }));
    }
    first = first.push(hear);
    if !is_dynamic(&row_values) {
        return first.into();
    }
    let list = |id: &str, width: f32| -> Option<Element<'a, Message>> {
        let spec = spec(id)?;
        let Kind::Choice(ids) = spec.kind else { return None };
        Some(
            row![text::label(spec.name), panel::drop_down(part(spec), ids, row_values.get(id), width)]
                .spacing(8)
                .align_y(Alignment::Center)
                .into(),
        )
    };
    let moved = number::change(f64::from(moved_db), 1);
    first = first.extend(list("key", 112.0)).push(space::horizontal());
    first = first.push(text::label("Gain moved")).push(text::number(moved, "dB", crate::theme::font::BODY));
    let knob = |id: &str| -> Option<Element<'a, Message>> {
        let spec = spec(id)?;
        let part = part(spec);
        let knob = knob::knob(spec, row_values.get(id), true, 100.0, move |turn| Message::Turn(part.clone(), turn));
        Some(panel::marked(knob, spec, stored.automation.contains_key(id)))
    };
    let key: &[&str] = match row_values.choice("key") {
        1 => &["key_frequency", "key_q"],
        2 => &["key_band"],
        _ => &[],
    };
    let ids = ["threshold", "ratio", "range", "attack", "release", "link"];
    let knobs = row(ids.iter().chain(key).filter_map(|id| knob(id))).spacing(8);
    column![first, knobs].spacing(8).into()
}
