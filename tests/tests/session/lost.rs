//! Answers that are lost, and what was on its way when the tab was locked: found again, or sent again with the same bytes.

use sotto_client::Command;
use sotto_client::view::{Connection, Ending, Failure, OutcomeKind, Stage as Page};
use sotto_protocol::CommandKind;
use sotto_tests::hostile::{PHRASE, Stage, typed};

use crate::{ALICE, BOB, commands};

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
