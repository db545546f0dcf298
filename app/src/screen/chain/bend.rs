//! The pages of what bends the wave: saturation with its harmonics, and the soft clipper with what it took away.

use std::sync::Arc;

use iced::widget::column;
use lacquer_engine::chain::{clipper, saturation};
use lacquer_engine::param::Values;
use lacquer_engine::session::StageSettings;
use lacquer_engine::unit::Db;

use super::bench::Bench;
use super::frame::{self, Frame};
use super::kept::Kept;
use super::trail::Trail;
use super::{Place, dynamics, panel};
use crate::theme::font;
use crate::widget::waveshape::{self, Waveshape};
use crate::widget::{gain_reduction, harmonics, number, text};

/// Points of a curve from full scale to full scale.
const CURVE_POINTS: usize = 257;
/// Depth of the clipper's scales, dB: what is taken off more than that is no longer a transient.
const DEPTH_DB: f64 = 6.0;
/// Choices that stand in the header.
const IN_HEADER: [&str; 1] = ["curve"];
/// The harmonics a sine gets at a level, by the values they belong to.
pub type Harmonics = Kept<(Values, u64), Arc<[f32]>>;

/// Output for inputs at even distances from full scale to full scale, as the engine draws it.
fn curve(transfer: impl Fn(f64) -> f64) -> Arc<[f32]> {
    let input = |place: usize| 2.0 * place as f64 / (CURVE_POINTS - 1) as f64 - 1.0;
    (0..CURVE_POINTS).map(|place| transfer(input(place)) as f32).collect()
}

/// Peak of what goes in while something is heard, linear.
fn peak(bench: &Bench<'_>, trail: Option<&Trail>) -> Option<f32> {
    trail.filter(|_| bench.desk.status.playing).map(Trail::peak)
}

/// The saturation.
pub fn saturation<'a>(
    bench: &Bench<'a>,
    stage: &'a StageSettings,
    values: &Values,
    trail: Option<&Trail>,
    kept: &Harmonics,
    place: Place,
) -> dynamics::Page<'a> {
    let curve = curve(|sample| saturation::transfer(values, sample));
    let picture = waveshape::waveshape(Waveshape { curve, ceiling: None, peak: peak(bench, trail) });
    // The level of the programme's peak at this place, where it is known.
    let measured = bench.desk.slot(&bench.scope, &stage.id).map(|meter| meter.input_peak).filter(|peak| peak.0 > -90.0);
    let level = measured.unwrap_or(Db(0.0));
    let series = kept.get(&stage.id, (values.clone(), level.0.to_bits()), |_| {
        saturation::harmonics(values, level.amplitude()).iter().map(|level| *level as f32).collect()
    });
    let line = |name: &'static str, value: String, unit: &'static str| text::readout(name, value, unit, font::LABEL);
    let harmonic = |name: &'static str, place: usize| match series.get(place) {
        Some(level) if *level > harmonics::FLOOR_DB => line(name, number::level(f64::from(*level), 1), "dB"),
        _ => line(name, "none".to_owned(), ""),
    };
    let word = if measured.is_some() { "At the programme's peak" } else { "At full scale" };
    let facts = column![
        line(word, number::level(level.0, 1), "dBFS"),
        harmonic("Second harmonic", 0),
        harmonic("Third harmonic", 1),
        line("Peak now", peak(bench, trail).map_or_else(|| number::DASH.into(), told), "dBFS"),
    ]
    .spacing(8);
    let frame = Frame {
        curve: picture,
        beside: Some(harmonics::harmonics(series)),
        beside_fills: true,
        facts: facts.into(),
        controls: panel::controls(stage, values, &IN_HEADER),
        strip: None,
    };
    let keys = IN_HEADER.iter().filter_map(|id| dynamics::header_segment(stage, values, id)).collect();
    (keys, frame.view(place))
}

/// The soft clipper.
pub fn clipper<'a>(
    bench: &Bench<'a>,
    stage: &'a StageSettings,
    values: &Values,
    trail: Option<&Trail>,
    place: Place,
) -> dynamics::Page<'a> {
    let curve = curve(|sample| clipper::transfer(values, sample));
    let ceiling = Db(values.get("ceiling") + values.get("output")).amplitude();
    let picture = waveshape::waveshape(Waveshape { curve, ceiling: Some(ceiling as f32), peak: peak(bench, trail) });
    let (now, deepest) = (trail.and_then(Trail::now_db), trail.and_then(Trail::deepest_db));
    let share = trail
        .map(Trail::gains)
        .filter(|gains| !gains.is_empty())
        .map(|gains| 100.0 * gains.iter().filter(|gain| **gain < 0.0).count() as f64 / gains.len() as f64);
    let facts = column![
        dynamics::did(stage, now, deepest),
        text::readout("Clipped moments, 10 s", number::reading(share, 0), "%", font::LABEL),
    ]
    .spacing(8);
    let frame = Frame {
        curve: picture,
        beside: Some(gain_reduction::gain_reduction(
            now.unwrap_or(0.0),
            deepest.unwrap_or(0.0),
            DEPTH_DB,
            iced::Length::Fill,
        )),
        beside_fills: false,
        facts: facts.into(),
        controls: panel::controls(stage, values, &[]),
        strip: Some(frame::strip(trail, -(DEPTH_DB as f32))),
    };
    (Vec::new(), frame.view(place))
}

fn told(peak: f32) -> String {
    number::level(Db::from_amplitude(f64::from(peak)).0, 1)
}
