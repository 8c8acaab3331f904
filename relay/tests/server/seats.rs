//! Seats: taken, shared by several tabs, given up, and how another passcode closes the other tabs.

use sotto_protocol::{
    AccessKey, Answer, Command, Event, Invitation, InvitationId, Refusal, Seat, SeatState, Seats, Token,
    close, limits,
};

use crate::person::{
    Person, REFUSED, claim, open, random, reopen, sealed, seat, send, solve, take, wrong_keys,
};
use crate::support::TestRelay;

#[tokio::test]
async fn three_people_and_each_gets_its_own_box() {
    let relay = TestRelay::start(&[]);
    let mut ann = Person::creates(&relay, 3).await;
    let mut ben = ann.invites(&relay, 1).await;
    let mut cas = ann.invites(&relay, 2).await;
    for _ in 0..3 {
        // Invited, taken, present.
        ben.client.event().await;
    }
    let first = ann.sends().await;
    for (person, place) in [(&mut ben, 1), (&mut cas, 2)] {
        assert_eq!(
            person.gets().await.sealed.unwrap().key_box,
            first.boxes[place].clone()
        );
    }
}

#[tokio::test]
async fn open_tries_all_seats_and_a_ticket_one() {
    let relay = TestRelay::start(&[]);
    let mut ann = Person::creates(&relay, 2).await;
    let ben = ann.invites(&relay, 1).await;
    let mut client = relay.connect().await;
    let mut keys = wrong_keys();
    keys[1] = ben.key;
    let Answer::Opened(opened) = open(&mut client, ben.room, keys.clone()).await else {
        panic!("not opened")
    };
    assert_eq!((opened.seat, &opened.vault), (ben.seat, &ben.vault));
    let again = open(&mut client, ben.room, keys).await;
    assert_eq!(again, Answer::Refused(Refusal::AlreadyOpen));

    let mut other = relay.connect().await;
    assert_eq!(
        reopen(&mut other, ben.room, ben.seat, ann.key, ben.ticket).await,
        REFUSED,
        "a ticket of another key"
    );
    assert_eq!(
        reopen(&mut other, ben.room, ann.seat, ben.key, ben.ticket).await,
        REFUSED,
        "of another seat"
    );
    assert!(matches!(
        reopen(&mut other, ben.room, ben.seat, ben.key, ben.ticket).await,
        Answer::Opened(_)
    ));
}

#[tokio::test]
async fn equal_passcodes_open_several_and_a_ticket_chooses() {
    let relay = TestRelay::start(&[]);
    let mut ann = Person::creates(&relay, 2).await;
    let ben = ann.invites(&relay, 1).await;
    let mut client = relay.connect().await;
    let mut keys = wrong_keys();
    (keys[0], keys[1]) = (ann.key, ben.key);
    let Answer::Several(tickets) = open(&mut client, ann.room, keys).await else {
        panic!("not several")
    };
    assert_eq!(
        tickets.keys().copied().collect::<Vec<Seat>>(),
        [ann.seat, ben.seat]
    );
    let ticket = *tickets.get(&ben.seat).unwrap();
    let Answer::Opened(opened) = reopen(&mut client, ben.room, ben.seat, ben.key, ticket).await else {
        panic!("not opened")
    };
    assert_eq!(opened.seat, ben.seat);
}

#[tokio::test]
async fn a_token_works_once_and_an_invitation_goes_with_it() {
    let relay = TestRelay::start(&[]);
    let mut ann = Person::creates(&relay, 3).await;
    let (token, id) = (Token::new(random()), InvitationId::new(random()));
    let left = Invitation {
        id,
        sealed: sealed(limits::INVITATION),
    };
    let invite = Command::Invite {
        seat: seat(1),
        token: Some(token),
        invitation: Some(left.clone()),
    };
    assert_eq!(ann.client.ask(invite).await, Answer::Done);

    let mut client = relay.connect().await;
    let solution = solve(&mut client, sotto_protocol::CommandKind::Invitation, id.subject()).await;
    let found = client.ask(Command::Invitation { id, solution }).await;
    assert_eq!(found, Answer::Invitation(left.sealed));
    let key = AccessKey::new(random());
    assert!(matches!(
        claim(&mut client, ann.room, seat(1), token, take(key)).await,
        Answer::Opened(_)
    ));

    let mut late = relay.connect().await;
    assert_eq!(
        claim(&mut late, ann.room, seat(1), token, take(key)).await,
        REFUSED
    );
    let solution = solve(&mut late, sotto_protocol::CommandKind::Invitation, id.subject()).await;
    assert_eq!(late.ask(Command::Invitation { id, solution }).await, REFUSED);
}

#[tokio::test]
async fn another_passcode_closes_the_other_tabs_and_voids_their_tickets() {
    let relay = TestRelay::start(&[]);
    let mut ann = Person::creates(&relay, 2).await;
    let mut ben = ann.invites(&relay, 1).await;
    let mut ben_too = ben.another_tab(&relay).await;
    let access_key = AccessKey::new(random());
    let change = Command::Passcode {
        present: ben.key,
        access_key,
        vault: sealed(limits::VAULT),
    };
    assert_eq!(ben.client.ask(change).await, Answer::Done);
    assert_eq!(ben_too.client.closed().await, close::PASSCODE_CHANGED);
    ben.sends().await;
    ann.gets().await;

    let mut client = relay.connect().await;
    assert_eq!(
        reopen(&mut client, ben.room, ben.seat, ben.key, ben.ticket).await,
        REFUSED
    );
    let mut keys = wrong_keys();
    keys[1] = access_key;
    assert!(matches!(
        open(&mut client, ben.room, keys).await,
        Answer::Opened(_)
    ));
}

#[tokio::test]
async fn a_wrong_present_passcode_closes_the_connection() {
    let relay = TestRelay::start(&[]);
    let mut ann = Person::creates(&relay, 2).await;
    let access_key = AccessKey::new(random());
    let change = Command::Passcode {
        present: AccessKey::new(random()),
        access_key,
        vault: sealed(limits::VAULT),
    };
    assert_eq!(ann.client.ask(change).await, REFUSED);
    assert_eq!(ann.client.closed().await, close::WRONG_PASSCODE);
    ann.another_tab(&relay).await;
}

#[tokio::test]
async fn who_vacates_leaves_nothing_and_may_come_again() {
    let relay = TestRelay::start(&[]);
    let mut ann = Person::creates(&relay, 2).await;
    let mut ben = ann.invites(&relay, 1).await;
    let mut ben_too = ben.another_tab(&relay).await;
    ben.sends().await;
    ann.gets().await;
    ben_too.gets().await;
    let vacate = Command::Vacate {
        proofs: Some(ben.proofs()),
    };
    assert_eq!(ben.client.ask(vacate).await, Answer::Done);
    assert!(matches!(ann.client.event().await, Event::Deleted(_)));
    assert_eq!(
        ann.client.event().await,
        Event::Seat {
            seat: ben.seat,
            state: SeatState::Free
        }
    );
    assert_eq!(
        ann.client.event().await,
        Event::Presence(Seats::NONE.with(ann.seat))
    );
    assert_eq!(ben_too.client.closed().await, close::VACATED);
    let without_seat = ben.client.ask(send(&ben.envelope())).await;
    assert_eq!(without_seat, Answer::Refused(Refusal::NoSeat));
    ann.invites(&relay, 1).await;
}

#[tokio::test]
async fn nothing_falls_between_a_snapshot_and_the_first_event() {
    let relay = TestRelay::start(&["--burst", "100000", "--calm", "1000000"]);
    let mut ann = Person::creates(&relay, 2).await;
    let mut ben = ann.invites(&relay, 1).await;
    // Ben's tabs open while messages come and go: each sees every turn after its snapshot, in order, once.
    let opening = async {
        let mut tabs = Vec::new();
        for _ in 0..20 {
            tabs.push(ann.another_tab(&relay).await);
        }
        tabs
    };
    let last = 40;
    let talking = async {
        while ben.snapshot.turn < last {
            ben.sends().await;
            let hash = ben.snapshot.last;
            let delete = Command::Delete {
                message: hash,
                proofs: ben.proofs(),
            };
            assert_eq!(ben.client.ask(delete).await, Answer::Done);
        }
    };
    let (tabs, ()) = tokio::join!(opening, talking);
    for mut tab in tabs {
        let mut turn = tab.snapshot.turn;
        let mut stands = tab.snapshot.standing.is_some();
        while turn < last || stands {
            match tab.client.event().await {
                Event::Message(standing) => {
                    assert!(!stands);
                    assert_eq!(standing.turn, turn + 1);
                    (turn, stands) = (turn + 1, true);
                }
                Event::Deleted(stub) => {
                    assert!(stands);
                    assert_eq!(stub.turn, turn);
                    stands = false;
                }
                other => panic!("{other:?}"),
            }
        }
        tab.client.nothing_else().await;
    }
}
