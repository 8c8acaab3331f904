//! `GET /metrics`, in the `OpenMetrics` format. No label could name a person, and no figure gives the time of anything that a
//! person did: whoever scrapes keeps a record, so what people do appears when its hour is over and only once it is five
//! times (`docs/decisions/aggregates.md`), and connections are told in steps of five.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use crate::doors::Open;
use crate::engine::unix_time;
use crate::relay::Shared;
use crate::tally::{CROWD, KINDS, Kind, Period};

/// What the answer is.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything, as text.
pub(super) fn text(shared: &Arc<Shared>) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Everything(Arc::clone(shared))));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Everything(Arc<Shared>);

impl Collector for Everything {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let shared = &*self.0;
        let tally = shared.faults.tally();
        let now = unix_time();
        people(&mut to, |kind| tally.published(kind, now))?;
        let (hours, _) = tally.periods(now);
        let last = hours.iter().rev().nth(1);
        let seconds = |kind| last.map_or(0.0, |hour: &Period| micros(hour.count(kind)));
        let connections = tally.connections();
        let started = now.saturating_sub(shared.start.elapsed().as_secs());
        gauge(
            &mut to,
            "sotto_send_median",
            "Median of the time that a send took in the last whole hour; 0 if there were fewer than five",
            Some(&Unit::Seconds),
            seconds(Kind::SendMedian),
        )?;
        gauge(
            &mut to,
            "sotto_send_p99",
            "What one send in a hundred took longer than in the last whole hour; 0 if there were fewer than five",
            Some(&Unit::Seconds),
            seconds(Kind::SendTail),
        )?;
        gauge(
            &mut to,
            "sotto_connections",
            "Open connections, rounded down to a multiple of five",
            None,
            float(connections - connections % CROWD),
        )?;
        gauge(
            &mut to,
            "sotto_connections_limit",
            "Connections that may be open at once",
            None,
            f64::from(shared.config.connections),
        )?;
        self.space(&mut to)?;
        if let Some(end) = shared.certificates.as_ref().and_then(|shown| shown.end()) {
            gauge(
                &mut to,
                "sotto_certificate_end",
                "When the certificate that is shown ends, in seconds since 1970",
                Some(&Unit::Seconds),
                float(end.as_secs()),
            )?;
        }
        gauge(
            &mut to,
            "sotto_new_rooms_allowed",
            "Whether rooms can be started: 1 or 0",
            None,
            flag(shared.doors.now() == Open::All),
        )?;
        gauge(
            &mut to,
            "sotto_draining",
            "Whether nobody new is let in: 1 or 0",
            None,
            flag(shared.doors.now() == Open::Draining),
        )?;
        gauge(
            &mut to,
            "process_start_time",
            "When the relay was started",
            Some(&Unit::Seconds),
            float(started),
        )?;
        self.health(&mut to)
    }
}

impl Everything {
    fn space(&self, to: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let shared = &*self.0;
        gauge(
            to,
            "sotto_database",
            "Size of the database's files",
            Some(&Unit::Bytes),
            float(super::look::database_bytes(&shared.config.data)),
        )?;
        gauge(
            to,
            "sotto_space_used",
            "What of the space for the database is used",
            Some(&Unit::Bytes),
            float(shared.space.used()),
        )?;
        gauge(
            to,
            "sotto_space_limit",
            "How much the database may take",
            Some(&Unit::Bytes),
            float(shared.space.limit()),
        )?;
        gauge(
            to,
            "sotto_full",
            "Whether there can be no more rooms: 1 or 0",
            None,
            flag(shared.is_full()),
        )?;
        gauge(
            to,
            "sotto_overdue",
            "For how long the oldest row has been due that is still there",
            Some(&Unit::Seconds),
            float(shared.faults.tally().overdue()),
        )
    }

    fn health(&self, to: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let health = &self.0.health;
        let now = Instant::now();
        gauge(
            to,
            "sotto_well",
            "Whether the store answers and every task runs: 1 or 0",
            None,
            flag(health.report(now).0),
        )?;
        let tasks = health.tasks(now);
        let mut failures = to.encode_descriptor(
            "sotto_task_failures",
            "Failures of a task in a row",
            None,
            MetricType::Gauge,
        )?;
        for task in &tasks {
            one(&mut failures, [("task", task.name)], f64::from(task.failures))?;
        }
        let mut late = to.encode_descriptor(
            "sotto_task_late",
            "Whether a task has not succeeded for too long: 1 or 0",
            None,
            MetricType::Gauge,
        )?;
        for task in &tasks {
            one(
                &mut late,
                [("task", task.name)],
                flag(!task.is_well && task.failures == 0),
            )?;
        }
        let mut lag = to.encode_descriptor(
            "sotto_task_lag",
            "How long ago a task last succeeded",
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?;
        for task in tasks.iter().filter(|task| !task.runs_on) {
            let ago = task.last.unwrap_or_else(|| self.0.start.elapsed());
            one(&mut lag, [("task", task.name)], ago.as_secs_f64())?;
        }
        Ok(())
    }
}

/// What is added up.
fn people(to: &mut DescriptorEncoder<'_>, count: impl Fn(Kind) -> u64) -> Result<(), fmt::Error> {
    for (name, kind, help) in [
        (
            "sotto_rooms_created",
            Kind::RoomsCreated,
            "Rooms that were started",
        ),
        ("sotto_messages", Kind::Messages, "Messages that were stored"),
        ("sotto_edits", Kind::Edits, "Messages that were changed"),
        (
            "sotto_deletes",
            Kind::Deletes,
            "Messages that were deleted by who wrote them",
        ),
        (
            "sotto_reads",
            Kind::Reads,
            "Messages that were read, once for each reader",
        ),
    ] {
        let counter = ConstCounter::new(count(kind));
        counter.encode(to.encode_descriptor(name, help, None, MetricType::Counter)?)?;
    }
    for (family, label, prefix, help) in [
        ("sotto_rooms_ended", "how", "rooms_ended_", "Rooms that ended"),
        ("sotto_refusals", "why", "refused_", "Commands that were refused"),
        (
            "sotto_faults",
            "kind",
            "fault_",
            "Faults that connections caused, as of the last minute",
        ),
    ] {
        let mut encoder = to.encode_descriptor(family, help, None, MetricType::Counter)?;
        for (kind, name) in KINDS {
            if let Some(rest) = name.strip_prefix(prefix) {
                let labels = [(label, rest)];
                ConstCounter::new(count(kind)).encode(encoder.encode_family(&labels)?)?;
            }
        }
    }
    Ok(())
}

fn gauge(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    value: f64,
) -> Result<(), fmt::Error> {
    let encoder = to.encode_descriptor(name, help, unit, MetricType::Gauge)?;
    ConstGauge::new(value).encode(encoder)
}

fn one(
    encoder: &mut MetricEncoder<'_>,
    labels: [(&'static str, &'static str); 1],
    value: f64,
) -> Result<(), fmt::Error> {
    ConstGauge::new(value).encode(encoder.encode_family(&labels)?)
}

fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

fn micros(micros: u64) -> f64 {
    float(micros) / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}
