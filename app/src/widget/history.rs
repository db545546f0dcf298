//! What a compressor and a limiter did in the last seconds: gain reduction hanging from the top, and the limiter's levels against its ceiling.
//!
//! Time runs to the right and ends now. Columns are rectangles, one pixel or more wide.

use std::ops::Range;
use std::sync::Arc;

use iced::{Point, Rectangle, Renderer, Size, mouse};

use super::plot::{self, Axis, Canvas, Drawing, Fingerprint, Frame, Layer, Program, Word, edges};
use crate::theme::palette::Palette;
use crate::theme::{Element, Theme};

/// Gain reduction over the last seconds.
#[derive(Clone)]
pub struct Reduction {
    /// Gain in dB at even distances; the last value is now.
    pub gain_db: Arc<[f32]>,
    /// How many values the whole width takes; fewer are drawn at the right.
    pub capacity: usize,
    /// Seconds across.
    pub span_s: f32,
    /// Gain at the upper edge in dB: 0 where nothing is raised.
    pub top_db: f32,
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
    /// The limiter's gain in dB: what it adds to the peaks before it.
    pub gain_db: f32,
    /// Moments by which it comes later than what it was given.
    pub delay: usize,
}

/// One moment of a limiter, levels in dB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Peak before the limiter.
    pub input_db: f32,
    /// Peak behind it.
    pub output_db: f32,
    /// RMS behind it.
    pub rms_db: f32,
    /// Gain reduction, 0 or below.
    pub gain_db: f32,
}

impl Moment {
    /// Silence: what stands where nothing was heard.
    const NOTHING: Moment =
        Moment { input_db: f32::NEG_INFINITY, output_db: f32::NEG_INFINITY, rms_db: f32::NEG_INFINITY, gain_db: 0.0 };

    /// The loudest and the deepest of several.
    pub fn of(moments: &[Moment]) -> Moment {
        moments.iter().fold(Moment::NOTHING, |all, one| Moment {
            input_db: all.input_db.max(one.input_db),
            output_db: all.output_db.max(one.output_db),
            rms_db: all.rms_db.max(one.rms_db),
            gain_db: furthest([all.gain_db, one.gain_db].into_iter()),
        })
    }
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

/// The values that share a pixel with its left and right edge, in whole pixels; the last value ends at the right edge of
/// `area`.
fn columns(count: usize, capacity: usize, area: Rectangle) -> Vec<(Range<usize>, f32, f32)> {
    let capacity = capacity.max(1);
    let shown = count.min(capacity);
    let step = area.width / capacity as f32;
    let right = area.x + area.width;
    let mut columns: Vec<(Range<usize>, f32, f32)> = Vec::with_capacity(shown.min(area.width as usize + 1));
    for place in 0..shown {
        let left = (right - step * (shown - place) as f32).floor();
        let end = (right - step * (shown - place - 1) as f32).floor().max(left + 1.0);
        let value = count - shown + place;
        match columns.last_mut().filter(|(_, start, _)| *start == left) {
            Some((values, _, last)) => (values.end, *last) = (value + 1, end),
            None => columns.push((value..value + 1, left, end)),
        }
    }
    columns
}

/// The gain furthest from none.
fn furthest(gains: impl Iterator<Item = f32>) -> f32 {
    gains.fold(0.0, |far, gain| if gain.abs() > far.abs() { gain } else { far })
}

/// Fills gain from the line of 0 dB, with a bright line along its edge. Neighbours of the same height are one
/// rectangle: most of the time nothing is reduced.
fn draw_reduction(
    frame: &mut Frame,
    gain_db: &[f32],
    capacity: usize,
    area: Rectangle,
    axis: &Axis,
    palette: &Palette,
) {
    let zero = axis.held(0.0).round();
    let height = |values: Range<usize>| axis.held(furthest(gain_db[values].iter().copied())).round();
    let columns = columns(gain_db.len(), capacity, area).into_iter();
    let mut columns = columns.map(|(values, left, right)| (left, right, height(values))).peekable();
    let mut before = zero;
    while let Some((left, mut right, edge)) = columns.next() {
        while let Some((_, next, _)) = columns.next_if(|(_, _, other)| *other == edge) {
            right = next;
        }
        if edge != zero {
            plot::fill(frame, edges(left, zero.min(edge), right, zero.max(edge)), palette.r_deep);
            let line = if edge > zero { edge - 1.0 } else { edge };
            plot::fill(frame, edges(left, line, right, line + 1.0), palette.r);
        }
        // The flank from the last height to this one.
        if edge != before {
            plot::fill(frame, edges(left, before.min(edge), left + 1.0, before.max(edge)), palette.r);
        }
        before = edge;
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
        let axis = Axis::level(area, self.top_db, self.bottom_db);
        let mut key = Fingerprint::default();
        key.numbers(&[self.top_db, self.bottom_db, self.span_s]).palette(palette);
        let scale = layers.scale.draw(renderer, size, key.value(), |frame| {
            plot::fill(frame, area, palette.well);
            for level in scale_levels(self.top_db, self.bottom_db) {
                let y = axis.pixel(level);
                plot::horizontal(frame, y, area.x, size.width, palette.grid);
                let text = Word::number(plot::decimal(f64::from(level), 0, self.top_db > 0.0), 11.0, palette.text2);
                text.right(frame, area.x - 6.0, y.clamp(area.y + 6.0, area.y + area.height - 5.0));
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

/// The labelled levels of a scale of gain: 0 and every 2, 3 or 6 dB to either side of it, as far as there is room.
fn scale_levels(top_db: f32, bottom_db: f32) -> Vec<f32> {
    let step = match bottom_db {
        bottom if bottom >= -7.0 => 2.0,
        bottom if bottom >= -13.0 => 3.0,
        _ => 6.0,
    };
    // Below and above: a strip with two sides has half the room for each.
    let step = if top_db > 0.0 { 2.0 * step } else { step };
    let above = (1..).map(|row| step * row as f32).take_while(|level| *level < top_db - step / 3.0);
    let below = (0..).map(|row| -step * row as f32).take_while(|level| *level > bottom_db + step / 3.0);
    above.chain(below).collect()
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
        key.numbers(&[self.ceiling_db, self.gain_db]).add((self.capacity, self.delay));
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
        for (values, left, right) in columns(self.moments.len(), self.capacity, layout.levels) {
            let given = values.start.saturating_sub(self.delay)..values.end.saturating_sub(self.delay);
            let input_db = Moment::of(&self.moments[given]).input_db + self.gain_db;
            let Moment { output_db, rms_db, .. } = Moment::of(&self.moments[values]);
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
            let text = number(format!("{} s", plot::plain(f64::from(seconds), 0, false)));
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
        assert_eq!(columns(2, 10, area), [(0..1, 90.0, 100.0), (1..2, 100.0, 110.0)]);
        let many = columns(12, 10, area);
        assert_eq!((many.len(), &many[0]), (10, &(2..3, 10.0, 20.0)), "the oldest two have left");
        let shared = columns(500, 500, area);
        assert_eq!((shared.len(), &shared[0], shared[99].0.end), (100, &(0..5, 10.0, 11.0), 500));
    }

    #[test]
    fn values_that_share_a_pixel_show_the_deepest() {
        assert_eq!(furthest([-1.0, 3.0, -4.0, 2.0].into_iter()), -4.0);
        let moment = |gain_db| Moment { input_db: gain_db, output_db: -6.0, rms_db: -20.0, gain_db };
        let both = Moment::of(&[moment(-3.0), moment(-1.0)]);
        assert_eq!((both.gain_db, both.input_db, both.output_db), (-3.0, -1.0, -6.0));
        assert_eq!(Moment::of(&[]), Moment::NOTHING);
    }

    #[test]
    fn scales_are_labelled_at_round_levels() {
        assert_eq!(scale_levels(0.0, -5.0), [0.0, -2.0, -4.0]);
        assert_eq!(scale_levels(0.0, -12.0), [0.0, -3.0, -6.0, -9.0]);
        assert_eq!(scale_levels(0.0, -24.0), [0.0, -6.0, -12.0, -18.0]);
        assert_eq!(scale_levels(12.0, -12.0), [6.0, 0.0, -6.0]);
    }

    #[test]
    fn gain_reduction_hangs_from_the_top() {
        let gain = |place: u64| -(1.0 + (place as f32 / 17.0).sin()) - specimen::noise(place / 3) * 0.5;
        let size = Size::new(524.0, 56.0);
        let data = Reduction {
            gain_db: (0..492).map(gain).collect(),
            capacity: 492,
            span_s: 10.0,
            top_db: 0.0,
            bottom_db: -5.0,
        };
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
        let data = Limiting {
            moments: moments.into(),
            capacity: 1048,
            span_s: 10.0,
            ceiling_db: -1.0,
            gain_db: 0.0,
            delay: 0,
        };
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
