//! How far a job is: a bar 4 px high.

use iced::Length;
use iced::widget::{container, row, space};

use crate::theme::Element;
use crate::theme::plate::{self as ground, Meaning};

/// A bar filled to `share`, 0 to 1.
pub fn progress<'a, Message: 'a>(share: f32) -> Element<'a, Message> {
    // Ten thousand steps: finer than a pixel of any window.
    let done = (share.clamp(0.0, 1.0) * 10_000.0).round() as u16;
    let mut bar = row![];
    if done > 0 {
        let fill = container(space()).height(4).style(ground::bar(Meaning::A));
        bar = bar.push(fill.width(Length::FillPortion(done)));
    }
    if done < 10_000 {
        bar = bar.push(container(space()).width(Length::FillPortion(10_000 - done)).height(4));
    }
    container(bar).width(Length::Fill).style(ground::well).into()
}
