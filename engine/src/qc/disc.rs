//! What a compact disc asks of its tracks as a whole (IEC 60908): number, lengths, pregap, whole CD frames.

use super::strictest;
use crate::analysis::verdict::Verdict;
use crate::profile::Profile;
use crate::unit::{CdFrame, Frames};

/// One track of a disc as it will be cut, from its index 1 to the next track's (or the lead-out).
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// What verdicts call it.
    pub title: String,
    /// Length in frames at 44.1 kHz, the pause before the next track included.
    pub length: Frames,
}

/// A disc as it will be cut.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Disc {
    /// Its tracks in order.
    pub tracks: Vec<Track>,
    /// The pause before index 1 of the first track.
    pub first_pregap: CdFrame,
    /// Length of what sounds before index 1 of the first track, in frames at 44.1 kHz.
    pub hidden: Frames,
}

/// Frames per second of a disc.
const RATE: f64 = 44_100.0;

/// Every check of a disc's layout.
pub fn judge_disc(disc: &Disc, profile: &Profile) -> Vec<Verdict> {
    let total: u64 = disc.hidden.0 + disc.tracks.iter().map(|track| track.length.0).sum::<u64>();
    let mut verdicts = vec![
        strictest("tracks", Some(disc.tracks.len() as f64), profile),
        strictest("disc_length", Some(total as f64 / RATE), profile),
        strictest("first_pregap", Some(disc.first_pregap.0 as f64), profile),
    ];
    let multiple = profile.value("frame_multiple").map(|frames| frames as u64).filter(|frames| *frames > 0);
    for track in &disc.tracks {
        verdicts.push(strictest("track_length", Some(track.length.0 as f64 / RATE), profile).at(&track.title));
        if let Some(multiple) = multiple {
            verdicts.push(whole_frames(track, multiple, profile));
        }
    }
    verdicts
}

/// A track must end on a CD frame: what is measured is its length rounded down to one, which differs when it does not.
fn whole_frames(track: &Track, multiple: u64, profile: &Profile) -> Verdict {
    use crate::analysis::verdict::{Bound, Outcome};
    let rest = (track.length.0 % multiple) as f64;
    Verdict::measured("cd_frames", Some(rest), Bound::Exactly, 0.0, "frames", Outcome::Fail, &profile.id)
        .at(&track.title)
        .remarking(format!("frames beyond the last whole CD frame of {multiple}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::verdict::{Outcome, worst};

    fn disc(lengths: &[u64]) -> Disc {
        let track = |(index, seconds): (usize, &u64)| Track {
            title: format!("Song {}", index + 1),
            length: Frames(seconds * 44_100),
        };
        Disc { tracks: lengths.iter().enumerate().map(track).collect(), first_pregap: CdFrame(150), hidden: Frames(0) }
    }

    fn results(disc: &Disc) -> Vec<(String, Outcome)> {
        let cd = crate::profile::load("cd", None).unwrap().unwrap();
        let broken = judge_disc(disc, &cd).into_iter().filter(|verdict| verdict.result != Outcome::Pass);
        broken.map(|verdict| (verdict.check, verdict.result)).collect()
    }

    #[test]
    fn an_ordinary_album_fits() {
        assert_eq!(results(&disc(&[180, 240, 200])), []);
        let cd = crate::profile::load("cd", None).unwrap().unwrap();
        assert_eq!(worst(&judge_disc(&disc(&[180]), &cd)), Outcome::Pass);
    }

    #[test]
    fn the_limits_of_the_disc_are_kept() {
        let one = |check: &str, outcome| vec![(check.to_string(), outcome)];
        assert_eq!(results(&disc(&[3, 100])), one("track_length", Outcome::Fail));
        assert_eq!(results(&disc(&[10; 100])), one("tracks", Outcome::Fail));
        assert_eq!(results(&disc(&[4441])), one("disc_length", Outcome::Warn));
        assert_eq!(results(&disc(&[4798])), one("disc_length", Outcome::Fail));
        assert_eq!(results(&Disc { first_pregap: CdFrame(149), ..disc(&[100]) }), one("first_pregap", Outcome::Fail));
        let mut odd = disc(&[100]);
        odd.tracks[0].length = Frames(588 * 900 + 1);
        assert_eq!(results(&odd), one("cd_frames", Outcome::Fail));
    }
}
