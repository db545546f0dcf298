//! The broadcast extension chunk: EBU Tech 3285 version 2 (May 2011).

use super::chunk::{u16_at, u32_at};
use crate::container::text;
use crate::unit::{Dbtp, Frames, Lu, Lufs};

/// Bytes before the coding history.
const FIXED: usize = 602;
/// "Not measured" in a loudness field.
const NO_VALUE: i16 = 0x7FFF;

/// The content of a `bext` chunk. Text is ASCII in the file; longer text than a field holds is cut when written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bext {
    /// 0, 1 or 2. Loudness fields need 2.
    pub version: u16,
    /// Free description, 256 characters.
    pub description: String,
    /// Who made the file, 32 characters.
    pub originator: String,
    /// The originator's own reference, 32 characters.
    pub originator_reference: String,
    /// `yyyy-mm-dd`.
    pub date: String,
    /// `hh:mm:ss`.
    pub time: String,
    /// First frame since midnight.
    pub time_reference: Frames,
    /// SMPTE UMID (ST 330), zeros where unused.
    pub umid: Umid,
    /// Integrated loudness.
    pub integrated: Option<Lufs>,
    /// Loudness range.
    pub range: Option<Lu>,
    /// Highest true peak.
    pub true_peak: Option<Dbtp>,
    /// Highest momentary loudness.
    pub momentary_max: Option<Lufs>,
    /// Highest short-term loudness.
    pub short_term_max: Option<Lufs>,
    /// One line for each generation of coding (EBU R 98), each ended by CR LF.
    pub coding_history: String,
}

/// The 64 bytes of a SMPTE UMID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Umid(pub [u8; 64]);

impl Default for Umid {
    fn default() -> Umid {
        Umid([0; 64])
    }
}

impl Bext {
    /// Reads the content of a chunk; `None` where it is shorter than its fixed part up to the version.
    pub fn parse(bytes: &[u8]) -> Option<Bext> {
        if bytes.len() < 348 {
            return None;
        }
        let version = u16_at(bytes, 346);
        let mut umid = [0u8; 64];
        if version >= 1 {
            let held = bytes.get(348..412).unwrap_or_default();
            umid[..held.len()].copy_from_slice(held);
        }
        let loudness = |at: usize| {
            let value = u16_at(bytes, at) as i16;
            (version >= 2 && bytes.len() >= at + 2 && value != NO_VALUE).then(|| f64::from(value) / 100.0)
        };
        Some(Bext {
            version,
            description: text::decode(&bytes[..256]),
            originator: text::decode(&bytes[256..288]),
            originator_reference: text::decode(&bytes[288..320]),
            date: text::decode(&bytes[320..330]),
            time: text::decode(&bytes[330..338]),
            time_reference: Frames(u64::from(u32_at(bytes, 338)) | u64::from(u32_at(bytes, 342)) << 32),
            umid: Umid(umid),
            integrated: loudness(412).map(Lufs),
            range: loudness(414).map(Lu),
            true_peak: loudness(416).map(Dbtp),
            momentary_max: loudness(418).map(Lufs),
            short_term_max: loudness(420).map(Lufs),
            coding_history: text::decode(bytes.get(FIXED..).unwrap_or_default()),
        })
    }

    /// The content of the chunk, an even number of bytes. Loudness is rounded to hundredths.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(FIXED + self.coding_history.len() + 2);
        for (value, width) in [
            (&self.description, 256),
            (&self.originator, 32),
            (&self.originator_reference, 32),
            (&self.date, 10),
            (&self.time, 8),
        ] {
            let mut field = text::ascii(value).into_bytes();
            field.resize(width, 0);
            out.extend(field);
        }
        out.extend(self.time_reference.0.to_le_bytes());
        out.extend(self.version.to_le_bytes());
        out.extend(self.umid.0);
        for value in [
            self.integrated.map(Lufs::value),
            self.range.map(Lu::value),
            self.true_peak.map(Dbtp::value),
            self.momentary_max.map(Lufs::value),
            self.short_term_max.map(Lufs::value),
        ] {
            out.extend(hundredths(value).unwrap_or(if self.version >= 2 { NO_VALUE } else { 0 }).to_le_bytes());
        }
        out.resize(FIXED, 0);
        for line in self.coding_history.lines() {
            out.extend(text::ascii(line).bytes());
            out.extend(b"\r\n");
        }
        if out.len() & 1 == 1 {
            out.push(0);
        }
        out
    }
}

/// A loudness in hundredths, where it fits the field.
fn hundredths(value: Option<f64>) -> Option<i16> {
    let scaled = (value? * 100.0).round();
    (scaled.is_finite() && scaled.abs() < f64::from(NO_VALUE)).then_some(scaled as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broadcast_chunk_survives_the_trip() {
        let bext = Bext {
            version: 2,
            description: "Side A".into(),
            originator: "Lacquer".into(),
            originator_reference: "LQ-0001".into(),
            date: "2026-01-02".into(),
            time: "03:04:05".into(),
            time_reference: Frames(0x1_2345_6789),
            umid: Umid([7; 64]),
            integrated: Some(Lufs(-14.02)),
            range: Some(Lu(6.5)),
            true_peak: Some(Dbtp(-1.0)),
            momentary_max: None,
            short_term_max: Some(Lufs(-11.3)),
            coding_history: "A=PCM,F=44100,W=24,M=stereo,T=Lacquer".into(),
        };
        let bytes = bext.encode();
        assert_eq!(bytes.len() % 2, 0);
        assert_eq!(Bext::parse(&bytes), Some(bext));
        assert_eq!(Bext::parse(&bytes[..300]), None);
        assert!(Bext::parse(&bytes[..413]).is_some());
    }
}
