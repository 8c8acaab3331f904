//! Whoever meets a limit of the relay reads what it is and what to do.

use anyhow::{Result, ensure};
use sotto_protocol::{Answer, Command, Envelope, Refusal, Seats, decode, limits};
use sotto_tests::both_browsers;
use sotto_tests::native::Raw;
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;

use crate::{NOT_OPENED, no_complaints, tap, two};

const TOO_MANY: &str = "Too much came from your network in a short time. Wait a minute, then try again.";
const TOO_MUCH: &str = "Not done: too much came from your network in a short time.";
const FULL: &str = "The relay is full and takes no new rooms or places at the moment.";

/// With a page of this machine as a source like any other.
async fn limited(flags: &[&str]) -> Result<RelayProcess> {
    RelayProcess::start(&[&["--trusted-proxies", "203.0.113.0/24"], flags].concat()).await
}

/// Uses up what a source may send: long frames, which nobody without a seat has a use for.
async fn use_up_bytes(address: &str) -> Result<()> {
    let envelope = Envelope {
        header: vec![0; limits::HEADER],
        body: vec![0; limits::PADDED[3] + limits::TAG],
        boxes: vec![vec![0; limits::BOX]; 8],
    };
    let send = Command::Send {
        envelope,
        without: Seats::NONE,
        read: None,
    };
    let mut raw = Raw::connect(address).await?;
    for _ in 0..10 {
        if decode::<Answer>(&raw.ask(send.clone()).await?)? == Answer::Refused(Refusal::TooMany) {
            return Ok(());
        }
    }
    anyhow::bail!("it is not used up")
}

both_browsers! {
    /// A full relay takes no new room; what was typed stays in the form.
    async fn a_full_relay_says_so(kind: Kind) {
        let relay = RelayProcess::start(&["--rooms", "1"]).await?;
        let ana = Person::arrive(kind, &relay.url()).await?;
        ana.start_and_enter("ana's own passcode", "", 2).await?;
        let ben = Person::arrive(kind, &relay.url()).await?;
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
        let eva = Person::arrive(kind, &relay.url()).await?;
        eva.try_open("a room that never was", "some passcode").await?;
        eva.sees(NOT_OPENED).await?;
        eva.try_open("a room that never was", "some passcode").await?;
        eva.sees(TOO_MANY).await?;
        no_complaints(&[&eva]).await
    }

    /// Too many connections: the one that was made for an attempt is closed, and the form says why.
    async fn too_many_connections_are_said(kind: Kind) {
        let relay = limited(&["--source-connections", "40"]).await?;
        let tap = tap(&relay).await?;
        let eva = Person::arrive(kind, &tap.url()).await?;
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
        let long = "word ".repeat(2000);
        ana.browser.fill("Message", &long).await?;
        use_up_bytes(relay.address()).await?;
        ana.browser.click("Send").await?;
        ana.sees(TOO_MUCH).await?;
        ensure!(ana.holds("Message").await?.trim() == long.trim(), "the draft is gone");
        no_complaints(&[&ana, &ben]).await
    }
}
