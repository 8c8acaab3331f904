//! A hundred thousand connections in one process, more than it may have files: the whole relay, on a real file, with pipes in
//! place of sockets. All else is as it is: HTTP and its upgrade, the codec, the puzzle, the seat, the envelopes.
//!
//! Relay and clients share a process, so that the clients' part is taken off. A client keeps nothing but its end of the
//! pipe once it has sent and received its message; what pipes cost is measured by a run of its own, with both ends and the
//! same bytes, and no relay. Each run is a process of its own: memory that one has given back would serve the other.
//!
//! As for `linear`, what counts is what each connection adds to the resident bytes: from the first thousand to ten thousand
//! more, where the megabyte by which runs differ is 100 bytes of each, and from there to all.

mod pipe;

use std::fmt::Write as _;
use std::io::{Write as _, stderr, stdout};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sotto_relay::listener::Listener;
use sotto_relay::socket::Pipe;
use sotto_relay::{Config, Relay};
use sotto_tests::process::Process;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use self::pipe::pipe;
use crate::linear::{ANEW, FILL, alike};
use crate::load::{LIFETIME, Room, Size, Stencil, Wire};
use crate::outcome::Outcome;
use crate::relay::IN_PROCESS;
use crate::usage::memory;

/// Up to how many connections there are few, and many: two in each room. What the first add is not compared.
const FIRST: u64 = 1_000;
const FEW: u64 = 11_000;
const MANY: u64 = 100_000;
/// How many rooms are made at the same time, while what is bounded is filled and later: what connections need only while they
/// come is there before it is measured.
const AT_ONCE: usize = 20;
/// How long all is quiet before it is measured.
const QUIET: Duration = Duration::from_secs(10);

/// What a process of this scenario measures.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Inside {
    /// Relay, pipes and the clients' ends.
    Relay,
    /// Pipes, and nobody at either end.
    Pipes,
}

/// Resident bytes of a process at each step.
#[derive(Debug, Serialize, Deserialize)]
struct Steps {
    filled: f64,
    first: f64,
    few: f64,
    many: f64,
}

impl Steps {
    /// What each connection adds, among few and among many.
    fn each(&self) -> [f64; 2] {
        [
            (self.few - self.first) / count_of(FEW - FIRST),
            (self.many - self.few) / count_of(MANY - FEW),
        ]
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
const fn count_of(count: u64) -> f64 {
    count as f64
}

pub(crate) async fn run() -> Result<Outcome> {
    let (whole, pipes) = (measured(Inside::Relay).await?, measured(Inside::Pipes).await?);
    let mut table = format!(
        "simulated: resident bytes\n{:<12} {:>12} {:>18}\n",
        "connections", "all", "pipe and client"
    );
    for (count, whole, pipes) in [
        (0, whole.filled, pipes.filled),
        (FIRST, whole.first, pipes.first),
        (FEW, whole.few, pipes.few),
        (MANY, whole.many, pipes.many),
    ] {
        writeln!(table, "{count:<12} {whole:>12} {pipes:>18}")?;
    }
    let (whole, pipes) = (whole.each(), pipes.each());
    let [few, many] = std::array::from_fn(|place| -> [f64; 3] {
        let of = |each: &[f64; 2]| each.get(place).copied().unwrap_or(f64::NAN).round();
        [of(&whole), of(&pipes), of(&whole) - of(&pipes)]
    });
    writeln!(
        table,
        "\n{:<28} {:>8} {:>18} {:>8}",
        "what each adds", "all", "pipe and client", "relay"
    )?;
    for (from, to, [whole, pipe, relay]) in [(FIRST, FEW, few), (FEW, MANY, many)] {
        let range = format!("from {from} to {to}");
        writeln!(table, "{range:<28} {whole:>8} {pipe:>18} {relay:>8}")?;
    }
    let ([_, few_pipe, few], [_, many_pipe, many]) = (few, many);
    let mut outcome = Outcome {
        table,
        figures: json!({
            "rss_bytes_per_connection": { FEW.to_string(): few, MANY.to_string(): many },
            "pipe_bytes_per_connection": { FEW.to_string(): few_pipe, MANY.to_string(): many_pipe },
        }),
        missed: Vec::new(),
    };
    alike(&mut outcome, "simulated", many / few);
    Ok(outcome)
}

async fn measured(inside: Inside) -> Result<Steps> {
    let name = inside.to_possible_value().context("a name")?;
    let program = std::env::current_exe()?;
    let arguments = ["--inside".to_owned(), name.get_name().to_owned()];
    let mut process = Process::start(Path::new(&program), &arguments, &[])?;
    Ok(serde_json::from_str(&process.line_after("measured ").await?)?)
}

/// Measures in this process, and prints it.
pub(crate) async fn inside(inside: Inside) -> Result<()> {
    let steps = match inside {
        Inside::Relay => relay().await?,
        Inside::Pipes => pipes().await?,
    };
    Ok(writeln!(stdout(), "measured {}", serde_json::to_string(&steps)?)?)
}

/// A relay in this process: where its pipes go in, and its data.
fn started() -> Result<(mpsc::Sender<Box<dyn Pipe>>, TempDir)> {
    let data = tempfile::tempdir()?;
    let (pipes, listener) = mpsc::channel(AT_ONCE);
    let folder = ["--data", data.path().to_str().context("a path of text")?];
    let connections = (2 * MANY).to_string();
    let bound = ["--connections", &connections];
    let config = Config::from_flags(IN_PROCESS.iter().chain(&folder).chain(&bound))?;
    // A thread and a runtime of its own, as it has as a process.
    std::thread::spawn(move || {
        if let Err(error) = serve(listener, config) {
            // Whoever started this process shows it.
            let _ = writeln!(stderr(), "{error:#}");
        }
    });
    Ok((pipes, data))
}

async fn relay() -> Result<Steps> {
    let (pipes, _data) = started()?;
    let stencil = Arc::new(Stencil::make(Size::Long)?);
    let (mut next, mut ends) = (0, Vec::with_capacity(usize::try_from(MANY)?));
    fill(&pipes, &mut next, FILL, &stencil).await?;
    let mut seen = [0.0; 4];
    for (count, seen) in [0, FIRST, FEW, MANY].into_iter().zip(&mut seen) {
        let more = (count - ends.len() as u64) / 2;
        ends.extend(used(&pipes, next, more, &stencil).await?);
        next += more;
        // What is bounded is at times half of what it may be.
        fill(&pipes, &mut next, ANEW, &stencil).await?;
        *seen = resting().await?;
    }
    Ok(steps(seen))
}

/// People come and go, until this many rooms more were there.
async fn fill(
    pipes: &mpsc::Sender<Box<dyn Pipe>>,
    next: &mut u64,
    rooms: u64,
    stencil: &Arc<Stencil>,
) -> Result<()> {
    let end = *next + rooms;
    while *next < end {
        drop(used(pipes, *next, AT_ONCE as u64, stencil).await?);
        *next += AT_ONCE as u64;
    }
    Ok(())
}

const fn steps([filled, first, few, many]: [f64; 4]) -> Steps {
    Steps {
        filled,
        first,
        few,
        many,
    }
}

fn serve(pipes: mpsc::Receiver<Box<dyn Pipe>>, config: Config) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    Ok(runtime.block_on(Relay::serve(
        Listener::Pipes(pipes),
        std::future::pending(),
        config,
    ))?)
}

/// The clients' ends of rooms in which each has sent and received a message.
async fn used(
    pipes: &mpsc::Sender<Box<dyn Pipe>>,
    from: u64,
    count: u64,
    stencil: &Arc<Stencil>,
) -> Result<Vec<DuplexStream>> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut making = JoinSet::new();
    let mut ends = Vec::with_capacity(2 * usize::try_from(count)?);
    for number in from..from + count {
        let place = Arc::clone(&places).acquire_owned().await?;
        let (pipes, stencil) = (pipes.clone(), Arc::clone(stencil));
        making.spawn(async move {
            let _place = place;
            let wires = [connected(&pipes).await?, connected(&pipes).await?];
            let mut room = Room::over(wires, number, LIFETIME, &stencil).await?;
            for _ in 0..2 {
                let frame = room.next();
                room.send(&frame).await?;
            }
            // So that nothing is on its way to what is closed.
            room.settle().await?;
            anyhow::Ok(room.wires.map(Wire::into_stream))
        });
        while let Some(made) = making.try_join_next() {
            ends.extend(made??);
        }
    }
    while let Some(made) = making.join_next().await {
        ends.extend(made??);
    }
    Ok(ends)
}

async fn connected(pipes: &mpsc::Sender<Box<dyn Pipe>>) -> Result<Wire<DuplexStream>> {
    let (end, other) = pipe();
    let sent = pipes.send(Box::new(other)).await;
    ensure!(sent.is_ok(), "the relay has stopped");
    Wire::welcomed(end, "localhost").await
}

/// Pipes alone, through which as many bytes went.
async fn pipes() -> Result<Steps> {
    let length = Stencil::make(Size::Long)?.length();
    let carried = vec![7; length];
    for _ in 0..FILL {
        drop(carrying(&carried).await?);
    }
    let mut all = Vec::with_capacity(usize::try_from(MANY)?);
    let mut seen = [0.0; 4];
    for (count, seen) in [0, FIRST, FEW, MANY].into_iter().zip(&mut seen) {
        while (all.len() as u64) < count {
            all.push(carrying(&carried).await?);
        }
        *seen = resting().await?;
    }
    Ok(steps(seen))
}

async fn carrying(bytes: &[u8]) -> Result<(DuplexStream, Box<dyn Pipe>)> {
    let (mut end, mut other) = pipe();
    let mut came = vec![0; bytes.len()];
    let (sent, received) = tokio::join!(end.write_all(bytes), other.read_exact(&mut came));
    sent.and(received.map(|_| ()))?;
    let (sent, received) = tokio::join!(other.write_all(bytes), end.read_exact(&mut came));
    sent.and(received.map(|_| ()))?;
    Ok((end, Box::new(other)))
}

/// Memory when all has been quiet.
async fn resting() -> Result<f64> {
    tokio::time::sleep(QUIET).await;
    Ok(memory(std::process::id())?.rss)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn people_talk_through_pipes() {
        let (pipes, _data) = started().unwrap();
        let stencil = Arc::new(Stencil::make(Size::Long).unwrap());
        let ends = used(&pipes, 0, 2, &stencil).await.unwrap();
        assert_eq!(ends.len(), 4, "two rooms of two");
    }
}
