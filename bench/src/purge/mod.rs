//! What an end of many rooms at once costs those that go on: messages come by the clock in some rooms while time ends a
//! hundred thousand others.

mod fill;
mod timeline;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, json};
use sotto_relay::data::DATABASE;
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::fill::fill;
use self::timeline::Timeline;
use crate::load::{Room, Size, Stencil, Wire, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::settings::Settings;
use crate::spread::{millis, per_second};

/// How many rooms go on, and with how many messages a second together.
const GOING_ON: usize = 200;
const RATE: u32 = 500;
/// How many end, unless `--rooms` says otherwise.
const ENDING: usize = 100_000;
/// In how many of them both people are connected.
const CONNECTED: usize = 200;
/// The relay's grain, in seconds: its purge begins at a multiple of it. The default is an hour, and the bench has not the time.
const GRAIN: u64 = 10;
/// How long setting the scene may take, in seconds, beside what making the rooms takes.
const MARGIN: u64 = 40;
/// How many rooms are made a second, at least; that a disk has rest again after so much, too.
const FILLED: u64 = 1_200;
/// How long the loads before and after last, beside the purge, as multiples of a load elsewhere.
const LOADS: u32 = 4;
/// How often it is looked whether anything due is left.
const LOOK: Duration = Duration::from_millis(200);
/// What counts as near a compaction.
const NEAR: Duration = Duration::from_millis(500);
/// The limits: what may be added to p99, how long the purge may take, and when people are told.
const ADDED_MS: f64 = 5.0;
const SECONDS: f64 = 300.0;
const TOLD_SECONDS: f64 = 2.0;

/// What was measured.
struct Measured {
    rooms: usize,
    bytes: u64,
    timeline: Timeline,
    /// When the first load began that counts, when rooms ended, when the last row was gone, and when the last load ended.
    moments: [Instant; 4],
    /// When the last person was told.
    told: Instant,
}

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let ending = settings.rooms.unwrap_or(ENDING);
    let load = settings.duration() * LOADS;
    let grain = format!("{GRAIN}s");
    let relay = Relay::start(&["--grain", &grain]).await?;
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let mut connected = rooms(relay.address(), 100_000, CONNECTED, &stencil).await?;
    for room in &mut connected {
        let frame = room.next();
        room.send(&frame).await?;
    }
    let ready = unix()? + MARGIN + load.as_secs() + ending as u64 / FILLED;
    let due = ready.next_multiple_of(GRAIN);
    let (relay, bytes) = relay.between(|data| fill(data, ending, due - 1)).await?;
    for room in &mut connected {
        come_back(room, relay.address()).await?;
    }
    let going_on = rooms(relay.address(), 0, GOING_ON, &stencil).await?;

    let timeline = Timeline::start(going_on, RATE, relay.data());
    let first = Instant::now() + Duration::from_secs(due).saturating_sub(since_epoch()?);
    let calm = first.checked_sub(load).unwrap_or(first);
    ensure!(Instant::now() < calm, "setting the scene took too long");
    let told = tokio::spawn(told(connected));
    sleep(first.saturating_duration_since(Instant::now())).await;
    gone(relay.data(), due).await?;
    let last = Instant::now();
    let told = told.await??;
    sleep(load).await;
    Measured {
        rooms: ending,
        bytes,
        timeline: timeline.stop().await?,
        moments: [calm, first, last, last + load],
        told,
    }
    .outcome()
}

impl Measured {
    fn outcome(&self) -> Result<Outcome> {
        let [calm, first, last, end] = self.moments;
        let phases = [
            ("before", self.timeline.between(calm, first)?),
            ("meanwhile", self.timeline.between(first, last)?),
            ("after", self.timeline.between(last, end)?),
            (
                "near_compactions_meanwhile",
                self.timeline.near_compactions(first, last, NEAR)?,
            ),
        ];
        let (mut table, mut figures) = (self.head(), Map::new());
        for (name, latency) in &phases {
            let at = |quantile| millis(latency.value_at_quantile(quantile));
            let (p50, p99, p999, most) = (at(0.5), at(0.99), at(0.999), millis(latency.max()));
            writeln!(
                table,
                "{:<34} {:>8} {p50:>9} {p99:>9} {p999:>9} {most:>9}",
                name.replace('_', " "),
                latency.len()
            )?;
            let phase = json!({ "p50_ms": p50, "p99_ms": p99, "p999_ms": p999, "most_ms": most });
            figures.insert((*name).to_owned(), phase);
        }
        let [before, meanwhile, ..] = &phases;
        let [before, meanwhile] = [before, meanwhile].map(|(_, latency)| latency.value_at_quantile(0.99));
        let added = millis(meanwhile.saturating_sub(before));
        let lasted = last.duration_since(first);
        let told = self.told.saturating_duration_since(first).as_secs_f64();
        for (words, name, value) in [
            ("ms added to p99", "added_p99_ms", added),
            ("s until all rows were gone", "seconds", lasted.as_secs_f64()),
            ("rooms a second", "rooms_per_s", per_second(self.rooms, lasted)),
            ("s until all people were told", "told_seconds", told),
        ] {
            writeln!(table, "{words:<34} {value:>8.2}")?;
            figures.insert(name.to_owned(), value.into());
        }
        let mut outcome = Outcome {
            table,
            figures: figures.into(),
            missed: Vec::new(),
        };
        outcome.at_most("purge: ms added to p99", added, ADDED_MS);
        outcome.at_most(
            "purge: seconds until all rows were gone",
            lasted.as_secs_f64(),
            SECONDS,
        );
        outcome.at_most("purge: seconds until all people were told", told, TOLD_SECONDS);
        Ok(outcome)
    }

    fn head(&self) -> String {
        format!(
            "purge: {} rooms ({} MB) end by time while {RATE} messages a second go on in {GOING_ON} others\n\
             {:<34} {:>8} {:>9} {:>9} {:>9} {:>9}\n",
            self.rooms,
            self.bytes / 1_000_000,
            "ms of a send",
            "sends",
            "p50",
            "p99",
            "p99.9",
            "most"
        )
    }
}

/// Opens both seats again after the relay was down.
async fn come_back(room: &mut Room, address: &str) -> Result<()> {
    for (person, wire) in room.people.iter().zip(&mut room.wires) {
        let mut anew = Wire::connect(address).await?;
        person.open(&mut anew).await?;
        *wire = anew;
    }
    Ok(())
}

/// When the last of these people was told that their room has ended.
async fn told(rooms: Vec<Room>) -> Result<Instant> {
    let mut ends = JoinSet::new();
    for mut room in rooms {
        ends.spawn(async move {
            room.ended().await?;
            anyhow::Ok(Instant::now())
        });
    }
    let mut last = None;
    while let Some(end) = ends.join_next().await {
        last = last.max(Some(end??));
    }
    last.context("no room ended")
}

/// Waits until nothing is left that is due.
async fn gone(data: &Path, due: u64) -> Result<()> {
    let database = Connection::open_with_flags(data.join(DATABASE), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let due = i64::try_from(due)?;
    while database.query_row("SELECT min(expires_at) <= ? FROM room", [due], |row| row.get(0))? {
        sleep(LOOK).await;
    }
    Ok(())
}

fn since_epoch() -> Result<Duration> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?)
}

fn unix() -> Result<u64> {
    Ok(since_epoch()?.as_secs())
}
