//! What a compressor and a limiter did in the last seconds: gain reduction hanging from the top, and the limiter's levels against its ceiling.
//!
//! Time runs to the right and ends now. Columns are rectangles, one pixel or more wide.

use std::sync::Arc;

use iced::{Point, Rectangle, Renderer, Size, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// Gain reduction over the last seconds.
#[derive(Clone)]
pub struct Reduction {
    /// Gain in dB, 0 or below, at even distances; the last value is now.
    pub gain_db: Arc<[f32]>,
    /// How many values the whole width takes; fewer are drawn at the right.
    pub capacity: usize,
    /// Seconds across.
    pub span_s: f32,
    /// Gain at the lower edge in dB, below 0.
    pub bottom_db: f32,
}

/// The strip: scale at the left.
pub fn reduction<'a, Message: 'a>(data: Reduction) -> Element<'a, Message> {
    Canvas::new(data).into()
}

/// What a limiter did.
#[derive(Clone)]
pub struct Limiting {
    /// The moments in order; the last is now.
    pub moments: Arc<[Moment]>,
    /// How many moments the whole width takes.
    pub capacity: usize,
    /// Seconds across.
    pub span_s: f32,
    /// The ceiling in dB.
    pub ceiling_db: f32,
}

/// One moment of a limiter, levels in dB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Peak before the limiter, its gain included.
    pub input_db: f32,
    /// Peak behind it.
    pub output_db: f32,
    /// RMS behind it.
    pub rms_db: f32,
    /// Gain reduction, 0 or below.
    pub gain_db: f32,
}

/// The limiter's picture: gain reduction on its own scale above, levels below.
pub fn limiting<'a, Message: 'a>(data: Limiting) -> Element<'a, Message> {
    Canvas::new(data).into()
}

/// What stands still and what scrolls.
#[derive(Default)]
pub struct Layers {
    scale: Layer,
    past: Layer,
}

/// Width of the scale at the left.
const GUTTER: f32 = 32.0;

/// The left and right edge of every value, in whole pixels, the last at the right edge of `area`; values that share a
/// pixel all answer with it, so the later one is drawn over the earlier.
fn columns(count: usize, capacity: usize, area: Rectangle) -> impl Iterator<Item = (usize, f32, f32)> {
    let capacity = capacity.max(1);
    let shown = count.min(capacity);
    let step = area.width / capacity as f32;
    let right = area.x + area.width;
    (0..shown).map(move |place| {
        let left = (right - step * (shown - place) as f32).floor();
        let end = (right - step * (shown - place - 1) as f32).floor().max(left + 1.0);
        (count - shown + place, left, end)
    })
}

/// Fills gain reduction from the upper edge, with a bright line along its lower edge.
fn draw_reduction(
    frame: &mut Frame,
    gain_db: &[f32],
    capacity: usize,
    area: Rectangle,
    axis: &Axis,
    palette: &Palette,
) {
    let mut before = area.y;
    for (place, left, right) in columns(gain_db.len(), capacity, area) {
        let bottom = axis.held(gain_db[place].min(0.0)).round();
        if bottom > area.y {
            plot::fill(frame, edges(left, area.y, right, bottom), palette.r_deep);
            let (top, low) = (before.clamp(area.y, bottom - 1.0), bottom.max(before));
            plot::fill(frame, edges(left, bottom - 1.0, right, bottom), palette.r);
            plot::fill(frame, edges(left, top.max(area.y), left + 1.0, low), palette.r);
        }
        before = bottom;
    }
}

impl<Message> Program<Message> for Reduction {
    type State = Layers;

    fn draw(
        &self,
        layers: &Layers,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (palette, size) = (theme.palette(), bounds.size());
        let area = edges(GUTTER, 0.0, size.width, size.height);
        let axis = Axis::level(area, 0.0, self.bottom_db);
        let mut key = Fingerprint::default();
        key.numbers(&[self.bottom_db, self.span_s]).palette(palette);
        let scale = layers.scale.draw(renderer, size, key.value(), |frame| {
            plot::fill(frame, area, palette.well);
            for level in scale_levels(self.bottom_db) {
                let y = axis.pixel(level);
                plot::horizontal(frame, y, area.x, size.width, palette.grid);
                let text = Word::number(plot::decimal(f64::from(level), 0, false), 11.0, palette.text2);
                text.right(frame, area.x - 6.0, y.max(area.y + 6.0));
            }
        });
        key.numbers(&self.gain_db).add(self.capacity);
        let past = layers.past.draw_in(renderer, area, key.value(), |frame| {
            draw_reduction(frame, &self.gain_db, self.capacity, area, &axis, palette);
            let title = format!("GR dB, {:.0} s", self.span_s);
            Word::label(title, 12.0, palette.text).right(frame, size.width - 8.0, size.height - 11.0);
        });
        vec![scale, past]
    }
}

/// The labelled levels of a gain reduction scale: 0 and every 2, 3 or 6 dB above its lower edge.
fn scale_levels(bottom_db: f32) -> Vec<f32> {
    let step = match bottom_db {
        bottom if bottom >= -7.0 => 2.0,
        bottom if bottom >= -13.0 => 3.0,
        _ => 6.0,
    };
    (0..).map(|row| -step * row as f32).take_while(|level| *level > bottom_db + step / 3.0).collect()
}

/// The parts of a limiter's picture.
struct Layout {
    reduction: Rectangle,
    levels: Rectangle,
    gain: Axis,
    level: Axis,
}

impl Layout {
    /// Gain reduction takes 44 px, levels reach from 2 dB above full scale to 21 dB below.
    fn new(size: Size) -> Self {
        let reduction = edges(GUTTER, 0.0, size.width, 44.0);
        let levels = edges(GUTTER, 48.0, size.width, size.height - 24.0);
        Self { reduction, levels, gain: Axis::level(reduction, 0.0, -4.5), level: Axis::level(levels, 2.0, -21.0) }
    }
}

impl<Message> Program<Message> for Limiting {
    type State = Layers;

    fn draw(
        &self,
        layers: &Layers,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (palette, size) = (theme.palette(), bounds.size());
        let layout = Layout::new(size);
        let mut key = Fingerprint::default();
        key.numbers(&[self.span_s]).palette(palette);
        let scale = layers.scale.draw(renderer, size, key.value(), |frame| self.draw_scale(frame, &layout, palette));
        key.numbers(&[self.ceiling_db]).add(self.capacity);
        for moment in self.moments.iter() {
            key.numbers(&[moment.input_db, moment.output_db, moment.rms_db, moment.gain_db]);
        }
        let area = edges(GUTTER, 0.0, size.width, layout.levels.y + layout.levels.height);
        let past = layers.past.draw_in(renderer, area, key.value(), |frame| self.draw_past(frame, &layout, palette));
        vec![scale, past]
    }
}

impl Limiting {
    fn draw_past(&self, frame: &mut Frame, layout: &Layout, palette: &Palette) {
        let gains: Vec<f32> = self.moments.iter().map(|moment| moment.gain_db).collect();
        draw_reduction(frame, &gains, self.capacity, layout.reduction, &layout.gain, palette);
        let (right, bottom) = (layout.levels.x + layout.levels.width, layout.levels.y + layout.levels.height);
        for (place, left, right) in columns(self.moments.len(), self.capacity, layout.levels) {
            let Moment { input_db, output_db, rms_db, .. } = self.moments[place];
            let row = |db: f32| layout.level.held(db).round();
            if input_db > self.ceiling_db {
                plot::fill(frame, edges(left, row(input_db), right, row(output_db)), palette.outline);
            }
            plot::fill(frame, edges(left, row(output_db), right, bottom), palette.a_deep);
            plot::fill(frame, edges(left, row(rms_db), right, bottom), palette.a_core);
        }
        let ceiling = layout.level.held(self.ceiling_db);
        let (from, to) = (Point::new(layout.levels.x, ceiling), Point::new(right, ceiling));
        plot::dashed(frame, from, to, [5.0, 3.0], palette.text);
    }

    fn draw_scale(&self, frame: &mut Frame, layout: &Layout, palette: &Palette) {
        let number = |text: String| Word::number(text, 11.0, palette.text2);
        for (area, axis, levels) in [
            (layout.reduction, layout.gain, [0.0, -2.0, -4.0, -6.0]),
            (layout.levels, layout.level, [0.0, -6.0, -12.0, -18.0]),
        ] {
            plot::fill(frame, area, palette.well);
            for level in levels.into_iter().filter(|level| *level > axis.to) {
                let y = axis.pixel(level);
                plot::horizontal(frame, y, area.x, area.x + area.width, palette.grid);
                let held = y.clamp(area.y + 6.0, area.y + area.height - 5.0);
                number(plot::decimal(f64::from(level), 0, false)).right(frame, area.x - 6.0, held);
            }
        }
        let (right, y) = (layout.levels.x + layout.levels.width, layout.levels.y + layout.levels.height + 12.0);
        let time = Axis::along(layout.levels, -self.span_s, 0.0);
        for fifth in 0..5 {
            let seconds = -self.span_s + self.span_s / 5.0 * fifth as f32;
            let x = time.pixel(seconds);
            for area in [layout.reduction, layout.levels] {
                if fifth > 0 {
                    plot::vertical(frame, x, area.y, area.y + area.height, palette.grid);
                }
            }
            let text = number(format!("{} s", plot::decimal(f64::from(seconds), 0, false)));
            if fifth == 0 { text.left(frame, x + 2.0, y) } else { text.centred(frame, x, y) }
        }
        number("now".to_owned()).right(frame, right, y);
        number("dB".to_owned()).right(frame, layout.levels.x - 6.0, y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::specimen::{self, Picture, same};

    #[test]
    fn columns_end_now_and_leave_the_past_empty() {
        let area = edges(10.0, 0.0, 110.0, 10.0);
        let few: Vec<_> = columns(2, 10, area).collect();
        assert_eq!(few, [(0, 90.0, 100.0), (1, 100.0, 110.0)]);
        let many: Vec<_> = columns(12, 10, area).collect();
        assert_eq!((many.len(), many[0]), (10, (2, 10.0, 20.0)), "the oldest two have left");
        assert!(columns(500, 500, area).all(|(_, left, right)| right - left >= 1.0));
    }

    #[test]
    fn scales_are_labelled_at_round_levels() {
        assert_eq!(scale_levels(-5.0), [0.0, -2.0, -4.0]);
        assert_eq!(scale_levels(-12.0), [0.0, -3.0, -6.0, -9.0]);
        assert_eq!(scale_levels(-24.0), [0.0, -6.0, -12.0, -18.0]);
    }

    #[test]
    fn gain_reduction_hangs_from_the_top() {
        let gain = |place: u64| -(1.0 + (place as f32 / 17.0).sin()) - specimen::noise(place / 3) * 0.5;
        let size = Size::new(524.0, 56.0);
        let data = Reduction { gain_db: (0..492).map(gain).collect(), capacity: 492, span_s: 10.0, bottom_db: -5.0 };
        let mut ui = specimen::simulate::<()>(reduction(data), size);
        let picture = Picture::of(&mut ui, "reduction");
        assert!(same(picture.at((300.0, 1.0)), Palette::DARK.r_deep));
        assert!(same(picture.at((300.0, 45.0)), Palette::DARK.well));
    }

    #[test]
    fn what_rises_above_the_ceiling_is_grey() {
        let size = Size::new(1080.0, 224.0);
        let moment = |place: u64| {
            let loud = if place % 300 > 260 { 3.0 } else { 0.0 };
            let input = -6.0 + loud + 3.0 * specimen::energy(place as f64 / 40.0, 2) + 3.0 * specimen::noise(place);
            let output = input.min(-1.0);
            Moment { input_db: input, output_db: output, rms_db: output - 9.0, gain_db: output - input }
        };
        let mut moments: Vec<_> = (0..1048).map(moment).collect();
        moments[1044..].fill(Moment { input_db: 1.5, output_db: -1.0, rms_db: -10.0, gain_db: -2.5 });
        let palette = Palette::DARK;
        let data = Limiting { moments: moments.into(), capacity: 1048, span_s: 10.0, ceiling_db: -1.0 };
        let mut ui = specimen::simulate::<()>(limiting(data), size);
        let picture = Picture::of(&mut ui, "limiting");
        let layout = Layout::new(size);
        let at = |db: f32| picture.at((1079.5, layout.level.pixel(db)));
        assert!(same(at(0.5), palette.outline), "input above the ceiling");
        assert!(same(at(-5.0), palette.a_deep), "output");
        assert!(same(at(-15.0), palette.a_core), "RMS");
        assert!(same(picture.at((1079.5, 5.0)), palette.r_deep), "its gain reduction");
    }
}
