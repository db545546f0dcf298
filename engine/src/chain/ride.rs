//! Automated parameters of a slot: moved once per quantum, so that no block size is heard.

use std::sync::Arc;

use super::Stage;
use crate::audio::QUANTUM;
use crate::param::{Lane, SlotIndex};

/// The courses of a slot's parameters, in frames of the audio that reaches the slot.
#[derive(Clone, Default)]
pub(super) struct Rides {
    lanes: Option<Arc<[(SlotIndex, Lane)]>>,
    /// What each parameter was last told.
    told: Vec<f64>,
}

impl Rides {
    pub(super) fn new(lanes: Vec<(SlotIndex, Lane)>) -> Rides {
        let told = vec![f64::NAN; lanes.len()];
        Rides { lanes: Some(lanes.into()).filter(|lanes: &Arc<[_]>| !lanes.is_empty()), told }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_none()
    }

    /// Whether the parameter follows a course: no hand moves it then.
    pub(super) fn holds(&self, param: SlotIndex) -> bool {
        self.lanes.as_ref().is_some_and(|lanes| lanes.iter().any(|(slot, _)| *slot == param))
    }

    /// The values of the frame `at` hold at once.
    pub(super) fn start(&mut self, stage: &mut dyn Stage, at: f64) {
        let Some(lanes) = &self.lanes else { return };
        for ((slot, lane), told) in lanes.iter().zip(&mut self.told) {
            *told = lane.value(at);
            stage.set(*slot, *told, false);
        }
    }

    /// A quantum begins with frame `at`: every parameter that moves in it is told where it ends. A jump goes by the
    /// stage's own glide.
    pub(super) fn tick(&mut self, stage: &mut dyn Stage, at: f64) {
        let Some(lanes) = &self.lanes else { return };
        let end = at + QUANTUM as f64;
        for ((slot, lane), told) in lanes.iter().zip(&mut self.told) {
            let value = lane.value(end);
            if value == *told {
                continue;
            }
            *told = value;
            if lane.jumps(at, end) {
                stage.set(*slot, value, true);
            } else {
                stage.ride(*slot, value);
            }
        }
    }
}
