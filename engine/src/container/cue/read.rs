use super::{Index, Sheet, Text, Track, time};

/// Why a sheet cannot be read: the line, counted from 1, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("CUE sheet, line {line}: {what}")]
pub struct Error {
    /// The line.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// Reads a sheet. Tolerant in what harms nothing: case, spaces, line ends, a byte order mark, unknown words (kept as
/// remarks). Strict in what would shift a track: times, numbers and their order.
pub fn parse(text: &str) -> Result<Sheet, Error> {
    let mut state = State::default();
    for (index, line) in text.trim_start_matches('\u{FEFF}').lines().enumerate() {
        state.line(line.trim()).map_err(|what| Error { line: index + 1, what })?;
    }
    let end = text.lines().count().max(1);
    state.check_last().map_err(|what| Error { line: end, what })?;
    Ok(state.sheet)
}

#[derive(Default)]
struct State {
    sheet: Sheet,
    file: Option<String>,
}

impl State {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (word, rest) = (word.to_ascii_uppercase(), rest.trim());
        match word.as_str() {
            "" => {}
            "REM" => self.sheet.remarks.push(rest.to_string()),
            "CATALOG" => self.sheet.catalog = Some(value(rest)),
            "FILE" => self.file(rest)?,
            "TRACK" => self.track(rest)?,
            "INDEX" => self.index(rest)?,
            "ISRC" => self.current(&word)?.isrc = Some(value(rest)),
            "FLAGS" => flags(self.current(&word)?, rest),
            "PREGAP" => self.current(&word)?.pregap = Some(time(rest).ok_or_else(|| no_time(rest))?),
            "POSTGAP" => self.current(&word)?.postgap = Some(time(rest).ok_or_else(|| no_time(rest))?),
            _ => match self.text().slot(&word) {
                Some(slot) => *slot = Some(value(rest)),
                None => self.sheet.remarks.push(line.to_string()),
            },
        }
        Ok(())
    }

    fn text(&mut self) -> &mut Text {
        match self.sheet.tracks.last_mut() {
            Some(track) => &mut track.text,
            None => &mut self.sheet.text,
        }
    }

    fn current(&mut self, word: &str) -> Result<&mut Track, String> {
        self.sheet.tracks.last_mut().ok_or_else(|| format!("{word} stands before the first TRACK"))
    }

    fn file(&mut self, rest: &str) -> Result<(), String> {
        let (name, kind) = file_value(rest);
        if name.is_empty() {
            return Err("FILE names no file".into());
        }
        // Programs write many kinds here, and WAVE for all of them: the file itself tells what it is.
        let raw = ["BINARY", "MOTOROLA"].iter().any(|raw| kind.eq_ignore_ascii_case(raw));
        if raw {
            return Err(format!("the sheet is for a raw image ({kind}), not for a sound file"));
        }
        self.file = Some(name);
        Ok(())
    }

    fn track(&mut self, rest: &str) -> Result<(), String> {
        self.check_last()?;
        let (number, mode) = rest.split_once(char::is_whitespace).unwrap_or((rest, "AUDIO"));
        let number =
            digits(number).filter(|n| (1..=99).contains(n)).ok_or_else(|| format!("no track is '{number}'"))?;
        if !mode.trim().eq_ignore_ascii_case("AUDIO") {
            return Err(format!("track {number} is not audio but {}", mode.trim()));
        }
        if self.sheet.tracks.last().is_some_and(|last| last.number >= number) {
            return Err(format!("track {number} is out of order"));
        }
        let file = self.file.clone().ok_or("TRACK stands before the first FILE")?;
        self.sheet.tracks.push(Track { number, file, ..Track::default() });
        Ok(())
    }

    fn index(&mut self, rest: &str) -> Result<(), String> {
        let now = self.file.clone();
        let track = self.current("INDEX")?;
        let (number, at) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let number = digits(number).ok_or_else(|| format!("no index is '{number}'"))?;
        let at = time(at.trim()).ok_or_else(|| no_time(at.trim()))?;
        let last = track.indices.last();
        let next = last.map_or(number <= 1, |last| number == last.number + 1);
        if !next {
            return Err(format!("index {number:02} of track {} is out of order", track.number));
        }
        let same_file = last.is_some_and(|last| last.file.is_none()) && now.as_deref() == Some(track.file.as_str());
        if same_file && last.is_some_and(|last| last.at > at) {
            return Err(format!("index {number:02} of track {} goes back in time", track.number));
        }
        if now.as_deref() != Some(track.file.as_str()) {
            // A pause at the end of one file, the track in the next: the track belongs to the file of index 01.
            let next_file = now.unwrap_or_default();
            let before = std::mem::replace(&mut track.file, next_file);
            track.indices.iter_mut().for_each(|index| index.file = Some(before.clone()));
        }
        track.indices.push(Index { number, at, file: None });
        Ok(())
    }

    /// A track without index 01 has no start.
    fn check_last(&self) -> Result<(), String> {
        match self.sheet.tracks.last() {
            Some(track) if track.start().is_none() => Err(format!("track {} has no INDEX 01", track.number)),
            _ => Ok(()),
        }
    }
}

fn flags(track: &mut Track, rest: &str) {
    for flag in rest.split_whitespace() {
        match flag.to_ascii_uppercase().as_str() {
            "DCP" => track.copy_permitted = true,
            "PRE" => track.pre_emphasis = true,
            "4CH" => track.four_channels = true,
            "SCMS" => track.serial_copy = true,
            _ => {}
        }
    }
}

/// A value, without the quotes around it.
fn value(rest: &str) -> String {
    match rest.strip_prefix('"') {
        Some(inner) => inner[..inner.rfind('"').unwrap_or(inner.len())].to_string(),
        None => rest.to_string(),
    }
}

/// A file name and its kind. Without quotes, the last word is the kind if it is one.
fn file_value(rest: &str) -> (String, &str) {
    if let Some(inner) = rest.strip_prefix('"') {
        let end = inner.rfind('"').unwrap_or(inner.len());
        return (inner[..end].to_string(), inner.get(end + 1..).unwrap_or("").trim());
    }
    match rest.rsplit_once(char::is_whitespace) {
        Some((name, kind)) if is_kind(kind) => (name.trim().to_string(), kind),
        _ => (rest.to_string(), ""),
    }
}

fn is_kind(word: &str) -> bool {
    ["WAVE", "AIFF", "MP3", "FLAC", "BINARY", "MOTOROLA"].iter().any(|kind| word.eq_ignore_ascii_case(kind))
}

fn digits(text: &str) -> Option<u8> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn no_time(text: &str) -> String {
    format!("'{text}' is no time of the form mm:ss:ff (ff below 75)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::CdFrame;
    use proptest::prelude::*;

    const SHEET: &str = "\u{FEFF}REM GENRE Folk\r\ncatalog 1234567890123\r\nTITLE \"An \"album\" of songs\"\r\n\
        FILE \"the album.wav\" WAVE\r\n  TRACK 01 AUDIO\r\n    TITLE One\r\n    FLAGS DCP PRE\r\n    ISRC GBABC2600001\r\n\
        INDEX 01 00:00:00\r\n  TRACK 02 AUDIO\r\n    INDEX 00 03:59:10\r\n    INDEX 01 04:01:10\r\n    INDEX 02 05:00:74\r\n";

    #[test]
    fn a_sheet_is_read_and_survives_the_trip() {
        let sheet = parse(SHEET).unwrap();
        assert_eq!(sheet.text.title.as_deref(), Some("An \"album\" of songs"));
        assert_eq!(sheet.tracks[1].start(), Some(CdFrame((4 * 60 + 1) * 75 + 10)));
        assert!(sheet.tracks[0].copy_permitted && sheet.tracks[0].pre_emphasis);
        let again = parse(&sheet.encode()).unwrap();
        assert_eq!(again.tracks, sheet.tracks);
        assert_eq!(again.text.title.as_deref(), Some("An 'album' of songs"));
        assert_eq!(parse(&again.encode()).unwrap(), again);
    }

    #[test]
    fn a_pause_may_lie_at_the_end_of_the_file_before() {
        let text = "FILE a.wav WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 00 03:00:00\n\
            FILE b.wav WAVE\nINDEX 01 00:00:00\n";
        let sheet = parse(text).unwrap();
        assert_eq!(sheet.tracks[1].file, "b.wav");
        assert_eq!(sheet.tracks[1].indices[0].file.as_deref(), Some("a.wav"));
        assert_eq!(parse(&sheet.encode()).unwrap(), sheet);
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line) in [
            ("FILE a WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:75", 3),
            ("TRACK 01 AUDIO", 1),
            ("FILE a WAVE\nTRACK 01 AUDIO\n", 2),
            ("FILE a WAVE\nTRACK 01 AUDIO\nINDEX 00 00:05:00\nINDEX 01 00:04:00", 4),
            ("FILE a WAVE\nTRACK 02 AUDIO\nINDEX 01 00:00:00\nTRACK 01 AUDIO", 4),
            ("FILE a BINARY", 1),
        ] {
            assert_eq!(parse(text).unwrap_err().line, line, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in any::<String>(), words in "((TRACK|INDEX|FILE|FLAGS|ISRC|TITLE|[0-9:\"]{1,8}) ?\n?){0,30}") {
            let _ = parse(&text);
            let _ = parse(&words);
        }

        #[test]
        fn no_title_breaks_a_sheet(title in any::<String>(), file in "[^\"\u{0}-\u{1f}]{1,20}") {
            let mut sheet = parse(SHEET).unwrap();
            sheet.tracks[0].text.title = Some(title);
            sheet.tracks.iter_mut().for_each(|track| track.file = format!("f{file}f"));
            let again = parse(&sheet.encode()).unwrap();
            prop_assert_eq!(again.tracks.len(), 2);
            prop_assert_eq!(&again.tracks[1].indices, &sheet.tracks[1].indices);
            prop_assert!(sheet.encode_ascii().is_ascii());
        }
    }
}
