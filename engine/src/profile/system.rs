//! Listening systems as data: the phone, the car, the kitchen radio a master has to survive.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ProfileError;
use super::line_of;

/// What the numbers of a system rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// A measurement that the source cites.
    Measured,
    /// Drawn from what such devices have in common; not measured.
    Sketch,
}

/// Something to listen on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Stable text id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What its numbers rest on.
    pub grade: Evidence,
    /// Where they come from.
    pub source: String,
    /// When.
    pub date: String,
    /// Both channels through one speaker.
    #[serde(default)]
    pub mono: bool,
    /// Share of the side that is left, 0 to 1.
    #[serde(default = "whole")]
    pub width: f64,
    /// Corner, Hz, and slope, dB per octave: 12, 24, 36 or 48.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_pass: Option<(f64, f64)>,
    /// Corner, Hz, and slope, dB per octave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_pass: Option<(f64, f64)>,
    /// Corner, Hz, and gain, dB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_shelf: Option<(f64, f64)>,
    /// Corner, Hz, and gain, dB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_shelf: Option<(f64, f64)>,
    /// Frequency, Hz, gain, dB, and Q.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bells: Vec<(f64, f64, f64)>,
    /// Level above which it turns down, dBFS after its filters with the programme at -14 LUFS, and release, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<(f64, f64)>,
}

fn whole() -> f64 {
    1.0
}

/// The file of systems.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Systems {
    #[serde(default, rename = "system")]
    systems: Vec<System>,
}

const SHIPPED: &str = include_str!("../../../assets/profiles/systems.toml");
/// The house's own, in its folder of profiles.
const FILE: &str = "systems.toml";

impl System {
    /// Reads a file of systems; `name` is what errors call it.
    ///
    /// # Errors
    /// Text that is no list of systems, or a number out of reason.
    pub fn parse_all(name: &str, text: &str) -> Result<Vec<System>, ProfileError> {
        let error = |line: usize, reason: String| ProfileError::Text { name: name.into(), line, reason };
        let read: Systems = toml::from_str(text).map_err(|wrong| {
            error(wrong.span().map_or(1, |span| line_of(text, span.start)), wrong.message().to_string())
        })?;
        for system in &read.systems {
            if let Some(reason) = system.fault() {
                let needle = format!("\"{}\"", system.id);
                let line = text.lines().position(|line| line.contains(&needle)).map_or(1, |index| index + 1);
                return Err(error(line, reason));
            }
        }
        Ok(read.systems)
    }

    fn fault(&self) -> Option<String> {
        let corner = |hz: f64| (10.0..=40_000.0).contains(&hz);
        let slope = |slope: f64| [12.0, 24.0, 36.0, 48.0].contains(&slope);
        let gain = |db: f64| (-40.0..=40.0).contains(&db);
        let passes =
            self.high_pass.iter().chain(&self.low_pass).all(|(hz, per_octave)| corner(*hz) && slope(*per_octave));
        let shelves = self.low_shelf.iter().chain(&self.high_shelf).all(|(hz, db)| corner(*hz) && gain(*db));
        let bells = self.bells.iter().all(|(hz, db, q)| corner(*hz) && gain(*db) && (0.1..=20.0).contains(q));
        let limit = self
            .limit
            .is_none_or(|(level, release)| (-60.0..=0.0).contains(&level) && (5.0..=5000.0).contains(&release));
        match () {
            () if self.id.is_empty() => Some("a system needs an id".into()),
            () if !passes => Some("a pass is [corner 10 to 40000 Hz, slope 12, 24, 36 or 48 dB/octave]".into()),
            () if !shelves => Some("a shelf is [corner 10 to 40000 Hz, gain within 40 dB]".into()),
            () if !bells => Some("a bell is [10 to 40000 Hz, gain within 40 dB, Q 0.1 to 20]".into()),
            () if !limit => Some("a limit is [level -60 to 0 dBFS, release 5 to 5000 ms]".into()),
            () if !(0.0..=1.0).contains(&self.width) => Some("a width is 0 to 1".into()),
            () => None,
        }
    }
}

/// The systems in force: the shipped ones, replaced and joined by the house's in `folder`. What is wrong with its file
/// is said and the shipped ones hold.
pub fn systems(folder: Option<&Path>) -> (Vec<System>, Option<ProfileError>) {
    let mut all = System::parse_all("systems", SHIPPED).unwrap_or_default();
    let Some(path) = folder.map(|folder| folder.join(FILE)).filter(|path| path.is_file()) else { return (all, None) };
    let text = std::fs::read_to_string(&path);
    let read = text.map_err(|reason| ProfileError::Read { path: path.clone(), reason });
    match read.and_then(|text| System::parse_all(&path.display().to_string(), &text)) {
        Err(error) => (all, Some(error)),
        Ok(own) => {
            all.retain(|system| own.iter().all(|house| house.id != system.id));
            all.extend(own);
            (all, None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_system_is_sound_and_says_where_it_comes_from() {
        let systems = System::parse_all("systems", SHIPPED).unwrap();
        for id in ["phone", "laptop", "kitchen-radio", "car", "club", "earbuds", "nearfield", "soundbar"] {
            let system = systems.iter().find(|system| system.id == id).unwrap_or_else(|| panic!("{id}"));
            assert!(system.source.len() > 30 && system.date == "2026-11", "{id}");
            // Whoever writes "measured" has to cite what was measured.
            assert_eq!(system.grade == Evidence::Sketch, system.source.contains("drawn"), "{id}");
        }
        assert!(systems.iter().any(|system| system.mono));
    }

    #[test]
    fn a_bad_number_is_said_with_its_line() {
        let text =
            "[[system]]\nid = \"tin\"\nname = \"Tin\"\ngrade = \"sketch\"\nsource = \"\"\ndate = \"\"\nwidth = 3.0";
        let error = System::parse_all("house", text).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("width"), "{error}");
    }
}
