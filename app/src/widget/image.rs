//! Where a stage puts the middle, the sides and either channel: lines through the goniometer, over what is heard.

use iced::widget::{container, stack};
use iced::{Length, Point, Rectangle, Renderer, mouse};

use super::goniometer::{self, Goniometer, place};
use super::plot::{self, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// One direction: what goes in, and left and right of what comes out for it. Amplitudes: 1 is what went in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    /// The letter of what goes in: M, S, L or R.
    pub letter: char,
    /// Left and right behind the stage.
    pub out: (f32, f32),
}

struct Ways(Vec<Way>);

/// The element: a square `side` px wide. A way as long as half the square is as loud as what went in.
pub fn image<'a, Message: 'a>(dots: Goniometer, ways: Vec<Way>, side: f32) -> Element<'a, Message> {
    let over = Canvas::new(Ways(ways)).width(side).height(side);
    let under = container(goniometer::goniometer(dots)).width(side).height(side);
    stack![under, over].width(Length::Fixed(side)).height(Length::Fixed(side)).into()
}

impl Ways {
    fn paint(&self, frame: &mut Frame, square: Rectangle, palette: &Palette) {
        for way in &self.0 {
            // Half of the length: what is louder than it was still has room.
            let (left, right) = (0.5 * way.out.0, 0.5 * way.out.1);
            // A line has no end that is the first: the letter stands at the right, where the scale has it.
            let (left, right) = if way.letter == 'S' && right < left { (-left, -right) } else { (left, right) };
            let (from, to) = (place(-left, -right, 1.0, square), place(left, right, 1.0, square));
            let colour = match way.letter {
                'M' => palette.text,
                'S' => palette.r,
                _ => palette.text2,
            };
            let width = if matches!(way.letter, 'M' | 'S') { 2.0 } else { 1.0 };
            plot::line(frame, &[from, to], width, colour);
            let apart = Point::new(to.x - square.center_x(), to.y - square.center_y());
            let length = apart.x.hypot(apart.y).max(1.0);
            let beyond = 10.0 / length;
            let word = Word::label(way.letter.to_string(), 12.0, colour);
            word.centred(frame, to.x + apart.x * beyond, to.y + apart.y * beyond);
        }
    }
}

impl<Message> Program<Message> for Ways {
    type State = Layer;

    fn draw(
        &self,
        layer: &Layer,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let mut key = Fingerprint::default();
        key.palette(theme.palette());
        for way in &self.0 {
            key.add(way.letter).numbers(&[way.out.0, way.out.1]);
        }
        let size = bounds.size();
        vec![layer.draw(renderer, size, key.value(), |frame| {
            self.paint(frame, edges(0.0, 0.0, size.width, size.height), theme.palette());
        })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::specimen::{self, Picture, same};

    #[test]
    fn the_middle_stands_up_and_a_muted_side_has_no_length() {
        let ways = vec![Way { letter: 'M', out: (1.0, 1.0) }, Way { letter: 'S', out: (0.0, 0.0) }];
        let dots = Goniometer { dots: Vec::new(), zoom: 1.0 };
        let mut ui = specimen::simulate::<()>(image(dots, ways, 200.0), iced::Size::new(200.0, 200.0));
        let picture = Picture::of(&mut ui, "image");
        assert!(same(picture.at((100.0, 70.0)), Palette::DARK.text));
        assert!(!same(picture.at((70.0, 100.5)), Palette::DARK.r), "no line for the side");
    }
}
