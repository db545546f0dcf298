//! The graph itself: grid and scales, analyser, and curves, each kept until its numbers change.

use std::rc::Rc;

use iced::{Point, Rectangle, Renderer, mouse};

use super::{EqCurve, Layout};
use crate::theme::Theme;
use crate::widget::plot::{self, Drawing, Fingerprint, Frame, Layer, Program, Trace, Word, edges};

/// The program under the dots.
pub struct Graph(pub(super) Rc<EqCurve>);

/// Its cached layers.
#[derive(Default)]
pub struct Layers {
    grid: Layer,
    analyser: Layer,
    curves: Layer,
}

impl<Message> Program<Message> for Graph {
    type State = Layers;

    fn draw(
        &self,
        layers: &Layers,
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Drawing> {
        let (data, size) = (&*self.0, bounds.size());
        let layout = Layout::new(data, size).wearing(*theme);
        let mut scale = Fingerprint::default();
        scale.numbers(&[data.range.db(), data.analyser_top_db, data.rate_hz]).palette(layout.palette);
        let mut curves = Fingerprint::default();
        curves.add((scale.value(), data.selected)).numbers(&data.sum);
        if let Some(moving) = &data.moving {
            curves.numbers(moving);
        }
        for band in &data.bands {
            curves.add(band.bypassed).numbers(&band.response);
        }
        let mut analyser = Fingerprint::default();
        analyser.add(scale.value());
        for trace in [&data.now, &data.average, &data.reference] {
            analyser.numbers(&trace.hz).numbers(&trace.db);
            curves.add(trace.hz.is_empty());
        }
        let area = Rectangle { height: layout.well.height + 1.0, ..layout.well };
        vec![
            layers.grid.draw(renderer, size, scale.value(), |frame| draw_grid(frame, data, &layout)),
            layers.analyser.draw_in(renderer, area, analyser.value(), |frame| draw_analyser(frame, data, &layout)),
            layers.curves.draw_in(renderer, area, curves.value(), |frame| draw_curves(frame, data, &layout)),
        ]
    }
}

fn draw_grid(frame: &mut Frame, data: &EqCurve, layout: &Layout) {
    let (palette, well) = (layout.palette, layout.well);
    let (right, bottom) = (well.x + well.width, well.y + well.height);
    plot::fill(frame, well, palette.well);
    layout.frequencies.draw(frame, well, bottom + 12.0, palette);
    let step = data.range.db() / 3.0;
    for row in -3..=3_i32 {
        let level = step * row as f32;
        let y = layout.gain.pixel(level);
        plot::horizontal(frame, y, well.x, right, palette.grid);
        Word::number(plot::decimal(f64::from(level), 0, true), 11.0, palette.text2).right(frame, well.x - 8.0, y);
    }
    Word::number("dB", 11.0, palette.text2).right(frame, well.x - 8.0, bottom + 12.0);
    Word::number("dBFS", 11.0, palette.text2).left(frame, right + 6.0, well.y + 6.0);
    for level in [20.0, 40.0, 60.0].map(|below| (data.analyser_top_db / 20.0).floor() * 20.0 - below) {
        let text = plot::decimal(f64::from(level), 0, false);
        Word::number(text, 11.0, palette.text2).left(frame, right + 6.0, layout.analyser.held(level));
    }
}

fn draw_analyser(frame: &mut Frame, data: &EqCurve, layout: &Layout) {
    let palette = layout.palette;
    let bottom = layout.well.y + layout.well.height;
    let points = |trace: &Trace| trace.points(&layout.frequencies, &layout.analyser);
    plot::fill_to(frame, &points(&data.now), bottom, palette.analyser);
    plot::line(frame, &points(&data.average), 1.0, palette.analyser_average);
    plot::dashed_through(frame, &points(&data.reference), [4.0, 4.0], palette.analyser_reference);
}

fn draw_curves(frame: &mut Frame, data: &EqCurve, layout: &Layout) {
    let (palette, well) = (layout.palette, layout.well);
    let zero = layout.gain.pixel(0.0);
    let points = |db: &std::sync::Arc<[f32]>| {
        Trace { hz: data.hz.clone(), db: db.clone() }.points(&layout.frequencies, &layout.gain)
    };
    let selected = data.selected.and_then(|band| data.bands.get(band)).filter(|band| !band.bypassed);
    if let Some(band) = selected {
        plot::fill_to(frame, &points(&band.response), zero, palette.band);
    }
    plot::horizontal(frame, zero, well.x, well.x + well.width, palette.outline);
    for band in data.bands.iter().filter(|band| !band.bypassed) {
        let colour = if selected.is_some_and(|chosen| chosen == band) { palette.a_deep } else { palette.quiet };
        plot::line(frame, &points(&band.response), 1.0, colour);
    }
    plot::line(frame, &points(&data.sum), 2.0, palette.text);
    if let Some(moving) = &data.moving {
        plot::dashed_through(frame, &points(moving), [6.0, 3.0], palette.a);
    }
    legend(frame, data, layout, Point::new(well.x + 12.0, well.y + 14.0));
}

fn legend(frame: &mut Frame, data: &EqCurve, layout: &Layout, from: Point) {
    let palette = layout.palette;
    let mut x = from.x;
    let entries = [
        ("now", &data.now, palette.a_core, 8.0),
        ("average", &data.average, palette.analyser_average, 1.0),
        ("reference", &data.reference, palette.analyser_reference, 1.0),
    ];
    for (name, _, colour, height) in entries.into_iter().filter(|entry| !entry.1.hz.is_empty()) {
        let top = (from.y - height / 2.0).floor();
        if name == "reference" {
            plot::dashed(frame, Point::new(x, from.y), Point::new(x + 12.0, from.y), [4.0, 3.0], colour);
        } else {
            plot::fill(frame, edges(x, top, x + 12.0, top + height), colour);
        }
        x = plot::row(frame, vec![Word::label(name, 12.0, palette.text2)], x + 18.0, from.y, 0.0) + 16.0;
    }
}
