//! A source on its way into a plan: read at its own rate, brought to the plan's layout and rate once, on entry.

use super::plan::SourcePlan;
use crate::audio::{Block, Layout};
use crate::dsp::resample::{Converter, Filter, ResampleError};
use crate::restore;
use crate::source::{self, Reader};
use crate::unit::{Frames, SampleRate};

/// Why a source cannot be read into a plan.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EntryError {
    /// The file.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// Its repairs.
    #[error(transparent)]
    Repair(#[from] restore::Error),
    /// Its rate.
    #[error(transparent)]
    Rate(#[from] ResampleError),
    /// The file has changed since the session was made.
    #[error("{0}: not the file that the session remembers; put it back, or replace the source on purpose")]
    Changed(String),
    /// The system gives no more threads.
    #[error("cannot read ahead: {0}; close other programs and try again")]
    Thread(String),
}

/// A reader at the plan's rate and in the plan's layout: its frame `n` is the source's time `n / rate`. What is read
/// does not depend on where a read starts or how long it is.
pub struct ConvertedReader {
    input: Input,
    conversion: Option<Conversion>,
}

struct Input {
    reader: Box<dyn Reader>,
    matrix: Option<Vec<Vec<f64>>>,
    native: Block,
}

struct Conversion {
    converter: Converter,
    /// Next output frame.
    position: u64,
    /// Next input frame.
    fed: u64,
    input: Block,
    output: Block,
}

/// Converted frames made at a time.
const OUTPUT_FRAMES: usize = 4096;

impl ConvertedReader {
    /// Wraps `reader` so that it answers at `rate` in `layout`, converted by `filter` where the rates differ.
    pub fn new(
        reader: Box<dyn Reader>,
        source: &SourcePlan,
        rate: SampleRate,
        layout: Layout,
        filter: Filter,
    ) -> Result<ConvertedReader, EntryError> {
        let from = reader.rate();
        if from != source.rate || reader.layout().channels() != source.layout.channels() {
            return Err(EntryError::Changed(source.id.clone()));
        }
        let conversion = match from == rate {
            true => None,
            false => Some(Conversion::new(layout.channels(), from, rate, filter)?),
        };
        let native = Block::new(reader.layout().channels(), 0);
        Ok(ConvertedReader { input: Input { reader, matrix: source.matrix.clone(), native }, conversion })
    }

    /// Fills `out` with frames from `start`; zeros past the source's end.
    pub fn read(&mut self, start: u64, out: &mut Block) -> Result<(), EntryError> {
        match &mut self.conversion {
            None => Ok(self.input.read(start, out)?),
            Some(conversion) => conversion.read(&mut self.input, start, out),
        }
    }
}

impl Conversion {
    fn new(channels: usize, from: SampleRate, to: SampleRate, filter: Filter) -> Result<Conversion, ResampleError> {
        let converter = Converter::new(channels, from, to, filter)?;
        let input = Block::new(channels, converter.wanted().max(1));
        let output = Block::new(channels, OUTPUT_FRAMES);
        Ok(Conversion { converter, position: u64::MAX, fed: 0, input, output })
    }

    fn read(&mut self, source: &mut Input, start: u64, out: &mut Block) -> Result<(), EntryError> {
        if self.position != start {
            self.fed = self.converter.seek(Frames(start)).0;
            self.position = start;
        }
        let mut done = 0;
        while done < out.frames() {
            self.output.set_frames((out.frames() - done).min(OUTPUT_FRAMES));
            let made = self.converter.produce(&mut self.output);
            out.copy_from(done, &self.output, 0, made);
            done += made;
            if made == 0 {
                self.input.set_frames(self.converter.wanted().min(self.input.capacity()));
                if let Err(error) = source.read(self.fed, &mut self.input) {
                    self.position = u64::MAX;
                    return Err(error.into());
                }
                self.fed += self.converter.feed(&self.input, 0) as u64;
            }
        }
        self.position += out.frames() as u64;
        Ok(())
    }
}

impl Input {
    /// Reads at the source's own rate, through the matrix where there is one.
    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), source::Error> {
        let Some(rows) = &self.matrix else { return self.reader.read(start, out) };
        let count = out.frames();
        if self.native.capacity() < count {
            self.native = Block::new(self.reader.layout().channels(), count);
        }
        self.native.set_frames(count);
        self.reader.read(start, &mut self.native)?;
        out.clear();
        for (channel, row) in rows.iter().enumerate().take(out.channels()) {
            let target = out.channel_mut(channel);
            for (input, factor) in row.iter().enumerate().filter(|(_, factor)| **factor != 0.0) {
                for (sum, sample) in target.iter_mut().zip(self.native.channel(input)) {
                    *sum += sample * factor;
                }
            }
        }
        Ok(())
    }
}
