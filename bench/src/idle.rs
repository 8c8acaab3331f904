//! What an idle connection costs: joined, two to a room, and again after each has sent and received one message.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::load::{Size, Stencil, rooms};
use crate::outcome::Outcome;
use crate::relay::{Relay, kernel_memory, memory};
use crate::settings::Settings;

/// What a connection may hold, each having sent and received a message.
const LIMIT: f64 = 6144.0;
/// How long all is quiet before it is measured.
const QUIET: Duration = Duration::from_secs(10);

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let connections = settings.connections / 2 * 2;
    let each = |bytes: f64| (bytes / f64::from(connections)).round();
    let mut relay = Relay::start(&[]).await?;
    let process = relay.id();
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let (before, kernel_before) = (memory(process)?, kernel_memory());
    let mut rooms = rooms(relay.address(), 0, connections as usize / 2, &stencil).await?;
    tokio::time::sleep(QUIET).await;
    let (joined, kernel) = (memory(process)?, kernel_memory());
    for room in &mut rooms {
        for _ in 0..2 {
            let frame = room.next();
            room.send(&frame).await?;
        }
    }
    tokio::time::sleep(QUIET).await;
    let used = memory(process)?;

    let kernel = kernel.zip(kernel_before).map(|(now, then)| each(now - then));
    let rows = [
        ("RSS, joined", each(joined.rss - before.rss)),
        ("PSS, joined", each(joined.pss - before.pss)),
        ("RSS, each after a message", each(used.rss - before.rss)),
        ("PSS, each after a message", each(used.pss - before.pss)),
        ("kernel, both ends", kernel.unwrap_or(f64::NAN)),
    ];
    let mut table = format!("idle: {connections} connections, bytes each\n");
    for (name, bytes) in rows {
        writeln!(table, "{name:<28} {bytes:>9}")?;
    }
    let [
        (_, first_resident),
        (_, first_shared),
        (_, resident),
        (_, shared),
        _,
    ] = rows;
    let mut outcome = Outcome {
        table,
        figures: json!({
            "connections": connections,
            "rss_bytes_per_connection": resident,
            "pss_bytes_per_connection": shared,
            "joined_rss_bytes_per_connection": first_resident,
            "joined_pss_bytes_per_connection": first_shared,
            "kernel_bytes_per_connection": kernel,
        }),
        missed: Vec::new(),
    };
    outcome.at_most("bytes RSS a connection", resident, LIMIT);
    Ok(outcome)
}
