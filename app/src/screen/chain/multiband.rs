//! The multiband compressor's page: crossovers over the live spectrum, what every band does, the knobs of the selected one.

use std::sync::Arc;

use iced::widget::{column, container, mouse_area, row, scrollable, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::chain::{Listen, Reading, multiband};
use lacquer_engine::param::{Kind, Spec, Values};
use lacquer_engine::session::{Edit, Row as Stored, StageSettings};
use lacquer_engine::unit::Db;

use super::bench::Bench;
use super::trail::Trail;
use super::{Message, Part, Place, State, dynamics, equaliser, frame, panel};
use crate::desk::Action;
use crate::theme::plate::{self as ground, Meaning};
use crate::theme::{Element, font, icon};
use crate::widget::eq_curve::{self, Band, EqCurve, Event, Range};
use crate::widget::plot::Trace;
use crate::widget::{key, number, text};

/// Points of the drawn gain.
const POINTS: usize = 200;
/// Depth of the bands' scales, dB.
const DEPTH_DB: f64 = 12.0;
/// Height of a band's last ten seconds, px.
const STRIP: f32 = 56.0;
/// Where the lowest band begins and the highest ends for a band that is divided, Hz.
const BOTTOM_HZ: f64 = 40.0;
const TOP_HZ: f64 = 20_000.0;
/// Parameters that stand in the header, or at the band they belong to.
const ELSEWHERE: [&str; 2] = ["frequency", "bypass"];

/// The stored bands of a stage in order.
fn stored(stage: &StageSettings) -> Vec<&Stored> {
    stage.rows.iter().filter(|row| row.group == "band").collect()
}

fn spec(values: &Values, id: &str) -> Option<&'static Spec> {
    values.table().find_in_group("band", 0, id).map(|(_, spec)| spec)
}

/// Gain of every band now in dB, makeup included.
fn gains(values: &Values, reading: Option<Reading>, count: usize) -> Vec<f64> {
    let moved = reading.map_or([0.0; lacquer_engine::chain::READING_BANDS], |reading| reading.bands_db);
    let mut gains: Vec<f64> = moved.iter().take(count).map(|gain| f64::from(*gain)).collect();
    for (gain, row) in gains.iter_mut().zip(values.rows("band")) {
        let share = if row.is_on("bypass") { 0.0 } else { row.get("mix") / 100.0 };
        let factor = 1.0 + share * (Db(*gain + row.get("makeup")).amplitude() - 1.0);
        *gain = Db::from_amplitude(factor).value();
    }
    gains
}

impl State {
    /// What a gesture on the graph means: crossovers move.
    pub(super) fn crossover(&mut self, bench: &Bench<'_>, stage: &StageSettings, event: Event) -> Action {
        let bands = stored(stage);
        let id = |band: usize| bands.get(band).map(|row| row.id.as_str());
        match event {
            Event::Select(band) => self.band = band.and_then(id).map(str::to_string),
            Event::DragStarted(band) | Event::OpenMenu { band, .. } => self.band = id(band).map(str::to_string),
            Event::Dragged { band, frequency_hz, .. } => {
                let Some(row) = id(band) else { return Action::None };
                let edit = bench.set(&stage.id, Some(row), "frequency", frequency_hz);
                return self.gesture("Move crossover", edit);
            }
            Event::DragEnded(_) => return self.end(Action::End),
            Event::DragCancelled(_) => return self.end(Action::Cancel),
            Event::Nudge { band, frequency_factor, .. } => {
                let Some(row) = id(band) else { return Action::None };
                let address = bench.address(&stage.id, Some(row), "frequency");
                let now = address.value(bench.desk.session()).unwrap_or(0.0);
                return bench.set(&stage.id, Some(row), "frequency", now * frequency_factor);
            }
            _ => {}
        }
        Action::None
    }

    /// Divides the selected band in the middle of its octaves; its lower part is the new one.
    pub(super) fn divide(&mut self, bench: &Bench<'_>, stage: &StageSettings) -> Action {
        let Some(values) = stage.resolve().0 else { return Action::None };
        let (bands, crossovers) = (stored(stage), multiband::crossovers(&values, bench.rate().hz()));
        let chosen = self.chosen(&bands);
        let Some(band) = bands.get(chosen) else { return Action::None };
        let low = chosen.checked_sub(1).and_then(|below| crossovers.get(below)).copied().unwrap_or(BOTTOM_HZ);
        let high = crossovers.get(chosen).copied().unwrap_or(TOP_HZ).max(low);
        let edge = [("frequency", libm::sqrt(low * high))];
        let (document, pass) = (&bench.desk.document, bench.owner.as_deref());
        match Edit::divide_row(document, pass, &bench.scope, &stage.id, &band.id, &edge) {
            Ok((edit, id)) => {
                self.band = Some(id);
                Action::Edit(edit)
            }
            Err(why) => Action::Say(why.to_string()),
        }
    }

    /// The place of the selected band; the first where none is.
    fn chosen(&self, bands: &[&Stored]) -> usize {
        self.band.as_ref().and_then(|id| bands.iter().position(|row| row.id == *id)).unwrap_or(0)
    }

    /// Keys and content of the page.
    pub(super) fn multiband<'a>(
        &'a self,
        bench: &Bench<'a>,
        stage: &'a StageSettings,
        values: &Values,
        trail: Option<&Trail>,
        place: Place,
    ) -> (Vec<Element<'a, Message>>, Element<'a, Message>) {
        let crossovers = multiband::crossovers(values, bench.rate().hz());
        let reading = bench.reading(&stage.id).filter(|_| bench.desk.status.playing);
        let gains = gains(values, reading, crossovers.len() + 1);
        let bands = stored(stage);
        let chosen = self.chosen(&bands);
        let graph = graph(bench, stage, &crossovers, &gains, chosen);
        if place != Place::Main {
            return (Vec::new(), graph);
        }
        let room = bands.len() < values.table().group("band").map_or(0, |group| group.capacity);
        let mut keys = vec![key::key("Divide band", room.then(|| Message::AddBand(stage.id.clone()))).into()];
        keys.extend(["phase", "detection"].iter().filter_map(|id| dynamics::header_segment(stage, values, id)));
        let cards = bands.iter().enumerate().map(|(index, stored)| {
            let low = index.checked_sub(1).and_then(|below| crossovers.get(below)).copied();
            let high = crossovers.get(index).copied();
            let gain = reading.map(|reading| f64::from(reading.bands_db[index.min(reading.bands_db.len() - 1)]));
            let did = Did { gain, strip: frame::band_strip(trail, index, DEPTH_DB as f32) };
            card(bench, stage, values, (index, stored), (low, high), did, index == chosen, bands.len() > 2)
        });
        let knobs = bands.get(chosen).map_or_else(|| space().into(), |stored| knobs(stage, values, chosen, stored));
        let all = panel::controls(stage, values, &["phase", "detection"]);
        let lower = row![knobs, container(all).width(Length::Shrink)].spacing(24);
        let cards = row(cards).spacing(8);
        // In a low window what is below the graph scrolls.
        let below = container(column![cards, lower].spacing(8)).padding(Padding::ZERO.right(14));
        let below = scrollable(below).height(Length::FillPortion(3));
        let content = column![container(graph).height(Length::FillPortion(2)), below].spacing(8).into();
        (keys, content)
    }
}

fn graph<'a>(
    bench: &Bench<'a>,
    stage: &'a StageSettings,
    crossovers: &[f64],
    gains: &[f64],
    chosen: usize,
) -> Element<'a, Message> {
    let hz: Vec<f64> = (0..POINTS).map(|n| 20.0 * libm::pow(1000.0, n as f64 / (POINTS - 1) as f64)).collect();
    let curve = |level: &dyn Fn(f64) -> f64| hz.iter().map(|hz| level(*hz) as f32).collect::<Arc<[f32]>>();
    let bands = crossovers.iter().enumerate().map(|(index, corner)| Band {
        number: index as u32 + 1,
        letter: None,
        frequency_hz: *corner,
        gain_db: None,
        q: std::f64::consts::FRAC_1_SQRT_2,
        bypassed: stage.bypass,
        response: curve(&|hertz| multiband::low_side_db(*corner, hertz)),
    });
    let data = EqCurve {
        sum: curve(&|hertz| multiband::response_db(crossovers, hertz, gains)),
        bands: bands.collect(),
        selected: (chosen < crossovers.len()).then_some(chosen),
        moving: None,
        range: Range::Twelve,
        now: equaliser::trace(&bench.desk.meters.spectrum),
        average: equaliser::trace(&bench.desk.meters.spectrum_average),
        reference: Trace::default(),
        analyser_top_db: equaliser::ANALYSER_TOP_DB,
        rate_hz: bench.rate().hz() as f32,
        hz: hz.iter().map(|hz| *hz as f32).collect(),
    };
    let id = stage.id.clone();
    eq_curve::eq_curve(data, move |event| Message::Curve(id.clone(), event))
}

/// What a band did: its gain now, and in the last ten seconds.
struct Did<'a> {
    gain: Option<f64>,
    strip: Element<'a, Message>,
}

/// One band: where it lies, what it does, bypass, and listening to it.
fn card<'a>(
    bench: &Bench<'a>,
    stage: &'a StageSettings,
    values: &Values,
    (index, stored): (usize, &'a Stored),
    (low, high): (Option<f64>, Option<f64>),
    did: Did<'a>,
    chosen: bool,
    removable: bool,
) -> Element<'a, Message> {
    let edge = |hertz: f64| {
        let (value, unit) = number::hertz(hertz);
        format!("{value} {unit}")
    };
    let range = match (low, high) {
        (Some(low), Some(high)) => format!("{} \u{2013} {}", edge(low), edge(high)),
        (None, Some(high)) => format!("below {}", edge(high)),
        (Some(low), None) => format!("above {}", edge(low)),
        (None, None) => String::new(),
    };
    let lamp = container(space()).width(8).height(8).style(ground::lamp(Meaning::A, chosen));
    let mut head = row![lamp, text::title(format!("Band {}", index + 1)), space::horizontal()]
        .spacing(8)
        .align_y(Alignment::Center);
    if removable {
        let away = Message::RemoveBand(stage.id.clone(), stored.id.clone());
        head = head.push(key::icon(icon::X, Some(away)).kind(key::Kind::Bare).height(22.0));
    }
    let number_of = values.rows("band").nth(index);
    let switches = spec(values, "bypass").map(|spec| {
        let on = number_of.map_or(0.0, |row| row.get("bypass"));
        panel::control(Part::of(stage, Some(&stored.id), spec), spec, on)
    });
    let listen = [
        bench.listen_key(&stage.id, "Solo", Listen::Band(index)),
        bench.listen_key(&stage.id, "Delta", Listen::Change(index)),
    ];
    let now = text::readout("Gain now", number::reading(did.gain, 1), "dB", font::BODY);
    let keys = row(switches.into_iter().chain(listen)).spacing(8);
    let content = column![head, text::label(range), now, container(did.strip).height(STRIP), keys].spacing(6);
    let plate = container(content).padding(Padding::from([8, 12])).width(Length::Fill).style(ground::strip);
    mouse_area(plate).on_press(Message::Band(stored.id.clone())).into()
}

/// The knobs of the selected band, then its choices and switches.
fn knobs<'a>(stage: &'a StageSettings, values: &Values, band: usize, stored: &'a Stored) -> Element<'a, Message> {
    let Some(group) = values.table().group("band") else { return space().into() };
    let Some(now) = values.rows("band").nth(band) else { return space().into() };
    let parts = |numbers: bool| {
        let wanted = move |spec: &&'static Spec| {
            matches!(spec.kind, Kind::Number { .. }) == numbers && !ELSEWHERE.contains(&spec.id)
        };
        let control = |spec: &'static Spec| {
            let control = panel::control(Part::of(stage, Some(&stored.id), spec), spec, now.get(spec.id));
            panel::marked(control, spec, stored.automation.contains_key(spec.id))
        };
        group.params.iter().filter(wanted).map(control).collect::<Vec<_>>()
    };
    let knobs = row(parts(true)).spacing(8).wrap().vertical_spacing(8);
    let others = row(parts(false)).spacing(16).align_y(Alignment::End).wrap().vertical_spacing(8);
    column![text::title(format!("Band {}", band + 1)), knobs, others].spacing(8).into()
}
