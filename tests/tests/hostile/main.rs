//! A relay that does what none should. Each case: the session refuses with a named alarm, and what was on screen stays.
//!
//! Seat 0 is tab 0 ("Alice"), seat 1 is tab 1 ("Bob"), seat 2 is tab 2 ("Carol").

#![expect(clippy::unwrap_used, reason = "a test's own scaffolding: it fails the test")]

mod cards;
mod continuity;
mod deletions;
mod latecomers;
mod messages;
mod opening;
mod proofs;
mod receipts;

use sotto_client::view::{AlarmKind, Ending, OutcomeKind, Stage as Page};
use sotto_crypto::ProofKind;
use sotto_protocol::{Event, Proof, Seat, SeatState, ServerFrame, Standing, hash};
use sotto_tests::hostile::{Insider, Stage, room, standing};

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

fn seat(number: u8) -> Seat {
    Seat::new(number).unwrap()
}

/// Two people; Alice has written "one", which Bob has on screen.
fn two() -> Stage {
    let mut stage = Stage::room(2, 2);
    stage.sends(ALICE, "one");
    assert_eq!(stage.text(BOB), Some("one"));
    assert_calm(&stage);
    stage
}

/// Two people who have written "one", "two" and "three".
fn three_turns() -> Stage {
    let mut stage = two();
    stage.sends(BOB, "two");
    stage.sends(ALICE, "three");
    assert_eq!(stage.text(BOB), Some("three"));
    assert_calm(&stage);
    stage
}

/// Nobody has an alarm: the same session that refuses below accepts what is honest.
fn assert_calm(stage: &Stage) {
    assert_eq!(stage.alarms(ALICE), []);
    assert_eq!(stage.alarms(BOB), []);
}

/// Exactly this alarm, and this text still on screen.
fn assert_refused(stage: &Stage, who: usize, alarm: AlarmKind, text: &str) {
    assert_eq!(stage.alarms(who), [alarm]);
    assert_eq!(stage.text(who), Some(text));
}

/// The messages that the honest relay showed a tab, oldest first.
fn standings(stage: &Stage, who: usize) -> Vec<Standing> {
    let frames = stage.meant_for(who).into_iter();
    frames
        .filter_map(|frame| match frame {
            ServerFrame::Event(Event::Message(standing) | Event::Edited(standing)) => Some(standing),
            _ => None,
        })
        .collect()
}

fn message(standing: Standing) -> ServerFrame {
    ServerFrame::Event(Event::Message(standing))
}

fn seat_is(number: u8, state: SeatState) -> ServerFrame {
    let seat = seat(number);
    ServerFrame::Event(Event::Seat { seat, state })
}

fn card(stage: &mut Stage, number: u8) -> Vec<u8> {
    stage
        .relay()
        .room()
        .unwrap()
        .held
        .get(&seat(number))
        .unwrap()
        .card
        .clone()
}
