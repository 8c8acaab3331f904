//! What the relay says to a command, and first of all.

use alloc::{boxed::Box, vec::Vec};

use crate::{Nonce, Salt, Seat, SeatMap, Snapshot, Ticket, choice, record};

/// The first frame on every connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// [`crate::VERSION`].
    pub version: u8,
    /// The relay's time, in Unix seconds.
    pub time: u64,
    /// The deployment's public salt.
    pub salt: Salt,
    /// How long a room may live, in seconds, shortest first.
    pub lifetimes: Vec<u32>,
    /// The one of them that is offered first.
    pub lifetime: u32,
    /// What the end of a room is rounded up to, in seconds.
    pub grain: u32,
    /// Whether `create` takes a word that the operator gives out.
    pub word: bool,
}

record!(Welcome {
    version,
    time,
    salt,
    lifetimes,
    lifetime,
    grain,
    word
});

/// The answer to one command. A hint ([`crate::Command::Typing`], [`crate::Command::Habits`]) has none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once for each answer and encoded at once"
)]
pub enum Answer {
    /// Done, or done before; the change is on disk.
    Done,
    /// To `puzzle`: the price.
    Puzzle(Puzzle),
    /// To `create`, `claim` and `open`: the seat is open on this connection.
    Opened(Opened),
    /// To `open`: the keys open several seats; each can be opened with its ticket.
    Several(SeatMap<Ticket>),
    /// To `invitation`: what was left under that id.
    Invitation(Vec<u8>),
    /// Not done; nothing has changed, but see [`Refusal::Unavailable`].
    Refused(Refusal),
}

choice!(Answer {
    0: Done,
    1: Puzzle(puzzle),
    2: Opened(opened),
    3: Several(ticket),
    4: Invitation(card),
    5: Refused(refusal)
});

/// The price of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Puzzle {
    /// Belongs to this connection, for one attempt.
    pub nonce: Nonce,
    /// How many zero bits the hash must begin with.
    pub bits: u8,
}

record!(Puzzle { nonce, bits });

/// An opened seat.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// Which seat.
    pub seat: Seat,
    /// The seat's sealed seed.
    pub vault: Vec<u8>,
    /// What opens it again without a puzzle.
    pub ticket: Ticket,
    /// The room.
    pub snapshot: Snapshot,
}

record!(Opened {
    seat,
    vault,
    ticket,
    snapshot
});

/// Why a command was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// To `create`, `claim`, `open`, `invitation`: whatever the cause.
    Refused,
    /// The puzzle was missing, stale, unsolved or too cheap; nothing was tried, this is the present price.
    Price(Puzzle),
    /// The command does not fit the room as it now is.
    Conflict(Box<Snapshot>),
    /// No seat is open on this connection.
    NoSeat,
    /// A seat is open on this connection already.
    AlreadyOpen,
    /// Only the author may.
    NotAuthor,
    /// The author of the standing message may not.
    NotYourTurn,
    /// The message has been read.
    AlreadyRead,
    /// The id was used for another message.
    Reused,
    /// A field has a value that no client sends: an envelope, vault, card, size or proof of the wrong form.
    Invalid,
    /// The end is not later than now, earlier than the present one, or beyond the longest life.
    OutOfRange,
    /// The seat is not free, or the room has no such seat.
    SeatTaken,
    /// The relay could not store. Where the commit itself failed, it cannot know what is on disk: the same bytes
    /// again do no harm.
    Unavailable,
    /// Too much came from one source (an address, or its network) in a short time; nothing was tried.
    TooMany,
    /// The relay holds as much as it may: it takes no new room, and nothing that takes more space than it replaces.
    Full,
    /// To `create`, before anything is tried: the word that the relay asks for was missing or wrong.
    WrongWord,
}

choice!(Refusal {
    0: Refused,
    1: Price(puzzle),
    2: Conflict(snapshot),
    3: NoSeat,
    4: AlreadyOpen,
    5: NotAuthor,
    6: NotYourTurn,
    7: AlreadyRead,
    8: Reused,
    9: Invalid,
    10: OutOfRange,
    11: SeatTaken,
    12: Unavailable,
    13: TooMany,
    14: Full,
    15: WrongWord
});

impl core::fmt::Debug for Opened {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Opened")
            .field("seat", &self.seat)
            .finish_non_exhaustive()
    }
}
