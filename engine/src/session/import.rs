use super::edit::{isrc, upc};
use super::{Clip, Entry, Join, Session, Song, SourceRef, TreePath};
use crate::audio::Layout;
use crate::container::ddp::cdtext::Kind;
use crate::container::ddp::{FIRST_PAUSE, Fileset, SECTOR_BYTES};
use crate::unit::{CdFrame, Frames, SampleRate, Seconds};

/// A file as it was read: what it is, and what its tags say. Empty texts mean that a tag is absent.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportFile {
    /// Path, identity and format. An empty id is given one.
    pub source: SourceRef,
    /// Title.
    pub title: String,
    /// Artist.
    pub artist: String,
    /// Album.
    pub album: String,
    /// Artist of the album.
    pub album_artist: String,
    /// ISRC.
    pub isrc: String,
    /// UPC or EAN of the album.
    pub upc: String,
    /// Date of release.
    pub date: String,
    /// Genre.
    pub genre: String,
    /// Composer.
    pub composer: String,
    /// Disc number.
    pub disc: Option<u32>,
    /// Track number.
    pub track: Option<u32>,
}

/// A track of a CUE sheet: a stretch of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportTrack {
    /// The file, by its place in the list of files.
    pub file: usize,
    /// Start in that file (`INDEX 01`).
    pub start: CdFrame,
    /// Start of the pause before it in that file (`INDEX 00`), where the sheet has one.
    pub pause: Option<CdFrame>,
    /// Silence that is not in the file (`PREGAP`).
    pub pregap: CdFrame,
    /// Title.
    pub title: String,
    /// Performer.
    pub artist: String,
    /// ISRC.
    pub isrc: String,
}

impl ImportFile {
    /// A file without tags.
    pub fn untagged(source: SourceRef) -> ImportFile {
        let none = String::new;
        ImportFile {
            source,
            title: none(),
            artist: none(),
            album: none(),
            album_artist: none(),
            isrc: none(),
            upc: none(),
            date: none(),
            genre: none(),
            composer: none(),
            disc: None,
            track: None,
        }
    }
}

impl Session {
    /// An album of one song per file: in the order of the track numbers where every file has one and no two are the same,
    /// else as given. Two seconds between songs, none before the first.
    pub fn from_files(mut files: Vec<ImportFile>) -> Session {
        sort(&mut files);
        let mut session = Session::with_sources(&files);
        for (index, file) in files.iter().enumerate() {
            let clip = Clip::whole("c1", &session.sources[index]);
            let title = if file.title.is_empty() { stem(&file.source.path) } else { &file.title };
            let mut song = Song::new("", title, other_than(&file.artist, &session.album.artist));
            song.isrc = isrc(&TreePath::new(["song"]), &file.isrc).unwrap_or_default();
            song.credits.composer = file.composer.clone();
            song.clips = vec![clip];
            let gap = if index == 0 { Join::Gap(Seconds(0.0)) } else { Join::default() };
            session.add_imported(song, gap);
        }
        session
    }

    /// An album cut out of files as a CUE sheet says. A song lasts until the next one's pause or start in the same file;
    /// pauses become gaps, so that times are kept. What is no stretch of its file is kept as a clip that is reported by
    /// [`Session::problems`].
    pub fn from_cue(files: Vec<ImportFile>, tracks: &[ImportTrack]) -> Session {
        let mut session = Session::with_sources(&files);
        let last = |track: &ImportTrack| files.get(track.file).map_or(Frames(0), |file| file.source.frames);
        let mut silence = CdFrame(0);
        for (index, track) in tracks.iter().enumerate() {
            let Some(source) = session.sources.get(track.file).cloned() else { continue };
            let next = tracks.get(index + 1).filter(|next| next.file == track.file);
            let end = next.map_or(last(track), |next| next.pause.unwrap_or(next.start).frames(source.rate));
            let mut song = Song::new("", &track.title, other_than(&track.artist, &session.album.artist));
            song.isrc = isrc(&TreePath::new(["song"]), &track.isrc).unwrap_or_default();
            song.clips = vec![Clip {
                start: track.start.frames(source.rate),
                end: end.min(source.frames),
                ..Clip::whole("c1", &source)
            }];
            let gap = Join::Gap(CdFrame(silence.0 + track.pregap.0).seconds());
            session.add_imported(song, gap);
            silence = CdFrame(next.map_or(0, |next| next.start.0 - next.pause.unwrap_or(next.start).0));
        }
        session
    }

    /// Where a session over a fileset begins on the disc: at track 1, or at what sounds before it.
    pub fn fileset_start(set: &Fileset) -> CdFrame {
        let first = set.disc.tracks.first().map_or(CdFrame(0), |track| track.start());
        CdFrame(first.0.clamp(0, FIRST_PAUSE))
    }

    /// A session over the image of a fileset in `folder`: a song per track, cut where tracks begin and joined without a gap,
    /// and one for what sounds before track 1.
    ///
    /// # Errors
    /// The set has no tracks, or its marks do not go forward inside the image.
    pub fn from_fileset(folder: &str, set: &Fileset) -> Result<Session, FilesetError> {
        let end = set.image.end();
        let mut cuts = vec![(Session::fileset_start(set), 0, "Hidden".to_string(), String::new())];
        for (place, track) in set.disc.tracks.iter().enumerate() {
            let title = set
                .text
                .as_ref()
                .and_then(|text| text.blocks.first())
                .map_or("", |block| block.string(Kind::Title, place + 1));
            let title = if title.is_empty() { format!("Track {}", track.number) } else { title.to_string() };
            if place == 0 && track.start() == cuts[0].0 {
                cuts.clear();
            }
            cuts.push((track.start(), track.number, title, track.isrc.clone()));
        }
        let source = SourceRef { id: "a1".into(), ..image_source(folder, end) };
        let mut session = Session::new();
        session.sources.push(source.clone());
        let names = set.text.as_ref().and_then(|text| text.blocks.first());
        session.album.title = names.map_or("", |block| block.string(Kind::Title, 0)).to_string();
        session.album.artist = names.map_or("", |block| block.string(Kind::Performer, 0)).to_string();
        let ends: Vec<CdFrame> = cuts.iter().skip(1).map(|cut| cut.0).chain([end]).collect();
        for ((from, number, title, isrc), to) in cuts.into_iter().zip(ends) {
            if from >= to || number > 99 {
                return Err(FilesetError { track: number, from, to });
            }
            let mut song = Song::new("", &title, "");
            song.isrc = isrc;
            let clip = Clip::whole("c1", &source);
            song.clips = vec![Clip { start: from.frames(source.rate), end: to.frames(source.rate), ..clip }];
            session.add_imported(song, Join::Gap(Seconds(0.0)));
        }
        Ok(session)
    }

    fn with_sources(files: &[ImportFile]) -> Session {
        let mut session = Session::new();
        let shared = |text: fn(&ImportFile) -> &String| {
            let first = files.first().map(text).filter(|first| files.iter().all(|file| text(file) == *first));
            first.cloned().unwrap_or_default()
        };
        session.album.title = shared(|file| &file.album);
        session.album.artist = shared(|file| &file.album_artist);
        if session.album.artist.is_empty() {
            session.album.artist = shared(|file| &file.artist);
        }
        session.album.date = shared(|file| &file.date);
        session.album.genre = shared(|file| &file.genre);
        session.album.upc = upc(&TreePath::new(["album"]), &shared(|file| &file.upc)).unwrap_or_default();
        for (index, file) in files.iter().enumerate() {
            session.sources.push(SourceRef { id: format!("a{}", index + 1), ..file.source.clone() });
        }
        session
    }

    fn add_imported(&mut self, mut song: Song, join: Join) {
        song.id = format!("s{}", self.songs.len() + 1);
        if let Some(main) = self.passes.first_mut() {
            main.entries.push(Entry { song: song.id.clone(), join: Some(join), ..Entry::default() });
        }
        self.songs.push(song);
    }
}

/// Why a fileset cannot be played: a track without a length inside the image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "track {track:02} of the fileset lasts from {from} to {to}: its marks do not fit the image; `lacquer ddp check` tells why"
)]
pub struct FilesetError {
    /// The track; 0 is what sounds before track 1.
    pub track: u8,
    /// Its start.
    pub from: CdFrame,
    /// Its end.
    pub to: CdFrame,
}

/// The image of a fileset as a source that ends at `end`.
fn image_source(folder: &str, end: CdFrame) -> SourceRef {
    SourceRef {
        id: String::new(),
        path: folder.into(),
        rate: SampleRate::CD,
        bits: Some(16),
        layout: Layout::Stereo,
        frames: end.frames(SampleRate::CD),
        size: end.0.max(0) as u64 * SECTOR_BYTES,
        modified: 0,
        head_tail: String::new(),
        sha256: None,
        lossy: false,
        matrix: None,
        repairs: Vec::new(),
        unknown: Default::default(),
    }
}

fn sort(files: &mut [ImportFile]) {
    let place = |file: &ImportFile| file.track.map(|track| (file.disc.unwrap_or(1), track));
    let mut places: Vec<_> = files.iter().map_while(place).collect();
    places.sort_unstable();
    places.dedup();
    if places.len() == files.len() {
        files.sort_by_key(place);
    }
}

fn other_than<'t>(text: &'t str, other: &str) -> &'t str {
    if text == other { "" } else { text }
}

fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// What a file is like now, to be compared with what the session knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceNow {
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change, seconds since 1970.
    pub modified: i64,
    /// SHA-256 over size, first and last 64 KiB.
    pub head_tail: String,
    /// SHA-256 of the whole file, where it has been computed.
    pub sha256: Option<String>,
}

/// How a source stands to its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceState {
    /// As it was.
    Same,
    /// Touched: another time of change, the same content as far as was read.
    Touched,
    /// Not where it was; a file with the same content lies here.
    Moved(String),
    /// Another content: a new mix, or damage.
    Changed,
    /// Not there, and no other file has its content.
    Missing,
}

impl SourceRef {
    /// How the file stands that lies (or does not) where the source says. `candidates` are other files, by path, that
    /// might be the same.
    pub fn compare<'c>(
        &self,
        now: Option<&SourceNow>,
        candidates: impl IntoIterator<Item = (&'c str, &'c SourceNow)>,
    ) -> SourceState {
        match now {
            Some(now) if self.is_content(now) && self.modified == now.modified => SourceState::Same,
            Some(now) if self.is_content(now) => SourceState::Touched,
            Some(_) => SourceState::Changed,
            None => {
                let found = candidates.into_iter().find(|(_, now)| self.is_content(now));
                found.map_or(SourceState::Missing, |(path, _)| SourceState::Moved(path.into()))
            }
        }
    }

    fn is_content(&self, now: &SourceNow) -> bool {
        let whole = match (&self.sha256, &now.sha256) {
            (Some(stored), Some(now)) => stored == now,
            _ => true,
        };
        self.size == now.size && self.head_tail == now.head_tail && whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::document::tests::source;
    use crate::session::{Document, FileError};

    fn file(path: &str, track: Option<u32>) -> ImportFile {
        ImportFile { track, artist: "Band".into(), ..ImportFile::untagged(source(path)) }
    }

    #[test]
    fn track_numbers_order_the_album_where_all_are_there() {
        let titles = |session: &Session| session.songs.iter().map(|song| song.title.clone()).collect::<Vec<_>>();
        let session = Session::from_files(vec![file("x/b.wav", Some(2)), file("x/a.wav", Some(1))]);
        assert_eq!(titles(&session), ["a", "b"]);
        assert_eq!((session.album.artist.as_str(), session.songs[0].artist.as_str()), ("Band", ""));
        let joins: Vec<_> = session.passes[0].entries.iter().map(|entry| entry.join).collect();
        assert_eq!(joins, [0.0, 2.0].map(|gap| Some(Join::Gap(Seconds(gap)))));
        assert_eq!(titles(&Session::from_files(vec![file("b.wav", Some(2)), file("a.wav", None)])), ["b", "a"]);
        assert_eq!(session.problems("cd"), []);
        assert_eq!(
            Document::from_session(&session).map(|document| document.is_dirty()).map_err(|_: FileError| ()),
            Ok(true)
        );
    }

    #[test]
    fn a_cue_sheet_cuts_a_file_and_keeps_its_times() {
        let mut whole = file("disc.wav", None);
        whole.source.frames = Frames(588 * 100);
        let track = |start, pause, pregap| ImportTrack {
            file: 0,
            start: CdFrame(start),
            pause,
            pregap: CdFrame(pregap),
            title: "t".into(),
            artist: "Band".into(),
            isrc: String::new(),
        };
        let tracks = [track(0, None, 150), track(40, Some(CdFrame(30)), 0), track(70, None, 0)];
        let session = Session::from_cue(vec![whole], &tracks);
        let spans: Vec<_> = session.songs.iter().map(|song| (song.clips[0].start.0, song.clips[0].end.0)).collect();
        assert_eq!(spans, [(0, 588 * 30), (588 * 40, 588 * 70), (588 * 70, 588 * 100)]);
        let joins: Vec<_> = session.passes[0].entries.iter().map(|entry| entry.join.unwrap()).collect();
        assert_eq!(joins, [150, 10, 0].map(|gap| Join::Gap(CdFrame(gap).seconds())));
    }

    #[test]
    fn a_source_is_known_by_its_content() {
        let stored = SourceRef { head_tail: "h".into(), ..source("a.wav") };
        let now = SourceNow { size: 4, modified: 0, head_tail: "h".into(), sha256: None };
        let touched = SourceNow { modified: 9, ..now.clone() };
        let other = SourceNow { head_tail: "x".into(), ..now.clone() };
        assert_eq!(stored.compare(Some(&now), []), SourceState::Same);
        assert_eq!(stored.compare(Some(&touched), []), SourceState::Touched);
        assert_eq!(stored.compare(Some(&other), [("b.wav", &now)]), SourceState::Changed);
        assert_eq!(stored.compare(None, [("x.wav", &other), ("b.wav", &now)]), SourceState::Moved("b.wav".into()));
        assert_eq!(stored.compare(None, [("x.wav", &other)]), SourceState::Missing);
    }
}
