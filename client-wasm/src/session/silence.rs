//! Whether the connection still is one: what is asked into silence, and when an open seat gives its connection up.

use sotto_protocol::Command as Asked;

use super::seated::{Next, Seated};
use super::step::Step;

/// How long an answer may take before the connection counts as dead, in milliseconds. After so much silence whoever writes
/// has the relay asked something.
pub(super) const PATIENCE: u64 = 15_000;
/// After so much silence the relay is asked something in any case, to see whether the connection still is one.
const SILENCE: u64 = 45_000;
/// How long an answer may take after the network or the tab came back: someone looks at the screen.
const WAKING: u64 = 3_000;

/// A question that only asks whether the connection is one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probe {
    pub(super) reference: u32,
    asked_at: u64,
    patience: u64,
}

impl Seated {
    /// Does what is due.
    pub(super) fn tick(&mut self, step: &mut Step<'_>) -> Next {
        self.room.tick(step.now);
        if !self.is_live() {
            return Next::Stay;
        }
        if self.given_up_at().is_some_and(|at| at <= step.now) {
            return Next::Reconnect;
        }
        self.doubt(SILENCE, step);
        Next::Stay
    }

    /// The network or the tab is back.
    pub(super) fn wake(&mut self, step: &mut Step<'_>) {
        match &mut self.probe {
            Some(probe) => (probe.asked_at, probe.patience) = (step.now, WAKING),
            None => self.probe(WAKING, step),
        }
    }

    /// Asks the relay something if nothing was heard of it for so long.
    pub(super) fn doubt(&mut self, silence: u64, step: &mut Step<'_>) {
        if self.heard_at + silence <= step.now {
            self.probe(PATIENCE, step);
        }
    }

    /// Asks the relay something, to see whether the connection still is one.
    fn probe(&mut self, patience: u64, step: &mut Step<'_>) {
        if self.is_live() && self.probe.is_none() {
            let subject = self.keys.room.hash().subject();
            self.probe = Some(Probe {
                reference: step.ask(Asked::Puzzle(subject)),
                asked_at: step.now,
                patience,
            });
        }
    }

    /// When the connection counts as dead, if nothing is heard until then.
    fn given_up_at(&self) -> Option<u64> {
        let order = self.orders.waiting_since().map(|since| (since, PATIENCE));
        let probe = self.probe.map(|probe| (probe.asked_at, probe.patience));
        let waiting = order.into_iter().chain(probe);
        waiting
            .map(|(since, patience)| since.max(self.heard_at) + patience)
            .min()
    }

    /// When [`Seated::tick`] has something to do.
    pub(super) fn due(&self) -> Option<u64> {
        let connection = match self.given_up_at() {
            _ if !self.is_live() => None,
            None => Some(self.heard_at + SILENCE),
            given_up => given_up,
        };
        connection.into_iter().chain(self.room.due()).min()
    }
}
