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

impl Picture {
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
