//! What a session does with time and with answers that are lost: no socket, no clock, frame by frame.

use sotto_client::Command;
use sotto_client::view::{Connection, Ending, Failure, OutcomeKind, Stage as Page};
use sotto_protocol::{
    Command as Asked, CommandKind, Habits, Request, Salt, Seat, ServerFrame, VERSION, Welcome, decode,
};
use sotto_tests::hostile::{PHRASE, Stage, typed};

const ALICE: usize = 0;
const BOB: usize = 1;

/// The longest life of a room here, in seconds.
const LONGEST: u32 = 2_592_000;

fn commands(stage: &Stage, who: usize, kind: CommandKind) -> Vec<Request> {
    let said = stage.said_by(who).into_iter();
    let said = said.filter_map(|frame| decode::<Request>(&frame).ok());
    said.filter(|request| request.command.kind() == kind).collect()
}

#[test]
fn a_lost_answer_to_create_opens_what_was_made() {
    let mut stage = Stage::default();
    let alice = stage.tab();
    stage.deafen_at(alice, CommandKind::Create);
    let create = Command::Create {
        phrase: typed(PHRASE),
        passcode: typed("passcode 0"),
        nickname: typed(""),
        size: 2,
        lifetime: 86_400,
        word: typed(""),
    };
    stage.command(alice, create);
    assert_eq!(stage.page(alice), Page::Working);
    stage.undeafen(alice);
    stage.cut(alice, 1006);
    assert_eq!(stage.page(alice), Page::Room);
    assert_eq!(commands(&stage, alice, CommandKind::Create).len(), 1);
    assert_eq!(commands(&stage, alice, CommandKind::Open).len(), 1);
}

#[test]
fn a_claim_that_never_arrived_is_made_again_with_the_same_bytes() {
    let mut stage = Stage::room(1, 2);
    let code = stage.invite(ALICE, 1);
    let bob = stage.tab();
    // The claim is said and not heard: as lost on the way up.
    stage.deafen_at(bob, CommandKind::Claim);
    let before = stage.relay().room().unwrap().clone();
    let join = Command::Join {
        phrase: typed(PHRASE),
        passcode: typed("passcode 1"),
        code: typed(&code),
        nickname: typed(""),
    };
    stage.command(bob, join);
    *stage.relay().room().unwrap() = before;
    stage.undeafen(bob);
    stage.cut(bob, 1006);
    assert_eq!(stage.page(bob), Page::Room);
    let claims: Vec<_> = commands(&stage, bob, CommandKind::Claim)
        .into_iter()
        .map(|claim| claim.command)
        .collect();
    assert_eq!(claims.len(), 2);
    assert_eq!(claims[0], claims[1]);
}

#[test]
fn a_lost_answer_to_claim_opens_what_was_claimed() {
    let mut stage = Stage::room(1, 2);
    let code = stage.invite(ALICE, 1);
    let bob = stage.tab();
    stage.deafen_at(bob, CommandKind::Claim);
    let join = Command::Join {
        phrase: typed(PHRASE),
        passcode: typed("passcode 1"),
        code: typed(&code),
        nickname: typed(""),
    };
    stage.command(bob, join);
    stage.undeafen(bob);
    stage.cut(bob, 1006);
    assert_eq!(stage.page(bob), Page::Room);
    assert_eq!(commands(&stage, bob, CommandKind::Claim).len(), 1);
}

fn change(present: &str, next: &str) -> Command {
    Command::Passcode {
        present: typed(present),
        next: typed(next),
    }
}

#[test]
fn a_lost_answer_to_passcode_opens_with_the_new_one() {
    let mut stage = Stage::room(2, 2);
    stage.deafen_at(BOB, CommandKind::Passcode);
    stage.command(BOB, change("passcode 1", "passcode 9"));
    stage.undeafen(BOB);
    stage.cut(BOB, 1006);
    assert_eq!(stage.outcome(BOB), Some(OutcomeKind::PasscodeChanged));
    assert_eq!(stage.view(BOB).connection, Connection::Live);
    assert_eq!(commands(&stage, BOB, CommandKind::Passcode).len(), 1);
    // A lock is under the new one.
    let locked = stage.lock(BOB, "");
    let wrong = stage.resume(&locked, "passcode 1");
    assert_eq!(stage.view(wrong).failure, Some(Failure::WrongPasscode));
    let right = stage.resume(&locked, "passcode 9");
    assert_eq!(stage.page(right), Page::Room);
}

#[test]
fn a_passcode_that_never_arrived_is_asked_for_again() {
    let mut stage = Stage::room(2, 2);
    stage.mute(BOB);
    stage.command(BOB, change("passcode 1", "passcode 9"));
    stage.unmute(BOB);
    stage.cut(BOB, 1006);
    assert_eq!(stage.outcome(BOB), Some(OutcomeKind::PasscodeChanged));
    let asked: Vec<_> = commands(&stage, BOB, CommandKind::Passcode)
        .into_iter()
        .map(|asked| asked.command)
        .collect();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
}

#[test]
fn a_lost_answer_to_send_is_found_in_the_room() {
    let mut stage = Stage::room(2, 2);
    stage.deafen_at(BOB, CommandKind::Send);
    stage.sends(BOB, "once");
    assert_eq!(stage.text(ALICE), Some("once"));
    stage.undeafen(BOB);
    stage.cut(BOB, 1006);
    assert_eq!(
        (stage.outcome(BOB), stage.text(BOB)),
        (Some(OutcomeKind::Sent), Some("once"))
    );
    assert_eq!(commands(&stage, BOB, CommandKind::Send).len(), 1);
}

#[test]
fn a_message_that_never_arrived_is_sent_again_with_the_same_bytes() {
    let mut stage = Stage::room(2, 2);
    stage.mute(BOB);
    stage.sends(BOB, "once");
    stage.unmute(BOB);
    stage.cut(BOB, 1006);
    assert_eq!(
        (stage.outcome(BOB), stage.text(ALICE)),
        (Some(OutcomeKind::Sent), Some("once"))
    );
    let sent: Vec<_> = commands(&stage, BOB, CommandKind::Send)
        .into_iter()
        .map(|sent| sent.command)
        .collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    assert_eq!(stage.seen(ALICE).turn, 1);
}

#[test]
fn a_message_for_another_roster_is_not_sent_again() {
    let mut stage = Stage::room(2, 3);
    let code = stage.invite(ALICE, 2);
    stage.mute(BOB);
    stage.deafen(BOB);
    stage.sends(BOB, "for two");
    let carol = stage.tab();
    let join = Command::Join {
        phrase: typed(PHRASE),
        passcode: typed("passcode 2"),
        code: typed(&code),
        nickname: typed(""),
    };
    stage.command(carol, join);
    stage.unmute(BOB);
    stage.undeafen(BOB);
    stage.cut(BOB, 1006);
    assert_eq!(stage.outcome(BOB), Some(OutcomeKind::Conflict));
    assert_eq!(commands(&stage, BOB, CommandKind::Send).len(), 1);
    assert_eq!(stage.text(ALICE), None);
}

#[test]
fn lost_answers_to_edit_and_delete() {
    let mut stage = Stage::room(2, 2);
    stage.sends(ALICE, "helo");
    stage.deafen_at(ALICE, CommandKind::Edit);
    stage.command(ALICE, Command::Edit { text: typed("hello") });
    stage.undeafen(ALICE);
    stage.cut(ALICE, 1006);
    assert_eq!(
        (stage.outcome(ALICE), stage.text(BOB)),
        (Some(OutcomeKind::Edited), Some("hello"))
    );
    assert_eq!(commands(&stage, ALICE, CommandKind::Edit).len(), 1);
    stage.deafen_at(ALICE, CommandKind::Delete);
    stage.command(ALICE, Command::Delete);
    stage.undeafen(ALICE);
    stage.cut(ALICE, 1006);
    // The second cut within half a minute: not at once.
    stage.wait(500);
    assert_eq!(
        (stage.outcome(ALICE), stage.text(BOB)),
        (Some(OutcomeKind::Deleted), None)
    );
    assert_eq!(stage.alarms(BOB), []);
}

#[test]
fn lost_answers_to_leaving_and_ending() {
    let mut stage = Stage::room(2, 2);
    stage.deafen_at(BOB, CommandKind::Vacate);
    stage.command(BOB, Command::Leave);
    stage.undeafen(BOB);
    stage.cut(BOB, 1006);
    assert_eq!(stage.view(BOB).ending, Some(Ending::Left));
    stage.deafen_at(ALICE, CommandKind::Expire);
    stage.command(ALICE, Command::End);
    stage.undeafen(ALICE);
    stage.cut(ALICE, 1006);
    assert_eq!(stage.view(ALICE).ending, Some(Ending::ByHand));
}

#[test]
fn a_message_on_its_way_when_the_tab_was_locked() {
    let mut stage = Stage::room(2, 2);
    stage.deafen_at(BOB, CommandKind::Send);
    stage.sends(BOB, "sent before the lock");
    let locked = stage.lock(BOB, "sent before the lock");
    let again = stage.resume(&locked, "passcode 1");
    assert_eq!(stage.draft(again), Some("sent before the lock"));
    assert_eq!(stage.outcome(again), Some(OutcomeKind::Sent));
    assert_eq!(stage.text(ALICE), Some("sent before the lock"));
}

#[test]
fn attempts_to_reconnect_are_spaced() {
    let mut stage = Stage::room(2, 2);
    let before = stage.connects(BOB);
    stage.darken(true);
    stage.cut(BOB, 1006);
    // The first comes at once; it fails, and the next waits half a second at most, the one after that one at most.
    assert_eq!(stage.connects(BOB), before + 1);
    assert_eq!(stage.view(BOB).connection, Connection::Away);
    for limit in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        let count = stage.connects(BOB);
        let due = stage.due(BOB).unwrap();
        assert!(due - stage.now() <= limit, "{} > {limit}", due - stage.now());
        let pause = due - stage.now();
        stage.wait(pause);
        assert_eq!(stage.connects(BOB), count + 1);
    }
    // Waking up needs no waiting.
    stage.darken(false);
    stage.command(BOB, Command::Wake);
    assert_eq!(stage.view(BOB).connection, Connection::Live);
    assert_eq!(stage.alarms(BOB), []);
}

#[test]
fn who_comes_back_waits_for_no_connection_of_the_network_before() {
    let mut stage = Stage::room(2, 2);
    // One that stands still is given three seconds.
    let before = stage.connects(BOB);
    let asked = commands(&stage, BOB, CommandKind::Puzzle).len();
    stage.deafen(BOB);
    // However often they come back, one question is enough.
    stage.command(BOB, Command::Wake);
    stage.wait(1_000);
    stage.command(BOB, Command::Wake);
    stage.wait(2_900);
    assert_eq!(stage.connects(BOB), before);
    stage.wait(100);
    assert_eq!(stage.connects(BOB), before + 1);
    assert_eq!(commands(&stage, BOB, CommandKind::Puzzle).len(), asked + 1);
    // One that is being made is given two; the relay says nothing on it.
    stage.command(BOB, Command::Wake);
    assert_eq!(stage.connects(BOB), before + 1);
    stage.wait(2_000);
    stage.undeafen(BOB);
    stage.command(BOB, Command::Wake);
    assert_eq!(stage.connects(BOB), before + 2);
    assert_eq!(stage.view(BOB).connection, Connection::Live);
    assert_eq!(stage.alarms(BOB), []);
}

#[test]
fn an_old_page_tries_no_more_and_keeps_what_is_on_the_screen() {
    let mut stage = Stage::room(2, 2);
    stage.sends(ALICE, "hello");
    stage.darken(true);
    stage.cut(BOB, 1006);
    stage.outdate(BOB);
    let before = stage.connects(BOB);
    assert_eq!(stage.view(BOB).connection, Connection::Outdated);
    assert_eq!((stage.page(BOB), stage.text(BOB)), (Page::Room, Some("hello")));
    stage.darken(false);
    stage.command(BOB, Command::Wake);
    stage.wait(120_000);
    assert_eq!(stage.connects(BOB), before);
    // It can still be locked; resuming asks the relay, and says why it cannot.
    let locked = stage.lock(BOB, "half a thou");
    stage.darken(true);
    let again = stage.resume(&locked, "passcode 1");
    stage.outdate(again);
    assert_eq!(stage.draft(again), Some("half a thou"));
    assert_eq!(stage.view(again).failure, Some(Failure::Version));
    let stranger = stage.open("passcode 1");
    stage.outdate(stranger);
    assert_eq!(stage.view(stranger).failure, Some(Failure::Version));
    // Whoever tries again is told again.
    let open = Command::Open {
        phrase: typed(PHRASE),
        passcode: typed("passcode 1"),
    };
    stage.command(stranger, open);
    assert_eq!(stage.view(stranger).failure, None);
    stage.outdate(stranger);
    assert_eq!(stage.view(stranger).failure, Some(Failure::Version));
}

/// The relay's clock was read just before its second was over, this device's just after.
#[test]
fn a_second_between_two_clocks_refuses_no_longer_life() {
    let mut stage = Stage::room(2, 2);
    stage.deafen(BOB);
    stage.cut(BOB, 1006);
    stage.undeafen(BOB);
    let welcome = Welcome {
        version: VERSION,
        time: stage.now() / 1000 + 1,
        salt: Salt::new([3; 16]),
        lifetimes: vec![86_400, LONGEST],
        lifetime: 86_400,
        grain: 3_600,
        word: false,
    };
    stage.tell(BOB, &ServerFrame::Welcome(welcome));
    assert_eq!(stage.seen(BOB).clock_offset, 1);
    let lifetime = LONGEST;
    stage.command(BOB, Command::Extend { lifetime });
    assert_eq!(stage.outcome(BOB), Some(OutcomeKind::Extended));
    assert_eq!(
        stage.seen(BOB).expires_at,
        stage.now() / 1000 + u64::from(LONGEST)
    );
}

#[test]
fn a_connection_that_does_not_answer_is_given_up() {
    let mut stage = Stage::room(2, 2);
    stage.mute(BOB);
    stage.deafen(BOB);
    stage.sends(BOB, "hello?");
    let before = stage.connects(BOB);
    stage.wait(14_000);
    assert_eq!(stage.connects(BOB), before);
    stage.unmute(BOB);
    stage.undeafen(BOB);
    stage.wait(2_000);
    assert_eq!(stage.connects(BOB), before + 1);
    assert_eq!(
        (stage.outcome(BOB), stage.text(ALICE)),
        (Some(OutcomeKind::Sent), Some("hello?"))
    );
}

#[test]
fn silence_is_asked_about() {
    let mut stage = Stage::room(2, 2);
    let questions = commands(&stage, BOB, CommandKind::Puzzle).len();
    stage.wait(46_000);
    assert_eq!(commands(&stage, BOB, CommandKind::Puzzle).len(), questions + 1);
    let before = stage.connects(BOB);
    stage.deafen(BOB);
    stage.wait(62_000);
    assert_eq!(stage.connects(BOB), before + 1);
}

#[test]
fn an_opening_that_is_not_answered_is_tried_again() {
    let mut stage = Stage::room(2, 2);
    let tablet = stage.tab();
    stage.deafen(tablet);
    stage.command(
        tablet,
        Command::Open {
            phrase: typed(PHRASE),
            passcode: typed("passcode 1"),
        },
    );
    let before = stage.connects(tablet);
    stage.wait(59_000);
    assert_eq!(stage.connects(tablet), before);
    stage.undeafen(tablet);
    stage.wait(2_000);
    assert_eq!(stage.page(tablet), Page::Room);
}

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

#[test]
fn a_message_that_was_answered_while_its_answer_was_lost() {
    let mut stage = Stage::room(2, 2);
    stage.deafen_at(BOB, CommandKind::Send);
    stage.sends(BOB, "question");
    stage.sends(ALICE, "answer");
    stage.undeafen(BOB);
    let sent = commands(&stage, BOB, CommandKind::Send).len();
    stage.cut(BOB, 1006);
    assert_eq!(
        (stage.outcome(BOB), stage.text(BOB)),
        (Some(OutcomeKind::Sent), Some("answer"))
    );
    assert_eq!(commands(&stage, BOB, CommandKind::Send).len(), sent);
}

#[test]
fn a_price_or_a_version_that_no_honest_relay_has() {
    use sotto_protocol::{Answer, Nonce, Puzzle};
    let mut stage = Stage::room(2, 2);
    let tablet = stage.tab();
    stage.deafen_at(tablet, CommandKind::Puzzle);
    stage.command(
        tablet,
        Command::Open {
            phrase: typed(PHRASE),
            passcode: typed("passcode 1"),
        },
    );
    let reference = commands(&stage, tablet, CommandKind::Puzzle)[0].reference;
    let answer = Answer::Puzzle(Puzzle {
        nonce: Nonce::new([0; 16]),
        bits: 64,
    });
    stage.tell(tablet, &ServerFrame::Answer { reference, answer });
    assert_eq!(stage.view(tablet).failure, Some(Failure::Dishonest));

    stage.darken(true);
    let other = stage.tab();
    let welcome = Welcome {
        version: 2,
        time: 0,
        salt: Salt::new([3; 16]),
        lifetimes: vec![1],
        lifetime: 1,
        grain: 1,
        word: false,
    };
    stage.darken(false);
    stage.deafen(other);
    stage.command(other, Command::Wake);
    stage.tell(other, &ServerFrame::Welcome(welcome));
    assert_eq!(stage.view(other).failure, Some(Failure::Version));
}
