//! What the machine decided.

use std::sync::Arc;

use sotto_protocol::{Event, Refusal, Seat, Seats, Snapshot};

use super::{AccessHash, RoomState};

/// A decision: what to store, what to answer, whom to tell. Nobody is answered or told before it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Outcome {
    /// What becomes of the room.
    pub change: Change,
    /// What the connection that caused it is answered.
    pub reply: Reply,
    /// What happens to the connections of the room, in this order, after the answer.
    pub effects: Vec<Effect>,
}

/// What becomes of the stored room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Keep,
    /// It is this from now on.
    Put(Arc<RoomState>),
    /// It is gone.
    Remove,
}

/// What the connection that caused it is answered. `present` in a snapshot is empty: the hub knows it.
#[derive(Clone, PartialEq, Eq)]
pub enum Reply {
    /// Done, now or before.
    Done,
    /// The seat is open on this connection from now on (after the effects); the ticket is still to be made.
    Opened {
        /// The seat.
        seat: Seat,
        /// What the connection proved: goes into each [`super::Input::By`] of it.
        access: AccessHash,
        /// The seat's sealed seed.
        vault: Vec<u8>,
        /// The room.
        snapshot: Box<Snapshot>,
    },
    /// The keys open these seats; nothing is open yet.
    Several(Seats),
    /// Not done.
    Refused(Refusal),
    /// Not done, and the connection has lost its seat: it is closed with this code.
    Close(u16),
    /// Not done: a guess at the passcode. It counts as a failed guess, and the connection is closed with
    /// [`sotto_protocol::close::WRONG_PASSCODE`].
    WrongPasscode,
}

/// What happens to connections. The *cause* is the connection whose command led to it; what time does has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The open connections of a seat are told.
    Tell {
        /// The seat.
        seat: Seat,
        /// Its view of what happened; `present` in a snapshot is empty.
        event: Event,
        /// Whether the cause, if it has this seat, is told too.
        cause_too: bool,
    },
    /// Each seat's open connections, but for the cause, are shown the message that stands. Who has none is none's affair: the
    /// hub has the view made for those that are there.
    Show {
        /// The room with the message.
        room: Arc<RoomState>,
        /// Whether it is another revision of one that was shown.
        edited: bool,
    },
    /// All open connections of the room are told.
    TellRoom(Event),
    /// The open connections of a seat are closed, but for the cause.
    CloseSeat {
        /// The seat.
        seat: Seat,
        /// See [`sotto_protocol::close`].
        code: u16,
    },
    /// All connections that are open in the room are closed, the cause too if it has a seat there.
    CloseRoom {
        /// See [`sotto_protocol::close`].
        code: u16,
    },
    /// The cause has no seat any more; it stays connected.
    Release,
    /// The cause proved another key: the next [`super::Input::By`] of it carries this one.
    Proved(AccessHash),
}

impl Outcome {
    /// Done, and nothing to do.
    pub(super) const fn done() -> Self {
        Self {
            change: Change::Keep,
            reply: Reply::Done,
            effects: Vec::new(),
        }
    }

    /// Nothing is changed.
    pub(super) const fn refused(why: Refusal) -> Self {
        Self {
            change: Change::Keep,
            reply: Reply::Refused(why),
            effects: Vec::new(),
        }
    }

    /// Nothing is changed; the connection has no business here any more.
    pub(super) const fn closed(code: u16) -> Self {
        Self {
            change: Change::Keep,
            reply: Reply::Close(code),
            effects: Vec::new(),
        }
    }

    /// Nothing is changed; this is the room as it is.
    pub(super) fn conflict(room: &RoomState, seat: Seat, now: u64) -> Self {
        Self::refused(Refusal::Conflict(Box::new(room.snapshot(seat, now))))
    }

    /// The room is this from now on.
    pub(super) fn put(room: RoomState, effects: Vec<Effect>) -> Self {
        Self {
            change: Change::Put(Arc::new(room)),
            reply: Reply::Done,
            effects,
        }
    }

    /// The room is this from now on, and its message is shown.
    pub(super) fn show(room: RoomState, edited: bool) -> Self {
        let room = Arc::new(room);
        Self {
            change: Change::Put(Arc::clone(&room)),
            reply: Reply::Done,
            effects: vec![Effect::Show { room, edited }],
        }
    }
}

impl Effect {
    /// Each held seat is told its view; the cause knows from its answer.
    pub(super) fn tell_each(room: &RoomState, event: impl Fn(Seat) -> Event) -> impl Iterator<Item = Self> {
        room.held.keys().map(move |seat| Self::Tell {
            seat: *seat,
            event: event(*seat),
            cause_too: false,
        })
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Done => f.write_str("Done"),
            Self::Opened { seat, .. } => f
                .debug_struct("Opened")
                .field("seat", seat)
                .finish_non_exhaustive(),
            Self::Several(seats) => f.debug_tuple("Several").field(seats).finish(),
            Self::Refused(why) => f.debug_tuple("Refused").field(why).finish(),
            Self::Close(code) => f.debug_tuple("Close").field(code).finish(),
            Self::WrongPasscode => f.write_str("WrongPasscode"),
        }
    }
}
