//! Writing a room: only the rows that differ.

use rusqlite::{Connection, Params, params};
use sotto_protocol::{Seat, SeatMap};

use super::super::StoreError;
use super::super::record::{Column, Holding, Ledger, Length};
use super::integer;
use crate::pepper::Pepper;
use crate::room::{Held, Invite, RoomKey, RoomState};

/// Seats and invites of a room go with it.
const DELETE_ROOM: &str = "DELETE FROM room WHERE room = ?";
const MAKE_ROOM: &str = "INSERT INTO room (room, expires_at, turn, ledger, message) VALUES (?, ?, ?, ?, ?)";
const END_LATER: &str = "UPDATE room SET expires_at = ?2 WHERE room = ?1";
/// What stood is written over or freed, and either way wiped: `docs/decisions/deletion.md`. The room's end is not in it, for
/// that would have its index written too.
const PUT_ROOM: &str = "UPDATE room SET turn = ?2, ledger = ?3, message = ?4 WHERE room = ?1";
const DELETE_SEAT: &str = "DELETE FROM seat WHERE room = ? AND seat = ?";
const PUT_SEAT: &str = "INSERT INTO seat (room, seat, access, sealed) VALUES (?, ?, ?, ?)";
const DELETE_INVITE: &str = "DELETE FROM invite WHERE room = ? AND seat = ?";
const PUT_INVITE: &str =
    "INSERT INTO invite (room, seat, token, lapses_at, invitation, sealed) VALUES (?, ?, ?, ?, ?, ?)";

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
    match stored {
        None => writer.make_room(present)?,
        Some(stored) => {
            if stored.expires_at != present.expires_at {
                writer.run(END_LATER, params![key.as_bytes(), integer(present.expires_at)])?;
            }
            if !same_contents(stored, present) {
                writer.put_room(present)?;
            }
        }
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
    Ok(())
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

    fn make_room(&self, room: &RoomState) -> Result<(), StoreError> {
        let (ends, turn) = (integer(room.expires_at), integer(room.turn));
        let (ledger, message) = self.seal(room)?;
        self.run(
            MAKE_ROOM,
            params![self.key.as_bytes(), ends, turn, ledger, message],
        )
    }

    fn put_room(&self, room: &RoomState) -> Result<(), StoreError> {
        let (ledger, message) = self.seal(room)?;
        let turn = integer(room.turn);
        self.run(PUT_ROOM, params![self.key.as_bytes(), turn, ledger, message])
    }

    /// Ledger and message.
    fn seal(&self, room: &RoomState) -> Result<(Vec<u8>, Option<Vec<u8>>), StoreError> {
        let ledger = Ledger {
            size: room.size,
            last: room.last,
            traces: room.traces.clone(),
        };
        let seal_ledger = |length| Column::Ledger.seal(self.pepper, self.key, room.turn, length, &ledger);
        let Some(message) = &room.message else {
            return Ok((seal_ledger(Length::Beside(0))?, None));
        };
        let ledger = seal_ledger(Length::Round)?;
        let length = Length::Beside(ledger.len());
        let message = Column::Message.seal(self.pepper, self.key, room.turn, length, message)?;
        Ok((ledger, Some(message)))
    }

    fn put_seat(&self, seat: Seat, held: &Held) -> Result<(), StoreError> {
        let holding = Holding {
            vault: held.vault.clone(),
            card: held.card.clone(),
            token: held.token,
        };
        let (number, length) = (seat.number(), Length::Beside(0));
        let sealed = Column::Seat.seal(self.pepper, self.key, number.into(), length, &holding)?;
        let (room, access) = (self.key.as_bytes(), held.access.as_bytes());
        self.run(PUT_SEAT, params![room, number, access, sealed])
    }

    fn put_invite(&self, seat: Seat, invite: &Invite) -> Result<(), StoreError> {
        let sealed = match &invite.invitation {
            Some((_, left)) => {
                Some(Column::Invite.seal_bytes(self.pepper, self.key, seat.number().into(), left)?)
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

/// Whether ledger and message are the same.
fn same_contents(stored: &RoomState, present: &RoomState) -> bool {
    stored.size == present.size
        && stored.turn == present.turn
        && stored.last == present.last
        && stored.traces == present.traces
        && stored.message == present.message
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
