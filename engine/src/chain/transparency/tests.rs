use super::*;
use crate::audio::{Block, Layout};
use crate::chain::Stage;
use crate::param::SlotIndex;
use crate::unit::SampleRate;

/// Delays by three frames, halves, and adds a part of the square: a second harmonic and an offset.
#[derive(Clone)]
struct Bent {
    held: [[f64; 3]; 2],
    square: f64,
}

impl Stage for Bent {
    fn latency(&self) -> usize {
        3
    }
    fn set(&mut self, _: SlotIndex, _: f64, _: bool) {}
    fn process(&mut self, block: &mut Block) {
        for channel in 0..block.channels() {
            for sample in block.channel_mut(channel) {
                let held = &mut self.held[channel];
                let out = held[0];
                *held = [held[1], held[2], *sample];
                *sample = 0.5 * out + self.square * out * out;
            }
        }
    }
    fn reset(&mut self) {
        self.held = [[0.0; 3]; 2];
    }
    fn duplicate(&self) -> Box<dyn Stage> {
        Box::new(self.clone())
    }
}

const SETTING: Setting = Setting { rate: SampleRate(48_000), layout: Layout::Stereo };

fn report(stages: impl Fn() -> Vec<(Box<dyn Stage>, bool)>, level: f64) -> Transparency {
    measure(&|| Chain::new(stages(), SETTING), SETTING, Db(level))
}

fn bent(square: f64) -> impl Fn() -> Vec<(Box<dyn Stage>, bool)> {
    move || vec![(Box::new(Bent { held: [[0.0; 3]; 2], square }) as Box<dyn Stage>, true)]
}

#[test]
fn no_stage_is_untouched() {
    let report = report(Vec::new, -6.0);
    assert!(report.untouched && report.silent);
    assert!(report.response.iter().all(|point| point.gain_db.0.abs() < 1e-9 && point.phase_degrees.abs() < 1e-6));
    assert!(report.thd_n_db.is_none_or(|figure| figure.0 < -250.0), "{:?}", report.thd_n_db);
}

#[test]
fn a_delay_and_a_gain_are_told_apart() {
    let report = report(bent(0.0), -6.0);
    assert!(!report.untouched && report.silent);
    assert_eq!(report.latency_frames, Frames(3));
    for point in report.response.iter().chain(&report.side_response) {
        assert!((point.gain_db.0 + 6.0206).abs() < 1e-3 && point.phase_degrees.abs() < 1e-4, "{point:?}");
    }
}

/// A square of amplitude a: c a² / 2 at twice the frequency, against a / 2.
#[test]
fn a_second_harmonic_has_its_closed_form() {
    let report = report(bent(0.01), 0.0);
    let expected = 20.0 * libm::log10(0.005 / 0.5);
    let second = report.harmonics_db[0].expect("a second harmonic");
    assert!((second.0 - expected).abs() < 1e-6, "{second} for {expected}");
    assert!(report.harmonics_db[1].is_none_or(|third| third.0 < -250.0));
    assert!((report.thd_n_db.expect("a figure").0 - expected).abs() < 1e-3);
    // 0.371 of the rate doubled lies at 0.258 of it, folded.
    assert!((report.alias_db.expect("a folded product").0 - expected).abs() < 1e-6);
    // The mixed product 2 · 0.8 · 0.2 · c, half of it on each side of 0.2 / 2.
    let smpte = 20.0 * libm::log10(0.01 * 0.8 * 0.2 * std::f64::consts::SQRT_2 / 0.1);
    assert!((report.imd_smpte_db.expect("products").0 - smpte).abs() < 1e-6);
}

#[test]
fn the_level_behind_a_stage_is_known() {
    let fresh = || Chain::new(bent(0.0)(), SETTING);
    assert!((level_after(&fresh, SETTING, Db(-10.0)).0 + 16.0206).abs() < 1e-3);
}
