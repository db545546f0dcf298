//! The metadata blocks: Vorbis comments (RFC 9639, section 8.6) and pictures (section 8.8).

/// Block type of comments.
pub(super) const COMMENT: u8 = 4;
/// Block type of pictures.
pub(super) const PICTURE: u8 = 6;
/// A block's length has 24 bits.
const MOST_BYTES: usize = (1 << 24) - 1;
/// Picture type: front cover.
const FRONT_COVER: u32 = 3;

/// A picture as it lies in its own file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/jpeg` or `image/png`.
    pub mime: String,
    /// Pixels across, 0 where unknown.
    pub width: u32,
    /// Pixels down, 0 where unknown.
    pub height: u32,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// The first bytes of a PNG file (ISO/IEC 15948, section 5.2).
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

impl Picture {
    /// A JPEG or PNG file as a picture, its size read from its header; `None` where it is neither.
    pub fn from_file(data: Vec<u8>) -> Option<Picture> {
        if data.starts_with(PNG) && data.get(12..16) == Some(b"IHDR") {
            let number =
                |at: usize| data.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
            let (width, height) = (number(16)?, number(20)?);
            return Some(Picture { mime: "image/png".into(), width, height, data });
        }
        let (width, height) = jpeg_size(&data)?;
        Some(Picture { mime: "image/jpeg".into(), width, height, data })
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, String> {
        let mut out = Vec::with_capacity(self.data.len() + 64);
        out.extend(FRONT_COVER.to_be_bytes());
        out.extend((self.mime.len() as u32).to_be_bytes());
        out.extend(self.mime.as_bytes());
        out.extend(0_u32.to_be_bytes());
        out.extend(self.width.to_be_bytes());
        out.extend(self.height.to_be_bytes());
        // Colour depth and number of colours: not said.
        out.extend([0; 8]);
        let length = u32::try_from(self.data.len()).map_err(|_| "a picture of more than 16 MB".to_string())?;
        out.extend(length.to_be_bytes());
        out.extend(&self.data);
        match out.len() {
            0..=MOST_BYTES => Ok(out),
            _ => Err("a picture of more than 16 MB".into()),
        }
    }
}

/// Width and height of a JPEG file: its first frame header (ITU-T T.81, section B.2.2).
fn jpeg_size(data: &[u8]) -> Option<(u32, u32)> {
    if !data.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return None;
    }
    let short = |at: usize| data.get(at..at + 2).map(|two| u32::from(u16::from_be_bytes([two[0], two[1]])));
    let mut at = 2;
    loop {
        let [0xFF, marker] = data.get(at..at + 2)? else { return None };
        match marker {
            // Every frame header but the markers of tables that share its row (DHT, JPG, DAC).
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => return Some((short(at + 7)?, short(at + 5)?)),
            0xFF => at += 1,
            _ => at += 2 + short(at + 2)? as usize,
        }
    }
}

/// The four bytes before a block.
pub(super) fn header(kind: u8, length: usize, last: bool) -> [u8; 4] {
    let mut header = (length as u32).to_be_bytes();
    header[0] = kind | if last { 0x80 } else { 0 };
    header
}

/// Comments with the name of the program; lengths are little-endian here, unlike everywhere else in FLAC.
pub(super) fn encode(comments: &[(String, String)]) -> Result<Vec<u8>, String> {
    let vendor = concat!("Lacquer ", env!("CARGO_PKG_VERSION"));
    let mut out = Vec::new();
    out.extend((vendor.len() as u32).to_le_bytes());
    out.extend(vendor.as_bytes());
    out.extend((comments.len() as u32).to_le_bytes());
    for (name, value) in comments {
        let plain = |byte: u8| (0x20..=0x7D).contains(&byte) && byte != b'=';
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(format!("a comment called '{name}'"));
        }
        let text = format!("{name}={value}");
        out.extend((text.len() as u32).to_le_bytes());
        out.extend(text.as_bytes());
    }
    match out.len() {
        0..=MOST_BYTES => Ok(out),
        _ => Err("more than 16 MB of comments".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_header_and_nothing_else_is_one() {
        let mut png = PNG.to_vec();
        png.extend(13_u32.to_be_bytes());
        png.extend(b"IHDR");
        png.extend([0, 0, 2, 88, 0, 0, 1, 44]);
        let read = Picture::from_file(png).unwrap();
        assert_eq!((read.mime.as_str(), read.width, read.height), ("image/png", 600, 300));
        let mut jpeg = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC2, 0, 17, 8];
        jpeg.extend([0, 100, 0, 200, 3]);
        let read = Picture::from_file(jpeg.clone()).unwrap();
        assert_eq!((read.mime.as_str(), read.width, read.height), ("image/jpeg", 200, 100));
        for length in 0..jpeg.len() - 1 {
            assert_eq!(Picture::from_file(jpeg[..length.min(14)].to_vec()), None);
        }
        assert_eq!(Picture::from_file(b"GIF89a".to_vec()), None);
    }
}
