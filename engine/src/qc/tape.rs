//! The checks of a cassette: do the sides fit and balance, and does the tape take the programme.

use crate::analysis::verdict::{Outcome, Verdict};
use crate::medium::MediumError;
use crate::medium::cassette::{Balance, Shell, TapeType, Transfer, fitting};
use crate::profile::Profile;
use crate::unit::Seconds;

/// The shell that is meant: the one asked for, else the shortest in stock that takes both sides, else one to order.
///
/// # Errors
/// A profile that does not say what the house adds.
pub fn shell(minutes: u32, a: Seconds, b: Seconds, profile: &Profile) -> Result<Balance, MediumError> {
    if minutes > 0 {
        return Shell::of(minutes, profile).filled(a, b, profile);
    }
    let found = fitting(a, b, profile)?;
    // A profile that gives a spare length always gives a shell to order.
    found.first().copied().map_or_else(|| Shell::of(0, profile).filled(a, b, profile), Ok)
}

/// Judges two sides in a shell and, where the programme is not silent, its way to the tape.
pub fn judge_tape(
    sides: (Seconds, Seconds),
    balance: &Balance,
    tape: TapeType,
    transfer: Option<&Transfer>,
    profile: &Profile,
) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let measured = |check: &str, value: f64, place: &str| {
        let limits = profile.limits(check).filter_map(|limit| Some((limit, limit.value?)));
        let judged = limits.map(|(limit, bound)| {
            Verdict::measured(check, Some(value), limit.bound, bound, &limit.unit, limit.result, &profile.id).at(place)
        });
        // Of several limits the one that is broken worst is told.
        judged.max_by_key(|verdict| verdict.result)
    };
    let (a, b) = sides;
    verdicts.extend(measured("side_length", a.0, "side A"));
    verdicts.extend(measured("side_length", b.0, "side B"));
    verdicts.extend(measured("side_difference", (a.0 - b.0).abs(), "sides A and B"));
    if b.0 > a.0 {
        let said = "side B is the longer one: the tape stops there with side A blank at its end";
        verdicts.push(Verdict::stated("side_order", Outcome::Warn, &profile.id, said));
    }
    for (side, blank) in [("side A", balance.blank_a_s), ("side B", balance.blank_b_s)] {
        let (result, said) = match blank.0 < 0.0 {
            true => {
                (Outcome::Fail, format!("it runs out {:.1} s before its end in a C{}", -blank.0, balance.shell.minutes))
            }
            false => (Outcome::Pass, format!("{:.1} s blank in a C{}", blank.0, balance.shell.minutes)),
        };
        verdicts.push(Verdict::stated("shell", result, &profile.id, said).at(side));
    }
    if !balance.shell.stock {
        let said = format!("a C{} is wound to order", balance.shell.minutes);
        verdicts.push(Verdict::stated("shell_stock", Outcome::Pass, &profile.id, said));
    }
    if let Some(transfer) = transfer {
        verdicts.extend(of_transfer(transfer, tape, profile, &measured));
    }
    verdicts
}

/// What is to be said where the duplicator encodes Dolby B.
pub fn judge_dolby(dolby: bool, tones: bool, profile: &Profile) -> Vec<Verdict> {
    if !dolby {
        return Vec::new();
    }
    let said = "many listeners have no decoder and hear it too bright; the largest duplicator advises against it";
    let mut verdicts = vec![Verdict::stated("dolby_b", Outcome::Warn, &profile.id, said)];
    if !tones {
        let said = "encoder and decoder agree only by a level tone: switch the tones on";
        verdicts.push(Verdict::stated("dolby_tone", Outcome::Warn, &profile.id, said));
    }
    verdicts
}

fn of_transfer(
    transfer: &Transfer,
    tape: TapeType,
    profile: &Profile,
    measured: &dyn Fn(&str, f64, &str) -> Option<Verdict>,
) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    if let Some(hottest) = transfer.bands.iter().max_by(|x, y| x.over_db.0.total_cmp(&y.over_db.0)) {
        let place = format!("{:.0} Hz", hottest.frequency_hz);
        verdicts.extend(measured("tape_saturation", hottest.over_db.0, &place).map(|verdict| {
            verdict.remarking(match (transfer.shelf_hz, transfer.shelf_db) {
                (Some(hz), Some(by)) => {
                    format!(
                        "a shelf or a limiter of the treble of {:.1} dB from {hz:.0} Hz lets the rest be louder",
                        by.0
                    )
                }
                _ => "nothing stands in the way of the middle".to_string(),
            })
        }));
    }
    if let Some(quiet) = transfer.quiet_over_noise_db {
        verdicts.extend(measured("quiet_over_noise", quiet.0, "softest three seconds"));
    }
    if !tape.is_measured() {
        let said = "the points of type IV are from memory: take its levels as a guess";
        verdicts.push(Verdict::stated("tape_points", Outcome::Warn, &profile.id, said));
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::load;

    fn judged(a: f64, b: f64, minutes: u32) -> Vec<Verdict> {
        let profile = load("cassette", None).unwrap().unwrap();
        let sides = (Seconds(a), Seconds(b));
        let balance = shell(minutes, sides.0, sides.1, &profile).unwrap();
        judge_tape(sides, &balance, TapeType::One, None, &profile)
    }

    fn result(verdicts: &[Verdict], check: &str) -> Option<Outcome> {
        verdicts.iter().filter(|verdict| verdict.check == check).map(|verdict| verdict.result).max()
    }

    #[test]
    fn a_side_that_runs_out_fails_and_one_that_fits_does_not() {
        assert_eq!(result(&judged(1300.0, 1290.0, 46), "shell"), Some(Outcome::Pass));
        assert_eq!(result(&judged(1390.0, 1290.0, 46), "shell"), Some(Outcome::Fail));
        assert_eq!(result(&judged(1390.0, 1290.0, 0), "shell"), Some(Outcome::Pass));
        assert_eq!(result(&judged(1900.0, 1890.0, 90), "side_length"), Some(Outcome::Fail));
    }

    #[test]
    fn dolby_comes_with_its_warning_and_asks_for_a_tone() {
        let profile = load("cassette", None).unwrap().unwrap();
        assert!(judge_dolby(false, false, &profile).is_empty());
        assert_eq!(judge_dolby(true, true, &profile).len(), 1);
        assert_eq!(result(&judge_dolby(true, false, &profile), "dolby_tone"), Some(Outcome::Warn));
    }

    #[test]
    fn sides_want_to_be_about_equal_and_the_first_the_longer_one() {
        assert_eq!(result(&judged(1200.0, 1290.0, 46), "side_difference"), Some(Outcome::Warn));
        assert_eq!(result(&judged(1200.0, 1210.0, 46), "side_order"), Some(Outcome::Warn));
        assert_eq!(result(&judged(1210.0, 1200.0, 46), "side_order"), None);
    }
}
