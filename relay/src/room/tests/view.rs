use sotto_protocol::{Receipt, SeatMap, SeatState};

use super::*;

#[test]
fn a_seat_sees_its_own_box_and_the_proofs_for_it() {
    let mut play = Play::room(4, 3);
    play.sent(A, 1);
    let reply = answer(&play.letter(B, 2), &[(A, 1), (C, 2)]);
    play.done(B, reply);
    let hash = play.is().last;
    play.done(C, read(hash, &[(A, 3), (B, 4)]));
    play.done(A, invite(seat(3), Some(token(C))));

    for (seat, key_box, receipt, answered) in [
        (A, 1, Some(3), Some(1)),
        (B, 2, Some(4), None),
        (C, 3, None, Some(2)),
    ] {
        let snapshot = play.is().snapshot(seat, play.now);
        assert_eq!(
            (snapshot.size, snapshot.turn, snapshot.last, snapshot.present),
            (4, 2, hash, Seats::NONE)
        );
        assert_eq!(
            snapshot.seats.get(&B).unwrap().clone(),
            SeatState::Held(take(B).card)
        );
        assert_eq!(
            snapshot.seats.get(&super::seat(3)).unwrap().clone(),
            SeatState::Invited
        );
        assert_eq!((snapshot.seats.len(), &snapshot.stub), (4, &None));
        let standing = snapshot.standing.unwrap();
        assert_eq!((standing.turn, standing.seat, standing.message), (2, B, hash));
        assert!(standing.was_read);
        assert_eq!(standing.sealed.unwrap().key_box, vec![key_box; limits::BOX]);
        assert_eq!(standing.answered, answered.map(proof));
        let receipt = Receipt {
            message: hash,
            proof: receipt.map(proof),
        };
        assert_eq!(standing.receipts, SeatMap::from([(C, receipt)]));
    }
}

#[test]
fn a_seat_that_came_later_has_no_box() {
    let mut play = Play::room(3, 2);
    let hash = play.sent(A, 1);
    play.join(C);
    let standing = play.is().snapshot(C, play.now).standing.unwrap();
    assert_eq!((standing.message, standing.sealed), (hash, None));
    // It may read nothing, yet answer.
    assert_eq!(play.sends(C, 2).reply, Reply::Done);
}

#[test]
fn boxes_are_found_by_the_seats_of_the_header() {
    let mut play = Play::room(4, 4);
    let mut header = play.letter(A, 1);
    header.seats.remove(&B);
    let command = Command::Send {
        envelope: envelope(&header),
        without: Seats::NONE.with(B),
        read: None,
    };
    assert_eq!(play.by(A, command).reply, Reply::Done);
    let key_box = |seat| {
        let standing = play.is().snapshot(seat, play.now).standing.unwrap();
        standing.sealed.map(|sealed| sealed.key_box[0])
    };
    assert_eq!([A, B, C, seat(3)].map(key_box), [Some(1), None, Some(3), Some(4)]);
}
