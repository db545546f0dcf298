//! The worker that makes decks: builds chains, warms them past the playhead, starts the read-ahead.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::deck::Deck;
use super::{Address, LiveFeeds};
use crate::chain::{Delta, Listen};
use crate::render::{
    Checkpoint, DirectFeeds, Library, Plan, RenderError, Renderer, Scope, Start, WayOutError, Word, compute_repairs,
};
use crate::unit::{Frames, SampleRate};

/// A deck to make.
#[derive(Clone)]
pub(super) struct Order {
    pub(super) epoch: u64,
    pub(super) plan: Arc<Plan>,
    pub(super) library: Arc<dyn Library>,
    pub(super) position: u64,
    pub(super) end: u64,
    /// Take over on this frame of the running deck, not at once.
    pub(super) at: Option<u64>,
    /// It replaces what plays on that frame, which the running deck reaches soon.
    pub(super) soon: bool,
    /// What stands beside it.
    pub(super) beside: Option<Place>,
    pub(super) device_rate: SampleRate,
    pub(super) live: Live,
    /// The last checkpoint before the position, where a background render has left one.
    pub(super) checkpoint: Option<Arc<Checkpoint>>,
}

/// What stands beside a deck, and where in it.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) plan: Arc<Plan>,
    pub(super) library: Arc<dyn Library>,
    /// Delivered frame it begins on, once that many device frames have passed.
    pub(super) position: u64,
    pub(super) wait: usize,
    /// Linear levels of the programme and of this.
    pub(super) levels: (f64, f64),
    pub(super) heard: bool,
}

/// What the listener has set that is not in the plan.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Live {
    /// Parameters moved since the plan was made.
    pub(super) moved: Vec<(Address, f64)>,
    /// Stages switched since the plan was made: chain, slot, on, matching factor.
    pub(super) switched: Vec<(Scope, usize, bool, f64)>,
    /// Processed or original, and the matching factor on the original.
    pub(super) chains_on: bool,
    pub(super) match_gain: f64,
    pub(super) requantised: bool,
    /// What is heard of a chain instead of the programme.
    pub(super) delta: Option<(Scope, Delta)>,
    /// What is listened to in place of a stage's output.
    pub(super) listened: Option<(Scope, usize, Listen)>,
}

impl Default for Live {
    fn default() -> Live {
        Live {
            moved: Vec::new(),
            switched: Vec::new(),
            chains_on: true,
            match_gain: 1.0,
            requantised: false,
            delta: None,
            listened: None,
        }
    }
}

/// What came of an order.
pub(super) struct Made {
    pub(super) epoch: u64,
    pub(super) at: Option<u64>,
    pub(super) soon: bool,
    /// Whether what is heard equals a whole render, bit for bit.
    pub(super) exact: bool,
    pub(super) deck: Result<Box<Deck>, RenderError>,
}

/// Starts the worker. It ends when the order channel closes.
pub(super) fn start() -> (Sender<Order>, Receiver<Made>) {
    let (send_order, orders) = unbounded::<Order>();
    let (send_made, made) = unbounded();
    let worker = move || {
        while let Ok(order) = orders.recv() {
            // Only the newest order to take over at once counts; one for a later frame stands beside it.
            let mut wanted = vec![order];
            while let Ok(newer) = orders.try_recv() {
                if newer.at.is_none() || newer.soon {
                    wanted.clear();
                }
                wanted.push(newer);
            }
            for order in wanted {
                if send_made.send(make(order)).is_err() {
                    return;
                }
            }
        }
    };
    // Without the thread the channel is closed, and the monitor says that nothing can be played.
    let _ = thread::Builder::new().name("lacquer-decks".into()).spawn(worker);
    (send_order, made)
}

fn make(order: Order) -> Made {
    let (epoch, at, soon) = (order.epoch, order.at, order.soon);
    match build(order) {
        Ok((deck, exact)) => Made { epoch, at, soon, exact, deck: Ok(deck) },
        Err(error) => Made { epoch, at, soon, exact: false, deck: Err(error) },
    }
}

fn build(order: Order) -> Result<(Box<Deck>, bool), RenderError> {
    let (rate, epoch, beside) = (order.device_rate, order.epoch, order.beside.clone());
    let (mut deck, exact) = build_one(order)?;
    let Some(beside) = beside else { return Ok((deck, exact)) };
    let Place { plan, library, position, wait, levels, heard } = beside;
    let end = u64::MAX;
    let live = Live::default();
    let (at, soon, beside, checkpoint) = (None, false, None, None);
    let twin = Order { epoch, plan, library, position, end, at, soon, beside, device_rate: rate, live, checkpoint };
    let (mut twin, _) = build_one(twin)?;
    twin.set_beside(levels.1, wait);
    deck.set_beside(levels.0, 0);
    deck.put_beside(twin, heard);
    Ok((deck, exact))
}

fn build_one(order: Order) -> Result<(Box<Deck>, bool), RenderError> {
    let plan = order.plan;
    let word = if order.live.requantised { Word::Delivered } else { Word::Full };
    // The thread that reads ahead finds every repair finished: it must not wait for one while a deck plays.
    compute_repairs(&plan, &*order.library, &mut |_, _, _, _| (), &AtomicBool::new(false))
        .map_err(RenderError::from)?;
    let direct = DirectFeeds::new(plan.clone(), order.library.clone());
    let mut renderer = Renderer::new(plan.clone(), Box::new(direct), word)?;
    for (address, value) in &order.live.moved {
        renderer.set(address.scope, address.slot, address.param, *value, false);
    }
    for (scope, slot, on, match_gain) in &order.live.switched {
        renderer.set_slot_on_at_once(*scope, *slot, *on, *match_gain);
    }
    if let Some((scope, slot, what)) = order.live.listened {
        renderer.listen(scope, slot, what);
    }
    renderer.set_chains_on_at_once(order.live.chains_on, order.live.match_gain);
    if let Some((scope, delta)) = order.live.delta {
        renderer.set_delta(scope, delta);
    }
    let position = Frames(order.position);
    let unchanged = order.live == Live { requantised: order.live.requantised, ..Live::default() };
    let resumed = unchanged && order.checkpoint.is_some_and(|checkpoint| renderer.resume(&checkpoint, position));
    let exact = resumed || renderer.start_at(position, Start::Settled);
    if let Some(error) = renderer.take_error() {
        return Err(error.into());
    }
    renderer.watch();
    let live = LiveFeeds::start(plan, order.library, &renderer.next_reads())?;
    drop(renderer.exchange_feeds(Box::new(live)));
    let deck = Deck::new(renderer, order.epoch, order.end, order.device_rate).map_err(WayOutError::from)?;
    Ok((Box::new(deck), exact && unchanged))
}
