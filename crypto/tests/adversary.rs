//! What a hostile relay, or a member of the room, tries: each test names the mechanism that stops it.

mod common;

use std::collections::BTreeMap;

use common::{Counter, Person, delivered, room, seat};
use sotto_crypto::{
    Author, Incoming, LockKey, Nickname, Outline, Pair, PassSecret, Peer, ProofKind, Room, SeatKeys,
    SeatSeed, Stretched, ToLock, seal_message,
};
use sotto_protocol::{Header, MessageHash, Sealed};

fn people(room: &Room, count: u8) -> Vec<Person> {
    (0..count).map(|n| Person::new(room, n)).collect()
}

/// Direction, kind and fingerprints in the proof key: a proof is good for one pair, one way, one kind, one message.
#[test]
fn every_proof_is_refused_by_every_other_seat_kind_and_message() {
    let room = room(1);
    let people = people(&room, 4);
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

/// PSK: whoever knows the phrase, and so every public key, still cannot write as another.
#[test]
fn a_member_cannot_write_as_another() {
    let room = room(1);
    let people = people(&room, 3);
    let forged = people[2].write(&room, &[&people[0], &people[1]], "I am zero");
    let mut sealed = delivered(&forged, seat(1));
    // As it is, the header says who wrote it.
    assert!(people[1].read(&room, &people[2], &sealed).is_ok());
    assert!(people[1].read(&room, &people[0], &sealed).is_err());
    // And a header that says otherwise is not the one that the box was sealed over.
    let mut header = Header::parse(&sealed.header).unwrap();
    header.seat = seat(0);
    sealed.header = header.encode();
    assert!(people[1].read(&room, &people[0], &sealed).is_err());
    assert!(people[1].read(&room, &people[2], &sealed).is_err());
}

/// `message_hash` in a box's info: a reader of a larger room, who has the content key, cannot put another text under
/// the author's boxes. Here parts of two messages are mixed; `envelope/tests.rs` has the reader who makes a body anew.
#[test]
fn a_reader_cannot_rewrite_the_body_or_the_header_for_others() {
    let room = room(1);
    let people = people(&room, 3);
    let first = people[0].write(&room, &[&people[1], &people[2]], "yes");
    let second = {
        let pairs = [
            people[0].pair(&room, &people[1]),
            people[0].pair(&room, &people[2]),
        ];
        let outline = Outline::edit_of(&first.header).unwrap();
        let (me, card) = (&people[0].me, &people[0].card_hash);
        seal_message(&room, me, card, &pairs, &outline, "no!", &mut Counter::new(9)).unwrap()
    };
    let (one, two) = (delivered(&first, seat(1)), delivered(&second, seat(1)));
    for (header, body, key_box) in [
        (&one, &two, &one),
        (&two, &one, &one),
        (&one, &one, &two),
        (&two, &two, &one),
        (&one, &two, &two),
    ] {
        let spliced = Sealed {
            header: header.header.clone(),
            body: body.body.clone(),
            key_box: key_box.key_box.clone(),
        };
        assert!(people[1].read(&room, &people[0], &spliced).is_err());
    }
    assert!(people[1].read(&room, &people[0], &one).is_ok());
    assert!(people[1].read(&room, &people[0], &two).is_ok());
}

/// A box is for one reader.
#[test]
fn a_box_of_another_reader_opens_nothing() {
    let room = room(1);
    let people = people(&room, 3);
    let message = people[0].write(&room, &[&people[1], &people[2]], "hello");
    for reader in 0..3 {
        for other in 0..3 {
            let mut sealed = delivered(&message, seat(reader));
            sealed.key_box = delivered(&message, seat(other)).key_box;
            let opened = people[usize::from(reader)].read(&room, &people[0], &sealed);
            assert_eq!(opened.is_ok(), reader == other);
        }
    }
}

/// Every field of the header is bound: id, turn, rev, seats, prev, commit.
#[test]
fn an_altered_header_opens_nothing() {
    let room = room(1);
    let people = people(&room, 3);
    let message = people[0].write(&room, &[&people[1], &people[2]], "hello");
    let alterations: [fn(&mut Header); 7] = [
        |h| h.id = [9; 16].into(),
        |h| h.turn = 3,
        |h| h.rev = 1,
        |h| h.prev = MessageHash::new([9; 32]),
        |h| h.commit = [9; 32].into(),
        |h| h.seats.retain(|listed, _| *listed != seat(2)),
        |h| h.seats.extend([(seat(5), [9; 32].into())]),
    ];
    for alter in alterations {
        let mut header = message.header.clone();
        alter(&mut header);
        let mut sealed = delivered(&message, seat(1));
        sealed.header = header.encode();
        assert!(people[1].read(&room, &people[0], &sealed).is_err());
    }
    assert!(
        people[1]
            .read(&room, &people[0], &delivered(&message, seat(1)))
            .is_ok()
    );
}

/// The room is bound: the same people and keys in another room.
#[test]
fn a_message_of_another_room_opens_nothing() {
    let (here, there) = (room(1), room(2));
    let (a, b) = (Person::new(&here, 0), Person::new(&here, 1));
    let (a2, b2) = (Person::new(&there, 0), Person::new(&there, 1));
    let message = a.write(&here, &[&b], "hello");
    assert!(b2.read(&there, &a2, &delivered(&message, seat(1))).is_err());
    assert!(Peer::open(&there, seat(0), &a.card).is_err());
}

/// `seats` in the header: a reader who was shown another card than the author was does not open.
#[test]
fn swapped_cards_are_seen_by_author_and_reader() {
    let room = room(1);
    let people = people(&room, 2);
    let other = SeatKeys::derive(&room, seat(1), SeatSeed::generate(&mut Counter::new(77)));
    let card = other.seal_card(&room, &Nickname::default(), &mut Counter::new(78));
    // The relay shows the author its own card for seat 1, made by one who knows the phrase.
    let fake = Pair::derive(&room, &people[0].me, Peer::open(&room, seat(1), &card).unwrap()).unwrap();
    let mut rng = Counter::new(79);
    let outline = Outline::generate(1, MessageHash::NONE, &mut rng);
    let message = seal_message(
        &room,
        &people[0].me,
        &people[0].card_hash,
        [&fake],
        &outline,
        "hi",
        &mut rng,
    )
    .unwrap();
    assert!(
        people[1]
            .read(&room, &people[0], &delivered(&message, seat(1)))
            .is_err()
    );
    // And that card is not the seat's own, and its words are others.
    let peer = fake.peer();
    assert!(!peer.is_mine(&people[1].me));
    assert_ne!(
        peer.fingerprint().safety_words(),
        people[1].fingerprint().safety_words()
    );
}

/// A renewed card of the same keys has another hash; a reader who was shown the old one does not open.
#[test]
fn a_renewed_card_is_another_card() {
    let room = room(1);
    let people = people(&room, 2);
    let renewed = people[0]
        .me
        .seal_card(&room, &Nickname::default(), &mut Counter::new(50));
    let message = people[0].write(&room, &[&people[1]], "hello");
    let peer = Peer::open(&room, seat(0), &renewed).unwrap();
    let pair = Pair::derive(&room, &people[1].me, peer).unwrap();
    let sealed = delivered(&message, seat(1));
    let incoming = Incoming::parse(&room, &sealed).unwrap();
    assert!(
        incoming
            .open(&room, &people[1].me, &people[1].card_hash, Author::Other(&pair))
            .is_err()
    );
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

#[test]
fn a_reader_is_listed_once() {
    let room = room(1);
    let people = people(&room, 2);
    let pair = people[0].pair(&room, &people[1]);
    let outline = Outline::generate(1, MessageHash::NONE, &mut Counter::new(1));
    let (me, card) = (&people[0].me, &people[0].card_hash);
    let twice = seal_message(
        &room,
        me,
        card,
        [&pair, &pair],
        &outline,
        "hi",
        &mut Counter::new(1),
    );
    assert!(twice.is_err());
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

/// No two sealings of one text share a content key, a body, or a box.
#[test]
fn every_sealing_has_a_key_of_its_own() {
    let room = room(1);
    let people = people(&room, 2);
    let pair = people[0].pair(&room, &people[1]);
    let mut rng = Counter::new(1);
    let outline = Outline::generate(1, MessageHash::NONE, &mut rng);
    let mut seal = || {
        let (me, card) = (&people[0].me, &people[0].card_hash);
        seal_message(&room, me, card, [&pair], &outline, "the same", &mut rng).unwrap()
    };
    let (one, two) = (seal(), seal());
    assert_ne!(one.header.commit, two.header.commit);
    assert_ne!(one.envelope.body, two.envelope.body);
    assert_ne!(one.envelope.boxes, two.envelope.boxes);
    assert_ne!(one.message_hash, two.message_hash);
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
