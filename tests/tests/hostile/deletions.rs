//! Deletions, and what becomes of a message that the relay took away.

use sotto_client::Command;
use sotto_protocol::{MessageHash, Stub};
use sotto_relay::room::{Message, Remains};
use sotto_tests::hostile::typed;

use super::*;

fn deleted(turn: u64, by: u8, message: MessageHash, proof: Option<Proof>) -> ServerFrame {
    let seat = seat(by);
    ServerFrame::Event(Event::Deleted(Stub {
        turn,
        seat,
        message,
        proof,
    }))
}

fn proof(stage: &mut Stage, by: u8, message: &MessageHash, to: u8) -> Proof {
    let insider = Insider::of(stage.relay(), seat(by), &format!("passcode {by}"));
    insider.prove(ProofKind::Delete, message, seat(to), &card(stage, to))
}

fn is_proven(stage: &Stage, who: usize) -> Option<bool> {
    stage.seen(who).deleted.as_ref().map(|deleted| deleted.proven)
}

#[test]
fn a_message_that_was_taken_away_and_comes_back() {
    let mut stage = two();
    let standing = standings(&stage, BOB).remove(0);
    stage.tell(BOB, &deleted(1, 0, standing.message, None));
    assert_eq!(is_proven(&stage, BOB), Some(false));
    stage.tell(BOB, &message(standing));
    assert_refused(&stage, BOB, AlarmKind::FalseDelete, "one");
    assert_eq!(is_proven(&stage, BOB), None, "it stands again");
}

#[test]
fn a_proven_deletion_told_again_without_proof() {
    let mut stage = two();
    let last = stage.relay().room().unwrap().last;
    stage.command(ALICE, Command::Delete);
    assert_eq!(is_proven(&stage, BOB), Some(true));
    stage.tell(BOB, &deleted(1, 0, last, None));
    assert_eq!((is_proven(&stage, BOB), stage.alarms(BOB)), (Some(true), vec![]));
}

#[test]
fn my_own_deletion_on_another_device_needs_no_proof() {
    let mut stage = two();
    let tablet = stage.open("passcode 0");
    stage.command(tablet, Command::Delete);
    assert_calm(&stage);
    assert_eq!((is_proven(&stage, ALICE), stage.text(ALICE)), (Some(false), None));
}

#[test]
fn a_deletion_of_a_turn_that_never_came() {
    let mut stage = two();
    let never = MessageHash::new([9; 32]);
    let bobs = proof(&mut stage, 1, &never, 0);
    stage.tell(ALICE, &deleted(2, 1, never, Some(bobs)));
    assert_refused(&stage, ALICE, AlarmKind::ChainBroken, "one");
}

#[test]
fn a_deletion_of_an_earlier_revision_after_a_cut() {
    let mut stage = two();
    let first = stage.relay().room().unwrap().last;
    let text = typed("one, edited");
    stage.command(ALICE, Command::Edit { text });
    let proofs = [(seat(1), proof(&mut stage, 0, &first, 1))].into_iter().collect();
    let author = seat(0);
    let room = stage.relay().room().unwrap();
    room.last = first;
    room.message = Some(Message::Deleted(Remains { author, proofs }));
    stage.cut(BOB, 1006);
    assert_refused(&stage, BOB, AlarmKind::ChainBroken, "one, edited");
}

/// After a cut a message may have come and gone that was never shown here: that it is taken away is believed, and not
/// that its author did it. A false proof is told all the same.
#[test]
fn a_deletion_after_a_cut_without_proof() {
    for (false_proof, alarms) in [
        (None, vec![]),
        (Some(Proof::new([0; 16])), vec![AlarmKind::FalseDelete]),
    ] {
        let mut stage = two();
        let room = stage.relay().room().unwrap();
        (room.turn, room.last) = (2, MessageHash::new([9; 32]));
        let proofs = false_proof.map(|proof| (seat(0), proof)).into_iter().collect();
        let author = seat(1);
        room.message = Some(Message::Deleted(Remains { author, proofs }));
        stage.cut(ALICE, 1006);
        assert_eq!(stage.alarms(ALICE), alarms);
        assert_eq!((is_proven(&stage, ALICE), stage.text(ALICE)), (Some(false), None));
    }
}

#[test]
fn who_leaves_has_proved_the_deletion_of_their_message() {
    let mut stage = two();
    stage.sends(BOB, "two");
    stage.deafen(ALICE);
    stage.command(BOB, Command::Leave);
    stage.undeafen(ALICE);
    // The seat is free before the deletion is told: Bob's keys are still known.
    stage.cut(ALICE, 1006);
    assert_eq!(
        (is_proven(&stage, ALICE), stage.alarms(ALICE)),
        (Some(true), vec![])
    );
}

/// What is refused leaves a gap: the honest relay's next word is taken again.
#[test]
fn after_a_refusal_the_honest_relay_is_heard_again() {
    let nonsense = |stage: &mut Stage| {
        let mut altered = standings(stage, BOB).remove(0);
        (altered.turn, altered.message) = (2, MessageHash::new([9; 32]));
        message(altered)
    };
    let false_stub = |_: &mut Stage| deleted(2, 0, MessageHash::new([9; 32]), None);
    for (refused, alarm) in [
        (
            &nonsense as &dyn Fn(&mut Stage) -> ServerFrame,
            AlarmKind::DoesNotOpen,
        ),
        (&false_stub, AlarmKind::ChainBroken),
    ] {
        let mut stage = two();
        stage.deafen(BOB);
        let refused = refused(&mut stage);
        stage.tell(BOB, &refused);
        assert_refused(&stage, BOB, alarm, "one");
        let tablet = stage.open("passcode 1");
        stage.sends(tablet, "two");
        stage.undeafen(BOB);
        stage.sends(ALICE, "three");
        assert_refused(&stage, BOB, alarm, "three");
    }
}
