//! What an idle connection costs: joined, two to a room, and again after each has sent and received one message. The same
//! under TLS that the relay ends.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::load::{Size, Stencil, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::settings::Settings;
use crate::tunnel::Tunnel;
use crate::usage::{kernel_memory, memory};

/// What a connection may hold, each having sent and received a message.
const LIMIT: f64 = 6144.0;
/// How long all is quiet before it is measured.
const QUIET: Duration = Duration::from_secs(10);

/// As many at most under TLS: a tunnel has two more sockets and two buffers of its own for each.
const TUNNELS: u32 = 4000;

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let mut relay = Relay::start(&[]).await?;
    let address = relay.address().to_owned();
    let mut outcome = measure("idle", &mut relay, &address, settings.connections).await?;
    let resident = outcome.figures.get("rss_bytes_per_connection");
    let resident = resident.and_then(Value::as_f64).context("a figure")?;
    outcome.at_most("bytes RSS a connection", resident, LIMIT);
    Ok(outcome)
}

/// The same under TLS. There is no limit: it is the library's.
pub(crate) async fn run_tls(settings: &Settings) -> Result<Outcome> {
    let tunnel = Tunnel::prepare()?;
    let mut relay = Relay::start(&tunnel.flags().each_ref().map(String::as_str)).await?;
    let address = tunnel.open(relay.address()).await?;
    let connections = settings.connections.min(TUNNELS);
    measure("idle-tls", &mut relay, &address, connections).await
}

/// With so many connections to this address, which leads to the relay.
async fn measure(name: &str, relay: &mut Relay, address: &str, connections: u32) -> Result<Outcome> {
    let connections = connections / 2 * 2;
    let each = |bytes: f64| (bytes / f64::from(connections)).round();
    let process = relay.id();
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let (before, kernel_before) = (memory(process)?, kernel_memory());
    let mut rooms = rooms(address, 0, connections as usize / 2, &stencil).await?;
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

    // A tunnel's two ends would be counted, too.
    let kernel = kernel.zip(kernel_before).filter(|_| name == "idle");
    let kernel = kernel.map(|(now, then)| each(now - then));
    let rows = [
        ("RSS, joined", each(joined.rss - before.rss)),
        ("PSS, joined", each(joined.pss - before.pss)),
        ("RSS, each after a message", each(used.rss - before.rss)),
        ("PSS, each after a message", each(used.pss - before.pss)),
        ("kernel, both ends", kernel.unwrap_or(f64::NAN)),
    ];
    let mut table = format!("{name}: {connections} connections, bytes each\n");
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
    Ok(Outcome {
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
    })
}
