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
}

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
        Ok(Deck { renderer, epoch, end, conversion, heard, device_rate, late: false })
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

    pub(super) fn take_late(&mut self) -> bool {
        std::mem::take(&mut self.late)
    }

    /// The device rate it was made for.
    pub(super) fn device_rate(&self) -> SampleRate {
        self.device_rate
    }

    /// Makes the next `frames` device frames (at most [`DECK_FRAMES`]) and lends them.
    pub(super) fn pull(&mut self, frames: usize) -> &mut Block {
        let frames = frames.min(DECK_FRAMES);
        self.heard.set_frames(frames);
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
        &mut self.heard
    }
}
