//! The CD-Text of a pass: one block per language of the album.

use std::collections::BTreeSet;

use super::layout::DiscLayout;
use crate::container::ddp::cdtext::{Block, CdText, Charset, Genre, Kind, Language, MOST_BLOCKS};
use crate::session::{Resolved, ResolvedSong, Session, Words};

/// Texts of prose: kind, the text of a song in its main language, and in another one.
type Field = (Kind, fn(&ResolvedSong) -> &str, fn(&Words) -> &str);

const FIELDS: [Field; 6] = [
    (Kind::Title, |song| &song.song.title, |words| &words.title),
    (Kind::Performer, |song| &song.song.artist, |words| &words.artist),
    (Kind::Songwriter, |song| &song.song.credits.lyricist, |words| &words.lyricist),
    (Kind::Composer, |song| &song.song.credits.composer, |words| &words.composer),
    (Kind::Arranger, |song| &song.song.credits.arranger, |words| &words.arranger),
    (Kind::Message, |_| "", |words| &words.message),
];

/// The texts of a disc: the main language first, then the others in the order of their tags. Only the first block can be
/// relied on, so a language of the Latin letters comes first where there is one.
pub(super) fn words(session: &Session, resolved: &Resolved, layout: &DiscLayout) -> CdText {
    let main = Language::find(&session.album.language).unwrap_or(Language::ENGLISH);
    let mut blocks = vec![main_block(session, resolved, layout, main)];
    let songs = resolved.songs.iter().flat_map(|song| song.song.text.keys());
    let tags: BTreeSet<&String> = session.album.text.keys().chain(songs).collect();
    for tag in tags {
        match Language::find(tag) {
            Some(language) if language != main => blocks.push(other_block(session, resolved, layout, tag, language)),
            _ => {}
        }
    }
    blocks.sort_by_key(|block| block.charset == Charset::MsJis);
    blocks.truncate(MOST_BLOCKS);
    let tracks = layout.disc.tracks.iter().map(|track| track.isrc.as_str());
    let codes: Vec<&str> = [layout.disc.upc.as_str()].into_iter().chain(tracks).collect();
    let first = &mut blocks[0];
    codes.iter().enumerate().for_each(|(place, code)| first.set(Kind::Codes, place, code));
    first.set(Kind::DiscId, 0, &session.album.catalogue);
    if !session.album.genre.is_empty() {
        first.genre = Some(Genre::of(&session.album.genre));
    }
    CdText { blocks }
}

/// How many languages of an album find no room on a disc.
pub(super) fn languages(session: &Session) -> usize {
    let main = Language::find(&session.album.language).unwrap_or(Language::ENGLISH);
    let songs = session.songs.iter().flat_map(|song| song.text.keys());
    let known = session.album.text.keys().chain(songs).filter_map(|tag| Language::find(tag));
    known.chain([main]).collect::<BTreeSet<_>>().len()
}

fn charset(language: Language) -> Charset {
    if language == Language::JAPANESE { Charset::MsJis } else { Charset::Latin1 }
}

/// The songs that are tracks, with the place of their strings.
fn tracks<'a>(resolved: &'a Resolved, layout: &'a DiscLayout) -> impl Iterator<Item = (usize, &'a ResolvedSong)> {
    let placed = resolved.songs.iter().zip(&layout.songs);
    placed.filter_map(|(song, place)| Some((usize::from(place.track?), song)))
}

fn main_block(session: &Session, resolved: &Resolved, layout: &DiscLayout, language: Language) -> Block {
    let mut block = Block::new(language, charset(language), layout.disc.tracks.len() as u8);
    let songs = resolved.songs.iter().flat_map(|song| song.song.text.keys());
    let tag = session.album.text.keys().chain(songs).find(|tag| Language::find(tag) == Some(language));
    let own = tag.and_then(|tag| session.album.text.get(tag));
    for (kind, of_song, of_words) in FIELDS {
        let disc = match kind {
            Kind::Title => &session.album.title,
            Kind::Performer => &session.album.artist,
            // What the main texts have no field for may stand under the main language's own tag.
            _ => own.map_or("", of_words),
        };
        block.set(kind, 0, disc);
        for (place, song) in tracks(resolved, layout) {
            let message = tag.and_then(|tag| song.song.text.get(tag)).map_or("", of_words);
            let text = match of_song(song) {
                "" if kind == Kind::Performer => &session.album.artist,
                "" => message,
                text => text,
            };
            block.set(kind, place, text);
        }
    }
    tidy(block)
}

fn other_block(session: &Session, resolved: &Resolved, layout: &DiscLayout, tag: &str, language: Language) -> Block {
    let mut block = Block::new(language, charset(language), layout.disc.tracks.len() as u8);
    let none = Words::default();
    let album = session.album.text.get(tag).unwrap_or(&none);
    for (kind, of_song, of_words) in FIELDS {
        let songs = resolved.songs.iter().filter_map(|song| song.song.text.get(tag));
        if of_words(album).is_empty() && songs.map(of_words).all(str::is_empty) {
            continue;
        }
        let main = match kind {
            Kind::Title => session.album.title.as_str(),
            Kind::Performer => session.album.artist.as_str(),
            _ => "",
        };
        let disc = if of_words(album).is_empty() { main } else { of_words(album) };
        block.set(kind, 0, disc);
        for (place, song) in tracks(resolved, layout) {
            let own = song.song.text.get(tag).map_or("", of_words);
            let text = match (own, of_song(song)) {
                ("", "") if kind == Kind::Performer => disc,
                ("", text) => text,
                (text, _) => text,
            };
            block.set(kind, place, text);
        }
    }
    tidy(block)
}

/// Without kinds that nothing is said of.
fn tidy(mut block: Block) -> Block {
    block.strings.retain(|_, strings| strings.iter().any(|text| !text.is_empty()));
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::layout::tests::document;
    use crate::render::Plan;

    #[test]
    fn every_language_is_a_block_and_latin_letters_come_first() {
        let mut session = document(2).session().clone();
        (session.album.title, session.album.artist) = ("Nacht".into(), "Band".into());
        (session.album.language, session.album.genre) = ("ja".into(), "Rock".into());
        session.album.catalogue = "LQ 1".into();
        session.songs[1].isrc = "USABC2600001".into();
        session.songs[1].credits.lyricist = "Someone".into();
        let words = |title: &str| Words { title: title.into(), ..Words::default() };
        session.album.text.insert("de".into(), words("Nacht"));
        session.songs[0].text.insert("de".into(), words("Eins"));
        session.songs[0].text.insert("ja".into(), Words { message: "声".into(), ..Words::default() });
        let resolved = session.resolve("cd").unwrap();
        let layout = DiscLayout::new(&session, &resolved, &Plan::new(&session, "cd").unwrap());
        let text = super::words(&session, &resolved, &layout);
        let [german, japanese] = text.blocks.as_slice() else { panic!("{:?}", text.blocks) };
        assert_eq!((german.language, japanese.charset), (Language(8), Charset::MsJis));
        assert_eq!((german.string(Kind::Title, 1), german.string(Kind::Title, 2)), ("Eins", "Song 2"));
        assert_eq!((german.string(Kind::Codes, 2), german.string(Kind::DiscId, 0)), ("USABC2600001", "LQ 1"));
        assert_eq!((japanese.string(Kind::Performer, 1), japanese.string(Kind::Songwriter, 2)), ("Band", "Someone"));
        assert_eq!((japanese.string(Kind::Message, 1), german.genre.as_ref().unwrap().code), ("声", 0x17));
        assert_eq!(languages(&session), 2);
    }
}
