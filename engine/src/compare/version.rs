//! Versions of a song beside the song itself: the same length, and the same start to the sample.
//!
//! A version shares the trims of its song, so an instrumental that begins 40 ms later would be cut 40 ms early. How it lies on
//! the song is told as in [`super::exchange`]: by what both have in common. A version that has nothing in common with the
//! song's mix (an a cappella beside a loud band) is not judged by its start.

use serde::Serialize;

use super::exchange::{ExchangeError, exchange};
use crate::source::Reader;
use crate::unit::{Frames, SampleRate};

/// A version beside its song.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Beside {
    /// How much longer it is; negative: shorter.
    pub longer_frames: i64,
    /// Frame of the version at which the song's first frame lies; 0 is the same start. `None` where that cannot be told.
    pub start_frames: Option<i64>,
    /// Why the start cannot be told, in words.
    pub untold: Option<String>,
}

impl Beside {
    /// Whether length and, as far as it can be told, start are the song's.
    pub fn fits(&self) -> bool {
        self.longer_frames == 0 && self.start_frames.is_none_or(|start| start == 0)
    }

    /// In words: `same length, same start`.
    pub fn words(&self, rate: SampleRate) -> String {
        let seconds = |frames: i64| Frames(frames.unsigned_abs()).seconds(rate).0;
        let length = match self.longer_frames {
            0 => "same length".to_string(),
            more => format!(
                "{} by {} frames ({:.3} s)",
                if more > 0 { "longer" } else { "shorter" },
                more.abs(),
                seconds(more)
            ),
        };
        let start = match (self.start_frames, &self.untold) {
            (Some(0), _) => "same start".to_string(),
            (Some(start), _) => {
                format!("begins {:.4} s {}", seconds(start), if start > 0 { "later" } else { "earlier" })
            }
            (None, Some(why)) => format!("its start cannot be told ({why})"),
            (None, None) => "its start cannot be told".into(),
        };
        format!("{length}, {start}")
    }
}

/// Lays a version on its song.
///
/// # Errors
/// A file that cannot be read, or one of another rate.
pub fn beside(
    song: &mut dyn Reader,
    version: &mut dyn Reader,
    progress: &mut dyn FnMut(f64),
) -> Result<Beside, ExchangeError> {
    let longer_frames = version.frames().0 as i64 - song.frames().0 as i64;
    let (start_frames, untold) = match exchange(song, version, progress) {
        Ok(found) => (Some(found.offset_frames), None),
        Err(error @ (ExchangeError::Source(_) | ExchangeError::Rate { .. })) => return Err(error),
        Err(ExchangeError::Another) => (None, Some("too little in common with the song's own mix".to_string())),
        Err(other) => (None, Some(other.to_string())),
    };
    Ok(Beside { longer_frames, start_frames, untold })
}

#[cfg(test)]
mod tests {
    use super::super::portrait::tests::noise;
    use super::*;
    use crate::audio::{Block, Layout};
    use crate::source;

    struct Sound(Vec<f64>);

    impl Reader for Sound {
        fn rate(&self) -> SampleRate {
            SampleRate(8000)
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

    /// A band of strokes and a voice over it.
    fn parts(seconds: usize) -> (Vec<f64>, Vec<f64>) {
        let count = seconds * 8000;
        let (grain, voice, drawn) = (noise(21, count), noise(22, count), noise(8, 8 * seconds + 8));
        let level = |at: usize| 0.1 + 0.4 * drawn[at / 1000].abs();
        let band = (0..count).map(|at| level(at) * grain[at]).collect();
        (band, (0..count).map(|at| 0.05 * voice[at]).collect())
    }

    #[test]
    fn an_instrumental_lies_on_its_song_and_a_late_one_is_told() {
        let (band, voice) = parts(40);
        let song: Vec<f64> = band.iter().zip(&voice).map(|(band, voice)| band + voice).collect();
        let told = |version: Vec<f64>| beside(&mut Sound(song.clone()), &mut Sound(version), &mut |_| ()).unwrap();
        let same = told(band.clone());
        assert!(same.fits(), "{same:?}");
        assert_eq!(same.words(SampleRate(8000)), "same length, same start");
        let late = told(std::iter::repeat_n(0.0, 320).chain(band).collect());
        assert_eq!((late.longer_frames, late.start_frames), (320, Some(320)));
        assert_eq!(late.words(SampleRate(8000)), "longer by 320 frames (0.040 s), begins 0.0400 s later");
        let other = told(noise(99, 40 * 8000));
        assert!(other.start_frames.is_none() && other.fits(), "{other:?}");
    }
}
