use std::process::Command;

use super::*;

fn steps(seed: u64, frames: usize, bits: u8) -> Vec<f64> {
    let mut state = seed;
    let full = f64::from(1_i32 << (bits - 1));
    (0..frames)
        .map(|n| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let noise = (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
            let value = 0.6 * libm::sin(n as f64 * 0.05) + 0.05 * noise;
            (value * full).round() / full
        })
        .collect()
}

fn write(path: &Path, bits: u8, channels: &[Vec<f64>], size: usize, tags: &FlacTags) -> Frames {
    let mut writer = FlacWriter::create(path, SampleRate(96_000), bits, channels.len(), tags).unwrap();
    let whole = Block::from_channels(channels);
    for start in (0..whole.frames()).step_by(size) {
        let frames = size.min(whole.frames() - start);
        let mut block = Block::new(channels.len(), frames);
        block.copy_from(0, &whole, start, frames);
        writer.write(&block).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn the_bytes_do_not_depend_on_the_blocks() {
    let folder = tempfile::tempdir().unwrap();
    for bits in [16, 24] {
        let channels = [steps(1, 9000, bits), steps(2, 9000, bits)];
        let files = [1, 777, 9000].map(|size| {
            let path = folder.path().join(format!("{bits}-{size}.flac"));
            assert_eq!(write(&path, bits, &channels, size, &FlacTags::default()), Frames(9000));
            std::fs::read(&path).unwrap()
        });
        assert!(files.windows(2).all(|pair| pair[0] == pair[1]), "{bits}");
    }
}

#[test]
fn the_reference_decoder_proves_audio_and_comments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.flac");
    let picture = Picture { mime: "image/png".into(), width: 1, height: 1, data: vec![1, 2, 3] };
    let comments = vec![("TITLE".to_string(), "Nuit à Åbo".to_string()), ("ISRC".into(), "XXLAQ2600001".into())];
    let tags = FlacTags { comments, picture: Some(picture) };
    write(&path, 24, &[steps(3, 5000, 24), steps(4, 5000, 24)], 512, &tags);
    let Ok(test) = Command::new("flac").args(["-t", "-s"]).arg(&path).output() else {
        eprintln!("flac is missing: not compared");
        return;
    };
    assert!(test.status.success(), "{}", String::from_utf8_lossy(&test.stderr));
    let listed = Command::new("metaflac").args(["--no-utf8-convert", "--list"]).arg(&path).output().unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    for text in ["TITLE=Nuit à Åbo", "ISRC=XXLAQ2600001", "type: 6 (PICTURE)", "total samples: 5000"] {
        assert!(listed.contains(text), "{text} in {listed}");
    }
}

#[test]
fn an_empty_file_is_one_and_what_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.flac");
    let none: Vec<f64> = Vec::new();
    assert_eq!(write(&path, 16, &[none], 16, &FlacTags::default()), Frames(0));
    let tags = FlacTags { comments: vec![("A=B".into(), String::new())], picture: None };
    for (rate, bits, channels, tags) in [
        (44_100, 20, 2, &FlacTags::default()),
        (44_100, 16, 9, &FlacTags::default()),
        (700_000, 16, 2, &FlacTags::default()),
        (44_100, 16, 2, &tags),
    ] {
        let other = folder.path().join("b.flac");
        assert!(FlacWriter::create(&other, SampleRate(rate), bits, channels, tags).is_err());
        assert!(!other.exists());
    }
    let mut writer = FlacWriter::create(&path, SampleRate(8000), 16, 1, &FlacTags::default()).unwrap();
    for wrong in [0.3, 1.0, f64::NAN] {
        let error = writer.write(&Block::from_channels(&[[wrong]])).unwrap_err();
        assert!(error.to_string().contains("no whole 16-bit step"), "{error}");
    }
}
