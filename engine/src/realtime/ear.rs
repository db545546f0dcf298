//! What the programme is heard through: a [`Through`] between the tap that delivers and the speakers.
//!
//! One that has latency is fed ahead: the decks are pulled that many frames past what is heard (the *lead*), so that the
//! programme and what it is heard through stand on the same frame while one crosses over into the other.

use crate::audio::{Block, MOST_LATENCY, Through};
use crate::unit::Seconds;

use super::deck::DECK_FRAMES;

/// A change crosses over in 10 ms at 48 kHz, as decks do.
const FADE_FRAMES: usize = 480;
/// Before it is heard, a new one listens for 10 ms past its latency: its filters come out of silence unheard.
const SETTLE_FRAMES: usize = 480;

/// Ends a stretch that passes through the ear.
pub(super) struct Ear {
    now: Option<Box<dyn Through>>,
    next: Option<Box<dyn Through>>,
    phase: Phase,
    /// What has been asked for while a change was under way.
    waiting: Option<Option<Box<dyn Through>>>,
    /// Frames pulled and not heard yet, the next one first.
    ahead: Block,
    /// What is heard through `now`, and through `next`.
    heard: [Block; 2],
    /// `now` has heard its lead.
    primed: bool,
}

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No change.
    Still,
    /// The lead is being pulled.
    Leading,
    /// The new one listens; frames left.
    Settling(usize),
    /// Crossing over; frames done.
    Fading(usize),
}

impl Ear {
    pub(super) fn new() -> Ear {
        let mut ahead = Block::new(2, MOST_LATENCY + 2 * DECK_FRAMES);
        ahead.set_frames(0);
        let heard = [Block::new(2, DECK_FRAMES), Block::new(2, DECK_FRAMES)];
        Ear { now: None, next: None, phase: Phase::Still, waiting: None, ahead, heard, primed: true }
    }

    /// Whether the programme passes as it is.
    pub(super) fn is_open(&self) -> bool {
        self.now.is_none() && self.phase == Phase::Still && self.waiting.is_none() && self.ahead.frames() == 0
    }

    /// Frames pulled and not heard yet.
    pub(super) fn lead(&self) -> usize {
        self.ahead.frames()
    }

    /// Asks for a change; returns what is not wanted any more.
    pub(super) fn ask(&mut self, through: Option<Box<dyn Through>>) -> Option<Box<dyn Through>> {
        if through.as_ref().is_some_and(|through| through.latency() > MOST_LATENCY) {
            return through;
        }
        let unheard = self.waiting.replace(through).flatten();
        self.begin();
        unheard
    }

    fn begin(&mut self) {
        if self.phase == Phase::Still
            && let Some(next) = self.waiting.take()
        {
            self.next = next;
            self.phase = Phase::Leading;
        }
    }

    /// Lets go of everything: the device goes away.
    pub(super) fn clear(&mut self) -> [Option<Box<dyn Through>>; 3] {
        self.phase = Phase::Still;
        self.ahead.set_frames(0);
        [self.now.take(), self.next.take(), self.waiting.take().flatten()]
    }

    /// What was pulled ahead belongs to a place that is left: nothing sounds now.
    pub(super) fn forget(&mut self) {
        self.ahead.set_frames(0);
        self.primed = false;
        for through in self.now.iter_mut().chain(&mut self.next) {
            through.reset();
        }
    }

    fn latency(through: &Option<Box<dyn Through>>) -> usize {
        through.as_ref().map_or(0, |through| through.latency())
    }

    /// Lead that the phase needs.
    fn needed(&self) -> usize {
        match self.phase {
            Phase::Still => Ear::latency(&self.now),
            _ => Ear::latency(&self.now).max(Ear::latency(&self.next)),
        }
    }

    /// Frames to pull now so that `count` can be heard: the lead grows by as much as is heard, and at once where what is
    /// heard needs it.
    pub(super) fn wanted(&self, count: usize) -> usize {
        let held = self.ahead.frames();
        let least = count + Ear::latency(&self.now);
        let most = count + self.needed();
        most.min((held + 2 * count).max(least)).saturating_sub(held)
    }

    /// Takes pulled frames; a mono programme on both sides.
    pub(super) fn take(&mut self, pulled: &Block) {
        let (held, count) = (self.ahead.frames(), pulled.frames());
        self.ahead.set_frames(held + count);
        for channel in 0..2 {
            let from = channel.min(pulled.channels() - 1);
            self.ahead.channel_mut(channel)[held..held + count].copy_from_slice(pulled.channel(from));
        }
    }

    /// The next `count` frames to be heard; `at` is the time of the first, `step` that of a frame. What left for good
    /// comes back with them.
    pub(super) fn hear(&mut self, count: usize, at: Seconds, step: Seconds) -> (&mut Block, Option<Box<dyn Through>>) {
        let held = self.ahead.frames();
        if self.phase == Phase::Leading && held >= count + self.needed() {
            self.phase = Phase::Settling(self.next.as_ref().map_or(0, |next| next.latency() + SETTLE_FRAMES));
        }
        self.prime(at, step);
        listen(self.now.as_mut(), &self.ahead, &mut self.heard[0], count, at, step);
        let mut left = None;
        match self.phase {
            Phase::Still | Phase::Leading => {}
            Phase::Settling(frames) => {
                listen(self.next.as_mut(), &self.ahead, &mut self.heard[1], count, at, step);
                let frames = frames.saturating_sub(count);
                self.phase = if frames == 0 { Phase::Fading(0) } else { Phase::Settling(frames) };
            }
            Phase::Fading(done) => {
                listen(self.next.as_mut(), &self.ahead, &mut self.heard[1], count, at, step);
                let [now, next] = &mut self.heard;
                cross(now, next, done);
                self.phase = Phase::Fading(done + count);
                if done + count >= FADE_FRAMES {
                    left = std::mem::replace(&mut self.now, self.next.take());
                    self.phase = Phase::Still;
                    self.begin();
                }
            }
        }
        let rest = held.saturating_sub(count);
        self.ahead.shift(count.min(held), 0, rest);
        self.ahead.set_frames(rest);
        (&mut self.heard[0], left)
    }
}

impl Ear {
    /// After a new start: lets `now` hear its lead, of which nothing sounds.
    fn prime(&mut self, at: Seconds, step: Seconds) {
        if std::mem::replace(&mut self.primed, true) {
            return;
        }
        let Some(through) = &mut self.now else { return };
        let lead = through.latency().min(self.ahead.frames());
        let mut done = 0;
        while done < lead {
            let count = (lead - done).min(DECK_FRAMES);
            self.heard[0].set_frames(count);
            self.heard[0].copy_from(0, &self.ahead, done, count);
            through.process(&mut self.heard[0], Seconds(at.0 + done as f64 * step.0));
            done += count;
        }
    }
}

/// What is heard through `through` of the next `count` frames: it is fed its latency ahead.
fn listen(
    through: Option<&mut Box<dyn Through>>,
    ahead: &Block,
    heard: &mut Block,
    count: usize,
    at: Seconds,
    step: Seconds,
) {
    let latency = through.as_ref().map_or(0, |through| through.latency());
    heard.set_frames(count);
    let have = ahead.frames().saturating_sub(latency).min(count);
    if have < count {
        heard.clear();
    }
    heard.copy_from(0, ahead, latency.min(ahead.frames() - have), have);
    if let Some(through) = through {
        through.process(heard, Seconds(at.0 + latency as f64 * step.0));
    }
}

/// Crosses from `now` into `next`, linearly: both stand on the same frame.
fn cross(now: &mut Block, next: &Block, done: usize) {
    for channel in 0..2 {
        for (index, (sample, new)) in now.channel_mut(channel).iter_mut().zip(next.channel(channel)).enumerate() {
            let share = ((done + index) as f64 / FADE_FRAMES as f64).min(1.0);
            *sample = *sample * (1.0 - share) + *new * share;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::delay::Delay;

    /// A gain that comes later.
    struct Later(Delay, f64);

    impl Through for Later {
        fn latency(&self) -> usize {
            self.0.frames()
        }
        fn process(&mut self, block: &mut Block, _: Seconds) {
            self.0.process(block);
            block.scale(self.1);
        }
        fn reset(&mut self) {
            self.0.reset();
        }
    }

    fn later(frames: usize, gain: f64) -> Option<Box<dyn Through>> {
        Some(Box::new(Later(Delay::new(2, frames), gain)))
    }

    /// Hears `blocks` blocks of `count` frames of a ramp that rises by one a frame.
    fn ramp(ear: &mut Ear, front: &mut usize, blocks: usize, count: usize) -> Vec<f64> {
        let mut heard = Vec::new();
        for _ in 0..blocks {
            let wanted = ear.wanted(count);
            let pulled: Vec<f64> = (*front..*front + wanted).map(|frame| frame as f64).collect();
            *front += wanted;
            ear.take(&Block::from_channels(&[pulled]));
            let (block, left) = ear.hear(count, Seconds(0.0), Seconds(1.0));
            heard.extend_from_slice(block.channel(1));
            drop(left);
        }
        heard
    }

    #[test]
    fn what_comes_later_is_heard_on_its_own_frame() {
        for latency in [0, 3, 100, 700] {
            for count in [64, 256, 1000] {
                let (mut ear, mut front) = (Ear::new(), 0);
                assert!(ear.is_open());
                assert!(ear.ask(later(latency, 1.0)).is_none());
                let heard = ramp(&mut ear, &mut front, 60, count);
                for (frame, value) in heard.iter().enumerate() {
                    assert!((value - frame as f64).abs() < 1e-6, "{latency} {count} {frame} {value}");
                }
                assert_eq!(ear.lead(), latency);
                assert!(ear.ask(None).is_none());
                let back = ramp(&mut ear, &mut front, 60, count);
                let exact =
                    back.iter().enumerate().all(|(frame, value)| (value - (frame + 60 * count) as f64).abs() < 1e-6);
                assert!(exact && ear.is_open() && front == 120 * count, "{latency} {count} {front}");
            }
        }
    }

    #[test]
    fn a_change_of_level_crosses_over_without_a_step_and_the_newest_wish_wins() {
        let (mut ear, mut front) = (Ear::new(), 0);
        ear.ask(later(10, 0.5));
        assert!(ear.ask(later(20, 0.1)).is_none());
        assert!(ear.ask(later(30, 0.25)).is_some(), "what was never heard comes back at once");
        let heard = ramp(&mut ear, &mut front, 40, 256);
        let last = heard.len() - 1;
        assert!((heard[last] - 0.25 * last as f64).abs() < 1e-6, "{}", heard[last]);
        let step =
            heard.windows(2).map(|pair| (pair[1] - pair[0]).abs() / pair[1].max(1.0)).skip(600).fold(0.0, f64::max);
        assert!(step < 0.01, "{step}");
        assert!(ear.ask(later(MOST_LATENCY + 1, 1.0)).is_some(), "too late is refused");
        ear.forget();
        assert_eq!(ear.lead(), 0);
        assert_eq!(ear.wanted(64), 64 + 30);
    }
}
