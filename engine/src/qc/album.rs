//! What a session lacks as a whole, whatever its sound: identifiers.

use std::collections::BTreeMap;

use super::identifier;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::session::Session;

/// Findings about the identifiers of an album: missing, malformed, used twice. Songs in the order of the main pass.
///
/// Their ids name the song, so that a decision about one song says nothing about another.
pub fn identifiers(session: &Session) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    let entries = session.main_pass().map_or(&[][..], |main| &main.entries);
    let songs = entries.iter().filter_map(|entry| session.song(&entry.song)).filter(|song| !song.disabled);
    for song in songs {
        let found = match identifier::isrc(&song.isrc) {
            _ if song.isrc.trim().is_empty() => Some(missing("ISRC", &format!("isrc-missing-{}", song.id))),
            Err(_) => Some(malformed("ISRC", &format!("isrc-malformed-{}", song.id))),
            Ok(code) => {
                let count = uses.entry(code).or_default();
                *count += 1;
                (*count > 1).then(|| twice(*count, &format!("isrc-duplicate-{}", song.id)))
            }
        };
        findings.extend(found.map(|finding| finding.in_song(&song.title)));
    }
    let upc = &session.album.upc;
    if upc.trim().is_empty() {
        findings.push(missing("UPC", "upc-missing"));
    } else if identifier::barcode(upc).is_err() {
        findings.push(malformed("UPC", "upc-malformed"));
    }
    findings
}

fn missing(what: &str, id: &str) -> Finding {
    let finding = Finding::of_whole(Kind::MissingMetadata, Severity::Warn).measuring(0.0, Some(1.0), what);
    Finding { id: id.into(), ..finding }
}

fn malformed(what: &str, id: &str) -> Finding {
    let mut finding = Finding::of_whole(Kind::Identifier, Severity::Fail);
    (finding.unit, finding.id) = (what.into(), id.into());
    finding
}

fn twice(uses: usize, id: &str) -> Finding {
    let finding = Finding::of_whole(Kind::DuplicateIdentifier, Severity::Warn);
    Finding { id: id.into(), ..finding.measuring(uses as f64, Some(1.0), "uses of an ISRC") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Entry, Song};

    fn album(codes: &[&str]) -> Session {
        let mut session = Session::new();
        for (index, code) in codes.iter().enumerate() {
            let id = format!("s{}", index + 1);
            session.songs.push(Song { isrc: code.to_string(), ..Song::new(&id, &id, "") });
            session.passes[0].entries.push(Entry { song: id, ..Entry::default() });
        }
        session
    }

    #[test]
    fn each_song_has_its_own_finding() {
        let session = album(&["USRC17607839", "", "", "us-rc1-76-07839", "nonsense"]);
        let found: Vec<_> = identifiers(&session).into_iter().map(|finding| (finding.kind, finding.id)).collect();
        let expected = [
            (Kind::MissingMetadata, "isrc-missing-s2"),
            (Kind::MissingMetadata, "isrc-missing-s3"),
            (Kind::DuplicateIdentifier, "isrc-duplicate-s4"),
            (Kind::Identifier, "isrc-malformed-s5"),
            (Kind::MissingMetadata, "upc-missing"),
        ];
        assert_eq!(found, expected.map(|(kind, id)| (kind, id.to_string())));
    }
}
