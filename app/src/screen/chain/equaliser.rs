//! The equaliser's page: its graph over the live spectrum, the table of bands, the knobs of the selected one.

use std::collections::HashMap;
use std::sync::Arc;

use iced::widget::{column, container, mouse_area, row, scrollable, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::analysis::spectrum::Point;
use lacquer_engine::chain::eq::{Channel, band_response, response};
use lacquer_engine::param::{Kind, Row, Spec, Values, format_value};
use lacquer_engine::session::{Row as Stored, StageSettings};
use lacquer_engine::unit::SampleRate;

use super::bench::Bench;
use super::{Message, Part, Place, State, panel};
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
const NUMBERS: (f32, f32) = (96.0, 104.0);
/// Level at the upper edge of the analyser, dBFS.
const ANALYSER_TOP_DB: f32 = 0.0;
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
        let narrow = |db: Vec<f64>| db.into_iter().map(|db| db as f32).collect::<Arc<[f32]>>();
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

/// Whether a band of this type is a pass: no gain, but a slope.
fn is_pass(band: &Row<'_>) -> bool {
    let Some(Kind::Choice(types)) = spec("type").map(|spec| spec.kind) else { return false };
    types.get(band.choice("type")).is_some_and(|id| id.ends_with("pass"))
}

impl State {
    /// What a gesture on the graph means.
    pub(super) fn curve(&mut self, bench: &Bench<'_>, stage: &str, event: Event) -> Action {
        let Some(settings) = bench.stage(stage) else { return Action::None };
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
            Event::Listen(_) => {}
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
        let keys = vec![
            key::key("Add band", Some(Message::AddBand(stage.id.clone()))).into(),
            text::label("Range ± dB").into(),
            segment::one_of(&ranges, self.range, Message::Range),
        ];
        let layout = bench.desk.layout;
        let rows = stored(stage).count();
        let bands = bands(stage, values, chosen, layout);
        // The table is as high as its bands, up to six; the graph gets the rest.
        let high = 25.0 + table::row_height(layout) * rows.clamp(1, 6) as f32;
        let lower: Element<'a, Message> = match (layout, chosen) {
            (Layout::Large, Some(band)) => {
                let knobs = container(knobs(stage, values, band)).width(BAND_WIDTH).height(132);
                row![container(bands).height(high.max(132.0)), knobs].spacing(16).into()
            }
            _ => container(bands).height(layout.pick(high.max(132.0), high)).into(),
        };
        (keys, column![graph, lower].spacing(8).into())
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
                gain_db: (!is_pass(&band)).then(|| band.get("gain")),
                q: band.get("q"),
                bypassed: stage.bypass || !band.is_on("on"),
                response: response.clone(),
            })
            .collect();
        let channel = selected.and_then(|band| values.rows("band").nth(band)).map_or(0, |band| band.choice("channel"));
        let meters = &bench.desk.meters;
        let data = EqCurve {
            hz: curves.hz.clone(),
            sum: curves.sums[channel.min(CHANNELS.len() - 1)].clone(),
            bands,
            selected,
            range: self.range,
            now: trace(&meters.spectrum),
            average: trace(&meters.spectrum_average),
            reference: Trace::default(),
            analyser_top_db: ANALYSER_TOP_DB,
            rate_hz: rate.hz() as f32,
        };
        let id = stage.id.clone();
        eq_curve::eq_curve(data, move |event| Message::Curve(id.clone(), event))
    }
}

/// A measured spectrum as a curve.
fn trace(points: &[Point]) -> Trace {
    Trace {
        hz: points.iter().map(|point| point.frequency.0 as f32).collect(),
        db: points.iter().map(|point| point.level.0 as f32).collect(),
    }
}

fn bands_have_gain(stage: &StageSettings, band: usize) -> bool {
    stage.resolve().0.is_some_and(|values| values.rows("band").nth(band).is_some_and(|row| !is_pass(&row)))
}

fn columns(layout: Layout) -> [Column<'static>; 8] {
    let wide = layout.pick(NUMBERS.0, NUMBERS.1);
    [
        Column::numbers("", 16.0),
        Column::words("On", Length::Fixed(28.0)),
        Column::words("Type", Length::Fixed(layout.pick(116.0, 128.0))),
        Column::numbers("Frequency", wide),
        Column::numbers("Gain", wide),
        Column::numbers("Q or slope", wide),
        Column::words("Channel", Length::Fixed(layout.pick(92.0, 104.0))),
        Column::words("", Length::Fixed(28.0)),
    ]
}

fn bands<'a>(stage: &'a StageSettings, values: &Values, chosen: Option<usize>, layout: Layout) -> Element<'a, Message> {
    let columns = columns(layout);
    let mut rows = column![];
    for (place, (stored, band)) in stored(stage).zip(values.rows("band")).enumerate() {
        let selected = (chosen == Some(place)).then_some(Meaning::A);
        let press = Message::Band(stored.id.clone());
        let cells = cells(stage, stored, &band, layout);
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
    layout: Layout,
) -> Vec<Element<'a, Message>> {
    let wide = layout.pick(NUMBERS.0, NUMBERS.1);
    let on = band.is_on("on");
    let part = |spec: &'static Spec| Part::of(stage, Some(&stored.id), spec);
    let number = |id: &str| -> Element<'a, Message> {
        let Some(spec) = spec(id) else { return space().into() };
        let part = part(spec);
        field::of_spec(spec, band.get(id), wide, move |value| Message::Turn(part.clone(), Turn::Released(value))).into()
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
    let pass = is_pass(band);
    let gain = if pass { text::word2(number::DASH).into() } else { number("gain") };
    let sharpness = if pass { list("slope", wide) } else { number("q") };
    vec![
        text::mono((band.number() + 1).to_string(), crate::theme::font::BODY).into(),
        lamp,
        list("type", layout.pick(116.0, 128.0)),
        number("frequency"),
        gain,
        sharpness,
        list("channel", layout.pick(92.0, 104.0)),
        key::icon(icon::X, Some(Message::RemoveBand(stage.id.clone(), stored.id.clone())))
            .kind(key::Kind::Bare)
            .height(24.0)
            .into(),
    ]
}

/// The knobs of the selected band.
fn knobs<'a>(stage: &'a StageSettings, values: &Values, band: usize) -> Element<'a, Message> {
    let Some((stored, row_values)) = stored(stage).zip(values.rows("band")).nth(band) else { return space().into() };
    let pass = is_pass(&row_values);
    let kind = spec("type").map_or_else(String::new, |spec| panel::spoken(&format_value(spec, row_values.get("type"))));
    let knob = |id: &str| -> Option<Element<'a, Message>> {
        let spec = spec(id)?;
        let part = Part::of(stage, Some(&stored.id), spec);
        let on = !(pass && id == "gain");
        Some(knob::knob(spec, row_values.get(id), on, 100.0, move |turn| Message::Turn(part.clone(), turn)))
    };
    let title =
        row![text::title(format!("Band {}", band + 1)), text::label(kind)].spacing(12).align_y(Alignment::Center);
    let knobs = row(["frequency", "gain", "q"].into_iter().filter_map(knob)).spacing(8);
    container(column![title, knobs].spacing(8)).padding(Padding::from([8, 12])).into()
}
