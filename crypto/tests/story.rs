//! The honest story: what each thing is for.

mod common;

use common::{Counter, Person, delivered, room, seat};
use sotto_crypto::{
    Code, Invitation, LockKey, Outline, ProofKind, SeatKeys, Stretched, ToLock, normal, normal_passcode,
    seal_message,
};
use sotto_protocol::MessageHash;

#[test]
fn a_message_reaches_every_seat_and_its_author() {
    let room = room(1);
    let people: Vec<Person> = (0..8).map(|n| Person::new(&room, n)).collect();
    let others: Vec<&Person> = people[1..].iter().collect();
    let message = people[0].write(&room, &others, "hello");
    assert_eq!(message.envelope.parse_header().unwrap(), message.header);
    for reader in &people {
        let text = reader
            .read(&room, &people[0], &delivered(&message, reader.seat()))
            .unwrap();
        assert_eq!(text.as_str(), "hello");
    }
}

#[test]
fn an_edit_keeps_id_turn_and_prev_and_has_another_key() {
    let room = room(1);
    let (a, b) = (Person::new(&room, 0), Person::new(&room, 1));
    let first = a.write(&room, &[&b], "hello");
    let outline = Outline::edit_of(&first.header).unwrap();
    let pair = a.pair(&room, &b);
    let edit = seal_message(
        &room,
        &a.me,
        &a.card_hash,
        [&pair],
        &outline,
        "hallo",
        &mut Counter::new(8),
    )
    .unwrap();
    assert_eq!(edit.header.rev, 1);
    assert_eq!(
        (edit.header.id, edit.header.turn, edit.header.prev),
        (first.header.id, first.header.turn, first.header.prev)
    );
    assert_ne!(edit.header.commit, first.header.commit);
    assert_ne!(edit.message_hash, first.message_hash);
    assert_eq!(
        b.read(&room, &a, &delivered(&edit, b.seat())).unwrap().as_str(),
        "hallo"
    );
}

#[test]
fn a_proof_convinces_the_seat_that_it_is_for() {
    let room = room(1);
    let (a, b) = (Person::new(&room, 0), Person::new(&room, 1));
    for kind in ProofKind::ALL {
        let proof = a.pair(&room, &b).prove(kind, &MessageHash::NONE);
        assert!(b.pair(&room, &a).verify(kind, &MessageHash::NONE, &proof));
    }
}

#[test]
fn an_invitation_leads_to_phrase_and_code() {
    let mut rng = Counter::new(1);
    let phrase = normal("Blue-Door 7").unwrap();
    let code = Code::generate(seat(1), &mut rng);
    let invitation = Invitation::generate(&mut rng);
    let sealed = invitation.seal(&phrase, &code, &mut rng);
    let found = Invitation::parse(&invitation.encode()).unwrap();
    assert_eq!(found.id(), invitation.id());
    let invited = found.open(&sealed).unwrap();
    assert_eq!((invited.phrase, invited.code), (phrase, code));
}

#[test]
fn a_locked_tab_resumes_with_the_passcode() {
    let room = room(1);
    let a = Person::new(&room, 3);
    let stretched = Stretched::from_bytes([9; 32]);
    let what = ToLock {
        room: &room,
        me: &a.me,
        access_key: a.pass.access_key(a.seat()),
        vault_key: &a.pass.vault_key(a.seat()),
        draft: "I meant to say",
        seen: b"seen",
    };
    let locked = LockKey::from_stretched(&stretched).seal(&what, &mut Counter::new(1));
    let resumed = LockKey::from_stretched(&stretched)
        .open(room.hash(), a.seat(), &locked)
        .unwrap();
    assert_eq!(resumed.me.fingerprint(), a.fingerprint());
    assert_eq!(resumed.access_key, a.pass.access_key(a.seat()));
    assert_eq!(resumed.vault_key, a.pass.vault_key(a.seat()));
    assert_eq!(
        (resumed.draft.as_str(), resumed.seen.as_slice()),
        ("I meant to say", b"seen".as_slice())
    );
}

#[test]
fn a_vault_gives_the_seat_back() {
    let room = room(1);
    let a = Person::new(&room, 3);
    let vault = a
        .pass
        .vault_key(a.seat())
        .seal(room.hash(), a.seat(), a.me.seed(), &mut Counter::new(1));
    let seed = a
        .pass
        .vault_key(a.seat())
        .open(room.hash(), a.seat(), &vault)
        .unwrap();
    let again = SeatKeys::derive(&room, a.seat(), seed);
    assert_eq!(again.fingerprint(), a.fingerprint());
    assert!(a.peer(&room).is_mine(&again));
}

#[test]
fn a_passcode_keeps_case_and_dashes_and_a_phrase_does_not() {
    assert_eq!(
        normal("  Blue\u{2014}DOOR \t 7 ").unwrap().as_str(),
        "blue door 7"
    );
    assert_eq!(
        normal_passcode("  Blue-DOOR \t 7 ").unwrap().as_str(),
        "Blue-DOOR 7"
    );
}
