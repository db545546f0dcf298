//! Sessions whose sources live in memory.

use std::collections::HashMap;
use std::sync::Arc;

use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::render::{DirectFeeds, Library, Plan, Renderer, Word};
use lacquer_engine::session::{Clip, Entry, Join, Session, Song, SourceRef};
use lacquer_engine::source::{Error, Reader};
use lacquer_engine::unit::{Db, Frames, SampleRate, Seconds};

/// Planar samples.
type Channels = Vec<Vec<f64>>;

/// Sources by id: rate and channels.
#[derive(Default, Clone)]
pub struct Shelf {
    sources: HashMap<String, (u32, Arc<Channels>)>,
}

struct ShelfReader {
    rate: u32,
    channels: Arc<Channels>,
}

impl Reader for ShelfReader {
    fn rate(&self) -> SampleRate {
        SampleRate(self.rate)
    }
    fn layout(&self) -> Layout {
        Layout::of_channels(self.channels.len())
    }
    fn frames(&self) -> Frames {
        Frames(self.channels[0].len() as u64)
    }
    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), Error> {
        for (channel, samples) in self.channels.iter().enumerate() {
            for (offset, sample) in out.channel_mut(channel).iter_mut().enumerate() {
                *sample = samples.get(start as usize + offset).copied().unwrap_or(0.0);
            }
        }
        Ok(())
    }
}

impl Library for Shelf {
    fn open(&self, id: &str) -> Result<Box<dyn Reader>, Error> {
        let (rate, channels) = self.sources[id].clone();
        Ok(Box::new(ShelfReader { rate, channels }))
    }
}

/// An album in memory: a session and its sources.
#[derive(Default, Clone)]
pub struct Album {
    /// The document.
    pub session: Session,
    /// Its sources.
    pub shelf: Shelf,
}

impl Album {
    /// Adds a song of one whole source, joined with `gap` seconds to the one before; gives its id.
    pub fn add(&mut self, rate: u32, bits: u8, gap: f64, channels: Vec<Vec<f64>>) -> String {
        let number = self.session.songs.len() + 1;
        let (song_id, source_id) = (format!("s{number}"), format!("src{number}"));
        let frames = Frames(channels[0].len() as u64);
        self.session.sources.push(SourceRef {
            id: source_id.clone(),
            path: format!("{source_id}.wav"),
            rate: SampleRate(rate),
            bits: Some(bits),
            layout: Layout::of_channels(channels.len()),
            frames,
            size: 0,
            modified: 0,
            head_tail: source_id.clone(),
            sha256: None,
            lossy: false,
            matrix: None,
            repairs: Vec::new(),
            unknown: Default::default(),
        });
        let clip = Clip {
            id: "c1".into(),
            source: source_id.clone(),
            start: Frames(0),
            end: frames,
            gain: Db(0.0),
            envelope: Vec::new(),
            crossfade: None,
            unknown: Default::default(),
        };
        let song = Song { clips: vec![clip], ..Song::new(&song_id, &format!("Song {number}"), "") };
        self.session.songs.push(song);
        let join = Some(Join::Gap(Seconds(gap)));
        self.session.passes[0].entries.push(Entry { song: song_id.clone(), join, ..Entry::default() });
        self.shelf.sources.insert(source_id, (rate, Arc::new(channels)));
        song_id
    }

    /// Rate and channels of a source.
    pub fn source(&self, id: &str) -> (u32, &[Vec<f64>]) {
        let (rate, channels) = &self.shelf.sources[id];
        (*rate, channels)
    }

    /// A renderer of a plan, standing nowhere yet.
    pub fn renderer(&self, plan: &Arc<Plan>, word: Word) -> Renderer {
        let feeds = DirectFeeds::new(plan.clone(), Arc::new(self.shelf.clone()));
        Renderer::new(plan.clone(), Box::new(feeds), word).expect("a renderer")
    }
}

/// Pulls the next `frames` frames in blocks of `size`.
pub fn pull(renderer: &mut Renderer, frames: usize, size: usize) -> Vec<Vec<f64>> {
    let channels = renderer.plan().layout.channels();
    let mut out = vec![Vec::with_capacity(frames); channels];
    let mut block = Block::new(channels, size);
    while out[0].len() < frames {
        block.set_frames(size.min(frames - out[0].len()));
        renderer.pull_checked(&mut block).expect("the render stopped");
        for (channel, samples) in out.iter_mut().enumerate() {
            samples.extend_from_slice(block.channel(channel));
        }
    }
    out
}
