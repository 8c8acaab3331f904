//! What one bad connection does to other rooms: p99 of messages that come by the clock, with and without it.
//!
//! Whoever is bad is a process of its own, so that it shares no thread with the rooms that are measured. It still takes
//! its part of the same cores. What it takes of them beside any server is measured by a control: the same process with the
//! same bytes at the same pace, and at the other end one that reads them and does nothing. The limit is held against what
//! there is without anybody; the control stands beside it.

mod act;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Map, json};
use sotto_tests::process::Process;

pub(crate) use self::act::{Act, act};
use self::act::{Did, Flood};
use crate::load::{Room, Size, Stencil, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::send::{Load, rated};
use crate::settings::Settings;
use crate::spread::Spread;

/// How many rooms go on as they did, and with how many messages a second together.
const ROOMS: usize = 200;
const RATE: u32 = 500;
/// The number of the room that those are in who are bad.
const BAD: u64 = 10_000;
/// How often each is measured, one after another; the median counts.
const ROUNDS: usize = 5;
/// How long each lasts at least. One that floods is left standing, closed, and comes back within five seconds: what is measured
/// over less is how it comes, and not what it does to others from then on.
const LEAST: Duration = Duration::from_secs(8);
/// How much p99 may grow.
const LIMIT: f64 = 1.2;

/// What one connection does, and when it is closed for it, the next one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Neighbour {
    None,
    /// Has a seat, and sends hints as fast as they are taken.
    Floods,
    /// The same bytes at the same pace as the one before, and no relay at the other end.
    FloodsControl,
    /// Floods with what time nobody else wants: as near as one machine comes to a flood from elsewhere.
    FloodsIdle,
    /// Floods, and cuts the connection as soon as it is made to wait.
    Hurries,
    /// The same bytes at the same pace as the one before, and no relay at the other end.
    HurriesControl,
    /// Has a seat, is sent what the other of its room may send, and reads nothing.
    ReadsNothing,
    /// Sends what is no frame.
    Garbage,
}

const ALL: [(Neighbour, &str); 8] = [
    (Neighbour::None, "none"),
    (Neighbour::Floods, "floods"),
    (Neighbour::FloodsControl, "floods_control"),
    (Neighbour::FloodsIdle, "floods_idle"),
    (Neighbour::Hurries, "hurries"),
    (Neighbour::HurriesControl, "hurries_control"),
    (Neighbour::ReadsNothing, "reads_nothing"),
    (Neighbour::Garbage, "garbage"),
];
/// For which the limit holds. One that hurries is not one connection but many, and its own system's work at that.
const HELD: [Neighbour; 3] = [Neighbour::Floods, Neighbour::ReadsNothing, Neighbour::Garbage];

/// What was measured beside one.
#[derive(Default)]
struct Beside {
    p99: Vec<f64>,
    server: Vec<f64>,
    did: Did,
}

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let mut relay = Relay::counting(&[]).await?;
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let mut set = rooms(relay.address(), 0, ROOMS, &stencil).await?;
    drop(rooms(relay.address(), BAD, 1, &stencil).await?);
    let mut sink = started(&Act::Sink, &[])?;
    let sink_address = sink.line_after("listening on ").await?;
    let duration = settings.duration().max(LEAST);
    let mut measured: [Beside; ALL.len()] = std::array::from_fn(|_| Beside::default());
    for _ in 0..ROUNDS {
        let mut last = Did::default();
        for ((neighbour, _), beside) in ALL.into_iter().zip(&mut measured) {
            let to = |flood| Act::Floods {
                address: relay.address().to_owned(),
                flood,
            };
            let act = match neighbour {
                Neighbour::None => None,
                Neighbour::Floods | Neighbour::FloodsIdle => Some(to(Flood::Waits)),
                Neighbour::Hurries => Some(to(Flood::Hurries)),
                Neighbour::FloodsControl | Neighbour::HurriesControl => Some(Act::Floods {
                    address: sink_address.clone(),
                    flood: last.again(duration),
                }),
                Neighbour::ReadsNothing => Some(Act::ReadsNothing(relay.address().to_owned())),
                Neighbour::Garbage => Some(Act::Garbage(relay.address().to_owned())),
            };
            let (load, did, back) = beside_one(&mut relay, set, act, neighbour, duration).await?;
            set = back;
            beside.p99.push(load.at(0.99));
            beside.server.push(load.server());
            beside.did.add(did);
            last = did;
        }
    }
    told(measured)
}

/// The rooms' messages beside one who acts, and what it did.
async fn beside_one(
    relay: &mut Relay,
    set: Vec<Room>,
    act: Option<Act>,
    neighbour: Neighbour,
    duration: Duration,
) -> Result<(Load, Did, Vec<Room>)> {
    let Some(act) = act else {
        let (load, back) = rated(relay, set, RATE, duration).await?;
        return Ok((load, Did::default(), back));
    };
    let idle: &[&str] = match neighbour {
        Neighbour::FloodsIdle => &["chrt", "--idle", "0"],
        _ => &[],
    };
    let mut acting = started(&act, idle)?;
    acting.line_after("acts").await?;
    if neighbour == Neighbour::FloodsIdle {
        // Where the system shares time among sessions first, the session steps back, too.
        let _ = fs::write(format!("/proc/{}/autogroup", acting.id()), "19");
    }
    let (load, back) = rated(relay, set, RATE, duration).await?;
    acting.terminate().await?;
    let did = acting.line_after("did ").await?;
    Ok((load, serde_json::from_str(&did)?, back))
}

/// This program once more, in a process that does this; `by` is what starts it.
fn started(act: &Act, by: &[&str]) -> Result<Process> {
    let program = std::env::current_exe()?;
    let program = program.to_str().context("a path of text")?.to_owned();
    let act = serde_json::to_string(act)?;
    let mut words = by
        .iter()
        .map(|&word| word.to_owned())
        .chain([program, "--act".to_owned(), act]);
    let first = words.next().context("a program")?;
    Process::start(Path::new(&first), &words.collect::<Vec<_>>(), &[])
}

fn told(measured: [Beside; ALL.len()]) -> Result<Outcome> {
    let mut outcome = Outcome {
        table: format!(
            "neighbour: {RATE} messages a second in {ROOMS} rooms, {ROUNDS} rounds; p99 in ms\n\
             {:<16} {:>9} {:>9} {:>9} {:>8} {:>12} {:>10} {:>20}\n",
            "one that", "least", "median", "most", "to none", "comings/s", "kB each", "server s per 1,000"
        ),
        figures: json!({}),
        missed: Vec::new(),
    };
    let (mut figures, mut alone) = (Map::new(), None);
    for ((neighbour, name), Beside { p99, server, did }) in ALL.into_iter().zip(measured) {
        let (Some(spread), Some(server)) = (Spread::fine(p99), Spread::rounded(server, 1e4)) else {
            continue;
        };
        let ratio = spread.median / *alone.get_or_insert(spread.median);
        writeln!(
            outcome.table,
            "{name:<16} {spread:.2} {ratio:>8.2} {:>12.1} {:>10.1} {:>20}",
            did.a_second(),
            did.kilobytes(),
            server.median
        )?;
        if HELD.contains(&neighbour) {
            outcome.at_most(
                &format!("neighbour, {name}: p99 to that without one"),
                ratio,
                LIMIT,
            );
        }
        figures.insert(name.to_owned(), spread.median.into());
    }
    outcome.figures = json!({ "p99_ms": figures });
    Ok(outcome)
}
