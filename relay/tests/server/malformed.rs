//! Every frame that no client sends has a named end, and the neighbour's typing flows on.

use futures_util::SinkExt as _;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sotto_protocol::{Answer, Command, Event, Request, close, encode, limits};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::person::{Person, room};
use crate::support::{Client, TestRelay};

/// Two people whose talk must not notice anything.
struct Neighbours {
    ann: Person,
    ben: Person,
}

impl Neighbours {
    async fn of(relay: &TestRelay) -> Self {
        let mut ann = Person::creates(relay, 2).await;
        let ben = ann.invites(relay, 1).await;
        Self { ann, ben }
    }

    async fn notice_nothing(&mut self) {
        self.ann.client.say(Command::Typing).await;
        assert_eq!(self.ben.client.event().await, Event::Typing(self.ann.seat));
    }
}

/// A request whose command is this list of raw CBOR items.
fn raw(reference: &[u8], command: &[u8]) -> Vec<u8> {
    [&[0x82], reference, command].concat()
}

async fn closes(relay: &TestRelay, bytes: Vec<u8>) -> u16 {
    let mut client = relay.connect().await;
    client.send_bytes(bytes).await;
    client.closed().await
}

#[tokio::test]
async fn each_has_its_code() {
    let relay = TestRelay::start(&[]);
    let mut neighbours = Neighbours::of(&relay).await;
    let puzzle = encode(&Request {
        reference: 1,
        command: Command::Puzzle(room().subject()),
    });
    let longer = [puzzle.clone(), vec![0]].concat();
    let (cut, _) = puzzle.split_at(puzzle.len() - 1);
    for (what, bytes, code) in [
        ("empty", vec![], close::MALFORMED),
        ("no CBOR", vec![0xff; 40], close::MALFORMED),
        ("another shape", vec![0x01], close::MALFORMED),
        ("cut short", cut.to_vec(), close::MALFORMED),
        ("something behind it", longer, close::MALFORMED),
        (
            "a longer form of a number",
            raw(&[0x18, 0x01], &[0x81, 0x08]),
            close::MALFORMED,
        ),
        (
            "indefinite length",
            raw(&[0x01], &[0x9f, 0x08, 0xff]),
            close::MALFORMED,
        ),
        (
            "a hash of another length",
            raw(&[0x01], &[0x82, 0x00, 0x41, 0x00]),
            close::MALFORMED,
        ),
        (
            "a huge length",
            raw(&[0x01], &[0x82, 0x00, 0x5a, 0xff, 0xff, 0xff, 0xff]),
            close::MALFORMED,
        ),
        (
            "a huge array",
            vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            close::MALFORMED,
        ),
        ("deep nesting", vec![0x81; limits::FRAME], close::MALFORMED),
        ("an unknown command", raw(&[0x01], &[0x81, 0x10]), close::UNKNOWN),
    ] {
        assert_eq!(closes(&relay, bytes).await, code, "{what}");
        neighbours.notice_nothing().await;
    }
    // The same bytes, well-formed, end nothing: the table above fails for what it says.
    let mut client = relay.connect().await;
    client.send_bytes(raw(&[0x01], &[0x81, 0x08])).await;
    client.send_bytes(puzzle).await;
    assert!(matches!(client.answer_to(1).await, Answer::Puzzle(_)));
}

#[tokio::test]
async fn too_long_is_closed_before_it_has_come() {
    let relay = TestRelay::start(&[]);
    let mut neighbours = Neighbours::of(&relay).await;
    assert_eq!(closes(&relay, vec![0; limits::FRAME + 1]).await, close::TOO_LONG);
    assert_eq!(
        closes(&relay, vec![0; limits::FRAME]).await,
        close::MALFORMED,
        "one less is read"
    );
    // A head that announces eight exabytes, and nothing behind it: nothing is set aside for them.
    let mut client = relay.connect().await;
    let head = [
        0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4,
    ];
    client.socket.get_mut().write_all(&head).await.unwrap();
    assert_eq!(client.closed().await, close::TOO_LONG);
    // Many fragments of one message.
    let mut client = relay.connect().await;
    for part in 0..3 {
        let opcode = if part == 0 { 0x02 } else { 0x00 };
        let length = u16::try_from(limits::FRAME / 2 + 1).unwrap().to_be_bytes();
        let mut fragment = vec![opcode, 0xfe, length[0], length[1], 0, 0, 0, 0];
        fragment.resize(fragment.len() + limits::FRAME / 2 + 1, 0);
        // The relay may close before all of it is sent.
        if client.socket.get_mut().write_all(&fragment).await.is_err() {
            break;
        }
    }
    assert_eq!(client.closed().await, close::TOO_LONG);
    neighbours.notice_nothing().await;
}

#[tokio::test]
async fn text_is_not_spoken() {
    let relay = TestRelay::start(&[]);
    let mut client = relay.connect().await;
    client.socket.send(Message::text("hello")).await.unwrap();
    assert_eq!(client.closed().await, close::NOT_BINARY);
    let mut client = relay.connect().await;
    client
        .socket
        .get_mut()
        .write_all(&[0x81, 0x81, 0, 0, 0, 0, 0xff])
        .await
        .unwrap();
    assert_eq!(client.closed().await, close::NOT_BINARY, "not even as text");
}

#[tokio::test]
async fn frames_that_break_the_websocket_protocol() {
    let relay = TestRelay::start(&[]);
    let mut neighbours = Neighbours::of(&relay).await;
    for (what, bytes) in [
        ("not masked", vec![0x82, 0x01, 0x00]),
        ("a reserved bit", vec![0xc2, 0x81, 0, 0, 0, 0, 0]),
        ("a reserved opcode", vec![0x83, 0x81, 0, 0, 0, 0, 0]),
        ("a fragmented ping", vec![0x09, 0x80, 0, 0, 0, 0]),
        ("a continuation of nothing", vec![0x80, 0x81, 0, 0, 0, 0, 0]),
    ] {
        let mut client = relay.connect().await;
        client.socket.get_mut().write_all(&bytes).await.unwrap();
        assert_eq!(client.closed().await, close::PROTOCOL, "{what}");
        neighbours.notice_nothing().await;
    }
}

#[tokio::test]
async fn pings_are_answered_and_the_end_is_too() {
    let relay = TestRelay::start(&[]);
    let mut client = relay.connect().await;
    client
        .socket
        .send(Message::Ping(Bytes::from_static(b"there?")))
        .await
        .unwrap();
    let pong = crate::support::soon(futures_util::StreamExt::next(&mut client.socket)).await;
    assert_eq!(
        pong.unwrap().unwrap(),
        Message::Pong(Bytes::from_static(b"there?"))
    );
    client.socket.close(None).await.unwrap();
    let end = crate::support::soon(futures_util::StreamExt::next(&mut client.socket)).await;
    assert!(matches!(end, Some(Ok(Message::Close(_)))), "{end:?}");
}

#[test]
fn random_bytes_end_one_connection_at_most() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (relay, neighbours) = runtime.block_on(async {
        let relay = TestRelay::start(&["--burst", "100000"]);
        let neighbours = Neighbours::of(&relay).await;
        (relay, neighbours)
    });
    let neighbours = tokio::sync::Mutex::new(neighbours);
    let garbage = prop::collection::vec(any::<u8>(), 0..2000);
    // Well-formed beginnings get further than noise does.
    let request = (0_u8..16, garbage).prop_map(|(command, rest)| {
        let mut bytes = vec![0x82, 0x01, 0x82, command];
        bytes.extend(rest);
        bytes
    });
    let frames = prop_oneof![prop::collection::vec(any::<u8>(), 0..2000), request];
    let mut runner = TestRunner::new(ProptestConfig::with_cases(300));
    runner
        .run(&frames, |bytes| {
            runtime.block_on(async {
                let mut client: Client = relay.connect().await;
                client.send_bytes(bytes).await;
                let code = client.closed_or_answered().await;
                prop_assert!(
                    matches!(code, None | Some(close::MALFORMED | close::UNKNOWN)),
                    "{code:?}"
                );
                neighbours.lock().await.notice_nothing().await;
                Ok(())
            })
        })
        .unwrap();
}
