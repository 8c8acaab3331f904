use sotto_protocol::{SeatState, close};

use super::*;

#[test]
fn only_a_free_seat_of_the_room_gets_a_token() {
    let mut play = Play::room(3, 2);
    for taken in [A, B, seat(3), seat(7)] {
        assert_eq!(
            play.in_vain(Some(A), invite(taken, Some(token(C)))),
            refused(Refusal::SeatTaken)
        );
        assert_eq!(
            play.in_vain(Some(A), invite(taken, None)),
            refused(Refusal::SeatTaken)
        );
    }
}

#[test]
fn a_token_is_told_to_all_when_it_comes_and_when_it_goes() {
    let mut play = Play::room(3, 2);
    let is = |state| Event::Seat { seat: C, state };
    let outcome = play.by(A, invite(C, Some(token(C))));
    assert_eq!(
        told(&outcome),
        [(A, &is(SeatState::Invited)), (B, &is(SeatState::Invited))]
    );
    // Another token, by another seat: the seat is what it was.
    assert_eq!(told(&play.by(B, invite(C, Some(token(B))))), []);
    let outcome = play.by(B, invite(C, None));
    assert_eq!(
        told(&outcome),
        [(A, &is(SeatState::Free)), (B, &is(SeatState::Free))]
    );
    assert_eq!(play.in_vain(Some(B), invite(C, None)), Reply::Done);
}

#[test]
fn a_token_lapses_a_day_later_rounded_up() {
    let mut play = Play::room(2, 1);
    play.done(A, invite(B, Some(token(B))));
    assert_eq!(play.is().invites.get(&B).unwrap().lapses_at, 501 * DAY + HOUR);
    assert_eq!(
        play.is().snapshot(A, play.now).seats.get(&B).unwrap().clone(),
        SeatState::Invited
    );
    play.now = 501 * DAY + HOUR;
    assert_eq!(
        play.is().snapshot(A, play.now).seats.get(&B).unwrap().clone(),
        SeatState::Free
    );
}

#[test]
fn a_sealed_invitation_lies_with_its_token_and_goes_with_it() {
    let mut play = Play::room(2, 1);
    let with = Command::Invite {
        seat: B,
        token: Some(token(B)),
        invitation: Some(invitation(5)),
    };
    play.done(A, with);
    let (key, sealed) = play.is().invites.get(&B).unwrap().invitation.clone().unwrap();
    assert_eq!(key, play.pepper.invitation_key(&InvitationId::new([5; 32])));
    assert_eq!(sealed, invitation(5).sealed);
    play.done(A, invite(B, Some(token(C))));
    assert_eq!(play.is().invites.get(&B).unwrap().invitation, None);
}

fn passcode(present: AccessKey, new: AccessKey, vault: u8) -> Command {
    Command::Passcode {
        present,
        access_key: new,
        vault: vec![vault; limits::VAULT],
    }
}

#[test]
fn a_passcode_is_changed_by_who_knows_it_and_closes_the_other_devices() {
    let mut play = Play::room(2, 2);
    let new = AccessKey::new([0x51; 32]);
    assert_eq!(
        play.in_vain(Some(A), passcode(key(B), new, 1)),
        Reply::WrongPasscode
    );
    let outcome = play.by(A, passcode(key(A), new, 1));
    assert_eq!(outcome.reply, Reply::Done);
    let proved = play.pepper.access_hash(&play.pepper.room_key(&HASH), A, &new);
    assert_eq!(
        outcome.effects,
        [
            Effect::Proved(proved),
            Effect::CloseSeat {
                seat: A,
                code: close::PASSCODE_CHANGED
            }
        ]
    );
    assert_eq!(play.is().held.get(&A).unwrap().vault, vec![1; limits::VAULT]);
    assert_eq!(play.in_vain(None, open_one(A, key(A))), refused(Refusal::Refused));
    assert!(matches!(
        play.in_vain(None, open_one(A, new)),
        Reply::Opened { seat: A, .. }
    ));

    // What another device had under way is not done; a retry of the change by the new key is.
    assert_eq!(
        play.in_vain(Some(A), invite(C, None)),
        Reply::Close(close::PASSCODE_CHANGED)
    );
    play.keys.insert(A, new);
    assert_eq!(play.in_vain(Some(A), passcode(key(A), new, 1)), Reply::Done);
    assert_eq!(
        play.in_vain(Some(A), passcode(key(A), new, 2)),
        Reply::WrongPasscode
    );
}

#[test]
fn who_leaves_takes_all_that_is_the_seats() {
    let mut play = Play::room(3, 3);
    play.sent(A, 1);
    let reply = answer(&play.letter(C, 2), &[(A, 1), (B, 2)]);
    play.done(C, reply);
    let hash = play.is().last;
    play.done(B, read(hash, &[(A, 3), (C, 4)]));
    play.done(A, read(hash, &[(B, 5), (C, 6)]));
    let outcome = play.by(B, Command::Vacate { proofs: None });

    assert_eq!(outcome.reply, Reply::Done);
    assert_eq!(
        outcome.effects[..2],
        [
            Effect::Release,
            Effect::CloseSeat {
                seat: B,
                code: close::VACATED
            }
        ]
    );
    let free = Event::Seat {
        seat: B,
        state: SeatState::Free,
    };
    assert_eq!(told(&outcome), [(A, &free), (C, &free)]);
    let standing = play.standing();
    assert!(standing.was_read);
    assert_eq!(standing.receipts.keys().collect::<Vec<_>>(), [&A]);
    assert_eq!(standing.receipts.get(&A).unwrap().proofs, proofs(&[(C, 6)]));
    assert_eq!(standing.answered, proofs(&[(A, 1)]));
    assert_eq!(standing.envelope.boxes[B.index()].len(), 0);
    assert!(!play.is().traces.contains_key(&B));
    assert_eq!(
        play.in_vain(Some(B), invite(C, None)),
        Reply::Close(close::VACATED)
    );
    assert_eq!(play.in_vain(None, open_one(B, key(B))), refused(Refusal::Refused));

    // Who comes to that seat next has no box in the message that stands.
    play.join(B);
    assert_eq!(play.is().snapshot(B, play.now).standing.unwrap().sealed, None);
}

#[test]
fn an_author_who_leaves_takes_the_message_read_or_not() {
    for was_read in [false, true] {
        let mut play = Play::room(3, 3);
        let hash = play.sent(B, 1);
        if was_read {
            play.done(A, read(hash, &[]));
        }
        let own = Command::Vacate {
            proofs: Some(proofs(&[(B, 1)])),
        };
        assert_eq!(play.in_vain(Some(B), own), refused(Refusal::Invalid));
        conflict(&play.in_vain(Some(B), Command::Vacate { proofs: None }));
        let outcome = play.by(
            B,
            Command::Vacate {
                proofs: Some(proofs(&[(A, 1), (C, 2)])),
            },
        );
        assert_eq!(outcome.reply, Reply::Done);
        let stub = |proof| {
            Event::Deleted(sotto_protocol::Stub {
                turn: 1,
                seat: B,
                message: hash,
                proof,
            })
        };
        assert_eq!(
            told(&outcome)[..2],
            [(A, &stub(Some(proof(1)))), (C, &stub(Some(proof(2))))]
        );
        assert_eq!((play.is().standing(), play.is().held.len()), (None, 2));
    }
}

#[test]
fn who_leaves_takes_the_proof_of_a_deletion_that_was_for_the_seat() {
    let mut play = Play::room(3, 3);
    let hash = play.sent(A, 1);
    play.done(A, delete(hash, &[(B, 1), (C, 2)]));
    play.done(B, Command::Vacate { proofs: None });
    play.join(B);
    let proof = |seat| play.is().snapshot(seat, play.now).stub.unwrap().proof;
    assert_eq!((proof(B), proof(C)), (None, Some(super::proof(2))));
}

#[test]
fn the_last_one_out_deletes_the_room() {
    let mut play = Play::room(2, 2);
    play.sent(B, 1);
    play.done(A, Command::Vacate { proofs: None });
    let outcome = play.by(B, Command::Vacate { proofs: None });
    assert_eq!((outcome.reply, outcome.change), (Reply::Done, Change::Remove));
    assert_eq!(
        outcome.effects,
        [
            Effect::Release,
            Effect::CloseSeat {
                seat: B,
                code: close::VACATED
            }
        ]
    );
}

#[test]
fn nothing_is_done_in_the_name_of_who_has_a_seat_next() {
    let mut play = Play::room(2, 2);
    let under_way = send(&play.letter(B, 1));
    play.done(B, Command::Vacate { proofs: None });
    play.done(A, invite(B, Some(token(C))));
    let mut other = claim(B, token(C));
    if let Command::Claim { take, .. } = &mut other {
        take.access_key = AccessKey::new([0x99; 32]);
    }
    assert!(matches!(play.stranger(other).reply, Reply::Opened { .. }));
    assert_eq!(
        play.in_vain(Some(B), under_way),
        Reply::Close(close::PASSCODE_CHANGED)
    );
}
