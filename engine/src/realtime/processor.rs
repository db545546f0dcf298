use super::command::{Command, Event};
use super::deck::{DECK_FRAMES, Deck};
use super::ear::Ear;
use super::section::{Section, Speakers};
use super::signal::Player;
use super::wire::Ends;
use crate::audio::Block;
use crate::chain::Reading;
use crate::render::{Scope, Word};
use crate::unit::{SampleRate, Seconds};

/// Stages of one chain whose readings are shown.
pub const READINGS: usize = 16;

/// Most frames the processor is asked for at once.
pub(super) const MOST_FRAMES: usize = 4096;

/// The audio thread's end of the seam; becomes part of a [`Processor`].
pub struct Seam(pub(super) Ends);

/// The latest from the audio thread: newest wins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Status {
    /// Number of the deck that is heard; 0 is none.
    pub epoch: u64,
    /// Its next delivered frame.
    pub position: u64,
    /// Whether it moves.
    pub playing: bool,
    /// Whether the deck's frames reach the device as they are: no conversion, neutral monitor section, heard through
    /// nothing, with nothing beside it.
    pub untouched: bool,
    /// What stands beside the deck: its next delivered frame, and whether it is heard.
    pub beside: Option<(u64, bool)>,
    /// The programme is heard through something.
    pub through: bool,
    /// Device frames handed out since the start.
    pub clock: u64,
    /// Times source frames were late.
    pub late: u32,
    /// Samples cut at the device's edge.
    pub overs: u64,
    /// Events that could not be told because nobody listened.
    pub dropped_events: u32,
    /// What the album chain's stages did.
    pub album: [Reading; READINGS],
    /// What the stages of the sounding song's chain did.
    pub song: [Reading; READINGS],
}

impl Default for Status {
    fn default() -> Status {
        Status {
            epoch: 0,
            position: 0,
            playing: false,
            untouched: false,
            beside: None,
            through: false,
            clock: 0,
            late: 0,
            overs: 0,
            dropped_events: 0,
            album: [Reading::default(); READINGS],
            song: [Reading::default(); READINGS],
        }
    }
}

/// What runs in the device's callback. Moved there; comes back when the device goes away.
pub struct Processor {
    ends: Ends,
    rate: SampleRate,
    deck: Option<Box<Deck>>,
    /// Heard until the crossfade to `deck` is over.
    leaving: Option<Box<Deck>>,
    /// Waits for its frame on the running deck.
    waiting: Option<(Box<Deck>, u64)>,
    /// Crossfade position in frames.
    fade: usize,
    play: bool,
    /// Level of the transport's soft start and stop, in steps.
    lift: usize,
    ear: Ear,
    signal: Player,
    speakers: Speakers,
    status: Status,
}

/// A new deck fades in over 10 ms at 48 kHz: shorter clicks, longer blurs.
const FADE_FRAMES: usize = 480;
/// Start and stop are softened over 5 ms at 48 kHz, outside the tap.
const LIFT_FRAMES: usize = 240;

impl Processor {
    /// A processor for a device at `rate`, with nothing to play.
    pub fn new(seam: Seam, rate: SampleRate) -> Processor {
        Processor {
            ends: seam.0,
            rate,
            deck: None,
            leaving: None,
            waiting: None,
            fade: FADE_FRAMES,
            play: false,
            lift: 0,
            ear: Ear::new(),
            signal: Player::default(),
            speakers: Speakers::new(&Section::default(), rate.hz()),
            status: Status::default(),
        }
    }

    /// A processor that nobody can reach any more: what is left when a host does not give its callback back.
    pub(super) fn orphan(rate: SampleRate) -> Box<Processor> {
        let (_, seam) = super::wire::wire(2);
        Box::new(Processor::new(seam, rate))
    }

    /// The device rate it works at.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Moves to a device at another rate: what it holds was made for the old one and is given back. Not on the audio
    /// thread's time: called between two devices.
    pub fn change_rate(&mut self, rate: SampleRate, section: &Section) {
        self.rate = rate;
        self.speakers = Speakers::new(section, rate.hz());
        for deck in [self.deck.take(), self.leaving.take(), self.waiting.take().map(|(deck, _)| deck)] {
            deck.into_iter().for_each(|deck| self.ends.give_back(deck));
        }
        for through in self.ear.clear().into_iter().flatten() {
            self.ends.give_through(through);
        }
        self.signal = Player::default();
        self.status.epoch = 0;
    }

    /// Fills `out` with the next device frames. Audio thread: never allocates, frees, locks, waits.
    pub fn process(&mut self, out: &mut Block) {
        self.obey();
        let frames = out.frames();
        let mut done = 0;
        while done < frames {
            let mut count = (frames - done).min(DECK_FRAMES);
            if self.ear.is_open() {
                count = count.min(self.frames_to_swap());
            }
            if count == 0 {
                self.swap_waiting();
                continue;
            }
            self.make(out, done, count);
            done += count;
        }
        self.signal.process(out);
        self.speakers.process(out);
        self.report(frames);
    }

    fn obey(&mut self) {
        while let Ok(command) = self.ends.commands.pop() {
            match command {
                Command::Swap { deck, at: None } => self.swap(deck),
                Command::Swap { deck, at: Some(at) } => {
                    if let Some((old, _)) = self.waiting.replace((deck, at)) {
                        self.ends.give_back(old);
                    }
                }
                Command::Play => self.play = true,
                Command::Pause => self.play = false,
                Command::Section(section) => self.speakers.set(&section),
                Command::Signal(generator) => self.signal.play(generator),
                Command::Through(through) => {
                    if let Some(unheard) = self.ear.ask(through) {
                        self.ends.give_through(unheard);
                    }
                }
                other => self.adjust(other),
            }
        }
    }

    /// Commands to the running decks.
    fn adjust(&mut self, command: Command) {
        let waiting = self.waiting.as_mut().map(|(deck, _)| deck);
        for deck in self.deck.iter_mut().chain(self.leaving.iter_mut()).chain(waiting) {
            if let Command::Beside(on) = command {
                deck.hear_beside(on);
            }
            let renderer = &mut deck.renderer;
            match command {
                Command::Set { address, value } => {
                    renderer.set(address.scope, address.slot, address.param, value, true);
                }
                Command::SlotOn { scope, slot, on, match_gain } => renderer.set_slot_on(scope, slot, on, match_gain),
                Command::Listen { scope, slot, what } => renderer.listen(scope, slot, what),
                Command::ChainsOn { on, match_gain } => renderer.set_chains_on(on, match_gain),
                Command::Requantised(on) => {
                    renderer.set_word(if on { Word::Delivered } else { Word::Full });
                }
                _ => {}
            }
        }
    }

    fn swap(&mut self, deck: Box<Deck>) {
        if deck.device_rate() != self.rate {
            // Made for a device that is gone: the application will send another.
            self.ends.give_back(deck);
            return;
        }
        if let Some(old) = self.leaving.take() {
            self.ends.give_back(old);
        }
        if let Some((old, _)) = self.waiting.take() {
            self.ends.give_back(old);
        }
        self.ends.say(Event::Swapped { epoch: deck.epoch });
        let old = self.deck.replace(deck);
        let audible = self.lift > 0;
        match old {
            Some(old) if audible => {
                self.leaving = Some(old);
                self.fade = 0;
            }
            Some(old) => {
                self.ear.forget();
                self.ends.give_back(old);
            }
            None => {
                self.ear.forget();
                self.fade = FADE_FRAMES;
            }
        }
    }

    /// Frames until the waiting deck takes over, in device frames.
    fn frames_to_swap(&self) -> usize {
        let (Some((_, at)), Some(deck)) = (&self.waiting, &self.deck) else { return usize::MAX };
        if !self.play && self.lift == 0 {
            return usize::MAX;
        }
        let left = at.saturating_sub(deck.position());
        if deck.is_native() {
            return left as usize;
        }
        let delivered = deck.renderer.plan().delivered;
        (u128::from(left) * u128::from(self.rate.0) / u128::from(delivered.0)) as usize
    }

    fn swap_waiting(&mut self) {
        if let Some((deck, _)) = self.waiting.take() {
            self.swap(deck);
        }
    }

    /// Makes `count` frames of `out` from `start`.
    fn make(&mut self, out: &mut Block, start: usize, count: usize) {
        let silent = !self.play && self.lift == 0;
        let Some(deck) = self.deck.as_mut().filter(|_| !silent) else {
            silence(out, start, count);
            return;
        };
        if self.ear.is_open() || deck.channels() > 2 {
            let (position, epoch, delivered) = (deck.position(), deck.epoch, deck.renderer.plan().delivered.0);
            let heard = pull(deck, &mut self.leaving, &mut self.fade, count);
            lay_out(heard, out, start, count);
            self.ends.tap(heard, epoch, position, delivered);
        } else {
            self.make_through(out, start, count);
        }
        self.tell();
        self.lift_out(out, start, count);
        let ended = self.deck.as_ref().is_some_and(|deck| self.here(deck) >= deck.end);
        if ended && self.play && self.waiting.is_none() {
            self.play = false;
            self.ends.say(Event::Ended);
        }
    }

    /// The same through the ear: pulls what it wants, up to the waiting deck's frame at once.
    fn make_through(&mut self, out: &mut Block, start: usize, count: usize) {
        let mut wanted = self.ear.wanted(count);
        while wanted > 0 {
            let part = wanted.min(DECK_FRAMES).min(self.frames_to_swap());
            if part == 0 {
                self.swap_waiting();
                continue;
            }
            let Some(deck) = &mut self.deck else { break };
            self.ear.take(pull(deck, &mut self.leaving, &mut self.fade, part));
            wanted -= part;
        }
        let Some(deck) = &self.deck else { return silence(out, start, count) };
        let (position, epoch, delivered) = (self.here(deck), deck.epoch, deck.renderer.plan().delivered);
        let at = Seconds(position as f64 / delivered.hz());
        let (heard, left) = self.ear.hear(count, at, Seconds(1.0 / self.rate.hz()));
        lay_out(heard, out, start, count);
        self.ends.tap(heard, epoch, position, delivered.0);
        if let Some(left) = left {
            self.ends.give_through(left);
        }
    }

    /// Delivered frame that is heard next of `deck`: what was pulled ahead is not heard yet.
    fn here(&self, deck: &Deck) -> u64 {
        let lead = self.ear.lead() as u128 * u128::from(deck.renderer.plan().delivered.0) / u128::from(self.rate.0);
        deck.position().saturating_sub(lead as u64)
    }

    /// Hands on what the deck says of itself, and what is no longer heard.
    fn tell(&mut self) {
        let Some(deck) = &mut self.deck else { return };
        let epoch = deck.epoch;
        while let Some(past) = deck.renderer.take_past() {
            self.ends.past(epoch, past);
        }
        if deck.take_late() {
            self.status.late = self.status.late.saturating_add(1);
            self.ends.say(Event::Late { position: deck.position() });
        }
        if self.fade >= FADE_FRAMES
            && let Some(old) = self.leaving.take()
        {
            self.ends.give_back(old);
        }
    }

    /// The soft start and stop of the transport.
    fn lift_out(&mut self, out: &mut Block, start: usize, count: usize) {
        let target = if self.play { LIFT_FRAMES } else { 0 };
        if self.lift == target && target == LIFT_FRAMES {
            return;
        }
        let from = self.lift;
        for channel in 0..out.channels() {
            self.lift = from;
            for sample in &mut out.channel_mut(channel)[start..start + count] {
                self.lift = if self.play { (self.lift + 1).min(LIFT_FRAMES) } else { self.lift.saturating_sub(1) };
                *sample *= self.lift as f64 / LIFT_FRAMES as f64;
            }
        }
    }

    fn report(&mut self, frames: usize) {
        self.status.clock += frames as u64;
        self.status.playing = self.play;
        self.status.dropped_events = self.ends.dropped_events();
        self.status.through = !self.ear.is_open();
        if let Some(deck) = &self.deck {
            self.status.epoch = deck.epoch;
            self.status.position = self.here(deck);
            self.status.beside = deck.beside();
            let plain = deck.is_plain() && self.ear.is_open() && self.signal.is_silent();
            self.status.untouched = plain && self.speakers.is_neutral();
            let plan = deck.renderer.plan();
            let song = plan.song_at(plan.from_delivered(self.status.position));
            for slot in 0..READINGS {
                self.status.album[slot] = deck.renderer.reading(Scope::Album, slot);
                self.status.song[slot] = deck.renderer.reading(Scope::Song(song), slot);
            }
        }
        self.ends.status.write(self.status);
    }

    /// Counts what the device's edge had to cut. Audio thread.
    pub fn note_overs(&mut self, samples: u32) {
        if samples > 0 {
            self.status.overs += u64::from(samples);
            self.ends.say(Event::Over { position: self.status.position, samples });
        }
    }
}

/// Makes the next `frames` of a deck, crossing over from the one that leaves.
fn pull<'a>(deck: &'a mut Deck, leaving: &mut Option<Box<Deck>>, fade: &mut usize, frames: usize) -> &'a mut Block {
    let heard = deck.pull(frames);
    if let Some(old) = leaving {
        crossfade(heard, old.pull(frames), *fade);
        *fade += frames;
    }
    heard
}

fn silence(out: &mut Block, start: usize, count: usize) {
    for channel in 0..out.channels() {
        out.channel_mut(channel)[start..start + count].fill(0.0);
    }
}

/// Puts the deck's channels on the device's: mono on the first pair, extra device channels silent, channels that the
/// device does not have left out.
fn lay_out(heard: &Block, out: &mut Block, start: usize, count: usize) {
    for channel in 0..out.channels() {
        let from = if heard.channels() == 1 && channel == 1 { 0 } else { channel };
        let target = &mut out.channel_mut(channel)[start..start + count];
        if from < heard.channels() {
            target.copy_from_slice(&heard.channel(from)[..count]);
        } else {
            target.fill(0.0);
        }
    }
}

/// Mixes the leaving deck into the heard one, linearly: both carry the same material in most cases.
fn crossfade(heard: &mut Block, leaving: &Block, place: usize) {
    for channel in 0..heard.channels() {
        let old = (channel < leaving.channels()).then(|| leaving.channel(channel));
        for (index, sample) in heard.channel_mut(channel).iter_mut().enumerate() {
            let share = ((place + index) as f64 / FADE_FRAMES as f64).min(1.0);
            let old = old.and_then(|old| old.get(index)).copied().unwrap_or(0.0);
            *sample = *sample * share + old * (1.0 - share);
        }
    }
}
