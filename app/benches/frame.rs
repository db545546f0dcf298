//! What a frame costs while the demo album plays at 1920 x 1080, drawn by the processor. `cargo bench -p lacquer`.
//!
//! The real window, without a window: its view, layout and list of shapes, and the pixels of the places that changed since
//! the frame before, which is what the software renderer does for a screen. Also the pixels of a whole frame, as after a
//! change of page, and what changes when nothing moves. Times are those of the processor, so that other work on the machine
//! counts little; figures are printed, never asserted.

use std::path::Path;
use std::time::{Duration, Instant};

use iced_test::core::{Rectangle, Size, mouse, renderer};
use iced_test::runtime::user_interface::{Cache, UserInterface};
use iced_tiny_skia::graphics::{Viewport, damage};
use iced_tiny_skia::{Layer, Renderer};
use lacquer::app::{App, Message, Options};
use lacquer::desk::Page;
use lacquer::theme::{Theme, font};
use lacquer::widget::transport;

const SIZE: (u32, u32) = (1920, 1080);
/// Frames that are timed on every page.
const FRAMES: usize = 60;
/// The distance of two frames.
const PACE: Duration = Duration::from_millis(33);

/// A screen without a screen.
struct Screen {
    renderer: Renderer,
    cache: Cache,
    pixels: tiny_skia::Pixmap,
    mask: tiny_skia::Mask,
    viewport: Viewport,
    before: Vec<Layer>,
}

/// What one frame cost.
struct Frame {
    /// View, layout and the list of shapes.
    shapes: Duration,
    /// Finding what changed, and its pixels.
    pixels: Duration,
    /// Places that changed.
    places: usize,
    /// Their share of the screen.
    share: f32,
}

impl Screen {
    fn new() -> Self {
        let settings = font::settings();
        for bytes in settings.fonts {
            let mut fonts = iced_tiny_skia::graphics::text::font_system().write().expect("the fonts");
            fonts.load_font(bytes);
        }
        Self {
            renderer: Renderer::new(settings.default_font, settings.default_text_size),
            cache: Cache::default(),
            pixels: tiny_skia::Pixmap::new(SIZE.0, SIZE.1).expect("pixels"),
            mask: tiny_skia::Mask::new(SIZE.0, SIZE.1).expect("a mask"),
            viewport: Viewport::with_physical_size(Size::new(SIZE.0, SIZE.1), 1.0),
            before: Vec::new(),
        }
    }

    /// Draws the window as it is now: what changed, or all of it.
    fn draw(&mut self, app: &App, whole: bool) -> Frame {
        let theme = Theme::Dark;
        let base = iced_test::core::theme::Base::base(&theme);
        let bounds = Rectangle::with_size(self.viewport.logical_size());
        let start = now();
        let cache = std::mem::take(&mut self.cache);
        let mut ui = UserInterface::build(app.view(), bounds.size(), cache, &mut self.renderer);
        let style = renderer::Style { text_color: base.text_color };
        ui.draw(&mut self.renderer, &theme, &style, mouse::Cursor::Unavailable);
        self.cache = ui.into_cache();
        let shapes = now() - start;
        let start = now();
        let layers = self.renderer.layers();
        let places = match whole {
            true => vec![bounds],
            false => {
                damage::group(damage::diff(&self.before, layers, |layer| vec![layer.bounds], Layer::damage), bounds)
            }
        };
        self.before = layers.to_vec();
        let mut pixels = self.pixels.as_mut();
        self.renderer.draw(&mut pixels, &mut self.mask, &self.viewport, &places, base.background_color);
        let area: f32 = places.iter().map(|place| place.width * place.height).sum();
        Frame { shapes, pixels: now() - start, places: places.len(), share: area / (bounds.width * bounds.height) }
    }
}

/// The time this thread has run on a processor, or the clock where the system does not tell.
fn now() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let worked = text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok()).map(Duration::from_nanos);
    worked.unwrap_or_else(|| START.get_or_init(Instant::now).elapsed())
}

/// A message to the window and one to let time pass.
fn send(app: &mut App, message: Message) {
    let _ = app.update(message);
    let _ = app.update(Message::Tick);
}

/// Lets the album be measured, so that nothing else works while frames are timed.
fn settle(app: &mut App) {
    let until = Instant::now() + Duration::from_secs(240);
    while app.is_busy() && Instant::now() < until {
        std::thread::sleep(PACE);
        let _ = app.update(Message::Tick);
    }
}

fn mean(values: Vec<f64>) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn milliseconds(time: Duration) -> f64 {
    1000.0 * time.as_secs_f64()
}

fn page(app: &mut App, page: Page) {
    let mut screen = Screen::new();
    send(app, Message::Tab(page));
    let whole = (0..3).map(|_| screen.draw(app, true)).map(|frame| milliseconds(frame.shapes + frame.pixels));
    let whole = whole.fold(f64::INFINITY, f64::min);
    send(app, Message::Transport(transport::Press::Play));
    let mut frames = Vec::with_capacity(FRAMES);
    for _ in 0..FRAMES {
        let start = Instant::now();
        let _ = app.update(Message::Tick);
        frames.push(screen.draw(app, false));
        std::thread::sleep(PACE.saturating_sub(start.elapsed()));
    }
    send(app, Message::Transport(transport::Press::Play));
    settle(app);
    screen.draw(app, false);
    let rest = screen.draw(app, false).places;
    let all = |value: fn(&Frame) -> f64| frames.iter().skip(FRAMES / 10).map(value).collect::<Vec<_>>();
    println!(
        "{:<8} whole {whole:6.1} ms   playing {:6.2} ms: shapes {:5.2}, pixels {:5.2}   {:4.1} places, {:4.1} % of the screen   at rest {rest} places",
        page.name(),
        mean(all(|frame| milliseconds(frame.shapes + frame.pixels))),
        mean(all(|frame| milliseconds(frame.shapes))),
        mean(all(|frame| milliseconds(frame.pixels))),
        mean(all(|frame| frame.places as f64)),
        mean(all(|frame| 100.0 * f64::from(frame.share))),
    );
}

/// A session given by the user, or the demo album made in `folder`.
fn session(folder: &Path) -> Result<std::path::PathBuf, Box<dyn std::error::Error>> {
    match std::env::args().skip(1).find(|argument| !argument.starts_with('-')) {
        Some(path) => Ok(path.into()),
        None => Ok(lacquer::demo::session::make(folder, &|_, _| {})?),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = session(folder.path())?;
    let size = Some((SIZE.0 as f32, SIZE.1 as f32));
    let options = Options { files: vec![path], null_audio: true, size, ..Options::default() };
    let mut app = App::new(&options).0;
    settle(&mut app);
    println!("a frame at {} x {}, drawn by the processor, one thread", SIZE.0, SIZE.1);
    for one in Page::ALL {
        page(&mut app, one);
    }
    Ok(())
}
