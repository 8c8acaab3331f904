//! Every refusal is counted, each as what it is.
//!
//! Red when made: `Fault::Unknown` counted as `Fault::Malformed` in `socket/wire.rs`; a count taken out of `Connection::answer`.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::SinkExt as _;
use sotto_protocol::{
    Answer, Command, MessageHash, Nonce, Puzzle, Refusal, SeatMap, Seats, Snapshot, Subject, close, limits,
};
use sotto_relay::data::DATABASE;
use sotto_relay::faults::Faults;
use sotto_relay::hub::Connection;
use sotto_relay::tally::{KINDS, Kind};
use tokio_tungstenite::tungstenite::Message;

use crate::http::ask;
use crate::person::Person;
use crate::support::TestRelay;

/// As few as the day's sums show.
const TIMES: i64 = 5;
/// Those that other tests count: beside what they are about, which is not easily brought about five times.
const ELSEWHERE: [&str; 8] = [
    // limits.rs
    "fault_source",
    "fault_unopened",
    "fault_head",
    // src/hub/outbox.rs
    "fault_too_slow",
    // src/jobs.rs
    "fault_panic",
    // tests/tests/admin/http.rs
    "fault_draining",
    // Below
    "fault_unavailable",
    // Nothing: a test would have to take all files of its process.
    "fault_accept",
];

/// The code that a connection ends with on which this is sent.
async fn ends(relay: &TestRelay, message: Message) -> u16 {
    let mut client = relay.connect().await;
    client.socket.send(message).await.unwrap();
    client.closed_at_last().await
}

#[tokio::test]
async fn what_ends_a_connection_is_counted_as_what_it_is() {
    let relay = TestRelay::start(&["--burst", "3", "--frames", "1"]);
    let unknown = vec![0x82, 0x01, 0x81, 0x10];
    for (kind, message, code) in [
        ("malformed", Message::binary(vec![0xff]), close::MALFORMED),
        ("unknown", Message::binary(unknown), close::UNKNOWN),
        (
            "too long",
            Message::binary(vec![0; limits::FRAME + 1]),
            close::TOO_LONG,
        ),
        ("text", Message::text("hello"), close::NOT_BINARY),
    ] {
        for _ in 0..TIMES {
            assert_eq!(ends(&relay, message.clone()).await, code, "{kind}");
        }
    }
    // They are told together: each of them not at once.
    let mut fast = Vec::new();
    for _ in 0..TIMES {
        let mut client = relay.connect().await;
        for _ in 0..8 {
            client.say_if_open(Command::Puzzle(Subject::new([1; 32]))).await;
        }
        fast.push(client);
    }
    for client in &mut fast {
        assert_eq!(client.closed_at_last().await, close::TOO_FAST);
        let refused = ask(&relay, "GET /ws", &[]).await;
        assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
    }
    let counted = relay.all_counted().await;
    let faults = counted.iter().filter(|(kind, _)| kind.starts_with("fault_"));
    let faults: BTreeSet<_> = faults.map(|(kind, times)| (kind.as_str(), *times)).collect();
    let here = [
        "malformed",
        "unknown",
        "too_long",
        "not_binary",
        "too_fast",
        "handshake",
    ];
    let here = here.map(|kind| format!("fault_{kind}"));
    let expected: BTreeSet<_> = here.iter().map(|kind| (kind.as_str(), TIMES)).collect();
    assert_eq!(faults, expected);

    let all = KINDS.iter().filter(|(kind, _)| matches!(kind, Kind::Fault(_)));
    let all: BTreeSet<_> = all.map(|(_, name)| *name).collect();
    let tried: BTreeSet<_> = here.iter().map(String::as_str).chain(ELSEWHERE).collect();
    assert_eq!(tried, all);
}

/// While somebody else holds the database's one lock for writing, nothing can be stored.
#[tokio::test]
async fn what_cannot_be_stored_is_counted() {
    let relay = TestRelay::start(&[]);
    let mut ann = Person::creates(&relay, 2).await;
    let file = relay.data.path().join(DATABASE);
    let database = rusqlite::Connection::open(file).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let later = Command::Extend {
        expires_at: ann.snapshot.expires_at + u64::from(ann.client.welcome.grain),
    };
    for _ in 0..TIMES {
        let answer = ann.client.ask(later.clone()).await;
        assert_eq!(answer, Answer::Refused(Refusal::Unavailable));
    }
    database.execute_batch("ROLLBACK").unwrap();
    assert_eq!(ann.client.ask(later).await, Answer::Done);
    let counted = relay.all_counted().await;
    for kind in ["fault_unavailable", "refused_unavailable"] {
        assert_eq!(counted.get(kind), Some(&TIMES), "{kind}: {counted:?}");
    }
}

/// There is one place where answers go out.
#[test]
fn what_refuses_a_command_is_counted_as_what_it_is() {
    let snapshot = Snapshot {
        size: 2,
        expires_at: 0,
        turn: 0,
        last: MessageHash::new([0; 32]),
        seats: SeatMap::new(),
        present: Seats::default(),
        standing: None,
        stub: None,
    };
    let puzzle = Puzzle {
        nonce: Nonce::new([0; 16]),
        bits: 0,
    };
    let every = [
        Refusal::Refused,
        Refusal::Price(puzzle),
        Refusal::Conflict(Box::new(snapshot)),
        Refusal::NoSeat,
        Refusal::AlreadyOpen,
        Refusal::NotAuthor,
        Refusal::NotYourTurn,
        Refusal::AlreadyRead,
        Refusal::Reused,
        Refusal::Invalid,
        Refusal::OutOfRange,
        Refusal::SeatTaken,
        Refusal::Unavailable,
        Refusal::TooMany,
        Refusal::Full,
        Refusal::WrongWord,
    ];
    let kinds: Vec<_> = KINDS
        .iter()
        .filter(|(kind, _)| matches!(kind, Kind::Refused(_)))
        .collect();
    assert_eq!(every.len(), kinds.len());
    for (refusal, (kind, name)) in every.into_iter().zip(kinds) {
        let faults = Arc::<Faults>::default();
        let connection = Connection::new(limits::FRAME, Arc::clone(&faults));
        connection.answer(1, Answer::Refused(refusal));
        for (other, _) in &KINDS {
            let times = u64::from(other == kind);
            assert_eq!(faults.tally().total(*other), times, "{other:?} for {name}");
        }
    }
}
