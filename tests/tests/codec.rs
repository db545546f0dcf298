//! What the round trip through a lossy coder promises: the place is found to the sample, the peaks are those another
//! decoder gives, a loud master is told to be over, and the ceiling that is proposed is safe.
//!
//! The encoders are programs; a coding whose encoder is missing is left out, and the test says so.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use lacquer_engine::analysis::verdict::Outcome;
use lacquer_engine::codec::{Coder, Coding, Tier, TripOptions, trip};
use lacquer_engine::deliver::audition::{Audition, judge_matrix};
use lacquer_engine::deliver::{Job, Wishes};
use lacquer_engine::profile;
use lacquer_engine::render::FileLibrary;
use lacquer_engine::unit::Dbtp;
use lacquer_tests::album::Album;
use lacquer_tests::disk::{Disk, write_wav};
use lacquer_tests::signal;

const RATE: u32 = 44_100;

/// Music pushed far into full scale and cut there, `ceiling` decibels under it: what coders overshoot on.
fn hot(seed: u64, seconds: u32, ceiling: f64) -> Vec<f64> {
    let top = libm::pow(10.0, ceiling / 20.0);
    let sound = signal::music(RATE, seed, (RATE * seconds) as usize);
    let hiss = signal::noise(seed + 77, 0.3, sound.len());
    let cut = sound.iter().zip(&hiss).map(|(sound, hiss)| (12.0 * sound + hiss).clamp(-top, top)).collect::<Vec<_>>();
    signal::quantised(&cut, 24)
}

fn tier_of(coding: Coding) -> Tier {
    let id = match coding {
        Coding::Aac => "aac-128",
        Coding::Mp3 => "mp3-128",
        Coding::Vorbis => "vorbis-96",
        Coding::Opus => "opus-64",
    };
    Tier::of(id).expect("a known tier")
}

/// The largest sample of a lossy file as ffmpeg decodes it.
fn peak_by_ffmpeg(path: &Path) -> f64 {
    let arguments = ["-v", "error", "-nostdin", "-i", path.to_str().expect("a plain path"), "-f", "f32le", "-"];
    let output = Command::new("ffmpeg").args(arguments).output().expect("ffmpeg is needed for this test");
    let samples = output.stdout.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
    samples.map(|sample| f64::from(sample.abs())).fold(0.0, f64::max)
}

#[test]
fn every_coder_found_is_aligned_and_measured_as_another_decoder_hears_it() {
    let coders = Coder::found();
    assert!(coders.iter().any(|coder| coder.coding == Coding::Mp3), "lame is needed for this test");
    let scratch = tempfile::tempdir().expect("a folder");
    let file = scratch.path().join("hot.wav");
    write_wav(&file, RATE, 24, &[hot(1, 4, -0.3), hot(2, 4, -0.3)]);
    for coding in [Coding::Aac, Coding::Mp3, Coding::Vorbis, Coding::Opus] {
        let Some(coder) = coders.iter().find(|coder| coder.coding == coding) else {
            eprintln!("{}: no encoder here, left out", coding.name());
            continue;
        };
        let tier = tier_of(coding);
        let keep = scratch.path().join("kept");
        let folder = scratch.path().join(tier.id);
        std::fs::create_dir_all(&folder).expect("a folder");
        let options = TripOptions { keep: Some(keep.clone()) };
        let result = trip(&file, tier, coder, &folder, &options, &AtomicBool::new(false)).expect("a trip");
        assert!(!result.coder.is_empty() && result.kilobits > 20.0, "{result:?}");
        let grown = result.growth_db.expect("it sounds").0;
        assert!((-1.0..12.0).contains(&grown), "{}: grew by {grown}", tier.id);
        let middle = result.noise.iter().find(|band| band.centre_hz.0 == 1000.0).expect("the octave");
        let clean = middle.signal_to_difference_db.expect("a difference").0;
        // Aligned to the sample, 1 kHz survives well; one sample off it would be 17 dB at best.
        assert!(clean > 5.0, "{}: {clean} dB at 1 kHz", tier.id);
        let out = folder.join(format!("out.{}", coding.extension()));
        if coding != Coding::Opus {
            let ours = result.decoded.true_peak_dbtp.expect("it sounds").amplitude();
            let theirs = peak_by_ffmpeg(&out);
            assert!(ours >= theirs * 0.999, "{}: {ours} under the sample peak {theirs} of ffmpeg", tier.id);
        }
        assert_eq!(std::fs::read_dir(&keep).expect("kept").count(), 2, "decoded and difference");
        std::fs::remove_dir_all(&keep).expect("the folder");
    }
}

#[test]
fn a_hot_master_is_over_and_the_ceiling_found_is_safe() {
    let coders: Vec<Coder> = Coder::found().into_iter().filter(|coder| coder.coding == Coding::Mp3).collect();
    let tiers = [Tier::of("mp3-128").expect("a known tier")];
    let mut album = Album::default();
    album.add(RATE, 24, 0.5, vec![hot(3, 3, 0.0), hot(4, 3, 0.0)]);
    let disk = Disk::from_album(&album);
    let cancel = AtomicBool::new(false);
    let audition = Audition { tiers: &tiers, coders: &coders, keep: None, progress: &|_, _| (), cancel: &cancel };
    let profile = profile::load("streaming", None).expect("readable").expect("shipped");
    let session = &disk.session;
    let job = Job {
        session,
        pass: "streaming",
        folder: disk.folder.path(),
        library: Arc::new(FileLibrary::new(session, disk.folder.path())),
        profile: &profile,
        wishes: Wishes::default(),
        progress: &|_| (),
        cancel: &cancel,
    };
    let cells = audition.matrix(&[disk.folder.path().join("src1.wav")]).expect("a matrix");
    let verdicts = judge_matrix(&cells, &profile);
    assert_eq!(verdicts.len(), 1);
    assert_ne!(verdicts[0].result, Outcome::Pass, "{verdicts:?}");
    let target = Dbtp(-0.1);
    let solution = audition.solve(&job, target).expect("an answer");
    assert!(solution.safe, "{solution:?}");
    let ceiling = solution.ceiling_dbtp.expect("it had to come down");
    let chosen = solution.attempts.iter().find(|attempt| attempt.ceiling_dbtp == Some(ceiling)).expect("was tried");
    assert!(chosen.worst_dbtp.expect("it sounds") <= target);
    assert!(solution.cost_lu.expect("it was measured").0 > 0.0);
    // The next step up was tried and is not safe, or it would be the answer.
    let louder = solution.attempts.iter().filter(|attempt| attempt.ceiling_dbtp.is_none_or(|tried| tried > ceiling));
    assert!(
        louder.clone().count() > 0
            && louder.into_iter().all(|attempt| attempt.worst_dbtp.is_some_and(|worst| worst > target))
    );
}
