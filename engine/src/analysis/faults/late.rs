//! A channel that falls behind at once: it plays a buffer again which the others do not, and then goes on from there.
//!
//! The repeat is exact, and as long as the channel is late. It ends where the channel breaks again alone, or never.

use super::Thresholds;
use super::repetition::Repeat;
use crate::analysis::finding::{Finding, Kind, Severity};
use crate::unit::{Frames, SampleRate};

/// A break this near the end of a repeat closes it: the buffer was laid over the programme and nothing is late.
const CLOSED: u64 = 48;
/// The shortest stretch that is called late.
const SHORTEST_S: f64 = 0.05;
/// How sure a delay is that begins with an exact repeat and whose end is known, and is not.
const SURE: (f64, f64) = (0.98, 0.9);

/// A place where one channel alone breaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Break {
    pub(super) frame: u64,
    pub(super) channel: usize,
}

/// The stretches of the first two channels that are late, of a file of so many frames.
pub(super) fn stretches(
    repeats: &[Vec<Repeat>],
    breaks: &[Break],
    frames: u64,
    rate: SampleRate,
    thresholds: &Thresholds,
) -> Vec<Finding> {
    let [left, right, ..] = repeats else { return Vec::new() };
    let mut found = Vec::new();
    for (channel, own, other) in [(0, left, right), (1, right, left)] {
        let mut until = 0;
        for repeat in own {
            let alone = !other.iter().any(|twin| twin.start < repeat.end && repeat.start < twin.end);
            let mut after = breaks.iter().filter(|place| place.channel == channel);
            let closed = after.clone().any(|place| place.frame.abs_diff(repeat.end) <= CLOSED);
            let seconds = repeat.lag as f64 / rate.hz();
            if !alone || closed || repeat.start < until || seconds < thresholds.delay.0 {
                continue;
            }
            let least = repeat.end + (SHORTEST_S * rate.hz()) as u64;
            let next = after.find(|place| place.frame >= least).map(|place| place.frame);
            until = next.unwrap_or(frames);
            // The right channel's lag behind the left.
            let milliseconds = if channel == 0 { -1000.0 * seconds } else { 1000.0 * seconds };
            let limit = (1000.0 * thresholds.delay.0).copysign(milliseconds);
            found.push(
                Finding::new(Kind::Delay, Severity::Warn, Frames(repeat.start), Frames(until), rate)
                    .measuring(milliseconds, Some(limit), "ms")
                    .with_confidence(if next.is_some() { SURE.0 } else { SURE.1 }),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;

    #[test]
    fn a_repeat_of_one_channel_makes_it_late_until_it_breaks_again() {
        let thresholds = Thresholds::from_profile(&profile::load("qc-normal", None).unwrap().unwrap());
        let told = |repeats: &[Vec<Repeat>], breaks: &[Break]| {
            let found = stretches(repeats, breaks, 9000, SampleRate(1000), &thresholds);
            found.iter().map(|f| (f.start_frame.0, f.end_s.0, f.measured)).collect::<Vec<_>>()
        };
        let repeat = Repeat { start: 1000, end: 1010, lag: 10 };
        let place = |frame| Break { frame, channel: 1 };
        assert_eq!(told(&[vec![], vec![repeat]], &[place(4000)]), [(1000, 4.0, Some(10.0))]);
        assert_eq!(told(&[vec![repeat], vec![]], &[place(4000)]), [(1000, 9.0, Some(-10.0))]);
        // In both channels it is a stutter, and one that is closed at once leaves nothing late.
        assert_eq!(told(&[vec![repeat], vec![repeat]], &[]), []);
        assert_eq!(told(&[vec![], vec![repeat]], &[place(1012), place(4000)]), []);
    }
}
