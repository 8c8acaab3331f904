//! Messages that are altered, repeated, out of order, or another's.

use super::*;

#[test]
fn an_old_message_again() {
    let mut stage = three_turns();
    let old = standings(&stage, BOB).remove(0);
    stage.tell(BOB, &message(old));
    assert_refused(&stage, BOB, AlarmKind::RolledBack, "three");
}

#[test]
fn an_earlier_state_whole() {
    let mut stage = two();
    let old = stage.relay().room().unwrap().snapshot(seat(1), 0);
    stage.sends(BOB, "two");
    stage.sends(ALICE, "three");
    stage.tell(BOB, &ServerFrame::Event(Event::Snapshot(old)));
    assert_refused(&stage, BOB, AlarmKind::RolledBack, "three");
}

#[test]
fn an_earlier_state_after_a_cut() {
    let mut stage = two();
    let old = stage.relay().room().unwrap().clone();
    stage.sends(BOB, "two");
    stage.sends(ALICE, "three");
    *stage.relay().room().unwrap() = old;
    stage.cut(BOB, 1006);
    assert_refused(&stage, BOB, AlarmKind::RolledBack, "three");
}

#[test]
fn an_earlier_state_after_a_lock() {
    let mut stage = two();
    let old = stage.relay().room().unwrap().clone();
    stage.sends(BOB, "two");
    stage.sends(ALICE, "three");
    *stage.relay().room().unwrap() = old;
    let locked = stage.lock(BOB, "");
    let again = stage.resume(&locked, "passcode 1");
    assert_eq!(stage.alarms(again), [AlarmKind::RolledBack]);
    assert_eq!(stage.text(again), None);
}

#[test]
fn an_earlier_revision() {
    let mut stage = two();
    let old = standings(&stage, BOB).remove(0);
    stage.command(
        ALICE,
        sotto_client::Command::Edit {
            text: sotto_tests::hostile::typed("one, edited"),
        },
    );
    assert_eq!(stage.text(BOB), Some("one, edited"));
    stage.tell(BOB, &ServerFrame::Event(Event::Edited(old)));
    assert_refused(&stage, BOB, AlarmKind::RolledBack, "one, edited");
}

#[test]
fn a_deleted_message_back() {
    let mut stage = two();
    let old = standings(&stage, BOB).remove(0);
    stage.command(ALICE, sotto_client::Command::Delete);
    assert!(
        stage
            .seen(BOB)
            .deleted
            .as_ref()
            .is_some_and(|deleted| deleted.proven)
    );
    stage.tell(BOB, &message(old));
    assert_eq!(stage.alarms(BOB), [AlarmKind::RolledBack]);
    assert_eq!(stage.text(BOB), None);
}

#[test]
fn an_altered_body() {
    let mut stage = two();
    stage.deafen(ALICE);
    stage.sends(BOB, "two");
    let mut altered = standings(&stage, ALICE).remove(0);
    let sealed = altered.sealed.as_mut().unwrap();
    sealed.body[0] ^= 1;
    altered.message = hash::message_hash(room().hash(), &sealed.header, &sealed.body);
    stage.tell(ALICE, &message(altered));
    assert_refused(&stage, ALICE, AlarmKind::DoesNotOpen, "one");
}

#[test]
fn a_hash_that_is_not_the_messages() {
    let mut stage = two();
    stage.deafen(ALICE);
    stage.sends(BOB, "two");
    let mut altered = standings(&stage, ALICE).remove(0);
    altered.message = sotto_protocol::MessageHash::new([9; 32]);
    stage.tell(ALICE, &message(altered));
    assert_refused(&stage, ALICE, AlarmKind::DoesNotOpen, "one");
}

#[test]
fn an_altered_header() {
    let mut stage = two();
    stage.deafen(ALICE);
    stage.sends(BOB, "two");
    let mut altered = standings(&stage, ALICE).remove(0);
    let sealed = altered.sealed.as_mut().unwrap();
    let mut header = sotto_protocol::Header::parse(&sealed.header).unwrap();
    header.rev = 4;
    sealed.header = header.encode();
    altered.message = hash::message_hash(room().hash(), &sealed.header, &sealed.body);
    stage.tell(ALICE, &message(altered));
    assert_refused(&stage, ALICE, AlarmKind::DoesNotOpen, "one");
}

#[test]
fn messages_out_of_order() {
    let mut stage = two();
    stage.deafen(BOB);
    stage.sends(BOB, "two");
    stage.sends(ALICE, "three");
    let mut frames = standings(&stage, BOB);
    let three = frames.pop().unwrap();
    // Bob's own "two" was never answered as far as he knows.
    stage.tell(BOB, &message(three));
    assert_refused(&stage, BOB, AlarmKind::ChainBroken, "one");
}

#[test]
fn turn_1_shown_as_turn_3() {
    let mut stage = two();
    let mut old = standings(&stage, BOB).remove(0);
    stage.sends(BOB, "two");
    old.turn = 3;
    stage.tell(BOB, &message(old));
    assert_refused(&stage, BOB, AlarmKind::Replayed, "two");
}

#[test]
fn a_message_that_was_refused() {
    // Bob and Carol both answer "one"; Bob was first, Carol was refused. The relay shows Alice Carol's all the same.
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    let carol = Insider::of(stage.relay(), seat(2), "passcode 2");
    let cards: Vec<Vec<u8>> = (0..3).map(|number| card(&mut stage, number)).collect();
    let last = stage.relay().room().unwrap().last;
    stage.sends(BOB, "Bob's two");
    let to = [(seat(0), cards[0].as_slice()), (seat(1), cards[1].as_slice())];
    let refused = carol.seal(2, last, "Carol's two", &cards[2], &to);
    stage.tell(ALICE, &message(standing(&refused, seat(0))));
    assert_refused(&stage, ALICE, AlarmKind::Replayed, "Bob's two");
}

#[test]
fn a_message_of_another_author() {
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    stage.deafen(ALICE);
    stage.sends(BOB, "two");
    let mut altered = standings(&stage, ALICE).remove(0);
    altered.seat = seat(2);
    stage.tell(ALICE, &message(altered));
    assert_refused(&stage, ALICE, AlarmKind::WrongAuthor, "one");
}

#[test]
fn a_message_of_another_author_in_its_header_too() {
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    stage.deafen(ALICE);
    stage.sends(BOB, "two");
    let mut altered = standings(&stage, ALICE).remove(0);
    let sealed = altered.sealed.as_mut().unwrap();
    let mut header = sotto_protocol::Header::parse(&sealed.header).unwrap();
    header.seat = seat(2);
    sealed.header = header.encode();
    altered.seat = seat(2);
    altered.message = hash::message_hash(room().hash(), &sealed.header, &sealed.body);
    stage.tell(ALICE, &message(altered));
    assert_refused(&stage, ALICE, AlarmKind::DoesNotOpen, "one");
}

#[test]
fn a_message_that_an_insider_sealed_in_anothers_name() {
    // Carol knows the phrase and has a seat, and makes a message whose author the relay says is Bob.
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    let cards: Vec<Vec<u8>> = (0..3).map(|number| card(&mut stage, number)).collect();
    let last = stage.relay().room().unwrap().last;
    let carol = Insider::of(stage.relay(), seat(2), "passcode 2");
    let as_bob = carol.copied_to(seat(1));
    let forged = as_bob.seal(2, last, "Bob owes me money", &cards[1], &[(seat(0), &cards[0])]);
    stage.tell(ALICE, &message(standing(&forged, seat(0))));
    assert_refused(&stage, ALICE, AlarmKind::DoesNotOpen, "one");
}

#[test]
fn a_message_to_other_cards() {
    // Bob was shown another card of Alice, and seals to that; the keys on it are hers all the same.
    let mut stage = two();
    let alice = Insider::of(stage.relay(), seat(0), "passcode 0");
    let bob = Insider::of(stage.relay(), seat(1), "passcode 1");
    let last = stage.relay().room().unwrap().last;
    let other = alice.card();
    let sealed = bob.seal(2, last, "two", &card(&mut stage, 1), &[(seat(0), &other)]);
    stage.tell(ALICE, &message(standing(&sealed, seat(0))));
    assert_refused(&stage, ALICE, AlarmKind::OtherCards, "one");
}

#[test]
fn a_message_from_another_card() {
    // Bob says that he holds another card than the one that Alice was shown; the keys on it are his all the same.
    let mut stage = two();
    let bob = Insider::of(stage.relay(), seat(1), "passcode 1");
    let last = stage.relay().room().unwrap().last;
    let sealed = bob.seal(2, last, "two", &bob.card(), &[(seat(0), &card(&mut stage, 0))]);
    stage.tell(ALICE, &message(standing(&sealed, seat(0))));
    assert_refused(&stage, ALICE, AlarmKind::OtherCards, "one");
}

#[test]
fn boxes_of_another_message() {
    let mut stage = Stage::room(2, 2);
    stage.sends(BOB, "one");
    let one = standings(&stage, ALICE).remove(0);
    stage.sends(ALICE, "two");
    stage.deafen(ALICE);
    stage.sends(BOB, "three");
    let mut spliced = standings(&stage, ALICE).remove(1);
    spliced.sealed.as_mut().unwrap().key_box = one.sealed.unwrap().key_box;
    stage.tell(ALICE, &message(spliced));
    assert_refused(&stage, ALICE, AlarmKind::DoesNotOpen, "two");
}

#[test]
fn the_box_of_another_seat() {
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    stage.deafen(ALICE);
    stage.sends(BOB, "two");
    let carols = standings(&stage, CAROL).remove(1);
    stage.tell(ALICE, &message(carols));
    assert_refused(&stage, ALICE, AlarmKind::DoesNotOpen, "one");
}

#[test]
fn an_edit_of_another_message() {
    // A revision of turn 1 that has another id: not an edit of what was seen.
    let mut stage = two();
    let alice = Insider::of(stage.relay(), seat(0), "passcode 0");
    let (mine, bobs) = (card(&mut stage, 0), card(&mut stage, 1));
    let other = alice.seal(
        1,
        sotto_protocol::MessageHash::NONE,
        "other",
        &mine,
        &[(seat(1), &bobs)],
    );
    let outline = sotto_crypto::Outline::edit_of(&other.header).unwrap();
    let edited = alice.seal_outline(&outline, "other, edited", &mine, &[(seat(1), &bobs)]);
    stage.tell(
        BOB,
        &ServerFrame::Event(Event::Edited(standing(&edited, seat(1)))),
    );
    assert_refused(&stage, BOB, AlarmKind::ChainBroken, "one");
}

#[test]
fn an_edit_hidden_from_who_answers() {
    // Alice edits; Bob is shown revision 0 only and answers that. Alice is told that it follows something else.
    let mut stage = two();
    let (first, alices) = (stage.relay().room().unwrap().last, card(&mut stage, 0));
    stage.deafen(BOB);
    stage.command(
        ALICE,
        sotto_client::Command::Edit {
            text: sotto_tests::hostile::typed("one, edited"),
        },
    );
    let bob = Insider::of(stage.relay(), seat(1), "passcode 1");
    let answer = bob.seal(
        2,
        first,
        "yes to one",
        &card(&mut stage, 1),
        &[(seat(0), &alices)],
    );
    stage.tell(ALICE, &message(standing(&answer, seat(0))));
    assert_refused(&stage, ALICE, AlarmKind::ChainBroken, "one, edited");
}

#[test]
fn nonsense_in_every_place() {
    let mut stage = two();
    let answer = sotto_protocol::Answer::Done;
    stage.tell(
        ALICE,
        &ServerFrame::Answer {
            reference: 4_000_000,
            answer,
        },
    );
    assert_refused(&stage, ALICE, AlarmKind::BadFrame, "one");
    let mut stage = two();
    let mut snapshot = stage.relay().room().unwrap().snapshot(seat(0), 0);
    snapshot.turn = 1 << 60;
    stage.tell(ALICE, &ServerFrame::Event(Event::Snapshot(snapshot)));
    assert_refused(&stage, ALICE, AlarmKind::BadFrame, "one");
}

#[test]
fn an_answer_to_what_was_never_shown_is_said_after_a_cut() {
    // Bob is away while Alice edits and somebody at his other device answers: what he sees follows what he did not see.
    let mut stage = two();
    stage.deafen(BOB);
    stage.command(
        ALICE,
        sotto_client::Command::Edit {
            text: sotto_tests::hostile::typed("one, edited"),
        },
    );
    let tablet = stage.open("passcode 1");
    stage.sends(tablet, "two");
    stage.undeafen(BOB);
    stage.cut(BOB, 1006);
    assert_refused(&stage, BOB, AlarmKind::ChainBroken, "two");
    assert_eq!(stage.alarms(tablet), []);
}

#[test]
fn a_vault_that_is_not_mine() {
    let mut stage = two();
    let alices = stage.relay().held(seat(0)).unwrap().vault.clone();
    stage.relay().held(seat(1)).unwrap().vault = alices;
    stage.cut(BOB, 1006);
    assert_refused(&stage, BOB, AlarmKind::OwnCardChanged, "one");
}
