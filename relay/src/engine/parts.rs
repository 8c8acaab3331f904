//! What is done with the store held: decide and commit, and only then answer and tell.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use sotto_protocol::{Answer, Opened, Refusal, close};

use super::{Settled, Step, Unavailable, Waiting, Waits, unix_time};
use crate::faults::{Fault, Faults};
use crate::gate::Gate;
use crate::gate::price::Slot;
use crate::health::Health;
use crate::hub::{Hub, Verdict};
use crate::pepper::Pepper;
use crate::room::{Effect, Input, Reply, SeatCommand};
use crate::store::{Applied, Job, Store, StoreError};
use crate::tally::Kind;

/// What the engine works with.
pub struct Parts {
    /// Where rooms are kept.
    pub store: Box<dyn Store>,
    /// Who is connected.
    pub hub: Arc<Hub>,
    /// What counts attempts as failures until they turn out to be none.
    pub gate: Arc<Gate>,
    /// What makes tickets.
    pub pepper: Arc<Pepper>,
    /// Where failures are counted.
    pub faults: Arc<Faults>,
    /// Where it shows whether the store answers.
    pub health: Arc<Health>,
}

impl Parts {
    pub(super) fn apply(&mut self, batch: Vec<Waiting>) {
        let (jobs, waiting): (Vec<Job>, Vec<Waits>) = batch
            .into_iter()
            .map(|Waiting { job, waits }| (job, waits))
            .unzip();
        let now = unix_time();
        let applied = self.guarded(|store| store.apply_batch(now, &jobs));
        match applied {
            Ok(applied) if applied.len() == jobs.len() => {
                let tally = self.faults.tally();
                for ((job, waits), applied) in jobs.iter().zip(waiting).zip(applied) {
                    tally.settled(&job.input, &applied, now);
                    let since = waits.since;
                    self.settle(job, waits, applied);
                    if is_send(&job.input) {
                        tally.sent(since.elapsed());
                    }
                }
            }
            _ => {
                for (job, waits) in jobs.iter().zip(waiting) {
                    self.faults.count(Fault::Unavailable);
                    self.forgive(waits.counted);
                    let answer = Answer::Refused(Refusal::Unavailable);
                    let verdict = Some((&waits.cause, Verdict::Answer(answer)));
                    let wakes = self.hub.settle(&job.room, verdict, Vec::new());
                    let _ = waits.settled.send((Settled::Unchanged, wakes));
                }
            }
        }
    }

    /// Takes back that an attempt was counted as a failure.
    fn forgive(&self, counted: Option<Slot>) {
        if let Some(slot) = counted {
            self.gate.forgive(slot);
        }
    }

    fn settle(&self, job: &Job, waits: Waits, Applied { reply, effects, .. }: Applied) {
        let room = job.room;
        let (verdict, mut outcome) = match reply {
            Reply::Done => (Verdict::Answer(Answer::Done), Settled::Unchanged),
            Reply::Opened {
                seat,
                access,
                vault,
                snapshot,
            } => {
                let ticket = self.pepper.ticket(&room, seat, &access);
                let opened = Opened {
                    seat,
                    vault,
                    ticket,
                    snapshot: *snapshot,
                };
                (Verdict::Open(opened), Settled::Opened(seat, access))
            }
            Reply::Several(seats) => {
                let tickets = match &job.input {
                    Input::Open { keys } => seats
                        .iter()
                        .filter_map(|seat| {
                            Some((seat, self.pepper.ticket(&room, seat, keys.get(seat.index())?)))
                        })
                        .collect(),
                    _ => sotto_protocol::SeatMap::new(),
                };
                (Verdict::Answer(Answer::Several(tickets)), Settled::Unchanged)
            }
            Reply::Refused(why) => {
                let guess = why == Refusal::Refused;
                let outcome = if guess {
                    Settled::WrongGuess
                } else {
                    Settled::Unchanged
                };
                (Verdict::Answer(Answer::Refused(why)), outcome)
            }
            Reply::Close(code) => (Verdict::Close(code), Settled::Released),
            Reply::WrongPasscode => {
                let answer = Answer::Refused(Refusal::Refused);
                (
                    Verdict::AnswerAndClose(answer, close::WRONG_PASSCODE),
                    Settled::WrongGuess,
                )
            }
        };
        for effect in &effects {
            match effect {
                Effect::Release => outcome = Settled::Released,
                Effect::Proved(access) => outcome = Settled::Proved(*access),
                _ => {}
            }
        }
        if outcome != Settled::WrongGuess {
            self.forgive(waits.counted);
        }
        let wakes = self.hub.settle(&room, Some((&waits.cause, verdict)), effects);
        // A connection that has ended does not wait any more.
        let _ = waits.settled.send((outcome, wakes));
    }

    pub(super) fn purge(&mut self, limit: u32) -> Result<Step, Unavailable> {
        let (now, began) = (unix_time(), Instant::now());
        let due = self.guarded(|store| store.purge_due(now, limit))?;
        let step = Step {
            rooms: due.purged.len(),
            more: due.more,
            took: began.elapsed(),
        };
        for room in due.purged {
            if room.ended {
                self.faults.tally().happened(Kind::EndedByTime, now);
            }
            drop(self.hub.settle(&room.room, None, room.effects));
        }
        Ok(step)
    }

    /// Runs one request against the store. It may fail and it may break: the engine goes on.
    pub(super) fn guarded<T>(
        &mut self,
        request: impl FnOnce(&mut dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, Unavailable> {
        let done = catch_unwind(AssertUnwindSafe(|| request(self.store.as_mut())));
        let stored = matches!(done, Ok(Ok(_)));
        self.health.store_answered(stored);
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) => Err(Unavailable),
            Err(_) => {
                self.faults.count(Fault::Panic);
                Err(Unavailable)
            }
        }
    }
}

const fn is_send(input: &Input) -> bool {
    matches!(
        input,
        Input::By {
            command: SeatCommand::Send { .. },
            ..
        }
    )
}
