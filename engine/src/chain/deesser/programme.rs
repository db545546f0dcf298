use crate::audio::QUANTUM;
use crate::dsp::decibel::{AMPLITUDE_DB, factor, log2};
use crate::dsp::envelope::{Crest, SlidingMaximum, share_per_frame};

/// Crests of all of the programme are held as long as half a period of 25 Hz.
const HOLD_S: f64 = 0.02;
/// The level rises at once, so that an onset is never louder than its own programme, and falls over several syllables.
const FALL_S: f64 = 0.5;
/// No programme is taken for softer than this: in pauses the noise floor is no sibilant, dBFS.
const FLOOR_DB: f64 = -60.0;

/// The level of all of the programme, as sibilants are measured against it.
#[derive(Debug, Clone)]
pub(super) struct Programme {
    crests: Vec<Crest>,
    hold: SlidingMaximum,
    fall: f64,
    level_db: f64,
}

impl Programme {
    /// Worker threads only: allocates.
    pub(super) fn new(rate_hz: f64, channels: usize) -> Programme {
        let frames = (HOLD_S * rate_hz).ceil() as usize;
        let mut hold = SlidingMaximum::new(frames);
        hold.set_window(frames);
        Programme {
            crests: vec![Crest::default(); channels],
            hold,
            fall: share_per_frame(FALL_S, rate_hz),
            level_db: FLOOR_DB,
        }
    }

    pub(super) fn reset(&mut self) {
        self.crests.fill(Crest::default());
        self.hold.reset();
        self.level_db = FLOOR_DB;
    }

    /// Frames after which the level is within 1e-8 dB of what it would be.
    pub(super) fn settling(rate_hz: f64) -> usize {
        ((HOLD_S + 23.0 * FALL_S) * rate_hz) as usize
    }

    /// The factors that bring samples of the programme to its own level. `samples` are the channels' stretches, at most
    /// a quantum long.
    pub(super) fn scales<'a>(&mut self, samples: impl Iterator<Item = &'a [f64]>, count: usize) -> [f64; QUANTUM] {
        let mut levels = [0.0; QUANTUM];
        for (crest, samples) in self.crests.iter_mut().zip(samples) {
            let mut work = [0.0; QUANTUM];
            work[..count].copy_from_slice(samples);
            crest.process(&mut work[..count]);
            for (most, level) in levels[..count].iter_mut().zip(work) {
                *most = if level > *most { level } else { *most };
            }
        }
        let levels_used = &mut levels[..count];
        self.hold.process(levels_used);
        let floor = factor(FLOOR_DB);
        for level in levels_used.iter_mut() {
            *level = AMPLITUDE_DB * log2(if *level > floor { *level } else { floor });
        }
        for level in levels_used.iter_mut() {
            let fallen = self.level_db + self.fall * (*level - self.level_db);
            self.level_db = if *level > fallen { *level } else { fallen };
            *level = self.level_db;
        }
        for level in levels_used.iter_mut() {
            *level = factor(-*level);
        }
        levels
    }
}
