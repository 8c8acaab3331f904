use sotto_protocol::close;

use super::*;
use crate::room::{ended_by_time, invite_lapsed};

#[test]
fn an_end_is_only_ever_later_rounded_up_and_within_the_longest_life() {
    let mut play = Play::room(2, 2);
    let extend = |expires_at| Command::Extend { expires_at };
    let end = play.is().expires_at;
    for wrong in [0, play.now, end - HOUR, 530 * DAY + HOUR + 1] {
        assert_eq!(
            play.in_vain(Some(A), extend(wrong)),
            refused(Refusal::OutOfRange),
            "{wrong}"
        );
    }
    assert_eq!(play.in_vain(Some(A), extend(end)), Reply::Done);
    let outcome = play.by(A, extend(end + 1));
    assert_eq!(
        (outcome.reply.clone(), play.is().expires_at),
        (Reply::Done, end + HOUR)
    );
    let told = told(&outcome);
    assert_eq!(told.len(), 2);
    for (seat, event) in told {
        assert_eq!(event, &Event::Snapshot(play.is().snapshot(seat, play.now)));
    }
    assert!(
        outcome
            .effects
            .iter()
            .all(|effect| matches!(effect, Effect::Tell { cause_too: true, .. }))
    );
    assert_eq!(play.by(B, extend(530 * DAY + HOUR)).reply, Reply::Done);
}

#[test]
fn any_seat_ends_the_room_for_all_with_its_proofs() {
    let mut play = Play::room(3, 3);
    play.sent(A, 1);
    let own = Command::Expire {
        proofs: proofs(&[(B, 1)]),
    };
    assert_eq!(play.in_vain(Some(B), own), refused(Refusal::Invalid));
    let outcome = play.by(
        B,
        Command::Expire {
            proofs: proofs(&[(A, 1), (C, 2)]),
        },
    );
    assert_eq!(
        (outcome.reply.clone(), outcome.change.clone()),
        (Reply::Done, Change::Remove)
    );
    let event = |proof| Event::Expired { seat: Some(B), proof };
    assert_eq!(
        told(&outcome),
        [
            (A, &event(Some(proof(1)))),
            (B, &event(None)),
            (C, &event(Some(proof(2))))
        ]
    );
    assert_eq!(
        outcome.effects.last(),
        Some(&Effect::CloseRoom { code: close::ENDED })
    );
    let leave = Command::Vacate { proofs: None };
    assert_eq!(play.in_vain(Some(A), leave), Reply::Close(close::ENDED));
}

#[test]
fn a_room_is_over_from_its_end_on_whenever_it_is_purged() {
    let mut play = Play::room(2, 2);
    let expires_at = play.is().expires_at;
    play.now = expires_at - 1;
    play.done(A, Command::Extend { expires_at });
    play.now += 1;
    let outcome = play.by(A, Command::Extend { expires_at });
    assert_eq!(
        (outcome.reply, outcome.change),
        (Reply::Close(close::ENDED), Change::Remove)
    );
    assert_eq!(outcome.effects, ended_by_time());
}

#[test]
fn the_grain_and_the_lifetimes_are_settings() {
    let mut play = Play::nothing();
    play.rules = Rules {
        lifetimes: vec![2, 5],
        grain: 1,
        invite: 3,
    };
    assert!(matches!(play.stranger(create(2, 5)).reply, Reply::Opened { .. }));
    play.keys.insert(A, key(A));
    assert_eq!(play.is().expires_at, START + 5);
    play.done(A, invite(B, Some(token(B))));
    assert_eq!(play.is().invites.get(&B).unwrap().lapses_at, START + 3);
    assert_eq!(
        play.in_vain(
            Some(A),
            Command::Extend {
                expires_at: START + 6
            }
        ),
        refused(Refusal::OutOfRange)
    );
}

#[test]
fn what_time_does_is_told_to_all() {
    assert_eq!(
        ended_by_time(),
        [
            Effect::TellRoom(Event::Expired {
                seat: None,
                proof: None
            }),
            Effect::CloseRoom { code: close::ENDED }
        ]
    );
    let free = Event::Seat {
        seat: B,
        state: sotto_protocol::SeatState::Free,
    };
    assert_eq!(invite_lapsed(B), Effect::TellRoom(free));
}
