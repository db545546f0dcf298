//! The way out of the heard pass: its word and dither with the spectrum of the noise they leave, its guard, and its
//! conversion.

use iced::widget::{column, container, row, rule};
use iced::{Alignment, Length};
use lacquer_engine::dsp::dither::{Dither, Quantiser, noise_density, noise_level};
use lacquer_engine::session::{Depth, Pass, PassKind};
use lacquer_engine::unit::{Hertz, SampleRate};

use super::bench::Bench;
use super::{Message, padded};
use crate::screen::deliver::Value;
use crate::theme::{Element, font, text as ink};
use crate::widget::plot::plain;
use crate::widget::response::{self, Curve, Ink, Response, Scale};
use crate::widget::{Layout, number, plate, segment, text};

/// Points of the curves.
const POINTS: usize = 240;
/// Room above the highest and below the lowest curve, dB: for the legend, and for the eye.
const MARGIN_DB: f32 = 12.0;

/// A word for a kind of dither.
fn word(dither: Dither) -> &'static str {
    match dither {
        Dither::None => "none",
        Dither::Tpdf => "TPDF",
        Dither::ShapedLight => "light",
        Dither::ShapedStandard => "standard",
        Dither::ShapedStrong => "strong",
    }
}

/// The one telling value of the way out: `TPDF 24 bit`.
pub fn telling(pass: &Pass) -> String {
    match pass.depth.integer_bits() {
        Some(bits) => format!("{} {bits} bit", word(pass.dither)),
        None => format!("{}, no dither", pass.depth),
    }
}

/// The page.
pub fn view<'a>(bench: &Bench<'a>) -> Element<'a, Message> {
    let Some(pass) = bench.desk.heard() else {
        return plate::plate("Way out", "", Vec::new(), padded(text::word2("No pass is heard.")));
    };
    let rate = bench.desk.plan.as_ref().map_or(SampleRate::CD, |plan| plan.delivered);
    let set = |value| Message::WayOutSet(value);
    let kinds = Dither::ALL.map(|dither| (dither, word(dither)));
    let bits = pass.depth.integer_bits();
    let chosen: Element<'a, Message> = match bits {
        Some(_) => segment::one_of(&kinds, pass.dither, move |dither| set(Value::Dither(dither))),
        None => text::label("A float word needs no dither").into(),
    };
    let words = [(Depth::Int16, "16"), (Depth::Int24, "24"), (Depth::Int32, "32"), (Depth::Float32, "32 float")];
    let depths: Element<'a, Message> = match pass.kind {
        PassKind::Streaming => segment::one_of(&words, pass.depth, move |depth| set(Value::Depth(depth))),
        // A disc has one word.
        _ => text::label(format!("{} bit", pass.depth)).into(),
    };
    let keys = vec![text::label("Word").into(), depths, text::label("Dither").into(), chosen];
    let picture: Element<'a, Message> = match bits {
        Some(bits) => response::response(noise(pass.dither, rate, u32::from(bits))),
        None => container(text::word2("Nothing is rounded: there is no noise to draw.")).center(Length::Fill).into(),
    };
    let facts = facts(bench, pass, rate);
    let content: Element<'a, Message> = match bench.desk.layout {
        Layout::Large => row![picture, container(facts).width(320)].spacing(24).into(),
        Layout::Small => row![picture, container(facts).width(264)].spacing(16).into(),
    };
    plate::plate("Way out", format!("pass {}", pass.name), keys, padded(content))
}

/// What happens behind the chain, in order.
fn facts<'a>(bench: &Bench<'a>, pass: &'a Pass, rate: SampleRate) -> Element<'a, Message> {
    let line = |name: &'static str, value: String, unit: &'static str| text::readout(name, value, unit, font::LABEL);
    let khz = |rate: SampleRate| number::level(rate.hz() / 1000.0, 1);
    let chain = bench.rate();
    let mut list = column![line("Chain", khz(chain), "kHz"), line("Delivered", khz(rate), "kHz")].spacing(8);
    list = list.push(match chain == rate {
        true => line("Conversion", "none".into(), ""),
        false => line("Conversion", format!("{}, {}", pass.steepness.id(), pass.phase.id()), ""),
    });
    list = list.push(match pass.ceiling {
        Some(ceiling) => line("True-peak guard", number::level(ceiling.0, 2), "dBTP"),
        None => line("True-peak guard", "off".into(), ""),
    });
    list = list.push(rule::horizontal(1));
    if let Some(bits) = pass.depth.integer_bits() {
        let quantiser = Quantiser::new(u32::from(bits), pass.dither, rate, 2, 0);
        if let Ok(quantiser) = quantiser {
            if quantiser.used() != pass.dither {
                let words = format!(
                    "No {} shaper was designed for this rate: {} is used.",
                    word(pass.dither),
                    word(quantiser.used())
                );
                list = list.push(sentence(words));
            }
            let added = number::level(quantiser.reserve().0, 3);
            list = list.push(line("Adds to a peak at most", added, "dB"));
        }
        list =
            list.push(line("Noise in all", plain(noise_level(pass.dither, rate, u32::from(bits)).0, 1, false), "dBFS"));
    }
    let songs = bench.desk.plan.as_ref().map_or(0, |plan| plan.songs.iter().filter(|song| song.is_dithered()).count());
    let all = bench.desk.plan.as_ref().map_or(0, |plan| plan.songs.len());
    let told = match (pass.depth.integer_bits(), songs) {
        (None, _) => "Samples leave as they are.".to_owned(),
        (Some(_), 0) => "Every song fits its word untouched: nothing is dithered.".to_owned(),
        (Some(_), songs) => format!("{songs} of {all} songs are dithered; digital black stays black."),
    };
    list.push(sentence(told)).align_x(Alignment::Start).into()
}

/// Words that take as many lines as they need.
fn sentence<'a>(words: String) -> Element<'a, Message> {
    iced::widget::text(words).size(font::LABEL).style(ink::text2).width(Length::Fill).into()
}

fn hertz(rate: SampleRate) -> Vec<f64> {
    let top = (0.5 * rate.hz()).min(20_000.0);
    (0..POINTS).map(|n| 20.0 * libm::pow(top / 20.0, n as f64 / (POINTS - 1) as f64)).collect()
}

/// The noise of every kind, the chosen one in front.
fn noise(chosen: Dither, rate: SampleRate, bits: u32) -> Response {
    let hz = hertz(rate);
    let density = |dither: Dither, hz: f64| noise_density(dither, rate, bits, Hertz(hz)).0 as f32;
    let curve = |dither: Dither, name: String, ink| Curve {
        name,
        values: hz.iter().map(|hz| density(dither, *hz)).collect(),
        ink,
    };
    let others = Dither::ALL.into_iter().filter(|dither| *dither != chosen);
    let mut curves: Vec<Curve> = others.map(|dither| curve(dither, String::new(), Ink::Quiet)).collect();
    let name = match chosen {
        Dither::None => "rounding error, as noise, dBFS in 1 Hz".to_owned(),
        _ => format!("{} at {bits} bit, dBFS in 1 Hz", word(chosen)),
    };
    curves.push(curve(chosen, name, Ink::Second));
    let levels = || curves.iter().flat_map(|curve| curve.values.iter().copied());
    let (top, bottom) = (levels().fold(f32::MIN, f32::max) + MARGIN_DB, levels().fold(f32::MAX, f32::min) - MARGIN_DB);
    let scale = Scale { top, bottom, step: 12.0, unit: "dB", signed: false };
    Response {
        hz: hz.iter().map(|hz| *hz as f32).collect(),
        curves,
        scale,
        marks: Vec::new(),
        rate_hz: rate.hz() as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_shaper_stays_inside_the_scale() {
        for (dither, rate) in [(Dither::ShapedStrong, SampleRate::CD), (Dither::ShapedStrong, SampleRate(96_000))] {
            let data = noise(dither, rate, 16);
            let values = &data.curves.last().expect("a curve").values;
            assert!(values.iter().all(|value| *value > data.scale.bottom && *value < data.scale.top), "{rate}");
        }
    }
}
