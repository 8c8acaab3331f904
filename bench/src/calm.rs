//! A message now and then; and beside it, as seldom, one flush of the same disk, the same row by SQLite alone, and the same bytes
//! over sockets alone.

use std::fmt::Write as _;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use serde_json::json;

use crate::disk::{self, At};
use crate::floor;
use crate::load::{Size, Stencil, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::send::{histogram, micros};
use crate::settings::Settings;
use crate::spread::{Spread, millis};

/// Over how many rooms one thread writes, and how often a second.
const ROOMS: usize = 50;
const RATE: u32 = 200;
const GAP: Duration = Duration::from_millis(1000 / RATE as u64);
/// How often it is measured; the medians count.
const ROUNDS: u64 = 5;
/// How many times a flush of the disk p50 may be.
const ABOVE_DISK: f64 = 1.5;

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let relay = Relay::start(&[]).await?;
    let (mut p50s, mut p99s, mut stored, mut carried) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut busy, mut rested, mut over) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        busy.push(millis(disk::flush(relay.data(), At::End, Duration::ZERO)?));
        let latency = alone(&relay, &stencil, 10_000 * round, settings.duration()).await?;
        p50s.push(millis(latency.value_at_quantile(0.5)));
        p99s.push(millis(latency.value_at_quantile(0.99)));
        rested.push(millis(disk::flush(relay.data(), At::End, GAP)?));
        over.push(millis(disk::flush(relay.data(), At::Zeros, GAP)?));
        stored.push(millis(floor::stored(stencil.length(), GAP)?));
        carried.push(millis(floor::carried(stencil.length(), GAP).await?));
    }
    let mut outcome = Outcome {
        table: format!(
            "calm: {RATE} messages a second in {ROOMS} rooms, {ROUNDS} rounds; ms\n{:<40} {:>9} {:>9} {:>9}\n",
            "", "least", "median", "most"
        ),
        figures: json!({}),
        missed: Vec::new(),
    };
    let mut medians = Vec::new();
    for (name, measured) in [
        ("a message, p50", p50s),
        ("a message, p99", p99s),
        ("one fdatasync at this rate", rested),
        ("the same, written over zeros", over),
        ("one fdatasync right after another", busy),
        ("SQLite alone, at this rate", stored),
        ("sockets alone, at this rate", carried),
    ] {
        let Spread { min, median, max } = Spread::fine(measured).context("nothing was measured")?;
        writeln!(outcome.table, "{name:<40} {min:>9.2} {median:>9.2} {max:>9.2}")?;
        medians.push(median);
    }
    if let [p50, p99, rested, over, busy, stored, carried] = medians.as_slice() {
        outcome.at_most(
            "calm: p50 to one fdatasync at this rate",
            p50 / rested,
            ABOVE_DISK,
        );
        outcome.figures = json!({ "p50_ms": p50, "p99_ms": p99, "fdatasync_rested_ms": rested, "fdatasync_over_ms": over, "fdatasync_busy_ms": busy, "sqlite_ms": stored, "echo_ms": carried });
    }
    Ok(outcome)
}

/// By the clock, from one thread that does nothing else: nobody on this side has to be woken before a message leaves.
async fn alone(
    relay: &Relay,
    stencil: &Arc<Stencil>,
    first: u64,
    duration: Duration,
) -> Result<Histogram<u64>> {
    let (address, stencil) = (relay.address().to_owned(), Arc::clone(stencil));
    let work = async move {
        let mut set = rooms(&address, first, ROOMS, &stencil).await?;
        let start = Instant::now();
        let (mut latency, mut number) = (histogram()?, 0);
        while start.elapsed() < duration {
            for room in &mut set {
                let frame = room.next();
                let due = start + GAP * number;
                let early = due.saturating_duration_since(Instant::now());
                thread::sleep(early);
                // Late by what the system takes to wake a thread, which is not the relay's time; a message that waited for the
                // one before it is late by the relay's.
                let moment = if early.is_zero() { due } else { Instant::now() };
                room.acknowledged(&frame).await?;
                latency.record(micros(moment.elapsed()))?;
                room.delivered().await?;
                number += 1;
            }
        }
        Ok(latency)
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    tokio::task::spawn_blocking(move || runtime.block_on(work)).await?
}
