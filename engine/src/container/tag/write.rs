//! One table of metadata written in every container's words: ID3v2.4 (MP3), the item list of MP4, Vorbis comments (Ogg
//! Vorbis, Opus). The only file that knows the lofty crate; FLAC files get their comments from their own writer.
//!
//! Names go by Vorbis comments (xiph.org); what ID3 and MP4 call them follows id3.org and Apple's item list as taggers
//! (Picard, Mp3tag, foobar2000) write it.

use std::fs::File;
use std::path::{Path, PathBuf};

use lofty::TextEncoding;
use lofty::config::{ParseOptions, WriteOptions};
use lofty::file::AudioFile;
use lofty::flac::FlacFile;
use lofty::id3::v2::{AttachedPictureFrame, CommentFrame, Frame, FrameId, Id3v2Tag, TextInformationFrame};
use lofty::mp4::{Atom, AtomData, AtomIdent, Ilst, Mp4File};
use lofty::mpeg::MpegFile;
use lofty::ogg::tag::VorbisComments;
use lofty::ogg::{OggPictureStorage, OpusFile, VorbisFile};
use lofty::picture::{MimeType, PictureInformation, PictureType};
use lofty::prelude::{Accessor, TagExt};

use crate::container::flac::Picture;

/// Where MP4 keeps what its list has no item for.
const ITUNES: &str = "com.apple.iTunes";
/// The language of remarks for programs.
const ENGLISH: [u8; 3] = *b"eng";
/// Remarks that players look for by name in ID3, where all else of theirs is a text of its own.
const ID3_COMMENTS: [&str; 1] = ["iTunNORM"];

/// A name of Vorbis comments: frame of ID3v2.4, item of MP4. What is not in the table gets its own name in both.
const NAMES: [(&str, &str, &[u8; 4]); 11] = [
    ("TITLE", "TIT2", b"\xa9nam"),
    ("ARTIST", "TPE1", b"\xa9ART"),
    ("ALBUM", "TALB", b"\xa9alb"),
    ("ALBUMARTIST", "TPE2", b"aART"),
    ("DATE", "TDRC", b"\xa9day"),
    ("GENRE", "TCON", b"\xa9gen"),
    ("COMPOSER", "TCOM", b"\xa9wrt"),
    ("COPYRIGHT", "TCOP", b"cprt"),
    ("ISRC", "TSRC", b"----"),
    ("LYRICIST", "TEXT", b"----"),
    ("LABEL", "TPUB", b"----"),
];

/// Why a file has no tags.
#[derive(Debug, thiserror::Error)]
pub enum TagError {
    /// Its extension says no container that is written here.
    #[error("{}: no container that tags are written to (mp3, m4a, ogg, opus)", .0.display())]
    Container(PathBuf),
    /// It cannot be read or written.
    #[error("{}: its tags cannot be written: {cause}; the audio in it is not touched", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
}

fn failed<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> TagError + '_ {
    move |cause| TagError::File { path: path.to_path_buf(), cause: cause.to_string() }
}

/// Writes the table and the front cover into a finished file, by its extension. What the encoder wrote for players
/// (its name, delay and padding) stays.
///
/// # Errors
/// Another container, or a file that cannot be read or written.
pub fn write(path: &Path, comments: &[(String, String)], picture: Option<&Picture>) -> Result<(), TagError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension {
        "mp3" => write_id3(path, comments, picture),
        "m4a" => write_mp4(path, comments, picture),
        "ogg" => {
            let read = VorbisFile::read_from(&mut open(path)?, ParseOptions::new()).map_err(failed(path))?;
            write_vorbis(path, read.vorbis_comments().clone(), comments, picture)
        }
        "opus" => {
            let read = OpusFile::read_from(&mut open(path)?, ParseOptions::new()).map_err(failed(path))?;
            write_vorbis(path, read.vorbis_comments().clone(), comments, picture)
        }
        _ => Err(TagError::Container(path.to_path_buf())),
    }
}

fn open(path: &Path) -> Result<File, TagError> {
    File::open(path).map_err(failed(path))
}

fn value<'a>(comments: &'a [(String, String)], name: &str) -> Option<&'a str> {
    comments.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
}

/// Whether a name is part of a pair that is written as one.
fn is_number(name: &str) -> bool {
    matches!(name, "TRACKNUMBER" | "TRACKTOTAL")
}

/// Whether ID3 takes a date (id3.org, ID3v2.4.0 structure, section 4: yyyy, yyyy-MM, yyyy-MM-dd).
fn is_timestamp(text: &str) -> bool {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = text.split('-');
    parts.next().is_some_and(|year| digits(year, 4)) && parts.clone().count() <= 2 && parts.all(|part| digits(part, 2))
}

fn write_id3(path: &Path, comments: &[(String, String)], picture: Option<&Picture>) -> Result<(), TagError> {
    let mut tag = Id3v2Tag::new();
    let mut text = |id: &'static str, text: String| {
        let frame = TextInformationFrame::new(FrameId::Valid(id.into()), TextEncoding::UTF8, text);
        tag.insert(Frame::Text(frame));
    };
    if let Some(number) = value(comments, "TRACKNUMBER") {
        let total = value(comments, "TRACKTOTAL").map(|total| format!("/{total}")).unwrap_or_default();
        text("TRCK", format!("{number}{total}"));
    }
    let dated = value(comments, "DATE").is_some_and(is_timestamp);
    for (name, id, _) in NAMES.into_iter().filter(|(name, ..)| *name != "DATE" || dated) {
        if let Some(said) = value(comments, name) {
            text(id, said.to_string());
        }
    }
    for (name, said) in comments.iter().filter(|(name, _)| !is_number(name)) {
        if ID3_COMMENTS.contains(&name.as_str()) {
            let frame = CommentFrame::new(TextEncoding::UTF8, ENGLISH, name.clone(), said.clone());
            tag.insert(Frame::Comment(frame));
        } else if NAMES.iter().all(|(known, ..)| known != name) || (name == "DATE" && !dated) {
            tag.insert_user_text(name.clone(), said.clone());
        }
    }
    if let Some(picture) = picture {
        tag.insert(Frame::Picture(AttachedPictureFrame::new(TextEncoding::UTF8, cover(picture))));
    }
    tag.save_to_path(path, WriteOptions::default()).map_err(failed(path))
}

fn write_mp4(path: &Path, comments: &[(String, String)], picture: Option<&Picture>) -> Result<(), TagError> {
    let read = Mp4File::read_from(&mut open(path)?, ParseOptions::new()).map_err(failed(path))?;
    // The encoder's delay and padding stand in this list.
    let mut list = read.ilst().cloned().unwrap_or_else(Ilst::new);
    let number = |name| value(comments, name).and_then(|text| text.parse::<u32>().ok());
    if let Some(track) = number("TRACKNUMBER") {
        list.set_track(track);
    }
    if let Some(total) = number("TRACKTOTAL") {
        list.set_track_total(total);
    }
    for (name, said) in comments.iter().filter(|(name, _)| !is_number(name)) {
        let item = NAMES.iter().find(|(known, _, item)| known == name && *item != b"----");
        let ident = match item {
            Some((_, _, item)) => AtomIdent::Fourcc(**item),
            None => AtomIdent::Freeform { mean: ITUNES.into(), name: name.clone().into() },
        };
        list.replace_atom(Atom::new(ident, AtomData::UTF8(said.clone())));
    }
    if let Some(picture) = picture {
        list.insert_picture(cover(picture));
    }
    list.save_to_path(path, WriteOptions::default()).map_err(failed(path))
}

fn write_vorbis(
    path: &Path,
    mut tag: VorbisComments,
    comments: &[(String, String)],
    picture: Option<&Picture>,
) -> Result<(), TagError> {
    for (name, said) in comments {
        tag.insert(name.clone(), said.clone());
    }
    if let Some(picture) = picture {
        let mut about = PictureInformation::default();
        (about.width, about.height) = (picture.width, picture.height);
        tag.insert_picture(cover(picture), Some(about)).map_err(failed(path))?;
    }
    tag.save_to_path(path, WriteOptions::default()).map_err(failed(path))
}

/// What a file says, as it was written by [`write`] or into a FLAC file: the table under the names of Vorbis comments,
/// and the bytes of its front cover.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Written {
    /// Name and text; names in capitals.
    pub comments: Vec<(String, String)>,
    /// The first picture.
    pub cover: Option<Vec<u8>>,
}

/// Reads the table of a file back.
///
/// # Errors
/// Another container, or a file that cannot be read.
pub fn read(path: &Path) -> Result<Written, TagError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let mut file = open(path)?;
    let options = ParseOptions::new().read_properties(false);
    match extension {
        "mp3" => {
            let read = MpegFile::read_from(&mut file, options).map_err(failed(path))?;
            Ok(read.id3v2().map(from_id3).unwrap_or_default())
        }
        "m4a" => {
            let read = Mp4File::read_from(&mut file, options).map_err(failed(path))?;
            Ok(read.ilst().map(from_mp4).unwrap_or_default())
        }
        "ogg" => {
            Ok(from_vorbis(VorbisFile::read_from(&mut file, options).map_err(failed(path))?.vorbis_comments(), None))
        }
        "opus" => {
            Ok(from_vorbis(OpusFile::read_from(&mut file, options).map_err(failed(path))?.vorbis_comments(), None))
        }
        "flac" => {
            let read = FlacFile::read_from(&mut file, options).map_err(failed(path))?;
            let cover = read.pictures().first().map(|(picture, _)| picture.data().to_vec());
            let nothing = VorbisComments::default();
            Ok(from_vorbis(read.vorbis_comments().unwrap_or(&nothing), cover))
        }
        _ => Err(TagError::Container(path.to_path_buf())),
    }
}

fn from_vorbis(tag: &VorbisComments, cover: Option<Vec<u8>>) -> Written {
    let comments = tag.items().map(|(name, text)| (name.to_ascii_uppercase(), text.to_string())).collect();
    let own = tag.pictures().first().map(|(picture, _)| picture.data().to_vec());
    Written { comments, cover: cover.or(own) }
}

fn from_id3(tag: &Id3v2Tag) -> Written {
    let mut written = Written::default();
    let mut keep = |name: &str, text: String| written.comments.push((name.to_string(), text));
    for frame in tag {
        let name_of = |id: &str| NAMES.iter().find(|(_, known, _)| *known == id).map(|(name, ..)| *name);
        match frame {
            Frame::Text(text) if frame.id_str() == "TRCK" => {
                let (number, total) = super::number_of(&text.value);
                number.into_iter().for_each(|number| keep("TRACKNUMBER", number.to_string()));
                total.into_iter().for_each(|total| keep("TRACKTOTAL", total.to_string()));
            }
            Frame::Text(text) => keep(name_of(frame.id_str()).unwrap_or(frame.id_str()), text.value.to_string()),
            Frame::Timestamp(time) => {
                keep(name_of(frame.id_str()).unwrap_or(frame.id_str()), time.timestamp.to_string());
            }
            Frame::UserText(text) => keep(&text.description, text.content.to_string()),
            Frame::Comment(text) if !text.description.is_empty() => keep(&text.description, text.content.to_string()),
            _ => {}
        }
    }
    let picture = tag.into_iter().find_map(|frame| match frame {
        Frame::Picture(picture) => Some(picture.picture.data().to_vec()),
        _ => None,
    });
    Written { cover: picture, ..written }
}

fn from_mp4(list: &Ilst) -> Written {
    let mut comments = Vec::new();
    let numbers = [("TRACKNUMBER", list.track()), ("TRACKTOTAL", list.track_total())];
    comments.extend(numbers.into_iter().filter_map(|(name, number)| Some((name.to_string(), number?.to_string()))));
    for atom in list {
        let name = match atom.ident() {
            AtomIdent::Fourcc(item) => NAMES.iter().find(|(.., known)| *known == item).map(|(name, ..)| *name),
            AtomIdent::Freeform { name, .. } => Some(name.as_ref()),
        };
        if let (Some(name), Some(AtomData::UTF8(text) | AtomData::UTF16(text))) = (name, atom.data().next()) {
            comments.push((name.to_string(), text.clone()));
        }
    }
    let cover = list.pictures().and_then(|mut pictures| pictures.next().map(|picture| picture.data().to_vec()));
    Written { comments, cover }
}

fn cover(picture: &Picture) -> lofty::picture::Picture {
    let mime = if picture.mime == "image/png" { MimeType::Png } else { MimeType::Jpeg };
    lofty::picture::Picture::unchecked(picture.data.clone()).pic_type(PictureType::CoverFront).mime_type(mime).build()
}
