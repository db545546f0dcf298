//! Texts to packs.

use super::{Block, CdText, Charset, Kind, MOST_BLOCKS, MOST_PACKS, PACK_BYTES, checksum};

/// Texts that do not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TooLong {
    /// A language with too many packs.
    #[error("the CD-Text in {language} needs {packs} packs, {most} is the most; shorten the longest texts", most = MOST_PACKS)]
    Packs {
        /// The language.
        language: String,
        /// What it needs.
        packs: usize,
    },
    /// Too many languages.
    #[error("the CD-Text has {0} languages, {most} is the most", most = MOST_BLOCKS)]
    Blocks(usize),
}

/// Bytes of text in a pack.
const TEXT_BYTES: usize = 12;

/// A byte of a stream of strings: the track it belongs to, and how many letters of its string stand before it.
#[derive(Clone, Copy)]
struct Placed {
    track: u8,
    before: usize,
    byte: u8,
}

impl CdText {
    /// The packs of every block, one after the other; none where there are no texts at all.
    ///
    /// # Errors
    /// Too many languages, or texts that are too long together.
    pub fn encode(&self) -> Result<Vec<u8>, TooLong> {
        if self.blocks.len() > MOST_BLOCKS {
            return Err(TooLong::Blocks(self.blocks.len()));
        }
        let mut blocks = Vec::new();
        for (number, block) in self.blocks.iter().enumerate() {
            let packs = block.packs(number as u8);
            if packs.len() + 3 > MOST_PACKS {
                return Err(TooLong::Packs { language: block.language.name(), packs: packs.len() + 3 });
            }
            blocks.push(packs);
        }
        if blocks.iter().all(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let sizes = self.sizes(&blocks);
        let mut bytes = Vec::new();
        for (number, (mut packs, size)) in blocks.into_iter().zip(sizes).enumerate() {
            for (part, content) in size.chunks(TEXT_BYTES).enumerate() {
                packs.push(pack([0x8F, part as u8, packs.len() as u8, (number as u8) << 4], content));
            }
            bytes.extend(packs.concat());
        }
        Ok(bytes)
    }

    /// The size information of each block: 36 bytes, of which the last 16 are the same for all.
    fn sizes(&self, blocks: &[Vec<Vec<u8>>]) -> Vec<[u8; 36]> {
        let mut shared = [0; 16];
        for (number, (block, packs)) in self.blocks.iter().zip(blocks).enumerate() {
            shared[number] = packs.len() as u8 + 2;
            shared[8 + number] = block.language.0;
        }
        let size = |(block, packs): (&Block, &Vec<Vec<u8>>)| {
            let mut size = [0; 36];
            size[..4].copy_from_slice(&[block.charset.code(), block.first, block.last, block.copyright]);
            for pack in packs {
                size[4 + usize::from(pack[0] & 0x0F)] += 1;
            }
            size[4 + 0x0F] = 3;
            size[20..].copy_from_slice(&shared);
            size
        };
        self.blocks.iter().zip(blocks).map(size).collect()
    }
}

impl Block {
    /// The packs of the texts, without the size information.
    fn packs(&self, number: u8) -> Vec<Vec<u8>> {
        let mut packs: Vec<Vec<u8>> = Vec::new();
        for code in 0x80..=0x8E {
            let (stream, double) = match Kind::of_code(code) {
                Some(kind) => (self.stream(kind), kind.is_prose() && self.charset.is_double()),
                None if code == 0x87 => (self.genre_stream(), false),
                None => continue,
            };
            for part in stream.chunks(TEXT_BYTES) {
                let position = part[0].before.min(15) as u8;
                let place = u8::from(double) << 7 | number << 4 | position;
                let text: Vec<u8> = part.iter().map(|placed| placed.byte).collect();
                packs.push(pack([code, part[0].track, packs.len() as u8, place], &text));
            }
        }
        packs
    }

    /// The strings of a kind run on: the disc's, then every track's, each with its terminator. A track that repeats the
    /// one before it is a single TAB.
    fn stream(&self, kind: Kind) -> Vec<Placed> {
        let charset = if kind.is_prose() { self.charset } else { Charset::Ascii };
        let width = if charset.is_double() { 2 } else { 1 };
        let count = if kind == Kind::DiscId { 1 } else { 1 + self.tracks() };
        let strings: Vec<Vec<Vec<u8>>> = (0..count).map(|place| charset.encode(self.string(kind, place))).collect();
        let mut stream = Vec::new();
        if strings.iter().all(Vec::is_empty) {
            return stream;
        }
        for (place, letters) in strings.iter().enumerate() {
            let track = if place == 0 { 0 } else { self.first + place as u8 - 1 };
            let repeats = place > 1 && *letters == strings[place - 1] && !letters.is_empty();
            let tab = [vec![b'\t'; width]];
            let letters: &[Vec<u8>] = if repeats { &tab } else { letters };
            for (before, letter) in letters.iter().chain([&vec![0; width]]).enumerate() {
                stream.extend(letter.iter().map(|byte| Placed { track, before, byte: *byte }));
            }
        }
        stream
    }

    /// The code in two bytes, which are not counted as letters, and the text.
    fn genre_stream(&self) -> Vec<Placed> {
        let Some(genre) = &self.genre else { return Vec::new() };
        let code = genre.code.to_be_bytes().map(|byte| Placed { track: 0, before: 0, byte });
        let letters = Charset::Ascii.encode(&genre.text).concat();
        let text = letters.into_iter().chain([0]).enumerate();
        code.into_iter().chain(text.map(|(before, byte)| Placed { track: 0, before, byte })).collect()
    }
}

fn pack(head: [u8; 4], text: &[u8]) -> Vec<u8> {
    let mut pack = head.to_vec();
    pack.extend(text);
    pack.resize(PACK_BYTES - 2, 0);
    let sum = checksum(&pack);
    pack.extend(sum.to_be_bytes());
    pack
}
