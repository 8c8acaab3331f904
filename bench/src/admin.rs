//! What dashboards cost that are left open: CPU of a relay at rest, and latency of messages that come by the clock.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::load::{Size, Stencil, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::send::rated;
use crate::settings::Settings;
use crate::spread::Spread;
use crate::usage::Since;

/// How many dashboards are open.
const DASHBOARDS: usize = 10;
/// How long the relay is looked at while nobody does anything else.
const MINUTE: Duration = Duration::from_mins(1);
/// How much of a core they may take.
const CORE: f64 = 0.01;
/// Rooms that write, how many messages a second together, and how often that is measured with dashboards and without.
const ROOMS: usize = 200;
const RATE: u32 = 500;
const ROUNDS: usize = 5;
/// What is noise.
const NOISE: f64 = 1.2;
const PASSWORD: &str = "a-password-of-the-bench";

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let mut relay = Relay::start(&["--admin-listen", "127.0.0.1:0"]).await?;
    sotto_relay::admin::password::set(relay.data(), PASSWORD)?;
    let address = relay.admin()?;
    let cookie = log_in(&address).await?;
    let alone = share(&mut relay).await?;
    let mut dashboards = open(&address, &cookie).await?;
    let watched = share(&mut relay).await?;
    dashboards.shutdown().await;

    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let mut set = rooms(relay.address(), 0, ROOMS, &stencil).await?;
    let mut latencies = [const { (Vec::new(), Vec::new()) }; 2];
    for _ in 0..ROUNDS {
        for (with, (p50s, p99s)) in [false, true].into_iter().zip(&mut latencies) {
            let dashboards = if with {
                open(&address, &cookie).await?
            } else {
                JoinSet::new()
            };
            let (load, back) = rated(&mut relay, set, RATE, settings.duration()).await?;
            set = back;
            ensure!(
                dashboards.len() == if with { DASHBOARDS } else { 0 },
                "a dashboard was closed"
            );
            p50s.push(load.at(0.5) * 100.0);
            p99s.push(load.at(0.99) * 100.0);
        }
    }
    let median = |some: &[f64]| {
        Spread::of(some.iter().copied())
            .map(|spread| spread.median / 100.0)
            .context("a latency")
    };
    let [(p50, p99), (p50_with, p99_with)] = latencies;
    let [p50, p99, p50_with, p99_with] = [
        median(&p50)?,
        median(&p99)?,
        median(&p50_with)?,
        median(&p99_with)?,
    ];
    let mut table = format!(
        "admin: {:<30} {:>9} {:>14}\n",
        "",
        "none open",
        format!("{DASHBOARDS} open")
    );
    writeln!(
        table,
        "{:<37} {alone:>9.4} {watched:>14.4}",
        "share of a core, at rest"
    )?;
    writeln!(
        table,
        "{:<37} {p50:>9} {p50_with:>14}",
        format!("p50 in ms at {RATE} messages a second")
    )?;
    writeln!(table, "{:<37} {p99:>9} {p99_with:>14}", "p99")?;
    let mut outcome = Outcome {
        table,
        figures: json!({
            "core": watched, "core_without": alone, "p50_ms": p50_with, "p50_ms_without": p50,
            "p99_ms": p99_with, "p99_ms_without": p99,
        }),
        missed: Vec::new(),
    };
    outcome.at_most("admin, share of a core", watched, CORE);
    outcome.at_most("admin, p50 to that without a dashboard", p50_with / p50, NOISE);
    Ok(outcome)
}

/// How much of a core the relay takes, over a minute.
async fn share(relay: &mut Relay) -> Result<f64> {
    let since = Since::now(relay.id())?;
    tokio::time::sleep(MINUTE).await;
    let spent = since.spent()?;
    Ok(spent.server / spent.clock.as_secs_f64())
}

/// Logs in, and gives the cookie.
async fn log_in(address: &str) -> Result<String> {
    let body = format!("password={PASSWORD}");
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "POST /admin/login HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let cookie = cookie.and_then(|cookie| cookie.split(';').next());
    Ok(cookie
        .with_context(|| format!("not logged in: {answer}"))?
        .to_owned())
}

/// Opens the dashboards, and takes what they are sent; each has been sent something when this returns.
async fn open(address: &str, cookie: &str) -> Result<JoinSet<Result<()>>> {
    let mut open = JoinSet::new();
    for _ in 0..DASHBOARDS {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /admin/live HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut lines = BufReader::new(stream).lines();
        while !lines
            .next_line()
            .await?
            .context("a dashboard was refused")?
            .starts_with("data:")
        {}
        open.spawn(async move {
            while lines.next_line().await?.is_some() {}
            Ok(())
        });
    }
    Ok(open)
}
