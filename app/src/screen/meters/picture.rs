//! The spectrum.

use iced::widget::{column, row, space};
use iced::{Alignment, Length};
use lacquer_engine::analysis::spectrum::Point;

use super::{Curve, Message, State, padded};
use crate::desk::Desk;
use crate::theme::{Element, font};
use crate::widget::plot::{self, Trace};
use crate::widget::segment::{self, Cell};
use crate::widget::spectrum::{Spectrum, spectrum};
use crate::widget::{number, plate, text};

/// Levels at the upper and lower edge, dB.
const TOP_DB: f32 = 0.0;
const BOTTOM_DB: f32 = -78.0;
/// The tilt turns around this frequency, Hz.
const PIVOT_HZ: f32 = 1000.0;

impl State {
    pub(super) fn spectrum<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let average = desk.layout.pick("average", "avg");
        let cells = [(Curve::Now, "now"), (Curve::Average, average), (Curve::Maximum, "max")]
            .map(|(curve, label)| Cell { label, on: self.shows(curve), on_press: Some(Message::Curve(curve)) });
        let slopes = [(0, "0"), (30, "3"), (45, "4.5")];
        let keys = vec![
            text::label("dB/oct").into(),
            segment::one_of(&slopes, self.slope, Message::Slope),
            segment::segment(cells.into(), Length::Shrink),
        ];
        let meters = &desk.meters;
        let trace = |curve: Curve, points: &[Point]| {
            if self.shows(curve) { tilted(points, f32::from(self.slope) / 10.0) } else { Trace::default() }
        };
        let data = Spectrum {
            now: trace(Curve::Now, &meters.spectrum),
            average: trace(Curve::Average, &meters.spectrum_average),
            maximum: trace(Curve::Maximum, &meters.spectrum_max),
            minimum: Trace::default(),
            reference: None,
            top_db: TOP_DB,
            bottom_db: BOTTOM_DB,
            rate_hz: meters.rate_hz.max(44_100) as f32,
        };
        let content = column![spectrum(data, Message::Hover), self.readout()].spacing(4);
        plate::plate("Spectrum", "", keys, padded(content, desk.layout))
    }

    fn shows(&self, curve: Curve) -> bool {
        !self.hidden.contains(&curve)
    }

    /// The value under the pointer, in the tilt that is shown.
    fn readout<'a>(&self) -> Element<'a, Message> {
        let Some(reading) = self.hover else {
            return row![text::hint("Point at the plot to read it")].height(24).align_y(Alignment::Center).into();
        };
        let (hertz, unit) = number::hertz(f64::from(reading.hz));
        let (note, cents) = plot::note(f64::from(reading.hz));
        let mut line = row![text::number(hertz, unit, font::BODY)].spacing(20).height(24).align_y(Alignment::Center);
        if let Some(db) = reading.db {
            line = line.push(text::number(number::level(f64::from(db), 1), "dB", font::BODY));
        }
        line.push(text::mono(note, font::BODY))
            .push(text::number(number::change(f64::from(cents), 0), "cent", font::BODY))
            .push(space::horizontal())
            .into()
    }
}

/// A measured spectrum as a curve, raised by `slope` dB per octave above 1 kHz and lowered below.
fn tilted(points: &[Point], slope: f32) -> Trace {
    let level = |point: &Point| point.level.0 as f32 + slope * (point.frequency.0 as f32 / PIVOT_HZ).log2();
    Trace { hz: points.iter().map(|point| point.frequency.0 as f32).collect(), db: points.iter().map(level).collect() }
}

#[cfg(test)]
mod tests {
    use lacquer_engine::unit::{Db, Hertz};

    use super::*;

    #[test]
    fn the_tilt_turns_around_one_kilohertz() {
        let at = |hz: f64| Point { frequency: Hertz(hz), level: Db(-20.0) };
        let trace = tilted(&[at(500.0), at(1000.0), at(4000.0)], 4.5);
        assert_eq!(*trace.db, [-24.5, -20.0, -11.0]);
    }
}
