//! Locking: a tab that forgets its keys and can get them back from a passcode. `docs/crypto.md`, "Lock".
//!
//! Gives: who picks up a locked tab needs the passcode, at one Argon2id run a guess. The page holds the result in memory
//! only; nothing is stored.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use rand_core::CryptoRng;
use sotto_protocol::{AccessKey, RoomHash, Seat, decode, record};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    error::OpenError,
    kdf::{expand, extract},
    labels::{self, KEY_LEN, salts},
    pass::VaultKey,
    room::{Room, RoomSecret},
    seat::{SeatKeys, SeatSeed},
    secret::secret,
    stretch::Stretched,
    wrap::{encode_secret, unwrap, wrap},
};

secret! {
    /// What a tab is locked with. Derived when the seat is opened, so that locking needs no passcode.
    pub struct LockKey
}

/// What a tab that locks keeps, sealed.
pub struct ToLock<'a> {
    /// The room.
    pub room: &'a Room,
    /// My seat.
    pub me: &'a SeatKeys,
    /// The seat's access key, for `open`.
    pub access_key: AccessKey,
    /// The seat's vault key.
    pub vault_key: &'a VaultKey,
    /// What was being written.
    pub draft: &'a str,
    /// What the session has seen (turn, hash, cards that left), opaque to this crate.
    pub seen: &'a [u8],
}

/// What a locked tab resumes with.
pub struct Unlocked {
    /// The room.
    pub room: Room,
    /// My seat.
    pub me: SeatKeys,
    /// The seat's access key, for `open`.
    pub access_key: AccessKey,
    /// The seat's vault key.
    pub vault_key: VaultKey,
    /// What was being written.
    pub draft: Zeroizing<String>,
    /// What the session had seen.
    pub seen: Vec<u8>,
}

impl core::fmt::Debug for ToLock<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ToLock(..)")
    }
}

impl core::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Unlocked(..)")
    }
}

struct Wire<'a> {
    room_secret: [u8; KEY_LEN],
    access_key: AccessKey,
    vault_key: [u8; KEY_LEN],
    seat_seed: [u8; KEY_LEN],
    draft: &'a str,
    seen: &'a [u8],
}

record!(Wire<'b> { room_secret, access_key, vault_key, seat_seed, draft, seen });

impl Drop for Wire<'_> {
    fn drop(&mut self) {
        for key in [&mut self.room_secret, &mut self.vault_key, &mut self.seat_seed] {
            key.zeroize();
        }
        self.access_key = AccessKey::new([0; KEY_LEN]);
    }
}

impl LockKey {
    /// `lock_key = expand(extract("sotto/1/lock", stretch(normal_passcode(passcode), pass_salt)), "lock", 32)`.
    pub fn from_stretched(passcode: &Stretched) -> Self {
        Self(*expand(&extract(salts::LOCK, &[&passcode.0]), labels::LOCK, &[]))
    }

    /// `locked = wrap(lock_key, "locked", room_hash || s, {room_secret, access_key(s), vault_key(s), seat_seed, draft,
    /// seen})`.
    pub fn seal<R: CryptoRng>(&self, what: &ToLock<'_>, rng: &mut R) -> Vec<u8> {
        let wire = Wire {
            room_secret: what.room.secret().0,
            access_key: what.access_key,
            vault_key: what.vault_key.0,
            seat_seed: what.me.seed().0,
            draft: what.draft,
            seen: what.seen,
        };
        // 256: four keys and the heads of all entries.
        let plain = encode_secret(&wire, 256 + what.draft.len() + what.seen.len());
        let (room, seat) = (what.room.hash(), what.me.seat());
        wrap(
            &self.0,
            labels::LOCKED,
            &[room.as_bytes(), &[seat.number()]],
            &plain,
            rng,
        )
    }

    /// Opens a locked session, and derives the keys of room and seat anew.
    pub fn open(&self, room: &RoomHash, seat: Seat, locked: &[u8]) -> Result<Unlocked, OpenError> {
        let plain = unwrap(
            &self.0,
            labels::LOCKED,
            &[room.as_bytes(), &[seat.number()]],
            locked,
        )?;
        let wire: Wire<'_> = decode(&plain).map_err(|_| OpenError)?;
        let opened = Room::derive(RoomSecret(wire.room_secret));
        if opened.hash() != room {
            return Err(OpenError);
        }
        let me = SeatKeys::derive(&opened, seat, SeatSeed(wire.seat_seed));
        Ok(Unlocked {
            room: opened,
            me,
            access_key: wire.access_key,
            vault_key: VaultKey(wire.vault_key),
            draft: Zeroizing::new(wire.draft.to_owned()),
            seen: wire.seen.to_vec(),
        })
    }
}
