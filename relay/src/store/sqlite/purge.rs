//! What time deletes. Nothing is opened for it, so rooms of an older pepper go like all others.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::super::{Due, Purged, StoreError};
use super::group::{Group, Value};
use super::{integer, load, number};
use crate::room::{Effect, RoomKey, ended_by_time, invite_lapsed};

/// All that belongs to a room goes with it, in the same transaction: the tables say so (`ON DELETE CASCADE`).
const ROOMS: &str = "DELETE FROM room WHERE rowid IN \
                     (SELECT rowid FROM room WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) RETURNING room";
const INVITES: &str = "DELETE FROM invite WHERE rowid IN \
                       (SELECT rowid FROM invite WHERE lapses_at <= ? ORDER BY lapses_at LIMIT ?) RETURNING room, seat";

/// Has a group delete at most `limit` rooms and `limit` invites that are due.
pub(super) fn delete(group: &mut Group, now: u64, limit: u32) -> Result<(), StoreError> {
    for statement in [ROOMS, INVITES] {
        group.with(statement, [integer(now), limit.into()].map(Value::Number))?;
    }
    Ok(())
}

/// What the rows say that came back.
pub(super) fn due(rooms: &[SqliteRow], invites: &[SqliteRow], limit: u32) -> Result<Due, StoreError> {
    let full = |rows: &[SqliteRow]| rows.len() >= limit as usize;
    let more = full(rooms) || full(invites);
    let mut purged = Vec::new();
    for row in rooms {
        let room = RoomKey::new(load::bytes(row.try_get(0)?)?);
        purged.push(Purged {
            room,
            ended: true,
            effects: ended_by_time(),
        });
    }
    let mut lapsed: BTreeMap<RoomKey, Vec<Effect>> = BTreeMap::new();
    for row in invites {
        let room = RoomKey::new(load::bytes(row.try_get(0)?)?);
        lapsed
            .entry(room)
            .or_default()
            .push(invite_lapsed(load::seat(row.try_get(1)?)?));
    }
    purged.extend(lapsed.into_iter().map(|(room, effects)| Purged {
        room,
        ended: false,
        effects,
    }));
    Ok(Due { purged, more })
}

/// For how many seconds the oldest row has been due that is still there; the indexes say it at once.
pub(super) async fn overdue(connection: &mut SqliteConnection, now: u64) -> Result<u64, StoreError> {
    let earliest: Option<i64> = sqlx::query_scalar(
        "SELECT min(due) FROM (SELECT min(expires_at) AS due FROM room UNION ALL SELECT min(lapses_at) FROM invite)",
    )
    .fetch_one(connection)
    .await?;
    let earliest = earliest.map(number).transpose()?;
    Ok(earliest.map_or(0, |due| now.saturating_sub(due)))
}
