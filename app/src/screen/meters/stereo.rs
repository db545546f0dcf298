//! The stereo image: goniometer or polar level, correlation whole and by octave with its lowest value, balance, width,
//! what mono loses; and the programme meters.

use iced::widget::{button, column, container, row, scrollable, space};
use iced::{Alignment, Length};
use lacquer_engine::analysis::ballistics::Meter;
use lacquer_engine::audio::Layout as Channels;

use super::{Message, State, padded};
use crate::desk::Desk;
use crate::theme::plate::Meaning;
use crate::theme::{Element, font, key as look, text as ink};
use crate::widget::goniometer::{Goniometer, goniometer};
use crate::widget::polar::{directions, polar};
use crate::widget::programme::{Bar, Programme, programme};
use crate::widget::{correlation, number, plate, segment, text};

/// What the plate shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Image {
    /// The goniometer.
    #[default]
    Dots,
    /// Level by direction.
    Polar,
    /// Correlation and mono loss by octave.
    Bands,
    /// Programme meters.
    Meters,
    /// The spectrogram, where it has no plate of its own.
    Spectrogram,
}

impl State {
    pub(super) fn stereo<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let large = desk.layout.pick(true, false);
        let mut images =
            vec![(Image::Dots, "dots"), (Image::Polar, "polar"), (Image::Bands, "bands"), (Image::Meters, "PPM")];
        if !large {
            images.push((Image::Spectrogram, "time"));
        }
        let shown = if large && self.image == Image::Spectrogram { Image::Dots } else { self.image };
        let keys = vec![segment::one_of(&images, shown, Message::Image)];
        let (title, content) = match shown {
            Image::Dots | Image::Polar => ("Stereo", self.scope(desk, shown)),
            Image::Bands => ("Bands", bands(desk)),
            Image::Meters => ("Meters", self.programme(desk)),
            Image::Spectrogram => ("Time", self.waterfall(desk)),
        };
        plate::plate(title, "", keys, padded(content, desk.layout))
    }

    fn scope<'a>(&'a self, desk: &'a Desk, image: Image) -> Element<'a, Message> {
        let (picture, zoom): (Element<'a, Message>, Element<'a, Message>) = if image == Image::Polar {
            (polar(directions(&desk.meters.scope), self.directions.clone()), space().into())
        } else {
            let zooms = [(1, "×1"), (2, "×2"), (4, "×4")];
            // The meter thread appends: the newest pair is the last.
            let dots = desk.meters.scope.iter().rev().copied().collect();
            let scope = goniometer(Goniometer { dots, zoom: f32::from(self.zoom) });
            (scope, segment::one_of(&zooms, self.zoom, Message::Zoom))
        };
        if desk.layout.pick(true, false) {
            let head =
                row![text::label("Correlation"), space::horizontal(), zoom].align_y(Alignment::Center).height(28);
            let below = column![head, strip(desk), numbers(desk)].spacing(6);
            return column![picture, below].spacing(8).into();
        }
        row![picture, container(column![readings(desk), zoom].spacing(4)).width(136)].spacing(12).into()
    }

    fn programme<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let kinds = [
            (Meter::PpmDin, "DIN"),
            (Meter::PpmNordic, "Nordic"),
            (Meter::PpmTwo, "II"),
            (Meter::Vu, "VU"),
            (Meter::K12, "K12"),
            (Meter::K14, "K14"),
            (Meter::K20, "K20"),
        ];
        let kind = self.programme_kind;
        let place = Meter::ALL.iter().position(|known| *known == kind).unwrap_or(0);
        let scale = kind.scale();
        let layout = Channels::of_channels(desk.meters.programme.len().max(1));
        let bars = desk.meters.programme.iter().enumerate().map(|(channel, readings)| {
            let value = |level: Option<lacquer_engine::unit::Db>| level.map(|level| scale.value(level) as f32);
            Bar {
                label: layout.label(channel),
                value: value(readings[place]),
                held: value(self.programme_held.get(channel).and_then(|held| held[place])),
            }
        });
        let data = Programme {
            bars: bars.collect(),
            bottom: scale.bottom as f32,
            top: scale.top as f32,
            loud: scale.loud as f32,
            unit: scale.unit,
        };
        let peaks = desk.meters.channel_max.iter().enumerate().map(|(channel, peak)| {
            let peak = number::reading(peak.map(|peak| peak.0), 2);
            text::readout(format!("TP max {}", layout.label(channel)), peak, "dBTP", font::BODY)
        });
        let meter: Element<'a, Message> = if desk.meters.programme.is_empty() {
            container(text::hint("Nothing has been heard yet.")).center_x(Length::Fill).padding(24).into()
        } else {
            programme(data)
        };
        let content = column![
            segment::one_of(&kinds, kind, Message::Programme),
            meter,
            column(peaks).spacing(4),
            text::hint("The line is the highest reading until Reset.")
        ];
        scrollable(content.spacing(desk.layout.pick(16.0, 10.0))).into()
    }
}

fn strip<'a>(desk: &Desk) -> Element<'a, Message> {
    let lowest = desk.meters.correlation_min.map(|(value, _)| value);
    column![
        correlation::correlation(desk.meters.correlation, lowest),
        row![text::mono("\u{2212}1", font::SCALE), space::horizontal(), text::mono("+1", font::SCALE)]
            .width(Length::Fill)
    ]
    .spacing(2)
    .into()
}

fn alarm(value: Option<f64>) -> fn(&crate::theme::Theme) -> iced::widget::text::Style {
    if value.is_some_and(|value| value < 0.0) { ink::alarm } else { ink::text }
}

fn signed(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| number::DASH.into(), |v| number::change(v, digits))
}

/// The lowest correlation and the time that goes there.
fn least<'a>(desk: &Desk, size: f32) -> Element<'a, Message> {
    let lowest = desk.meters.correlation_min;
    let value = lowest.map(|(value, _)| value);
    let mut line = row![text::mono(signed(value, 2), size).style(alarm(value))].spacing(12).align_y(Alignment::Center);
    if let Some((_, frame)) = lowest {
        let at = number::clock(frame as f64 / f64::from(desk.meters.rate_hz.max(1)));
        let time = text::mono(at, font::LABEL).style(ink::meaning(Meaning::A));
        line = line.push(button(time).padding(0).style(look::bare).on_press(Message::Seek(frame)));
    }
    line.into()
}

fn balance(desk: &Desk) -> (String, &'static str) {
    let balance = desk.meters.balance.map(|balance| balance.0);
    let side = match balance {
        Some(right) if right > 0.05 => "dB R",
        Some(right) if right < -0.05 => "dB L",
        _ => "dB",
    };
    (number::reading(balance.map(f64::abs), 1), side)
}

/// The readings in two columns under the picture.
fn numbers<'a>(desk: &Desk) -> Element<'a, Message> {
    let meters = &desk.meters;
    let name = |word: &'static str| text::label(word).width(88);
    let (shown, side) = balance(desk);
    let now = text::mono(signed(meters.correlation, 2), font::BODY).style(alarm(meters.correlation));
    let line = |word: &'static str, value: Element<'a, Message>| row![name(word), value].spacing(8).height(20);
    let number = |value: String, unit: &'static str| text::number(value, unit, font::BODY);
    let width = number::reading(meters.side_over_mid.map(|db| db.0), 1);
    let loss = number::reading(meters.mono_loss.map(|db| db.0), 1);
    row![
        column![
            line("Now", now.into()),
            line("Minimum", least(desk, font::BODY)),
            line("Balance", number(shown, side))
        ]
        .spacing(2),
        column![line("Side over mid", number(width, "dB")), line("Mono loss", number(loss, "dB"))]
            .spacing(2)
            .width(Length::FillPortion(5))
    ]
    .spacing(12)
    .into()
}

/// The readings in one column beside it.
fn readings<'a>(desk: &Desk) -> Element<'a, Message> {
    let meters = &desk.meters;
    let size = font::BODY;
    let (shown, side) = balance(desk);
    let name = |word: &'static str, value: Element<'a, Message>| {
        row![text::label(word), space::horizontal(), value].width(Length::Fill).height(20)
    };
    let change = |value: Option<lacquer_engine::unit::Db>| number::reading(value.map(|db| db.0), 1);
    column![
        text::label("Correlation"),
        strip(desk),
        name("now", text::mono(signed(meters.correlation, 2), size).style(alarm(meters.correlation)).into()),
        text::label("Minimum"),
        least(desk, size),
        name("Balance", text::number(shown, side, size)),
        name("S / M", text::number(change(meters.side_over_mid), "dB", size)),
        name("Mono", text::number(change(meters.mono_loss), "dB", size)),
    ]
    .spacing(4)
    .into()
}

/// One row for each octave: correlation now over everything, its lowest, crest and what mono loses.
fn bands<'a>(desk: &'a Desk) -> Element<'a, Message> {
    if desk.meters.octaves.is_empty() {
        return container(text::hint("Nothing has been heard yet.")).center(Length::Fill).into();
    }
    let wide = desk.layout.pick(48.0, 46.0);
    let right = |content: Element<'a, Message>| container(content).align_right(wide);
    let head = row![
        text::label("Hz").width(44),
        text::label("correlation").width(Length::Fill),
        right(text::label("mean").into()),
        right(text::label("min").into()),
        right(text::label("crest").into()),
        right(text::label("mono").into()),
    ]
    .spacing(6);
    let lines = desk.meters.octaves.iter().map(|band| {
        let figure = |value: Option<f64>, digits| text::mono(number::reading(value, digits), font::LABEL);
        row![
            text::mono(band.name, font::LABEL).width(44),
            container(correlation::correlation(band.correlation, band.correlation_min)).width(Length::Fill),
            right(text::mono(signed(band.correlation, 2), font::LABEL).style(alarm(band.correlation)).into()),
            right(text::mono(signed(band.correlation_min, 2), font::LABEL).style(alarm(band.correlation_min)).into()),
            right(figure(band.crest.map(|db| db.0), 1).into()),
            right(figure(band.mono_loss.map(|db| db.0), 1).into()),
        ]
        .spacing(6)
        .height(desk.layout.pick(26.0, 22.0))
        .align_y(Alignment::Center)
        .into()
    });
    scrollable(column![head, column(lines)].spacing(6)).into()
}
