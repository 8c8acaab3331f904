//! Hours and days, made of totals that are looked at now and then. Pure: the time is an argument.

use std::ops::{Deref, DerefMut};

use super::kinds::{KINDS, Kind, SUMS};
use super::latency::Spread;

/// Seconds.
pub const HOUR: u64 = 3600;
/// Seconds.
pub const DAY: u64 = 24 * HOUR;
/// How often something has to happen in an hour to be told.
pub const CROWD: u64 = 5;
/// How many hours are kept beside the one that runs.
pub const HOURS: u64 = 24;
/// How many days are kept beside the one that runs.
pub const DAYS: u64 = 30;

/// A time that is over, or runs, and what was counted in it, in the order of [`KINDS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// When it began, in Unix seconds.
    pub start: u64,
    /// The counts; in an hour, nought stands for less than [`CROWD`].
    pub counts: [u64; KINDS.len()],
}

/// A count as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// [`HOUR`] or [`DAY`].
    pub length: u64,
    /// When it began, in Unix seconds.
    pub start: u64,
    /// The name of the kind.
    pub kind: String,
    /// The count.
    pub count: u64,
}

/// A count of each kind that is added up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums([u64; SUMS]);

impl Default for Sums {
    fn default() -> Self {
        Self([0; SUMS])
    }
}

impl Deref for Sums {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        &self.0
    }
}

impl DerefMut for Sums {
    fn deref_mut(&mut self) -> &mut [u64] {
        &mut self.0
    }
}

/// What is known at one moment, all since the start.
#[derive(Debug, Clone, Default)]
pub(super) struct Totals {
    pub(super) sums: Sums,
    pub(super) latency: Spread,
    /// Of the connections, since the last look.
    pub(super) peak: u64,
}

/// A time that runs.
#[derive(Debug, Clone, Default)]
struct Running {
    start: u64,
    sums: Sums,
    /// Those of them that came since the relay was started.
    fresh: Sums,
    latency: Spread,
    peak: u64,
}

/// The times of late.
#[derive(Debug, Default)]
pub(super) struct Book {
    seen: Totals,
    hour: Running,
    day: Running,
    hours: Vec<Period>,
    days: Vec<Period>,
    /// What whoever keeps a record of it is told, and what waits until it is enough.
    published: Sums,
    waiting: Sums,
    /// What is over and not yet written.
    due: Vec<Row>,
}

impl Book {
    /// Goes on where rows left off.
    pub(super) fn open(&mut self, rows: &[Row], now: u64) {
        self.hour.start = now - now % HOUR;
        self.day.start = now - now % DAY;
        for row in rows {
            let Some(place) = Kind::named(&row.kind) else {
                continue;
            };
            let (running, over) = if row.length == HOUR {
                (&mut self.hour, &mut self.hours)
            } else {
                (&mut self.day, &mut self.days)
            };
            if row.start == running.start {
                running.resume(place, row.count);
            } else if row.start < running.start {
                let at = over.iter().position(|period| period.start == row.start);
                let at = at.unwrap_or_else(|| {
                    over.push(Period::empty(row.start));
                    over.len() - 1
                });
                if let Some(count) = over.get_mut(at).and_then(|period| period.counts.get_mut(place)) {
                    *count = row.count;
                }
            }
        }
        self.hours.sort_by_key(|period| period.start);
        self.days.sort_by_key(|period| period.start);
    }

    /// Adds what is new to the hour and the day that run, and turns to the next where they are over.
    pub(super) fn look(&mut self, totals: Totals, now: u64) {
        for running in [&mut self.hour, &mut self.day] {
            running.add(&totals, &self.seen);
        }
        self.seen = totals;
        let turned = now / HOUR != self.hour.start / HOUR;
        if turned {
            for ((published, waiting), sum) in self
                .published
                .iter_mut()
                .zip(self.waiting.iter_mut())
                .zip(self.hour.fresh.iter())
            {
                *waiting += sum;
                if *waiting >= CROWD {
                    *published += std::mem::take(waiting);
                }
            }
            let over = self.hour.period(told);
            self.due.extend(over.rows(HOUR));
            self.hours.push(over);
            self.hour = Running::from(now - now % HOUR);
            self.hours
                .retain(|period| period.start + HOURS * HOUR >= self.hour.start);
        }
        if now / DAY != self.day.start / DAY {
            let over = self.day.period(|count| count);
            self.due.extend(over.rows(DAY));
            self.days.push(over);
            self.day = Running::from(now - now % DAY);
            self.days
                .retain(|period| period.start + DAYS * DAY >= self.day.start);
        } else if turned {
            self.due.extend(self.day.period(stepped).rows(DAY));
        }
    }

    /// What is to be written: the times that are over, and the day that runs once in an hour. At the end the hour that
    /// runs, too.
    pub(super) fn take_due(&mut self, last: bool) -> Vec<Row> {
        let mut due = std::mem::take(&mut self.due);
        if last {
            due.extend(self.hour.period(told).rows(HOUR));
            due.extend(self.day.period(stepped).rows(DAY));
        }
        due
    }

    /// How often something was counted, as it may be recorded: of what people do an hour at a time, and not before it is
    /// [`CROWD`]; of faults what was known a minute ago.
    pub(super) fn published(&self, kind: Kind) -> u64 {
        let sums = match kind {
            Kind::Fault(_) => &self.seen.sums,
            _ => &self.published,
        };
        kind.place()
            .and_then(|place| sums.get(place))
            .copied()
            .unwrap_or(0)
    }

    /// What could not be written.
    pub(super) fn give_back(&mut self, mut rows: Vec<Row>) {
        rows.append(&mut self.due);
        self.due = rows;
    }

    /// The hours, with the one that runs as the last.
    pub(super) fn hours(&self) -> Vec<Period> {
        filled(&self.hours, &self.hour.period(told), HOUR, HOURS)
    }

    /// The days, with the one that runs as the last.
    pub(super) fn days(&self) -> Vec<Period> {
        filled(&self.days, &self.day.period(|count| count), DAY, DAYS)
    }
}

/// All of the last `number` times and the one that runs, those without a count too.
fn filled(over: &[Period], running: &Period, length: u64, number: u64) -> Vec<Period> {
    let mut all: Vec<Period> = (1..=number)
        .rev()
        .filter_map(|back| running.start.checked_sub(back * length))
        .map(|start| {
            let found = over.iter().find(|period| period.start == start);
            found.copied().unwrap_or_else(|| Period::empty(start))
        })
        .collect();
    all.push(*running);
    all
}

/// What is said of a count in an hour.
const fn told(count: u64) -> u64 {
    if count < CROWD { 0 } else { count }
}

/// What is written of a count in a day that runs: the difference of two of them says nothing of the hour between.
const fn stepped(count: u64) -> u64 {
    count - count % CROWD
}

impl Running {
    fn from(start: u64) -> Self {
        Self {
            start,
            ..Self::default()
        }
    }

    fn add(&mut self, totals: &Totals, seen: &Totals) {
        let sums = self.sums.iter_mut().zip(self.fresh.iter_mut());
        for ((sum, fresh), (total, before)) in sums.zip(totals.sums.iter().zip(seen.sums.iter())) {
            let more = total.saturating_sub(*before);
            *sum += more;
            *fresh += more;
        }
        self.latency.add(&totals.latency.since(&seen.latency));
        self.peak = self.peak.max(totals.peak);
    }

    fn resume(&mut self, place: usize, count: u64) {
        if let Some(sum) = self.sums.get_mut(place) {
            *sum = count;
        } else if place == SUMS {
            self.peak = count;
        }
    }

    fn period(&self, told: impl Fn(u64) -> u64) -> Period {
        let mut counts = [0; KINDS.len()];
        let latency = |share| self.latency.quantile(share, CROWD).unwrap_or(0).max(CROWD);
        let has_sent = self.latency.quantile(0.5, CROWD).is_some();
        let (median, tail) = if has_sent {
            (latency(0.5), latency(0.99))
        } else {
            (0, 0)
        };
        let sums = self.sums.iter().map(|sum| told(*sum));
        let rest = [told(self.peak), median, tail];
        for (count, value) in counts.iter_mut().zip(sums.chain(rest)) {
            *count = value;
        }
        Period {
            start: self.start,
            counts,
        }
    }
}

impl Period {
    const fn empty(start: u64) -> Self {
        Self {
            start,
            counts: [0; KINDS.len()],
        }
    }

    /// The count of a kind.
    pub fn count(&self, kind: Kind) -> u64 {
        let count = kind.place().and_then(|place| self.counts.get(place));
        count.copied().unwrap_or(0)
    }

    fn rows(&self, length: u64) -> impl Iterator<Item = Row> {
        let start = self.start;
        KINDS
            .iter()
            .zip(self.counts)
            .filter(|(_, count)| *count > 0)
            .map(move |((_, name), count)| Row {
                length,
                start,
                kind: (*name).to_owned(),
                count,
            })
    }
}
