//! Hints: the others are told of them, and nothing is answered, whatever becomes of one.
//!
//! Red when made: `at_once` answers as it did; `Effect::Release` leaves the connection in its room; `Talk::hint` asks no
//! source; a hint counts as something that was asked for.

use std::time::Duration;

use sotto_protocol::{Answer, Command, Event, Habits, close};

use crate::dialogue::two;
use crate::support::TestRelay;

const QUIET: Habits = Habits {
    receipts: false,
    typing: true,
};

/// Both kinds.
const HINTS: [Command; 2] = [Command::Typing, Command::Habits(QUIET)];

/// `nothing_else` asks something, and its answer is the next frame that comes.
#[tokio::test]
async fn a_hint_reaches_the_other_and_brings_nothing_back() {
    let relay = TestRelay::start(&[]);
    let (mut ann, mut ben) = two(&relay).await;
    let mut ann_too = ann.another_tab(&relay).await;
    let seat = ann.seat;
    for _ in 0..3 {
        for (hint, told) in [
            (Command::Typing, Event::Typing(seat)),
            (Command::Habits(QUIET), Event::Habits { seat, habits: QUIET }),
        ] {
            ann.client.say(hint).await;
            assert_eq!(ben.client.event().await, told);
            ann.client.nothing_else().await;
        }
    }
    // Nobody is told of it later by the relay, for it keeps nothing.
    let mut ben_too = ben.another_tab(&relay).await;
    for person in [&mut ann_too, &mut ben, &mut ben_too] {
        person.client.nothing_else().await;
    }
}

#[tokio::test]
async fn a_hint_without_a_seat_is_nobodys() {
    let relay = TestRelay::start(&[]);
    let (mut ann, mut ben) = two(&relay).await;
    let mut stranger = relay.connect().await;
    for hint in HINTS {
        stranger.say(hint).await;
        stranger.nothing_else().await;
    }
    // Nor is it anybody's where there was a seat.
    assert_eq!(
        ben.client.ask(Command::Vacate { proofs: None }).await,
        Answer::Done
    );
    assert!(matches!(ann.client.event().await, Event::Seat { .. }));
    assert!(matches!(ann.client.event().await, Event::Presence(_)));
    for hint in HINTS {
        ben.client.say(hint).await;
        ben.client.nothing_else().await;
    }
    ann.client.nothing_else().await;
}

#[tokio::test]
async fn hints_do_not_keep_a_socket_that_opens_nothing() {
    let relay = TestRelay::start(&["--unopened", "1s", "--ping", "1s"]);
    let mut stranger = relay.connect().await;
    let mut next = tokio::time::interval(Duration::from_millis(200));
    // For ten seconds at the most.
    for hint in HINTS.into_iter().cycle().take(50) {
        stranger.say_if_open(hint).await;
        tokio::select! {
            code = stranger.closed() => return assert_eq!(code, close::UNOPENED),
            _ = next.tick() => {}
        }
    }
    panic!("it is kept");
}
