//! Promise: what other programs wrote is read exactly, and what Lacquer wrote other programs read exactly.
//!
//! The second opinions are ffmpeg, sox, flac and lame; a machine without them cannot keep this promise and fails.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use assert_no_alloc::{AllocDisabler, assert_no_alloc, reset_violation_count, violation_count};
use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::container::riff::{Encoding, Extras, Format, WavWriter};
use lacquer_engine::source::{self, Cache, Feed, Source, Stream, Supply};
use lacquer_engine::unit::SampleRate;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE: SampleRate = SampleRate(44_100);
const FRAMES: usize = 44_100;

/// Runs a program in `folder` and gives what it printed.
fn run(folder: &Path, line: &str) -> Vec<u8> {
    let mut words = line.split_whitespace();
    let program = words.next().unwrap();
    let output = Command::new(program).args(words).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Noise under two tones, the same every time, at the steps of 16 bits so that every coding can hold it.
fn music(channels: usize) -> Block {
    let mut block = Block::new(channels, FRAMES);
    let mut state = 1u32;
    for channel in 0..channels {
        for (index, sample) in block.channel_mut(channel).iter_mut().enumerate() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from(state >> 20) / 4096.0 - 0.5;
            let phase = index as f64 * 0.0627 * (channel + 1) as f64;
            *sample = ((0.5 * libm::sin(phase) + 0.02 * noise) * 32768.0).round() / 32768.0;
        }
    }
    block
}

fn write(path: &Path, encoding: Encoding, block: &Block) {
    let format = Format::new(encoding, RATE, Layout::of_channels(block.channels()));
    let mut writer = WavWriter::create(path, format, Extras::default()).unwrap();
    writer.write(block).unwrap();
    assert_eq!(writer.finish().unwrap().inexact, 0);
}

/// A folder with `in.wav`, a 24-bit stereo file.
fn folder() -> (tempfile::TempDir, Block) {
    let folder = tempfile::tempdir().unwrap();
    let block = music(2);
    write(&folder.path().join("in.wav"), Encoding::Int24, &block);
    (folder, block)
}

fn open(path: &Path) -> Source {
    let cache = Cache::new(path.with_file_name("cache"), 1 << 30);
    source::open_with(path, &cache, &mut |_| (), &AtomicBool::new(false)).unwrap()
}

fn all(source: &mut Source) -> Block {
    let mut block = Block::new(source.info.layout.channels(), source.info.frames.0 as usize);
    source.reader.read(0, &mut block).unwrap();
    block
}

/// What ffmpeg decodes, as 64-bit floats.
fn ffmpeg(folder: &Path, name: &str, channels: usize) -> Block {
    let bytes = run(folder, &format!("ffmpeg -v error -i {name} -f f64le -acodec pcm_f64le -"));
    let samples: Vec<f64> = bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect();
    let rows: Vec<Vec<f64>> =
        (0..channels).map(|c| samples.iter().skip(c).step_by(channels).copied().collect()).collect();
    Block::from_channels(&rows)
}

fn worst(a: &Block, b: &Block) -> f64 {
    assert_eq!((a.channels(), a.frames()), (b.channels(), b.frames()));
    a.iter().zip(b.iter()).flat_map(|(a, b)| a.iter().zip(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The mean distance: a coding out of step with its source would be some 0.3 off.
fn mean(a: &Block, b: &Block) -> f64 {
    let sum: f64 = a.iter().zip(b.iter()).flat_map(|(a, b)| a.iter().zip(b)).map(|(a, b)| (a - b).abs()).sum();
    sum / (a.frames() * a.channels()) as f64
}

#[test]
fn wav_of_every_coding_is_the_same_to_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    for channels in [1, 2, 6] {
        let block = music(channels);
        for encoding in [Encoding::Int16, Encoding::Int24, Encoding::Int32, Encoding::Float32, Encoding::Float64] {
            write(&folder.path().join("a.wav"), encoding, &block);
            assert_eq!(worst(&ffmpeg(folder.path(), "a.wav", channels), &block), 0.0, "{encoding:?}");
            run(folder.path(), "sox a.wav again.wav");
            assert_eq!(worst(&all(&mut open(&folder.path().join("again.wav"))), &block), 0.0, "{encoding:?} by sox");
        }
    }
}

#[test]
fn wav_of_other_programs_is_read_exactly() {
    let (folder, block) = folder();
    for (line, form) in [
        ("sox -D in.wav -b 16 -e signed out.wav", "WAV"),
        ("sox in.wav -b 24 out.wav", "WAV"),
        ("sox in.wav -b 32 -e signed out.wav", "WAV"),
        ("sox in.wav -b 32 -e float out.wav", "WAV"),
        ("sox in.wav -b 64 -e float out.wav", "WAV"),
        ("ffmpeg -v error -y -i in.wav -c:a pcm_s24le -rf64 always out.wav", "RF64"),
        ("ffmpeg -v error -y -i in.wav -c:a pcm_f64le out.wav", "WAV"),
    ] {
        run(folder.path(), line);
        let mut source = open(&folder.path().join("out.wav"));
        assert_eq!(source.info.format, form, "{line}");
        assert_eq!(source.info.damage, None, "{line}");
        assert_eq!(worst(&all(&mut source), &block), 0.0, "{line}");
    }
}

#[test]
fn lossless_files_are_read_exactly_in_whole_and_in_part() {
    let (folder, block) = folder();
    for (line, name, codec) in [
        ("flac -s -f -8 in.wav -o out.flac", "out.flac", "FLAC"),
        ("ffmpeg -v error -y -i in.wav -c:a flac -sample_fmt s16 out16.flac", "out16.flac", "FLAC"),
        ("ffmpeg -v error -y -i in.wav -c:a alac -sample_fmt s32p out.m4a", "out.m4a", "ALAC"),
        ("ffmpeg -v error -y -i in.wav -c:a alac -sample_fmt s16p out16.m4a", "out16.m4a", "ALAC"),
        ("sox in.wav -b 24 out.aiff", "out.aiff", "PCM"),
        ("sox -D in.wav -b 16 out16.aiff", "out16.aiff", "PCM"),
        ("ffmpeg -v error -y -i in.wav -c:a pcm_s16le sowt.aif", "sowt.aif", "PCM"),
        ("ffmpeg -v error -y -i in.wav -c:a pcm_f32be fl32.aif", "fl32.aif", "float"),
    ] {
        run(folder.path(), line);
        let mut source = open(&folder.path().join(name));
        assert_eq!(source.info.codec, codec, "{line}");
        assert!(!source.info.lossy);
        assert_eq!(worst(&all(&mut source), &block), 0.0, "{line}");
        let mut part = Block::new(2, 777);
        for start in [40_000usize, 5, 20_000, 20_777, 4_095, 43_900, 0] {
            source.reader.read(start as u64, &mut part).unwrap();
            for (index, sample) in part.channel(1).iter().enumerate() {
                let expected = block.channel(1).get(start + index).copied().unwrap_or(0.0);
                assert_eq!(*sample, expected, "{name} at {start} + {index}");
            }
        }
    }
}

#[test]
fn lossy_files_have_their_true_length_and_sound_as_elsewhere() {
    let (folder, block) = folder();
    for (line, name, codec) in [
        ("lame --quiet -b 192 in.wav out.mp3", "out.mp3", "MP3"),
        ("ffmpeg -v error -y -i in.wav -c:a libvorbis -q:a 6 out.ogg", "out.ogg", "Vorbis"),
        ("ffmpeg -v error -y -i in.wav -c:a aac -b:a 192k out.m4a", "out.m4a", "AAC"),
    ] {
        run(folder.path(), line);
        let mut source = open(&folder.path().join(name));
        assert_eq!(source.info.codec, codec);
        assert!(source.info.lossy && source.info.damage.is_none(), "{name}: {:?}", source.info.damage);
        let ours = all(&mut source);
        let theirs = ffmpeg(folder.path(), name, 2);
        assert_eq!(ours.frames(), FRAMES, "{name}");
        let frames = ours.frames().min(theirs.frames());
        let cut = |block: &Block| Block::from_channels(&block.iter().map(|row| &row[..frames]).collect::<Vec<_>>());
        let apart = worst(&cut(&ours), &cut(&theirs));
        assert!(apart < 1e-4, "{name}: {apart} from ffmpeg");
        assert!(mean(&cut(&ours), &cut(&block)) < 0.05, "{name} is out of step with its source");
        // The second time it comes out of the cache.
        assert_eq!(worst(&all(&mut open(&folder.path().join(name))), &ours), 0.0);
    }
}

#[test]
fn tags_are_read_whatever_the_container() {
    let (folder, _) = folder();
    for name in ["t.flac", "t.mp3", "t.m4a", "t.ogg", "t.wav"] {
        let extra = if name == "t.ogg" { "-c:a libvorbis" } else { "" };
        let meta = "-metadata title=Song -metadata artist=Band -metadata album=Disc -metadata track=3";
        run(folder.path(), &format!("ffmpeg -v error -y -i in.wav {extra} {meta} {name}"));
        let tags = open(&folder.path().join(name)).info.tags;
        assert_eq!(tags.title.as_deref(), Some("Song"), "{name}");
        assert_eq!(tags.artist.as_deref(), Some("Band"), "{name}");
        assert_eq!(tags.album.as_deref(), Some("Disc"), "{name}");
        assert_eq!(tags.track, Some(3), "{name}");
    }
}

#[test]
fn damaged_files_are_told_and_never_a_panic() {
    let (folder, _) = folder();
    run(folder.path(), "flac -s -f in.wav -o a.flac");
    run(folder.path(), "lame --quiet in.wav a.mp3");
    run(folder.path(), "ffmpeg -v error -y -i in.wav -c:a alac a.m4a");
    run(folder.path(), "sox in.wav a.aiff");
    let cache = Cache::new(folder.path().join("cache"), 1 << 30);
    let go_on = AtomicBool::new(false);
    for name in ["a.flac", "a.mp3", "a.m4a", "a.aiff", "in.wav"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        let mut paths: Vec<PathBuf> = Vec::new();
        for (index, part) in [1usize, 2, 5, 9].into_iter().enumerate() {
            let mut broken = bytes[..bytes.len() * part / 10].to_vec();
            for step in 0..index * 4 {
                let length = broken.len();
                broken[(step * 7919 + 31) % length] ^= 0xA5;
            }
            let path = folder.path().join(format!("{part}-{name}"));
            std::fs::write(&path, broken).unwrap();
            paths.push(path);
        }
        for (result, path) in source::import(&paths, &cache, |_| (), &go_on).into_iter().zip(&paths) {
            match result {
                // A lossy stream whose first frame is hit no longer says how long it was meant to be.
                Ok(info) if info.lossy && path != &paths[0] => {}
                Ok(info) => assert!(info.damage.is_some(), "{} passed for whole", path.display()),
                Err(error) => assert_eq!(error.path(), path),
            }
        }
    }
}

#[test]
fn a_stream_never_allocates_on_the_audio_thread() {
    let (folder, block) = folder();
    let source = open(&folder.path().join("in.wav"));
    let mut stream = Stream::open(source.reader, 0, 16).unwrap();
    let mut out = Block::new(2, 512);
    reset_violation_count();
    let ready = assert_no_alloc(|| {
        let first = stream.read(0, &mut out);
        let jumped = stream.read(40_000, &mut out);
        let back = stream.read(3, &mut out);
        (first, jumped, back)
    });
    assert_eq!(violation_count(), 0);
    assert_eq!(ready.0, Supply::Ready);
    while stream.read(1_000, &mut out) == Supply::Late {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    assert_eq!(out.channel(1), &block.channel(1)[1_000..1_512]);
}
