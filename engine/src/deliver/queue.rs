//! Several deliveries at once: an order of passes, worked off by a bounded number of workers, that can be held, stopped
//! and rearranged from outside. What is finished stays, whatever becomes of the others.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::unit::Seconds;

/// Where a pass of the queue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its turn has not come.
    Waiting,
    /// It is being made.
    Running,
    /// It has been made, or could not be.
    Ended,
    /// It was taken out before its turn came.
    Removed,
}

struct Entry {
    pass: String,
    stage: Stage,
    cancel: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    entries: Vec<Entry>,
    held: bool,
}

/// Passes in the order they will be made. Shared by its workers and whoever watches them.
#[derive(Default)]
pub struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

/// A pass whose turn has come.
pub struct Turn<'a> {
    queue: &'a Queue,
    pass: String,
    cancel: Arc<AtomicBool>,
}

impl Turn<'_> {
    /// The id of the pass.
    pub fn pass(&self) -> &str {
        &self.pass
    }

    /// Raised when this pass is to stop.
    pub fn cancel(&self) -> &AtomicBool {
        &self.cancel
    }

    /// Waits while the queue is held and this pass is not to stop; whether it had to. For workers, between two blocks.
    pub fn hold(&self) -> bool {
        let mut state = self.queue.lock();
        let mut waited = false;
        while state.held && !self.cancel.load(Ordering::Relaxed) {
            waited = true;
            state = self.queue.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        waited
    }
}

impl Queue {
    /// Passes by their ids, the first one first.
    pub fn new(passes: impl IntoIterator<Item = String>) -> Queue {
        let entry = |pass| Entry { pass, stage: Stage::Waiting, cancel: Arc::default() };
        let state = State { entries: passes.into_iter().map(entry).collect(), held: false };
        Queue { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes every pass, at most `workers` at a time; comes back when none waits or runs any more. `make` is called once
    /// for each pass whose turn comes, on a worker.
    pub fn work(&self, workers: usize, make: &(dyn Fn(&Turn<'_>) + Sync)) {
        let most = self.lock().entries.len().max(1);
        thread::scope(|scope| {
            for _ in 0..workers.clamp(1, most) {
                scope.spawn(|| {
                    while let Some(turn) = self.next() {
                        make(&turn);
                        self.set(&turn.pass, Stage::Ended);
                    }
                });
            }
        });
    }

    /// The next pass whose turn it is; waits while the queue is held.
    fn next(&self) -> Option<Turn<'_>> {
        let mut state = self.lock();
        loop {
            let held = state.held;
            let entry = state.entries.iter_mut().find(|entry| entry.stage == Stage::Waiting)?;
            if !held {
                entry.stage = Stage::Running;
                return Some(Turn { queue: self, pass: entry.pass.clone(), cancel: Arc::clone(&entry.cancel) });
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn set(&self, pass: &str, stage: Stage) {
        if let Some(entry) = self.lock().entries.iter_mut().find(|entry| entry.pass == pass) {
            entry.stage = stage;
        }
    }

    /// Holds everything where it is, or lets it go on.
    pub fn hold(&self, held: bool) {
        self.lock().held = held;
        self.changed.notify_all();
    }

    /// Whether it is held.
    pub fn is_held(&self) -> bool {
        self.lock().held
    }

    /// Stops one pass: what runs stops at its next block, what waits never begins.
    pub fn stop(&self, pass: &str) {
        self.stop_where(|entry| entry.pass == pass);
    }

    /// Stops every pass that is not finished.
    pub fn stop_all(&self) {
        self.stop_where(|_| true);
    }

    fn stop_where(&self, which: impl Fn(&Entry) -> bool) {
        for entry in self.lock().entries.iter_mut().filter(|entry| which(entry)) {
            entry.cancel.store(true, Ordering::Relaxed);
            if entry.stage == Stage::Waiting {
                entry.stage = Stage::Removed;
            }
        }
        self.changed.notify_all();
    }

    /// Moves a pass that waits in front of the one that waits before it.
    pub fn sooner(&self, pass: &str) {
        let mut state = self.lock();
        let waits = |entry: &Entry| entry.stage == Stage::Waiting;
        let Some(place) = state.entries.iter().position(|entry| entry.pass == pass && waits(entry)) else { return };
        if let Some(before) = state.entries[..place].iter().rposition(waits) {
            state.entries.swap(before, place);
        }
    }

    /// The passes in their order, with where they stand.
    pub fn order(&self) -> Vec<(String, Stage)> {
        self.lock().entries.iter().map(|entry| (entry.pass.clone(), entry.stage)).collect()
    }
}

/// How fast a pass is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed {
    /// Seconds of programme in a second.
    pub times_real_time: f64,
    /// Until it is done.
    pub left: Seconds,
}

/// The time over which speed is told.
const WINDOW: Duration = Duration::from_secs(8);
/// Nothing is told before this much was seen.
const LEAST: Duration = Duration::from_millis(700);

/// Tells speed from shares that are done, over the last few seconds.
#[derive(Debug, Clone)]
pub struct Pace {
    length: Seconds,
    seen: VecDeque<(Instant, f64)>,
}

impl Pace {
    /// Of a programme of this length.
    pub fn new(length: Seconds) -> Pace {
        Pace { length, seen: VecDeque::new() }
    }

    /// The clock stood still: what was seen before says nothing.
    pub fn forget(&mut self) {
        self.seen.clear();
    }

    /// A share that is done, 0 to 1, at a moment; the speed, once enough was seen.
    pub fn at(&mut self, share: f64, now: Instant) -> Option<Speed> {
        self.seen.push_back((now, share));
        while self.seen.front().is_some_and(|(then, _)| now.duration_since(*then) > WINDOW) {
            self.seen.pop_front();
        }
        let (then, before) = self.seen.front().copied()?;
        let (passed, done) = (now.duration_since(then), share - before);
        (passed >= LEAST && done > 0.0).then(|| Speed {
            times_real_time: done * self.length.0 / passed.as_secs_f64(),
            left: Seconds((1.0 - share).max(0.0) / done * passed.as_secs_f64()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn queue(count: usize) -> Queue {
        Queue::new((0..count).map(|pass| pass.to_string()))
    }

    #[test]
    fn every_pass_is_made_once_and_never_more_than_the_workers_at_a_time() {
        let (queue, now, most) = (queue(9), AtomicUsize::new(0), AtomicUsize::new(0));
        let made = Mutex::new(Vec::new());
        queue.work(3, &|turn| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(5));
            made.lock().unwrap().push(turn.pass().to_string());
            now.fetch_sub(1, Ordering::SeqCst);
        });
        let mut made = made.into_inner().unwrap();
        made.sort();
        assert_eq!(made, (0..9).map(|pass| pass.to_string()).collect::<Vec<_>>());
        assert!((2..=3).contains(&most.into_inner()));
        assert!(queue.order().iter().all(|(_, stage)| *stage == Stage::Ended));
    }

    #[test]
    fn what_waits_can_be_taken_out_and_brought_forward() {
        let queue = queue(4);
        queue.sooner("3");
        queue.sooner("3");
        queue.stop("1");
        let made = Mutex::new(Vec::new());
        queue.work(1, &|turn| made.lock().unwrap().push(turn.pass().to_string()));
        assert_eq!(made.into_inner().unwrap(), ["0", "3", "2"]);
        assert!(queue.order().contains(&("1".into(), Stage::Removed)));
    }

    #[test]
    fn a_held_queue_stands_still_and_can_still_be_stopped() {
        let queue = queue(2);
        let steps = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                queue.work(2, &|turn| {
                    while !turn.cancel().load(Ordering::Relaxed) {
                        turn.hold();
                        steps.fetch_add(1, Ordering::SeqCst);
                        thread::sleep(Duration::from_millis(1));
                    }
                });
            });
            let moves = |from: usize| {
                // A busy machine may take its time.
                (0..500).any(|_| {
                    thread::sleep(Duration::from_millis(10));
                    steps.load(Ordering::SeqCst) > from
                })
            };
            assert!(moves(0));
            queue.hold(true);
            thread::sleep(Duration::from_millis(200));
            let stood = steps.load(Ordering::SeqCst);
            thread::sleep(Duration::from_millis(100));
            assert_eq!(steps.load(Ordering::SeqCst), stood);
            queue.hold(false);
            assert!(moves(stood));
            queue.hold(true);
            queue.stop_all();
        });
        assert!(queue.order().iter().all(|(_, stage)| *stage == Stage::Ended));
    }

    #[test]
    fn speed_is_that_of_the_last_seconds() {
        let mut pace = Pace::new(Seconds(100.0));
        let start = Instant::now();
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        assert_eq!(pace.at(0.0, at(0.0)), None);
        let speed = pace.at(0.1, at(1.0)).unwrap();
        assert!((speed.times_real_time - 10.0).abs() < 1e-6 && (speed.left.0 - 9.0).abs() < 1e-6);
        for second in 2..20 {
            pace.at(0.1 + 0.01 * f64::from(second - 1), at(f64::from(second)));
        }
        let slow = pace.at(0.29, at(20.0)).unwrap();
        assert!((slow.times_real_time - 1.0).abs() < 1e-6, "{slow:?}");
        pace.forget();
        assert_eq!(pace.at(0.3, at(30.0)), None);
    }
}
