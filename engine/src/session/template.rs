//! What a house begins every album with: passes with their chains, profiles and names, and the chain of a song.
//!
//! A template is a session without music. Its one song, where it has one, is the pattern of every song.

use super::{Album, Entry, Session, Song};

/// The id of the song that is the pattern of all.
const PATTERN: &str = "pattern";

impl Session {
    /// The session as a template: without its music, its findings and what only this album is called. `song` is the one
    /// whose chain and fades every song of the next album begins with.
    #[must_use]
    pub fn as_template(&self, song: Option<&str>) -> Session {
        let pattern = song.and_then(|id| self.song(id)).map(|song| Song {
            fade_in: song.fade_in,
            fade_out: song.fade_out,
            chain: song.chain.clone(),
            ..Song::new(PATTERN, "", "")
        });
        let album = Album {
            label: self.album.label.clone(),
            copyright: self.album.copyright.clone(),
            language: self.album.language.clone(),
            genre: self.album.genre.clone(),
            note: self.album.note.clone(),
            ..Album::default()
        };
        let mut passes = self.passes.clone();
        passes.iter_mut().for_each(|pass| pass.entries.clear());
        Session {
            format: self.format,
            album,
            songs: pattern.into_iter().collect(),
            passes,
            quality: self.quality.clone(),
            ..Session::new()
        }
    }

    /// Whether there is nothing but settings in it.
    pub fn is_template(&self) -> bool {
        let patterns = self.songs.iter().all(|song| song.id == PATTERN);
        self.sources.is_empty() && patterns && self.passes.iter().all(|pass| pass.entries.is_empty())
    }

    /// A new album with what a template says: its passes in place of the usual ones, its texts where the album has none,
    /// its pattern in every song. The order of the songs stays.
    #[must_use]
    pub fn with_template(mut self, template: &Session) -> Session {
        let entries: Vec<Entry> = self.passes.first().map(|main| main.entries.clone()).unwrap_or_default();
        if !template.passes.is_empty() {
            self.passes = template.passes.clone();
            self.passes.iter_mut().for_each(|pass| pass.entries.clear());
            self.passes[0].entries = entries;
        }
        for (own, house) in [
            (&mut self.album.label, &template.album.label),
            (&mut self.album.copyright, &template.album.copyright),
            (&mut self.album.language, &template.album.language),
            (&mut self.album.genre, &template.album.genre),
            (&mut self.album.note, &template.album.note),
        ] {
            if own.is_empty() {
                own.clone_from(house);
            }
        }
        if let Some(pattern) = template.songs.first() {
            for song in &mut self.songs {
                (song.fade_in, song.fade_out) = (pattern.fade_in, pattern.fade_out);
                song.chain = pattern.chain.clone();
            }
        }
        self.quality = template.quality.clone();
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::session::document::tests::album;
    use crate::session::{Document, Edit};

    #[test]
    fn the_next_album_begins_as_the_last_one_was_made() {
        let mut last = album(2);
        for text in [
            "pass.main.chain.stage+=limiter ceiling=-1",
            "pass.cd.names={track:02} {title}",
            "pass+=vinyl name=LP",
            "album.label=North Records",
            "album.title=Last",
            "song.2.chain.stage+=eq",
            "song.2.fade_out=2s",
        ] {
            last.apply(Edit::parse(&last, text).unwrap()).unwrap();
        }
        let template = last.session().as_template(Some("s2"));
        assert!(template.is_template() && !last.session().is_template());
        let kept = Document::from_session(&template).unwrap().text().unwrap();
        let template = Document::from_text(&kept).unwrap();
        let next = album(3).session().clone().with_template(template.session());
        assert_eq!(next.songs.len(), 3);
        assert_eq!(next.passes.iter().map(|pass| pass.id.as_str()).collect::<Vec<_>>(), ["streaming", "cd", "lp"]);
        assert_eq!((next.album.label.as_str(), next.album.title.as_str()), ("North Records", ""));
        assert_eq!(next.passes[0].chain.as_ref().map(|chain| chain.stages.len()), Some(1));
        assert_eq!(next.passes[1].names, "{track:02} {title}");
        assert!(next.songs.iter().all(|song| song.chain.stages.len() == 1 && song.fade_out.is_some()));
        assert_eq!(next.resolve("cd").unwrap().songs.len(), 3);
        assert!(next.problems("streaming").is_empty(), "{:?}", next.problems("streaming"));
    }
}
