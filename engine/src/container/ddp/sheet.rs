//! CUE sheet and table of contents of a disc: the same marks and texts in the forms that burning programs read.
//!
//! Both stand beside a programme that begins behind the first pause: programs put the start of the file at disc time
//! 00:02:00.

use super::cdtext::{CdText, Charset, Kind};
use super::{Disc, FIRST_PAUSE, Track};
use crate::container::{cue, toc};
use crate::unit::CdFrame;

/// Time in the programme of an A-time.
fn programme(at: CdFrame) -> CdFrame {
    CdFrame((at.0 - FIRST_PAUSE).max(0))
}

/// The pause of a track that has one in the programme: of track 1 only what lies behind the first two seconds.
fn pause(track: &Track) -> Option<CdFrame> {
    let start = track.index(0).map(programme)?;
    (start < programme(track.start())).then_some(start)
}

/// The CUE sheet of a disc beside the programme `file`, with the texts of the first language.
pub fn cue_sheet(disc: &Disc, text: &CdText, file: &str) -> cue::Sheet {
    let words = |place: usize| {
        let string = |kind| {
            let text = text.blocks.first().map_or("", |block| block.string(kind, place));
            Some(text.to_string()).filter(|text| !text.is_empty())
        };
        cue::Text {
            title: string(Kind::Title),
            performer: string(Kind::Performer),
            songwriter: string(Kind::Songwriter),
            composer: string(Kind::Composer),
            arranger: string(Kind::Arranger),
            message: string(Kind::Message),
        }
    };
    let index = |number, at| cue::Index { number, at, file: None };
    let track = |(place, track): (usize, &Track)| cue::Track {
        number: track.number,
        file: file.into(),
        text: words(place + 1),
        isrc: Some(track.isrc.clone()).filter(|isrc| !isrc.is_empty()),
        copy_permitted: track.control.copy_permitted,
        pre_emphasis: track.control.pre_emphasis,
        four_channels: track.control.four_channels,
        serial_copy: track.control.serial_copy,
        indices: pause(track)
            .map(|at| index(0, at))
            .into_iter()
            .chain(
                track.indices.iter().filter(|mark| mark.number > 0).map(|mark| index(mark.number, programme(mark.at))),
            )
            .collect(),
        ..cue::Track::default()
    };
    cue::Sheet {
        catalog: Some(disc.upc.clone()).filter(|upc| !upc.is_empty()),
        text: words(0),
        tracks: disc.tracks.iter().enumerate().map(track).collect(),
        ..cue::Sheet::default()
    }
}

/// The table of contents for cdrdao beside the programme `file`, with the texts in every language of Latin letters.
pub fn toc_sheet(disc: &Disc, text: &CdText, file: &str) -> toc::Toc {
    let latin: Vec<_> = text.blocks.iter().filter(|block| block.charset != Charset::MsJis).collect();
    let words = |place: usize| {
        let of = |block: &&super::cdtext::Block| {
            let string = |kind| Some(block.string(kind, place).to_string()).filter(|text| !text.is_empty());
            toc::Text {
                title: string(Kind::Title),
                performer: string(Kind::Performer),
                songwriter: string(Kind::Songwriter),
                composer: string(Kind::Composer),
                arranger: string(Kind::Arranger),
                message: string(Kind::Message),
            }
        };
        latin.iter().map(of).collect::<Vec<_>>()
    };
    let from = |place: usize| match disc.tracks.get(place) {
        Some(track) => pause(track).unwrap_or_else(|| programme(track.start())),
        None => programme(disc.lead_out),
    };
    let track = |(place, track): (usize, &Track)| {
        let (from, to, start) =
            (if place == 0 { CdFrame(0) } else { from(place) }, from(place + 1), programme(track.start()));
        toc::Track {
            file: file.into(),
            from,
            length: Some(CdFrame(to.0 - from.0)),
            pause: CdFrame(start.0 - from.0),
            indices: track
                .indices
                .iter()
                .filter(|mark| mark.number > 1)
                .map(|mark| CdFrame(programme(mark.at).0 - start.0))
                .collect(),
            isrc: Some(track.isrc.clone()).filter(|isrc| !isrc.is_empty()),
            copy_permitted: track.control.copy_permitted,
            pre_emphasis: track.control.pre_emphasis,
            four_channels: track.control.four_channels,
            text: words(place + 1),
        }
    };
    toc::Toc {
        catalog: Some(disc.upc.clone()).filter(|upc| !upc.is_empty()),
        languages: latin.iter().map(|block| block.language.0).collect(),
        text: words(0),
        tracks: disc.tracks.iter().enumerate().map(track).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::ddp::cdtext::{Block, Language};
    use crate::container::ddp::{Control, Index};

    fn disc() -> (Disc, CdText) {
        let track = |number, marks: &[(u8, i64)]| Track {
            number,
            control: Control { copy_permitted: number == 2, ..Control::default() },
            indices: marks.iter().map(|(number, at)| Index { number: *number, at: CdFrame(*at) }).collect(),
            ..Track::default()
        };
        let tracks =
            vec![track(1, &[(0, 0), (1, 1050)]), track(2, &[(0, 1800), (1, 1950), (2, 2250)]), track(3, &[(1, 2700)])];
        let mut block = Block::new(Language::ENGLISH, Charset::Latin1, 3);
        (0..4).for_each(|place| block.set(Kind::Title, place, &format!("T{place}")));
        (Disc { upc: "4006381333931".into(), tracks, lead_out: CdFrame(3450) }, CdText { blocks: vec![block] })
    }

    #[test]
    fn marks_count_from_behind_the_first_pause() {
        let (disc, text) = disc();
        let sheet = cue_sheet(&disc, &text, "a.wav").encode();
        let times: Vec<&str> = sheet.lines().filter_map(|line| line.trim().strip_prefix("INDEX ")).collect();
        assert_eq!(times, ["00 00:00:00", "01 00:12:00", "00 00:22:00", "01 00:24:00", "02 00:28:00", "01 00:34:00"]);
        assert!(sheet.contains("FLAGS DCP") && sheet.contains("TITLE \"T3\""));
    }

    #[test]
    fn a_table_of_contents_covers_the_programme_without_a_gap() {
        let (disc, text) = disc();
        let toc = toc_sheet(&disc, &text, "a.wav");
        let spans: Vec<_> =
            toc.tracks.iter().map(|track| (track.from.0, track.length.unwrap().0, track.pause.0)).collect();
        assert_eq!(spans, [(0, 1650, 900), (1650, 900, 150), (2550, 750, 0)]);
        assert_eq!(toc.tracks[1].indices, [CdFrame(300)]);
        assert!(toc.encode().contains("LANGUAGE_MAP { 0 : 9 }"));
    }
}
