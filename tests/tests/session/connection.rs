//! Connections: how often one is tried, when it is given up, and what another version of the relay is told.

use sotto_client::Command;
use sotto_client::view::{Connection, Failure, OutcomeKind, Stage as Page};
use sotto_protocol::{CommandKind, Salt, ServerFrame, VERSION, Welcome, close};
use sotto_tests::hostile::{PHRASE, Stage, typed};

use crate::{ALICE, BOB, commands};

/// The longest life of a room here, in seconds.
const LONGEST: u32 = 2_592_000;

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
        let pause = due - stage.now();
        assert!((1..=limit).contains(&pause), "{pause}, at most {limit}");
        stage.wait(pause);
        assert_eq!(stage.connects(BOB), count + 1);
    }
    // Waking up needs no waiting.
    stage.darken(false);
    stage.command(BOB, Command::Wake);
    assert_eq!(stage.view(BOB).connection, Connection::Live);
    assert_eq!(stage.alarms(BOB), []);
}

/// The page has words for each; what the relay did not close has none.
#[test]
fn the_page_learns_with_which_code_the_relay_closed() {
    let mut stage = Stage::room(2, 2);
    assert_eq!(stage.view(BOB).closed, 0);
    for code in [
        close::TOO_SLOW,
        close::TOO_FAST,
        close::TOO_MANY,
        close::GOING_AWAY,
    ] {
        stage.cut(BOB, code);
        assert_eq!(stage.view(BOB).closed, code);
        stage.wait(30_000);
        assert_eq!(
            stage.view(BOB).connection,
            Connection::Live,
            "it comes back by itself"
        );
    }
    // Now the relay is not there at all.
    stage.darken(true);
    stage.cut(BOB, close::TOO_FAST);
    assert_eq!(
        (stage.view(BOB).connection, stage.view(BOB).closed),
        (Connection::Away, 1006)
    );
    stage.darken(false);
    stage.command(BOB, Command::Wake);
    // One that the session gives up was not closed by the relay.
    stage.cut(BOB, close::TOO_FAST);
    stage.command(BOB, Command::Wake);
    assert_eq!(
        (stage.view(BOB).connection, stage.view(BOB).closed),
        (Connection::Live, close::TOO_FAST)
    );
    stage.deafen(BOB);
    stage.command(BOB, Command::Wake);
    stage.wait(3_000);
    assert_eq!(stage.view(BOB).closed, 1006);
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

/// A hint is not answered, so that it alone would not show that the connection is dead.
#[test]
fn who_writes_into_silence_has_the_relay_asked() {
    let mut stage = Stage::room(2, 2);
    let before = commands(&stage, BOB, CommandKind::Puzzle).len();
    let asked = |stage: &Stage| commands(stage, BOB, CommandKind::Puzzle).len() - before;
    let hints = |stage: &Stage| commands(stage, BOB, CommandKind::Typing).len();
    let types = |stage: &mut Stage, pause| {
        stage.wait(pause);
        stage.command(BOB, Command::Typing);
    };
    types(&mut stage, 14_999);
    assert_eq!((hints(&stage), asked(&stage)), (1, 0));
    // Something was heard, though no answer.
    stage.command(ALICE, Command::Typing);
    types(&mut stage, 14_999);
    assert_eq!((hints(&stage), asked(&stage)), (2, 0));
    types(&mut stage, 3_000);
    assert_eq!((hints(&stage), asked(&stage)), (3, 1));
    // That was answered.
    types(&mut stage, 14_999);
    assert_eq!((hints(&stage), asked(&stage)), (4, 1));

    stage.mute(BOB);
    stage.deafen(BOB);
    let connects = stage.connects(BOB);
    types(&mut stage, 3_000);
    // One question is enough, however much is written.
    for _ in 0..4 {
        types(&mut stage, 3_000);
    }
    assert_eq!((hints(&stage), asked(&stage)), (9, 2));
    stage.wait(2_999);
    assert_eq!(stage.connects(BOB), connects);
    stage.unmute(BOB);
    stage.undeafen(BOB);
    stage.wait(1);
    assert_eq!(stage.connects(BOB), connects + 1);
    assert_eq!(stage.view(BOB).connection, Connection::Live);
    assert_eq!((stage.alarms(ALICE), stage.alarms(BOB)), (vec![], vec![]));
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
