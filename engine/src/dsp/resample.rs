//! Conversion between sample rates, for files.
//!
//! One linear-phase Kaiser-windowed sinc at the input rate, 220 dB deep, applied by overlap-save; the spectrum is cut
//! or extended to the output's size and transformed back there. The stop band begins exactly at the lower Nyquist
//! frequency. Output frame 0 lies at input frame 0: there is no delay. Blocks are anchored to input frame 0, so a
//! caller's blocks cannot be heard and a start in the middle gives the same bits.
//!
//! The same magnitude can be had with minimum phase (no ringing before an attack, and a delay that grows towards the
//! edge of the band) or half way between ([`Phase`]); low frequencies keep their place in time.

mod converter;
mod phase;
mod plan;

pub use converter::Converter;
pub use plan::Span;

use serde::{Deserialize, Serialize};

use crate::audio::Block;
use crate::unit::{Hertz, SampleRate, Seconds};

/// Where the pass band ends. What is nearer to the Nyquist frequency rings longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Steepness {
    /// To 20.0 kHz at 44.1 kHz.
    Gentle,
    /// To 20.6 kHz at 44.1 kHz.
    #[default]
    Standard,
    /// To 21.5 kHz at 44.1 kHz.
    Steep,
}

impl Steepness {
    /// Every steepness, in the order of the menu.
    pub const ALL: [Steepness; 3] = [Steepness::Gentle, Steepness::Standard, Steepness::Steep];

    /// The stable id.
    pub fn id(self) -> &'static str {
        match self {
            Steepness::Gentle => "gentle",
            Steepness::Standard => "standard",
            Steepness::Steep => "steep",
        }
    }

    /// The steepness called `id`.
    pub fn from_id(id: &str) -> Option<Steepness> {
        Steepness::ALL.into_iter().find(|steepness| steepness.id() == id)
    }

    /// End of the pass band between two rates.
    pub fn pass_edge(self, from: SampleRate, to: SampleRate) -> Hertz {
        let at_cd = match self {
            Steepness::Gentle => 20_000.0,
            Steepness::Standard => 20_600.0,
            Steepness::Steep => 21_500.0,
        };
        Hertz(at_cd / SampleRate::CD.hz() * from.hz().min(to.hz()))
    }

    /// How long the linear-phase filter rings to either side of an impulse.
    pub fn ringing(self, from: SampleRate, to: SampleRate) -> Seconds {
        Seconds(plan::half_length(from, to, self) as f64 / from.hz())
    }
}

/// Where a filter rings: before an attack as much as after it, or after it only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Every frequency is delayed alike, which is not at all.
    #[default]
    Linear,
    /// Half the phase of minimum phase.
    Intermediate,
    /// No ringing before an attack.
    Minimum,
}

impl Phase {
    /// Every phase, in the order of the menu.
    pub const ALL: [Phase; 3] = [Phase::Linear, Phase::Intermediate, Phase::Minimum];

    /// The stable id.
    pub fn id(self) -> &'static str {
        match self {
            Phase::Linear => "linear",
            Phase::Intermediate => "intermediate",
            Phase::Minimum => "minimum",
        }
    }

    /// The phase called `id`.
    pub fn from_id(id: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.id() == id)
    }

    /// Share of the minimum phase.
    fn share(self) -> f64 {
        match self {
            Phase::Linear => 0.0,
            Phase::Intermediate => 0.5,
            Phase::Minimum => 1.0,
        }
    }
}

/// The filter of a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Where the pass band ends.
    #[serde(default)]
    pub steepness: Steepness,
    /// Where it rings.
    #[serde(default)]
    pub phase: Phase,
}

impl Filter {
    /// Whether this is what a new pass has.
    pub fn is_default(&self) -> bool {
        *self == Filter::default()
    }
}

impl From<Steepness> for Filter {
    /// Linear phase.
    fn from(steepness: Steepness) -> Filter {
        Filter { steepness, phase: Phase::Linear }
    }
}

/// Why a conversion is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResampleError {
    /// A rate outside what files and devices have.
    #[error("cannot convert from {from} to {to}: rates from 8 to 384 kHz are possible")]
    Rate {
        /// The input's rate.
        from: SampleRate,
        /// The output's rate.
        to: SampleRate,
    },
    /// The two rates have so little in common that the transforms would become absurd.
    #[error("cannot convert from {from} to {to} exactly: the two rates have no common period of usable length")]
    Ratio {
        /// The input's rate.
        from: SampleRate,
        /// The output's rate.
        to: SampleRate,
    },
    /// Both rates are the same: the audio is to be used as it is.
    #[error("both rates are {rate}: there is nothing to convert")]
    Same {
        /// The rate.
        rate: SampleRate,
    },
}

/// The two rates over their greatest common divisor: `from` input frames last as long as `to` output frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ratio {
    pub(super) from: u64,
    pub(super) to: u64,
}

impl Ratio {
    pub(super) fn new(from: SampleRate, to: SampleRate) -> Result<Ratio, ResampleError> {
        let usable = |rate: SampleRate| (8_000..=384_000).contains(&rate.0);
        if !usable(from) || !usable(to) {
            return Err(ResampleError::Rate { from, to });
        }
        if from == to {
            return Err(ResampleError::Same { rate: from });
        }
        let (mut a, mut b) = (from.0, to.0);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Ok(Ratio { from: u64::from(from.0 / a), to: u64::from(to.0 / a) })
    }

    /// Output frames of `frames` input frames, rounded up.
    pub(super) fn output_length(self, frames: u64) -> u64 {
        (u128::from(frames) * u128::from(self.to)).div_ceil(u128::from(self.from)) as u64
    }
}

/// Converts a whole piece at once. Workers only: allocates.
pub fn convert(
    input: &Block,
    from: SampleRate,
    to: SampleRate,
    filter: impl Into<Filter>,
) -> Result<Block, ResampleError> {
    let mut converter = Converter::new(input.channels(), from, to, filter)?;
    let total = converter.output_length(input.frames() as u64) as usize;
    let mut output = Block::new(input.channels(), total);
    let mut part = Block::new(input.channels(), total.clamp(1, 8192));
    let (mut fed, mut done) = (0, 0);
    while done < total {
        fed += converter.feed(input, fed);
        if fed == input.frames() {
            converter.finish();
        }
        let count = converter.produce(&mut part);
        output.copy_from(done, &part, 0, count);
        done += count;
    }
    Ok(output)
}

#[cfg(test)]
mod tests;
