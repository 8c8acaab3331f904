//! A room as one of its seats sees it.

use alloc::vec::Vec;

use crate::{MessageHash, Proof, Sealed, Seat, SeatMap, Seats, choice, record};

/// All that a seat is told about its room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// How many seats the room has.
    pub size: u8,
    /// The end of the room, in Unix seconds, rounded up to the relay's grain.
    pub expires_at: u64,
    /// The number of the room's last message, 0 before the first.
    pub turn: u64,
    /// The hash of the last revision of the room's last message, standing or deleted; zeros before the first.
    pub last: MessageHash,
    /// Every seat below `size`.
    pub seats: SeatMap<SeatState>,
    /// The seats that have an open connection.
    pub present: Seats,
    /// The one message, if one stands.
    pub standing: Option<Standing>,
    /// What is left of the last message, if it was deleted.
    pub stub: Option<Stub>,
}

record!(Snapshot {
    size,
    expires_at,
    turn,
    last,
    seats,
    present,
    standing,
    stub
});

/// What a seat is.
#[derive(Clone, PartialEq, Eq)]
pub enum SeatState {
    /// Nobody's, and no code claims it.
    Free,
    /// Nobody's yet: a code is out.
    Invited,
    /// Somebody's: this is the card.
    Held(Vec<u8>),
}

choice!(SeatState {
    0: Free,
    1: Invited,
    2: Held(card)
});

/// The message that stands, for one reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The message's number.
    pub turn: u64,
    /// The author.
    pub seat: Seat,
    /// The hash of the revision that stands.
    pub message: MessageHash,
    /// Whether a seat has ever proved that it read it; it can then no longer be edited or deleted.
    pub was_read: bool,
    /// Who read which revision, with the proof for this reader.
    pub receipts: SeatMap<Receipt>,
    /// The message, with this reader's box; none for a seat that it was not sealed to.
    pub sealed: Option<Sealed>,
    /// The author's proof for this reader of having read the message that this one answered.
    pub answered: Option<Proof>,
}

record!(Standing {
    turn,
    seat,
    message,
    was_read,
    receipts,
    sealed,
    answered
});

/// That a seat read a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The revision.
    pub message: MessageHash,
    /// The proof for the seat that is told; none for the reader itself and for who came later.
    pub proof: Option<Proof>,
}

record!(Receipt { message, proof });

/// What is left of a deleted message until the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stub {
    /// The message's number.
    pub turn: u64,
    /// The author.
    pub seat: Seat,
    /// The hash of the last revision.
    pub message: MessageHash,
    /// The delete proof for the seat that is told.
    pub proof: Option<Proof>,
}

record!(Stub {
    turn,
    seat,
    message,
    proof
});

impl core::fmt::Debug for SeatState {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Free => "Free",
            Self::Invited => "Invited",
            Self::Held(_) => "Held(..)",
        })
    }
}

/// What a seat sends of itself beside its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    /// Read proofs, of their own and with a reply.
    pub receipts: bool,
    /// That it is writing.
    pub typing: bool,
}

record!(Habits { receipts, typing });

impl Default for Habits {
    fn default() -> Self {
        Self {
            receipts: true,
            typing: true,
        }
    }
}
