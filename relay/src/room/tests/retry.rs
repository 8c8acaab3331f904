use super::*;

/// Runs it, then again: the same reply, and no change. Then something of another seat, and again.
fn twice(play: &mut Play, seat: Seat, command: &Command, between: impl FnOnce(&mut Play)) {
    assert_eq!(play.by(seat, command.clone()).reply, Reply::Done);
    assert_eq!(play.in_vain(Some(seat), command.clone()), Reply::Done);
    between(play);
    assert_eq!(play.in_vain(Some(seat), command.clone()), Reply::Done);
}

#[test]
fn a_send_again_is_done_even_after_the_answer() {
    let mut play = Play::room(2, 2);
    let command = send(&play.letter(A, 1));
    twice(&mut play, A, &command, |play| {
        play.sent(B, 2);
    });
    // Until that seat's next message.
    play.sent(A, 3);
    conflict(&play.in_vain(Some(A), command));
}

#[test]
fn a_send_again_is_done_after_its_delete_and_many_other_commands() {
    let mut play = Play::room(8, 2);
    let command = send(&play.letter(A, 1));
    twice(&mut play, A, &command, |play| {
        play.done(A, delete(play.is().last, &[]));
        for number in 0..20 {
            play.done(A, invite(C, Some(Token::new([number; 32]))));
        }
        assert_eq!(play.is().traces.get(&A).unwrap().done.len(), 8);
    });
    assert!(
        play.is().standing().is_none(),
        "a deleted message does not come back"
    );
}

/// Of what a message comes with.
type Change = fn(&mut Envelope, &mut Seats, &mut Option<Proofs>);

#[test]
fn an_id_with_other_bytes_is_refused() {
    let mut play = Play::room(3, 2);
    let letter = play.letter(A, 1);
    play.done(A, send(&letter));
    play.sent(B, 2);
    let other = send(&play.letter(A, 1));
    assert_eq!(play.in_vain(Some(A), other), refused(Refusal::Reused), "a header");
    // The reference is no part of a command; all else is.
    let others: [(&str, Change); 5] = [
        ("a body", |envelope, _, _| envelope.body[0] ^= 1),
        ("a box", |envelope, _, _| envelope.boxes[0][0] ^= 1),
        ("who is left out", |_, without, _| *without = Seats::NONE.with(C)),
        ("proofs", |_, _, read| *read = Some(proofs(&[(B, 1)]))),
        ("proofs, though of nobody", |_, _, read| *read = Some(proofs(&[]))),
    ];
    for (what, change) in others {
        let mut command = send(&letter);
        assert_eq!(play.in_vain(Some(A), command.clone()), Reply::Done, "the same");
        let Command::Send {
            envelope,
            without,
            read,
        } = &mut command
        else {
            panic!("it is sent");
        };
        change(envelope, without, read);
        assert_eq!(play.in_vain(Some(A), command), refused(Refusal::Reused), "{what}");
    }
}

#[test]
fn an_edit_again_is_done() {
    let mut play = Play::room(2, 2);
    play.sent(A, 1);
    let command = edit(&play.revision(2));
    twice(&mut play, A, &command, |play| {
        play.sent(B, 2);
    });
}

#[test]
fn a_delete_again_is_done_even_after_the_next_message() {
    let mut play = Play::room(2, 2);
    let hash = play.sent(A, 1);
    twice(&mut play, A, &delete(hash, &[(B, 1)]), |play| {
        play.sent(B, 2);
    });
    // With other proofs, by another device.
    let mut play = Play::room(2, 2);
    let hash = play.sent(A, 1);
    play.done(A, delete(hash, &[(B, 1)]));
    assert_eq!(play.in_vain(Some(A), delete(hash, &[(B, 2)])), Reply::Done);
}

#[test]
fn a_read_again_is_done_even_after_the_answer_of_another() {
    let mut play = Play::room(3, 3);
    let hash = play.sent(A, 1);
    twice(&mut play, B, &read(hash, &[(A, 1)]), |play| {
        play.sent(C, 2);
    });
    conflict(&play.in_vain(Some(B), read(hash, &[(A, 2)])));
}

#[test]
fn an_invite_again_is_done_even_after_the_claim() {
    let mut play = Play::room(2, 1);
    let command = invite(B, Some(token(B)));
    twice(&mut play, A, &command, |play| {
        play.now += 2 * HOUR;
        play.opened(claim(B, token(B)));
    });
    assert_eq!(
        play.in_vain(Some(A), invite(B, Some(token(C)))),
        refused(Refusal::SeatTaken)
    );
}

#[test]
fn a_withdrawal_is_meant_anew_each_time() {
    let mut play = Play::room(3, 2);
    twice(&mut play, A, &invite(C, None), |_| {});
    play.done(B, invite(C, Some(token(C))));
    play.done(A, invite(C, None));
    assert_eq!(play.is().invites.len(), 0);
}

#[test]
fn an_extension_again_is_done_even_after_a_later_one() {
    let mut play = Play::room(2, 2);
    let end = play.now + 10 * DAY;
    twice(&mut play, A, &Command::Extend { expires_at: end }, |play| {
        play.done(
            B,
            Command::Extend {
                expires_at: end + DAY,
            },
        );
    });
}

#[test]
fn a_create_or_claim_again_opens_until_the_first_message() {
    let mut play = Play::room(2, 1);
    play.now += 2 * HOUR;
    assert!(matches!(
        play.in_vain(None, create(2, 7 * DAY)),
        Reply::Opened { seat: A, .. }
    ));
    play.join(B);
    assert!(matches!(
        play.in_vain(None, claim(B, token(B))),
        Reply::Opened { seat: B, .. }
    ));
    let expires_at = play.is().expires_at;
    play.done(B, Command::Extend { expires_at });
    assert!(matches!(
        play.in_vain(None, claim(B, token(B))),
        Reply::Opened { seat: B, .. }
    ));

    // Not with anything else changed.
    assert_eq!(play.in_vain(None, create(3, 7 * DAY)), refused(Refusal::Refused));
    assert_eq!(play.in_vain(None, claim(B, token(C))), refused(Refusal::Refused));
    let change: [fn(&mut TakeSeat); 3] = [
        |take| take.access_key = AccessKey::new([0x99; 32]),
        |take| take.vault[0] ^= 1,
        |take| take.card[0] ^= 1,
    ];
    for change in change {
        let (mut created, mut claimed) = (create(2, 7 * DAY), claim(B, token(B)));
        if let (Command::Create(created), Command::Claim { take, .. }) = (&mut created, &mut claimed) {
            change(&mut created.take);
            change(take);
        }
        assert_eq!(play.in_vain(None, created), refused(Refusal::Refused));
        assert_eq!(play.in_vain(None, claimed), refused(Refusal::Refused));
    }

    play.sent(A, 1);
    assert_eq!(play.in_vain(None, create(2, 7 * DAY)), refused(Refusal::Refused));
    play.sent(B, 2);
    assert_eq!(play.in_vain(None, claim(B, token(B))), refused(Refusal::Refused));
}

#[test]
fn a_new_holder_is_not_taken_for_the_old_one() {
    let mut play = Play::room(3, 3);
    let id = 1;
    play.sent(C, id);
    play.sent(A, 2);
    play.done(C, Command::Vacate { proofs: None });
    play.join(C);
    assert_eq!(play.sends(C, id).reply, Reply::Done);
}
