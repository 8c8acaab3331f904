//! Measures Sotto: `./build.sh bench [SCENARIO] [--json FILE]`.
//!
//! Each scenario drives the real relay process, prints a table, and says which of its limits were missed; then the
//! command fails. What was measured stands in `docs/benchmarks.md`, with machine, date and command.

mod admin;
mod calm;
mod check;
mod connect;
mod disk;
mod floor;
mod idle;
mod linear;
mod load;
mod machine;
mod mixed;
mod neighbour;
mod open;
mod outcome;
mod page;
mod peers;
mod purge;
mod relay;
mod send;
mod settings;
mod simulated;
mod spread;
mod start;
mod tunnel;
mod typing;
mod usage;
mod visit;

use std::io::{Write as _, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use serde_json::{Map, Value};

use crate::outcome::Outcome;
use crate::settings::Settings;

/// Measures Sotto, and fails where a limit is missed.
#[derive(Debug, Parser)]
struct Args {
    /// What to measure; everything if it is left out.
    scenario: Option<Scenario>,
    /// Writes the figures to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    /// Measures NATS, too.
    #[arg(long)]
    peers: bool,
    /// Compares with bench/baseline.json, after what that needs: idle, connect, typing, send, calm and floor.
    #[arg(long, conflicts_with = "scenario")]
    check: bool,
    /// Serves as the floor's sockets, for the scenario `floor`, which starts this program once more.
    #[arg(long, hide = true)]
    echo: bool,
    /// Measures in a process of its own for the scenario `simulated`, which starts this program once more.
    #[arg(long, hide = true)]
    inside: Option<simulated::Inside>,
    /// Does what this JSON says in a process of its own for the scenario `neighbour`, which starts this program once more.
    #[arg(long, hide = true, value_parser = |json: &str| serde_json::from_str::<neighbour::Act>(json))]
    act: Option<neighbour::Act>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Scenario {
    /// From a click on Open to a readable message, less Argon2id, in both browsers.
    Open,
    /// The same from a click on Resume, on a locked page.
    Resume,
    /// A first visit over a slow line, until the page is of use.
    Visit,
    /// What a first visit loads, and Argon2id beside npm's `hash-wasm`.
    Page,
    /// What an idle connection holds of memory.
    Idle,
    /// The same under TLS.
    IdleTls,
    /// How fast people connect and open, and do so again.
    Connect,
    /// What only goes through the relay.
    Typing,
    /// Messages that are stored.
    Send,
    /// A message now and then, beside one flush of the disk.
    Calm,
    /// A day in the life: hints, messages, reads, and people who come anew.
    Mixed,
    /// Whether cost grows with the work alone.
    Linear,
    /// What a connection holds among a hundred thousand, in one process with pipes in place of sockets.
    Simulated,
    /// What one bad connection does to other rooms.
    Neighbour,
    /// What dashboards cost that are left open.
    Admin,
    /// Many rooms that end at once, while others go on.
    Purge,
    /// From the start of the process to the first page, with no room and with a million.
    Start,
    /// What the same job costs without a relay: SQLite alone, and sockets alone.
    Floor,
}

/// What `--check` needs.
const CHECKED: [Scenario; 6] = [
    Scenario::Idle,
    Scenario::Connect,
    Scenario::Typing,
    Scenario::Send,
    Scenario::Calm,
    Scenario::Floor,
];

impl Scenario {
    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resume => "resume",
            Self::Visit => "visit",
            Self::Page => "page",
            Self::Idle => "idle",
            Self::IdleTls => "idle-tls",
            Self::Connect => "connect",
            Self::Typing => "typing",
            Self::Send => "send",
            Self::Calm => "calm",
            Self::Mixed => "mixed",
            Self::Linear => "linear",
            Self::Simulated => "simulated",
            Self::Neighbour => "neighbour",
            Self::Admin => "admin",
            Self::Purge => "purge",
            Self::Start => "start",
            Self::Floor => "floor",
        }
    }

    async fn run(self, settings: &Settings) -> Result<Outcome> {
        match self {
            Self::Open => open::run(open::Way::Open).await,
            Self::Resume => open::run(open::Way::Resume).await,
            Self::Visit => visit::run().await,
            Self::Page => page::run().await,
            Self::Idle => idle::run(settings).await,
            Self::IdleTls => idle::run_tls(settings).await,
            Self::Connect => connect::run(settings).await,
            Self::Typing => typing::run(settings).await,
            Self::Send => send::run(settings).await,
            Self::Calm => calm::run(settings).await,
            Self::Mixed => mixed::run(settings).await,
            Self::Linear => linear::run(settings).await,
            Self::Simulated => simulated::run().await,
            Self::Neighbour => neighbour::run(settings).await,
            Self::Admin => admin::run(settings).await,
            Self::Purge => purge::run(settings).await,
            Self::Start => start::run(settings),
            Self::Floor => floor::run(settings).await,
        }
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    if args.echo {
        return floor::echo().await.map(|()| ExitCode::SUCCESS);
    }
    if let Some(inside) = args.inside {
        return simulated::inside(inside).await.map(|()| ExitCode::SUCCESS);
    }
    if let Some(act) = args.act {
        return neighbour::act(act).await.map(|()| ExitCode::SUCCESS);
    }
    let chosen = match args.scenario {
        Some(one) => vec![one],
        None if args.check => CHECKED.to_vec(),
        None => Scenario::value_variants().to_vec(),
    };
    let mut figures = Map::from_iter([("machine".to_owned(), machine::describe())]);
    writeln!(stdout(), "{}", machine::line())?;
    let mut missed = Vec::new();
    let mut take = |name: &str, outcome: Outcome, figures: &mut Map<String, Value>| {
        figures.insert(name.to_owned(), outcome.figures);
        missed.extend(outcome.missed);
        writeln!(stdout(), "\n{}", outcome.table)
    };
    for scenario in chosen {
        let name = scenario.name();
        let outcome = scenario.run(&args.settings).await;
        take(
            name,
            outcome.with_context(|| format!("measuring {name}"))?,
            &mut figures,
        )?;
    }
    if args.peers {
        let outcome = peers::run(&args.settings, figures.get("typing"))
            .await
            .context("measuring NATS")?;
        take("nats", outcome, &mut figures)?;
    }
    if args.check {
        let outcome = check::compare(&figures)?;
        take("check", outcome, &mut figures)?;
    }
    if let Some(file) = args.json {
        let text = serde_json::to_string_pretty(&figures)? + "\n";
        std::fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    for limit in &missed {
        writeln!(stderr(), "missed: {limit}")?;
    }
    Ok(if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
