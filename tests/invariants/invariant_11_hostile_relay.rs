//! Invariant 11: a client whose code did not come unchecked from the relay is safe with a hostile relay that does not
//! know the phrase: such a relay can withhold, delay and show to a new tab an earlier state whole, and nothing else.
//! Every case that we know is in `tests/tests/hostile/`; here are one of each kind, and what a relay can do.
//!
//! Red when made: `judge` in `session/chain.rs` takes any turn (an old message came back, in a tab that had seen later ones).

use sotto_client::view::AlarmKind;
use sotto_protocol::{Event, Proof, Seat, SeatState, ServerFrame, Standing, hash};
use sotto_tests::hostile::{Insider, Stage, room};

const ALICE: usize = 0;
const BOB: usize = 1;

fn seat(number: u8) -> Seat {
    Seat::new(number).expect("a seat")
}

/// Two people; Alice has written "one", Bob "two". Nobody has an alarm: the same sessions take what is honest.
fn two_turns() -> Stage {
    let mut stage = Stage::room(2, 2);
    stage.sends(ALICE, "one");
    stage.sends(BOB, "two");
    for who in [ALICE, BOB] {
        assert_eq!(stage.alarms(who), []);
        assert_eq!(stage.text(who), Some("two"));
    }
    stage
}

/// What the honest relay showed a tab of messages, oldest first.
fn messages(stage: &Stage, who: usize) -> Vec<Standing> {
    let frames = stage.meant_for(who).into_iter();
    let standing = frames.filter_map(|frame| match frame {
        ServerFrame::Event(Event::Message(standing)) => Some(standing),
        _ => None,
    });
    standing.collect()
}

/// Alice is told this in place of what Bob wrote next; she refuses it, and what she saw stays.
fn is_refused(change: impl FnOnce(&mut Standing), alarm: AlarmKind) {
    let mut stage = two_turns();
    stage.sends(ALICE, "three");
    stage.deafen(ALICE);
    stage.sends(BOB, "four");
    let mut next = messages(&stage, ALICE).pop().expect("a message");
    change(&mut next);
    stage.tell(ALICE, &ServerFrame::Event(Event::Message(next)));
    assert_eq!(stage.alarms(ALICE), [alarm]);
    assert_eq!(stage.text(ALICE), Some("three"));
}

#[test]
fn what_is_untouched_is_taken() {
    let mut stage = two_turns();
    stage.sends(ALICE, "three");
    stage.deafen(ALICE);
    stage.sends(BOB, "four");
    let next = messages(&stage, ALICE).pop().expect("a message");
    stage.tell(ALICE, &ServerFrame::Event(Event::Message(next)));
    assert_eq!(stage.alarms(ALICE), []);
    assert_eq!(stage.text(ALICE), Some("four"));
}

#[test]
fn it_cannot_alter() {
    is_refused(
        |next| {
            let sealed = next.sealed.as_mut().expect("sealed to Alice");
            sealed.body[0] ^= 1;
            next.message = hash::message_hash(room().hash(), &sealed.header, &sealed.body);
        },
        AlarmKind::DoesNotOpen,
    );
}

#[test]
fn it_cannot_bring_back_within_a_tab() {
    let mut stage = two_turns();
    let old = messages(&stage, ALICE).remove(0);
    stage.sends(ALICE, "three");
    stage.tell(ALICE, &ServerFrame::Event(Event::Message(old)));
    assert_eq!(stage.alarms(ALICE), [AlarmKind::RolledBack]);
    assert_eq!(stage.text(ALICE), Some("three"));
}

#[test]
fn it_cannot_make_a_receipt() {
    let mut stage = two_turns();
    let message = stage.relay().room().expect("a room").last;
    let proof = Some(Proof::new([7; 16]));
    let receipt = Event::Read {
        seat: seat(0),
        message,
        proof,
    };
    stage.tell(BOB, &ServerFrame::Event(receipt));
    assert_eq!(stage.alarms(BOB), [AlarmKind::FalseReceipt]);
    let shown = stage.seen(BOB).message.clone().expect("a message");
    assert!(shown.read_by.is_empty());
    assert_eq!(stage.text(BOB), Some("two"));
}

#[test]
fn it_cannot_copy_a_key() {
    let mut stage = Stage::room(2, 3);
    stage.sends(ALICE, "one");
    let copy = Insider::of(stage.relay(), seat(1), "passcode 1").copied_to(seat(2));
    let held = SeatState::Held(copy.card());
    stage.tell(
        ALICE,
        &ServerFrame::Event(Event::Seat {
            seat: seat(2),
            state: held,
        }),
    );
    assert_eq!(stage.alarms(ALICE), [AlarmKind::EqualKeys]);
    assert_eq!(stage.text(ALICE), Some("one"));
}

/// What it can do: withhold. Nobody has an alarm, for nothing was told; and nothing is lost when it comes late.
#[test]
fn it_can_withhold() {
    let mut stage = two_turns();
    stage.deafen(BOB);
    stage.sends(ALICE, "three");
    assert_eq!(stage.text(BOB), Some("two"));
    assert_eq!(stage.alarms(BOB), []);
    let late = messages(&stage, BOB).pop().expect("a message");
    stage.tell(BOB, &ServerFrame::Event(Event::Message(late)));
    assert_eq!(stage.text(BOB), Some("three"));
    assert_eq!(stage.alarms(BOB), []);
}

/// What it can do: show an earlier state, whole, to a tab that has seen none.
#[test]
fn it_can_show_an_earlier_state_whole_to_a_new_tab() {
    let mut stage = two_turns();
    let old = stage.relay().room().expect("a room").clone();
    stage.sends(ALICE, "three");
    *stage.relay().room().expect("a room") = old;
    let again = stage.open("passcode 1");
    assert_eq!(stage.text(again), Some("two"));
    assert_eq!(stage.alarms(again), []);
    // The tab that saw what came later does not take it.
    stage.cut(BOB, 1006);
    assert_eq!(stage.alarms(BOB), [AlarmKind::RolledBack]);
    assert_eq!(stage.text(BOB), Some("three"));
}
