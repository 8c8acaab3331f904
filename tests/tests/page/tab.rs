//! What a person chooses for their tab: what it tells the others, and what it shows.

use std::time::Duration;

use anyhow::ensure;
use sotto_tests::both_browsers;
use sotto_tests::relay_process::RelayProcess;

use crate::{no_complaints, two};

/// Twice as long as a message has to be visible to count as read.
const LONG_ENOUGH: Duration = Duration::from_secs(1);

both_browsers! {
    /// Receipts and typing are turned off: the others are told once, nothing is sent, and what was read can still be
    /// edited and deleted. Turned on again, what is on the screen is read.
    async fn receipts_and_typing_are_a_choice(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, _) = two([kind, kind], &relay.url()).await?;
        ben.turn("Show when I write").await?;
        ana.hears("The other person does not show when they write.").await?;
        ben.turn("Send read receipts").await?;
        ana.hears("The other person sends no read receipts.").await?;
        ana.send("Seven?").await?;
        ana.sees("Sent The other person sends no read receipts.").await?;
        ben.reads("Seven?").await?;
        tokio::time::sleep(LONG_ENOUGH).await;
        ana.browser.click("Edit").await?;
        ana.browser.fill("Message", "Eight?").await?;
        ana.browser.click("Save").await?;
        ana.hears("Edited").await?;
        ben.reads("Eight?").await?;
        ben.browser.type_into("Message", "Fi").await?;
        tokio::time::sleep(LONG_ENOUGH).await;
        ensure!(!ana.shows("writing").await?, "typing is told");

        // Both switches outlive a lock.
        ben.browser.click("Lock").await?;
        ben.browser.type_into("Passcode", "ben's own passcode").await?;
        ben.browser.click("Resume").await?;
        ben.reads("Eight?").await?;
        ana.sees("The other person sends no read receipts.").await?;
        tokio::time::sleep(LONG_ENOUGH).await;
        ensure!(ana.browser.find("button", "Edit").await?.is_some(), "it was told that it was read");

        ben.turn("Send read receipts").await?;
        ana.hears("The other person sends read receipts again.").await?;
        ana.sees("Edited · Read").await?;
        ana.browser.wait_gone("button", "Edit").await?;
        ben.turn("Show when I write").await?;
        ben.browser.type_into("Message", "ne.").await?;
        ana.sees("The other person is writing").await?;
        no_complaints(&[&ana, &ben]).await
    }

    /// A covered message is neither in the page nor read until it is asked for, and can be covered again.
    async fn a_message_opens_behind_one_tap(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, _) = two([kind, kind], &relay.url()).await?;
        ben.turn("Cover messages until I tap").await?;
        ana.send("Seven?").await?;
        ben.sees("The other person wrote A message is here.").await?;
        tokio::time::sleep(LONG_ENOUGH).await;
        let whole = "return document.documentElement.textContent;";
        let held = ben.browser.run(whole, vec![]).await?;
        ensure!(!held.as_str().unwrap_or_default().contains("Seven?"), "a covered message is in the page");
        ensure!(ana.browser.find("button", "Edit").await?.is_some(), "a covered message counts as read");
        ben.browser.click("Show the message").await?;
        ben.reads("Seven?").await?;
        ana.hears("Read").await?;
        ben.browser.click("Cover it again").await?;
        ben.sees("A message is here.").await?;
        ensure!(!ben.shows("Seven?").await?);
        // What I write is mine to see.
        ben.send("Eight.").await?;
        no_complaints(&[&ana, &ben]).await
    }
}
