//! What stands in the sealed columns, and the sealing of it.

use sotto_protocol::{Decode, Encode, MessageHash, SeatMap, decode, record};

use super::StoreError;
use crate::pepper::{Pepper, Place};
use crate::room::{RoomKey, TokenHash, Trace};

/// `room.sealed`.
pub(super) struct Ledger {
    /// How many seats.
    pub(super) size: u8,
    /// The hash of the last message.
    pub(super) last: MessageHash,
    /// What retries are known by.
    pub(super) traces: SeatMap<Trace>,
}

record!(Ledger { size, last, traces });

/// `seat.sealed`.
pub(super) struct Holding {
    /// The sealed seed.
    pub(super) vault: Vec<u8>,
    /// The sealed public keys.
    pub(super) card: Vec<u8>,
    /// The token that the seat was claimed with.
    pub(super) token: Option<TokenHash>,
}

record!(Holding { vault, card, token });

/// A table with a sealed column.
#[derive(Clone, Copy)]
pub(super) enum Table {
    Room,
    Seat,
    Message,
    Invite,
}

impl Table {
    /// Where in this table a value is sealed; `number` is the turn, or the seat's number.
    fn place(self, room: &RoomKey, number: u64) -> Place<'_> {
        let table = match self {
            Self::Room => "room",
            Self::Seat => "seat",
            Self::Message => "message",
            Self::Invite => "invite",
        };
        Place {
            table,
            room,
            column: "sealed",
            number,
        }
    }

    pub(super) fn seal_bytes(
        self,
        pepper: &Pepper,
        room: &RoomKey,
        number: u64,
        bytes: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        Ok(pepper.seal_at_rest(self.place(room, number), |to| to.extend_from_slice(bytes))?)
    }

    pub(super) fn open_bytes(
        self,
        pepper: &Pepper,
        room: &RoomKey,
        number: u64,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        Ok(pepper.open_at_rest(self.place(room, number), sealed)?)
    }

    pub(super) fn seal<T: Encode>(
        self,
        pepper: &Pepper,
        room: &RoomKey,
        number: u64,
        value: &T,
    ) -> Result<Vec<u8>, StoreError> {
        Ok(pepper.seal_at_rest(self.place(room, number), |to| value.encode(to))?)
    }

    pub(super) fn open<T: for<'b> Decode<'b>>(
        self,
        pepper: &Pepper,
        room: &RoomKey,
        number: u64,
        sealed: &[u8],
    ) -> Result<T, StoreError> {
        decode(&self.open_bytes(pepper, room, number, sealed)?).map_err(|_| StoreError::Form)
    }
}
