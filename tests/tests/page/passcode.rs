//! A passcode is changed in the menu.

use anyhow::{Result, ensure};
use sotto_tests::both_browsers;
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;

use crate::{NOT_OPENED, no_complaints, two};

/// Fills in the menu's form, which is open.
async fn change(person: &Person, present: &str, new: &str) -> Result<()> {
    let browser = &person.browser;
    browser.fill("Present passcode", present).await?;
    browser.fill("New passcode", new).await?;
    browser.click("Change passcode").await
}

both_browsers! {
    /// A wrong present passcode changes nothing.
    async fn a_wrong_present_passcode_changes_nothing(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, handed) = two([kind, kind], &relay.url()).await?;
        let tablet = Person::visit(kind, &relay.url()).await?;
        tablet.open(&handed.phrase, "ana's own passcode").await?;

        ana.browser.click("Menu").await?;
        change(&ana, "ben's own passcode", "ana's other passcode").await?;
        ana.browser.wait_text("alert", "The present passcode was wrong. Nothing was changed.").await?;
        for field in ["Present passcode", "New passcode"] {
            ensure!(ana.holds(field).await?.is_empty(), "{field} is emptied");
        }
        ana.browser.click("Close").await?;
        // Both devices are where they were, the room goes on, and the passcode is the one that it was.
        tablet.send("Still here.").await?;
        ana.reads("Still here.").await?;
        ben.reads("Still here.").await?;
        tablet.reload().await?;
        tablet.try_open(&handed.phrase, "ana's other passcode").await?;
        tablet.sees(NOT_OPENED).await?;
        tablet.open(&handed.phrase, "ana's own passcode").await?;
        no_complaints(&[&ana, &ben, &tablet]).await
    }

    /// With the right one, the seat's other devices are put out, and only the new one opens it.
    async fn a_new_passcode_takes_the_old_ones_place(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, handed) = two([kind, kind], &relay.url()).await?;
        let tablet = Person::visit(kind, &relay.url()).await?;
        tablet.open(&handed.phrase, "ana's own passcode").await?;

        ana.browser.click("Menu").await?;
        change(&ana, "ana's own passcode", "ana's other passcode").await?;
        ana.sees("The passcode was changed.").await?;
        ana.browser.click("Close").await?;
        tablet.sees("Your passcode was changed on another device. Open the room again with the new one.").await?;
        tablet.browser.click("Back").await?;
        tablet.try_open(&handed.phrase, "ana's own passcode").await?;
        tablet.sees(NOT_OPENED).await?;
        tablet.open(&handed.phrase, "ana's other passcode").await?;
        // The device that changed it went on, and so did the other person.
        ana.send("From the one that stayed.").await?;
        tablet.reads("From the one that stayed.").await?;
        ben.send("I have noticed nothing.").await?;
        ana.reads("I have noticed nothing.").await?;
        // A lock was sealed under the passcode of its time; so is the next one.
        ana.browser.click("Lock").await?;
        ana.browser.type_into("Passcode", "ana's other passcode").await?;
        ana.browser.click("Resume").await?;
        ana.reads("I have noticed nothing.").await?;
        no_complaints(&[&ana, &ben, &tablet]).await
    }
}
