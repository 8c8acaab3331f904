//! Messages: sealing one to the seats of a room, and opening one. `docs/crypto.md`, "A message".
//!
//! Gives: only the listed seats read the text; each knows which seat wrote, that the header and the list of readers are
//! the author's, and that all readers of the header have the same text. Does not give: forward secrecy against one who
//! learns phrase and passcode, nor anything to show to a third. The caller must hold `turn`, `rev` and `prev` against
//! what it saw before (docs/crypto.md, "What a session checks").

mod open;
mod seal;
#[cfg(test)]
mod tests;

pub use open::{Author, Incoming, Text};
pub use seal::{Outline, SealError, SealedMessage, seal_message};

use alloc::vec::Vec;

use sotto_protocol::RoomHash;

use crate::labels::{self, tag};

/// `aad = tag("body") || room_hash || header`.
fn body_aad(room: &RoomHash, header: &[u8]) -> Vec<u8> {
    let [prefix, name, end] = tag(labels::BODY);
    [prefix, name, end, room.as_bytes(), header].concat()
}
