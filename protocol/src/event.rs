//! What the relay says unasked, and the frame around all that it says.

use minicbor::{Decode, Encode};

use crate::{Answer, MessageHash, Proof, Seat, SeatState, Seats, Snapshot, Standing, Stub, Welcome};

/// A frame from the relay.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum ServerFrame {
    /// First on every connection.
    #[n(0)]
    Welcome(#[n(0)] Welcome),
    /// To the command with this reference.
    #[n(1)]
    Answer {
        /// The command's reference.
        #[n(0)]
        reference: u32,
        /// The answer.
        #[n(1)]
        answer: Answer,
    },
    /// Something happened in the room.
    #[n(2)]
    Event(#[n(0)] Event),
}

/// Something that happened, for one seat. The seat that caused it is told on its other connections too.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Event {
    /// The room as it is now.
    #[n(0)]
    Snapshot(#[n(0)] Snapshot),
    /// A message replaced what stood.
    #[n(1)]
    Message(#[n(0)] Standing),
    /// The message has a new revision.
    #[n(2)]
    Edited(#[n(0)] Standing),
    /// The message was deleted.
    #[n(3)]
    Deleted(#[n(0)] Stub),
    /// A seat read a revision.
    #[n(4)]
    Read {
        /// The reader.
        #[n(0)]
        seat: Seat,
        /// The revision.
        #[n(1)]
        message: MessageHash,
        /// The proof for the seat that is told.
        #[n(2)]
        proof: Option<Proof>,
    },
    /// A seat is writing.
    #[n(5)]
    Typing(#[n(0)] Seat),
    /// A seat was taken, freed, or given a code.
    #[n(6)]
    Seat {
        /// Which seat.
        #[n(0)]
        seat: Seat,
        /// What it now is.
        #[n(1)]
        state: SeatState,
    },
    /// Who has an open connection.
    #[n(7)]
    Presence(#[n(0)] Seats),
    /// The room has ended; by hand if a seat is named.
    #[n(8)]
    Expired {
        /// Who ended it; none: its time was over.
        #[n(0)]
        seat: Option<Seat>,
        /// The expire proof for the seat that is told.
        #[n(1)]
        proof: Option<Proof>,
    },
}
