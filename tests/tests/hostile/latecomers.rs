//! Carol takes her seat while a message stands that is not sealed to her: there is little that she can hold the relay to.

use sotto_protocol::{MessageHash, Stub};

use super::*;

/// Alice has written "one"; Carol, who came later, is shown that it stands.
fn with_carol() -> Stage {
    let mut stage = Stage::room(2, 3);
    stage.sends(ALICE, "one");
    assert_eq!(stage.join(2, "passcode 2"), CAROL);
    assert_eq!(
        (stage.text(CAROL), stage.seen(CAROL).message.is_some()),
        (None, true)
    );
    assert_calm(&stage);
    assert_eq!(stage.alarms(CAROL), []);
    stage
}

fn unsealed(turn: u64, message: MessageHash) -> Standing {
    Standing {
        turn,
        seat: seat(0),
        message,
        was_read: false,
        receipts: sotto_protocol::SeatMap::new(),
        sealed: None,
        answered: None,
    }
}

#[test]
fn a_reading_before_her_time_is_no_false_receipt() {
    let mut stage = Stage::room(2, 3);
    stage.sends(ALICE, "one");
    stage.reads(BOB);
    assert_eq!(stage.join(2, "passcode 2"), CAROL);
    let snapshot = stage.relay().room().unwrap().snapshot(seat(2), 0);
    let receipts = snapshot.standing.unwrap().receipts;
    assert!(
        receipts.values().any(|receipt| receipt.proof.is_none()),
        "control: one without proof"
    );
    assert_eq!(stage.alarms(CAROL), []);
}

#[test]
fn an_earlier_turn_that_is_not_sealed_to_me() {
    let mut stage = three_turns();
    let first = standings(&stage, BOB).remove(0).message;
    stage.tell(BOB, &message(unsealed(1, first)));
    assert_refused(&stage, BOB, AlarmKind::RolledBack, "three");
}

#[test]
fn a_deleted_message_back_without_its_box() {
    let mut stage = two();
    let first = standings(&stage, BOB).remove(0).message;
    stage.command(ALICE, sotto_client::Command::Delete);
    stage.tell(BOB, &message(unsealed(1, first)));
    assert_eq!(stage.alarms(BOB), [AlarmKind::RolledBack]);
    assert!(stage.seen(BOB).message.is_none());
}

#[test]
fn a_deletion_that_nobody_could_prove_to_her() {
    for (proof, alarms) in [
        (None, vec![]),
        (Some(Proof::new([0; 16])), vec![AlarmKind::FalseDelete]),
    ] {
        let mut stage = with_carol();
        let message = stage.relay().room().unwrap().last;
        let (turn, seat) = (1, seat(0));
        let stub = Stub {
            turn,
            seat,
            message,
            proof,
        };
        stage.tell(CAROL, &ServerFrame::Event(Event::Deleted(stub)));
        assert_eq!(stage.alarms(CAROL), alarms);
        assert!(!stage.seen(CAROL).deleted.as_ref().unwrap().proven);
    }
}
