//! What one page draws: its texts with the room they have, its controls with their sizes.

use std::task::{Context, Poll, Waker};

use iced::advanced::graphics::text::{Paragraph, Text, font_system};
use iced::advanced::renderer::{Headless, Style};
use iced::advanced::text::{LineHeight, Paragraph as _, Wrapping};
use iced::advanced::widget::operation::{Focusable, Operation, Scrollable};
use iced::advanced::{clipboard, mouse, widget};
use iced::{Color, Event, Point, Rectangle, Renderer, Size, Vector, window};
use iced_runtime::UserInterface;
use iced_runtime::user_interface::Cache;

use super::{Fault, Kind};
use crate::theme::{Element, Theme, font};

/// A text as it was drawn.
struct Word {
    content: String,
    /// The room its letters take.
    area: Rectangle,
    /// What is shown of it.
    clip: Rectangle,
}

/// What a page draws.
pub(super) struct Picture {
    size: Size,
    words: Vec<Word>,
    controls: Controls,
}

/// The least side of a control, px (WCAG 2.2, 2.5.8).
const LEAST: f32 = 24.0;
/// Rounding of positions, px.
const SLACK: f32 = 1.5;
/// Of the height of a line its letters take about this much; the rest is the distance to the next one.
const LETTERS: f32 = 0.6;

impl Picture {
    /// Lays `view` out in `size` and draws it.
    pub(super) fn of<Message>(view: Element<'_, Message>, size: Size) -> Result<Picture, String> {
        let settings = font::settings();
        {
            let mut fonts = font_system().write().map_err(|_| "the fonts cannot be loaded")?;
            settings.fonts.into_iter().for_each(|face| fonts.load_font(face));
        }
        let made = <Renderer as Headless>::new(settings.default_font, settings.default_text_size, None);
        let mut renderer = at_once(made).flatten().ok_or("there is no renderer")?;
        let mut ui = UserInterface::build(view, size, Cache::default(), &mut renderer);
        let redraw = Event::Window(window::Event::RedrawRequested(std::time::Instant::now()));
        let nowhere = mouse::Cursor::Unavailable;
        let _ = ui.update(&[redraw], nowhere, &mut renderer, &mut clipboard::Null, &mut Vec::new());
        let mut controls = Controls { window: Rectangle::with_size(size), ..Controls::default() };
        ui.operate(&renderer, &mut widget::operation::black_box(&mut controls));
        ui.draw(&mut renderer, &Theme::Dark, &Style { text_color: Color::WHITE }, nowhere);
        let words = words(&mut renderer);
        Ok(Picture { size, words, controls })
    }

    /// Everything that is wrong with it.
    pub(super) fn faults(&self, page: &'static str) -> Vec<Fault> {
        let fault = |kind, what: &str, area| Fault { page, kind, what: format!("\u{201c}{what}\u{201d}"), area };
        let mut faults = Vec::new();
        for (index, word) in self.words.iter().enumerate() {
            let whole = Rectangle::with_size(self.size);
            let cut = word.area.x < word.clip.x - SLACK
                || word.area.x + word.area.width > word.clip.x + word.clip.width + SLACK;
            if cut && word.clip != whole {
                faults.push(fault(Kind::Cut, &word.content, word.area));
            } else if !inside(word.area, whole) {
                faults.push(fault(Kind::Outside, &word.content, word.area));
            }
            for other in &self.words[index + 1..] {
                if over(word, other) {
                    let both = format!("{}\u{201d} over \u{201c}{}", word.content, other.content);
                    faults.push(fault(Kind::Overlap, &both, word.area));
                }
            }
        }
        faults.extend(self.controls.outside.iter().map(|area| Fault {
            page,
            kind: Kind::Outside,
            what: "a part of the page".into(),
            area: *area,
        }));
        let small = self.controls.focusable.iter().filter(|area| area.width < LEAST || area.height < LEAST);
        let what = |area: &Rectangle| {
            let here = self.words.iter().find(|word| area.expand(1.0).contains(word.area.center()));
            here.map_or_else(|| "a control".to_string(), |word| format!("\u{201c}{}\u{201d}", word.content))
        };
        faults.extend(small.map(|area| Fault { page, kind: Kind::Small, what: what(area), area: *area }));
        faults
    }
}

/// What is made without waiting for anything, as the software renderer is.
fn at_once<T>(made: impl Future<Output = T>) -> Option<T> {
    match std::pin::pin!(made).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

fn inside(area: Rectangle, room: Rectangle) -> bool {
    area.x >= room.x - SLACK
        && area.y >= room.y - SLACK
        && area.x + area.width <= room.x + room.width + SLACK
        && area.y + area.height <= room.y + room.height + SLACK
}

/// Whether two texts are written into each other.
fn over(one: &Word, other: &Word) -> bool {
    let letters = |word: &Word| {
        let height = word.area.height * LETTERS;
        let area = Rectangle { y: word.area.y + (word.area.height - height) / 2.0, height, ..word.area };
        area.intersection(&word.clip)
    };
    let (Some(one), Some(other)) = (letters(one), letters(other)) else { return false };
    one.intersection(&other).is_some_and(|shared| shared.width > SLACK && shared.height > SLACK)
}

fn words(renderer: &mut Renderer) -> Vec<Word> {
    let mut words = Vec::new();
    for layer in renderer.layers() {
        for item in &layer.text {
            let moved = item.transformation();
            let clip = (item.clip_bounds() * moved).intersection(&layer.bounds).unwrap_or_default();
            for text in item.as_slice() {
                let Some((content, area, own)) = measured(text) else { continue };
                let area = area * moved;
                let Some(clip) = clip.intersection(&(own * moved)) else { continue };
                // What is scrolled away is not shown at all.
                if !content.trim().is_empty() && area.intersection(&clip).is_some() {
                    words.push(Word { content, area, clip });
                }
            }
        }
    }
    words
}

/// The letters of a text, the room they take, and what is shown of it.
fn measured(text: &Text) -> Option<(String, Rectangle, Rectangle)> {
    match text {
        Text::Paragraph { paragraph, position, clip_bounds, transformation, color } => {
            let paragraph = paragraph.upgrade().filter(|_| color.a > 0.0)?;
            let lines = paragraph.buffer().lines.iter().map(|line| line.text().to_string());
            let area = Rectangle::new(*position, paragraph.min_bounds());
            Some((lines.collect::<Vec<_>>().join(" "), area * *transformation, *clip_bounds * *transformation))
        }
        Text::Cached { content, bounds, color, size, line_height, font, align_x, align_y, shaping, clip_bounds } => {
            let paragraph = Paragraph::with_text(iced::advanced::Text {
                content: content.as_str(),
                bounds: bounds.size(),
                size: *size,
                line_height: LineHeight::Absolute(*line_height),
                font: *font,
                align_x: *align_x,
                align_y: *align_y,
                shaping: *shaping,
                wrapping: Wrapping::None,
            });
            let taken = paragraph.min_bounds();
            let x = match align_x {
                iced::advanced::text::Alignment::Center => bounds.x - taken.width / 2.0,
                iced::advanced::text::Alignment::Right => bounds.x - taken.width,
                _ => bounds.x,
            };
            let y = match align_y {
                iced::alignment::Vertical::Top => bounds.y,
                iced::alignment::Vertical::Center => bounds.y - taken.height / 2.0,
                iced::alignment::Vertical::Bottom => bounds.y - taken.height,
            };
            let shown = color.a > 0.0;
            shown.then(|| (content.clone(), Rectangle::new(Point::new(x, y), taken), *clip_bounds))
        }
        _ => None,
    }
}

/// What the keyboard can reach, and what lies outside the window.
#[derive(Default)]
struct Controls {
    window: Rectangle,
    focusable: Vec<Rectangle>,
    outside: Vec<Rectangle>,
    /// The next part lies in something that is scrolled.
    scrolls: bool,
    /// How deep in such parts.
    depth: usize,
}

impl Operation for Controls {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        let scrolls = std::mem::take(&mut self.scrolls);
        self.depth += usize::from(scrolls);
        operate(self);
        self.depth -= usize::from(scrolls);
    }

    fn container(&mut self, _: Option<&widget::Id>, bounds: Rectangle) {
        if self.depth == 0 && !inside(bounds, self.window) {
            self.outside.push(bounds);
        }
    }

    fn scrollable(&mut self, _: Option<&widget::Id>, _: Rectangle, _: Rectangle, _: Vector, _: &mut dyn Scrollable) {
        self.scrolls = true;
    }

    fn focusable(&mut self, _: Option<&widget::Id>, bounds: Rectangle, _: &mut dyn Focusable) {
        self.focusable.push(bounds);
    }
}

#[cfg(test)]
mod tests {
    use iced::widget::{column, container, row, stack};

    use super::*;
    use crate::widget::{key, text};

    fn kinds(view: Element<'_, ()>) -> Vec<Kind> {
        let mut kinds: Vec<_> =
            Picture::of(view, Size::new(300.0, 200.0)).expect("a picture").faults("").iter().map(|f| f.kind).collect();
        kinds.dedup();
        kinds
    }

    #[test]
    fn a_page_in_order_has_no_faults() {
        let page = column![row![text::title("One"), text::label("Two")].spacing(8), key::key("Press", Some(()))];
        assert_eq!(kinds(page.spacing(8).into()), []);
    }

    #[test]
    fn each_fault_is_found() {
        let long = "a sentence that is much longer than what holds it";
        let cut = container(text::word(long)).width(60).clip(true);
        assert_eq!(kinds(cut.into()), [Kind::Cut]);
        let over = stack![text::word("one text"), text::word("another text")];
        assert_eq!(kinds(over.into()), [Kind::Overlap]);
        let outside = container(text::word(long)).padding(iced::Padding { left: 200.0, ..iced::Padding::ZERO });
        assert_eq!(kinds(outside.into()), [Kind::Outside]);
        assert_eq!(kinds(key::key("Press", Some(())).height(18.0).into()), [Kind::Small]);
    }
}
