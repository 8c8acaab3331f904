//! What the relay says unasked, and the frame around all that it says.

use crate::{
    Answer, Habits, MessageHash, Proof, Seat, SeatState, Seats, Snapshot, Standing, Stub, Welcome, choice,
};

/// A frame from the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerFrame {
    /// First on every connection.
    Welcome(Welcome),
    /// To the command with this reference.
    Answer {
        /// The command's reference.
        reference: u32,
        /// The answer.
        answer: Answer,
    },
    /// Something happened in the room.
    Event(Event),
}

choice!(ServerFrame {
    0: Welcome(welcome),
    1: Answer { reference, answer },
    2: Event(event)
});

/// Something that happened, for one seat. The seat that caused it is told on its other connections too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The room as it is now.
    Snapshot(Snapshot),
    /// A message replaced what stood.
    Message(Standing),
    /// The message has a new revision.
    Edited(Standing),
    /// The message was deleted.
    Deleted(Stub),
    /// A seat read a revision.
    Read {
        /// The reader.
        seat: Seat,
        /// The revision.
        message: MessageHash,
        /// The proof for the seat that is told.
        proof: Option<Proof>,
    },
    /// A seat is writing.
    Typing(Seat),
    /// A seat was taken, freed, or given a code.
    Seat {
        /// Which seat.
        seat: Seat,
        /// What it now is.
        state: SeatState,
    },
    /// Who has an open connection.
    Presence(Seats),
    /// The room has ended; by hand if a seat is named.
    Expired {
        /// Who ended it; none: its time was over.
        seat: Option<Seat>,
        /// The expire proof for the seat that is told.
        proof: Option<Proof>,
    },
    /// What a seat says that it sends of itself.
    Habits {
        /// The seat.
        seat: Seat,
        /// What it sends.
        habits: Habits,
    },
}

choice!(Event {
    0: Snapshot(snapshot),
    1: Message(standing),
    2: Edited(standing),
    3: Deleted(stub),
    4: Read { seat, message, proof },
    5: Typing(seat),
    6: Seat { seat, state },
    7: Presence(seats),
    8: Expired { seat, proof },
    9: Habits { seat, habits }
});
