//! Papers of a cassette: the J-card's track list, and notes for whoever copies it.

use std::fmt::Write as _;

use super::side::{SongLine, clock};
use super::table::{Align, Table};
use crate::medium::cassette::{Balance, TapeType, Transfer};
use crate::session::SideName;
use crate::unit::Seconds;

/// What the papers of a cassette tell.
#[derive(Debug, Clone, PartialEq)]
pub struct CassettePaper {
    /// Artist.
    pub artist: String,
    /// Title.
    pub title: String,
    /// Catalogue number.
    pub catalogue: String,
    /// What made it.
    pub program: String,
    /// The tape.
    pub tape: TapeType,
    /// Whether the duplicator encodes Dolby B.
    pub dolby: bool,
    /// The file of level tones, where there is one.
    pub tones: Option<String>,
    /// Leader at each end of the tape, added by the house.
    pub leader: Seconds,
    /// The shell and how it is filled.
    pub balance: Balance,
    /// The sides: letter, length, songs.
    pub sides: Vec<(SideName, Seconds, Vec<SongLine>)>,
    /// How it goes to tape; `None` where it is silent.
    pub transfer: Option<Transfer>,
}

/// The track list of a J-card, sides apart, with times.
pub fn j_card(paper: &CassettePaper) -> String {
    let mut text = format!("{}\n{}\n", paper.artist, paper.title);
    if !paper.catalogue.is_empty() {
        let _ = writeln!(text, "{}", paper.catalogue);
    }
    for (side, length, songs) in &paper.sides {
        let _ = writeln!(text, "\nSIDE {side}   {}", short(*length));
        for (index, song) in songs.iter().enumerate() {
            let _ =
                writeln!(text, "{}{}  {}  {}", side, index + 1, song.title, short(Seconds(song.end.0 - song.start.0)));
        }
    }
    text
}

/// Minutes and seconds, as a card says it.
fn short(length: Seconds) -> String {
    let seconds = length.0.max(0.0).round() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Notes for the duplicator: shell, exact times, level, and where the tape gives way.
pub fn tape_notes(paper: &CassettePaper) -> String {
    let kind = paper.tape.id().to_uppercase();
    let mut text = format!(
        "TAPE NOTES\n\n{} - {}\nMade by {}\nType {kind}, C{}{}; no noise reduction in these files\n",
        paper.artist,
        paper.title,
        paper.program,
        paper.balance.shell.minutes,
        if paper.balance.shell.stock { "" } else { " (wound to order)" }
    );
    let blanks = [paper.balance.blank_a_s, paper.balance.blank_b_s];
    for ((side, length, songs), blank) in paper.sides.iter().zip(blanks) {
        let word = if blank.0 < 0.0 { "runs out by" } else { "blank tape" };
        let _ = writeln!(text, "\nSide {side}   {}   {word} {}", clock(*length), clock(Seconds(blank.0.abs())));
        let mut table = Table::new(&["No", "Title", "Start", "End"]).aligned(0, Align::Left).aligned(1, Align::Left);
        for (index, song) in songs.iter().enumerate() {
            table.row([format!("{side}{}", index + 1), song.title.clone(), clock(song.start), clock(song.end)]);
        }
        let _ = writeln!(text, "{table}");
    }
    if let Some(transfer) = &paper.transfer {
        let _ = write!(text, "\n{}", transfer_text(transfer));
    }
    let _ = writeln!(
        text,
        "\nLeader: {:.0} s at each end, added by the house; the blank tape above is tape that can be recorded.",
        paper.leader.0
    );
    if let Some(tones) = &paper.tones {
        let _ = writeln!(
            text,
            "Tones: '{tones}': 400 Hz at Dolby level, 1 kHz 10 dB and 10 kHz 20 dB below it, as the sides go to tape."
        );
    }
    text.push_str(match paper.dolby {
        true => {
            "Dolby B: asked for. Nothing in these files is encoded: encode at the copy, by the tone. Listeners without a \
             decoder hear it too bright.\n"
        }
        false => {
            "Dolby B: many listeners cannot decode it, and duplicators advise against it. Nothing here is encoded; if it \
             is wanted, encode at the copy and ask for level tones.\n"
        }
    });
    text
}

/// How a programme goes to tape, in words and a table of bands.
pub fn transfer_text(transfer: &Transfer) -> String {
    let mut text = format!(
        "Transfer: a full-scale sine of 400 Hz at {:+.1} dB re Dolby level (0 dBFS; the middle alone would allow {:+.1})\n",
        transfer.full_scale_db.0, transfer.middle_db.0
    );
    if let (Some(hz), Some(by)) = (transfer.shelf_hz, transfer.shelf_db) {
        let _ = writeln!(
            text,
            "Treble: {:.1} dB by a shelf or a limiter from {hz:.0} Hz would let the rest be louder",
            by.0
        );
    }
    if let Some(quiet) = transfer.quiet_over_noise_db {
        let _ = writeln!(text, "Softest three seconds: {:.1} dB over the tape's noise (A-weighted)", quiet.0);
    }
    let mut table = Table::new(&["Hz", "Loudest dBFS", "Saturation dB", "Over dB"]);
    for band in &transfer.bands {
        table.row([
            format!("{:.0}", band.frequency_hz),
            format!("{:.1}", band.loudest_dbfs.0),
            format!("{:+.1}", band.saturation_db.0),
            format!("{:+.1}", band.over_db.0),
        ]);
    }
    let _ = writeln!(text, "\n{table}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::medium::cassette::Shell;

    #[test]
    fn card_and_notes_hold_every_song() {
        let song = |title: &str, start: f64, end: f64| SongLine {
            title: title.into(),
            isrc: String::new(),
            start: Seconds(start),
            end: Seconds(end),
            level: None,
            hidden: false,
        };
        let paper = CassettePaper {
            artist: "Night Ferry".into(),
            title: "Harbour".into(),
            catalogue: "LQ 7".into(),
            program: "Lacquer".into(),
            tape: TapeType::Two,
            dolby: true,
            tones: Some("Level tones_44100Hz.wav".into()),
            leader: Seconds(6.0),
            balance: Balance {
                shell: Shell { minutes: 46, stock: true },
                blank_a_s: Seconds(12.5),
                blank_b_s: Seconds(-3.0),
            },
            sides: vec![
                (SideName::A, Seconds(200.4), vec![song("Slow Water", 0.0, 200.4)]),
                (SideName::of_place(1).unwrap(), Seconds(100.0), vec![song("Kelp", 0.0, 100.0)]),
            ],
            transfer: None,
        };
        assert!(j_card(&paper).contains("SIDE A   3:20\nA1  Slow Water  3:20"), "{}", j_card(&paper));
        let notes = tape_notes(&paper);
        for wanted in [
            "Type II, C46;",
            "blank tape 00:12.50",
            "runs out by 00:03.00",
            "B1  Kelp",
            "Dolby B: asked for",
            "Leader: 6 s",
            "Level tones_44100Hz.wav",
        ] {
            assert!(notes.contains(wanted), "{wanted}\n{notes}");
        }
    }
}
