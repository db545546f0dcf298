//! What a stage makes of the stereo image over frequency: its response to an impulse in the middle and to one at the
//! sides.
//!
//! For stages that are linear and stand still: the figures of a stage that bends or moves its gain are those of this
//! one impulse.

use super::plan::StagePlan;
use crate::audio::{Block, Layout};
use crate::chain::Setting;
use crate::dsp::fft::{Complex, RealFft};
use crate::unit::{Db, Hertz};

/// The stage hears the impulse and this time after it: filters for bass have faded by then.
const WINDOW_SECONDS: f64 = 1.0;
/// Less than this is told as nothing: -120 dB.
const NOTHING: f64 = 1e-6;

/// The image at one frequency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Image {
    /// Where.
    pub hz: Hertz,
    /// Gain of the middle.
    pub mid: Db,
    /// Gain of the sides.
    pub side: Db,
    /// What of the middle comes out at the sides.
    pub mid_to_side: Db,
    /// Left and right out of a signal in the middle, at the sides, in the left and in the right channel: amplitudes,
    /// of opposite sign where the channels are out of phase. A delay of the whole is taken out.
    pub ways: [(f64, f64); 4],
}

/// The image of a stage at frequencies; none for layouts that are not stereo. Allocates; some milliseconds of work.
pub fn image(stage: &StagePlan, setting: Setting, hz: &[f64]) -> Option<Vec<Image>> {
    if setting.layout != Layout::Stereo {
        return None;
    }
    let window = ((WINDOW_SECONDS * setting.rate.hz()) as usize).next_power_of_two();
    let middle = spectra(stage, setting, window, 1.0);
    let sides = spectra(stage, setting, window, -1.0);
    let last = window / 2;
    let at = |hz: &f64| {
        let bin = ((hz * window as f64 / setting.rate.hz()).round() as usize).clamp(1, last);
        let (mid_in, side_in) = ([middle[0][bin], middle[1][bin]], [sides[0][bin], sides[1][bin]]);
        let level = |value: Complex<f64>| Db(20.0 * libm::log10(value.norm().max(NOTHING)));
        let (sum, difference) =
            (|pair: [Complex<f64>; 2]| 0.5 * (pair[0] + pair[1]), |pair: [Complex<f64>; 2]| 0.5 * (pair[0] - pair[1]));
        // Half of both together is the left channel alone.
        let left = [0.5 * (mid_in[0] + side_in[0]), 0.5 * (mid_in[1] + side_in[1])];
        let right = [0.5 * (mid_in[0] - side_in[0]), 0.5 * (mid_in[1] - side_in[1])];
        Image {
            hz: Hertz(*hz),
            mid: level(sum(mid_in)),
            side: level(difference(side_in)),
            mid_to_side: level(difference(mid_in)),
            ways: [mid_in, side_in, left, right].map(in_phase),
        }
    };
    Some(hz.iter().map(at).collect())
}

/// Spectra of left and right for an impulse in both channels, the right one with this sign.
fn spectra(stage: &StagePlan, setting: Setting, window: usize, sign: f64) -> [Vec<Complex<f64>>; 2] {
    let mut built = (stage.processor.build)(&stage.values, setting);
    let mut block = Block::new(2, window);
    block.channel_mut(0)[0] = 1.0;
    block.channel_mut(1)[0] = sign;
    built.process(&mut block);
    let mut fft = RealFft::new(window);
    [0, 1].map(|channel| {
        let mut bins = vec![Complex::new(0.0, 0.0); fft.bins()];
        fft.forward(block.channel(channel), &mut bins);
        bins
    })
}

/// A pair turned so that the stronger of both is real.
fn in_phase([left, right]: [Complex<f64>; 2]) -> (f64, f64) {
    let stronger = if left.norm() >= right.norm() { left } else { right };
    if stronger.norm() == 0.0 {
        return (0.0, 0.0);
    }
    let turn = stronger.conj() / stronger.norm();
    ((left * turn).re, (right * turn).re)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::processor;
    use crate::param::Values;
    use crate::unit::SampleRate;

    fn images(set: &[(&str, f64)], hz: &[f64]) -> Vec<Image> {
        let processor = processor("stereo").unwrap();
        let mut values = Values::defaults(processor.table);
        set.iter().for_each(|(id, value)| values.set(processor.table.find(id).unwrap().0, *value));
        let stage = StagePlan { id: "s".into(), processor, values, lanes: Vec::new(), on: true };
        let setting = Setting { rate: SampleRate(48_000), layout: Layout::Stereo };
        image(&stage, setting, hz).expect("a stereo image")
    }

    #[test]
    fn width_and_mono_bass_are_seen_at_their_frequencies() {
        let wide = images(&[("width_low", 200.0), ("width_middle", 200.0), ("width_high", 200.0)], &[100.0, 5000.0]);
        assert!(wide.iter().all(|at| at.mid.0.abs() < 1e-6 && (at.side.0 - 6.0206).abs() < 1e-3), "{wide:?}");
        let mono = images(&[("mono_below", 1.0), ("mono_frequency", 100.0)], &[40.0, 1000.0]);
        assert!(mono[0].side.0 < -40.0 && mono[1].side.0.abs() < 0.01, "{mono:?}");
        assert!(mono.iter().all(|at| at.mid.0.abs() < 0.01));
    }

    #[test]
    fn a_turn_brings_the_middle_to_the_left() {
        let turned = images(&[("rotation", 45.0)], &[1000.0])[0];
        let (left, right) = turned.ways[0];
        assert!((left - std::f64::consts::SQRT_2).abs() < 1e-9 && right.abs() < 1e-9, "{turned:?}");
        assert!((turned.mid_to_side.0 + 3.0103).abs() < 1e-3);
    }
}
