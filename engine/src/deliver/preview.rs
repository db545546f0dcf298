//! What a delivery will say, before it is made: file names, tags, and the marks and texts of a disc.

use super::layout::DiscLayout;
use super::{copies, fileset, hires, label, manifest, names, paper, tag, words};
use crate::container::ddp::cdtext::{Block, CdText};
use crate::container::name::{self, Rule};
use crate::render::{Plan, PlanError};
use crate::report::pq;
use crate::report::table::{Align, Table};
use crate::session::{PassKind, Resolved, Session};

/// A delivery that has not been made.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The files with what they are.
    pub files: Table,
    /// What will be written into the songs' files: file, field, text. Empty where files carry no tags.
    pub tags: Table,
    /// Of a disc: how it is laid out.
    pub disc: Option<DiscPreview>,
}

/// A disc as it will be laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct DiscPreview {
    /// Every mark, one row each.
    pub marks: Table,
    /// The texts by language: its name and letters, and a table.
    pub texts: Vec<(String, Table)>,
    /// What cannot lie where it was asked for, and letters that the disc does not have.
    pub problems: Vec<String>,
}

impl Preview {
    /// Of a pass of a session.
    ///
    /// # Errors
    /// The pass cannot be planned.
    pub fn new(session: &Session, pass: &str) -> Result<Preview, PlanError> {
        let resolved = session.resolve(pass).ok_or_else(|| PlanError::NoPass(pass.into()))?;
        if resolved.songs.is_empty() {
            return Err(PlanError::Empty(pass.into()));
        }
        let layout = match resolved.pass.kind {
            PassKind::Cd => Some(DiscLayout::new(session, &resolved, &Plan::new(session, pass)?)),
            _ => None,
        };
        let stems = match &layout {
            Some(layout) => names::on_disc(session, &resolved, layout),
            None => names::numbered(session, &resolved),
        };
        Ok(Preview {
            files: files(session, &resolved, &stems),
            tags: tags(session, &resolved, &stems),
            disc: layout.map(|layout| disc(session, &resolved, &layout)),
        })
    }
}

/// Every file that is certain before the audio is known.
fn files(session: &Session, resolved: &Resolved, stems: &[String]) -> Table {
    let mut table = Table::new(&["File", "What it is"]).aligned(0, Align::Left).aligned(1, Align::Left);
    let pass = &resolved.pass;
    let mut tell = |name: String, what: &str| table.row([name, what.to_string()]);
    let wave = match pass.kind {
        PassKind::Broadcast => "Broadcast Wave with its loudness in the header",
        _ => "WAV, nothing in it but format and audio",
    };
    let sided = matches!(pass.kind, PassKind::Vinyl | PassKind::Cassette);
    if sided {
        tell("a WAV per side".into(), "named by catalogue number, side, rate and word");
        tell("sheets of the sides".into(), "side sheet and notes for the plant");
    }
    for stem in stems.iter().filter(|_| !sided) {
        match pass.kind {
            PassKind::Copies => {
                for (folder, extension) in copies::places(&pass.copies) {
                    tell(format!("{folder}{stem}.{extension}"), "tagged copy");
                }
            }
            PassKind::HiRes => {
                tell(format!("{stem}.wav"), wave);
                tell(format!("{stem}.flac"), "the same samples, tagged");
            }
            _ => tell(format!("{stem}.wav"), wave),
        }
    }
    if pass.kind == PassKind::Cd {
        let base = name::safe(if session.album.title.is_empty() { "Album" } else { &session.album.title }, Rule::ANY);
        tell(format!("{base}.wav"), "the continuous programme");
        tell(format!("{base}.cue"), "CUE sheet");
        tell(format!("{base}.toc"), "table of contents for cdrdao");
        tell(format!("{}/", fileset::folder_name(&session.album)), "DDP 2.0 fileset with its checksums");
        tell("PQ sheet.pdf".into(), "PQ sheet, and as text");
    }
    if pass.kind == PassKind::HiRes {
        tell(hires::CERTIFICATE.into(), "certificate of provenance");
    }
    if pass.kind != PassKind::Copies && !sided {
        tell(label::TABLE.into(), "label copy, and for machines");
    }
    tell(format!("{}.pdf", paper::NAME), "delivery report, and as HTML");
    tell(manifest::MANIFEST_NAME.into(), "manifest: checksums, measurements, verdicts");
    table
}

fn tags(session: &Session, resolved: &Resolved, stems: &[String]) -> Table {
    let mut table = Table::new(&["File", "Field", "Text"]);
    for column in 0..3 {
        table = table.aligned(column, Align::Left);
    }
    let total = resolved.songs.len();
    for (place, (song, stem)) in resolved.songs.iter().zip(stems).enumerate() {
        let song = &song.song;
        let artist = if song.artist.is_empty() { &session.album.artist } else { &song.artist };
        let told = match resolved.pass.kind {
            PassKind::HiRes | PassKind::Copies => {
                tag::of_song(session, Some(song), [&song.title, artist, &song.isrc], place + 1, total)
            }
            PassKind::Broadcast => vec![
                ("Description".to_string(), format!("{artist} - {}", song.title)),
                ("OriginatorReference".to_string(), song.isrc.clone()),
                ("OriginationDate".to_string(), session.album.date.chars().take(10).collect()),
            ],
            PassKind::Streaming | PassKind::Cd | PassKind::Vinyl | PassKind::Cassette => Vec::new(),
        };
        for (line, (field, text)) in told.into_iter().enumerate() {
            table.row([if line == 0 { stem.clone() } else { String::new() }, field, text]);
        }
    }
    table
}

fn disc(session: &Session, resolved: &Resolved, layout: &DiscLayout) -> DiscPreview {
    let text: CdText = words::words(session, resolved, layout);
    let mut problems = layout.problems.clone();
    for block in &text.blocks {
        let foreign: String = block.foreign_letters().into_iter().collect();
        if !foreign.is_empty() {
            let (letters, language) = (block.charset.name(), block.language.name());
            problems.push(format!("{letters} does not have these letters of the texts in {language}: {foreign}"));
        }
    }
    let table = |block: &Block| {
        let name = format!("{}, {}", block.language.name(), block.charset.name());
        (name, pq::texts(&text, block.language.0, &layout.disc))
    };
    let texts = text.blocks.iter().map(table).collect();
    DiscPreview { marks: pq::marks(&layout.disc, &text), texts, problems }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::layout::tests::document;

    #[test]
    fn a_delivery_is_told_before_it_is_made() {
        let mut session = document(2).session().clone();
        (session.album.title, session.album.artist) = ("Nacht".into(), "Band".into());
        session.songs[0].isrc = "USABC2600001".into();
        let cd = Preview::new(&session, "cd").unwrap();
        let files = cd.files.to_string();
        for name in ["Nacht.cue", "Band_Nacht_DDP/", "01 Song 1.wav", "Delivery report.pdf", "manifest.json"] {
            assert!(files.contains(name), "{name}: {files}");
        }
        let disc = cd.disc.unwrap();
        assert!(disc.marks.to_string().contains("USABC2600001") && cd.tags.is_empty());
        assert!(disc.texts[0].1.to_string().contains("Band"));
        assert!(matches!(Preview::new(&session, "tape"), Err(PlanError::NoPass(_))));
    }
}
