//! Messages that are stored: each replaces the last one of its room, and is acknowledged when it is on disk.
//!
//! Closed loop: in each room the next message goes out when the last one is acknowledged and delivered. Fixed rate: each
//! message has its moment, and its latency counts from there, however late the one before it came back.

use std::fmt::Write as _;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use crate::load::{Room, Size, Stencil, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::settings::Settings;
use crate::spread::{millis, per_second, per_thousand};
use crate::usage::{Since, Spent};

/// With how many rooms the loop is closed.
const ROOMS: [usize; 4] = [1, 50, 500, 5000];
/// At how many a second messages come by the clock, over how many rooms.
const RATES: [u32; 2] = [2_000, 8_000];
const RATED_ROOMS: usize = 500;
/// Where limits hold.
pub(crate) const LIMITED: usize = 500;
/// What a limit is for each size: server CPU for 1,000, and acknowledged a second.
const LIMITS: [(Size, f64, f64); 2] = [(Size::Short, 0.06, 17_600.0), (Size::Long, 0.09, 10_000.0)];
const P99_MS: f64 = 50.0;

/// What a load came to.
pub(crate) struct Load {
    latency: Histogram<u64>,
    spent: Spent,
}

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let mut outcome = Outcome {
        table: String::new(),
        figures: Value::Null,
        missed: Vec::new(),
    };
    let mut figures = Map::new();
    for size in Size::ALL {
        let stencil = Arc::new(Stencil::make(size)?);
        figures.insert(format!("envelope_bytes.{}", size.name()), stencil.length().into());
        writeln!(
            outcome.table,
            "send: texts of {} bytes, envelopes of {}\n{:<14} {:>8} {:>8} {:>8} {:>8} {:>20} {:>20} {:>10}",
            size.name(),
            stencil.length(),
            "load",
            "acked/s",
            "p50 ms",
            "p99 ms",
            "p99.9",
            "server s per 1,000",
            "client s per 1,000",
            "flushes/s"
        )?;
        let counts = settings.rooms.map_or_else(|| ROOMS.to_vec(), |rooms| vec![rooms]);
        for (number, count) in counts.into_iter().enumerate() {
            let mut relay = Relay::start(&[]).await?;
            let rooms = rooms(relay.address(), 10_000 * number as u64, count, &stencil).await?;
            let (load, _) = closed(&mut relay, rooms, settings.duration()).await?;
            load.report(&mut outcome.table, &mut figures, size, &count.to_string())?;
            load.hold(&mut outcome, size, count);
        }
        if size != Size::Long || settings.rooms.is_some() {
            continue;
        }
        let mut relay = Relay::start(&[]).await?;
        let mut set = rooms(relay.address(), 0, RATED_ROOMS, &stencil).await?;
        for rate in RATES {
            let (load, back) = rated(&mut relay, set, rate, settings.duration()).await?;
            set = back;
            load.report(&mut outcome.table, &mut figures, size, &format!("{rate}_per_s"))?;
        }
    }
    outcome.figures = nested(figures);
    Ok(outcome)
}

/// Each room at its own pace.
pub(crate) async fn closed(
    relay: &mut Relay,
    rooms: Vec<Room>,
    duration: Duration,
) -> Result<(Load, Vec<Room>)> {
    let since = Since::now(relay.id())?;
    let end = Instant::now() + duration;
    let mut sending = JoinSet::new();
    for mut room in rooms {
        sending.spawn(async move {
            let mut latency = histogram()?;
            while Instant::now() < end {
                let frame = room.next();
                let began = Instant::now();
                room.acknowledged(&frame).await?;
                latency.record(micros(began.elapsed()))?;
                room.delivered().await?;
            }
            anyhow::Ok((latency, room))
        });
    }
    Load::of(sending, since).await
}

/// By the clock: so many a second, one room after another.
pub(crate) async fn rated(
    relay: &mut Relay,
    rooms: Vec<Room>,
    rate: u32,
    duration: Duration,
) -> Result<(Load, Vec<Room>)> {
    let since = Since::now(relay.id())?;
    let mut sending = JoinSet::new();
    let mut moments = Vec::with_capacity(rooms.len());
    for mut room in rooms {
        let (moment, mut dues) = unbounded_channel::<Instant>();
        moments.push(moment);
        sending.spawn(async move {
            let mut latency = histogram()?;
            while let Some(due) = dues.recv().await {
                let frame = room.next();
                room.acknowledged(&frame).await?;
                latency.record(micros(due.elapsed()))?;
                room.delivered().await?;
            }
            anyhow::Ok((latency, room))
        });
    }
    let end = Instant::now() + duration;
    let clock = thread::spawn(move || tick(rate, &moments, |due| due < end));
    let done = Load::of(sending, since).await?;
    ensure!(clock.join().is_ok(), "the clock stopped");
    Ok(done)
}

/// Gives out the moments, one room after another, as long as it goes on. It waits for nobody, so a relay that is slow for a while is seen to be;
/// and it is a thread of its own, since the runtime's timers are a millisecond coarse.
pub(crate) fn tick(rate: u32, rooms: &[UnboundedSender<Instant>], mut goes_on: impl FnMut(Instant) -> bool) {
    let gap = Duration::from_secs(1) / rate;
    let start = Instant::now();
    for (number, room) in (0..).zip(rooms.iter().cycle()) {
        let due = start + gap * number;
        if !goes_on(due) {
            break;
        }
        thread::sleep(due.saturating_duration_since(Instant::now()));
        // Late by what the system takes to wake a thread, which is not the relay's time; a room that has failed says so itself.
        let _ = room.send(Instant::now());
    }
}

impl Load {
    /// What all rooms came to together, and the rooms.
    async fn of(
        mut sending: JoinSet<Result<(Histogram<u64>, Room)>>,
        since: Since,
    ) -> Result<(Self, Vec<Room>)> {
        let (mut latency, mut rooms) = (histogram()?, Vec::new());
        while let Some(done) = sending.join_next().await {
            let (some, room) = done??;
            latency.add(some)?;
            rooms.push(room);
        }
        ensure!(!latency.is_empty(), "nothing was sent");
        let spent = since.spent()?;
        Ok((Self { latency, spent }, rooms))
    }

    fn count(&self) -> usize {
        usize::try_from(self.latency.len()).unwrap_or(usize::MAX)
    }

    fn rate(&self) -> f64 {
        per_second(self.count(), self.spent.clock)
    }

    /// In milliseconds.
    pub(crate) fn at(&self, quantile: f64) -> f64 {
        millis(self.latency.value_at_quantile(quantile))
    }

    /// CPU seconds for 1,000.
    pub(crate) fn server(&self) -> f64 {
        per_thousand(self.spent.server, self.count())
    }

    fn report(
        &self,
        table: &mut String,
        figures: &mut Map<String, Value>,
        size: Size,
        load: &str,
    ) -> Result<()> {
        let client = per_thousand(self.spent.client, self.count());
        let seconds = self.spent.clock.as_secs_f64();
        let flushes = self.spent.flushes.map(|flushes| (flushes / seconds).round());
        writeln!(
            table,
            "{load:<14} {:>8} {:>8} {:>8} {:>8} {:>20} {client:>20} {:>10}",
            self.rate(),
            self.at(0.5),
            self.at(0.99),
            self.at(0.999),
            self.server(),
            flushes.unwrap_or(f64::NAN),
        )?;
        for (key, value) in [
            ("acked_per_s", json!(self.rate())),
            ("p50_ms", json!(self.at(0.5))),
            ("p99_ms", json!(self.at(0.99))),
            ("p999_ms", json!(self.at(0.999))),
            ("server_cpu_s_per_1000", json!(self.server())),
            ("client_cpu_s_per_1000", json!(client)),
            ("flushes_per_s", json!(flushes)),
        ] {
            figures.insert(format!("{key}.{}.{load}", size.name()), value);
        }
        Ok(())
    }

    fn hold(&self, outcome: &mut Outcome, size: Size, rooms: usize) {
        for (limited, server, rate) in LIMITS {
            if rooms == LIMITED && size == limited {
                let what = |figure| format!("send, {} bytes, {rooms} rooms: {figure}", size.name());
                outcome.at_most(&what("server s per 1,000"), self.server(), server);
                outcome.at_least(&what("acknowledged a second"), self.rate(), rate);
                outcome.at_most(&what("p99 in ms"), self.at(0.99), P99_MS);
            }
        }
    }
}

/// `a.b.c` as an object in an object in an object.
fn nested(flat: Map<String, Value>) -> Value {
    let mut all = json!({});
    for (key, value) in flat {
        let place = key.split('.').fold(&mut all, |place, part| {
            if place.is_null() {
                *place = json!({});
            }
            &mut place[part]
        });
        *place = value;
    }
    all
}

pub(crate) fn histogram() -> Result<Histogram<u64>> {
    Ok(Histogram::new(3)?)
}

pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
