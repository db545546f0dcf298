//! The transparency report in the window: response, phase and figures of a stage or of the whole chain, measured aside.

use std::sync::Arc;

use iced::widget::{column, container, row, rule};
use iced::{Alignment, Length};
use lacquer_engine::chain::transparency::{Point, Transparency};
use lacquer_engine::unit::Db;

use super::bench::Bench;
use super::{Message, State, name, padded};
use crate::desk::{Action, Subject};
use crate::theme::{Element, font, icon};
use crate::widget::response::{self, Curve, Ink, Response, Scale};
use crate::widget::{Layout, harmonics, key, number, plate, progress, text};

/// What is done with reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clarity {
    /// Shows the report of the selected stage, or of the chain again its page.
    OfStage,
    /// Shows the report of the whole chain, or again the pages.
    OfChain,
    /// Measures what is shown.
    Measure,
    /// Gives measuring up.
    Cancel,
    /// Back to the pages.
    Close,
}

/// Which report is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// None: the pages of the processors.
    #[default]
    Pages,
    /// That of the selected stage.
    Stage,
    /// That of the whole chain.
    Chain,
}

/// Sides that differ from the middle by less than this are not drawn apart, dB and degrees.
const ALIKE: f32 = 1e-4;
/// A phase that turns further than this is drawn over the whole circle, degrees.
const CIRCLE: f32 = 96.0;

impl State {
    pub(super) fn clarity_update(&mut self, bench: &Bench<'_>, message: &Clarity) -> Action {
        let turned = |now, to| if now == to { Shown::Pages } else { to };
        match message {
            Clarity::OfStage => self.shown = turned(self.shown, Shown::Stage),
            Clarity::OfChain => self.shown = turned(self.shown, Shown::Chain),
            Clarity::Close => self.shown = Shown::Pages,
            Clarity::Cancel => return Action::CancelTransparency,
            Clarity::Measure => return self.subject(bench).map_or(Action::None, Action::Transparency),
        }
        Action::None
    }

    /// What the shown report is of.
    fn subject(&self, bench: &Bench<'_>) -> Option<Subject> {
        let stage = match self.shown {
            Shown::Pages => return None,
            Shown::Chain => None,
            Shown::Stage => Some(self.selected(bench)?.id.clone()),
        };
        Some(Subject { chain: bench.scope.clone(), stage })
    }

    /// The report that is shown in place of the pages, if one is.
    pub(super) fn clarity<'a>(&self, bench: &Bench<'a>) -> Option<Element<'a, Message>> {
        let subject = self.subject(bench)?;
        let send = |message| Message::Clarity(message);
        let of = match &subject.stage {
            Some(id) => bench.stage(id).map_or_else(|| id.clone(), |stage| name(stage).to_owned()),
            None => "the whole chain".into(),
        };
        let known = bench.desk.transparency(&subject);
        let running = bench.desk.measuring.as_ref().filter(|(of, _)| *of == subject).map(|(_, share)| *share);
        let measure = key::key(if known.is_some() { "Measure again" } else { "Measure" }, {
            (running.is_none() && bench.desk.plan.is_some()).then_some(send(Clarity::Measure))
        })
        .kind(if known.is_some() { key::Kind::Plain } else { key::Kind::Primary });
        let close = key::icon(icon::X, Some(send(Clarity::Close)));
        let (aside, content): (String, Element<'a, Message>) = match (running, known) {
            (Some(share), _) => ("measuring".into(), at_work(share)),
            (None, None) => ("not measured".into(), unmeasured()),
            (None, Some((figures, current))) => {
                let level = number::level(figures.level_dbfs.0, 1);
                let old = if current { "" } else { ", of settings that have changed since" };
                (format!("tones at {level} dBFS peak{old}"), figures_of(bench, figures))
            }
        };
        Some(plate::plate(format!("Transparency of {of}"), aside, vec![measure.into(), close.into()], padded(content)))
    }
}

fn at_work<'a>(share: f64) -> Element<'a, Message> {
    let percent = text::number(format!("{:.0}", 100.0 * share), "%", font::READOUT);
    let bar = progress::progress(share as f32);
    let cancel = key::key("Cancel", Some(Message::Clarity(Clarity::Cancel)));
    let words = text::label("Some minutes of tones are sent through copies of the stages; what is heard goes on.");
    let list = column![percent, container(bar).width(320), words, cancel].spacing(12).align_x(Alignment::Center);
    container(list).center(Length::Fill).into()
}

fn unmeasured<'a>() -> Element<'a, Message> {
    let words = "Response, phase, distortion, aliases, latency and noise, with tones at the programme's peak.";
    let list = column![text::section("Not measured"), text::word2(words)].spacing(8).align_x(Alignment::Center);
    container(list).center(Length::Fill).into()
}

fn figures_of<'a>(bench: &Bench<'a>, figures: &Transparency) -> Element<'a, Message> {
    let rate_hz = bench.rate().hz() as f32;
    let gain = curves(figures, |point| point.gain_db.0);
    let phase = curves(figures, |point| point.phase_degrees);
    let values = |curves: &[Curve]| curves.iter().flat_map(|curve| curve.values.to_vec()).collect::<Vec<f32>>();
    let gain_scale = Scale::about_zero(values(&gain).into_iter(), 0.1, "dB");
    let turned = values(&phase).into_iter().fold(0.0f32, |most, value| most.max(value.abs()));
    let phase_scale = match turned > CIRCLE {
        true => Scale { top: 190.0, bottom: -190.0, step: 90.0, unit: "°", signed: true },
        false => Scale::about_zero(std::iter::once(turned), 1.0, "°"),
    };
    let hz: Arc<[f32]> = figures.response.iter().map(|point| point.hz.0 as f32).collect();
    let plot =
        |curves, scale| response::response(Response { hz: hz.clone(), curves, scale, marks: Vec::new(), rate_hz });
    let plots = column![
        text::label("Gain"),
        container(plot(gain, gain_scale)).height(Length::FillPortion(3)),
        text::label("Phase, the latency taken out"),
        container(plot(phase, phase_scale)).height(Length::FillPortion(2)),
    ]
    .spacing(6);
    let wide = bench.desk.layout.pick(340.0, 264.0);
    let mut beside = column![numbers(bench, figures)].spacing(12).width(wide);
    let series: Vec<f32> =
        figures.harmonics_db.iter().map(|level| level.map_or(-200.0, |level| level.0 as f32)).collect();
    let shows = series.iter().any(|level| *level > harmonics::FLOOR_DB);
    if shows && bench.desk.layout == Layout::Large {
        let bars = container(harmonics::harmonics(series.into())).height(Length::Fill);
        beside = beside.push(text::label("Harmonics of 997 Hz")).push(bars);
    }
    row![plots, beside].spacing(24).into()
}

/// The middle in front, and the sides where they differ.
fn curves(figures: &Transparency, value: fn(&Point) -> f64) -> Vec<Curve> {
    let of = |points: &[Point]| points.iter().map(|point| value(point) as f32).collect::<Arc<[f32]>>();
    let (middle, sides) = (of(&figures.response), of(&figures.side_response));
    let differs = middle.iter().zip(sides.iter()).any(|(one, other)| (one - other).abs() > ALIKE);
    let mut curves = Vec::new();
    if differs {
        curves.push(Curve { name: "sides".into(), values: sides, ink: Ink::Second });
    }
    let name = if differs { "middle" } else { "" };
    curves.push(Curve { name: name.into(), values: middle, ink: Ink::Main });
    curves
}

fn numbers<'a>(bench: &Bench<'a>, figures: &Transparency) -> Element<'a, Message> {
    let line = |name: &'static str, value: String, unit: &'static str| text::readout(name, value, unit, font::LABEL);
    // What is not there at all is no number.
    let level = |name: &'static str, value: Option<Db>, unit: &'static str| match value {
        Some(value) => line(name, crate::widget::plot::plain(value.0, 1, false), unit),
        None => line(name, "none".into(), ""),
    };
    let frames = figures.latency_frames;
    let milliseconds = 1000.0 * frames.seconds(bench.rate()).0;
    let said = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    column![
        line("Untouched, bit for bit", said(figures.untouched), ""),
        line("Silence stays silent", said(figures.silent), ""),
        line("Latency", number::samples(frames.0), "smp"),
        line("", number::level(milliseconds, 2), "ms"),
        rule::horizontal(1),
        level("THD+N, 997 Hz", figures.thd_n_db, "dB"),
        level("IMD, 60 Hz and 7 kHz", figures.imd_smpte_db, "dB"),
        level("IMD, 19 and 20 kHz", figures.imd_difference_db, "dB"),
        level("Aliases, highest", figures.alias_db, "dB"),
        level("Noise", figures.noise_dbfs, "dBFS"),
    ]
    .spacing(8)
    .into()
}
