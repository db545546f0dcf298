use super::chunk::{FourCc, u32_at};
use crate::container::text;

/// One entry of a LIST chunk of type INFO: `INAM` (title), `IART` (artist), `IPRD` (album), `ICRD` (date) ...
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfoItem {
    /// Which entry.
    pub id: FourCc,
    /// Its text.
    pub text: String,
}

impl InfoItem {
    /// An entry.
    pub fn new(id: &[u8; 4], text: impl Into<String>) -> InfoItem {
        InfoItem { id: FourCc(*id), text: text.into() }
    }
}

/// The entries of the content of an INFO list (without its type); what does not parse ends the list.
pub(super) fn parse(bytes: &[u8]) -> Vec<InfoItem> {
    subchunks(bytes)
        .map(|(id, content)| InfoItem { id, text: text::decode(content) })
        .filter(|item| !item.text.is_empty() && item.id.is_printable())
        .collect()
}

/// The content of the LIST chunk. The format has no way to name an encoding, so the text is written in ASCII; the
/// full text belongs into an `id3 ` chunk.
pub(super) fn encode(items: &[InfoItem]) -> Vec<u8> {
    let mut out = b"INFO".to_vec();
    for item in items {
        let mut text = text::ascii(&item.text).into_bytes();
        text.push(0);
        push_subchunk(&mut out, &item.id.0, &text);
    }
    out
}

/// Sub-chunks of a list, as far as they lie inside it.
pub(super) fn subchunks(bytes: &[u8]) -> impl Iterator<Item = (FourCc, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let head = rest.get(..8)?;
        let length = (u32_at(head, 4) as usize).min(rest.len() - 8);
        let content = &rest[8..8 + length];
        let id = FourCc([head[0], head[1], head[2], head[3]]);
        rest = rest.get(8 + length + (length & 1)..).unwrap_or_default();
        Some((id, content))
    })
}

/// Appends a sub-chunk, padded to an even length.
pub(super) fn push_subchunk(out: &mut Vec<u8>, id: &[u8; 4], content: &[u8]) {
    out.extend(id);
    out.extend((content.len() as u32).to_le_bytes());
    out.extend(content);
    if content.len() & 1 == 1 {
        out.push(0);
    }
}
