//! What bad connections do, each in a process of its own, until it is asked to end. Then it prints what it did.

use std::cell::Cell;
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use sotto_protocol::Command;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};

use super::BAD;
use crate::load::{Person, Wire, hints, name};

/// How soon one that was closed comes back.
const BACK: Duration = Duration::from_millis(100);
/// How long one that hurries is willing to wait.
const PATIENCE: Duration = Duration::from_millis(20);
/// How many hints are sent at a time, how much garbage, and how much is read of either where there is no relay: as much as
/// the relay reads at a time.
const HINTS: usize = 64;
const GARBAGE: usize = 64 * 1024;
const READ: usize = 4 * 1024;

/// What a process does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Act {
    /// Sends hints.
    Floods { address: String, flood: Flood },
    /// Has a seat, is sent what the other of its room may send, and reads nothing.
    ReadsNothing(String),
    /// Sends what is no frame.
    Garbage(String),
    /// Reads whatever comes, and does nothing.
    Sink,
}

/// How hints are sent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Flood {
    /// From a seat, as fast as they are taken.
    Waits,
    /// The same; but whoever does not take them at once is left, and come to anew.
    Hurries,
    /// So many bytes each time, over a time so long, to somebody who asks for no seat.
    Measured { bytes: u64, stays: Duration },
}

/// What it did.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Did {
    /// How often it came, and how often it was gone again.
    comings: u32,
    goings: u32,
    /// How much it sent after it had come.
    bytes: u64,
    /// How long it stayed, of those times that are over.
    stayed: Duration,
    /// For how long it acted.
    time: Duration,
}

impl Did {
    /// The same once more, with nobody at the other end who closes.
    pub(super) fn again(&self, longest: Duration) -> Flood {
        Flood::Measured {
            bytes: self.bytes / u64::from(self.comings.max(1)),
            stays: self.stayed.checked_div(self.goings).unwrap_or(longest),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.comings += other.comings;
        self.goings += other.goings;
        self.bytes += other.bytes;
        self.stayed += other.stayed;
        self.time += other.time;
    }

    pub(super) fn a_second(&self) -> f64 {
        f64::from(self.comings) / self.time.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(super) fn kilobytes(&self) -> f64 {
        self.bytes as f64 / f64::from(self.comings.max(1)) / 1e3
    }
}

/// Acts until it is asked to end.
pub(crate) async fn act(act: Act) -> Result<()> {
    // On one thread, as a small program would.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            let mut asked = signal(SignalKind::terminate())?;
            let (did, began) = (Cell::default(), Instant::now());
            tokio::select! {
                ended = on_and_on(&act, &did) => ended?,
                _ = asked.recv() => {}
            }
            let mut did: Did = did.get();
            did.time = began.elapsed();
            Ok(writeln!(stdout(), "did {}", serde_json::to_string(&did)?)?)
        })
    })
    .await?
}

async fn on_and_on(act: &Act, did: &Cell<Did>) -> Result<()> {
    if let Act::Sink = act {
        return sink().await;
    }
    writeln!(stdout(), "acts")?;
    loop {
        let came = Instant::now();
        count(did, |did| did.comings += 1);
        let done = match act {
            Act::Floods { address, flood } => floods(address, *flood, did).await,
            Act::ReadsNothing(address) => reads_nothing(address, did).await,
            Act::Garbage(address) => garbage(address, did).await,
            Act::Sink => Ok(()),
        };
        // That it is closed is what should happen; it comes back.
        drop(done);
        count(did, |did| {
            did.goings += 1;
            did.stayed += came.elapsed();
        });
        sleep(BACK).await;
    }
}

fn count(did: &Cell<Did>, change: impl FnOnce(&mut Did)) {
    let mut now = did.get();
    change(&mut now);
    did.set(now);
}

async fn floods(address: &str, flood: Flood, did: &Cell<Did>) -> Result<()> {
    let hints = hints(HINTS);
    let sent = || count(did, |did| did.bytes += hints.len() as u64);
    if let Flood::Measured { bytes, stays } = flood {
        let came = Instant::now();
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        for _ in 0..bytes / hints.len() as u64 {
            stream.write_all(&hints).await?;
            sent();
        }
        sleep(stays.saturating_sub(came.elapsed())).await;
        return Ok(());
    }
    let mut wire = Wire::connect(address).await?;
    let [ana, _] = bad();
    ana.open(&mut wire).await?;
    loop {
        match flood {
            Flood::Hurries => timeout(PATIENCE, wire.send(&hints)).await??,
            _ => wire.send(&hints).await?,
        }
        sent();
    }
}

/// The other sends as many as it may; and both come back when the reader is closed. Hints are not answered: that they were taken
/// is seen by the answer to what is asked after them.
async fn reads_nothing(address: &str, did: &Cell<Did>) -> Result<()> {
    let [reader, writer] = bad();
    let mut ignoring = Wire::connect(address).await?;
    reader.open(&mut ignoring).await?;
    let mut wire = Wire::connect(address).await?;
    writer.open(&mut wire).await?;
    let hints = hints(HINTS);
    loop {
        wire.send(&hints).await?;
        wire.ask(Command::Puzzle(writer.room.subject())).await?;
        count(did, |did| did.bytes += hints.len() as u64);
    }
}

async fn garbage(address: &str, did: &Cell<Did>) -> Result<()> {
    let garbage = vec![0xff; GARBAGE];
    let sent = || count(did, |did| did.bytes += garbage.len() as u64);
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&garbage).await?;
    sent();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await?;
    let mut wire = Wire::connect(address).await?;
    wire.send(&garbage).await?;
    sent();
    wire.frame().await?;
    Ok(())
}

/// The people of the room that they are in; a card is nothing that one needs to open a seat.
fn bad() -> [Person; 2] {
    Person::two(name(BAD), &Default::default())
}

async fn sink() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(stdout(), "listening on {}", listener.local_addr()?)?;
    loop {
        let (mut stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let mut bytes = [0; READ];
            while let Ok(1..) = stream.read(&mut bytes).await {}
        });
    }
}
