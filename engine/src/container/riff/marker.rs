use super::chunk::u32_at;
use super::info::{push_subchunk, subchunks};
use crate::container::text;
use crate::unit::Frames;

/// A place or a stretch of a file with a name (`cue ` and `LIST adtl` chunks).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// Where.
    pub frame: Frames,
    /// How long; zero for a place.
    pub length: Frames,
    /// Its name.
    pub label: String,
    /// A longer remark.
    pub note: String,
}

impl Marker {
    /// A named place.
    pub fn at(frame: Frames, label: impl Into<String>) -> Marker {
        Marker { frame, length: Frames(0), label: label.into(), note: String::new() }
    }
}

/// Markers of a `cue ` chunk with the names of an `adtl` list (without its type), in the order of time.
pub(super) fn parse(cue: &[u8], adtl: &[u8]) -> Vec<Marker> {
    let entries = cue.get(4..).unwrap_or_default().chunks_exact(24).take(u32_at(cue, 0) as usize);
    let mut markers: Vec<(u32, Marker)> = entries
        // The sample offset counts from the start of the data; the play order position is for playlists.
        .map(|entry| (u32_at(entry, 0), Marker::at(Frames(u64::from(u32_at(entry, 20))), "")))
        .collect();
    for (id, content) in subchunks(adtl) {
        let target = u32_at(content, 0);
        let Some((_, marker)) = markers.iter_mut().find(|(id, _)| *id == target) else { continue };
        let tail = content.get(4..).unwrap_or_default();
        match &id.0 {
            b"labl" => marker.label = text::decode(tail),
            b"note" => marker.note = text::decode(tail),
            b"ltxt" => marker.length = Frames(u64::from(u32_at(tail, 0))),
            _ => {}
        }
    }
    let mut markers: Vec<Marker> = markers.into_iter().map(|(_, marker)| marker).collect();
    markers.sort_by_key(|marker| marker.frame);
    markers
}

/// The content of the `cue ` chunk. Positions past 2^32 frames do not fit the format and are left out.
pub(super) fn encode_cue(markers: &[Marker]) -> Vec<u8> {
    let fitting: Vec<(u32, u32)> = fitting(markers).map(|(id, marker)| (id, marker.frame.0 as u32)).collect();
    let mut out = (fitting.len() as u32).to_le_bytes().to_vec();
    for (id, frame) in fitting {
        out.extend(id.to_le_bytes());
        out.extend(frame.to_le_bytes());
        out.extend(b"data");
        out.extend([0u8; 8]);
        out.extend(frame.to_le_bytes());
    }
    out
}

/// The content of the `LIST` chunk with names and lengths.
pub(super) fn encode_adtl(markers: &[Marker]) -> Vec<u8> {
    let mut out = b"adtl".to_vec();
    for (id, marker) in fitting(markers) {
        for (name, text) in [(b"labl", &marker.label), (b"note", &marker.note)] {
            if !text.is_empty() {
                let mut content = id.to_le_bytes().to_vec();
                content.extend(text::ascii(text).bytes());
                content.push(0);
                push_subchunk(&mut out, name, &content);
            }
        }
        if marker.length.0 > 0 {
            let mut content = id.to_le_bytes().to_vec();
            content.extend((marker.length.0.min(u64::from(u32::MAX)) as u32).to_le_bytes());
            content.extend(b"rgn ");
            content.extend([0u8; 8]);
            push_subchunk(&mut out, b"ltxt", &content);
        }
    }
    out
}

/// Markers whose position the format can hold, numbered from 1.
fn fitting(markers: &[Marker]) -> impl Iterator<Item = (u32, &Marker)> {
    (1u32..).zip(markers.iter().filter(|marker| marker.frame.0 <= u64::from(u32::MAX)))
}
