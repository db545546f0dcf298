//! What a pass has of its own: how its sequence differs from the main pass's, in words.

use serde::Serialize;

use super::{Entry, Join, Pass, Session};
use crate::unit::{Db, Seconds};

/// One way in which a pass differs from the main one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Difference {
    /// A song that the main pass does not have.
    Added,
    /// A song that only the main pass has.
    Absent,
    /// Another place in the order of the songs that both have, from 1.
    Place {
        /// In the main pass.
        main: usize,
        /// Here.
        here: usize,
    },
    /// Another pause or crossfade before it.
    Join {
        /// In the main pass.
        main: Join,
        /// Here.
        here: Join,
    },
    /// Another level.
    Gain {
        /// In the main pass, dB.
        main: Db,
        /// Here, dB.
        here: Db,
    },
    /// Other fades at its ends.
    Fades,
    /// Other stretches of audio.
    Clips,
    /// Another song chain.
    Chain,
    /// Other marks on a disc: indices, lead, hidden or not.
    Marks,
    /// It begins a side of a record or cassette.
    Side,
    /// The other version of the song that this pass plays.
    Version {
        /// Its name.
        version: String,
    },
}

/// A difference and the song it concerns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SongDifference {
    /// The song's id.
    pub song: String,
    /// The song's title.
    pub title: String,
    /// What differs.
    #[serde(flatten)]
    pub difference: Difference,
}

impl SongDifference {
    /// In words: `gap 3.500 s, 2.000 s in the main pass`.
    pub fn words(&self) -> String {
        match &self.difference {
            Difference::Added => "only in this pass".into(),
            Difference::Absent => "not in this pass".into(),
            Difference::Place { main, here } => format!("place {here}, {main} in the main pass"),
            Difference::Join { main, here } => format!("{}, {} in the main pass", joined(here), joined(main)),
            Difference::Gain { main, here } => format!("{:+.2} dB, {:+.2} dB in the main pass", here.0, main.0),
            Difference::Fades => "other fades".into(),
            Difference::Clips => "another edit of the audio".into(),
            Difference::Chain => "a song chain of its own".into(),
            Difference::Marks => "other marks on the disc".into(),
            Difference::Side => "begins a side".into(),
            Difference::Version { version } => format!("the {version} version"),
        }
    }
}

fn joined(join: &Join) -> String {
    match join {
        Join::Gap(Seconds(length)) => format!("gap {length:.3} s"),
        Join::Crossfade { length: Seconds(length), out, into } if out == into => {
            format!("crossfade {length:.3} s {}", out.id().replace('-', " "))
        }
        Join::Crossfade { length: Seconds(length), out, into } => {
            format!("crossfade {length:.3} s {} into {}", out.id().replace('-', " "), into.id().replace('-', " "))
        }
    }
}

impl Session {
    /// Whether a pass has a sequence of its own; the main pass's is everybody's.
    pub fn has_own_sequence(&self, pass: &str) -> bool {
        let main = self.main_pass().is_some_and(|main| main.id == pass);
        !main && self.pass(pass).is_some_and(|pass| !pass.entries.is_empty())
    }

    /// The order of songs of a pass, disabled ones included: its own, or the main pass's.
    pub fn sequence(&self, pass: &str) -> &[Entry] {
        let own = self.pass(pass).filter(|pass| !pass.entries.is_empty()).or(self.main_pass());
        own.map_or(&[], |pass| &pass.entries)
    }

    /// How the sequence of a pass differs from the main pass's: song by song in its order, then what it does not have.
    /// Nothing for the main pass, for one that inherits everything, and for one that does not exist.
    pub fn differences(&self, pass: &str) -> Vec<SongDifference> {
        let (Some(main), Some(own)) = (self.main_pass(), self.pass(pass)) else { return Vec::new() };
        if main.id == own.id {
            return Vec::new();
        }
        let mut found = Vec::new();
        self.order(main, own, &mut found);
        self.values(main, own, &mut found);
        found
    }

    fn difference(&self, song: &str, difference: Difference) -> SongDifference {
        let title = self.song(song).map_or_else(String::new, |song| song.title.clone());
        SongDifference { song: song.into(), title, difference }
    }

    /// Songs that one of both has, and those that both have at other places.
    fn order(&self, main: &Pass, own: &Pass, found: &mut Vec<SongDifference>) {
        if own.entries.is_empty() {
            return;
        }
        let has = |pass: &Pass, song: &str| pass.entries.iter().any(|entry| entry.song == song);
        let shared: Vec<&str> =
            main.entries.iter().map(|entry| entry.song.as_str()).filter(|song| has(own, song)).collect();
        let mut place = 0;
        for entry in &own.entries {
            if !has(main, &entry.song) {
                found.push(self.difference(&entry.song, Difference::Added));
                continue;
            }
            let at = shared.iter().position(|song| *song == entry.song).unwrap_or(place);
            if at != place {
                found.push(self.difference(&entry.song, Difference::Place { main: at + 1, here: place + 1 }));
            }
            place += 1;
        }
        for entry in main.entries.iter().filter(|entry| !has(own, &entry.song)) {
            found.push(self.difference(&entry.song, Difference::Absent));
        }
    }

    /// Values of songs that both have.
    fn values(&self, main: &Pass, own: &Pass, found: &mut Vec<SongDifference>) {
        let (Some(base), Some(here)) = (self.resolve(&main.id), self.resolve(&own.id)) else { return };
        // Songs without the version a pass plays are left out of it.
        let lacks =
            |song: &str| here.songs.iter().all(|one| one.song.id != song) && found.iter().all(|one| one.song != song);
        let lacking =
            base.songs.iter().map(|song| song.song.id.as_str()).filter(|song| !own.version.is_empty() && lacks(song));
        let lacking: Vec<SongDifference> = lacking.map(|song| self.difference(song, Difference::Absent)).collect();
        found.extend(lacking);
        for song in &here.songs {
            let Some(other) = base.songs.iter().find(|other| other.song.id == song.song.id) else { continue };
            let mut add = |difference| found.push(self.difference(&song.song.id, difference));
            if song.join != other.join {
                add(Difference::Join { main: other.join, here: song.join });
            }
            if song.gain != other.gain {
                add(Difference::Gain { main: other.gain, here: song.gain });
            }
            if (song.fade_in, song.fade_out) != (other.fade_in, other.fade_out) {
                add(Difference::Fades);
            }
            if !own.version.is_empty() && own.version != main.version {
                add(Difference::Version { version: own.version.clone() });
            } else if song.clips != other.clips {
                add(Difference::Clips);
            }
            if song.chain != other.chain {
                add(Difference::Chain);
            }
            if (song.hidden, &song.indices, song.lead) != (other.hidden, &other.indices, other.lead) {
                add(Difference::Marks);
            }
            if song.side.is_some() && song.side != other.side {
                add(Difference::Side);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Edit;
    use crate::session::document::tests::album;

    fn told(document: &crate::session::Document, pass: &str) -> Vec<(String, String)> {
        document.session().differences(pass).iter().map(|one| (one.song.clone(), one.words())).collect()
    }

    #[test]
    fn a_pass_that_inherits_has_no_differences() {
        let document = album(3);
        assert!(!document.session().has_own_sequence("cd"));
        assert_eq!(told(&document, "cd"), []);
        assert_eq!(told(&document, "streaming"), []);
        assert_eq!(told(&document, "nowhere"), []);
    }

    #[test]
    fn gaps_places_and_songs_are_told() {
        let mut document = album(3);
        document.apply(Edit::set_join(&document, "cd", "s2", Join::Gap(Seconds(3.5))).unwrap()).unwrap();
        assert!(document.session().has_own_sequence("cd"));
        assert_eq!(told(&document, "cd"), [("s2".into(), "gap 3.500 s, gap 2.000 s in the main pass".into())]);
        document.apply(Edit::leave_out(&document, "streaming", "s3").unwrap()).unwrap();
        assert!(told(&document, "cd").contains(&("s3".into(), "only in this pass".into())));
        document.apply(Edit::move_song(&document, "cd", "s2", 0).unwrap()).unwrap();
        assert!(told(&document, "cd").contains(&("s2".into(), "place 1, 2 in the main pass".into())));
    }
}
