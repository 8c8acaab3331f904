//! What a guess costs, and that a failed one tells nothing.

use sotto_protocol::{
    AccessKey, Answer, Attempt, Command, CommandKind, Refusal, Seat, Solution, Token, encode, hash,
};

use crate::person::{
    Person, REFUSED, claim, create, open, random, reopen, room, seat, solve, take, wrong_keys,
};
use crate::support::TestRelay;

#[tokio::test]
async fn every_failure_is_the_same_bytes() {
    let relay = TestRelay::start(&[]);
    let mut ann = Person::creates(&relay, 2).await;
    let full = ann.room;
    ann.invites(&relay, 1).await;
    let half = Person::creates(&relay, 2).await.room;
    let mut answers = Vec::new();
    for room in [full, half, room()] {
        let mut client = relay.connect().await;
        answers.push(open(&mut client, room, wrong_keys()).await);
        let taken = take(AccessKey::new(random()));
        answers.push(claim(&mut client, room, seat(1), Token::new(random()), taken).await);
    }
    for room in [full, half] {
        let mut client = relay.connect().await;
        let lifetime = client.welcome.lifetime;
        answers.push(create(&mut client, room, 2, lifetime, take(AccessKey::new(random()))).await);
    }
    let ticket = ann.ticket;
    for room in [full, room()] {
        let mut client = relay.connect().await;
        answers.push(reopen(&mut client, room, seat(0), AccessKey::new(random()), ticket).await);
    }
    let bytes: Vec<Vec<u8>> = answers.iter().map(encode).collect();
    assert_eq!(bytes, vec![encode(&REFUSED); bytes.len()]);
}

#[tokio::test]
async fn from_the_third_failure_there_is_a_price_for_that_room_only() {
    let relay = TestRelay::start(&[]);
    let (there, absent) = (Person::creates(&relay, 2).await, room());
    for guessed in [there.room, absent] {
        let mut client = relay.connect().await;
        let mut prices = Vec::new();
        for _ in 0..5 {
            let Answer::Puzzle(puzzle) = client.ask(Command::Puzzle(guessed.subject())).await else {
                panic!()
            };
            prices.push(puzzle.bits);
            let solution = hash::solve(&puzzle.nonce, CommandKind::Open, &guessed.subject(), puzzle.bits);
            let attempt = Attempt::Puzzle(solution);
            let answer = client
                .ask(Command::Open {
                    room: guessed,
                    attempt,
                    keys: wrong_keys(),
                })
                .await;
            assert_eq!(answer, REFUSED);
        }
        assert_eq!(prices, [0, 0, 0, 10, 10], "existing or not");
        let Answer::Puzzle(other) = client.ask(Command::Puzzle(room().subject())).await else {
            panic!()
        };
        assert_eq!(other.bits, 0);
    }
    // Nobody is locked out: the holder pays the price and is in, and a ticket costs nothing.
    let mut client = relay.connect().await;
    let mut keys = wrong_keys();
    keys[0] = there.key;
    assert!(matches!(
        open(&mut client, there.room, keys).await,
        Answer::Opened(_)
    ));
    there.another_tab(&relay).await;
}

#[tokio::test]
async fn a_puzzle_serves_one_attempt_on_one_connection() {
    let relay = TestRelay::start(&[]);
    let ann = Person::creates(&relay, 2).await;
    let (mut client, mut other) = (relay.connect().await, relay.connect().await);
    let solution = solve(&mut client, CommandKind::Open, ann.room.subject()).await;
    let mut keys = wrong_keys();
    let attempt = |keys: Vec<AccessKey>| Command::Open {
        room: ann.room,
        attempt: Attempt::Puzzle(solution),
        keys,
    };
    let elsewhere = other.ask(attempt(keys.clone())).await;
    assert!(
        matches!(elsewhere, Answer::Refused(Refusal::Price(_))),
        "{elsewhere:?}"
    );
    assert_eq!(client.ask(attempt(keys.clone())).await, REFUSED);
    keys[0] = ann.key;
    let Answer::Refused(Refusal::Price(puzzle)) = client.ask(attempt(keys.clone())).await else {
        panic!("a puzzle served twice")
    };
    // What comes with the refusal is a puzzle like any other.
    let solution = hash::solve(&puzzle.nonce, CommandKind::Open, &ann.room.subject(), puzzle.bits);
    let again = Command::Open {
        room: ann.room,
        attempt: Attempt::Puzzle(solution),
        keys,
    };
    assert!(matches!(client.ask(again).await, Answer::Opened(_)));
}

#[tokio::test]
async fn without_a_puzzle_nothing_is_tried() {
    let relay = TestRelay::start(&[]);
    let ann = Person::creates(&relay, 2).await;
    let mut client = relay.connect().await;
    let attempt = Attempt::Puzzle(Solution::new([0; 8]));
    let keys = Seat::all().map(|_| ann.key).collect();
    let answer = client
        .ask(Command::Open {
            room: ann.room,
            attempt,
            keys,
        })
        .await;
    assert!(matches!(answer, Answer::Refused(Refusal::Price(_))), "{answer:?}");
}

#[tokio::test]
async fn attempts_of_the_wrong_form_are_told_and_cost_no_failure() {
    let relay = TestRelay::start(&[]);
    let ann = Person::creates(&relay, 2).await;
    let mut client = relay.connect().await;
    for count in [0, 1, 7, 9] {
        let keys = (0..count).map(|_| ann.key).collect();
        let answer = open(&mut client, ann.room, keys).await;
        assert_eq!(answer, Answer::Refused(Refusal::Invalid), "{count} keys");
    }
    let mut short = take(ann.key);
    short.card.pop();
    let lifetime = client.welcome.lifetime;
    let answer = create(&mut client, room(), 2, lifetime, short).await;
    assert_eq!(answer, Answer::Refused(Refusal::Invalid));
    for size in [0, 1, 9] {
        let answer = create(&mut client, room(), size, lifetime, take(ann.key)).await;
        assert_eq!(answer, Answer::Refused(Refusal::Invalid), "size {size}");
    }
    let Answer::Puzzle(puzzle) = client.ask(Command::Puzzle(ann.room.subject())).await else {
        panic!()
    };
    assert_eq!(puzzle.bits, 0);
}
