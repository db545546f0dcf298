//! The polar level: how loud the programme is in each direction, from the left over the middle to the right, M up.

use iced::widget::canvas::Path;
use iced::{Point, Rectangle, Renderer, Size, mouse};

use super::plot::{self, Canvas, Drawing, Fingerprint, Layer, Program, Word, edges};
use crate::theme::{Element, Theme};

/// Directions over the half circle.
pub const DIRECTIONS: usize = 61;
/// The level in the middle of the circle, dB.
const BOTTOM_DB: f32 = -48.0;

/// The highest level in each direction, from fully left (both of opposite polarity) over mono to fully right.
pub fn directions(pairs: &[(f32, f32)]) -> Vec<f32> {
    let mut levels = vec![f32::NEG_INFINITY; DIRECTIONS];
    for (left, right) in pairs {
        let (mut up, mut across) = (left + right, right - left);
        if up < 0.0 {
            (up, across) = (-up, -across);
        }
        let size = (up * up + across * across).sqrt() / 2.0;
        if size > 0.0 && size.is_finite() {
            // From -π/2 (left) to π/2 (right).
            let share = libm::atan2f(across, up) / std::f32::consts::PI + 0.5;
            let place = ((share * DIRECTIONS as f32) as usize).min(DIRECTIONS - 1);
            levels[place] = levels[place].max(20.0 * size.log10());
        }
    }
    levels
}

/// The element: a half circle in the room it is given. `levels` and `held` are as [`directions`] makes them.
pub fn polar<'a, Message: 'a>(levels: Vec<f32>, held: Vec<f32>) -> Element<'a, Message> {
    Canvas::new(Polar { levels, held }).into()
}

struct Polar {
    levels: Vec<f32>,
    held: Vec<f32>,
}

/// Foot and radius of the half circle in a widget.
fn circle(size: Size) -> (Point, f32) {
    let radius = (size.width / 2.0 - 8.0).min(size.height - 28.0).max(10.0);
    (Point::new((size.width / 2.0).round(), ((size.height + radius) / 2.0).round()), radius)
}

/// The point of a level in a direction, a share from the left (0) to the right (1).
fn point(foot: Point, radius: f32, share: f32, db: f32) -> Point {
    let angle = (share - 0.5) * std::f32::consts::PI;
    let length = ((db - BOTTOM_DB) / -BOTTOM_DB).clamp(0.0, 1.0) * radius;
    Point::new(foot.x + angle.sin() * length, foot.y - angle.cos() * length)
}

impl Polar {
    fn outline(values: &[f32], foot: Point, radius: f32) -> Vec<Point> {
        let share = |place: usize| (place as f32 + 0.5) / values.len().max(1) as f32;
        values.iter().enumerate().map(|(place, db)| point(foot, radius, share(place), *db)).collect()
    }
}

impl<Message> Program<Message> for Polar {
    type State = [Layer; 2];

    fn draw(
        &self,
        layers: &Self::State,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (palette, size) = (theme.palette(), bounds.size());
        let (foot, radius) = circle(size);
        let mut key = Fingerprint::default();
        key.palette(palette);
        let scale = layers[0].draw(renderer, size, key.value(), |frame| {
            plot::fill(frame, edges(0.0, 0.0, size.width, size.height), palette.well);
            for db in [0.0, -12.0, -24.0, -36.0] {
                let arc: Vec<Point> = (0..=48).map(|step| point(foot, radius, step as f32 / 48.0, db)).collect();
                plot::line(frame, &arc, 1.0, palette.grid);
                let text = plot::decimal(f64::from(db), 0, false);
                Word::number(text, 11.0, palette.text2).left(
                    frame,
                    foot.x + 4.0,
                    foot.y - radius * (1.0 + db / 48.0) + 8.0,
                );
            }
            for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
                plot::line(frame, &[foot, point(foot, radius, share, 0.0)], 1.0, palette.decade);
            }
            for (share, name) in [(0.25, "L"), (0.75, "R")] {
                let at = point(foot, radius + 12.0, share, 0.0);
                Word::label(name, 12.0, palette.text2).centred(frame, at.x, at.y);
            }
            Word::label("S", 12.0, palette.text2).left(frame, foot.x - radius, foot.y + 10.0);
            Word::label("S", 12.0, palette.text2).right(frame, foot.x + radius, foot.y + 10.0);
        });
        let mut key = Fingerprint::default();
        key.palette(palette).numbers(&self.levels).numbers(&self.held);
        let live = layers[1].draw(renderer, size, key.value(), |frame| {
            let around = Polar::outline(&self.levels, foot, radius);
            if let Some(path) = around.first().map(|first| {
                Path::new(|path| {
                    path.move_to(foot);
                    path.line_to(*first);
                    around.iter().for_each(|point| path.line_to(*point));
                    path.close();
                })
            }) {
                frame.fill(&path, palette.a_core);
            }
            plot::line(frame, &around, 1.5, palette.a);
            plot::line(frame, &Polar::outline(&self.held, foot, radius), 1.0, palette.text2);
        });
        vec![scale, live]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mono_is_in_the_middle_and_one_channel_at_a_quarter() {
        let loudest = |pair: (f32, f32)| {
            let levels = directions(&[pair]);
            let place = (0..DIRECTIONS).max_by(|a, b| levels[*a].total_cmp(&levels[*b]));
            (place.expect("a direction"), levels[place.expect("a direction")])
        };
        assert_eq!(loudest((1.0, 1.0)), (30, 0.0));
        assert_eq!(loudest((-0.5, -0.5)).0, 30);
        assert_eq!(loudest((1.0, 0.0)).0, 15);
        assert_eq!(loudest((0.0, 1.0)).0, 45);
        assert!([0, 60].contains(&loudest((0.5, -0.5)).0));
        assert!(directions(&[(0.0, 0.0), (f32::NAN, 1.0)]).iter().all(|db| *db == f32::NEG_INFINITY));
    }
}
