//! A new mix has arrived: where it lies against the old one to the sample, and what has changed, by null.
//!
//! The place is found roughly by how both rise and fall ([`super::place`]), then to the sample by cross-correlation at
//! several places of the song, of which most must agree. The difference is what is left when the new mix, at the gain that
//! leaves the least, is taken from the old one.

use serde::Serialize;

use super::place::{Course, Follower, Place, place};
use crate::audio::Block;
use crate::dsp::align;
use crate::source::{self, Reader};
use crate::unit::{Db, Frames, SampleRate, Seconds};

/// Places at which the sample is looked for.
const PLACES: u64 = 9;
/// Frames read at a time.
const BLOCK_FRAMES: usize = 16_384;
/// What is told as one stretch: shorter changes are told as long as this.
const WINDOW: Seconds = Seconds(0.1);
/// A window whose difference is further below the old mix than this sounds the same: half a percent.
const CHANGED: Db = Db(-46.0);
/// Windows softer than this hold nothing that could change, unless something has come.
const SOFT: Db = Db(-80.0);
/// Changes closer together than this are one.
const TOGETHER: Seconds = Seconds(0.5);
/// A tempo further from the old one than this is another performance: no sample of it lies on the old. Of half a minute
/// the tempo is known to some 0.1 %.
const MOST_TEMPO: f64 = 0.003;

/// Why a mix cannot be laid on the old one.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// A file cannot be read.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// Rates.
    #[error(
        "the old mix has {old}, the new one {new}: ask for the new one at {old}, or convert it (`lacquer process --rate`)"
    )]
    Rate {
        /// Of the old mix.
        old: SampleRate,
        /// Of the new one.
        new: SampleRate,
    },
    /// No likeness.
    #[error("the new mix is not the old song as far as can be told; nothing was changed")]
    Another,
    /// Another speed.
    #[error("the new mix is {percent:+.2} % as fast as the old one; nothing was changed")]
    Tempo {
        /// Of the old one's tempo.
        percent: f64,
    },
    /// The sample was not found.
    #[error("the new mix lies on the old one to 20 ms, but not to the sample: {agree} of {places} places agree")]
    Sample {
        /// Places that agree.
        agree: usize,
        /// Places looked at.
        places: usize,
    },
}

/// A stretch that has changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Changed {
    /// Its start in the old mix.
    pub start_s: Seconds,
    /// Its end.
    pub end_s: Seconds,
    /// What is left of the old mix there, root mean square over the old mix's own.
    pub difference_db: Db,
}

/// How a new mix lies on the old one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exchange {
    /// Frame of the new mix at which the old one's first frame lies; negative: the new one begins later.
    pub offset_frames: i64,
    /// The gain of the new mix over the old one.
    pub gain_db: Db,
    /// Whether its polarity is turned.
    pub inverted: bool,
    /// What is left over the whole song, over the old mix; `None` where nothing is.
    pub null_db: Option<Db>,
    /// The stretches that have changed.
    pub changed: Vec<Changed>,
}

/// Lays `new` on `old`.
///
/// # Errors
/// Another rate, another song, another tempo, or no agreement about the sample.
pub fn exchange(
    old: &mut dyn Reader,
    new: &mut dyn Reader,
    progress: &mut dyn FnMut(f64),
) -> Result<Exchange, ExchangeError> {
    if old.rate() != new.rate() {
        return Err(ExchangeError::Rate { old: old.rate(), new: new.rate() });
    }
    let rough = rough(old, new, progress)?;
    let offset = sample(old, new, rough)?;
    progress(0.8);
    compared(old, new, offset)
}

fn rough(old: &mut dyn Reader, new: &mut dyn Reader, progress: &mut dyn FnMut(f64)) -> Result<Place, ExchangeError> {
    let one = course(old)?;
    progress(0.3);
    let other = course(new)?;
    progress(0.6);
    let found = place(&one, &other).ok_or(ExchangeError::Another)?;
    match (found.ratio - 1.0).abs() > MOST_TEMPO {
        true => Err(ExchangeError::Tempo { percent: 100.0 * (1.0 / found.ratio - 1.0) }),
        false => Ok(found),
    }
}

fn course(reader: &mut dyn Reader) -> Result<Course, source::Error> {
    let mut follower = Follower::new(reader.rate());
    let mut block = Block::new(reader.layout().channels(), BLOCK_FRAMES);
    let (mut at, total) = (0, reader.frames().0);
    while at < total {
        block.set_frames((total - at).min(BLOCK_FRAMES as u64) as usize);
        reader.read(at, &mut block)?;
        follower.process(&block);
        at += block.frames() as u64;
    }
    Ok(follower.finish())
}

/// The offset that most places agree about.
fn sample(old: &mut dyn Reader, new: &mut dyn Reader, rough: Place) -> Result<i64, ExchangeError> {
    let rate = old.rate().hz();
    let length = align::window() as u64;
    let first = rough.offset_s.0.min(0.0).abs() * rate;
    let last = (old.frames().0 as f64).min(new.frames().0 as f64 - rough.offset_s.0 * rate) - length as f64;
    let mut found = Vec::new();
    for index in 0..PLACES {
        let at = (first + (last - first).max(0.0) * index as f64 / (PLACES - 1) as f64) as u64;
        let other = (rough.other(Seconds(at as f64 / rate)).0 * rate).round().max(0.0) as u64;
        let (before, after) = (mono(old, at, length as usize)?, mono(new, other, length as usize)?);
        // A lag at the very edge is no maximum but a slope.
        if let Some(lag) =
            align::lag_of_either_polarity(&before, &after).filter(|lag| lag.unsigned_abs() < align::MOST_LAG as u64)
        {
            found.push(other as i64 - at as i64 + lag);
        }
    }
    let agree = |offset: &i64| found.iter().filter(|other| *other == offset).count();
    let best = found.iter().copied().max_by_key(agree);
    match best.map(|offset| (offset, agree(&offset))) {
        Some((offset, count)) if 2 * count > found.len() => Ok(offset),
        other => Err(ExchangeError::Sample { agree: other.map_or(0, |(_, count)| count), places: found.len() }),
    }
}

fn mono(reader: &mut dyn Reader, at: u64, frames: usize) -> Result<Vec<f64>, source::Error> {
    let mut block = Block::new(reader.layout().channels(), frames);
    block.set_frames(frames);
    reader.read(at, &mut block)?;
    let sum = |frame: usize| (0..block.channels()).map(|channel| block.channel(channel)[frame]).sum::<f64>();
    Ok((0..frames).map(|frame| finite(sum(frame))).collect())
}

fn finite(sample: f64) -> f64 {
    if sample.is_finite() { sample } else { 0.0 }
}

/// Sums of one window.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    old: f64,
    new: f64,
    both: f64,
}

impl Window {
    /// Energy of the old mix less the new one at a gain.
    fn left(&self, gain: f64) -> f64 {
        (self.old - 2.0 * gain * self.both + gain * gain * self.new).max(0.0)
    }
}

fn compared(old: &mut dyn Reader, new: &mut dyn Reader, offset: i64) -> Result<Exchange, ExchangeError> {
    let windows = windows(old, new, offset)?;
    let all: f64 = windows.iter().map(|window| window.old).sum();
    let gain = usual_gain(&windows);
    let left: f64 = windows.iter().map(|window| window.left(gain)).sum();
    Ok(Exchange {
        offset_frames: offset,
        gain_db: Db::from_amplitude(1.0 / gain.abs()),
        inverted: gain < 0.0,
        // Sums of squares in f64 leave some 1e-15 of themselves: -150 dB is their rounding, not a difference.
        null_db: (left > 1e-15 * all).then(|| Db(10.0 * libm::log10(left / all))),
        changed: changed(&windows, gain, old.rate()),
    })
}

/// The gain that leaves the least of the old mix in half of the windows: stretches that have changed have no say in it.
fn usual_gain(windows: &[Window]) -> f64 {
    let sounds = |window: &&Window| window.new > 0.0 && window.both != 0.0;
    let mut gains: Vec<f64> = windows.iter().filter(sounds).map(|window| window.both / window.new).collect();
    gains.sort_by(f64::total_cmp);
    gains.get(gains.len() / 2).copied().filter(|gain| *gain != 0.0).unwrap_or(1.0)
}

fn windows(old: &mut dyn Reader, new: &mut dyn Reader, offset: i64) -> Result<Vec<Window>, source::Error> {
    let length = WINDOW.frames(old.rate()).0.max(1) as usize;
    let channels = old.layout().channels().min(new.layout().channels());
    let (mut one, mut other) =
        (Block::new(old.layout().channels(), length), Block::new(new.layout().channels(), length));
    let mut windows = Vec::new();
    for at in (0..old.frames().0).step_by(length) {
        one.set_frames(length);
        old.read(at, &mut one)?;
        let there = at as i64 + offset;
        // What lies before the new mix's first frame is silence.
        let missing = (-there).clamp(0, length as i64) as usize;
        other.set_frames(length - missing);
        if missing < length {
            new.read(there.max(0) as u64, &mut other)?;
        }
        let mut window = Window::default();
        for channel in 0..channels {
            for frame in 0..length {
                let a = finite(one.channel(channel)[frame]);
                let b = frame.checked_sub(missing).map_or(0.0, |frame| finite(other.channel(channel)[frame]));
                window.old += a * a;
                window.new += b * b;
                window.both += a * b;
            }
        }
        windows.push(window);
    }
    Ok(windows)
}

fn changed(windows: &[Window], gain: f64, rate: SampleRate) -> Vec<Changed> {
    let length = WINDOW.frames(rate).0.max(1);
    let soft = length as f64 * libm::pow(10.0, SOFT.0 / 10.0);
    let time = |index: usize| Frames(index as u64 * length).seconds(rate);
    let is_changed = |window: &Window| window.left(gain) > window.old.max(soft) * libm::pow(10.0, CHANGED.0 / 10.0);
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for index in (0..windows.len()).filter(|index| is_changed(&windows[*index])) {
        match spans.last_mut() {
            Some((_, end)) if time(index).0 - time(*end).0 <= TOGETHER.0 => *end = index + 1,
            _ => spans.push((index, index + 1)),
        }
    }
    let told = |(start, end): (usize, usize)| {
        let of = |of: &dyn Fn(&Window) -> f64| windows[start..end].iter().map(of).sum::<f64>();
        let (left, own) = (of(&|window| window.left(gain)), of(&|window| window.old).max(soft));
        Changed { start_s: time(start), end_s: time(end), difference_db: Db(10.0 * libm::log10(left / own)) }
    };
    spans.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::super::portrait::tests::noise;
    use super::*;
    use crate::audio::Layout;

    /// A sound in memory.
    struct Sound(Vec<f64>, u32);

    impl Reader for Sound {
        fn rate(&self) -> SampleRate {
            SampleRate(self.1)
        }
        fn layout(&self) -> Layout {
            Layout::Mono
        }
        fn frames(&self) -> Frames {
            Frames(self.0.len() as u64)
        }
        fn read(&mut self, start: u64, out: &mut Block) -> Result<(), source::Error> {
            let frames = out.frames();
            for (index, sample) in out.channel_mut(0)[..frames].iter_mut().enumerate() {
                *sample = self.0.get(start as usize + index).copied().unwrap_or(0.0);
            }
            Ok(())
        }
    }

    /// Strokes of noise at odd times.
    fn song(seconds: usize) -> Vec<f64> {
        let count = seconds * 8000;
        let (grain, drawn) = (noise(21, count), noise(8, 4 * seconds + 4));
        let level = |n: usize| {
            let stroke = n / 2000;
            let into = (n % 2000) as f64 / 8000.0;
            (0.5 + 0.4 * drawn[stroke]) * libm::exp(-into / 0.05)
        };
        (0..count).map(|n| level(n) * grain[n]).collect()
    }

    #[test]
    fn a_new_mix_is_laid_on_the_old_one_to_the_sample_and_its_changes_are_told() {
        let old = song(40);
        // A second and some frames of count-in more, half as loud, turned, and from 20 to 22 s something else in it.
        let mut new = vec![0.0; 8_123];
        new.extend(old.iter().map(|x| -0.5 * x));
        let other = noise(4, 16_000);
        for n in 0..16_000 {
            new[8_123 + 160_000 + n] += 0.05 * other[n];
        }
        let found = exchange(&mut Sound(old, 8000), &mut Sound(new, 8000), &mut |_| ()).unwrap();
        assert_eq!((found.offset_frames, found.inverted), (8_123, true));
        assert!((found.gain_db.0 + 6.02).abs() < 0.1, "{found:?}");
        assert_eq!(found.changed.len(), 1);
        let only = found.changed[0];
        assert!((only.start_s.0 - 20.0).abs() < 0.11 && (only.end_s.0 - 22.0).abs() < 0.11, "{only:?}");
        assert!(found.null_db.unwrap().0 < -10.0);
    }

    #[test]
    fn a_trimmed_copy_nulls() {
        let old = song(30);
        let new = old[4_001..].to_vec();
        let found = exchange(&mut Sound(old, 8000), &mut Sound(new, 8000), &mut |_| ()).unwrap();
        assert_eq!((found.offset_frames, found.inverted), (-4_001, false));
        // What was cut is a change; nothing else is.
        assert_eq!(found.changed.len(), 1);
        assert!(found.changed[0].start_s.0 == 0.0 && found.changed[0].end_s.0 < 0.7, "{found:?}");
        assert!(found.gain_db.0.abs() < 0.01);
    }

    #[test]
    fn another_song_and_another_rate_are_refused() {
        let refused = exchange(&mut Sound(song(30), 8000), &mut Sound(noise(1, 240_000), 8000), &mut |_| ());
        assert!(matches!(refused, Err(ExchangeError::Another)), "{refused:?}");
        let refused = exchange(&mut Sound(song(1), 8000), &mut Sound(song(1), 9000), &mut |_| ());
        assert!(matches!(refused, Err(ExchangeError::Rate { .. })));
    }
}
