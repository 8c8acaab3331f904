//! What happens to a room.

use std::sync::Arc;

use sotto_protocol::{Envelope, Header, MessageHash, Proofs, Seat, Seats, limits};

use super::{AccessHash, Digest, InvitationKey, TokenHash};

/// One thing that happens to a room. Keys and tokens come as keyed hashes, forms are checked ([`super::intake()`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Somebody takes seat 0 of a new room.
    Create {
        /// How many seats the room has.
        size: u8,
        /// How long it lives, in seconds.
        lifetime: u32,
        /// What is taken.
        take: Take,
    },
    /// Somebody takes a free seat.
    Claim {
        /// The seat.
        seat: Seat,
        /// The token.
        token: TokenHash,
        /// What is taken.
        take: Take,
    },
    /// Somebody tries one key at each seat.
    Open {
        /// The n-th for seat n.
        keys: [AccessHash; limits::SEATS as usize],
    },
    /// Somebody tries one key at one seat; the ticket has been checked.
    Reopen {
        /// The seat.
        seat: Seat,
        /// The key.
        key: AccessHash,
    },
    /// A connection that opened a seat asks for something.
    By {
        /// The seat that it opened.
        seat: Seat,
        /// The key that it showed.
        access: AccessHash,
        /// The hash of the encoded command.
        digest: Digest,
        /// What it asks.
        command: SeatCommand,
    },
}

/// What a seat is taken with.
#[derive(Clone, PartialEq, Eq)]
pub struct Take {
    /// What opens the seat from now on.
    pub access: AccessHash,
    /// The seat's sealed seed.
    pub vault: Vec<u8>,
    /// The seat's sealed public keys.
    pub card: Vec<u8>,
}

/// What the holder of a seat can ask.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each is the command of that name in the protocol crate, fields included"
)]
pub enum SeatCommand {
    Send {
        written: Box<Written>,
        read: Option<Proofs>,
    },
    Edit {
        written: Box<Written>,
    },
    Delete {
        message: MessageHash,
        proofs: Proofs,
    },
    Read {
        message: MessageHash,
        proofs: Proofs,
    },
    Invite {
        seat: Seat,
        invited: Option<Invited>,
    },
    Passcode {
        present: AccessHash,
        access: AccessHash,
        vault: Vec<u8>,
    },
    Extend {
        expires_at: u64,
    },
    Expire {
        proofs: Proofs,
    },
    Vacate {
        proofs: Option<Proofs>,
    },
}

/// A message as it came, with what was read from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// The envelope's header.
    pub header: Header,
    /// The hash of this revision.
    pub hash: MessageHash,
    /// The envelope.
    pub envelope: Arc<Envelope>,
    /// Held seats that the author knowingly left out.
    pub without: Seats,
}

/// What is put on a free seat.
#[derive(Clone, PartialEq, Eq)]
pub struct Invited {
    /// What claims the seat.
    pub token: TokenHash,
    /// A sealed invitation, and what it is looked up by.
    pub invitation: Option<(InvitationKey, Vec<u8>)>,
}

impl SeatCommand {
    /// Whether the same bytes again are a retry. So it is with all that carries something that is made once: a
    /// message, a proof over one, a token, an absolute time. The others are idempotent by nature, and the same
    /// bytes may be meant anew: a token is withdrawn, set by somebody else, and withdrawn again.
    pub(super) const fn leaves_trace(&self) -> bool {
        matches!(
            self,
            Self::Send { .. }
                | Self::Edit { .. }
                | Self::Delete { .. }
                | Self::Read { .. }
                | Self::Invite { invited: Some(_), .. }
                | Self::Extend { .. }
        )
    }
}

impl std::fmt::Debug for Take {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Take(..)")
    }
}

impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Written")
            .field("seat", &self.header.seat)
            .field("turn", &self.header.turn)
            .field("rev", &self.header.rev)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Invited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Invited(..)")
    }
}
