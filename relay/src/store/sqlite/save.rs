//! Writing rooms: only the rows that differ, those of all rooms together, table by table.

use sotto_protocol::{Seat, SeatMap};

use super::super::StoreError;
use super::super::record::{Holding, Ledger, Table};
use super::group::{Group, Shape, Value};
use super::integer;
use crate::pepper::Pepper;
use crate::room::{Held, Invite, RoomKey, RoomState};

/// A row's values.
type Row = Vec<Value>;

const DELETE_ROOM: Shape = Shape {
    head: "DELETE FROM room WHERE room IN (VALUES ",
    columns: 1,
    tail: ")",
};
const PUT_ROOM: Shape = Shape {
    head: "INSERT INTO room (room, expires_at, turn, sealed) SELECT * FROM (VALUES ",
    columns: 4,
    tail: ") WHERE column1 IS NOT NULL ON CONFLICT (room) DO UPDATE SET \
           expires_at = excluded.expires_at, turn = excluded.turn, sealed = excluded.sealed",
};
const DELETE_SEAT: Shape = Shape {
    head: "DELETE FROM seat WHERE (room, seat) IN (VALUES ",
    columns: 2,
    tail: ")",
};
const PUT_SEAT: Shape = Shape {
    head: "INSERT INTO seat (room, seat, access, sealed) SELECT * FROM (VALUES ",
    columns: 4,
    tail: ") WHERE column1 IS NOT NULL",
};
const DELETE_INVITE: Shape = Shape {
    head: "DELETE FROM invite WHERE (room, seat) IN (VALUES ",
    columns: 2,
    tail: ")",
};
const PUT_INVITE: Shape = Shape {
    head: "INSERT INTO invite (room, seat, token, lapses_at, invitation, sealed) SELECT * FROM (VALUES ",
    columns: 6,
    tail: ") WHERE column1 IS NOT NULL",
};
const DELETE_MESSAGE: Shape = Shape {
    head: "DELETE FROM message WHERE room IN (VALUES ",
    columns: 1,
    tail: ")",
};
/// What stood is written over or freed, and either way wiped: `docs/decisions/deletion.md`.
const PUT_MESSAGE: Shape = Shape {
    head: "INSERT INTO message (room, turn, sealed) SELECT * FROM (VALUES ",
    columns: 3,
    tail: ") WHERE column1 IS NOT NULL ON CONFLICT (room) DO UPDATE SET \
           turn = excluded.turn, sealed = excluded.sealed",
};

/// The rows that make what is stored what it is now.
#[derive(Default)]
pub(super) struct Changes {
    gone_rooms: Vec<Row>,
    rooms: Vec<Row>,
    gone_seats: Vec<Row>,
    seats: Vec<Row>,
    gone_invites: Vec<Row>,
    invites: Vec<Row>,
    gone_messages: Vec<Row>,
    messages: Vec<Row>,
}

impl Changes {
    /// Whether nothing is to be written.
    pub(super) fn is_empty(&self) -> bool {
        [
            &self.gone_rooms,
            &self.rooms,
            &self.gone_seats,
            &self.seats,
            &self.gone_invites,
            &self.invites,
            &self.gone_messages,
            &self.messages,
        ]
        .iter()
        .all(|rows| rows.is_empty())
    }

    /// Puts them into a group, in an order in which no row refers to one that is not there.
    pub(super) fn write(self, group: &mut Group) -> Result<(), StoreError> {
        // Seats, message and invites of a room go with it.
        group.rows(DELETE_ROOM, self.gone_rooms)?;
        group.rows(PUT_ROOM, self.rooms)?;
        group.rows(DELETE_SEAT, self.gone_seats)?;
        group.rows(DELETE_INVITE, self.gone_invites)?;
        group.rows(PUT_SEAT, self.seats)?;
        group.rows(PUT_INVITE, self.invites)?;
        group.rows(DELETE_MESSAGE, self.gone_messages)?;
        group.rows(PUT_MESSAGE, self.messages)
    }

    /// Adds a room: as it is stored, and as it is to be.
    pub(super) fn room(
        &mut self,
        pepper: &Pepper,
        key: &RoomKey,
        stored: Option<&RoomState>,
        present: Option<&RoomState>,
    ) -> Result<(), StoreError> {
        let Some(present) = present else {
            if stored.is_some() {
                self.gone_rooms.push(vec![name(key)]);
            }
            return Ok(());
        };
        if stored.is_none_or(|stored| !same_row(stored, present)) {
            self.rooms.push(room_row(pepper, key, present)?);
        }
        let (none_held, none_invited) = (SeatMap::new(), SeatMap::new());
        let held = stored.map_or(&none_held, |stored| &stored.held);
        let invites = stored.map_or(&none_invited, |stored| &stored.invites);
        self.gone_seats.extend(gone_or_changed(key, held, &present.held));
        self.gone_invites
            .extend(gone_or_changed(key, invites, &present.invites));
        for (seat, held) in new_or_changed(held, &present.held) {
            self.seats.push(seat_row(pepper, key, seat, held)?);
        }
        for (seat, invite) in new_or_changed(invites, &present.invites) {
            self.invites.push(invite_row(pepper, key, seat, invite)?);
        }
        let stood = stored.and_then(|stored| stored.message.as_ref());
        match &present.message {
            message if message.as_ref() == stood => {}
            Some(message) => {
                let sealed = Table::Message.seal(pepper, key, present.turn, message)?;
                self.messages.push(vec![
                    name(key),
                    Value::Number(integer(present.turn)),
                    Value::Bytes(sealed),
                ]);
            }
            None => self.gone_messages.push(vec![name(key)]),
        }
        Ok(())
    }
}

fn name(key: &RoomKey) -> Value {
    Value::Bytes(key.as_bytes().to_vec())
}

fn number(seat: Seat) -> Value {
    Value::Number(seat.number().into())
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
    key: &'a RoomKey,
    stored: &'a SeatMap<T>,
    present: &'a SeatMap<T>,
) -> impl Iterator<Item = Row> {
    stored
        .iter()
        .filter(|(seat, value)| present.get(seat) != Some(*value))
        .map(|(seat, _)| vec![name(key), number(*seat)])
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

fn room_row(pepper: &Pepper, key: &RoomKey, room: &RoomState) -> Result<Row, StoreError> {
    let ledger = Ledger {
        size: room.size,
        last: room.last,
        traces: room.traces.clone(),
    };
    Ok(vec![
        name(key),
        Value::Number(integer(room.expires_at)),
        Value::Number(integer(room.turn)),
        Value::Bytes(Table::Room.seal(pepper, key, room.turn, &ledger)?),
    ])
}

fn seat_row(pepper: &Pepper, key: &RoomKey, seat: Seat, held: &Held) -> Result<Row, StoreError> {
    let holding = Holding {
        vault: held.vault.clone(),
        card: held.card.clone(),
        token: held.token,
    };
    Ok(vec![
        name(key),
        number(seat),
        Value::Bytes(held.access.as_bytes().to_vec()),
        Value::Bytes(Table::Seat.seal(pepper, key, seat.number().into(), &holding)?),
    ])
}

fn invite_row(pepper: &Pepper, key: &RoomKey, seat: Seat, invite: &Invite) -> Result<Row, StoreError> {
    let (id, sealed) = match &invite.invitation {
        Some((id, left)) => (
            Value::Bytes(id.as_bytes().to_vec()),
            Value::Bytes(Table::Invite.seal_bytes(pepper, key, seat.number().into(), left)?),
        ),
        None => (Value::Null, Value::Null),
    };
    Ok(vec![
        name(key),
        number(seat),
        Value::Bytes(invite.token.as_bytes().to_vec()),
        Value::Number(integer(invite.lapses_at)),
        id,
        sealed,
    ])
}
