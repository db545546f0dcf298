use std::f64::consts::PI;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::{MediumError, positive};
use crate::profile::Profile;
use crate::unit::Seconds;

/// The size of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Size {
    /// 12 inches.
    #[default]
    #[serde(rename = "12")]
    Twelve,
    /// 10 inches.
    #[serde(rename = "10")]
    Ten,
    /// 7 inches.
    #[serde(rename = "7")]
    Seven,
}

/// The speed of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Speed {
    /// 33 1/3 turns a minute.
    #[default]
    #[serde(rename = "33")]
    Long,
    /// 45 turns a minute.
    #[serde(rename = "45")]
    FortyFive,
    /// 78.26 turns a minute.
    #[serde(rename = "78")]
    SeventyEight,
}

/// The recorded surface of one side and how fast it turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disc {
    /// Size of the record.
    pub size: Size,
    /// Speed of the record.
    pub speed: Speed,
    /// Where the programme begins.
    pub outer_mm: f64,
    /// Where the programme should have ended.
    pub inner_mm: f64,
}

impl Size {
    /// Every size.
    pub const ALL: [Size; 3] = [Size::Twelve, Size::Ten, Size::Seven];

    /// Its diameter in inches, as people call it.
    pub fn inches(self) -> u32 {
        match self {
            Size::Twelve => 12,
            Size::Ten => 10,
            Size::Seven => 7,
        }
    }

    /// The size of so many inches.
    pub fn from_inches(inches: u32) -> Option<Size> {
        Size::ALL.into_iter().find(|size| size.inches() == inches)
    }

    /// The name of the innermost radius in a profile.
    pub fn inner_check(self) -> String {
        format!("inner_radius_{}in", self.inches())
    }
}

impl Speed {
    /// Every speed.
    pub const ALL: [Speed; 3] = [Speed::Long, Speed::FortyFive, Speed::SeventyEight];

    /// Turns a minute (IEC 60098).
    pub fn turns_per_minute(self) -> f64 {
        match self {
            Speed::Long => 100.0 / 3.0,
            Speed::FortyFive => 45.0,
            Speed::SeventyEight => 78.26,
        }
    }

    /// The time of one turn.
    pub fn turn(self) -> Seconds {
        Seconds(60.0 / self.turns_per_minute())
    }

    /// The speed whose whole number of turns a minute is `turns`: 33, 45 or 78.
    pub fn from_turns(turns: u32) -> Option<Speed> {
        Speed::ALL.into_iter().find(|speed| speed.turns_per_minute() as u32 == turns)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} inch", self.inches())
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Speed::Long => "33 1/3 rpm",
            Speed::FortyFive => "45 rpm",
            Speed::SeventyEight => "78 rpm",
        })
    }
}

impl Disc {
    /// The disc as a profile describes it.
    ///
    /// # Errors
    /// The profile lacks its radii, or they leave no room between them.
    pub fn new(size: Size, speed: Speed, profile: &Profile) -> Result<Disc, MediumError> {
        let outer_mm = positive(profile, &format!("outer_radius_{}in", size.inches()))?;
        let check = size.inner_check();
        let inner_mm = positive(profile, &check)?;
        if inner_mm >= outer_mm {
            return Err(MediumError::Absurd { profile: profile.id.clone(), check, value: inner_mm });
        }
        Ok(Disc { size, speed, outer_mm, inner_mm })
    }

    /// Width of the recorded band.
    pub fn room_mm(&self) -> f64 {
        self.outer_mm - self.inner_mm
    }

    /// Speed of the groove under the stylus at a radius, in metres a second.
    pub fn groove_speed_m_s(&self, radius_mm: f64) -> f64 {
        2.0 * PI * radius_mm * 1e-3 / self.speed.turn().0
    }
}

impl fmt::Display for Disc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.size, self.speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::load;

    fn disc(size: Size, speed: Speed) -> Disc {
        Disc::new(size, speed, &load("vinyl", None).unwrap().unwrap()).unwrap()
    }

    #[test]
    fn the_groove_passes_as_fast_as_published() {
        // specs/formats.md 3.5: 51.1 cm/s at 146.3 mm, 21.0 at 60.3 (33 1/3); 68.9 and 28.4 (45); 39.7 at the edge of 7 inches.
        let long = disc(Size::Twelve, Speed::Long);
        assert!((long.groove_speed_m_s(146.3) - 0.511).abs() < 5e-4);
        assert!((long.groove_speed_m_s(60.3) - 0.210).abs() < 5e-4);
        let quick = disc(Size::Twelve, Speed::FortyFive);
        assert!((quick.groove_speed_m_s(146.3) - 0.689).abs() < 5e-4);
        assert!((quick.groove_speed_m_s(60.3) - 0.284).abs() < 5e-4);
        let single = disc(Size::Seven, Speed::FortyFive);
        assert!((single.groove_speed_m_s(single.outer_mm) - 0.397).abs() < 5e-4);
    }

    #[test]
    fn sizes_and_speeds_are_found_by_their_names() {
        assert_eq!((Size::from_inches(10), Size::from_inches(11)), (Some(Size::Ten), None));
        assert_eq!((Speed::from_turns(33), Speed::from_turns(34)), (Some(Speed::Long), None));
        assert_eq!(disc(Size::Twelve, Speed::Long).to_string(), "12 inch, 33 1/3 rpm");
    }
}
