use super::ride::Rides;
use super::slot::{Dry, Slot, Switch};
use super::{Listen, Reading, Setting, Stage};
use crate::audio::{Block, QUANTUM};
use crate::param::{Lane, SlotIndex};

/// A stage that produced a sample that is not a finite number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// Which stage, counted from 0.
    pub slot: usize,
    /// Frames since the chain's last reset.
    pub frame: u64,
}

/// What is heard of a chain instead of its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delta {
    /// What this stage adds: its output without its input. The stages after it pass everything untouched.
    Stage(usize),
    /// What all stages together add.
    Whole,
}

/// Hears what goes into each stage and what comes out of it, as it is made: for meters of a chain that is rendered aside.
pub trait Ear {
    /// The input of stage `slot`, at most a quantum of it.
    fn input(&mut self, slot: usize, block: &Block);
    /// Its output, later by its latency.
    fn output(&mut self, slot: usize, block: &Block);
}

/// Stages in order, each with its bypass, around one bypass for all of them.
///
/// The latency is the sum of all stages, bypassed or not, so that nothing moves in time when a bypass is pressed.
/// Blocks of any size are worked in steps of at most [`QUANTUM`] frames.
#[derive(Clone)]
pub struct Chain {
    slots: Vec<Slot>,
    whole: Switch,
    whole_dry: Dry,
    whole_match_gain: f64,
    latency: usize,
    whole_delayed: Block,
    slot_delayed: Block,
    step: Block,
    frame: u64,
    /// Time of the input that frame 0 was, on the clock of the automation.
    clock: i64,
    delta: Option<Delta>,
    trouble: Option<Trouble>,
}

impl Chain {
    /// A chain of these stages; `on` says for each whether it is heard. Worker threads only: allocates.
    pub fn new(stages: Vec<(Box<dyn Stage>, bool)>, setting: Setting) -> Chain {
        let channels = setting.layout.channels();
        let latency = stages.iter().map(|(stage, _)| stage.latency()).sum();
        let slots = stages
            .into_iter()
            .map(|(stage, on)| Slot {
                dry: Dry::new(channels, stage.latency()),
                stage,
                switch: Switch::new(on),
                match_gain: 1.0,
                broken: false,
                rides: Rides::default(),
                ahead: 0,
            })
            .collect();
        Chain {
            slots,
            whole: Switch::new(true),
            whole_dry: Dry::new(channels, latency),
            whole_match_gain: 1.0,
            latency,
            whole_delayed: Block::new(channels, QUANTUM),
            slot_delayed: Block::new(channels, QUANTUM),
            step: Block::new(channels, QUANTUM),
            frame: 0,
            clock: 0,
            delta: None,
            trouble: None,
        }
    }

    /// Gives stage `slot` courses to follow, in frames of the chain's input on the clock that [`Chain::start_at`] sets.
    /// Each meets the audio it belongs to, whatever latency lies before the stage. Worker threads only.
    pub fn automate(&mut self, slot: usize, lanes: Vec<(SlotIndex, Lane)>) {
        let ahead = self.slots.iter().take(slot).map(|slot| slot.stage.latency()).sum();
        if let Some(slot) = self.slots.get_mut(slot) {
            (slot.rides, slot.ahead) = (Rides::new(lanes), ahead);
        }
        self.start_at(0);
    }

    /// Delay in frames: the sum of all stages.
    pub fn latency(&self) -> usize {
        self.latency
    }

    /// The longest settling time of its stages, summed in order, in frames.
    pub fn settling(&self) -> usize {
        self.slots.iter().map(|slot| slot.stage.settling()).sum()
    }

    /// Frames still to come after the input has ended, without the latency.
    pub fn tail(&self) -> usize {
        self.slots.iter().filter(|slot| slot.switch.is_on()).map(|slot| slot.stage.tail()).sum()
    }

    /// Number of stages.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no stage at all.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether every sample passes untouched (only delayed).
    pub fn is_identity(&self) -> bool {
        let dry = self.whole.rest() == Some(false) && self.whole_match_gain == 1.0;
        let untouched = |slot: &Slot| {
            !slot.broken
                && match slot.switch.rest() {
                    Some(true) => slot.is_identity(),
                    Some(false) => slot.match_gain == 1.0,
                    None => false,
                }
        };
        self.delta.is_none() && (dry || self.whole.rest() == Some(true) && self.slots.iter().all(untouched))
    }

    /// Moves a parameter of stage `slot`, unless it is automated. Audio thread.
    pub fn set(&mut self, slot: usize, param: SlotIndex, value: f64, glide: bool) {
        if let Some(slot) = self.slots.get_mut(slot).filter(|slot| !slot.rides.holds(param)) {
            slot.stage.set(param, value, glide);
        }
    }

    /// Hears what stages add, or the output, from now on and without a fade: for a chain that is not yet heard.
    pub fn set_delta(&mut self, delta: Option<Delta>) {
        self.delta = delta;
    }

    /// Whether a change of this parameter needs a new chain.
    pub fn is_structural(&self, slot: usize, param: SlotIndex) -> bool {
        self.slots.get(slot).is_some_and(|slot| slot.stage.is_structural(param))
    }

    /// What is heard of stage `slot`. Audio thread.
    pub fn monitor(&mut self, slot: usize, what: Listen) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.stage.monitor(what);
        }
    }

    /// Switches stage `slot` in or out; `match_gain` is the linear factor on the dry path. Audio thread.
    pub fn set_slot_on(&mut self, slot: usize, on: bool, match_gain: f64, fade: bool) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.switch.set(on, fade);
            slot.match_gain = match_gain;
        }
    }

    /// Switches the whole chain in or out; `match_gain` is the linear factor on the dry path. Audio thread.
    pub fn set_on(&mut self, on: bool, match_gain: f64, fade: bool) {
        self.whole.set(on, fade);
        self.whole_match_gain = match_gain;
    }

    /// Whether the chain as a whole is heard.
    pub fn is_on(&self) -> bool {
        self.whole.is_on()
    }

    /// What stage `slot` did to the last block.
    pub fn reading(&self, slot: usize) -> Reading {
        self.slots.get(slot).filter(|slot| slot.switch.is_on()).map_or(Reading::default(), |slot| slot.stage.reading())
    }

    /// The first non-finite sample since the last reset, if there was one.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// Forgets all audio. Audio thread.
    pub fn reset(&mut self) {
        self.start_at(0);
    }

    /// Forgets all audio; what comes in next is frame `clock` of the automation's clock. Audio thread.
    pub fn start_at(&mut self, clock: i64) {
        self.clock = clock;
        for slot in &mut self.slots {
            slot.rides.start(&mut *slot.stage, (clock - slot.ahead as i64) as f64);
            slot.stage.reset();
            slot.dry.reset();
            slot.broken = false;
        }
        self.whole_dry.reset();
        self.frame = 0;
        self.trouble = None;
    }

    /// Processes the block in place. Audio thread.
    pub fn process(&mut self, block: &mut Block) {
        self.process_heard(block, &mut Deaf);
    }

    /// The same, with somebody who listens inside. Worker threads, unless `ear` does nothing.
    pub fn process_heard(&mut self, block: &mut Block, ear: &mut dyn Ear) {
        if self.slots.is_empty() {
            if self.delta.is_some() {
                block.clear();
            }
            return;
        }
        let frames = block.frames();
        let mut done = 0;
        while done < frames {
            if self.frame.is_multiple_of(QUANTUM as u64) {
                self.ride();
            }
            let to_quantum = QUANTUM - (self.frame % QUANTUM as u64) as usize;
            let count = to_quantum.min(frames - done);
            self.step.set_frames(count);
            self.step.copy_from(0, block, done, count);
            self.process_step(ear);
            block.copy_from(done, &self.step, 0, count);
            self.frame += count as u64;
            done += count;
        }
    }

    /// A quantum begins: automated parameters move.
    fn ride(&mut self) {
        let now = self.clock + self.frame as i64;
        for slot in &mut self.slots {
            slot.rides.tick(&mut *slot.stage, (now - slot.ahead as i64) as f64);
        }
    }

    fn process_step(&mut self, ear: &mut dyn Ear) {
        // The dry path of the whole chain is fed before the stages change the samples.
        self.whole_delayed.set_frames(self.step.frames());
        self.whole_dry.process(&self.step, &mut self.whole_delayed);
        for index in 0..self.slots.len() {
            ear.input(index, &self.step);
            self.process_slot(index);
            ear.output(index, &self.step);
        }
        if self.delta == Some(Delta::Whole) {
            subtract(&mut self.step, &self.whole_delayed);
        }
        match self.whole.rest() {
            Some(true) => {}
            Some(false) => {
                self.step.copy_from(0, &self.whole_delayed, 0, self.whole_delayed.frames());
                self.step.scale(self.whole_match_gain);
            }
            None => self.whole.mix(&mut self.step, &self.whole_delayed, self.whole_match_gain),
        }
    }

    fn process_slot(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        let count = self.step.frames();
        self.slot_delayed.set_frames(count);
        slot.dry.process(&self.step, &mut self.slot_delayed);
        let rest = slot.switch.rest();
        if let Some(Delta::Stage(listened)) = self.delta
            && index > listened
        {
            self.step.copy_from(0, &self.slot_delayed, 0, count);
            return;
        }
        let wet_needed = rest != Some(false) || slot.stage.latency() > 0 || !slot.is_identity();
        if wet_needed && !slot.broken {
            if slot.is_identity() {
                slot.stage.listen(&self.step);
                self.step.copy_from(0, &self.slot_delayed, 0, count);
            } else {
                slot.stage.process(&mut self.step);
            }
            if !self.step.is_finite() {
                slot.broken = true;
                let trouble = Trouble { slot: index, frame: self.frame };
                self.trouble.get_or_insert(trouble);
            }
        }
        if slot.broken {
            self.step.clear();
        }
        match rest {
            Some(true) => {}
            Some(false) => {
                self.step.copy_from(0, &self.slot_delayed, 0, count);
                self.step.scale(slot.match_gain);
            }
            None => slot.switch.mix(&mut self.step, &self.slot_delayed, slot.match_gain),
        }
        if self.delta == Some(Delta::Stage(index)) {
            subtract(&mut self.step, &self.slot_delayed);
        }
    }
}

/// Nobody listens.
struct Deaf;

impl Ear for Deaf {
    fn input(&mut self, _: usize, _: &Block) {}
    fn output(&mut self, _: usize, _: &Block) {}
}

/// What `wet` holds beyond `dry`.
fn subtract(wet: &mut Block, dry: &Block) {
    for channel in 0..wet.channels() {
        for (wet, dry) in wet.channel_mut(channel).iter_mut().zip(dry.channel(channel)) {
            *wet -= dry;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Layout;
    use crate::unit::SampleRate;

    /// Delays by two frames and doubles; breaks on a sample of 9.
    #[derive(Clone)]
    struct Doubler {
        held: [f64; 2],
    }

    impl Stage for Doubler {
        fn latency(&self) -> usize {
            2
        }
        fn set(&mut self, _: SlotIndex, _: f64, _: bool) {}
        fn process(&mut self, block: &mut Block) {
            for sample in block.channel_mut(0) {
                let out = self.held[0];
                self.held = [self.held[1], *sample];
                *sample = if out == 9.0 { f64::NAN } else { 2.0 * out };
            }
        }
        fn reset(&mut self) {
            self.held = [0.0; 2];
        }
        fn duplicate(&self) -> Box<dyn Stage> {
            Box::new(self.clone())
        }
    }

    fn chain(on: &[bool]) -> Chain {
        let stages = on.iter().map(|on| (Box::new(Doubler { held: [0.0; 2] }) as Box<dyn Stage>, *on)).collect();
        Chain::new(stages, Setting { rate: SampleRate(1), layout: Layout::Mono })
    }

    fn run(chain: &mut Chain, samples: &[f64]) -> Vec<f64> {
        let mut block = Block::from_channels(&[samples]);
        chain.process(&mut block);
        block.channel(0).to_vec()
    }

    #[test]
    fn latency_adds_up_whether_heard_or_not() {
        assert_eq!(run(&mut chain(&[true, true]), &[1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0]), [0., 0., 0., 0., 4., 8., 12.]);
        assert_eq!(run(&mut chain(&[true, false]), &[1.0, 2.0, 0.0, 0.0, 0.0, 0.0]), [0., 0., 0., 0., 2., 4.]);
        let mut bypassed = chain(&[true, true]);
        bypassed.set_on(false, 0.5, false);
        assert_eq!(run(&mut bypassed, &[1.0, 2.0, 0.0, 0.0, 0.0, 0.0]), [0., 0., 0., 0., 0.5, 1.]);
    }

    #[test]
    fn a_bypass_fades_and_never_jumps() {
        let mut chain = chain(&[true]);
        run(&mut chain, &[1.0; 100]);
        chain.set_slot_on(0, false, 1.0, true);
        let out = run(&mut chain, &[1.0; 2000]);
        assert!(out.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.0011));
        assert_eq!((out[0] > 1.99, out[1999]), (true, 1.0));
    }

    #[test]
    fn what_a_stage_adds_is_its_output_without_its_input() {
        let listen = |delta| {
            let mut chain = chain(&[true, true]);
            chain.set_delta(Some(delta));
            assert!(!chain.is_identity());
            run(&mut chain, &[1.0, 2.0, 0.0, 0.0, 0.0, 0.0])
        };
        // The first doubles: it adds what it got. The second does so with what is twice as much.
        assert_eq!(listen(Delta::Stage(0)), [0., 0., 0., 0., 1., 2.]);
        assert_eq!(listen(Delta::Stage(1)), [0., 0., 0., 0., 2., 4.]);
        assert_eq!(listen(Delta::Whole), [0., 0., 0., 0., 3., 6.]);
        let mut empty = Chain::new(Vec::new(), Setting { rate: SampleRate(1), layout: Layout::Mono });
        empty.set_delta(Some(Delta::Whole));
        assert_eq!(run(&mut empty, &[1.0]), [0.0]);
    }

    #[test]
    fn a_broken_stage_is_silent_and_named() {
        let mut chain = chain(&[true]);
        let out = run(&mut chain, &[1.0, 9.0, 1.0, 1.0, 1.0, 1.0]);
        assert!(out.iter().all(|sample| *sample == 0.0));
        assert_eq!(chain.trouble(), Some(Trouble { slot: 0, frame: 0 }));
        chain.reset();
        assert_eq!(run(&mut chain, &[1.0, 1.0, 1.0])[2], 2.0);
    }

    #[test]
    fn blocks_of_any_size_give_the_same_bits() {
        let input: Vec<f64> = (0..500).map(|n| f64::from(n % 37) * 0.01).collect();
        let whole = run(&mut chain(&[true, false, true]), &input);
        for size in [1, 7, 64, 499] {
            let mut chain = chain(&[true, false, true]);
            let parts: Vec<f64> = input.chunks(size).flat_map(|part| run(&mut chain, part)).collect();
            assert_eq!(parts, whole);
        }
    }
}
