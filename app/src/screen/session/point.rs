//! The selected point of a line: its time and its value to be typed, the way on from it, and away.

use iced::Alignment;
use iced::widget::row;
use lacquer_engine::param::{Spec, Way};
use lacquer_engine::session::Scope;

use super::{Message, State, edit, line, song_id};
use crate::desk::{Action, Desk};
use crate::theme::{Element, icon};
use crate::widget::timeline::{BOTTOM_DB, Owner, Place, TOP_DB};
use crate::widget::{field, key, number, segment, text};

/// What is asked of the selected point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// Another time, s from the start of its line.
    Time(f64),
    /// Another value.
    Value(f64),
    /// Another way on.
    Way(Way),
    /// Away.
    Remove,
}

/// Two points are at least this far apart, s.
const APART_S: f64 = 0.001;

/// A point with the line it belongs to.
struct Selected {
    place: Place,
    index: usize,
    points: Vec<(f64, f64)>,
    /// The parameter and the way on, where it is not the level.
    course: Option<(&'static Spec, Way)>,
}

impl State {
    fn scope(&self, desk: &Desk, owner: Owner) -> Option<Scope> {
        match owner {
            Owner::Album => Some(Scope::Album),
            Owner::Song(song) => song_id(desk, song).map(Scope::Song),
        }
    }

    fn selected_point(&self, desk: &Desk) -> Option<Selected> {
        let place = self.point.filter(|_| self.envelope)?;
        let index = place.point?;
        let (points, course) = match (&self.line, place.owner) {
            (Some(line), owner) if line.album == (owner == Owner::Album) => {
                let lane = line::lane(desk, line, self.scope(desk, owner)?)?;
                let way = lane.points().get(index)?.way;
                let points = lane.points().iter().map(|point| (point.at, point.value)).collect();
                (points, Some((lane.spec(), way)))
            }
            (_, Owner::Song(song)) => (edit::envelope(desk, song, place.clip)?, None),
            (_, Owner::Album) => return None,
        };
        let points: Vec<(f64, f64)> = points;
        (index < points.len()).then_some(Selected { place, index, points, course })
    }

    /// Does what is asked of the selected point.
    pub(super) fn change_point(&mut self, desk: &Desk, change: Change) -> Action {
        let Some(Selected { place, index, mut points, .. }) = self.selected_point(desk) else { return Action::None };
        match change {
            Change::Time(at) => {
                let before = index.checked_sub(1).map_or(0.0, |before| points[before].0 + APART_S);
                let after = points.get(index + 1).map_or(f64::INFINITY, |after| after.0 - APART_S);
                points[index].0 = at.clamp(before, after.max(before));
            }
            Change::Value(value) => points[index].1 = value,
            Change::Way(way) => {
                let scope = self.scope(desk, place.owner);
                let known = self.line.as_ref().zip(scope);
                return known.map_or(Action::None, |(line, scope)| line::set_way(desk, line, scope, index, way));
            }
            Change::Remove => {
                points.remove(index);
                self.point = None;
            }
        }
        self.levels(desk, place.owner, place.clip, &points)
    }

    /// The fields of the selected point, if one is.
    pub(super) fn point_fields<'a>(&self, desk: &Desk) -> Option<Element<'a, Message>> {
        let Selected { index, points, course, .. } = self.selected_point(desk)?;
        let (at, value) = points[index];
        let send = |change| Message::Point(change);
        let time = field::field(number::clock(at), "min", 116.0, move |typed| {
            seconds(typed).map(|at| Message::Point(Change::Time(at)))
        });
        let typed: Element<'a, Message> = match course {
            Some((spec, _)) => field::of_spec(spec, value, 104.0, move |value| send(Change::Value(value))).into(),
            None => field::field(number::change(value, 2), "dB", 104.0, |typed| {
                decibels(typed).map(|value| Message::Point(Change::Value(value)))
            })
            .into(),
        };
        let mut line = row![text::label(format!("Point {} of {}", index + 1, points.len())), time, typed]
            .spacing(8)
            .align_y(Alignment::Center);
        if let Some((_, way)) = course {
            line = line.push(segment::one_of(&Way::ALL, way, move |way| send(Change::Way(way))));
        }
        Some(line.push(key::icon(icon::TRASH_2, Some(send(Change::Remove)))).into())
    }
}

/// A time as it is typed: `62.5`, `62.5 s`, `1:02.5`.
fn seconds(typed: &str) -> Result<f64, String> {
    let bare = typed.trim().trim_end_matches('s').trim();
    let read = bare.split(':').try_fold(0.0, |whole: f64, part| {
        part.trim().parse::<f64>().ok().filter(|part| part.is_finite() && *part >= 0.0).map(|part| 60.0 * whole + part)
    });
    read.filter(|_| !bare.is_empty()).ok_or_else(|| "a time like 62.5 or 1:02.5; the old one stays".into())
}

/// A level as it is typed, inside what the lane shows.
fn decibels(typed: &str) -> Result<f64, String> {
    let bare = typed.trim().trim_end_matches("dB").trim().replace('\u{2212}', "-");
    let read = bare.parse::<f64>().ok().filter(|value| (BOTTOM_DB..=TOP_DB).contains(value));
    read.ok_or_else(|| format!("a level from {BOTTOM_DB} to {TOP_DB} dB; the old one stays"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_levels_are_read_as_they_are_typed() {
        assert_eq!(
            ["62.5", " 62.5 s", "1:02.5", "1:00:00"].map(|typed| seconds(typed).ok()),
            [Some(62.5), Some(62.5), Some(62.5), Some(3600.0)]
        );
        assert!(["", "abc", "-3", "1:x"].iter().all(|typed| seconds(typed).is_err()));
        assert_eq!((decibels("\u{2212}0.5 dB"), decibels("+3")), (Ok(-0.5), Ok(3.0)));
        assert!(decibels("40").is_err_and(|sentence| sentence.contains("12")));
    }
}
