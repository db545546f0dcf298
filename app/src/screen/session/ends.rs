//! The ends of the selected song in numbers: its fades, or the curves of the crossfade before it.

use std::fmt;

use iced::widget::{pick_list, row};
use iced::{Alignment, Padding};
use lacquer_engine::dsp::fade::Shape;
use lacquer_engine::session::{Edit, Fade, Join};
use lacquer_engine::unit::Seconds;

use super::{Message, edit};
use crate::desk::{Action, Desk};
use crate::theme::{Element, font};
use crate::widget::{field, header, number, text};

/// One of the curves of a song's ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Its fade-in.
    FadeIn,
    /// Its fade-out.
    FadeOut,
    /// The crossfade before it: the curve of the song that ends.
    Falling,
    /// The crossfade before it: its own curve.
    Rising,
}

/// A curve by its name.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Curve(Shape);

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.id().replace('-', " "))
    }
}

fn curves<'a>(chosen: Shape, end: End) -> Element<'a, Message> {
    let all: Vec<Curve> = Shape::ALL.iter().map(|shape| Curve(*shape)).collect();
    pick_list(all, Some(Curve(chosen)), move |curve| Message::Curve(end, curve.0))
        .text_size(font::LABEL)
        .font(font::INTER)
        .padding(Padding::from([2, 6]))
        .width(112)
        .handle(header::drop_handle())
        .into()
}

fn fade<'a>(word: &'a str, now: Option<Fade>, end: End) -> Element<'a, Message> {
    let length = now.map_or(0.0, |fade| fade.length.0);
    let typed = field::field(number::level(length, 3), "s", 76.0, move |typed| {
        let bare = typed.trim().trim_end_matches('s').trim();
        let read = bare.parse::<f64>().ok().filter(|seconds| (0.0..=600.0).contains(seconds));
        read.map(|seconds| Message::FadeLength(end, seconds))
            .ok_or_else(|| "a length in seconds; the old one stays".into())
    });
    row![text::label(word), typed, curves(now.map(|fade| fade.shape).unwrap_or_default(), end)]
        .spacing(6)
        .align_y(Alignment::Center)
        .into()
}

/// The fields of the selected song.
pub fn view<'a>(desk: &Desk) -> Option<Element<'a, Message>> {
    let id = desk.song.as_ref()?;
    let now = edit::song_of(desk, id)?;
    let first = match now.join {
        Join::Crossfade { out, into, .. } => {
            row![text::label("Crossfade out"), curves(out, End::Falling), text::label("in"), curves(into, End::Rising)]
                .spacing(6)
                .align_y(Alignment::Center)
                .into()
        }
        Join::Gap(_) => fade("Fade in", now.fade_in, End::FadeIn),
    };
    Some(row![first, fade("Fade out", now.fade_out, End::FadeOut)].spacing(12).align_y(Alignment::Center).into())
}

/// Another curve.
pub fn curve(desk: &Desk, end: End, shape: Shape) -> Action {
    let Some((id, now)) = selected(desk) else { return Action::None };
    match (end, now.join) {
        (End::Falling, Join::Crossfade { length, into, .. }) => {
            edit::made(Edit::set_join(&desk.document, &desk.pass, &id, Join::Crossfade { length, out: shape, into }))
        }
        (End::Rising, Join::Crossfade { length, out, .. }) => {
            edit::made(Edit::set_join(&desk.document, &desk.pass, &id, Join::Crossfade { length, out, into: shape }))
        }
        (End::FadeIn, _) => {
            set(desk, &id, end, Fade { length: now.fade_in.map_or(Seconds(0.0), |fade| fade.length), shape })
        }
        (End::FadeOut, _) => {
            set(desk, &id, end, Fade { length: now.fade_out.map_or(Seconds(0.0), |fade| fade.length), shape })
        }
        _ => Action::None,
    }
}

/// Another length of a fade, s.
pub fn length(desk: &Desk, end: End, seconds: f64) -> Action {
    let Some((id, now)) = selected(desk) else { return Action::None };
    let fade = if end == End::FadeIn { now.fade_in } else { now.fade_out };
    set(desk, &id, end, Fade { length: Seconds(seconds), shape: fade.map(|fade| fade.shape).unwrap_or_default() })
}

fn selected(desk: &Desk) -> Option<(String, lacquer_engine::session::ResolvedSong)> {
    let id = desk.song.clone()?;
    let now = edit::song_of(desk, &id)?;
    Some((id, now))
}

fn set(desk: &Desk, song: &str, end: End, fade: Fade) -> Action {
    let own = edit::own(desk);
    edit::made(match end {
        End::FadeIn => Edit::set_fade_in(&desk.document, own, song, Some(fade)),
        _ => Edit::set_fade_out(&desk.document, own, song, Some(fade)),
    })
}
