//! What one source may do, and what it is told beyond that. Sources here are addresses of this machine, which for these
//! tests is no trusted proxy.

use std::net::Ipv4Addr;

use sotto_protocol::{
    AccessKey, Answer, Command, Event, Habits, Refusal, SUBPROTOCOL, ServerFrame, Subject, close, decode,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

use futures_util::StreamExt as _;

use crate::person::{Person, create, open, random, room, send, take, wrong_keys};
use crate::support::{Client, TestRelay, soon};

/// This machine is a source like any other.
const HERE_TOO: [&str; 2] = ["--trusted-proxies", "203.0.113.0/24"];
const TOO_MANY: Answer = Answer::Refused(Refusal::TooMany);
const FULL: Answer = Answer::Refused(Refusal::Full);
/// More often than any test's limit.
const OFTEN: usize = 50;

fn limited(flags: &[&str]) -> TestRelay {
    TestRelay::start(&[&HERE_TOO, flags].concat())
}

/// From 127.0.0.`host`.
async fn connect(relay: &TestRelay, host: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, host), 0).into()).unwrap();
    soon(socket.connect(relay.address.parse().unwrap()))
        .await
        .unwrap()
}

/// The whole response to one request.
async fn get(relay: &TestRelay, host: u8, headers: &str) -> String {
    let mut stream = connect(relay, host).await;
    let request = format!(
        "GET /healthz HTTP/1.1\r\nhost: {}\r\n{headers}connection: close\r\n\r\n",
        relay.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    soon(stream.read_to_string(&mut response)).await.unwrap();
    response
}

/// A WebSocket that is open, or the code with which it is closed before anything is said.
async fn enter(relay: &TestRelay, host: u8, client: Option<&str>) -> Result<WebSocketStream<TcpStream>, u16> {
    let stream = connect(relay, host).await;
    let mut request = format!("ws://{}/ws", relay.address)
        .into_client_request()
        .unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
    if let Some(client) = client {
        headers.insert("x-forwarded-for", client.parse().unwrap());
    }
    let (mut socket, _) = soon(client_async(request, stream)).await.unwrap();
    match soon(socket.next()).await {
        Some(Ok(Message::Binary(bytes))) => {
            assert!(matches!(decode(&bytes), Ok(ServerFrame::Welcome(_))));
            Ok(socket)
        }
        Some(Ok(Message::Close(Some(frame)))) => Err(frame.code.into()),
        other => panic!("neither welcome nor close: {other:?}"),
    }
}

/// The code with which a WebSocket that nothing is asked on is closed.
async fn ended(mut socket: WebSocketStream<TcpStream>) -> u16 {
    loop {
        match soon(socket.next()).await {
            Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
            Some(Ok(_)) => {}
            other => panic!("not closed: {other:?}"),
        }
    }
}

/// How many of the same are done before one is refused.
async fn until_too_many(client: &mut Client, command: &Command) -> usize {
    for done in 0..OFTEN {
        match client.ask(command.clone()).await {
            TOO_MANY => return done,
            Answer::Refused(why) => panic!("{why:?}"),
            _ => {}
        }
    }
    panic!("never refused")
}

#[tokio::test]
async fn requests_of_one_source_are_limited_and_told_so() {
    let relay = limited(&["--source-requests", "3"]);
    for _ in 0..3 {
        assert!(get(&relay, 1, "").await.starts_with("HTTP/1.1 200 "));
    }
    for _ in 0..4 {
        let refused = get(&relay, 1, "").await;
        assert!(refused.starts_with("HTTP/1.1 429 "), "{refused}");
        for words in [
            "retry-after: 60\r\n",
            "Wait a minute, then try again.",
            "Warte eine Minute",
        ] {
            assert!(refused.contains(words), "{words:?} is missing in {refused}");
        }
    }
    assert_eq!(enter(&relay, 1, None).await.err(), Some(close::TOO_MANY));
    assert!(get(&relay, 9, "").await.starts_with("HTTP/1.1 200 "));
    assert_eq!(
        relay.counted("fault_source").await,
        5,
        "four requests and a WebSocket"
    );
}

#[tokio::test]
async fn connections_of_one_source_are_limited_while_they_last() {
    let relay = limited(&["--source-connections", "2"]);
    let first = enter(&relay, 1, None).await.unwrap();
    let _second = enter(&relay, 1, None).await.unwrap();
    assert_eq!(enter(&relay, 1, None).await.err(), Some(close::TOO_MANY));
    assert!(get(&relay, 1, "").await.starts_with("HTTP/1.1 429 "));
    let _other = enter(&relay, 9, None).await.unwrap();
    drop(first);
    // The relay sees it go in its own time.
    soon(async { while enter(&relay, 1, None).await.is_err() {} }).await;
}

#[tokio::test]
async fn behind_a_proxy_each_client_is_a_source_and_the_proxy_is_none() {
    let relay = TestRelay::start(&["--proxy-header", "x-forwarded-for", "--source-connections", "1"]);
    let _one = enter(&relay, 1, Some("192.0.2.1")).await.unwrap();
    assert_eq!(
        enter(&relay, 1, Some("192.0.2.1")).await.err(),
        Some(close::TOO_MANY)
    );
    let _other = enter(&relay, 1, Some("192.0.2.2")).await.unwrap();
    let _six = enter(&relay, 1, Some("2001:db8::1")).await.unwrap();
    let same = enter(&relay, 1, Some("2001:db8::2:2")).await;
    assert_eq!(same.err(), Some(close::TOO_MANY), "a /64 is one source");
    let mut unnamed = Vec::new();
    for _ in 0..3 {
        unnamed.push(enter(&relay, 1, None).await.unwrap());
    }
}

#[tokio::test]
async fn nobody_is_a_source_of_an_onion_service() {
    let relay = limited(&["--onion", "--source-connections", "1", "--source-requests", "1"]);
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(enter(&relay, 1, None).await.unwrap());
    }
}

#[tokio::test]
async fn attempts_of_one_source_are_limited_and_a_ticket_is_none() {
    // One to make the room, one to claim a seat of it.
    let relay = limited(&["--source-attempts", "3"]);
    let mut ann = Person::creates(&relay, 2).await;
    let ben = ann.invites(&relay, 1).await;
    let mut eve = relay.connect().await;
    assert_eq!(
        open(&mut eve, room(), wrong_keys()).await,
        Answer::Refused(Refusal::Refused)
    );
    // The same for a room that is there and for one that is not.
    for guessed in [ann.room, room(), ann.room, room(), room()] {
        assert_eq!(open(&mut eve, guessed, wrong_keys()).await, TOO_MANY);
    }
    ben.another_tab(&relay).await;
    assert_eq!(relay.counted("refused_too_many").await, 5);
}

#[tokio::test]
async fn rooms_of_one_source_are_limited() {
    let relay = limited(&["--source-rooms", "1"]);
    let ann = Person::creates(&relay, 2).await;
    let mut eve = relay.connect().await;
    let lifetime = eve.welcome.lifetime;
    for wanted in [ann.room, room()] {
        let answer = create(&mut eve, wanted, 2, lifetime, take(AccessKey::new(random()))).await;
        assert_eq!(answer, TOO_MANY);
    }
}

#[tokio::test]
async fn there_are_so_many_rooms_and_one_more_when_one_ends() {
    let relay = TestRelay::start(&["--rooms", "1"]);
    let mut ann = Person::creates(&relay, 2).await;
    let mut eve = relay.connect().await;
    let lifetime = eve.welcome.lifetime;
    // The same for a room that is there and for one that is not.
    for wanted in [ann.room, room(), ann.room, room(), room()] {
        let answer = create(&mut eve, wanted, 2, lifetime, take(AccessKey::new(random()))).await;
        assert_eq!(answer, FULL);
    }
    let proofs = ann.proofs();
    assert_eq!(ann.client.ask(Command::Expire { proofs }).await, Answer::Done);
    let answer = create(&mut eve, room(), 2, lifetime, take(AccessKey::new(random()))).await;
    assert!(matches!(answer, Answer::Opened(_)), "{answer:?}");
    assert_eq!(relay.counted("refused_full").await, 5);
}

#[tokio::test]
async fn frames_of_one_source_are_limited_and_a_deletion_goes() {
    let relay = limited(&["--source-frames", "20"]);
    let mut ann = Person::creates(&relay, 2).await;
    ann.sends().await;
    let puzzle = Command::Puzzle(Subject::new([1; 32]));
    assert!(until_too_many(&mut ann.client, &puzzle).await >= 10);
    let mut other = relay.connect().await;
    assert_eq!(other.ask(puzzle).await, TOO_MANY, "on another connection, too");
    let delete = Command::Delete {
        message: ann.snapshot.last,
        proofs: ann.proofs(),
    };
    assert_eq!(ann.client.ask(delete).await, Answer::Done);
    let vacate = Command::Vacate { proofs: None };
    assert_eq!(ann.client.ask(vacate).await, Answer::Done);
}

/// Red when made: a hint asks no source whether it may (`Talk::hint`); one that may not is answered.
#[tokio::test]
async fn a_hint_beyond_what_its_source_may_send_is_neither_passed_on_nor_answered() {
    let relay = limited(&["--source-frames", "30"]);
    let mut ann = Person::creates(&relay, 2).await;
    let mut ben = ann.invites(&relay, 1).await;
    ann.sends().await;
    ben.gets().await;
    ann.client.say(Command::Typing).await;
    assert_eq!(ben.client.event().await, Event::Typing(ann.seat), "within it");
    until_too_many(&mut ann.client, &Command::Puzzle(Subject::new([1; 32]))).await;
    for hint in [Command::Typing, Command::Habits(Habits::default())] {
        ann.client.say(hint).await;
    }
    // The connection goes on: what is asked next is what is answered next, and what Ben is told next.
    let delete = Command::Delete {
        message: ann.snapshot.last,
        proofs: ann.proofs(),
    };
    assert_eq!(ann.client.ask(delete).await, Answer::Done);
    let told = ben.client.event().await;
    assert!(matches!(told, Event::Deleted(_)), "{told:?}");
}

#[tokio::test]
async fn bytes_of_one_source_are_limited() {
    let relay = limited(&["--source-bytes", "65536"]);
    let mut ann = Person::creates(&relay, 2).await;
    let message = ann.envelope();
    // Twice the same bytes are the same message.
    let sent = until_too_many(&mut ann.client, &send(&message)).await;
    assert!((20..OFTEN).contains(&sent), "{sent}");
}

#[tokio::test]
async fn a_socket_that_opens_nothing_is_ended_and_one_with_a_seat_is_not() {
    let relay = TestRelay::start(&["--unopened", "1s", "--ping", "1s"]);
    let mut ann = Person::creates(&relay, 2).await;
    // She is quiet for as long, and longer; only that she is there she says when she is asked.
    for number in [4, 1] {
        let mut quiet = Vec::new();
        for _ in 0..number {
            quiet.push(enter(&relay, 1, None).await.unwrap());
        }
        for socket in quiet {
            tokio::select! {
                code = ended(socket) => assert_eq!(code, close::UNOPENED),
                event = ann.client.event() => panic!("{event:?}"),
            }
        }
    }
    ann.client.nothing_else().await;
    assert_eq!(relay.counted("fault_unopened").await, 5);
}

#[tokio::test]
async fn a_head_may_be_so_long() {
    let least = &["--head", "8192"][..];
    // Of one that is more than twice as long as it may be, no more is read: then there are no words.
    for (length, flags, status, is_told, times) in [
        (12_000, &[][..], "200", false, 0),
        (12_000, least, "431", true, 5),
        (20_000, least, "431", false, 5),
    ] {
        let long = format!("x-padding: {}\r\n", "x".repeat(length));
        let relay = TestRelay::start(flags);
        for _ in 0..5 {
            let response = get(&relay, 1, &long).await;
            assert!(
                response.starts_with(&format!("HTTP/1.1 {status} ")),
                "{flags:?}: {response}"
            );
            let told = ["Delete this site's cookies", "Lösche die Cookies"];
            let told = told.map(|words| response.contains(words));
            assert_eq!(told, [is_told; 2], "{length}, {flags:?}: {response}");
        }
        assert_eq!(relay.counted("fault_head").await, times);
    }
}

#[tokio::test]
async fn a_full_disk_budget_stops_what_grows_and_nothing_else() {
    let relay = TestRelay::start(&["--disk", "1MB", "--compaction", "1h", "--calm", "1000000"]);
    let mut ann = Person::creates(&relay, 2).await;
    let mut ben = ann.invites(&relay, 1).await;
    ann.snapshot.seats = ben.snapshot.seats.clone();
    ann.sends().await;
    ben.gets().await;
    let mut made = 0;
    loop {
        let mut eve = relay.connect().await;
        let lifetime = eve.welcome.lifetime;
        match create(&mut eve, room(), 2, lifetime, take(AccessKey::new(random()))).await {
            Answer::Opened(_) => made += 1,
            FULL => break,
            other => panic!("{other:?}"),
        }
        assert!(made < 500, "it is never full");
    }
    // A reply of the same length replaces what stands; a message in an empty room would be more than there was.
    ben.sends().await;
    ann.gets().await;
    let delete = Command::Delete {
        message: ben.snapshot.last,
        proofs: ben.proofs(),
    };
    assert_eq!(ben.client.ask(delete).await, Answer::Done);
    let another = ben.envelope();
    assert_eq!(ben.client.ask(send(&another)).await, FULL);
    ann.another_tab(&relay).await;
    let proofs = ann.proofs();
    assert_eq!(ann.client.ask(Command::Expire { proofs }).await, Answer::Done);
}
