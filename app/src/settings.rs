//! Settings: what belongs to the room and not to a session. One readable file in the user's configuration folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use lacquer_engine::realtime::DeviceChoice;
use lacquer_engine::unit::{Db, SampleRate, Seconds};
use serde::{Deserialize, Serialize};

use crate::place;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The way to the ears.
    pub device: Device,
    /// Listening.
    pub monitor: Monitoring,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: toml::Table,
}

/// The way to the ears.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// The audio host; absent is the system's usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Id of the device; absent is the host's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A fixed rate, Hz; absent follows the programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Frames per callback; absent leaves it to the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer: Option<u32>,
    /// No device: a silent clock.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: toml::Table,
}

/// Listening.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Monitoring {
    /// By how much dim lowers, dB.
    pub dim_db: f64,
    /// Before and after a transition, s.
    pub pre_roll_s: f64,
    /// Which set of speakers plays, from 0.
    pub speaker: usize,
    /// By how much the quiet check changes the level, dB.
    pub quiet_db: f64,
    /// By how much the loud check changes the level, dB.
    pub loud_db: f64,
    /// The sets of speakers; the last one are headphones.
    pub speakers: Vec<SpeakerSet>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: toml::Table,
}

/// What stands on the keys of the sets: three pairs of speakers, and headphones.
pub const SPEAKER_NAMES: [&str; 4] = ["1", "2", "3", "HP"];

/// A set of speakers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpeakerSet {
    /// The device it hangs on; absent is the one of `device`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The pair of its outputs, from 0.
    pub pair: usize,
    /// Level against the other sets, dB.
    pub offset_db: f64,
    /// Sound pressure at the listening place with pink noise at -20 dBFS RMS from one speaker and the monitor at 0 dB, dB
    /// SPL (C, slow); absent until it is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spl: Option<f64>,
    /// Headphones: each ear hears a little of the other side.
    pub crossfeed: bool,
}

impl Default for SpeakerSet {
    fn default() -> SpeakerSet {
        SpeakerSet { device: None, pair: 0, offset_db: 0.0, spl: None, crossfeed: false }
    }
}

impl Default for Monitoring {
    fn default() -> Monitoring {
        // 20 dB and five seconds: what consoles dim by, and what a transition is judged from.
        // Three sets and headphones: what a studio's controller has. Checks: from 83 dB SPL to a conversation's 60, and up.
        Monitoring {
            dim_db: -20.0,
            pre_roll_s: 5.0,
            speaker: 0,
            quiet_db: -23.0,
            loud_db: 10.0,
            speakers: vec![SpeakerSet::default(); SPEAKER_NAMES.len()],
            unknown: toml::Table::new(),
        }
    }
}

/// Why settings could not be read or kept. The session is safe.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is there and cannot be read.
    #[error("the settings {path} cannot be read ({reason}); the usual ones are used and the file stays as it is")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file cannot be written.
    #[error("the settings {path} cannot be kept ({reason}); they hold until the window is closed")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
}

/// Where the settings lie; none where there is no home.
pub fn file() -> Option<PathBuf> {
    place::settings().map(|folder| folder.join("settings.toml"))
}

impl Settings {
    /// Reads the file; the usual settings where there is none.
    ///
    /// # Errors
    /// A file that cannot be read, or is no settings.
    pub fn read(path: &Path) -> Result<Settings, SettingsError> {
        let error = |reason: String| SettingsError::Read { path: path.into(), reason };
        match fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map_err(|wrong| error(wrong.message().into())),
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
            Err(wrong) => Err(error(wrong.to_string())),
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), SettingsError> {
        let error = |reason| SettingsError::Write { path: path.into(), reason };
        let text = toml::to_string(self).map_err(|wrong| error(std::io::Error::other(wrong)))?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(error)?;
        }
        let beside = path.with_extension(format!("toml.{}", std::process::id()));
        let written = fs::File::create(&beside)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            // What was there is untouched; the attempt leaves nothing.
            let _ = fs::remove_file(&beside);
        }
        written.map_err(error)
    }

    /// The device that is asked for.
    pub fn choice(&self) -> DeviceChoice {
        let Device { host, id, rate, buffer, silent, .. } = self.device.clone();
        DeviceChoice { host, id, rate: rate.filter(|hz| *hz > 0).map(SampleRate), buffer, silent }
    }

    /// Keeps another device.
    pub fn choose(&mut self, choice: &DeviceChoice) {
        let DeviceChoice { host, id, rate, buffer, silent } = choice.clone();
        let unknown = std::mem::take(&mut self.device.unknown);
        self.device = Device { host, id, rate: rate.map(|rate| rate.0), buffer, silent, unknown };
    }

    /// The set of speakers that plays.
    pub fn speaker(&self) -> SpeakerSet {
        self.monitor.speakers.get(self.monitor.speaker).cloned().unwrap_or_default()
    }

    /// What stands on the keys of the sets.
    pub fn speaker_names(&self) -> Vec<&'static str> {
        SPEAKER_NAMES[..self.monitor.speakers.len().min(SPEAKER_NAMES.len())].into()
    }

    /// Sound pressure with the monitor at 0 dB, dB SPL; none until the set is calibrated.
    pub fn calibration(&self) -> Option<f64> {
        self.speaker().spl.filter(|spl| spl.is_finite())
    }

    /// The checks' changes of level, within reason.
    pub fn checks(&self) -> (Db, Db) {
        let held = |value: f64, usual: f64| if value.is_finite() { value.clamp(-60.0, 24.0) } else { usual };
        (Db(held(self.monitor.quiet_db, -23.0)), Db(held(self.monitor.loud_db, 10.0)))
    }

    /// By how much dim lowers, within reason.
    pub fn dim(&self) -> Db {
        Db(if self.monitor.dim_db.is_finite() { self.monitor.dim_db.clamp(-60.0, 0.0) } else { -20.0 })
    }

    /// Before and after a transition, within reason.
    pub fn pre_roll(&self) -> Seconds {
        Seconds(if self.monitor.pre_roll_s.is_finite() { self.monitor.pre_roll_s.clamp(0.5, 60.0) } else { 5.0 })
    }
}

impl SpeakerSet {
    /// Level against the other sets, within reason, dB.
    pub fn offset(&self) -> f64 {
        if self.offset_db.is_finite() { self.offset_db.clamp(-40.0, 12.0) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_with_fields_of_later_versions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lacquer").join("settings.toml");
        assert_eq!(Settings::read(&path).unwrap(), Settings::default());
        let mut settings: Settings =
            toml::from_str("theme = 'dusk'\n[device]\nbuffer = 256\nexclusive = true\n[monitor]\ndim_db = -15.0")
                .unwrap();
        assert_eq!(
            (settings.choice().buffer, settings.dim(), settings.pre_roll()),
            (Some(256), Db(-15.0), Seconds(5.0))
        );
        settings.choose(&DeviceChoice { id: Some("alsa:null".into()), ..DeviceChoice::default() });
        settings.write(&path).unwrap();
        let read = Settings::read(&path).unwrap();
        assert_eq!(read, settings);
        assert_eq!(read.unknown["theme"].as_str(), Some("dusk"));
        assert_eq!(read.device.unknown["exclusive"].as_bool(), Some(true));
        assert_eq!(read.choice().buffer, None);
    }

    #[test]
    fn a_damaged_file_is_said_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        fs::write(&path, "[device\n").unwrap();
        let error = Settings::read(&path).unwrap_err().to_string();
        assert!(error.contains("stays as it is"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "[device\n");
    }
}
