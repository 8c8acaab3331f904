use super::*;

#[test]
fn what_no_client_sends_is_invalid_whatever_the_room() {
    let long = |length: usize| vec![0; length + 1];
    let strangers = [
        create(1, 7 * DAY),
        create(9, 7 * DAY),
        Command::Create(Create {
            room: HASH,
            solution: Solution::new([0; 8]),
            size: 2,
            lifetime: 3_600,
            take: TakeSeat {
                vault: long(limits::VAULT),
                ..take(A)
            },
            word: None,
        }),
        Command::Claim {
            room: HASH,
            solution: Solution::new([0; 8]),
            seat: B,
            token: token(B),
            take: TakeSeat {
                card: long(limits::CARD),
                ..take(B)
            },
        },
        Command::Open {
            room: HASH,
            attempt: Attempt::Puzzle(Solution::new([0; 8])),
            keys: vec![key(A); 7],
        },
        Command::Open {
            room: HASH,
            attempt: Attempt::Ticket {
                seat: A,
                ticket: Ticket::new([0; 32]),
            },
            keys: vec![key(A); 8],
        },
    ];
    for command in strangers {
        for mut play in [Play::nothing(), Play::room(2, 2)] {
            assert_eq!(play.in_vain(None, command.clone()), refused(Refusal::Invalid));
        }
    }

    let mut play = Play::room(3, 2);
    let header = play.letter(A, 1);
    let mut boxes = envelope(&header);
    boxes.boxes.pop();
    let mut body = envelope(&header);
    body.body.push(0);
    for wrong in [boxes, body] {
        let command = Command::Send {
            envelope: wrong,
            without: Seats::NONE,
            read: None,
        };
        assert_eq!(play.in_vain(Some(A), command), refused(Refusal::Invalid));
    }
    let by_seat = [
        Command::Passcode {
            present: key(A),
            access_key: key(B),
            vault: long(limits::VAULT),
        },
        Command::Invite {
            seat: C,
            token: None,
            invitation: Some(invitation(1)),
        },
        Command::Invite {
            seat: C,
            token: Some(token(C)),
            invitation: Some(Invitation {
                sealed: long(limits::INVITATION),
                ..invitation(1)
            }),
        },
        delete(MessageHash::NONE, &[(A, 1)]),
        read(MessageHash::NONE, &[(A, 1)]),
        // No matter of the machine's.
        Command::Typing,
        Command::Habits(sotto_protocol::Habits::default()),
    ];
    for command in by_seat {
        assert_eq!(play.in_vain(Some(A), command), refused(Refusal::Invalid));
    }
}

#[test]
fn a_seat_is_needed_or_must_not_be_there() {
    let mut play = Play::room(2, 2);
    for command in [
        create(2, 7 * DAY),
        claim(B, token(B)),
        open_one(A, key(A)),
        reopen(A, key(A)),
    ] {
        assert_eq!(play.in_vain(Some(A), command), refused(Refusal::AlreadyOpen));
    }
    let letter = play.letter(A, 1);
    for command in [
        send(&letter),
        invite(B, None),
        Command::Extend { expires_at: 0 },
        Command::Expire { proofs: proofs(&[]) },
        Command::Vacate { proofs: None },
    ] {
        assert_eq!(play.in_vain(None, command), refused(Refusal::NoSeat));
    }
}
