//! Whether the relay works: what `GET /healthz` says. Nothing in it is about a room or a person.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;

use crate::acme;
use crate::doors::Open;
use crate::relay::Shared;

/// How many intervals a task may lag behind before the relay counts as unwell.
const INTERVALS: u32 = 5;
/// What a lag may be in any case.
const GRACE: Duration = Duration::from_secs(10);

/// The relay's own tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Deletes rooms whose time is over.
    Purge,
    /// Tells people whose room is over.
    Ends,
    /// Clears deleted bytes from the files.
    Compaction,
    /// Logs what was counted.
    Counters,
    /// Asks silent connections whether they are still there.
    Presence,
    /// Draws among attempts at the cap.
    Draw,
    /// Has a certificate issued and renewed, where the relay was told to. That this fails does not make the relay unwell:
    /// whoever ends it for that ends conversations under a certificate that still holds.
    Certificate,
}

const TASKS: [(Task, &str); 7] = [
    (Task::Purge, "purge"),
    (Task::Ends, "ends"),
    (Task::Compaction, "compaction"),
    (Task::Counters, "counters"),
    (Task::Presence, "presence"),
    (Task::Draw, "draw"),
    (Task::Certificate, "certificate"),
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
    /// Whether it does not run with these settings.
    is_absent: bool,
    /// How often it should succeed; none for one that only has to go on running.
    interval: Option<Duration>,
    last: Option<Instant>,
    next: Option<Instant>,
    failures: u32,
}

/// How a task is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskReport {
    /// Its name.
    pub name: &'static str,
    /// Whether the relay is unwell without it.
    pub is_vital: bool,
    /// Whether it has not failed, and is not late.
    pub is_well: bool,
    /// Whether it only has to go on running.
    pub runs_on: bool,
    /// How long ago it last succeeded.
    pub last: Option<Duration>,
    /// How long until it runs again; nought while it runs.
    pub next: Option<Duration>,
    /// How often it has failed in a row.
    pub failures: u32,
}

impl Health {
    /// Nothing has run yet; each task should within its interval.
    pub fn new(purge: Duration, compaction: Duration, counters: Duration, now: Instant) -> Self {
        let tasks = TASKS.map(|(task, _)| TaskState {
            is_absent: task == Task::Certificate,
            interval: match task {
                Task::Purge | Task::Ends => Some(purge),
                Task::Compaction => Some(compaction),
                Task::Counters => Some(counters),
                Task::Presence | Task::Draw => None,
                Task::Certificate => Some(acme::LOOK),
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

    /// The task that runs with some settings only does.
    pub fn runs_too(&self, task: Task) {
        if let Some(state) = self.state().of(task) {
            state.is_absent = false;
        }
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

    /// A task runs again at this time.
    pub fn scheduled(&self, task: Task, next: Instant) {
        if let Some(state) = self.state().of(task) {
            state.next = Some(next);
        }
    }

    /// Whether the store did what it was last asked.
    pub fn store_is_well(&self) -> bool {
        self.state().store
    }

    /// How the tasks are.
    pub fn tasks(&self, now: Instant) -> Vec<TaskReport> {
        let state = self.state();
        let report = |((task_is, name), task): (&(Task, &'static str), &TaskState)| TaskReport {
            name,
            is_vital: *task_is != Task::Certificate,
            is_well: task.is_well(state.start, now),
            runs_on: task.interval.is_none(),
            last: task.last.map(|last| now.saturating_duration_since(last)),
            next: task.next.map(|next| next.saturating_duration_since(now)),
            failures: task.failures,
        };
        let runs = |(_, task): &(_, &TaskState)| !task.is_absent;
        TASKS.iter().zip(&state.tasks).filter(runs).map(report).collect()
    }

    /// Whether all is well, and the page that says it: a word, and a line for the store and for each task.
    pub fn report(&self, now: Instant) -> (bool, String) {
        let mut well = self.store_is_well();
        let mut lines = format!("store: {}\n", if well { "ok" } else { "failing" });
        for task in self.tasks(now) {
            well &= task.is_well || !task.is_vital;
            let word = if task.is_well { "ok" } else { "failing" };
            let last = match (task.runs_on, task.last) {
                (true, _) => String::new(),
                (false, None) => ", has not run yet".to_owned(),
                (false, Some(last)) => format!(", last run {} s ago", last.as_secs()),
            };
            let next = match (task.runs_on, task.next) {
                (false, Some(next)) => format!(", next run in {} s", next.as_secs()),
                _ => String::new(),
            };
            // A String takes every write.
            let _ = writeln!(
                lines,
                "{}: {word}{last}{next}, failures in a row {}",
                task.name, task.failures
            );
        }
        (well, format!("{}\n{lines}", if well { "ok" } else { "not ok" }))
    }

    fn state(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TaskState {
    fn is_well(&self, start: Instant, now: Instant) -> bool {
        let lag = now.saturating_duration_since(self.last.unwrap_or(start));
        let late = self
            .interval
            .is_some_and(|interval| lag > (interval * INTERVALS).max(GRACE));
        self.failures == 0 && !late
    }
}

impl Inner {
    fn of(&mut self, task: Task) -> Option<&mut TaskState> {
        let place = TASKS.iter().position(|(other, _)| *other == task)?;
        self.tasks.get_mut(place)
    }
}

/// Answers `GET /healthz`: up or not. What is wrong is for whoever runs the relay to read (`admin`).
pub async fn endpoint(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    if shared.doors.now() == Open::Draining {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    if shared.health.report(Instant::now()).0 {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ok\n")
    }
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

    #[test]
    fn a_certificate_that_is_not_renewed_is_told_and_ends_nothing() {
        let start = Instant::now();
        let health = Health::new(MINUTE * 60, MINUTE, MINUTE, start);
        assert!(
            !health.report(start).1.contains("certificate"),
            "nobody asked for one"
        );
        health.runs_too(Task::Certificate);
        health.failed(Task::Certificate);
        health.scheduled(Task::Certificate, start + MINUTE * 2);
        let (is_well, told) = health.report(start);
        let line = "certificate: failing, has not run yet, next run in 120 s, failures in a row 1\n";
        assert!(is_well && told.ends_with(line), "{told}");
    }
}
