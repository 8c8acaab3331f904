//! How fast people come: connect, ask for the puzzle, open with eight keys; and all of them again with their tickets, as
//! after a cut of the line.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Result;
use serde_json::json;
use sotto_protocol::Ticket;
use tokio::task::JoinSet;

use crate::load::{Person, Size, Stencil, Wire, rooms};
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::settings::Settings;
use crate::spread::{per_second, per_thousand};
use crate::usage::{Since, Spent};

/// How many rooms there are; each has two people and a message.
const ROOMS: usize = 2_500;
/// How many come at the same time.
const AT_ONCE: usize = 200;
/// How many a second there should be.
const LIMIT: f64 = 6_000.0;

/// Somebody who comes, and the ticket of the last time.
type Comer = (Person, Option<Ticket>);

pub(crate) async fn run(_: &Settings) -> Result<Outcome> {
    let mut relay = Relay::start(&[]).await?;
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let mut set = rooms(relay.address(), 0, ROOMS, &stencil).await?;
    for room in &mut set {
        let frame = room.next();
        room.send(&frame).await?;
    }
    let people: Vec<Comer> = set
        .into_iter()
        .flat_map(|room| room.people)
        .map(|person| (person, None))
        .collect();
    let count = people.len();
    let (people, opened) = come(&mut relay, people).await?;
    let (_, reopened) = come(&mut relay, people).await?;
    let mut table = format!(
        "connect: {count} connections, {AT_ONCE} at once\n{:<28} {:>9} {:>20} {:>20}\n",
        "", "opens/s", "server s per 1,000", "client s per 1,000"
    );
    for (name, spent) in [
        ("connect, puzzle, open", &opened),
        ("connect, open by ticket", &reopened),
    ] {
        writeln!(
            table,
            "{name:<28} {:>9} {:>20} {:>20}",
            per_second(count, spent.clock),
            per_thousand(spent.server, count),
            per_thousand(spent.client, count)
        )?;
    }
    let rate = per_second(count, opened.clock);
    let mut outcome = Outcome {
        table,
        figures: json!({
            "connections": count,
            "opens_per_s": rate,
            "server_cpu_s_per_1000": per_thousand(opened.server, count),
            "client_cpu_s_per_1000": per_thousand(opened.client, count),
            "by_ticket_opens_per_s": per_second(count, reopened.clock),
            "by_ticket_server_cpu_s_per_1000": per_thousand(reopened.server, count),
        }),
        missed: Vec::new(),
    };
    outcome.at_least("opens a second", rate, LIMIT);
    Ok(outcome)
}

/// All come, and stay until the last is there.
async fn come(relay: &mut Relay, mut people: Vec<Comer>) -> Result<(Vec<Comer>, Spent)> {
    let share = people.len().div_ceil(AT_ONCE);
    let since = Since::now(relay.id())?;
    let mut coming = JoinSet::new();
    while !people.is_empty() {
        let address = relay.address().to_owned();
        let some = people.split_off(people.len().saturating_sub(share));
        coming.spawn(async move {
            let mut came = Vec::with_capacity(some.len());
            for (person, ticket) in some {
                let mut wire = Wire::connect(&address).await?;
                let ticket = match ticket {
                    Some(ticket) => {
                        person.reopen(&mut wire, ticket).await?;
                        ticket
                    }
                    None => person.open(&mut wire).await?,
                };
                came.push(((person, Some(ticket)), wire));
            }
            anyhow::Ok(came)
        });
    }
    let mut all = Vec::new();
    while let Some(came) = coming.join_next().await {
        all.extend(came??);
    }
    let spent = since.spent()?;
    Ok((all.into_iter().map(|(comer, _)| comer).collect(), spent))
}
