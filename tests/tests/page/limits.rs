//! Whoever meets a limit of the relay reads what it is and what to do.

use anyhow::{Result, bail, ensure};
use sotto_protocol::{
    AccessKey, Answer, Command, CommandKind, Create, Envelope, Refusal, RoomHash, Seats, TakeSeat, close,
    decode, hash, limits,
};
use sotto_tests::both_browsers;
use sotto_tests::capture::tap::Tap;
use sotto_tests::capture::websocket::Frame;
use sotto_tests::capture::{http, websocket};
use sotto_tests::native::Raw;
use sotto_tests::person::{HandedOver, Person};
use sotto_tests::relay_process::RelayProcess;
use sotto_tests::wait;

use crate::{NOT_OPENED, no_complaints, tap, two};

const TOO_MANY: &str = "Too much came from your network in a short time. Wait a minute, then try again.";
const TOO_MUCH: &str = "Not done: too much came from your network in a short time.";
const FULL: &str = "The relay is full and takes no new rooms or places at the moment.";

/// With a page of this machine as a source like any other.
pub(super) async fn limited(flags: &[&str]) -> Result<RelayProcess> {
    RelayProcess::start(&[&["--trusted-proxies", "203.0.113.0/24"], flags].concat()).await
}

/// Uses up what a source may send, to the last thousand bytes: frames which nobody without a seat has a use for, first
/// long ones and then short ones.
async fn use_up_bytes(address: &str) -> Result<()> {
    let mut raw = Raw::connect(address).await?;
    for (length, boxes) in [(limits::PADDED[3], 8), (limits::PADDED[0], 0)] {
        let envelope = Envelope {
            header: vec![0; limits::HEADER],
            body: vec![0; length + limits::TAG],
            boxes: vec![vec![0; limits::BOX]; boxes],
        };
        let message = Command::Send {
            envelope,
            without: Seats::NONE,
            read: None,
        };
        let mut sent = 0;
        while decode::<Answer>(&raw.ask(message.clone()).await?)? != Answer::Refused(Refusal::TooMany) {
            sent += 1;
            ensure!(sent < 100, "it is not used up");
        }
    }
    Ok(())
}

/// Makes rooms until the relay says that it is full.
async fn fill(address: &str) -> Result<()> {
    for _ in 0..500 {
        let mut name = [0; RoomHash::LENGTH];
        getrandom::fill(&mut name)?;
        let room = RoomHash::new(name);
        let mut raw = Raw::connect(address).await?;
        let priced = raw.ask(Command::Puzzle(room.subject())).await?;
        let Answer::Puzzle(puzzle) = decode(&priced)? else {
            bail!("no puzzle")
        };
        let create = Create {
            room,
            solution: hash::solve(&puzzle.nonce, CommandKind::Create, &room.subject(), puzzle.bits),
            size: 2,
            lifetime: 7 * 24 * 3600,
            take: TakeSeat {
                access_key: AccessKey::new(name),
                vault: vec![1; limits::VAULT],
                card: vec![2; limits::CARD],
            },
            word: None,
        };
        if decode::<Answer>(&raw.ask(Command::Create(create)).await?)? == Answer::Refused(Refusal::Full) {
            return Ok(());
        }
    }
    bail!("it is never full")
}

/// How many sockets the relay has closed for opening nothing.
fn ended(tap: &Tap) -> usize {
    let unopened = close::UNOPENED.to_be_bytes();
    let recording = tap.recording();
    let sockets = recording
        .iter()
        .filter_map(|connection| http::parse(connection).ok()?.upgraded);
    let frames = sockets.filter_map(|(_, received)| websocket::parse(&received).ok());
    frames
        .flatten()
        .filter(|frame| matches!(frame, Frame::Close(_)) && frame.payload().starts_with(&unopened))
        .count()
}

both_browsers! {
    /// Somebody sits before a form until the relay has ended the socket behind it: nothing of that is seen, and the form
    /// works. The form for a new room has one to ask what there is; the entry form has one from an attempt that failed.
    async fn a_socket_that_is_ended_is_missed_by_nobody(kind: Kind) {
        let relay = RelayProcess::start(&["--unopened", "1s", "--ping", "1s"]).await?;
        let tap = tap(&relay).await?;
        let ana = Person::visit(kind, &tap.url()).await?;
        ana.browser.click("Start a room").await?;
        let phrase = ana.readable("Your phrase").await?;
        wait::until("an end of the socket", async || Ok((ended(&tap) > 0).then_some(()))).await?;
        ana.browser.click("Next").await?;
        ana.browser.type_into("Passcode", "ana's own passcode").await?;
        ana.browser.click("Next").await?;
        ana.create("", 2).await?;
        let code = ana.readable("One-time code").await?;
        ana.browser.click("Go to the room").await?;
        ana.in_room().await?;

        let ben = Person::visit(kind, &tap.url()).await?;
        ben.try_open(&phrase, "no passcode of theirs").await?;
        ben.sees(NOT_OPENED).await?;
        let before = ended(&tap);
        wait::until("another end", async || Ok((ended(&tap) > before).then_some(()))).await?;
        ben.join(&HandedOver { phrase, code }, "ben's own passcode", "").await?;
        ana.send("It is raining.").await?;
        ben.reads("It is raining.").await?;
        no_complaints(&[&ana, &ben]).await
    }

    /// In a room of a full relay a first message does not go, and is kept; a reply of the same length goes.
    async fn a_full_disk_is_said_in_a_room(kind: Kind) {
        let relay = RelayProcess::start(&["--disk", "1MB", "--compaction", "1h", "--calm", "1000000"]).await?;
        let (ana, ben, _) = two([kind, kind], &relay.url()).await?;
        let eva = Person::visit(kind, &relay.url()).await?;
        eva.start_and_enter("eva's own passcode", "", 2).await?;
        ana.send("It is raining.").await?;
        ben.reads("It is raining.").await?;
        fill(relay.address()).await?;
        eva.browser.fill("Message", "Is anybody there?").await?;
        eva.browser.click("Send").await?;
        eva.sees("Not done: the relay is full.").await?;
        ensure!(eva.holds("Message").await? == "Is anybody there?", "the draft is gone");
        ben.send("Still.").await?;
        ana.reads("Still.").await?;
        no_complaints(&[&ana, &ben, &eva]).await
    }

    /// A full relay takes no new room; what was typed stays in the form.
    async fn a_full_relay_says_so(kind: Kind) {
        let relay = RelayProcess::start(&["--rooms", "1"]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.start_and_enter("ana's own passcode", "", 2).await?;
        let ben = Person::visit(kind, &relay.url()).await?;
        ben.browser.click("Start a room").await?;
        ben.readable("Your phrase").await?;
        ben.browser.click("Next").await?;
        ben.browser.type_into("Passcode", "ben's own passcode").await?;
        ben.browser.click("Next").await?;
        ben.create("", 2).await?;
        ben.sees(FULL).await?;
        no_complaints(&[&ana, &ben]).await
    }

    /// Too many tries: said in the form, and the next minute is another.
    async fn too_many_tries_are_said(kind: Kind) {
        let relay = limited(&["--source-attempts", "1"]).await?;
        let eva = Person::visit(kind, &relay.url()).await?;
        eva.try_open("a room that never was", "some passcode").await?;
        eva.sees(NOT_OPENED).await?;
        eva.try_open("a room that never was", "some passcode").await?;
        eva.sees(TOO_MANY).await?;
        no_complaints(&[&eva]).await
    }

    /// A code that the relay does not take is said where it was waited for; it can be made in the room.
    async fn a_code_that_is_refused_is_said(kind: Kind) {
        let relay = limited(&["--source-frames", "2"]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.browser.click("Start a room").await?;
        ana.readable("Your phrase").await?;
        ana.browser.click("Next").await?;
        ana.browser.type_into("Passcode", "ana's own passcode").await?;
        ana.browser.click("Next").await?;
        ana.create("", 2).await?;
        ana.sees(TOO_MUCH).await?;
        ensure!(!ana.shows("The code is on its way.").await?);
        ana.browser.click("Go to the room").await?;
        ana.in_room().await?;
        no_complaints(&[&ana]).await
    }

    /// Too many connections: the one that was made for an attempt is closed, and the form says why.
    async fn too_many_connections_are_said(kind: Kind) {
        let relay = limited(&["--source-connections", "40"]).await?;
        let tap = tap(&relay).await?;
        let eva = Person::visit(kind, &tap.url()).await?;
        eva.browser.wait_for("button", "Open").await?;
        eva.browser.click("Join with a code").await?;
        eva.browser.click("Back").await?;
        tap.cut();
        let mut open = Vec::new();
        while let Ok(raw) = Raw::connect(relay.address()).await {
            open.push(raw);
            ensure!(open.len() <= 40, "there is no limit");
        }
        eva.try_open("a room that never was", "some passcode").await?;
        eva.sees(TOO_MANY).await?;
        drop(open);
        Ok(())
    }

    /// Too much in a room: the message is not sent, and what was written stays.
    async fn too_much_in_a_room_is_said_and_the_draft_stays(kind: Kind) {
        let relay = limited(&["--source-bytes", "65536"]).await?;
        let (ana, ben, _) = two([kind, kind], &relay.url()).await?;
        let long = "word ".repeat(240);
        ana.browser.fill("Message", &long).await?;
        use_up_bytes(relay.address()).await?;
        ana.browser.click("Send").await?;
        ana.sees(TOO_MUCH).await?;
        ensure!(ana.holds("Message").await?.trim() == long.trim(), "the draft is gone");
        no_complaints(&[&ana, &ben]).await
    }
}
