//! The repair that fits a finding.

use std::ops::Range;

use crate::analysis::finding::{Finding, Kind};
use crate::unit::{Frames, SampleRate, Seconds};

/// A repair as it would be made, to be looked at before it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The kind's id.
    pub kind: &'static str,
    /// Frames of the source.
    pub span: Range<u64>,
    /// The channels; none for all.
    pub channels: Option<Vec<usize>>,
    /// Values that differ from the defaults.
    pub values: Vec<(&'static str, f64)>,
}

/// Room left beside a click: its finding may be a few samples short.
const CLICK_MARGIN: Seconds = Seconds(0.0005);
/// Room left beside crackle.
const CRACKLE_MARGIN: Seconds = Seconds(0.002);
/// Room left beside clipped samples.
const CLIP_MARGIN: Seconds = Seconds(0.002);
/// Half of what is smoothed around a splice.
const SPLICE_MARGIN: Seconds = Seconds(0.003);
/// Longer gaps cannot be filled.
const LONGEST_GAP: Seconds = Seconds(0.1);

/// The repair that fits `finding` in a source of `frames` frames at `rate`; `None` where nothing can be repaired: overs are
/// for the chain, silences for the edit, identifiers for the keyboard.
pub fn propose(finding: &Finding, rate: SampleRate, frames: Frames) -> Option<Proposal> {
    let start = finding.start_frame.0;
    let end = finding.end_s.frames(rate).0.max(start + 1);
    let widened = |margin: Seconds| {
        let margin = margin.frames(rate).0.max(2);
        start.saturating_sub(margin)..(end + margin).min(frames.0)
    };
    let whole = 0..frames.0;
    let measured = finding.measured.unwrap_or(0.0);
    let (kind, span, values) = match finding.kind {
        Kind::Click | Kind::Pop => ("declick", widened(CLICK_MARGIN), vec![("strength", 100.0)]),
        Kind::Crackle => ("decrackle", widened(CRACKLE_MARGIN), Vec::new()),
        Kind::Clip => ("declip", widened(CLIP_MARGIN), Vec::new()),
        Kind::Dropout if finding.detail.as_deref().is_some_and(|form| form.contains("dip")) => {
            ("dip", widened(Seconds(0.0)), Vec::new())
        }
        Kind::Dropout if Frames(end - start).seconds(rate) <= LONGEST_GAP => {
            ("interpolate", widened(Seconds(0.0)), Vec::new())
        }
        Kind::Splice => ("splice", widened(SPLICE_MARGIN), Vec::new()),
        Kind::Hum => ("dehum", whole, vec![("frequency", hum(finding))]),
        Kind::DcOffset => ("dc", whole, vec![("offset", measured)]),
        Kind::Polarity => ("polarity", whole, Vec::new()),
        Kind::Imbalance => ("balance", whole, vec![("balance", -measured)]),
        Kind::Delay => ("delay", whole, vec![("delay", -samples(finding, rate))]),
        _ => return None,
    };
    if span.start >= span.end {
        return None;
    }
    let channels = match finding.kind {
        // The second channel is brought to the first.
        Kind::Polarity | Kind::Delay => Some(vec![finding.channel.unwrap_or(1)]),
        Kind::Imbalance => None,
        _ => finding.channel.map(|channel| vec![channel]),
    };
    Some(Proposal { kind, span, channels, values })
}

/// The fundamental: from the form (`50 Hz`), else from what was measured in hertz.
fn hum(finding: &Finding) -> f64 {
    let stated = finding.detail.as_deref().and_then(|form| form.split_whitespace().next()?.parse::<f64>().ok());
    let measured = finding.measured.filter(|_| finding.unit == "Hz");
    measured.or(stated).unwrap_or(50.0)
}

fn samples(finding: &Finding, rate: SampleRate) -> f64 {
    let measured = finding.measured.unwrap_or(0.0);
    match finding.unit.as_str() {
        "ms" => measured * 0.001 * rate.hz(),
        "us" | "\u{b5}s" => measured * 1e-6 * rate.hz(),
        _ => measured,
    }
}
