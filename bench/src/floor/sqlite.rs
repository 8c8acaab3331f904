//! The rows of a message, written by SQLite alone: the relay's own tables and settings, one thread, no hop.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rusqlite::{Connection, params};

use crate::spread::per_thousand;
use crate::usage::processor_time;

/// How many rooms take turns.
const ROOMS: usize = 500;
/// How many messages share a transaction.
const GROUP: usize = 50;
/// What sealing at rest adds to a value, and what else is kept with an envelope and of a room, about.
const SEALED: usize = 40;
const BESIDE: usize = 120;
const LEDGER: usize = 200;

const TABLES: &str = include_str!("../../../migrations/sqlite/0001_rooms.sql");
const ROOM: &str = "INSERT INTO room (room, expires_at, turn, sealed) VALUES (?, 1, ?, ?) ON CONFLICT (room) DO \
                    UPDATE SET turn = excluded.turn, sealed = excluded.sealed";
const MESSAGE: &str = "INSERT INTO message (room, turn, sealed) VALUES (?, ?, ?) ON CONFLICT (room) DO UPDATE SET \
                       turn = excluded.turn, sealed = excluded.sealed";

/// CPU seconds for 1,000 messages.
pub(super) fn measure(envelope: usize, duration: Duration) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let connection = Connection::open(folder.path().join("floor.db"))?;
    connection.execute_batch(
        "PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
         PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;",
    )?;
    connection.execute_batch(TABLES)?;
    let mut room = connection.prepare(ROOM)?;
    let mut message = connection.prepare(MESSAGE)?;
    let keys: Vec<[u8; 32]> = (0..ROOMS)
        .map(|number| *sotto_protocol::hash::card_hash(&number.to_be_bytes()).as_bytes())
        .collect();
    let mut ledger = vec![0x5a_u8; LEDGER + SEALED];
    let mut sealed = vec![0xa5_u8; envelope + BESIDE + SEALED];
    let mut write = |group: &[[u8; 32]], turn: u64| -> Result<()> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        // Each row is new from end to end, as what is sealed anew is.
        for byte in ledger.iter_mut().chain(&mut sealed) {
            *byte = byte.wrapping_add(1);
        }
        for key in group {
            let turn = i64::try_from(turn)?;
            room.execute(params![key.as_slice(), turn, ledger])?;
            message.execute(params![key.as_slice(), turn, sealed])?;
        }
        Ok(connection.execute_batch("COMMIT")?)
    };
    for group in keys.chunks(GROUP) {
        write(group, 1)?;
    }
    let (began, before) = (Instant::now(), processor_time(std::process::id())?);
    let mut count = 0;
    for (turn, group) in (2..).zip(keys.chunks(GROUP).cycle()) {
        if began.elapsed() >= duration {
            break;
        }
        write(group, turn)?;
        count += group.len();
    }
    ensure!(count > 0, "nothing was written");
    Ok(per_thousand(processor_time(std::process::id())? - before, count))
}
