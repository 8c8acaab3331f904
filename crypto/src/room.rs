//! What a phrase becomes: the room's name, and the keys that all who know the phrase share.
//! `docs/crypto.md`, "Room".
//!
//! Gives: the relay learns `room_hash` and nothing that tests a guess for less than one Argon2id run. Does not give:
//! protection among those who know the phrase. The caller must take the salt from the relay it means to use.

use sotto_protocol::RoomHash;

use crate::{
    kdf::{expand, extract},
    labels::{self, KEY_LEN, SALT_LEN, salts},
    secret::secret,
    stretch::Stretched,
};

secret! {
    /// The secret of a room, from which all its keys derive. Whoever has it can do what one who knows the phrase can.
    pub struct RoomSecret
}

impl RoomSecret {
    /// `room_secret = extract("sotto/1/room", stretch(normal(phrase), deployment_salt))`.
    pub fn from_stretched(phrase: &Stretched) -> Self {
        Self(*extract(salts::ROOM, &[&phrase.0]))
    }
}

/// A room's secret and what derives from it.
pub struct Room {
    secret: RoomSecret,
    hash: RoomHash,
    pass_salt: [u8; SALT_LEN],
    pub(crate) card_key: Key,
    pub(crate) invite_key: Key,
    pub(crate) pair_salt: Key,
    pub(crate) pass_key: Key,
}

impl core::fmt::Debug for Room {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Room(..)")
    }
}

secret! {
    /// A key that derives from another secret.
    pub(crate) struct Key
}

impl Key {
    pub(crate) fn derive(key: &[u8; KEY_LEN], label: &str, context: &[&[u8]]) -> Self {
        Self(*expand(key, label, context))
    }
}

impl Room {
    /// Derives a room's keys:
    ///
    /// ```text
    /// room_hash  = expand(room_secret, "hash", 32)
    /// card_key   = expand(room_secret, "card", 32)
    /// invite_key = expand(room_secret, "invite", 32)
    /// pair_salt  = expand(room_secret, "pair", 32)
    /// pass_key   = expand(room_secret, "pass-key", 32)
    /// pass_salt  = expand(room_secret, "pass-salt", 16)
    /// ```
    pub fn derive(secret: RoomSecret) -> Self {
        let key = |label| Key::derive(&secret.0, label, &[]);
        Self {
            hash: RoomHash::new(*expand(&secret.0, labels::HASH, &[])),
            pass_salt: *expand(&secret.0, labels::PASS_SALT, &[]),
            card_key: key(labels::CARD),
            invite_key: key(labels::INVITE),
            pair_salt: key(labels::PAIR),
            pass_key: key(labels::PASS_KEY),
            secret,
        }
    }

    /// The only name that the relay knows of the room.
    pub fn hash(&self) -> &RoomHash {
        &self.hash
    }

    /// The salt that this room's passcodes are stretched with.
    pub fn pass_salt(&self) -> &[u8; SALT_LEN] {
        &self.pass_salt
    }

    /// The room's secret, to lock a tab with.
    pub(crate) fn secret(&self) -> &RoomSecret {
        &self.secret
    }
}
