//! Two people, one message after another.

use sotto_protocol::{Answer, Command, Event, MessageId, Refusal, Seats, Token};

use crate::person::{Person, random, seat, send};
use crate::support::TestRelay;

pub(crate) async fn two(relay: &TestRelay) -> (Person, Person) {
    let mut ann = Person::creates(relay, 2).await;
    let ben = ann.invites(relay, 1).await;
    (ann, ben)
}

#[tokio::test]
async fn send_read_answer() {
    let relay = TestRelay::start(&[]);
    let (mut ann, mut ben) = two(&relay).await;

    let first = ann.sends().await;
    let standing = ben.gets().await;
    assert_eq!(
        (standing.turn, standing.seat, standing.message),
        (1, ann.seat, ann.hash_of(&first))
    );
    let sealed = standing.sealed.unwrap();
    assert_eq!((sealed.header, sealed.body), (first.header, first.body));
    assert_eq!(
        sealed.key_box,
        first.boxes[1].clone(),
        "the reader's own box and no other"
    );

    let proofs = ben.proofs();
    let read = Command::Read {
        message: standing.message,
        proofs: proofs.clone(),
    };
    assert_eq!(ben.client.ask(read).await, Answer::Done);
    let receipt = Event::Read {
        seat: ben.seat,
        message: standing.message,
        proof: proofs.get(&ann.seat).copied(),
    };
    assert_eq!(ann.client.event().await, receipt);

    let second = ben.sends().await;
    assert_eq!(ann.gets().await.message, ben.hash_of(&second));
    for person in [&mut ann, &mut ben] {
        person.client.nothing_else().await;
    }
}

#[tokio::test]
async fn presence_follows_the_last_tab() {
    let relay = TestRelay::start(&[]);
    let (mut ann, ben) = two(&relay).await;
    let only_ann = Seats::NONE.with(ann.seat);
    let ben_too = ben.another_tab(&relay).await;
    assert_eq!(ben_too.snapshot.present, only_ann.with(ben.seat));
    drop(ben);
    drop(ben_too);
    assert_eq!(
        ann.client.event().await,
        Event::Presence(only_ann),
        "told once, when the last tab is gone"
    );
    ann.client.nothing_else().await;
}

#[tokio::test]
async fn edit_and_delete_before_any_read() {
    let relay = TestRelay::start(&[]);
    let (mut ann, mut ben) = two(&relay).await;
    let id = MessageId::new(random());
    let first = ann.revision(id, 0, 1, ann.snapshot.last);
    assert_eq!(ann.client.ask(send(&first)).await, Answer::Done);
    ben.gets().await;
    let second = ann.revision(id, 1, 1, ann.snapshot.last);
    let edit = Command::Edit {
        envelope: second.clone(),
        without: Seats::NONE,
    };
    assert_eq!(ann.client.ask(edit).await, Answer::Done);
    let Event::Edited(standing) = ben.client.event().await else {
        panic!("not edited")
    };
    assert_eq!(standing.message, ann.hash_of(&second));

    let proofs = ann.proofs();
    let delete = Command::Delete {
        message: standing.message,
        proofs: proofs.clone(),
    };
    assert_eq!(ann.client.ask(delete.clone()).await, Answer::Done);
    let Event::Deleted(stub) = ben.client.event().await else {
        panic!("not deleted")
    };
    assert_eq!(
        (stub.turn, stub.message, stub.proof),
        (1, standing.message, proofs.get(&ben.seat).copied())
    );
    assert_eq!(ann.client.ask(delete).await, Answer::Done, "a retry");
    ben.client.nothing_else().await;
}

#[tokio::test]
async fn a_retry_gets_the_same_answer_and_another_text_does_not() {
    let relay = TestRelay::start(&[]);
    let (mut ann, mut ben) = two(&relay).await;
    let id = MessageId::new(random());
    let (first, other) = (
        ann.revision(id, 0, 1, ann.snapshot.last),
        ann.revision(id, 0, 1, ann.snapshot.last),
    );
    for _ in 0..3 {
        assert_eq!(ann.client.ask(send(&first)).await, Answer::Done);
    }
    assert_eq!(
        ann.client.ask(send(&other)).await,
        Answer::Refused(Refusal::Reused)
    );
    assert_eq!(ben.gets().await.message, ann.hash_of(&first));
    ben.client.nothing_else().await;
}

#[tokio::test]
async fn of_two_sends_for_one_turn_the_second_gets_the_room_as_it_is() {
    let relay = TestRelay::start(&[]);
    let (mut ann, mut ben) = two(&relay).await;
    let late = send(&ben.envelope());
    let first = ann.sends().await;
    let Answer::Refused(Refusal::Conflict(snapshot)) = ben.client.ask(late).await else {
        panic!("no conflict")
    };
    assert_eq!(snapshot.last, ann.hash_of(&first));
    assert_eq!(
        snapshot.present,
        Seats::NONE.with(ann.seat).with(ben.seat),
        "who is here, in a conflict too"
    );
    assert_eq!(ben.gets().await.message, snapshot.last);
}

#[tokio::test]
async fn nobody_writes_twice_in_a_row() {
    let relay = TestRelay::start(&[]);
    let (mut ann, _ben) = two(&relay).await;
    ann.sends().await;
    let again = send(&ann.envelope());
    assert_eq!(ann.client.ask(again).await, Answer::Refused(Refusal::NotYourTurn));
}

#[tokio::test]
async fn a_second_tab_sees_what_the_first_does() {
    let relay = TestRelay::start(&[]);
    let (mut ann, _ben) = two(&relay).await;
    let mut ann_too = ann.another_tab(&relay).await;
    assert_eq!(ann_too.vault, ann.vault);
    let first = ann.sends().await;
    assert_eq!(ann_too.gets().await.message, ann.hash_of(&first));
    ann.client.nothing_else().await;
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let relay = TestRelay::start(&[]);
    let (mut ann, mut ben) = two(&relay).await;
    let first = ann.sends().await;
    ben.gets().await;
    let relay = relay.restart().await;
    for person in [&mut ann, &mut ben] {
        assert_eq!(person.client.closed().await, sotto_protocol::close::GOING_AWAY);
    }
    let ben = ben.another_tab(&relay).await;
    assert_eq!(
        ben.snapshot.standing.map(|standing| standing.message),
        Some(ann.hash_of(&first))
    );
    assert_eq!(ben.snapshot.present, Seats::NONE.with(ben.seat));
}

#[tokio::test]
async fn before_a_seat_is_open_nothing_can_be_done_in_a_room() {
    let relay = TestRelay::start(&[]);
    let (ann, _ben) = two(&relay).await;
    let mut stranger = relay.connect().await;
    let invite = Command::Invite {
        seat: seat(1),
        token: Some(Token::new(random())),
        invitation: None,
    };
    for command in [
        send(&ann.envelope()),
        invite,
        Command::Read {
            message: ann.snapshot.last,
            proofs: ann.proofs(),
        },
        Command::Extend { expires_at: u64::MAX },
        Command::Expire { proofs: ann.proofs() },
        Command::Vacate { proofs: None },
    ] {
        assert_eq!(stranger.ask(command).await, Answer::Refused(Refusal::NoSeat));
    }
}
