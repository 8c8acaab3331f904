//! What a client asks of the relay.

use minicbor::{Decode, Encode};

use crate::{
    AccessKey, Envelope, InvitationId, MessageHash, Proofs, RoomHash, Seat, Seats, Solution, Subject, Ticket,
    Token,
};

/// A command with the number that its answer will carry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Request {
    /// Chosen by the client; means nothing to the relay.
    #[n(0)]
    pub reference: u32,
    /// What is asked.
    #[n(1)]
    pub command: Command,
}

/// Everything that can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Command {
    /// Anyone: the price of one attempt on a room or an invitation.
    #[n(0)]
    Puzzle(#[n(0)] Subject),
    /// Anyone, with a solved puzzle: takes seat 0 of a new room.
    #[n(1)]
    Create(#[n(0)] Create),
    /// Anyone, with a solved puzzle: takes a free seat.
    #[n(2)]
    Claim {
        /// The room.
        #[n(0)]
        room: RoomHash,
        /// The solved puzzle.
        #[n(1)]
        solution: Solution,
        /// The free seat.
        #[n(2)]
        seat: Seat,
        /// What the seat's code became.
        #[n(3)]
        token: Token,
        /// What the seat will be opened with, and what it holds.
        #[n(4)]
        take: TakeSeat,
    },
    /// Anyone, with a solved puzzle or a ticket: opens the seat whose access key is among these.
    #[n(3)]
    Open {
        /// The room.
        #[n(0)]
        room: RoomHash,
        /// The solved puzzle, or a ticket.
        #[n(1)]
        attempt: Attempt,
        /// With a puzzle: eight keys, the n-th for seat n. With a ticket: the one key of its seat.
        #[n(2)]
        keys: Vec<AccessKey>,
    },
    /// A seat, not the author of the standing message: replaces that message.
    #[n(4)]
    Send {
        /// The next turn.
        #[n(0)]
        envelope: Envelope,
        /// Held seats that the author knowingly left out.
        #[n(1)]
        without: Seats,
        /// The read proofs of the message that is answered, if the sender has opened it.
        #[n(2)]
        read: Option<Proofs>,
    },
    /// The author, before any read: replaces the message by its next revision.
    #[n(5)]
    Edit {
        /// The next revision.
        #[n(0)]
        envelope: Envelope,
        /// Held seats that the author knowingly left out.
        #[n(1)]
        without: Seats,
    },
    /// The author, before any read.
    #[n(6)]
    Delete {
        /// The revision that is deleted.
        #[n(0)]
        message: MessageHash,
        /// Delete proofs.
        #[n(1)]
        proofs: Proofs,
    },
    /// Any seat but the author's.
    #[n(7)]
    Read {
        /// The revision that was opened and visible.
        #[n(0)]
        message: MessageHash,
        /// Read proofs.
        #[n(1)]
        proofs: Proofs,
    },
    /// Any seat: a hint, without proof.
    #[n(8)]
    Typing,
    /// Any seat: sets, replaces or (without a token) withdraws the token of a free seat.
    #[n(9)]
    Invite {
        /// The free seat.
        #[n(0)]
        seat: Seat,
        /// The token; none withdraws what there is.
        #[n(1)]
        token: Option<Token>,
        /// A sealed invitation that goes with it.
        #[n(2)]
        invitation: Option<Invitation>,
    },
    /// Anyone, with a solved puzzle: the sealed invitation with this id.
    #[n(10)]
    Invitation {
        /// The invitation's id.
        #[n(0)]
        id: InvitationId,
        /// The solved puzzle.
        #[n(1)]
        solution: Solution,
    },
    /// The seat, with its present access key: changes its passcode.
    #[n(11)]
    Passcode {
        /// The present access key.
        #[n(0)]
        present: AccessKey,
        /// The new access key.
        #[n(1)]
        access_key: AccessKey,
        /// The vault, sealed under the new passcode.
        #[cbor(n(2), with = "minicbor::bytes")]
        vault: Vec<u8>,
    },
    /// Any seat: a later end of the room.
    #[n(12)]
    Extend {
        /// The end, in Unix seconds; rounded up to the relay's grain.
        #[n(0)]
        expires_at: u64,
    },
    /// Any seat: the end of the room, now, for all.
    #[n(13)]
    Expire {
        /// Expire proofs.
        #[n(0)]
        proofs: Proofs,
    },
    /// The connection's own seat: frees it.
    #[n(14)]
    Vacate {
        /// Delete proofs, where the seat wrote the standing message.
        #[n(0)]
        proofs: Option<Proofs>,
    },
}

/// What `create` carries.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Create {
    /// The room.
    #[n(0)]
    pub room: RoomHash,
    /// The solved puzzle.
    #[n(1)]
    pub solution: Solution,
    /// How many seats the room has.
    #[n(2)]
    pub size: u8,
    /// How long the room lives, in seconds: one of the choices in [`crate::Welcome`].
    #[n(3)]
    pub lifetime: u32,
    /// What seat 0 will be opened with, and what it holds.
    #[n(4)]
    pub take: TakeSeat,
}

/// What a seat is taken with.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct TakeSeat {
    /// What opens the seat from now on.
    #[n(0)]
    pub access_key: AccessKey,
    /// The seat's sealed seed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub vault: Vec<u8>,
    /// The seat's sealed public keys.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub card: Vec<u8>,
}

/// What lets an `open` be tried.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Attempt {
    /// A solved puzzle: eight keys are tried.
    #[n(0)]
    Puzzle(#[n(0)] Solution),
    /// A ticket: one key is tried, for one seat.
    #[n(1)]
    Ticket {
        /// The seat that the ticket was given for.
        #[n(0)]
        seat: Seat,
        /// The ticket.
        #[n(1)]
        ticket: Ticket,
    },
}

/// A sealed invitation, as it is left with the relay.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Invitation {
    /// What it is looked up by.
    #[n(0)]
    pub id: InvitationId,
    /// Phrase and code, sealed under what only the link holds.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
}

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
        }
    }
}

impl std::fmt::Debug for TakeSeat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TakeSeat(..)")
    }
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Invitation(..)")
    }
}
