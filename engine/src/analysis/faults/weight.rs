//! Weights of the detectors that were fitted on music, as data; the last of each is the constant.
//!
//! Fitted with `restoration fit` (tests/src/bin/restoration): logistic regression with the signs of the physics held,
//! on candidates of clean and damaged music; every figure that is published comes from weights fitted on the other
//! tracks (leave one track out). These: `fit --seconds 75`, 27 tracks of three sets (orchestral games, rock and metal,
//! electronic and folk), one seed, 33.5 clean minutes. On tracks that were left out: clicks at 0.85 recall 0.96 from
//! d' 40 dB on (0.86 of all that were planted) and 0.06 false a minute; dips at 0.5 recall 0.95 and 0.09; joints at 0.95
//! recall 0.59 and 0.06 (percussive music hides them; repeated buffers are found exactly and need no weights).

/// Tape dips: depth, spread over the bands, smallest loss, before against after, own loss against the other channel's
/// (apart), steadiness before, steadiness after, own loss less the other channel's.
pub(super) const DIP: [f64; 9] = [0.542, -0.575, 0.376, -0.322, 0.221, 0.121, -0.043, 0.230, -9.532];

/// Clicks (the features of `click/hypothesis.rs` in their order): what interpolation leaves, the bridge, share of the
/// tail, power, calm left, calm right, unpredictability, strongest residual beside left and right, calm right near,
/// tail over the scale, scale right against left. The signs are the physics: interpolation must explain it, its energy
/// must lie in the tail, it is strong and stands alone.
pub(super) const CLICK: [f64; 13] =
    [-0.690, -0.723, 1.205, 0.662, -1.822, -0.807, 0.353, -0.173, -0.507, 0.0, 0.0, -4.551, -0.899];

/// Splices: backward error of the left and of the right model before the edge, unpredictability after it, what
/// interpolation leaves, the joint model's loss on the right, the weaker channel's break.
pub(super) const SPLICE: [f64; 7] = [0.062, 0.571, 0.513, 0.0, -0.953, 0.0, -6.092];
