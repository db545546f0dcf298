//! The descriptors of a fileset, from a disc.

use super::cdtext::CdText;
use super::id::Identity;
use super::map::Packet;
use super::{Disc, cdtext};

/// File names of a fileset. Only DDPID and DDPMS are fixed; the others are those most programs use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names;

impl Names {
    /// Identity.
    pub const ID: &str = "DDPID";
    /// Map.
    pub const MAP: &str = "DDPMS";
    /// PQ descriptor.
    pub const POINTS: &str = "PQDESCR";
    /// CD-Text.
    pub const TEXT: &str = "CDTEXT.BIN";
    /// Image.
    pub const IMAGE: &str = "IMAGE.DAT";
    /// Checksums, no part of the format.
    pub const SUMS: &str = "CHECKSUM.MD5";
}

/// The descriptors of a fileset whose image is `IMAGE.DAT` with the first pause in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptors {
    /// DDPID.
    pub id: Vec<u8>,
    /// DDPMS.
    pub map: Vec<u8>,
    /// PQ descriptor.
    pub points: Vec<u8>,
    /// CD-Text packs, where there are texts.
    pub text: Option<Vec<u8>>,
}

impl Descriptors {
    /// Builds the descriptors. `master` is the id the plant knows the disc by.
    ///
    /// # Errors
    /// Texts that fill more packs than a block may have.
    pub fn new(disc: &Disc, text: Option<&CdText>, master: &str) -> Result<Descriptors, cdtext::TooLong> {
        let points: Vec<u8> = disc.points().iter().flat_map(super::Point::encode).collect();
        let text = text.map(CdText::encode).transpose()?.filter(|packs| !packs.is_empty());
        let pause = disc.tracks.first().map_or(0, |track| track.start().0.max(0) as u64);
        let mut packets = Vec::new();
        if let Some(text) = &text {
            packets.push(Packet::descriptor("CDTEXT", Names::TEXT, text.len() as u64));
        }
        packets.push(Packet::descriptor("PQ DESCR", Names::POINTS, points.len() as u64));
        packets.push(Packet::image(Names::IMAGE, disc.lead_out.0.max(0) as u64, pause));
        Ok(Descriptors {
            id: Identity::disc(&disc.upc, master).encode(),
            map: packets.iter().flat_map(Packet::encode).collect(),
            points,
            text,
        })
    }

    /// The files with their names, in the order in which plants list them.
    pub fn files(&self) -> Vec<(&'static str, &[u8])> {
        let mut files = vec![(Names::ID, &self.id[..]), (Names::MAP, &self.map[..])];
        files.extend(self.text.iter().map(|text| (Names::TEXT, &text[..])));
        files.push((Names::POINTS, &self.points[..]));
        files
    }
}
