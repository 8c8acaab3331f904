//! How a room ends, and how the relay does.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sotto_protocol::{AccessKey, Answer, Command, Event, Refusal, close};

use crate::person::{Person, REFUSED, create, random, reopen, take};
use crate::support::{Client, TestRelay};

const SECONDS: [&str; 6] = ["--lifetimes", "2s,60s", "--lifetime", "2s", "--grain", "1s"];

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test]
async fn ended_by_hand_for_all() {
    let relay = TestRelay::start(&[]);
    let mut ann = Person::creates(&relay, 2).await;
    let mut ben = ann.invites(&relay, 1).await;
    let mut ann_too = ann.another_tab(&relay).await;
    let proofs = ann.proofs();
    assert_eq!(
        ann.client
            .ask(Command::Expire {
                proofs: proofs.clone()
            })
            .await,
        Answer::Done
    );
    assert_eq!(ann.client.closed().await, close::ENDED);
    let told = |proof| Event::Expired {
        seat: Some(ann.seat),
        proof,
    };
    assert_eq!(ben.client.event().await, told(proofs.get(&ben.seat).copied()));
    assert_eq!(ben.client.closed().await, close::ENDED);
    assert_eq!(ann_too.client.event().await, told(None));
    assert_eq!(ann_too.client.closed().await, close::ENDED);
    let mut client = relay.connect().await;
    assert_eq!(
        reopen(&mut client, ben.room, ben.seat, ben.key, ben.ticket).await,
        REFUSED
    );
}

#[tokio::test]
async fn ended_by_time_at_the_rounded_moment() {
    let relay = TestRelay::start(&SECONDS);
    let mut ann = Person::creates(&relay, 2).await;
    let end = ann.snapshot.expires_at;
    assert_eq!(
        ann.client.event().await,
        Event::Expired {
            seat: None,
            proof: None
        }
    );
    assert!(
        (end..=end + 1).contains(&now()),
        "ended at {}, not at {end}",
        now()
    );
    assert_eq!(ann.client.closed().await, close::ENDED);
    let mut client = relay.connect().await;
    assert_eq!(
        reopen(&mut client, ann.room, ann.seat, ann.key, ann.ticket).await,
        REFUSED
    );
}

#[tokio::test]
async fn a_room_whose_time_was_over_while_the_relay_was_down_is_gone() {
    let relay = TestRelay::start(&SECONDS);
    let ann = Person::creates(&relay, 2).await;
    let relay = relay.restart().await;
    while now() < ann.snapshot.expires_at {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut client = relay.connect().await;
    assert_eq!(
        reopen(&mut client, ann.room, ann.seat, ann.key, ann.ticket).await,
        REFUSED
    );
    let lifetime = client.welcome.lifetime;
    let anew = create(&mut client, ann.room, 2, lifetime, take(AccessKey::new(random()))).await;
    assert!(matches!(anew, Answer::Opened(_)), "its name is free");
}

#[tokio::test]
async fn extended_within_the_limit_and_everybody_is_told() {
    let relay = TestRelay::start(&SECONDS);
    let mut ann = Person::creates(&relay, 2).await;
    let mut ben = ann.invites(&relay, 1).await;
    let end = now() + 30;
    assert_eq!(
        ann.client.ask(Command::Extend { expires_at: end }).await,
        Answer::Done
    );
    for person in [&mut ann, &mut ben] {
        let Event::Snapshot(snapshot) = person.client.event().await else {
            panic!("no snapshot")
        };
        assert_eq!(snapshot.expires_at, end);
        assert_eq!(snapshot.present, ben_and_ann());
    }
    for beyond in [now() + 3600, 0] {
        let answer = ann.client.ask(Command::Extend { expires_at: beyond }).await;
        assert_eq!(answer, Answer::Refused(Refusal::OutOfRange));
    }
}

/// Breaks when the hub goes by the end that was told first.
#[tokio::test]
async fn an_extended_room_ends_at_its_later_end() {
    let relay = TestRelay::start(&SECONDS);
    let mut ann = Person::creates(&relay, 2).await;
    let mut ben = ann.invites(&relay, 1).await;
    let end = ann.snapshot.expires_at + 2;
    assert_eq!(
        ann.client.ask(Command::Extend { expires_at: end }).await,
        Answer::Done
    );
    for person in [&mut ann, &mut ben] {
        assert!(matches!(person.client.event().await, Event::Snapshot(_)));
        let expired = Event::Expired {
            seat: None,
            proof: None,
        };
        assert_eq!(person.client.event().await, expired);
        assert!(
            (end..=end + 1).contains(&now()),
            "ended at {}, not at {end}",
            now()
        );
    }
}

fn ben_and_ann() -> sotto_protocol::Seats {
    sotto_protocol::Seats::from_bits(0b11)
}

#[tokio::test]
async fn a_lifetime_that_is_not_offered_is_told_before_anything_is_tried() {
    let relay = TestRelay::start(&SECONDS);
    let ann = Person::creates(&relay, 2).await;
    let mut client = relay.connect().await;
    for room in [ann.room, crate::person::room()] {
        let answer = create(&mut client, room, 2, 3, take(AccessKey::new(random()))).await;
        assert_eq!(answer, Answer::Refused(Refusal::Invalid), "present or absent");
    }
}

#[tokio::test]
async fn shutdown_closes_all_and_accepts_nobody() {
    let relay = TestRelay::start(&[]);
    let mut ann = Person::creates(&relay, 2).await;
    let mut stranger = relay.connect().await;
    let address = relay.address.clone();
    relay.stop().await;
    assert_eq!(ann.client.closed().await, close::GOING_AWAY);
    assert_eq!(stranger.closed().await, close::GOING_AWAY);
    assert!(Client::connect(&address).await.is_err());
}
