//! What goes through the relay and no further: hints that somebody writes, from one of a room to the other.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::load::{Room, Size, Stencil, hints, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::settings::Settings;
use crate::spread::{per_second, per_thousand};
use crate::usage::{Since, Spent};

/// With how many rooms it is measured.
pub(crate) const ROOMS: [usize; 2] = [50, 500];
/// How many hints are under way in a room at a time, where they are not written one by one.
pub(crate) const MANY: usize = 16;
const AT_ONCE: [usize; 2] = [MANY, 1];
/// Server CPU for 1,000 that were delivered.
pub(crate) const LIMIT: f64 = 0.012;

/// The loads: rooms, hints at once, and what a load is called.
pub(crate) fn loads() -> impl Iterator<Item = (usize, usize, String)> {
    ROOMS.into_iter().flat_map(|rooms| {
        AT_ONCE.map(|hints| match hints {
            1 => (rooms, hints, format!("{rooms}_one_by_one")),
            _ => (rooms, hints, rooms.to_string()),
        })
    })
}

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let mut relay = Relay::start(&[]).await?;
    let stencil = Arc::new(Stencil::make(Size::Short)?);
    let mut outcome = Outcome {
        table: format!(
            "typing: {} hints at once in each room, or one by one; more when the other has them\n\
             {:<16} {:>13} {:>20} {:>20}\n",
            MANY, "rooms", "delivered/s", "server s per 1,000", "client s per 1,000"
        ),
        figures: json!({}),
        missed: Vec::new(),
    };
    let (mut rates, mut servers, mut clients) = (Map::new(), Map::new(), Map::new());
    for (number, (count, at_once, name)) in loads().enumerate() {
        let rooms = rooms(relay.address(), 10_000 * number as u64, count, &stencil).await?;
        let (delivered, spent) = write(&mut relay, rooms, at_once, settings.duration()).await?;
        let rate = per_second(delivered, spent.clock);
        let (server, client) = (
            per_thousand(spent.server, delivered),
            per_thousand(spent.client, delivered),
        );
        writeln!(outcome.table, "{name:<16} {rate:>13} {server:>20} {client:>20}")?;
        outcome.at_most(&format!("typing, {name}: server s per 1,000"), server, LIMIT);
        rates.insert(name.clone(), rate.into());
        servers.insert(name.clone(), server.into());
        clients.insert(name, client.into());
    }
    outcome.figures = json!({
        "delivered_per_s": rates,
        "server_cpu_s_per_1000": servers,
        "client_cpu_s_per_1000": clients,
    });
    Ok(outcome)
}

/// In each room so many at once, and as many again when the other has them: how many were delivered.
async fn write(
    relay: &mut Relay,
    mut rooms: Vec<Room>,
    at_once: usize,
    duration: Duration,
) -> Result<(usize, Spent)> {
    let hints: Arc<[u8]> = hints(at_once).into();
    for room in &mut rooms {
        room.settle().await?;
    }
    let since = Since::now(relay.id())?;
    let end = Instant::now() + duration;
    let mut writing = JoinSet::new();
    for mut room in rooms {
        let hints = Arc::clone(&hints);
        writing.spawn(async move {
            let mut delivered = 0_usize;
            while Instant::now() < end {
                room.typing(&hints, at_once).await?;
                delivered += at_once;
            }
            anyhow::Ok(delivered)
        });
    }
    let mut delivered = 0;
    while let Some(done) = writing.join_next().await {
        delivered += done??;
    }
    Ok((delivered, since.spent()?))
}
