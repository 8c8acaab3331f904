//! Sealing a message.

use alloc::vec::Vec;

use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit, Nonce};
use rand_core::CryptoRng;
use sotto_protocol::{
    CardHash, Commit, Envelope, Header, MessageHash, MessageId, SeatMap, hash::message_hash,
};
use zeroize::Zeroizing;

use super::body_aad;
use crate::{
    boxes,
    kdf::hash,
    labels::{self, KEY_LEN, VERSION},
    padding::pad,
    pair::Pair,
    room::Room,
    seat::SeatKeys,
};

/// Why a message was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// More than 16,383 bytes of UTF-8.
    #[error("a message has at most 16,383 bytes")]
    TooLong,
    /// Two readers with one number, or my own among them.
    #[error("a seat is listed twice")]
    Readers,
    /// A revision after the last that there can be.
    #[error("there is no further revision")]
    Revision,
    /// A reader's key was refused by the primitive.
    #[error("a box could not be sealed")]
    Box,
}

/// What the session decides about a message before it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    pub(crate) id: MessageId,
    pub(crate) turn: u64,
    pub(crate) rev: u32,
    pub(crate) prev: MessageHash,
}

impl Outline {
    /// The first revision of a new message, with an id of its own.
    pub fn generate<R: CryptoRng>(turn: u64, prev: MessageHash, rng: &mut R) -> Self {
        let mut id = [0; MessageId::LENGTH];
        rng.fill_bytes(&mut id);
        Self {
            id: MessageId::new(id),
            turn,
            rev: 0,
            prev,
        }
    }

    /// The next revision of a message of mine: the same id, turn and prev, and `rev` + 1.
    pub fn edit_of(header: &Header) -> Result<Self, SealError> {
        let rev = header.rev.checked_add(1).ok_or(SealError::Revision)?;
        Ok(Self {
            id: header.id,
            turn: header.turn,
            rev,
            prev: header.prev,
        })
    }
}

/// A sealed message and the hash that it is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedMessage {
    /// What is sent; a retry sends the same.
    pub envelope: Envelope,
    /// The header that the envelope holds.
    pub header: Header,
    /// `message_hash = hash("message", room_hash || SHA-256(header) || SHA-256(body))`.
    pub message_hash: MessageHash,
}

/// Seals a text to my own seat and to `readers`.
///
/// ```text
/// header = {version, id, turn, rev, seat, seats, prev, commit}
/// commit = hash("commit", content_key)
/// body   = ChaCha20-Poly1305(content_key, nonce = 0, pad(text), aad = tag("body") || room_hash || header)
/// ```
///
/// The content key is made here, used once and forgotten, which is what lets the nonce be zero: no function takes one.
pub fn seal_message<'a, R: CryptoRng>(
    room: &Room,
    me: &SeatKeys,
    my_card: &CardHash,
    readers: impl IntoIterator<Item = &'a Pair>,
    outline: &Outline,
    text: &str,
    rng: &mut R,
) -> Result<SealedMessage, SealError> {
    let mut padded = pad(text.as_bytes()).ok_or(SealError::TooLong)?;
    let mut pairs = SeatMap::new();
    let mut seats = SeatMap::from([(me.seat(), *my_card)]);
    for pair in readers {
        let twice = seats
            .insert(pair.peer().seat(), *pair.peer().card_hash())
            .is_some();
        if twice {
            return Err(SealError::Readers);
        }
        pairs.insert(pair.peer().seat(), pair);
    }

    let mut content_key = Zeroizing::new([0; KEY_LEN]);
    rng.fill_bytes(content_key.as_mut_slice());
    let header = Header {
        version: VERSION,
        id: outline.id,
        turn: outline.turn,
        rev: outline.rev,
        seat: me.seat(),
        seats,
        prev: outline.prev,
        commit: Commit::new(hash(labels::COMMIT, &[&*content_key])),
    };
    let header_bytes = header.encode();
    let body = seal_body(&content_key, &body_aad(room.hash(), &header_bytes), &mut padded)?;
    let message_hash = message_hash(room.hash(), &header_bytes, &body);

    let mut boxes = Vec::with_capacity(header.seats.len());
    for seat in header.seats.keys() {
        let (kem, fingerprint, psk) = match pairs.get(seat) {
            Some(pair) => (&pair.peer().public.kem, pair.peer().fingerprint(), &pair.psk_to),
            None => (&me.public.kem, me.fingerprint(), &me.psk_self),
        };
        let key_box = boxes::seal(kem, fingerprint, psk, &message_hash, &content_key, rng)
            .map_err(|_| SealError::Box)?;
        boxes.push(key_box);
    }
    Ok(SealedMessage {
        envelope: Envelope {
            header: header_bytes,
            body,
            boxes,
        },
        header,
        message_hash,
    })
}

pub(super) fn seal_body(key: &[u8; KEY_LEN], aad: &[u8], padded: &mut [u8]) -> Result<Vec<u8>, SealError> {
    let tag = ChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached(&Nonce::default(), aad, (&mut *padded).into())
        .map_err(|_| SealError::TooLong)?;
    Ok([padded, tag.as_slice()].concat())
}
