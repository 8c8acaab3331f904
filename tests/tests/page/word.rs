//! A relay that makes rooms only for those who know its word.

use anyhow::ensure;
use sotto_tests::both_browsers;
use sotto_tests::person::{HandedOver, Person};
use sotto_tests::relay_process::RelayProcess;

use crate::no_complaints;

/// The field.
const FIELD: &str = "Word for new rooms";

both_browsers! {
    /// Without the word, and with a wrong one, there is no room, and the page says why; with it there is; joining needs none.
    async fn a_room_is_made_with_the_word_and_joined_without(kind: Kind) {
        let relay = RelayProcess::start_in(&[], &[("SOTTO_CREATE_TOKEN", "two lighthouses")]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.browser.click("Start a room").await?;
        let phrase = ana.readable("Your phrase").await?;
        ana.browser.click("Next").await?;
        ana.browser.type_into("Passcode", "ana's own passcode").await?;
        ana.browser.click("Next").await?;
        ana.browser.wait_for("textbox", FIELD).await?;
        ana.sees("Nobody needs it to join.").await?;

        ana.create("", 2).await?;
        ana.sees("Write the word, or ask whoever runs this relay for it.").await?;
        ana.browser.fill(FIELD, "two lighthouse").await?;
        ana.create("", 2).await?;
        ana.sees("That is not this relay's word for new rooms. Ask whoever runs it.").await?;
        ensure!(ana.holds(FIELD).await? == "two lighthouse", "what was typed is still there to be mended");
        ana.browser.fill(FIELD, " two lighthouses ").await?;
        ana.create("", 2).await?;
        let code = ana.readable("One-time code").await?;
        ensure!(ana.readable("Your phrase").await? == phrase, "the phrase that was drawn");
        ana.browser.click("Go to the room").await?;
        ana.in_room().await?;

        let ben = Person::visit(kind, &relay.url()).await?;
        ben.join(&HandedOver { phrase, code }, "ben's own passcode", "").await?;
        ana.send("It works.").await?;
        ben.reads("It works.").await?;
        no_complaints(&[&ana, &ben]).await?;

        let open = RelayProcess::start(&[]).await?;
        let eve = Person::visit(kind, &open.url()).await?;
        eve.start("eve's own passcode", "", 2).await?;
        Ok(())
    }
}
