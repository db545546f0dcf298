//! Papers of a record: the side sheet, and notes for whoever cuts it.

use std::fmt::Write as _;

use super::table::{Align, Table};
use crate::analysis::verdict::readout;
use crate::medium::vinyl::{Finding, Highest, Stylus};
use crate::profile::{Outcome, Profile};
use crate::session::SideName;
use crate::unit::{Db, Seconds};

/// What is said once of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Artist.
    pub artist: String,
    /// Title.
    pub title: String,
    /// Label.
    pub label: String,
    /// Catalogue number.
    pub catalogue: String,
    /// Size and speed.
    pub disc: String,
    /// What made it.
    pub program: String,
    /// Rate and word of the files.
    pub word: String,
    /// Level of the cut against the reference.
    pub level: Db,
    /// The stylus that was assumed.
    pub stylus: Stylus,
    /// The album's note.
    pub note: String,
}

/// One song of a side.
#[derive(Debug, Clone, PartialEq)]
pub struct SongLine {
    /// Title.
    pub title: String,
    /// ISRC, or nothing.
    pub isrc: String,
    /// From the start of the side.
    pub start: Seconds,
    /// From the start of the side.
    pub end: Seconds,
    /// Velocity sideways against the reference tone; `None` where it is silent.
    pub level: Option<Db>,
    /// It stands on no list: there is no band before it, it follows the song before in the same groove.
    pub hidden: bool,
}

/// One side.
#[derive(Debug, Clone, PartialEq)]
pub struct SideSheet {
    /// Its letter.
    pub name: SideName,
    /// Its length.
    pub length: Seconds,
    /// Its songs.
    pub songs: Vec<SongLine>,
    /// Text of the run-out groove, or nothing.
    pub matrix: String,
    /// Whether its last turn closes on itself.
    pub locked: bool,
    /// Radius of the last groove.
    pub end_mm: f64,
    /// Radius left before the innermost groove; negative where it is passed.
    pub free_mm: f64,
    /// Narrowest and widest pitch.
    pub pitch_um: (f64, f64),
    /// Narrowest and widest groove at rest.
    pub width_um: (f64, f64),
    /// The highest level that passes.
    pub highest: Highest,
    /// When the groove moves fastest sideways.
    pub loudest: Option<Seconds>,
    /// What is wrong with the cut.
    pub findings: Vec<Finding>,
}

/// Minutes, seconds and hundredths: `12:04.50`.
pub fn clock(at: Seconds) -> String {
    let hundredths = (at.0.max(0.0) * 100.0).round() as u64;
    format!("{:02}:{:02}.{:02}", hundredths / 6000, hundredths / 100 % 60, hundredths % 100)
}

/// The sheet that goes with the sides: titles, times, codes and run-out texts.
pub fn sheet(record: &Record, sides: &[SideSheet]) -> String {
    let mut text = head("SIDE SHEET", record);
    for side in sides {
        let mut table = Table::new(&["No", "Title", "ISRC", "Start", "End", "Length"]);
        table = table.aligned(0, Align::Left).aligned(1, Align::Left).aligned(2, Align::Left);
        for (index, song) in side.songs.iter().enumerate() {
            table.row([
                format!("{}{}", side.name, index + 1),
                song.title.clone(),
                if song.isrc.is_empty() { "-".into() } else { song.isrc.clone() },
                clock(song.start),
                clock(song.end),
                clock(Seconds(song.end.0 - song.start.0)),
            ]);
        }
        let matrix = if side.matrix.is_empty() { "none given" } else { &side.matrix };
        let _ = write!(text, "\nSide {}   total {}\nMatrix: {matrix}\n\n{table}\n", side.name, clock(side.length));
        for note in groove_notes(side) {
            let _ = writeln!(text, "{note}");
        }
    }
    if !record.note.is_empty() {
        let _ = write!(text, "\nNote: {}\n", record.note);
    }
    text
}

/// What is unusual about the groove of a side: hidden songs and a last turn that closes.
fn groove_notes(side: &SideSheet) -> Vec<String> {
    let hidden = |(index, song): (usize, &SongLine)| {
        let place = clock(song.start);
        song.hidden
            .then(|| format!("Hidden: {}{} at {place}, no band before it, not on the label", side.name, index + 1))
    };
    let mut notes: Vec<String> = side.songs.iter().enumerate().filter_map(hidden).collect();
    if side.locked {
        notes.push(format!("Locked groove: side {} ends in a turn that closes on itself", side.name));
    }
    notes
}

/// Notes for the lathe: how the sides lie on the disc at the level they were cut on paper, and what to look out for.
pub fn notes(record: &Record, sides: &[SideSheet], profile: &Profile) -> String {
    let mut text = head("LATHE NOTES", record);
    let value = |check: &str| profile.value(check).unwrap_or_default();
    let _ = write!(
        text,
        "\nReference: a mono sine of 1 kHz at {:.1} dBFS is {:.1} cm/s lateral peak. Cut on paper at {:+.1} dB.\n\
         Assumed: {} stylus, land {:.0} um, groove {:.0} um at rest, profile '{}' of {}.\n\
         Files are never changed by the level of the cut.\n",
        value("reference_level"),
        value("reference_velocity"),
        record.level.0,
        record.stylus.id(),
        value("land"),
        value("groove_width"),
        profile.id,
        profile.date
    );
    for side in sides {
        let _ = write!(text, "\n{}", side_notes(side));
    }
    text
}

fn side_notes(side: &SideSheet) -> String {
    let limited = side.highest.limited_by.map_or("nothing".to_string(), |fault| fault.title().to_lowercase());
    let mut text = format!(
        "Side {}   {}\n  last groove {:.1} mm, {:.1} mm {}\n  pitch {:.0} to {:.0} um ({:.0} to {:.0} lines per inch), \
         groove {:.0} to {:.0} um\n  highest level that passes {:+.1} dB, limited by {limited}\n",
        side.name,
        clock(side.length),
        side.end_mm,
        side.free_mm.abs(),
        if side.free_mm < 0.0 { "too far in" } else { "free" },
        side.pitch_um.0,
        side.pitch_um.1,
        lines_per_inch(side.pitch_um.1),
        lines_per_inch(side.pitch_um.0),
        side.width_um.0,
        side.width_um.1,
        side.highest.level_db.0,
    );
    if let Some(loudest) = side.loudest {
        let _ = writeln!(text, "  loudest at {}", clock(loudest));
    }
    for note in groove_notes(side) {
        let _ = writeln!(text, "  {note}");
    }
    if side.findings.is_empty() {
        text.push_str("  nothing to look out for\n");
        return text;
    }
    let _ = writeln!(text, "\n{}", findings(&side.findings, side.name));
    text
}

fn lines_per_inch(pitch_um: f64) -> f64 {
    if pitch_um > 0.0 && pitch_um.is_finite() { 25_400.0 / pitch_um } else { 0.0 }
}

/// Findings of a cut, one row each.
pub fn findings(findings: &[Finding], side: SideName) -> Table {
    let mut table =
        Table::new(&["", "Finding", "At", "Song", "Places", "Radius mm", "Measured", "Limit", "Unit", "Remedy"]);
    for column in [0, 1, 3, 8, 9] {
        table = table.aligned(column, Align::Left);
    }
    for finding in findings {
        let remedies: Vec<String> = finding.remedies.iter().map(ToString::to_string).collect();
        table.row([
            if finding.severity == Outcome::Fail { "FAIL".into() } else { "warn".to_string() },
            finding.fault.title().to_string(),
            clock(finding.at_s),
            finding.song.map_or("-".into(), |song| format!("{side}{}", song + 1)),
            finding.places.to_string(),
            format!("{:.1}", finding.radius_mm),
            readout(finding.measured, finding.bound, finding.limit, 2),
            format!("{:.2}", finding.limit),
            finding.unit.to_string(),
            remedies.join(", or "),
        ]);
    }
    table
}

fn head(what: &str, record: &Record) -> String {
    let mut text = format!("{what}\n\n");
    let rows = [
        ("Artist", &record.artist),
        ("Title", &record.title),
        ("Label", &record.label),
        ("Catalogue", &record.catalogue),
        ("Disc", &record.disc),
        ("Files", &record.word),
        ("Made by", &record.program),
    ];
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "{name:<10} {value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::load;

    fn record() -> Record {
        Record {
            artist: "Night Ferry".into(),
            title: "Harbour".into(),
            label: String::new(),
            catalogue: "LQ 7".into(),
            disc: "12 inch, 33 1/3 rpm".into(),
            program: "Lacquer".into(),
            word: "44.1 kHz, 24 bit".into(),
            level: Db(-2.0),
            stylus: Stylus::Elliptical,
            note: "No noise reduction.".into(),
        }
    }

    fn side() -> SideSheet {
        let song = |title: &str, start: f64, end: f64| SongLine {
            title: title.into(),
            isrc: String::new(),
            start: Seconds(start),
            end: Seconds(end),
            level: Some(Db(-3.0)),
            hidden: title == "Kelp",
        };
        SideSheet {
            name: SideName::A,
            length: Seconds(412.5),
            songs: vec![song("Slow Water", 0.0, 200.25), song("Kelp", 202.25, 412.5)],
            matrix: "LQ 7 A".into(),
            locked: true,
            end_mm: 110.0,
            free_mm: 49.7,
            pitch_um: (60.0, 127.0),
            width_um: (50.0, 70.0),
            highest: Highest { level_db: Db(1.5), limited_by: None },
            loudest: Some(Seconds(61.0)),
            findings: Vec::new(),
        }
    }

    #[test]
    fn the_sheet_holds_what_a_plant_asks_for() {
        let text = sheet(&record(), &[side()]);
        for wanted in [
            "Hidden: A2 at 03:22.25",
            "Locked groove: side A",
            "Side A   total 06:52.50",
            "Matrix: LQ 7 A",
            "A2  Kelp",
            "03:22.25",
            "03:30.25",
            "No noise",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
        assert!(!text.contains("Label"));
    }

    #[test]
    fn the_notes_say_the_calibration_and_the_disc() {
        let text = notes(&record(), &[side()], &load("vinyl", None).unwrap().unwrap());
        for wanted in ["5.0 cm/s", "at -2.0 dB", "200 to 423 lines per inch", "loudest at 01:01.00", "nothing to look"]
        {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
    }

    #[test]
    fn clocks_carry_over() {
        assert_eq!(clock(Seconds(59.999)), "01:00.00");
        assert_eq!(clock(Seconds(-1.0)), "00:00.00");
    }
}
