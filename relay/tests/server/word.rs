//! A relay that makes rooms only for those who know its word.

use sotto_protocol::{
    AccessKey, Answer, Command, CommandKind, Create, Refusal, RoomHash, Solution, WordHash, encode, hash,
};
use tempfile::NamedTempFile;

use crate::person::{REFUSED, claim, open, random, room, seat, solve, take, wrong_keys};
use crate::support::{Client, TestRelay};

const WORD: &str = "lighthouse";
const WRONG: Answer = Answer::Refused(Refusal::WrongWord);

/// A relay with a word in a file, as an editor leaves it.
fn relay() -> (TestRelay, NamedTempFile) {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(&file, format!("{WORD}\n")).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    (TestRelay::start(&["--create-token-file", &path]), file)
}

fn shown(client: &Client, word: &str) -> WordHash {
    hash::word_hash(&client.welcome.salt, word.as_bytes())
}

async fn create(client: &mut Client, room: RoomHash, word: Option<WordHash>) -> Answer {
    let solution = solve(client, CommandKind::Create, room.subject()).await;
    try_create(client, room, word, solution, AccessKey::new(random())).await
}

async fn try_create(
    client: &mut Client,
    room: RoomHash,
    word: Option<WordHash>,
    solution: Solution,
    key: AccessKey,
) -> Answer {
    let create = Create {
        room,
        solution,
        size: 2,
        lifetime: client.welcome.lifetime,
        take: take(key),
        word,
    };
    client.ask(Command::Create(create)).await
}

#[tokio::test]
async fn rooms_are_made_only_with_the_word_and_entered_without() {
    let (relay, _file) = relay();
    let mut client = relay.connect().await;
    assert!(client.welcome.word);
    assert_eq!(create(&mut client, room(), None).await, WRONG);
    let wrong = Some(shown(&client, "Lighthouse"));
    assert_eq!(create(&mut client, room(), wrong).await, WRONG);
    let right = Some(shown(&client, WORD));
    let (made, key) = (room(), AccessKey::new(random()));
    let solution = solve(&mut client, CommandKind::Create, made.subject()).await;
    let opened = try_create(&mut client, made, right, solution, key).await;
    assert!(matches!(opened, Answer::Opened(_)), "{opened:?}");

    let token = random().into();
    let invite = Command::Invite {
        seat: seat(1),
        token: Some(token),
        invitation: None,
    };
    assert_eq!(client.ask(invite).await, Answer::Done);
    let mut ben = relay.connect().await;
    let joined = claim(&mut ben, made, seat(1), token, take(AccessKey::new(random()))).await;
    assert!(matches!(joined, Answer::Opened(_)), "{joined:?}");
    let mut again = relay.connect().await;
    let mut keys = wrong_keys();
    keys[0] = key;
    assert!(matches!(open(&mut again, made, keys).await, Answer::Opened(_)));
}

#[tokio::test]
async fn a_wrong_word_tells_nothing_of_the_room() {
    let (relay, _file) = relay();
    let mut ann = relay.connect().await;
    let (there, right) = (room(), Some(shown(&ann, WORD)));
    assert!(matches!(create(&mut ann, there, right).await, Answer::Opened(_)));
    let mut stranger = relay.connect().await;
    let wrong = Some(shown(&stranger, "lighthouses"));
    for named in [there, room()] {
        assert_eq!(create(&mut stranger, named, None).await, WRONG);
        let answer = create(&mut stranger, named, wrong).await;
        assert_eq!(encode(&answer), encode(&WRONG));
    }
    // With the word, a room that is there is refused as ever.
    assert_eq!(create(&mut stranger, there, right).await, REFUSED);
}

#[tokio::test]
async fn guesses_at_the_word_are_priced_together() {
    let (relay, _file) = relay();
    let mut client = relay.connect().await;
    for guess in ["lighthouse1", "lighthouse2", "lighthouse3"] {
        let wrong = Some(shown(&client, guess));
        assert_eq!(create(&mut client, room(), wrong).await, WRONG);
    }
    // No puzzle was asked for: nothing is tried, and the price is told, of a room that nobody named before.
    let (fresh, right) = (room(), Some(shown(&client, WORD)));
    let key = AccessKey::new(random());
    let unpaid = try_create(&mut client, fresh, right, Solution::new([0; 8]), key).await;
    let Answer::Refused(Refusal::Price(puzzle)) = unpaid else {
        panic!("{unpaid:?}")
    };
    assert_eq!(puzzle.bits, 10);
    // Whoever knows the word pays it, and is in.
    let solution = hash::solve(&puzzle.nonce, CommandKind::Create, &fresh.subject(), puzzle.bits);
    let paid = try_create(&mut client, fresh, right, solution, key).await;
    assert!(matches!(paid, Answer::Opened(_)), "{paid:?}");
    let mut other = relay.connect().await;
    let Answer::Puzzle(free) = other.ask(Command::Puzzle(room().subject())).await else {
        panic!()
    };
    assert_eq!(free.bits, 0, "what needs no word costs what it did");
}

#[tokio::test]
async fn a_relay_without_a_word_asks_for_none() {
    let relay = TestRelay::start(&[]);
    let mut client = relay.connect().await;
    assert!(!client.welcome.word);
    let needless = Some(shown(&client, WORD));
    assert!(matches!(
        create(&mut client, room(), needless).await,
        Answer::Opened(_)
    ));
}
