//! Physical media: what a groove and a tape make of a programme. Heard by `realtime`, judged by `deliver`.
//!
//! Every assumption about discs, lathes, styli and tapes is data of [`crate::profile`] with its source; what is only
//! trade habit says "folklore" there.

pub mod cassette;
pub mod loudspeaker;
mod sway;
pub mod vinyl;

/// Why a medium cannot be modelled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MediumError {
    /// The profile does not say a number that the model needs.
    #[error("the profile '{profile}' gives no '{check}'; add it or use the shipped profile")]
    Missing {
        /// The profile.
        profile: String,
        /// The name of the value.
        check: String,
    },
    /// A number of the profile that no medium can have.
    #[error("the profile '{profile}' says {check} = {value}, which cannot be; correct it or use the shipped profile")]
    Absurd {
        /// The profile.
        profile: String,
        /// The name of the value.
        check: String,
        /// The value.
        value: f64,
    },
    /// A rate that the model does not take.
    #[error("a programme at {0} Hz cannot be cut on paper; rates from 8000 to 768000 Hz can")]
    Rate(u32),
    /// A programme without two channels.
    #[error("a groove and a cassette take two channels, this programme has {0}; make the pass stereo")]
    Channels(usize),
}

/// The number a profile states for `check`; positive and finite.
fn positive(profile: &crate::profile::Profile, check: &str) -> Result<f64, MediumError> {
    let value = number(profile, check)?;
    match value > 0.0 {
        true => Ok(value),
        false => Err(MediumError::Absurd { profile: profile.id.clone(), check: check.into(), value }),
    }
}

/// The number a profile states for `check`.
fn number(profile: &crate::profile::Profile, check: &str) -> Result<f64, MediumError> {
    let missing = || MediumError::Missing { profile: profile.id.clone(), check: check.into() };
    profile.value(check).ok_or_else(missing)
}
