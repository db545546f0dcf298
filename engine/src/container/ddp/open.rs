//! Opening a fileset of any program: everything that can be understood is, and what is wrong is remembered.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::cdtext::CdText;
use super::fault::{Code, Fault};
use super::image::{Image, Piece};
use super::map::{Packet, Stream};
use super::{Disc, FIRST_PAUSE, Identity, Names, Point, SECTOR_BYTES, cdtext, map, pq};

/// Longest descriptor that is read: 99 tracks of 99 indices need 640 kB.
const MOST_BYTES: u64 = 1 << 20;

/// A fileset as it lies on the disk.
#[derive(Debug, Clone)]
pub struct Fileset {
    /// Its folder.
    pub folder: PathBuf,
    /// DDPID.
    pub identity: Identity,
    /// DDPMS.
    pub map: Vec<Packet>,
    /// PQ descriptor, packet by packet.
    pub points: Vec<Point>,
    /// What the PQ descriptor says.
    pub disc: Disc,
    /// CD-Text.
    pub text: Option<CdText>,
    /// The sectors.
    pub image: Image,
    /// What was found wrong while reading the descriptors and laying out the image.
    pub faults: Vec<Fault>,
    /// Name of the PQ descriptor.
    pub points_name: String,
    /// Name of the CD-Text.
    pub text_name: String,
}

/// Why a folder is no fileset.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither DDPID nor DDPMS.
    #[error("{}: no DDP fileset: it has neither DDPID nor DDPMS", .0.display())]
    NotAFileset(PathBuf),
    /// The disk.
    #[error("{}: cannot be read: {cause}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

impl Fileset {
    /// Whether a folder holds a fileset.
    pub fn is_at(folder: &Path) -> bool {
        folder.is_dir() && (folder.join(Names::ID).is_file() || folder.join(Names::MAP).is_file())
    }

    /// Opens the fileset in `folder`; a path to its DDPID or DDPMS stands for the folder.
    ///
    /// # Errors
    /// The folder holds no fileset, or the disk fails.
    pub fn open(path: &Path) -> Result<Fileset, OpenError> {
        let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
        let not = || OpenError::NotAFileset(path.to_path_buf());
        let entries = fs::read_dir(folder).map_err(|_| not())?;
        let names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        let mut opening = Opening { folder, names, faults: Vec::new() };
        let (id, map) = (opening.fixed(Names::ID, Code::IdMissing)?, opening.fixed(Names::MAP, Code::MapMissing)?);
        if id.is_none() && map.is_none() {
            return Err(not());
        }
        let identity = id.map(|bytes| Identity::decode(&bytes, Names::ID, &mut opening.faults)).unwrap_or_default();
        let packets = map.map(|bytes| map::decode(&bytes, Names::MAP, &mut opening.faults)).unwrap_or_default();
        let (points, points_name) = opening.descriptor(&packets, Stream::Points)?;
        let points = points.map(|bytes| pq::decode(&bytes, &points_name, &mut opening.faults)).unwrap_or_default();
        let (text, text_name) = opening.descriptor(&packets, Stream::Text)?;
        let text = text.map(|bytes| cdtext::decode(&bytes, &text_name, &mut opening.faults));
        let disc = Disc::from_points(&points);
        let image = opening.image(&packets);
        let Opening { faults, .. } = opening;
        let folder = folder.to_path_buf();
        let map = packets;
        Ok(Fileset { folder, identity, map, points, disc, text, image, faults, points_name, text_name })
    }

    /// The names of every file of the set that the map leads to, DDPID and DDPMS first.
    pub fn files(&self) -> Vec<String> {
        let mut names = vec![Names::ID.to_string(), Names::MAP.to_string()];
        for packet in &self.map {
            if !packet.name.is_empty() && !names.contains(&packet.name) {
                names.push(packet.name.clone());
            }
        }
        names
    }
}

struct Opening<'a> {
    folder: &'a Path,
    /// What lies in the folder.
    names: Vec<String>,
    faults: Vec<Fault>,
}

impl Opening<'_> {
    /// The file called `name`, in whatever case.
    fn find(&mut self, name: &str, named_by: &str) -> Option<PathBuf> {
        let plain = !name.contains(['/', '\\']) && !name.starts_with('.');
        let exact = self.names.iter().find(|known| *known == name);
        let found = exact.or_else(|| self.names.iter().find(|known| known.eq_ignore_ascii_case(name))).cloned();
        let found = found.filter(|_| plain)?;
        if found != name {
            let said = format!("'{name}' is called '{found}': readers that mind the case do not find it");
            self.faults.push(Fault::warn(Code::MapName, named_by, said));
        }
        Some(self.folder.join(found)).filter(|path| path.is_file())
    }

    fn fixed(&mut self, name: &str, missing: Code) -> Result<Option<Vec<u8>>, OpenError> {
        let Some(path) = self.find(name, name) else {
            self.faults.push(Fault::fail(missing, name, "the file is not there"));
            return Ok(None);
        };
        read(&path).map(Some)
    }

    /// The bytes of the first stream of a kind, and its name.
    fn descriptor(&mut self, packets: &[Packet], stream: Stream) -> Result<(Option<Vec<u8>>, String), OpenError> {
        let mut named = packets.iter().filter(|packet| packet.stream() == stream && !packet.name.is_empty());
        let Some(packet) = named.next() else { return Ok((None, String::new())) };
        let Some(path) = self.find(&packet.name, Names::MAP) else {
            let said = format!("the map names '{}', which is not there", packet.name);
            self.faults.push(Fault::fail(Code::FileMissing, &packet.name, said));
            return Ok((None, packet.name.clone()));
        };
        let mut bytes = read(&path)?;
        bytes.drain(..(packet.offset.unwrap_or(0).min(bytes.len() as u64)) as usize);
        if let Some(length) = packet.length.filter(|length| *length != bytes.len() as u64) {
            let said = format!("the map gives '{}' {length} bytes, it has {}", packet.name, bytes.len());
            self.faults.push(Fault::fail(Code::MapSize, Names::MAP, said));
        }
        Ok((Some(bytes), packet.name.clone()))
    }

    /// Lays the data streams end to end.
    fn image(&mut self, packets: &[Packet]) -> Image {
        let mut pieces: Vec<Piece> = Vec::new();
        for packet in packets.iter().filter(|packet| packet.stream() == Stream::Data && !packet.name.is_empty()) {
            let after = pieces.last().map(|piece| piece.start + piece.sectors);
            let start = match (after, packet.start) {
                // Only the first may say where it begins: at the disc's start, or behind the pause it leaves out.
                (None, Some(start)) if start == FIRST_PAUSE as u64 => start,
                (None, _) => 0,
                (Some(after), _) => after,
            };
            if let Some(piece) = self.piece(packet, start) {
                pieces.push(piece);
            }
        }
        Image { pieces }
    }

    fn piece(&mut self, packet: &Packet, start: u64) -> Option<Piece> {
        let name = packet.name.as_str();
        let Some(path) = self.find(name, Names::MAP) else {
            self.faults.push(Fault::fail(
                Code::FileMissing,
                name,
                format!("the map names '{name}', which is not there"),
            ));
            return None;
        };
        let offset = packet.offset.unwrap_or(0);
        let held = path.metadata().map_or(0, |metadata| metadata.len()).saturating_sub(offset);
        let sectors = held / SECTOR_BYTES;
        if held % SECTOR_BYTES != 0 {
            let said = format!("{held} bytes are {sectors} sectors and {} bytes", held % SECTOR_BYTES);
            self.faults.push(Fault::fail(Code::ImageAlign, name, said));
        }
        let stated = packet.length.unwrap_or(sectors);
        let shared = packet.offset.is_some();
        if stated > sectors || (stated < sectors && !shared) {
            let said = format!("the map states {stated} sectors, the file holds {sectors}");
            self.faults.push(Fault::fail(Code::ImageLength, name, said));
        }
        Some(Piece { path, offset, start, sectors: stated.min(sectors) })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, OpenError> {
    let failed = |cause| OpenError::Io { path: path.to_path_buf(), cause };
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(failed)?.take(MOST_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
