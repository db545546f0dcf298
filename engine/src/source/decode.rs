//! Compressed and AIFF files decoded. The only file that knows the symphonia crate.
//!
//! Integers become f64 from the decoder's own integers, never through f32; floats keep what lies beyond full scale.
//! Delay and padding of an encoder are removed: MP3 and Vorbis by the decoder, AAC here, by what the file says.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use symphonia::core::codecs::audio::well_known as codec;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Failure;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, Track, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{MetadataOptions, MetadataRevision, RawValue, StandardTag, Tag};
use symphonia::core::units::Timestamp;

use super::Error;
use crate::audio::Layout;
use crate::container::mp4::{self, Gapless};
use crate::container::tag::{Tags, number_of};
use crate::unit::{Frames, SampleRate};

/// Changes whenever decoding could give other samples: part of the cache's key.
pub const VERSION: &str = "symphonia-0.6.1-1";
/// The range of rates that are taken in.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=384_000;
const CHANNEL_LIMIT: usize = 12;
/// More frames than a packet of any coding has (FLAC: 65 535).
const PACKET_LIMIT: usize = 1 << 20;

/// A file open for decoding, and what it says about itself.
pub(super) struct Decoder {
    path: PathBuf,
    /// The container.
    pub container: String,
    /// The coding.
    pub codec: &'static str,
    pub rate: SampleRate,
    pub layout: Layout,
    /// Length as the file states it, without delay and padding; what is decoded decides.
    pub stated: Option<Frames>,
    pub bits: Option<u8>,
    pub float: bool,
    pub lossy: bool,
    pub tags: Tags,
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    /// Whether timestamps count frames, so that a seek can be exact.
    counts_frames: bool,
    /// Frames still to be dropped at the start, where the decoder does not do it.
    delay: u64,
    /// Time of the next frame that is decoded, without the delay.
    position: u64,
    planes: Vec<Vec<f64>>,
    /// The first place that had to be replaced by silence.
    broken: Option<(Frames, String)>,
}

/// Frames fresh from the decoder.
pub(super) struct Piece<'a> {
    /// The frame they begin at.
    pub start: u64,
    /// One row for each channel, all of one length.
    pub planes: &'a [Vec<f64>],
}

impl Decoder {
    /// Opens a file and reads everything before its audio.
    pub fn open(path: &Path) -> Result<Decoder, Error> {
        let file = File::open(path).map_err(Error::io(path))?;
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
            hint.with_extension(extension);
        }
        let stream = MediaSourceStream::new(Box::new(file), Default::default());
        let mut format = guarded(|| {
            symphonia::default::get_probe().probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        })
        .map_err(|failure| probing(path, failure))?;
        let tags = tags(format.as_mut());
        let track = format.default_track(TrackType::Audio).cloned();
        let track = track.ok_or_else(|| Error::Unknown { path: path.into(), what: "it has no audio track".into() })?;
        let params = track.codec_params.as_ref().and_then(|params| params.audio()).cloned().unwrap_or_default();
        // A decoder makes room for as many channels as the header claims: so that is looked at before.
        if params.channels.as_ref().is_some_and(|channels| channels.count() > CHANNEL_LIMIT) {
            return Err(Error::Unsupported { path: path.into(), what: "this number of channels".into() });
        }
        let options = AudioDecoderOptions::default().gapless(true);
        let decoder = guarded(|| symphonia::default::get_codecs().make_audio_decoder(&params, &options))
            .map_err(|failure| unsupported(path, &failure))?;
        Decoder::assemble(path, format, decoder, &track, &params, tags)
    }

    fn assemble(
        path: &Path,
        format: Box<dyn FormatReader>,
        decoder: Box<dyn AudioDecoder>,
        track: &Track,
        params: &AudioCodecParameters,
        tags: (Tags, Option<String>),
    ) -> Result<Decoder, Error> {
        let refuse = |what: String| Error::Unsupported { path: path.to_path_buf(), what };
        let (name, kind) = coding(params.codec).ok_or_else(|| refuse("this coding".into()))?;
        let mut path_rate = params.sample_rate;
        let mut channels = params.channels.as_ref().map(|channels| channels.count());
        let container = format.format_info().short_name.to_string();
        let mut stated = track.num_frames;
        let mut delay = 0;
        let is_mp4 = container.contains("mp4");
        let counts_frames =
            track.time_base.is_some_and(|base| base.numer.get() == 1 && Some(base.denom.get()) == params.sample_rate);
        if is_mp4 && counts_frames {
            stated = stated.or(track.duration.map(|duration| duration.get()));
            let gapless = gapless(path, tags.1.as_deref(), stated);
            (delay, stated) = (gapless.delay, gapless.frames.or(stated));
        }
        // Some MP4 files leave rate and channels to the coding itself.
        path_rate = path_rate.or(decoder.codec_params().sample_rate);
        channels = channels.or(decoder.codec_params().channels.as_ref().map(|channels| channels.count()));
        let rate = path_rate.filter(|rate| RATES.contains(rate));
        let rate = rate.ok_or_else(|| refuse(format!("a sample rate of {} Hz", path_rate.unwrap_or(0))))?;
        let channels = channels.filter(|count| (1..=CHANNEL_LIMIT).contains(count));
        let channels = channels.ok_or_else(|| refuse("this number of channels".into()))?;
        let bits = params.bits_per_sample.or(decoder.codec_params().bits_per_sample);
        let lossy = kind == Kind::Lossy;
        Ok(Decoder {
            path: path.to_path_buf(),
            container: container_name(&container, name),
            codec: name,
            rate: SampleRate(rate),
            layout: Layout::of_channels(channels),
            stated: stated.map(Frames),
            bits: if lossy { None } else { bits.map(|bits| bits.min(64) as u8) },
            float: kind == Kind::Float,
            lossy,
            tags: tags.0,
            format,
            decoder,
            track: track.id,
            counts_frames,
            delay,
            position: 0,
            planes: Vec::new(),
            broken: None,
        })
    }

    /// Whether any frame can be reached without decoding everything before it.
    pub fn can_seek(&self) -> bool {
        !self.lossy && self.counts_frames && self.stated.is_some()
    }

    /// The first place that could not be decoded and was replaced by silence (lossy codings only).
    pub fn broken(&self) -> Option<&(Frames, String)> {
        self.broken.as_ref()
    }

    /// The next stretch of frames; `None` at the end. What a lossless coding cannot decode is an error; a broken
    /// packet of a lossy one is replaced by silence of its length and remembered.
    pub fn next(&mut self) -> Result<Option<Piece<'_>>, Error> {
        loop {
            let packet = match guarded(|| self.format.next_packet()) {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(None),
                Err(Failure::IoError(cause)) if cause.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
                Err(failure) => return Err(self.corrupt(&failure)),
            };
            if packet.track_id != self.track {
                continue;
            }
            let (decoder, planes) = (&mut self.decoder, &mut self.planes);
            let decoded = guarded(|| {
                let buffer = decoder.decode(&packet)?;
                let possible = buffer.frames() <= PACKET_LIMIT;
                possible.then(|| buffer.copy_to_vecs_planar(planes)).ok_or(Failure::LimitError("frames of a packet"))
            });
            match decoded {
                Ok(()) => {}
                Err(failure @ Failure::LimitError(_)) => return Err(self.corrupt(&failure)),
                Err(failure) if !self.lossy => return Err(self.corrupt(&failure)),
                Err(failure) => {
                    let frames = packet.dur.get().min(PACKET_LIMIT as u64) as usize;
                    self.broken.get_or_insert((Frames(self.position), failure.to_string()));
                    self.planes.resize_with(self.layout.channels(), Vec::new);
                    self.planes.iter_mut().for_each(|plane| {
                        plane.clear();
                        plane.resize(frames, 0.0);
                    });
                }
            }
            if self.planes.len() != self.layout.channels() {
                return Err(self.corrupt(&Failure::DecodeError("the number of channels changes inside the file")));
            }
            if self.counts_frames && !self.lossy {
                self.position = (packet.pts.get().max(0) as u64).saturating_sub(self.delay);
            }
            self.drop_delay();
            let length = self.planes[0].len() as u64;
            if length > 0 {
                let start = self.position;
                self.position += length;
                return Ok(Some(Piece { start, planes: &self.planes }));
            }
        }
    }

    /// Goes to the stretch that holds `frame`, or some before it. Only where [`Decoder::can_seek`].
    pub fn seek(&mut self, frame: u64) -> Result<(), Error> {
        let target = frame.saturating_add(self.delay).min(i64::MAX as u64) as i64;
        let to = SeekTo::Timestamp { ts: Timestamp::new(target), track_id: self.track };
        self.position = frame;
        guarded(|| self.format.seek(SeekMode::Accurate, to)).map_err(|failure| self.corrupt(&failure))?;
        self.decoder.reset();
        Ok(())
    }

    /// Removes the encoder's delay at the start, where it is ours to remove.
    fn drop_delay(&mut self) {
        if self.lossy && self.delay > 0 {
            let count = self.delay.min(self.planes[0].len() as u64) as usize;
            self.planes.iter_mut().for_each(|plane| drop(plane.drain(..count.min(plane.len()))));
            self.delay -= count as u64;
        }
    }

    /// The error that says that `frame` cannot be had.
    pub fn lost(&self, frame: u64, what: &str) -> Error {
        Error::Corrupt { path: self.path.clone(), frame: Frames(frame), what: what.to_string() }
    }

    fn corrupt(&self, failure: &Failure) -> Error {
        Error::Corrupt { path: self.path.clone(), frame: Frames(self.position), what: failure.to_string() }
    }
}

/// Runs a step of the decoding crate. Bytes that make it panic are an error of the file, not of Lacquer: nothing but
/// the crate's own state is touched, and what follows a failure is never taken for sound.
fn guarded<T>(step: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or(Err(Failure::LimitError("bytes that no decoder makes sense of")))
}

#[derive(PartialEq)]
enum Kind {
    Integer,
    Float,
    Lossy,
}

fn coding(id: AudioCodecId) -> Option<(&'static str, Kind)> {
    Some(match id {
        codec::CODEC_ID_FLAC => ("FLAC", Kind::Integer),
        codec::CODEC_ID_ALAC => ("ALAC", Kind::Integer),
        codec::CODEC_ID_MP1 => ("MP1", Kind::Lossy),
        codec::CODEC_ID_MP2 => ("MP2", Kind::Lossy),
        codec::CODEC_ID_MP3 => ("MP3", Kind::Lossy),
        codec::CODEC_ID_AAC => ("AAC", Kind::Lossy),
        codec::CODEC_ID_VORBIS => ("Vorbis", Kind::Lossy),
        codec::CODEC_ID_PCM_ALAW => ("A-law", Kind::Lossy),
        codec::CODEC_ID_PCM_MULAW => ("\u{b5}-law", Kind::Lossy),
        codec::CODEC_ID_PCM_F32LE
        | codec::CODEC_ID_PCM_F32BE
        | codec::CODEC_ID_PCM_F64LE
        | codec::CODEC_ID_PCM_F64BE => ("float", Kind::Float),
        codec::CODEC_ID_PCM_S32LE
        | codec::CODEC_ID_PCM_S32BE
        | codec::CODEC_ID_PCM_S24LE
        | codec::CODEC_ID_PCM_S24BE
        | codec::CODEC_ID_PCM_S16LE
        | codec::CODEC_ID_PCM_S16BE
        | codec::CODEC_ID_PCM_S8
        | codec::CODEC_ID_PCM_U8 => ("PCM", Kind::Integer),
        _ => return None,
    })
}

fn container_name(short: &str, codec: &str) -> String {
    match short {
        "isomp4" => "MP4".into(),
        "ogg" => "Ogg".into(),
        "adts" | "aac" => "ADTS".into(),
        other if other.starts_with("mp") => codec.to_string(),
        other => other.to_uppercase(),
    }
}

/// Delay and length of an MP4 track: iTunSMPB where the file has it, else its edit list.
fn gapless(path: &Path, smpb: Option<&str>, stated: Option<u64>) -> Gapless {
    if let Some(gapless) = smpb.and_then(Gapless::from_itunsmpb) {
        return gapless;
    }
    // Without an edit list, or with one that cannot be read, everything counts.
    let edit = File::open(path).ok().and_then(|mut file| mp4::edit(&mut file).ok().flatten());
    edit.map_or(Gapless { delay: 0, frames: stated }, |edit| edit.gapless(stated))
}

fn probing(path: &Path, failure: Failure) -> Error {
    let path = path.to_path_buf();
    match failure {
        Failure::Unsupported(what) => Error::Unknown { path, what: what.to_string() },
        Failure::IoError(cause) if cause.kind() != std::io::ErrorKind::UnexpectedEof => {
            Error::Io { path, offset: None, cause: cause.to_string() }
        }
        // The probe runs to the end of a file that it does not recognise.
        Failure::IoError(_) => Error::Unknown { path, what: "the file ends before any audio is found".into() },
        other => Error::Damaged { path, offset: None, what: other.to_string() },
    }
}

fn unsupported(path: &Path, failure: &Failure) -> Error {
    Error::Unsupported { path: path.to_path_buf(), what: failure.to_string() }
}

/// Everything the file says, and its iTunSMPB line.
fn tags(format: &mut dyn FormatReader) -> (Tags, Option<String>) {
    let mut tags = Tags::default();
    let mut smpb = None;
    let mut metadata = format.metadata();
    loop {
        if let Some(revision) = metadata.current() {
            take_revision(revision, &mut tags, &mut smpb);
        }
        if metadata.pop().is_none() {
            return (tags, smpb);
        }
    }
}

fn take_revision(revision: &MetadataRevision, tags: &mut Tags, smpb: &mut Option<String>) {
    let per_track = revision.per_track.iter().flat_map(|track| &track.metadata.tags);
    for tag in revision.media.tags.iter().chain(per_track) {
        let Some(text) = text_of(&tag.raw.value) else { continue };
        if tag.raw.key.ends_with("iTunSMPB") {
            *smpb = Some(text);
        } else {
            take(tag, text, tags);
        }
    }
}

fn text_of(value: &RawValue) -> Option<String> {
    let text = match value {
        RawValue::String(text) => text.trim().to_string(),
        RawValue::StringList(list) => list.join("; "),
        RawValue::UnsignedInt(number) => number.to_string(),
        RawValue::SignedInt(number) => number.to_string(),
        RawValue::Float(number) => number.to_string(),
        RawValue::Boolean(flag) => flag.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn take(tag: &Tag, text: String, tags: &mut Tags) {
    use StandardTag as Std;
    let number = |value: &u64| u32::try_from(*value).ok().filter(|number| *number > 0);
    let slot = match &tag.std {
        Some(Std::TrackNumber(value)) => {
            tags.track = tags.track.or(number(value));
            return total(&text, &mut tags.track_total);
        }
        Some(Std::TrackTotal(value)) => return tags.track_total = tags.track_total.or(number(value)),
        Some(Std::DiscNumber(value)) => {
            tags.disc = tags.disc.or(number(value));
            return total(&text, &mut tags.disc_total);
        }
        Some(Std::DiscTotal(value)) => return tags.disc_total = tags.disc_total.or(number(value)),
        Some(Std::TrackTitle(_)) => &mut tags.title,
        Some(Std::Artist(_)) => &mut tags.artist,
        Some(Std::Album(_)) => &mut tags.album,
        Some(Std::AlbumArtist(_)) => &mut tags.album_artist,
        Some(Std::IdentIsrc(_)) => &mut tags.isrc,
        Some(Std::RecordingDate(_) | Std::ReleaseDate(_) | Std::RecordingYear(_) | Std::ReleaseYear(_)) => {
            &mut tags.date
        }
        Some(Std::Composer(_)) => &mut tags.composer,
        Some(Std::Lyricist(_)) => &mut tags.lyricist,
        Some(Std::Label(_)) => &mut tags.label,
        Some(Std::Genre(_)) => &mut tags.genre,
        Some(Std::Comment(_) | Std::Description(_)) => &mut tags.comment,
        Some(Std::IdentUpc(_) | Std::IdentBarcode(_) | Std::IdentEanUpn(_)) => &mut tags.barcode,
        Some(Std::Copyright(_)) => &mut tags.copyright,
        Some(Std::Engineer(_) | Std::MixEngineer(_)) => &mut tags.engineer,
        Some(Std::Encoder(_) | Std::EncodedBy(_)) => &mut tags.software,
        _ => return tags.other.push((tag.raw.key.clone(), text)),
    };
    slot.get_or_insert(text);
}

fn total(text: &str, slot: &mut Option<u32>) {
    *slot = slot.or(number_of(text).1);
}
