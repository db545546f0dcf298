//! The planted faults: what a mastering engineer must find in the demo album.

use lacquer_engine::unit::SampleRate;
use serde::Deserialize;

/// A channel of the stereo picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Left.
    Left,
    /// Right.
    Right,
}

/// A planted fault.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// A digital click of three samples.
    Click {
        /// Time of its first sample in seconds.
        at_s: f64,
        /// Where it is.
        channel: Side,
        /// Height of the first sample as a share of full scale.
        height: f64,
    },
    /// Short bursts between which no sample exceeds `sample_peak`, but the wave between the samples exceeds full scale.
    Overs {
        /// Start of the first burst in seconds.
        at_s: f64,
        /// Number of bursts.
        bursts: usize,
        /// From one burst to the next in seconds.
        every_s: f64,
        /// Highest sample as a share of full scale.
        sample_peak: f64,
    },
    /// The song has no ISRC; nothing is heard of it.
    MissingIsrc,
}

/// Length of one burst in seconds: long enough for every true-peak meter, too short to hurt at a quarter of the rate.
const BURST: f64 = 0.006;

/// Shape of the click over its three samples: there, half back, over.
const CLICK: [f64; 3] = [1.0, 0.55, -0.4];

impl Fault {
    pub(super) fn plant(&self, left: &mut [f64], right: &mut [f64], rate: SampleRate) {
        let frame = |seconds: f64| libm::rint(seconds * rate.hz()) as usize;
        match self {
            Fault::Click { at_s, channel, height } => {
                let row = if *channel == Side::Left { left } else { right };
                for (sample, shape) in row.iter_mut().skip(frame(*at_s)).zip(CLICK) {
                    *sample += shape * height;
                }
            }
            Fault::Overs { at_s, bursts, every_s, sample_peak } => {
                for burst in 0..*bursts {
                    let row = if burst % 2 == 0 { &mut *left } else { &mut *right };
                    let start = frame(at_s + burst as f64 * every_s).min(row.len());
                    let end = (start + frame(BURST)).min(row.len());
                    hide_over(&mut row[start..end], *sample_peak);
                }
            }
            Fault::MissingIsrc => {}
        }
    }
}

/// Adds a sine at a quarter of the rate whose samples fall 45° beside its crests, under a raised cosine, as strong as
/// `ceiling` allows: its crests then stand 3 dB above its samples (the worst case of ITU-R BS.1770-5, annex 2).
fn hide_over(stretch: &mut [f64], ceiling: f64) {
    let turn = std::f64::consts::TAU / stretch.len().max(1) as f64;
    // √½ with the signs of sin(45° + n·90°).
    let wave: Vec<f64> = (0..stretch.len())
        .map(|n| {
            let shape = 0.5 - 0.5 * libm::cos(turn * (n as f64 + 0.5));
            if n % 4 < 2 { shape } else { -shape }
        })
        .collect();
    let room = |(sample, wave): (&f64, &f64)| (ceiling - sample * wave.signum()).max(0.0) / wave.abs().max(1e-9);
    let strength = stretch.iter().zip(&wave).map(room).fold(ceiling * 2.0, f64::min);
    for (sample, wave) in stretch.iter_mut().zip(&wave) {
        *sample += wave * strength;
    }
}
