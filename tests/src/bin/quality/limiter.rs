//! The true-peak limiter: overshoot, distortion, loudness lost.

use lacquer_engine::analysis::loudness::Loudness;
use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::session::StageSettings;
use lacquer_engine::unit::SampleRate;
use lacquer_tests::signal;

use crate::bench::{Bench, Set, stage};
use crate::table::{Bound, Result, Row};
use crate::tone::{Fit, amplitude, db, sine};
use crate::true_peak::TruePeak;
use crate::wave::Wave;

const CEILING_DB: f64 = -1.0;
const CHARACTERS: [&str; 5] = ["transparent", "punchy", "loud", "gentle", "low-latency"];
const TONES: [f64; 9] = [20.0, 25.0, 31.5, 41.2, 50.0, 80.0, 100.0, 997.0, 5000.0];
/// ffmpeg's limiter at this ceiling.
const ALIMITER: &str = "alimiter=limit=0.891251:level=disabled:attack=5:release=50";

fn limiter(character: &str) -> Option<StageSettings> {
    stage("limiter", &[("ceiling", Set::Number(CEILING_DB)), ("character", Set::Word(character))])
}

/// All rows.
pub fn rows(bench: &Bench) -> Vec<Row> {
    let mut rows = overshoot(bench);
    rows.push(converted(bench));
    for (character, tones, smpte, loss) in [("transparent", -140.0, -90.0, 1.0), ("low-latency", -140.0, -90.0, 1.0)] {
        rows.extend(distortion(bench, character, tones, smpte));
        rows.push(loudness_lost(bench, character, loss));
        rows.push(pilot(bench, character));
    }
    rows.push(loudness_lost(bench, "punchy", 0.8));
    rows.push(loudness_lost(bench, "loud", 0.7));
    rows
}

/// Two channels of one signal would be linked alike: one is enough.
struct Piece {
    name: &'static str,
    start: usize,
    samples: Vec<f64>,
}

fn torture(rate: u32, quick: bool) -> (Vec<f64>, Vec<Piece>) {
    let frames = |seconds: f64| (seconds * f64::from(rate)) as usize;
    let quarter = |n: usize| 1.41 * [1.0, 1.0, -1.0, -1.0][n % 4];
    let noise = |seed, level, seconds| signal::noise(seed, level, frames(seconds));
    let telegraph = noise(5, 1.0, 0.4).iter().map(|x| 1.4f64.copysign(*x)).collect();
    let square =
        (0..frames(0.3)).map(|n| if (n * 882 / rate as usize).is_multiple_of(2) { 1.4 } else { -1.4 }).collect();
    let impulses = (0..frames(0.5)).map(|n| match n % 2_000 {
        500 => 2.0,
        1_200 | 1_201 => 1.6,
        1_700 => -1.5,
        1_701 => 1.5,
        _ => 0.0,
    });
    let seconds = if quick { 2.0 } else { 5.0 };
    let mut pieces: Vec<(&'static str, Vec<f64>)> = vec![
        ("997 Hz", sine(rate, 997.0, 2.0, frames(0.3))),
        ("0.4 fs", sine(rate, 0.4 * f64::from(rate), 2.0, frames(0.3))),
        ("fs/4 at 45 degrees", (0..frames(0.3)).map(quarter).collect()),
        ("impulses", impulses.collect()),
        ("telegraph", telegraph),
        ("square", square),
        ("noise", noise(6, 2.0, 0.5)),
        ("programme +6", programme(rate, frames(seconds), 6.0)),
        ("programme +10", programme(rate, frames(seconds), 10.0)),
    ];
    pieces.iter_mut().for_each(|(_, samples)| samples.extend(vec![0.0; frames(0.15)]));
    let mut whole = Vec::new();
    let pieces = pieces.into_iter().map(|(name, samples)| {
        let start = whole.len();
        whole.extend_from_slice(&samples);
        Piece { name, start, samples }
    });
    let pieces = pieces.collect();
    (whole, pieces)
}

/// A programme whose true peak is `over_db` over the ceiling: a bed of chords and hiss 11 dB under isolated drums that
/// fall by 20 dB in 20 ms every half second. Some 0.4 % of the time is over the ceiling at +6, and the bed stands so
/// high that ffmpeg's limiter loses 0.78 LU; on the programme from which the limits come it lost 0.9, so ours is a little easier.
fn programme(rate: u32, frames: usize, over_db: f64) -> Vec<f64> {
    let hiss = signal::noise(11, 0.03, frames);
    let samples: Vec<f64> = (0..frames)
        .map(|n| {
            let t = n as f64 / f64::from(rate);
            let tau = std::f64::consts::TAU;
            let chord: f64 = [110.0, 220.3, 277.7, 330.9, 441.3].iter().map(|hz| 0.105 * libm::sin(tau * hz * t)).sum();
            let swell = 0.7 + 0.3 * libm::sin(tau * 0.4 * t);
            let beat = t % 0.5;
            let sweep = 60.0 * beat + 3.0 * (1.0 - libm::exp(-beat * 90.0));
            chord * swell + hiss[n] + 1.1 * libm::exp(-beat * 115.0) * libm::sin(tau * sweep)
        })
        .collect();
    let (peak, _) = TruePeak::new().of(&samples, 0.5);
    let gain = amplitude(CEILING_DB + over_db) / peak;
    samples.iter().map(|sample| sample * gain).collect()
}

/// Share of the samples over the ceiling in percent.
fn share_over(wave: &Wave) -> f64 {
    let over = wave.first().iter().filter(|sample| sample.abs() > amplitude(CEILING_DB)).count();
    100.0 * over as f64 / wave.first().len() as f64
}

fn rates(quick: bool) -> &'static [u32] {
    if quick { &[44_100, 96_000] } else { &[44_100, 48_000, 88_200, 96_000, 176_400, 192_000] }
}

fn over_db(meter: &TruePeak, samples: &[f64]) -> f64 {
    let ceiling = amplitude(CEILING_DB);
    db(meter.of(samples, 0.9 * ceiling).0) - CEILING_DB
}

fn overshoot(bench: &Bench) -> Vec<Row> {
    let meter = TruePeak::new();
    let mut rows = Vec::new();
    for character in CHARACTERS {
        let mut worst = (f64::NEG_INFINITY, String::new());
        let mut result = Result::NotBuilt;
        let mut peer = None;
        for rate in rates(bench.quick) {
            let Some(stage) = limiter(character) else { break };
            let (whole, pieces) = torture(*rate, bench.quick);
            let input = Wave::mono(*rate, whole);
            match bench.process(&input, &[stage], &[]) {
                Err(why) => {
                    result = Result::Broken(why);
                    break;
                }
                Ok(output) => {
                    for piece in &pieces {
                        let over = over_db(&meter, &output.first()[piece.start..piece.start + piece.samples.len()]);
                        if over > worst.0 {
                            worst = (over, format!("{} at {rate} Hz", piece.name));
                        }
                    }
                    result = Result::Measured(worst.0);
                }
            }
            if *rate == 44_100 && character == "transparent" {
                peer = bench.ffmpeg(&input, ALIMITER, &[]).map(|output| over_db(&meter, output.first()));
            }
        }
        let what = format!("{character}: over at 16x, tones, ISP, impulses, telegraph, square, noise, +6, +10");
        rows.push(
            Row::new(what, Bound::AtMost(0.005), "dB", result)
                .aim(0.0)
                .note(worst.1)
                .peer("ffmpeg alimiter (44.1 kHz)", peer),
        );
    }
    rows
}

/// Limited at 96 kHz, converted to 44.1 kHz and back under the ceiling by the guard.
fn converted(bench: &Bench) -> Row {
    let what = "transparent, 96 to 44.1 kHz with the guard: over at 16x, the same signals";
    let (whole, _) = torture(96_000, true);
    let words = ["--rate", "44100", "--ceiling", "-1"];
    let result = match limiter("transparent") {
        None => Result::NotBuilt,
        Some(stage) => match bench.process(&Wave::mono(96_000, whole), &[stage], &words) {
            Err(why) => Result::Broken(why),
            Ok(output) => Result::Measured(over_db(&TruePeak::new(), output.first())),
        },
    };
    Row::new(what, Bound::AtMost(0.005), "dB", result).aim(0.0)
}

fn distortion(bench: &Bench, character: &str, must: f64, smpte_must: f64) -> Vec<Row> {
    let rate = 48_000;
    let level = amplitude(CEILING_DB + 6.0);
    let second = rate as usize;
    let mut worst = (f64::NEG_INFINITY, String::new(), None);
    let mut at_997 = Result::NotBuilt;
    let mut peer_997 = None;
    for hz in TONES {
        let input = Wave::mono(rate, sine(rate, hz, level, 3 * second));
        let Some(stage) = limiter(character) else { break };
        let output = match bench.process(&input, &[stage], &[]) {
            Ok(output) => output,
            Err(why) => {
                worst.2 = Some(why);
                break;
            }
        };
        let steady = Fit::of(&output.first()[second..2 * second], rate, hz, second).distortion_db();
        // Six cycles, 60 ms after the start.
        let start = second * 6 / 100;
        let length = (6.0 * f64::from(rate) / hz) as usize;
        let first = Fit::of(&output.first()[start..start + length], rate, hz, start).distortion_db();
        if hz == 997.0 {
            at_997 = Result::Measured(steady);
            peer_997 = bench
                .ffmpeg(&input, ALIMITER, &[])
                .map(|output| Fit::of(&output.first()[second..2 * second], rate, hz, second).distortion_db());
        }
        for (value, when) in [(steady, "steady"), (first, "first cycles")] {
            if value > worst.0 {
                worst = (value, format!("{hz} Hz, {when}"), worst.2);
            }
        }
    }
    let all = match (worst.2, worst.0) {
        (Some(why), _) => Result::Broken(why),
        (None, value) if value.is_finite() => Result::Measured(value),
        _ => Result::NotBuilt,
    };
    let tones = format!("{character}: THD+N at 6 dB reduction, 20 Hz to 5 kHz, first cycles included");
    vec![
        Row::new(tones, Bound::AtMost(must), "dB", all).aim(-150.0).note(worst.1),
        Row::new(format!("{character}: THD+N at 6 dB reduction, 997 Hz"), Bound::AtMost(must), "dB", at_997)
            .aim(-150.0)
            .peer("ffmpeg alimiter", peer_997),
        smpte(bench, character, smpte_must),
    ]
}

/// 60 Hz and 7 kHz at 4 to 1: sidebands of the 7 kHz tone against it.
fn smpte(bench: &Bench, character: &str, must: f64) -> Row {
    let rate = 48_000;
    let level = amplitude(CEILING_DB + 6.0);
    let frames = 3 * rate as usize;
    let (low, high) = (sine(rate, 60.0, 0.8 * level, frames), sine(rate, 7000.0, 0.2 * level, frames));
    let input = Wave::mono(rate, low.iter().zip(&high).map(|(a, b)| a + b).collect());
    let measured = |output: &Wave| {
        let window = &output.first()[rate as usize..2 * rate as usize];
        let carrier = Fit::of(window, rate, 7000.0, rate as usize).level;
        let sides = (1..=5).flat_map(|n| [7000.0 - 60.0 * f64::from(n), 7000.0 + 60.0 * f64::from(n)]);
        let power: f64 =
            sides.map(|hz| Fit::of(window, rate, hz, rate as usize).level).map(|level| level * level).sum();
        db(power.sqrt() / carrier)
    };
    let result = match limiter(character).map(|stage| bench.process(&input, &[stage], &[])) {
        None => Result::NotBuilt,
        Some(Err(why)) => Result::Broken(why),
        Some(Ok(output)) => Result::Measured(measured(&output)),
    };
    let peer = bench.ffmpeg(&input, ALIMITER, &[]).as_ref().map(measured);
    Row::new(format!("{character}: SMPTE IMD at 6 dB reduction"), Bound::AtMost(must), "dB", result)
        .aim(-105.0)
        .peer("ffmpeg alimiter", peer)
}

fn integrated(wave: &Wave) -> Option<f64> {
    let mut meter = Loudness::new(Layout::Mono, SampleRate(wave.rate)).ok()?;
    meter.process(&Block::from_channels(&wave.channels));
    meter.integrated().map(|loudness| loudness.0)
}

fn loudness_lost(bench: &Bench, character: &str, must: f64) -> Row {
    let rate = 48_000;
    let input = Wave::mono(rate, programme(rate, 10 * rate as usize, 6.0));
    let lost = |output: &Wave| Some(integrated(&input)? - integrated(output)?);
    let result = match limiter(character).map(|stage| bench.process(&input, &[stage], &[])) {
        None => Result::NotBuilt,
        Some(Err(why)) => Result::Broken(why),
        Some(Ok(output)) => lost(&output).map_or(Result::Broken("no loudness".into()), Result::Measured),
    };
    let peer = bench.ffmpeg(&input, ALIMITER, &[]).as_ref().and_then(lost);
    Row::new(format!("{character}: loudness lost on programme +6"), Bound::AtMost(must), "LU", result)
        .note(format!("{:.2} % of its samples are over the ceiling", share_over(&input)))
        .peer("ffmpeg alimiter", peer)
}

/// A 3 kHz pilot at -30 dBFS under bursts of seven cycles of 60 Hz, 6 dB over the ceiling, every half second: how far
/// the bursts move its level.
fn pilot(bench: &Bench, character: &str) -> Row {
    let rate = 48_000;
    let second = rate as usize;
    // Half a second is 30 cycles: every burst begins and ends at zero.
    let burst = sine(rate, 60.0, amplitude(CEILING_DB + 6.0), 4 * second);
    let tone = sine(rate, 3000.0, amplitude(-30.0), 4 * second);
    let gate = |n: usize| if n % (second / 2) < second * 7 / 60 { 1.0 } else { 0.0 };
    let input = Wave::mono(rate, (0..4 * second).map(|n| gate(n) * burst[n] + tone[n]).collect());
    let swing = |output: &Wave| {
        // Level of the pilot in windows of 20 ms (whole periods of both tones over three), every 2 ms.
        let window = second / 50;
        let level = |start: usize| Fit::of(&hann(&output.first()[start..start + window]), rate, 3000.0, start).level;
        let levels: Vec<f64> = (second..3 * second).step_by(second / 500).map(level).collect();
        let (low, high) = levels.iter().fold((f64::INFINITY, 0.0f64), |(low, high), x| (low.min(*x), high.max(*x)));
        db(high / low)
    };
    let result = match limiter(character).map(|stage| bench.process(&input, &[stage], &[])) {
        None => Result::NotBuilt,
        Some(Err(why)) => Result::Broken(why),
        Some(Ok(output)) => Result::Measured(swing(&output)),
    };
    let peer = bench.ffmpeg(&input, ALIMITER, &[]).as_ref().map(swing);
    Row::new(
        format!("{character}: modulation of a pilot at 3 kHz by bursts at 60 Hz"),
        Bound::AtMost(6.7),
        "dB",
        result,
    )
    .peer("ffmpeg alimiter", peer)
}

/// The samples under a Hann curve: the 60 Hz tone does not reach the pilot's frequency.
fn hann(samples: &[f64]) -> Vec<f64> {
    let turn = std::f64::consts::TAU / samples.len() as f64;
    samples.iter().enumerate().map(|(n, x)| x * (1.0 - libm::cos(turn * n as f64))).collect()
}
