//! The rows of a message, written by SQLite alone: one thread, no hop.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::spread::{median_micros, per_thousand};
use crate::usage::processor_time;

/// How many rooms take turns.
const ROOMS: usize = 500;
/// How many messages share a transaction.
const GROUP: usize = 50;
/// How often one is tried that comes now and then.
const TRIES: usize = 200;
/// What sealing at rest adds to a value, and what else is kept with an envelope and of a room, about.
const SEALED: usize = 40;
const BESIDE: usize = 120;
const LEDGER: usize = 256;

/// In which rows a message is written.
pub(super) struct Rows {
    settings: &'static str,
    tables: &'static str,
    make: &'static str,
    write: &'static str,
}

/// The relay's own.
pub(super) const OURS: Rows = Rows {
    settings: "PRAGMA page_size = 4096; PRAGMA foreign_keys = ON; PRAGMA cache_size = -8192; \
               PRAGMA wal_autocheckpoint = 4096;",
    tables: include_str!("../../../migrations/sqlite/0001_rooms.sql"),
    make: "INSERT INTO room (room, expires_at, turn, ledger, message) VALUES (?, 1, ?, ?, ?)",
    write: "UPDATE room SET turn = ?2, ledger = ?3, message = ?4 WHERE room = ?1",
};
/// As one would write them who knows nothing of pages.
pub(super) const PLAIN: Rows = Rows {
    settings: "",
    tables: "CREATE TABLE room (room BLOB PRIMARY KEY, turn INTEGER, ledger BLOB, message BLOB)",
    make: "INSERT INTO room VALUES (?, ?, ?, ?)",
    write: "INSERT OR REPLACE INTO room VALUES (?, ?, ?, ?)",
};

/// CPU seconds for 1,000 messages.
pub(super) fn measure(rows: &Rows, envelope: usize, duration: Duration) -> Result<f64> {
    let mut file = Written::new(rows, envelope)?;
    let (began, before) = (Instant::now(), processor_time(std::process::id())?);
    let mut count = 0;
    for (turn, group) in (2..).zip(keys().chunks(GROUP).cycle()) {
        if began.elapsed() >= duration {
            break;
        }
        file.group(rows.write, group, turn)?;
        count += group.len();
    }
    ensure!(count > 0, "nothing was written");
    Ok(per_thousand(processor_time(std::process::id())? - before, count))
}

/// Microseconds that one message takes, the median, with a rest before each. The log is as long as it becomes.
pub(super) fn rested(rows: &Rows, envelope: usize, rest: Duration) -> Result<u64> {
    let mut file = Written::new(rows, envelope)?;
    file.connection
        .query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))?;
    let mut times = Vec::with_capacity(TRIES);
    for (turn, key) in (2..).zip(keys().chunks(1).take(TRIES)) {
        std::thread::sleep(rest);
        let began = Instant::now();
        file.group(rows.write, key, turn)?;
        times.push(began.elapsed());
    }
    median_micros(times)
}

fn keys() -> Vec<[u8; 32]> {
    (0..ROOMS)
        .map(|number| *sotto_protocol::hash::card_hash(&number.to_be_bytes()).as_bytes())
        .collect()
}

/// A file with a message in each room.
struct Written {
    connection: Connection,
    ledger: Vec<u8>,
    sealed: Vec<u8>,
    _folder: TempDir,
}

impl Written {
    fn new(rows: &Rows, envelope: usize) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let connection = Connection::open(folder.path().join("floor.db"))?;
        connection.execute_batch(rows.settings)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;",
        )?;
        connection.execute_batch(rows.tables)?;
        // As the relay pads it: whole pages with what is before it.
        let whole = (LEDGER + envelope + BESIDE + SEALED + 16).next_multiple_of(4092) - 16;
        let mut file = Self {
            connection,
            ledger: vec![0x5a; LEDGER],
            sealed: vec![0xa5; whole - LEDGER],
            _folder: folder,
        };
        for group in keys().chunks(GROUP) {
            file.group(rows.make, group, 1)?;
        }
        Ok(file)
    }

    /// A message of each of these rooms in one transaction.
    fn group(&mut self, statement: &str, group: &[[u8; 32]], turn: u64) -> Result<()> {
        let run = |statement| anyhow::Ok(self.connection.prepare_cached(statement)?.execute(())?);
        run("BEGIN IMMEDIATE")?;
        // Each row is new from end to end, as what is sealed anew is.
        for byte in self.ledger.iter_mut().chain(&mut self.sealed) {
            *byte = byte.wrapping_add(1);
        }
        let mut row = self.connection.prepare_cached(statement)?;
        for key in group {
            let turn = i64::try_from(turn)?;
            row.execute(params![key.as_slice(), turn, self.ledger, self.sealed])?;
        }
        run("COMMIT")?;
        Ok(())
    }
}
