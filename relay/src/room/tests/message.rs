use super::*;

#[test]
fn a_reply_replaces_the_message() {
    let mut play = Play::room(2, 2);
    let first = play.sent(A, 1);
    let second = play.sent(B, 2);
    assert_eq!(
        (play.is().turn, play.is().last, play.standing().author),
        (2, second, B)
    );
    assert_eq!(play.standing().prev, first);
}

#[test]
fn each_seat_is_told_of_a_message_with_its_own_box() {
    let mut play = Play::room(3, 3);
    let outcome = play.sends(B, 1);
    let boxes: Vec<_> = shown(&outcome)
        .into_iter()
        .map(|(seat, edited, standing)| (seat, edited, standing.sealed.unwrap().key_box[0]))
        .collect();
    assert_eq!(boxes, [(A, false, 1), (B, false, 2), (C, false, 3)]);
}

#[test]
fn nobody_writes_twice_in_a_row() {
    let mut play = Play::room(2, 2);
    play.sent(A, 1);
    let again = send(&play.letter(A, 2));
    assert_eq!(play.in_vain(Some(A), again), refused(Refusal::NotYourTurn));
}

#[test]
fn after_a_delete_its_author_may_write_again() {
    let mut play = Play::room(2, 2);
    let hash = play.sent(A, 1);
    play.done(A, delete(hash, &[(B, 1)]));
    play.sent(A, 2);
    assert_eq!(play.is().turn, 2);
}

#[test]
fn of_two_sends_for_one_turn_the_second_gets_the_room_as_it_is() {
    let mut play = Play::room(3, 3);
    let (first, second) = (play.letter(A, 1), play.letter(B, 2));
    play.done(A, send(&first));
    let reply = play.in_vain(Some(B), send(&second));
    let snapshot = conflict(&reply);
    assert_eq!((snapshot.turn, snapshot.last), (1, play.is().last));
    assert_eq!(
        snapshot
            .standing
            .as_ref()
            .unwrap()
            .sealed
            .as_ref()
            .unwrap()
            .key_box[0],
        2
    );
    // Two devices of one seat: the same.
    let other = play.letter(A, 3);
    let stale = Header {
        turn: 1,
        prev: MessageHash::NONE,
        ..other
    };
    conflict(&play.in_vain(Some(A), send(&stale)));
}

#[test]
fn turn_and_prev_must_fit() {
    let mut play = Play::room(2, 2);
    play.sent(A, 1);
    for header in [
        Header {
            turn: 1,
            ..play.letter(B, 2)
        },
        Header {
            turn: 3,
            ..play.letter(B, 2)
        },
        Header {
            prev: MessageHash::NONE,
            ..play.letter(B, 2)
        },
    ] {
        conflict(&play.in_vain(Some(B), send(&header)));
    }
}

#[test]
fn a_message_is_sealed_to_each_held_seat_or_says_whom_it_leaves_out() {
    let mut play = Play::room(3, 3);
    let whole = play.letter(A, 1);
    let mut fewer = whole.clone();
    fewer.seats.remove(&C);
    let mut more = whole.clone();
    more.seats.insert(seat(3), hash::card_hash(&take(seat(3)).card));
    let mut other_card = whole.clone();
    other_card.seats.insert(B, hash::card_hash(b"another"));
    for header in [&fewer, &more, &other_card] {
        conflict(&play.in_vain(Some(A), send(header)));
    }
    let knowingly = |header: &Header, without: Seats| Command::Send {
        envelope: envelope(header),
        without,
        read: None,
    };
    // Left out and sealed to at once; left out though nobody's.
    conflict(&play.in_vain(Some(A), knowingly(&whole, Seats::NONE.with(C))));
    conflict(&play.in_vain(Some(A), knowingly(&fewer, Seats::NONE.with(C).with(seat(3)))));
    play.done(A, knowingly(&fewer, Seats::NONE.with(C)));
}

#[test]
fn a_seat_that_is_claimed_between_seal_and_commit_gives_a_conflict() {
    let mut play = Play::room(3, 2);
    let before = play.letter(A, 1);
    play.join(C);
    let reply = play.in_vain(Some(A), send(&before));
    assert_eq!(
        conflict(&reply).seats.get(&C).unwrap().clone(),
        sotto_protocol::SeatState::Held(take(C).card)
    );

    play.sent(A, 2);
    let before = play.revision(2);
    play.join_again(C);
    conflict(&play.in_vain(Some(A), edit(&before)));
}

impl Play {
    /// The seat changes hands.
    fn join_again(&mut self, seat: Seat) {
        assert_eq!(self.by(seat, Command::Vacate { proofs: None }).reply, Reply::Done);
        let mut other = claim(seat, Token::new([0x77; 32]));
        if let Command::Claim { take, .. } = &mut other {
            take.card = vec![0x77; limits::CARD];
        }
        let _ = self.by(A, invite(seat, Some(Token::new([0x77; 32]))));
        assert!(matches!(self.stranger(other).reply, Reply::Opened { .. }));
    }
}

#[test]
fn an_author_is_the_seat_of_the_connection() {
    let mut play = Play::room(2, 2);
    let forged = play.letter(A, 1);
    assert_eq!(play.in_vain(Some(B), send(&forged)), refused(Refusal::Invalid));
    play.sent(A, 1);
    let forged = play.revision(2);
    assert_eq!(play.in_vain(Some(B), edit(&forged)), refused(Refusal::Invalid));
    let claimed = Header { seat: B, ..forged };
    assert_eq!(play.in_vain(Some(B), edit(&claimed)), refused(Refusal::NotAuthor));
    let hash = play.is().last;
    assert_eq!(
        play.in_vain(Some(B), delete(hash, &[])),
        refused(Refusal::NotAuthor)
    );
}

#[test]
fn an_edit_is_the_next_revision_of_what_stands() {
    let mut play = Play::room(2, 2);
    let first = play.sent(A, 1);
    let next = play.revision(2);
    let outcome = play.by(A, edit(&next));
    assert_eq!(outcome.reply, Reply::Done);
    let seats: Vec<_> = shown(&outcome)
        .into_iter()
        .map(|(seat, edited, _)| (seat, edited))
        .collect();
    assert_eq!(seats, [(A, true), (B, true)]);
    assert_eq!(
        (play.is().turn, play.standing().rev, &play.standing().earlier),
        (1, 1, &vec![first])
    );
    assert_ne!(play.is().last, first);

    let next = play.revision(3);
    // Another device was faster; a revision is skipped; another message.
    conflict(&play.in_vain(
        Some(A),
        edit(&Header {
            rev: 1,
            ..next.clone()
        }),
    ));
    conflict(&play.in_vain(
        Some(A),
        edit(&Header {
            rev: 3,
            ..next.clone()
        }),
    ));
    conflict(&play.in_vain(
        Some(A),
        edit(&Header {
            id: MessageId::new([9; 16]),
            ..next.clone()
        }),
    ));
    // The id of this message for another turn, or for another answer.
    assert_eq!(
        play.in_vain(
            Some(A),
            edit(&Header {
                turn: 2,
                ..next.clone()
            })
        ),
        refused(Refusal::Reused)
    );
    assert_eq!(
        play.in_vain(
            Some(A),
            edit(&Header {
                prev: MessageHash::new([8; 32]),
                ..next.clone()
            })
        ),
        refused(Refusal::Reused)
    );
    assert_eq!(
        play.in_vain(
            Some(A),
            edit(&Header {
                rev: 0,
                ..next.clone()
            })
        ),
        refused(Refusal::Invalid)
    );
    assert_eq!(play.in_vain(Some(A), send(&next)), refused(Refusal::Invalid));
    let mut fewer = next;
    fewer.seats.remove(&B);
    conflict(&play.in_vain(Some(A), edit(&fewer)));
}

#[test]
fn an_edit_keeps_what_the_message_answered() {
    let mut play = Play::room(2, 2);
    play.sent(B, 1);
    let reply = answer(&play.letter(A, 2), &[(B, 5)]);
    play.done(A, reply);
    let next = play.revision(3);
    play.done(A, edit(&next));
    assert_eq!(play.standing().answered, proofs(&[(B, 5)]));
}

#[test]
fn what_was_read_is_neither_edited_nor_deleted_even_when_the_reader_is_gone() {
    let mut play = Play::room(3, 3);
    let hash = play.sent(A, 1);
    play.done(B, read(hash, &[(A, 1), (C, 2)]));
    for gone in [false, true] {
        if gone {
            assert_eq!(play.by(B, Command::Vacate { proofs: None }).reply, Reply::Done);
            assert_eq!(play.standing().receipts.len(), 0);
        }
        let next = play.revision(2);
        assert_eq!(play.in_vain(Some(A), edit(&next)), refused(Refusal::AlreadyRead));
        assert_eq!(
            play.in_vain(Some(A), delete(hash, &[])),
            refused(Refusal::AlreadyRead)
        );
    }
}

#[test]
fn a_delete_leaves_a_stub_with_the_proof_for_each_seat() {
    let mut play = Play::room(3, 3);
    let hash = play.sent(A, 1);
    conflict(&play.in_vain(Some(A), delete(MessageHash::new([8; 32]), &[])));
    let outcome = play.by(A, delete(hash, &[(B, 1), (C, 2), (seat(5), 3)]));
    assert_eq!(outcome.reply, Reply::Done);
    let stub = |proof| {
        Event::Deleted(sotto_protocol::Stub {
            turn: 1,
            seat: A,
            message: hash,
            proof,
        })
    };
    assert_eq!(
        told(&outcome),
        [
            (A, &stub(None)),
            (B, &stub(Some(proof(1)))),
            (C, &stub(Some(proof(2))))
        ]
    );
    assert_eq!(
        (play.is().standing(), play.is().turn, play.is().last),
        (None, 1, hash)
    );
    conflict(&play.in_vain(Some(B), read(hash, &[])));
    let next = Header {
        turn: 1,
        rev: 1,
        prev: MessageHash::NONE,
        ..play.letter(A, 1)
    };
    conflict(&play.in_vain(Some(A), edit(&next)));
    conflict(&play.in_vain(Some(B), delete(hash, &[])));
}

#[test]
fn a_read_is_shown_to_each_seat_and_stays() {
    let mut play = Play::room(3, 3);
    let hash = play.sent(A, 1);
    assert_eq!(
        play.in_vain(Some(A), read(hash, &[])),
        refused(Refusal::NotYourTurn)
    );
    conflict(&play.in_vain(Some(B), read(MessageHash::new([8; 32]), &[])));
    let outcome = play.by(B, read(hash, &[(A, 1), (C, 2)]));
    let event = |proof| Event::Read {
        seat: B,
        message: hash,
        proof,
    };
    assert_eq!(
        told(&outcome),
        [
            (A, &event(Some(proof(1)))),
            (B, &event(None)),
            (C, &event(Some(proof(2))))
        ]
    );
    assert!(play.standing().was_read);
    // Read again on another device: nothing changes.
    assert_eq!(play.in_vain(Some(B), read(hash, &[(A, 9)])), Reply::Done);
}

#[test]
fn a_read_that_crossed_an_edit_is_of_the_earlier_revision_until_the_later_is_read() {
    let mut play = Play::room(2, 2);
    let first = play.sent(A, 1);
    let next = play.revision(2);
    play.done(A, edit(&next));
    let second = play.is().last;
    assert_eq!(play.by(B, read(first, &[(A, 1)])).reply, Reply::Done);
    assert_eq!(play.standing().receipts.get(&B).unwrap().message, first);
    let next = play.revision(3);
    assert_eq!(play.in_vain(Some(A), edit(&next)), refused(Refusal::AlreadyRead));
    assert_eq!(play.by(B, read(second, &[(A, 2)])).reply, Reply::Done);
    assert_eq!(play.in_vain(Some(B), read(first, &[(A, 3)])), Reply::Done);
    assert_eq!(play.standing().receipts.get(&B).unwrap().message, second);
}

#[test]
fn only_the_last_earlier_revisions_are_known() {
    let mut play = Play::room(2, 2);
    play.sent(A, 1);
    for revision in 0..40 {
        let next = play.revision(revision);
        assert_eq!(play.by(A, edit(&next)).reply, Reply::Done);
    }
    assert_eq!(play.standing().earlier.len(), 16);
}

#[test]
fn an_answer_shows_its_read_proofs_to_each_seat() {
    let mut play = Play::room(3, 3);
    play.sent(A, 1);
    let letter = play.letter(B, 2);
    assert_eq!(
        play.in_vain(Some(B), answer(&letter, &[(B, 1)])),
        refused(Refusal::Invalid)
    );
    let outcome = play.by(B, answer(&letter, &[(A, 1), (C, 2)]));
    let answered: Vec<_> = shown(&outcome)
        .into_iter()
        .map(|(_, _, standing)| standing.answered)
        .collect();
    assert_eq!(answered, [Some(proof(1)), None, Some(proof(2))]);
    assert!(!play.standing().was_read);
}

#[test]
fn an_answer_to_a_deleted_message_has_read_nothing() {
    let mut play = Play::room(2, 2);
    let hash = play.sent(A, 1);
    play.done(A, delete(hash, &[(B, 1)]));
    let reply = answer(&play.letter(B, 2), &[(A, 1)]);
    assert_eq!(play.by(B, reply).reply, Reply::Done);
    assert_eq!(play.standing().answered, proofs(&[]));
}
