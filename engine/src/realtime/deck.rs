use crate::audio::Block;
use crate::dsp::polyphase::Polyphase;
use crate::dsp::resample::ResampleError;
use crate::render::{Pulled, Renderer, Supply};
use crate::unit::SampleRate;

/// A renderer ready to be heard: warmed, with live feeds, brought to the device's rate.
///
/// Made and freed on workers; pulled on the audio thread.
pub struct Deck {
    pub(super) renderer: Renderer,
    /// Number of the deck: what the application asked for last has the highest.
    pub(super) epoch: u64,
    /// Delivered frame at which it stops.
    pub(super) end: u64,
    conversion: Option<Conversion>,
    heard: Block,
    device_rate: SampleRate,
    late: bool,
    /// Linear level that makes it as loud as what it is compared with; 1 leaves every bit alone.
    level: f64,
    /// Device frames of silence before it begins.
    wait: usize,
    twin: Option<Twin>,
}

/// What stands beside the programme, pulled in step with it so that a switch is heard at once on the same frame.
struct Twin {
    deck: Box<Deck>,
    /// It is heard, not the programme.
    heard: bool,
    /// How far the switch to it is, in frames of [`LEAN_FRAMES`].
    lean: usize,
}

/// A switch to what stands beside crosses over in 10 ms at 48 kHz.
const LEAN_FRAMES: usize = 480;

/// From the delivered rate to the device's: for the ears only, never part of a file.
struct Conversion {
    converter: Polyphase,
    input: Block,
}

/// Frames a deck can make at once; longer callbacks are served in parts.
pub(super) const DECK_FRAMES: usize = 2048;

impl Deck {
    /// A deck of `renderer`, which stands where it will begin, for a device at `device_rate`. Workers only.
    pub fn new(renderer: Renderer, epoch: u64, end: u64, device_rate: SampleRate) -> Result<Deck, ResampleError> {
        let plan = renderer.plan();
        let channels = plan.layout.channels();
        let conversion = match plan.delivered == device_rate {
            true => None,
            false => {
                let converter = Polyphase::new(channels, plan.delivered, device_rate)?;
                // At whatever phase: one period of frames more than the first call needs.
                let most = converter.needed(DECK_FRAMES) + 2;
                Some(Conversion { converter, input: Block::new(channels, most) })
            }
        };
        let heard = Block::new(channels, DECK_FRAMES);
        Ok(Deck { renderer, epoch, end, conversion, heard, device_rate, late: false, level: 1.0, wait: 0, twin: None })
    }

    /// Delivered frame that is heard next (without the converter's latency of some milliseconds).
    pub fn position(&self) -> u64 {
        self.renderer.position().0
    }

    /// The renderer, to set parameters of.
    pub fn renderer(&mut self) -> &mut Renderer {
        &mut self.renderer
    }

    /// Whether what it makes reaches the device without conversion.
    pub fn is_native(&self) -> bool {
        self.conversion.is_none()
    }

    /// Channels it makes.
    pub(super) fn channels(&self) -> usize {
        self.heard.channels()
    }

    pub(super) fn take_late(&mut self) -> bool {
        std::mem::take(&mut self.late)
    }

    /// The device rate it was made for.
    pub(super) fn device_rate(&self) -> SampleRate {
        self.device_rate
    }

    /// Its linear level, and the device frames of silence before it begins. Workers only.
    pub(super) fn set_beside(&mut self, level: f64, wait: usize) {
        (self.level, self.wait) = (level, wait);
    }

    /// Puts a deck for the same device beside this one. Workers only.
    pub(super) fn put_beside(&mut self, deck: Box<Deck>, heard: bool) {
        self.twin = Some(Twin { deck, heard, lean: if heard { LEAN_FRAMES } else { 0 } });
    }

    /// Hears what stands beside, or the programme. Audio thread.
    pub(super) fn hear_beside(&mut self, on: bool) {
        if let Some(twin) = &mut self.twin {
            twin.heard = on;
        }
    }

    /// What stands beside: its next delivered frame and whether it is heard.
    pub(super) fn beside(&self) -> Option<(u64, bool)> {
        self.twin.as_ref().map(|twin| (twin.deck.position(), twin.heard))
    }

    /// Whether its samples are the programme's own.
    pub(super) fn is_plain(&self) -> bool {
        self.is_native() && self.level == 1.0 && self.twin.as_ref().is_none_or(|twin| twin.lean == 0)
    }

    /// Makes the next `frames` device frames (at most [`DECK_FRAMES`]) and lends them.
    pub(super) fn pull(&mut self, frames: usize) -> &mut Block {
        self.pull_own(frames);
        if let Some(twin) = &mut self.twin {
            twin.deck.pull_own(frames);
            twin.lean = lean(&mut self.heard, &twin.deck.heard, twin.lean, twin.heard);
            self.late |= twin.deck.take_late();
        }
        &mut self.heard
    }

    fn pull_own(&mut self, frames: usize) {
        let frames = frames.min(DECK_FRAMES);
        self.heard.set_frames(frames);
        if self.wait > 0 {
            // A part of a block would begin on another frame for another block size: the silence is pulled apart.
            let silent = self.wait.min(frames);
            self.wait -= silent;
            self.make(frames - silent);
            self.heard.set_frames(frames);
            self.heard.shift(0, silent, frames - silent);
            for channel in 0..self.heard.channels() {
                self.heard.channel_mut(channel)[..silent].fill(0.0);
            }
            return self.heard.scale(self.level);
        }
        self.make(frames);
        self.heard.scale(self.level);
    }

    fn make(&mut self, frames: usize) {
        self.heard.set_frames(frames);
        if frames == 0 {
            return;
        }
        let pulled = match &mut self.conversion {
            None => self.renderer.pull(&mut self.heard),
            Some(conversion) => {
                let needed = conversion.converter.needed(frames);
                conversion.input.set_frames(needed);
                let pulled = self.renderer.pull(&mut conversion.input);
                conversion.converter.process(&conversion.input, &mut self.heard);
                pulled
            }
        };
        self.late |= pulled == Pulled { supply: Supply::Late };
    }
}

/// Leans from the programme to what stands beside it, or back; gives where the switch is then.
fn lean(own: &mut Block, beside: &Block, from: usize, heard: bool) -> usize {
    let end = if heard { LEAN_FRAMES } else { 0 };
    if from == end && !heard {
        return from;
    }
    let mut now = from;
    for channel in 0..own.channels() {
        let other = beside.channel(channel.min(beside.channels() - 1));
        now = from;
        for (sample, new) in own.channel_mut(channel).iter_mut().zip(other) {
            now = if heard { (now + 1).min(LEAN_FRAMES) } else { now.saturating_sub(1) };
            let share = now as f64 / LEAN_FRAMES as f64;
            *sample = *sample * (1.0 - share) + *new * share;
        }
    }
    now
}
