//! How two songs meet: the curves of a crossfade with their readout, or the block of a gap.

use iced::{Color, Point, Rectangle};

use super::lanes::{Geometry, TITLE};
use super::span::CD_FRAMES;
use super::{Join, Song};
use crate::widget::plot::{self, Frame, Word, edges};

/// Draws one join.
pub fn draw(frame: &mut Frame, geometry: &Geometry, join: &Join) {
    if let Some((earlier, later)) = geometry.crossfade(join) {
        crossfade(frame, geometry, join, earlier, later);
    } else if let Some(block) = geometry.gap(join) {
        gap(frame, geometry, join, block);
    }
}

fn crossfade(frame: &mut Frame, geometry: &Geometry, join: &Join, earlier: &Song, later: &Song) {
    let palette = geometry.palette;
    let (start_s, end_s) = (later.start_s, earlier.end_s);
    if !geometry.data.view.shows(start_s, end_s) {
        return;
    }
    let lanes = &geometry.lanes;
    let (falls, rises) = (lanes.lane(earlier.lane), lanes.lane(later.lane));
    let (left, right) = (lanes.ruler.x, lanes.ruler.x + lanes.ruler.width);
    for seconds in [start_s, end_s] {
        let x = geometry.x(seconds);
        if x >= left && x < right {
            let bottom = lanes.lower.y + lanes.lower.height;
            plot::dashed(frame, Point::new(x, lanes.upper.y), Point::new(x, bottom), [2.0, 3.0], palette.text);
        }
    }
    let curve = |lane: Rectangle, gain: &[f32]| {
        geometry.fade_points(gain, start_s, end_s, lane.y + TITLE + 2.0, lane.y + lane.height - 5.0)
    };
    plot::line(frame, &curve(falls, &join.falling.gain), 1.5, palette.text);
    plot::line(frame, &curve(rises, &join.rising.gain), 1.5, palette.text);
    let x = geometry.x(end_s) + 16.0;
    let lines =
        [("Crossfade".to_owned(), false), (format!("{:.3} s", end_s - start_s), true), (join.name.clone(), false)];
    readout(frame, geometry, x, falls, lines);
}

fn gap(frame: &mut Frame, geometry: &Geometry, join: &Join, block: Rectangle) {
    let palette = geometry.palette;
    let Some(pause) = geometry.data.pause_s(join) else { return };
    plot::fill(frame, block, palette.well);
    let mut y = block.y + 8.0;
    while y < block.y + block.height - 2.0 {
        plot::horizontal(frame, y, block.x + 4.0, block.x + block.width - 4.0, palette.decade);
        y += 8.0;
    }
    plot::outline(frame, block, palette.outline);
    grips(frame, block, palette.text);
    let frames = (pause * CD_FRAMES).round();
    let lines = [("Gap".to_owned(), false), (format!("{pause:.3} s"), true), (format!("{frames:.0} CD frames"), false)];
    readout(frame, geometry, block.x + block.width + 12.0, block, lines);
}

/// The two grips of a gap's block, 2 x 20 each.
pub fn grips(frame: &mut Frame, block: Rectangle, colour: Color) {
    let (top, bottom) = ((block.center_y() - 10.0).round(), (block.center_y() + 10.0).round());
    for x in [block.x, block.x + block.width - 2.0] {
        plot::fill(frame, edges(x, top, x + 2.0, bottom), colour);
    }
}

/// Three short lines right of `x` in `lane`; left out where another clip or the lane's end takes the room.
fn readout(frame: &mut Frame, geometry: &Geometry, x: f32, lane: Rectangle, lines: [(String, bool); 3]) {
    let palette = geometry.palette;
    let words: Vec<Word> = lines
        .into_iter()
        .map(
            |(text, number)| {
                if number { Word::number(text, 13.0, palette.text) } else { Word::label(text, 12.0, palette.text2) }
            },
        )
        .collect();
    let width = words.iter().map(Word::width).fold(0.0, f32::max);
    let area = edges(x, lane.y, x + width, lane.y + lane.height);
    let covered = |song: &Song| geometry.clip(song).is_some_and(|clip| clip.intersects(&area));
    let right = geometry.lanes.ruler.x + geometry.lanes.ruler.width;
    if x < geometry.lanes.ruler.x || x + width > right || geometry.data.songs.iter().any(covered) {
        return;
    }
    let centre = (lane.y + TITLE / 2.0 + (lane.height - TITLE) / 2.0).round() - 8.0;
    for (word, offset) in words.into_iter().zip([-18.0, 0.0, 18.0]) {
        word.left(frame, x, centre + offset);
    }
}
