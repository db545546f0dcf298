//! Whose line is drawn over the songs: the level before the chain, or a parameter of the selected song's chain.

use std::fmt;

use lacquer_engine::param::{Breakpoint, Spec, Way};
use lacquer_engine::session::{Address, ChainSettings, Edit, ResolvedSong, Scope, StageSettings};

use crate::desk::{Action, Desk};
use crate::widget::timeline::{Course, Levels};

/// A parameter of a song's chain: the songs have the same line where their chains have such a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    stage: String,
    row: Option<String>,
    parameter: &'static str,
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

/// What a line of the selected song can show: the level, what is automated, then every other parameter that can move.
pub fn offers(desk: &Desk) -> Vec<Offer> {
    let level = Offer { line: None, name: "Level before the chain".into() };
    let Some(chain) = selected(desk) else { return vec![level] };
    let mut parameters: Vec<(bool, Offer)> = Vec::new();
    for stage in &chain.stages {
        let Some(processor) = lacquer_engine::chain::processor(&stage.processor) else { continue };
        let own = processor.table.params.iter().map(|spec| (None, spec, stage.automation.contains_key(spec.id)));
        let rows = stage.rows.iter().flat_map(|row| {
            let params = processor.table.group(&row.group).map_or(&[][..], |group| group.params);
            params.iter().map(move |spec| (Some(&row.id), spec, row.automation.contains_key(spec.id)))
        });
        for (row, spec, automated) in own.chain(rows) {
            let line = Line { stage: stage.id.clone(), row: row.cloned(), parameter: spec.id };
            let dot = if automated { "\u{2022} " } else { "" };
            let offer = Offer { name: format!("{dot}{}", name(stage, row, spec)), line: Some(line) };
            parameters.push((automated, offer));
        }
    }
    parameters.sort_by_key(|(automated, _)| !automated);
    std::iter::once(level).chain(parameters.into_iter().map(|(_, offer)| offer)).collect()
}

/// The offer that a line is.
pub fn chosen(offers: &[Offer], line: Option<&Line>) -> Option<Offer> {
    offers.iter().find(|offer| offer.line.as_ref() == line).cloned()
}

fn name(stage: &StageSettings, row: Option<&String>, spec: &Spec) -> String {
    match row {
        Some(row) => format!("{} {row} {}", stage.id, spec.name),
        None => format!("{} {}", stage.id, spec.name),
    }
}

fn selected(desk: &Desk) -> Option<&ChainSettings> {
    let song = desk.song.clone().or_else(|| desk.selected_song().map(|song| song.id.clone()))?;
    desk.session().chain(Some(&desk.pass), &Scope::Song(song))
}

/// The course of a parameter over a song, on the timeline of the album.
pub fn course(desk: &Desk, line: &Line, song: &ResolvedSong, start_s: f64, end_s: f64) -> Vec<Levels> {
    let address = address(desk, line, &song.song.id);
    let session = desk.session();
    let (Ok(lane), Ok(base)) = (address.lane(session), address.value(session)) else { return Vec::new() };
    let stage = song.chain.stages.iter().find(|stage| stage.id == line.stage);
    let name = stage.map_or_else(String::new, |stage| name(stage, line.row.as_ref(), lane.spec()));
    let ways = lane.points().iter().map(|point| point.way).collect();
    let points = lane.points().iter().map(|point| (point.at, point.value)).collect();
    vec![Levels { start_s, end_s, points, course: Some(Course { name, spec: lane.spec(), ways, base }) }]
}

/// Other points of a course, as a drag leaves them. The way on from each point stays; a new one goes on straight.
pub fn moved(desk: &Desk, line: &Line, song: usize, points: &[(f64, f64)]) -> Action {
    let Some(id) = super::song_id(desk, song) else { return Action::None };
    let address = address(desk, line, &id);
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
fn address(desk: &Desk, line: &Line, song: &str) -> Address {
    let main = desk.session().main_pass().is_some_and(|main| main.id == desk.pass);
    Address {
        pass: (!main).then(|| desk.pass.clone()),
        scope: Scope::Song(song.into()),
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
