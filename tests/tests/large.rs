//! Files beyond four gibibytes are RF64 or BW64 (EBU Tech 3306, ITU-R BS.2088), and other programs read them to their end.
//!
//! The large ones are written where `LACQUER_LARGE` names a folder with ten gigabytes to spare; small files in the same
//! form are written in every run.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::container::riff::{Bext, Encoding, Extras, Format, Large, WavWriter};
use lacquer_engine::source;
use lacquer_engine::unit::{Frames, SampleRate};

/// Frames written at a time.
const BLOCK_FRAMES: usize = 65_536;

/// Writes silence with one click at its end, and reads the end back.
fn write(path: &Path, rate: u32, frames: u64, large: Large) -> u64 {
    let format = Format::new(Encoding::Int24, SampleRate(rate), Layout::Stereo);
    let bext = Bext { version: 2, description: "large".into(), ..Bext::default() };
    let extras = Extras { bext: Some(bext), large, expected: Some(Frames(frames)), ..Extras::default() };
    let mut writer = WavWriter::create(path, format, extras).expect("a new file");
    let mut block = Block::new(2, BLOCK_FRAMES);
    let mut done = 0;
    while done < frames {
        let count = (frames - done).min(BLOCK_FRAMES as u64) as usize;
        block.set_frames(count);
        block.clear();
        if done + count as u64 == frames {
            block.channel_mut(1)[count - 1] = 0.5;
        }
        writer.write(&block).expect("room on the disk");
        done += count as u64;
    }
    let written = writer.finish().expect("a whole file");
    let mut opened = source::open(path).expect("our own file");
    assert_eq!((opened.reader.frames().0, opened.info.bext.is_some()), (frames, true));
    let mut end = Block::new(2, 2);
    opened.reader.read(frames - 2, &mut end).expect("its end");
    assert_eq!((end.channel(1)[0], end.channel(1)[1], end.channel(0)[1]), (0.0, 0.5, 0.0));
    written.bytes
}

fn head(path: &Path) -> [u8; 16] {
    let mut head = [0; 16];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).expect("readable");
    head
}

fn said(program: &str, arguments: &[&str], path: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(path).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The length in frames as other programs see it. Not all of them know BW64.
fn judged(path: &Path, rate: u32, frames: u64) {
    let probed = said("ffprobe", &["-v", "error", "-show_entries", "stream=duration_ts", "-of", "csv=p=0"], path);
    assert_eq!(probed.trim(), frames.to_string(), "ffprobe");
    if &head(path)[..4] == b"BW64" {
        return;
    }
    let told = said("mediainfo", &["--Inform=Audio;%SamplingCount% %SamplingRate%"], path);
    assert_eq!(told.trim(), format!("{frames} {rate}"), "mediainfo");
    // ffmpeg decodes the last tenth of a second: the click stands in it.
    let from = format!("{:.3}", frames as f64 / f64::from(rate) - 0.1);
    let arguments = ["-nostdin", "-v", "info", "-ss", &from, "-i"];
    let output =
        Command::new("ffmpeg").args(arguments).arg(path).args(["-af", "volumedetect", "-f", "null", "-"]).output();
    let text = String::from_utf8_lossy(&output.expect("ffmpeg is needed for this test").stderr).into_owned();
    assert!(text.contains("max_volume: -6.0 dB"), "{text}");
}

#[test]
fn other_programs_read_the_large_forms() {
    let folder = tempfile::tempdir().expect("a folder");
    for (large, id) in [(Large::Rf64, b"RF64"), (Large::Bw64, b"BW64"), (Large::Automatic, b"RIFF")] {
        let path = folder.path().join("small.wav");
        write(&path, 48_000, 100_001, large);
        assert_eq!(&head(&path)[..4], id);
        judged(&path, 48_000, 100_001);
    }
}

#[test]
fn beyond_four_gibibytes_the_form_changes_by_itself() {
    let Ok(folder) = std::env::var("LACQUER_LARGE") else {
        println!("LACQUER_LARGE names no folder: left out");
        return;
    };
    let path = Path::new(&folder).join("large.wav");
    // 6 bytes a frame at 96 kHz: two hours and five minutes.
    let frames = 720_000_001;
    let bytes = write(&path, 96_000, frames, Large::Automatic);
    let head = head(&path);
    println!("{bytes} bytes, {}", String::from_utf8_lossy(&head[..4]));
    assert!(bytes > 1 << 32);
    assert_eq!((&head[..4], &head[4..8], &head[12..16]), (&b"RF64"[..], &[0xFF; 4][..], &b"ds64"[..]));
    judged(&path, 96_000, frames);
    println!("{}", said("soxi", &[], &path));
    std::fs::remove_file(&path).expect("removable");
}
