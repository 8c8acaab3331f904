//! Cards that are swapped, copied, hidden, or come back.

use super::*;

fn held(number: u8, card: Vec<u8>) -> ServerFrame {
    seat_is(number, SeatState::Held(card))
}

#[test]
fn swapped_cards() {
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    let words = stage.seen(ALICE).seats[1].words;
    let carols = card(&mut stage, 2);
    stage.tell(ALICE, &held(1, carols));
    assert_refused(&stage, ALICE, AlarmKind::BadCard, "one");
    assert_eq!(stage.seen(ALICE).seats[1].words, words);
}

#[test]
fn another_card_in_place_of_one() {
    // A card from an earlier room of the same phrase, or of one who knows the phrase.
    let mut stage = two();
    let words = stage.seen(ALICE).seats[1].words;
    stage.tell(ALICE, &held(1, Insider::newcomer(seat(1)).card()));
    assert_refused(&stage, ALICE, AlarmKind::CardReplaced, "one");
    assert_eq!(stage.seen(ALICE).seats[1].words, words);
}

#[test]
fn another_card_after_a_cut_is_not_sealed_to() {
    let mut stage = two();
    let words = stage.seen(ALICE).seats[1].words;
    let newcomer = Insider::newcomer(seat(1));
    stage.relay().replaces_card(seat(1), newcomer.card());
    stage.cut(ALICE, 1006);
    let shown = &stage.seen(ALICE).seats[1];
    assert_ne!(shown.words, words);
    assert!(shown.unconfirmed);
}

#[test]
fn my_own_card_changed() {
    let mut stage = two();
    stage.tell(BOB, &held(1, Insider::newcomer(seat(1)).card()));
    assert_refused(&stage, BOB, AlarmKind::OwnCardChanged, "one");
}

#[test]
fn a_copied_public_key() {
    let mut stage = Stage::room(2, 3);
    stage.sends(ALICE, "one");
    let copy = Insider::of(stage.relay(), seat(1), "passcode 1").copied_to(seat(2));
    stage.tell(ALICE, &held(2, copy.card()));
    assert_refused(&stage, ALICE, AlarmKind::EqualKeys, "one");
    assert_eq!(stage.seen(ALICE).seats[2].words, None);
    // Mine is no better.
    let mut stage = Stage::room(2, 3);
    stage.sends(ALICE, "one");
    let copy = Insider::of(stage.relay(), seat(0), "passcode 0").copied_to(seat(2));
    stage.tell(ALICE, &held(2, copy.card()));
    assert_refused(&stage, ALICE, AlarmKind::EqualKeys, "one");
}

#[test]
fn a_seat_too_many() {
    let mut stage = two();
    stage.tell(ALICE, &held(4, Insider::newcomer(seat(4)).card()));
    assert_refused(&stage, ALICE, AlarmKind::SeatOutOfPlace, "one");
    assert_eq!(stage.seen(ALICE).seats.len(), 2);
    let mut stage = two();
    let mut snapshot = stage.relay().room().unwrap().snapshot(seat(0), 0);
    snapshot.size = 3;
    snapshot
        .seats
        .insert(seat(2), SeatState::Held(Insider::newcomer(seat(2)).card()));
    stage.tell(ALICE, &ServerFrame::Event(Event::Snapshot(snapshot)));
    assert_refused(&stage, ALICE, AlarmKind::SeatOutOfPlace, "one");
    assert_eq!(stage.seen(ALICE).seats.len(), 2);
}

#[test]
fn a_hidden_seat() {
    let mut stage = Stage::room(3, 3);
    stage.sends(ALICE, "one");
    let mut snapshot = stage.relay().room().unwrap().snapshot(seat(0), 0);
    snapshot.seats.remove(&seat(2));
    stage.tell(ALICE, &ServerFrame::Event(Event::Snapshot(snapshot)));
    assert_refused(&stage, ALICE, AlarmKind::SeatOutOfPlace, "one");
    assert_eq!(stage.seen(ALICE).seats.len(), 3);
}

#[test]
fn a_seat_hidden_from_one_shows_as_an_unknown_reader() {
    let mut stage = Stage::room(3, 3);
    // Alice never hears that Carol has the seat, and Bob writes to both.
    stage.tell(ALICE, &seat_is(2, SeatState::Free));
    stage.sends(BOB, "one");
    let shown = stage.seen(ALICE).message.clone().unwrap();
    assert_eq!(
        (shown.text.as_deref(), shown.unknown_readers),
        (Some("one"), vec![2])
    );
}

#[test]
fn a_card_that_had_left_comes_back() {
    let mut stage = two();
    let bobs = card(&mut stage, 1);
    stage.tell(ALICE, &seat_is(1, SeatState::Free));
    assert_eq!(stage.alarms(ALICE), []);
    stage.tell(ALICE, &held(1, bobs));
    assert_refused(&stage, ALICE, AlarmKind::CardReturned, "one");
    assert!(stage.seen(ALICE).seats[1].unconfirmed);
    // Nothing is sealed to it until Alice confirms it.
    stage.command(ALICE, sotto_client::Command::Delete);
    stage.sends(ALICE, "not for Bob");
    assert_eq!(stage.text(ALICE), Some("not for Bob"));
    assert_eq!(stage.seen(ALICE).message.as_ref().unwrap().missing_readers, [1]);
    assert_eq!(stage.seen(BOB).message.as_ref().unwrap().text, None);
    stage.command(ALICE, sotto_client::Command::Confirm { seat: seat(1) });
    assert!(!stage.seen(ALICE).seats[1].unconfirmed);
    stage.command(
        ALICE,
        sotto_client::Command::Edit {
            text: sotto_tests::hostile::typed("for Bob too"),
        },
    );
    assert_eq!(stage.text(BOB), Some("for Bob too"));
}

#[test]
fn a_card_that_had_left_comes_back_after_a_lock() {
    let mut stage = two();
    let bobs = card(&mut stage, 1);
    stage.tell(ALICE, &seat_is(1, SeatState::Free));
    let locked = stage.lock(ALICE, "");
    let again = stage.resume(&locked, "passcode 0");
    assert_eq!(stage.alarms(again), [AlarmKind::CardReturned]);
    assert!(stage.seen(again).seats[1].unconfirmed);
    drop(bobs);
}

#[test]
fn a_seat_claimed_between_seal_and_commit() {
    let mut stage = Stage::room(2, 3);
    stage.deafen(ALICE);
    stage.tell(ALICE, &ServerFrame::Event(Event::Typing(seat(1))));
    let code = {
        stage.undeafen(ALICE);
        let code = stage.invite(ALICE, 2);
        stage.deafen(ALICE);
        code
    };
    let carol = stage.tab();
    stage.command(
        carol,
        sotto_client::Command::Join {
            phrase: sotto_tests::hostile::typed(sotto_tests::hostile::PHRASE),
            passcode: sotto_tests::hostile::typed("passcode 2"),
            code: sotto_tests::hostile::typed(&code),
            nickname: sotto_tests::hostile::typed(""),
        },
    );
    stage.undeafen(ALICE);
    // Alice does not know of Carol: the relay refuses, and her draft stays.
    stage.sends(ALICE, "one");
    assert_eq!(stage.outcome(ALICE), Some(OutcomeKind::Conflict));
    assert_eq!(stage.text(BOB), None);
    assert_eq!(stage.alarms(ALICE), []);
    // The conflict told her; the next try reaches Carol too.
    stage.sends(ALICE, "one");
    assert_eq!((stage.text(BOB), stage.text(carol)), (Some("one"), Some("one")));
}

/// Alice is answered that a code is out only after the seat that it is for was taken.
#[test]
fn a_late_answer_frees_no_seat() {
    let mut stage = Stage::room(2, 3);
    stage.sends(ALICE, "one");
    stage.deafen_at(ALICE, sotto_protocol::CommandKind::Invite);
    stage.command(
        ALICE,
        sotto_client::Command::Invite {
            seat: seat(2),
            with_link: false,
        },
    );
    let done = stage
        .meant_for(ALICE)
        .into_iter()
        .rfind(|frame| matches!(frame, ServerFrame::Answer { .. }))
        .unwrap();
    stage.undeafen(ALICE);
    let taken = Insider::newcomer(seat(2)).card();
    stage.tell(ALICE, &held(2, taken));
    stage.tell(ALICE, &done);
    assert_eq!(stage.alarms(ALICE), []);
    assert_eq!(
        stage.seen(ALICE).seats[2].state,
        sotto_client::view::SeatKind::Held
    );
}
