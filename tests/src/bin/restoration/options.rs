//! What is asked for.

use std::path::PathBuf;

use lacquer_engine::analysis::finding::Kind;
use lacquer_engine::profile::{self, Profile};

use crate::music::{self, Track};

/// The arguments.
pub struct Options {
    /// What to do.
    pub verb: String,
    /// Sets of music; none: all.
    pub sets: Vec<String>,
    /// Tracks by name; none: all.
    pub tracks: Vec<String>,
    /// Kinds; none: all.
    pub kinds: Vec<Kind>,
    /// Seeds.
    pub seeds: u64,
    /// Seconds of each track, from its middle.
    pub seconds: f64,
    /// The profile of quality control.
    pub profile: Profile,
    /// Where candidates are kept (`fit`).
    pub save: Option<PathBuf>,
    /// Candidates that were kept (`fit`).
    pub rows: Option<PathBuf>,
    /// The folder that weights are written to (`fit`).
    pub write: Option<PathBuf>,
    /// Whether findings and misses are listed one by one.
    pub list: bool,
}

impl Options {
    /// Reads the arguments.
    pub fn read(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
        let verb = arguments.next().ok_or("what shall be done? check, find, whole or clean")?;
        let mut options = Options {
            verb,
            sets: Vec::new(),
            tracks: Vec::new(),
            kinds: Vec::new(),
            seeds: 1,
            seconds: f64::MAX,
            profile: qc_profile("qc-normal")?,
            save: None,
            rows: None,
            write: None,
            list: false,
        };
        while let Some(name) = arguments.next() {
            if name == "--list" {
                options.list = true;
                continue;
            }
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            let number = || value.parse::<f64>().map_err(|_| format!("{name} takes a number, not '{value}'"));
            match name.as_str() {
                "--set" => options.sets.push(value),
                "--track" => options.tracks.push(value),
                "--kind" => options.kinds.push(Kind::from_id(&value).ok_or_else(|| format!("no kind '{value}'"))?),
                "--seeds" => options.seeds = number()? as u64,
                "--seconds" => options.seconds = number()?,
                "--save" => options.save = Some(value.into()),
                "--rows" => options.rows = Some(value.into()),
                "--write" => options.write = Some(value.into()),
                "--profile" => options.profile = qc_profile(&value)?,
                _ => return Err(format!("no option is called '{name}'")),
            }
        }
        Ok(options)
    }

    /// The tracks that are asked for; says which sets are not installed.
    pub fn music(&self) -> Vec<Track> {
        let mut tracks = music::tracks(&self.sets);
        tracks.retain(|track| self.tracks.is_empty() || self.tracks.contains(&track.name));
        for set in ["developers", "sectoid", "hyperrogue"] {
            let asked = self.sets.is_empty() || self.sets.iter().any(|name| name == set);
            if asked && self.tracks.is_empty() && tracks.iter().all(|track| track.set != set) {
                eprintln!("restoration: the set '{set}' is not installed and left out");
            }
        }
        tracks
    }

    /// Whether a kind is asked for.
    pub fn wants(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

fn qc_profile(id: &str) -> Result<Profile, String> {
    profile::load(id, None).map_err(|error| error.to_string())?.ok_or_else(|| format!("no profile is called '{id}'"))
}
