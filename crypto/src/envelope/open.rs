//! Opening a message.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit, Nonce, Tag};
use sotto_protocol::{CardHash, Header, MessageHash, Sealed, hash::message_hash};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::body_aad;
use crate::{
    boxes,
    error::OpenError,
    kdf::hash,
    labels::{self, KEY_LEN},
    padding::unpad_body,
    pair::Pair,
    room::Room,
    seat::SeatKeys,
};

/// An opened text, wiped when dropped.
#[derive(PartialEq, Eq)]
pub struct Text(Zeroizing<String>);

impl Text {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Text {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Text(..)")
    }
}

/// Who wrote a message, as far as the header says.
#[derive(Debug, Clone, Copy)]
pub enum Author<'a> {
    /// My own seat, on this or another device.
    Me,
    /// Another seat.
    Other(&'a Pair),
}

/// A message as it came, with its header read but nothing yet believed.
#[derive(Debug)]
pub struct Incoming<'a> {
    sealed: &'a Sealed,
    header: Header,
    message_hash: MessageHash,
}

impl<'a> Incoming<'a> {
    /// Reads the header and hashes header and body as received.
    pub fn parse(room: &Room, sealed: &'a Sealed) -> Result<Self, OpenError> {
        let header = Header::parse(&sealed.header).map_err(|_| OpenError)?;
        let message_hash = message_hash(room.hash(), &sealed.header, &sealed.body);
        Ok(Self {
            sealed,
            header,
            message_hash,
        })
    }

    /// What the header says; the author's word only once [`Incoming::open`] has succeeded.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The message's hash.
    pub fn message_hash(&self) -> &MessageHash {
        &self.message_hash
    }

    /// Opens my box and with it the body.
    ///
    /// Checks that the header's author is `author`, that the header lists my seat and the author's with the cards that I
    /// was shown (docs/crypto.md, "What a reader checks"), and that the content key is the one that the header commits to.
    pub fn open(
        &self,
        room: &Room,
        me: &SeatKeys,
        my_card: &CardHash,
        author: Author<'_>,
    ) -> Result<Text, OpenError> {
        let (seat, card, psk) = match author {
            Author::Me => (me.seat(), my_card, &me.psk_self),
            Author::Other(pair) => (pair.peer().seat(), pair.peer().card_hash(), &pair.psk_from),
        };
        let lists = |seat, card| self.header.seats.get(&seat) == Some(card);
        if self.header.seat != seat || !lists(seat, card) || !lists(me.seat(), my_card) {
            return Err(OpenError);
        }
        let content_key = boxes::open(
            &me.kem,
            me.fingerprint(),
            psk,
            &self.message_hash,
            &self.sealed.key_box,
        )?;
        let commit = hash(labels::COMMIT, &[&*content_key]);
        if !bool::from(commit.ct_eq(self.header.commit.as_bytes())) {
            return Err(OpenError);
        }
        let padded = open_body(
            &content_key,
            &body_aad(room.hash(), &self.sealed.header),
            &self.sealed.body,
        )?;
        let text = str::from_utf8(unpad_body(&padded)?).map_err(|_| OpenError)?;
        Ok(Text(Zeroizing::new(text.to_owned())))
    }
}

pub(super) fn open_body(
    key: &[u8; KEY_LEN],
    aad: &[u8],
    body: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (sealed, tag) = body.split_last_chunk().ok_or(OpenError)?;
    let mut padded = Zeroizing::new(sealed.to_vec());
    ChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(
            &Nonce::default(),
            aad,
            padded.as_mut_slice().into(),
            &Tag::from(*tag),
        )
        .map_err(|_| OpenError)?;
    Ok(padded)
}
