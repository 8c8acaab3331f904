//! Whether cost grows with what there is to do, and with nothing else: bytes of a connection, and CPU of a message of the
//! same rooms, among few connections and among many.
//!
//! What is kept of rooms and pages is bounded, the same for a hundred rooms and for a million. It is filled first, and
//! counted apart.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::load::{Room, Size, Stencil, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::send::closed;
use crate::settings::Settings;
use crate::usage::memory;

/// How many rooms fill what is bounded.
const FILL: usize = 4_000;
const SOME: usize = 20;
/// How many connections are few.
const FEW: u32 = 1_000;
/// How much dearer one may be among many, and how much cheaper among few.
const ALIKE: f64 = 1.15;
const QUIET: Duration = Duration::from_secs(10);

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let many = settings.connections.max(2 * FEW) / 2 * 2;
    let mut relay = Relay::start(&[]).await?;
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let empty = memory(relay.id())?.rss;
    // Some at a time: what many connections give back would be taken for what the next do not need.
    for from in (0..FILL as u64).step_by(SOME) {
        drop(used(&relay, from, SOME, &stencil).await?);
    }
    tokio::time::sleep(QUIET).await;
    let filled = memory(relay.id())?.rss;

    let few = used(&relay, 10_000, FEW as usize / 2, &stencil).await?;
    let few_bytes = each(&mut relay, filled, FEW).await?;
    let (load, few) = closed(&mut relay, few, settings.duration()).await?;
    let few_cpu = load.server();
    let others = used(&relay, 20_000, (many - FEW) as usize / 2, &stencil).await?;
    let many_bytes = each(&mut relay, filled, many).await?;
    let (load, _) = closed(&mut relay, few, settings.duration()).await?;
    let many_cpu = load.server();
    drop(others);

    let fixed = filled - empty;
    let mut table = format!("linear: {fixed:.0} bytes for whatever number of connections\n");
    writeln!(
        table,
        "{:<12} {:>18} {:>20}",
        "connections", "bytes RSS of each", "server s per 1,000"
    )?;
    writeln!(table, "{FEW:<12} {few_bytes:>18} {few_cpu:>20}")?;
    writeln!(table, "{many:<12} {many_bytes:>18} {many_cpu:>20}")?;
    let mut outcome = Outcome {
        table,
        figures: json!({
            "fixed_bytes": fixed,
            "rss_bytes_per_connection": { FEW.to_string(): few_bytes, many.to_string(): many_bytes },
            "server_cpu_s_per_1000": { FEW.to_string(): few_cpu, many.to_string(): many_cpu },
        }),
        missed: Vec::new(),
    };
    for (what, few, many) in [
        ("bytes RSS", few_bytes, many_bytes),
        ("server s per 1,000", few_cpu, many_cpu),
    ] {
        outcome.at_most(
            &format!("linear, {what} among many, to those among few"),
            many / few,
            ALIKE,
        );
    }
    Ok(outcome)
}

/// Rooms in which each has sent and received a message.
async fn used(relay: &Relay, from: u64, count: usize, stencil: &Arc<Stencil>) -> Result<Vec<Room>> {
    let mut rooms = rooms(relay.address(), from, count, stencil).await?;
    for room in &mut rooms {
        for _ in 0..2 {
            let frame = room.next();
            room.send(&frame).await?;
        }
    }
    Ok(rooms)
}

async fn each(relay: &mut Relay, before: f64, connections: u32) -> Result<f64> {
    tokio::time::sleep(QUIET).await;
    Ok(((memory(relay.id())?.rss - before) / f64::from(connections)).round())
}
