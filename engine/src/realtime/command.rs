use super::signal::Generator;
use super::{Deck, Section};
use crate::audio::Through;
use crate::chain::Listen;
use crate::param::SlotIndex;
use crate::render::Scope;

/// Which parameter of which stage, as the audio thread finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address {
    /// The chain.
    pub scope: Scope,
    /// The stage's place in it.
    pub slot: usize,
    /// The parameter.
    pub param: SlotIndex,
}

/// What the application asks of the audio thread.
pub enum Command {
    /// Another deck takes over: at once, or when the running one reaches `at` (delivered frames). What was heard comes
    /// back through the return ring to be freed.
    Swap {
        /// The deck, warmed and supplied.
        deck: Box<Deck>,
        /// Where on the running deck; `None` is now.
        at: Option<u64>,
    },
    /// Sound from here on.
    Play,
    /// Silence, standing here.
    Pause,
    /// Moves a parameter of the running deck.
    Set {
        /// Which.
        address: Address,
        /// To what.
        value: f64,
    },
    /// Switches a stage of the running deck.
    SlotOn {
        /// The chain.
        scope: Scope,
        /// The stage.
        slot: usize,
        /// Heard or bypassed.
        on: bool,
        /// Linear factor on the dry path.
        match_gain: f64,
    },
    /// What is heard of a stage: a band alone, or all of it.
    Listen {
        /// The chain.
        scope: Scope,
        /// The stage.
        slot: usize,
        /// To what.
        what: Listen,
    },
    /// Switches between processed and original.
    ChainsOn {
        /// Processed.
        on: bool,
        /// Linear factor on the original.
        match_gain: f64,
    },
    /// The monitor section.
    Section(Section),
    /// Hears the delivered word, or full precision.
    Requantised(bool),
    /// The programme is heard through this from here on, or as it is. What was there comes back to be freed.
    Through(Option<Box<dyn Through>>),
    /// Hears what stands beside the programme in the running deck, or the programme.
    Beside(bool),
    /// A test signal in place of the programme, or no longer.
    Signal(Option<Generator>),
}

/// What the audio thread says back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// A deck took over.
    Swapped {
        /// Its number.
        epoch: u64,
    },
    /// The deck reached its end and stopped.
    Ended,
    /// Source frames were not there in time; silence stood for them.
    Late {
        /// Delivered frame.
        position: u64,
    },
    /// Samples beyond full scale were cut at the device's edge.
    Over {
        /// Delivered frame.
        position: u64,
        /// How many samples.
        samples: u32,
    },
    /// A stage made a sample that is not a number and is silent now.
    NotANumber {
        /// The chain.
        scope: Scope,
        /// The stage.
        slot: usize,
    },
}
