//! What a person tells the others or not: receipts, typing, and covered messages.

use sotto_client::Command;
use sotto_client::view::AlarmKind;
use sotto_protocol::{Answer, Command as Asked, CommandKind, Habits, Request, Seat, ServerFrame, decode};
use sotto_tests::hostile::{Stage, typed};

use crate::{ALICE, BOB, commands};

#[test]
fn hints_are_rare_and_lapse() {
    let mut stage = Stage::room(2, 2);
    for _ in 0..5 {
        stage.command(ALICE, Command::Typing);
    }
    assert_eq!(commands(&stage, ALICE, CommandKind::Typing).len(), 1);
    assert_eq!(stage.seen(BOB).typing, [0]);
    stage.wait(3_000);
    stage.command(ALICE, Command::Typing);
    assert_eq!(commands(&stage, ALICE, CommandKind::Typing).len(), 2);
    stage.wait(5_000);
    assert_eq!(stage.seen(BOB).typing, [0]);
    stage.wait(2_000);
    assert!(stage.seen(BOB).typing.is_empty());
    stage.command(ALICE, Command::Typing);
    stage.sends(ALICE, "written");
    assert!(stage.seen(BOB).typing.is_empty());
}

/// No relay does: an answer that nobody waits for is a fault of its own.
#[test]
fn a_hint_that_is_answered_raises_the_alarm() {
    for hint in [Command::Typing, Command::Habits(QUIET)] {
        let mut stage = Stage::room(2, 2);
        stage.command(BOB, hint);
        assert_eq!(stage.alarms(BOB), []);
        let hint: Request = decode(stage.said_by(BOB).last().unwrap()).unwrap();
        assert!(matches!(hint.command, Asked::Typing | Asked::Habits(QUIET)));
        let (reference, answer) = (hint.reference, Answer::Done);
        stage.tell(BOB, &ServerFrame::Answer { reference, answer });
        assert_eq!(stage.alarms(BOB), [AlarmKind::BadFrame]);
    }
}

const QUIET: Habits = Habits {
    receipts: false,
    typing: false,
};

/// What a seat is said to send.
fn habits_of(stage: &Stage, who: usize, seat: usize) -> Option<Habits> {
    let seat = stage.seen(who).seats.get(seat)?;
    Some(Habits {
        receipts: seat.receipts,
        typing: seat.typing,
    })
}

#[test]
fn who_sends_no_receipts_proves_nothing_and_says_so_once() {
    let mut stage = Stage::room(2, 2);
    stage.command(BOB, Command::Habits(QUIET));
    stage.sends(ALICE, "hello");
    stage.reads(BOB);
    stage.command(BOB, Command::Typing);
    assert_eq!(commands(&stage, BOB, CommandKind::Habits).len(), 1);
    assert_eq!(habits_of(&stage, ALICE, 1), Some(QUIET));
    assert_eq!(habits_of(&stage, BOB, 1), Some(QUIET));
    // It was read, yet nobody can tell: its author may still change it, and take it back.
    assert!(stage.seen(ALICE).can_edit);
    let text = typed("hello, edited");
    stage.command(ALICE, Command::Edit { text });
    assert_eq!(stage.text(BOB), Some("hello, edited"));
    stage.reads(BOB);
    stage.sends(BOB, "hi");
    let hi = stage.seen(ALICE).message.clone().unwrap();
    assert_eq!((hi.text.as_deref(), hi.answer_was_receipt), (Some("hi"), false));
    assert_eq!(commands(&stage, BOB, CommandKind::Read).len(), 0);
    assert_eq!(commands(&stage, BOB, CommandKind::Typing).len(), 0);
    let sent = commands(&stage, BOB, CommandKind::Send);
    assert!(matches!(&sent[0].command, Asked::Send { read: None, .. }));
    assert_eq!(stage.alarms(ALICE), []);
}

#[test]
fn receipts_that_come_back_prove_what_is_read_from_then_on() {
    let mut stage = Stage::room(2, 2);
    stage.command(BOB, Command::Habits(QUIET));
    stage.sends(ALICE, "hello");
    stage.reads(BOB);
    stage.command(BOB, Command::Habits(Habits::default()));
    assert_eq!(habits_of(&stage, ALICE, 1), Some(Habits::default()));
    stage.reads(BOB);
    assert_eq!(stage.seen(ALICE).message.as_ref().unwrap().read_by, [1]);
}

#[test]
fn habits_are_said_again_to_who_comes_later_and_on_a_new_connection() {
    let mut stage = Stage::room(2, 3);
    stage.command(BOB, Command::Habits(QUIET));
    let carol = stage.join(2, "passcode 2");
    assert_eq!(habits_of(&stage, carol, 1), Some(QUIET));
    // The relay kept nothing: Alice's page forgets who goes, and is told again when they are back.
    stage.darken(true);
    stage.cut(BOB, 1006);
    assert_eq!(habits_of(&stage, ALICE, 1), Some(Habits::default()));
    stage.darken(false);
    stage.wait(60_000);
    assert_eq!(habits_of(&stage, ALICE, 1), Some(QUIET));
    assert_eq!(habits_of(&stage, BOB, 0), Some(Habits::default()));
}

#[test]
fn who_never_chose_says_nothing_of_it() {
    let mut stage = Stage::room(2, 3);
    stage.join(2, "passcode 2");
    stage.cut(BOB, 1006);
    assert_eq!(commands(&stage, BOB, CommandKind::Habits).len(), 0);
}

#[test]
fn habits_and_covers_outlive_a_lock_and_not_a_new_opening() {
    let mut stage = Stage::room(2, 2);
    stage.command(BOB, Command::Habits(QUIET));
    stage.command(BOB, Command::Cover { on: true });
    stage.command(
        BOB,
        Command::Compared {
            seat: Seat::new(0).unwrap(),
            compared: true,
        },
    );
    let locked = stage.lock(BOB, "");
    stage.sends(ALICE, "hello");
    let bob = stage.resume(&locked, "passcode 1");
    assert_eq!(habits_of(&stage, ALICE, 1), Some(QUIET));
    assert!(stage.seen(bob).cover && stage.seen(bob).seats[0].compared);
    assert_eq!(stage.text(bob), None);
    stage.reads(bob);
    assert_eq!(commands(&stage, bob, CommandKind::Read).len(), 0);
    let anew = stage.open("passcode 1");
    assert_eq!(habits_of(&stage, anew, 1), Some(Habits::default()));
    assert!(!stage.seen(anew).cover && !stage.seen(anew).seats[0].compared);
}

#[test]
fn a_covered_message_is_neither_shown_nor_read() {
    let mut stage = Stage::room(2, 2);
    stage.command(BOB, Command::Cover { on: true });
    stage.sends(ALICE, "hello");
    let covered = |stage: &Stage| {
        let shown = stage.seen(BOB).message.clone().unwrap();
        (shown.text, shown.covered)
    };
    assert_eq!(covered(&stage), (None, true));
    stage.reads(BOB);
    assert_eq!(commands(&stage, BOB, CommandKind::Read).len(), 0);
    stage.command(BOB, Command::Uncover { shown: true });
    assert_eq!(covered(&stage), (Some("hello".into()), false));
    // Another revision is another text.
    let text = typed("hello, edited");
    stage.command(ALICE, Command::Edit { text });
    assert_eq!(covered(&stage), (None, true));
    stage.command(BOB, Command::Uncover { shown: true });
    stage.reads(BOB);
    assert_eq!(stage.seen(ALICE).message.as_ref().unwrap().read_by, [1]);
    stage.command(BOB, Command::Uncover { shown: false });
    assert_eq!(covered(&stage), (None, true));
    // My own is mine to see, and an answer to what was never uncovered is no receipt.
    stage.sends(BOB, "hi");
    assert_eq!(covered(&stage), (Some("hi".into()), false));
    stage.sends(ALICE, "unseen");
    stage.sends(BOB, "blind");
    let blind = stage.seen(ALICE).message.clone().unwrap();
    assert_eq!(
        (blind.text.as_deref(), blind.answer_was_receipt),
        (Some("blind"), false)
    );
}
