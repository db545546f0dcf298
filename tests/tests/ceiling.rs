//! No delivered file exceeds the ceiling of its pass: measured by a meter of its own, sixteen times oversampled, that
//! shares nothing with the limiter, the guard or the house's meter.
//!
//! The meter's filter is published here: sixteen phases of a sinc over 64 samples to each side under a Kaiser window of
//! beta 9 (side lobes below -90 dB), each phase made to pass DC with a gain of exactly one. It reads a tone at a quarter
//! of the rate to 0.0003 dB in every phase.
//!
//! Content next to half the rate reads differently through kernels of different length, by 0.7 dB on white noise. So
//! deliveries of noise that reaches half the rate are read by meters of other lengths too, from 20 to 256 samples to each
//! side, none of which is a kernel of the guard.

use std::f64::consts::{PI, TAU};
use std::path::Path;

use lacquer_engine::audio::Block;
use lacquer_engine::chain;
use lacquer_engine::deliver::Role;
use lacquer_engine::session::{ChainSettings, Pass, Scalar, StageSettings};
use lacquer_engine::source;
use lacquer_engine::unit::Dbtp;
use lacquer_tests::album::Album;
use lacquer_tests::disk::Disk;
use lacquer_tests::signal;

/// Points between two samples.
const TIMES: usize = 16;
/// Samples to each side, and the shape of the window.
const PUBLISHED: Meter = (64, 9.0);
/// Meters as others may build them.
const OTHERS: [Meter; 5] = [(20, 6.0), (28, 7.0), (80, 9.0), (160, 10.0), (224, 9.0)];

/// Samples to each side of a meter's kernel, and beta of its Kaiser window.
type Meter = (usize, f64);
/// What a file may exceed its ceiling by: two meters of finite length are never quite of one mind.
const TOLERANCE_DB: f64 = 0.02;

/// The modified Bessel function of order zero, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..60 {
        term *= (x / (2.0 * f64::from(k))) * (x / (2.0 * f64::from(k)));
        sum += term;
    }
    sum
}

/// The filter of each phase.
fn phases((reach, beta): Meter) -> Vec<Vec<f64>> {
    let tap = |offset: f64| {
        let sinc = if offset.abs() < 1e-12 { 1.0 } else { libm::sin(PI * offset) / (PI * offset) };
        let place = offset / reach as f64;
        let window = if place.abs() >= 1.0 { 0.0 } else { bessel(beta * libm::sqrt(1.0 - place * place)) };
        sinc * window / bessel(beta)
    };
    (0..TIMES)
        .map(|phase| {
            let share = phase as f64 / TIMES as f64;
            let taps: Vec<f64> = (0..2 * reach).map(|n| tap(n as f64 - (reach as f64 - 1.0) - share)).collect();
            let sum: f64 = taps.iter().sum();
            taps.into_iter().map(|tap| tap / sum).collect()
        })
        .collect()
}

/// The highest point of a signal, silence around it.
fn true_peak(samples: &[f64], phases: &[Vec<f64>]) -> f64 {
    let reach = phases[0].len() / 2;
    let mut padded = vec![0.0; reach];
    padded.extend_from_slice(samples);
    padded.extend(vec![0.0; reach]);
    let mut highest = 0.0_f64;
    for window in padded.windows(2 * reach) {
        // Far below the highest point there is nothing to find between the samples.
        let near = window[reach - 4..reach + 4].iter().fold(0.0_f64, |most, sample| most.max(sample.abs()));
        if near < 0.4 * highest {
            continue;
        }
        for phase in phases {
            let value: f64 = phase.iter().zip(window).map(|(tap, sample)| tap * sample).sum();
            highest = highest.max(value.abs());
        }
    }
    highest
}

/// The true peak of a file, dBTP.
fn of_file(path: &Path, phases: &[Vec<f64>]) -> f64 {
    let mut opened = source::open(path).expect("a sound file");
    let (channels, frames) = (opened.reader.layout().channels(), opened.reader.frames().0 as usize);
    let mut block = Block::new(channels, frames);
    opened.reader.read(0, &mut block).expect("its frames");
    let highest = block.iter().map(|samples| true_peak(samples, phases)).fold(0.0, f64::max);
    20.0 * libm::log10(highest)
}

#[test]
fn the_meter_reads_tones_of_any_phase() {
    let phases = phases(PUBLISHED);
    for share in [0.02, 0.11, 0.25, 0.37, 0.45] {
        for step in 0..8 {
            let wave = |n: usize| {
                let edge = n.min(1999 - n).min(400) as f64 / 400.0;
                (0.5 - 0.5 * libm::cos(PI * edge)) * libm::sin(TAU * (share * n as f64 + f64::from(step) / 8.0 + 0.01))
            };
            let tone: Vec<f64> = (0..2000).map(wave).collect();
            let read = 20.0 * libm::log10(true_peak(&tone, &phases));
            assert!(read.abs() < 0.012, "{share} {step}: {read:.4} dB");
        }
    }
}

/// Without what lies next to half the rate: -39 dB at 0.467 of the rate.
fn band_limited(samples: &[f64]) -> Vec<f64> {
    let at = |n: usize| samples.get(n).copied().unwrap_or_default();
    (0..samples.len()).map(|n| 0.25 * at(n.wrapping_sub(1)) + 0.5 * at(n) + 0.25 * at(n + 1)).collect()
}

/// A loud album: clipped hits, square edges and noise, pushed into the limiter.
fn loud() -> Disk {
    let mut album = Album::default();
    for (index, rate) in [44_100_u32, 96_000].into_iter().enumerate() {
        let channel = |seed: u64| {
            let frames = rate as usize * 3;
            let noise = signal::noise(seed + 40, 0.5, frames);
            let music = signal::music(rate, seed, frames);
            let loud: Vec<f64> =
                music.iter().zip(&noise).map(|(music, noise)| (4.0 * music + noise).clamp(-0.98, 0.98)).collect();
            signal::quantised(&band_limited(&loud), 24)
        };
        album.add(rate, 24, 0.3, vec![channel(index as u64), channel(index as u64 + 7)]);
    }
    let mut disk = Disk::from_album(&album);
    let limiter = chain::processor("limiter").expect("the limiter");
    let mut stage = StageSettings::new("lim", limiter);
    stage.values.insert("gain".into(), Scalar::Number(6.0));
    disk.session.passes[0].chain = Some(ChainSettings { stages: vec![stage], ..ChainSettings::default() });
    disk.session.passes.extend([Pass::hi_res(), Pass::broadcast()]);
    for (pass, ceiling) in disk.session.passes.iter_mut().zip([-1.0, -0.3, -0.1, -3.0]) {
        pass.ceiling = Some(Dbtp(ceiling));
    }
    disk
}

#[test]
fn no_delivered_file_exceeds_the_ceiling_of_its_pass() {
    let disk = loud();
    let phases = phases(PUBLISHED);
    for pass in &disk.session.passes {
        let delivery = disk.deliver(&pass.id).expect("a delivery");
        let ceiling = pass.ceiling.expect("a ceiling").0;
        let sounding = |role| matches!(role, Role::Song | Role::Programme | Role::Copy);
        for file in delivery.manifest.files.iter().filter(|file| sounding(file.role)) {
            let read = of_file(&delivery.folder.join(&file.name), &phases);
            println!("{} {}: {read:.3} dBTP, ceiling {ceiling:.1}", pass.id, file.name);
            assert!(read <= ceiling + TOLERANCE_DB, "{} {}: {read:.3} dBTP", pass.id, file.name);
            assert!(read > ceiling - 2.0, "{} {}: the guard was not tried at {read:.3}", pass.id, file.name);
        }
    }
}

/// White noise, noise that was clipped and a random telegraph: all that a signal can have next to half its rate.
fn to_the_edge() -> Disk {
    let mut album = Album::default();
    for (kind, rate) in [44_100_u32, 48_000, 44_100].into_iter().enumerate() {
        let channel = |seed: u64| {
            let noise = signal::noise(seed, 1.0, rate as usize / 3);
            let shaped = noise.into_iter().map(|sample| match kind {
                0 => 0.98 * sample,
                1 => (3.0 * sample).clamp(-0.98, 0.98),
                _ => 0.98 * sample.signum(),
            });
            signal::quantised(&shaped.collect::<Vec<_>>(), 24)
        };
        album.add(rate, 24, 0.3, vec![channel(kind as u64 + 1), channel(kind as u64 + 11)]);
    }
    let mut disk = Disk::from_album(&album);
    for (pass, ceiling) in disk.session.passes.iter_mut().zip([-1.0, -0.3]) {
        pass.ceiling = Some(Dbtp(ceiling));
    }
    disk
}

#[test]
fn no_meter_finds_an_over_in_noise_that_reaches_half_the_rate() {
    let disk = to_the_edge();
    let meters: Vec<(Meter, Vec<Vec<f64>>)> =
        [PUBLISHED].into_iter().chain(OTHERS).map(|meter| (meter, phases(meter))).collect();
    for pass in &disk.session.passes {
        let delivery = disk.deliver(&pass.id).expect("a delivery");
        let ceiling = pass.ceiling.expect("a ceiling").0;
        for file in delivery.manifest.files.iter().filter(|file| file.role == Role::Song) {
            for (meter, phases) in &meters {
                let read = of_file(&delivery.folder.join(&file.name), phases);
                println!("{} {} {meter:?}: {read:.3} dBTP, ceiling {ceiling:.1}", pass.id, file.name);
                assert!(read <= ceiling + TOLERANCE_DB, "{} {} {meter:?}: {read:.3} dBTP", pass.id, file.name);
            }
        }
    }
}

/// Files of a real delivery, asked for by its folder: `LACQUER_CEILING_FILES=FOLDER LACQUER_CEILING_DBTP=-1`.
#[test]
fn files_of_a_folder_stay_below_a_ceiling() {
    let (Ok(folder), Ok(ceiling)) = (std::env::var("LACQUER_CEILING_FILES"), std::env::var("LACQUER_CEILING_DBTP"))
    else {
        println!("no folder was named in LACQUER_CEILING_FILES: left out");
        return;
    };
    let ceiling: f64 = ceiling.parse().expect("a number");
    let phases = phases(PUBLISHED);
    let mut worst = f64::NEG_INFINITY;
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_string();
        if matches!(ending.as_str(), "wav" | "flac") {
            let read = of_file(&path, &phases);
            println!("{}: {read:.3} dBTP", path.display());
            worst = worst.max(read);
        }
    }
    println!("worst {worst:.3} dBTP, ceiling {ceiling:.1}");
    assert!(worst <= ceiling + TOLERANCE_DB, "{worst:.3}");
}
