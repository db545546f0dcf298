//! The equaliser's graph: analyser behind, single bands, their sum, and a dot for each band that is dragged.
//!
//! The curves come as numbers: the caller asks the engine for the response of each band. The widget edits nothing, it says
//! what is being done in [`Event`]s; steps and modifiers are those of the house (Shift fine, Alt vertical, Ctrl horizontal).

mod dots;
mod graph;
#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::sync::Arc;

use iced::{Point, Rectangle, Size};

use super::plot::{Axis, Canvas, Frequencies, Trace, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// Everything the graph shows.
#[derive(Clone)]
pub struct EqCurve {
    /// Frequencies of every response in hertz, ascending, at most 512 of them.
    pub hz: Arc<[f32]>,
    /// Response of all bands together in dB.
    pub sum: Arc<[f32]>,
    /// The bands.
    pub bands: Vec<Band>,
    /// Position of the selected band.
    pub selected: Option<usize>,
    /// Response of the selected band where its gain stands now, while that is not where it rests.
    pub moving: Option<Arc<[f32]>>,
    /// Vertical range.
    pub range: Range,
    /// What is heard now; empty when nothing is.
    pub now: Trace,
    /// Its average; empty for none.
    pub average: Trace,
    /// The reference; empty for none.
    pub reference: Trace,
    /// Level of the analyser at the upper edge in dBFS; 60 dB lie above the lower edge.
    pub analyser_top_db: f32,
    /// Sample rate of the chain in hertz.
    pub rate_hz: f32,
}

/// One band.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Number in its dot.
    pub number: u32,
    /// Letter above its dot when it does not work on the whole stereo signal: M, S, L or R.
    pub letter: Option<char>,
    /// Frequency in hertz.
    pub frequency_hz: f64,
    /// Gain in dB; none for a pass filter, whose dot lies on its curve.
    pub gain_db: Option<f64>,
    /// Quality.
    pub q: f64,
    /// Whether it does nothing now.
    pub bypassed: bool,
    /// Its response in dB at the frequencies of [`EqCurve::hz`].
    pub response: Arc<[f32]>,
}

/// The vertical range on each side of 0 dB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Range {
    /// 3 dB.
    Three,
    /// 6 dB, the default: mastering moves are small.
    #[default]
    Six,
    /// 12 dB.
    Twelve,
    /// 24 dB.
    TwentyFour,
}

impl Range {
    /// The range in dB.
    pub fn db(self) -> f32 {
        match self {
            Self::Three => 3.0,
            Self::Six => 6.0,
            Self::Twelve => 12.0,
            Self::TwentyFour => 24.0,
        }
    }
}

/// What the engineer does with the graph. Bands by their position in [`EqCurve::bands`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// Select a band, or none.
    Select(Option<usize>),
    /// A new bell.
    Create {
        /// Frequency in hertz.
        frequency_hz: f64,
        /// Gain in dB.
        gain_db: f64,
    },
    /// A drag begins: one undo step until it ends.
    DragStarted(usize),
    /// The dragged band's new values.
    Dragged {
        /// The band.
        band: usize,
        /// Frequency in hertz.
        frequency_hz: f64,
        /// Gain in dB; meaningless for a band without gain.
        gain_db: f64,
    },
    /// The drag is done.
    DragEnded(usize),
    /// The drag is given up: the old values return.
    DragCancelled(usize),
    /// Multiply the band's Q.
    Q {
        /// The band.
        band: usize,
        /// Factor above zero.
        factor: f64,
    },
    /// An arrow key.
    Nudge {
        /// The band.
        band: usize,
        /// Factor on its frequency.
        frequency_factor: f64,
        /// Added to its gain in dB.
        gain_db: f64,
    },
    /// The band's gain returns to 0 dB.
    ResetGain(usize),
    /// Switch the band's bypass.
    Bypass(usize),
    /// Listen to the band's region, or no longer.
    Solo(usize),
    /// Open the band's menu (type, slope, channel, delete).
    OpenMenu {
        /// The band.
        band: usize,
        /// The pointer in the window.
        position: Point,
    },
    /// Listen to a band-pass at this frequency while held; none ends it.
    Listen(Option<Probe>),
}

/// The band-pass that is listened through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probe {
    /// Centre in hertz.
    pub frequency_hz: f64,
    /// Quality.
    pub q: f64,
}

/// The element: fills the room it is given, scales included.
pub fn eq_curve<'a, Message: 'a>(data: EqCurve, on_event: impl Fn(Event) -> Message + 'a) -> Element<'a, Message> {
    let data = Rc::new(data);
    Canvas::new((graph::Graph(Rc::clone(&data)), dots::Dots { data, on_event: Box::new(on_event) })).into()
}

/// Radius of a dot.
const DOT: f32 = 10.0;

/// Where everything lies.
struct Layout {
    palette: &'static Palette,
    well: Rectangle,
    frequencies: Frequencies,
    gain: Axis,
    analyser: Axis,
}

impl Layout {
    fn new(data: &EqCurve, size: Size) -> Self {
        let well = edges(36.0, 0.0, size.width - 36.0, size.height - 24.0);
        let half = data.range.db() * 1.1;
        Self {
            palette: Theme::default().palette(),
            well,
            frequencies: Frequencies::audible(well, data.rate_hz),
            gain: Axis::level(well, half, -half),
            analyser: Axis::level(well, data.analyser_top_db, data.analyser_top_db - 66.0),
        }
    }

    /// The same in the colours of a theme.
    fn wearing(self, theme: Theme) -> Self {
        Self { palette: theme.palette(), ..self }
    }

    /// The centre of a band's dot: at its gain, or on its curve where it has none.
    fn dot(&self, data: &EqCurve, band: &Band) -> Point {
        let db = match band.gain_db {
            Some(gain) => gain as f32,
            None => {
                let trace = Trace { hz: data.hz.clone(), db: band.response.clone() };
                trace.level(band.frequency_hz as f32).unwrap_or(0.0)
            }
        };
        let x = self.frequencies.pixel(band.frequency_hz as f32).clamp(self.well.x, self.well.x + self.well.width);
        Point::new(x, self.gain.held(db))
    }

    /// The band whose dot is under the pointer, the nearest first.
    fn band_at(&self, data: &EqCurve, point: Point) -> Option<usize> {
        let reach = DOT + 2.0;
        let distances = data.bands.iter().map(|band| self.dot(data, band).distance(point));
        let near = distances.enumerate().filter(|(_, distance)| *distance <= reach);
        near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(band, _)| band)
    }
}
