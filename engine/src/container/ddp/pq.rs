//! The PQ descriptor: one packet of 64 bytes per index, from the lead-in to the lead-out.

use super::fault::{Code, Fault};
use super::field::{Record, field, number, text, unprintable};
use crate::unit::{CD_FRAMES_PER_SECOND, CdFrame};

/// Bytes of a packet.
pub(super) const LENGTH: usize = 64;
/// How every packet begins.
const PREAMBLE: &str = "VVVS";

/// Where on the disc a packet belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before the programme (00).
    LeadIn,
    /// A track, 1 to 99.
    Track(u8),
    /// Behind the programme (AA).
    LeadOut,
}

/// The control bits of a track and its copy management.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Control {
    /// Recorded with pre-emphasis of 50/15 us.
    pub pre_emphasis: bool,
    /// Digital copy permitted.
    pub copy_permitted: bool,
    /// A data track.
    pub data: bool,
    /// Four channels.
    pub four_channels: bool,
    /// Serial copy management: the copy bit alternates.
    pub serial_copy: bool,
}

impl Control {
    /// The two characters of the control byte.
    pub fn encode(self) -> String {
        let bits = [self.pre_emphasis, self.copy_permitted, self.data, self.four_channels];
        let nibble = bits.iter().enumerate().map(|(bit, set)| u8::from(*set) << bit).sum::<u8>();
        format!("{nibble:X}{}", if self.serial_copy { 'S' } else { '1' })
    }

    /// Reads the two characters.
    pub fn decode(text: &str) -> Option<Control> {
        let mut letters = text.chars();
        let (nibble, mode) = (letters.next()?.to_digit(16)?, letters.next()?);
        if letters.next().is_some() || !matches!(mode, '1' | 'S') {
            return None;
        }
        let bit = |bit: u32| nibble >> bit & 1 == 1;
        Some(Control {
            pre_emphasis: bit(0),
            copy_permitted: bit(1),
            data: bit(2),
            four_channels: bit(3),
            serial_copy: mode == 'S',
        })
    }
}

/// One packet of the descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Lead-in, track or lead-out.
    pub place: Place,
    /// Index, 0 to 99: 0 is the pause, 1 the start.
    pub index: u8,
    /// A-time: CD frames from the start of the pause before track 1.
    pub at: CdFrame,
    /// Control bits.
    pub control: Control,
    /// ISRC, 12 characters, or empty.
    pub isrc: String,
    /// UPC or EAN, 13 digits, or empty; on the lead-in.
    pub upc: String,
}

impl Point {
    /// A packet without codes.
    pub fn new(place: Place, index: u8, at: CdFrame) -> Point {
        Point { place, index, at, control: Control::default(), isrc: String::new(), upc: String::new() }
    }

    /// The 64 bytes. Times beyond 99:59:74 do not exist on a disc; they keep their last digits and fail the check.
    pub fn encode(&self) -> Vec<u8> {
        let mut record = Record::blank(LENGTH);
        record.text(0, 4, PREAMBLE);
        let track = match self.place {
            Place::LeadIn => "00".into(),
            Place::Track(number) => format!("{number:02}"),
            Place::LeadOut => "AA".into(),
        };
        record.text(4, 2, &track);
        record.text(6, 2, &format!("{:02}", self.index));
        let total = self.at.0.max(0);
        let (minutes, rest) = (total / (60 * CD_FRAMES_PER_SECOND), total % (60 * CD_FRAMES_PER_SECOND));
        record.text(10, 2, &format!("{:02}", minutes % 100));
        record.text(12, 2, &format!("{:02}", rest / CD_FRAMES_PER_SECOND));
        record.text(14, 2, &format!("{:02}", rest % CD_FRAMES_PER_SECOND));
        record.text(16, 2, &self.control.encode());
        record.text(20, 12, &self.isrc);
        record.text(32, 13, &self.upc);
        record.into_bytes()
    }

    /// Reads one packet and notes its faults. `None` where it says no place on the disc.
    fn decode(bytes: &[u8], place: &str, file: &str, faults: &mut Vec<Fault>) -> Option<Point> {
        let mut fail = |code, what: String| faults.push(Fault::fail(code, file, format!("{place}: {what}")));
        if let Some(at) = unprintable(bytes) {
            fail(Code::Ascii, format!("byte {at} is {:#04x}", bytes[at]));
        }
        let preamble = text(bytes, 0, 4);
        if preamble != PREAMBLE {
            fail(Code::PointPreamble, format!("it begins with '{preamble}'"));
        }
        let track = text(bytes, 4, 2);
        let on_disc = match track.as_str() {
            "00" => Some(Place::LeadIn),
            "AA" => Some(Place::LeadOut),
            _ => two_digits(bytes, 4).map(Place::Track),
        };
        if on_disc.is_none() {
            fail(Code::PointTrack, format!("'{track}' is no track"));
        }
        let index = two_digits(bytes, 6);
        if index.is_none() {
            fail(Code::PointIndex, format!("'{}' is no index", text(bytes, 6, 2)));
        }
        let at = time(bytes);
        if at.is_none() {
            fail(Code::PointTime, format!("'{}' is no time", text(bytes, 8, 8)));
        }
        let control = Control::decode(&text(bytes, 16, 2));
        if control.is_none() {
            fail(Code::PointControl, format!("'{}' is no control byte", text(bytes, 16, 2)));
        }
        let (isrc, upc) = (text(bytes, 20, 12), text(bytes, 32, 13));
        let control = control.unwrap_or_default();
        Some(Point { place: on_disc?, index: index?, at: at?, control, isrc, upc })
    }
}

fn two_digits(bytes: &[u8], offset: usize) -> Option<u8> {
    match field(bytes, offset, 2) {
        [tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit() => Some((tens - b'0') * 10 + ones - b'0'),
        _ => None,
    }
}

/// Hours (blank or a number), minutes, seconds below 60, frames below 75.
fn time(bytes: &[u8]) -> Option<CdFrame> {
    let hours = number(bytes, 8, 2).ok()?.unwrap_or(0) as i64;
    let part = |offset| two_digits(bytes, offset).map(i64::from);
    let (minutes, seconds, frames) = (part(10)?, part(12)?, part(14)?);
    let fits = seconds < 60 && frames < CD_FRAMES_PER_SECOND;
    fits.then_some(CdFrame(((hours * 60 + minutes) * 60 + seconds) * CD_FRAMES_PER_SECOND + frames))
}

/// Reads a PQ descriptor and notes its faults.
pub(super) fn decode(bytes: &[u8], file: &str, faults: &mut Vec<Fault>) -> Vec<Point> {
    if bytes.is_empty() || !bytes.len().is_multiple_of(LENGTH) {
        faults.push(Fault::fail(Code::PointLength, file, format!("{} bytes are no whole packets of 64", bytes.len())));
    }
    let packets = bytes.chunks_exact(LENGTH).enumerate();
    packets.filter_map(|(index, bytes)| Point::decode(bytes, &format!("packet {}", index + 1), file, faults)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_bits_read_as_they_are_written() {
        for (text, bits) in [("01", 0u8), ("11", 1), ("21", 2), ("41", 4), ("81", 8), ("B1", 11)] {
            let control = Control::decode(text).unwrap();
            assert_eq!(control.encode(), text);
            let set = [control.pre_emphasis, control.copy_permitted, control.data, control.four_channels];
            assert_eq!(set.iter().enumerate().map(|(bit, set)| u8::from(*set) << bit).sum::<u8>(), bits);
        }
        assert!(Control::decode("0S").unwrap().serial_copy);
        for bad in ["", "1", "G1", "02", "011"] {
            assert_eq!(Control::decode(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_are_decimal_and_bounded() {
        let mut bytes = Point::new(Place::Track(7), 1, CdFrame(61 * 75 + 74)).encode();
        assert_eq!(&bytes[..18], b"VVVS0701  01017401");
        let read = |bytes: &[u8]| decode(bytes, "PQ", &mut Vec::new()).first().map(|point| point.at);
        assert_eq!(read(&bytes), Some(CdFrame(61 * 75 + 74)));
        bytes[14..16].copy_from_slice(b"75");
        assert_eq!(read(&bytes), None);
        bytes[14..16].copy_from_slice(b"00");
        bytes[8..10].copy_from_slice(b"00");
        assert_eq!(read(&bytes), Some(CdFrame(61 * 75)));
    }
}
