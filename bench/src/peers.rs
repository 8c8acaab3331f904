//! NATS over its own `WebSocket` listener, in the same run as the relay and on the part of the job that it can do: what one of a room
//! says goes to the other, and is stored nowhere. Debian's package `nats-server` must be installed.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, json};
use sotto_tests::process::Process;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::load::{Wire, framed};
use crate::outcome::Outcome;
use crate::relay::Since;
use crate::settings::Settings;
use crate::spread::{per_second, per_thousand};
use crate::typing::{AT_ONCE, ROOMS};

/// What a hint is in NATS: as many bytes as the relay's own.
const HINT: &str = "PUB SUBJECT 5\r\nhints\r\n";

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
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
    let mut table = format!(
        "typing, NATS: {AT_ONCE} hints at once in each room\n{:<8} {:>13} {:>20}\n",
        "rooms", "delivered/s", "server s per 1,000"
    );
    let (mut rates, mut servers) = (Map::new(), Map::new());
    for (round, count) in ROOMS.into_iter().enumerate() {
        let mut pairs = Vec::with_capacity(count);
        for number in 0..count {
            pairs.push(Pair::make(&address, &format!("r{round}.{number}")).await?);
        }
        let since = Since::now(server.id())?;
        let end = Instant::now() + settings.duration();
        let mut writing = JoinSet::new();
        for mut pair in pairs {
            writing.spawn(async move {
                let mut delivered = 0_usize;
                while Instant::now() < end {
                    pair.hints().await?;
                    delivered += AT_ONCE;
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
        writeln!(table, "{count:<8} {rate:>13} {cpu:>20}")?;
        rates.insert(count.to_string(), rate.into());
        servers.insert(count.to_string(), cpu.into());
    }
    Ok(Outcome {
        table,
        figures: json!({ "typing": { "delivered_per_s": rates, "server_cpu_s_per_1000": servers } }),
        missed: Vec::new(),
    })
}

/// Two connections to one subject: what each says comes to the other.
struct Pair {
    writer: Wire,
    reader: Wire,
    hints: Arc<[u8]>,
}

impl Pair {
    async fn make(address: &str, subject: &str) -> Result<Self> {
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
            hints: hint.repeat(AT_ONCE).into(),
        })
    }

    async fn hints(&mut self) -> Result<()> {
        self.writer.send(&self.hints).await?;
        let mut came = 0;
        // NATS puts several into one frame.
        while came < AT_ONCE {
            let frame = self.reader.frame().await?;
            came += frame.windows(5).filter(|five| five == b"hints").count();
        }
        Ok(())
    }
}

async fn connected(address: &str) -> Result<Wire> {
    let mut wire = Wire::upgrade(address, "/", "").await?;
    ensure!(wire.frame().await?.starts_with(b"INFO "), "NATS says who it is");
    wire.send(&framed(b"CONNECT {\"verbose\":false,\"pedantic\":false}\r\n"))
        .await?;
    Ok(wire)
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
