//! Measures the WebSocket layers that a relay could stand on under one load: `./build.sh bench layers`. What came of it is
//! in `docs/decisions/websocket-layer.md`.
//!
//! For each layer this program starts itself once more as the server, and loads it over real sockets: what an idle
//! connection holds of memory, and what a frame costs that goes from one connection to another. Each byte that comes back
//! is compared.

mod layers;
// The relay's own: the codec that comes and goes, and what it stands on.
#[expect(dead_code, reason = "the whole file, of which this uses a part")]
#[path = "../../../relay/src/socket/link.rs"]
mod link;
#[expect(
    dead_code,
    unreachable_pub,
    reason = "the whole file, of which this uses a part"
)]
#[path = "../../../relay/src/socket/stream.rs"]
mod stream;
// What bench has for its own scenarios.
#[expect(dead_code, reason = "the whole file, of which this uses a part")]
#[path = "../../src/machine.rs"]
mod machine;
#[expect(dead_code, reason = "the whole file, of which this uses a part")]
#[path = "../../src/usage.rs"]
mod usage;
#[expect(dead_code, reason = "the whole file, of which this uses a part")]
#[path = "../../src/load/wire.rs"]
mod wire;

use std::io::{BufRead as _, BufReader, Write as _, stdout};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, ValueEnum};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::layers::{DONE, Layer};
use crate::usage::{Since, memory};
use crate::wire::{Wire, framed};

/// Measures WebSocket layers under one load.
#[derive(Debug, Parser)]
struct Args {
    /// Which; all if it is left out.
    layers: Vec<Layer>,
    /// How many seconds each load lasts.
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    seconds: u64,
    /// How many connections are idle.
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    connections: usize,
    /// Serves, for this program, which starts itself once more.
    #[arg(long, hide = true)]
    serve: Option<Layer>,
}

/// What each idle connection receives and sends.
const MESSAGE: usize = 4000;
/// How long all is quiet before memory is measured.
const QUIET: Duration = Duration::from_secs(3);

/// Bytes of a frame, pairs of connections, frames under way in each.
const LOADS: [(usize, usize, usize); 8] = [
    (5, 50, 1),
    (5, 50, 16),
    (5, 500, 1),
    (5, 500, 16),
    (3500, 50, 1),
    (3500, 50, 16),
    (3500, 500, 1),
    (3500, 500, 16),
];

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(layer) = args.serve {
        return layers::serve(layer).await;
    }
    let chosen = match args.layers.as_slice() {
        [] => Layer::value_variants(),
        some => some,
    };
    let mut out = stdout();
    writeln!(out, "{}\n", machine::line())?;
    writeln!(
        out,
        "bytes RSS of each of {} connections: upgraded, and after a frame of {MESSAGE}",
        args.connections
    )?;
    writeln!(
        out,
        "server CPU s per 1,000 delivered / delivered a second: bytes, pairs, at once\n"
    )?;
    write!(out, "{:<18} {:>8} {:>8}", "", "upgraded", "used")?;
    for (length, pairs, at_once) in LOADS {
        write!(out, " {:>16}", format!("{length} {pairs} {at_once}"))?;
    }
    writeln!(out)?;
    for layer in chosen {
        let value = layer.to_possible_value().context("a name")?;
        write!(out, "{:<18}", value.get_name())?;
        let [upgraded, used] = idle(*layer, args.connections / 2)
            .await
            .with_context(|| format!("{layer:?}, idle"))?;
        write!(out, " {upgraded:>8.0} {used:>8.0}")?;
        let server = Server::start(*layer)?;
        for load in LOADS {
            let (cpu, rate) = carried(&server, load, Duration::from_secs(args.seconds))
                .await
                .with_context(|| format!("{layer:?}, {load:?}"))?;
            write!(out, " {:>16}", format!("{cpu:.5}/{rate:.0}"))?;
            out.flush()?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A server in a process of its own.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(layer: Layer) -> Result<Self> {
        let value = layer.to_possible_value().context("a name")?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--serve", value.get_name()])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        BufReader::new(process.stdout.take().context("no output")?).read_line(&mut address)?;
        address.truncate(address.trim_end().len());
        Ok(Self { process, address })
    }

    /// So many pairs of connections.
    async fn pairs(&self, count: usize) -> Result<Vec<[Wire; 2]>> {
        let mut pairs = Vec::with_capacity(count);
        for number in 0..count {
            let path = format!("/ws?{number}");
            let end = || Wire::upgrade(&self.address, &path, "");
            pairs.push([end().await?, end().await?]);
        }
        Ok(pairs)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Bytes each connection holds: upgraded, and after each has sent a frame and received one.
async fn idle(layer: Layer, pairs: usize) -> Result<[f64; 2]> {
    let server = Server::start(layer)?;
    let rss = || anyhow::Ok(memory(server.process.id())?.rss);
    let before = rss()?;
    let mut connections = server.pairs(pairs).await?;
    tokio::time::sleep(QUIET).await;
    let upgraded = rss()?;
    let payload = vec![vec![1; MESSAGE]];
    let frame = framed(&vec![1; MESSAGE]);
    for [one, other] in &mut connections {
        exchange(one, other, &frame, &payload).await?;
        exchange(other, one, &frame, &payload).await?;
    }
    tokio::time::sleep(QUIET).await;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    Ok([upgraded, rss()?].map(|bytes| (bytes - before) / (2 * pairs) as f64))
}

/// Sends these frames, and has each acknowledged and delivered, in order and byte for byte.
async fn exchange(from: &mut Wire, to: &mut Wire, frames: &[u8], payloads: &[Vec<u8>]) -> Result<()> {
    from.send(frames).await?;
    for payload in payloads {
        ensure!(from.frame().await? == DONE, "another acknowledgement");
        ensure!(to.frame().await? == payload, "other bytes came");
    }
    Ok(())
}

/// Server CPU seconds for 1,000 delivered, and delivered a second.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
async fn carried(
    server: &Server,
    (length, pairs, at_once): (usize, usize, usize),
    duration: Duration,
) -> Result<(f64, f64)> {
    // Each frame of a batch differs from the others.
    let payloads: Arc<[Vec<u8>]> = (1..).map(|byte| vec![byte; length]).take(at_once).collect();
    let frames: Arc<[u8]> = payloads.iter().flat_map(|payload| framed(payload)).collect();
    let pairs = server.pairs(pairs).await?;
    let since = Since::now(server.process.id())?;
    let end = Instant::now() + duration;
    let mut carrying = JoinSet::new();
    for [mut one, mut other] in pairs {
        let (frames, payloads) = (Arc::clone(&frames), Arc::clone(&payloads));
        carrying.spawn(async move {
            let mut count = 0_usize;
            while Instant::now() < end {
                exchange(&mut one, &mut other, &frames, &payloads).await?;
                count += payloads.len();
                std::mem::swap(&mut one, &mut other);
            }
            anyhow::Ok(count)
        });
    }
    let mut count = 0.0;
    while let Some(done) = carrying.join_next().await {
        count += done?? as f64;
    }
    let spent = since.spent()?;
    Ok((spent.server / count * 1000.0, count / spent.clock.as_secs_f64()))
}
