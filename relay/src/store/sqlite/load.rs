//! Reading rooms.

use std::sync::Arc;

use rusqlite::{Connection, Row, params};
use sotto_protocol::{Seat, SeatMap};

use super::super::StoreError;
use super::super::record::{Column, Holding, Ledger};
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
            "(SELECT access FROM seat WHERE room = ?1 AND seat = ", $seat, "),",
            "(SELECT token FROM invite WHERE room = ?1 AND seat = ", $seat, "),",
            "(SELECT lapses_at FROM invite WHERE room = ?1 AND seat = ", $seat, ")"
        )
    };
}

/// One row, whatever there is: a refusal must not show what it met. What is over or has lapsed is sorted out by who reads it.
const KEYHOLE: &str = concat!(
    "SELECT (SELECT expires_at FROM room WHERE room = ?1), ",
    locks!(0 1 2 3 4 5 6 7)
);
const ROOM: &str = "SELECT expires_at, turn, ledger, message FROM room WHERE room = ?1";
const SEATS: &str = "SELECT seat, access, sealed FROM seat WHERE room = ?1";
const INVITES: &str = "SELECT seat, token, lapses_at, invitation, sealed FROM invite WHERE room = ?1";
const INVITATION: &str = "SELECT invite.room, invite.seat, invite.sealed FROM invite JOIN room USING (room) \
                          WHERE invite.invitation = ?1 AND invite.lapses_at > ?2 AND room.expires_at > ?2 \
                          ORDER BY invite.room, invite.seat LIMIT 1";

/// What strangers' attempts on this room are compared with: nothing is opened.
pub(super) fn keyhole(connection: &Connection, room: &RoomKey, now: u64) -> Result<Keyhole, StoreError> {
    let mut statement = connection.prepare_cached(KEYHOLE)?;
    let mut rows = statement.query([room.as_bytes()])?;
    let row = rows.next()?.ok_or(StoreError::Form)?;
    let mut keyhole = Keyhole {
        present: row.get::<_, Option<i64>>(0)? > Some(integer(now)),
        ..Keyhole::absent()
    };
    for (lock, place) in keyhole.locks.iter_mut().zip((1..).step_by(3)) {
        let lapses_at: Option<i64> = row.get(place + 2)?;
        let token: Option<[u8; 32]> = row.get(place + 1)?;
        lock.access = row.get::<_, Option<[u8; 32]>>(place)?.map(AccessHash::new);
        lock.token = token
            .filter(|_| lapses_at > Some(integer(now)))
            .map(TokenHash::new);
    }
    Ok(keyhole)
}

/// The room, if there is one.
pub(super) fn room(
    connection: &Connection,
    pepper: &Pepper,
    key: &RoomKey,
) -> Result<Option<RoomState>, StoreError> {
    let mut statement = connection.prepare_cached(ROOM)?;
    let mut rows = statement.query([key.as_bytes()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut room = without_seats(pepper, key, row)?;
    room.held = by_seat(connection, SEATS, key, |seat, row| held(pepper, key, seat, row))?;
    room.invites = by_seat(connection, INVITES, key, |seat, row| {
        invite(pepper, key, seat, row)
    })?;
    Ok(Some(room))
}

/// A room's rows of a table that has one for each seat.
fn by_seat<T>(
    connection: &Connection,
    statement: &str,
    room: &RoomKey,
    mut read: impl FnMut(Seat, &Row<'_>) -> Result<T, StoreError>,
) -> Result<SeatMap<T>, StoreError> {
    let mut statement = connection.prepare_cached(statement)?;
    let mut rows = statement.query([room.as_bytes()])?;
    let mut all = SeatMap::new();
    while let Some(row) = rows.next()? {
        let seat = seat(row.get(0)?)?;
        all.insert(seat, read(seat, row)?);
    }
    Ok(all)
}

fn without_seats(pepper: &Pepper, key: &RoomKey, row: &Row<'_>) -> Result<RoomState, StoreError> {
    let turn = number(row.get(1)?)?;
    let ledger: Ledger = Column::Ledger.open(pepper, key, turn, bytes(row, 2)?)?;
    let message = row.get_ref(3)?.as_blob_or_null().map_err(|_| StoreError::Form)?;
    let open = |sealed| Column::Message.open(pepper, key, turn, sealed);
    Ok(RoomState {
        size: ledger.size,
        expires_at: number(row.get(0)?)?,
        turn,
        last: ledger.last,
        held: SeatMap::new(),
        invites: SeatMap::new(),
        traces: ledger.traces,
        message: message.map(open).transpose()?,
    })
}

fn held(pepper: &Pepper, key: &RoomKey, seat: Seat, row: &Row<'_>) -> Result<Arc<Held>, StoreError> {
    let holding: Holding = Column::Seat.open(pepper, key, seat.number().into(), bytes(row, 2)?)?;
    let access = AccessHash::new(row.get(1)?);
    Ok(Arc::new(Held::new(
        access,
        holding.token,
        holding.vault,
        holding.card,
    )))
}

fn invite(pepper: &Pepper, key: &RoomKey, seat: Seat, row: &Row<'_>) -> Result<Invite, StoreError> {
    let id: Option<[u8; 32]> = row.get(3)?;
    let invitation = match id {
        Some(id) => Some((
            InvitationKey::new(id),
            Column::Invite.open_bytes(pepper, key, seat.number().into(), bytes(row, 4)?)?,
        )),
        None => None,
    };
    Ok(Invite {
        token: TokenHash::new(row.get(1)?),
        lapses_at: number(row.get(2)?)?,
        invitation,
    })
}

/// The sealed invitation with this key.
pub(super) fn invitation(
    connection: &Connection,
    pepper: &Pepper,
    key: InvitationKey,
    now: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = connection.prepare_cached(INVITATION)?;
    let mut rows = statement.query(params![key.as_bytes(), integer(now)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let room = RoomKey::new(row.get(0)?);
    let seat = seat(row.get(1)?)?;
    // One that was left under an older pepper is not there.
    Ok(Column::Invite
        .open_bytes(pepper, &room, seat.number().into(), bytes(row, 2)?)
        .ok())
}

pub(super) fn seat(stored: i64) -> Result<Seat, StoreError> {
    u8::try_from(stored)
        .ok()
        .and_then(Seat::new)
        .ok_or(StoreError::Form)
}

/// A column's bytes, where they lie.
pub(super) fn bytes<'a>(row: &'a Row<'_>, place: usize) -> Result<&'a [u8], StoreError> {
    row.get_ref(place)?.as_blob().map_err(|_| StoreError::Form)
}
