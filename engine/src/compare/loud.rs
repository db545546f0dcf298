//! Making two recordings equally loud for the ear: one constant gain each (rule 9), frozen while they are switched.

use serde::Serialize;

use super::portrait::Portrait;
use crate::session::Matching;
use crate::unit::{Db, Dbtp, Lufs};

/// What is raised stays under this true peak.
pub const HIGHEST: Dbtp = Dbtp(-1.0);

/// Levels of two recordings at which they are equally loud.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Levels {
    /// Of the programme: 0 unless the other could not be raised far enough.
    pub own_db: Db,
    /// Of what stands beside it.
    pub beside_db: Db,
}

/// The levels at which `other` is as loud as `own`. It is raised only while its true peak stays under -1 dBTP; what is
/// missing then is taken from the programme. Silence, and no match, leave both as they are. `trim` comes on top.
pub fn levels(own: &Portrait, other: &Portrait, by: Matching, trim: Db) -> Levels {
    let loud = |of: &Portrait| match by {
        Matching::Off => None,
        Matching::ShortTerm => of.short_term_95_lufs,
        Matching::Integrated => of.integrated_lufs,
    };
    let peak = other.true_peak_dbtp.unwrap_or(Dbtp(f64::NEG_INFINITY));
    between(loud(own), loud(other), peak, trim)
}

/// The same of two loudnesses and the other's true peak.
pub fn between(own: Option<Lufs>, other: Option<Lufs>, other_peak: Dbtp, trim: Db) -> Levels {
    let wanted = own.zip(other).map_or(0.0, |(own, other)| own.0 - other.0) + trim.0;
    let room = (HIGHEST.0 - other_peak.0).max(0.0);
    let raised = wanted.min(room);
    Levels { own_db: Db(raised - wanted), beside_db: Db(raised) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_louder_one_is_lowered_and_the_softer_raised_only_under_full_scale() {
        let of = |own: f64, other: f64, peak: f64| {
            let levels = between(Some(Lufs(own)), Some(Lufs(other)), Dbtp(peak), Db(0.0));
            (levels.own_db.0, levels.beside_db.0)
        };
        assert_eq!(of(-14.0, -11.0, 0.3), (0.0, -3.0));
        assert_eq!(of(-14.0, -16.0, -5.0), (0.0, 2.0));
        // 7 dB are wanted and 5 dB fit: the programme gives the other 2.
        assert_eq!(of(-14.0, -21.0, -6.0), (-2.0, 5.0));
        // One that is over already is not raised at all.
        assert_eq!(of(-14.0, -15.0, 0.5), (-1.0, 0.0));
        assert_eq!(between(None, Some(Lufs(-9.0)), Dbtp(0.0), Db(-2.0)).beside_db, Db(-2.0));
    }
}
