use super::*;
use crate::room::{Keyhole, ended_by_time};

#[test]
fn a_room_is_created_with_its_first_seat_taken_and_its_end_rounded_up() {
    let mut play = Play::nothing();
    let outcome = play.stranger(create(3, DAY));
    let Reply::Opened {
        seat,
        vault,
        snapshot,
        ..
    } = outcome.reply
    else {
        panic!()
    };
    assert_eq!((seat, vault), (A, take(A).vault));
    assert_eq!(
        (snapshot.size, snapshot.turn, snapshot.last),
        (3, 0, MessageHash::NONE)
    );
    assert_eq!(snapshot.expires_at, 500 * DAY + HOUR + DAY);
    assert_eq!(outcome.effects, []);
}

#[test]
fn a_room_that_is_there_is_not_created_again() {
    let mut play = Play::room(2, 1);
    let mut other = create(2, 7 * DAY);
    if let Command::Create(create) = &mut other {
        create.take.access_key = AccessKey::new([0x99; 32]);
    }
    assert_eq!(play.in_vain(None, other), refused(Refusal::Refused));
}

#[test]
fn a_lifetime_that_is_not_offered_says_nothing_about_the_room() {
    for mut play in [Play::nothing(), Play::room(2, 2)] {
        assert_eq!(
            play.in_vain(None, create(2, 7 * DAY + 1)),
            refused(Refusal::Invalid)
        );
    }
}

#[test]
fn a_token_claims_its_own_free_seat_once() {
    let mut play = Play::room(4, 2);
    assert_eq!(play.by(A, invite(C, Some(token(C)))).reply, Reply::Done);
    for (free, shown) in [
        (seat(3), token(C)),
        (C, token(B)),
        (B, token(C)),
        (B, token(B)),
        (seat(7), token(C)),
    ] {
        let mut other = claim(free, shown);
        if let Command::Claim { take, .. } = &mut other {
            take.access_key = AccessKey::new([0x99; 32]);
        }
        assert_eq!(play.in_vain(None, other), refused(Refusal::Refused));
    }
    let outcome = play.stranger(claim(C, token(C)));
    let Reply::Opened { seat, vault, .. } = &outcome.reply else {
        panic!()
    };
    assert_eq!((*seat, vault), (C, &take(C).vault));
    assert_eq!(play.is().invites.len(), 0);
    let is = Event::Seat {
        seat: C,
        state: sotto_protocol::SeatState::Held(take(C).card),
    };
    assert_eq!(told(&outcome), [(A, &is), (B, &is), (C, &is)]);
}

#[test]
fn a_token_lapses() {
    let mut play = Play::room(2, 1);
    play.done(A, invite(B, Some(token(B))));
    play.now = 501 * DAY + HOUR - 1;
    play.opened(claim(B, token(B)));

    let mut play = Play::room(2, 1);
    play.done(A, invite(B, Some(token(B))));
    play.now = 501 * DAY + HOUR;
    assert_eq!(play.in_vain(None, claim(B, token(B))), refused(Refusal::Refused));
}

#[test]
fn a_replaced_or_withdrawn_token_claims_nothing() {
    let mut play = Play::room(2, 1);
    play.done(A, invite(B, Some(token(B))));
    play.done(A, invite(B, Some(token(C))));
    assert_eq!(play.in_vain(None, claim(B, token(B))), refused(Refusal::Refused));
    play.done(A, invite(B, None));
    assert_eq!(play.in_vain(None, claim(B, token(C))), refused(Refusal::Refused));
}

#[test]
fn a_key_opens_its_own_seat_only() {
    let mut play = Play::room(3, 2);
    for seat in [A, B] {
        let Reply::Opened {
            seat: opened, vault, ..
        } = play.in_vain(None, open_one(seat, key(seat)))
        else {
            panic!()
        };
        assert_eq!((opened, vault), (seat, take(seat).vault));
        assert!(matches!(
            play.in_vain(None, reopen(seat, key(seat))),
            Reply::Opened { .. }
        ));
    }
    for (seat, wrong) in [(A, key(B)), (B, key(A)), (C, key(A)), (C, key(C))] {
        assert_eq!(
            play.in_vain(None, open_one(seat, wrong)),
            refused(Refusal::Refused)
        );
        assert_eq!(play.in_vain(None, reopen(seat, wrong)), refused(Refusal::Refused));
    }
}

#[test]
fn keys_that_open_several_seats_open_none_yet() {
    let mut play = Play::room(3, 3);
    let mut keys = [AccessKey::new([0xee; 32]); 8];
    keys[A.index()] = key(A);
    keys[C.index()] = key(C);
    assert_eq!(
        play.in_vain(None, open(keys)),
        Reply::Several(Seats::NONE.with(A).with(C))
    );
}

#[test]
fn an_absent_a_full_and_an_ended_room_refuse_alike() {
    let mut over = Play::room(2, 2);
    over.now += 8 * DAY;
    let mut taken = create(2, 7 * DAY);
    if let Command::Create(create) = &mut taken {
        create.take.access_key = AccessKey::new([0x99; 32]);
    }
    for command in [
        open_one(A, key(C)),
        reopen(A, key(C)),
        claim(B, token(C)),
        claim(C, token(C)),
    ] {
        let mut stranger = command;
        if let Command::Claim { take, .. } = &mut stranger {
            take.access_key = AccessKey::new([0x99; 32]);
        }
        for play in [
            &mut Play::nothing(),
            &mut Play::room(2, 2),
            &mut Play::room(2, 1),
            &mut over,
        ] {
            assert_eq!(play.in_vain(None, stranger.clone()), refused(Refusal::Refused));
        }
    }
    for play in [&mut Play::room(2, 2), &mut Play::room(2, 1)] {
        assert_eq!(play.in_vain(None, taken.clone()), refused(Refusal::Refused));
    }
    assert_eq!(over.in_vain(None, open_one(A, key(A))), refused(Refusal::Refused));
}

#[test]
fn an_ended_room_makes_way_for_a_new_one() {
    let mut play = Play::room(2, 2);
    play.sent(A, 1);
    play.now += 8 * DAY;
    let outcome = play.stranger(create(2, HOUR));
    assert!(matches!(outcome.reply, Reply::Opened { .. }));
    assert_eq!(outcome.effects, ended_by_time());
    assert_eq!(
        (play.is().turn, play.is().held.len(), &play.is().message),
        (0, 1, &None)
    );
}

#[test]
fn a_keyhole_shows_who_is_held_and_who_is_invited() {
    let mut play = Play::room(3, 2);
    play.done(A, invite(C, Some(token(C))));
    let keyhole = Keyhole::of(play.is(), play.now);
    let locks: Vec<_> = keyhole
        .locks
        .iter()
        .map(|lock| (lock.access.is_some(), lock.token.is_some()))
        .collect();
    assert_eq!(
        locks[..4],
        [(true, false), (true, false), (false, true), (false, false)]
    );
    play.now += 2 * DAY;
    assert_eq!(Keyhole::of(play.is(), play.now).locks[2].token, None);
}
