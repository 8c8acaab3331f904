//! Writing a room: only the rows that differ.

use rusqlite::{Connection, Params, params};
use sotto_protocol::{Seat, SeatMap};

use super::super::StoreError;
use super::super::record::{Holding, Ledger, Table};
use super::integer;
use crate::pepper::Pepper;
use crate::room::{Held, Invite, RoomKey, RoomState};

/// Seats, message and invites of a room go with it.
const DELETE_ROOM: &str = "DELETE FROM room WHERE room = ?";
const PUT_ROOM: &str = "INSERT INTO room (room, expires_at, turn, sealed) VALUES (?, ?, ?, ?) ON CONFLICT (room) DO UPDATE \
                        SET expires_at = excluded.expires_at, turn = excluded.turn, sealed = excluded.sealed";
const DELETE_SEAT: &str = "DELETE FROM seat WHERE room = ? AND seat = ?";
const PUT_SEAT: &str = "INSERT INTO seat (room, seat, access, sealed) VALUES (?, ?, ?, ?)";
const DELETE_INVITE: &str = "DELETE FROM invite WHERE room = ? AND seat = ?";
const PUT_INVITE: &str =
    "INSERT INTO invite (room, seat, token, lapses_at, invitation, sealed) VALUES (?, ?, ?, ?, ?, ?)";
const DELETE_MESSAGE: &str = "DELETE FROM message WHERE room = ?";
/// What stood is written over or freed, and either way wiped: `docs/decisions/deletion.md`.
const PUT_MESSAGE: &str = "INSERT INTO message (room, turn, sealed) VALUES (?, ?, ?) ON CONFLICT (room) DO UPDATE \
                           SET turn = excluded.turn, sealed = excluded.sealed";

/// Makes what is stored of a room, within a transaction, what it is to be.
pub(super) fn room(
    connection: &Connection,
    pepper: &Pepper,
    key: &RoomKey,
    stored: Option<&RoomState>,
    present: Option<&RoomState>,
) -> Result<(), StoreError> {
    let writer = Writer {
        connection,
        pepper,
        key,
    };
    let Some(present) = present else {
        return writer.run(DELETE_ROOM, [key.as_bytes()]);
    };
    if stored.is_none_or(|stored| !same_row(stored, present)) {
        writer.put_room(present)?;
    }
    let (none_held, none_invited) = (SeatMap::new(), SeatMap::new());
    let held = stored.map_or(&none_held, |stored| &stored.held);
    let invites = stored.map_or(&none_invited, |stored| &stored.invites);
    for seat in gone_or_changed(held, &present.held) {
        writer.run(DELETE_SEAT, params![key.as_bytes(), seat.number()])?;
    }
    for seat in gone_or_changed(invites, &present.invites) {
        writer.run(DELETE_INVITE, params![key.as_bytes(), seat.number()])?;
    }
    for (seat, held) in new_or_changed(held, &present.held) {
        writer.put_seat(seat, held)?;
    }
    for (seat, invite) in new_or_changed(invites, &present.invites) {
        writer.put_invite(seat, invite)?;
    }
    let stood = stored.and_then(|stored| stored.message.as_ref());
    match &present.message {
        message if message.as_ref() == stood => Ok(()),
        Some(message) => {
            let sealed = Table::Message.seal(pepper, key, present.turn, message)?;
            let values = params![key.as_bytes(), integer(present.turn), sealed];
            writer.run(PUT_MESSAGE, values)
        }
        None => writer.run(DELETE_MESSAGE, [key.as_bytes()]),
    }
}

/// Where rows are written, and of which room.
struct Writer<'a> {
    connection: &'a Connection,
    pepper: &'a Pepper,
    key: &'a RoomKey,
}

impl Writer<'_> {
    fn run(&self, statement: &str, values: impl Params) -> Result<(), StoreError> {
        self.connection.prepare_cached(statement)?.execute(values)?;
        Ok(())
    }

    fn put_room(&self, room: &RoomState) -> Result<(), StoreError> {
        let ledger = Ledger {
            size: room.size,
            last: room.last,
            traces: room.traces.clone(),
        };
        let sealed = Table::Room.seal(self.pepper, self.key, room.turn, &ledger)?;
        let (ends, turn) = (integer(room.expires_at), integer(room.turn));
        self.run(PUT_ROOM, params![self.key.as_bytes(), ends, turn, sealed])
    }

    fn put_seat(&self, seat: Seat, held: &Held) -> Result<(), StoreError> {
        let holding = Holding {
            vault: held.vault.clone(),
            card: held.card.clone(),
            token: held.token,
        };
        let sealed = Table::Seat.seal(self.pepper, self.key, seat.number().into(), &holding)?;
        let (room, access) = (self.key.as_bytes(), held.access.as_bytes());
        self.run(PUT_SEAT, params![room, seat.number(), access, sealed])
    }

    fn put_invite(&self, seat: Seat, invite: &Invite) -> Result<(), StoreError> {
        let sealed = match &invite.invitation {
            Some((_, left)) => {
                Some(Table::Invite.seal_bytes(self.pepper, self.key, seat.number().into(), left)?)
            }
            None => None,
        };
        let id = invite.invitation.as_ref().map(|(id, _)| id.as_bytes());
        let (room, token) = (self.key.as_bytes(), invite.token.as_bytes());
        let lapses_at = integer(invite.lapses_at);
        self.run(
            PUT_INVITE,
            params![room, seat.number(), token, lapses_at, id, sealed],
        )
    }
}

/// Whether the row of the table `room` is the same.
fn same_row(stored: &RoomState, present: &RoomState) -> bool {
    stored.size == present.size
        && stored.expires_at == present.expires_at
        && stored.turn == present.turn
        && stored.last == present.last
        && stored.traces == present.traces
}

fn gone_or_changed<'a, T: PartialEq>(
    stored: &'a SeatMap<T>,
    present: &'a SeatMap<T>,
) -> impl Iterator<Item = Seat> {
    stored
        .iter()
        .filter(|(seat, value)| present.get(seat) != Some(*value))
        .map(|(seat, _)| *seat)
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
