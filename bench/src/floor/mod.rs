//! What the same job costs without a relay, in the same run: the rows of a message written by SQLite alone in groups, the
//! relay's own and, beside them, plain ones; and its bytes carried by the relay's socket library alone. Nothing that stores and forwards with these two can be
//! cheaper than their sum.

mod echo;
mod sqlite;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, json};
use sotto_tests::process::Process;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use crate::load::{Size, Stencil};
use crate::outcome::Outcome;
use crate::settings::Settings;

pub(crate) use echo::serve as echo;

pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let mut table = format!(
        "floor: CPU s per 1,000 messages; SQLite in groups of 50\n{:<8} {:>12} {:>12} {:>10} {:>10}\n",
        "size", "plain rows", "our rows", "sockets", "together"
    );
    let (mut plain, mut stored, mut carried, mut both) = (Map::new(), Map::new(), Map::new(), Map::new());
    for size in Size::ALL {
        let length = Stencil::make(size)?.length();
        let naive = sqlite::measure(&sqlite::PLAIN, length, settings.duration())?;
        let store = sqlite::measure(&sqlite::OURS, length, settings.duration())?;
        let carry = sockets(length, settings).await?;
        let sum = ((store + carry) * 1e4).round() / 1e4;
        writeln!(
            table,
            "{:<8} {naive:>12} {store:>12} {carry:>10} {sum:>10}",
            size.name()
        )?;
        for (figures, value) in [
            (&mut plain, naive),
            (&mut stored, store),
            (&mut carried, carry),
            (&mut both, sum),
        ] {
            figures.insert(size.name().to_owned(), value.into());
        }
    }
    let hints = hints(settings).await?;
    writeln!(table, "typing   {hints:>35}")?;
    Ok(Outcome {
        table,
        figures: json!({
            "plain_cpu_s_per_1000": plain,
            "sqlite_cpu_s_per_1000": stored,
            "echo_cpu_s_per_1000": carried,
            "cpu_s_per_1000": both,
            "typing_cpu_s_per_1000": hints,
        }),
        missed: Vec::new(),
    })
}

/// The sockets' part for messages of this length.
async fn sockets(length: usize, settings: &Settings) -> Result<f64> {
    let (server, address) = started().await?;
    echo::messages(server.id(), &address, length, settings.duration()).await
}

/// The microseconds that a message of this length takes over sockets alone, with a rest before each.
pub(crate) async fn carried(length: usize, rest: Duration) -> Result<u64> {
    let (_server, address) = started().await?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    spawn_blocking(move || runtime.block_on(echo::rested(&address, length, rest))).await?
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
