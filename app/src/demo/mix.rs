//! The mixer: tracks with gain and place, one room, no processing of the sum.

use super::instrument::{Stage, player};
use super::reverb::Reverb;
use super::score::{Note, Score, Track};
use super::tone::{Noise, gain, pan};
use super::{DemoError, tone};

/// How far apart two strikes of one score line may fall, in seconds: a tight player.
const LOOSE: f64 = 0.0025;

/// Corner of the filter that keeps the sum free of DC, in Hz.
const LOWEST: f64 = 18.0;

/// Plays and mixes a song: left and right.
pub fn mix(score: &Score) -> Result<[Vec<f64>; 2], DemoError> {
    let rate = f64::from(score.rate);
    let frames = libm::rint(score.seconds() * rate) as usize;
    let mut sum = [vec![0.0; frames], vec![0.0; frames]];
    let mut send = [vec![0.0; frames], vec![0.0; frames]];
    for (index, track) in score.track.iter().enumerate() {
        let dry = play(score, track, index as u64, frames)?;
        let level = gain(track.gain_db + score.gain_db);
        let wet = track.send_db.map_or(0.0, |send_db| level * gain(send_db));
        // A balance law: the middle is untouched, a place takes from the far side only.
        let (left, right) = pan(track.pan);
        let sides = [(left * std::f64::consts::SQRT_2).min(1.0), (right * std::f64::consts::SQRT_2).min(1.0)];
        for side in 0..2 {
            for (frame, sample) in dry[side].iter().enumerate() {
                sum[side][frame] += sample * level * sides[side];
                send[side][frame] += sample * wet * sides[side];
            }
        }
    }
    add_room(score, &mut sum, &send, rate);
    for side in &mut sum {
        finish(side, rate);
    }
    Ok(sum)
}

/// One track, dry.
fn play(score: &Score, track: &Track, index: u64, frames: usize) -> Result<[Vec<f64>; 2], DemoError> {
    let rate = f64::from(score.rate);
    let unknown = || DemoError::Music {
        song: score.title.clone(),
        problem: format!("an unknown instrument: `{}`", track.instrument),
    };
    let play = player(&track.instrument).ok_or_else(unknown)?;
    let mut sides = [vec![0.0; frames], vec![0.0; frames]];
    let mut hand = Noise::new(index + 1);
    for (number, note) in score.notes(track)?.iter().enumerate() {
        let at = (note.at + LOOSE * (1.0 + hand.next())).max(0.0);
        let velocity = (note.velocity * (1.0 + 0.06 * hand.next())).min(1.0);
        let start = ((at * rate) as usize).min(frames);
        let [left, right] = &mut sides;
        let seed = (index << 32) + 16 * number as u64;
        let mut stage = Stage { left: &mut left[start..], right: &mut right[start..], rate, seed };
        play(&Note { velocity, ..*note }, &mut stage);
    }
    Ok(sides)
}

fn add_room(score: &Score, sum: &mut [Vec<f64>; 2], send: &[Vec<f64>; 2], rate: f64) {
    let room = &score.reverb;
    let mut reverb = Reverb::new(room.decay_s, room.damping_hz, room.predelay_s, rate);
    // The room gets no bass: it would only blur the kick.
    let mut thin = [tone::Filter::new(180.0, 0.6, rate); 2];
    for frame in 0..sum[0].len() {
        let left = thin[0].next(send[0][frame]).high;
        let right = thin[1].next(send[1][frame]).high;
        let (left, right) = reverb.next(left, right);
        sum[0][frame] += left;
        sum[1][frame] += right;
    }
}

/// Takes DC away and closes the last half second to silence.
fn finish(side: &mut [f64], rate: f64) {
    let mut lowest = tone::Filter::new(LOWEST, 0.707, rate);
    for sample in side.iter_mut() {
        *sample = lowest.next(*sample).high;
    }
    let fade = ((0.5 * rate) as usize).min(side.len());
    let start = side.len() - fade;
    for (frame, sample) in side[start..].iter_mut().enumerate() {
        let left = 1.0 - (frame + 1) as f64 / fade as f64;
        *sample *= left * left;
    }
}
