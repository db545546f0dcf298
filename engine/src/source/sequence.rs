//! A lossless compressed or AIFF file read at any frame: seek, then decode forward and trim.

use super::decode::Decoder;
use super::{Error, Reader};
use crate::audio::{Block, Layout};
use crate::unit::{Frames, SampleRate};

/// Decoding on is cheaper than a seek up to this many frames ahead.
const SKIP_FRAMES: u64 = 1 << 17;

/// A decoder with the stretch it decoded last. Sequential reads never seek.
pub(super) struct Sequence {
    decoder: Decoder,
    frames: Frames,
    rate: SampleRate,
    layout: Layout,
    /// The stretch decoded last, and the frame it begins at.
    held: Vec<Vec<f64>>,
    held_start: u64,
}

impl Sequence {
    /// Wraps a decoder that can seek.
    pub fn new(decoder: Decoder, frames: Frames) -> Sequence {
        let (rate, layout) = (decoder.rate, decoder.layout);
        Sequence { decoder, frames, rate, layout, held: vec![Vec::new(); layout.channels()], held_start: 0 }
    }

    fn held_end(&self) -> u64 {
        self.held_start + self.held[0].len() as u64
    }

    /// Makes the held stretch contain `frame`.
    fn reach(&mut self, frame: u64) -> Result<(), Error> {
        let behind = frame < self.held_start;
        if behind || frame >= self.held_end().saturating_add(SKIP_FRAMES) {
            self.decoder.seek(frame)?;
            self.advance()?;
        }
        while frame >= self.held_end() {
            self.advance()?;
        }
        if frame < self.held_start {
            // A damaged stretch was passed over, by a seek or by the file's own reader.
            return Err(self.decoder.lost(frame, "frames are missing here"));
        }
        Ok(())
    }

    /// Decodes the next stretch.
    fn advance(&mut self) -> Result<(), Error> {
        let Some(piece) = self.decoder.next()? else {
            let end = self.held_end();
            return Err(self.decoder.lost(end, "the file ends early"));
        };
        self.held_start = piece.start;
        for (held, plane) in self.held.iter_mut().zip(piece.planes) {
            held.clear();
            held.extend_from_slice(plane);
        }
        Ok(())
    }
}

impl Reader for Sequence {
    fn rate(&self) -> SampleRate {
        self.rate
    }

    fn layout(&self) -> Layout {
        self.layout
    }

    fn frames(&self) -> Frames {
        self.frames
    }

    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), Error> {
        out.clear();
        let wanted = self.frames.0.saturating_sub(start).min(out.frames() as u64) as usize;
        let mut done = 0;
        while done < wanted {
            let position = start + done as u64;
            self.reach(position)?;
            let from = (position - self.held_start) as usize;
            let count = (self.held[0].len() - from).min(wanted - done);
            for channel in 0..out.channels().min(self.held.len()) {
                out.channel_mut(channel)[done..done + count].copy_from_slice(&self.held[channel][from..from + count]);
            }
            done += count;
        }
        Ok(())
    }
}
