//! What goes through the relay and no further: hints that somebody writes, from one of a room to the other.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Result;
use serde_json::{Map, json};
use sotto_protocol::{Command, Request, encode};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::load::{Size, Stencil, framed, rooms};
use crate::outcome::Outcome;
use crate::relay::{Relay, Since};
use crate::settings::Settings;
use crate::spread::{per_second, per_thousand};

/// With how many rooms it is measured.
pub(crate) const ROOMS: [usize; 2] = [50, 500];
/// How many hints are under way in a room at a time.
pub(crate) const AT_ONCE: usize = 16;
/// Server CPU for 1,000 that were delivered.
const LIMIT: f64 = 0.012;

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let mut relay = Relay::start(&[]).await?;
    let stencil = Arc::new(Stencil::make(Size::Short)?);
    let hint = framed(&encode(&Request {
        reference: 0,
        command: Command::Typing,
    }));
    let hints: Arc<[u8]> = hint.repeat(AT_ONCE).into();
    let mut outcome = Outcome {
        table: format!(
            "typing: {AT_ONCE} hints at once in each room, each acknowledged\n{:<8} {:>13} {:>20} {:>20}\n",
            "rooms", "delivered/s", "server s per 1,000", "client s per 1,000"
        ),
        figures: json!({}),
        missed: Vec::new(),
    };
    let (mut rates, mut servers, mut clients) = (Map::new(), Map::new(), Map::new());
    for (number, count) in ROOMS.into_iter().enumerate() {
        let mut rooms = rooms(relay.address(), 10_000 * number as u64, count, &stencil).await?;
        for room in &mut rooms {
            room.settle().await?;
        }
        let since = Since::now(relay.id())?;
        let end = Instant::now() + settings.duration();
        let mut writing = JoinSet::new();
        for mut room in rooms {
            let hints = Arc::clone(&hints);
            writing.spawn(async move {
                let mut delivered = 0_usize;
                while Instant::now() < end {
                    room.typing(&hints, AT_ONCE).await?;
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
        let rate = per_second(delivered, spent.clock);
        let (server, client) = (
            per_thousand(spent.server, delivered),
            per_thousand(spent.client, delivered),
        );
        writeln!(outcome.table, "{count:<8} {rate:>13} {server:>20} {client:>20}")?;
        rates.insert(count.to_string(), rate.into());
        servers.insert(count.to_string(), server.into());
        clients.insert(count.to_string(), client.into());
        outcome.at_most(
            &format!("typing, {count} rooms: server s per 1,000"),
            server,
            LIMIT,
        );
    }
    outcome.figures = json!({
        "delivered_per_s": rates,
        "server_cpu_s_per_1000": servers,
        "client_cpu_s_per_1000": clients,
    });
    Ok(outcome)
}
