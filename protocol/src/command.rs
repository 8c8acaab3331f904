//! What a client asks of the relay.

use alloc::vec::Vec;

use crate::{
    AccessKey, Envelope, Habits, InvitationId, MessageHash, Proofs, RoomHash, Seat, Seats, Solution, Subject,
    Ticket, Token, WordHash, choice, record,
};

/// A command with the number that its answer will carry, if it is one that is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Chosen by the client; means nothing to the relay.
    pub reference: u32,
    /// What is asked.
    pub command: Command,
}

record!(Request { reference, command });

/// Everything that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Anyone: the price of one attempt on a room or an invitation.
    Puzzle(Subject),
    /// Anyone, with a solved puzzle: takes seat 0 of a new room.
    Create(Create),
    /// Anyone, with a solved puzzle: takes a free seat.
    Claim {
        /// The room.
        room: RoomHash,
        /// The solved puzzle.
        solution: Solution,
        /// The free seat.
        seat: Seat,
        /// What the seat's code became.
        token: Token,
        /// What the seat will be opened with, and what it holds.
        take: TakeSeat,
    },
    /// Anyone, with a solved puzzle or a ticket: opens the seat whose access key is among these.
    Open {
        /// The room.
        room: RoomHash,
        /// The solved puzzle, or a ticket.
        attempt: Attempt,
        /// With a puzzle: eight keys, the n-th for seat n. With a ticket: the one key of its seat.
        keys: Vec<AccessKey>,
    },
    /// A seat, not the author of the standing message: replaces that message.
    Send {
        /// The next turn.
        envelope: Envelope,
        /// Held seats that the author knowingly left out.
        without: Seats,
        /// The read proofs of the message that is answered, if the sender has opened it.
        read: Option<Proofs>,
    },
    /// The author, before any read: replaces the message by its next revision.
    Edit {
        /// The next revision.
        envelope: Envelope,
        /// Held seats that the author knowingly left out.
        without: Seats,
    },
    /// The author, before any read.
    Delete {
        /// The revision that is deleted.
        message: MessageHash,
        /// Delete proofs.
        proofs: Proofs,
    },
    /// Any seat but the author's.
    Read {
        /// The revision that was opened and visible.
        message: MessageHash,
        /// Read proofs.
        proofs: Proofs,
    },
    /// Any seat: a hint, without proof. Never answered.
    Typing,
    /// Any seat: sets, replaces or (without a token) withdraws the token of a free seat.
    Invite {
        /// The free seat.
        seat: Seat,
        /// The token; none withdraws what there is.
        token: Option<Token>,
        /// A sealed invitation that goes with it.
        invitation: Option<Invitation>,
    },
    /// Anyone, with a solved puzzle: the sealed invitation with this id.
    Invitation {
        /// The invitation's id.
        id: InvitationId,
        /// The solved puzzle.
        solution: Solution,
    },
    /// The seat, with its present access key: changes its passcode.
    Passcode {
        /// The present access key.
        present: AccessKey,
        /// The new access key.
        access_key: AccessKey,
        /// The vault, sealed under the new passcode.
        vault: Vec<u8>,
    },
    /// Any seat: a later end of the room.
    Extend {
        /// The end, in Unix seconds; rounded up to the relay's grain.
        expires_at: u64,
    },
    /// Any seat: the end of the room, now, for all.
    Expire {
        /// Expire proofs.
        proofs: Proofs,
    },
    /// The connection's own seat: frees it.
    Vacate {
        /// Delete proofs, where the seat wrote the standing message.
        proofs: Option<Proofs>,
    },
    /// Any seat: a hint, without proof, of what this connection sends of itself. Never answered.
    Habits(Habits),
}

choice!(Command {
    0: Puzzle(subject),
    1: Create(create),
    2: Claim {
        room,
        solution,
        seat,
        token,
        take
    },
    3: Open { room, attempt, keys },
    4: Send {
        envelope,
        without,
        read
    },
    5: Edit { envelope, without },
    6: Delete { message, proofs },
    7: Read { message, proofs },
    8: Typing,
    9: Invite {
        seat,
        token,
        invitation
    },
    10: Invitation { id, solution },
    11: Passcode {
        present,
        access_key,
        vault
    },
    12: Extend { expires_at },
    13: Expire { proofs },
    14: Vacate { proofs },
    15: Habits(habits)
});

/// What `create` carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// The room.
    pub room: RoomHash,
    /// The solved puzzle.
    pub solution: Solution,
    /// How many seats the room has.
    pub size: u8,
    /// How long the room lives, in seconds: one of the choices in [`crate::Welcome`].
    pub lifetime: u32,
    /// What seat 0 will be opened with, and what it holds.
    pub take: TakeSeat,
    /// The word that the relay asks for, if it asks for one: see [`crate::Welcome::word`].
    pub word: Option<WordHash>,
}

record!(Create {
    room,
    solution,
    size,
    lifetime,
    take,
    word
});

/// What a seat is taken with.
#[derive(Clone, PartialEq, Eq)]
pub struct TakeSeat {
    /// What opens the seat from now on.
    pub access_key: AccessKey,
    /// The seat's sealed seed.
    pub vault: Vec<u8>,
    /// The seat's sealed public keys.
    pub card: Vec<u8>,
}

record!(TakeSeat {
    access_key,
    vault,
    card
});

/// What lets an `open` be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// A solved puzzle: eight keys are tried.
    Puzzle(Solution),
    /// A ticket: one key is tried, for one seat.
    Ticket {
        /// The seat that the ticket was given for.
        seat: Seat,
        /// The ticket.
        ticket: Ticket,
    },
}

choice!(Attempt {
    0: Puzzle(solution),
    1: Ticket { seat, ticket }
});

/// A sealed invitation, as it is left with the relay.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What it is looked up by.
    pub id: InvitationId,
    /// Phrase and code, sealed under what only the link holds.
    pub sealed: Vec<u8>,
}

record!(Invitation { id, sealed });

/// A command's kind: its number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the command of that name")]
pub enum CommandKind {
    Puzzle = 0,
    Create = 1,
    Claim = 2,
    Open = 3,
    Send = 4,
    Edit = 5,
    Delete = 6,
    Read = 7,
    Typing = 8,
    Invite = 9,
    Invitation = 10,
    Passcode = 11,
    Extend = 12,
    Expire = 13,
    Vacate = 14,
    Habits = 15,
}

impl Command {
    /// The command's kind.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Puzzle(_) => CommandKind::Puzzle,
            Self::Create(_) => CommandKind::Create,
            Self::Claim { .. } => CommandKind::Claim,
            Self::Open { .. } => CommandKind::Open,
            Self::Send { .. } => CommandKind::Send,
            Self::Edit { .. } => CommandKind::Edit,
            Self::Delete { .. } => CommandKind::Delete,
            Self::Read { .. } => CommandKind::Read,
            Self::Typing => CommandKind::Typing,
            Self::Invite { .. } => CommandKind::Invite,
            Self::Invitation { .. } => CommandKind::Invitation,
            Self::Passcode { .. } => CommandKind::Passcode,
            Self::Extend { .. } => CommandKind::Extend,
            Self::Expire { .. } => CommandKind::Expire,
            Self::Vacate { .. } => CommandKind::Vacate,
            Self::Habits(_) => CommandKind::Habits,
        }
    }
}

impl core::fmt::Debug for TakeSeat {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("TakeSeat(..)")
    }
}

impl core::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Invitation(..)")
    }
}
