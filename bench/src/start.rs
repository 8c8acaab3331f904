//! From the start of the process to the first page that it serves, with an empty database and with one of a million rooms.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rusqlite::Connection;
use serde_json::json;
use sotto_tests::relay_process::binary;

use crate::outcome::Outcome;
use crate::settings::Settings;
use crate::spread::Spread;

/// How often each is started.
const TIMES: usize = 9;
/// How many rooms the full database has, unless `--rooms` says otherwise.
const ROOMS: usize = 1_000_000;
/// The limits, in milliseconds.
const EMPTY_MS: f64 = 300.0;
const FULL_MS: f64 = 1000.0;
/// How long a start may take before it counts as none.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two tries to connect.
const PAUSE: Duration = Duration::from_micros(500);

/// Rooms of the size that real ones have, without seats and messages: a start reads none of either. Nothing in them opens, and
/// a start opens nothing.
const FILL: &str = "
    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
    INSERT INTO room (room, expires_at, turn, ledger)
    SELECT CAST(printf('%032d', n) AS BLOB), 4000000000 + n % 720 * 3600, 7, randomblob(4076) FROM number;";

pub(crate) fn run(settings: &Settings) -> Result<Outcome> {
    let rooms = settings.rooms.unwrap_or(ROOMS);
    let folder = tempfile::tempdir()?;
    let mut outcome = Outcome {
        table: format!(
            "start: {TIMES} times, milliseconds {:>19} {:>9} {:>9}\n",
            "min", "median", "max"
        ),
        figures: json!({ "times": TIMES, "rooms": rooms }),
        missed: Vec::new(),
    };
    let empty = times(folder.path())?;
    writeln!(outcome.table, "{:<38} {empty}", "an empty database")?;
    outcome.at_most("ms to the first page, empty", empty.median, EMPTY_MS);
    let bytes = fill(&folder.path().join("sotto.db"), rooms)?;
    let full = times(folder.path())?;
    writeln!(
        outcome.table,
        "{:<38} {full}",
        format!("{rooms} rooms, {} MB", bytes / 1_000_000)
    )?;
    outcome.at_most("ms to the first page, full", full.median, FULL_MS);
    if let serde_json::Value::Object(figures) = &mut outcome.figures {
        figures.insert("empty_ms".to_owned(), serde_json::to_value(empty)?);
        figures.insert("full_ms".to_owned(), serde_json::to_value(full)?);
    }
    Ok(outcome)
}

/// Makes the rooms, and gives the size of the file.
fn fill(file: &Path, rooms: usize) -> Result<u64> {
    let database = Connection::open(file)?;
    // A crash of the machine would spoil a measurement, not a relay.
    database.pragma_update(None, "synchronous", "OFF")?;
    database.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
    database.pragma_update(None, "cache_size", -200_000)?;
    database.execute(FILL, [i64::try_from(rooms)?])?;
    database.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    drop(database);
    Ok(std::fs::metadata(file)?.len())
}

fn times(data: &Path) -> Result<Spread> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        times.push(once(data)?);
    }
    Spread::of(times).context("nothing was measured")
}

/// Starts a relay, waits for its page, and ends it; gives the milliseconds.
fn once(data: &Path) -> Result<f64> {
    // Free a moment ago: the relay cannot tell its port before it listens.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(binary()?);
    command
        .args([
            "serve",
            "--log",
            "error",
            "--listen",
            &address.to_string(),
            "--data",
        ])
        .arg(data);
    let began = Instant::now();
    let mut process = command.stdin(Stdio::null()).spawn()?;
    let served = first_page(&mut process, address, began);
    let took = began.elapsed();
    process.kill()?;
    process.wait()?;
    served?;
    Ok(took.as_secs_f64() * 1000.0)
}

/// Waits until the page has come.
fn first_page(process: &mut Child, address: SocketAddr, began: Instant) -> Result<()> {
    let mut socket = loop {
        if let Ok(socket) = TcpStream::connect(address) {
            break socket;
        }
        ensure!(process.try_wait()?.is_none(), "the relay ended");
        ensure!(began.elapsed() < PATIENCE, "the relay does not listen");
        std::thread::sleep(PAUSE);
    };
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.write_all(format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer)?;
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "the relay serves no page");
    Ok(())
}
