use std::fmt;
use std::io::{Read, Seek, SeekFrom};

use super::Error;

/// More chunks than any sound file has; a bound against made-up files.
const CHUNK_LIMIT: usize = 4096;
/// A size of all ones: "see ds64", or never filled in.
pub(super) const SIZE_ELSEWHERE: u32 = u32::MAX;
/// What sox writes as the data size when it cannot seek back: 2 GiB less a page.
const SIZE_OF_A_PIPE: std::ops::RangeInclusive<u32> = 0x7FFF_F000..=0x7FFF_FFFF;

/// Four characters that name a chunk.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FourCc(pub [u8; 4]);

impl FourCc {
    /// Whether every byte is printable ASCII.
    pub fn is_printable(self) -> bool {
        self.0.iter().all(|byte| (0x20..0x7f).contains(byte))
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.escape_ascii())
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One chunk of a file, as it lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Its name.
    pub id: FourCc,
    /// Byte offset of its content.
    pub offset: u64,
    /// Length of its content in bytes, as far as the file holds it.
    pub length: u64,
    /// Length its header claims (from ds64 where that holds it).
    pub claimed: u64,
    /// The size was never filled in: the content runs to the end of the file.
    pub open_ended: bool,
}

/// The chunks of a file in order, and its length in bytes.
pub(super) struct Map {
    pub form: &'static str,
    pub chunks: Vec<Chunk>,
    pub file_length: u64,
}

impl Map {
    /// Walks a file from its start. Sizes are checked against the real length of the file.
    pub fn read<R: Read + Seek>(input: &mut R) -> Result<Map, Error> {
        let file_length = input.seek(SeekFrom::End(0)).map_err(Error::io(0))?;
        let head = head(input)?;
        let mut map = Map { form: head.form, chunks: Vec::new(), file_length };
        let mut sizes = Sizes::default();
        let mut offset = 12u64;
        while offset + 8 <= file_length && map.chunks.len() < CHUNK_LIMIT {
            let (id, size) = chunk_header(input, offset)?;
            // After the audio, padding and rubbish are common; before it they mean that the way is lost.
            if !id.is_printable() {
                if map.find(b"data").is_some() {
                    break;
                }
                return Err(Error::malformed(offset, format!("{id} is not the name of a chunk")));
            }
            let chunk = sizes.resolve(id, size, offset + 8, file_length, &head);
            if &id.0 == b"ds64" {
                sizes = Sizes::read(input, &chunk)?;
            }
            map.chunks.push(chunk);
            // Chunks are padded to an even length.
            offset = chunk.offset.saturating_add(chunk.length).saturating_add(chunk.length & 1);
        }
        Ok(map)
    }

    /// The first chunk of that name.
    pub fn find(&self, id: &[u8; 4]) -> Option<&Chunk> {
        self.chunks.iter().find(|chunk| &chunk.id.0 == id)
    }
}

/// What the first twelve bytes say.
struct Head {
    form: &'static str,
    riff_size: u32,
}

fn head<R: Read + Seek>(input: &mut R) -> Result<Head, Error> {
    let mut bytes = [0u8; 12];
    let held = read_at(input, 0, &mut bytes)?;
    let id: [u8; 4] = [bytes[0], bytes[1], bytes[2], bytes[3]];
    let form = match &id {
        b"RIFF" => "WAV",
        b"RF64" => "RF64",
        b"BW64" => "BW64",
        _ => "",
    };
    if held < 12 || form.is_empty() {
        let found = if held == 0 { "nothing".to_string() } else { FourCc(id).to_string() };
        return Err(Error::NotWave { offset: 0, found, wanted: "'RIFF', 'RF64' or 'BW64'" });
    }
    let kind = FourCc([bytes[8], bytes[9], bytes[10], bytes[11]]);
    if &kind.0 != b"WAVE" {
        return Err(Error::NotWave { offset: 8, found: kind.to_string(), wanted: "'WAVE'" });
    }
    Ok(Head { form, riff_size: u32_at(&bytes, 4) })
}

fn chunk_header<R: Read + Seek>(input: &mut R, offset: u64) -> Result<(FourCc, u32), Error> {
    let mut bytes = [0u8; 8];
    if read_at(input, offset, &mut bytes)? < 8 {
        return Err(Error::malformed(offset, "the file became shorter while it was read"));
    }
    Ok((FourCc([bytes[0], bytes[1], bytes[2], bytes[3]]), u32_at(&bytes, 4)))
}

/// The 64-bit sizes of a ds64 chunk (EBU Tech 3306, section 3.3).
#[derive(Default)]
struct Sizes {
    data: Option<u64>,
    others: Vec<(FourCc, u64)>,
}

impl Sizes {
    fn read<R: Read + Seek>(input: &mut R, chunk: &Chunk) -> Result<Sizes, Error> {
        let bytes = content(input, chunk, 28 + 12 * CHUNK_LIMIT as u64)?;
        if bytes.len() < 24 {
            return Err(Error::malformed(chunk.offset, "the ds64 chunk is too short to hold the sizes"));
        }
        let entries = bytes.get(28..).unwrap_or_default().chunks_exact(12);
        let others = entries.map(|e| (FourCc([e[0], e[1], e[2], e[3]]), u64_at(e, 4))).collect();
        Ok(Sizes { data: Some(u64_at(&bytes, 8)), others })
    }

    fn resolve(&self, id: FourCc, size: u32, offset: u64, file_length: u64, head: &Head) -> Chunk {
        let rest = file_length.saturating_sub(offset);
        let is_data = &id.0 == b"data";
        let elsewhere = if is_data { self.data } else { self.others.iter().find(|o| o.0 == id).map(|o| o.1) };
        let claimed = match elsewhere {
            Some(large) if size == SIZE_ELSEWHERE => large,
            _ => u64::from(size),
        };
        let never_filled = match elsewhere {
            Some(large) if size == SIZE_ELSEWHERE => large == u64::MAX || (large == 0 && rest > 0),
            _ => size == SIZE_ELSEWHERE || (SIZE_OF_A_PIPE.contains(&size) && u64::from(size) > rest),
        };
        // A data size of zero is honest in an empty file; with a head that ends before the data it was never filled.
        let zero =
            size == 0 && rest > 0 && (u64::from(head.riff_size) + 8 < offset || head.riff_size == SIZE_ELSEWHERE);
        let open_ended = is_data && (never_filled || zero);
        let length = if open_ended { rest } else { claimed.min(rest) };
        Chunk { id, offset, length, claimed, open_ended }
    }
}

/// The content of a chunk, at most `limit` bytes of it. Memory grows only as the file really yields bytes.
pub(super) fn content<R: Read + Seek>(input: &mut R, chunk: &Chunk, limit: u64) -> Result<Vec<u8>, Error> {
    input.seek(SeekFrom::Start(chunk.offset)).map_err(Error::io(chunk.offset))?;
    let mut bytes = Vec::new();
    input.take(chunk.length.min(limit)).read_to_end(&mut bytes).map_err(Error::io(chunk.offset))?;
    Ok(bytes)
}

/// Reads as many bytes as there are at `offset`, up to the whole buffer; returns how many.
pub(super) fn read_at<R: Read + Seek>(input: &mut R, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
    input.seek(SeekFrom::Start(offset)).map_err(Error::io(offset))?;
    let mut held = 0;
    while held < buffer.len() {
        match input.read(&mut buffer[held..]) {
            Ok(0) => break,
            Ok(count) => held += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::io(offset + held as u64)(error)),
        }
    }
    Ok(held)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array(bytes, at))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array(bytes, at))
}

/// `N` bytes at `at`; what lies past the end reads as zero.
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0u8; N];
    for (index, byte) in out.iter_mut().enumerate() {
        *byte = bytes.get(at + index).copied().unwrap_or(0);
    }
    out
}
