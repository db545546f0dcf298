//! The spectrum: now, average, maximum, minimum and snapshots, as lines, smoothed or in third octaves.

use iced::widget::{column, row, space};
use iced::{Alignment, Length};
use lacquer_engine::analysis::band::BandReading;
use lacquer_engine::analysis::spectrum::{Part, Point, smoothed};
use lacquer_engine::unit::Db;

use super::{Curve, Message, Resolution, SNAPSHOTS, State, padded};
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
/// Half a third octave, base ten.
const HALF_THIRD: f64 = 1.122_018_454;

/// The curves as they are drawn.
#[derive(Debug, Clone, Default)]
pub struct Curves {
    pub(super) now: Trace,
    pub(super) average: Trace,
    pub(super) maximum: Trace,
    pub(super) minimum: Trace,
}

impl State {
    pub(super) fn spectrum<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let curves = self.frozen.clone().unwrap_or_else(|| self.curves(desk));
        let shown = |curve: Curve, trace: Trace| if self.shows(curve) { trace } else { Trace::default() };
        let data = Spectrum {
            now: shown(Curve::Now, curves.now),
            average: shown(Curve::Average, curves.average),
            maximum: shown(Curve::Maximum, curves.maximum),
            minimum: shown(Curve::Minimum, curves.minimum),
            kept: self.snapshots.clone(),
            reference: None,
            top_db: TOP_DB,
            bottom_db: BOTTOM_DB,
            rate_hz: desk.meters.rate_hz.max(44_100) as f32,
        };
        let content = column![self.choices(desk), spectrum(data, Message::Hover), self.readout()].spacing(4);
        plate::plate("Spectrum", "", self.keys(desk), padded(content, desk.layout))
    }

    fn keys<'a>(&self, desk: &Desk) -> Vec<Element<'a, Message>> {
        let average = desk.layout.pick("average", "avg");
        let curves = [(Curve::Now, "now"), (Curve::Average, average), (Curve::Maximum, "max"), (Curve::Minimum, "min")]
            .map(|(curve, label)| Cell { label, on: self.shows(curve), on_press: Some(Message::Curve(curve)) });
        let parts = [(Part::All, "LR"), (Part::Left, "L"), (Part::Right, "R"), (Part::Mid, "M"), (Part::Side, "S")];
        vec![
            segment::one_of(&parts, desk.meters.spectrum_part, Message::Part),
            segment::segment(curves.into(), Length::Shrink),
        ]
    }

    /// Resolution, tilt, snapshots and freeze.
    fn choices<'a>(&self, desk: &Desk) -> Element<'a, Message> {
        let third = desk.layout.pick("third octaves", "1/3 class 1");
        let resolutions = [
            (Resolution::Lines, "lines"),
            (Resolution::Smooth(24), "1/24"),
            (Resolution::Smooth(12), "1/12"),
            (Resolution::Smooth(3), "1/3"),
            (Resolution::Thirds, third),
        ];
        let slopes = [(0, "0"), (30, "3"), (45, "4.5")];
        let names = ["1", "2", "3"];
        let kept = (0..SNAPSHOTS).zip(names).map(|(place, label)| Cell {
            label,
            on: self.snapshots[place].is_some(),
            on_press: Some(Message::Snapshot(place)),
        });
        let frozen = vec![Cell { label: "freeze", on: self.frozen.is_some(), on_press: Some(Message::Freeze) }];
        let mut line = row![segment::one_of(&resolutions, self.resolution, Message::Resolution)];
        line = line.push(space::horizontal());
        if desk.layout.pick(true, false) {
            line = line.push(text::label("dB/oct"));
        }
        line.push(segment::one_of(&slopes, self.slope, Message::Slope))
            .push(text::label(desk.layout.pick("Store", "")))
            .push(segment::segment(kept.collect(), Length::Shrink))
            .push(segment::segment(frozen, Length::Shrink))
            .spacing(8)
            .align_y(Alignment::Center)
            .into()
    }

    fn shows(&self, curve: Curve) -> bool {
        !self.hidden.contains(&curve)
    }

    /// The curves of the reading as they are to be drawn.
    pub(super) fn curves(&self, desk: &Desk) -> Curves {
        let meters = &desk.meters;
        let slope = f32::from(self.slope) / 10.0;
        if self.resolution == Resolution::Thirds {
            let steps = |pick: fn(&BandReading) -> Option<Db>| steps(&meters.thirds, pick, slope);
            return Curves {
                now: steps(|band| band.now),
                average: steps(|band| band.mean),
                maximum: steps(|band| band.highest),
                minimum: Trace::default(),
            };
        }
        let parts = if let Resolution::Smooth(parts) = self.resolution { parts } else { 0 };
        let trace = |points: &[Point]| match parts {
            0 => tilted(points, slope),
            parts => tilted(&smoothed(points, parts), slope),
        };
        Curves {
            now: trace(&meters.spectrum),
            average: trace(&meters.spectrum_average),
            maximum: trace(&meters.spectrum_max),
            minimum: trace(&meters.spectrum_min),
        }
    }

    /// The value under the pointer, in the tilt that is shown.
    fn readout<'a>(&self) -> Element<'a, Message> {
        let Some(reading) = self.hover else {
            let both = self.resolution == Resolution::Thirds;
            let word = if both { "Third octaves of both channels" } else { "Point at the plot to read it" };
            return row![text::hint(word)].height(24).align_y(Alignment::Center).into();
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

/// Bands as steps: each level, tilted by its middle, stands from edge to edge.
fn steps(bands: &[BandReading], pick: fn(&BandReading) -> Option<Db>, slope: f32) -> Trace {
    let middle = |band: &BandReading| {
        let level = pick(band).unwrap_or(Db(-240.0));
        tilted(&[Point { frequency: band.middle, level }], slope).db.first().copied().unwrap_or(f32::NEG_INFINITY)
    };
    let edges = |band: &BandReading| [band.middle.0 / HALF_THIRD, band.middle.0 * HALF_THIRD * 0.999_9];
    Trace {
        hz: bands.iter().flat_map(edges).map(|hertz| hertz as f32).collect(),
        db: bands.iter().flat_map(|band| [middle(band); 2]).collect(),
    }
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
