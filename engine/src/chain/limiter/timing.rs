use crate::unit::SampleRate;

/// How the reduction of gain is shaped in time, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timing {
    /// Valleys of the reduction narrower than `hold` are filled, then it is smoothed over `look_ahead`: constant gain
    /// on every tone whose half period is shorter than the hold.
    Closing {
        /// Width of the valleys that are filled.
        hold: usize,
        /// Length of the smoothing, half before and half after a peak.
        look_ahead: usize,
    },
    /// Smoothed over a short `look_ahead`, then an exponential release above a slowly moving floor.
    Quick {
        /// Length of the smoothing.
        look_ahead: usize,
        /// Frames per second.
        rate: SampleRate,
    },
}

/// Shortest smoothing in frames: three boxes and the flat top around the peak need room.
const SHORTEST: usize = 8;

impl Timing {
    /// A closing of `hold_ms` and a smoothing of `look_ahead_ms`.
    pub(super) fn closing(hold_ms: f64, look_ahead_ms: f64, rate: SampleRate) -> Timing {
        Timing::Closing { hold: frames(hold_ms, rate).max(1), look_ahead: frames(look_ahead_ms, rate).max(SHORTEST) }
    }

    /// The low-latency form.
    pub(super) fn quick(look_ahead_ms: f64, rate: SampleRate) -> Timing {
        Timing::Quick { look_ahead: frames(look_ahead_ms, rate).max(SHORTEST), rate }
    }

    /// Frames of smoothing.
    pub(super) fn look_ahead(self) -> usize {
        match self {
            Timing::Closing { look_ahead, .. } | Timing::Quick { look_ahead, .. } => look_ahead,
        }
    }

    /// Frames from a demand to the gain that answers it.
    pub(super) fn latency(self) -> usize {
        match self {
            Timing::Closing { hold, look_ahead } => hold + look_ahead,
            Timing::Quick { look_ahead, .. } => look_ahead,
        }
    }

    /// Frames after which earlier input no longer matters, beyond the latency.
    pub(super) fn memory(self) -> usize {
        match self {
            Timing::Closing { hold, look_ahead } => hold + look_ahead,
            // The sustain floor: 150 ms of memory, then 30 ms per factor of e from 10 octaves to 2^-14 (e^12).
            Timing::Quick { rate, .. } => frames(150.0 + 30.0 * 13.0 + 60.0, rate),
        }
    }
}

/// The nearest whole number of frames of a time in milliseconds.
pub(super) fn frames(ms: f64, rate: SampleRate) -> usize {
    (ms * 0.001 * rate.hz()).round().max(0.0) as usize
}
