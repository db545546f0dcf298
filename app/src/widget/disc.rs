//! A record from above, to scale: grooves shaded by their pitch, what fails in red, findings as numbers, and where the
//! stylus is. A press goes to the moment under it, or to a finding.
//!
//! The stylus runs against the clock over the disc, as on a record that turns with it; the side begins at the top.

use std::f64::consts::PI;
use std::rc::Rc;

use iced::widget::canvas::{self, Action, Path};
use iced::widget::image::{FilterMethod, Handle, Image};
use iced::widget::stack;
use iced::{Color, ContentFit, Length, Point, Rectangle, Renderer, Size, mouse};

use super::plot::{self, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// Radius of a finding's number, px.
const MARK: f32 = 9.0;

/// A disc without its grooves: radii in mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Of the disc.
    pub edge_mm: f64,
    /// Of the label.
    pub label_mm: f64,
    /// Of the hole.
    pub hole_mm: f64,
}

/// Between millimetres on the disc and px of a square.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    middle: f64,
    /// px of a millimetre.
    pub px_per_mm: f64,
    /// The disc.
    pub shape: Shape,
}

impl Scale {
    /// A disc `width` px wide.
    pub fn new(shape: Shape, width: u32) -> Scale {
        let middle = 0.5 * f64::from(width);
        Scale { middle, px_per_mm: (middle - 1.0) / shape.edge_mm, shape }
    }

    /// Radius in mm, and angle in turns against the clock from the top.
    pub fn polar(&self, x: f64, y: f64) -> (f64, f64) {
        let (across, up) = (x - self.middle, self.middle - y);
        let turns = libm::atan2(-across, up) / (2.0 * PI);
        (libm::hypot(across, up) / self.px_per_mm, turns.rem_euclid(1.0))
    }

    /// The px of a radius in mm and an angle in turns.
    pub fn pixel(&self, radius_mm: f64, turns: f64) -> (f64, f64) {
        let (sin, cos) = libm::sincos(2.0 * PI * turns);
        (self.middle - radius_mm * self.px_per_mm * sin, self.middle - radius_mm * self.px_per_mm * cos)
    }

    fn point(&self, radius_mm: f64, turns: f64) -> Point {
        let (x, y) = self.pixel(radius_mm, turns);
        Point::new(x as f32, y as f32)
    }
}

/// A colour between two.
pub fn mixed(from: Color, to: Color, share: f32) -> Color {
    let part = |from: f32, to: f32| from + (to - from) * share;
    Color::from_rgb(part(from.r, to.r), part(from.g, to.g), part(from.b, to.b))
}

/// A number on the disc.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// What it says.
    pub number: usize,
    /// How grave it is.
    pub fails: bool,
    /// Chosen.
    pub chosen: bool,
    /// Radius of its groove, mm.
    pub radius_mm: f64,
    /// Its angle, in turns.
    pub turns: f64,
}

/// A disc and what lies on it.
#[derive(Debug, Clone)]
pub struct Disc {
    /// The picture, as wide as `width`.
    pub picture: Handle,
    /// Its size.
    pub shape: Shape,
    /// px.
    pub width: u32,
    /// Findings.
    pub marks: Vec<Mark>,
    /// The songs: their names and the radii at which they begin.
    pub songs: Vec<(String, f64)>,
    /// What stands on the label.
    pub label: [String; 3],
    /// Radius in mm and angle in turns of the stylus, while it is on this side.
    pub stylus: Option<(f64, f64)>,
}

/// What was pressed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Press {
    /// A finding by its place among the marks.
    Mark(usize),
    /// A place: radius in mm, angle in turns.
    Place(f64, f64),
}

/// The element: a square as wide as the picture.
pub fn disc<'a, Message: 'a>(data: Disc, on_press: impl Fn(Press) -> Message + 'a) -> Element<'a, Message> {
    let width = data.width as f32;
    let pixels = Image::new(data.picture.clone())
        .content_fit(ContentFit::None)
        .filter_method(FilterMethod::Nearest)
        .width(width)
        .height(width);
    let over = Canvas::new(Over { data: Rc::new(data), on_press: Box::new(on_press) }).width(width).height(width);
    stack![pixels, over].width(Length::Fixed(width)).height(Length::Fixed(width)).into()
}

struct Over<'a, Message> {
    data: Rc<Disc>,
    on_press: Box<dyn Fn(Press) -> Message + 'a>,
}

/// What stands still, and the stylus.
#[derive(Default)]
struct Layers {
    marks: Layer,
    stylus: Layer,
}

impl Disc {
    fn scale(&self) -> Scale {
        Scale::new(self.shape, self.width)
    }

    fn press(&self, at: Point) -> Option<Press> {
        let scale = self.scale();
        let near = |mark: &Mark| scale.point(mark.radius_mm, mark.turns).distance(at) <= MARK + 2.0;
        if let Some(mark) = self.marks.iter().rposition(near) {
            return Some(Press::Mark(mark));
        }
        let (radius, turns) = scale.polar(f64::from(at.x), f64::from(at.y));
        (scale.shape.label_mm..scale.shape.edge_mm).contains(&radius).then_some(Press::Place(radius, turns))
    }

    fn paint(&self, frame: &mut Frame, palette: &Palette) {
        let scale = self.scale();
        let middle = Point::new(scale.middle as f32, scale.middle as f32);
        let [title, second, third] = &self.label;
        let room = (2.0 * scale.shape.label_mm * scale.px_per_mm) as f32 - 24.0;
        let words = [
            Word::title(title.as_str(), 13.0, palette.text),
            Word::label(second.as_str(), 12.0, palette.text2),
            Word::number(third.as_str(), 12.0, palette.text),
        ];
        for (line, word) in words.into_iter().enumerate() {
            if let Some(word) = word.cut(room) {
                word.centred(frame, middle.x, middle.y + [-26.0, -8.0, 24.0][line]);
            }
        }
        // Names of songs stand on the left, where their grooves begin; one that has no room is left out.
        let mut free = 0.0f32;
        for (name, radius) in &self.songs {
            let x = (scale.middle - radius * scale.px_per_mm) as f32;
            let word = Word::number(name.as_str(), 11.0, palette.text);
            let width = word.width();
            if x < free {
                continue;
            }
            plot::fill(frame, edges(x, middle.y - 8.0, x + width + 6.0, middle.y + 8.0), palette.well);
            word.left(frame, x + 3.0, middle.y);
            free = x + width + 8.0;
        }
        for mark in &self.marks {
            self.paint_mark(frame, &scale, mark, palette);
        }
    }

    fn paint_mark(&self, frame: &mut Frame, scale: &Scale, mark: &Mark, palette: &Palette) {
        let at = scale.point(mark.radius_mm, mark.turns);
        if mark.chosen {
            frame.fill(&Path::circle(at, MARK + 2.0), palette.focus);
        }
        let (ground, ink) = if mark.fails { (palette.over, palette.dark) } else { (palette.mid, palette.dark) };
        frame.fill(&Path::circle(at, MARK), ground);
        Word::number(mark.number.to_string(), 11.0, ink).centred(frame, at.x, at.y);
    }

    fn paint_stylus(&self, frame: &mut Frame, palette: &Palette) {
        let Some((radius, turns)) = self.stylus else { return };
        let at = self.scale().point(radius, turns);
        let (x, y) = (at.x.round(), at.y.round());
        // Three rectangles are nearly round, and cost no path.
        for (half, high) in [(2.0, 5.0), (4.0, 4.0), (5.0, 2.0)] {
            plot::fill(frame, edges(x - half, y - high, x + half, y + high), palette.text);
        }
        plot::fill(frame, edges(x - 1.0, y - 1.0, x + 1.0, y + 1.0), palette.a);
    }
}

impl<Message> Program<Message> for Over<'_, Message> {
    type State = Layers;

    fn update(
        &self,
        _state: &mut Layers,
        event: &canvas::Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<Action<Message>> {
        let canvas::Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) = event else { return None };
        let press = self.data.press(cursor.position_in(bounds)?)?;
        Some(Action::publish((self.on_press)(press)).and_capture())
    }

    fn draw(
        &self,
        layers: &Layers,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (size, palette) = (bounds.size(), theme.palette());
        let mut key = Fingerprint::default();
        key.palette(palette).add(&self.data.label);
        for (name, radius) in &self.data.songs {
            key.add(name).number(*radius);
        }
        for mark in &self.data.marks {
            key.add((mark.number, mark.fails, mark.chosen)).number(mark.radius_mm).number(mark.turns);
        }
        let marks = layers.marks.draw(renderer, size, key.value(), |frame| self.data.paint(frame, palette));
        let mut key = Fingerprint::default();
        if let Some((radius, turns)) = self.data.stylus {
            let at = self.data.scale().point(radius, turns);
            key.add((at.x.round() as i32, at.y.round() as i32));
        }
        let stylus =
            layers.stylus.draw_apart(renderer, size, key.value(), |frame| self.data.paint_stylus(frame, palette));
        vec![marks, stylus]
    }

    fn mouse_interaction(&self, _: &Layers, bounds: Rectangle, cursor: mouse::Cursor) -> mouse::Interaction {
        let over = cursor.position_in(bounds).and_then(|at| self.data.press(at));
        if over.is_some() { mouse::Interaction::Pointer } else { mouse::Interaction::None }
    }
}

/// What the shades mean: a strip from the narrow to the wide pitch.
pub fn legend<'a, Message: 'a>() -> Element<'a, Message> {
    Canvas::new(Strip).width(64).height(10).into()
}

struct Strip;

impl<Message> Program<Message> for Strip {
    type State = Layer;

    fn draw(
        &self,
        layer: &Layer,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let palette = theme.palette();
        let mut key = Fingerprint::default();
        key.palette(palette);
        let Size { width, height } = bounds.size();
        vec![layer.draw(renderer, bounds.size(), key.value(), |frame| {
            for step in 0..16 {
                let share = step as f32 / 15.0;
                let x = width * step as f32 / 16.0;
                let colour = mixed(palette.groove_narrow, palette.groove_wide, share);
                plot::fill(frame, edges(x, 0.0, x + width / 16.0, height), colour);
            }
        })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWELVE: Shape = Shape { edge_mm: 150.5, label_mm: 50.0, hole_mm: 3.62 };

    #[test]
    fn a_place_on_the_disc_comes_back() {
        let scale = Scale::new(TWELVE, 600);
        for (radius, turns) in [(146.0, 0.0), (100.0, 0.25), (61.0, 0.9)] {
            let (x, y) = scale.pixel(radius, turns);
            let (again, angle) = scale.polar(x, y);
            assert!((again - radius).abs() < 1e-9 && (angle - turns).abs() < 1e-9, "{again} {angle}");
        }
        // Against the clock from the top: a quarter of a turn is on the left.
        let (x, y) = scale.pixel(100.0, 0.25);
        assert!(x < 300.0 && (y - 300.0).abs() < 1e-9);
        assert!((scale.px_per_mm * 301.0 - 598.0).abs() < 1e-9, "to scale");
    }

    #[test]
    fn a_press_finds_the_mark_before_the_groove_and_nothing_on_the_label() {
        let mark = Mark { number: 1, fails: true, chosen: false, radius_mm: 100.0, turns: 0.25 };
        let disc = Disc {
            picture: Handle::from_rgba(1, 1, vec![0; 4]),
            shape: TWELVE,
            width: 600,
            marks: vec![mark],
            songs: Vec::new(),
            label: Default::default(),
            stylus: None,
        };
        let at = disc.scale().point(100.0, 0.25);
        assert_eq!(disc.press(at), Some(Press::Mark(0)));
        let Some(Press::Place(radius, turns)) = disc.press(disc.scale().point(120.0, 0.5)) else { panic!() };
        assert!((radius - 120.0).abs() < 0.01 && (turns - 0.5).abs() < 1e-4);
        assert_eq!(disc.press(Point::new(300.0, 320.0)), None);
    }
}
