//! Writing rooms: only the rows that differ.

use sotto_protocol::{Seat, SeatMap};
use sqlx::SqliteConnection;

use super::super::StoreError;
use super::super::record::{Holding, Ledger, Table};
use super::integer;
use crate::pepper::Pepper;
use crate::room::{Held, Invite, RoomKey, RoomState};

/// Makes what is stored of a room what it is now.
pub(super) async fn room(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    key: &RoomKey,
    stored: Option<&RoomState>,
    present: Option<&RoomState>,
) -> Result<(), StoreError> {
    if stored == present {
        return Ok(());
    }
    let Some(present) = present else {
        // Seats, message and invites go with it.
        return delete(connection, "DELETE FROM room WHERE room = ?", key, None).await;
    };
    if stored.is_none_or(|stored| !same_row(stored, present)) {
        put_room(connection, pepper, key, present).await?;
    }
    let (none_held, none_invited) = (SeatMap::new(), SeatMap::new());
    let held = stored.map_or(&none_held, |stored| &stored.held);
    for seat in gone_or_changed(held, &present.held) {
        delete(
            connection,
            "DELETE FROM seat WHERE room = ? AND seat = ?",
            key,
            Some(seat),
        )
        .await?;
    }
    let invites = stored.map_or(&none_invited, |stored| &stored.invites);
    for seat in gone_or_changed(invites, &present.invites) {
        delete(
            connection,
            "DELETE FROM invite WHERE room = ? AND seat = ?",
            key,
            Some(seat),
        )
        .await?;
    }
    for (seat, held) in new_or_changed(held, &present.held) {
        put_held(connection, pepper, key, seat, held).await?;
    }
    for (seat, invite) in new_or_changed(invites, &present.invites) {
        put_invite(connection, pepper, key, seat, invite).await?;
    }
    if stored.and_then(|stored| stored.message.as_ref()) != present.message.as_ref() {
        put_message(connection, pepper, key, present).await?;
    }
    Ok(())
}

/// Whether the row of the table `room` is the same.
fn same_row(stored: &RoomState, present: &RoomState) -> bool {
    stored.size == present.size
        && stored.expires_at == present.expires_at
        && stored.turn == present.turn
        && stored.last == present.last
        && stored.traces == present.traces
}

fn gone_or_changed<T: PartialEq>(stored: &SeatMap<T>, present: &SeatMap<T>) -> Vec<Seat> {
    stored
        .iter()
        .filter(|(seat, value)| present.get(seat) != Some(*value))
        .map(|(seat, _)| *seat)
        .collect()
}

fn new_or_changed<'a, T: PartialEq>(
    stored: &'a SeatMap<T>,
    present: &'a SeatMap<T>,
) -> impl Iterator<Item = (Seat, &'a T)> {
    present
        .iter()
        .filter(|(seat, value)| stored.get(seat) != Some(*value))
        .map(|(seat, value)| (*seat, value))
}

async fn delete(
    connection: &mut SqliteConnection,
    statement: &'static str,
    key: &RoomKey,
    seat: Option<Seat>,
) -> Result<(), StoreError> {
    let mut query = sqlx::query(statement).bind(key.as_bytes().as_slice());
    if let Some(seat) = seat {
        query = query.bind(i64::from(seat.number()));
    }
    query.execute(connection).await?;
    Ok(())
}

async fn put_room(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    key: &RoomKey,
    room: &RoomState,
) -> Result<(), StoreError> {
    let ledger = Ledger {
        size: room.size,
        last: room.last,
        traces: room.traces.clone(),
    };
    sqlx::query(
        "INSERT INTO room (room, expires_at, turn, sealed) VALUES (?, ?, ?, ?) \
         ON CONFLICT (room) DO UPDATE SET \
         expires_at = excluded.expires_at, turn = excluded.turn, sealed = excluded.sealed",
    )
    .bind(key.as_bytes().as_slice())
    .bind(integer(room.expires_at))
    .bind(integer(room.turn))
    .bind(Table::Room.seal(pepper, key, room.turn, &ledger)?)
    .execute(connection)
    .await?;
    Ok(())
}

async fn put_held(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    key: &RoomKey,
    seat: Seat,
    held: &Held,
) -> Result<(), StoreError> {
    let holding = Holding {
        vault: held.vault.clone(),
        card: held.card.clone(),
        token: held.token,
    };
    sqlx::query("INSERT INTO seat (room, seat, access, sealed) VALUES (?, ?, ?, ?)")
        .bind(key.as_bytes().as_slice())
        .bind(i64::from(seat.number()))
        .bind(held.access.as_bytes().as_slice())
        .bind(Table::Seat.seal(pepper, key, seat.number().into(), &holding)?)
        .execute(connection)
        .await?;
    Ok(())
}

async fn put_invite(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    key: &RoomKey,
    seat: Seat,
    invite: &Invite,
) -> Result<(), StoreError> {
    let sealed = match &invite.invitation {
        Some((_, left)) => Some(Table::Invite.seal_bytes(pepper, key, seat.number().into(), left)?),
        None => None,
    };
    sqlx::query(
        "INSERT INTO invite (room, seat, token, lapses_at, invitation, sealed) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(key.as_bytes().as_slice())
    .bind(i64::from(seat.number()))
    .bind(invite.token.as_bytes().as_slice())
    .bind(integer(invite.lapses_at))
    .bind(invite.invitation.as_ref().map(|(id, _)| id.as_bytes().as_slice()))
    .bind(sealed)
    .execute(connection)
    .await?;
    Ok(())
}

/// The row of the message that was there is deleted, never written over: SQLite wipes what it deletes.
async fn put_message(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    key: &RoomKey,
    room: &RoomState,
) -> Result<(), StoreError> {
    delete(connection, "DELETE FROM message WHERE room = ?", key, None).await?;
    let Some(message) = &room.message else {
        return Ok(());
    };
    sqlx::query("INSERT INTO message (room, turn, sealed) VALUES (?, ?, ?)")
        .bind(key.as_bytes().as_slice())
        .bind(integer(room.turn))
        .bind(Table::Message.seal(pepper, key, room.turn, message)?)
        .execute(connection)
        .await?;
    Ok(())
}
