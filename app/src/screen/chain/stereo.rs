//! The stereo page: what it does to the middle and to the sides over frequency, and to the directions of the image.

use std::sync::Arc;

use iced::widget::{column, container, row, scrollable};
use iced::{Alignment, Length, Padding};
use lacquer_engine::param::Values;
use lacquer_engine::render::{Image, StagePlan, image};
use lacquer_engine::session::StageSettings;

use super::bench::Bench;
use super::kept::Kept;
use super::{Place, dynamics, panel};
use crate::widget::goniometer::Goniometer;
use crate::widget::image::{self as picture, Way};
use crate::widget::response::{self, Curve, Ink, Response, Scale};
use crate::widget::{number, text};

/// Points of the curves.
const POINTS: usize = 240;
/// A middle that leaks less than this to the sides is not drawn, dB.
const LEAK_DB: f32 = -90.0;
/// Where the directions are taken: between the filters for bass and those for air.
const MIDDLE_HZ: f64 = 1000.0;
/// Lowest gain of the scale, dB: sides that are gone.
const LOWEST_DB: f32 = -36.0;
/// Magnification of the dots: programme at its usual level fills the square.
const ZOOM: f32 = 2.0;

/// The image a stage makes, by its values and the rate.
pub type Images = Kept<(Values, u32), Option<Arc<[Image]>>>;

/// The stereo stage.
pub fn stereo<'a>(
    bench: &Bench<'a>,
    stage: &'a StageSettings,
    values: &Values,
    kept: &Images,
    place: Place,
) -> dynamics::Page<'a> {
    let images = kept.get(&stage.id, (values.clone(), bench.rate().0), |_| made(bench, values));
    let Some(images) = images else {
        let words = text::word2("Only stereo is worked on: other layouts pass untouched.");
        return (Vec::new(), column![words, panel::controls(stage, values, &[])].spacing(12).into());
    };
    let curves = response::response(data(&images, values, bench));
    let middle = images.iter().min_by(|a, b| apart(a).total_cmp(&apart(b)));
    let ways = middle.map_or_else(Vec::new, |at| {
        let way = |(letter, (left, right)): (char, (f64, f64))| Way { letter, out: (left as f32, right as f32) };
        ['M', 'S', 'L', 'R'].into_iter().zip(at.ways).map(way).collect()
    });
    let dots = if bench.desk.status.playing { bench.desk.meters.scope.clone() } else { Vec::new() };
    let square = |side: f32| picture::image(Goniometer { dots, zoom: ZOOM }, ways, side);
    let width = number::level(bench.desk.meters.width.unwrap_or(f64::NAN), 2);
    let facts = row![
        text::label("Directions at 1 kHz over what leaves the chain"),
        text::label("width"),
        text::number(width, "", crate::theme::font::LABEL)
    ]
    .spacing(8)
    .align_y(Alignment::Center);
    // Room for the scroll bar.
    let controls = container(panel::controls(stage, values, &[])).padding(Padding::ZERO.right(14));
    let content = match place {
        Place::Main => {
            let side = bench.desk.layout.pick(320.0, 190.0);
            let upper = row![container(curves).height(side), square(side)].spacing(16);
            column![upper, facts, scrollable(controls).height(Length::Fill)].spacing(10).into()
        }
        Place::Side => {
            let high = container(curves).height(220);
            column![high, scrollable(controls).height(Length::Fill)].spacing(12).into()
        }
        Place::Foot => row![curves, square(220.0)].spacing(16).into(),
    };
    (Vec::new(), content)
}

fn apart(image: &Image) -> f64 {
    libm::log2(image.hz.0 / MIDDLE_HZ).abs()
}

/// The engine's own answer to an impulse.
fn made(bench: &Bench<'_>, values: &Values) -> Option<Arc<[Image]>> {
    let plan = bench.desk.plan.as_ref()?;
    let processor = lacquer_engine::chain::processor("stereo")?;
    let stage = StagePlan { id: String::new(), processor, values: values.clone(), lanes: Vec::new(), on: true };
    let hz: Vec<f64> = (0..POINTS).map(|n| 20.0 * libm::pow(1000.0, n as f64 / (POINTS - 1) as f64)).collect();
    image(&stage, plan.setting(), &hz).map(Arc::from)
}

fn data(images: &[Image], values: &Values, bench: &Bench<'_>) -> Response {
    let of = |value: fn(&Image) -> f64| images.iter().map(|at| value(at) as f32).collect::<Arc<[f32]>>();
    let (mid, side, leak) = (of(|at| at.mid.0), of(|at| at.side.0), of(|at| at.mid_to_side.0));
    let highest = mid.iter().chain(side.iter()).copied().fold(0.0, f32::max);
    let scale =
        Scale { top: if highest > 6.5 { 18.0 } else { 8.0 }, bottom: LOWEST_DB, step: 6.0, unit: "dB", signed: true };
    let mut curves = Vec::new();
    if leak.iter().any(|level| *level > LEAK_DB) {
        curves.push(Curve { name: "mid into side".into(), values: leak, ink: Ink::Dashed });
    }
    curves.push(Curve { name: "mid".into(), values: mid, ink: Ink::Main });
    curves.push(Curve { name: "side".into(), values: side, ink: Ink::Second });
    let mark = |on: bool, id: &str, word: &str| on.then(|| (values.get(id) as f32, word.to_owned()));
    let widths = ["width_low", "width_middle", "width_high"].map(|id| values.get(id));
    let split = widths.iter().any(|width| *width != widths[0]);
    let marks = [
        mark(values.is_on("mono_below"), "mono_frequency", "mono"),
        mark(values.is_on("elliptical"), "elliptical_frequency", "elliptical"),
        mark(split, "crossover_low", "low"),
        mark(split, "crossover_high", "high"),
    ];
    Response {
        hz: images.iter().map(|at| at.hz.0 as f32).collect(),
        curves,
        scale,
        marks: marks.into_iter().flatten().collect(),
        rate_hz: bench.rate().hz() as f32,
    }
}
