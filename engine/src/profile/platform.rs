use serde::{Deserialize, Serialize};

use crate::unit::{Db, Dbtp, Lufs};

/// Whether a player turns quiet music up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lift {
    /// Never.
    Never,
    /// As far as the true peak stays under the ceiling.
    Headroom,
    /// To the target, with a limiter behind.
    Always,
}

/// What is normalised as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Each song by itself.
    Track,
    /// The album as a whole.
    Album,
    /// The album when it is played in order, else the song.
    Both,
}

/// How good the evidence for a platform's behaviour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// Published by the platform or in a standard.
    A,
    /// Measured by others, or a single good source.
    B,
    /// Third-party tables.
    C,
    /// Sources conflict: information only.
    D,
}

/// How one platform sets its playback gain, and how well that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// What people call it.
    pub name: String,
    /// The loudness it aims at; none where it does not normalise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_lufs: Option<Lufs>,
    /// Whether it turns up.
    pub lift: Lift,
    /// What is normalised as one; none where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// The true peak it asks for or keeps when turning up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling_dbtp: Option<Dbtp>,
    /// How good the evidence is.
    pub grade: Grade,
    /// Where it was found.
    pub source: String,
    /// When it was looked up.
    pub date: String,
}

/// What a platform does to a master.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Penalty {
    /// The gain at playback.
    pub gain_db: Db,
    /// The loudness heard.
    pub loudness_lufs: Lufs,
    /// The true peak at the listener's converter.
    pub true_peak_dbtp: Dbtp,
    /// Whether the platform's own limiter acts.
    pub limited: bool,
}

/// The ceiling of a platform that states none (AES TD1008; Spotify's own limiter).
const USUAL_CEILING: Dbtp = Dbtp(-1.0);

impl Platform {
    /// What happens to music of this loudness and true peak; `None` where the platform does not normalise.
    pub fn penalty(&self, integrated: Lufs, true_peak: Dbtp) -> Option<Penalty> {
        let wanted = self.target_lufs?.0 - integrated.0;
        let ceiling = self.ceiling_dbtp.unwrap_or(USUAL_CEILING).0;
        let gain = match self.lift {
            Lift::Never => wanted.min(0.0),
            Lift::Headroom => wanted.min((ceiling - true_peak.0).max(0.0)),
            Lift::Always => wanted,
        };
        let peak = true_peak.0 + gain;
        Some(Penalty {
            gain_db: Db(gain),
            loudness_lufs: Lufs(integrated.0 + gain),
            true_peak_dbtp: Dbtp(peak),
            limited: self.lift == Lift::Always && peak > ceiling,
        })
    }

    pub(super) fn is_sound(&self) -> bool {
        self.target_lufs.is_none_or(|target| target.0.is_finite())
            && self.ceiling_dbtp.is_none_or(|ceiling| ceiling.0.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(lift: Lift) -> Platform {
        Platform {
            name: "Test".into(),
            target_lufs: Some(Lufs(-14.0)),
            lift,
            unit: None,
            ceiling_dbtp: Some(Dbtp(-1.0)),
            grade: Grade::A,
            source: "arithmetic".into(),
            date: "2026-11".into(),
        }
    }

    #[test]
    fn loud_music_is_turned_down_everywhere() {
        for lift in [Lift::Never, Lift::Headroom, Lift::Always] {
            let penalty = platform(lift).penalty(Lufs(-8.0), Dbtp(-0.5)).unwrap();
            assert_eq!((penalty.gain_db, penalty.true_peak_dbtp, penalty.limited), (Db(-6.0), Dbtp(-6.5), false));
        }
    }

    #[test]
    fn quiet_music_is_lifted_as_each_platform_says() {
        let lifted = |lift| platform(lift).penalty(Lufs(-20.0), Dbtp(-5.0)).unwrap();
        assert_eq!(lifted(Lift::Never).gain_db, Db(0.0));
        // The platform's own published example: -20 LUFS at -5 dBTP goes up by 4 dB.
        let headroom = lifted(Lift::Headroom);
        assert_eq!((headroom.gain_db, headroom.loudness_lufs), (Db(4.0), Lufs(-16.0)));
        assert_eq!((lifted(Lift::Always).gain_db, lifted(Lift::Always).limited), (Db(6.0), true));
        assert_eq!(platform(Lift::Headroom).penalty(Lufs(-20.0), Dbtp(-0.2)).unwrap().gain_db, Db(0.0));
    }
}
