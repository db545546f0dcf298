use serde::Serialize;

use super::super::{MediumError, positive};
use crate::profile::Profile;
use crate::unit::Seconds;

/// A shell: how much tape is in it, both sides together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shell {
    /// Minutes, as it is sold: 46 for a C46.
    pub minutes: u32,
    /// Whether it is kept in stock; others are wound to order.
    pub stock: bool,
}

/// How two sides fill a shell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Balance {
    /// The shell.
    pub shell: Shell,
    /// Blank tape behind side A; negative where it runs out.
    pub blank_a_s: Seconds,
    /// Blank tape behind side B; negative where it runs out.
    pub blank_b_s: Seconds,
}

/// Lengths that are kept in stock.
const STOCK: &str = "shell_stock";
/// Tape that is wound to order has at least so much more than the longer side needs.
const SPARE: &str = "shell_spare";
/// Silence that a house adds before a side.
const HEAD: &str = "head_silence";

impl Shell {
    /// A shell of so many minutes.
    pub fn of(minutes: u32, profile: &Profile) -> Shell {
        let stock = profile.limits(STOCK).flat_map(|limit| &limit.any_of).any(|known| *known == f64::from(minutes));
        Shell { minutes, stock }
    }

    /// Tape of one side.
    pub fn side(self) -> Seconds {
        Seconds(f64::from(self.minutes) * 30.0)
    }

    /// How two sides of these lengths fill it.
    pub fn filled(self, a: Seconds, b: Seconds, profile: &Profile) -> Result<Balance, MediumError> {
        let head = positive(profile, HEAD)?;
        let blank = |side: Seconds| Seconds(self.side().0 - head - side.0);
        Ok(Balance { shell: self, blank_a_s: blank(a), blank_b_s: blank(b) })
    }
}

/// Shells for two sides: the shortest in stock that takes both, and the shortest that can be wound to order.
///
/// # Errors
/// A profile that does not say what the house adds.
pub fn fitting(a: Seconds, b: Seconds, profile: &Profile) -> Result<Vec<Balance>, MediumError> {
    let (head, spare) = (positive(profile, HEAD)?, positive(profile, SPARE)?);
    let needed = a.0.max(b.0) + head;
    let mut stock: Vec<f64> = profile.limits(STOCK).flat_map(|limit| limit.any_of.iter().copied()).collect();
    stock.sort_by(f64::total_cmp);
    let kept = stock.iter().find(|minutes| **minutes * 30.0 >= needed).map(|minutes| *minutes as u32);
    let wound = ((needed + 0.5 * spare) / 30.0).ceil() as u32;
    let mut shells: Vec<u32> = kept.into_iter().chain([wound]).collect();
    shells.dedup();
    shells.into_iter().map(|minutes| Shell::of(minutes, profile).filled(a, b, profile)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::load;

    #[test]
    fn the_shortest_shell_that_takes_both_sides() {
        let profile = load("cassette", None).unwrap().unwrap();
        let found = fitting(Seconds(21.0 * 60.0), Seconds(20.0 * 60.0), &profile).unwrap();
        assert_eq!(found[0].shell, Shell { minutes: 46, stock: true });
        assert_eq!(found[0].blank_a_s, Seconds(23.0 * 60.0 - 1.0 - 21.0 * 60.0));
        // To order: one second before, half a minute to spare on each side.
        assert_eq!(found[1].shell, Shell { minutes: 44, stock: false });
        assert!(found[1].blank_b_s.0 > found[1].blank_a_s.0 && found[1].blank_a_s.0 >= 30.0);
    }

    #[test]
    fn a_side_that_is_too_long_runs_out() {
        let profile = load("cassette", None).unwrap().unwrap();
        let balance = Shell::of(46, &profile).filled(Seconds(1400.0), Seconds(600.0), &profile).unwrap();
        assert_eq!((balance.blank_a_s.0, balance.blank_b_s.0), (-21.0, 779.0));
        // Longer than anything in stock: only to order.
        let long = fitting(Seconds(50.0 * 60.0), Seconds(10.0), &profile).unwrap();
        assert_eq!((long.len(), long[0].shell.stock), (1, false));
    }
}
