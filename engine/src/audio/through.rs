use super::Block;
use crate::unit::Seconds;

/// Something the programme is heard through on its way to the ears: a small loudspeaker, a car, a stylus in a groove. It
/// sits after the tap that delivers, so nothing of it can reach a file.
///
/// Made on a worker for two channels at the device's rate, moved to the audio thread, and given back from there to be
/// freed. What comes out must not depend on how the input is cut into blocks.
pub trait Through: Send {
    /// Frames by which the output comes after the input, at the rate it was made for; the same for as long as it lives.
    /// At most [`MOST_LATENCY`]: the programme is pulled that much ahead, so that the switch stays on the same frame.
    fn latency(&self) -> usize;

    /// Replaces the frames of `block` by what is heard of them. `at` is the programme's time of the first frame that goes
    /// in. Audio thread: never allocates, frees, locks, waits.
    fn process(&mut self, block: &mut Block, at: Seconds);

    /// Forgets what it has heard. Audio thread, as above.
    fn reset(&mut self);
}

/// The longest latency of a [`Through`], frames: 85 ms at 96 kHz, past what a switch may take to be heard.
pub const MOST_LATENCY: usize = 8192;
