//! A hundred thousand connections in one process, more than it may have files: the whole relay, on a real file, with pipes in
//! place of sockets. All else is as it is: HTTP and its upgrade, the codec, the puzzle, the seat, the envelopes.
//!
//! Relay and clients share a process, so that the clients' part is taken off. A client keeps nothing but its end of the
//! pipe once it has sent and received its message; what pipes cost is measured by a run of its own, with both ends and the
//! same bytes, and no relay. Each run is a process of its own: memory that one has given back would serve the other.

use std::fmt::Write as _;
use std::io::{self, Write as _, stderr, stdout};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
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
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex,
};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::load::{LIFETIME, Room, Size, Stencil, Wire};
use crate::outcome::Outcome;
use crate::relay::IN_PROCESS;
use crate::usage::memory;

/// How many rooms fill what is bounded, as for `linear`.
const FILL: u64 = 4_000;
/// How many connections are few, and many: two in each room.
const FEW: u64 = 1_000;
const MANY: u64 = 100_000;
/// How many rooms are made at the same time, while what is bounded is filled and later: what connections need only while they
/// come is there before it is measured.
const AT_ONCE: usize = 20;
/// How much a connection may hold among many, to that among few.
const ALIKE: f64 = 1.15;
/// How long all is quiet before it is measured.
const QUIET: Duration = Duration::from_secs(10);
/// What a pipe takes before it is read from, in each direction. It is small, for it is not what is measured.
const PIPE: usize = 256;

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
    few: f64,
    many: f64,
}

impl Steps {
    /// Of each connection, among few and among many.
    fn each(&self) -> [f64; 2] {
        [(self.few, FEW), (self.many, MANY)].map(|(now, count)| (now - self.filled) / count_of(count))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
const fn count_of(count: u64) -> f64 {
    count as f64
}

pub(crate) async fn run() -> Result<Outcome> {
    let whole = measured(Inside::Relay).await?.each();
    let pipes = measured(Inside::Pipes).await?.each();
    let [few, many] = std::array::from_fn(|place| -> [f64; 3] {
        let of = |each: &[f64; 2]| each.get(place).copied().unwrap_or(f64::NAN).round();
        [of(&whole), of(&pipes), of(&whole) - of(&pipes)]
    });
    let mut table = format!(
        "simulated: bytes RSS of each connection\n{:<12} {:>8} {:>18} {:>8}\n",
        "connections", "all", "pipe and client", "relay"
    );
    for (count, [whole, pipe, relay]) in [(FEW, few), (MANY, many)] {
        writeln!(table, "{count:<12} {whole:>8} {pipe:>18} {relay:>8}")?;
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
    outcome.at_most(
        "simulated, bytes RSS among many, to those among few",
        many / few,
        ALIKE,
    );
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
    for from in (0..FILL).step_by(AT_ONCE) {
        drop(used(&pipes, from, AT_ONCE as u64, &stencil).await?);
    }
    let filled = resting().await?;
    let some = used(&pipes, FILL, FEW / 2, &stencil).await?;
    let few = resting().await?;
    let others = used(&pipes, FILL + FEW / 2, (MANY - FEW) / 2, &stencil).await?;
    let many = resting().await?;
    let open = some.len() + others.len();
    ensure!(open == usize::try_from(MANY)?, "{open} ends are open");
    Ok(Steps { filled, few, many })
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
    let filled = resting().await?;
    let mut all = Vec::with_capacity(usize::try_from(MANY)?);
    for _ in 0..FEW {
        all.push(carrying(&carried).await?);
    }
    let few = resting().await?;
    for _ in FEW..MANY {
        all.push(carrying(&carried).await?);
    }
    let many = resting().await?;
    ensure!(
        all.len() == usize::try_from(MANY)?,
        "{} pipes are open",
        all.len()
    );
    Ok(Steps { filled, few, many })
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

/// The relay's end of a pipe. What a pipe holds cannot be looked at: one byte of it is taken to see whether there is any.
#[derive(Debug)]
struct End {
    pipe: DuplexStream,
    first: Option<u8>,
}

fn pipe() -> (DuplexStream, End) {
    let (end, pipe) = duplex(PIPE);
    (end, End { pipe, first: None })
}

impl Pipe for End {
    fn poll_read_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.first.is_some() {
            return Poll::Ready(Ok(()));
        }
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        let polled = Pin::new(&mut self.pipe).poll_read(context, &mut buffer);
        self.first = buffer.filled().first().copied();
        polled
    }
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let Some(first) = self.first.take() else {
            return Pin::new(&mut self.pipe).poll_read(context, buffer);
        };
        buffer.put_slice(&[first]);
        // What lies behind it comes along; if nothing does, that one is enough.
        match Pin::new(&mut self.pipe).poll_read(context, buffer) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.pipe).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn people_talk_through_pipes() {
        let (pipes, _data) = started().unwrap();
        let stencil = Arc::new(Stencil::make(Size::Long).unwrap());
        let ends = used(&pipes, 0, 2, &stencil).await.unwrap();
        assert_eq!(ends.len(), 4, "two rooms of two");
    }

    #[tokio::test]
    async fn what_was_looked_at_is_read_first() {
        let (mut end, mut other) = pipe();
        assert!(
            poll_fn(|context| Poll::Ready(other.poll_read_ready(context)))
                .await
                .is_pending()
        );
        end.write_all(b"abc").await.unwrap();
        for _ in 0..2 {
            poll_fn(|context| other.poll_read_ready(context)).await.unwrap();
        }
        let mut all = [0; 3];
        other.read_exact(&mut all).await.unwrap();
        assert_eq!(&all, b"abc");
        drop(end);
        poll_fn(|context| other.poll_read_ready(context)).await.unwrap();
        assert_eq!(other.read(&mut all).await.unwrap(), 0, "the end is seen, too");
    }
}
