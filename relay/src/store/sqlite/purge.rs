//! What time deletes. Nothing is opened for it, so rooms of an older pepper go like all others.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};

use super::super::{Due, Purged, StoreError};
use super::{integer, load, number};
use crate::room::{Effect, RoomKey, ended_by_time, invite_lapsed};

/// All that belongs to a room goes with it, in the same transaction: the tables say so (`ON DELETE CASCADE`).
const ROOMS: &str = "DELETE FROM room WHERE rowid IN \
                     (SELECT rowid FROM room WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) RETURNING room";
const INVITES: &str = "DELETE FROM invite WHERE rowid IN \
                       (SELECT rowid FROM invite WHERE lapses_at <= ? ORDER BY lapses_at LIMIT ?) RETURNING room, seat";
/// The indexes say it at once.
const EARLIEST: &str = "SELECT min(due) FROM (SELECT min(expires_at) AS due FROM room UNION ALL SELECT min(lapses_at) FROM invite)";

/// Deletes at most `limit` rooms and `limit` invites that are due, within a transaction.
pub(super) fn delete(connection: &Connection, now: u64, limit: u32) -> Result<Due, StoreError> {
    let rooms = deleted(connection, ROOMS, now, limit, |row| Ok(RoomKey::new(row.get(0)?)))?;
    let invites = deleted(connection, INVITES, now, limit, |row| {
        Ok((RoomKey::new(row.get(0)?), load::seat(row.get(1)?)?))
    })?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rooms.len() >= limit || invites.len() >= limit;
    let ended = rooms.into_iter().map(|room| Purged {
        room,
        ended: true,
        effects: ended_by_time(),
    });
    let mut lapsed: BTreeMap<RoomKey, Vec<Effect>> = BTreeMap::new();
    for (room, seat) in invites {
        lapsed.entry(room).or_default().push(invite_lapsed(seat));
    }
    let lapsed = lapsed.into_iter().map(|(room, effects)| Purged {
        room,
        ended: false,
        effects,
    });
    Ok(Due {
        purged: ended.chain(lapsed).collect(),
        more,
    })
}

/// What the rows say that went.
fn deleted<T>(
    connection: &Connection,
    statement: &str,
    now: u64,
    limit: u32,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(statement)?;
    statement
        .query_and_then(params![integer(now), limit], read)?
        .collect()
}

/// For how many seconds the oldest row has been due that is still there.
pub(super) fn overdue(connection: &Connection, now: u64) -> Result<u64, StoreError> {
    let earliest: Option<i64> = connection.query_one(EARLIEST, [], |row| row.get(0))?;
    let earliest = earliest.map(number).transpose()?;
    Ok(earliest.map_or(0, |due| now.saturating_sub(due)))
}
