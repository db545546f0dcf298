//! Overs against a reference: the same music reconstructed at 64 times its rate by a long windowed sinc, in one go.

use lacquer_engine::analysis::true_peak::TruePeaks;
use lacquer_engine::audio::Block;
use lacquer_engine::dsp::window::{kaiser, sinc};
use lacquer_engine::report::table::Table;
use lacquer_engine::unit::{Db, Dbtp, SampleRate};

use crate::detect::load;
use crate::options::Options;

/// Places between two samples.
const TIMES: usize = 64;
/// Samples on either side of the sinc, and the shape of its window: -120 dB.
const REACH: usize = 192;
const SHAPE: f64 = 12.0;
/// Only where a sample is above this is the reference asked: overshoots of 6 dB between samples do not occur in music.
const LEAST_SAMPLE: f64 = 0.5;
/// Overs closer than this are one event, as in the detector.
const MERGE_S: f64 = 0.001;
/// What may lie between the two: 0.05 dB and one sample.
const LEVEL_DB: f64 = 0.05;
/// Overs this near the ceiling may be seen by one alone.
const DOUBT_DB: f64 = 0.05;

/// An event: first and last frame, its level and where that is.
#[derive(Debug, Clone, Copy)]
struct Over {
    start: f64,
    end: f64,
    peak: f64,
}

/// Compares the overs of every track.
pub fn overs(options: &Options) -> Result<bool, String> {
    let taps: Vec<Vec<f64>> = (1..TIMES).map(|place| tap_row(place as f64 / TIMES as f64)).collect();
    let mut table = Table::new(&["track", "overs", "in both", "missed", "false", "worst dB", "worst place"]);
    let mut sound = true;
    for track in options.music() {
        let music = load(&track, options)?;
        let rate = SampleRate(music.rate);
        let mut meter = TruePeaks::new(music.channels.len(), rate, Dbtp(0.0));
        meter.process(&Block::from_channels(&music.channels));
        meter.finish();
        let listed = meter.overs();
        let (mut number, mut both, mut missed, mut wrong) = (0, 0, 0, 0);
        let (mut worst_db, mut worst_place) = (0.0f64, 0.0f64);
        for (channel, samples) in music.channels.iter().enumerate() {
            let truth = reference(samples, &taps, MERGE_S * rate.hz());
            let own: Vec<Over> = listed
                .iter()
                .filter(|over| over.channel == channel)
                .map(|over| Over {
                    start: over.start.0 as f64,
                    end: (over.start.0 + over.length.0) as f64,
                    peak: over.peak.0,
                })
                .collect();
            number += truth.len();
            for event in &truth {
                match own.iter().find(|over| over.start <= event.end + 2.0 && over.end >= event.start - 2.0) {
                    Some(over) => {
                        both += 1;
                        worst_db = worst_db.max((over.peak - event.peak).abs());
                        // A sample's true peak covers the half sample on either side.
                        worst_place = worst_place.max((event.start - over.start).abs() - 0.5);
                    }
                    None => missed += usize::from(event.peak > DOUBT_DB),
                }
            }
            let alone = |over: &&Over| !truth.iter().any(|e| over.start <= e.end + 2.0 && over.end >= e.start - 2.0);
            wrong += own.iter().filter(alone).filter(|over| over.peak > DOUBT_DB).count();
        }
        sound &= missed == 0 && wrong == 0 && worst_db <= LEVEL_DB && worst_place <= 1.0;
        table.row([
            track.name.clone(),
            number.to_string(),
            both.to_string(),
            missed.to_string(),
            wrong.to_string(),
            format!("{worst_db:.4}"),
            format!("{:.2}", worst_place.max(0.0)),
        ]);
    }
    println!("overs above 0 dBTP against {TIMES} times the rate: {LEVEL_DB} dB and one sample are allowed\n{table}");
    Ok(sound)
}

fn tap_row(place: f64) -> Vec<f64> {
    let tap = |n: usize| {
        let distance = n as f64 + 1.0 - REACH as f64 - place;
        sinc(distance) * kaiser(distance / (REACH as f64 + 1.0), SHAPE)
    };
    (0..2 * REACH).map(tap).collect()
}

fn reference(samples: &[f64], taps: &[Vec<f64>], merge: f64) -> Vec<Over> {
    let mut found: Vec<Over> = Vec::new();
    let mut note = |at: f64, value: f64| {
        let peak = Db::from_amplitude(value).0;
        match found.last_mut() {
            Some(last) if at - last.end <= merge => {
                last.end = at;
                last.peak = last.peak.max(peak);
            }
            _ => found.push(Over { start: at, end: at, peak }),
        }
    };
    for frame in REACH..samples.len().saturating_sub(REACH) {
        if samples[frame].abs() > 1.0 {
            note(frame as f64, samples[frame].abs());
        }
        if samples[frame].abs().max(samples[frame + 1].abs()) < LEAST_SAMPLE {
            continue;
        }
        let near = &samples[frame + 1 - REACH..=frame + REACH];
        for (place, taps) in taps.iter().enumerate() {
            let value = near.iter().zip(taps).map(|(sample, tap)| sample * tap).sum::<f64>().abs();
            if value > 1.0 {
                note(frame as f64 + (place + 1) as f64 / TIMES as f64, value);
            }
        }
    }
    found
}
