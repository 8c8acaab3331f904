//! NATS over its own `WebSocket` listener, in the same run as the relay and on the part of the job that it can do: what one of a room
//! says goes to the other, is stored nowhere, and is not acknowledged (not `verbose`, in NATS). Debian's package `nats-server` must be
//! installed.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};
use sotto_tests::process::Process;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::load::{Wire, framed};
use crate::outcome::Outcome;
use crate::settings::Settings;
use crate::spread::{per_second, per_thousand};
use crate::typing::{LIMIT, MANY, loads};
use crate::usage::Since;

/// What a hint is in NATS: as many bytes as the relay's own.
const HINT: &str = "PUB SUBJECT 5\r\nhints\r\n";

/// `typing` is what the relay came to in this run, if that was measured.
pub(crate) async fn run(settings: &Settings, typing: Option<&Value>) -> Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let port = free_port()?;
    let file = folder.path().join("nats.conf");
    std::fs::write(
        &file,
        format!("listen: \"127.0.0.1:-1\"\nwebsocket {{ listen: \"127.0.0.1:{port}\", no_tls: true }}\n"),
    )?;
    let file = file.to_str().context("a path of text")?.to_owned();
    let mut server = Process::start(Path::new("nats-server"), &["-c".to_owned(), file], &[])?;
    server
        .line_after("Server is ready")
        .await
        .context("is Debian's nats-server installed?")?;
    let address = format!("127.0.0.1:{port}");
    let mut outcome = Outcome {
        table: format!(
            "typing, NATS: {MANY} hints at once in each room, or one by one; more when the other has them\n\
             {:<16} {:>13} {:>20} {:>20}\n",
            "rooms", "delivered/s", "server s per 1,000", "client s per 1,000"
        ),
        figures: json!({}),
        missed: Vec::new(),
    };
    let (mut rates, mut servers) = (Map::new(), Map::new());
    for (count, at_once, name) in loads() {
        let mut pairs = Vec::with_capacity(count);
        for number in 0..count {
            pairs.push(Pair::make(&address, &format!("{name}.{number}"), at_once).await?);
        }
        let since = Since::now(server.id())?;
        let end = Instant::now() + settings.duration();
        let mut writing = JoinSet::new();
        for mut pair in pairs {
            writing.spawn(async move {
                let mut delivered = 0_usize;
                while Instant::now() < end {
                    pair.hints(at_once).await?;
                    delivered += at_once;
                }
                anyhow::Ok(delivered)
            });
        }
        let mut delivered = 0;
        while let Some(done) = writing.join_next().await {
            delivered += done??;
        }
        let spent = since.spent()?;
        let (rate, cpu) = (
            per_second(delivered, spent.clock),
            per_thousand(spent.server, delivered),
        );
        let client = per_thousand(spent.client, delivered);
        writeln!(outcome.table, "{name:<16} {rate:>13} {cpu:>20} {client:>20}")?;
        // The figures that the relay is held to were measured one by one.
        let ours = |figure| typing.and_then(|typing: &Value| typing.get(figure)?.get(&name)?.as_f64());
        if at_once == 1
            && let (Some(our_rate), Some(our_cpu)) = (ours("delivered_per_s"), ours("server_cpu_s_per_1000"))
        {
            outcome.at_least(
                &format!("typing, {name}: delivered a second, as NATS"),
                our_rate,
                rate,
            );
            outcome.at_most(
                &format!("typing, {name}: server s, to that of NATS"),
                our_cpu / cpu,
                LIMIT / reference(count),
            );
        }
        rates.insert(name.clone(), rate.into());
        servers.insert(name, cpu.into());
    }
    outcome.figures = json!({ "typing": { "delivered_per_s": rates, "server_cpu_s_per_1000": servers } });
    Ok(outcome)
}

/// CPU of NATS 2.9.10 for 1,000 that were delivered, in so many rooms, on the machine that the relay's limit was set on. On
/// another the limit is as many times dearer as NATS is.
const fn reference(rooms: usize) -> f64 {
    if rooms < 500 { 0.014 } else { 0.021 }
}

/// Two connections to one subject: what each says comes to the other.
struct Pair {
    writer: Wire,
    reader: Wire,
    hints: Arc<[u8]>,
}

impl Pair {
    async fn make(address: &str, subject: &str, at_once: usize) -> Result<Self> {
        let mut reader = connected(address).await?;
        // An answer to the PING says that the subscription is there.
        reader
            .send(&framed(format!("SUB {subject} 1\r\nPING\r\n").as_bytes()))
            .await?;
        let mut answered = Vec::new();
        while !answered.ends_with(b"PONG\r\n") {
            answered.extend_from_slice(reader.frame().await?);
        }
        let hint = framed(HINT.replace("SUBJECT", subject).as_bytes());
        Ok(Self {
            writer: connected(address).await?,
            reader,
            hints: hint.repeat(at_once).into(),
        })
    }

    async fn hints(&mut self, at_once: usize) -> Result<()> {
        self.writer.send(&self.hints).await?;
        take(&mut self.reader, b"hints", at_once).await
    }
}

/// Waits until so many of these have come. NATS puts several into one frame.
async fn take(wire: &mut Wire, five: &[u8; 5], count: usize) -> Result<()> {
    let mut came = 0;
    while came < count {
        came += wire.frame().await?.windows(5).filter(|some| some == five).count();
    }
    Ok(())
}

async fn connected(address: &str) -> Result<Wire> {
    let mut wire = Wire::upgrade(address, "/", "").await?;
    ensure!(wire.frame().await?.starts_with(b"INFO "), "NATS says who it is");
    wire.send(&framed(
        b"CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n",
    ))
    .await?;
    take(&mut wire, b"PONG\r", 1).await?;
    Ok(wire)
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
