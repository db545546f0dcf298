use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::audio::{Block, Layout};
use crate::container::Damage;
use crate::unit::{Frames, SampleRate};

const ENCODINGS: [Encoding; 6] =
    [Encoding::Int8, Encoding::Int16, Encoding::Int24, Encoding::Int32, Encoding::Float32, Encoding::Float64];

fn format(encoding: Encoding, channels: usize) -> Format {
    Format::new(encoding, SampleRate(1), Layout::of_channels(channels))
}

/// A block whose samples every coding can hold exactly.
fn steps(channels: usize, frames: usize) -> Block {
    let mut block = Block::new(channels, frames);
    for channel in 0..channels {
        for (index, sample) in block.channel_mut(channel).iter_mut().enumerate() {
            *sample = ((index * 7 + channel * 13) % 256) as f64 / 128.0 - 1.0;
        }
    }
    block
}

fn file(format: Format, extras: Extras, block: &Block) -> (Vec<u8>, Written) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mut writer = WavWriter::create(&path, format, extras).unwrap();
    writer.write(block).unwrap();
    let written = writer.finish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes.len() as u64, written.bytes);
    (bytes, written)
}

fn open(bytes: &[u8]) -> Result<WavReader<Cursor<Vec<u8>>>, Error> {
    WavReader::new(Cursor::new(bytes.to_vec()))
}

fn all(reader: &mut WavReader<Cursor<Vec<u8>>>) -> Block {
    let mut block = Block::new(usize::from(reader.format().channels), reader.frames().0 as usize);
    reader.read(0, &mut block).unwrap();
    block
}

#[test]
fn every_coding_survives_the_trip_bit_for_bit() {
    for encoding in ENCODINGS {
        for channels in [1, 2, 3, 6, 12, 64] {
            let block = steps(channels, 301);
            let (bytes, written) = file(format(encoding, channels), Extras::default(), &block);
            assert_eq!((written.frames, written.clipped, written.inexact), (Frames(301), 0, 0));
            let mut reader = open(&bytes).unwrap();
            // The plain form for one and two channels has no place for speakers.
            let speakers = if channels > 2 { format(encoding, channels).speakers } else { 0 };
            assert_eq!(reader.format(), &Format { speakers, ..format(encoding, channels) });
            assert_eq!(reader.damage(), None);
            assert_eq!(all(&mut reader), block);
            assert!(reader.is_clean() || encoding.is_float());
        }
    }
}

#[test]
fn floats_keep_every_bit_and_what_is_beyond_full_scale() {
    let values = vec![std::f64::consts::PI, -1e300, 5e-324, -0.0, 1.0];
    let block = Block::from_channels(&[values]);
    let (bytes, _) = file(format(Encoding::Float64, 1), Extras::default(), &block);
    let read = all(&mut open(&bytes).unwrap());
    assert!(read.channel(0).iter().zip(block.channel(0)).all(|(a, b)| a.to_bits() == b.to_bits()));
}

#[test]
fn integers_count_what_they_cannot_hold() {
    let block = Block::from_channels(&[vec![1.0, -1.0, 0.3, -2.0, 32767.0 / 32768.0]]);
    let (bytes, written) = file(format(Encoding::Int16, 1), Extras::default(), &block);
    assert_eq!((written.clipped, written.inexact), (2, 1));
    let read = all(&mut open(&bytes).unwrap());
    assert_eq!(read.channel(0)[0], 32767.0 / 32768.0);
    assert_eq!(read.channel(0)[3], -1.0);
}

#[test]
fn steps_are_written_as_they_are_and_refused_where_they_do_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mut writer = WavWriter::create(&path, format(Encoding::Int24, 2), Extras::default()).unwrap();
    writer.write_steps(&[-8_388_608, 8_388_607, 1, -1]).unwrap();
    assert!(writer.write_steps(&[8_388_608, 0]).is_err());
    assert!(writer.write_steps(&[0]).is_err());
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a file that was not finished stayed behind");
}

#[test]
fn a_sample_that_is_no_number_stops_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mut writer = WavWriter::create(&path, format(Encoding::Float32, 2), Extras::default()).unwrap();
    let block = Block::from_channels(&[vec![0.0, 0.0], vec![0.0, f64::NAN]]);
    let stopped = writer.write(&block);
    assert!(matches!(stopped, Err(Error::NotFinite { frame: Frames(1), channel: 1 })));
}

#[test]
fn a_file_may_carry_names_markers_and_a_broadcast_chunk() {
    let mut region = Marker::at(Frames(20), "chorus");
    region.length = Frames(5);
    region.note = "loud".into();
    let bext = Bext { version: 2, description: "a".into(), integrated: None, ..Bext::default() };
    let extras = Extras {
        bext: Some(bext.clone()),
        info: vec![InfoItem::new(b"INAM", "Odd"), InfoItem::new(b"IART", "Sigur Rós")],
        markers: vec![Marker::at(Frames(10), "verse"), region],
        id3: Some(vec![1, 2, 3]),
        ..Extras::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mut writer = WavWriter::create(&path, format(Encoding::Int8, 1), extras.clone()).unwrap();
    writer.write(&steps(1, 31)).unwrap();
    let loud = Bext { integrated: Some(crate::unit::Lufs(-14.0)), ..bext };
    writer.set_bext(&loud).unwrap();
    assert!(writer.set_bext(&Bext { coding_history: "A=PCM".into(), ..loud.clone() }).is_err());
    writer.finish().unwrap();
    let mut reader = WavReader::open(&path).unwrap();
    assert_eq!(reader.bext(), Some(&loud));
    assert_eq!(reader.markers(), extras.markers);
    assert_eq!(reader.info()[1].text, "Sigur Ros");
    assert_eq!(reader.id3().unwrap(), Some(vec![1, 2, 3]));
    assert_eq!(reader.frames(), Frames(31));
}

#[test]
fn a_file_that_outgrows_its_sizes_becomes_rf64() {
    let block = steps(2, 1000);
    let folder = tempfile::tempdir().unwrap();
    for extras in [
        Extras::default(),
        Extras { large: Large::Bw64, ..Extras::default() },
        Extras { expected: Some(Frames(1000)), ..Extras::default() },
    ] {
        for encoding in [Encoding::Int16, Encoding::Float32] {
            let path = folder.path().join("a.wav");
            let mut writer = WavWriter::with_limit(&path, format(encoding, 2), extras.clone(), 600).unwrap();
            writer.write(&block).unwrap();
            writer.finish().unwrap();
            let mut reader = WavReader::open(&path).unwrap();
            assert_eq!(reader.form(), if extras.large == Large::Bw64 { "BW64" } else { "RF64" });
            assert_eq!((reader.damage(), reader.frames()), (None, Frames(1000)));
            let mut read = Block::new(2, 1000);
            reader.read(0, &mut read).unwrap();
            assert_eq!(read, block);
        }
    }
}

#[test]
fn any_part_of_a_file_reads_the_same() {
    let block = steps(2, 40_000);
    let (bytes, _) = file(format(Encoding::Int24, 2), Extras::default(), &block);
    let mut reader = open(&bytes).unwrap();
    let mut part = Block::new(3, 1000);
    for start in [0u64, 39_500, 17, 10_922, 10_923, 40_000, u64::MAX] {
        part.channel_mut(2).fill(9.0);
        reader.read(start, &mut part).unwrap();
        for index in 0..1000u64 {
            let at = start.saturating_add(index);
            let expected = if at < 40_000 { block.channel(1)[at as usize] } else { 0.0 };
            assert_eq!(part.channel(1)[index as usize], expected);
            assert_eq!(part.channel(2)[index as usize], 0.0);
        }
    }
}

#[test]
fn damage_is_described_and_the_rest_is_usable() {
    let (bytes, _) = file(format(Encoding::Int16, 2), Extras::default(), &steps(2, 100));
    let cut = &bytes[..44 + 50 * 4 + 3];
    let reader = open(cut).unwrap();
    let damage = reader.damage().unwrap();
    let rate = SampleRate(1);
    assert_eq!(damage, &Damage::Truncated { offset: 44, claimed: Frames(100), held: Frames(50), rate });
    for size in [[0xFF; 4], [0; 4]] {
        let mut streamed = bytes.clone();
        streamed[4..8].copy_from_slice(&size);
        streamed[40..44].copy_from_slice(&size);
        let reader = open(&streamed).unwrap();
        assert_eq!(reader.damage(), Some(&Damage::Unfinished { offset: 44, held: Frames(100), rate }));
    }
    let mut ragged = bytes.clone();
    ragged[40] -= 1;
    assert_eq!(open(&ragged).unwrap().damage(), Some(&Damage::Ragged { offset: 44 + 396, bytes: 3 }));
}

#[test]
fn made_up_headers_are_errors_with_their_place() {
    let (bytes, _) = file(format(Encoding::Int16, 2), Extras::default(), &steps(2, 4));
    for (at, value, offset) in [(22, [0, 0], 22), (24, [0, 0], 24), (20, [9, 0], 20), (32, [3, 0], 32), (0, [0, 0], 0)]
    {
        let mut broken = bytes.clone();
        broken[at..at + 2].copy_from_slice(&value);
        assert_eq!(open(&broken).unwrap_err().offset(), Some(offset), "bytes at {at}");
    }
    assert!(open(b"").is_err());
    assert!(matches!(open(&bytes[..36]), Err(Error::Malformed { offset: 36, .. })));
}

#[test]
fn hound_agrees() {
    for (encoding, bits, float) in
        [(Encoding::Int16, 16, false), (Encoding::Int24, 24, false), (Encoding::Float32, 32, true)]
    {
        let block = steps(2, 500);
        let (bytes, _) = file(format(encoding, 2), Extras::default(), &block);
        let mut other = hound::WavReader::new(Cursor::new(bytes)).unwrap();
        assert_eq!((other.spec().bits_per_sample, other.len()), (bits, 1000));
        for (index, expected) in (0..1000).map(|index| (index, block.channel(index % 2)[index / 2])) {
            let scale = encoding.full_scale();
            let sample = match float {
                true => other.samples::<f32>().next().unwrap().map(f64::from),
                false => other.samples::<i32>().next().unwrap().map(|sample| f64::from(sample) / scale),
            };
            assert_eq!(sample.unwrap(), expected, "sample {index}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400), headed in any::<bool>()) {
        let mut file = if headed { b"RIFF\xff\xff\xff\xffWAVE".to_vec() } else { Vec::new() };
        file.extend(bytes);
        let _ = open(&file);
    }

    #[test]
    fn a_changed_or_cut_file_is_survived(
        encoding in 0usize..6, at in 0usize..900, value in any::<u8>(), more in any::<u8>(), cut in 0usize..1200
    ) {
        let bext = Some(Bext { version: 2, ..Bext::default() });
        let markers = vec![Marker::at(Frames(3), "a")];
        let info = vec![InfoItem::new(b"INAM", "x")];
        let extras = Extras { bext, markers, info, id3: Some(vec![0; 7]), large: Large::Rf64, ..Extras::default() };
        let (mut bytes, _) = file(format(ENCODINGS[encoding], 2), extras, &steps(2, 20));
        let length = bytes.len();
        bytes[at % length] = value;
        bytes[(at * 7) % length] = more;
        bytes.truncate(cut.max(1));
        if let Ok(mut reader) = open(&bytes) {
            prop_assert!(reader.frames().0 <= bytes.len() as u64);
            let mut block = Block::new(2, 64);
            prop_assert!(reader.read(0, &mut block).is_ok());
            prop_assert!(reader.read(u64::MAX - 3, &mut block).is_ok());
            prop_assert!(reader.id3().is_ok());
        }
    }
}
