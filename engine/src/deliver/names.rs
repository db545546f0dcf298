//! The names of a pass's files, by its pattern.

use super::layout::{DiscLayout, SongPlace};
use crate::container::name::{Field, Rule, Template, distinct};
use crate::session::{Rate, Resolved, ResolvedSong, Session};

/// The pattern of a pass that has none.
const USUAL: &str = "{track:02} {title}";

/// What letters the names of a pass may have.
pub(super) fn rule(resolved: &Resolved) -> Rule {
    resolved.pass.letters.rule()
}

/// The names of the songs without an extension, each once. `numbers` are the songs' numbers; what has more in it than
/// digits stands as it is.
pub(super) fn stems(session: &Session, resolved: &Resolved, numbers: &[String]) -> Vec<String> {
    let rule = rule(resolved);
    let pattern = Some(resolved.pass.names.as_str()).filter(|pattern| !pattern.is_empty());
    // A pattern of a file that was changed by hand and is not understood falls back to the usual one.
    let template = pattern.and_then(|pattern| Template::parse(pattern).ok()).or_else(|| Template::parse(USUAL).ok());
    let Some(template) = template else { return numbers.to_vec() };
    let songs = resolved.songs.iter().zip(numbers);
    let names = songs.map(|(song, number)| template.fill(rule, &|field| text(session, resolved, song, number, field)));
    distinct(names.collect(), rule)
}

fn text(session: &Session, resolved: &Resolved, song: &ResolvedSong, number: &str, field: Field) -> String {
    let (album, pass) = (&session.album, &resolved.pass);
    let first = |texts: [&str; 2]| texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_string();
    match field {
        Field::Track => number.into(),
        Field::Title => first([&song.song.title, "Untitled"]),
        Field::Artist => first([&song.song.artist, &album.artist]),
        Field::Album => album.title.clone(),
        Field::AlbumArtist => album.artist.clone(),
        Field::Isrc => song.song.isrc.clone(),
        Field::Catalogue => album.catalogue.clone(),
        Field::Upc => album.upc.clone(),
        Field::Label => album.label.clone(),
        Field::Date => album.date.clone(),
        Field::Year => album.date.chars().take(4).collect(),
        Field::Rate => (rate(session, resolved, song) / 1000).to_string(),
        Field::Bits => pass.depth.integer_bits().map_or_else(|| pass.depth.to_string(), |bits| bits.to_string()),
        Field::Pass => pass.name.clone(),
    }
}

/// The rate a song is delivered at.
fn rate(session: &Session, resolved: &Resolved, song: &ResolvedSong) -> u32 {
    match resolved.pass.rate {
        Rate::Hz(rate) => rate.0,
        Rate::Native => {
            let sources = song.clips.iter().filter_map(|clip| session.source(&clip.source));
            sources.map(|source| source.rate.0).max().unwrap_or_default()
        }
    }
}

/// The songs' names of a pass that is no disc: numbered from 1.
pub(super) fn numbered(session: &Session, resolved: &Resolved) -> Vec<String> {
    let numbers: Vec<String> = (1..=resolved.songs.len()).map(|number| number.to_string()).collect();
    stems(session, resolved, &numbers)
}

/// The songs' names of a disc: the track's number; what is hidden before track 1 is 00, elsewhere it stands between two
/// numbers.
pub(super) fn on_disc(session: &Session, resolved: &Resolved, layout: &DiscLayout) -> Vec<String> {
    let number = |place: &SongPlace| match (place.track, place.home) {
        (Some(track), _) => format!("{track:02}"),
        (None, 1) if !layout.disc.tracks.is_empty() && place.from.0 == 0 => "00".into(),
        (None, home) => format!("{:02} hidden", home.saturating_sub(1)),
    };
    let numbers: Vec<String> = layout.songs.iter().map(number).collect();
    stems(session, resolved, &numbers)
}
