//! Lists of checksums that lie beside a fileset: written as md5sum writes them, read in every form that programs use.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use md5::{Digest as _, Md5};

/// Longest list that is read.
const MOST_BYTES: u64 = 1 << 20;

/// A checksum of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// Its name.
    pub name: String,
    /// MD5 (32 hexadecimal digits) or CRC-32 (8), in small letters.
    pub digits: String,
}

/// The line of a list: hash, mark of a binary file, name.
pub fn line(name: &str, md5: &str) -> String {
    format!("{md5} *{name}\n")
}

/// Reads the lines of a list: `hash *NAME`, `NAME hash`, `NAME=HASH`, `MD5 (NAME) = hash`. Lines without a checksum
/// are headings.
pub fn parse(text: &str) -> Vec<Sum> {
    text.lines().filter_map(sum_of).collect()
}

fn sum_of(line: &str) -> Option<Sum> {
    let line = line.trim().trim_start_matches('\u{FEFF}');
    let is_sum = |word: &str| matches!(word.len(), 8 | 32) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let ends = |letter: char| letter.is_whitespace() || letter == '=';
    let first = line.split(ends).next().filter(|word| is_sum(word));
    let last = line.rsplit(ends).next().filter(|word| is_sum(word));
    let (digits, rest) = match (first, last) {
        (Some(first), _) => (first, &line[first.len()..]),
        (None, Some(last)) => (last, &line[..line.len() - last.len()]),
        (None, None) => return None,
    };
    let rest = rest.trim_matches(|letter: char| ends(letter) || letter == '*' || letter == ',' || letter == ';');
    let inside = rest.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map_or(rest, |(name, _)| name);
    let name = inside.trim().trim_matches('"').rsplit(['/', '\\']).next().unwrap_or_default();
    (!name.is_empty()).then(|| Sum { name: name.into(), digits: digits.to_ascii_lowercase() })
}

/// The lists of checksums in a folder.
///
/// # Errors
/// The folder cannot be read.
pub fn lists(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_uppercase()).unwrap_or_default();
        let listed = name.ends_with(".MD5") || name.ends_with(".CHK") || name == "CHECKSUM.TXT";
        if listed && path.is_file() && path.metadata()?.len() <= MOST_BYTES {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// MD5 and CRC-32 of a file, as hexadecimal digits.
///
/// # Errors
/// The file cannot be read.
pub fn of_file(path: &Path) -> io::Result<(String, String)> {
    let mut file = fs::File::open(path)?;
    let (mut md5, mut crc) = (Md5::new(), Crc32::default());
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        md5.update(&buffer[..count]);
        crc.update(&buffer[..count]);
    }
    let md5 = md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((md5, format!("{:08x}", crc.finish())))
}

/// CRC-32 of ISO 3309 (as in ZIP).
pub(super) struct Crc32(u32);

impl Default for Crc32 {
    fn default() -> Crc32 {
        Crc32(!0)
    }
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0u32; 256];
    let mut index = 0;
    while index < 256 {
        let (mut value, mut bit) = (index as u32, 0);
        while bit < 8 {
            value = if value & 1 == 1 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
};

impl Crc32 {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = CRC_TABLE[((self.0 ^ u32::from(*byte)) & 0xFF) as usize] ^ (self.0 >> 8);
        }
    }

    pub(super) fn finish(&self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_every_program_are_read() {
        let md5 = "cc92d0f84d8c10bbdadc94aa6717a836";
        let text = format!(
            "[CRC32 Checksum]\r\nDDPID=730DC92D\r\n{md5} *DDPMS\n{md5}  SD\nIMAGE.DAT {}\nMD5 (CDTEXT.BIN) = {md5}\n; a remark\n",
            md5.to_uppercase()
        );
        let sums = parse(&text);
        let names: Vec<_> = sums.iter().map(|sum| (sum.name.as_str(), sum.digits.len())).collect();
        assert_eq!(names, [("DDPID", 8), ("DDPMS", 32), ("SD", 32), ("IMAGE.DAT", 32), ("CDTEXT.BIN", 32)]);
        assert_eq!((sums[0].digits.as_str(), sums[3].digits.as_str()), ("730dc92d", md5));
        assert_eq!(parse(&line("DDPID", md5)), [Sum { name: "DDPID".into(), digits: md5.into() }]);
    }

    #[test]
    fn the_checksum_of_nine_digits_is_known() {
        let mut crc = Crc32::default();
        crc.update(b"12345");
        crc.update(b"6789");
        assert_eq!(crc.finish(), 0xCBF4_3926);
    }
}
