//! Sotto's wire types and their codec, shared by relay and client.
//!
//! Every frame is deterministic CBOR (RFC 8949, section 4.2): definite lengths, shortest integers, sorted map
//! keys. [`decode`] refuses anything else, so there is exactly one byte string for each value and a comparison
//! of bytes is a comparison of values. `docs/protocol.cddl` describes the same shapes.
//!
//! This crate knows no cryptography beyond the hashes that both sides compute ([`hash`]), no socket, no clock.

#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod answer;
mod bytes;
pub mod close;
pub mod codec;
mod command;
mod envelope;
mod event;
pub mod hash;
pub mod limits;
mod room;
mod seat_map;
mod seats;

pub use answer::{Answer, Opened, Puzzle, Refusal, Welcome};
pub use bytes::{
    AccessKey, CardHash, Commit, InvitationId, MessageHash, MessageId, Nonce, Proof, RoomHash, Salt,
    Solution, Subject, Ticket, Token, WordHash,
};
pub use codec::{Decode, DecodeError, Encode, decode, encode};
pub use command::{Attempt, Command, CommandKind, Create, Invitation, Request, TakeSeat};
pub use envelope::{Envelope, Header, HeaderError, Sealed};
pub use event::{Event, ServerFrame};
pub use room::{Habits, Receipt, SeatState, Snapshot, Standing, Stub};
pub use seat_map::SeatMap;
pub use seats::{Seat, Seats};

/// Proofs by the seat that each of them is shown to.
pub type Proofs = SeatMap<Proof>;

/// The name of the WebSocket sub-protocol.
pub const SUBPROTOCOL: &str = "sotto.1";

/// The version byte of everything that is sealed or sent.
pub const VERSION: u8 = 1;
