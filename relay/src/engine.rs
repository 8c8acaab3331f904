//! The one task that owns the store: it takes what waits, lets the store decide and commit, and only then answers
//! and tells.
//!
//! One that waits alone is committed at once; many that wait share one transaction and one flush to disk, so the
//! relay gets no slower for being busy. Whoever reads this file finds the order that invariant 5 asks for:
//! `apply_batch` returns after the commit, and `settle` comes after `apply_batch`.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt as _;
use sotto_protocol::{Answer, Opened, Refusal, Seat, close};
use tokio::sync::{mpsc, oneshot};

use crate::faults::{Fault, Faults};
use crate::health::Health;
use crate::hub::{Cause, Hub, Verdict};
use crate::pepper::Pepper;
use crate::room::{AccessHash, Effect, Input, InvitationKey, Reply, SeatCommand};
use crate::store::{Applied, Compaction, Counts, Job, Store, StoreError};
use crate::tally::{Kind, Row};

/// How many requests wait; whoever comes then waits too, and is not read from.
const QUEUE: usize = 1024;
/// How many jobs share a transaction.
const BATCH: usize = 256;

/// The relay cannot store or read at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store does not answer")]
pub struct Unavailable;

/// What became of a connection's job. The answer is in its queue already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The connection has this seat, having proved this key.
    Opened(Seat, AccessHash),
    /// It has no seat any more.
    Released,
    /// It has proved another key.
    Proved(AccessHash),
    /// A guess that was wrong.
    WrongGuess,
    /// Anything else: it stays as it was.
    Unchanged,
}

/// A step of a purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// In how many rooms something was due.
    pub rooms: usize,
    /// Whether there may be more.
    pub more: bool,
    /// For how long it held the store.
    pub took: Duration,
}

/// The way to the store. Cheap to clone; when the last one is gone, the engine finishes and ends.
#[derive(Debug, Clone)]
pub struct Engine(mpsc::Sender<Request>);

enum Request {
    Apply(Box<Waiting>),
    Invitation(InvitationKey, Back<Option<Vec<u8>>>),
    EndDue(usize, Back<usize>),
    Purge(u32, Back<Step>),
    WriteBack(Back<Duration>),
    Compact(Back<Compaction>),
    Counts(Back<Counts>),
    Overdue(Back<u64>),
    Keep(Vec<Row>, Back<()>),
}

type Back<T> = oneshot::Sender<Result<T, Unavailable>>;

/// A job and who waits for it.
struct Waiting {
    job: Job,
    cause: Cause,
    settled: oneshot::Sender<Settled>,
    /// Since when.
    since: Instant,
}

/// What the engine works with.
pub struct Parts<S> {
    /// Where rooms are kept.
    pub store: S,
    /// Who is connected.
    pub hub: Arc<Hub>,
    /// What makes tickets.
    pub pepper: Arc<Pepper>,
    /// Where failures are counted.
    pub faults: Arc<Faults>,
    /// Where it shows whether the store answers.
    pub health: Arc<Health>,
}

impl Engine {
    /// Starts the task. It returns the store when the last [`Engine`] is gone and everything is done.
    pub fn start<S: Store + 'static>(parts: Parts<S>) -> (Self, tokio::task::JoinHandle<S>) {
        let (requests, waiting) = mpsc::channel(QUEUE);
        (Self(requests), tokio::spawn(run(parts, waiting)))
    }

    /// Has an input decided, stored, answered and told.
    pub async fn apply(&self, job: Job, cause: Cause) -> Result<Settled, Unavailable> {
        let (settled, done) = oneshot::channel();
        let waiting = Waiting {
            job,
            cause,
            settled,
            since: Instant::now(),
        };
        self.0
            .send(Request::Apply(Box::new(waiting)))
            .await
            .map_err(|_| Unavailable)?;
        done.await.map_err(|_| Unavailable)
    }

    /// The sealed invitation under this key.
    pub async fn invitation(&self, key: InvitationKey) -> Result<Option<Vec<u8>>, Unavailable> {
        self.ask(|back| Request::Invitation(key, back)).await
    }

    /// Tells people whose room's time is over, in at most `limit` rooms, and closes it to them. Returns in how many it was.
    pub async fn end_due(&self, limit: usize) -> Result<usize, Unavailable> {
        self.ask(|back| Request::EndDue(limit, back)).await
    }

    /// Deletes what is due, at most `limit` rooms and as many tokens, in one transaction, and tells whom it concerns.
    pub async fn purge(&self, limit: u32) -> Result<Step, Unavailable> {
        self.ask(|back| Request::Purge(limit, back)).await
    }

    /// Has the store write its log back, without waiting for anybody. Returns for how long it held the store.
    pub async fn write_back(&self) -> Result<Duration, Unavailable> {
        self.ask(Request::WriteBack).await
    }

    /// Clears deleted bytes from the store's files.
    pub async fn compact(&self) -> Result<Compaction, Unavailable> {
        self.ask(Request::Compact).await
    }

    /// What there is.
    pub async fn counts(&self) -> Result<Counts, Unavailable> {
        self.ask(Request::Counts).await
    }

    /// For how many seconds the oldest row has been due that is still there.
    pub async fn overdue(&self) -> Result<u64, Unavailable> {
        self.ask(Request::Overdue).await
    }

    /// Keeps sums of what was counted.
    pub async fn keep(&self, rows: Vec<Row>) -> Result<(), Unavailable> {
        self.ask(|back| Request::Keep(rows, back)).await
    }

    async fn ask<T>(&self, request: impl FnOnce(Back<T>) -> Request) -> Result<T, Unavailable> {
        let (back, answer) = oneshot::channel();
        self.0.send(request(back)).await.map_err(|_| Unavailable)?;
        answer.await.map_err(|_| Unavailable)?
    }
}

/// Seconds since 1970.
pub fn unix_time() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
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

async fn run<S: Store>(mut parts: Parts<S>, mut waiting: mpsc::Receiver<Request>) -> S {
    let mut next = waiting.recv().await;
    while let Some(request) = next.take() {
        match request {
            Request::Apply(first) => {
                let mut batch = vec![*first];
                while batch.len() < BATCH {
                    match waiting.try_recv() {
                        Ok(Request::Apply(another)) => batch.push(*another),
                        Ok(other) => {
                            next = Some(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                parts.apply(batch).await;
            }
            Request::Invitation(key, back) => {
                let found = parts.guarded(|store| store.invitation(key, unix_time())).await;
                let _ = back.send(found);
            }
            Request::Purge(limit, back) => {
                let _ = back.send(parts.purge(limit).await);
            }
            Request::EndDue(limit, back) => {
                // Here and not beside the engine: between a commit that extends a room and its settling lies none of these.
                let _ = back.send(Ok(parts.hub.end_due(unix_time(), limit)));
            }
            Request::WriteBack(back) => {
                let began = Instant::now();
                let written = parts.guarded(S::write_back).await;
                let _ = back.send(written.map(|()| began.elapsed()));
            }
            Request::Compact(back) => {
                let _ = back.send(parts.guarded(S::compact).await);
            }
            Request::Counts(back) => {
                let _ = back.send(parts.guarded(S::counts).await);
            }
            Request::Overdue(back) => {
                let _ = back.send(parts.guarded(|store| store.overdue(unix_time())).await);
            }
            Request::Keep(rows, back) => {
                let kept = parts
                    .guarded(|store| store.keep_aggregates(&rows, unix_time()))
                    .await;
                let _ = back.send(kept);
            }
        }
        if next.is_none() {
            next = waiting.recv().await;
        }
    }
    parts.store
}

impl<S: Store> Parts<S> {
    async fn apply(&mut self, batch: Vec<Waiting>) {
        let (jobs, waiting): (Vec<Job>, Vec<_>) = batch
            .into_iter()
            .map(
                |Waiting {
                     job,
                     cause,
                     settled,
                     since,
                 }| (job, (cause, settled, since)),
            )
            .unzip();
        let now = unix_time();
        let applied = self.guarded(|store| store.apply_batch(now, &jobs)).await;
        match applied {
            Ok(applied) if applied.len() == jobs.len() => {
                let tally = self.faults.tally();
                for ((job, (cause, settled, since)), applied) in jobs.iter().zip(waiting).zip(applied) {
                    tally.settled(&job.input, &applied, now);
                    self.settle(job, &cause, settled, applied);
                    if is_send(&job.input) {
                        tally.sent(since.elapsed());
                    }
                }
            }
            _ => {
                for (job, (cause, settled, _)) in jobs.iter().zip(waiting) {
                    self.faults.count(Fault::Unavailable);
                    let answer = Answer::Refused(Refusal::Unavailable);
                    self.hub
                        .settle(&job.room, Some((&cause, Verdict::Answer(answer))), Vec::new());
                    let _ = settled.send(Settled::Unchanged);
                }
            }
        }
    }

    fn settle(
        &self,
        job: &Job,
        cause: &Cause,
        settled: oneshot::Sender<Settled>,
        Applied { reply, effects, .. }: Applied,
    ) {
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
        self.hub.settle(&room, Some((cause, verdict)), effects);
        // A connection that has ended does not wait any more.
        let _ = settled.send(outcome);
    }

    async fn purge(&mut self, limit: u32) -> Result<Step, Unavailable> {
        let (now, began) = (unix_time(), Instant::now());
        let due = self.guarded(|store| store.purge_due(now, limit)).await?;
        let step = Step {
            rooms: due.purged.len(),
            more: due.more,
            took: began.elapsed(),
        };
        for room in due.purged {
            if room.ended {
                self.faults.tally().happened(Kind::EndedByTime, now);
            }
            self.hub.settle(&room.room, None, room.effects);
        }
        Ok(step)
    }

    /// Runs one request against the store. It may fail and it may break: the engine goes on.
    async fn guarded<'a, T, F>(&'a mut self, request: impl FnOnce(&'a mut S) -> F) -> Result<T, Unavailable>
    where
        F: Future<Output = Result<T, StoreError>> + Send + 'a,
    {
        let done = AssertUnwindSafe(request(&mut self.store)).catch_unwind().await;
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
