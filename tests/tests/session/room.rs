//! What is shown of a room, and forgotten with it.

use sotto_client::Command;
use sotto_client::view::{Connection, Ending, OutcomeKind, Stage as Page};
use sotto_protocol::{CommandKind, Seat};
use sotto_tests::hostile::{PHRASE, Stage, typed};

use crate::{ALICE, BOB, commands};

#[test]
fn compared_words_are_forgotten_with_the_keys() {
    let mut stage = Stage::room(2, 2);
    let bob = Seat::new(1).unwrap();
    let compared = |stage: &Stage| stage.seen(ALICE).seats[1].compared;
    assert!(!compared(&stage));
    stage.command(
        ALICE,
        Command::Compared {
            seat: bob,
            compared: true,
        },
    );
    assert!(compared(&stage));
    stage.command(
        ALICE,
        Command::Compared {
            seat: bob,
            compared: false,
        },
    );
    assert!(!compared(&stage));
    stage.command(
        ALICE,
        Command::Compared {
            seat: bob,
            compared: true,
        },
    );
    stage.command(BOB, Command::Leave);
    stage.join(1, "passcode 1");
    assert!(stage.seen(ALICE).seats[1].unconfirmed);
    assert!(!compared(&stage));
}

#[test]
fn a_message_is_read_once_however_often_it_is_seen() {
    let mut stage = Stage::room(2, 2);
    stage.sends(ALICE, "hello");
    stage.reads(BOB);
    stage.reads(BOB);
    stage.command(BOB, Command::Seen { turn: 7, rev: 0 });
    stage.reads(ALICE);
    assert_eq!(commands(&stage, BOB, CommandKind::Read).len(), 1);
    assert_eq!(commands(&stage, ALICE, CommandKind::Read).len(), 0);
}

#[test]
fn texts_of_every_length() {
    let mut stage = Stage::room(2, 2);
    let mut who = ALICE;
    for length in [1, 255, 256, 1023, 1024, 4095, 4096, 16_383] {
        let text = "x".repeat(length);
        stage.sends(who, &text);
        who = 1 - who;
        assert_eq!(stage.text(who), Some(text.as_str()));
    }
    for text in [String::new(), " \n".to_owned(), "x".repeat(16_384)] {
        stage.sends(who, &text);
        assert_eq!(stage.outcome(who), Some(OutcomeKind::BadText));
    }
}

#[test]
fn who_is_shown_no_box_is_shown_no_text() {
    let mut stage = Stage::room(1, 2);
    stage.sends(ALICE, "before Bob came");
    let bob = stage.join(1, "passcode 1");
    let shown = stage.seen(bob).message.clone().unwrap();
    assert_eq!((shown.text, shown.turn), (None, 1));
    assert!(stage.seen(bob).can_send);
    assert_eq!(stage.seen(ALICE).message.as_ref().unwrap().missing_readers, [1]);
    stage.sends(bob, "what did you say?");
    assert_eq!(stage.text(ALICE), Some("what did you say?"));
    assert_eq!((stage.alarms(ALICE), stage.alarms(bob)), (vec![], vec![]));
}

#[test]
fn closing_forgets_everything() {
    let mut stage = Stage::room(2, 2);
    stage.command(BOB, Command::Close);
    let view = stage.view(BOB);
    assert_eq!((view.stage, view.connection), (Page::Entry, Connection::Idle));
    assert_eq!(view.room, None);
    let seats = &stage.seen(ALICE).seats;
    assert!(!seats[1].present);
    // The same tab opens it again.
    stage.command(
        BOB,
        Command::Open {
            phrase: typed(PHRASE),
            passcode: typed("passcode 1"),
        },
    );
    assert_eq!(stage.page(BOB), Page::Room);
}

#[test]
fn a_message_of_mine_from_another_device_goes_with_me() {
    let mut stage = Stage::room(2, 2);
    let tablet = stage.open("passcode 1");
    stage.deafen(BOB);
    stage.sends(tablet, "from the tablet");
    stage.undeafen(BOB);
    stage.command(BOB, Command::Leave);
    assert_eq!(stage.view(BOB).ending, Some(Ending::Left));
    assert_eq!(stage.view(tablet).ending, Some(Ending::Left));
    assert!(stage.seen(ALICE).deleted.as_ref().unwrap().proven);
    assert_eq!(stage.alarms(ALICE), []);
    assert_eq!(
        stage.seen(ALICE).seats[1].state,
        sotto_client::view::SeatKind::Free
    );
}

#[test]
fn an_edit_that_crossed_a_reading_is_shown_as_read_earlier() {
    let mut stage = Stage::room(2, 2);
    stage.sends(ALICE, "helo");
    // Bob's proof is on its way while Alice edits: he has not heard of the edit yet.
    stage.deafen(BOB);
    stage.command(ALICE, Command::Edit { text: typed("hello") });
    stage.reads(BOB);
    let shown = stage.seen(ALICE).message.clone().unwrap();
    assert_eq!(
        (shown.read_by, shown.read_earlier_by),
        (Vec::<u8>::new(), vec![1])
    );
    assert_eq!(shown.unread_by, [1]);
    assert!(shown.was_read && !stage.seen(ALICE).can_edit);
    assert_eq!(stage.alarms(ALICE), []);
}

#[test]
fn an_unknown_seat_is_no_choice() {
    let mut stage = Stage::room(2, 2);
    stage.command(
        ALICE,
        Command::Invite {
            seat: Seat::new(1).unwrap(),
            with_link: false,
        },
    );
    assert_eq!(stage.outcome(ALICE), Some(OutcomeKind::SeatTaken));
    stage.command(
        ALICE,
        Command::Invite {
            seat: Seat::new(7).unwrap(),
            with_link: false,
        },
    );
    assert_eq!(stage.outcome(ALICE), Some(OutcomeKind::SeatTaken));
}
