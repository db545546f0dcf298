use super::Dither;
use crate::unit::SampleRate;

/// Coefficients c1, c2 ... of the error filter 1 + Σ c z^-k. Designed for least noise weighted by the threshold of
/// hearing at a chosen total; at 16 bit the total and the weighted noise are given in dB against a full-scale sine.
type Set = &'static [f64];

/// -80.0 total, -109.6 weighted.
const LIGHT_44: Set = &[-2.42683, 3.01269, -2.01927, 0.36515, 0.76886, -0.77363, 0.32135, 0.01965, -0.03743];
/// -75.1 total, -112.5 weighted.
const STANDARD_44: Set =
    &[-2.98126, 4.72731, -4.64295, 2.61809, 0.05313, -1.54262, 1.37475, -0.23228, -0.66329, 0.82795, -0.48265, 0.14156];
/// -70.0 total, -114.9 weighted.
const STRONG_44: Set = &[
    -3.50172, 6.66949, -8.42208, 7.29598, -3.59829, -0.47663, 2.79462, -2.55754, 0.79143, 0.90910, -1.51814, 1.14218,
    -0.45515, 0.02707, 0.07303, -0.02540,
];
/// -80.0 total, -112.1 weighted.
const LIGHT_48: Set = &[-2.55536, 3.07934, -1.73488, -0.16468, 1.00609, -0.49296, -0.18593, 0.34314, -0.12067];
/// -75.1 total, -115.4 weighted.
const STANDARD_48: Set =
    &[-3.15666, 4.96920, -4.48581, 1.79873, 1.01002, -1.84877, 0.81394, 0.59126, -1.09579, 0.77399, -0.28913, 0.05240];
/// -70.0 total, -118.1 weighted.
const STRONG_48: Set = &[
    -3.75908, 7.25636, -8.74671, 6.43813, -1.51133, -2.52983, 3.21311, -1.02886, -1.35100, 1.90351, -0.71524, -0.70472,
    1.23304, -0.89257, 0.35828, -0.06163,
];
/// -84.0 total, -125.6 weighted.
const STANDARD_88: Set = &[
    -2.24356, 1.09909, 0.80548, -0.25795, -0.58012, -0.15606, 0.29659, 0.28540, -0.04639, -0.21844, -0.02891, 0.10035,
];
/// -80.0 total, -131.8 weighted.
const STRONG_88: Set = &[
    -3.01544, 2.75486, 0.34893, -1.31317, -0.56694, 0.62839, 0.68004, -0.11354, -0.56537, -0.20137, 0.34677, 0.31128,
    -0.18143, -0.28781, 0.23858, -0.04109,
];
/// -84.0 total, -128.2 weighted.
const STANDARD_96: Set =
    &[-2.24837, 1.01052, 0.86824, -0.14082, -0.58211, -0.28138, 0.20818, 0.35077, 0.08707, -0.21562, -0.17998, 0.16464];
/// -80.0 total, -133.9 weighted.
const STRONG_96: Set = &[
    -3.05359, 2.71979, 0.49196, -1.25368, -0.71602, 0.47896, 0.74754, 0.08728, -0.49999, -0.36071, 0.17962, 0.36923,
    0.01113, -0.27366, 0.04719, 0.04100,
];

/// The error filter for a kind of dither at a rate, and the kind it really is: where no set was designed for the rate
/// the nearest lighter one there is stands in, at last plain TPDF.
pub(super) fn resolve(dither: Dither, rate: SampleRate) -> (Dither, Set) {
    use Dither::{None, ShapedLight, ShapedStandard, ShapedStrong, Tpdf};
    match (rate.0, dither) {
        (44_100, ShapedLight) => (dither, LIGHT_44),
        (44_100, ShapedStandard) => (dither, STANDARD_44),
        (44_100, ShapedStrong) => (dither, STRONG_44),
        (48_000, ShapedLight) => (dither, LIGHT_48),
        (48_000, ShapedStandard) => (dither, STANDARD_48),
        (48_000, ShapedStrong) => (dither, STRONG_48),
        (88_200, ShapedStandard) => (dither, STANDARD_88),
        (88_200, ShapedStrong) => (dither, STRONG_88),
        (96_000, ShapedStandard) => (dither, STANDARD_96),
        (96_000, ShapedStrong) => (dither, STRONG_96),
        (_, None) => (None, &[]),
        _ => (Tpdf, &[]),
    }
}
