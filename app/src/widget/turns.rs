//! Neighbouring turns of a groove from close by, to scale across: each as wide as it gets within every sector, the land
//! between them, and the place of the stylus.

use std::sync::Arc;

use iced::{Point, Rectangle, Renderer, Size, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// Turns to either side of the one that sounds.
pub const AROUND: usize = 2;

/// One turn: the place of its edges at even steps along the groove, in um from the middle of the one that sounds;
/// outwards is positive.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turn {
    /// Its number from the one that sounds: -1 is the turn before, which lies outside.
    pub number: i32,
    /// Outer and inner edge at each step; not-a-number where there is no groove.
    pub edges: Vec<(f32, f32)>,
}

/// What the close-up shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turns {
    /// The turns from the outermost to the innermost.
    pub turns: Vec<Turn>,
    /// What is seen across, in um.
    pub span_um: f32,
    /// Least land between the turn that sounds and the next one, in um.
    pub land_um: Option<f32>,
}

/// The element: fills the room it is given.
pub fn turns<'a, Message: 'a>(data: Arc<Turns>) -> Element<'a, Message> {
    Canvas::new(Picture(data)).into()
}

struct Picture(Arc<Turns>);

/// Room for the numbers of the turns, px.
const LEFT: f32 = 34.0;
/// Room for the scale below, px.
const FOOT: f32 = 22.0;
/// Length of the scale, um.
const SCALE_UM: f32 = 200.0;

impl Picture {
    fn paint(&self, frame: &mut Frame, size: Size, palette: &Palette) {
        let well = edges(LEFT, 0.0, size.width, size.height - FOOT);
        plot::fill(frame, well, palette.well);
        let axis = Axis::level(well, 0.5 * self.0.span_um, -0.5 * self.0.span_um);
        for turn in &self.0.turns {
            self.paint_turn(frame, well, &axis, turn, palette);
        }
        plot::vertical(frame, well.center_x(), well.y, well.y + well.height, palette.decade);
        let (y, px) = (size.height - FOOT / 2.0, SCALE_UM * well.height / self.0.span_um.max(1.0));
        plot::fill(frame, edges(LEFT, y, LEFT + px, y + 1.0), palette.text2);
        for x in [LEFT, LEFT + px - 1.0] {
            plot::fill(frame, edges(x, y - 3.0, x + 1.0, y + 4.0), palette.text2);
        }
        let x = LEFT + px + 8.0;
        plot::row(
            frame,
            vec![Word::number("200", 11.0, palette.text2), Word::label("um", 11.0, palette.text2)],
            x,
            y,
            4.0,
        );
        if let Some(land) = self.0.land_um {
            let word = Word::number(format!("land {land:.0} um"), 11.0, palette.text);
            word.right(frame, size.width - 4.0, y);
        }
    }

    fn paint_turn(&self, frame: &mut Frame, well: Rectangle, axis: &Axis, turn: &Turn, palette: &Palette) {
        let step = well.width / turn.edges.len().saturating_sub(1).max(1) as f32;
        let (ground, line) =
            if turn.number == 0 { (palette.a_core, palette.a) } else { (palette.clip_title_selected, palette.outline) };
        let (top, bottom) = (well.y, well.y + well.height);
        let mut sides: [Vec<Point>; 2] = Default::default();
        let mut middle = None;
        for (place, (outer, inner)) in turn.edges.iter().enumerate() {
            let x = well.x + step * place as f32;
            if !outer.is_finite() || !inner.is_finite() {
                continue;
            }
            let (high, low) = (axis.pixel(*outer).clamp(top, bottom), axis.pixel(*inner).clamp(top, bottom));
            // Columns from edge to edge: a plain fill each, quicker than one shape.
            plot::fill(frame, edges(x.floor(), high, (x + step).ceil().min(well.x + well.width), low), ground);
            sides[0].push(Point::new(x, high));
            sides[1].push(Point::new(x, low));
            if place == turn.edges.len() / 2 {
                middle = Some(0.5 * (high + low));
            }
        }
        for side in &sides {
            plot::line(frame, side, 1.0, line);
        }
        if let Some(y) = middle.filter(|y| *y > top + 6.0 && *y < bottom - 6.0) {
            let word =
                if turn.number == 0 { "now".to_string() } else { plot::decimal(f64::from(turn.number), 0, true) };
            let colour = if turn.number == 0 { palette.a } else { palette.text2 };
            Word::number(word, 11.0, colour).right(frame, LEFT - 6.0, y);
        }
    }
}

impl<Message> Program<Message> for Picture {
    type State = Layer;

    fn draw(
        &self,
        layer: &Layer,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (size, palette) = (bounds.size(), theme.palette());
        let mut key = Fingerprint::default();
        key.palette(palette).numbers(&[self.0.span_um, self.0.land_um.unwrap_or(f32::NAN)]);
        for turn in &self.0.turns {
            key.add(turn.number);
            for (outer, inner) in &turn.edges {
                key.numbers(&[*outer, *inner]);
            }
        }
        vec![layer.draw(renderer, size, key.value(), |frame| self.paint(frame, size, palette))]
    }
}
