//! What the relay says to a command, and first of all.

use minicbor::{Decode, Encode};

use crate::{Nonce, Salt, Seat, SeatMap, Snapshot, Ticket};

/// The first frame on every connection.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Welcome {
    /// [`crate::VERSION`].
    #[n(0)]
    pub version: u8,
    /// The relay's time, in Unix seconds.
    #[n(1)]
    pub time: u64,
    /// The deployment's public salt.
    #[n(2)]
    pub salt: Salt,
    /// How long a room may live, in seconds, shortest first.
    #[n(3)]
    pub lifetimes: Vec<u32>,
    /// The one of them that is offered first.
    #[n(4)]
    pub lifetime: u32,
    /// What the end of a room is rounded up to, in seconds.
    #[n(5)]
    pub grain: u32,
}

/// The answer to one command.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once for each answer and encoded at once"
)]
pub enum Answer {
    /// Done, or done before; the change is on disk.
    #[n(0)]
    Done,
    /// To `puzzle`: the price.
    #[n(1)]
    Puzzle(#[n(0)] Puzzle),
    /// To `create`, `claim` and `open`: the seat is open on this connection.
    #[n(2)]
    Opened(#[n(0)] Opened),
    /// To `open`: the keys open several seats; each can be opened with its ticket.
    #[n(3)]
    Several(#[n(0)] SeatMap<Ticket>),
    /// To `invitation`: what was left under that id.
    #[n(4)]
    Invitation(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// Not done; nothing has changed, but see [`Refusal::Unavailable`].
    #[n(5)]
    Refused(#[n(0)] Refusal),
}

/// The price of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Puzzle {
    /// Belongs to this connection, for one attempt.
    #[n(0)]
    pub nonce: Nonce,
    /// How many zero bits the hash must begin with.
    #[n(1)]
    pub bits: u8,
}

/// An opened seat.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Opened {
    /// Which seat.
    #[n(0)]
    pub seat: Seat,
    /// The seat's sealed seed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub vault: Vec<u8>,
    /// What opens it again without a puzzle.
    #[n(2)]
    pub ticket: Ticket,
    /// The room.
    #[n(3)]
    pub snapshot: Snapshot,
}

/// Why a command was not done.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Refusal {
    /// To `create`, `claim`, `open`, `invitation`: whatever the cause.
    #[n(0)]
    Refused,
    /// The puzzle was missing, stale, unsolved or too cheap; nothing was tried, this is the present price.
    #[n(1)]
    Price(#[n(0)] Puzzle),
    /// The command does not fit the room as it now is.
    #[n(2)]
    Conflict(#[n(0)] Box<Snapshot>),
    /// No seat is open on this connection.
    #[n(3)]
    NoSeat,
    /// A seat is open on this connection already.
    #[n(4)]
    AlreadyOpen,
    /// Only the author may.
    #[n(5)]
    NotAuthor,
    /// The author of the standing message may not.
    #[n(6)]
    NotYourTurn,
    /// The message has been read.
    #[n(7)]
    AlreadyRead,
    /// The id was used for another message.
    #[n(8)]
    Reused,
    /// A field has a value that no client sends: an envelope, vault, card, size or proof of the wrong form.
    #[n(9)]
    Invalid,
    /// The end is not later than now, earlier than the present one, or beyond the longest life.
    #[n(10)]
    OutOfRange,
    /// The seat is not free, or the room has no such seat.
    #[n(11)]
    SeatTaken,
    /// The relay could not store. Where the commit itself failed, it cannot know what is on disk: the same bytes
    /// again do no harm.
    #[n(12)]
    Unavailable,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("seat", &self.seat)
            .finish_non_exhaustive()
    }
}
