//! The names of a pass's files, by its pattern.

use super::job::Making;
use crate::container::name::{Field, Rule, Template, distinct};
use crate::session::{Rate, ResolvedSong};

/// The pattern of a pass that has none.
const USUAL: &str = "{track:02} {title}";

/// What letters the names of a pass may have.
pub(super) fn rule(making: &Making<'_>) -> Rule {
    making.resolved.pass.letters.rule()
}

/// The names of the songs without an extension, each once. `numbers` are the songs' numbers; what has more in it than
/// digits stands as it is.
pub(super) fn stems(making: &Making<'_>, numbers: &[String]) -> Vec<String> {
    let rule = rule(making);
    let pattern = Some(making.resolved.pass.names.as_str()).filter(|pattern| !pattern.is_empty());
    // A pattern of a file that was changed by hand and is not understood falls back to the usual one.
    let template = pattern.and_then(|pattern| Template::parse(pattern).ok()).or_else(|| Template::parse(USUAL).ok());
    let Some(template) = template else { return numbers.to_vec() };
    let songs = making.resolved.songs.iter().zip(numbers);
    let names = songs.map(|(song, number)| template.fill(rule, &|field| text(making, song, number, field)));
    distinct(names.collect(), rule)
}

fn text(making: &Making<'_>, song: &ResolvedSong, number: &str, field: Field) -> String {
    let (album, pass) = (&making.job.session.album, &making.resolved.pass);
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
        Field::Rate => (rate(making, song) / 1000).to_string(),
        Field::Bits => pass.depth.integer_bits().map_or_else(|| pass.depth.to_string(), |bits| bits.to_string()),
        Field::Pass => pass.name.clone(),
    }
}

/// The rate a song is delivered at.
fn rate(making: &Making<'_>, song: &ResolvedSong) -> u32 {
    match making.resolved.pass.rate {
        Rate::Hz(rate) => rate.0,
        Rate::Native => {
            let sources = song.clips.iter().filter_map(|clip| making.job.session.source(&clip.source));
            sources.map(|source| source.rate.0).max().unwrap_or_default()
        }
    }
}
