//! Receipts, deletions and ends that nobody proved.

use super::*;

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
        stage.tell(ALICE, &read_event(last, proof));
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
    stage.tell(ALICE, &read_event(last, receipt));
    assert_refused(&stage, ALICE, AlarmKind::FalseReceipt, "three");
    let mut again = two();
    again.sends(BOB, "two");
    again.tell(ALICE, &read_event(first, receipt));
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
    stage.tell(ALICE, &receipt);
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
        stage.tell(ALICE, &read_event(last, Some(mine)));
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
        stage.tell(ALICE, &read_event(last, Some(other)));
        assert_refused(&stage, ALICE, AlarmKind::FalseReceipt, "one");
    }
    // The control: the right kind is taken.
    let mut stage = two();
    let last = stage.relay().room().unwrap().last;
    let bob = Insider::of(stage.relay(), seat(1), "passcode 1");
    let right = bob.prove(ProofKind::Read, &last, seat(0), &card(&mut stage, 0));
    stage.tell(ALICE, &read_event(last, Some(right)));
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
    stage.tell(ALICE, &message(standing(&answer, seat(0))));
    assert_eq!(stage.alarms(ALICE), []);
    assert_eq!(stage.text(ALICE), Some("two"));
    assert!(!stage.seen(ALICE).message.as_ref().unwrap().answer_was_receipt);
    // With a proof of another kind it is no receipt either, and that is said.
    let answer = bob.seal(3, answer.message_hash, "three", &bobs, &[(seat(0), &alices)]);
    let mut shown = standing(&answer, seat(0));
    shown.answered = Some(bob.prove(ProofKind::Delete, &answer.header.prev, seat(0), &alices));
    stage.tell(ALICE, &message(shown));
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
        stage.tell(BOB, &ServerFrame::Event(Event::Deleted(stub)));
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
            &ServerFrame::Event(Event::Expired {
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
        &ServerFrame::Event(Event::Expired {
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

#[test]
fn a_deletion_of_another_turn_author_or_revision() {
    use sotto_protocol::{MessageHash, Stub};
    let deleted = |turn, by, message| {
        let (seat, proof) = (seat(by), Some(Proof::new([0; 16])));
        ServerFrame::Event(Event::Deleted(Stub {
            turn,
            seat,
            message,
            proof,
        }))
    };
    let mut stage = three_turns();
    let last = stage.relay().room().unwrap().last;
    stage.tell(BOB, &deleted(1, 0, last));
    assert_refused(&stage, BOB, AlarmKind::RolledBack, "three");
    let mut stage = three_turns();
    stage.tell(BOB, &deleted(3, 1, last));
    assert_refused(&stage, BOB, AlarmKind::WrongAuthor, "three");
    let mut stage = three_turns();
    stage.tell(BOB, &deleted(3, 0, MessageHash::new([9; 32])));
    assert_refused(&stage, BOB, AlarmKind::ChainBroken, "three");
}

#[test]
fn who_takes_a_seat_has_read_nothing() {
    // Bob reads, leaves, and Carol takes his seat: the receipt was Bob's.
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    stage.reads(BOB);
    assert_eq!(stage.seen(ALICE).message.as_ref().unwrap().read_by, [1]);
    stage.command(BOB, sotto_client::Command::Leave);
    stage.join(1, "passcode 9");
    assert!(stage.seen(ALICE).message.as_ref().unwrap().read_by.is_empty());
}
