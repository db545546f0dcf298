//! The stereo image: goniometer, correlation with its lowest value, balance, width.

use iced::widget::{button, column, container, row, space};
use iced::{Alignment, Length};

use super::{Message, State, padded};
use crate::desk::Desk;
use crate::theme::plate::Meaning;
use crate::theme::{Element, font, key as look, text as ink};
use crate::widget::goniometer::{Goniometer, goniometer};
use crate::widget::{correlation, number, plate, segment, text};

impl State {
    pub(super) fn stereo<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let zooms = [(1, "×1"), (2, "×2"), (4, "×4")];
        let keys = vec![segment::one_of(&zooms, self.zoom, Message::Zoom)];
        // The meter thread appends: the newest pair is the last.
        let dots = desk.meters.scope.iter().rev().copied().collect();
        let scope = goniometer(Goniometer { dots, zoom: f32::from(self.zoom) });
        let content = row![scope, container(readings(desk)).width(desk.layout.pick(208.0, 136.0))].spacing(16);
        plate::plate("Stereo", "", keys, padded(content, desk.layout))
    }
}

fn readings<'a>(desk: &Desk) -> Element<'a, Message> {
    let meters = &desk.meters;
    let size = desk.layout.pick(font::READOUT, font::SECTION);
    let lowest = meters.correlation_min;
    let alarm = |value: Option<f64>| if value.is_some_and(|value| value < 0.0) { ink::alarm } else { ink::text };
    let change = |value: Option<f64>, digits| value.map_or_else(|| number::DASH.into(), |v| number::change(v, digits));
    let now = meters.correlation;
    let correlated = text::mono(change(now, 2), size).style(alarm(now));
    let least = lowest.map(|(value, _)| value);
    let mut least = row![text::mono(change(least, 2), size).style(alarm(least))].spacing(12).align_y(Alignment::Center);
    if let Some((_, frame)) = lowest {
        let at = number::clock(frame as f64 / f64::from(meters.rate_hz.max(1)));
        let time = text::mono(at, font::LABEL).style(ink::meaning(Meaning::A));
        least = least.push(button(time).padding(0).style(look::bare).on_press(Message::Seek(frame)));
    }
    let side = match meters.balance.map(|balance| balance.0) {
        Some(right) if right > 0.05 => "dB R",
        Some(right) if right < -0.05 => "dB L",
        _ => "dB",
    };
    let balance = number::reading(meters.balance.map(|balance| balance.0.abs()), 1);
    let width = number::reading(meters.side_over_mid.map(|width| width.0), 1);
    column![
        text::label("Correlation"),
        correlated,
        correlation::correlation(now, lowest.map(|(value, _)| value)),
        row![text::mono("\u{2212}1", font::SCALE), space::horizontal(), text::mono("+1", font::SCALE)]
            .width(Length::Fill),
        text::label("Minimum"),
        least,
        text::label("Balance"),
        text::number(balance, side, size),
        text::label("Side over mid"),
        text::number(width, "dB", size),
    ]
    .spacing(desk.layout.pick(8.0, 4.0))
    .into()
}
