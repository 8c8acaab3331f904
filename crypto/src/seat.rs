//! A seat's own keys: random, not derived from a passcode, so that a passcode can be changed without changing them.
//! `docs/crypto.md`, "Seat".

use alloc::boxed::Box;

use hpke::{Deserializable, Kem, Serializable, kem::XWing};
use rand_core::CryptoRng;
use sotto_protocol::{RoomHash, Seat};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::{
    kdf::{expand, extract, hash},
    labels::{self, KEM_PUBLIC_LEN, KEY_LEN},
    room::{Key, Room},
    secret::secret,
};

pub(crate) type KemPrivate = <XWing as Kem>::PrivateKey;
pub(crate) type KemPublic = <XWing as Kem>::PublicKey;

secret! {
    /// The 32 random bytes that a seat's keys derive from.
    pub struct SeatSeed
}

impl SeatSeed {
    /// `seat_seed = 32 random bytes, made when the seat is taken`.
    pub fn generate<R: CryptoRng>(rng: &mut R) -> Self {
        let mut seed = Self([0; KEY_LEN]);
        rng.fill_bytes(&mut seed.0);
        seed
    }
}

/// The hash of a seat's number and public keys: what safety words show, and what boxes and proofs are bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub(crate) [u8; KEY_LEN]);

impl Fingerprint {
    /// `fingerprint(s) = hash("fingerprint", room_hash || s || dh.pk || kem.pk)`.
    pub(crate) fn derive(room: &RoomHash, seat: Seat, public: &PublicKeys) -> Self {
        Self(hash(
            labels::FINGERPRINT,
            &[
                room.as_bytes(),
                &[seat.number()],
                public.dh.as_bytes(),
                &*public.kem_bytes,
            ],
        ))
    }

    /// The hash's bytes.
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

/// A seat's public keys.
#[derive(Clone)]
pub(crate) struct PublicKeys {
    pub(crate) dh: PublicKey,
    pub(crate) kem: KemPublic,
    /// `kem` as it travels; kept because it is hashed and compared.
    pub(crate) kem_bytes: Box<[u8; KEM_PUBLIC_LEN]>,
}

impl PublicKeys {
    fn new(dh: PublicKey, kem: KemPublic) -> Self {
        let mut kem_bytes = Box::new([0; KEM_PUBLIC_LEN]);
        kem.write_exact(kem_bytes.as_mut_slice());
        Self { dh, kem, kem_bytes }
    }

    /// Reads `dh.pk || kem.pk`; `None` for anything that no seat's keys encode to.
    pub(crate) fn parse(dh: [u8; KEY_LEN], kem: &[u8]) -> Option<Self> {
        if !is_canonical(&dh) {
            return None;
        }
        Some(Self::new(PublicKey::from(dh), KemPublic::from_bytes(kem).ok()?))
    }

    /// Whether either key is also the other's.
    pub(crate) fn shares_a_key_with(&self, other: &Self) -> bool {
        self.dh == other.dh || self.kem_bytes == other.kem_bytes
    }
}

/// Whether a public X25519 key is the one encoding of its number: below 2^255 - 19.
///
/// X25519 itself takes several encodings for one key; two seats with an equal key must not get by as different.
fn is_canonical(dh: &[u8; KEY_LEN]) -> bool {
    let [low, middle @ .., high] = dh;
    *high < 0x7f || (*high == 0x7f && (*low < 0xed || middle.iter().any(|byte| *byte != 0xff)))
}

/// My seat: its number, seed, keys and fingerprint.
pub struct SeatKeys {
    seat: Seat,
    seed: SeatSeed,
    pub(crate) dh: StaticSecret,
    /// Kept parsed: parsing derives the ML-KEM key anew.
    pub(crate) kem: KemPrivate,
    pub(crate) public: PublicKeys,
    fingerprint: Fingerprint,
    pub(crate) psk_self: Key,
}

impl core::fmt::Debug for SeatKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SeatKeys")
            .field("seat", &self.seat)
            .finish_non_exhaustive()
    }
}

impl SeatKeys {
    /// Derives a seat's keys:
    ///
    /// ```text
    /// dh        = X25519 key pair, secret key expand(seat_seed, "x25519", 32)
    /// kem       = X-Wing key pair, decapsulation key expand(seat_seed, "x-wing", 32)
    /// psk(i->i) = expand(extract(pair_salt, expand(seat_seed, "self", 32)), "box", fingerprint(i) || fingerprint(i), 32)
    /// ```
    pub fn derive(room: &Room, seat: Seat, seed: SeatSeed) -> Self {
        let dh = StaticSecret::from(*expand(&seed.0, labels::X25519, &[]));
        let kem = parse_kem(&expand(&seed.0, labels::X_WING, &[]));
        let public = PublicKeys::new(PublicKey::from(&dh), XWing::sk_to_pk(&kem));
        let fingerprint = Fingerprint::derive(room.hash(), seat, &public);
        let shared = extract(
            &room.pair_salt.0,
            &[&*expand::<KEY_LEN>(&seed.0, labels::SELF, &[])],
        );
        let psk_self = Key::derive(&shared, labels::BOX, &[&fingerprint.0, &fingerprint.0]);
        Self {
            seat,
            seed,
            dh,
            kem,
            public,
            fingerprint,
            psk_self,
        }
    }

    /// The seat's number.
    pub fn seat(&self) -> Seat {
        self.seat
    }

    /// The seat's fingerprint.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The seed, to seal it in a vault under another passcode.
    pub fn seed(&self) -> &SeatSeed {
        &self.seed
    }
}

#[expect(clippy::expect_used, reason = "any 32 bytes are an X-Wing decapsulation key")]
fn parse_kem(bytes: &[u8; KEY_LEN]) -> KemPrivate {
    KemPrivate::from_bytes(bytes).expect("32 bytes")
}
