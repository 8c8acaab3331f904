//! What the dashboard shows at one moment: every figure by a name, so that page and live update say the same.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::data::DATABASE;
use crate::doors::Open;
use crate::engine::unix_time;
use crate::health::TaskReport;
use crate::relay::Shared;
use crate::store::space::taken;
use crate::tally::{CROWD, Kind, Period};
use crate::tls::{Certificates, left};

/// The figures.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) hours: Vec<Period>,
    pub(super) days: Vec<Period>,
    pub(super) tasks: Vec<TaskReport>,
    pub(super) open: Open,
    connections: u64,
    rooms: u64,
    bytes: u64,
    space: String,
    overdue: u64,
    certificate: Option<String>,
    uptime: Duration,
    store: bool,
}

/// Whether a period is an hour or a day: small counts of an hour are not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    Hour,
    Day,
}

impl Look {
    pub(super) fn at(shared: &Arc<Shared>) -> Self {
        let tally = shared.faults.tally();
        let (hours, days) = tally.periods(unix_time());
        Self {
            hours,
            days,
            tasks: shared.health.tasks(Instant::now()),
            open: shared.doors.now(),
            connections: tally.connections(),
            rooms: tally.rooms(),
            bytes: database_bytes(&shared.config.data),
            space: space(shared),
            overdue: tally.overdue(),
            certificate: shared.certificates.as_deref().map(certificate),
            uptime: shared.start.elapsed(),
            store: shared.health.store_is_well(),
        }
    }

    /// The figures at the top, each with its name and its words.
    pub(super) fn now(&self) -> Vec<(&'static str, &'static str, String)> {
        let today = |kind| {
            let day = self.days.last();
            day.map_or_else(String::new, |day| figure(kind, day.count(kind), Grain::Day))
        };
        let task = |name: &str| {
            let task = self.tasks.iter().find(|task| task.name == name);
            task.map_or_else(String::new, last)
        };
        let doors = match self.open {
            Open::All => "open",
            Open::NoNewRooms => "no new rooms",
            Open::Draining => "draining: nobody new is let in",
        };
        let overdue = match self.overdue {
            0 => "none".to_owned(),
            seconds => span(Duration::from_secs(seconds)),
        };
        let mut now = vec![
            ("doors", "The relay is", doors.to_owned()),
            ("store", "The store", words(self.store).to_owned()),
            ("rooms", "Rooms open", self.rooms.to_string()),
            ("connections", "Connections now", self.connections.to_string()),
            ("peak", "Most connections today", today(Kind::Peak)),
            ("messages", "Messages today", today(Kind::Messages)),
            ("median", "A send took today, median", today(Kind::SendMedian)),
            ("tail", "One in a hundred took longer than", today(Kind::SendTail)),
            ("bytes", "Database", bytes(self.bytes)),
            ("space", "Space for more", self.space.clone()),
            ("overdue", "Oldest row that should be gone", overdue),
            ("purge", "Last purge", task("purge")),
            ("compaction", "Last compaction", task("compaction")),
            ("uptime", "Running for", span(self.uptime)),
        ];
        if let Some(certificate) = &self.certificate {
            now.push(("certificate", "The certificate", certificate.clone()));
        }
        now
    }

    /// What changes with time, as lines of tab-separated words: what kind of change, the name, the value.
    pub(super) fn lines(&self) -> String {
        let mut lines = format!("v\t\t{}\n", self.version());
        let mut add = |kind: &str, name: &str, value: &str| {
            lines.push_str(&[kind, "\t", name, "\t", value, "\n"].concat());
        };
        for (name, _, value) in self.now() {
            add("t", name, &value);
        }
        for task in &self.tasks {
            add("t", &format!("task-{}", task.name), &state(task));
        }
        for (grain, periods) in [(Grain::Hour, &self.hours), (Grain::Day, &self.days)] {
            let Some(period) = periods.last() else { continue };
            for (kind, name) in crate::tally::KINDS {
                let value = figure(kind, period.count(kind), grain);
                add("t", &format!("{}-{name}", grain.letter()), &value);
            }
            for chart in super::chart::CHARTS {
                let bar = super::chart::bar(chart, periods, period);
                add("b", &format!("{}-{}", grain.letter(), chart.name), &bar);
            }
        }
        lines
    }

    /// Changes where the page has to be fetched anew: another hour, another scale, another state.
    pub(super) fn version(&self) -> String {
        let hour = self.hours.last().map_or(0, |hour| hour.start);
        let scales = [&self.hours, &self.days].map(|periods| {
            let scales = super::chart::CHARTS.map(|chart| super::chart::scale(chart, periods).to_string());
            scales.join(",")
        });
        format!("{hour}-{:?}-{}", self.open, scales.join(","))
    }
}

impl Grain {
    pub(super) const fn letter(self) -> &'static str {
        match self {
            Self::Hour => "h",
            Self::Day => "d",
        }
    }
}

/// A count as it is told.
pub(super) fn figure(kind: Kind, count: u64, grain: Grain) -> String {
    match (kind, grain) {
        (Kind::SendMedian | Kind::SendTail, _) if count == 0 => "–".to_owned(),
        (Kind::SendMedian | Kind::SendTail, _) => format!("{}.{:02} ms", count / 1000, count % 1000 / 10),
        (_, Grain::Hour) if count < CROWD => format!("< {CROWD}"),
        _ => count.to_string(),
    }
}

/// How a task is, in words.
pub(super) fn state(task: &TaskReport) -> String {
    let how = words(task.is_well);
    if task.runs_on {
        return format!("{how}, failures in a row {}", task.failures);
    }
    let next = task
        .next
        .map_or_else(|| "now".to_owned(), |next| format!("in {}", span(next)));
    format!(
        "{how}, last {}, next {next}, failures in a row {}",
        last(task),
        task.failures
    )
}

fn last(task: &TaskReport) -> String {
    task.last
        .map_or_else(|| "not yet".to_owned(), |ago| format!("{} ago", span(ago)))
}

const fn words(is_well: bool) -> &'static str {
    if is_well { "works" } else { "fails" }
}

/// The two largest units of a span of time.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86400, seconds % 86400 / 3600),
    }
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// For how long people can still connect with the certificate.
fn certificate(shown: &Certificates) -> String {
    match shown.end().map(|end| left(end, SystemTime::now())) {
        None => "none yet: nobody can connect".to_owned(),
        Some(None) => "is over: nobody can connect".to_owned(),
        Some(Some(left)) => format!("holds for {}", span(left)),
    }
}

/// What the database's files take.
pub(super) fn database_bytes(data: &Path) -> u64 {
    taken(&data.join(DATABASE))
}

/// Whether rooms and messages have room.
fn space(shared: &Shared) -> String {
    if shared.is_full() {
        return "none: the relay is full".to_owned();
    }
    bytes(shared.space.limit().saturating_sub(shared.space.used()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_of_an_hour_are_not_told() {
        for count in [0, 1, 4] {
            assert_eq!(figure(Kind::Messages, count, Grain::Hour), "< 5");
            assert_eq!(figure(Kind::Messages, count, Grain::Day), count.to_string());
        }
        assert_eq!(figure(Kind::Messages, 5, Grain::Hour), "5");
        assert_eq!(figure(Kind::SendTail, 0, Grain::Hour), "–");
        assert_eq!(figure(Kind::SendTail, 12_345, Grain::Day), "12.34 ms");
    }

    #[test]
    fn spans_in_two_units() {
        for (seconds, text) in [
            (59, "59 s"),
            (61, "1 min 1 s"),
            (7260, "2 h 1 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }
}
