//! ID3v2 tags as they stand in the `id3 ` chunk of a WAV file: id3.org, versions 2.3.0 and 2.4.0.

use super::tag::{Tags, number_of};
use super::text;

/// What a raw tag says. What cannot be read is passed over; an encrypted or compressed frame says nothing.
pub fn parse(bytes: &[u8]) -> Tags {
    let mut tags = Tags::default();
    let Some((version, body)) = body(bytes) else { return tags };
    let mut rest = body.as_slice();
    while let Some((id, flags, content, next)) = frame(rest, version) {
        // Format flags other than grouping change the bytes of the content.
        if flags & 0x00CE == 0 {
            take(&id, content, &mut tags);
        }
        rest = next;
    }
    tags
}

/// The frames of a tag: header checked, unsynchronisation and extended header removed.
fn body(bytes: &[u8]) -> Option<(u8, Vec<u8>)> {
    let head = bytes.get(..10)?;
    let (version, flags) = (head[3], head[5]);
    if &head[..3] != b"ID3" || !(3..=4).contains(&version) {
        return None;
    }
    let size = synchsafe(&head[6..10]);
    let content = &bytes[10..bytes.len().min(10 + size)];
    let mut body = if flags & 0x80 != 0 { resynchronise(content) } else { content.to_vec() };
    if flags & 0x40 != 0 {
        let field = body.get(..4)?;
        let extended = if version == 4 { synchsafe(field) } else { plain(field).saturating_add(4) };
        body.drain(..extended.min(body.len()));
    }
    Some((version, body))
}

/// Removes the zero bytes that were put behind every 0xFF.
fn resynchronise(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut after_ff = false;
    for byte in bytes {
        if !(after_ff && *byte == 0) {
            out.push(*byte);
        }
        after_ff = *byte == 0xFF;
    }
    out
}

/// Id, flags, content, and the bytes behind a frame.
type Frame<'a> = ([u8; 4], u16, &'a [u8], &'a [u8]);

/// Splits off one frame.
fn frame(bytes: &[u8], version: u8) -> Option<Frame<'_>> {
    let head = bytes.get(..10)?;
    let id = [head[0], head[1], head[2], head[3]];
    if !id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return None;
    }
    let size = if version == 4 { synchsafe(&head[4..8]) } else { plain(&head[4..8]) };
    let content = bytes.get(10..10usize.checked_add(size)?)?;
    Some((id, u16::from_be_bytes([head[8], head[9]]), content, &bytes[10 + size..]))
}

fn take(id: &[u8; 4], content: &[u8], tags: &mut Tags) {
    if id == b"COMM" || id == b"USLT" {
        let Some((encoding, text)) = content.split_first().and_then(|(e, rest)| Some((*e, rest.get(3..)?))) else {
            return;
        };
        let comment = strings(encoding, text).into_iter().next_back();
        if id == b"COMM" && tags.comment.is_none() {
            tags.comment = comment.filter(|text| !text.is_empty());
        }
        return;
    }
    if id[0] != b'T' {
        return;
    }
    let Some((encoding, rest)) = content.split_first() else { return };
    let mut values = strings(*encoding, rest);
    if id == b"TXXX" && values.len() >= 2 {
        let name = values.remove(0);
        return named(name, values.join("; "), tags);
    }
    let text = values.join("; ");
    if text.is_empty() {
        return;
    }
    let slot = match id {
        b"TRCK" => return (tags.track, tags.track_total) = number_of(&text),
        b"TPOS" => return (tags.disc, tags.disc_total) = number_of(&text),
        b"TIT2" => &mut tags.title,
        b"TPE1" => &mut tags.artist,
        b"TPE2" => &mut tags.album_artist,
        b"TALB" => &mut tags.album,
        b"TSRC" => &mut tags.isrc,
        b"TDRC" | b"TYER" | b"TDRL" => &mut tags.date,
        b"TCOM" => &mut tags.composer,
        b"TEXT" => &mut tags.lyricist,
        b"TPUB" => &mut tags.label,
        b"TCON" => &mut tags.genre,
        b"TCOP" => &mut tags.copyright,
        b"TSSE" | b"TENC" => &mut tags.software,
        _ => return tags.other.push((String::from_utf8_lossy(id).into_owned(), text)),
    };
    slot.get_or_insert(text);
}

fn named(name: String, text: String, tags: &mut Tags) {
    match name.to_ascii_uppercase().as_str() {
        "BARCODE" | "UPC" | "EAN" => tags.barcode = tags.barcode.take().or(Some(text)),
        "ENGINEER" => tags.engineer = tags.engineer.take().or(Some(text)),
        _ => tags.other.push((name, text)),
    }
}

/// The strings of a text field, which are parted by zeros; empty ones at the end are left out.
fn strings(encoding: u8, bytes: &[u8]) -> Vec<String> {
    let mut out: Vec<String> = match encoding {
        1 | 2 => utf16(encoding, bytes).split('\0').map(|text| text.trim().to_string()).collect(),
        _ => bytes.split(|byte| *byte == 0).map(text::decode).collect(),
    };
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out
}

/// UTF-16 with marks of byte order (1), or big-endian without (2).
fn utf16(encoding: u8, bytes: &[u8]) -> String {
    let mut little = false;
    let mut units = Vec::with_capacity(bytes.len() / 2);
    for pair in bytes.chunks_exact(2) {
        match (encoding, pair) {
            (1, [0xFF, 0xFE]) => little = true,
            (1, [0xFE, 0xFF]) => little = false,
            (_, pair) if little => units.push(u16::from_le_bytes([pair[0], pair[1]])),
            (_, pair) => units.push(u16::from_be_bytes([pair[0], pair[1]])),
        }
    }
    String::from_utf16_lossy(&units)
}

fn synchsafe(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7F))
}

fn plain(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |value, byte| value << 8 | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tag(version: u8, frames: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (id, content) in frames {
            body.extend(*id);
            body.extend((content.len() as u32).to_be_bytes());
            body.extend([0, 0]);
            body.extend(*content);
        }
        let mut out = vec![b'I', b'D', b'3', version, 0, 0, 0, 0, 0, body.len() as u8];
        out.extend(body);
        out
    }

    #[test]
    fn both_versions_and_every_encoding_are_read() {
        let wide = b"\x01\xff\xfeS\0\xf3\0l\0";
        for version in [3, 4] {
            let tags =
                parse(&tag(version, &[(b"TIT2", wide), (b"TRCK", b"\x003/12"), (b"TXXX", b"\x03BARCODE\x00123")]));
            assert_eq!(tags.title.as_deref(), Some("Sól"));
            assert_eq!((tags.track, tags.track_total), (Some(3), Some(12)));
            assert_eq!(tags.barcode.as_deref(), Some("123"));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200), flags in any::<u8>()) {
            let mut whole = tag(3, &[(b"TIT2", &bytes[..bytes.len().min(60)])]);
            whole[5] = flags;
            whole.extend(&bytes);
            parse(&whole);
            parse(&bytes);
        }
    }
}
