//! What happens on the relay, as numbers: for whoever runs it. Nothing in it is about a room or a person.
//!
//! Counted in memory, each where it is known for certain: what becomes of rooms and messages where it is settled, after
//! the commit; refusals where an answer is queued; connections where they begin and end. Hours and days are made of these
//! totals. What happened fewer than five times in an hour is told and stored as that, never as a number
//! (`docs/decisions/aggregates.md`).

mod book;
mod kinds;
mod latency;
#[cfg(test)]
mod tests;

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::book::{CROWD, DAY, DAYS, HOUR, HOURS, Period, Row};
pub use self::kinds::{KINDS, Kind, Refused};

use self::book::{Book, Totals};
use self::kinds::SUMS;
use self::latency::Latency;
use crate::room::{Input, SeatCommand};
use crate::store::{Applied, Changed};

/// The counters.
#[derive(Debug)]
pub struct Tally {
    sums: [AtomicU64; SUMS],
    latency: Latency,
    connections: AtomicU64,
    /// The most connections since the last look.
    peak: AtomicU64,
    rooms: AtomicU64,
    /// For how many seconds the oldest row has been due; one that is due is gone within the minute.
    overdue: AtomicU64,
    /// The hour of the last look, in hours since 1970.
    hour: AtomicU64,
    book: Mutex<Book>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            sums: array::from_fn(|_| AtomicU64::new(0)),
            latency: Latency::default(),
            connections: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            rooms: AtomicU64::new(0),
            overdue: AtomicU64::new(0),
            hour: AtomicU64::new(0),
            book: Mutex::default(),
        }
    }
}

impl Tally {
    /// Goes on where an earlier run left off, with so many rooms.
    pub fn open(&self, rows: &[Row], rooms: u64, now: u64) {
        self.rooms.store(rooms, Ordering::Relaxed);
        self.hour.store(now / HOUR, Ordering::Relaxed);
        self.book().open(rows, now);
    }

    /// Counts one. When is known to the hour of the last look only.
    pub fn count(&self, kind: Kind) {
        if let Some(sum) = kind.place().and_then(|place| self.sums.get(place)) {
            sum.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Something happened at this time, in Unix seconds: an hour that is over is closed before.
    pub fn happened(&self, kind: Kind, now: u64) {
        if self.hour.load(Ordering::Relaxed) != now / HOUR {
            self.look(now);
        }
        self.count(kind);
        match kind {
            Kind::RoomsCreated => {
                self.rooms.fetch_add(1, Ordering::Relaxed);
            }
            Kind::EndedByTime | Kind::EndedByHand | Kind::EndedByVacate => less(&self.rooms),
            _ => {}
        }
    }

    /// An input was decided and is on disk.
    pub fn settled(&self, input: &Input, applied: &Applied, now: u64) {
        let kind = match (input, applied.changed) {
            (Input::Create { .. }, Changed::Put) => {
                // In the place of one whose time was over and that had not been purged.
                if !applied.effects.is_empty() {
                    self.happened(Kind::EndedByTime, now);
                }
                Kind::RoomsCreated
            }
            (Input::By { command, .. }, Changed::Put) => match command {
                SeatCommand::Send { .. } => Kind::Messages,
                SeatCommand::Edit { .. } => Kind::Edits,
                SeatCommand::Delete { .. } => Kind::Deletes,
                SeatCommand::Read { .. } => Kind::Reads,
                _ => return,
            },
            (Input::By { command, .. }, Changed::Removed) => match (command, &applied.reply) {
                (_, crate::room::Reply::Close(_)) => Kind::EndedByTime,
                (SeatCommand::Vacate { .. }, _) => Kind::EndedByVacate,
                _ => Kind::EndedByHand,
            },
            _ => return,
        };
        self.happened(kind, now);
    }

    /// A send was answered after this long.
    pub fn sent(&self, took: Duration) {
        self.latency.add(took);
    }

    /// A connection begins.
    pub fn connected(&self) {
        let connections = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(connections, Ordering::Relaxed);
    }

    /// A connection has ended.
    pub fn disconnected(&self) {
        less(&self.connections);
    }

    /// How many connections are open.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// How many rooms there are.
    pub fn rooms(&self) -> u64 {
        self.rooms.load(Ordering::Relaxed)
    }

    /// For how many seconds the oldest row that should be gone has been due, when it was last looked.
    pub fn overdue(&self) -> u64 {
        self.overdue.load(Ordering::Relaxed)
    }

    /// It was looked.
    pub fn set_overdue(&self, seconds: u64) {
        self.overdue.store(seconds, Ordering::Relaxed);
    }

    /// How often something was counted since the start.
    pub fn total(&self, kind: Kind) -> u64 {
        let sum = kind.place().and_then(|place| self.sums.get(place));
        sum.map_or(0, |sum| sum.load(Ordering::Relaxed))
    }

    /// The hours, and the days, each with the one that runs as the last.
    pub fn periods(&self, now: u64) -> (Vec<Period>, Vec<Period>) {
        self.look(now);
        let book = self.book();
        (book.hours(), book.days())
    }

    /// What is to be written now; with the relay's end, the hour that runs too.
    pub fn take_due(&self, now: u64, last: bool) -> Vec<Row> {
        self.look(now);
        self.book().take_due(last)
    }

    /// How often something was counted since the start, as it may be recorded by somebody who asks every few seconds: what
    /// people do appears when its hour is over, and only once it is five times.
    pub fn published(&self, kind: Kind, now: u64) -> u64 {
        self.look(now);
        self.book().published(kind)
    }

    /// Takes back what could not be written.
    pub fn give_back(&self, rows: Vec<Row>) {
        self.book().give_back(rows);
    }

    fn look(&self, now: u64) {
        let mut book = self.book();
        let mut totals = Totals {
            latency: self.latency.now(),
            ..Totals::default()
        };
        for (sum, counter) in totals.sums.iter_mut().zip(&self.sums) {
            *sum = counter.load(Ordering::Relaxed);
        }
        totals.peak = self.peak.swap(self.connections(), Ordering::Relaxed);
        book.look(totals, now);
        self.hour.store(now / HOUR, Ordering::Relaxed);
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One less, and never less than none.
fn less(counter: &AtomicU64) {
    // That it was nought already is no fault.
    let _ = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1));
}
