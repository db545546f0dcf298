use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::patch::PatchWriter;
use super::{Error, Task};
use crate::audio::Block;
use crate::source::{self, Reader};
use crate::unit::SampleRate;

/// One repair being computed: what it hears, and where its new samples go. It can neither hear beyond its reach nor write
/// outside its span.
pub struct Job<'a> {
    /// What is to be done.
    pub task: &'a Task,
    reader: &'a mut dyn Reader,
    rate: SampleRate,
    frames: u64,
    heard: Range<u64>,
    out: &'a mut PatchWriter,
    progress: &'a mut dyn FnMut(f64),
    cancel: &'a AtomicBool,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        task: &'a Task,
        reader: &'a mut dyn Reader,
        out: &'a mut PatchWriter,
        progress: &'a mut dyn FnMut(f64),
        cancel: &'a AtomicBool,
    ) -> Job<'a> {
        let (rate, frames) = (reader.rate(), reader.frames().0);
        Job { task, rate, frames, heard: task.heard(rate), reader, out, progress, cancel }
    }

    /// Frames per second of the source.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Length of the source.
    pub fn source_frames(&self) -> u64 {
        self.frames
    }

    /// All channels of frames `from..from + count`; zeros outside the source and beyond the reach, and where a sample is
    /// no finite number.
    pub fn read(&mut self, from: i64, count: usize) -> Result<Block, Error> {
        let mut out = Block::new(self.reader.layout().channels(), count);
        let first = from.max(self.heard.start as i64).max(0);
        let last = (from + count as i64).min(self.heard.end.min(self.frames) as i64);
        if last > first {
            let mut part = Block::new(out.channels(), (last - first) as usize);
            self.reader.read(first as u64, &mut part)?;
            out.copy_from((first - from) as usize, &part, 0, part.frames());
        }
        for channel in 0..out.channels() {
            for sample in out.channel_mut(channel).iter_mut().filter(|sample| !sample.is_finite()) {
                *sample = 0.0;
            }
        }
        Ok(out)
    }

    /// One channel of frames `from..from + count`, as [`Job::read`] gives it.
    pub fn read_channel(&mut self, channel: usize, from: i64, count: usize) -> Result<Vec<f64>, Error> {
        Ok(self.read(from, count)?.channel(channel).to_vec())
    }

    /// New samples of a channel from frame `start` on. What lies outside the span is left out.
    pub fn write(&mut self, channel: usize, start: i64, samples: &[f64]) -> Result<(), Error> {
        let span = self.task.span.start as i64..self.task.span.end as i64;
        let (first, last) = (start.max(span.start), (start + samples.len() as i64).min(span.end));
        if first >= last || !self.task.channels.contains(&channel) {
            return Ok(());
        }
        let kept = &samples[(first - start) as usize..(last - start) as usize];
        let done = self.out.write(channel, first as u64, kept);
        done.map_err(|cause| Error::Source(source::Error::Cache { path: Default::default(), cause: cause.to_string() }))
    }

    /// How much is done (0 to 1); an error where the user has stopped it.
    pub fn step(&mut self, share: f64) -> Result<(), Error> {
        (self.progress)(share.clamp(0.0, 1.0));
        if self.cancel.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// What tells threads of the repair to stop.
    pub fn cancel(&self) -> &'a AtomicBool {
        self.cancel
    }

    /// How much of the repair is heard at a frame of the span: 0 at a soft edge, 1 inside. An end of the source has no
    /// edge.
    pub fn weight(&self, frame: u64, edge: u64) -> f64 {
        weight(&self.task.span, self.frames, frame, edge)
    }
}

/// A raised-cosine edge of `edge` frames at both ends of a span, none at an end of the source.
pub(super) fn weight(span: &Range<u64>, frames: u64, frame: u64, edge: u64) -> f64 {
    let edge = edge.min((span.end - span.start) / 2);
    let rise = |distance: u64| match distance < edge {
        true => 0.5 - 0.5 * libm::cos(std::f64::consts::PI * (distance as f64 + 0.5) / edge as f64),
        false => 1.0,
    };
    let before = if span.start == 0 { 1.0 } else { rise(frame - span.start) };
    let after = if span.end >= frames { 1.0 } else { rise(span.end - 1 - frame) };
    before.min(after)
}
