//! A day in the life: in each room somebody types, writes, is read and answered; now and then one of the two loses the
//! connection and comes back. All at once in many rooms, with no pause in between.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Result;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::load::{Room, Size, Stencil, hints, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::settings::Settings;
use crate::spread::{per_second, per_thousand};
use crate::usage::Since;

/// How many rooms are busy.
const ROOMS: usize = 200;
/// How many hints go before a message.
const HINTS: usize = 3;
/// After how many messages somebody comes anew.
const STAY: usize = 20;

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let mut relay = Relay::start(&[]).await?;
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let mut set = rooms(relay.address(), 0, ROOMS, &stencil).await?;
    for room in &mut set {
        room.settle().await?;
    }
    let hints: Arc<[u8]> = hints(HINTS).into();
    let since = Since::now(relay.id())?;
    let end = Instant::now() + settings.duration();
    let mut living = JoinSet::new();
    for mut room in set {
        let (hints, address) = (Arc::clone(&hints), relay.address().to_owned());
        living.spawn(async move {
            let mut turns = 0_usize;
            while Instant::now() < end {
                turn(&mut room, &hints).await?;
                turns += 1;
                if turns.is_multiple_of(STAY) {
                    room.come_anew(&address).await?;
                }
            }
            anyhow::Ok(turns)
        });
    }
    let mut turns = 0;
    while let Some(done) = living.join_next().await {
        turns += done??;
    }
    let spent = since.spent()?;
    let rate = per_second(turns, spent.clock);
    let (server, client) = (
        per_thousand(spent.server, turns),
        per_thousand(spent.client, turns),
    );
    let mut table = format!(
        "mixed: {ROOMS} rooms; a turn is {HINTS} hints, a message and its read; after {STAY} turns one comes anew\n"
    );
    writeln!(table, "{:<28} {rate:>9}", "turns/s")?;
    writeln!(table, "{:<28} {server:>9}", "server s per 1,000 turns")?;
    writeln!(table, "{:<28} {client:>9}", "client s per 1,000 turns")?;
    Ok(Outcome {
        table,
        figures: json!({
            "turns_per_s": rate,
            "server_cpu_s_per_1000": server,
            "client_cpu_s_per_1000": client,
        }),
        missed: Vec::new(),
    })
}

async fn turn(room: &mut Room, hints: &[u8]) -> Result<()> {
    room.typing(hints, HINTS).await?;
    let frame = room.next();
    room.send(&frame).await?;
    room.read().await
}
