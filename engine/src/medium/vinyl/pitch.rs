//! Variable pitch and depth with one turn of look-ahead.
//!
//! With T the time of a turn, `W(t)` the width at rest that the depth automation chooses, `out` and `in` the way of the
//! outer and the inner edge:
//!
//! ```text
//! P(t) = max W over [t-T, t+T] + land + max out over [t, t+T] + max in over [t-T, t]
//! ```
//!
//! For every u in [t-T, t] this makes `P(u) >= W(t-T)/2 + W(t)/2 + land + in(t-T) + out(t)`, so the way between two
//! neighbouring turns, which is the mean of P over that turn, leaves the land between them. The test below looks at every
//! pair of neighbours of random programmes; the same rule without the look-ahead of W collides.

use super::sector::{SECTORS, Sector};
use super::{Disc, Lathe};
use crate::unit::Db;

/// What a side asks of the pitch, apart from the level: largest ways and needs over the windows of the rule.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Demand {
    /// Narrowing that the depth automation answers, sector by sector.
    narrowing_um: Vec<f64>,
    /// The largest of it within a turn before and behind.
    narrowing_near_um: Vec<f64>,
    /// Way outwards in the turn to come, and inwards in the turn that was.
    ways_um: Vec<f64>,
    /// What bands between songs add to the pitch.
    markers_um: Vec<f64>,
}

/// The groove on the disc at one level.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spiral {
    /// Way along the radius for a turn, sector by sector.
    pub pitch_um: Vec<f64>,
    /// Top width at rest, sector by sector.
    pub width_um: Vec<f64>,
    /// Radius of the groove's middle at rest at the start of each sector, and at the end of the last.
    pub radius_mm: Vec<f64>,
}

impl Demand {
    /// The demand of a side; `markers` are the sectors at which a new song begins, the first one left out.
    pub fn new(sectors: &[Sector], markers: &[usize], disc: &Disc, lathe: &Lathe) -> Demand {
        let turn = SECTORS;
        let near = (lathe.depth_time.0 / disc.speed.turn().0 * SECTORS as f64).ceil() as usize;
        let of = |part: fn(&Sector) -> f64| sectors.iter().map(part).collect::<Vec<f64>>();
        let narrowing_um = largest(&of(|sector| sector.narrower_um), near, near);
        let narrowing_near_um = largest(&narrowing_um, turn, turn);
        let outward = largest(&of(|sector| sector.outward_um), 0, turn);
        let inward = largest(&of(|sector| sector.inward_um), turn, 0);
        let ways_um = outward.iter().zip(&inward).map(|(outward, inward)| outward + inward).collect();
        let mut markers_um = vec![0.0; sectors.len()];
        for marker in markers {
            let end = (marker + turn).min(sectors.len());
            for extra in &mut markers_um[(*marker).min(end)..end] {
                *extra = lathe.marker_mm * 1000.0;
            }
        }
        Demand { narrowing_um, narrowing_near_um, ways_um, markers_um }
    }

    /// Sectors of the side.
    pub fn len(&self) -> usize {
        self.ways_um.len()
    }

    /// Whether there is nothing to cut.
    pub fn is_empty(&self) -> bool {
        self.ways_um.is_empty()
    }

    fn pitch(&self, index: usize, gain: f64, lathe: &Lathe) -> f64 {
        let width = width(self.narrowing_near_um[index], gain, lathe);
        width + lathe.land_um + gain * self.ways_um[index] + self.markers_um[index]
    }

    /// Way along the radius that the side takes at a level, in millimetres.
    pub fn use_mm(&self, level: Db, lathe: &Lathe) -> f64 {
        let gain = level.amplitude();
        let sum: f64 = (0..self.len()).map(|index| self.pitch(index, gain, lathe)).sum();
        sum / SECTORS as f64 / 1000.0
    }

    /// The groove at a level, from the disc's edge inwards.
    pub fn spiral(&self, level: Db, disc: &Disc, lathe: &Lathe) -> Spiral {
        let gain = level.amplitude();
        let mut spiral = Spiral::default();
        let mut way_um = 0.0;
        spiral.radius_mm.push(disc.outer_mm);
        for index in 0..self.len() {
            let pitch = self.pitch(index, gain, lathe);
            way_um += pitch / SECTORS as f64;
            spiral.pitch_um.push(pitch);
            spiral.width_um.push(width(self.narrowing_um[index], gain, lathe));
            spiral.radius_mm.push(disc.outer_mm - way_um / 1000.0);
        }
        spiral
    }
}

/// Width at rest that keeps the groove from getting too narrow, as far as the lathe cuts.
fn width(narrowing_um: f64, gain: f64, lathe: &Lathe) -> f64 {
    // The groove is a right angle: it is twice as wide as deep.
    let widest = (2.0 * lathe.deepest_um).max(lathe.width_um);
    (lathe.least_width_um + gain * narrowing_um).clamp(lathe.width_um, widest)
}

/// The largest value from `before` places before to `after` places behind each place.
pub(super) fn largest(values: &[f64], before: usize, after: usize) -> Vec<f64> {
    let mut queue: std::collections::VecDeque<usize> = std::collections::VecDeque::new();
    let mut found = Vec::with_capacity(values.len());
    let mut next = 0;
    for index in 0..values.len() {
        while next < values.len() && next <= index + after {
            while queue.back().is_some_and(|last| values[*last] <= values[next]) {
                queue.pop_back();
            }
            queue.push_back(next);
            next += 1;
        }
        while queue.front().is_some_and(|first| first + before < index) {
            queue.pop_front();
        }
        found.push(queue.front().map_or(0.0, |first| values[*first]));
    }
    found
}

impl Spiral {
    /// The least land between any two neighbouring turns, and the sector of the inner one; `None` within the first turn.
    /// Looks at every pair: this is the proof, not the rule.
    pub fn least_land(&self, sectors: &[Sector], level: Db) -> Option<(f64, usize)> {
        let gain = level.amplitude();
        let land = |index: usize| {
            let outer = index - SECTORS;
            let way = 1000.0 * (self.radius_mm[outer] - self.radius_mm[index]);
            let widths = 0.5 * (self.width_um[outer] + self.width_um[index]);
            (way - widths - gain * (sectors[outer].inward_um + sectors[index].outward_um), index)
        };
        (SECTORS..self.width_um.len()).map(land).min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Radius at the end of the side, in millimetres.
    pub fn end_mm(&self) -> f64 {
        self.radius_mm.last().copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
#[path = "pitch/tests.rs"]
mod tests;
