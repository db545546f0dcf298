//! The transparency report of stages of a plan, for a worker that tells how far it is and can be stopped.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use super::plan::{Plan, StagePlan};
use crate::chain::transparency::{Transparency, measure};
use crate::chain::{Chain, Setting};
use crate::unit::Db;

/// Test signals of a report at 44.1 kHz and above: two responses of some sixty tones, and ten others.
const SIGNALS: f64 = 132.0;

/// Measures these stages in series with tones of a peak level, as [`measure`] does. `progress` hears the share that is
/// done; where `cancel` is raised there is no report. Some minutes of sound are processed: workers only.
pub fn transparency(
    stages: &[StagePlan],
    setting: Setting,
    level: Db,
    progress: &dyn Fn(f64),
    cancel: &AtomicBool,
) -> Option<Transparency> {
    let signals = Cell::new(0.0);
    let fresh = || {
        progress((signals.replace(signals.get() + 1.0) / SIGNALS).min(1.0));
        // What has been stopped runs to its end through a chain that costs nothing.
        match cancel.load(Ordering::Relaxed) {
            true => Chain::new(Vec::new(), setting),
            false => Plan::build_chain(stages, setting),
        }
    };
    let figures = measure(&fresh, setting, level);
    (!cancel.load(Ordering::Relaxed)).then_some(figures)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::audio::Layout;
    use crate::chain::processor;
    use crate::param::Values;
    use crate::unit::SampleRate;

    fn stage() -> StagePlan {
        let processor = processor("gain").unwrap();
        let values = Values::defaults(processor.table);
        StagePlan { id: "gain1".into(), processor, values, lanes: Vec::new(), on: true }
    }

    #[test]
    fn a_report_tells_how_far_it_is_and_can_be_stopped() {
        let setting = Setting { rate: SampleRate(8000), layout: Layout::Mono };
        let shares = RefCell::new(Vec::new());
        let progress = |share| shares.borrow_mut().push(share);
        let cancel = AtomicBool::new(false);
        let done = transparency(&[stage()], setting, Db(-6.0), &progress, &cancel).expect("a report");
        assert!(done.untouched && done.level_dbfs == Db(-6.0));
        assert!(shares.borrow().windows(2).all(|pair| pair[0] <= pair[1]) && shares.borrow().len() > 20);
        let stop = |_| cancel.store(true, Ordering::Relaxed);
        assert_eq!(transparency(&[stage()], setting, Db(-6.0), &stop, &cancel), None);
    }
}
