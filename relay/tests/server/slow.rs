//! One who reads too slowly, or sends too fast, is closed; nobody else notices.

use std::time::{Duration, Instant};

use sotto_protocol::{Answer, Command, Event, Subject, close};

use crate::person::{Person, seat};
use crate::support::TestRelay;

/// How many hints are sent before they are read: they fit into the queue.
const ROUND: usize = 200;

#[tokio::test]
async fn a_slow_reader_costs_the_others_nothing() {
    let relay = TestRelay::start(&["--queue", "65536", "--burst", "1000000", "--frames", "1000000"]);
    let mut ann = Person::creates(&relay, 3).await;
    let mut ben = ann.invites(&relay, 1).await;
    let mut slow = ann.invites(&relay, 2).await.narrow_tab(&relay).await;
    for _ in 0..3 {
        ben.client.event().await;
    }
    // Many times what the queue and the system's own buffers hold of a socket that nobody reads.
    let mut told = false;
    for _ in 0..5000 {
        for _ in 0..ROUND {
            ann.client.say(Command::Typing).await;
        }
        // Ben reads all of it, and learns when the slow one is put out.
        let mut typed = 0;
        while typed < ROUND {
            match ben.client.event().await {
                Event::Typing(_) => typed += 1,
                Event::Presence(present) => told |= !present.contains(seat(2)),
                other => panic!("{other:?}"),
            }
        }
        if told {
            break;
        }
    }
    assert!(told, "the slow reader is still there");
    assert_eq!(slow.client.closed_at_last().await, close::TOO_SLOW);
}

#[tokio::test]
async fn a_fast_sender_is_closed() {
    let relay = TestRelay::start(&["--burst", "30", "--frames", "1"]);
    let mut ann = Person::creates(&relay, 2).await;
    let mut fast = relay.connect().await;
    let began = Instant::now();
    for _ in 0..30 {
        let answer = fast.ask(Command::Puzzle(Subject::new([1; 32]))).await;
        assert!(matches!(answer, Answer::Puzzle(_)));
    }
    // Frames that refill during this test may let a few more through.
    for _ in 0..100 {
        fast.say_if_open(Command::Puzzle(Subject::new([1; 32]))).await;
    }
    assert_eq!(fast.closed_at_last().await, close::TOO_FAST);
    // Not at once: whoever is closed comes back, with all that one may send at once.
    assert!(began.elapsed() >= Duration::from_secs(2));
    ann.client.nothing_else().await;
}

/// Breaks when: what a fast sender waits for keeps the relay from ending, or its seat from being seen to be left.
#[tokio::test]
async fn a_fast_sender_is_kept_waiting_alone() {
    let relay = TestRelay::start(&["--burst", "30", "--frames", "1"]);
    let mut ann = Person::creates(&relay, 2).await;
    let mut fast = ann.invites(&relay, 1).await;
    let began = Instant::now();
    for _ in 0..100 {
        fast.client.say_if_open(Command::Typing).await;
    }
    // She sees the seat left, though its connection has not ended.
    while !matches!(ann.client.event().await, Event::Presence(present) if !present.contains(seat(1))) {}
    // Whoever does not answer the relay's goodbye is waited for, too.
    drop(ann);
    let told = async move { fast.client.closed_at_last().await };
    let (_, code) = tokio::join!(relay.stop(), told);
    assert_eq!(code, close::TOO_FAST);
    assert!(began.elapsed() < Duration::from_secs(2));
}
