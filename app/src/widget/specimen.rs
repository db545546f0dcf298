//! Plausible numbers for tests, and snapshots of widgets without a window.
//!
//! With `LACQUER_SNAPSHOTS=folder` every snapshot is also written there as a picture.

use std::sync::Arc;

#[cfg(not(feature = "gpu"))]
use iced::Rectangle;
use iced::{Color, Point, Size};
use iced_test::Simulator;
#[cfg(not(feature = "gpu"))]
use iced_test::runtime::user_interface::{Cache, UserInterface};
#[cfg(not(feature = "gpu"))]
use iced_tiny_skia::graphics::{Viewport, damage};

use super::waveform::{Column, Strip};
use crate::theme::font;
use crate::theme::plate;
use crate::theme::{Element, Theme};

/// Noise between 0 and 1 that is the same at every run.
pub fn noise(seed: u64) -> f32 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x1234_5678);
    state ^= state >> 31;
    state = state.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state ^= state >> 29;
    (state >> 40) as f32 / (1 << 24) as f32
}

/// A slow wave of music-like energy between 0 and 1 at `seconds`.
pub fn energy(seconds: f64, seed: u64) -> f32 {
    let phase = seed as f64;
    let slow = (seconds * 0.11 + phase).sin() * 0.2 + (seconds * 0.43 + 2.0 * phase).sin() * 0.12;
    let beat = ((seconds * 2.0).fract() * -3.0).exp() * 0.25;
    (0.45 + slow + beat).clamp(0.05, 1.0) as f32
}

/// The waveform of a song of `length_s` seconds, 100 columns a second.
pub fn strip(length_s: f64, seed: u64) -> Arc<Strip> {
    let step_s = 0.01;
    let columns = (0..(length_s / step_s) as u64).map(|place| {
        let peak = energy(place as f64 * step_s, seed) * (0.6 + 0.4 * noise(place + seed * 7919));
        Column { low: -peak, high: peak * 0.95, rms: peak * 0.36, source_low: -peak * 0.42, source_high: peak * 0.4 }
    });
    Arc::new(Strip { step_s, columns: columns.collect() })
}

/// A headless window of `size` with `element` in it.
pub fn simulate<'a, Message: 'a>(
    element: impl Into<Element<'a, Message>>,
    size: Size,
) -> Simulator<'a, Message, Theme> {
    let plate = iced::widget::container(element).style(plate::plate);
    Simulator::with_size(font::settings(), size, plate.width(size.width).height(size.height))
}

/// A picture of what the simulator shows, at twice the size.
pub struct Picture {
    rgba: Vec<u8>,
    width: u32,
}

impl Picture {
    /// Takes the picture and, when asked by the environment, writes it as `name`.
    pub fn of<Message>(simulator: &mut Simulator<'_, Message, Theme>, name: &str) -> Self {
        let snapshot = simulator.snapshot(&Theme::Dark).expect("a snapshot");
        let folder = std::env::var_os("LACQUER_SNAPSHOTS").map(std::path::PathBuf::from);
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let path = folder.as_deref().unwrap_or(scratch.path()).join(name).with_extension("png");
        let written = path.with_file_name(format!("{name}-tiny-skia.png"));
        if written.exists() {
            std::fs::remove_file(&written).expect("the old picture is replaced");
        }
        assert!(snapshot.matches_image(&path).expect("the picture is written"));
        let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(written).expect("the picture")));
        let mut reader = decoder.read_info().expect("a PNG header");
        let mut rgba = vec![0; reader.output_buffer_size().expect("a picture that fits")];
        let width = reader.next_frame(&mut rgba).expect("the pixels").width;
        Self { rgba, width }
    }

    /// The colour at a logical pixel.
    pub fn at(&self, point: impl Into<Point>) -> Color {
        let point = point.into();
        let place = ((point.y * 2.0) as usize * self.width as usize + (point.x * 2.0) as usize) * 4;
        Color::from_rgb8(self.rgba[place], self.rgba[place + 1], self.rgba[place + 2])
    }
}

/// A window drawn by the software renderer as on a screen: only what changed.
#[cfg(not(feature = "gpu"))]
pub struct Screen {
    renderer: iced_tiny_skia::Renderer,
    cache: Cache,
    before: Vec<iced_tiny_skia::Layer>,
    pixels: tiny_skia::Pixmap,
    viewport: Viewport,
}

#[cfg(not(feature = "gpu"))]
impl Screen {
    /// A dark screen.
    pub fn new(size: Size) -> Self {
        let viewport = Viewport::with_physical_size(Size::new(size.width as u32, size.height as u32), 1.0);
        let pixels = tiny_skia::Pixmap::new(size.width as u32, size.height as u32).expect("pixels");
        // A simulator loads the fonts.
        drop(simulate::<()>(iced::widget::space(), size));
        let renderer = iced_tiny_skia::Renderer::new(font::INTER, font::BODY.into());
        Self { renderer, cache: Cache::default(), before: Vec::new(), pixels, viewport }
    }

    /// Draws `element` over what was drawn before and returns the places that were redrawn.
    pub fn draw<'a, Message: 'a>(&mut self, element: impl Into<Element<'a, Message>>) -> Vec<Rectangle> {
        let bounds = Rectangle::with_size(self.viewport.logical_size());
        let cache = std::mem::take(&mut self.cache);
        let mut ui = UserInterface::build(element, bounds.size(), cache, &mut self.renderer);
        let style = iced::advanced::renderer::Style { text_color: Theme::Dark.palette().text };
        ui.draw(&mut self.renderer, &Theme::Dark, &style, iced::mouse::Cursor::Unavailable);
        self.cache = ui.into_cache();
        let layers = self.renderer.layers();
        let places = damage::diff(&self.before, layers, |layer| vec![layer.bounds], iced_tiny_skia::Layer::damage);
        self.before = layers.to_vec();
        self.paint(&damage::group(places.clone(), bounds));
        places
    }

    /// Whether the pixels are those of a whole redraw.
    pub fn is_whole(&mut self) -> bool {
        let partly = self.pixels.data().to_vec();
        self.paint(&[Rectangle::with_size(self.viewport.logical_size())]);
        partly == self.pixels.data()
    }

    fn paint(&mut self, places: &[Rectangle]) {
        let mut mask = tiny_skia::Mask::new(self.pixels.width(), self.pixels.height()).expect("a mask");
        let mut pixels = self.pixels.as_mut();
        self.renderer.draw(&mut pixels, &mut mask, &self.viewport, places, Theme::Dark.palette().window);
    }
}

/// Whether two colours differ by no more than rounding.
pub fn same(one: Color, other: Color) -> bool {
    let near = |a: f32, b: f32| (a - b).abs() < 0.012;
    near(one.r, other.r) && near(one.g, other.g) && near(one.b, other.b)
}
