//! What two seats share, and the proofs by which one shows the other that it caused an event.
//! `docs/crypto.md`, "Pairs" and "Proofs".
//!
//! Gives: only these two seats can make a proof or a box of this pair, each in its own direction, bound to both
//! fingerprints. Does not give: anything to show to a third.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sotto_protocol::{MessageHash, Proof};
use subtle::ConstantTimeEq;

use crate::{
    card::Peer,
    error::OpenError,
    kdf::extract,
    labels::{self, tag},
    room::{Key, Room},
    seat::{Fingerprint, SeatKeys},
};

/// What a proof is of. The byte is part of what is proved, so that a proof of one kind is none of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ProofKind {
    /// This revision was opened and shown.
    Read = 1,
    /// The author deleted the message, this being its last revision.
    Delete = 2,
    /// The room was ended by hand, this being its last message.
    Expire = 3,
}

impl ProofKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Read, Self::Delete, Self::Expire];
}

/// Another seat, with the keys that mine shares with it.
#[derive(Debug)]
pub struct Pair {
    peer: Peer,
    pub(crate) psk_to: Key,
    pub(crate) psk_from: Key,
    pub(crate) proof_to: Key,
    pub(crate) proof_from: Key,
}

impl Pair {
    /// Derives what my seat `i` shares with seat `j`:
    ///
    /// ```text
    /// pair(i,j)       = extract(pair_salt, X25519(dh_i, dh_j))
    /// psk(i->j)       = expand(pair(i,j), "box",   fingerprint(i) || fingerprint(j), 32)
    /// proof_key(i->j) = expand(pair(i,j), "proof", fingerprint(i) || fingerprint(j), 32)
    /// ```
    ///
    /// Refuses my own seat, a seat with one of my keys, and an all-zero X25519 result.
    pub fn derive(room: &Room, me: &SeatKeys, peer: Peer) -> Result<Self, OpenError> {
        if peer.seat() == me.seat() || peer.public.shares_a_key_with(&me.public) {
            return Err(OpenError);
        }
        Self::derive_unchecked(room, me, peer)
    }

    /// [`Pair::derive`] without the check for equal keys; on its own so that a test can show what else holds then.
    fn derive_unchecked(room: &Room, me: &SeatKeys, peer: Peer) -> Result<Self, OpenError> {
        let shared = me.dh.diffie_hellman(&peer.public.dh);
        if !shared.was_contributory() {
            return Err(OpenError);
        }
        let pair = extract(&room.pair_salt.0, &[shared.as_bytes()]);
        let key = |label, from: &Fingerprint, to: &Fingerprint| Key::derive(&pair, label, &[&from.0, &to.0]);
        let (mine, theirs) = (me.fingerprint(), peer.fingerprint());
        Ok(Self {
            psk_to: key(labels::BOX, mine, theirs),
            psk_from: key(labels::BOX, theirs, mine),
            proof_to: key(labels::PROOF, mine, theirs),
            proof_from: key(labels::PROOF, theirs, mine),
            peer,
        })
    }

    /// The other seat.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// `proof(i->j) = the first 16 bytes of HMAC-SHA256(proof_key(i->j), tag("proof") || kind || message_hash)`.
    pub fn prove(&self, kind: ProofKind, message: &MessageHash) -> Proof {
        mac(&self.proof_to, kind, message)
    }

    /// Whether the other seat made this proof, for me, of this.
    pub fn verify(&self, kind: ProofKind, message: &MessageHash, proof: &Proof) -> bool {
        mac(&self.proof_from, kind, message)
            .as_bytes()
            .ct_eq(proof.as_bytes())
            .into()
    }
}

fn mac(key: &Key, kind: ProofKind, message: &MessageHash) -> Proof {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("any length");
    for part in tag(labels::PROOF) {
        mac.update(part);
    }
    mac.update(&[kind as u8]);
    mac.update(message.as_bytes());
    let full: [u8; 32] = mac.finalize().into_bytes().into();
    let mut proof = [0; Proof::LENGTH];
    for (to, from) in proof.iter_mut().zip(full) {
        *to = from;
    }
    Proof::new(proof)
}

#[cfg(test)]
mod tests {
    use sotto_protocol::{MessageHash, Seat};

    use super::{Pair, ProofKind};
    use crate::{
        Nickname, Peer, Room, RoomSecret, SeatKeys, SeatSeed, Stretched,
        labels::{self, KEY_LEN},
        seat::PublicKeys,
        wrap::wrap,
    };

    struct NoRandomness;

    impl rand_core::TryRng for NoRandomness {
        type Error = core::convert::Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(0)
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(0)
        }

        fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> {
            to.fill(0);
            Ok(())
        }
    }

    impl rand_core::TryCryptoRng for NoRandomness {}

    fn seat(number: u8) -> Seat {
        Seat::new(number).unwrap()
    }

    fn room() -> Room {
        Room::derive(RoomSecret::from_stretched(&Stretched::from_bytes([1; 32])))
    }

    fn keys(room: &Room, number: u8) -> SeatKeys {
        SeatKeys::derive(room, seat(number), SeatSeed([number; KEY_LEN]))
    }

    /// The card of one who knows the phrase and claims whatever keys it likes.
    fn card_with(room: &Room, number: u8, dh: &[u8; KEY_LEN], kem: &[u8]) -> Peer {
        let nickname = crate::padding::pad_to(b"", 64).unwrap();
        let plain = [dh.as_slice(), kem, &nickname].concat();
        let context: [&[u8]; 2] = [room.hash().as_bytes(), &[number]];
        let card = wrap(
            &room.card_key.0,
            labels::CARD,
            &context,
            &plain,
            &mut NoRandomness,
        );
        Peer::open(room, seat(number), &card).unwrap()
    }

    fn peer(room: &Room, keys: &SeatKeys) -> Peer {
        Peer::open(
            room,
            keys.seat(),
            &keys.seal_card(room, &Nickname::default(), &mut NoRandomness),
        )
        .unwrap()
    }

    /// Fingerprints in the proof key: seat 2 copies seat 1's X25519 key. Seat 0 refuses the copy; and were the check off,
    /// what seat 1 proves to seat 0 would still be no proof of seat 2's, and the other way round.
    #[test]
    fn who_copies_a_public_key_does_not_own_its_proofs() {
        let room = room();
        let (zero, one, two) = (keys(&room, 0), keys(&room, 1), keys(&room, 2));
        let copy = card_with(&room, 2, one.public.dh.as_bytes(), &*two.public.kem_bytes);
        assert!(copy.shares_a_key_with(&peer(&room, &one)));
        assert!(Pair::derive(&room, &one, copy.clone()).is_err());

        let honest = Pair::derive(&room, &zero, peer(&room, &one)).unwrap();
        let copied = Pair::derive_unchecked(&room, &zero, copy).unwrap();
        let proof = Pair::derive(&room, &one, peer(&room, &zero))
            .unwrap()
            .prove(ProofKind::Read, &MessageHash::NONE);
        assert!(honest.verify(ProofKind::Read, &MessageHash::NONE, &proof));
        assert!(!copied.verify(ProofKind::Read, &MessageHash::NONE, &proof));
        assert!(copied.psk_to != honest.psk_to && copied.psk_from != honest.psk_from);
    }

    /// `kem.pk` is in the fingerprint: the same X25519 key with another X-Wing key shows other words and shares no keys.
    #[test]
    fn another_kem_key_is_another_fingerprint() {
        let room = room();
        let (zero, one, two) = (keys(&room, 0), keys(&room, 1), keys(&room, 2));
        let mixed = card_with(&room, 1, one.public.dh.as_bytes(), &*two.public.kem_bytes);
        assert_ne!(mixed.fingerprint(), one.fingerprint());
        assert_ne!(
            mixed.fingerprint().safety_words(),
            one.fingerprint().safety_words()
        );
        let honest = Pair::derive(&room, &zero, peer(&room, &one)).unwrap();
        assert!(Pair::derive(&room, &zero, mixed).unwrap().psk_to != honest.psk_to);
    }

    /// Points of small order, whose shared secret is zero whatever my key is (RFC 7748, section 6.1).
    #[test]
    fn an_all_zero_result_is_refused() {
        let room = room();
        let (zero, one) = (keys(&room, 0), keys(&room, 1));
        let mut minus_one = [0xff; KEY_LEN];
        (minus_one[0], minus_one[31]) = (0xec, 0x7f);
        let mut plus_one = [0; KEY_LEN];
        plus_one[0] = 1;
        for dh in [[0; KEY_LEN], plus_one, minus_one] {
            assert!(Pair::derive(&room, &zero, card_with(&room, 1, &dh, &*one.public.kem_bytes)).is_err());
        }
        assert!(Pair::derive(&room, &zero, peer(&room, &one)).is_ok());
    }

    /// The edges of 2^255 - 19, below which a number has one encoding.
    #[test]
    fn a_public_key_has_one_encoding() {
        let kem = keys(&room(), 1).public.kem_bytes;
        let with = |low: u8, middle: u8, high: u8| {
            let mut dh = [middle; KEY_LEN];
            (dh[0], dh[31]) = (low, high);
            PublicKeys::parse(dh, &*kem).is_some()
        };
        assert!(with(0xec, 0xff, 0x7f));
        assert!(!with(0xed, 0xff, 0x7f));
        assert!(!with(0xff, 0xff, 0x7f));
        assert!(with(0xff, 0xfe, 0x7f));
        assert!(with(0xff, 0xff, 0x7e));
        assert!(!with(0, 0, 0x80));
        assert!(!with(0xff, 0xff, 0xff));
    }
}
