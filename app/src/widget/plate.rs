//! Plates: a panel with a title strip 36 high; and grounds, laid as tiles so that a redrawn place costs no more than itself.

use iced::advanced::{Renderer as _, renderer};
use iced::widget::{Row, column, container, row, space};
use iced::{Alignment, Background, Border, Length, Padding, Rectangle, Renderer, border};

use super::around::{self, Around};
use super::{plot, text};
use crate::theme::{Element, Theme, plate as look};

/// Height of the title strip, px.
pub const HEADER: f32 = 36.0;
/// Padding of a plate, px, in the large layout.
pub const PADDING: f32 = 12.0;

/// A plate with a title, an aside next to it, keys at the right, and its content; no padding around the content.
pub fn plate<'a, Message: 'a>(
    title: impl Into<String>,
    aside: impl Into<String>,
    keys: Vec<Element<'a, Message>>,
    content: impl Into<Element<'a, Message>>,
) -> Element<'a, Message> {
    let content = column![header(title, aside, keys), content.into()];
    ground(container(content).width(Length::Fill).height(Length::Fill), look::plate)
}

struct Ground(fn(&Theme) -> container::Style);

/// `content` on the background of `look`; for everything large. Borders are not drawn.
pub fn ground<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    look: fn(&Theme) -> container::Style,
) -> Element<'a, Message> {
    around::wrap(content, Ground(look))
}

impl<Message> Around<Message> for Ground {
    type State = ();

    fn draw(
        &self,
        _state: &(),
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        bounds: Rectangle,
        inner: impl FnOnce(&mut Renderer, &renderer::Style),
    ) {
        let look = (self.0)(theme);
        if let Some(background) = look.background {
            lay(renderer, bounds, look.border.radius, background);
        }
        inner(renderer, &renderer::Style { text_color: look.text_color.unwrap_or(style.text_color) });
    }
}

/// Fills `bounds` in tiles; the outer corners are round.
fn lay(renderer: &mut Renderer, bounds: Rectangle, radius: border::Radius, background: Background) {
    let (right, bottom) = (bounds.x + bounds.width, bounds.y + bounds.height);
    for tile in plot::tiles(bounds) {
        let (left, top) = (tile.x <= bounds.x, tile.y <= bounds.y);
        let (last, low) = (tile.x + tile.width >= right, tile.y + tile.height >= bottom);
        let round = |corner: bool, radius: f32| if corner { radius } else { 0.0 };
        let radius = border::Radius {
            top_left: round(left && top, radius.top_left),
            top_right: round(last && top, radius.top_right),
            bottom_right: round(last && low, radius.bottom_right),
            bottom_left: round(left && low, radius.bottom_left),
        };
        let border = Border { radius, ..Border::default() };
        renderer.fill_quad(renderer::Quad { bounds: tile, border, ..renderer::Quad::default() }, background);
    }
}

/// The title strip alone.
pub fn header<'a, Message: 'a>(
    title: impl Into<String>,
    aside: impl Into<String>,
    keys: Vec<Element<'a, Message>>,
) -> Element<'a, Message> {
    let mut strip: Row<'a, Message, crate::theme::Theme> =
        row![text::title(title)].spacing(12).align_y(Alignment::Center);
    let aside = aside.into();
    if !aside.is_empty() {
        strip = strip.push(container(text::label(aside)).width(Length::Fill).clip(true));
    } else {
        strip = strip.push(space::horizontal());
    }
    let keys = row(keys).spacing(8).align_y(Alignment::Center);
    strip.push(keys).height(HEADER).padding(Padding::from([0.0, PADDING])).into()
}
