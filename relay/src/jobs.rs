//! The relay's own tasks, each under supervision: one that fails or breaks is started again, later each time, and
//! shown as failing on the health page. None ever runs twice at a time: a run follows the one before it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt as _;
use tokio::task::JoinSet;

use crate::engine::{Unavailable, unix_time};
use crate::faults::{Fault, Faults};
use crate::health::{Health, Task};
use crate::purge;
use crate::relay::Shared;
use crate::store::Compaction;

/// How often what was counted is logged.
pub const COUNTERS: Duration = Duration::from_mins(1);
/// How long a task waits after its first failure, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// How soon a compaction is tried again that found the file in use.
const BUSY: Duration = Duration::from_millis(200);
/// A task wakes this much after the moment at which rooms end, so that their time is over by any rounding.
const AFTER_GRAIN: Duration = Duration::from_millis(20);

/// Starts all of them; they end when the set is dropped.
pub fn start(shared: &Arc<Shared>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let watch = || Watch {
        health: Arc::clone(&shared.health),
        faults: Arc::clone(&shared.faults),
    };
    let for_purge = Arc::clone(shared);
    tasks.spawn(supervise(Task::Purge, watch(), move || {
        end_due(Arc::clone(&for_purge))
    }));
    let for_ends = Arc::clone(shared);
    tasks.spawn(supervise(Task::Ends, watch(), move || {
        tell_ends(Arc::clone(&for_ends))
    }));
    let for_compaction = Arc::clone(shared);
    tasks.spawn(supervise(Task::Compaction, watch(), move || {
        compact(Arc::clone(&for_compaction))
    }));
    let for_counters = Arc::clone(shared);
    tasks.spawn(supervise(Task::Counters, watch(), move || {
        let shared = Arc::clone(&for_counters);
        count(shared)
    }));
    let for_presence = Arc::clone(shared);
    tasks.spawn(supervise(Task::Presence, watch(), move || {
        let shared = Arc::clone(&for_presence);
        async move {
            let unopened = shared.config.limits.unopened;
            shared.roll.run(shared.config.ping, unopened).await;
            Ok::<_, Unavailable>(Duration::ZERO)
        }
    }));
    let for_draw = Arc::clone(shared);
    tasks.spawn(supervise(Task::Draw, watch(), move || {
        let shared = Arc::clone(&for_draw);
        async move {
            shared.gate.run_draw().await;
            Ok::<_, Unavailable>(Duration::ZERO)
        }
    }));
    if let Some(acme) = &shared.acme {
        shared.health.runs_too(Task::Certificate);
        let acme = Arc::clone(acme);
        tasks.spawn(supervise(Task::Certificate, watch(), move || {
            let acme = Arc::clone(&acme);
            async move { acme.run().await }
        }));
    }
    tasks
}

/// Where it shows how a task is.
struct Watch {
    health: Arc<Health>,
    faults: Arc<Faults>,
}

/// Runs a task over and over. It says how long to wait until its next run.
async fn supervise<F, E>(task: Task, Watch { health, faults }: Watch, mut run: impl FnMut() -> F)
where
    F: Future<Output = Result<Duration, E>>,
    E: Failure,
{
    loop {
        let wait = match AssertUnwindSafe(run()).catch_unwind().await {
            Ok(Ok(wait)) => {
                health.succeeded(task, Instant::now());
                tracing::trace!("task {task:?} has run");
                wait
            }
            failed => {
                let times = health.failed(task);
                let wait = backoff(E::BACKOFF, times);
                let (how, wait, why) = if let Ok(Err(failure)) = failed {
                    ("failed", wait.max(failure.at_least()), failure.why())
                } else {
                    faults.count(Fault::Panic);
                    ("broke", wait, String::new())
                };
                tracing::warn!(
                    "task {task:?} {how}, {times} times in a row; again in {} s{why}",
                    wait.as_secs()
                );
                wait
            }
        };
        health.scheduled(task, Instant::now() + wait);
        tokio::time::sleep(wait).await;
    }
}

/// Why a task failed, and what that means for its next run.
pub(crate) trait Failure {
    /// How long it waits after its first failure, and at most.
    const BACKOFF: (Duration, Duration);

    /// How long it waits in any case.
    fn at_least(&self) -> Duration {
        Duration::ZERO
    }

    /// What else the log says, in our own words.
    fn why(&self) -> String {
        String::new()
    }
}

impl Failure for Unavailable {
    const BACKOFF: (Duration, Duration) = BACKOFF;
}

/// Doubles with each failure in a row.
fn backoff((first, most): (Duration, Duration), failures: u32) -> Duration {
    first
        .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
        .min(most)
}

async fn end_due(shared: Arc<Shared>) -> Result<Duration, Unavailable> {
    purge::run(&shared).await?;
    Ok(until_next_ends(&shared))
}

/// A task of its own: a purge that fails comes later each time, and people are told on time.
async fn tell_ends(shared: Arc<Shared>) -> Result<Duration, Unavailable> {
    purge::tell(&shared).await?;
    Ok(until_next_ends(&shared))
}

fn until_next_ends(shared: &Shared) -> Duration {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    until_grain(since_epoch, shared.config.grain) + AFTER_GRAIN
}

/// How long until the next multiple of the grain.
fn until_grain(since_epoch: Duration, grain: Duration) -> Duration {
    let grain = grain.as_nanos().max(1);
    let left = grain - since_epoch.as_nanos() % grain;
    Duration::from_nanos(u64::try_from(left).unwrap_or(u64::MAX))
}

async fn compact(shared: Arc<Shared>) -> Result<Duration, Unavailable> {
    while shared.engine.compact().await? == Compaction::Busy {
        tokio::time::sleep(BUSY).await;
    }
    Ok(shared.config.compaction)
}

/// Tells what was counted, and keeps the sums of an hour that is over.
async fn count(shared: Arc<Shared>) -> Result<Duration, Unavailable> {
    let wait = tell(&shared.faults);
    shared.sources.look();
    let overdue = shared.engine.overdue().await?;
    shared.faults.tally().set_overdue(overdue);
    let due = shared.faults.tally().take_due(unix_time(), false);
    if !due.is_empty() {
        let kept = shared.engine.keep(due.clone()).await;
        if kept.is_err() {
            shared.faults.tally().give_back(due);
        }
        kept?;
    }
    Ok(wait)
}

fn tell(faults: &Faults) -> Duration {
    if let Some(counted) = faults.take() {
        tracing::warn!("in the last minute: {counted}");
    }
    COUNTERS
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn waits_longer_each_time() {
        let waits: Vec<u64> = (1..10)
            .map(|failures| backoff(BACKOFF, failures).as_secs())
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn wakes_at_the_grain() {
        let grain = Duration::from_hours(1);
        assert_eq!(until_grain(Duration::from_hours(2), grain), grain);
        assert_eq!(
            until_grain(Duration::from_millis(7_199_999), grain),
            Duration::from_millis(1)
        );
    }

    /// Fails, breaks, then goes on; time is the test's.
    #[tokio::test(start_paused = true)]
    async fn a_task_that_breaks_is_started_again() {
        let minute = Duration::from_mins(1);
        let health = Arc::new(Health::new(minute, minute, minute, Instant::now()));
        let runs = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&runs);
        let faults = Arc::new(Faults::default());
        let watch = Watch {
            health: Arc::clone(&health),
            faults: Arc::clone(&faults),
        };
        let task = tokio::spawn(supervise(Task::Purge, watch, move || {
            let run = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                match run {
                    0 => Err(Unavailable),
                    1 => panic!("breaks"),
                    _ => Ok(minute),
                }
            }
        }));
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        assert!(!health.report(Instant::now()).0);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(runs.load(Ordering::SeqCst), 2);
        assert!(health.report(Instant::now()).1.contains("failures in a row 2"));
        assert_eq!(
            faults.take().as_deref(),
            Some("connections ended by a fault of the relay 1")
        );
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        assert!(health.report(Instant::now()).0);
        task.abort();
    }
}
