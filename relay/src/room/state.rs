//! All that is kept of a room.

use std::sync::Arc;

use sotto_protocol::{
    CardHash, Envelope, MessageHash, MessageId, Proofs, Seat, SeatMap, Seats, choice, hash, record,
};

use super::{AccessHash, Digest, InvitationKey, TokenHash};

/// How many accepted commands of a seat a retry is known among.
const REMEMBERED: usize = 8;

/// A room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomState {
    /// How many seats it has.
    pub size: u8,
    /// Its end, in Unix seconds, rounded up to the grain.
    pub expires_at: u64,
    /// The number of its last message, 0 before the first.
    pub turn: u64,
    /// The hash of the last revision of its last message, standing or deleted.
    pub last: MessageHash,
    /// The seats that somebody has.
    pub held: SeatMap<Arc<Held>>,
    /// The free seats that a token is out for, lapsed ones included until they are purged.
    pub invites: SeatMap<Invite>,
    /// What each held seat has done since its last message, so that a retry is known.
    pub traces: SeatMap<Trace>,
    /// The one message, or what is left of it.
    pub message: Option<Message>,
}

/// A seat that somebody has.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// What opens it.
    pub access: AccessHash,
    /// The token that it was claimed with; none for the first seat.
    pub token: Option<TokenHash>,
    /// Its sealed seed.
    pub vault: Vec<u8>,
    /// Its sealed public keys.
    pub card: Vec<u8>,
    /// Their hash.
    pub card_hash: CardHash,
}

/// A token that is out for a free seat.
#[derive(Clone, PartialEq, Eq)]
pub struct Invite {
    /// The token.
    pub token: TokenHash,
    /// When it stops being good, in Unix seconds, rounded up to the grain.
    pub lapses_at: u64,
    /// The sealed invitation that goes with it, and what it is looked up by.
    pub invitation: Option<(InvitationKey, Vec<u8>)>,
}

/// What a retry is known by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// The seat's last accepted message: its id, and the `send` or `edit` that it came with.
    pub message: Option<(MessageId, Digest)>,
    /// The last few accepted commands since, oldest first.
    pub done: Vec<Digest>,
}

record!(Trace { message, done });

impl Held {
    /// A seat that this opens.
    pub fn new(access: AccessHash, token: Option<TokenHash>, vault: Vec<u8>, card: Vec<u8>) -> Self {
        Self {
            access,
            token,
            vault,
            card_hash: hash::card_hash(&card),
            card,
        }
    }
}

impl Trace {
    /// Whether this very command was done.
    pub(super) fn knows(&self, digest: &Digest) -> bool {
        self.message.is_some_and(|(_, sent)| sent == *digest) || self.done.contains(digest)
    }

    /// Whether the seat's last accepted message has this id.
    pub(super) fn has_id(&self, id: MessageId) -> bool {
        self.message.is_some_and(|(known, _)| known == id)
    }
}

/// The one message of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// It stands.
    Standing(Standing),
    /// It was deleted; the next one replaces this too.
    Deleted(Remains),
}

choice!(Message {
    0: Standing(standing),
    1: Deleted(remains)
});

/// A message that stands. Its turn is the room's, its hash is the room's `last`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The author.
    pub author: Seat,
    /// Its id, the same in all revisions.
    pub id: MessageId,
    /// The revision.
    pub rev: u32,
    /// What it answered.
    pub prev: MessageHash,
    /// The seats that it is sealed to: `envelope.boxes` has one for each, in their order.
    pub sealed_to: Seats,
    /// The message. The box of a reader who left is empty.
    pub envelope: Arc<Envelope>,
    /// The author's proofs of having read what it answered.
    pub answered: Proofs,
    /// Whether any seat has ever proved to have read it. Stays when that seat leaves.
    pub was_read: bool,
    /// Who proved to have read which revision.
    pub receipts: SeatMap<Reader>,
    /// The hashes of the last few earlier revisions, for a reader whose proof crossed an edit.
    pub earlier: Vec<MessageHash>,
}

record!(Standing {
    author,
    id,
    rev,
    prev,
    sealed_to,
    envelope,
    answered,
    was_read,
    receipts,
    earlier
});

/// That a seat has proved to have read a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// The revision.
    pub message: MessageHash,
    /// The proofs, by the seat that each is for.
    pub proofs: Proofs,
}

record!(Reader { message, proofs });

/// What is left of a deleted message. Its turn and hash are the room's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remains {
    /// The author.
    pub author: Seat,
    /// The author's proofs of the deletion.
    pub proofs: Proofs,
}

record!(Remains { author, proofs });

impl RoomState {
    /// The room as it is before its next message: a copy of all but what is replaced.
    pub(super) fn without_message(&self) -> Self {
        Self {
            held: self.held.clone(),
            invites: self.invites.clone(),
            traces: self.traces.clone(),
            message: None,
            ..*self
        }
    }

    /// Whether the room's time is over.
    pub const fn is_over(&self, now: u64) -> bool {
        self.expires_at <= now
    }

    /// The seats that somebody has.
    pub fn held_seats(&self) -> Seats {
        self.held.keys().copied().collect()
    }

    /// The token that claims this seat now.
    pub fn invite(&self, seat: Seat, now: u64) -> Option<&Invite> {
        self.invites.get(&seat).filter(|invite| invite.lapses_at > now)
    }

    /// The message, if it stands.
    pub const fn standing(&self) -> Option<&Standing> {
        match &self.message {
            Some(Message::Standing(standing)) => Some(standing),
            _ => None,
        }
    }

    /// Remembers a command that is no message.
    pub(super) fn remember(&mut self, seat: Seat, digest: &Digest) {
        let mut trace = self.traces.remove(&seat).unwrap_or_default();
        trace.done.push(*digest);
        trace.done.drain(..trace.done.len().saturating_sub(REMEMBERED));
        self.traces.insert(seat, trace);
    }

    /// Remembers a message, and nothing of what the seat did before it.
    pub(super) fn remember_message(&mut self, seat: Seat, id: MessageId, digest: &Digest) {
        let trace = Trace {
            message: Some((id, *digest)),
            done: Vec::new(),
        };
        self.traces.insert(seat, trace);
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held(..)")
    }
}

impl std::fmt::Debug for Invite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invite")
            .field("lapses_at", &self.lapses_at)
            .finish_non_exhaustive()
    }
}
