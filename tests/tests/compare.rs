//! Promise: recordings are laid on each other and matched whatever another program did to them. sox trims, levels,
//! equalises and plays faster; Lacquer finds the place within 50 ms, the sample of a new mix exactly, and an equaliser of
//! five bands within half a decibel.

use std::path::Path;
use std::process::Command;

use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::chain::{self, Setting};
use lacquer_engine::compare::exchange::exchange;
use lacquer_engine::compare::matching::{Amounts, propose};
use lacquer_engine::compare::place::{Course, Follower, place};
use lacquer_engine::compare::portrait::{BANDS, Painter, Portrait, middle};
use lacquer_engine::source::{self, Source};
use lacquer_engine::unit::{SampleRate, Seconds};
use lacquer_tests::disk::write_wav;
use lacquer_tests::signal::noise;

const RATE: u32 = 44_100;
/// The most that a place may be off.
const PLACE_S: f64 = 0.05;
/// The most that a matched band may be off.
const MATCH_DB: f64 = 0.5;

/// A song of notes that begin at odd times, at odd pitches, over a floor of noise, a little wider in the highs.
fn song(seconds: usize) -> Vec<Vec<f64>> {
    let frames = seconds * RATE as usize;
    let (drawn, hiss, other) = (noise(3, 1.0, 30 * seconds), noise(4, 0.02, frames), noise(5, 0.01, frames));
    let mut mid = hiss;
    let (mut begin, mut note) = (0.0, 0);
    while begin < seconds as f64 {
        let hertz = 70.0 * libm::pow(2.0, 3.5 * (1.0 + drawn[3 * note]));
        let level = 0.12 + 0.08 * drawn[3 * note + 1];
        let first = (begin * f64::from(RATE)) as usize;
        for n in 0..(RATE as usize / 2).min(frames.saturating_sub(first)) {
            let time = n as f64 / f64::from(RATE);
            mid[first + n] += level * libm::exp(-time / 0.09) * libm::sin(std::f64::consts::TAU * hertz * time);
        }
        begin += 0.13 + 0.11 * (1.0 + drawn[3 * note + 2]);
        note += 1;
    }
    let channel = |sign: f64| mid.iter().zip(&other).map(|(mid, side)| mid + sign * side).collect();
    vec![channel(1.0), channel(-1.0)]
}

fn sox(from: &Path, to: &Path, effects: &[&str]) {
    let output = Command::new("sox").arg("-D").arg(from).args(["-b", "24"]).arg(to).args(effects).output();
    let output = output.expect("sox is needed for this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn open(path: &Path) -> Source {
    source::open(path).expect("a sound file")
}

fn whole(path: &Path) -> Block {
    let mut source = open(path);
    let frames = source.reader.frames().0 as usize;
    let mut block = Block::new(source.reader.layout().channels(), frames);
    block.set_frames(frames);
    source.reader.read(0, &mut block).expect("read");
    block
}

fn course(path: &Path) -> Course {
    let mut follower = Follower::new(SampleRate(RATE));
    follower.process(&whole(path));
    follower.finish()
}

fn portrait(block: &Block) -> Portrait {
    let mut painter = Painter::new(Layout::Stereo, SampleRate(RATE)).expect("a usual signal");
    painter.process(block);
    painter.finish("song")
}

#[test]
fn chorus_lies_on_chorus_within_fifty_milliseconds() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (one, other) = (folder.path().join("one.wav"), folder.path().join("other.wav"));
    write_wav(&one, RATE, 24, &song(50));
    let first = course(&one);
    for (trim, speed) in [("4.2", "1.02"), ("9.7", "0.98"), ("0.5", "1")] {
        let effects =
            ["trim", trim, "speed", speed, "rate", "44100", "gain", "-7", "treble", "5", "bass", "-4", "equalizer"];
        sox(&one, &other, &[&effects[..], &["900", "1q", "4"]].concat());
        let found = place(&first, &course(&other)).expect("the same song");
        let (cut, speed): (f64, f64) = (trim.parse().expect("a number"), speed.parse().expect("a number"));
        for time in [cut, 25.0, 45.0] {
            let error = found.other(Seconds(time)).0 - (time - cut) / speed;
            assert!(error.abs() < PLACE_S, "trim {trim}, speed {speed}, at {time}: {error:+.4} s");
        }
    }
}

#[test]
fn a_new_mix_is_found_to_the_sample() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (one, other) = (folder.path().join("one.wav"), folder.path().join("other.wav"));
    write_wav(&one, RATE, 24, &song(30));
    for (pad, offset) in [("1234s", 1234), ("44100s", 44_100)] {
        sox(&one, &other, &["pad", pad, "gain", "-3", "treble", "2"]);
        let found = exchange(&mut *open(&one).reader, &mut *open(&other).reader, &mut |_| ()).expect("the same song");
        assert_eq!(found.offset_frames, offset);
        assert!(!found.inverted);
    }
    sox(&one, &other, &["trim", "777s", "gain", "-3"]);
    let found = exchange(&mut *open(&one).reader, &mut *open(&other).reader, &mut |_| ()).expect("the same song");
    assert_eq!(found.offset_frames, -777);
    assert!((found.gain_db.0 + 3.0).abs() < 0.05, "{found:?}");
    // Only what was cut has changed.
    assert!(found.changed.iter().all(|changed| changed.end_s.0 < 0.2), "{found:?}");
}

#[test]
fn an_equaliser_of_five_bands_is_recovered_within_half_a_decibel() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (one, other) = (folder.path().join("one.wav"), folder.path().join("other.wav"));
    write_wav(&one, RATE, 24, &song(40));
    let effects = "gain -4 equalizer 70 0.9q 3 equalizer 240 1.2q -3 equalizer 800 2q 2.5 equalizer 2800 1q -3 \
                   equalizer 7500 0.8q 3";
    sox(&one, &other, &effects.split_whitespace().collect::<Vec<_>>());
    let (mut block, reference) = (whole(&one), portrait(&whole(&other)));
    let amounts = Amounts { spectrum: 1.0, width: 0.0, dynamics: 0.0, level: 1.0 };
    let proposal = propose(&portrait(&block), &[(reference.clone(), 1.0)], amounts);
    for stage in &proposal.chain.stages {
        let known = chain::processor(&stage.processor).expect("a processor of ours");
        let (values, errors) = stage.resolve();
        assert!(errors.is_empty(), "{errors:?}");
        let setting = Setting { rate: SampleRate(RATE), layout: Layout::Stereo };
        (known.build)(&values.expect("values that it takes"), setting).process(&mut block);
    }
    let matched = portrait(&block);
    for band in (0..BANDS).filter(|band| (40.0..=16_000.0).contains(&middle(*band).0)) {
        let away = 10.0 * libm::log10(matched.bands[band].power() / reference.bands[band].power());
        assert!(away.abs() < MATCH_DB, "{away:+.2} dB at {:.0} Hz: {:?}", middle(band).0, proposal.bells);
    }
}
