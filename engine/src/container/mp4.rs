//! The few boxes of an MP4 file that say where the music begins and ends: ISO/IEC 14496-12, sections 8.4.2 (`mdhd`),
//! 8.6.6 (`elst`), and the iTunSMPB line that Apple's encoders write.

use std::io::{self, Read, Seek, SeekFrom};

/// Boxes looked at in one folder of boxes: a bound against made-up files.
const BOX_LIMIT: usize = 1024;

/// Where the music lies inside what a decoder yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gapless {
    /// Frames before the first frame of music.
    pub delay: u64,
    /// Frames of music, where the file says it.
    pub frames: Option<u64>,
}

impl Gapless {
    /// Reads an iTunSMPB line: hexadecimal fields reserved, delay, padding, length.
    pub fn from_itunsmpb(line: &str) -> Option<Gapless> {
        let mut fields = line.split_whitespace().map(|field| u64::from_str_radix(field, 16));
        let (_, delay, _, frames) = (fields.next()?, fields.next()?.ok()?, fields.next()?.ok()?, fields.next()?.ok()?);
        // A second of delay is already far beyond any encoder's.
        (delay < 48_000).then_some(Gapless { delay, frames: (frames > 0).then_some(frames) })
    }
}

/// The first edit of a sound track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edit {
    /// First time of the media that is heard, in media time (frames).
    pub media_time: u64,
    /// How long, in movie time; 0 where it is open.
    pub duration: u64,
    /// Ticks of a second of movie time.
    pub movie_scale: u32,
    /// Ticks of a second of media time.
    pub media_scale: u32,
}

impl Edit {
    /// Delay and length in frames, given the length of all that is coded. The length of an edit is only as fine as
    /// movie time (often milliseconds): what agrees with the coded length to a tick is taken from there.
    pub fn gapless(self, coded: Option<u64>) -> Gapless {
        let rest = coded.map(|coded| coded.saturating_sub(self.media_time));
        if self.duration == 0 || self.movie_scale == 0 {
            return Gapless { delay: self.media_time, frames: rest };
        }
        let scaled = |ticks: u64| {
            (u128::from(ticks) * u128::from(self.media_scale)).div_ceil(u128::from(self.movie_scale)) as u64
        };
        let (edited, tick) = (scaled(self.duration), scaled(1));
        let frames = match rest {
            Some(rest) if edited.saturating_add(tick) > rest => rest,
            _ => edited,
        };
        Gapless { delay: self.media_time, frames: Some(frames) }
    }
}

/// The first edit that plays something of the first sound track, if the file has one.
pub fn edit<R: Read + Seek>(input: &mut R) -> io::Result<Option<Edit>> {
    let end = input.seek(SeekFrom::End(0))?;
    let Some(moov) = child(input, Span { start: 0, end }, b"moov")? else { return Ok(None) };
    let Some(movie_scale) = scale(input, moov, b"mvhd")? else { return Ok(None) };
    for trak in children(input, moov)?.into_iter().filter(|(id, _)| id == b"trak").map(|(_, span)| span) {
        let Some(mdia) = child(input, trak, b"mdia")? else { continue };
        if !is_sound(input, mdia)? {
            continue;
        }
        let Some(media_scale) = scale(input, mdia, b"mdhd")? else { return Ok(None) };
        let Some(edts) = child(input, trak, b"edts")? else { return Ok(None) };
        let Some(elst) = child(input, edts, b"elst")? else { return Ok(None) };
        let played = first_played(&bytes(input, elst, 4096)?);
        return Ok(played.map(|(duration, media_time)| Edit { media_time, duration, movie_scale, media_scale }));
    }
    Ok(None)
}

/// A stretch of the file: the content of a box.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u64,
    end: u64,
}

fn children<R: Read + Seek>(input: &mut R, parent: Span) -> io::Result<Vec<([u8; 4], Span)>> {
    let mut found = Vec::new();
    let mut at = parent.start;
    while at.saturating_add(8) <= parent.end && found.len() < BOX_LIMIT {
        let head = bytes(input, Span { start: at, end: parent.end }, 16)?;
        let Some(id) = head.get(4..8) else { break };
        let (header, size) = match be(&head[..4]) {
            0 => (8, parent.end - at),
            1 if head.len() == 16 => (16, be(&head[8..16])),
            size => (8, size),
        };
        if size < header || size > parent.end - at {
            break;
        }
        found.push(([id[0], id[1], id[2], id[3]], Span { start: at + header, end: at + size }));
        at += size;
    }
    Ok(found)
}

fn child<R: Read + Seek>(input: &mut R, parent: Span, id: &[u8; 4]) -> io::Result<Option<Span>> {
    Ok(children(input, parent)?.into_iter().find(|(found, _)| found == id).map(|(_, span)| span))
}

fn bytes<R: Read + Seek>(input: &mut R, span: Span, limit: u64) -> io::Result<Vec<u8>> {
    input.seek(SeekFrom::Start(span.start))?;
    let mut out = Vec::new();
    input.take(limit.min(span.end.saturating_sub(span.start))).read_to_end(&mut out)?;
    Ok(out)
}

/// The time scale of `mvhd` or `mdhd`: after two times of 4 bytes, or of 8 in version 1.
fn scale<R: Read + Seek>(input: &mut R, parent: Span, id: &[u8; 4]) -> io::Result<Option<u32>> {
    let Some(span) = child(input, parent, id)? else { return Ok(None) };
    let content = bytes(input, span, 32)?;
    let at = if content.first() == Some(&1) { 20 } else { 12 };
    Ok(content.get(at..at + 4).map(|field| be(field) as u32).filter(|scale| *scale > 0))
}

fn is_sound<R: Read + Seek>(input: &mut R, mdia: Span) -> io::Result<bool> {
    let Some(span) = child(input, mdia, b"hdlr")? else { return Ok(false) };
    Ok(bytes(input, span, 12)?.get(8..12) == Some(b"soun"))
}

/// Duration and media time of the first edit that is not an empty one (media time −1).
fn first_played(elst: &[u8]) -> Option<(u64, u64)> {
    let wide = elst.first() == Some(&1);
    let width = if wide { 8 } else { 4 };
    let empty = if wide { u64::MAX } else { u64::from(u32::MAX) };
    let entries = elst.get(8..)?.chunks_exact(2 * width + 4);
    entries.map(|entry| (be(&entry[..width]), be(&entry[width..2 * width]))).find(|(_, time)| *time != empty)
}

fn be(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_length_of_an_edit_is_only_as_fine_as_movie_time() {
        let edit = Edit { media_time: 1024, duration: 1000, movie_scale: 1000, media_scale: 44_100 };
        assert_eq!(edit.gapless(Some(45_124)), Gapless { delay: 1024, frames: Some(44_100) });
        assert_eq!(edit.gapless(Some(46_080)), Gapless { delay: 1024, frames: Some(44_100) });
        assert_eq!(edit.gapless(Some(45_100)), Gapless { delay: 1024, frames: Some(44_076) });
    }

    #[test]
    fn an_itunsmpb_line_is_read() {
        let line = " 00000000 00000840 000001CA 00000000003F31F6 00000000";
        assert_eq!(Gapless::from_itunsmpb(line), Some(Gapless { delay: 0x840, frames: Some(0x3F_31F6) }));
        assert_eq!(Gapless::from_itunsmpb("nonsense"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut file = vec![0, 0, 0, 0];
            file.extend(b"moov");
            file.extend(&bytes);
            prop_assert!(edit(&mut io::Cursor::new(file)).is_ok());
            first_played(&bytes);
        }
    }
}
