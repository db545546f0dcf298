//! Rows, or cells side by side, that are dragged into another order. A line shows where the held one will stand; Esc
//! gives the drag up.

use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::keyboard::{self, key::Named};
use iced::mouse::{Button, Cursor};
use iced::{Background, Color, Event, Length, Point, Rectangle, Renderer, Size, Vector};

use super::plot::edges;
use crate::theme::{Element, Theme};

/// How far the pointer moves before a press is a drag, px.
const SLACK: f32 = 5.0;
/// Thickness of the line between rows, px.
const LINE: f32 = 2.0;

struct Reorder<'a, Message> {
    content: Element<'a, Message>,
    way: Way,
    /// From one row to the next.
    row: f32,
    /// How much of that is the row itself.
    solid: f32,
    rows: usize,
    on_move: Box<dyn Fn(usize, usize) -> Message + 'a>,
}

/// How rows follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Down,
    Across,
}

impl Way {
    /// The part of a distance that counts.
    fn along(self, at: Point) -> f32 {
        if self == Way::Down { at.y } else { at.x }
    }

    /// A strip of `bounds` from `from` on, counted along.
    fn strip(self, bounds: Rectangle, from: f32, length: f32) -> Rectangle {
        match self {
            Way::Down => edges(bounds.x, bounds.y + from, bounds.x + bounds.width, bounds.y + from + length),
            Way::Across => edges(bounds.x + from, bounds.y, bounds.x + from + length, bounds.y + bounds.height),
        }
    }
}

/// What is held.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Held {
    row: usize,
    from: Point,
    /// The place between rows the pointer is at, once the press has become a drag.
    place: Option<usize>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    /// Where the pointer was last told to be, in the window. A slow frame brings a press together with the way after it,
    /// and the cursor is then already at the end of that way.
    pointer: Option<Point>,
}

/// `content` is a column of `rows` rows, each `row` px high. `on_move` says from which place a row was dragged to which.
pub fn reorder<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    row: f32,
    rows: usize,
    on_move: impl Fn(usize, usize) -> Message + 'a,
) -> Element<'a, Message> {
    Element::new(Reorder { content: content.into(), way: Way::Down, row, solid: row, rows, on_move: Box::new(on_move) })
}

/// The same for `cells` side by side, each `width` px wide with `gap` px between them.
pub fn across<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    (width, gap): (f32, f32),
    cells: usize,
    on_move: impl Fn(usize, usize) -> Message + 'a,
) -> Element<'a, Message> {
    let (row, on_move) = (width + gap, Box::new(on_move));
    Element::new(Reorder { content: content.into(), way: Way::Across, row, solid: width, rows: cells, on_move })
}

impl<Message> Reorder<'_, Message> {
    /// The place between rows at a distance along them, 0 before the first.
    fn place(&self, along: f32) -> usize {
        ((along / self.row).round().max(0.0) as usize).min(self.rows)
    }

    /// The button goes up somewhere else for the rows: a row that was pressed is not chosen by a drag.
    fn let_go(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let up = Event::Mouse(mouse::Event::ButtonReleased(Button::Left));
        let child = &mut tree.children[0];
        let content = self.content.as_widget_mut();
        content.update(child, &up, layout, Cursor::Unavailable, renderer, clipboard, shell, viewport);
        shell.capture_event();
        shell.request_redraw();
    }
}

impl<Message> Widget<Message, Theme, Renderer> for Reorder<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        self.content.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        self.content.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        // Rows that are scrolled lie higher, or further left, in the window than in their list.
        let scrolled = match self.way {
            Way::Down => Vector::new(0.0, (viewport.y - bounds.y).max(0.0)),
            Way::Across => Vector::new((viewport.x - bounds.x).max(0.0), 0.0),
        };
        let state = tree.state.downcast_mut::<State>();
        if let Event::Mouse(mouse::Event::CursorMoved { position }) = event {
            state.pointer = Some(*position);
        }
        let (held, pointer) = (state.held, state.pointer.map(|at| at + scrolled));
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(Button::Left)) if cursor.is_over(bounds) => {
                let child = &tree.children[0];
                let under = self.content.as_widget().mouse_interaction(child, layout, cursor, viewport, renderer);
                // A drag in a field selects its text.
                let at = pointer.or(cursor.position()).filter(|_| under != mouse::Interaction::Text);
                let from = at.map(|at| Point::new(at.x - bounds.x, at.y - bounds.y));
                let from = from.filter(|from| self.way.along(*from) >= 0.0);
                // What lies between two cells belongs to neither.
                let from = from.filter(|from| self.way.along(*from) % self.row <= self.solid);
                let held = from.map(|from| {
                    let row = (self.way.along(from) / self.row) as usize;
                    Held { row, from, place: None }
                });
                tree.state.downcast_mut::<State>().held = held.filter(|held| held.row < self.rows);
            }
            Event::Mouse(mouse::Event::CursorMoved { .. }) => {
                if let (Some(held), Some(at)) = (held, pointer) {
                    let along = self.way.along(Point::new(at.x - bounds.x, at.y - bounds.y));
                    if held.place.is_some() || (along - self.way.along(held.from)).abs() > SLACK {
                        let place = Some(self.place(along));
                        tree.state.downcast_mut::<State>().held = Some(Held { place, ..held });
                        shell.capture_event();
                        shell.request_redraw();
                        return;
                    }
                }
            }
            Event::Mouse(mouse::Event::ButtonReleased(Button::Left)) => {
                tree.state.downcast_mut::<State>().held = None;
                if let Some(Held { row, place: Some(place), .. }) = held {
                    self.let_go(tree, layout, renderer, clipboard, shell, viewport);
                    let to = if place > row { place - 1 } else { place };
                    if to != row {
                        shell.publish((self.on_move)(row, to));
                    }
                    return;
                }
            }
            Event::Keyboard(keyboard::Event::KeyPressed { key: keyboard::Key::Named(Named::Escape), .. })
                if held.is_some_and(|held| held.place.is_some()) =>
            {
                tree.state.downcast_mut::<State>().held = None;
                return self.let_go(tree, layout, renderer, clipboard, shell, viewport);
            }
            _ => {}
        }
        let child = &mut tree.children[0];
        self.content.as_widget_mut().update(child, event, layout, cursor, renderer, clipboard, shell, viewport);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        if tree.state.downcast_ref::<State>().held.is_some_and(|held| held.place.is_some()) {
            return mouse::Interaction::Grabbing;
        }
        self.content.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: Cursor,
        viewport: &Rectangle,
    ) {
        self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
        let Some(Held { row, place: Some(place), .. }) = tree.state.downcast_ref::<State>().held else { return };
        let (bounds, palette) = (layout.bounds(), theme.palette());
        let lifted = self.way.strip(bounds, row as f32 * self.row, self.solid);
        // In the middle of what lies between two cells, and never outside.
        let length = if self.way == Way::Down { bounds.height } else { bounds.width };
        let middle = place as f32 * self.row - (self.row - self.solid) / 2.0 - LINE / 2.0;
        let line = self.way.strip(bounds, middle.clamp(0.0, length - LINE), LINE);
        for (area, colour) in [(lifted, Color { a: 0.18, ..palette.a }), (line, palette.a)] {
            let quad = renderer::Quad { bounds: area, ..renderer::Quad::default() };
            renderer::Renderer::fill_quad(renderer, quad, Background::Color(colour));
        }
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        self.content.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}

#[cfg(test)]
mod tests {
    use iced::widget::{button, column, text};

    use super::*;
    use crate::widget::specimen::simulate;

    #[derive(Debug, Clone, PartialEq)]
    enum Message {
        Chosen(usize),
        Moved(usize, usize),
    }

    fn list() -> Element<'static, Message> {
        let row = |index: usize| {
            button(text(format!("{index}"))).padding(0).width(200).height(20).on_press(Message::Chosen(index)).into()
        };
        reorder(column((0..4).map(row)), 20.0, 4, Message::Moved)
    }

    fn drag(from: f32, to: f32, escape: bool) -> Vec<Message> {
        let mut ui = simulate(list(), Size::new(200.0, 200.0));
        let at = |y: f32| Point::new(50.0, y);
        ui.point_at(at(from));
        ui.simulate([Event::Mouse(mouse::Event::ButtonPressed(Button::Left))]);
        for y in [from + 0.5 * (to - from), to] {
            ui.point_at(at(y));
            ui.simulate([Event::Mouse(mouse::Event::CursorMoved { position: at(y) })]);
        }
        if escape {
            ui.tap_key(keyboard::Key::Named(Named::Escape));
        }
        ui.simulate([Event::Mouse(mouse::Event::ButtonReleased(Button::Left))]);
        ui.into_messages().collect()
    }

    #[test]
    fn a_row_goes_where_it_is_dragged() {
        assert_eq!(drag(10.0, 52.0, false), [Message::Moved(0, 2)]);
        assert_eq!(drag(70.0, 1.0, false), [Message::Moved(3, 0)]);
        assert_eq!(drag(10.0, 150.0, false), [Message::Moved(0, 3)]);
    }

    #[test]
    fn a_cell_goes_across_and_the_gap_takes_nothing() {
        let cell = |index: usize| {
            button(text(format!("{index}"))).padding(0).width(40).height(20).on_press(Message::Chosen(index)).into()
        };
        let drag = |from: f32, to: f32| {
            let cells = across(iced::widget::row((0..4).map(cell)).spacing(10), (40.0, 10.0), 4, Message::Moved);
            let mut ui = simulate(cells, Size::new(300.0, 60.0));
            ui.point_at(Point::new(from, 10.0));
            ui.simulate([Event::Mouse(mouse::Event::ButtonPressed(Button::Left))]);
            for x in [from + 0.5 * (to - from), to] {
                ui.point_at(Point::new(x, 10.0));
                ui.simulate([Event::Mouse(mouse::Event::CursorMoved { position: Point::new(x, 10.0) })]);
            }
            ui.simulate([Event::Mouse(mouse::Event::ButtonReleased(Button::Left))]);
            ui.into_messages().collect::<Vec<_>>()
        };
        assert_eq!(drag(20.0, 130.0), [Message::Moved(0, 2)]);
        assert_eq!(drag(170.0, 5.0), [Message::Moved(3, 0)]);
        assert_eq!(drag(45.0, 130.0), [], "taken between two cells");
        assert_eq!(drag(20.0, 22.0), [Message::Chosen(0)]);
    }

    #[test]
    fn a_click_chooses_and_a_short_way_or_escape_moves_nothing() {
        assert_eq!(drag(10.0, 12.0, false), [Message::Chosen(0)]);
        assert_eq!(drag(30.0, 38.0, false), []);
        assert_eq!(drag(10.0, 70.0, true), []);
    }
}
