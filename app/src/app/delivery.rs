//! Deliveries as the application orders them and hears of them.

use std::sync::Arc;

use lacquer_engine::deliver::Step;
use lacquer_engine::deliver::queue::Speed;
use lacquer_engine::qc::ledger;

use super::App;
use crate::desk::{Action, DeliveryState};
use crate::job::{Order, Report};

impl App {
    /// `fresh`, `codecs` and `check_only` as [`Action::Deliver`](crate::desk::Action::Deliver) has them.
    pub(super) fn deliver(&mut self, passes: Vec<String>, (fresh, codecs, check_only): (bool, bool, bool)) {
        if let Some(reason) = self.bar() {
            return self.fail(reason);
        }
        if self.desk.is_delivering() {
            return self.say("a delivery is being made; the next can start when it is done");
        }
        self.desk.deliveries.extend(passes.iter().map(|pass| (pass.clone(), DeliveryState::Waiting)));
        // What is open now is judged with what was decided before.
        let session = Arc::new(ledger::completed(self.desk.session(), &self.desk.quality.entries));
        if !self.desk.quality.is_whole(&session) {
            self.say(
                "not every source has been looked through yet: the delivery is judged by the findings that are known",
            );
        }
        let folder = self.desk.delivery_folder.clone();
        self.trace.note("deliver", passes.join(" "));
        (self.desk.delivery_order, self.desk.delivery_held) = (passes.clone(), false);
        let library = Arc::clone(&self.library);
        self.jobs.deliver(Order { session, passes, folder, library, fresh, codecs, check_only });
    }

    /// Stops, holds and rearranges deliveries.
    pub(super) fn steer_delivery(&mut self, action: Action) {
        match action {
            Action::CancelDelivery => {
                self.jobs.stop_delivery();
                self.desk.delivery_held = false;
            }
            Action::CancelPass(pass) => self.jobs.stop_pass(&pass),
            Action::DeliverSooner(pass) => self.desk.delivery_order = self.jobs.deliver_sooner(&pass),
            Action::HoldDelivery(held) => {
                self.jobs.hold_delivery(held);
                self.desk.delivery_held = held;
            }
            _ => {}
        }
    }

    pub(super) fn delivery_report(&mut self, report: Report) {
        match report {
            Report::Delivering(pass, step, speed) => {
                let before = match self.desk.delivery(&pass) {
                    DeliveryState::Running { share, .. } => *share,
                    _ => 0.0,
                };
                self.set_delivery(&pass, running(step, before, speed));
            }
            Report::Delivered(pass, result) => {
                let state = match result {
                    Ok(delivery) => DeliveryState::Done(delivery),
                    Err(reason) => DeliveryState::Failed(reason),
                };
                self.trace.note("delivered", &pass);
                self.set_delivery(&pass, state);
            }
            Report::NotDelivered(pass) => self.set_delivery(&pass, DeliveryState::Idle),
            Report::NoWorker(reason) => {
                let waiting = |state: &&mut DeliveryState| matches!(state, DeliveryState::Waiting);
                self.desk.deliveries.values_mut().filter(waiting).for_each(|state| *state = DeliveryState::Idle);
                self.fail(format!("nothing was delivered: the system has no thread left ({reason})"));
            }
            _ => {}
        }
    }

    fn set_delivery(&mut self, pass: &str, state: DeliveryState) {
        if self.desk.session().pass(pass).is_some() {
            self.desk.deliveries.insert(pass.into(), state);
        }
    }
}

/// `before` is the share that was done: what has no share of its own moves no bar back.
fn running(step: Step, before: f64, speed: Option<Speed>) -> DeliveryState {
    // Trips through coders go at their own speed.
    let speed = speed.filter(|_| !matches!(step, Step::Auditioning { .. }));
    let (share, step, song) = match step {
        Step::Checking { source } => (before, "checking", source),
        Step::Rendering { share, song } => (share, "rendering", song),
        Step::Verifying { share, file } => (share, "reading back", file),
        Step::TakingOver { file } => (before, "unchanged", file),
        Step::Auditioning { done, all } => (before, "coders", format!("{done} of {all} trips")),
    };
    DeliveryState::Running { share, step, song, speed }
}
