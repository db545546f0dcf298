//! Presets: chains with a name and a sentence that says what they do.
//!
//! A preset is a chain file with three lines more (`name`, `category`, `does`); a chain file without them is a preset
//! named after its file. The shipped ones are part of the program and level-neutral: programme at -16 LUFS comes out
//! within 0.5 LU of how it went in.

use serde::Serialize;
use toml::Table;

use super::file::{ReadError, read_chain};
use super::{ChainSettings, Unknown};
use crate::chain;

/// A chain to begin with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preset {
    /// What it is called by in commands: the name of its file.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// What it is for: `tone`, `source`, `dynamics`, `genre`, `delivery`..., or `own` for the user's without a word.
    pub category: String,
    /// What it does, in a sentence.
    pub does: String,
    /// Whether it comes with the program.
    pub shipped: bool,
    /// The stages.
    pub chain: ChainSettings,
}

macro_rules! embedded {
    ($($path:literal),* $(,)?) => {
        /// Path (category and id) and text of every preset that comes with the program.
        const SHIPPED: &[(&str, &str)] = &[
            $(($path, include_str!(concat!("../../../assets/presets/", $path, ".toml")))),*
        ];
    };
}

embedded![
    "tone/low-cut-subsonic",
    "tone/air-lift",
    "tone/air-softened",
    "tone/mud-clear",
    "tone/box-reduce",
    "tone/harsh-tame",
    "tone/weight-add",
    "tone/tilt-warm",
    "tone/tilt-bright",
    "tone/centre-clear",
    "tone/sides-open",
    "tone/smile-gentle",
    "source/vocal-presence",
    "source/vocal-softer",
    "source/speech-even",
    "source/acoustic-guitar",
    "source/piano-solo",
    "source/strings-silk",
    "source/drums-punch",
    "source/bass-steady",
    "source/live-room",
    "dynamics/glue-light",
    "dynamics/glue-firm",
    "dynamics/level-slow",
    "dynamics/peaks-quick",
    "dynamics/parallel-density",
    "dynamics/centre-hold",
    "dynamics/sides-hold",
    "dynamics/barely-there",
    "limiting/limit-transparent",
    "limiting/limit-punchy",
    "limiting/limit-loud",
    "limiting/limit-gentle",
    "limiting/limit-lossy-safe",
    "limiting/limit-wide",
    "genre/pop-polish",
    "genre/rock-drive",
    "genre/metal-clear",
    "genre/hiphop-low",
    "genre/electronic-club",
    "genre/house-breathe",
    "genre/jazz-natural",
    "genre/classical-untouched",
    "genre/folk-close",
    "genre/ambient-wide",
    "genre/singer-songwriter",
    "delivery/streaming-dynamic",
    "delivery/vinyl-pre-master",
    "delivery/small-speaker",
    "delivery/broadcast-speech-music",
    "colour/tape-warm",
    "colour/tape-hot",
    "colour/even-gentle",
    "colour/presence-spark",
    "colour/clip-strokes",
    "colour/clip-hard-tops",
    "repair/sibilance-voice",
    "repair/sibilance-bright",
    "repair/cymbals-calm",
    "width/bass-mono",
    "width/width-above",
    "width/width-lathe",
    "width/narrower",
    "dynamics/low-end-hold",
    "dynamics/three-bands-even",
    "dynamics/harshness-moving",
];

impl Preset {
    /// Reads a preset; `id` is the name of its file without the ending.
    ///
    /// # Errors
    /// Text that is no chain, with line and column.
    pub fn parse(id: &str, text: &str) -> Result<Preset, ReadError> {
        let mut chain = read_chain(text)?;
        let mut word = |name: &str| match chain.unknown.remove(name) {
            Some(toml::Value::String(text)) => text,
            _ => String::new(),
        };
        let (name, category, does) = (word("name"), word("category"), word("does"));
        let or = |text: String, other: &str| if text.is_empty() { other.to_string() } else { text };
        Ok(Preset { id: id.into(), name: or(name, id), category: or(category, "own"), does, shipped: false, chain })
    }

    /// The presets that come with the program, in the order of their categories.
    pub fn shipped() -> Vec<Preset> {
        let read = |(path, text): &(&str, &str)| {
            let id = path.rsplit('/').next().unwrap_or(path);
            // What is part of the program has been read by a test.
            Preset::parse(id, text).ok().map(|preset| Preset { shipped: true, ..preset }.up_to_date())
        };
        SHIPPED.iter().filter_map(read).collect()
    }

    /// The preset as a chain file holds it: its words beside the stages.
    pub fn in_words(&self) -> ChainSettings {
        let words = [("name", &self.name), ("category", &self.category), ("does", &self.does)];
        let words = words.into_iter().filter(|(_, text)| !text.is_empty());
        let unknown: Unknown = words.map(|(name, text)| (name.to_string(), text.as_str().into())).collect::<Table>();
        ChainSettings { unknown, snapshots: Default::default(), ..self.chain.clone() }
    }

    /// A shipped preset goes with the processors it is shipped with: the tests hear it with them.
    fn up_to_date(mut self) -> Preset {
        for stage in &mut self.chain.stages {
            if let Some(processor) = chain::processor(&stage.processor) {
                stage.version = processor.table.version;
            }
        }
        self
    }
}

impl ChainSettings {
    /// The chain of a chain file that is a preset, without the preset's words.
    #[must_use]
    pub fn without_words(mut self) -> ChainSettings {
        for word in ["name", "category", "does"] {
            self.unknown.remove(word);
        }
        self
    }
}

/// The preset of an id or, whatever its case, of a name. The user's own come before the shipped ones.
pub fn find<'p>(presets: &'p [Preset], name: &str) -> Option<&'p Preset> {
    let named = |preset: &&Preset| preset.id == name || preset.name.eq_ignore_ascii_case(name);
    let own = presets.iter().filter(|preset| !preset.shipped).find(named);
    own.or_else(|| presets.iter().find(named))
}

#[cfg(test)]
mod tests;
