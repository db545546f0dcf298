//! A song's clip: body, waveform, title with number and gain, fades and their handles.

use iced::widget::canvas::Path;
use iced::{Point, Rectangle, Size};

use super::lanes::{Geometry, HANDLE, TITLE};
use super::{Fade, Song};
use crate::widget::plot::{self, Frame, Word, edges};
use crate::widget::waveform::{self, Ink, bars};

/// Room above and below the waveform in a clip's body.
const MARGIN: f32 = 8.0;

/// Draws one song into its lane.
pub fn draw(frame: &mut Frame, geometry: &Geometry, index: usize, song: &Song) {
    let Some(clip) = geometry.clip(song) else { return };
    let palette = geometry.palette;
    plot::fill(frame, clip, palette.clip);
    let ink = if song.disabled { Ink::disabled(palette) } else { Ink::master(palette) };
    let area = edges(clip.x, clip.y + TITLE + MARGIN, clip.x + clip.width, clip.y + clip.height - MARGIN);
    let from = geometry.seconds(clip.x) - song.start_s;
    let to = geometry.seconds(clip.x + clip.width) - song.start_s;
    let columns = song.columns.columns(from, to, clip.width as usize);
    waveform::draw(frame, &bars(&columns, area, 1.0), area, &ink);
    super::level::draw(frame, geometry, index, song);
    title(frame, geometry, song, clip);
    fade(frame, geometry, &song.fade_in, song.start_s, clip);
    fade(frame, geometry, &song.fade_out, song.end_s - song.fade_out.seconds, clip);
}

fn title(frame: &mut Frame, geometry: &Geometry, song: &Song, clip: Rectangle) {
    let palette = geometry.palette;
    let bar = edges(clip.x, clip.y, clip.x + clip.width, clip.y + TITLE);
    plot::fill(frame, bar, if song.selected { palette.clip_title_selected } else { palette.clip_title });
    if song.selected {
        plot::fill(frame, edges(clip.x, clip.y, clip.x + clip.width, clip.y + 2.0), palette.a);
    }
    let y = bar.center_y() + if song.selected { 1.0 } else { 0.0 };
    let (ink, quiet) = if song.disabled { (palette.disabled, palette.disabled) } else { (palette.text, palette.text2) };
    let number = Word::number(format!("{:02}", song.number), 11.0, quiet);
    let gain = Word::number(song.gain.clone(), 12.0, ink);
    let gain_width = if song.gain.is_empty() { 0.0 } else { gain.width() + 16.0 };
    if clip.width < 24.0 {
        return;
    }
    number.left(frame, clip.x + 8.0, y);
    let room = clip.width - 28.0 - 8.0;
    let name = Word::title(song.title.clone(), 12.0, ink);
    let beside = name.width() + gain_width <= room;
    if let Some(name) = name.cut(room) {
        name.left(frame, clip.x + 28.0, y);
    }
    if beside && !song.gain.is_empty() {
        gain.right(frame, clip.x + clip.width - 8.0, y);
    }
}

fn fade(frame: &mut Frame, geometry: &Geometry, fade: &Fade, start_s: f64, clip: Rectangle) {
    if fade.seconds <= 0.0 {
        return;
    }
    let (top, bottom) = (clip.y + TITLE + 4.0, clip.y + clip.height - 4.0);
    let points = geometry.fade_points(&fade.shape.gain, start_s, start_s + fade.seconds, top, bottom);
    plot::line(frame, &points, 1.5, geometry.palette.text);
}

/// Draws every handle as a square.
pub fn handles(frame: &mut Frame, geometry: &Geometry) {
    for (_, centre) in geometry.handles() {
        let corner = Point::new((centre.x - HANDLE / 2.0).round(), (centre.y - HANDLE / 2.0).round());
        let square = Path::rounded_rectangle(corner, Size::new(HANDLE, HANDLE), 2.0.into());
        frame.fill(&square, geometry.palette.text);
    }
}
