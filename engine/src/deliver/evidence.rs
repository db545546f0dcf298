//! What is known of a delivery beyond its files: what the shops' coders make of them, and how loud the platforms play
//! them. Entries of the manifest; the keys only grow.

use serde::{Deserialize, Serialize};

use crate::analysis::loudness::GatingBlocks;
use crate::analysis::measure::Measured;
use crate::codec::Trip;
use crate::profile::{Grade, Penalty, Platform, Unit};
use crate::unit::{Db, Dbtp, Lufs, Seconds};

/// Overs of a trip that are listed one by one.
const MOST_OVERS: usize = 100;

/// One file behind one coder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodecEntry {
    /// The file of the delivery.
    pub file: String,
    /// Its SHA-256: the trip of the same bytes through the same coder is not made again.
    pub sha256: String,
    /// The tier's id.
    pub tier: String,
    /// The coder with its version, and whether a verdict may rest on it.
    pub coder: String,
    /// Whether a verdict may rest on it.
    pub judges: bool,
    /// What came out; `None` where the trip failed.
    #[serde(flatten)]
    pub result: Option<CodecResult>,
    /// Why the trip failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What came out of a coder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodecResult {
    /// What it really took, kilobits per second.
    pub kilobits: f64,
    /// True peak of what was encoded.
    pub original_true_peak_dbtp: Option<Dbtp>,
    /// True peak of the decoded sound, not clamped.
    pub true_peak_dbtp: Option<Dbtp>,
    /// When.
    pub true_peak_at_s: Option<Seconds>,
    /// In which channel, counted from 0.
    pub true_peak_channel: Option<usize>,
    /// How much the true peak grew.
    pub growth_db: Option<Db>,
    /// True peak of a player that clamps the decoder's samples.
    pub clamped_true_peak_dbtp: Option<Dbtp>,
    /// Samples such a player clamps.
    pub clamped_samples: u64,
    /// Places above 0 dBTP, not clamped.
    pub over_count: usize,
    /// The first hundred of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overs: Vec<OverEntry>,
}

/// A place above full scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OverEntry {
    /// When, in the song.
    pub at_s: Seconds,
    /// The channel, counted from 0.
    pub channel: usize,
    /// Its highest point.
    pub peak_dbtp: Dbtp,
}

impl CodecResult {
    pub(super) fn of(trip: &Trip) -> CodecResult {
        let decoded = &trip.decoded;
        let over = |over: &crate::codec::OverPoint| OverEntry {
            at_s: over.at_s,
            channel: over.channel,
            peak_dbtp: over.peak_dbtp,
        };
        CodecResult {
            kilobits: trip.kilobits,
            original_true_peak_dbtp: trip.original_true_peak_dbtp,
            true_peak_dbtp: decoded.true_peak_dbtp,
            true_peak_at_s: decoded.true_peak_at_s,
            true_peak_channel: decoded.true_peak_channel,
            growth_db: trip.growth_db,
            clamped_true_peak_dbtp: decoded.clamped_true_peak_dbtp,
            clamped_samples: decoded.clamped_samples,
            over_count: decoded.overs.len(),
            overs: decoded.overs.iter().take(MOST_OVERS).map(over).collect(),
        }
    }
}

/// How loud one platform plays the songs of a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlatformEntry {
    /// What people call it.
    pub platform: String,
    /// The loudness it aims at; none where it does not normalise.
    pub target_lufs: Option<Lufs>,
    /// What it normalises as one, where that is known.
    pub unit: Option<Unit>,
    /// How good the evidence is.
    pub grade: Grade,
    /// Where it was found, and when it was looked up.
    pub source: String,
    /// When it was looked up.
    pub date: String,
    /// Track mode: each song by itself.
    pub songs: Vec<Playback>,
    /// Album mode, one gain for all, by the loudest song (AES TD1008).
    pub album_by_loudest: Option<Playback>,
    /// Album mode, by all songs as one programme (ReplayGain 2.0).
    pub album_as_one: Option<Playback>,
}

/// What a listener of a platform hears.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Playback {
    /// The file; of an album mode none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The gain at playback.
    pub gain_db: Db,
    /// The loudness heard.
    pub loudness_lufs: Lufs,
    /// The true peak heard.
    pub true_peak_dbtp: Dbtp,
    /// What is left above it to full scale.
    pub headroom_db: Db,
    /// Whether the platform's own limiter acts.
    pub limited: bool,
}

impl Playback {
    fn of(file: Option<String>, penalty: Penalty) -> Playback {
        Playback {
            file,
            gain_db: penalty.gain_db,
            loudness_lufs: penalty.loudness_lufs,
            true_peak_dbtp: penalty.true_peak_dbtp,
            headroom_db: Db(0.0 - penalty.true_peak_dbtp.0),
            limited: penalty.limited,
        }
    }
}

/// What each platform makes of the songs, by the name of their file.
pub(super) fn playback(platforms: &[Platform], songs: &[(&str, &Measured)]) -> Vec<PlatformEntry> {
    platforms.iter().map(|platform| on(platform, songs)).collect()
}

fn on(platform: &Platform, songs: &[(&str, &Measured)]) -> PlatformEntry {
    let levels = |measured: &Measured| measured.measurement.integrated_lufs.zip(measured.measurement.true_peak_dbtp);
    let track = |(name, measured): &(&str, &Measured)| {
        let (loudness, peak) = levels(measured)?;
        Some(Playback::of(Some(name.to_string()), platform.penalty(loudness, peak)?))
    };
    let known = || songs.iter().filter_map(|(_, measured)| levels(measured));
    let loudest = known().map(|(loudness, _)| loudness).max_by(|a, b| a.0.total_cmp(&b.0));
    let peak = known().map(|(_, peak)| peak).max_by(|a, b| a.0.total_cmp(&b.0));
    let one = GatingBlocks::joined(songs.iter().map(|(_, measured)| &measured.gating_blocks));
    let album = |loudness: Option<Lufs>| Some(Playback::of(None, platform.penalty(loudness?, peak?)?));
    PlatformEntry {
        platform: platform.name.clone(),
        target_lufs: platform.target_lufs,
        unit: platform.unit,
        grade: platform.grade,
        source: platform.source.clone(),
        date: platform.date.clone(),
        songs: songs.iter().filter_map(track).collect(),
        album_by_loudest: album(loudest),
        album_as_one: album(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::measure::Measurer;
    use crate::audio::{Block, Layout};
    use crate::profile::Lift;
    use crate::unit::SampleRate;

    fn tone(amplitude: f64) -> Measured {
        let wave: Vec<f64> = (0..5 * 8_000).map(|n| amplitude * libm::sin(0.5 * f64::from(n))).collect();
        let mut measurer = Measurer::new(Layout::Mono, SampleRate(8_000), Some(24)).unwrap();
        measurer.process(&Block::from_channels(&[wave]));
        measurer.finish()
    }

    #[test]
    fn an_album_has_one_gain_and_its_songs_have_their_own() {
        let platform = Platform {
            name: "Test".into(),
            target_lufs: Some(Lufs(-14.0)),
            lift: Lift::Never,
            unit: Some(Unit::Both),
            ceiling_dbtp: None,
            grade: Grade::B,
            source: "arithmetic".into(),
            date: "2026-11".into(),
        };
        let (loud, soft) = (tone(0.9), tone(0.45));
        let entry = &playback(&[platform], &[("loud.wav", &loud), ("soft.wav", &soft)])[0];
        let gain = |place: usize| entry.songs[place].gain_db.0;
        assert!((gain(0) - gain(1) + 6.02).abs() < 0.05, "{entry:?}");
        let by_loudest = entry.album_by_loudest.as_ref().unwrap();
        assert_eq!(by_loudest.gain_db, entry.songs[0].gain_db);
        let as_one = entry.album_as_one.as_ref().unwrap();
        assert!(as_one.gain_db > by_loudest.gain_db && as_one.gain_db.0 < gain(1));
        assert!((by_loudest.headroom_db.0 + by_loudest.true_peak_dbtp.0).abs() < 1e-12);
        assert_eq!(entry.songs[0].file.as_deref(), Some("loud.wav"));
    }
}
