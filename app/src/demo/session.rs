//! The session of the demo album: its songs joined, a modest chain, ceilings. The command line and the window open the same.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use lacquer_engine::session::{Document, Edit, EditError, FileError, ImportFile, Session};
use lacquer_engine::source::{self, Cache};

use super::DemoError;
use crate::intake;

/// Name of the session's file.
pub const FILE: &str = "demo.lacquer";

/// What is done with the album after it was taken in: a gap of its own, a crossfade, a modest chain, ceilings.
const EDITS: [&str; 11] = [
    "pass.main.entry.2.join=gap 1.5s",
    "pass.main.entry.3.join=xf 2.5 equal-power",
    "song.1.gain=-1.5",
    "song.3.fade_out=3s s-curve",
    "pass.main.chain.stage+=eq",
    "pass.main.chain.stage.eq1.row+=band type=low_shelf frequency=110 gain=+0.8 q=0.7",
    "pass.main.chain.stage.eq1.row+=band type=high_shelf frequency=9k gain=+1.0 q=0.7",
    "pass.main.chain.stage+=compressor threshold=-24 ratio=1.4",
    "pass.main.chain.stage+=limiter gain=5 ceiling=-1.2",
    "pass.streaming.ceiling=-1",
    "pass.cd.ceiling=-1",
];

/// Why there is no demo session.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its songs could not be made.
    #[error(transparent)]
    Songs(#[from] DemoError),
    /// A song that was just written cannot be read.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// The session refuses what is done with it. Songs and edits are built in, so this is a damaged program.
    #[error("the demo session cannot be made: {0}. The program is damaged; install it again")]
    Edit(#[from] EditError),
    /// The session cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Makes songs and session in `folder` (made if it is not there) and returns the session's file. Files of these names are
/// replaced. `progress` hears what is done and the share of it, 0 to 1.
///
/// # Errors
/// The folder cannot be written.
pub fn make(folder: &Path, progress: &dyn Fn(&str, f64)) -> Result<PathBuf, Error> {
    progress("synthesising three songs", 0.0);
    let paths = super::write(folder)?;
    let taken = |progress_now: &source::import::Progress| {
        let share = (progress_now.index as f64 + progress_now.fraction) / progress_now.count.max(1) as f64;
        progress("taking in", share);
    };
    let infos = source::import(&paths, &Cache::standard(), taken, &AtomicBool::new(false));
    let files = infos.into_iter().map(|info| Ok(intake::import_file(&info?))).collect::<Result<Vec<_>, Error>>()?;
    let mut document = Document::from_session(&session(files)?)?;
    for text in EDITS {
        let edit = Edit::parse(&document, text)?;
        document.apply(edit)?;
    }
    let path = folder.join(FILE);
    document.save_as(&path)?;
    Ok(path)
}

/// The album with the texts of its scores.
fn session(mut files: Vec<ImportFile>) -> Result<Session, DemoError> {
    let (album, songs) = (super::album()?, super::songs()?);
    for (file, song) in files.iter_mut().zip(&songs) {
        file.title.clone_from(&song.title);
        file.artist.clone_from(&song.artist);
        file.isrc = song.isrc.clone().unwrap_or_default();
        file.album.clone_from(&album.title);
        file.upc.clone_from(&album.upc);
        file.date = album.year.to_string();
        file.genre.clone_from(&album.genre);
    }
    let mut session = Session::from_files(files);
    session.album.copyright.clone_from(&album.phonogram);
    Ok(session)
}
