use std::sync::Arc;

use super::plan::{Engine, Plan, Span};
use super::{Filter, ResampleError};
use crate::audio::Block;
use crate::unit::{Frames, SampleRate};

/// A streaming converter: feed input, take output.
///
/// After [`Converter::new`] nothing allocates. A clone is an exact copy of the state. The bits depend on the input
/// and its frame numbers alone, never on how it was fed or taken, nor on where it was started by [`Converter::seek`].
#[derive(Debug, Clone)]
pub struct Converter {
    plan: Arc<Plan>,
    engine: Engine,
    channels: usize,
    /// Input under the next block; the first `filled` frames are there. Channels are worked in pairs: an odd last one has
    /// silence beside it.
    windows: Vec<Vec<f64>>,
    filled: usize,
    /// The last transform; its frames from `ready` to the end of the block are still to be taken.
    results: Vec<Vec<f64>>,
    ready: usize,
    next_block: u64,
    /// Frames of the next block's output to leave out after a seek.
    skip: usize,
    /// Next input frame to be fed, and next output frame to come.
    fed: u64,
    produced: u64,
    total: Option<u64>,
}

impl Converter {
    /// A converter at the start of a file. Workers only: allocates and designs the filter.
    pub fn new(
        channels: usize,
        from: SampleRate,
        to: SampleRate,
        filter: impl Into<Filter>,
    ) -> Result<Converter, ResampleError> {
        let plan = Arc::new(Plan::new(from, to, filter.into())?);
        let rows = channels.next_multiple_of(2);
        let mut converter = Converter {
            engine: Engine::new(&plan),
            channels,
            windows: vec![vec![0.0; plan.input_length]; rows],
            filled: 0,
            results: vec![vec![0.0; plan.output_length]; rows],
            ready: 0,
            next_block: 0,
            skip: 0,
            fed: 0,
            produced: 0,
            total: None,
            plan,
        };
        converter.seek(Frames(0));
        Ok(converter)
    }

    /// Output frames of `frames` input frames: their duration, rounded up.
    pub fn output_length(&self, frames: u64) -> u64 {
        self.plan.ratio.output_length(frames)
    }

    /// Output frames of a block. Block n gives the output from n times this.
    pub fn block_frames(&self) -> usize {
        self.plan.hop_output()
    }

    /// Output frames by which an input frame can be seen before its own place: the block it lies in and the filter's edge.
    pub fn reach(&self) -> Frames {
        Frames((self.plan.hop_output() + self.plan.edge_output()) as u64)
    }

    /// Input frames from which block `index` is made. Before frame 0 and after the end lies silence.
    pub fn input_span(&self, index: u64) -> Span {
        self.plan.input_span(index)
    }

    /// Makes `output` the next frame to be produced and forgets all input. Gives the input frame to feed next.
    pub fn seek(&mut self, output: Frames) -> Frames {
        let hop = self.plan.hop_output() as u64;
        self.next_block = output.0 / hop;
        self.skip = (output.0 % hop) as usize;
        let start = self.plan.input_span(self.next_block).start;
        self.filled = start.min(0).unsigned_abs() as usize;
        for window in &mut self.windows {
            window[..self.filled].fill(0.0);
        }
        self.ready = self.block_end();
        self.fed = start.max(0) as u64;
        self.produced = output.0;
        self.total = None;
        Frames(self.fed)
    }

    /// Input frames that [`Converter::feed`] takes now.
    pub fn wanted(&self) -> usize {
        if self.total.is_some() { 0 } else { self.plan.input_length - self.filled }
    }

    /// Takes input from frame `from` of the block on and gives the number of frames taken. Audio thread.
    pub fn feed(&mut self, input: &Block, from: usize) -> usize {
        let count = self.wanted().min(input.frames().saturating_sub(from));
        for (channel, window) in self.windows.iter_mut().enumerate().take(self.channels.min(input.channels())) {
            window[self.filled..self.filled + count].copy_from_slice(&input.channel(channel)[from..from + count]);
        }
        self.filled += count;
        self.fed += count as u64;
        count
    }

    /// Says that the input has ended: silence follows, and the output ends after [`Converter::output_length`].
    pub fn finish(&mut self) {
        if self.total.is_none() {
            self.total = Some(self.output_length(self.fed));
        }
    }

    /// Whether all output of a finished input has been taken.
    pub fn is_done(&self) -> bool {
        self.total.is_some_and(|total| self.produced >= total)
    }

    /// Fills the block from its first frame and gives the number of frames written: fewer than it has where input is
    /// wanted first or the output has ended. Audio thread.
    pub fn produce(&mut self, output: &mut Block) -> usize {
        let left = self.total.map_or(u64::MAX, |total| total.saturating_sub(self.produced));
        let frames = output.frames().min(usize::try_from(left).unwrap_or(usize::MAX));
        let mut done = 0;
        while done < frames {
            if self.ready == self.block_end() && !self.next() {
                break;
            }
            let count = (self.block_end() - self.ready).min(frames - done);
            for (channel, result) in self.results.iter().enumerate().take(self.channels.min(output.channels())) {
                let taken = &result[self.ready..self.ready + count];
                output.channel_mut(channel)[done..done + count].copy_from_slice(taken);
            }
            self.ready += count;
            done += count;
        }
        self.produced += done as u64;
        done
    }

    fn block_end(&self) -> usize {
        self.plan.edge_output() + self.plan.hop_output()
    }

    /// Works the next block, where its input is there.
    fn next(&mut self) -> bool {
        let length = self.plan.input_length;
        if self.filled < length {
            if self.total.is_none() {
                return false;
            }
            self.windows.iter_mut().for_each(|window| window[self.filled..].fill(0.0));
            self.filled = length;
        }
        let hop = self.plan.hop_input();
        let results = self.results.as_chunks_mut::<2>().0;
        for (windows, [left, right]) in self.windows.as_chunks_mut::<2>().0.iter_mut().zip(results) {
            self.engine.convert(&self.plan, [&windows[0], &windows[1]], [left, right]);
            windows.iter_mut().for_each(|window| window.copy_within(hop.., 0));
        }
        self.filled = length - hop;
        self.next_block += 1;
        self.ready = self.plan.edge_output() + self.skip;
        self.skip = 0;
        true
    }
}
