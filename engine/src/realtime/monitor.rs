use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::beside::Standing;
use super::builder::{self, Live, Made, Order};
use super::command::{Address, Command, Event};
use super::device::{DeviceChoice, DeviceError, Output};
use super::meter::{MeterFrame, Meters};
use super::processor::{Processor, Status};
use super::section::Section;
use super::signal::{Generator, Signal};
use super::wire::{self, Wire};
use crate::analysis::spectrum::Part;
use crate::audio::Through;
use crate::chain::{Delta, Listen};
use crate::render::{Checkpoint, Library, Past, Plan, RenderError, Scope};
use crate::unit::{Frames, SampleRate, Seconds};

/// Something the window must know.
#[derive(Debug)]
pub enum Notice {
    /// The device is gone or would not open; the silent clock runs.
    Device(DeviceError),
    /// A device (again) plays.
    Playing {
        /// Its name.
        device: String,
        /// Its rate.
        rate: SampleRate,
    },
    /// The device refused the frames per callback that were asked for and plays with its own.
    Buffer {
        /// Its name.
        device: String,
        /// What was asked for.
        asked: u32,
        /// The host's words.
        reason: String,
    },
    /// A source could not be read; the deck before it goes on.
    Source(RenderError),
    /// A word from the audio thread.
    Audio(Event),
}

/// Where the transport stands, as the window shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transport {
    /// Delivered frame of the loaded plan that is heard next.
    pub position: Frames,
    /// Whether it moves (or will, once the deck under way arrives).
    pub playing: bool,
    /// The region that repeats, in delivered frames.
    pub looped: Option<(u64, u64)>,
    /// Whether what is heard has been rendered from its run's start or a checkpoint; if not, chains are settling.
    pub exact: bool,
    /// Whether the device runs at another rate than the plan delivers: what is heard is converted.
    pub converted: bool,
}

/// How a plan replaces the one that is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// Same programme, something structural changed: go on at the same time.
    SameTime,
    /// Go on at this delivered frame of the new plan.
    At(u64),
}

/// Makes what the programme is heard through, for two channels at a device's rate. Called where the application runs,
/// again whenever the device changes.
pub type Maker = Arc<dyn Fn(SampleRate) -> Box<dyn Through> + Send + Sync>;

/// The handle the application holds on what is heard.
///
/// No method waits for the audio thread. [`Monitor::poll`] is called regularly (some thirty times a second): it frees
/// what came back, hands over decks that have been made, follows the device.
pub struct Monitor {
    wire: Wire,
    orders: Sender<Order>,
    made: Receiver<Made>,
    meters: Option<Meters>,
    output: Option<Output>,
    /// The rate of a clock that the caller drives, instead of an output.
    driven: Option<SampleRate>,
    choice: DeviceChoice,
    /// A device was open and went away.
    lost: bool,
    polls_since_try: u32,
    loaded: Option<Loaded>,
    epoch: u64,
    /// Newest deck that has been handed to the audio thread.
    handed: u64,
    /// Where the deck under way will start: shown until it is heard.
    target: Option<u64>,
    playing: bool,
    exact: bool,
    section: Section,
    live: Live,
    looped: Option<(u64, u64)>,
    end: u64,
    checkpoints: Vec<Arc<Checkpoint>>,
    status: Status,
    /// What stands beside the programme.
    pub(super) standing: Option<Standing>,
    /// What the programme is heard through.
    through: Option<Maker>,
    signal: Option<Signal>,
    /// How far ahead the deck under way was ordered to take over.
    ahead: Seconds,
}

struct Loaded {
    plan: Arc<Plan>,
    library: Arc<dyn Library>,
}

/// Polls between two attempts to find a lost device again: some two seconds.
const POLLS_BETWEEN_TRIES: u32 = 64;
/// Channels of the tap; what a plan has more than these is metered by the survey.
const TAP_CHANNELS: usize = 2;
/// How far ahead a deck that takes over unnoticed is ordered first, and at most: what a worker needs to make it.
const FIRST_AHEAD: Seconds = Seconds(0.25);
const MOST_AHEAD: Seconds = Seconds(4.0);

impl Monitor {
    /// A monitor on the device of `choice`, or on the silent clock with the reason.
    pub fn new(choice: DeviceChoice) -> (Monitor, Vec<Notice>) {
        let (mut monitor, processor) = Monitor::driven(choice.rate.unwrap_or(SampleRate(48_000)));
        monitor.driven = None;
        monitor.choice = choice;
        let mut notices = Vec::new();
        monitor.start_output(processor, &mut notices);
        (monitor, notices)
    }

    /// A monitor whose processor the caller drives with a clock of its own, at a device rate of `rate`.
    pub fn driven(rate: SampleRate) -> (Monitor, Box<Processor>) {
        let (mut wire, seam) = wire::wire(TAP_CHANNELS);
        let meters = wire.tap.take().map(Meters::start);
        let (orders, made) = builder::start();
        let processor = Box::new(Processor::new(seam, rate));
        let monitor = Monitor {
            wire,
            orders,
            made,
            meters,
            output: None,
            driven: Some(rate),
            choice: DeviceChoice::default(),
            lost: false,
            polls_since_try: 0,
            loaded: None,
            epoch: 0,
            handed: 0,
            target: None,
            playing: false,
            exact: true,
            section: Section::default(),
            live: Live::default(),
            looped: None,
            end: u64::MAX,
            checkpoints: Vec::new(),
            status: Status::default(),
            standing: None,
            through: None,
            signal: None,
            ahead: FIRST_AHEAD,
        };
        (monitor, processor)
    }

    fn start_output(&mut self, processor: Box<Processor>, notices: &mut Vec<Notice>) {
        let wanted = self.loaded.as_ref().map_or(processor.rate(), |loaded| loaded.plan.delivered);
        let section = self.section;
        let adapt = move |processor: &mut Processor, rate| processor.change_rate(rate, &section);
        let output = if self.choice.silent {
            Output::silent(self.choice.rate.unwrap_or(wanted), processor, adapt)
        } else {
            match Output::open(&self.choice, wanted, processor, adapt) {
                Ok(output) => {
                    notices.push(Notice::Playing { device: output.name.clone(), rate: output.rate });
                    if let Some((asked, reason)) = output.refused_buffer.clone() {
                        notices.push(Notice::Buffer { device: output.name.clone(), asked, reason });
                    }
                    output
                }
                Err((error, processor)) => {
                    notices.push(Notice::Device(error));
                    self.lost = true;
                    Output::silent(wanted, processor, adapt)
                }
            }
        };
        self.output = Some(output);
        self.reload_here();
    }

    /// The device, rate and buffer that are asked for.
    pub fn choice(&self) -> &DeviceChoice {
        &self.choice
    }

    /// Another device, rate or buffer.
    pub fn choose(&mut self, choice: DeviceChoice) -> Vec<Notice> {
        self.choice = choice;
        self.lost = false;
        let mut notices = Vec::new();
        self.reopen(&mut notices);
        notices
    }

    fn reopen(&mut self, notices: &mut Vec<Notice>) {
        if let Some(output) = self.output.take() {
            self.target = Some(self.transport().position.0);
            let processor = output.close();
            self.start_output(processor, notices);
        }
    }

    /// Loads a plan: at the same time of the same programme, or elsewhere. What is heard goes on until the new deck is
    /// ready and then crosses over.
    pub fn load(&mut self, plan: Arc<Plan>, library: Arc<dyn Library>, load: Load) -> Vec<Notice> {
        let position = match (&self.loaded, load) {
            (_, Load::At(frame)) => frame,
            (None, Load::SameTime) => 0,
            (Some(old), Load::SameTime) => {
                let here = u128::from(self.transport().position.0);
                (here * u128::from(plan.delivered.0) / u128::from(old.plan.delivered.0)) as u64
            }
        };
        let other_rate = self.loaded.as_ref().is_none_or(|old| old.plan.delivered != plan.delivered);
        self.checkpoints.clear();
        self.live = Live { moved: Vec::new(), switched: Vec::new(), ..self.live.clone() };
        self.end = plan.delivered_frames();
        self.loaded = Some(Loaded { plan: plan.clone(), library });
        let mut notices = Vec::new();
        // The plan's rate first: the device follows it where it can and nobody fixed it.
        let follow = self.choice.rate.is_none() && self.device_rate() != Some(plan.delivered);
        if other_rate && follow && self.output.is_some() {
            self.target = Some(position);
            self.reopen(&mut notices);
        } else {
            self.order(position, None);
        }
        notices
    }

    /// Takes note of a plan that differs from the loaded one only by values already moved with [`Monitor::set`] and
    /// [`Monitor::set_slot_on`]: later decks are made from it.
    pub fn keep_up(&mut self, plan: Arc<Plan>) {
        if let Some(loaded) = &mut self.loaded {
            loaded.plan = plan;
            self.live.moved.clear();
            self.live.switched.clear();
            self.checkpoints.clear();
        }
    }

    /// Checkpoints of the loaded plan that a background render has left.
    pub fn know(&mut self, checkpoints: Vec<Arc<Checkpoint>>) {
        self.checkpoints = checkpoints;
    }

    /// The loaded plan.
    pub fn plan(&self) -> Option<&Arc<Plan>> {
        self.loaded.as_ref().map(|loaded| &loaded.plan)
    }

    /// Plays from where it stands.
    pub fn play(&mut self) {
        let position = self.transport().position.0;
        // A stretch that was played to its end does not hold what comes after it back.
        if self.looped.is_none()
            && position >= self.end
            && let Some(programme) = self.plan().map(|plan| plan.delivered_frames()).filter(|end| position < *end)
        {
            self.end = programme;
            self.order(position, None);
        }
        self.playing = true;
        self.send(Command::Play);
    }

    /// Stands still.
    pub fn pause(&mut self) {
        self.playing = false;
        self.send(Command::Pause);
    }

    /// Goes to a delivered frame.
    pub fn seek(&mut self, position: Frames) {
        self.keep_free(position.0);
        if let Some(plan) = self.plan() {
            self.end = plan.delivered_frames();
            self.order(position.0, None);
        }
    }

    /// Plays from `from` and stops at `to` (delivered frames).
    pub fn play_span(&mut self, from: u64, to: u64) {
        self.looped = None;
        self.end = to;
        self.order(from, None);
        self.play();
    }

    /// Plays the join before song `song`: `before` it and `after` it.
    pub fn play_transition(&mut self, song: usize, before: Seconds, after: Seconds) {
        let Some(plan) = self.plan() else { return };
        let Some(start) = plan.songs.get(song).map(|song| plan.to_delivered(song.start)) else { return };
        let from = start.saturating_sub(before.frames(plan.delivered).0);
        let to = (start + after.frames(plan.delivered).0).min(plan.delivered_frames());
        self.play_span(from, to);
    }

    /// Repeats a region (delivered frames), or no longer.
    pub fn set_loop(&mut self, region: Option<(u64, u64)>) {
        self.looped = region.filter(|(from, to)| to > from);
        match self.looped {
            Some((from, to)) => {
                let here = self.transport().position.0;
                self.end = u64::MAX;
                let start = if (from..to).contains(&here) { here } else { from };
                self.order(start, None);
                self.order(from, Some(to));
            }
            None => {
                self.end = self.plan().map_or(u64::MAX, |plan| plan.delivered_frames());
                self.reload_here();
            }
        }
    }

    /// Moves a parameter of what is heard, with a glide.
    pub fn set(&mut self, address: Address, value: f64) {
        self.live.moved.retain(|(moved, _)| *moved != address);
        self.live.moved.push((address, value));
        self.send(Command::Set { address, value });
    }

    /// Switches a stage, with a fade; `match_gain` is the linear factor on its dry path.
    pub fn set_slot_on(&mut self, scope: Scope, slot: usize, on: bool, match_gain: f64) {
        self.live.switched.retain(|(known, place, ..)| (*known, *place) != (scope, slot));
        self.live.switched.push((scope, slot, on, match_gain));
        self.send(Command::SlotOn { scope, slot, on, match_gain });
    }

    /// Listens to a band of a stage in place of its output, or to the output again. Only the ears hear it; one stage at a
    /// time.
    pub fn listen(&mut self, scope: Scope, slot: usize, what: Listen) {
        if let Some((scope, slot, _)) = self.live.listened.take() {
            self.send(Command::Listen { scope, slot, what: Listen::Output });
        }
        self.live.listened = (what != Listen::Output).then_some((scope, slot, what));
        self.send(Command::Listen { scope, slot, what });
    }

    /// What is listened to in place of a stage's output.
    pub fn listened(&self) -> Option<(Scope, usize, Listen)> {
        self.live.listened
    }

    /// Hears processed or original; `match_gain` is the linear factor on the original.
    pub fn set_chains_on(&mut self, on: bool, match_gain: f64) {
        (self.live.chains_on, self.live.match_gain) = (on, match_gain);
        self.send(Command::ChainsOn { on, match_gain });
    }

    /// Whether the processed programme is heard, not the original.
    pub fn chains_on(&self) -> bool {
        self.live.chains_on
    }

    /// Hears what a stage or a whole chain adds to the sound, or the programme again: another deck crosses over.
    pub fn set_delta(&mut self, delta: Option<(Scope, Delta)>) {
        if self.live.delta != delta {
            self.live.delta = delta;
            self.reload_here();
        }
    }

    /// What is heard of a chain instead of the programme.
    pub fn delta(&self) -> Option<(Scope, Delta)> {
        self.live.delta
    }

    /// Hears the delivered word (dithered and shortened) or full precision.
    pub fn set_requantised(&mut self, on: bool) {
        self.live.requantised = on;
        self.send(Command::Requantised(on));
    }

    /// The monitor section.
    pub fn section(&self) -> &Section {
        &self.section
    }

    /// Changes the monitor section.
    pub fn set_section(&mut self, section: Section) {
        self.section = section;
        self.send(Command::Section(section));
    }

    /// Hears the programme through what `maker` makes, or as it is: crosses over on the same frame within 50 ms. Only the
    /// ears hear it.
    pub fn hear_through(&mut self, maker: Option<Maker>) {
        self.through = maker;
        self.send_through();
    }

    /// Whether the programme is heard through something.
    pub fn is_through(&self) -> bool {
        self.through.is_some()
    }

    fn send_through(&mut self) {
        let rate = self.device_rate();
        let through = self.through.as_ref().zip(rate).map(|(maker, rate)| maker(rate));
        self.send(Command::Through(through));
    }

    /// Plays a test signal at -20 dBFS RMS in place of the programme, or none.
    pub fn set_signal(&mut self, signal: Option<Signal>) {
        self.signal = signal;
        let generator = signal.zip(self.device_rate()).map(|(signal, rate)| Generator::new(signal, rate));
        self.send(Command::Signal(generator));
    }

    /// The test signal that plays.
    pub fn signal(&self) -> Option<Signal> {
        self.signal
    }

    /// Starts the meters' maxima and integration anew.
    pub fn reset_meters(&mut self) {
        if let Some(meters) = &self.meters {
            meters.reset();
        }
    }

    /// The spectrum of what is heard is of this part of it from here on.
    pub fn spectrum_of(&mut self, part: Part) {
        if let Some(meters) = &self.meters {
            meters.listen_to(part);
        }
    }

    /// What the meters read of what is heard.
    pub fn meters(&mut self) -> Option<&MeterFrame> {
        self.meters.as_mut().map(Meters::latest)
    }

    /// The latest word of the audio thread.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// The next moment of what the heard deck's stages did, oldest first. Emptied as often as the window looks.
    pub fn next_past(&mut self) -> Option<Past> {
        while let Ok((epoch, past)) = self.wire.pasts.pop() {
            if epoch == self.status.epoch {
                return Some(past);
            }
        }
        None
    }

    /// Where the transport stands.
    pub fn transport(&self) -> Transport {
        let position = self.target.unwrap_or(self.status.position);
        let converted = match (self.plan(), self.device_rate()) {
            (Some(plan), Some(rate)) => plan.delivered != rate,
            _ => false,
        };
        let (looped, exact, playing) = (self.looped, self.exact, self.playing);
        Transport { position: Frames(position), playing, looped, exact, converted }
    }

    /// The device's name, rate and bits; the rate of the silent clock too.
    pub fn output(&self) -> Option<&Output> {
        self.output.as_ref()
    }

    fn device_rate(&self) -> Option<SampleRate> {
        self.output.as_ref().map(|output| output.rate).or(self.driven)
    }

    /// Follows the audio thread, the workers and the device. Returns what the window must know.
    pub fn poll(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        self.wire.collect();
        self.status = *self.wire.status.read();
        self.take_decks(&mut notices);
        while let Ok(event) = self.wire.events.pop() {
            self.hear(event, &mut notices);
        }
        if self.output.as_ref().is_some_and(|output| output.is_device && output.is_lost()) {
            let name = self.output.as_ref().map(|output| output.name.clone()).unwrap_or_default();
            notices.push(Notice::Device(DeviceError::Refused { name, reason: "the device has gone away".into() }));
            self.fall_silent();
        }
        self.find_again(&mut notices);
        notices
    }

    fn take_decks(&mut self, notices: &mut Vec<Notice>) {
        while let Ok(made) = self.made.try_recv() {
            match made.deck {
                Ok(deck) if (made.at.is_none() || made.soon) && made.epoch < self.newest_order() => drop(deck),
                // The running deck has passed the frame, or will have before it hears of it: another, further ahead.
                Ok(deck) if made.soon && self.is_too_late(made.at) => {
                    drop(deck);
                    self.ahead = Seconds((2.0 * self.ahead.0).min(MOST_AHEAD.0));
                    self.order_soon();
                }
                Ok(deck) => {
                    self.handed = made.epoch;
                    if made.soon {
                        self.ahead = FIRST_AHEAD;
                    }
                    if made.at.is_none() || made.soon {
                        self.exact = made.exact;
                    }
                    self.send(Command::Swap { deck, at: made.at });
                    // What was asked for while it was made.
                    if let Some(standing) = &self.standing {
                        self.send(Command::Beside(standing.heard));
                    }
                }
                Err(error) => {
                    self.target = None;
                    notices.push(Notice::Source(error));
                }
            }
        }
    }

    /// Number of the newest deck ordered to take over at once.
    fn newest_order(&self) -> u64 {
        if self.looped.is_some() { self.epoch.saturating_sub(1) } else { self.epoch }
    }

    fn hear(&mut self, event: Event, notices: &mut Vec<Notice>) {
        match event {
            Event::Swapped { epoch } => {
                if epoch >= self.newest_order() {
                    self.target = None;
                }
                // A loop's next round is made while this one plays.
                if let (Some((from, to)), true) = (self.looped, epoch == self.epoch) {
                    self.order(from, Some(to));
                }
            }
            Event::Ended => {
                self.playing = false;
                notices.push(Notice::Audio(event));
            }
            other => notices.push(Notice::Audio(other)),
        }
    }

    fn fall_silent(&mut self) {
        self.lost = true;
        if let Some(output) = self.output.take() {
            self.target = Some(self.transport().position.0);
            let rate = output.rate;
            let processor = output.close();
            let section = self.section;
            let silent = Output::silent(rate, processor, |processor, rate| processor.change_rate(rate, &section));
            self.output = Some(silent);
            self.reload_here();
        }
    }

    /// Looks for a lost device from time to time.
    fn find_again(&mut self, notices: &mut Vec<Notice>) {
        if !self.lost || self.choice.silent {
            return;
        }
        self.polls_since_try += 1;
        if self.polls_since_try < POLLS_BETWEEN_TRIES {
            return;
        }
        self.polls_since_try = 0;
        if Output::is_there(&self.choice) {
            self.lost = false;
            self.reopen(notices);
            // A device that is there but does not open is told once, not every two seconds.
        }
    }

    fn reload_here(&mut self) {
        let position = self.target.unwrap_or(self.status.position);
        self.order(position, None);
        if let Some((from, to)) = self.looped {
            self.order(from, Some(to));
        }
        let section = Command::Section(self.section);
        self.send(section);
        if self.through.is_some() {
            self.send_through();
        }
        if self.signal.is_some() {
            self.set_signal(self.signal);
        }
        if self.playing {
            self.send(Command::Play);
        }
    }

    fn order(&mut self, position: u64, at: Option<u64>) {
        self.order_deck(position, at, false);
    }

    /// Orders the deck anew so that nobody hears it come: on a frame that the running one reaches soon. Standing, at once.
    pub(super) fn order_soon(&mut self) {
        let moves = self.playing && self.looped.is_none() && self.target.is_none();
        let Some(plan) = self.plan().filter(|_| moves) else { return self.reload_here() };
        let frame = self.status.position + self.ahead.frames(plan.delivered).0;
        if self.ahead.0 >= MOST_AHEAD.0 || frame >= plan.delivered_frames() {
            return self.reload_here();
        }
        self.order_deck(frame, Some(frame), true);
    }

    /// Whether the running deck may pass a frame before it hears of it: two polls and a long callback.
    fn is_too_late(&self, at: Option<u64>) -> bool {
        let rate = self.plan().map_or(48_000, |plan| plan.delivered.0);
        at.is_some_and(|at| self.status.position + u64::from(rate) / 20 > at)
    }

    fn order_deck(&mut self, position: u64, at: Option<u64>, soon: bool) {
        let (Some(loaded), Some(device_rate)) = (&self.loaded, self.device_rate()) else { return };
        let plan = loaded.plan.clone();
        let position = position.min(plan.delivered_frames());
        let beside = self.standing.as_ref().map(|standing| standing.place(&plan, position, device_rate));
        self.epoch += 1;
        let checkpoint = self.checkpoints.iter().rev().find(|known| known.position().0 <= position).cloned();
        let order = Order {
            epoch: self.epoch,
            plan,
            library: loaded.library.clone(),
            position,
            end: if self.looped.is_some() { u64::MAX } else { self.end },
            at,
            soon,
            beside,
            device_rate,
            live: self.live.clone(),
            checkpoint,
        };
        if at.is_none() {
            self.target = Some(position);
        }
        // The worker lives as long as the monitor.
        let _ = self.orders.send(order);
    }

    pub(super) fn send(&mut self, command: Command) {
        // A full ring means that no callback runs; the state is sent again when one does ([`Monitor::reload_here`]).
        let _ = self.wire.send(command);
    }
}
