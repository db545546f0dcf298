//! One value for what a file says about itself, whatever the container calls it.

mod write;

pub use write::{TagError, Written, read, write};

use super::riff::{Bext, InfoItem};

/// Title, artist and the rest, read from RIFF INFO, `bext`, ID3v2, Vorbis comments or MP4 items.
///
/// What a file does not say is `None`; text is as it stands in the file, without surrounding spaces.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tags {
    /// Title of the song.
    pub title: Option<String>,
    /// Performer of the song.
    pub artist: Option<String>,
    /// Title of the album.
    pub album: Option<String>,
    /// Performer of the album.
    pub album_artist: Option<String>,
    /// Number of the track, from 1.
    pub track: Option<u32>,
    /// Number of tracks.
    pub track_total: Option<u32>,
    /// Number of the disc, from 1.
    pub disc: Option<u32>,
    /// Number of discs.
    pub disc_total: Option<u32>,
    /// International Standard Recording Code, as it stands in the file.
    pub isrc: Option<String>,
    /// Date or year.
    pub date: Option<String>,
    /// Who composed it.
    pub composer: Option<String>,
    /// Who wrote the words.
    pub lyricist: Option<String>,
    /// Record label.
    pub label: Option<String>,
    /// Genre.
    pub genre: Option<String>,
    /// A remark.
    pub comment: Option<String>,
    /// UPC or EAN of the album.
    pub barcode: Option<String>,
    /// Copyright line.
    pub copyright: Option<String>,
    /// Engineer.
    pub engineer: Option<String>,
    /// Program that made the file.
    pub software: Option<String>,
    /// Whatever else the file says: name and text.
    pub other: Vec<(String, String)>,
}

impl Tags {
    /// Whether the file says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Tags::default()
    }

    /// Takes over from `other` what is not said here.
    pub fn complete(&mut self, other: Tags) {
        fn keep<T>(mine: &mut Option<T>, theirs: Option<T>) {
            if mine.is_none() {
                *mine = theirs;
            }
        }
        keep(&mut self.title, other.title);
        keep(&mut self.artist, other.artist);
        keep(&mut self.album, other.album);
        keep(&mut self.album_artist, other.album_artist);
        keep(&mut self.track, other.track);
        keep(&mut self.track_total, other.track_total);
        keep(&mut self.disc, other.disc);
        keep(&mut self.disc_total, other.disc_total);
        keep(&mut self.isrc, other.isrc);
        keep(&mut self.date, other.date);
        keep(&mut self.composer, other.composer);
        keep(&mut self.lyricist, other.lyricist);
        keep(&mut self.label, other.label);
        keep(&mut self.genre, other.genre);
        keep(&mut self.comment, other.comment);
        keep(&mut self.barcode, other.barcode);
        keep(&mut self.copyright, other.copyright);
        keep(&mut self.engineer, other.engineer);
        keep(&mut self.software, other.software);
        self.other.extend(other.other);
    }

    /// What the entries of a LIST INFO chunk say.
    pub fn from_info(items: &[InfoItem]) -> Tags {
        let mut tags = Tags::default();
        for item in items {
            let text = item.text.clone();
            match &item.id.0 {
                b"INAM" => tags.title = Some(text),
                b"IART" => tags.artist = Some(text),
                b"IPRD" => tags.album = Some(text),
                b"ITRK" | b"IPRT" | b"TRCK" => {
                    let (number, total) = number_of(&text);
                    tags.track = tags.track.or(number);
                    tags.track_total = tags.track_total.or(total);
                }
                b"ISRC" => tags.isrc = Some(text),
                b"ICRD" => tags.date = Some(text),
                b"IMUS" => tags.composer = Some(text),
                b"IWRI" => tags.lyricist = Some(text),
                b"IPUB" | b"ILBL" => tags.label = Some(text),
                b"IGNR" => tags.genre = Some(text),
                b"ICMT" => tags.comment = Some(text),
                b"ICOP" => tags.copyright = Some(text),
                b"IENG" => tags.engineer = Some(text),
                b"ISFT" => tags.software = Some(text),
                _ => tags.other.push((item.id.to_string().trim_matches('\'').to_string(), text)),
            }
        }
        tags
    }

    /// What a broadcast extension says: description and date only, the rest is about the house that made the file.
    pub fn from_bext(bext: &Bext) -> Tags {
        let said = |text: &str| (!text.is_empty()).then(|| text.to_string());
        Tags { title: said(&bext.description), date: said(&bext.date), ..Tags::default() }
    }
}

/// Reads `3`, `03` or `3/12`.
pub fn number_of(text: &str) -> (Option<u32>, Option<u32>) {
    let mut parts = text.splitn(2, '/').map(|part| part.trim().parse().ok().filter(|number| *number > 0));
    (parts.next().flatten(), parts.next().flatten())
}
