//! CD: the continuous programme, one file per song cut on CD frames so that the set joins sample-exactly, and a CUE
//! sheet over the programme.

use super::job::{DeliverError, Making, start};
use super::manifest::Role;
use crate::container::cue::{Index, Sheet, Text, Track};
use crate::container::name::{self, Rule};
use crate::render::Plan;
use crate::unit::{CdFrame, Frames};

pub(super) fn make(making: &mut Making<'_>) -> Result<(), DeliverError> {
    let plan = making.plan(None)?;
    let total = plan.delivered_frames();
    making.expect(total);
    let album = &making.job.session.album.title;
    let base = name::safe(if album.is_empty() { "Album" } else { album }, Rule::ANY);
    let (programme_name, cue_name) = (format!("{base}.wav"), format!("{base}.cue"));
    let names = making.song_names();
    let mut renderer = making.renderer(&plan)?;
    start(&mut renderer, 0)?;
    let mut programme = making.sink(&plan, &programme_name, total)?;
    for song in 0..plan.songs.len() {
        let (from, to) = (plan.to_delivered(plan.songs[song].start), plan.to_delivered(plan.songs[song].cut));
        let title = plan.songs[song].title.clone();
        let mut sink = making.sink(&plan, &names[song], to - from)?;
        making.render(&mut renderer, to, &title, &mut [&mut programme, &mut sink])?;
        making.finish_song(&plan, song, names[song].clone(), sink)?;
    }
    making.finish_programme(&plan, programme_name.clone(), programme)?;
    let sheet = sheet(making, &plan, &programme_name);
    making.write_text(cue_name, Role::Cue, &sheet.encode())
}

fn sheet(making: &Making<'_>, plan: &Plan, programme_name: &str) -> Sheet {
    let album = &making.job.session.album;
    let tracks = plan.songs.iter().enumerate().map(|(index, song)| {
        let document = &making.resolved.songs[index].song;
        let artist = if document.artist.is_empty() { &album.artist } else { &document.artist };
        let at = |frame: u64| CdFrame::ceil_from(Frames(plan.to_delivered(frame)), plan.delivered);
        let mut indices = Vec::new();
        // The pause before a song is its index 0, from where the song before has ended.
        if let Some(before) = index.checked_sub(1).map(|before| &plan.songs[before])
            && before.end < song.start
            && at(before.end) < at(song.start)
        {
            indices.push(Index { number: 0, at: at(before.end), file: None });
        }
        indices.push(Index { number: 1, at: at(song.start), file: None });
        Track {
            number: index as u8 + 1,
            file: programme_name.into(),
            text: Text {
                title: some(&document.title),
                performer: some(artist),
                songwriter: some(&document.credits.composer),
                ..Text::default()
            },
            isrc: some(&document.isrc),
            indices,
            ..Track::default()
        }
    });
    Sheet {
        catalog: some(&album.upc).map(|upc| media_catalogue_number(&upc)),
        text: Text { title: some(&album.title), performer: some(&album.artist), ..Text::default() },
        tracks: tracks.collect(),
        ..Sheet::default()
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_string()).filter(|text| !text.is_empty())
}

/// The media catalogue number of a disc has 13 digits (IEC 60908, EAN-13): a UPC of 12 is one with a leading zero.
fn media_catalogue_number(upc: &str) -> String {
    format!("{upc:0>13}")
}
