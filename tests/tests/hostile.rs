//! A relay that does what none should. Each case: the session refuses with a named alarm, and what was on screen stays.
//!
//! Seat 0 is tab 0 ("Alice"), seat 1 is tab 1 ("Bob"), seat 2 is tab 2 ("Carol").

use sotto_client::view::{AlarmKind, Ending, OutcomeKind, Stage as Page};
use sotto_crypto::ProofKind;
use sotto_protocol::{Event, Proof, Seat, SeatState, ServerFrame, Standing, hash};
use sotto_tests::hostile::{Insider, Stage, room, standing};

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

fn seat(number: u8) -> Seat {
    Seat::new(number).unwrap()
}

/// Two people; Alice has written "one", which Bob has on screen.
fn two() -> Stage {
    let mut stage = Stage::room(2, 2);
    stage.sends(ALICE, "one");
    assert_eq!(stage.text(BOB), Some("one"));
    assert_calm(&stage);
    stage
}

/// Two people who have written "one", "two" and "three".
fn three_turns() -> Stage {
    let mut stage = two();
    stage.sends(BOB, "two");
    stage.sends(ALICE, "three");
    assert_eq!(stage.text(BOB), Some("three"));
    assert_calm(&stage);
    stage
}

/// Nobody has an alarm: the same session that refuses below accepts what is honest.
fn assert_calm(stage: &Stage) {
    assert_eq!(stage.alarms(ALICE), []);
    assert_eq!(stage.alarms(BOB), []);
}

/// Exactly this alarm, and this text still on screen.
fn assert_refused(stage: &Stage, who: usize, alarm: AlarmKind, text: &str) {
    assert_eq!(stage.alarms(who), [alarm]);
    assert_eq!(stage.text(who), Some(text));
}

/// The messages that the honest relay showed a tab, oldest first.
fn standings(stage: &Stage, who: usize) -> Vec<Standing> {
    let frames = stage.meant_for(who).into_iter();
    frames
        .filter_map(|frame| match frame {
            ServerFrame::Event(Event::Message(standing) | Event::Edited(standing)) => Some(standing),
            _ => None,
        })
        .collect()
}

fn message(standing: Standing) -> ServerFrame {
    ServerFrame::Event(Event::Message(standing))
}

fn card(stage: &mut Stage, number: u8) -> Vec<u8> {
    stage.relay().room().unwrap().held[&seat(number)].card.clone()
}

#[test]
fn an_old_message_again() {
    let mut stage = three_turns();
    let old = standings(&stage, BOB).remove(0);
    stage.tell(BOB, message(old));
    assert_refused(&stage, BOB, AlarmKind::RolledBack, "three");
}

#[test]
fn an_earlier_state_whole() {
    let mut stage = two();
    let old = stage.relay().room().unwrap().snapshot(seat(1), 0);
    stage.sends(BOB, "two");
    stage.sends(ALICE, "three");
    stage.tell(BOB, ServerFrame::Event(Event::Snapshot(old)));
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
    stage.tell(BOB, ServerFrame::Event(Event::Edited(old)));
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
    stage.tell(BOB, message(old));
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
    stage.tell(ALICE, message(altered));
    assert_refused(&stage, ALICE, AlarmKind::DoesNotOpen, "one");
}

#[test]
fn a_hash_that_is_not_the_messages() {
    let mut stage = two();
    stage.deafen(ALICE);
    stage.sends(BOB, "two");
    let mut altered = standings(&stage, ALICE).remove(0);
    altered.message = sotto_protocol::MessageHash::new([9; 32]);
    stage.tell(ALICE, message(altered));
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
    stage.tell(ALICE, message(altered));
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
    stage.tell(BOB, message(three));
    assert_refused(&stage, BOB, AlarmKind::ChainBroken, "one");
}

#[test]
fn turn_1_shown_as_turn_3() {
    let mut stage = two();
    let mut old = standings(&stage, BOB).remove(0);
    stage.sends(BOB, "two");
    old.turn = 3;
    stage.tell(BOB, message(old));
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
    stage.tell(ALICE, message(standing(&refused, seat(0))));
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
    stage.tell(ALICE, message(altered));
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
    stage.tell(ALICE, message(altered));
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
    stage.tell(ALICE, message(standing(&forged, seat(0))));
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
    stage.tell(ALICE, message(standing(&sealed, seat(0))));
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
    stage.tell(ALICE, message(spliced));
    assert_refused(&stage, ALICE, AlarmKind::DoesNotOpen, "two");
}

#[test]
fn the_box_of_another_seat() {
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    stage.deafen(ALICE);
    stage.sends(BOB, "two");
    let carols = standings(&stage, CAROL).remove(1);
    stage.tell(ALICE, message(carols));
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
    stage.tell(BOB, ServerFrame::Event(Event::Edited(standing(&edited, seat(1)))));
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
    stage.tell(ALICE, message(standing(&answer, seat(0))));
    assert_refused(&stage, ALICE, AlarmKind::ChainBroken, "one, edited");
}

fn read_event(hash: sotto_protocol::MessageHash, proof: Option<Proof>) -> ServerFrame {
    ServerFrame::Event(Event::Read {
        seat: seat(1),
        message: hash,
        proof,
    })
}

#[test]
fn a_receipt_without_proof() {
    for proof in [None, Some(Proof::new([0; 16]))] {
        let mut stage = two();
        let last = stage.relay().room().unwrap().last;
        stage.tell(ALICE, read_event(last, proof));
        assert_refused(&stage, ALICE, AlarmKind::FalseReceipt, "one");
        assert!(stage.seen(ALICE).message.as_ref().unwrap().read_by.is_empty());
        assert!(
            stage.seen(ALICE).can_edit,
            "a false receipt does not take the edit away"
        );
    }
}

#[test]
fn a_receipt_of_another_message() {
    // Bob has read "one"; the relay uses that proof for "three".
    let mut stage = two();
    stage.reads(BOB);
    let (first, receipt) = stage
        .meant_for(ALICE)
        .into_iter()
        .find_map(|frame| match frame {
            ServerFrame::Event(Event::Read { message, proof, .. }) => Some((message, proof)),
            _ => None,
        })
        .unwrap();
    stage.sends(BOB, "two");
    stage.sends(ALICE, "three");
    let last = stage.relay().room().unwrap().last;
    assert_calm(&stage);
    stage.tell(ALICE, read_event(last, receipt));
    assert_refused(&stage, ALICE, AlarmKind::FalseReceipt, "three");
    let mut again = two();
    again.sends(BOB, "two");
    again.tell(ALICE, read_event(first, receipt));
    assert_eq!(again.alarms(ALICE), [AlarmKind::FalseReceipt]);
}

#[test]
fn a_receipt_of_an_earlier_turn_named_as_such() {
    let mut stage = two();
    stage.reads(BOB);
    let receipt = stage
        .meant_for(ALICE)
        .into_iter()
        .find(|frame| matches!(frame, ServerFrame::Event(Event::Read { .. })))
        .unwrap();
    stage.sends(BOB, "two");
    stage.sends(ALICE, "three");
    stage.tell(ALICE, receipt);
    assert_refused(&stage, ALICE, AlarmKind::FalseReceipt, "three");
    let shown = stage.seen(ALICE).message.clone().unwrap();
    assert_eq!(
        (shown.read_by, shown.read_earlier_by),
        (Vec::<u8>::new(), Vec::<u8>::new())
    );
}

#[test]
fn a_proof_reflected_to_its_maker() {
    // What Alice would prove to Bob is shown to Alice as Bob's, in every kind.
    for kind in ProofKind::ALL {
        let mut stage = two();
        let last = stage.relay().room().unwrap().last;
        let alice = Insider::of(stage.relay(), seat(0), "passcode 0");
        let mine = alice.prove(kind, &last, seat(1), &card(&mut stage, 1));
        stage.tell(ALICE, read_event(last, Some(mine)));
        assert_refused(&stage, ALICE, AlarmKind::FalseReceipt, "one");
    }
}

#[test]
fn a_proof_taken_for_another_kind() {
    for kind in [ProofKind::Delete, ProofKind::Expire] {
        let mut stage = two();
        let last = stage.relay().room().unwrap().last;
        let bob = Insider::of(stage.relay(), seat(1), "passcode 1");
        let other = bob.prove(kind, &last, seat(0), &card(&mut stage, 0));
        stage.tell(ALICE, read_event(last, Some(other)));
        assert_refused(&stage, ALICE, AlarmKind::FalseReceipt, "one");
    }
    // The control: the right kind is taken.
    let mut stage = two();
    let last = stage.relay().room().unwrap().last;
    let bob = Insider::of(stage.relay(), seat(1), "passcode 1");
    let right = bob.prove(ProofKind::Read, &last, seat(0), &card(&mut stage, 0));
    stage.tell(ALICE, read_event(last, Some(right)));
    assert_eq!(stage.alarms(ALICE), []);
    assert_eq!(stage.seen(ALICE).message.as_ref().unwrap().read_by, [1]);
}

#[test]
fn an_answer_without_read_proof() {
    let mut stage = two();
    let last = stage.relay().room().unwrap().last;
    let bob = Insider::of(stage.relay(), seat(1), "passcode 1");
    let (alices, bobs) = (card(&mut stage, 0), card(&mut stage, 1));
    let answer = bob.seal(2, last, "two", &bobs, &[(seat(0), &alices)]);
    stage.tell(ALICE, message(standing(&answer, seat(0))));
    assert_eq!(stage.alarms(ALICE), []);
    assert_eq!(stage.text(ALICE), Some("two"));
    assert!(!stage.seen(ALICE).message.as_ref().unwrap().answer_was_receipt);
    // With a proof of another kind it is no receipt either, and that is said.
    let answer = bob.seal(3, answer.message_hash, "three", &bobs, &[(seat(0), &alices)]);
    let mut shown = standing(&answer, seat(0));
    shown.answered = Some(bob.prove(ProofKind::Delete, &answer.header.prev, seat(0), &alices));
    stage.tell(ALICE, message(shown));
    assert_refused(&stage, ALICE, AlarmKind::FalseReceipt, "three");
    assert!(!stage.seen(ALICE).message.as_ref().unwrap().answer_was_receipt);
}

#[test]
fn an_honest_answer_is_a_receipt() {
    let mut stage = two();
    stage.sends(BOB, "two");
    assert_eq!(stage.alarms(ALICE), []);
    assert!(stage.seen(ALICE).message.as_ref().unwrap().answer_was_receipt);
}

#[test]
fn a_deletion_without_proof() {
    let mut stage = two();
    let last = stage.relay().room().unwrap().last;
    let read = Insider::of(stage.relay(), seat(0), "passcode 0").prove(
        ProofKind::Read,
        &last,
        seat(1),
        &card(&mut stage, 1),
    );
    for proof in [None, Some(Proof::new([0; 16])), Some(read)] {
        let mut stage = two();
        let message = stage.relay().room().unwrap().last;
        let stub = sotto_protocol::Stub {
            turn: 1,
            seat: seat(0),
            message,
            proof,
        };
        stage.tell(BOB, ServerFrame::Event(Event::Deleted(stub)));
        assert_refused(&stage, BOB, AlarmKind::FalseDelete, "one");
        assert!(!stage.seen(BOB).deleted.as_ref().unwrap().proven);
    }
}

#[test]
fn an_end_without_proof() {
    for proof in [None, Some(Proof::new([0; 16]))] {
        let mut stage = two();
        stage.tell(
            BOB,
            ServerFrame::Event(Event::Expired {
                seat: Some(seat(0)),
                proof,
            }),
        );
        assert_eq!(
            (stage.page(BOB), stage.view(BOB).ending),
            (Page::Ended, Some(Ending::Unproven))
        );
        assert_refused(&stage, BOB, AlarmKind::FalseEnd, "one");
    }
}

#[test]
fn an_end_before_its_time() {
    let mut stage = two();
    stage.tell(
        BOB,
        ServerFrame::Event(Event::Expired {
            seat: None,
            proof: None,
        }),
    );
    assert_eq!(
        (stage.page(BOB), stage.view(BOB).ending),
        (Page::Ended, Some(Ending::Unproven))
    );
    assert_refused(&stage, BOB, AlarmKind::FalseEnd, "one");
}

fn held(number: u8, card: Vec<u8>) -> ServerFrame {
    ServerFrame::Event(Event::Seat {
        seat: seat(number),
        state: SeatState::Held(card),
    })
}

#[test]
fn swapped_cards() {
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    let words = stage.seen(ALICE).seats[1].words;
    let carols = card(&mut stage, 2);
    stage.tell(ALICE, held(1, carols));
    assert_refused(&stage, ALICE, AlarmKind::BadCard, "one");
    assert_eq!(stage.seen(ALICE).seats[1].words, words);
}

#[test]
fn another_card_in_place_of_one() {
    // A card from an earlier room of the same phrase, or of one who knows the phrase.
    let mut stage = two();
    let words = stage.seen(ALICE).seats[1].words;
    stage.tell(ALICE, held(1, Insider::newcomer(seat(1)).card()));
    assert_refused(&stage, ALICE, AlarmKind::CardReplaced, "one");
    assert_eq!(stage.seen(ALICE).seats[1].words, words);
}

#[test]
fn another_card_after_a_cut_is_not_sealed_to() {
    let mut stage = two();
    let words = stage.seen(ALICE).seats[1].words;
    let newcomer = Insider::newcomer(seat(1));
    stage.relay().room().unwrap().held.get_mut(&seat(1)).unwrap().card = newcomer.card();
    stage.cut(ALICE, 1006);
    let shown = &stage.seen(ALICE).seats[1];
    assert_ne!(shown.words, words);
    assert!(shown.unconfirmed);
}

#[test]
fn my_own_card_changed() {
    let mut stage = two();
    stage.tell(BOB, held(1, Insider::newcomer(seat(1)).card()));
    assert_refused(&stage, BOB, AlarmKind::OwnCardChanged, "one");
}

#[test]
fn a_copied_public_key() {
    let mut stage = Stage::room(2, 3);
    stage.sends(ALICE, "one");
    let copy = Insider::of(stage.relay(), seat(1), "passcode 1").copied_to(seat(2));
    stage.tell(ALICE, held(2, copy.card()));
    assert_refused(&stage, ALICE, AlarmKind::EqualKeys, "one");
    assert_eq!(stage.seen(ALICE).seats[2].words, None);
    // Mine is no better.
    let mut stage = Stage::room(2, 3);
    stage.sends(ALICE, "one");
    let copy = Insider::of(stage.relay(), seat(0), "passcode 0").copied_to(seat(2));
    stage.tell(ALICE, held(2, copy.card()));
    assert_refused(&stage, ALICE, AlarmKind::EqualKeys, "one");
}

#[test]
fn a_seat_too_many() {
    let mut stage = two();
    stage.tell(ALICE, held(4, Insider::newcomer(seat(4)).card()));
    assert_refused(&stage, ALICE, AlarmKind::SeatOutOfPlace, "one");
    assert_eq!(stage.seen(ALICE).seats.len(), 2);
    let mut stage = two();
    let mut snapshot = stage.relay().room().unwrap().snapshot(seat(0), 0);
    snapshot.size = 3;
    snapshot
        .seats
        .insert(seat(2), SeatState::Held(Insider::newcomer(seat(2)).card()));
    stage.tell(ALICE, ServerFrame::Event(Event::Snapshot(snapshot)));
    assert_refused(&stage, ALICE, AlarmKind::SeatOutOfPlace, "one");
    assert_eq!(stage.seen(ALICE).seats.len(), 2);
}

#[test]
fn a_hidden_seat() {
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    let mut snapshot = stage.relay().room().unwrap().snapshot(seat(0), 0);
    snapshot.seats.remove(&seat(2));
    stage.tell(ALICE, ServerFrame::Event(Event::Snapshot(snapshot)));
    assert_refused(&stage, ALICE, AlarmKind::SeatOutOfPlace, "one");
    assert_eq!(stage.seen(ALICE).seats.len(), 3);
}

#[test]
fn a_seat_hidden_from_one_shows_as_an_unknown_reader() {
    let mut stage = Stage::room(3, 3);
    // Alice never hears that Carol has the seat, and Bob writes to both.
    stage.tell(
        ALICE,
        ServerFrame::Event(Event::Seat {
            seat: seat(2),
            state: SeatState::Free,
        }),
    );
    stage.sends(BOB, "one");
    let shown = stage.seen(ALICE).message.clone().unwrap();
    assert_eq!(
        (shown.text.as_deref(), shown.unknown_readers),
        (Some("one"), vec![2])
    );
}

#[test]
fn a_card_that_had_left_comes_back() {
    let mut stage = two();
    let bobs = card(&mut stage, 1);
    stage.tell(
        ALICE,
        ServerFrame::Event(Event::Seat {
            seat: seat(1),
            state: SeatState::Free,
        }),
    );
    assert_eq!(stage.alarms(ALICE), []);
    stage.tell(ALICE, held(1, bobs));
    assert_refused(&stage, ALICE, AlarmKind::CardReturned, "one");
    assert!(stage.seen(ALICE).seats[1].unconfirmed);
    // Nothing is sealed to it until Alice confirms it.
    stage.command(ALICE, sotto_client::Command::Delete);
    stage.sends(ALICE, "not for Bob");
    assert_eq!(stage.text(ALICE), Some("not for Bob"));
    assert_eq!(stage.seen(ALICE).message.as_ref().unwrap().missing_readers, [1]);
    assert_eq!(stage.seen(BOB).message.as_ref().unwrap().text, None);
    stage.command(ALICE, sotto_client::Command::Confirm { seat: seat(1) });
    assert!(!stage.seen(ALICE).seats[1].unconfirmed);
    stage.command(
        ALICE,
        sotto_client::Command::Edit {
            text: sotto_tests::hostile::typed("for Bob too"),
        },
    );
    assert_eq!(stage.text(BOB), Some("for Bob too"));
}

#[test]
fn a_card_that_had_left_comes_back_after_a_lock() {
    let mut stage = two();
    let bobs = card(&mut stage, 1);
    stage.tell(
        ALICE,
        ServerFrame::Event(Event::Seat {
            seat: seat(1),
            state: SeatState::Free,
        }),
    );
    let locked = stage.lock(ALICE, "");
    let again = stage.resume(&locked, "passcode 0");
    assert_eq!(stage.alarms(again), [AlarmKind::CardReturned]);
    assert!(stage.seen(again).seats[1].unconfirmed);
    drop(bobs);
}

#[test]
fn a_seat_claimed_between_seal_and_commit() {
    let mut stage = Stage::room(2, 3);
    stage.deafen(ALICE);
    stage.tell(ALICE, ServerFrame::Event(Event::Typing(seat(1))));
    let code = {
        stage.undeafen(ALICE);
        let code = stage.invite(ALICE, 2);
        stage.deafen(ALICE);
        code
    };
    let carol = stage.tab();
    stage.command(
        carol,
        sotto_client::Command::Join {
            phrase: sotto_tests::hostile::typed(sotto_tests::hostile::PHRASE),
            passcode: sotto_tests::hostile::typed("passcode 2"),
            code: sotto_tests::hostile::typed(&code),
            nickname: sotto_tests::hostile::typed(""),
        },
    );
    stage.undeafen(ALICE);
    // Alice does not know of Carol: the relay refuses, and her draft stays.
    stage.sends(ALICE, "one");
    assert_eq!(stage.outcome(ALICE), Some(OutcomeKind::Conflict));
    assert_eq!(stage.text(BOB), None);
    assert_eq!(stage.alarms(ALICE), []);
    // The conflict told her; the next try reaches Carol too.
    stage.sends(ALICE, "one");
    assert_eq!((stage.text(BOB), stage.text(carol)), (Some("one"), Some("one")));
}

#[test]
fn nonsense_in_every_place() {
    let mut stage = two();
    let answer = sotto_protocol::Answer::Done;
    stage.tell(
        ALICE,
        ServerFrame::Answer {
            reference: 4_000_000,
            answer,
        },
    );
    assert_refused(&stage, ALICE, AlarmKind::BadFrame, "one");
    let mut stage = two();
    let mut snapshot = stage.relay().room().unwrap().snapshot(seat(0), 0);
    snapshot.turn = 1 << 60;
    stage.tell(ALICE, ServerFrame::Event(Event::Snapshot(snapshot)));
    assert_refused(&stage, ALICE, AlarmKind::BadFrame, "one");
}
