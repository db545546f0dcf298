//! The music that faults are planted in: free sets of Debian packages, where they are installed.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use lacquer_engine::audio::Block;
use lacquer_engine::source::{self, Cache};

/// A track: one file, or stems that are summed.
#[derive(Debug, Clone)]
pub struct Track {
    /// The set it belongs to.
    pub set: &'static str,
    /// What tables call it.
    pub name: String,
    /// Its files.
    pub paths: Vec<PathBuf>,
}

/// Decoded music.
pub struct Music {
    /// Its channels, two of them.
    pub channels: Vec<Vec<f64>>,
    /// Frames per second.
    pub rate: u32,
}

impl Music {
    /// Its length in minutes.
    pub fn minutes(&self) -> f64 {
        self.channels[0].len() as f64 / f64::from(self.rate) / 60.0
    }
}

/// Tracks of the sets that are asked for (none: all), where they are installed.
pub fn tracks(sets: &[String]) -> Vec<Track> {
    let asked = |set: &str| sets.is_empty() || sets.iter().any(|name| name == set);
    let mut tracks = Vec::new();
    let folders = [("developers", "/usr/share/pushover/themes"), ("hyperrogue", "/usr/share/hyperrogue/music")];
    for (set, folder) in folders.into_iter().filter(|(set, _)| asked(set)) {
        for path in files(Path::new(folder), "ogg") {
            tracks.push(Track { set, name: stem(&path), paths: vec![path] });
        }
    }
    if asked("sectoid") {
        let mut songs = entries(Path::new("/usr/share/games/fretsonfire/data/songs/sectoid"));
        songs.retain(|path| path.join("song.ogg").is_file());
        for song in songs {
            let paths = ["song.ogg", "guitar.ogg"].map(|name| song.join(name));
            tracks.push(Track { set: "sectoid", name: stem(&song), paths: paths.into() });
        }
    }
    tracks
}

/// Reads a track, at most `seconds` of it from `from` seconds on. The reason in words where that cannot be done.
pub fn read(track: &Track, from: f64, seconds: f64) -> Result<Music, String> {
    let mut mix: Option<Music> = None;
    for path in &track.paths {
        let part = read_file(path, from, seconds)?;
        mix = Some(match mix {
            None => part,
            Some(mut held) => {
                for (sum, add) in held.channels.iter_mut().zip(&part.channels) {
                    sum.truncate(add.len());
                    sum.iter_mut().zip(add).for_each(|(sum, add)| *sum += add);
                }
                held
            }
        });
    }
    mix.ok_or_else(|| format!("{}: no files", track.name))
}

/// Reads a file as two channels.
pub fn read_file(path: &Path, from: f64, seconds: f64) -> Result<Music, String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let never = AtomicBool::new(false);
    let mut source = source::open_with(path, &Cache::standard(), &mut |_| {}, &never).map_err(|error| named(&error))?;
    let rate = source.reader.rate();
    let start = ((from * rate.hz()) as u64).min(source.reader.frames().0);
    let frames = ((seconds * rate.hz()) as u64).min(source.reader.frames().0 - start) as usize;
    let mut block = Block::new(source.reader.layout().channels(), frames);
    source.reader.read(start, &mut block).map_err(|error| named(&error))?;
    let last = block.channels().saturating_sub(1).min(1);
    Ok(Music { channels: vec![block.channel(0).to_vec(), block.channel(last).to_vec()], rate: rate.0 })
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut paths = entries(folder);
    paths.retain(|path| path.extension().is_some_and(|end| end == extension));
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
