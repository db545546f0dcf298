use serde::{Deserialize, Serialize};

use super::super::{MediumError, number, positive};
use crate::profile::Profile;
use crate::unit::{Db, Hertz, Seconds};

/// The playback stylus that is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stylus {
    /// A round tip.
    Conical,
    /// An elliptical tip: its side radius.
    #[default]
    Elliptical,
    /// A line contact: its side radius.
    LineContact,
}

impl Stylus {
    /// Every stylus.
    pub const ALL: [Stylus; 3] = [Stylus::Conical, Stylus::Elliptical, Stylus::LineContact];

    /// The stable name.
    pub fn id(self) -> &'static str {
        match self {
            Stylus::Conical => "conical",
            Stylus::Elliptical => "elliptical",
            Stylus::LineContact => "line-contact",
        }
    }

    /// The stylus of a name.
    pub fn from_id(id: &str) -> Option<Stylus> {
        Stylus::ALL.into_iter().find(|stylus| stylus.id() == id)
    }

    fn check(self) -> &'static str {
        match self {
            Stylus::Conical => "stylus_conical",
            Stylus::Elliptical => "stylus_elliptical",
            Stylus::LineContact => "stylus_line_contact",
        }
    }
}

/// How the lathe works and what is assumed of the playback.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lathe {
    /// Land that must stay between two turns.
    pub land_um: f64,
    /// Top width of the groove at rest.
    pub width_um: f64,
    /// Narrowest top width at any instant: what the depth automation keeps.
    pub least_width_um: f64,
    /// Deepest the depth automation goes at rest.
    pub deepest_um: f64,
    /// How long before and after a need the depth automation acts.
    pub depth_time: Seconds,
    /// What a visible band between two songs takes along the radius.
    pub marker_mm: f64,
    /// Lateral peak velocity of the reference tone.
    pub reference_m_s: f64,
    /// Digital peak level of a mono sine at 1 kHz that is cut at the reference velocity.
    pub reference: Db,
    /// Side radius of the stylus.
    pub stylus_um: f64,
    /// Radius of a round stylus, which many listeners use.
    pub conical_um: f64,
    /// Below this the difference of the channels is judged.
    pub low_band: Hertz,
}

impl Lathe {
    /// The lathe of a profile and a stylus.
    ///
    /// # Errors
    /// A number that the profile lacks, or that cannot be.
    pub fn new(profile: &Profile, stylus: Stylus) -> Result<Lathe, MediumError> {
        Ok(Lathe {
            land_um: positive(profile, "land")?,
            width_um: positive(profile, "groove_width")?,
            least_width_um: positive(profile, "least_groove_width")?,
            deepest_um: positive(profile, "deepest_cut")?,
            depth_time: Seconds(positive(profile, "depth_time")?),
            marker_mm: positive(profile, "marker_width")?,
            reference_m_s: 0.01 * positive(profile, "reference_velocity")?,
            reference: Db(number(profile, "reference_level")?),
            stylus_um: positive(profile, stylus.check())?,
            conical_um: positive(profile, Stylus::Conical.check())?,
            low_band: Hertz(positive(profile, "low_band")?),
        })
    }

    /// Velocity of one wall, in metres a second, for a full-scale sine of 1 kHz at a cut level of 0 dB. A mono sine
    /// moves each wall 3 dB less than the groove moves sideways (45/45).
    pub fn wall_velocity_m_s(&self) -> f64 {
        self.reference_m_s / std::f64::consts::SQRT_2 / self.reference.amplitude()
    }
}
