//! What one bad connection does to other rooms: p99 of messages that come by the clock, with and without it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, json};
use sotto_protocol::{Command, Request, encode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::load::{Person, Room, Size, Stencil, Wire, framed, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::send::rated;
use crate::settings::Settings;
use crate::spread::Spread;

/// How many rooms go on as they did, and with how many messages a second together.
const ROOMS: usize = 200;
const RATE: u32 = 500;
/// How often each is measured, one after another; the median counts.
const ROUNDS: usize = 5;
/// How much p99 may grow.
const LIMIT: f64 = 1.2;
/// How soon one that was closed comes back.
const BACK: Duration = Duration::from_millis(100);
/// How much garbage is sent at a time.
const GARBAGE: usize = 64 * 1024;

/// What one connection does, and when it is closed for it, the next one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Neighbour {
    None,
    /// Has a seat, and sends hints as fast as they are taken.
    Floods,
    /// Has a seat, is sent what the other of its room may send, and reads nothing.
    ReadsNothing,
    /// Sends what is no frame.
    Garbage,
}

const ALL: [(Neighbour, &str); 4] = [
    (Neighbour::None, "none"),
    (Neighbour::Floods, "floods"),
    (Neighbour::ReadsNothing, "reads_nothing"),
    (Neighbour::Garbage, "garbage"),
];

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let mut relay = Relay::counting(&[]).await?;
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let mut set = rooms(relay.address(), 0, ROOMS, &stencil).await?;
    let bad = rooms(relay.address(), 10_000, 1, &stencil).await?;
    let [ana, ben] = bad
        .into_iter()
        .flat_map(|room: Room| room.people)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| anyhow::anyhow!("a room of two"))?;
    let people = Arc::new((ana, ben));
    let mut measured = [const { Vec::new() }; ALL.len()];
    for _ in 0..ROUNDS {
        for ((neighbour, _), p99s) in ALL.into_iter().zip(&mut measured) {
            let acting = tokio::spawn(act(neighbour, relay.address().to_owned(), Arc::clone(&people)));
            let (load, back) = rated(&mut relay, set, RATE, settings.duration()).await?;
            acting.abort();
            set = back;
            p99s.push(load.at(0.99));
        }
    }
    let mut outcome = Outcome {
        table: format!(
            "neighbour: {RATE} messages a second in {ROOMS} rooms, {ROUNDS} rounds; p99 in ms\n{:<16} {:>9} {:>9} {:>9}\n",
            "one that", "least", "median", "most"
        ),
        figures: json!({}),
        missed: Vec::new(),
    };
    let (mut figures, mut alone) = (Map::new(), None);
    for ((_, name), p99s) in ALL.into_iter().zip(measured) {
        let Some(spread) = Spread::of(p99s.iter().map(|ms| ms * 100.0)) else {
            continue;
        };
        let median = spread.median / 100.0;
        writeln!(
            outcome.table,
            "{name:<16} {:>9.2} {median:>9.2} {:>9.2}",
            spread.min / 100.0,
            spread.max / 100.0
        )?;
        let alone = *alone.get_or_insert(median);
        outcome.at_most(
            &format!("neighbour, {name}: p99 to that without one"),
            median / alone,
            LIMIT,
        );
        figures.insert(name.to_owned(), median.into());
    }
    outcome.figures = json!({ "p99_ms": figures });
    Ok(outcome)
}

/// Until it is ended.
async fn act(neighbour: Neighbour, address: String, people: Arc<(Person, Person)>) {
    loop {
        let done = match neighbour {
            Neighbour::None => return,
            Neighbour::Floods => flood(&address, &people.0).await,
            Neighbour::ReadsNothing => ignore(&address, &people).await,
            Neighbour::Garbage => garbage(&address).await,
        };
        // That it is closed is what should happen; it comes back.
        drop(done);
        tokio::time::sleep(BACK).await;
    }
}

fn hint() -> Vec<u8> {
    framed(&encode(&Request {
        reference: 0,
        command: Command::Typing,
    }))
}

async fn flood(address: &str, person: &Person) -> Result<()> {
    let mut wire = Wire::connect(address).await?;
    person.open(&mut wire).await?;
    let hints = hint().repeat(64);
    loop {
        wire.send(&hints).await?;
    }
}

/// The other sends as many as it may; and both come back when the reader is closed.
async fn ignore(address: &str, (reader, writer): &(Person, Person)) -> Result<()> {
    let mut ignoring = Wire::connect(address).await?;
    reader.open(&mut ignoring).await?;
    let mut wire = Wire::connect(address).await?;
    writer.open(&mut wire).await?;
    loop {
        wire.ask(Command::Typing).await?;
    }
}

async fn garbage(address: &str) -> Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&vec![0xff; GARBAGE]).await?;
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await?;
    let mut wire = Wire::connect(address).await?;
    wire.send(&vec![0xff; GARBAGE]).await?;
    wire.frame().await?;
    Ok(())
}
