//! People in a room, for tests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub,
    reason = "for tests, each of which is a crate of its own and uses a part"
)]

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use sotto_crypto::{
    Author, Fingerprint, Incoming, Nickname, OpenError, Outline, Pair, PassSecret, Peer, Room, RoomSecret,
    SealedMessage, SeatKeys, SeatSeed, Stretched, Text, seal_message,
};
use sotto_protocol::{CardHash, MessageHash, Sealed, Seat};

/// A generator whose bytes are known: not random at all, but no two draws of a test are equal.
pub struct Counter(u64);

impl Counter {
    pub fn new(start: u32) -> Self {
        Self(u64::from(start) << 32)
    }
}

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        use sha2::{Digest, Sha256};
        for chunk in to.chunks_mut(32) {
            self.0 += 1;
            for (to, from) in chunk.iter_mut().zip(Sha256::digest(self.0.to_be_bytes())) {
                *to = from;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

/// A room as every test has it, without the half second that stretching takes.
pub fn room(phrase: u8) -> Room {
    Room::derive(RoomSecret::from_stretched(&Stretched::from_bytes([phrase; 32])))
}

pub fn seat(number: u8) -> Seat {
    Seat::new(number).unwrap()
}

/// One person: a seat with its keys and card.
pub struct Person {
    pub me: SeatKeys,
    pub card: Vec<u8>,
    pub card_hash: CardHash,
    pub pass: PassSecret,
}

impl Person {
    pub fn new(room: &Room, number: u8) -> Self {
        let mut rng = Counter::new(1000 + u32::from(number));
        let me = SeatKeys::derive(room, seat(number), SeatSeed::generate(&mut rng));
        let card = me.seal_card(room, &Nickname::parse(&format!("P{number}")).unwrap(), &mut rng);
        let card_hash = sotto_protocol::hash::card_hash(&card);
        let pass = PassSecret::from_stretched(room, &Stretched::from_bytes([100 + number; 32]));
        Self {
            me,
            card,
            card_hash,
            pass,
        }
    }

    pub fn seat(&self) -> Seat {
        self.me.seat()
    }

    pub fn fingerprint(&self) -> &Fingerprint {
        self.me.fingerprint()
    }

    pub fn peer(&self, room: &Room) -> Peer {
        Peer::open(room, self.seat(), &self.card).unwrap()
    }

    pub fn pair(&self, room: &Room, other: &Self) -> Pair {
        Pair::derive(room, &self.me, other.peer(room)).unwrap()
    }

    /// Seals a text to others at turn 1.
    pub fn write(&self, room: &Room, to: &[&Self], text: &str) -> SealedMessage {
        let mut rng = Counter::new(7);
        let pairs: Vec<Pair> = to.iter().map(|other| self.pair(room, other)).collect();
        let outline = Outline::generate(1, MessageHash::NONE, &mut rng);
        seal_message(room, &self.me, &self.card_hash, &pairs, &outline, text, &mut rng).unwrap()
    }

    /// Opens what `author` is said to have written.
    pub fn read(&self, room: &Room, author: &Self, sealed: &Sealed) -> Result<Text, OpenError> {
        let incoming = Incoming::parse(room, sealed)?;
        if author.seat() == self.seat() {
            return incoming.open(room, &self.me, &self.card_hash, Author::Me);
        }
        incoming.open(
            room,
            &self.me,
            &self.card_hash,
            Author::Other(&self.pair(room, author)),
        )
    }
}

/// What the relay would give the reader at `seat`.
pub fn delivered(message: &SealedMessage, seat: Seat) -> Sealed {
    let index = message
        .header
        .seats
        .keys()
        .position(|listed| *listed == seat)
        .unwrap();
    Sealed {
        header: message.envelope.header.clone(),
        body: message.envelope.body.clone(),
        key_box: message.envelope.boxes[index].clone(),
    }
}
