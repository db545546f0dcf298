//! The meter thread: loudness, true peak and stereo of what is heard, from the tap before the monitor section.
//!
//! Meters are driven by samples, not by screen frames: the maximum since the last reading is handed over, so that no
//! burst falls between two frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use super::wire::{Latest, Newest, TapReader, latest};
use crate::analysis::Extreme;
use crate::analysis::ballistics::{Ballistics, Meter};
use crate::analysis::band::{BandReading, Bands, Width};
use crate::analysis::dynamics::Dynamics;
use crate::analysis::loudness::{Loudness, Reading};
use crate::analysis::spectrum::{Part, Point, Spectrum};
use crate::analysis::stereo::Stereo;
use crate::analysis::true_peak::TruePeaks;
use crate::audio::{Block, Layout};
use crate::unit::{Db, Dbtp, Lu, Lufs, SampleRate, Seconds};

/// Points of the goniometer: the newest ones.
const SCOPE_POINTS: usize = 1024;
/// How long the thread rests when the tap is empty: well under a screen frame.
const REST: Duration = Duration::from_millis(5);
/// A reading is handed over about sixty times a second.
const FRAMES_PER_READING: f64 = 1.0 / 60.0;
/// Peak bars fall 20 dB in 1.5 s (IEC 60268-18 practice).
const FALL_DB_PER_SECOND: f64 = 20.0 / 1.5;
/// RMS inside the bars integrates over 300 ms, as a VU meter does.
const RMS_SECONDS: f64 = 0.3;

/// Points of a transform: 5.9 Hz apart at 48 kHz.
const SPECTRUM_LENGTH: usize = 8192;
/// Points of the running history: the last five minutes.
const HISTORY_POINTS: usize = 3_000;
/// Overs that are listed, the newest ones.
const LISTED_OVERS: usize = 16;
/// True-peak steps (10 ms) in the 3 s of the PSR.
const STEPS_PER_WINDOW: usize = 300;
/// Windows softer than the absolute gate of BS.1770 have no PSR.
const FLOOR: Lufs = Lufs(-70.0);

/// Time constant of the averaged spectrum.
const SPECTRUM_AVERAGE: Seconds = Seconds(3.0);

/// What the meters read. Values that do not exist (silence, too short) are `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MeterFrame {
    /// The deck it was heard from.
    pub epoch: u64,
    /// Delivered frame up to which it has been measured.
    pub position: u64,
    /// Rate of the programme.
    pub rate_hz: u32,
    /// Momentary loudness.
    pub momentary: Option<Lufs>,
    /// Short-term loudness.
    pub short_term: Option<Lufs>,
    /// Integrated loudness since the last reset.
    pub integrated: Option<Lufs>,
    /// Loudness range since the last reset.
    pub range: Option<Lu>,
    /// Whether the range is settled (60 s).
    pub range_is_stable: bool,
    /// Loudest momentary, with the delivered frame it ended at.
    pub momentary_max: Option<(Lufs, u64)>,
    /// Loudest short-term, with the delivered frame it ended at.
    pub short_term_max: Option<(Lufs, u64)>,
    /// Highest true peak since the last reset, with its delivered frame.
    pub true_peak_max: Option<(Dbtp, u64)>,
    /// Each channel's highest true peak since the last reset.
    pub channel_max: Vec<Option<Dbtp>>,
    /// Each channel's bar, falling.
    pub peak: Vec<Dbtp>,
    /// Each channel's RMS.
    pub rms: Vec<Db>,
    /// Stretches above 0 dBTP since the last reset.
    pub overs: usize,
    /// The newest of them: delivered frame, channel, true peak.
    pub over_list: Vec<(u64, usize, Dbtp)>,
    /// Largest sample since the last reset, with its delivered frame.
    pub sample_peak_max: Option<(Db, u64)>,
    /// True peak over short-term loudness of the last 3 s.
    pub psr: Option<Db>,
    /// Its lowest since the last reset, with the delivered frame where those 3 s ended.
    pub psr_min: Option<(Db, u64)>,
    /// What each programme meter reads by channel, in the order of [`Meter::ALL`]: the highest since the last reading.
    pub programme: Vec<[Option<Db>; Meter::ALL.len()]>,
    /// Momentary and short-term loudness every 100 ms, of the last five minutes at most.
    pub history: Vec<Reading>,
    /// Correlation of the last 600 ms.
    pub correlation: Option<f64>,
    /// Its lowest since the last reset, with the delivered frame it ended at.
    pub correlation_min: Option<(f64, u64)>,
    /// Right over left.
    pub balance: Option<Db>,
    /// Side over mid since the last reset.
    pub side_over_mid: Option<Db>,
    /// Share of the power in the side, of the last 600 ms.
    pub width: Option<f64>,
    /// Change of level when both channels become one, of the last 600 ms.
    pub mono_loss: Option<Db>,
    /// Octaves since the last reset: crest, correlation with its lowest, mono loss.
    pub octaves: Vec<BandReading>,
    /// Third octaves, class 1.
    pub thirds: Vec<BandReading>,
    /// What of the programme the spectrum is of.
    pub spectrum_part: Part,
    /// The newest left/right pairs.
    pub scope: Vec<(f32, f32)>,
    /// The spectrum now.
    pub spectrum: Vec<Point>,
    /// Its average over 3 s.
    pub spectrum_average: Vec<Point>,
    /// Its maximum since the last reset.
    pub spectrum_max: Vec<Point>,
    /// Its minimum since the last reset.
    pub spectrum_min: Vec<Point>,
}

/// The application's side of the meter thread.
pub(super) struct Meters {
    frames: Newest<MeterFrame>,
    wishes: Arc<Wishes>,
}

/// What the application asks of the thread.
#[derive(Default)]
struct Wishes {
    reset: AtomicBool,
    stop: AtomicBool,
    /// Place in [`Part::ALL`].
    part: AtomicU8,
}

impl Meters {
    /// Starts the thread on this tap.
    pub(super) fn start(tap: TapReader) -> Meters {
        let (input, frames) = latest();
        let wishes = Arc::new(Wishes::default());
        let shared = wishes.clone();
        // Without the thread the meters show dashes; sound goes on.
        let _ = thread::Builder::new().name("lacquer-meters".into()).spawn(move || run(tap, input, &shared));
        Meters { frames, wishes }
    }

    /// Analyses another part of the programme from here on.
    pub(super) fn listen_to(&self, part: Part) {
        let place = Part::ALL.iter().position(|known| *known == part).unwrap_or(0);
        self.wishes.part.store(place as u8, Ordering::Relaxed);
    }

    /// Starts maxima and integration anew.
    pub(super) fn reset(&self) {
        self.wishes.reset.store(true, Ordering::Relaxed);
    }

    /// The newest reading.
    pub(super) fn latest(&mut self) -> &MeterFrame {
        self.frames.read()
    }
}

impl Drop for Meters {
    fn drop(&mut self) {
        self.wishes.stop.store(true, Ordering::Relaxed);
    }
}

fn run(mut tap: TapReader, mut out: Latest<MeterFrame>, wishes: &Wishes) {
    let mut block = Block::new(tap.channels(), 8192);
    let mut bench: Option<Bench> = None;
    while !wishes.stop.load(Ordering::Relaxed) {
        if wishes.reset.swap(false, Ordering::Relaxed)
            && let Some(bench) = &mut bench
        {
            bench.reset();
        }
        let Some(stamp) = tap.next(&mut block) else {
            thread::sleep(REST);
            continue;
        };
        if bench.as_ref().is_none_or(|bench| bench.rate.0 != stamp.rate) {
            bench = Bench::new(tap.channels(), SampleRate(stamp.rate));
        }
        let Some(bench) = &mut bench else { continue };
        let part = Part::ALL.get(usize::from(wishes.part.load(Ordering::Relaxed))).copied().unwrap_or_default();
        bench.spectrum.listen_to(part);
        bench.process(&block, stamp.epoch, stamp.position);
        if bench.since_reading >= FRAMES_PER_READING * bench.rate.hz() {
            bench.since_reading = 0.0;
            out.publish(|frame| bench.write(frame));
        }
    }
}

/// Meters of a stream at one rate.
struct Bench {
    rate: SampleRate,
    loudness: Loudness,
    peaks: TruePeaks,
    stereo: Stereo,
    spectrum: Spectrum,
    dynamics: Dynamics,
    ballistics: Ballistics,
    bands: Bands,
    psr: Option<Db>,
    psr_min: Option<(Db, u64)>,
    bars: Vec<f64>,
    powers: Vec<f64>,
    scope: Vec<(f32, f32)>,
    epoch: u64,
    position: u64,
    /// Frames measured since the last reset.
    measured: u64,
    since_reading: f64,
}

impl Bench {
    fn new(channels: usize, rate: SampleRate) -> Option<Bench> {
        let loudness = Loudness::new(Layout::of_channels(channels), rate).ok()?;
        Some(Bench {
            rate,
            loudness,
            peaks: TruePeaks::new(channels, rate, Dbtp(0.0)),
            stereo: Stereo::new(rate),
            spectrum: Spectrum::new(channels, rate, SPECTRUM_LENGTH, SPECTRUM_AVERAGE),
            dynamics: Dynamics::new(channels, rate),
            ballistics: Ballistics::new(channels, rate),
            bands: Bands::all(rate),
            psr: None,
            psr_min: None,
            bars: vec![0.0; channels],
            powers: vec![0.0; channels],
            scope: Vec::with_capacity(SCOPE_POINTS),
            epoch: 0,
            position: 0,
            measured: 0,
            since_reading: 0.0,
        })
    }

    fn reset(&mut self) {
        self.loudness.reset();
        self.peaks.reset();
        self.stereo.reset();
        self.spectrum.reset();
        self.dynamics.reset();
        self.ballistics.reset();
        self.bands.reset();
        (self.psr, self.psr_min) = (None, None);
        self.measured = 0;
    }

    fn process(&mut self, block: &Block, epoch: u64, position: u64) {
        let frames = block.frames();
        self.loudness.process(block);
        self.peaks.process(block);
        self.stereo.process(block);
        self.spectrum.process(block);
        self.dynamics.process(block);
        self.ballistics.process(block);
        self.bands.process(block);
        self.note_psr();
        let seconds = frames as f64 / self.rate.hz();
        let fall = Db(-FALL_DB_PER_SECOND * seconds).amplitude();
        let keep = libm::exp(-seconds / RMS_SECONDS);
        for channel in 0..block.channels().min(self.bars.len()) {
            let now = self.peaks.channels()[channel].now().map_or(0.0, Dbtp::amplitude);
            self.bars[channel] = (self.bars[channel] * fall).max(now);
            let power: f64 = block.channel(channel).iter().map(|sample| sample * sample).sum::<f64>() / frames as f64;
            self.powers[channel] = self.powers[channel] * keep + power * (1.0 - keep);
        }
        self.note_scope(block);
        (self.epoch, self.position) = (epoch, position + frames as u64);
        self.measured += frames as u64;
        self.since_reading += frames as f64;
    }

    /// The highest true peak of the last 3 s over the short-term loudness: whole windows of programme only.
    fn note_psr(&mut self) {
        let short_term = self.loudness.reading().short_term.filter(|loudness| *loudness > FLOOR);
        let steps = self.peaks.channels().iter().map(|channel| channel.steps().len()).min().unwrap_or(0);
        let peak =
            (steps.saturating_sub(STEPS_PER_WINDOW)..steps).map(|step| self.peaks.step(step)).fold(0.0, f64::max);
        let whole = steps >= STEPS_PER_WINDOW && peak > 0.0;
        self.psr = short_term.filter(|_| whole).map(|loudness| Db(Dbtp::from_amplitude(peak).0 - loudness.0));
        if let Some(psr) = self.psr.filter(|psr| self.psr_min.is_none_or(|(held, _)| psr.0 < held.0)) {
            self.psr_min = Some((psr, self.measured));
        }
    }

    /// Keeps every so many frames of the newest 20 ms or so for the goniometer.
    fn note_scope(&mut self, block: &Block) {
        if block.channels() < 2 {
            return;
        }
        let (left, right) = (block.channel(0), block.channel(1));
        let step = (block.frames() / SCOPE_POINTS).max(1);
        for frame in (0..block.frames()).step_by(step) {
            if self.scope.len() == SCOPE_POINTS {
                self.scope.drain(..SCOPE_POINTS / 4);
            }
            self.scope.push((left[frame] as f32, right[frame] as f32));
        }
    }

    fn write(&mut self, frame: &mut MeterFrame) {
        let reading = self.loudness.reading();
        // Extremes count from the last reset; what is shown is where on the programme they were heard.
        let origin = self.position.saturating_sub(self.measured);
        let place = |at: crate::unit::Frames| origin + at.0;
        fn with<T: Copy>(extreme: Option<Extreme<T>>, place: impl Fn(crate::unit::Frames) -> u64) -> Option<(T, u64)> {
            extreme.map(|extreme| (extreme.value, place(extreme.at)))
        }
        (frame.epoch, frame.position, frame.rate_hz) = (self.epoch, self.position, self.rate.0);
        (frame.momentary, frame.short_term) = (reading.momentary, reading.short_term);
        (frame.integrated, frame.range) = (self.loudness.integrated(), self.loudness.range());
        frame.range_is_stable = self.loudness.range_is_stable();
        frame.momentary_max = with(self.loudness.momentary_max(), place);
        frame.short_term_max = with(self.loudness.short_term_max(), place);
        frame.true_peak_max = with(self.peaks.largest(), place);
        frame.channel_max = self.peaks.channels().iter().map(|c| c.largest().map(|peak| peak.value)).collect();
        frame.peak = self.bars.iter().map(|bar| Dbtp::from_amplitude(*bar)).collect();
        frame.rms = self.powers.iter().map(|power| Db::from_amplitude(power.sqrt())).collect();
        frame.overs = self.peaks.channels().iter().map(|channel| channel.overs().len()).sum();
        frame.over_list = self.newest_overs(origin);
        frame.sample_peak_max = with(self.dynamics.largest_sample(), place);
        frame.psr = self.psr;
        frame.psr_min = self.psr_min.map(|(psr, at)| (psr, origin + at));
        frame.programme = (0..self.bars.len()).map(|channel| self.ballistics.take_recent(channel)).collect();
        let history = self.loudness.history();
        frame.history.clear();
        frame.history.extend_from_slice(&history[history.len().saturating_sub(HISTORY_POINTS)..]);
        frame.mono_loss = self.stereo.mono_loss_now();
        frame.octaves = self.bands.readings_of(Width::Octave);
        frame.thirds = self.bands.readings_of(Width::Third);
        frame.correlation = self.stereo.correlation_now();
        frame.correlation_min = with(self.stereo.lowest_correlation(), place);
        frame.balance = self.stereo.balance_now();
        frame.side_over_mid = self.stereo.side_over_mid();
        frame.width = self.stereo.width_now();
        frame.scope.clone_from(&self.scope);
        self.write_spectrum(frame);
    }

    fn newest_overs(&self, origin: u64) -> Vec<(u64, usize, Dbtp)> {
        let channels = self.peaks.channels().iter();
        let newest = channels.flat_map(|channel| channel.overs().iter().rev().take(LISTED_OVERS));
        let mut overs: Vec<_> = newest.map(|over| (origin + over.start.0, over.channel, over.peak)).collect();
        overs.sort_by_key(|over| std::cmp::Reverse(over.0));
        overs.truncate(LISTED_OVERS);
        overs
    }

    fn write_spectrum(&self, frame: &mut MeterFrame) {
        frame.spectrum = self.spectrum.now();
        frame.spectrum_average = self.spectrum.average();
        frame.spectrum_max = self.spectrum.maximum();
        frame.spectrum_min = self.spectrum.minimum();
        frame.spectrum_part = self.spectrum.part();
    }
}
