//! A database full of rooms that are over: rows of the size that real ones have, under keys of their own.

use std::fs::File;
use std::path::Path;

use anyhow::{Result, ensure};
use rusqlite::{Connection, params};
use sotto_protocol::hash;
use sotto_relay::data::DATABASE;

/// The rows of a room of two with a message, and a code that is out. Nothing in them opens, and a purge opens nothing.
const ROOM: &str = "INSERT INTO room (room, expires_at, turn, ledger, message) \
                    SELECT ?1, ?2, 1, randomblob(length(ledger)), randomblob(length(message)) FROM room WHERE message IS NOT NULL LIMIT 1";
const SEAT: &str = "INSERT INTO seat (room, seat, access, sealed) \
                    SELECT ?1, ?2, randomblob(32), randomblob(length(sealed)) FROM seat LIMIT 1";
const INVITE: &str = "INSERT INTO invite (room, seat, token, lapses_at, invitation, sealed) \
                      VALUES (?1, 2, randomblob(32), ?2, randomblob(32), randomblob(4076))";

/// Adds so many rooms that end at `due`, and has all that are there end a second later, so that it is their turn last. At
/// least one with a message has to be there. Gives the size of the file.
pub(super) fn fill(data: &Path, rooms: usize, due: u64) -> Result<u64> {
    let path = data.join(DATABASE);
    let database = Connection::open(&path)?;
    // A crash of the machine would spoil a measurement, not a relay.
    database.pragma_update(None, "synchronous", "OFF")?;
    database.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
    database.pragma_update(None, "cache_size", -400_000)?;
    let messages: u32 = database.query_row("SELECT count(message) FROM room", [], |row| row.get(0))?;
    ensure!(messages > 0, "there is no room to go by");
    let due = i64::try_from(due)?;
    database.execute_batch("BEGIN")?;
    database.execute("UPDATE room SET expires_at = ?", [due + 1])?;
    {
        let mut statements = [ROOM, SEAT, INVITE].map(|statement| database.prepare(statement));
        let [Ok(put_room), Ok(put_seat), Ok(put_invite)] = &mut statements else {
            anyhow::bail!("the tables have another form");
        };
        // Room by room, as they are made.
        for number in 0..rooms {
            let key = hash::card_hash(&number.to_be_bytes());
            let key = key.as_bytes().as_slice();
            put_room.execute(params![key, due])?;
            for number in 0..2 {
                put_seat.execute(params![key, number])?;
            }
            put_invite.execute(params![key, due])?;
        }
    }
    database.execute_batch("COMMIT")?;
    database.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    drop(database);
    // What the system still has to write is not to be measured.
    let file = File::open(&path)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}
