//! What a delivery's manifest says, as the matrix shows it.

use lacquer_engine::analysis::verdict::{Verdict as Check, worst};
use lacquer_engine::deliver::{Delivery, Role};
use lacquer_engine::profile::Outcome;
use lacquer_engine::session::{Pass, PassKind, Rate};

use crate::desk::DeliveryState;
use crate::widget::verdict::Verdict;

/// Measured in the written files.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Integrated loudness of the programme file where there is one, else the loudest song's, LUFS.
    pub integrated_lufs: Option<f64>,
    /// Highest true peak of all files, dBTP.
    pub true_peak_dbtp: Option<f64>,
    /// Loudness range of the programme file, or the widest of a song, LU.
    pub range_lu: Option<f64>,
}

impl Figures {
    /// The figures of a delivery.
    pub fn of(delivery: &Delivery) -> Figures {
        let audio = || delivery.manifest.files.iter().filter_map(|file| Some((file.role, file.audio.as_ref()?)));
        let highest = |key: &str, programme: bool| {
            let chosen = audio().filter(|(role, _)| !programme || *role == Role::Programme);
            chosen.filter_map(|(_, audio)| audio.measured.get(key)?.as_f64()).reduce(f64::max)
        };
        let whole = |key: &str| highest(key, true).or_else(|| highest(key, false));
        Figures {
            integrated_lufs: whole("integrated_lufs"),
            true_peak_dbtp: highest("true_peak_dbtp", false),
            range_lu: whole("lra_lu"),
        }
    }
}

/// What a pass makes, in a line.
pub fn specification(pass: &Pass) -> String {
    let rate = match pass.rate {
        Rate::Native => "native rate".to_string(),
        Rate::Hz(rate) => format!("{} kHz", rate.hz() / 1000.0),
    };
    let word = match pass.depth.integer_bits() {
        Some(bits) => format!("{bits} bit"),
        None => format!("{} bit", pass.depth.to_string().replace('f', " bit float").trim_end_matches(" bit")),
    };
    let made = match pass.kind {
        PassKind::Streaming => "one WAV per song",
        PassKind::Cd => "DDP 2.0, WAV, CUE, PQ, CD-Text",
        PassKind::HiRes => "WAV and FLAC per song, certificate",
        PassKind::Broadcast => "one BWF per song",
        PassKind::Vinyl => "one WAV per side, side sheet, lathe notes",
        PassKind::Cassette => "one WAV per side, J-card, tape notes",
        PassKind::Copies => "tagged copies of every song",
    };
    let dither = match pass.dither.id() {
        "none" => "no dither".to_string(),
        "tpdf" => "TPDF".to_string(),
        id => format!("{} dither", id.replace('-', " ")),
    };
    format!("{rate}, {word}, {dither}; {made}")
}

/// How many checks passed of how many.
pub fn passed(checks: &[Check]) -> (usize, usize) {
    let passed = checks.iter().filter(|check| check.result == Outcome::Pass).count();
    (passed, checks.len())
}

/// The gravest first, else in their order.
pub fn by_gravity(checks: &[Check]) -> Vec<&Check> {
    let mut sorted: Vec<&Check> = checks.iter().collect();
    sorted.sort_by_key(|check| std::cmp::Reverse(check.result));
    sorted
}

/// The word of a state.
pub fn verdict(state: &DeliveryState) -> Verdict {
    match state {
        DeliveryState::Idle => Verdict::NotRun,
        DeliveryState::Waiting | DeliveryState::Running { .. } => Verdict::Waiting,
        DeliveryState::Failed(_) => Verdict::Fail,
        DeliveryState::Done(delivery) => of_outcome(worst(&delivery.verdicts)),
    }
}

/// The word of a check.
pub fn of_outcome(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Fail => Verdict::Fail,
        Outcome::Warn => Verdict::Warn,
        _ => Verdict::Pass,
    }
}

/// How much a state needs to be looked at.
pub fn gravity(state: &DeliveryState) -> u8 {
    match verdict(state) {
        Verdict::Fail => 3,
        Verdict::Warn => 2,
        Verdict::Pass => 1,
        _ => 0,
    }
}

/// A check's name as a word: `true_peak` is "True peak".
pub fn said(check: &Check) -> String {
    match check.check.as_str() {
        "isrc" => "ISRC".into(),
        "barcode" | "upc" => "UPC or EAN".into(),
        id => {
            let mut letters = id.chars().map(|c| if c == '_' { ' ' } else { c });
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        }
    }
}
