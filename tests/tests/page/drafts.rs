//! What someone is writing outlives whatever gets in its way.

use anyhow::{Result, ensure};
use rusqlite::{Connection, TransactionBehavior};
use sotto_tests::both_browsers;
use sotto_tests::capture::tap::Tap;
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;
use sotto_tests::wait;

use crate::{no_complaints, tap, two};

/// A message has more bytes than this on the wire, a hint fewer.
const SMALLEST: usize = 256;

/// How many bytes have left the browser.
fn sent(tap: &Tap) -> usize {
    tap.recording()
        .iter()
        .map(|connection| connection.sent.len())
        .sum()
}

/// A connection of the test's own to the relay's database.
fn database(relay: &RelayProcess) -> Result<Connection> {
    let file = relay.data().join("sotto.db");
    Ok(Connection::open(file)?)
}

both_browsers! {
    /// Two write at the same time: one message stands, the other one's draft stays with a sentence that says why, and
    /// can be sent after all.
    async fn a_draft_outlives_a_conflict(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let tap = tap(&relay).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        let ben = Person::visit(kind, &tap.url()).await?;
        let handed = ana.start_and_enter("ana's own passcode", "", 2).await?;
        ben.join(&handed, "ben's own passcode", "").await?;
        ben.browser.fill("Message", "Shall we meet?").await?;
        // Ben sends before he can know that Ana did.
        tap.hold();
        ana.send("Meet me at seven.").await?;
        let before = sent(&tap);
        ben.browser.click("Send").await?;
        wait::until("a message on its way", async || Ok((sent(&tap) > before + SMALLEST).then_some(()))).await?;
        tap.release();
        ben.sees("Not sent: someone else's message came first, or the room changed. Your draft is kept.").await?;
        ben.hears("Not sent: someone else's message came first").await?;
        ben.reads("Meet me at seven.").await?;
        ensure!(ben.holds("Message").await? == "Shall we meet?", "the draft is kept");
        ensure!(!ana.shows("Shall we meet?").await?, "what was not sent is not shown");
        ana.hears("Read").await?;
        ben.browser.click("Send").await?;
        ana.reads("Shall we meet?").await?;
        no_complaints(&[&ana, &ben]).await
    }

    /// The relay cannot write to its disk: it says so, the draft stays, and goes once it can.
    async fn a_draft_outlives_a_relay_that_cannot_store(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, _) = two([kind, kind], &relay.url()).await?;
        // While someone else is writing to the file, the relay cannot.
        let mut database = database(&relay)?;
        let writing = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        ana.browser.fill("Message", "The bakery has closed.").await?;
        ana.browser.click("Send").await?;
        ana.sees("The relay could not store this just now. Try again later; trying twice does no harm.").await?;
        ana.hears("The relay could not store this just now.").await?;
        ensure!(ana.holds("Message").await? == "The bakery has closed.", "the draft is kept");
        for person in [&ana, &ben] {
            person.sees("Nothing has been written yet.").await?;
        }
        writing.rollback()?;
        ana.browser.click("Send").await?;
        ben.reads("The bakery has closed.").await?;
        ana.hears("Read").await?;
        ensure!(!ana.shows("could not store").await?, "what is over is not said any more");
        no_complaints(&[&ana, &ben]).await
    }

    /// The relay is killed, and later the network is cut: the draft stays, what is shown is said to be old, and then
    /// the conversation goes on.
    async fn a_restart_and_a_cut_lose_nothing(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let tap = tap(&relay).await?;
        let (ana, ben, _) = two([kind, kind], &tap.url()).await?;
        ana.send("Before.").await?;
        ben.reads("Before.").await?;
        ana.hears("Read").await?;
        ben.browser.fill("Message", "After the restart.").await?;
        let relay = relay.crash_and_restart().await?;
        ben.browser.click("Send").await?;
        ana.reads("After the restart.").await?;

        ana.browser.fill("Message", "After the cut.").await?;
        tap.block();
        ana.sees("The connection is lost.").await?;
        ana.reads("After the restart.").await?;
        ensure!(ana.holds("Message").await? == "After the cut.");
        tap.unblock();
        ana.browser.wait_for("button", "Lock").await?;
        ana.browser.run("dispatchEvent(new Event('online'));", vec![]).await?;
        ben.browser.run("dispatchEvent(new Event('online'));", vec![]).await?;
        ana.browser.click("Send").await?;
        ben.reads("After the cut.").await?;
        drop(relay);
        Ok(())
    }

    /// The worker dies: the page says so, starts another, and offers the draft again.
    async fn a_draft_outlives_its_worker(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        let handed = ana.start_and_enter("ana's own passcode", "", 2).await?;
        ana.browser.type_into("Message", "A long though").await?;
        ana.break_worker().await?;
        ana.browser.type_into("Message", "t").await?;
        ana.sees("Something broke; nothing was sent").await?;
        ana.hears("Something broke; nothing was sent").await?;
        ensure!(!ana.shows("A long thought").await?, "a draft is no trace on the entry form");
        ana.open(&handed.phrase, "ana's own passcode").await?;
        ana.browser.click("Put it back").await?;
        ensure!(ana.holds("Message").await? == "A long thought");
        ana.browser.click("Send").await?;
        ana.reads("A long thought").await
    }
}
