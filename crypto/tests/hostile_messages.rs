//! What a hostile relay, or a member of the room, tries with messages: each test names what stops it.

mod common;

use common::{Counter, Person, delivered, room, seat};
use sotto_crypto::{Author, Incoming, Nickname, Outline, Pair, Peer, Room, SeatKeys, SeatSeed, seal_message};
use sotto_protocol::{Header, MessageHash, Sealed};

fn people(room: &Room, count: u8) -> Vec<Person> {
    (0..count).map(|n| Person::new(room, n)).collect()
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
