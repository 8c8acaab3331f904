//! What the same job costs without a relay, and with it, in turns: the rows of a message written by SQLite alone in groups, the
//! relay's own and, beside them, plain ones; and its bytes carried by the relay's socket library alone. Nothing that stores and
//! forwards with these two can be cheaper than their sum.

mod echo;
mod sqlite;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value, json};
use sotto_tests::process::Process;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use crate::load::{Size, Stencil, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::send::{LIMITED, closed};
use crate::settings::Settings;
use crate::spread::Spread;

pub(crate) use echo::serve as echo;

/// How often relay and floor have their turn.
const ROUNDS: usize = 5;
/// How many times the floor the relay may take.
const ABOVE: f64 = 2.0;

/// CPU seconds for 1,000 messages of one round.
struct Round {
    store: f64,
    carry: f64,
    relay: f64,
}

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let mut outcome = Outcome {
        table: format!(
            "floor: CPU s per 1,000 messages of {LIMITED} rooms, medians of {ROUNDS} rounds in turns; SQLite in groups of 50\n\
             {:<8} {:>12} {:>10} {:>10} {:>10} {:>10} {:>8}\n",
            "size", "plain rows", "our rows", "sockets", "together", "relay", "times"
        ),
        figures: json!({}),
        missed: Vec::new(),
    };
    let mut figures = Map::new();
    let mut keep = |figure: &str, size: Size, value: f64| {
        if let Value::Object(sizes) = figures.entry(figure).or_insert_with(|| json!({})) {
            sizes.insert(size.name().to_owned(), value.into());
        }
    };
    for size in Size::ALL {
        let plain = sqlite::measure(&sqlite::PLAIN, Stencil::make(size)?.length(), settings.duration())?;
        let rounds = in_turns(size, settings.duration()).await?;
        let median = |figure: fn(&Round) -> f64| {
            let spread = Spread::rounded(rounds.iter().map(figure), 1e4);
            spread.map_or(f64::NAN, |spread| spread.median)
        };
        let (store, carry) = (median(|round| round.store), median(|round| round.carry));
        let (both, relay) = (median(Round::floor), median(|round| round.relay));
        let times = median(|round| round.relay / round.floor());
        writeln!(
            outcome.table,
            "{:<8} {plain:>12} {store:>10} {carry:>10} {both:>10} {relay:>10} {times:>8.2}",
            size.name()
        )?;
        outcome.at_most(
            &format!(
                "send, {} bytes, {LIMITED} rooms: server s, to the floor",
                size.name()
            ),
            times,
            ABOVE,
        );
        keep("plain_cpu_s_per_1000", size, plain);
        keep("sqlite_cpu_s_per_1000", size, store);
        keep("echo_cpu_s_per_1000", size, carry);
        keep("cpu_s_per_1000", size, both);
        keep("relay_to_floor", size, times);
    }
    let hints = hints(settings).await?;
    writeln!(outcome.table, "typing   {hints:>35}")?;
    figures.insert("typing_cpu_s_per_1000".to_owned(), hints.into());
    outcome.figures = figures.into();
    Ok(outcome)
}

impl Round {
    fn floor(&self) -> f64 {
        self.store + self.carry
    }
}

/// Relay and floor one after the other, many times: the machine changes by more from minute to minute than the relay may.
async fn in_turns(size: Size, duration: Duration) -> Result<Vec<Round>> {
    let stencil = Arc::new(Stencil::make(size)?);
    let mut relay = Relay::start(&[]).await?;
    let mut writing = rooms(relay.address(), 0, LIMITED, &stencil).await?;
    let (sockets, address) = started().await?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let (load, back) = closed(&mut relay, writing, duration).await?;
        writing = back;
        rounds.push(Round {
            store: sqlite::measure(&sqlite::OURS, stencil.length(), duration)?,
            carry: echo::messages(sockets.id(), &address, stencil.length(), duration).await?,
            relay: load.server(),
        });
    }
    Ok(rounds)
}

/// The microseconds that a message of this length takes over sockets alone, with a rest before each.
pub(crate) async fn carried(length: usize, rest: Duration) -> Result<u64> {
    let (_server, address) = started().await?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    spawn_blocking(move || runtime.block_on(echo::rested(&address, length, rest))).await?
}

/// The microseconds that SQLite alone takes for a message of this length, with a rest before each.
pub(crate) fn stored(length: usize, rest: Duration) -> Result<u64> {
    sqlite::rested(&sqlite::OURS, length, rest)
}

/// The sockets' part for hints.
async fn hints(settings: &Settings) -> Result<f64> {
    let (server, address) = started().await?;
    echo::hints(server.id(), &address, settings.duration()).await
}

async fn started() -> Result<(Process, String)> {
    let program = std::env::current_exe()?;
    let mut process = Process::start(Path::new(&program), &["--echo".to_owned()], &[])?;
    let address = process.line_after("listening on ").await?;
    Ok((process, address))
}
