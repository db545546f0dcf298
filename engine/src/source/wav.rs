//! WAV files as sources: read directly, at any frame.

use std::path::{Path, PathBuf};

use super::{Error, Info, Reader, Source};
use crate::audio::{Block, Layout};
use crate::container::id3;
use crate::container::riff::{Format, WavReader};
use crate::container::tag::Tags;
use crate::unit::{Frames, SampleRate};

/// Opens a WAV, RF64 or BW64 file.
pub(super) fn open(path: &Path) -> Result<Source, Error> {
    let mut reader = WavReader::open(path).map_err(Error::riff(path))?;
    let mut info = info(path, &reader);
    if let Some(bytes) = reader.id3().map_err(Error::riff(path))? {
        // An ID3 tag knows every letter; LIST INFO and bext only ASCII.
        let rest = std::mem::replace(&mut info.tags, id3::parse(&bytes));
        info.tags.complete(rest);
    }
    Ok(Source { info, reader: Box::new(Wav { path: path.to_path_buf(), reader }) })
}

fn info(path: &Path, reader: &WavReader) -> Info {
    let Format { encoding, valid_bits, rate, .. } = *reader.format();
    let mut tags = Tags::from_info(reader.info());
    if let Some(bext) = reader.bext() {
        tags.complete(Tags::from_bext(bext));
    }
    Info {
        path: path.to_path_buf(),
        format: reader.form().to_string(),
        codec: if encoding.is_float() { "float" } else { "PCM" }.to_string(),
        rate,
        layout: reader.format().layout(),
        frames: reader.frames(),
        bits: Some(valid_bits),
        float: encoding.is_float(),
        lossy: false,
        tags,
        markers: reader.markers().to_vec(),
        bext: reader.bext().cloned(),
        damage: reader.damage().cloned(),
        non_finite: None,
        identity: None,
    }
}

/// A WAV file's frames.
pub(super) struct Wav {
    path: PathBuf,
    reader: WavReader,
}

impl Wav {
    /// The frames of a WAV file of our own.
    pub fn open(path: &Path) -> Result<Wav, Error> {
        let reader = WavReader::open(path).map_err(Error::riff(path))?;
        Ok(Wav { path: path.to_path_buf(), reader })
    }
}

impl Reader for Wav {
    fn rate(&self) -> SampleRate {
        self.reader.format().rate
    }

    fn layout(&self) -> Layout {
        self.reader.format().layout()
    }

    fn frames(&self) -> Frames {
        self.reader.frames()
    }

    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), Error> {
        self.reader.read(start, out).map_err(Error::riff(&self.path))
    }
}
