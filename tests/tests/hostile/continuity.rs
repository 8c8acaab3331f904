//! What a tab remembers of the keys that it saw at each seat.

use sotto_client::Command;

use super::*;

/// The relay has another card for Bob, and Alice comes back.
fn replaces_bobs_card(stage: &mut Stage, card: Vec<u8>) {
    stage.relay().replaces_card(seat(1), card);
    stage.cut(ALICE, 1006);
    // A second connection is made after half a second.
    stage.wait(1_000);
}

fn bob_is_unconfirmed(stage: &Stage, who: usize) -> bool {
    stage.seen(who).seats.get(1).unwrap().unconfirmed
}

#[test]
fn the_same_keys_on_a_new_card_are_the_same_person() {
    let mut stage = two();
    let words = stage.seen(ALICE).seats[1].words;
    let again = Insider::of(stage.relay(), seat(1), "passcode 1").card();
    replaces_bobs_card(&mut stage, again);
    assert_eq!(stage.alarms(ALICE), []);
    assert_eq!(stage.seen(ALICE).seats[1].words, words);
    assert!(!bob_is_unconfirmed(&stage, ALICE));
}

#[test]
fn keys_that_were_replaced_and_come_back() {
    let mut stage = two();
    let bobs = card(&mut stage, 1);
    replaces_bobs_card(&mut stage, Insider::newcomer(seat(1)).card());
    assert_eq!(stage.alarms(ALICE), []);
    replaces_bobs_card(&mut stage, bobs);
    assert_eq!(stage.alarms(ALICE), [AlarmKind::CardReturned]);
    assert!(bob_is_unconfirmed(&stage, ALICE));
}

#[test]
fn a_lock_forgets_neither_trust_nor_distrust() {
    let mut stage = two();
    let locked = stage.lock(ALICE, "");
    let again = stage.resume(&locked, "passcode 0");
    assert!(!bob_is_unconfirmed(&stage, again), "as before");
    let mut stage = two();
    replaces_bobs_card(&mut stage, Insider::newcomer(seat(1)).card());
    assert!(bob_is_unconfirmed(&stage, ALICE));
    let locked = stage.lock(ALICE, "");
    let again = stage.resume(&locked, "passcode 0");
    assert!(bob_is_unconfirmed(&stage, again), "nor is it forgotten");
}

#[test]
fn what_was_confirmed_stays_so_after_a_lock() {
    let mut stage = two();
    let bobs = card(&mut stage, 1);
    stage.tell(ALICE, &seat_is(1, SeatState::Free));
    stage.tell(ALICE, &seat_is(1, SeatState::Held(bobs)));
    assert!(bob_is_unconfirmed(&stage, ALICE));
    stage.command(ALICE, Command::Confirm { seat: seat(1) });
    let locked = stage.lock(ALICE, "");
    let again = stage.resume(&locked, "passcode 0");
    assert_eq!(stage.alarms(again), []);
    assert!(!bob_is_unconfirmed(&stage, again));
}

#[test]
fn a_card_that_was_refused_cannot_be_confirmed_nor_write() {
    let mut stage = Stage::room(2, 3);
    stage.sends(ALICE, "one");
    let copy = Insider::of(stage.relay(), seat(1), "passcode 1").copied_to(seat(2));
    let copied = copy.card();
    stage.tell(ALICE, &seat_is(2, SeatState::Held(copied.clone())));
    stage.command(ALICE, Command::Confirm { seat: seat(2) });
    assert_refused(&stage, ALICE, AlarmKind::EqualKeys, "one");
    assert!(stage.seen(ALICE).seats[2].unconfirmed);
    let last = stage.relay().room().unwrap().last;
    let alices = card(&mut stage, 0);
    let sealed = copy.seal(2, last, "two", &copied, &[(seat(0), &alices)]);
    stage.tell(ALICE, &message(standing(&sealed, seat(0))));
    assert_eq!(
        stage.alarms(ALICE),
        [AlarmKind::EqualKeys, AlarmKind::WrongAuthor]
    );
    assert_eq!(stage.text(ALICE), Some("one"));
}

#[test]
fn my_own_seat_is_not_anybodys() {
    for given_up in [SeatState::Free, SeatState::Invited] {
        let mut stage = two();
        stage.tell(BOB, &seat_is(1, given_up));
        assert_refused(&stage, BOB, AlarmKind::OwnCardChanged, "one");
    }
}

#[test]
fn a_room_keeps_its_size() {
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    let mut snapshot = stage.relay().room().unwrap().snapshot(seat(0), 0);
    snapshot.size = 2;
    snapshot.seats.remove(&seat(2));
    stage.tell(ALICE, &ServerFrame::Event(Event::Snapshot(snapshot)));
    assert_refused(&stage, ALICE, AlarmKind::SeatOutOfPlace, "one");
    assert_eq!(stage.seen(ALICE).seats.len(), 3);
}
