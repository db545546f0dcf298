//! The PQ sheet of a disc: the paper a plant compares its glass master with.

use super::sheet::{Paper, Sheet};
use super::table::{Align, Table};
use crate::container::ddp::cdtext::{CdText, Kind};
use crate::container::ddp::{Disc, Track};
use crate::unit::CdFrame;

/// What stands above the marks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PqHead {
    /// Title of the album.
    pub title: String,
    /// Artist.
    pub artist: String,
    /// Label.
    pub label: String,
    /// Catalogue number.
    pub catalogue: String,
    /// UPC or EAN.
    pub upc: String,
    /// Date of release.
    pub date: String,
    /// What made the disc: name and version.
    pub program: String,
    /// Rate, word and dither.
    pub word: String,
    /// Offsets of marks that are not zero, by name.
    pub offsets: Vec<(String, CdFrame)>,
    /// Songs in pauses: the track whose pause (or end) they sound in, and the title.
    pub hidden: Vec<(u8, String)>,
    /// Anything for the plant.
    pub note: String,
    /// MD5 of the files of the fileset, by name.
    pub sums: Vec<(String, String)>,
}

/// The sheet: head, tracks with every mark, texts, checksums. Absolute times are A-time: 00:00:00 is the start of the
/// pause before track 1.
pub fn pq_sheet(head: &PqHead, disc: &Disc, text: &CdText) -> Sheet {
    let mut sheet = Sheet::new("PQ sheet").subtitle(format!("{} \u{2013} {}", head.artist, head.title));
    sheet = sheet.footer(head.program.clone()).on(Paper::Landscape);
    let programme = CdFrame(disc.lead_out.0 - disc.tracks.first().map_or(0, |track| track.start().0));
    let offsets: Vec<String> =
        head.offsets.iter().map(|(name, frames)| format!("{name} {} frames", frames.0)).collect();
    let facts = [
        ("Title", head.title.clone()),
        ("Artist", head.artist.clone()),
        ("Label", head.label.clone()),
        ("Catalogue number", head.catalogue.clone()),
        ("UPC/EAN", head.upc.clone()),
        ("Date", head.date.clone()),
        ("Tracks", disc.tracks.len().to_string()),
        ("Programme", programme.to_string()),
        ("Lead-out", disc.lead_out.to_string()),
        ("Sound", head.word.clone()),
        ("Offsets of marks", if offsets.is_empty() { "none".into() } else { offsets.join(", ") }),
    ];
    sheet.facts(facts.into_iter().map(|(name, value)| (name, if value.is_empty() { "-".into() } else { value })));
    sheet.heading("Tracks").table(marks(disc, text));
    for (track, title) in &head.hidden {
        sheet.text(format!(
            "Hidden: \u{201c}{title}\u{201d} sounds in the pause of track {track:02} or behind the last track."
        ));
    }
    if !head.note.is_empty() {
        sheet.text(format!("Note: {}", head.note));
    }
    sheet
        .text("Times are minutes:seconds:frames, 75 frames to the second, from the start of the pause before track 1.");
    for block in &text.blocks {
        sheet.heading(format!("CD-Text: {}, {}", block.language.name(), block.charset.name()));
        sheet.table(texts(text, block.language.0, disc));
    }
    if !head.sums.is_empty() {
        let mut table = Table::new(&["File", "MD5"]).aligned(0, Align::Left).aligned(1, Align::Left);
        head.sums.iter().for_each(|(name, md5)| table.row([name.clone(), md5.clone()]));
        sheet.heading("Checksums").table(table);
    }
    sheet
}

/// Every mark of a disc, one row each.
pub fn marks(disc: &Disc, text: &CdText) -> Table {
    let heads = ["Track", "Index", "Start", "In track", "Pause", "Length", "ISRC", "Flags"];
    let mut table = Table::new(&heads);
    for column in [0, 6, 7] {
        table = table.aligned(column, Align::Left);
    }
    let title = |place: usize| text.blocks.first().map_or("", |block| block.string(Kind::Title, place + 1)).to_string();
    for (place, track) in disc.tracks.iter().enumerate() {
        for index in &track.indices {
            let starts = index.number == 1;
            let only = |text: String| if starts { text } else { String::new() };
            table.row([
                format!("{:02} {}", track.number, only(title(place))).trim_end().to_string(),
                format!("{:02}", index.number),
                index.at.to_string(),
                CdFrame(index.at.0 - track.start().0).to_string(),
                only(track.pause().to_string()),
                only(CdFrame(disc.body_end(place).0 - track.start().0).to_string()),
                only(track.isrc.clone()),
                only(flags(track)),
            ]);
        }
    }
    table.row(["AA lead-out", "01", &disc.lead_out.to_string()]);
    table
}

/// The flags of a track in words.
fn flags(track: &Track) -> String {
    let control = track.control;
    let words = [
        (control.copy_permitted, "DCP"),
        (control.pre_emphasis, "PRE"),
        (control.four_channels, "4CH"),
        (control.serial_copy, "SCMS"),
        (control.data, "DATA"),
    ];
    words.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

/// The texts of a disc in the language of a code: a row for the disc and one per track, a column for each kind in use.
pub fn texts(text: &CdText, language: u8, disc: &Disc) -> Table {
    let Some(block) = text.blocks.iter().find(|block| block.language.0 == language) else { return Table::new(&[]) };
    let kinds: Vec<Kind> = block.strings.keys().copied().filter(|kind| *kind != Kind::Codes).collect();
    let mut heads = vec!["Track"];
    heads.extend(kinds.iter().map(|kind| heading(*kind)));
    let mut table = Table::new(&heads);
    for column in 0..heads.len() {
        table = table.aligned(column, Align::Left);
    }
    for place in 0..=disc.tracks.len() {
        let number = if place == 0 { "disc".to_string() } else { format!("{:02}", disc.tracks[place - 1].number) };
        let strings = kinds.iter().map(|kind| block.string(*kind, place).to_string());
        table.row([number].into_iter().chain(strings));
    }
    table
}

fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::Title => "Title",
        Kind::Performer => "Performer",
        Kind::Songwriter => "Songwriter",
        Kind::Composer => "Composer",
        Kind::Arranger => "Arranger",
        Kind::Message => "Message",
        Kind::DiscId => "Catalogue",
        Kind::Closed => "Closed",
        Kind::Codes => "Codes",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::ddp::Index;
    use crate::container::ddp::cdtext::{Block, Charset, Language};

    #[test]
    fn a_sheet_tells_every_mark() {
        let index = |number, at| Index { number, at: CdFrame(at) };
        let track = Track {
            number: 1,
            isrc: "USABC2600001".into(),
            indices: vec![index(0, 0), index(1, 150), index(2, 750)],
            ..Track::default()
        };
        let disc = Disc { upc: "4006381333931".into(), tracks: vec![track], lead_out: CdFrame(1650) };
        let mut block = Block::new(Language::ENGLISH, Charset::Latin1, 1);
        block.set(Kind::Title, 1, "One");
        let head = PqHead { title: "Album".into(), hidden: vec![(1, "Ghost".into())], ..PqHead::default() };
        let sheet = pq_sheet(&head, &disc, &CdText { blocks: vec![block] });
        let text = sheet.to_text();
        for said in ["USABC2600001", "00:10:00", "00:08:00", "00:22:00", "One", "Ghost", "ISO 8859-1"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(sheet.to_pdf().unwrap().starts_with(b"%PDF"));
    }
}
