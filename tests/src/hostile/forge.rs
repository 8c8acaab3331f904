//! What an attacker makes, with or without the help of somebody in the room.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test's own scaffolding: it fails the test"
)]

use sotto_crypto::{
    Nickname, Outline, Pair, PassSecret, Peer, ProofKind, Room, RoomSecret, SealedMessage, SeatKeys,
    SeatSeed, Stretched, Typed, seal_message,
};
use sotto_protocol::{MessageHash, Proof, Sealed, Seat, Standing, hash};

use super::relay::HonestRelay;
use super::stage::PHRASE;
use crate::native::{random, stretched};

/// Somebody in the room who helps the relay: knows the phrase, and holds a seat's keys.
pub struct Insider {
    /// What the phrase became.
    pub room: Room,
    /// The seat's keys.
    pub me: SeatKeys,
}

fn stretch(what: Typed, text: &str, salt: &[u8; 16]) -> Stretched {
    let bytes = stretched(what, text.as_bytes(), salt).expect("memory");
    Stretched::from_bytes(*bytes.first_chunk().expect("a text that can be used"))
}

/// The room of the stage's phrase.
pub fn room() -> Room {
    Room::derive(RoomSecret::from_stretched(&stretch(
        Typed::Phrase,
        PHRASE,
        &[3; 16],
    )))
}

impl Insider {
    /// The holder of a seat, by its passcode.
    pub fn of(relay: &mut HonestRelay, seat: Seat, passcode: &str) -> Self {
        let room = room();
        let pass = PassSecret::from_stretched(&room, &stretch(Typed::Passcode, passcode, room.pass_salt()));
        let held = relay
            .room()
            .and_then(|state| state.held.get(&seat))
            .expect("a held seat");
        let seed = pass
            .vault_key(seat)
            .open(room.hash(), seat, &held.vault)
            .expect("the seat's vault");
        let me = SeatKeys::derive(&room, seat, seed);
        Self { room, me }
    }

    /// Somebody who knows the phrase and makes keys of their own for a seat.
    pub fn newcomer(seat: Seat) -> Self {
        let room = room();
        let me = SeatKeys::derive(&room, seat, SeatSeed::generate(&mut random()));
        Self { room, me }
    }

    /// The keys of this seat, put on another one.
    #[must_use]
    pub fn copied_to(&self, seat: Seat) -> Self {
        let room = room();
        // The seed is the one thing that a copy needs, and a vault is the way to carry it.
        let pass = PassSecret::from_stretched(&room, &Stretched::from_bytes([1; 32]));
        let key = pass.vault_key(seat);
        let vault = key.seal(room.hash(), seat, self.me.seed(), &mut random());
        let seed = key.open(room.hash(), seat, &vault).expect("the vault just made");
        let me = SeatKeys::derive(&room, seat, seed);
        Self { room, me }
    }

    /// A card for this seat's keys.
    pub fn card(&self) -> Vec<u8> {
        self.me.seal_card(&self.room, &Nickname::default(), &mut random())
    }

    /// What this seat shares with another, by the card that the other shows.
    pub fn pair(&self, seat: Seat, card: &[u8]) -> Pair {
        let peer = Peer::open(&self.room, seat, card).expect("a card");
        Pair::derive(&self.room, &self.me, peer).expect("a pair")
    }

    /// A proof by this seat, for the holder of that card.
    pub fn prove(&self, kind: ProofKind, message: &MessageHash, to: Seat, card: &[u8]) -> Proof {
        self.pair(to, card).prove(kind, message)
    }

    /// A message by this seat, sealed to the holders of these cards.
    pub fn seal(
        &self,
        turn: u64,
        prev: MessageHash,
        text: &str,
        mine: &[u8],
        to: &[(Seat, &[u8])],
    ) -> SealedMessage {
        let outline = Outline::generate(turn, prev, &mut random());
        self.seal_outline(&outline, text, mine, to)
    }

    /// The same, for an outline that was made before.
    pub fn seal_outline(
        &self,
        outline: &Outline,
        text: &str,
        mine: &[u8],
        to: &[(Seat, &[u8])],
    ) -> SealedMessage {
        let pairs: Vec<Pair> = to.iter().map(|(seat, card)| self.pair(*seat, card)).collect();
        let card = hash::card_hash(mine);
        seal_message(&self.room, &self.me, &card, &pairs, outline, text, &mut random()).expect("a message")
    }
}

/// What stands, as a relay would show it to `reader`.
pub fn standing(message: &SealedMessage, reader: Seat) -> Standing {
    let index = message.header.seats.keys().position(|seat| *seat == reader);
    let key_box = index.and_then(|index| message.envelope.boxes.get(index));
    Standing {
        turn: message.header.turn,
        seat: message.header.seat,
        message: message.message_hash,
        was_read: false,
        receipts: sotto_protocol::SeatMap::new(),
        sealed: key_box.map(|key_box| Sealed {
            header: message.envelope.header.clone(),
            body: message.envelope.body.clone(),
            key_box: key_box.clone(),
        }),
        answered: None,
    }
}
