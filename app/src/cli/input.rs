//! What verbs work on: sound files read to their end, files taken into a session, sessions with their sources.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use lacquer_engine::audio::Block;
use lacquer_engine::container::tag::Tags;
use lacquer_engine::qc::identifier;
use lacquer_engine::session::{Access, Document, ImportFile, Problem, Session, SourceRef};
use lacquer_engine::source::{self, Cache, Identity, Info, Source, identity, import};

use super::console::{Bar, Console};
use super::interrupt;

/// Frames read at a time.
const BLOCK_FRAMES: usize = 16_384;
/// The extension of a session file.
const SESSION_EXTENSION: &str = "lacquer";

/// Whether a path is meant to be a session.
pub(super) fn is_session(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(SESSION_EXTENSION))
}

/// Opens a sound file; a lossy one is decoded into the cache first.
pub(super) fn open(path: &Path, bar: &Bar) -> Result<Source, source::Error> {
    source::open_with(path, &Cache::standard(), &mut |share| bar.set(share), &AtomicBool::new(false))
}

/// Reads a sound from end to end.
pub(super) fn read_through(source: &mut Source, bar: &Bar, hear: &mut dyn FnMut(&Block)) -> Result<(), source::Error> {
    let total = source.reader.frames().0;
    let mut block = Block::new(source.reader.layout().channels(), BLOCK_FRAMES);
    let mut place = 0;
    while place < total {
        block.set_frames((total - place).min(BLOCK_FRAMES as u64) as usize);
        source.reader.read(place, &mut block)?;
        hear(&block);
        place += block.frames() as u64;
        bar.set(place as f64 / total as f64);
    }
    Ok(())
}

/// Takes files in: opened, hashed, looked through. All of them, or an error after each bad one was said.
pub(super) fn take(paths: &[PathBuf], console: &Console) -> Result<Vec<ImportFile>, Box<dyn Error>> {
    let bar = console.bar("taking in");
    let told = |progress: &import::Progress| {
        bar.name(format!("taking in {}", progress.path.display()));
        bar.set((progress.index as f64 + progress.fraction) / progress.count as f64);
    };
    let infos = source::import(paths, &Cache::standard(), told, &interrupt::flag(console));
    drop(bar);
    let mut files = Vec::new();
    for info in infos {
        match info.map_err(Box::<dyn Error>::from).and_then(|info| import_file(&info, console)) {
            Ok(file) => files.push(file),
            Err(error) => console.complain(&*error),
        }
    }
    match paths.len() - files.len() {
        0 => Ok(files),
        bad => Err(format!("{bad} of {} files cannot be used; nothing was written", paths.len()).into()),
    }
}

/// A file as a session takes it in.
pub(super) fn import_file(info: &Info, console: &Console) -> Result<ImportFile, Box<dyn Error>> {
    let path = std::path::absolute(&info.path)?;
    let path =
        path.to_str().ok_or_else(|| format!("{}: a session holds names of text only; rename it", path.display()))?;
    if let Some(damage) = &info.damage {
        console.say(format_args!("{path}: {damage}"));
    }
    if let Some(bad) = &info.non_finite {
        console.say(format_args!("{path}: {} samples are no numbers, the first at frame {}", bad.count, bad.first.0));
    }
    let identity = info.identity.clone();
    let identity = identity.map_or_else(|| identity::quick(&info.path), Ok)?;
    Ok(tagged(source_ref(info, identity, path), &info.tags, console))
}

fn source_ref(info: &Info, identity: Identity, path: &str) -> SourceRef {
    SourceRef {
        id: String::new(),
        path: path.into(),
        rate: info.rate,
        bits: info.bits.filter(|_| !info.float && !info.lossy),
        layout: info.layout,
        frames: info.frames,
        size: identity.size,
        modified: identity.modified,
        head_tail: identity.head_tail,
        sha256: identity.full,
        lossy: info.lossy,
        matrix: None,
        repairs: Vec::new(),
        unknown: Default::default(),
    }
}

fn tagged(source: SourceRef, tags: &Tags, console: &Console) -> ImportFile {
    let text = |tag: &Option<String>| tag.clone().unwrap_or_default();
    if let Some(Err(error)) = tags.isrc.as_deref().map(identifier::isrc) {
        console.say(format_args!("{}: the ISRC in its tags is left out: {error}", source.path));
    }
    if let Some(Err(error)) = tags.barcode.as_deref().map(identifier::barcode) {
        console.say(format_args!("{}: the UPC in its tags is left out: {error}", source.path));
    }
    ImportFile {
        title: text(&tags.title),
        artist: text(&tags.artist),
        album: text(&tags.album),
        album_artist: text(&tags.album_artist),
        isrc: text(&tags.isrc),
        upc: text(&tags.barcode),
        date: text(&tags.date),
        genre: text(&tags.genre),
        composer: text(&tags.composer),
        disc: tags.disc,
        track: tags.track,
        ..ImportFile::untagged(source)
    }
}

/// An opened session that is only read.
pub(super) fn read_session(path: &Path, console: &Console) -> Result<Document, Box<dyn Error>> {
    let opened = Document::open(path, Access::ReadOnly)?;
    if let Some(recovery) = opened.recovery {
        console.say(format_args!(
            "{}: has {} edits that were never saved; they are left out here. `lacquer edit --recover` takes them in",
            path.display(),
            recovery.edits()
        ));
    }
    Ok(opened.document)
}

/// An opened session that is changed. One with edits that were never saved is refused: they would be lost or taken in
/// unseen.
pub(super) fn edit_session(path: &Path) -> Result<Document, Box<dyn Error>> {
    let opened = Document::open(path, Access::Edit)?;
    match opened.recovery {
        None => Ok(opened.document),
        Some(recovery) => Err(format!(
            "{}: has {} edits that were never saved; nothing was changed. Take them in first: lacquer edit --recover",
            path.display(),
            recovery.edits()
        )
        .into()),
    }
}

/// The folder that a session's relative paths start from.
pub(super) fn folder(document: &Document) -> PathBuf {
    document.folder().unwrap_or(Path::new(".")).to_path_buf()
}

/// Says what is odd about a pass; what blocks it is an error.
pub(super) fn check_pass(session: &Session, pass: &str, console: &Console) -> Result<(), Box<dyn Error>> {
    let problems = session.problems(pass);
    problems.iter().for_each(|problem| console.say(problem));
    match problems.iter().filter(|problem| Problem::blocks(problem)).count() {
        0 => Ok(()),
        count => Err(format!("the pass '{pass}' cannot be delivered as it stands: {count} problems").into()),
    }
}
