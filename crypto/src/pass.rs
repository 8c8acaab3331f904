//! What a passcode becomes: the keys that open a person's seat. `docs/crypto.md`, "Passcode".
//!
//! Keys are bound to the seat, so what is stored of two seats never shows that their passcodes are equal.

use alloc::vec::Vec;

use sotto_protocol::{AccessKey, RoomHash, Seat};

use crate::{
    error::OpenError,
    kdf::{expand, extract},
    labels::{self, KEY_LEN},
    room::{Key, Room},
    seat::SeatSeed,
    secret::secret,
    stretch::Stretched,
    wrap::{unwrap, wrap},
};
use rand_core::CryptoRng;

secret! {
    /// What a passcode of one room becomes; each seat's keys derive from it.
    pub struct PassSecret
}

secret! {
    /// The key that a seat's seed is sealed with.
    pub struct VaultKey
}

impl PassSecret {
    /// `pass_secret = extract(pass_key, stretch(normal_passcode(passcode), pass_salt))`.
    pub fn from_stretched(room: &Room, passcode: &Stretched) -> Self {
        Self(*extract(&room.pass_key.0, &[&passcode.0]))
    }

    /// `access_key(s) = expand(pass_secret, "access", s, 32)`: shown to the relay to open seat `s`.
    pub fn access_key(&self, seat: Seat) -> AccessKey {
        AccessKey::new(*expand(&self.0, labels::ACCESS, &[&[seat.number()]]))
    }

    /// `vault_key(s) = expand(pass_secret, "vault", s, 32)`.
    pub fn vault_key(&self, seat: Seat) -> VaultKey {
        let Key(key) = Key::derive(&self.0, labels::VAULT, &[&[seat.number()]]);
        VaultKey(key)
    }
}

impl VaultKey {
    /// `vault = wrap(vault_key(s), "vault", room_hash || s, seat_seed)`.
    pub fn seal<R: CryptoRng>(&self, room: &RoomHash, seat: Seat, seed: &SeatSeed, rng: &mut R) -> Vec<u8> {
        wrap(
            &self.0,
            labels::VAULT,
            &[room.as_bytes(), &[seat.number()]],
            &seed.0,
            rng,
        )
    }

    /// Opens a vault.
    pub fn open(&self, room: &RoomHash, seat: Seat, vault: &[u8]) -> Result<SeatSeed, OpenError> {
        let plain = unwrap(
            &self.0,
            labels::VAULT,
            &[room.as_bytes(), &[seat.number()]],
            vault,
        )?;
        let seed: &[u8; KEY_LEN] = plain.as_slice().try_into().map_err(|_| OpenError)?;
        Ok(SeatSeed(*seed))
    }
}
