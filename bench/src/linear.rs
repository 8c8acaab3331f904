//! Whether cost grows with what there is to do, and with nothing else: bytes of a connection, and CPU of a message of the
//! same rooms, among few connections and among many.
//!
//! Bytes are resident bytes of the relay's process, and what each connection adds to them, from the first thousand to the half
//! and from there to all: where cost is linear, both are alike. What the first thousand add cannot be told: the same relay,
//! filled in the same way, differs by a megabyte from run to run, which is 1,000 bytes of each of them. What is kept of rooms
//! is bounded, but at times half of what it may be, and connections then take what it has left, so that it is filled anew
//! before each look. What the process has as a whole stands beside it, also after the loads.
//!
//! CPU is that of two relays, one among few and one among many, which carry the same load in turns, many times, and each time
//! is compared with the one beside it: the machine changes by more from minute to minute than the limit allows. The kernel and
//! the client have all connections then in either turn; so the relay among few is measured before the others come, too, but
//! not held to anything, for a minute lies between.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::load::{Room, Size, Stencil, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::send::closed;
use crate::settings::Settings;
use crate::spread::Spread;
use crate::usage::memory;

/// How many rooms fill what is bounded, and how many do so anew: more than are kept at hand.
pub(crate) const FILL: u64 = 4_000;
pub(crate) const ANEW: u64 = 1_200;
/// How many rooms come at a time, before the first look as later: what more need only while they come would be there first in
/// one case, and in the other be taken for what they hold.
const SOME: usize = 20;
/// How many connections are few.
const FEW: u32 = 1_000;
/// How much dearer one may be among many; as much less is within the limit, too.
const ALIKE: f64 = 1.15;
const QUIET: Duration = Duration::from_secs(5);
/// How often each relay has its turn, how often the one among few has it alone, and of which part of the settings' time.
const ROUNDS: usize = 15;
const ALONE: usize = 5;
const PART: u32 = 3;
/// When memory is looked at that connections are compared by.
const FILLED: &str = "filled";

/// A relay, the rooms that write in it, and what is known of its memory.
struct Side {
    relay: Relay,
    writing: Vec<Room>,
    stencil: Arc<Stencil>,
    /// The number of the next room.
    next: u64,
    looks: Vec<Look>,
}

/// Resident bytes with so many connections.
struct Look {
    when: &'static str,
    connections: u32,
    bytes: f64,
}

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let batch = 2 * u32::try_from(SOME)?;
    let batches = (settings.connections.max(4 * FEW) - FEW) / batch;
    let (half, many) = (FEW + batches / 2 * batch, FEW + batches * batch);
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let part = settings.duration() / PART;

    let mut one = Side::start(&stencil).await?;
    one.write_in(FEW).await?;
    let (mut alone, mut few, mut among, mut ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ALONE {
        alone.push(one.load(part).await?);
    }
    let mut other = Side::start(&stencil).await?;
    other.write_in(FEW).await?;
    other.look(FEW).await?;
    let mut idle = other.come(half - FEW).await?;
    other.look(half).await?;
    idle.extend(other.come(many - half).await?);
    other.look(many).await?;
    for round in 0..ROUNDS {
        // Who is first in one round is second in the next.
        let (first, second) = if round % 2 == 0 {
            let first = one.load(part).await?;
            (first, other.load(part).await?)
        } else {
            let second = other.load(part).await?;
            (one.load(part).await?, second)
        };
        few.push(first);
        among.push(second);
        ratios.push(second / first);
    }
    other.seen("after the loads", many)?;
    one.seen("after the loads", FEW)?;
    drop(idle);

    other.looks.extend(one.looks.pop());
    let mut outcome = bytes(&other.looks, [FEW, half, many])?;
    cpu(&mut outcome, many, [alone, few, among, ratios])?;
    Ok(outcome)
}

impl Side {
    /// A relay in which what is bounded is full.
    async fn start(stencil: &Arc<Stencil>) -> Result<Self> {
        let mut side = Self {
            relay: Relay::start(&[]).await?,
            writing: Vec::new(),
            stencil: Arc::clone(stencil),
            next: 0,
            looks: Vec::new(),
        };
        side.seen("just started", 0)?;
        side.fill(FILL).await?;
        side.look(0).await?;
        Ok(side)
    }

    /// People come and go, until this many rooms were there.
    async fn fill(&mut self, rooms: u64) -> Result<()> {
        let end = self.next + rooms;
        while self.next < end {
            drop(self.some().await?);
        }
        Ok(())
    }

    /// Some rooms in which each has sent and received a message.
    async fn some(&mut self) -> Result<Vec<Room>> {
        let mut rooms = rooms(self.relay.address(), self.next, SOME, &self.stencil).await?;
        self.next += SOME as u64;
        for room in &mut rooms {
            for _ in 0..2 {
                let frame = room.next();
                room.send(&frame).await?;
            }
        }
        Ok(rooms)
    }

    /// So many connections more.
    async fn come(&mut self, connections: u32) -> Result<Vec<Room>> {
        let mut all = Vec::new();
        while all.len() < connections as usize / 2 {
            all.extend(self.some().await?);
        }
        Ok(all)
    }

    /// The same, of the rooms that will write.
    async fn write_in(&mut self, connections: u32) -> Result<()> {
        self.writing = self.come(connections).await?;
        Ok(())
    }

    /// Looks at its memory, after what is bounded was filled anew.
    async fn look(&mut self, connections: u32) -> Result<()> {
        self.fill(ANEW).await?;
        tokio::time::sleep(QUIET).await;
        self.seen(FILLED, connections)
    }

    fn seen(&mut self, when: &'static str, connections: u32) -> Result<()> {
        let bytes = memory(self.relay.id())?.rss;
        self.looks.push(Look {
            when,
            connections,
            bytes,
        });
        Ok(())
    }

    /// CPU seconds for 1,000 messages, while its rooms write as fast as they can.
    async fn load(&mut self, duration: Duration) -> Result<f64> {
        let writing = std::mem::take(&mut self.writing);
        let (load, back) = closed(&mut self.relay, writing, duration).await?;
        self.writing = back;
        Ok(load.server())
    }
}

/// The table of memory: what was seen, and what each connection adds between these counts.
fn bytes(looks: &[Look], counts: [u32; 3]) -> Result<Outcome> {
    let mut table = format!(
        "linear: resident bytes of the relay\n{:<12} {:<16} {:>12} {:>24}\n",
        "connections", "", "all", "each, with the bounded"
    );
    let mut whole = Map::new();
    let empty = looks.first().context("nothing was seen")?.bytes;
    for Look {
        when,
        connections,
        bytes,
    } in looks
    {
        let each = (*connections > 0).then(|| ((bytes - empty) / f64::from(*connections)).round());
        let each = each.map_or_else(String::new, |each| each.to_string());
        writeln!(table, "{connections:<12} {when:<16} {bytes:>12} {each:>24}")?;
        whole.insert(format!("{connections}, {when}"), json!(bytes));
    }
    let filled = |count| {
        let look = looks
            .iter()
            .find(|look| look.when == FILLED && look.connections == count);
        look.map(|look| look.bytes)
    };
    let [few, half, many] = counts;
    let added = |from: u32, to: u32| -> Result<f64> {
        let (before, after) = (filled(from), filled(to));
        let grown = after.zip(before).context("a look is missing")?;
        Ok(((grown.0 - grown.1) / f64::from(to - from)).round())
    };
    let (first, last) = (added(few, half)?, added(half, many)?);
    writeln!(
        table,
        "each from {few} to {half}: {first}; each from {half} to {many}: {last}"
    )?;
    let mut outcome = Outcome {
        table,
        figures: json!({
            "rss_bytes": whole,
            "rss_bytes_per_connection": { half.to_string(): first, many.to_string(): last },
        }),
        missed: Vec::new(),
    };
    alike(&mut outcome, "linear", last / first);
    Ok(outcome)
}

/// Holds what a connection adds among many, to what it adds among few. Were it much less, the first would not be measured well.
pub(crate) fn alike(outcome: &mut Outcome, name: &str, ratio: f64) {
    let what = format!("{name}, bytes that a connection adds among many, to those among few");
    outcome.at_most(&what, ratio, ALIKE);
    outcome.at_least(&what, ratio, 2.0 - ALIKE);
}

/// The table of processors.
fn cpu(outcome: &mut Outcome, many: u32, measured: [Vec<f64>; 4]) -> Result<()> {
    writeln!(
        outcome.table,
        "\n{:<34} {:>9} {:>9} {:>9}",
        "server s per 1,000", "least", "median", "most"
    )?;
    let names = [
        format!("{FEW}, before the others came"),
        format!("{FEW}, in turns with {many}"),
        format!("{many}"),
        format!("{many} to {FEW}, of one round"),
    ];
    let mut figures = Map::new();
    for (name, measured) in names.iter().zip(measured) {
        let spread = Spread::rounded(measured, 1e4).context("nothing was measured")?;
        writeln!(outcome.table, "{name:<34} {spread:.4}")?;
        figures.insert(name.clone(), serde_json::to_value(spread)?);
        if name == &names[3] {
            outcome.at_most(
                "linear, server s per 1,000 among many, to those among few",
                spread.median,
                ALIKE,
            );
        }
    }
    if let Value::Object(all) = &mut outcome.figures {
        all.insert("server_cpu_s_per_1000".to_owned(), figures.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(bytes: [f64; 3]) -> Vec<Look> {
        let seen = |when, connections, bytes| Look {
            when,
            connections,
            bytes,
        };
        let [few, half, many] = bytes;
        vec![
            seen("just started", 0, 1e7),
            seen(FILLED, 0, 3e7),
            seen(FILLED, 1_000, few),
            seen(FILLED, 9_500, half),
            seen(FILLED, 18_000, many),
            seen("after the loads", 18_000, 9e7),
        ]
    }

    #[test]
    fn what_each_adds_is_compared_and_the_first_thousand_are_not() {
        let counts = [1_000, 9_500, 18_000];
        let linear = bytes(&looks([5e7, 6.7e7, 8.4e7]), counts).unwrap();
        assert_eq!(linear.figures["rss_bytes_per_connection"]["9500"], 2_000.0);
        assert_eq!(linear.missed, Vec::<String>::new());
        let steeper = bytes(&looks([5e7, 6.7e7, 8.7e7]), counts).unwrap();
        assert_eq!(steeper.figures["rss_bytes_per_connection"]["18000"], 2_353.0);
        assert_eq!(steeper.missed.len(), 1, "{:?}", steeper.missed);
        let flatter = bytes(&looks([5e7, 7e7, 8.4e7]), counts).unwrap();
        assert_eq!(flatter.missed.len(), 1, "{:?}", flatter.missed);
    }

    #[test]
    fn the_ratio_of_rounds_is_held() {
        let held = |ratio| {
            let mut outcome = bytes(&looks([5e7, 6.7e7, 8.4e7]), [1_000, 9_500, 18_000]).unwrap();
            cpu(
                &mut outcome,
                18_000,
                [vec![0.05], vec![0.06], vec![0.06], vec![9.0, ratio, 0.1]],
            )
            .unwrap();
            outcome.missed.len()
        };
        assert_eq!([held(1.14), held(1.16)], [0, 1]);
    }
}
