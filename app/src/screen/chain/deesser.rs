//! The de-esser's page: its band over the live spectrum, what it took away in the last seconds, and listening to it.

use std::sync::Arc;

use iced::Length;
use iced::widget::{column, container, row};
use lacquer_engine::chain::{Listen, deesser};
use lacquer_engine::param::Values;
use lacquer_engine::session::StageSettings;

use super::bench::Bench;
use super::trail::Trail;
use super::{Message, Place, State, dynamics, equaliser, frame, panel};
use crate::desk::Action;
use crate::theme::Element;
use crate::widget::eq_curve::{self, Band, EqCurve, Event, Range};
use crate::widget::gain_reduction;
use crate::widget::plot::Trace;

/// Points of the drawn response.
const POINTS: usize = 200;
/// Depth of the reduction scale, dB.
const DEPTH_DB: f64 = 12.0;
/// Parameters that stand in the header as segments.
const IN_HEADER: [&str; 3] = ["mode", "shape", "against"];

impl State {
    /// What a gesture on the graph means: the dot is the band, its height the most it is turned down.
    pub(super) fn sibilance(&mut self, bench: &Bench<'_>, stage: &StageSettings, event: Event) -> Action {
        let put = |parameter: &str, value: f64| bench.set(&stage.id, None, parameter, value);
        let get =
            |parameter: &str| bench.address(&stage.id, None, parameter).value(bench.desk.session()).unwrap_or(0.0);
        match event {
            Event::Dragged { frequency_hz, gain_db, .. } => {
                let mut edits = vec![put("frequency", frequency_hz)];
                // The first edit may have to make the table it writes to, or the pass's own chain: the range follows
                // with the next movement.
                if !bench.inherits && !stage.values.is_empty() {
                    edits.push(put("range", -gain_db));
                }
                self.gesture("Move band", Action::Batch(edits))
            }
            Event::DragEnded(_) => self.end(Action::End),
            Event::DragCancelled(_) => self.end(Action::Cancel),
            Event::Q { factor, .. } => put("q", get("q") * factor),
            Event::Nudge { frequency_factor, gain_db: 0.0, .. } => {
                put("frequency", get("frequency") * frequency_factor)
            }
            Event::Nudge { gain_db, .. } => put("range", get("range") - gain_db),
            _ => Action::None,
        }
    }
}

/// Keys and content of the page.
pub fn deesser<'a>(
    bench: &Bench<'a>,
    stage: &'a StageSettings,
    values: &Values,
    trail: Option<&Trail>,
    place: Place,
) -> (Vec<Element<'a, Message>>, Element<'a, Message>) {
    let now = trail.and_then(Trail::now_db);
    let deepest = trail.and_then(Trail::deepest_db);
    let heard = bench.reading(&stage.id).filter(|_| bench.desk.status.playing);
    let graph = graph(bench, stage, values, heard.map_or(0.0, |reading| reading.gain_reduction_db));
    let strip = container(frame::strip(trail, -(DEPTH_DB as f32)));
    if place != Place::Main {
        return (Vec::new(), column![graph, strip.height(56)].spacing(8).into());
    }
    let bar = gain_reduction::gain_reduction(now.unwrap_or(0.0), deepest.unwrap_or(0.0), DEPTH_DB, 132);
    let controls = container(panel::controls(stage, values, &IN_HEADER)).width(Length::Fill);
    let did = container(dynamics::did(stage, now, deepest)).width(220);
    let mut keys: Vec<_> = IN_HEADER.iter().filter_map(|id| dynamics::header_segment(stage, values, id)).collect();
    keys.push(bench.listen_key(&stage.id, "Hear band", Listen::Band(0)));
    keys.push(bench.listen_key(&stage.id, "Hear delta", Listen::Change(0)));
    let content = column![graph, row![controls, bar, did].spacing(16), strip.height(72)].spacing(12);
    (keys, content.into())
}

fn graph<'a>(bench: &Bench<'a>, stage: &'a StageSettings, values: &Values, gain_db: f64) -> Element<'a, Message> {
    let rate_hz = bench.rate().hz();
    let hz: Vec<f64> = (0..POINTS).map(|n| 20.0 * libm::pow(1000.0, n as f64 / (POINTS - 1) as f64)).collect();
    let curve = |gain_db: f64| {
        let level = |hz: &f64| deesser::response_db(values, rate_hz, *hz, gain_db) as f32;
        hz.iter().map(level).collect::<Arc<[f32]>>()
    };
    let range_db = values.get("range");
    let band = Band {
        number: 1,
        letter: None,
        frequency_hz: values.get("frequency"),
        gain_db: Some(-range_db),
        q: values.get("q"),
        bypassed: stage.bypass,
        response: curve(-range_db),
    };
    let data = EqCurve {
        sum: curve(gain_db),
        bands: vec![band],
        selected: Some(0),
        moving: None,
        range: if range_db > Range::Twelve.db().into() { Range::TwentyFour } else { Range::Twelve },
        now: equaliser::trace(&bench.desk.meters.spectrum),
        average: equaliser::trace(&bench.desk.meters.spectrum_average),
        reference: Trace::default(),
        analyser_top_db: equaliser::ANALYSER_TOP_DB,
        rate_hz: rate_hz as f32,
        hz: hz.iter().map(|hz| *hz as f32).collect(),
    };
    let id = stage.id.clone();
    eq_curve::eq_curve(data, move |event| Message::Curve(id.clone(), event))
}
