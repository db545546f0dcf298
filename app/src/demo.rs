//! The demo album: three songs written for Lacquer and synthesised on the spot, with three planted faults, so that
//! every page has something true to show. The bytes are the same on every machine.
//!
//! The music is data (`assets/demo/*.toml`), the instruments are code, the mix is a mix: it leaves headroom for the
//! mastering except where a planted fault says otherwise.

mod fault;
mod instrument;
mod mix;
mod reverb;
mod score;
pub mod session;
mod tone;

use lacquer_engine::audio::Layout;
use lacquer_engine::container::riff;
use lacquer_engine::unit::{SampleRate, Seconds};
use score::Score;
use serde::Deserialize;
use std::path::{Path, PathBuf};

pub use fault::{Fault, Side};

/// What can go wrong with the demo album.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A score that is no valid TOML of ours. The scores are built in, so this is a damaged program.
    #[error("the demo score {file} cannot be read: {problem}. The program is damaged; install it again")]
    Score {
        /// Name of the score.
        file: &'static str,
        /// What the reader says.
        problem: String,
    },
    /// A score that asks for music nobody can play.
    #[error("the demo song \"{song}\" cannot be played: {problem}. The program is damaged; install it again")]
    Music {
        /// Title of the song.
        song: String,
        /// What is wrong, with the words of the score.
        problem: String,
    },
    /// The folder cannot be made.
    #[error("cannot make the folder {path}: {problem}. Nothing was written; choose another folder")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        problem: std::io::Error,
    },
    /// A song cannot be written.
    #[error(transparent)]
    File(#[from] riff::Error),
}

/// The album as a whole.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoAlbum {
    /// Title.
    pub title: String,
    /// Artist of the album and of every song.
    pub artist: String,
    /// UPC with its check digit; from the range that is never given to a shop.
    pub upc: String,
    /// Year of release.
    pub year: u16,
    /// Genre.
    pub genre: String,
    /// The line of the phonogram right.
    pub phonogram: String,
}

/// A song of the demo album.
#[derive(Debug, Clone)]
pub struct DemoSong {
    /// Name of its file, with the extension.
    pub file_name: String,
    /// Title.
    pub title: String,
    /// Artist.
    pub artist: String,
    /// ISRC without hyphens; none where the fault is that it is missing.
    pub isrc: Option<String>,
    /// Sample rate.
    pub rate: SampleRate,
    /// Bits of a sample in the file.
    pub bits: u16,
    /// Length.
    pub duration: Seconds,
    /// Key, in words.
    pub key: String,
    /// Faults planted in it.
    pub faults: Vec<Fault>,
    score: Score,
}

const ALBUM: &str = include_str!("../../assets/demo/album.toml");

/// The scores in the order of the album.
const SCORES: [(&str, &str); 3] = [
    ("copper-static.toml", include_str!("../../assets/demo/copper-static.toml")),
    ("low-tide.toml", include_str!("../../assets/demo/low-tide.toml")),
    ("glass-meridian.toml", include_str!("../../assets/demo/glass-meridian.toml")),
];

/// The album's own data.
pub fn album() -> Result<DemoAlbum, DemoError> {
    toml::from_str(ALBUM).map_err(|error| DemoError::Score { file: "album.toml", problem: error.to_string() })
}

/// The songs in the order of the album.
pub fn songs() -> Result<Vec<DemoSong>, DemoError> {
    let artist = album()?.artist;
    SCORES.iter().map(|(file, text)| Ok(song(Score::read(file, text)?, &artist))).collect()
}

fn song(score: Score, artist: &str) -> DemoSong {
    let mut faults = score.fault.clone();
    if score.isrc.is_none() {
        faults.push(Fault::MissingIsrc);
    }
    DemoSong {
        file_name: score.file_name.clone(),
        title: score.title.clone(),
        artist: artist.to_owned(),
        isrc: score.isrc.clone(),
        rate: SampleRate(score.rate),
        bits: score.bits,
        duration: Seconds(score.seconds()),
        key: score.key.clone(),
        faults,
        score,
    }
}

/// Plays a song: one row of samples per channel (left, right), already at the steps of its depth, so that the file
/// holds exactly these values.
pub fn render(song: &DemoSong) -> Result<Vec<Vec<f64>>, DemoError> {
    let [mut left, mut right] = mix::mix(&song.score)?;
    for fault in &song.faults {
        fault.plant(&mut left, &mut right, song.rate);
    }
    let full_scale = full_scale(song);
    for sample in left.iter_mut().chain(right.iter_mut()) {
        *sample = libm::rint(*sample * full_scale).clamp(-full_scale, full_scale - 1.0) / full_scale;
    }
    Ok(vec![left, right])
}

fn full_scale(song: &DemoSong) -> f64 {
    libm::exp2(f64::from(song.bits) - 1.0)
}

/// Makes the album in `folder` (made if it is not there) and returns the files in the order of the album. Songs are
/// played on one thread each; files of these names are replaced.
pub fn write(folder: &Path) -> Result<Vec<PathBuf>, DemoError> {
    std::fs::create_dir_all(folder).map_err(|problem| DemoError::Folder { path: folder.to_owned(), problem })?;
    let songs = songs()?;
    std::thread::scope(|scope| {
        let players: Vec<_> = songs.iter().map(|song| scope.spawn(move || write_song(song, folder))).collect();
        players
            .into_iter()
            .map(|player| player.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn write_song(song: &DemoSong, folder: &Path) -> Result<PathBuf, DemoError> {
    let path = folder.join(&song.file_name);
    let channels = render(song)?;
    let full_scale = full_scale(song);
    let steps: Vec<i32> = channels[0]
        .iter()
        .zip(&channels[1])
        .flat_map(|(l, r)| [(l * full_scale) as i32, (r * full_scale) as i32])
        .collect();
    let encoding = if song.bits == 16 { riff::Encoding::Int16 } else { riff::Encoding::Int24 };
    let format = riff::Format::new(encoding, song.rate, Layout::Stereo);
    let mut writer = riff::WavWriter::create(&path, format, riff::Extras::default())?;
    writer.write_steps(&steps)?;
    writer.finish()?;
    Ok(path)
}

#[cfg(test)]
mod tests;
