//! Reading rooms.

use std::collections::HashMap;

use sotto_protocol::{Seat, SeatMap};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::super::StoreError;
use super::super::record::{Holding, Ledger, Table};
use super::group::{Group, Shape, Value};
use super::{integer, number};
use crate::pepper::Pepper;
use crate::room::{AccessHash, Held, InvitationKey, Invite, Keyhole, RoomKey, RoomState, TokenHash};

/// What there is of seats 0 to 7, side by side.
macro_rules! locks {
    ($first:literal $($seat:literal)*) => {
        concat!(locks!(@ $first), $(",", locks!(@ $seat)),*)
    };
    (@ $seat:literal) => {
        concat!(
            "(SELECT access FROM seat WHERE room = asked.room AND seat = ", $seat, "),",
            "(SELECT token FROM invite WHERE room = asked.room AND seat = ", $seat, "),",
            "(SELECT lapses_at FROM invite WHERE room = asked.room AND seat = ", $seat, ")"
        )
    };
}

/// One row for each room that is asked for, whatever there is: a refusal must not show what it met, and each row costs a
/// look of the engine's. What is over or has lapsed is sorted out by who reads them.
const KEYHOLES: Shape = Shape {
    head: "WITH asked (room) AS (VALUES ",
    columns: 1,
    tail: concat!(
        ") SELECT asked.room, (SELECT expires_at FROM room WHERE room = asked.room), ",
        locks!(0 1 2 3 4 5 6 7),
        " FROM asked WHERE asked.room IS NOT NULL"
    ),
};
/// With the message, where there is one.
const ROOMS: Shape = Shape {
    head: "SELECT room.room, expires_at, room.turn, room.sealed, message.turn, message.sealed \
           FROM room LEFT JOIN message ON message.room = room.room WHERE room.room IN (VALUES ",
    columns: 1,
    tail: ")",
};
const SEATS: Shape = Shape {
    head: "SELECT room, seat, access, sealed FROM seat WHERE room IN (VALUES ",
    columns: 1,
    tail: ")",
};
const INVITES: Shape = Shape {
    head: "SELECT room, seat, token, lapses_at, invitation, sealed FROM invite WHERE room IN (VALUES ",
    columns: 1,
    tail: ")",
};
/// What was found of a room: none if it does not exist, an error if what is stored cannot be opened.
pub(super) type Found = Result<Option<RoomState>, StoreError>;

/// What strangers' attempts on these rooms are compared with: one query, and nothing opened.
pub(super) async fn keyholes(
    connection: &mut SqliteConnection,
    rooms: &[RoomKey],
    now: u64,
) -> Result<HashMap<RoomKey, Keyhole>, StoreError> {
    let mut keyholes: HashMap<RoomKey, Keyhole> = HashMap::new();
    let [rows] = select(connection, [KEYHOLES], rooms).await?;
    for row in rows {
        let expires_at: Option<i64> = row.try_get(1)?;
        let mut keyhole = Keyhole {
            present: expires_at > Some(integer(now)),
            ..Keyhole::absent()
        };
        for (lock, place) in keyhole.locks.iter_mut().zip((2..).step_by(3)) {
            let access: Option<&[u8]> = row.try_get(place)?;
            let token: Option<&[u8]> = row.try_get(place + 1)?;
            let lapses_at: Option<i64> = row.try_get(place + 2)?;
            lock.access = access.map(bytes).transpose()?.map(AccessHash::new);
            lock.token = token
                .filter(|_| lapses_at > Some(integer(now)))
                .map(bytes)
                .transpose()?
                .map(TokenHash::new);
        }
        keyholes.insert(room_of(&row)?, keyhole);
    }
    Ok(keyholes)
}

/// All of these rooms. One that cannot be opened is an error of its own.
pub(super) async fn rooms(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    keys: &[RoomKey],
) -> Result<HashMap<RoomKey, Found>, StoreError> {
    let [rooms, seats, invites] = select(connection, [ROOMS, SEATS, INVITES], keys).await?;
    let mut found: HashMap<RoomKey, Found> = HashMap::new();
    for row in rooms {
        let key = room_of(&row)?;
        found.insert(key, without_seats(pepper, &key, &row).map(Some));
    }
    for row in seats {
        add(&mut found, &row, |key, room| {
            let (seat, held) = held(pepper, key, &row)?;
            room.held.insert(seat, held);
            Ok(())
        })?;
    }
    for row in invites {
        add(&mut found, &row, |key, room| {
            let (seat, invite) = invite(pepper, key, &row)?;
            room.invites.insert(seat, invite);
            Ok(())
        })?;
    }
    Ok(found)
}

/// The rows that each of these statements gives for the rooms, in one query.
async fn select<const N: usize>(
    connection: &mut SqliteConnection,
    shapes: [Shape; N],
    keys: &[RoomKey],
) -> Result<[Vec<SqliteRow>; N], StoreError> {
    let mut group = Group::default();
    for shape in shapes {
        let rows = keys.iter().map(|key| vec![Value::Bytes(key.as_bytes().to_vec())]);
        group.statement(shape, rows.collect())?;
    }
    group.fetch(connection).await
}

fn room_of(row: &SqliteRow) -> Result<RoomKey, StoreError> {
    Ok(RoomKey::new(bytes(row.try_get(0)?)?))
}

/// Adds a row to its room, or what is wrong with it.
fn add(
    found: &mut HashMap<RoomKey, Found>,
    row: &SqliteRow,
    add: impl FnOnce(&RoomKey, &mut RoomState) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let key = room_of(row)?;
    if let Some(place) = found.get_mut(&key)
        && let Ok(Some(room)) = place
        && let Err(error) = add(&key, room)
    {
        *place = Err(error);
    }
    Ok(())
}

/// A room without its seats.
fn without_seats(pepper: &Pepper, key: &RoomKey, row: &SqliteRow) -> Result<RoomState, StoreError> {
    let turn = number(row.try_get(2)?)?;
    let ledger: Ledger = Table::Room.open(pepper, key, turn, row.try_get(3)?)?;
    let message = match (
        row.try_get::<Option<i64>, _>(4)?,
        row.try_get::<Option<&[u8]>, _>(5)?,
    ) {
        (Some(turn), Some(sealed)) => Some(Table::Message.open(pepper, key, number(turn)?, sealed)?),
        _ => None,
    };
    Ok(RoomState {
        size: ledger.size,
        expires_at: number(row.try_get(1)?)?,
        turn,
        last: ledger.last,
        held: SeatMap::new(),
        invites: SeatMap::new(),
        traces: ledger.traces,
        message,
    })
}

fn held(pepper: &Pepper, key: &RoomKey, row: &SqliteRow) -> Result<(Seat, Held), StoreError> {
    let seat = seat(row.try_get(1)?)?;
    let holding: Holding = Table::Seat.open(pepper, key, seat.number().into(), row.try_get(3)?)?;
    let held = Held {
        access: AccessHash::new(bytes(row.try_get(2)?)?),
        token: holding.token,
        vault: holding.vault,
        card: holding.card,
    };
    Ok((seat, held))
}

fn invite(pepper: &Pepper, key: &RoomKey, row: &SqliteRow) -> Result<(Seat, Invite), StoreError> {
    let seat = seat(row.try_get(1)?)?;
    let invitation = match (
        row.try_get::<Option<&[u8]>, _>(4)?,
        row.try_get::<Option<&[u8]>, _>(5)?,
    ) {
        (Some(id), Some(sealed)) => Some((
            InvitationKey::new(bytes(id)?),
            Table::Invite.open_bytes(pepper, key, seat.number().into(), sealed)?,
        )),
        _ => None,
    };
    let invite = Invite {
        token: TokenHash::new(bytes(row.try_get(2)?)?),
        lapses_at: number(row.try_get(3)?)?,
        invitation,
    };
    Ok((seat, invite))
}

/// The sealed invitation with this key.
pub(super) async fn invitation(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    key: InvitationKey,
    now: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query(
        "SELECT invite.room, invite.seat, invite.sealed FROM invite JOIN room USING (room) \
         WHERE invite.invitation = ? AND invite.lapses_at > ? AND room.expires_at > ? \
         ORDER BY invite.room, invite.seat LIMIT 1",
    )
    .bind(key.as_bytes().as_slice())
    .bind(integer(now))
    .bind(integer(now))
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let room = RoomKey::new(bytes(row.try_get(0)?)?);
    let seat = seat(row.try_get(1)?)?;
    // One that was left under an older pepper is not there.
    Ok(Table::Invite
        .open_bytes(pepper, &room, seat.number().into(), row.try_get(2)?)
        .ok())
}

pub(super) fn seat(stored: i64) -> Result<Seat, StoreError> {
    u8::try_from(stored)
        .ok()
        .and_then(Seat::new)
        .ok_or(StoreError::Form)
}

pub(super) fn bytes(stored: &[u8]) -> Result<[u8; 32], StoreError> {
    stored.try_into().map_err(|_| StoreError::Form)
}
