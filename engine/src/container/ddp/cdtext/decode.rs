//! Packs to texts, with everything that is wrong with them.

use std::collections::BTreeMap;

use super::super::fault::{Code, Fault};
use super::{Block, CdText, Charset, GENRES, Genre, Kind, Language, MOST_BLOCKS, PACK_BYTES, Toc, checksum};
use crate::unit::{CD_FRAMES_PER_SECOND, CdFrame};

/// A pack whose place is known.
#[derive(Clone, Copy)]
struct Pack<'a> {
    /// Place in the file, from 1, for messages.
    number: usize,
    code: u8,
    track: u8,
    sequence: u8,
    block: u8,
    double: bool,
    position: u8,
    text: &'a [u8],
}

/// Where faults go.
struct Faults<'a> {
    file: &'a str,
    list: &'a mut Vec<Fault>,
}

impl Faults<'_> {
    fn fail(&mut self, code: Code, what: String) {
        self.list.push(Fault::fail(code, self.file, what));
    }

    fn warn(&mut self, code: Code, what: String) {
        self.list.push(Fault::warn(code, self.file, what));
    }
}

/// Reads packs and notes their faults. Packs with a wrong checksum are read all the same: what they say is told, and
/// the fault stands beside it.
pub(in crate::container::ddp) fn decode(bytes: &[u8], file: &str, faults: &mut Vec<Fault>) -> CdText {
    let mut faults = Faults { file, list: faults };
    let bytes = strip(bytes, &mut faults);
    let packs: Vec<Pack> =
        bytes.chunks_exact(PACK_BYTES).enumerate().map(|(index, bytes)| pack(index, bytes)).collect();
    for (pack, bytes) in packs.iter().zip(bytes.chunks_exact(PACK_BYTES)) {
        if checksum(&bytes[..16]).to_be_bytes() != bytes[16..] {
            faults.fail(Code::TextChecksum, format!("pack {} has a wrong checksum", pack.number));
        }
        if !matches!(pack.code, 0x80..=0x88 | 0x8D..=0x8F) {
            faults.fail(Code::TextType, format!("pack {} is of type {:#04x}", pack.number, pack.code));
        }
    }
    judge_blocks(&packs, &mut faults);
    let mut grouped: BTreeMap<u8, Vec<Pack>> = BTreeMap::new();
    packs.iter().for_each(|pack| grouped.entry(pack.block).or_default().push(*pack));
    let sizes: BTreeMap<u8, usize> = grouped.iter().map(|(block, packs)| (*block, packs.len())).collect();
    let blocks =
        grouped.into_iter().take(MOST_BLOCKS).map(|(number, packs)| block(number, &packs, &sizes, &mut faults));
    CdText { blocks: blocks.collect() }
}

/// Without the header of a drive and the byte that one program appends.
fn strip<'a>(bytes: &'a [u8], faults: &mut Faults) -> &'a [u8] {
    let mut bytes = bytes;
    let stated =
        |bytes: &[u8]| bytes.len() > 4 && usize::from(u16::from_be_bytes([bytes[0], bytes[1]])) + 2 == bytes.len();
    let headed = bytes.len() % PACK_BYTES == 4 || bytes.len() % PACK_BYTES == 5;
    if headed && bytes.len() > 4 && (stated(bytes) || (bytes[0] < 0x80 && bytes[2..4] == [0, 0])) {
        faults
            .fail(Code::TextHeader, "it begins with the four bytes of a drive's header: plants want bare packs".into());
        bytes = &bytes[4..];
    }
    if bytes.len() % PACK_BYTES == 1 && bytes.last() == Some(&0) {
        faults.warn(Code::TextLength, "a zero byte stands behind the last pack".into());
        bytes = &bytes[..bytes.len() - 1];
    }
    if bytes.is_empty() || !bytes.len().is_multiple_of(PACK_BYTES) {
        faults.fail(Code::TextLength, format!("{} bytes are no whole packs of 18", bytes.len()));
    }
    bytes
}

fn pack(index: usize, bytes: &[u8]) -> Pack<'_> {
    Pack {
        number: index + 1,
        code: bytes[0],
        track: bytes[1] & 0x7F,
        sequence: bytes[2],
        block: bytes[3] >> 4 & 7,
        double: bytes[3] & 0x80 != 0,
        position: bytes[3] & 0x0F,
        text: &bytes[4..16],
    }
}

/// Blocks from 0 on without a gap, sequence numbers from 0 in each, types in their order.
fn judge_blocks(packs: &[Pack], faults: &mut Faults) {
    let mut before: Option<&Pack> = None;
    let mut next = 0u32;
    for pack in packs {
        let new = before.is_none_or(|before| before.block != pack.block);
        let expected = before.map_or(0, |before| before.block + 1);
        if new && pack.block != expected {
            faults
                .fail(Code::TextBlock, format!("pack {} is of block {}, expected {expected}", pack.number, pack.block));
        }
        next = if new { 0 } else { next + 1 };
        if u32::from(pack.sequence) != next {
            let said = format!("pack {} has the sequence number {}, expected {next}", pack.number, pack.sequence);
            faults.fail(Code::TextSequence, said);
            next = u32::from(pack.sequence);
        }
        if let Some(before) = before.filter(|before| !new && before.code > pack.code) {
            let said =
                format!("pack {} of type {:#04x} stands behind type {:#04x}", pack.number, pack.code, before.code);
            faults.fail(Code::TextOrder, said);
        }
        before = Some(pack);
    }
}

fn block(number: u8, packs: &[Pack], sizes: &BTreeMap<u8, usize>, faults: &mut Faults) -> Block {
    let of = |code: u8| packs.iter().filter(|pack| pack.code == code).copied().collect::<Vec<_>>();
    let size: Vec<u8> = of(0x8F).iter().flat_map(|pack| pack.text.iter().copied()).collect();
    if size.len() != 36 {
        let said = format!("block {number} has {} packs of size information, not 3", size.len() / 12);
        faults.fail(Code::TextSize, said);
    }
    let at = |index: usize| size.get(index).copied();
    let charset = Charset::of_code(at(0).unwrap_or(0));
    if let Charset::Other(code) = charset {
        faults.fail(Code::TextCharset, format!("block {number} has the character code {code:#04x}"));
    }
    let language = Language(at(28 + usize::from(number)).unwrap_or(0));
    let mut block = Block::new(language, charset, 0);
    (block.copyright, block.first, block.last) = (at(3).unwrap_or(0), at(1).unwrap_or(1), at(2).unwrap_or(0));
    if size.len() == 36 {
        judge_size(number, &size, packs, sizes, faults);
    }
    if !(1..=99).contains(&block.first) || block.last < block.first || block.last > 99 {
        let said = format!("block {number} is for tracks {} to {}", block.first, block.last);
        faults.fail(Code::TextTracks, said);
        (block.first, block.last) = (1, highest_track(packs));
    }
    for kind in Kind::ALL {
        let packs = of(kind.code());
        if !packs.is_empty() {
            let strings = strings(&block, kind, &packs, faults);
            block.strings.insert(kind, strings);
        }
    }
    block.genre = genre(&of(0x87), faults);
    block.toc = toc(&of(0x88), faults);
    block
}

fn highest_track(packs: &[Pack]) -> u8 {
    packs
        .iter()
        .filter(|pack| pack.code < 0x86)
        .map(|pack| pack.track)
        .filter(|track| *track <= 99)
        .max()
        .unwrap_or(1)
        .max(1)
}

/// The counts of packs, the last sequence numbers and the languages against what there is.
fn judge_size(number: u8, size: &[u8], packs: &[Pack], sizes: &BTreeMap<u8, usize>, faults: &mut Faults) {
    for code in 0x80..=0x8F_u8 {
        let there = packs.iter().filter(|pack| pack.code == code).count();
        let stated = usize::from(size[4 + usize::from(code & 0x0F)]);
        if there != stated {
            faults
                .fail(Code::TextSize, format!("block {number} states {stated} packs of type {code:#04x}, has {there}"));
        }
    }
    for other in 0..MOST_BLOCKS as u8 {
        let stated = usize::from(size[20 + usize::from(other)]);
        let last = sizes.get(&other).map_or(0, |packs| packs - 1);
        if stated != last {
            let said = format!("block {number} states {stated} as the last number of block {other}, which is {last}");
            faults.fail(Code::TextSize, said);
        }
    }
    if !matches!(size[3], 0 | 3) {
        faults.warn(Code::TextSize, format!("block {number} has the copyright flag {}", size[3]));
    }
}

/// The strings of a kind, the disc's first: split at their terminators, TABs resolved, numbers and positions checked.
fn strings(block: &Block, kind: Kind, packs: &[Pack], faults: &mut Faults) -> Vec<String> {
    let double = kind.is_prose() && block.charset.is_double();
    if let Some(pack) = packs.iter().find(|pack| pack.double != double) {
        let (has, wants) = (if pack.double { "two bytes" } else { "one byte" }, block.charset.name());
        faults.fail(Code::TextCharset, format!("pack {} has {has} a letter where the block is {wants}", pack.number));
    }
    let width = if double { 2 } else { 1 };
    let wanted = if kind == Kind::DiscId { 1 } else { 1 + block.tracks() };
    let first = usize::from(packs[0].track).min(wanted);
    // A stream without the disc's string begins with a later one.
    let skipped = if first > 0 { first + 1 - usize::from(block.first).min(first) } else { 0 };
    let mut raw: Vec<Vec<u8>> = vec![Vec::new(); skipped + 1];
    for pack in packs {
        judge_place(block, pack, raw.len() - 1, raw.last().map_or(0, |now| now.len() / width), wanted, faults);
        for letter in pack.text.chunks_exact(width) {
            if letter.iter().all(|byte| *byte == 0) {
                raw.push(Vec::new());
            } else if let Some(now) = raw.last_mut() {
                now.extend(letter);
            }
        }
    }
    // What stands behind the last terminator is filling; a string without one is cut off.
    let tail = raw.pop().unwrap_or_default();
    let extra = raw.iter().skip(wanted).any(|string| !string.is_empty());
    if raw.len() < wanted || skipped > 0 || extra || !tail.is_empty() {
        let said =
            format!("the {}s are {} strings, {wanted} are expected", kind.name(), raw.len().saturating_sub(skipped));
        faults.fail(Code::TextTracks, said);
    }
    raw.truncate(wanted);
    resolve(block, kind, &raw, faults)
}

/// A pack says which string its first letter belongs to and how many letters of it stand before.
fn judge_place(block: &Block, pack: &Pack, place: usize, before: usize, wanted: usize, faults: &mut Faults) {
    if place >= wanted {
        // Nothing but filling follows.
        return;
    }
    let track = if place == 0 { 0 } else { usize::from(block.first) + place - 1 };
    if usize::from(pack.track) != track {
        let said = format!("pack {} names track {}, its text is of track {track}", pack.number, pack.track);
        faults.fail(Code::TextTrack, said);
    }
    // Documentation and programs differ over when 15 is reached: both are taken.
    let fits = usize::from(pack.position) == before.min(15) || (pack.position == 15 && before >= 12);
    if !fits {
        let said = format!("pack {} states position {}, {} letters stand before", pack.number, pack.position, before);
        faults.fail(Code::TextPosition, said);
    }
}

fn resolve(block: &Block, kind: Kind, raw: &[Vec<u8>], faults: &mut Faults) -> Vec<String> {
    let charset = if kind.is_prose() { block.charset } else { Charset::Ascii };
    let mut texts: Vec<String> = Vec::new();
    for bytes in raw {
        // TAB: the same as the track before (of the first track: as the disc).
        let repeats = !bytes.is_empty() && bytes.iter().all(|byte| *byte == b'\t');
        let text = match charset.decode(bytes) {
            _ if repeats => texts.last().cloned().unwrap_or_default(),
            Ok(text) => text,
            Err(text) => {
                let said =
                    format!("a {} is '{}', which {} does not have", kind.name(), text.escape_debug(), charset.name());
                faults.fail(Code::TextUnmapped, said);
                text
            }
        };
        texts.push(text);
    }
    texts
}

fn genre(packs: &[Pack], faults: &mut Faults) -> Option<Genre> {
    let bytes: Vec<u8> = packs.iter().flat_map(|pack| pack.text.iter().copied()).collect();
    let (code, text) = bytes.split_first_chunk::<2>()?;
    let code = u16::from_be_bytes(*code);
    let end = text.iter().position(|byte| *byte == 0);
    if usize::from(code) >= GENRES.len() {
        faults.fail(Code::TextGenre, format!("{code:#06x} is no genre"));
    }
    if end.is_none() {
        faults.fail(Code::TextGenre, "the text of the genre has no end".into());
    }
    let text = text[..end.unwrap_or(text.len())].iter().map(|byte| char::from(*byte)).collect();
    Some(Genre { code, text })
}

/// The first pack tells first and last track and the lead-out, the others four starts each.
fn toc(packs: &[Pack], faults: &mut Faults) -> Option<Toc> {
    let (first, rest) = packs.split_first()?;
    let time = |bytes: &[u8]| {
        let (minutes, seconds, frames) = (i64::from(bytes[0]), i64::from(bytes[1]), i64::from(bytes[2]));
        let fits = minutes < 100 && seconds < 60 && frames < CD_FRAMES_PER_SECOND;
        fits.then_some(CdFrame((minutes * 60 + seconds) * CD_FRAMES_PER_SECOND + frames))
    };
    let count = usize::from(first.text[1].saturating_add(1).saturating_sub(first.text[0]));
    let starts = rest.iter().flat_map(|pack| pack.text.chunks_exact(3)).take(count).map(time);
    let toc = starts.collect::<Option<Vec<_>>>().zip(time(&first.text[3..6]));
    let Some((starts, lead_out)) = toc.filter(|(starts, _)| starts.len() == count) else {
        faults.fail(Code::TextToc, "the table of contents in the CD-Text cannot be read".into());
        return None;
    };
    Some(Toc { lead_out, starts })
}
