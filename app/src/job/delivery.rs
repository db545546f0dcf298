//! Deliveries: passes made beside each other, held, stopped and rearranged while the window goes on.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use lacquer_engine::codec::{Coder, TIERS, Tier};
use lacquer_engine::deliver::queue::{Pace, Queue, Speed, Stage, Turn};
use lacquer_engine::deliver::{self, Delivery, Job, Step, Wishes};
use lacquer_engine::profile;
use lacquer_engine::render::{Library, Plan};
use lacquer_engine::session::{PassKind, Session};
use lacquer_engine::unit::{Frames, Seconds};

use super::{Jobs, Report, tell};
use crate::place;

/// Steps are told this often at most: the window draws no faster.
const TOLD: Duration = Duration::from_millis(60);

/// What is to be delivered.
pub struct Order {
    /// The session as it stands.
    pub session: Arc<Session>,
    /// Ids of the passes.
    pub passes: Vec<String>,
    /// The folder that receives the deliveries.
    pub folder: PathBuf,
    /// The sources.
    pub library: Arc<dyn Library>,
    /// Makes every file anew.
    pub fresh: bool,
    /// Sends the songs of streaming passes through the usual coders that this machine has.
    pub codecs: bool,
    /// Judges, and writes nothing.
    pub check_only: bool,
}

impl Jobs {
    /// Delivers passes, as many at a time as there are cores.
    pub fn deliver(&mut self, order: Order) {
        let send = self.send.clone();
        let queue = Arc::new(Queue::new(order.passes.iter().cloned()));
        self.delivery = Some(Arc::clone(&queue));
        let work = move || {
            let tiers = if order.codecs { usual() } else { Vec::new() };
            let workers = thread::available_parallelism().map_or(1, usize::from);
            queue.work(workers, &|turn| {
                let result = deliver_one(&order, &tiers, turn, &send);
                tell(&send, Report::Delivered(turn.pass().into(), result.map(Box::new)));
            });
            for (pass, _) in queue.order().into_iter().filter(|(_, stage)| *stage == Stage::Removed) {
                tell(&send, Report::NotDelivered(pass));
            }
        };
        let started = thread::Builder::new().name("lacquer-deliver".into()).spawn(work);
        if let Err(error) = started {
            tell(&self.send, Report::NoWorker(error.to_string()));
        }
    }

    /// Stops every delivery: what was there before is untouched, what is finished stays.
    pub fn stop_delivery(&mut self) {
        if let Some(queue) = self.delivery.take() {
            queue.stop_all();
        }
    }

    /// Stops the delivery of one pass.
    pub fn stop_pass(&self, pass: &str) {
        if let Some(queue) = &self.delivery {
            queue.stop(pass);
        }
    }

    /// Holds the deliveries where they are, or lets them go on.
    pub fn hold_delivery(&self, held: bool) {
        if let Some(queue) = &self.delivery {
            queue.hold(held);
        }
    }

    /// Brings a waiting pass forward; the passes in the order they will be made.
    pub fn deliver_sooner(&self, pass: &str) -> Vec<String> {
        let Some(queue) = &self.delivery else { return Vec::new() };
        queue.sooner(pass);
        queue.order().into_iter().map(|(pass, _)| pass).collect()
    }
}

/// What has been told of a pass, and how fast it goes.
struct Told {
    pace: Pace,
    speed: Option<Speed>,
    last: Option<Instant>,
}

impl Told {
    /// The speed to tell with a step; none where the step need not be told.
    fn of(&mut self, step: &Step) -> Option<Option<Speed>> {
        let now = Instant::now();
        let often = self.last.is_some_and(|last| now.duration_since(last) < TOLD);
        if let Step::Rendering { share, .. } | Step::Verifying { share, .. } = step {
            if often {
                return None;
            }
            self.speed = self.pace.at(*share, now).or(self.speed);
        }
        self.last = Some(now);
        Some(self.speed)
    }
}

/// The tiers people meet that this machine has an encoder for.
fn usual() -> Vec<Tier> {
    let coders = Coder::found();
    let has = |tier: &&Tier| coders.iter().any(|coder| coder.coding == tier.coding);
    TIERS.iter().filter(|tier| tier.usual).filter(has).copied().collect()
}

fn deliver_one(order: &Order, tiers: &[Tier], turn: &Turn<'_>, send: &Sender<Report>) -> Result<Delivery, String> {
    let pass = order.session.pass(turn.pass());
    let id = pass.map_or("", |pass| pass.profile.as_str());
    let profile = profile::load(id, place::house_profiles().as_deref()).map_err(|error| error.to_string())?;
    let unknown =
        || format!("there is no profile '{id}' to judge this pass by; choose another one. Nothing was written");
    let profile = profile.ok_or_else(unknown)?;
    // A pass that cannot be planned is told so by its delivery.
    let plan = Plan::new(&order.session, turn.pass());
    let length = plan.map_or(Seconds(0.0), |plan| Frames(plan.frames).seconds(plan.rate));
    let told = Mutex::new(Told { pace: Pace::new(length), speed: None, last: None });
    let streams = pass.is_some_and(|pass| pass.kind == PassKind::Streaming);
    let job = Job {
        session: &order.session,
        pass: turn.pass(),
        folder: &order.folder,
        library: Arc::clone(&order.library),
        profile: &profile,
        wishes: Wishes { fresh: order.fresh, codecs: if streams { tiers } else { &[] }, check_only: order.check_only },
        progress: &|step| {
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            if turn.hold() {
                told.pace.forget();
            }
            if let Some(speed) = told.of(&step) {
                tell(send, Report::Delivering(turn.pass().into(), step, speed));
            }
        },
        cancel: turn.cancel(),
    };
    deliver::deliver(&job).map_err(|error| error.to_string())
}
