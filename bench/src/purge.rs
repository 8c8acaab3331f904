//! What an end of many rooms at once costs those that go on: people write in some rooms while time ends others.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::load::{Room, Size, Stencil, ending_rooms, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::settings::Settings;
use crate::spread::millis;

/// How many rooms go on, and how many end.
const GOING_ON: usize = 50;
const ENDING: usize = 2_000;
/// How long the others live, in seconds: long enough to make them all.
const LIFETIME: u32 = 60;
/// How often somebody writes in each room that goes on.
const PACE: Duration = Duration::from_millis(50);

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let flags = ["--lifetimes", "60s,30d", "--lifetime", "30d", "--grain", "1s"];
    let relay = Relay::start(&flags).await?;
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let mut ending = ending_rooms(relay.address(), 100_000, ENDING, LIFETIME, &stencil).await?;
    let first = Instant::now() + Duration::from_secs(LIFETIME.into());
    for room in &mut ending {
        let frame = room.next();
        room.send(&frame).await?;
    }
    let going_on = rooms(relay.address(), 0, GOING_ON, &stencil).await?;
    let (going_on, calm) = write(going_on, Instant::now() + settings.duration()).await?;

    sleep(first.saturating_duration_since(Instant::now() + Duration::from_secs(1))).await;
    let writing = tokio::spawn(write(going_on, first + settings.duration()));
    let mut ends = JoinSet::new();
    for mut room in ending {
        ends.spawn(async move {
            room.ended().await?;
            anyhow::Ok(Instant::now())
        });
    }
    let mut told = Vec::with_capacity(ENDING);
    while let Some(end) = ends.join_next().await {
        told.push(end??);
    }
    let (from, to) = told
        .iter()
        .min()
        .zip(told.iter().max())
        .context("no room ended")?;
    let (_, during) = writing.await??;
    let (calm, during) = (
        millis(calm.value_at_quantile(0.99)),
        millis(during.value_at_quantile(0.99)),
    );
    let lasted = to.duration_since(*from).as_secs_f64();
    let mut table = format!("purge: {ENDING} rooms end by time while {GOING_ON} others go on\n");
    writeln!(table, "{:<28} {lasted:>9.2}", "s from first to last end")?;
    writeln!(table, "{:<28} {calm:>9}", "p99 ms of a send before")?;
    writeln!(table, "{:<28} {during:>9}", "p99 ms of a send meanwhile")?;
    Ok(Outcome {
        table,
        figures: json!({ "seconds": lasted, "p99_ms_before": calm, "p99_ms_meanwhile": during }),
        missed: Vec::new(),
    })
}

/// Writes in each room at its pace.
async fn write(rooms: Vec<Room>, end: Instant) -> Result<(Vec<Room>, Histogram<u64>)> {
    let mut writing = JoinSet::new();
    for mut room in rooms {
        writing.spawn(async move {
            let mut latency = Histogram::<u64>::new(3)?;
            let mut due = Instant::now();
            while due < end {
                tokio::time::sleep_until(due).await;
                let frame = room.next();
                room.acknowledged(&frame).await?;
                latency.record(u64::try_from(due.elapsed().as_micros())?)?;
                room.delivered().await?;
                due += PACE;
            }
            anyhow::Ok((room, latency))
        });
    }
    let (mut all, mut back) = (Histogram::new(3)?, Vec::new());
    while let Some(done) = writing.join_next().await {
        let (room, latency) = done??;
        back.push(room);
        all.add(latency)?;
    }
    Ok((back, all))
}
