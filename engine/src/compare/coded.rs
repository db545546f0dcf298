//! A song through a lossy coder and back, ready to stand beside itself: decoded, in step with the original, and what the
//! coder took away.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::heard;
use crate::audio::Block;
use crate::codec::{self, CodecError, Coder, Tier, Trip, TripOptions};
use crate::container::riff::{Encoding, Extras, Format, WavWriter};
use crate::render::{Library, Plan};
use crate::survey::{Listener, SurveyError, Watch};

/// A song that went through a coder.
#[derive(Debug, Clone)]
pub struct Coded {
    /// What was measured on the way.
    pub trip: Trip,
    /// What a listener gets, 32-bit float WAV.
    pub decoded: PathBuf,
    /// What the coder took away, 32-bit float WAV.
    pub difference: PathBuf,
}

/// Why it could not.
#[derive(Debug, thiserror::Error)]
pub enum CodedError {
    /// The song cannot be rendered.
    #[error(transparent)]
    Render(#[from] SurveyError),
    /// The coder failed.
    #[error(transparent)]
    Coder(#[from] CodecError),
    /// No room for what it makes.
    #[error("{path}: {reason}; the session is as it was")]
    Scratch {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What writes while it hears.
struct Writer {
    file: WavWriter,
    error: Option<String>,
}

impl Listener for Writer {
    fn process(&mut self, block: &Block) {
        if self.error.is_none()
            && let Err(error) = self.file.write(block)
        {
            self.error = Some(error.to_string());
        }
    }
}

/// Sends song `song` of a plan, as it is delivered, through a coder of the machine. Everything lies in `folder`, which is
/// the caller's to empty.
///
/// # Errors
/// A song that cannot be rendered, a folder without room, a coder that fails or is stopped.
pub fn coded(
    plan: &Arc<Plan>,
    library: &Arc<dyn Library>,
    song: usize,
    (tier, coder): (Tier, &Coder),
    folder: &Path,
    cancel: &AtomicBool,
) -> Result<Coded, CodedError> {
    let scratch = |path: &Path, reason: String| CodedError::Scratch { path: path.into(), reason };
    let path = folder.join("song.wav");
    let format = Format::new(Encoding::Float32, plan.delivered, plan.layout);
    let file =
        WavWriter::create(&path, format, Extras::default()).map_err(|error| scratch(&path, error.to_string()))?;
    let mut writer = Writer { file, error: None };
    heard::song(plan, library, song, &mut writer, &Watch { progress: &|_| (), cancel })?;
    if let Some(error) = writer.error {
        return Err(scratch(&path, error));
    }
    writer.file.finish().map_err(|error| scratch(&path, error.to_string()))?;
    let options = TripOptions { keep: Some(folder.to_path_buf()) };
    let trip = codec::trip(&path, tier, coder, folder, &options, cancel)?;
    let kept = |what: &str| folder.join(codec::kept_name(&path, tier, what));
    Ok(Coded { trip, decoded: kept(codec::DECODED), difference: kept(codec::DIFFERENCE) })
}
