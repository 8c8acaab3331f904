//! Receipts that are proven and say nothing, or less than they seem to.

use sotto_client::Command;
use sotto_protocol::MessageHash;
use sotto_tests::hostile::typed;

use super::*;

fn read(by: u8, message: MessageHash, proof: Option<Proof>) -> ServerFrame {
    let seat = seat(by);
    ServerFrame::Event(Event::Read { seat, message, proof })
}

/// What the holder of a seat proves to that of another.
fn proof(stage: &mut Stage, by: u8, message: &MessageHash, to: u8) -> Proof {
    let insider = Insider::of(stage.relay(), seat(by), &format!("passcode {by}"));
    insider.prove(ProofKind::Read, message, seat(to), &card(stage, to))
}

/// Who read the message on a tab's screen: this revision, and an earlier one only.
fn readers(stage: &Stage, who: usize) -> (Vec<u8>, Vec<u8>) {
    let shown = stage.seen(who).message.clone().unwrap();
    (shown.read_by, shown.read_earlier_by)
}

#[test]
fn an_author_reads_nothing() {
    let mut stage = two();
    let last = stage.relay().room().unwrap().last;
    let alices = proof(&mut stage, 0, &last, 1);
    stage.tell(BOB, &read(0, last, Some(alices)));
    assert_refused(&stage, BOB, AlarmKind::FalseReceipt, "one");
    assert_eq!(readers(&stage, BOB), (vec![], vec![]));
    // Nor do I at another device, whatever the relay says: the message can still be edited.
    stage.tell(ALICE, &read(0, last, None));
    assert_eq!(readers(&stage, ALICE), (vec![], vec![]));
    assert!(stage.seen(ALICE).can_edit);
}

#[test]
fn a_receipt_of_this_revision_says_more_than_one_of_an_earlier() {
    for earlier_first in [true, false] {
        let mut stage = two();
        let first = stage.relay().room().unwrap().last;
        let text = typed("one, edited");
        stage.command(ALICE, Command::Edit { text });
        let edited = stage.relay().room().unwrap().last;
        let earlier = read(1, first, Some(proof(&mut stage, 1, &first, 0)));
        let this = read(1, edited, Some(proof(&mut stage, 1, &edited, 0)));
        let order = if earlier_first {
            [&earlier, &this]
        } else {
            [&this, &earlier]
        };
        for receipt in order {
            stage.tell(ALICE, receipt);
        }
        assert_eq!(
            readers(&stage, ALICE),
            (vec![1], vec![]),
            "earlier first: {earlier_first}"
        );
        assert_eq!(stage.alarms(ALICE), []);
    }
}

/// The relay can say of others that they send no receipts, as it can invent that they write. It is a word beside the
/// message: it changes nothing of what I send, and a receipt that is proven is one.
#[test]
fn habits_that_the_relay_invents_are_a_word_about_others() {
    let mut stage = two();
    let quiet = sotto_protocol::Habits {
        receipts: false,
        typing: false,
    };
    for told in [0, 1, 5] {
        let (seat, habits) = (seat(told), quiet);
        stage.tell(BOB, &ServerFrame::Event(Event::Habits { seat, habits }));
        stage.tell(ALICE, &ServerFrame::Event(Event::Habits { seat, habits }));
    }
    assert!(stage.seen(BOB).seats[1].receipts && stage.seen(ALICE).seats[0].receipts);
    assert!(!stage.seen(ALICE).seats[1].receipts);
    stage.reads(BOB);
    assert_eq!(readers(&stage, ALICE), (vec![1], vec![]));
    assert_calm(&stage);
}

/// Bob writes and edits at his tablet while his tab hears nothing: the tab knows the message that was answered and the
/// last revision, and not the first.
fn without_the_first_revision() -> (Stage, MessageHash, MessageHash) {
    let mut stage = two();
    let answered = stage.relay().room().unwrap().last;
    let tablet = stage.open("passcode 1");
    stage.deafen(BOB);
    stage.sends(tablet, "two");
    let first = stage.relay().room().unwrap().last;
    let text = typed("two, edited");
    stage.command(tablet, Command::Edit { text });
    stage.undeafen(BOB);
    stage.cut(BOB, 1006);
    assert_eq!(stage.text(BOB), Some("two, edited"));
    assert_calm(&stage);
    (stage, answered, first)
}

#[test]
fn a_receipt_of_a_revision_that_was_not_shown_is_no_lie() {
    let (mut stage, _, first) = without_the_first_revision();
    let alices = proof(&mut stage, 0, &first, 1);
    stage.tell(BOB, &read(0, first, Some(alices)));
    assert_calm(&stage);
    assert_eq!(readers(&stage, BOB), (vec![], vec![]));
}

#[test]
fn a_receipt_of_the_message_before_is_one_though_a_revision_was_missed() {
    let (mut stage, answered, _) = without_the_first_revision();
    let alices = proof(&mut stage, 0, &answered, 1);
    stage.tell(BOB, &read(0, answered, Some(alices)));
    assert_refused(&stage, BOB, AlarmKind::FalseReceipt, "two, edited");
}
