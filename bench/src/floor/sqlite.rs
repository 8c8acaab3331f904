//! The rows of a message, written by SQLite alone: one thread, no hop.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rusqlite::{Connection, Statement, params};

use crate::spread::per_thousand;
use crate::usage::processor_time;

/// How many rooms take turns.
const ROOMS: usize = 500;
/// How many messages share a transaction.
const GROUP: usize = 50;
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
    let folder = tempfile::tempdir()?;
    let connection = Connection::open(folder.path().join("floor.db"))?;
    connection.execute_batch(rows.settings)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;",
    )?;
    connection.execute_batch(rows.tables)?;
    let (mut make, mut write) = (connection.prepare(rows.make)?, connection.prepare(rows.write)?);
    let keys: Vec<[u8; 32]> = (0..ROOMS)
        .map(|number| *sotto_protocol::hash::card_hash(&number.to_be_bytes()).as_bytes())
        .collect();
    let mut ledger = vec![0x5a_u8; LEDGER];
    // As the relay pads it: whole pages with what is before it.
    let whole = (LEDGER + envelope + BESIDE + SEALED + 16).next_multiple_of(4092) - 16;
    let mut sealed = vec![0xa5_u8; whole - LEDGER];
    let mut written = |row: &mut Statement<'_>, group: &[[u8; 32]], turn: u64| -> Result<()> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        // Each row is new from end to end, as what is sealed anew is.
        for byte in ledger.iter_mut().chain(&mut sealed) {
            *byte = byte.wrapping_add(1);
        }
        for key in group {
            let turn = i64::try_from(turn)?;
            row.execute(params![key.as_slice(), turn, ledger, sealed])?;
        }
        Ok(connection.execute_batch("COMMIT")?)
    };
    for group in keys.chunks(GROUP) {
        written(&mut make, group, 1)?;
    }
    let (began, before) = (Instant::now(), processor_time(std::process::id())?);
    let mut count = 0;
    for (turn, group) in (2..).zip(keys.chunks(GROUP).cycle()) {
        if began.elapsed() >= duration {
            break;
        }
        written(&mut write, group, turn)?;
        count += group.len();
    }
    ensure!(count > 0, "nothing was written");
    Ok(per_thousand(processor_time(std::process::id())? - before, count))
}
