use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! level {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl $name {
            /// The unit as it is written behind the number.
            pub const UNIT: &'static str = $unit;

            /// The bare number.
            pub fn value(self) -> f64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if self.0 == f64::NEG_INFINITY {
                    return write!(f, "\u{2212}\u{221e} {}", $unit);
                }
                let digits = f.precision().unwrap_or(1);
                write!(f, "{:.*} {}", digits, self.0, $unit)
            }
        }
    };
}

level!(
    /// A ratio of amplitudes in decibels, or a level against full scale where the context says dBFS.
    Db,
    "dB"
);
level!(
    /// True peak against full scale (ITU-R BS.1770-5, Annex 2).
    Dbtp,
    "dBTP"
);
level!(
    /// Loudness against full scale (ITU-R BS.1770-5).
    Lufs,
    "LUFS"
);
level!(
    /// A loudness difference or range.
    Lu,
    "LU"
);

impl Db {
    /// No change.
    pub const UNITY: Db = Db(0.0);

    /// The level of a linear amplitude; zero gives minus infinity.
    pub fn from_amplitude(amplitude: f64) -> Db {
        Db(amplitude_to_db(amplitude))
    }

    /// The linear amplitude factor. Exactly 1 for 0 dB.
    pub fn amplitude(self) -> f64 {
        if self.0 == 0.0 { 1.0 } else { libm::exp(self.0 * (std::f64::consts::LN_10 / 20.0)) }
    }
}

impl Dbtp {
    /// The true peak of a linear amplitude; zero gives minus infinity.
    pub fn from_amplitude(amplitude: f64) -> Dbtp {
        Dbtp(amplitude_to_db(amplitude))
    }

    /// The linear amplitude.
    pub fn amplitude(self) -> f64 {
        Db(self.0).amplitude()
    }
}

impl std::ops::Sub for Lufs {
    type Output = Lu;
    fn sub(self, other: Lufs) -> Lu {
        Lu(self.0 - other.0)
    }
}

fn amplitude_to_db(amplitude: f64) -> f64 {
    if amplitude == 0.0 { f64::NEG_INFINITY } else { 20.0 * libm::log10(amplitude.abs()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_decibels_is_exactly_one() {
        assert_eq!(Db(0.0).amplitude(), 1.0);
        assert!((Db(20.0).amplitude() - 10.0).abs() < 1e-12);
        assert_eq!(Db::from_amplitude(0.0).0, f64::NEG_INFINITY);
        assert!((Dbtp::from_amplitude(0.5).0 + 6.0206).abs() < 1e-4);
    }

    #[test]
    fn levels_print_with_their_unit() {
        assert_eq!(Lufs(-13.84).to_string(), "-13.8 LUFS");
        assert_eq!(format!("{:.2}", Dbtp(-1.0)), "-1.00 dBTP");
        assert_eq!(Db(f64::NEG_INFINITY).to_string(), "\u{2212}\u{221e} dB");
    }
}
