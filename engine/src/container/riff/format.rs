use super::Error;
use super::chunk::{u16_at, u32_at};
use crate::audio::Layout;
use crate::unit::SampleRate;

const TAG_PCM: u16 = 1;
const TAG_FLOAT: u16 = 3;
const TAG_EXTENSIBLE: u16 = 0xFFFE;
/// The last 14 bytes of the sub-format GUIDs that wrap a plain format tag.
const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
/// More than any converter has (DSD512 is 22.6 MHz, but not PCM); a bound against made-up headers.
const RATE_LIMIT: u32 = 3_072_000;
const CHANNEL_LIMIT: u16 = 64;

/// How one sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// 8-bit unsigned, silence at 128.
    Int8,
    /// 16-bit signed.
    Int16,
    /// 24-bit signed, three bytes.
    Int24,
    /// 32-bit signed.
    Int32,
    /// 32-bit IEEE float, full scale at ±1.
    Float32,
    /// 64-bit IEEE float, full scale at ±1.
    Float64,
}

impl Encoding {
    /// Bytes of one sample.
    pub fn bytes(self) -> usize {
        match self {
            Encoding::Int8 => 1,
            Encoding::Int16 => 2,
            Encoding::Int24 => 3,
            Encoding::Int32 | Encoding::Float32 => 4,
            Encoding::Float64 => 8,
        }
    }

    /// Bits of one sample.
    pub fn bits(self) -> u8 {
        self.bytes() as u8 * 8
    }

    /// Whether samples are floats.
    pub fn is_float(self) -> bool {
        matches!(self, Encoding::Float32 | Encoding::Float64)
    }

    /// The integer coding of `bits` bits (8, 16, 24 or 32).
    pub fn integer(bits: u8) -> Option<Encoding> {
        match bits {
            8 => Some(Encoding::Int8),
            16 => Some(Encoding::Int16),
            24 => Some(Encoding::Int24),
            32 => Some(Encoding::Int32),
            _ => None,
        }
    }

    /// Full scale in steps of the integer coding (2^(bits−1)); 1 for floats.
    pub fn full_scale(self) -> f64 {
        if self.is_float() { 1.0 } else { (1u64 << (self.bits() - 1)) as f64 }
    }
}

/// What the `fmt ` chunk says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// How samples are stored.
    pub encoding: Encoding,
    /// Bits that carry the signal: fewer than the storage where a file says so (20 in 24).
    pub valid_bits: u8,
    /// Frames per second.
    pub rate: SampleRate,
    /// Number of channels, 1 to 64.
    pub channels: u16,
    /// Speaker positions of WAVE_FORMAT_EXTENSIBLE; 0 where there are none.
    pub speakers: u32,
}

impl Format {
    /// A format with the usual speakers of a layout.
    pub fn new(encoding: Encoding, rate: SampleRate, layout: Layout) -> Format {
        let speakers = speakers(layout);
        Format { encoding, valid_bits: encoding.bits(), rate, channels: layout.channels() as u16, speakers }
    }

    /// Bytes of one frame.
    pub fn frame_bytes(&self) -> usize {
        usize::from(self.channels) * self.encoding.bytes()
    }

    /// The layout: by the speakers where they are one we know, else by the number of channels.
    pub fn layout(&self) -> Layout {
        let usual = Layout::of_channels(usize::from(self.channels));
        // 5.1 with side instead of rear surrounds, and 7.1 "wide", are other masks for as many channels.
        let known = self.speakers == 0 || self.speakers == speakers(usual) || self.speakers == 0x60F;
        let flat = self.speakers.count_ones() == 0;
        if known || flat || self.channels <= 2 { usual } else { Layout::Discrete(self.channels as u8) }
    }

    /// Reads the content of a `fmt ` chunk that lies at `offset`.
    pub(super) fn parse(bytes: &[u8], offset: u64) -> Result<Format, Error> {
        if bytes.len() < 16 {
            return Err(Error::malformed(offset, format!("the fmt chunk has {} bytes, 16 are needed", bytes.len())));
        }
        let (tag, sub_valid, speakers) = tag(bytes, offset)?;
        let channels = u16_at(bytes, 2);
        let rate = u32_at(bytes, 4);
        let bits = u16_at(bytes, 14);
        if channels == 0 || channels > CHANNEL_LIMIT {
            return Err(Error::malformed(offset + 2, format!("{channels} channels (1 to {CHANNEL_LIMIT} are read)")));
        }
        if rate == 0 || rate > RATE_LIMIT {
            return Err(Error::malformed(offset + 4, format!("a sample rate of {rate} Hz")));
        }
        let encoding = encoding(tag, bits, offset)?;
        let format = Format {
            encoding,
            valid_bits: valid_bits(bits, sub_valid, encoding),
            rate: SampleRate(rate),
            channels,
            speakers,
        };
        let align = u16_at(bytes, 12);
        if usize::from(align) != format.frame_bytes() {
            let wanted = format.frame_bytes();
            return Err(Error::malformed(
                offset + 12,
                format!("{align} bytes a frame are claimed, but {channels} channels of {bits} bits make {wanted}"),
            ));
        }
        Ok(format)
    }

    /// The content of a `fmt ` chunk. Up to two channels the plain form is written, which every reader accepts;
    /// above that the extensible form, which says where the channels belong.
    pub(super) fn encode(&self) -> Vec<u8> {
        let plain = if self.encoding.is_float() { TAG_FLOAT } else { TAG_PCM };
        let extensible = self.channels > 2 || self.valid_bits != self.encoding.bits();
        let align = self.frame_bytes() as u16;
        let mut out = Vec::with_capacity(40);
        out.extend((if extensible { TAG_EXTENSIBLE } else { plain }).to_le_bytes());
        out.extend(self.channels.to_le_bytes());
        out.extend(self.rate.0.to_le_bytes());
        out.extend(self.rate.0.wrapping_mul(u32::from(align)).to_le_bytes());
        out.extend(align.to_le_bytes());
        out.extend(u16::from(self.encoding.bits()).to_le_bytes());
        if extensible {
            out.extend(22u16.to_le_bytes());
            out.extend(u16::from(self.valid_bits).to_le_bytes());
            out.extend(self.speakers.to_le_bytes());
            out.extend(plain.to_le_bytes());
            out.extend(GUID_TAIL);
        }
        out
    }
}

/// Format tag, valid bits and speakers, looked up in the extension where there is one.
fn tag(bytes: &[u8], offset: u64) -> Result<(u16, u16, u32), Error> {
    let tag = u16_at(bytes, 0);
    if tag != TAG_EXTENSIBLE {
        return Ok((tag, 0, 0));
    }
    if bytes.len() < 40 {
        return Err(Error::malformed(offset, "the extensible fmt chunk is too short"));
    }
    if bytes[26..40] != GUID_TAIL {
        return Err(Error::Unsupported { offset: offset + 24, what: "a sub-format that is not PCM or float".into() });
    }
    Ok((u16_at(bytes, 24), u16_at(bytes, 18), u32_at(bytes, 20)))
}

fn encoding(tag: u16, bits: u16, offset: u64) -> Result<Encoding, Error> {
    match (tag, bits) {
        (TAG_PCM, 1..=32) => Ok(match bits.div_ceil(8) {
            1 => Encoding::Int8,
            2 => Encoding::Int16,
            3 => Encoding::Int24,
            _ => Encoding::Int32,
        }),
        (TAG_FLOAT, 32) => Ok(Encoding::Float32),
        (TAG_FLOAT, 64) => Ok(Encoding::Float64),
        _ => Err(Error::Unsupported { offset, what: format!("format tag {tag:#06x} with {bits} bits") }),
    }
}

fn valid_bits(bits: u16, sub_valid: u16, encoding: Encoding) -> u8 {
    let storage = encoding.bits();
    let claimed = if sub_valid != 0 { sub_valid } else { bits };
    if claimed == 0 || claimed > u16::from(storage) { storage } else { claimed as u8 }
}

/// The speaker mask of a layout (Microsoft, dwChannelMask).
fn speakers(layout: Layout) -> u32 {
    match layout {
        Layout::Mono => 0x4,
        Layout::Stereo => 0x3,
        Layout::Surround51 => 0x3F,
        Layout::Surround71 => 0x63F,
        Layout::Surround714 => 0x2D63F,
        Layout::Discrete(_) => 0,
    }
}
