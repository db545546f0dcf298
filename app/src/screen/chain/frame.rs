//! The frame that processors with a curve share: the curve, what stands beside it, facts, controls, and the last ten
//! seconds.

use iced::Length;
use iced::widget::{Row, column, container, row, scrollable};

use super::trail::{self, Trail};
use super::{Message, Place};
use crate::theme::{Element, Theme};
use crate::widget::history::{self, Reduction};

/// The parts of a page. In the large place they stand in two or three rows, in a narrow one under each other.
pub struct Frame<'a> {
    /// The curve.
    pub curve: Element<'a, Message>,
    /// What stands right beside the curve: a bar of gain reduction, or the harmonics.
    pub beside: Option<Element<'a, Message>>,
    /// Whether that takes the room that is left.
    pub beside_fills: bool,
    /// Numbers.
    pub facts: Element<'a, Message>,
    /// Knobs, switches and choices.
    pub controls: Element<'a, Message>,
    /// The last ten seconds, where there is something to show of them.
    pub strip: Option<Element<'a, Message>>,
}

/// Width of the curve in the large place, px: no wider than a curve of levels over levels can be read.
const MAIN_WIDTH: f32 = 420.0;
/// Height of the strip, px.
const STRIP: f32 = 56.0;

impl<'a> Frame<'a> {
    /// The page in its place.
    pub fn view(self, place: Place) -> Element<'a, Message> {
        let Frame { curve, beside, beside_fills, facts, controls, strip } = self;
        let beside =
            beside.map(|beside| container(beside).width(if beside_fills { Length::Fill } else { Length::Shrink }));
        let strip = strip.map(|strip| container(strip).height(STRIP));
        let upper = |width: f32, facts: Option<(Element<'a, Message>, Length)>| -> Row<'a, Message, Theme> {
            let facts = facts.map(|(facts, width)| container(facts).width(width));
            row![container(curve).width(width)].push(beside).push(facts).spacing(16)
        };
        match place {
            Place::Main => {
                let upper = upper(MAIN_WIDTH, Some((facts, Length::Fixed(280.0))));
                column![upper.height(Length::Fill), controls].push(strip).spacing(12).into()
            }
            Place::Side => {
                let facts = (!beside_fills).then_some((facts, Length::Fill));
                let upper = upper(232.0, facts).height(200);
                column![upper, scrollable(controls).height(Length::Fill)].push(strip).spacing(12).into()
            }
            Place::Foot => {
                let controls = container(controls).height(Length::Fill).clip(true);
                let right = column![controls].push(strip).spacing(8).width(Length::Fill);
                let facts = (!beside_fills).then_some((facts, Length::Fixed(220.0)));
                let upper = upper(248.0, facts);
                let upper = if beside_fills { upper.width(620) } else { upper.width(Length::Shrink) };
                row![upper, right].spacing(16).into()
            }
        }
    }
}

/// The gain of the last ten seconds, from `bottom_db` to nothing; deeper where more than that was taken off.
pub fn strip<'a>(trail: Option<&Trail>, bottom_db: f32) -> Element<'a, Message> {
    let deepest = trail.and_then(Trail::deepest_db).unwrap_or(0.0) as f32;
    let bottom_db = [bottom_db, -12.0, -24.0].into_iter().find(|bottom| *bottom <= deepest).unwrap_or(-48.0);
    history::reduction(Reduction {
        gain_db: trail.map(Trail::gains).unwrap_or_default(),
        capacity: trail::CAPACITY,
        span_s: trail::SPAN_S,
        top_db: 0.0,
        bottom_db,
    })
}

/// The gain of a band in the last ten seconds, to either side of nothing.
pub fn band_strip<'a>(trail: Option<&Trail>, band: usize, reach_db: f32) -> Element<'a, Message> {
    history::reduction(Reduction {
        gain_db: trail.map(|trail| trail.band(band)).unwrap_or_default(),
        capacity: trail::CAPACITY,
        span_s: trail::SPAN_S,
        top_db: reach_db / 2.0,
        bottom_db: -reach_db,
    })
}
