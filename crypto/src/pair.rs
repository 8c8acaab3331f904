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
