//! The rings between the application and the audio thread: the only file that knows which.
//!
//! Commands and events are bounded wait-free rings of one producer and one consumer; the status is a triple buffer
//! (newest wins; use a ring where every item counts). Everything with heap memory that goes to the audio thread comes
//! back through the return ring, which holds more than can ever be on the other side: it cannot fill.

use super::{Command, Deck, Event, Status};
use crate::audio::{Block, Through};
use crate::render::Past;

/// Commands under way at most: a drag sends some hundred a second, a callback drains them all.
const COMMANDS: usize = 1024;
/// Every command may carry something to free, and the audio thread holds three decks and three [`Through`]s at most.
const RETURNS: usize = COMMANDS + 8;
/// Events under way at most; when nobody listens the newest are dropped, and counted in the status.
const EVENTS: usize = 256;
/// Moments of the stages' past under way: more than two seconds, so that a window that was held up shows no hole.
const PASTS: usize = 256;
/// Frames of tap under way at most: 1.4 s at 192 kHz, so that a meter thread that was held up loses nothing.
const TAP_FRAMES: usize = 1 << 18;

/// What the audio thread is done with.
pub(super) enum Used {
    /// A deck.
    Deck(Box<Deck>),
    /// What the programme was heard through.
    Through(Box<dyn Through>),
}

/// The application's ends.
pub struct Wire {
    pub(super) commands: rtrb::Producer<Command>,
    pub(super) returns: rtrb::Consumer<Used>,
    pub(super) events: rtrb::Consumer<Event>,
    pub(super) status: triple_buffer::Output<Status>,
    /// With the number of the deck that made them.
    pub(super) pasts: rtrb::Consumer<(u64, Past)>,
    pub(super) tap: Option<TapReader>,
}

/// The audio thread's ends.
pub(super) struct Ends {
    pub(super) commands: rtrb::Consumer<Command>,
    returns: rtrb::Producer<Used>,
    events: rtrb::Producer<Event>,
    pub(super) status: triple_buffer::Input<Status>,
    pasts: rtrb::Producer<(u64, Past)>,
    tap: rtrb::Producer<f64>,
    stamps: rtrb::Producer<Stamp>,
    channels: usize,
    dropped_events: u32,
}

/// The end of a wait-free ring that puts in; one thread has it.
pub(super) type Give<T> = rtrb::Producer<T>;

/// The end of a wait-free ring that takes out; one thread has it.
pub(super) type Take<T> = rtrb::Consumer<T>;

/// A wait-free ring for `capacity` items.
pub(super) fn ring<T>(capacity: usize) -> (Give<T>, Take<T>) {
    rtrb::RingBuffer::new(capacity)
}

/// The writing end of a value of which only the newest counts.
pub(super) struct Latest<T: Send>(triple_buffer::Input<T>);

/// The reading end of it.
pub(super) struct Newest<T: Send>(triple_buffer::Output<T>);

/// Both ends of a value of which only the newest counts.
pub(super) fn latest<T: Clone + Send + Default>() -> (Latest<T>, Newest<T>) {
    let (input, output) = triple_buffer::triple_buffer(&T::default());
    (Latest(input), Newest(output))
}

impl<T: Send> Latest<T> {
    /// Lets `write` fill the next value and hands it over.
    pub(super) fn publish(&mut self, write: impl FnOnce(&mut T)) {
        write(self.0.input_buffer_mut());
        self.0.publish();
    }
}

impl<T: Send> Newest<T> {
    pub(super) fn read(&mut self) -> &T {
        self.0.read()
    }
}

/// What a stretch of tap is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp {
    pub(super) epoch: u64,
    pub(super) position: u64,
    pub(super) frames: usize,
    pub(super) rate: u32,
}

/// The meter thread's end of the tap.
pub(super) struct TapReader {
    samples: rtrb::Consumer<f64>,
    stamps: rtrb::Consumer<Stamp>,
    channels: usize,
}

/// Makes both ends of the seam, for taps of `channels` channels.
pub fn wire(channels: usize) -> (Wire, super::processor::Seam) {
    let (commands, command_end) = rtrb::RingBuffer::new(COMMANDS);
    let (return_end, returns) = rtrb::RingBuffer::new(RETURNS);
    let (event_end, events) = rtrb::RingBuffer::new(EVENTS);
    let (status_end, status) = triple_buffer::triple_buffer(&Status::default());
    let (past_end, pasts) = rtrb::RingBuffer::new(PASTS);
    let (tap_end, samples) = rtrb::RingBuffer::new(TAP_FRAMES * channels);
    let (stamp_end, stamps) = rtrb::RingBuffer::new(TAP_FRAMES / 16);
    let tap = Some(TapReader { samples, stamps, channels });
    let ends = Ends {
        commands: command_end,
        returns: return_end,
        events: event_end,
        status: status_end,
        pasts: past_end,
        tap: tap_end,
        stamps: stamp_end,
        channels,
        dropped_events: 0,
    };
    (Wire { commands, returns, events, status, pasts, tap }, super::processor::Seam(ends))
}

impl Wire {
    /// Sends a command; says whether there was room (there is none while the audio thread does not run).
    pub fn send(&mut self, command: Command) -> bool {
        self.commands.push(command).is_ok()
    }

    /// Frees what came back from the audio thread.
    pub fn collect(&mut self) -> usize {
        let mut freed = 0;
        while let Ok(used) = self.returns.pop() {
            match used {
                Used::Deck(deck) => drop(deck),
                Used::Through(through) => drop(through),
            }
            freed += 1;
        }
        freed
    }
}

impl Ends {
    /// Sends a deck back to be freed.
    pub(super) fn give_back(&mut self, deck: Box<Deck>) {
        self.give(Used::Deck(deck));
    }

    /// Sends what the programme was heard through back to be freed.
    pub(super) fn give_through(&mut self, through: Box<dyn Through>) {
        self.give(Used::Through(through));
    }

    /// Sends something back to be freed. The ring holds more than can be under way.
    fn give(&mut self, used: Used) {
        if let Err(rtrb::PushError::Full(used)) = self.returns.push(used) {
            // Unreachable by the ring's size; leaking is the one thing that neither frees nor waits here.
            debug_assert!(false, "the return ring is full");
            std::mem::forget(used);
        }
    }

    pub(super) fn say(&mut self, event: Event) {
        if self.events.push(event).is_err() {
            self.dropped_events = self.dropped_events.saturating_add(1);
        }
    }

    /// Hands a moment of the stages' past over; one that nobody has room for is left out.
    pub(super) fn past(&mut self, epoch: u64, past: Past) {
        let _ = self.pasts.push((epoch, past));
    }

    pub(super) fn dropped_events(&self) -> u32 {
        self.dropped_events
    }

    /// Hands what is heard to the meter thread; a tap nobody empties is left alone.
    pub(super) fn tap(&mut self, block: &Block, epoch: u64, position: u64, rate: u32) {
        let frames = block.frames();
        if self.stamps.slots() == 0 || self.tap.slots() < frames * self.channels || frames == 0 {
            return;
        }
        if let Ok(chunk) = self.tap.write_chunk_uninit(frames * self.channels) {
            let channels = self.channels;
            let interleaved = (0..frames * channels).map(|index| {
                let channel = (index % channels).min(block.channels() - 1);
                block.channel(channel)[index / channels]
            });
            chunk.fill_from_iter(interleaved);
            // There is room: asked above.
            let _ = self.stamps.push(Stamp { epoch, position, frames, rate });
        }
    }
}

impl TapReader {
    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// The next stretch, de-interleaved into `block`, which must hold it (the capacity bounds what is taken at once).
    pub(super) fn next(&mut self, block: &mut Block) -> Option<Stamp> {
        let stamp = *self.stamps.peek().ok()?;
        let frames = stamp.frames;
        if block.capacity() < frames {
            *block = Block::new(self.channels, frames);
        }
        let chunk = self.samples.read_chunk(frames * self.channels).ok()?;
        block.set_frames(frames);
        for (index, sample) in chunk.into_iter().enumerate() {
            block.channel_mut(index % self.channels)[index / self.channels] = sample;
        }
        self.stamps.pop().ok()
    }
}
