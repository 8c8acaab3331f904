//! Sotto's cryptography, version 1: what a phrase and a passcode become, how a message is sealed to the seats of a room,
//! and how one seat shows another what it did. `docs/crypto.md` is the specification; each function quotes its formula.
//!
//! Pure: no I/O and no clock; randomness is an argument. A key leaves this crate only sealed.
//!
//! # What it gives
//! A relay that does not know the phrase can neither read nor forge, alter or re-attribute a message, a card or a proof,
//! and has nothing to test a guess against for less than one run of Argon2id. A box stays closed to a quantum computer.
//!
//! # What it does not give
//! Forward secrecy against one who learns phrase and passcode; protection against a relay whose operator knows the
//! phrase, unless people compare their safety words; anything that shows a third who wrote. Secrets are wiped when they
//! are dropped, as far as the compiler and, in a browser, the engine allow; timing is best effort on wasm.
//!
//! # What the caller must do
//! Stretch with the salt of the relay that it means to use; refuse a room where two seats share a key
//! ([`Peer::shares_a_key_with`]) and a card of its own seat that is not its own ([`Peer::is_mine`]); hold turn, revision
//! and `prev` of a message against what it saw before.

#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod boxes;
mod card;
mod code;
mod envelope;
mod error;
mod invitation;
mod kdf;
pub mod labels;
mod lock;
mod normal;
mod padding;
mod pair;
mod pass;
mod room;
mod seat;
mod secret;
mod stretch;
#[cfg(test)]
mod vectors;
mod words;
mod wrap;

pub use card::{Nickname, NicknameError, Peer};
pub use code::{Code, CodeError};
pub use envelope::{Author, Incoming, Outline, SealError, SealedMessage, Text, seal_message};
pub use error::OpenError;
pub use invitation::{Invitation, Invited};
pub use lock::{LockKey, ToLock, Unlocked};
pub use normal::{NormalError, NormalPasscode, NormalPhrase, normal, normal_passcode};
pub use pair::{Pair, ProofKind};
pub use pass::{PassSecret, VaultKey};
pub use room::{Room, RoomSecret};
pub use seat::{Fingerprint, SeatKeys, SeatSeed};
pub use stretch::{StretchError, Stretched, Typed, stretch, stretch_passcode, stretch_phrase, warm_up};
pub use words::{LIST_LEN, WORDS, generate_words};
