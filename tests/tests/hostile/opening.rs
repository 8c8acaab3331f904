//! The first word of a room to a fresh tab, which remembers nothing that it could be held against.

use sotto_client::Command;
use sotto_client::view::Failure;
use sotto_protocol::{Answer, CommandKind, Snapshot};
use sotto_tests::hostile::{PHRASE, typed};

use super::*;

/// Opens Bob's seat in a fresh tab; the relay alters what it is shown first.
fn shown_first(alter: impl FnOnce(&mut Snapshot)) -> (Stage, usize) {
    shown_to("passcode 1", alter)
}

fn shown_to(passcode: &str, alter: impl FnOnce(&mut Snapshot)) -> (Stage, usize) {
    let mut stage = two();
    let fresh = stage.tab();
    stage.deafen_at(fresh, CommandKind::Open);
    let (phrase, passcode) = (typed(PHRASE), typed(passcode));
    stage.command(fresh, Command::Open { phrase, passcode });
    let mut frames = stage.meant_for(fresh).into_iter();
    let opened = frames.find_map(|frame| match frame {
        ServerFrame::Answer {
            reference,
            answer: Answer::Opened(opened),
        } => Some((reference, opened)),
        _ => None,
    });
    let (reference, mut opened) = opened.unwrap();
    alter(&mut opened.snapshot);
    let answer = Answer::Opened(opened);
    stage.tell(fresh, &ServerFrame::Answer { reference, answer });
    (stage, fresh)
}

fn is_refused((stage, fresh): &(Stage, usize)) -> bool {
    stage.view(*fresh).room.is_none() && stage.view(*fresh).failure == Some(Failure::Dishonest)
}

#[test]
fn what_is_not_altered_is_taken() {
    let (stage, fresh) = shown_first(|_| {});
    assert_eq!(stage.text(fresh), Some("one"));
    assert_eq!(stage.alarms(fresh), []);
}

#[test]
fn a_card_of_mine_with_keys_that_are_not() {
    let other = SeatState::Held(Insider::newcomer(seat(1)).card());
    assert!(is_refused(&shown_first(|snapshot| {
        snapshot.seats.insert(seat(1), other);
    })));
}

#[test]
fn seats_that_no_room_has() {
    assert!(
        is_refused(&shown_first(|snapshot| snapshot.size = 3)),
        "one is missing"
    );
    assert!(
        is_refused(&shown_first(|snapshot| {
            snapshot.seats.insert(seat(2), SeatState::Free);
        })),
        "one is too many"
    );
    // Alice's seat alone: a room for one.
    let alone = shown_to("passcode 0", |snapshot| {
        snapshot.size = 1;
        snapshot.seats.remove(&seat(1));
    });
    assert!(is_refused(&alone));
}
