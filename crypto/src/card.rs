//! Cards: a seat's public keys and nickname, sealed under the phrase. `docs/crypto.md`, "Seat".
//!
//! A card shows that its maker knew the phrase, and nothing else: whoever knows the phrase can make a card for any seat.
//! Only the safety words show whose keys they are.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use rand_core::CryptoRng;
use sotto_protocol::{CardHash, Seat, hash::card_hash, limits};

use crate::{
    error::OpenError,
    labels::{self, CARD_PLAIN_LEN, KEM_PUBLIC_LEN, KEY_LEN},
    normal::unicode,
    padding::{pad_to, unpad},
    room::Room,
    seat::{Fingerprint, PublicKeys, SeatKeys},
    wrap::{unwrap, wrap},
};

/// Why a nickname cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NicknameError {
    /// More than 48 bytes.
    #[error("a nickname has at most 48 bytes")]
    TooLong,
    /// A control, bidirectional, zero-width, private-use or unassigned character, or a line break.
    #[error("this nickname holds a character that cannot be used")]
    Character,
}

/// What a person is called in a room of more than two; may be empty. At most 48 bytes, and nothing in it that a
/// screen does not show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nickname(String);

impl Nickname {
    /// Checks a nickname. White space around it is dropped.
    pub fn parse(text: &str) -> Result<Self, NicknameError> {
        let text = text.trim_matches(unicode::is_space);
        if text.len() > limits::NICKNAME {
            return Err(NicknameError::TooLong);
        }
        if text
            .chars()
            .any(|c| unicode::is_refused(c) || unicode::is_ignorable(c) || unicode::is_break(c))
        {
            return Err(NicknameError::Character);
        }
        Ok(Self(text.to_owned()))
    }

    /// The nickname.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SeatKeys {
    /// `card = wrap(card_key, "card", room_hash || s, dh.pk || kem.pk || pad64(nickname))`.
    pub fn seal_card<R: CryptoRng>(&self, room: &Room, nickname: &Nickname, rng: &mut R) -> Vec<u8> {
        let mut plain = Vec::with_capacity(CARD_PLAIN_LEN);
        plain.extend_from_slice(self.public.dh.as_bytes());
        plain.extend_from_slice(&*self.public.kem_bytes);
        // A nickname is shorter than its padded length by its type, so there is always something to append.
        if let Some(padded) = pad_to(nickname.0.as_bytes(), limits::NICKNAME_PADDED) {
            plain.extend_from_slice(&padded);
        }
        wrap(
            &room.card_key.0,
            labels::CARD,
            &[room.hash().as_bytes(), &[self.seat().number()]],
            &plain,
            rng,
        )
    }
}

/// What another seat's card says.
#[derive(Clone)]
pub struct Peer {
    seat: Seat,
    nickname: Nickname,
    fingerprint: Fingerprint,
    card_hash: CardHash,
    pub(crate) public: PublicKeys,
}

impl core::fmt::Debug for Peer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Peer")
            .field("seat", &self.seat)
            .finish_non_exhaustive()
    }
}

impl Peer {
    /// Opens the card that the relay showed for `seat`.
    pub fn open(room: &Room, seat: Seat, card: &[u8]) -> Result<Self, OpenError> {
        let plain = unwrap(
            &room.card_key.0,
            labels::CARD,
            &[room.hash().as_bytes(), &[seat.number()]],
            card,
        )?;
        let (dh, rest) = plain.split_first_chunk::<KEY_LEN>().ok_or(OpenError)?;
        let (kem, padded) = rest.split_at_checked(KEM_PUBLIC_LEN).ok_or(OpenError)?;
        if padded.len() != limits::NICKNAME_PADDED {
            return Err(OpenError);
        }
        let text = str::from_utf8(unpad(padded)?).map_err(|_| OpenError)?;
        let nickname = Nickname::parse(text).map_err(|_| OpenError)?;
        if nickname.as_str() != text {
            return Err(OpenError);
        }
        let public = PublicKeys::parse(*dh, kem).ok_or(OpenError)?;
        let fingerprint = Fingerprint::derive(room.hash(), seat, &public);
        Ok(Self {
            seat,
            nickname,
            fingerprint,
            card_hash: card_hash(card),
            public,
        })
    }

    /// The seat's number.
    pub fn seat(&self) -> Seat {
        self.seat
    }

    /// The nickname; empty in a room for two.
    pub fn nickname(&self) -> &str {
        self.nickname.as_str()
    }

    /// The seat's fingerprint.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The hash of the card as the relay showed it.
    pub fn card_hash(&self) -> &CardHash {
        &self.card_hash
    }

    /// Whether this is the card of my own seat, with my own keys. A client refuses any other card for its seat.
    pub fn is_mine(&self, me: &SeatKeys) -> bool {
        self.seat == me.seat() && self.fingerprint == *me.fingerprint()
    }

    /// Whether another seat has one of this seat's public keys. A client refuses a room where two have.
    pub fn shares_a_key_with(&self, other: &Self) -> bool {
        self.public.shares_a_key_with(&other.public)
    }
}
