//! A room as one of its seats sees it.

use minicbor::{Decode, Encode};

use crate::{MessageHash, Proof, Sealed, Seat, SeatMap, Seats};

/// All that a seat is told about its room.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Snapshot {
    /// How many seats the room has.
    #[n(0)]
    pub size: u8,
    /// The end of the room, in Unix seconds, rounded up to the relay's grain.
    #[n(1)]
    pub expires_at: u64,
    /// The number of the room's last message, 0 before the first.
    #[n(2)]
    pub turn: u64,
    /// The hash of the last revision of the room's last message, standing or deleted; zeros before the first.
    #[n(3)]
    pub last: MessageHash,
    /// Every seat below `size`.
    #[n(4)]
    pub seats: SeatMap<SeatState>,
    /// The seats that have an open connection.
    #[n(5)]
    pub present: Seats,
    /// The one message, if one stands.
    #[n(6)]
    pub standing: Option<Standing>,
    /// What is left of the last message, if it was deleted.
    #[n(7)]
    pub stub: Option<Stub>,
}

/// What a seat is.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum SeatState {
    /// Nobody's, and no code claims it.
    #[n(0)]
    Free,
    /// Nobody's yet: a code is out.
    #[n(1)]
    Invited,
    /// Somebody's: this is the card.
    #[n(2)]
    Held(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
}

/// The message that stands, for one reader.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Standing {
    /// The message's number.
    #[n(0)]
    pub turn: u64,
    /// The author.
    #[n(1)]
    pub seat: Seat,
    /// The hash of the revision that stands.
    #[n(2)]
    pub message: MessageHash,
    /// Whether a seat has ever proved that it read it; it can then no longer be edited or deleted.
    #[n(3)]
    pub was_read: bool,
    /// Who read which revision, with the proof for this reader.
    #[n(4)]
    pub receipts: SeatMap<Receipt>,
    /// The message, with this reader's box; none for a seat that it was not sealed to.
    #[n(5)]
    pub sealed: Option<Sealed>,
    /// The author's proof for this reader of having read the message that this one answered.
    #[n(6)]
    pub answered: Option<Proof>,
}

/// That a seat read a revision.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Receipt {
    /// The revision.
    #[n(0)]
    pub message: MessageHash,
    /// The proof for the seat that is told; none for the reader itself and for who came later.
    #[n(1)]
    pub proof: Option<Proof>,
}

/// What is left of a deleted message until the next one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Stub {
    /// The message's number.
    #[n(0)]
    pub turn: u64,
    /// The author.
    #[n(1)]
    pub seat: Seat,
    /// The hash of the last revision.
    #[n(2)]
    pub message: MessageHash,
    /// The delete proof for the seat that is told.
    #[n(3)]
    pub proof: Option<Proof>,
}

impl std::fmt::Debug for SeatState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Free => "Free",
            Self::Invited => "Invited",
            Self::Held(_) => "Held(..)",
        })
    }
}
