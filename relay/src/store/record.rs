//! What stands in the sealed columns, how long they are, and the sealing of it.

use sotto_protocol::{Decode, Encode, MessageHash, SeatMap, decode, record};

use super::StoreError;
use crate::pepper::{Pepper, Place, TAG};
use crate::room::{RoomKey, TokenHash, Trace};

/// `room.ledger`.
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

/// What an overflow page of the database takes of a row: its size without the number of the next.
const OVERFLOW: usize = 4092;
/// How much shorter than whole overflow pages all that is sealed in a row is: the columns before it vary in length by less.
const SPARE: usize = 16;
/// A ledger before a message is as long as some of these, so that most are of one length.
const STEP: usize = 256;
/// Behind a value, and before the zeros that it is padded with (ISO/IEC 7816-4).
const MARK: u8 = 0x80;

/// How long a sealed column is, which has to be at least so long.
#[derive(Clone, Copy)]
pub(super) enum Length {
    /// As its row asks for, in which so many bytes are sealed besides.
    Beside(usize),
    /// A round number, for something else fills the row.
    Round,
}

impl Length {
    const fn of(self, least: usize) -> usize {
        match self {
            Self::Beside(others) => (least + others + SPARE).next_multiple_of(OVERFLOW) - SPARE - others,
            Self::Round => least.next_multiple_of(STEP),
        }
    }

    /// What most of this length fit into, sealed.
    const fn usual(self) -> usize {
        match self {
            Self::Beside(_) => OVERFLOW,
            Self::Round => 2 * STEP,
        }
    }
}

/// A sealed column.
#[derive(Clone, Copy)]
pub(super) enum Column {
    Ledger,
    Message,
    Seat,
    Invite,
}

impl Column {
    /// Where in this column a value is sealed; `number` is the turn, or the seat's number.
    fn place(self, room: &RoomKey, number: u64) -> Place<'_> {
        let (table, column) = match self {
            Self::Ledger => ("room", "ledger"),
            Self::Message => ("room", "message"),
            Self::Seat => ("seat", "sealed"),
            Self::Invite => ("invite", "sealed"),
        };
        Place {
            table,
            room,
            column,
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
        self.seal_padded(pepper, room, number, Length::Beside(0), |to| {
            to.extend_from_slice(bytes);
        })
    }

    pub(super) fn open_bytes(
        self,
        pepper: &Pepper,
        room: &RoomKey,
        number: u64,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let mut padded = pepper.open_at_rest(self.place(room, number), sealed)?;
        let mark = padded.iter().rposition(|byte| *byte != 0);
        let end = mark.filter(|mark| padded.get(*mark) == Some(&MARK));
        padded.truncate(end.ok_or(StoreError::Form)?);
        Ok(padded)
    }

    pub(super) fn seal<T: Encode>(
        self,
        pepper: &Pepper,
        room: &RoomKey,
        number: u64,
        length: Length,
        value: &T,
    ) -> Result<Vec<u8>, StoreError> {
        self.seal_padded(pepper, room, number, length, |to| value.encode(to))
    }

    fn seal_padded(
        self,
        pepper: &Pepper,
        room: &RoomKey,
        number: u64,
        length: Length,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Vec<u8>, StoreError> {
        let padded = |to: &mut Vec<u8>| {
            to.reserve(length.usual());
            write(to);
            to.push(MARK);
            let whole = length.of(to.len() + TAG);
            to.resize(whole - TAG, 0);
        };
        Ok(pepper.seal_at_rest(self.place(room, number), padded)?)
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
