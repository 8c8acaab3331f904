//! Envelopes as people's browsers make them, made once: body and boxes are a real message's, sealed with the crypto
//! crate to two seats; for each send only the header is written anew, which is all that the relay can read.

use anyhow::{Context as _, Result};
use sotto_crypto::{
    Nickname, Outline, Pair, Peer, Room, RoomSecret, SeatKeys, SeatSeed, Stretched, seal_message,
};
use sotto_protocol::{Envelope, MessageHash, hash::card_hash};

use super::people::seat;

/// How long the texts are, as padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// At most 255 bytes, padded to 256: most of what people write.
    Short,
    /// At most 1,023 bytes, padded to 1,024.
    Long,
}

impl Size {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Short, Self::Long];

    /// Its name in figures.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Short => "256",
            Self::Long => "1024",
        }
    }

    const fn text(self) -> usize {
        match self {
            Self::Short => 255,
            Self::Long => 1023,
        }
    }
}

/// What envelopes are cut from, and the cards of the two seats.
#[derive(Debug, Clone)]
pub(crate) struct Stencil {
    pub(crate) envelope: Envelope,
    pub(crate) cards: [Vec<u8>; 2],
}

impl Stencil {
    /// Seals one.
    pub(crate) fn make(size: Size) -> Result<Self> {
        let mut rng = sotto_tests::native::random();
        let stretched = Stretched::from_bytes([7; 32]);
        let room = Room::derive(RoomSecret::from_stretched(&stretched));
        let nobody = Nickname::parse("")?;
        let [ana, ben] =
            [0, 1].map(|number| SeatKeys::derive(&room, seat(number), SeatSeed::generate(&mut rng)));
        let cards = [&ana, &ben].map(|keys| keys.seal_card(&room, &nobody, &mut rng));
        let [my_card, _] = cards.each_ref().map(|card| card_hash(card));
        let [_, theirs] = &cards;
        let peer = Peer::open(&room, seat(1), theirs).context("a card opens")?;
        let pair = Pair::derive(&room, &ana, peer).context("two seats make a pair")?;
        let outline = Outline::generate(1, MessageHash::NONE, &mut rng);
        let text = "m".repeat(size.text());
        let sealed = seal_message(&room, &ana, &my_card, [&pair], &outline, &text, &mut rng)?;
        Ok(Self {
            envelope: sealed.envelope,
            cards,
        })
    }

    /// The length of the envelope as it travels.
    pub(crate) fn length(&self) -> usize {
        sotto_protocol::encode(&self.envelope).len()
    }
}
