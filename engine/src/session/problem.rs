use super::disc::MOST_OFFSET;
use super::{
    ChainSettings, Clip, Fade, Join, PassKind, Rate, ResolvedSong, Session, SettingsError, SourceRef, TreePath,
    Unknown, Words,
};

/// Something in the document that this version cannot turn into sound as it stands. It is kept as it is and said.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    /// There is no such pass.
    #[error("there is no pass '{pass}'")]
    NoPass {
        /// What was asked for.
        pass: String,
    },
    /// A pass without a song that plays.
    #[error("{pass}: no song plays in it")]
    NoSong {
        /// The pass.
        pass: String,
    },
    /// Settings of a stage.
    #[error("{path}: {error}")]
    Settings {
        /// The chain.
        path: TreePath,
        /// What is wrong with them.
        error: SettingsError,
    },
    /// A name that leads nowhere.
    #[error("{path}: there is no {what} '{id}'")]
    Missing {
        /// Who names it.
        path: TreePath,
        /// Kind of part.
        what: &'static str,
        /// The name.
        id: String,
    },
    /// Two elements of a list with one id: edits would reach the first only.
    #[error("{path}: more than one is called '{id}'")]
    Twice {
        /// The list.
        path: TreePath,
        /// The id.
        id: String,
    },
    /// A value that means nothing there.
    #[error("{path}: {reason}; it is kept, the pass cannot be delivered")]
    Value {
        /// Where.
        path: TreePath,
        /// What is wrong with it.
        reason: String,
    },
}

impl Problem {
    /// Whether the pass cannot be delivered until this is mended. Only an algorithm of another version is no bar: it is
    /// heard, and said.
    pub fn blocks(&self) -> bool {
        !matches!(self, Problem::Settings { error, .. } if !error.blocks())
    }
}

impl Session {
    /// Everything that keeps the pass `id` from being delivered as it stands, or must be said about it.
    pub fn problems(&self, id: &str) -> Vec<Problem> {
        let Some(resolved) = self.resolve(id) else { return vec![Problem::NoPass { pass: id.into() }] };
        let mut found = Found::default();
        self.check_ids(&mut found);
        self.check_pass(&resolved.pass, &mut found);
        found.chain(TreePath::new(["pass", id, "chain"]), &resolved.chain);
        if resolved.songs.is_empty() {
            found.0.push(Problem::NoSong { pass: id.into() });
        }
        if matches!(resolved.pass.kind, PassKind::Vinyl | PassKind::Cassette) {
            found.sides(id, &resolved);
        }
        for song in &resolved.songs {
            let path = TreePath::new(["song", &song.song.id]);
            found.finite(path.join("gain"), song.gain.0);
            found.fade(path.join("fade_in"), song.fade_in);
            found.fade(path.join("fade_out"), song.fade_out);
            found.join(TreePath::new(["pass", id, "entry", &song.song.id, "join"]), song.join);
            found.chain(path.join("chain"), &song.chain);
            if resolved.pass.kind == PassKind::Cd {
                found.track(&path, song);
            }
            if song.clips.is_empty() {
                found.value(path.clone(), "it has no audio");
            }
            for clip in &song.clips {
                self.check_clip(path.join("clip").join(&clip.id), clip, &mut found);
            }
        }
        let heard = |source: &&SourceRef| {
            resolved.songs.iter().any(|song| song.clips.iter().any(|clip| clip.source == source.id))
        };
        for source in self.sources.iter().filter(heard) {
            found.repairs(source);
        }
        found.0
    }

    fn check_pass(&self, pass: &super::Pass, found: &mut Found) {
        let path = TreePath::new(["pass", &pass.id]);
        if let Rate::Hz(rate) = pass.rate
            && rate.0 == 0
        {
            found.value(path.join("rate"), "a rate is above 0 Hz");
        }
        if let Some(ceiling) = pass.ceiling {
            found.finite(path.join("ceiling"), ceiling.0);
        }
        for (name, offset) in pass.offsets.named() {
            if offset.0 < 0 || offset > MOST_OFFSET {
                found.value(
                    path.join("offsets").join(name),
                    &format!("{} CD frames are not 0 to {}", offset.0, MOST_OFFSET.0),
                );
            }
        }
        let main = self.main_pass().map_or(&[][..], |main| &main.entries);
        let entries = if pass.entries.is_empty() { main } else { &pass.entries };
        for entry in entries.iter().filter(|entry| self.song(&entry.song).is_none()) {
            let id = entry.song.clone();
            found.0.push(Problem::Missing { path: path.join("entry"), what: "song", id });
        }
        found.ids(path.join("entry"), entries.iter().map(|entry| &entry.song));
    }

    fn check_ids(&self, found: &mut Found) {
        found.ids(TreePath::new(["song"]), self.songs.iter().map(|song| &song.id));
        found.ids(TreePath::new(["source"]), self.sources.iter().map(|source| &source.id));
        found.ids(TreePath::new(["pass"]), self.passes.iter().map(|pass| &pass.id));
    }

    fn check_clip(&self, path: TreePath, clip: &Clip, found: &mut Found) {
        found.finite(path.join("gain"), clip.gain.0);
        let points = clip.envelope.iter().flat_map(|point| [point.at.0, point.gain.0]);
        points.for_each(|number| found.finite(path.join("envelope"), number));
        if clip.envelope.windows(2).any(|pair| pair[0].at > pair[1].at) {
            found.value(path.join("envelope"), "its points are not in the order of time");
        }
        found.fade(path.join("crossfade"), clip.crossfade);
        match self.source(&clip.source) {
            None => found.0.push(Problem::Missing { path, what: "source", id: clip.source.clone() }),
            Some(source) if source.rate.0 == 0 || source.layout.channels() == 0 => {
                found.value(path, "its source has no rate or no channels");
            }
            Some(source) if clip.start >= clip.end || clip.end > source.frames => {
                let (start, end, frames) = (clip.start.0, clip.end.0, source.frames.0);
                found.value(path, &format!("frames {start} to {end} are no span of a source of {frames}"));
            }
            Some(_) => {}
        }
    }

    /// Fields that this version does not know, as paths. They are kept and written back.
    pub fn unknown_fields(&self) -> Vec<String> {
        let mut names = Names(Vec::new());
        names.add("", &self.unknown);
        names.add("album.", &self.album.unknown);
        names.add("qc.", &self.quality.unknown);
        names.words("album.", &self.album.text);
        for source in &self.sources {
            names.add(&format!("source.{}.", source.id), &source.unknown);
            for repair in &source.repairs {
                names.add(&format!("source.{}.repair.{}.", source.id, repair.id), &repair.unknown);
            }
        }
        for reference in &self.references {
            names.add(&format!("reference.{}.", reference.id), &reference.unknown);
            names.add(&format!("reference.{}.file.", reference.id), &reference.file.unknown);
        }
        self.notes.iter().for_each(|note| names.add(&format!("note.{}.", note.id), &note.unknown));
        for song in &self.songs {
            let place = format!("song.{}.", song.id);
            names.add(&place, &song.unknown);
            names.add(&format!("{place}credits."), &song.credits.unknown);
            names.add(&format!("{place}flags."), &song.flags.unknown);
            names.words(&place, &song.text);
            names.clips(&place, &song.clips);
            for marker in &song.markers {
                names.add(&format!("{place}marker.{}.", marker.id), &marker.unknown);
            }
            for version in &song.versions {
                names.add(&format!("{place}version.{}.", version.id), &version.unknown);
            }
            names.chain(&place, Some(&song.chain));
        }
        for pass in &self.passes {
            let place = format!("pass.{}.", pass.id);
            names.add(&place, &pass.unknown);
            names.add(&format!("{place}offsets."), &pass.offsets.unknown);
            pass.vinyl.iter().for_each(|vinyl| names.add(&format!("{place}vinyl."), &vinyl.unknown));
            pass.cassette.iter().for_each(|tape| names.add(&format!("{place}cassette."), &tape.unknown));
            names.chain(&place, pass.chain.as_ref());
            for entry in &pass.entries {
                let place = format!("{place}entry.{}.", entry.song);
                names.add(&place, &entry.unknown);
                names.clips(&place, entry.clips.as_deref().unwrap_or_default());
                names.chain(&place, entry.chain.as_ref());
            }
        }
        for entry in &self.ledger {
            names.add(&format!("finding.{}.", entry.id), &entry.unknown);
            entry.found.iter().for_each(|found| names.add(&format!("finding.{}.found.", entry.id), &found.unknown));
        }
        names.0
    }
}

struct Names(Vec<String>);

impl Names {
    fn add(&mut self, place: &str, unknown: &Unknown) {
        self.0.extend(unknown.keys().map(|name| format!("{place}{name}")));
    }

    fn words(&mut self, place: &str, text: &std::collections::BTreeMap<String, Words>) {
        text.iter().for_each(|(tag, words)| self.add(&format!("{place}text.{tag}."), &words.unknown));
    }

    fn clips(&mut self, place: &str, clips: &[Clip]) {
        clips.iter().for_each(|clip| self.add(&format!("{place}clip.{}.", clip.id), &clip.unknown));
    }

    fn chain(&mut self, place: &str, chain: Option<&ChainSettings>) {
        let Some(chain) = chain else { return };
        self.add(&format!("{place}chain."), &chain.unknown);
        for stage in &chain.stages {
            self.add(&format!("{place}chain.stage.{}.", stage.id), &stage.unknown);
        }
    }
}

#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn value(&mut self, path: TreePath, reason: &str) {
        self.0.push(Problem::Value { path, reason: reason.into() });
    }

    /// A letter comes once, and no song sounds on two sides.
    fn sides(&mut self, pass: &str, resolved: &super::Resolved) {
        let sides = resolved.sides();
        for (place, (name, songs)) in sides.iter().enumerate() {
            let song = &resolved.songs[songs.start];
            let path = TreePath::new(["pass", pass, "entry", &song.song.id]);
            if sides[..place].iter().any(|(known, _)| known == name) {
                self.value(path.join("side"), &format!("side {name} began before; its songs stand together"));
            }
            let overlaps = match song.join {
                Join::Gap(gap) => gap.0 < 0.0,
                Join::Crossfade { .. } => true,
            };
            if place > 0 && overlaps {
                self.value(path.join("join"), &format!("it is turned over before side {name}: use a gap"));
            }
        }
    }

    fn finite(&mut self, path: TreePath, number: f64) {
        if !number.is_finite() {
            self.value(path, &format!("{number} is not a finite number"));
        }
    }

    fn fade(&mut self, path: TreePath, fade: Option<Fade>) {
        if let Some(fade) = fade.filter(|fade| !(fade.length.0.is_finite() && fade.length.0 >= 0.0)) {
            self.value(path, &format!("{} s is no length", fade.length.0));
        }
    }

    fn join(&mut self, path: TreePath, join: Join) {
        match join {
            Join::Gap(length) => self.finite(path, length.0),
            Join::Crossfade { length, .. } if length.0.is_finite() && length.0 >= 0.0 => {}
            Join::Crossfade { length, .. } => self.value(path, &format!("{} s is no length", length.0)),
        }
    }

    fn chain(&mut self, path: TreePath, chain: &ChainSettings) {
        self.ids(path.join("stage"), chain.stages.iter().map(|stage| &stage.id));
        let errors = chain.stages.iter().flat_map(|stage| stage.resolve().1.into_iter().chain(stage.lanes().1));
        self.0.extend(errors.map(|error| Problem::Settings { path: path.clone(), error }));
    }

    fn repairs(&mut self, source: &SourceRef) {
        let path = TreePath::new(["source", &source.id, "repair"]);
        self.ids(path.clone(), source.repairs.iter().map(|repair| &repair.id));
        let errors = source.tasks().1.into_iter().map(SettingsError::Repair);
        self.0.extend(errors.map(|error| Problem::Settings { path: path.clone(), error }));
    }

    /// What a song's track on a disc cannot be.
    fn track(&mut self, path: &TreePath, song: &ResolvedSong) {
        if song.lead.0 < 0 {
            self.value(path.join("lead"), "a track begins inside its song");
        }
        if song.indices.first().is_some_and(|first| *first <= song.lead)
            || song.indices.windows(2).any(|pair| pair[0] >= pair[1])
        {
            self.value(path.join("indices"), "indices lie behind the start of the track, in the order of time");
        }
        if song.song.flags.copy_permitted && song.song.flags.serial_copy {
            self.value(path.join("flags"), "copies are permitted, or managed serially: not both");
        }
    }

    fn ids<'i>(&mut self, path: TreePath, ids: impl Iterator<Item = &'i String>) {
        let mut seen = std::collections::BTreeSet::new();
        for id in ids {
            if !seen.insert(id) {
                self.0.push(Problem::Twice { path: path.clone(), id: id.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::document::tests::album;
    use crate::unit::{Db, Frames};

    #[test]
    fn a_sound_album_has_no_problems() {
        assert_eq!(album(2).session().problems("cd"), []);
        assert_eq!(album(0).session().problems("cd"), [Problem::NoSong { pass: "cd".into() }]);
        assert_eq!(album(0).session().problems("vinyl"), [Problem::NoPass { pass: "vinyl".into() }]);
    }

    #[test]
    fn what_cannot_be_played_blocks_its_pass_only() {
        let mut session = album(2).session().clone();
        let unknown = "[[stage]]\nid = 'x'\nprocessor = 'time-machine'\nversion = 1";
        session.passes[1].chain = Some(toml::from_str(unknown).unwrap());
        assert!(session.problems("cd").iter().any(Problem::blocks));
        assert_eq!(session.problems("streaming"), []);
        session.songs[0].gain = Db(f64::NAN);
        session.songs[1].clips[0].end = Frames(1001);
        session.songs[1].clips[0].source = "gone".into();
        let texts: Vec<String> = session.problems("streaming").iter().map(Problem::to_string).collect();
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert!(texts[0].starts_with("song.s1.gain: NaN is not"), "{texts:?}");
        assert_eq!(texts[1], "song.s2.clip.c1: there is no source 'gone'");
    }

    #[test]
    fn another_version_is_said_and_does_not_block() {
        let mut session = album(1).session().clone();
        let old = "[[stage]]\nid = 'x'\nprocessor = 'gain'\nversion = 0";
        session.songs[0].chain = toml::from_str(old).unwrap();
        let problems = session.problems("cd");
        assert_eq!((problems.len(), problems[0].blocks()), (1, false));
    }
}
