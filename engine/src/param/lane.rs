//! A parameter over time: breakpoints, and the way from each to the next.

use serde::{Deserialize, Serialize};

use super::{Kind, Spec, Taper};

/// How a value gets from one breakpoint to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Straight in the parameter's own scale: in dB, or in octaves where the knob is logarithmic.
    #[default]
    Linear,
    /// Stays, and jumps at the next breakpoint by the parameter's glide.
    Hold,
    /// Level at both ends, steepest in the middle (3t^2 - 2t^3).
    Smooth,
}

impl Way {
    /// Every way, with its word.
    pub const ALL: [(Way, &'static str); 3] = [(Way::Linear, "linear"), (Way::Hold, "hold"), (Way::Smooth, "smooth")];

    /// The way of a word.
    pub fn from_id(id: &str) -> Option<Way> {
        Way::ALL.iter().find(|(_, word)| *word == id).map(|(way, _)| *way)
    }

    /// Its word.
    pub fn id(self) -> &'static str {
        Way::ALL.iter().find(|(way, _)| *way == self).map_or("linear", |(_, word)| word)
    }
}

/// A value at a time, in whatever unit of time the lane has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breakpoint {
    /// When.
    pub at: f64,
    /// What.
    pub value: f64,
    /// How it goes on from here.
    pub way: Way,
}

/// The course of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    spec: &'static Spec,
    points: Vec<Breakpoint>,
}

impl Lane {
    /// A lane through these points, put into the order of time.
    pub fn new(spec: &'static Spec, mut points: Vec<Breakpoint>) -> Lane {
        points.sort_by(|a, b| a.at.total_cmp(&b.at));
        Lane { spec, points }
    }

    /// The declaration of the parameter.
    pub fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// The breakpoints in the order of time.
    pub fn points(&self) -> &[Breakpoint] {
        &self.points
    }

    /// The value at a time: level before the first point and after the last. Without points the parameter's default.
    pub fn value(&self, at: f64) -> f64 {
        let after = self.points.partition_point(|point| point.at <= at);
        match (after.checked_sub(1).and_then(|before| self.points.get(before)), self.points.get(after)) {
            (None, None) => self.spec.default,
            (Some(only), None) | (None, Some(only)) => only.value,
            (Some(from), Some(to)) => self.between(from, to, at),
        }
    }

    /// Whether a jump lies in the time after `from` and up to `to`: the end of a held stretch.
    pub fn jumps(&self, from: f64, to: f64) -> bool {
        let after = self.points.partition_point(|point| point.at <= from);
        let reached = self.points.partition_point(|point| point.at <= to);
        let ends = |index: usize| index > 0 && self.points.get(index - 1).is_some_and(|point| self.holds(point));
        (after..reached).any(ends)
    }

    fn holds(&self, point: &Breakpoint) -> bool {
        point.way == Way::Hold || !matches!(self.spec.kind, Kind::Number { .. })
    }

    fn between(&self, from: &Breakpoint, to: &Breakpoint, at: f64) -> f64 {
        let share = (at - from.at) / (to.at - from.at);
        if self.holds(from) || share <= 0.0 {
            return from.value;
        }
        let share = if from.way == Way::Smooth { share * share * (3.0 - 2.0 * share) } else { share };
        match self.spec.kind {
            Kind::Number { taper: Taper::Logarithmic, .. } if from.value > 0.0 && to.value > 0.0 => {
                let (a, b) = (libm::log(from.value), libm::log(to.value));
                self.spec.clamp(libm::exp(a + (b - a) * share))
            }
            _ => from.value + (to.value - from.value) * share,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Glide, Unit};
    use super::*;

    fn spec(taper: Taper) -> &'static Spec {
        let kind = Kind::Number { min: 1.0, max: 1000.0, taper, step: 1.0, fine: 0.1, digits: 1 };
        let (unit, glide) = (Unit::None, Glide::Step);
        Box::leak(Box::new(Spec { id: "x", name: "X", doc: "x", unit, kind, default: 7.0, glide }))
    }

    fn lane(taper: Taper, points: &[(f64, f64, Way)]) -> Lane {
        let points = points.iter().map(|(at, value, way)| Breakpoint { at: *at, value: *value, way: *way });
        Lane::new(spec(taper), points.collect())
    }

    #[test]
    fn a_lane_of_three_points_is_arithmetic() {
        let lane = lane(Taper::Linear, &[(4.0, 9.0, Way::Hold), (0.0, 1.0, Way::Linear), (8.0, 3.0, Way::Linear)]);
        let values = [-1.0, 0.0, 1.0, 3.0, 4.0, 7.9, 8.0, 99.0].map(|at| lane.value(at));
        assert_eq!(values, [1.0, 1.0, 3.0, 7.0, 9.0, 9.0, 3.0, 3.0]);
        assert!(lane.jumps(7.0, 8.0) && !lane.jumps(3.0, 4.0) && !lane.jumps(8.0, 9.0));
        assert_eq!(super::Lane::new(spec(Taper::Linear), Vec::new()).value(1.0), 7.0);
    }

    #[test]
    fn a_logarithmic_parameter_moves_in_octaves_and_a_smooth_way_meets_both_ends() {
        let octaves = lane(Taper::Logarithmic, &[(0.0, 10.0, Way::Linear), (2.0, 1000.0, Way::Linear)]);
        assert!((octaves.value(1.0) - 100.0).abs() < 1e-9);
        let smooth = lane(Taper::Linear, &[(0.0, 10.0, Way::Smooth), (4.0, 20.0, Way::Linear)]);
        assert_eq!([0.0, 1.0, 2.0, 4.0].map(|at| smooth.value(at)), [10.0, 11.5625, 15.0, 20.0]);
    }
}
