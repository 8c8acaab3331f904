//! Whoever's connection the relay closes reads why, and has lost nothing that they typed.

use anyhow::{Result, ensure};
use sotto_protocol::limits;
use sotto_tests::both_browsers;
use sotto_tests::browser::Kind;
use sotto_tests::capture::tap::Tap;
use sotto_tests::native::{PHRASE, Person as Native, Raw};
use sotto_tests::person::{HandedOver, Person};
use sotto_tests::relay_process::RelayProcess;
use sotto_tests::wait;

use crate::limits::limited;
use crate::{no_complaints, tap};

const TOO_SLOW: &str = "The relay closed the connection: what it sent arrived here too slowly.";
const TOO_FAST: &str = "The relay closed the connection: this tab sent too much in a short time.";
const TOO_MANY: &str = "The relay closed the connection: too much came from your network in a short time.";
const DRAFT: &str = "Half a thought";

/// Alice, who is not at the page, and Ben, who is behind a tap and has typed something.
async fn two(kind: Kind, relay: &RelayProcess, tap: &Tap) -> Result<(Native, Person)> {
    let mut alice = Native::at(relay.address(), "alice");
    alice.starts("alice's passcode", 2).await?;
    let code = alice.invites(1).await?;
    let ben = Person::visit(kind, &tap.url()).await?;
    let phrase = PHRASE.to_owned();
    ben.join(&HandedOver { phrase, code }, "ben's own passcode", "")
        .await?;
    ben.browser.fill("Message", DRAFT).await?;
    Ok((alice, ben))
}

/// What was typed is there, the page is connected again, and the message goes.
async fn goes_on(ana: &Person, text: &str) -> Result<()> {
    wait::until("a connection", async || {
        let stale = "return document.querySelector('.room').classList.contains('stale');";
        Ok((ana.browser.run(stale, vec![]).await? == false).then_some(()))
    })
    .await?;
    ensure!(ana.holds("Message").await? == DRAFT, "the draft is gone");
    ensure!(ana.shows(text).await?, "it is not said any more");
    Ok(())
}

/// Has all connections that a source may have.
async fn use_up_connections(relay: &RelayProcess) -> Result<Vec<Raw>> {
    let mut open = Vec::new();
    while let Ok(raw) = Raw::connect(relay.address()).await {
        open.push(raw);
        ensure!(open.len() <= 40, "there is no limit");
    }
    Ok(open)
}

both_browsers! {
    /// A tab that sends faster than the relay takes is told so, and it stays on the screen until something is written.
    async fn too_fast_in_a_room_is_said(kind: Kind) {
        let relay = RelayProcess::start(&["--frames", "1", "--burst", "40"]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.start_and_enter("ana's own passcode", "", 2).await?;
        ana.browser.fill("Message", DRAFT).await?;
        let often = "const sends = document.querySelector('dialog [role=switch]');
            for (let count = 0; count < 60; count += 1) sends.click();";
        ana.browser.run(often, vec![]).await?;
        ana.sees(TOO_FAST).await?;
        goes_on(&ana, TOO_FAST).await?;
        ana.browser.click("Send").await?;
        ana.reads(DRAFT).await?;
        ensure!(!ana.shows(TOO_FAST).await?, "what is over is not said any more");
        no_complaints(&[&ana]).await
    }

    /// A tab whose network stands still, while more comes for it than the relay keeps, is told when the network is back.
    async fn too_slow_in_a_room_is_said(kind: Kind) {
        let relay = RelayProcess::start(&["--queue", "65536"]).await?;
        let tap = tap(&relay).await?;
        let (mut alice, ben) = two(kind, &relay, &tap).await?;
        tap.hold();
        let long = "x".repeat(limits::TEXT);
        alice.sends(&long).await?;
        let mut edits = 0;
        while alice.now()?.seats.get(1).is_some_and(|ben| ben.present) {
            alice.edits(&long).await?;
            edits += 1;
            ensure!(edits < 1000, "the slow reader is still there");
        }
        tap.release();
        ben.sees(TOO_SLOW).await?;
        goes_on(&ben, TOO_SLOW).await?;
        ben.reads(&long).await?;
        ben.browser.click("Send").await?;
        ben.reads(DRAFT).await?;
        alice.sees(DRAFT).await?;
        no_complaints(&[&ben]).await
    }

    /// A tab that comes back while its network has too many connections is told so for as long as it is shut out.
    async fn too_many_in_a_room_is_said(kind: Kind) {
        let relay = limited(&["--source-connections", "40"]).await?;
        let tap = tap(&relay).await?;
        let (mut alice, ben) = two(kind, &relay, &tap).await?;
        tap.block();
        let open = use_up_connections(&relay).await?;
        tap.unblock();
        ben.browser.run("dispatchEvent(new Event('online'));", vec![]).await?;
        ben.sees(TOO_MANY).await?;
        ben.sees("The connection is lost. Trying again; your draft is kept.").await?;
        alice.sends("Meanwhile.").await?;
        drop(open);
        ben.browser.run("dispatchEvent(new Event('online'));", vec![]).await?;
        ben.reads("Meanwhile.").await?;
        goes_on(&ben, TOO_MANY).await?;
        ben.browser.click("Send").await?;
        alice.sees(DRAFT).await.map(drop)
    }

    /// Whoever starts a room and is shut out reads why the relay does not say what it offers.
    async fn too_many_before_a_room_is_said(kind: Kind) {
        let relay = limited(&["--source-connections", "40"]).await?;
        let tap = tap(&relay).await?;
        let ana = Person::visit(kind, &tap.url()).await?;
        // The browser keeps the word list; all else begins anew.
        ana.browser.click("Start a room").await?;
        ana.readable("Your phrase").await?;
        ana.reload().await?;
        ana.come_whole().await?;
        tap.block();
        let open = use_up_connections(&relay).await?;
        tap.unblock();
        ana.browser.click("Start a room").await?;
        let phrase = ana.readable("Your phrase").await?;
        ana.browser.click("Next").await?;
        ana.browser.type_into("Passcode", "ana's own passcode").await?;
        ana.browser.click("Next").await?;
        ana.sees(TOO_MANY).await?;
        drop(open);
        ana.browser.run("dispatchEvent(new Event('online'));", vec![]).await?;
        ana.create("", 2).await?;
        ensure!(ana.readable("Your phrase").await? == phrase, "what was typed is gone");
        Ok(())
    }
}
