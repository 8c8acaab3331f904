//! The one way to the store: decide and commit, and only then answer and tell.
//!
//! Whoever reads `parts` finds the order that invariant 5 asks for: `apply_batch` returns after the commit, and `settle`
//! comes after `apply_batch`, both while the store is held, so that effects come in the order of the commits.
//!
//! A job that finds the store idle is done where it came up, on the connection's own thread: nobody has to be woken for it.
//! What comes meanwhile is left to a thread that takes all that waits as one transaction with one flush to disk, so that the
//! relay gets no slower for being busy. `docs/decisions/sqlite-directly.md` has the figures.

mod parts;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sotto_protocol::Seat;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, block_in_place, spawn_blocking};

pub use self::parts::Parts;
use crate::gate::price::Slot;
use crate::hub::{Cause, Wakes};
use crate::room::{AccessHash, InvitationKey};
use crate::store::{Compaction, Counts, Job, Store};
use crate::tally::Row;

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
#[derive(Clone)]
pub struct Engine {
    desk: Arc<Desk>,
    requests: mpsc::Sender<Request>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// The thread, which gives the store back.
pub type Ended = JoinHandle<Option<Box<dyn Store>>>;

/// Where the store is, and whether anybody waits for it.
struct Desk {
    parts: Mutex<Parts>,
    /// Requests that are queued or being done.
    queued: AtomicUsize,
    /// Whether a thread of the runtime may be held for as long as a disk takes: the runtime then has another in its place.
    may_hold: bool,
}

enum Request {
    Apply(Box<Waiting>),
    /// Anything else that is done with the store.
    Other(Box<dyn FnOnce(&mut Parts) + Send>),
}

/// A job and who waits for it.
struct Waiting {
    job: Job,
    waits: Waits,
}

struct Waits {
    cause: Cause,
    /// Where an attempt was counted as a failure.
    counted: Option<Slot>,
    settled: oneshot::Sender<(Settled, Wakes)>,
    since: Instant,
}

impl Engine {
    /// Starts the thread. It returns the store when the last [`Engine`] is gone and everything is done.
    pub fn start(parts: Parts) -> (Self, Ended) {
        let (requests, waiting) = mpsc::channel(QUEUE);
        let desk = Arc::new(Desk {
            parts: Mutex::new(parts),
            queued: AtomicUsize::new(0),
            may_hold: Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread,
        });
        let working = Arc::clone(&desk);
        let thread = spawn_blocking(move || run(working, waiting));
        (Self { desk, requests }, thread)
    }

    /// Has an input decided, stored, answered and told. Where an attempt was counted and was no wrong guess, that is taken back
    /// before the answer goes out: who has it may leave at once. The others of the room are woken when the caller drops the
    /// [`Wakes`].
    pub async fn apply(
        &self,
        job: Job,
        cause: Cause,
        counted: Option<Slot>,
    ) -> Result<(Settled, Wakes), Unavailable> {
        let (settled, done) = oneshot::channel();
        let waits = Waits {
            cause,
            counted,
            settled,
            since: Instant::now(),
        };
        let waiting = Box::new(Waiting { job, waits });
        if let Err(waiting) = self.desk.at_once(waiting) {
            self.queue(Request::Apply(waiting)).await?;
        }
        done.await.map_err(|_| Unavailable)
    }

    /// The sealed invitation under this key.
    pub async fn invitation(&self, key: InvitationKey) -> Result<Option<Vec<u8>>, Unavailable> {
        self.ask(move |parts| parts.guarded(|store| store.invitation(key, unix_time())))
            .await
    }

    /// Tells people whose room's time is over, in at most `limit` rooms, and closes it to them. Returns in how many it was.
    pub async fn end_due(&self, limit: usize) -> Result<usize, Unavailable> {
        // With the store held: between a commit that extends a room and its settling lies none of these.
        self.ask(move |parts| Ok(parts.hub.end_due(unix_time(), limit)))
            .await
    }

    /// Deletes what is due, at most `limit` rooms and as many tokens, in one transaction, and tells whom it concerns.
    pub async fn purge(&self, limit: u32) -> Result<Step, Unavailable> {
        self.ask(move |parts| parts.purge(limit)).await
    }

    /// Has the store write its log back, without waiting for anybody. Returns for how long it held the store.
    pub async fn write_back(&self) -> Result<Duration, Unavailable> {
        self.ask(|parts| {
            let began = Instant::now();
            parts.guarded(|store| store.write_back())?;
            Ok(began.elapsed())
        })
        .await
    }

    /// Clears deleted bytes from the store's files.
    pub async fn compact(&self) -> Result<Compaction, Unavailable> {
        self.ask(|parts| parts.guarded(|store| store.compact())).await
    }

    /// What there is.
    pub async fn counts(&self) -> Result<Counts, Unavailable> {
        self.ask(|parts| parts.guarded(|store| store.counts())).await
    }

    /// For how many seconds the oldest row has been due that is still there.
    pub async fn overdue(&self) -> Result<u64, Unavailable> {
        self.ask(|parts| parts.guarded(|store| store.overdue(unix_time())))
            .await
    }

    /// Keeps sums of what was counted.
    pub async fn keep(&self, rows: Vec<Row>) -> Result<(), Unavailable> {
        self.ask(move |parts| parts.guarded(|store| store.keep_aggregates(&rows, unix_time())))
            .await
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Parts) -> Result<T, Unavailable> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let (back, answer) = oneshot::channel();
        let work = move |parts: &mut Parts| {
            // Who asked may have ended.
            let _ = back.send(work(parts));
        };
        self.queue(Request::Other(Box::new(work))).await?;
        answer.await.map_err(|_| Unavailable)?
    }

    async fn queue(&self, request: Request) -> Result<(), Unavailable> {
        let place = self.requests.reserve().await.map_err(|_| Unavailable)?;
        self.desk.queued.fetch_add(1, Ordering::Relaxed);
        place.send(request);
        Ok(())
    }
}

impl Desk {
    /// Does a job on this thread, if the store is idle and nobody waits for it.
    fn at_once(&self, waiting: Box<Waiting>) -> Result<(), Box<Waiting>> {
        if !self.may_hold || self.queued.load(Ordering::Relaxed) > 0 {
            return Err(waiting);
        }
        let mut parts = match self.parts.try_lock() {
            Ok(parts) => parts,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(waiting),
        };
        block_in_place(|| parts.apply(vec![*waiting]));
        Ok(())
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970.
pub fn unix_time() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Does what waits, one transaction after another, until nobody can ask any more.
fn run(desk: Arc<Desk>, mut requests: mpsc::Receiver<Request>) -> Option<Box<dyn Store>> {
    let mut next = requests.blocking_recv();
    while let Some(request) = next.take() {
        let mut parts = desk.parts();
        let done = match request {
            Request::Apply(first) => {
                let mut batch = vec![*first];
                while batch.len() < BATCH {
                    match requests.try_recv() {
                        Ok(Request::Apply(another)) => batch.push(*another),
                        Ok(other) => {
                            next = Some(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                let jobs = batch.len();
                parts.apply(batch);
                jobs
            }
            Request::Other(work) => {
                work(&mut parts);
                1
            }
        };
        drop(parts);
        desk.queued.fetch_sub(done, Ordering::Relaxed);
        if next.is_none() {
            next = requests.blocking_recv();
        }
    }
    // An engine lets go of the desk before it lets go of the queue, so this is the last one who has it.
    let parts = Arc::into_inner(desk)?.parts.into_inner();
    Some(parts.unwrap_or_else(PoisonError::into_inner).store)
}

#[cfg(test)]
mod tests;
