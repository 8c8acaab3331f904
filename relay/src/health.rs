//! Whether the relay works: what `GET /healthz` says. Nothing in it is about a room or a person.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;

use crate::relay::Shared;

/// How many intervals a task may lag behind before the relay counts as unwell.
const INTERVALS: u32 = 5;
/// What a lag may be in any case.
const GRACE: Duration = Duration::from_secs(10);

/// The relay's own tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Ends rooms whose time is over.
    Purge,
    /// Clears deleted bytes from the files.
    Compaction,
    /// Logs what was counted.
    Counters,
    /// Asks silent connections whether they are still there.
    Presence,
    /// Draws among attempts at the cap.
    Draw,
}

const TASKS: [(Task, &str); 5] = [
    (Task::Purge, "purge"),
    (Task::Compaction, "compaction"),
    (Task::Counters, "counters"),
    (Task::Presence, "presence"),
    (Task::Draw, "draw"),
];

/// How the tasks and the store are.
#[derive(Debug)]
pub struct Health(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    start: Instant,
    store: bool,
    tasks: [TaskState; TASKS.len()],
}

#[derive(Debug, Clone, Copy, Default)]
struct TaskState {
    /// How often it should succeed; none for one that only has to go on running.
    interval: Option<Duration>,
    last: Option<Instant>,
    failures: u32,
}

impl Health {
    /// Nothing has run yet; each task should within its interval.
    pub fn new(purge: Duration, compaction: Duration, counters: Duration, now: Instant) -> Self {
        let tasks = TASKS.map(|(task, _)| TaskState {
            interval: match task {
                Task::Purge => Some(purge),
                Task::Compaction => Some(compaction),
                Task::Counters => Some(counters),
                Task::Presence | Task::Draw => None,
            },
            ..TaskState::default()
        });
        Self(Mutex::new(Inner {
            start: now,
            store: true,
            tasks,
        }))
    }

    /// The store did what was asked, or did not.
    pub fn store_answered(&self, done: bool) {
        self.state().store = done;
    }

    /// A task has succeeded.
    pub fn succeeded(&self, task: Task, now: Instant) {
        if let Some(state) = self.state().of(task) {
            state.last = Some(now);
            state.failures = 0;
        }
    }

    /// A task has failed. Returns how many times in a row.
    pub fn failed(&self, task: Task) -> u32 {
        self.state().of(task).map_or(0, |state| {
            state.failures = state.failures.saturating_add(1);
            state.failures
        })
    }

    /// Whether all is well, and the page that says it: a word, and a line for the store and for each task.
    pub fn report(&self, now: Instant) -> (bool, String) {
        let state = self.state();
        let mut well = state.store;
        let mut lines = format!("store: {}\n", if state.store { "ok" } else { "failing" });
        for ((_, name), task) in TASKS.iter().zip(&state.tasks) {
            let lag = now.saturating_duration_since(task.last.unwrap_or(state.start));
            let late = task
                .interval
                .is_some_and(|interval| lag > (interval * INTERVALS).max(GRACE));
            let is_well = task.failures == 0 && !late;
            well &= is_well;
            let word = if is_well { "ok" } else { "failing" };
            let last = match (task.interval, task.last) {
                (None, _) => String::new(),
                (Some(_), None) => ", has not run yet".to_owned(),
                (Some(_), Some(_)) => format!(", last run {} s ago", lag.as_secs()),
            };
            // A String takes every write.
            let _ = writeln!(lines, "{name}: {word}{last}, failures in a row {}", task.failures);
        }
        (well, format!("{}\n{lines}", if well { "ok" } else { "not ok" }))
    }

    fn state(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn of(&mut self, task: Task) -> Option<&mut TaskState> {
        let place = TASKS.iter().position(|(other, _)| *other == task)?;
        self.tasks.get_mut(place)
    }
}

/// Answers `GET /healthz`.
pub async fn endpoint(State(shared): State<Arc<Shared>>) -> (StatusCode, String) {
    let (well, report) = shared.health.report(Instant::now());
    (
        if well {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        },
        report,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn well_until_something_lags_or_fails() {
        let start = Instant::now();
        let health = Health::new(MINUTE * 60, MINUTE, MINUTE, start);
        let is_well = |now| health.report(now).0;
        assert!(is_well(start));
        assert!(
            health
                .report(start)
                .1
                .starts_with("ok\nstore: ok\npurge: ok, has not run yet")
        );

        assert!(!is_well(start + MINUTE * 6), "compaction has not run");
        for task in [Task::Compaction, Task::Counters] {
            health.succeeded(task, start + MINUTE * 6);
        }
        assert!(is_well(start + MINUTE * 6));
        assert!(
            health
                .report(start + MINUTE * 7)
                .1
                .contains("compaction: ok, last run 60 s ago")
        );

        assert_eq!((health.failed(Task::Purge), health.failed(Task::Purge)), (1, 2));
        let report = health.report(start + MINUTE * 6);
        assert!(!report.0 && report.1.starts_with("not ok\n"));
        assert!(
            report
                .1
                .contains("purge: failing, has not run yet, failures in a row 2"),
            "{}",
            report.1
        );
        health.succeeded(Task::Purge, start + MINUTE * 6);
        assert!(is_well(start + MINUTE * 6));

        health.store_answered(false);
        assert!(!is_well(start + MINUTE * 6));
        health.store_answered(true);
        assert!(is_well(start + MINUTE * 6));
    }
}
