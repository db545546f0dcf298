//! Whose line is drawn: the level before the chain over the songs, or a parameter of their chains or of the album's in a
//! lane of its own under them.

use std::fmt;

use lacquer_engine::param::{Breakpoint, Lane, Way};
use lacquer_engine::session::{Address, Edit, Scope};

use crate::desk::{self, Action, Desk};
use crate::widget::timeline::{Course, Levels};

/// A parameter of a chain: of the album's, or of the songs', which have the same line where their chains have such a
/// stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Of the album's chain.
    pub album: bool,
    stage: String,
    row: Option<String>,
    parameter: &'static str,
}

impl Line {
    /// The line of an address, where there is such a parameter.
    pub fn of(address: &Address, desk: &Desk) -> Option<Line> {
        let spec = address.spec(desk.session()).ok()?;
        let album = address.scope == Scope::Album;
        Some(Line { album, stage: address.stage.clone(), row: address.row.clone(), parameter: spec.id })
    }
}

/// An entry of the list of lines; none is the level before the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The line.
    pub line: Option<Line>,
    name: String,
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// What a line can show: the level, what is automated, then every other parameter that can move, of the selected song's
/// chain and of the album's.
pub fn offers(desk: &Desk) -> Vec<Offer> {
    let level = Offer { line: None, name: "Level before the chain".into() };
    let song = selected(desk).map(|song| (Scope::Song(song), false, ""));
    let mut parameters: Vec<(bool, Offer)> = Vec::new();
    for (scope, album, whose) in song.into_iter().chain([(Scope::Album, true, "Album ")]) {
        let Some(chain) = desk.session().chain(Some(&desk.pass), &scope) else { continue };
        for stage in &chain.stages {
            for course in desk::courses(stage) {
                let row = course.row.cloned();
                let line = Line { album, stage: stage.id.clone(), row, parameter: course.spec.id };
                let dot = if course.automated { "\u{2022} " } else { "" };
                let name = format!("{dot}{whose}{} {}", stage.id, course.name);
                parameters.push((course.automated, Offer { name, line: Some(line) }));
            }
        }
    }
    parameters.sort_by_key(|(automated, _)| !automated);
    std::iter::once(level).chain(parameters.into_iter().map(|(_, offer)| offer)).collect()
}

/// The offer that a line is.
pub fn chosen(offers: &[Offer], line: Option<&Line>) -> Option<Offer> {
    offers.iter().find(|offer| offer.line.as_ref() == line).cloned()
}

fn selected(desk: &Desk) -> Option<String> {
    desk.song.clone().or_else(|| desk.selected_song().map(|song| song.id.clone()))
}

/// The course of a parameter over a song, or over the album, on the timeline; none where the chain has no such stage.
pub fn course(desk: &Desk, line: &Line, scope: Scope, start_s: f64, end_s: f64) -> Vec<Levels> {
    let (address, session) = (address(desk, line, scope), desk.session());
    let (Ok(lane), Ok(base)) = (address.lane(session), address.value(session)) else { return Vec::new() };
    let stage = session
        .chain(Some(&desk.pass), &address.scope)
        .and_then(|chain| chain.stages.iter().find(|stage| stage.id == line.stage));
    let named = stage.and_then(|stage| {
        let same = |course: &desk::Movable<'_>| course.row == line.row.as_ref() && course.spec.id == line.parameter;
        let whose = if line.album { "Album " } else { "" };
        desk::courses(stage).find(same).map(|course| format!("{whose}{} {}", stage.id, course.name))
    });
    let ways = lane.points().iter().map(|point| point.way).collect();
    let points = lane.points().iter().map(|point| (point.at, point.value)).collect();
    let course = Course { name: named.unwrap_or_default(), spec: lane.spec(), ways, base };
    vec![Levels { start_s, end_s, points, course: Some(course) }]
}

/// Other points of a course, as a drag leaves them. The way on from each point stays; a new one goes on straight.
pub fn moved(desk: &Desk, line: &Line, scope: Scope, points: &[(f64, f64)]) -> Action {
    let address = address(desk, line, scope);
    let edit = address.course(desk.session()).and_then(|old| {
        let fresh = points.iter().zip(ways(&old, points));
        let fresh: Vec<_> = fresh.map(|((at, value), way)| Breakpoint { at: *at, value: *value, way }).collect();
        Edit::automate(&desk.document, &address, &fresh)
    });
    match edit {
        Ok(edit) => Action::Edit(edit),
        Err(why) => Action::Say(why.to_string()),
    }
}

/// The lane of a parameter.
pub fn lane(desk: &Desk, line: &Line, scope: Scope) -> Option<Lane> {
    address(desk, line, scope).lane(desk.session()).ok()
}

/// Another way on from a point.
pub fn set_way(desk: &Desk, line: &Line, scope: Scope, index: usize, way: Way) -> Action {
    let address = address(desk, line, scope);
    let edit = address.course(desk.session()).and_then(|mut points| {
        points.get_mut(index).into_iter().for_each(|point| point.way = way);
        Edit::automate(&desk.document, &address, &points)
    });
    edit.map_or_else(|why| Action::Say(why.to_string()), Action::Edit)
}

/// The ways of the points after a change of one of them: moved, come or gone.
fn ways(old: &[Breakpoint], points: &[(f64, f64)]) -> Vec<Way> {
    let same = |(old, new): (&Breakpoint, &(f64, f64))| old.at == new.0 && old.value == new.1;
    let before = old.iter().zip(points).take_while(|pair| same(*pair)).count();
    let mut ways: Vec<Way> = old.iter().map(|point| point.way).collect();
    if points.len() > old.len() {
        ways.insert(before, Way::Linear);
    } else if points.len() < old.len() {
        ways.remove(before);
    }
    ways.resize(points.len(), Way::Linear);
    ways
}

/// The heard pass's own value where it is not the main one's.
fn address(desk: &Desk, line: &Line, scope: Scope) -> Address {
    let main = desk.session().main_pass().is_some_and(|main| main.id == desk.pass);
    Address {
        pass: (!main).then(|| desk.pass.clone()),
        scope: if line.album { Scope::Album } else { scope },
        stage: line.stage.clone(),
        row: line.row.clone(),
        parameter: line.parameter.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_that_come_and_go_keep_the_ways_of_the_others() {
        let point = |at, way| Breakpoint { at, value: 0.0, way };
        let old = [point(0.0, Way::Hold), point(1.0, Way::Smooth), point(2.0, Way::Linear)];
        let at = |times: &[f64]| times.iter().map(|at| (*at, 0.0)).collect::<Vec<_>>();
        assert_eq!(ways(&old, &at(&[0.0, 1.5, 2.0])), [Way::Hold, Way::Smooth, Way::Linear]);
        assert_eq!(ways(&old, &at(&[0.0, 0.5, 1.0, 2.0])), [Way::Hold, Way::Linear, Way::Smooth, Way::Linear]);
        assert_eq!(ways(&old, &at(&[0.0, 2.0])), [Way::Hold, Way::Linear]);
    }
}
