//! A place that a detector weighed: features against weights that were fitted on music, one of them a constant.

use crate::analysis::finding::Kind;

/// A weighed place; what is sure enough becomes a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it may be.
    pub kind: Kind,
    /// Its first frame.
    pub start: u64,
    /// The frame after its last.
    pub end: u64,
    /// Its channel; `None` for all.
    pub channel: Option<usize>,
    /// What was measured of it, without the constant.
    pub features: Vec<f64>,
    /// How sure the detector is, 0 to 1.
    pub probability: f64,
}
