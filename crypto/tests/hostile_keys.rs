//! What a hostile relay, or a member of the room, tries with keys, cards and proofs: each test names what stops it.

mod common;

use std::collections::BTreeMap;

use common::{Counter, Person, delivered, room, seat};
use sotto_crypto::{
    Author, Incoming, LockKey, Nickname, Pair, PassSecret, Peer, ProofKind, SeatKeys, SeatSeed, Stretched,
    ToLock,
};
use sotto_protocol::MessageHash;

/// Direction, kind and fingerprints in the proof key: a proof is good for one pair, one way, one kind, one message.
#[test]
fn every_proof_is_refused_by_every_other_seat_kind_and_message() {
    let room = room(1);
    let people: Vec<Person> = (0..4).map(|n| Person::new(&room, n)).collect();
    let pairs: BTreeMap<(usize, usize), Pair> = (0..4)
        .flat_map(|i| (0..4).map(move |j| (i, j)))
        .filter(|(i, j)| i != j)
        .map(|(i, j)| ((i, j), people[i].pair(&room, &people[j])))
        .collect();
    let messages = [MessageHash::NONE, MessageHash::new([1; 32])];
    let mut taken = 0;
    for ((i, j), pair) in &pairs {
        for kind in ProofKind::ALL {
            for message in &messages {
                let proof = pair.prove(kind, message);
                // Shown to each seat, as if from each other seat, as each kind, of each message.
                for ((reader, from), other) in &pairs {
                    for as_kind in ProofKind::ALL {
                        for as_message in &messages {
                            let honest = (reader, from, as_kind, as_message) == (j, i, kind, message);
                            assert_eq!(other.verify(as_kind, as_message, &proof), honest);
                            taken += usize::from(honest);
                        }
                    }
                }
            }
        }
    }
    assert_eq!(taken, 12 * 3 * 2);
}

/// A card is bound to its seat: moved to another it does not open.
#[test]
fn a_card_does_not_move_to_another_seat() {
    let room = room(1);
    let a = Person::new(&room, 0);
    assert!(Peer::open(&room, seat(0), &a.card).is_ok());
    for s in 1..8 {
        assert!(Peer::open(&room, seat(s), &a.card).is_err());
    }
}

/// The check for equal keys: a member who seals my public keys as its own card is refused.
#[test]
fn a_copied_public_key_is_refused() {
    let room = room(1);
    let a = Person::new(&room, 0);
    let seed = SeatSeed::generate(&mut Counter::new(1000));
    let copy = SeatKeys::derive(&room, seat(1), seed);
    let card = copy.seal_card(&room, &Nickname::default(), &mut Counter::new(5));
    let peer = Peer::open(&room, seat(1), &card).unwrap();
    assert!(peer.shares_a_key_with(&a.peer(&room)));
    assert!(Pair::derive(&room, &a.me, peer).is_err());
    assert!(
        !Person::new(&room, 1)
            .peer(&room)
            .shares_a_key_with(&a.peer(&room))
    );
}

#[test]
fn my_own_seat_is_no_pair() {
    let room = room(1);
    let a = Person::new(&room, 0);
    assert!(Pair::derive(&room, &a.me, a.peer(&room)).is_err());
    let other = SeatKeys::derive(&room, seat(0), SeatSeed::generate(&mut Counter::new(3)));
    let card = other.seal_card(&room, &Nickname::default(), &mut Counter::new(4));
    assert!(Pair::derive(&room, &a.me, Peer::open(&room, seat(0), &card).unwrap()).is_err());
}

/// Keys are bound to the seat: equal passcodes at two seats show nowhere in what is stored.
#[test]
fn equal_passcodes_at_two_seats_give_different_keys() {
    let room = room(1);
    let pass = PassSecret::from_stretched(&room, &Stretched::from_bytes([5; 32]));
    for i in 0..8 {
        for j in 0..8 {
            assert_eq!(pass.access_key(seat(i)) == pass.access_key(seat(j)), i == j);
            assert_eq!(pass.vault_key(seat(i)) == pass.vault_key(seat(j)), i == j);
        }
    }
    let seed = SeatSeed::generate(&mut Counter::new(1));
    let vaults = [0, 1].map(|s| {
        pass.vault_key(seat(s))
            .seal(room.hash(), seat(s), &seed, &mut Counter::new(2))
    });
    assert_ne!(vaults[0], vaults[1]);
    assert!(
        pass.vault_key(seat(0))
            .open(room.hash(), seat(0), &vaults[1])
            .is_err()
    );
    // Equal passcodes in two rooms neither.
    let elsewhere = PassSecret::from_stretched(&common::room(2), &Stretched::from_bytes([5; 32]));
    assert!(elsewhere.access_key(seat(0)) != pass.access_key(seat(0)));
}

/// `pair_salt` comes from the phrase: a stolen seat seed without it opens nothing and proves nothing.
#[test]
fn a_seat_seed_without_the_phrase_opens_nothing() {
    let (here, guess) = (room(1), room(2));
    let (a, b) = (Person::new(&here, 0), Person::new(&here, 1));
    let message = a.write(&here, &[&b], "hello");
    let sealed = delivered(&message, seat(1));
    // The thief has the seed of seat 1, but another phrase: not even the author's card opens.
    assert!(Peer::open(&guess, seat(0), &a.card).is_err());
    // Were it given the author's public keys, it still could not derive the pre-shared key.
    let stolen = SeatKeys::derive(&guess, seat(1), SeatSeed::generate(&mut Counter::new(1001)));
    let same_seed = SeatKeys::derive(&here, seat(1), SeatSeed::generate(&mut Counter::new(1001)));
    assert_eq!(same_seed.fingerprint(), b.fingerprint());
    let public = SeatKeys::derive(&guess, seat(0), SeatSeed::generate(&mut Counter::new(1000)));
    let card = public.seal_card(&guess, &Nickname::default(), &mut Counter::new(1));
    let pair = Pair::derive(&guess, &stolen, Peer::open(&guess, seat(0), &card).unwrap()).unwrap();
    let proof = a.pair(&here, &b).prove(ProofKind::Read, &message.message_hash);
    assert!(
        b.pair(&here, &a)
            .verify(ProofKind::Read, &message.message_hash, &proof)
    );
    assert!(!pair.verify(ProofKind::Read, &message.message_hash, &proof));
    let incoming = Incoming::parse(&guess, &sealed).unwrap();
    assert!(
        incoming
            .open(&guess, &stolen, &b.card_hash, Author::Other(&pair))
            .is_err()
    );
}

/// Another passcode opens neither vault nor lock.
#[test]
fn a_wrong_passcode_opens_nothing() {
    let room = room(1);
    let a = Person::new(&room, 0);
    let vault = a
        .pass
        .vault_key(seat(0))
        .seal(room.hash(), seat(0), a.me.seed(), &mut Counter::new(1));
    let wrong = PassSecret::from_stretched(&room, &Stretched::from_bytes([99; 32]));
    assert!(
        wrong
            .vault_key(seat(0))
            .open(room.hash(), seat(0), &vault)
            .is_err()
    );
    let what = ToLock {
        room: &room,
        me: &a.me,
        access_key: a.pass.access_key(seat(0)),
        vault_key: &a.pass.vault_key(seat(0)),
        draft: "",
        seen: &[],
    };
    let locked = LockKey::from_stretched(&Stretched::from_bytes([1; 32])).seal(&what, &mut Counter::new(1));
    assert!(
        LockKey::from_stretched(&Stretched::from_bytes([2; 32]))
            .open(room.hash(), seat(0), &locked)
            .is_err()
    );
    assert!(
        LockKey::from_stretched(&Stretched::from_bytes([1; 32]))
            .open(room.hash(), seat(0), &locked)
            .is_ok()
    );
}

/// What a person sees of a secret in a log: nothing.
#[test]
fn debug_shows_no_secret() {
    let room = room(1);
    let a = Person::new(&room, 0);
    let shown = format!(
        "{room:?} {:?} {:?} {:?} {:?}",
        a.me,
        a.pass,
        a.pass.vault_key(seat(0)),
        a.peer(&room)
    );
    let hash = format!("{:?}", room.hash().as_bytes());
    assert!(!shown.contains(&hash) && shown.len() < 600, "{shown}");
    assert!(!shown.bytes().any(|byte| byte == b'['), "{shown}");
}
