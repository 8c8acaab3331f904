//! Every flow without a pointer.

use anyhow::{Result, ensure};
use serde_json::json;
use sotto_tests::both_browsers;
use sotto_tests::person::{HandedOver, Person};
use sotto_tests::relay_process::RelayProcess;

use crate::no_complaints;

const TAB: char = '\u{e004}';
const SHIFT: char = '\u{e008}';
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const CONTROL: char = '\u{e009}';
const DOWN: &str = "\u{e015}";

/// More things than any view has to stop at.
const STOPS: usize = 60;

/// Goes to something with the Tab key, forwards or backwards: past the last stop a browser goes to its own tool bar.
async fn go(person: &Person, role: &str, name: &str) -> Result<()> {
    // What is gone to has to be there, and the page may still be bringing it.
    let target = person.browser.wait_for(role, name).await?;
    let is_before = "return (document.activeElement.compareDocumentPosition(arguments[0]) & Node.DOCUMENT_POSITION_PRECEDING) !== 0;";
    let back = person
        .browser
        .run(is_before, vec![serde_json::to_value(&target)?])
        .await?
        == json!(true);
    let mut passed = Vec::new();
    for _ in 0..STOPS {
        let here = person.browser.focused().await?;
        if here == (role.to_owned(), name.to_owned()) {
            let seen = "const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
                return [document.activeElement.matches(':focus-visible'), outlineStyle, outlineWidth];";
            let seen = person.browser.run(seen, vec![]).await?;
            ensure!(
                seen == json!([true, "solid", "2px"]),
                "nobody sees where the focus is at {name:?}: {seen}, passed {passed:?}"
            );
            return Ok(());
        }
        passed.push(here);
        if back {
            person.browser.chord(SHIFT, TAB).await?;
        } else {
            person.browser.press(&TAB.to_string()).await?;
        }
    }
    anyhow::bail!("Tab does not lead to the {role} {name:?}, but to {passed:?}")
}

/// Goes to a button and presses it.
async fn press(person: &Person, name: &str) -> Result<()> {
    go(person, "button", name).await?;
    // A key does nothing to what cannot be pressed yet.
    sotto_tests::wait::until("a button that can be pressed", async || {
        let enabled = "return !document.activeElement.disabled;";
        Ok((person.browser.run(enabled, vec![]).await? == json!(true)).then_some(()))
    })
    .await?;
    person.browser.press(ENTER).await
}

async fn type_into(person: &Person, name: &str, text: &str) -> Result<()> {
    go(person, "textbox", name).await?;
    person.browser.press(text).await
}

/// Starts a room; stays at the hand-over.
async fn start(ana: &Person) -> Result<HandedOver> {
    press(ana, "Start a room").await?;
    let phrase = ana.readable("Your phrase").await?;
    press(ana, "Next").await?;
    type_into(ana, "Passcode", "ana's own passcode").await?;
    press(ana, "Next").await?;
    go(ana, "radio", "7 days").await?;
    ana.browser.press(DOWN).await?;
    go(ana, "radio", "30 days").await?;
    press(ana, "Create room").await?;
    let code = ana.readable("One-time code").await?;
    Ok(HandedOver { phrase, code })
}

both_browsers! {
    /// From the entry form to the end of a room: keys alone, with the focus seen wherever it is.
    async fn by_keyboard_alone(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        let ben = Person::visit(kind, &relay.url()).await?;
        let handed = start(&ana).await?;
        press(&ana, "Go to the room").await?;

        press(&ben, "Join with a code").await?;
        type_into(&ben, "Phrase", &handed.phrase).await?;
        type_into(&ben, "Code", &handed.code).await?;
        type_into(&ben, "Passcode", "ben's own passcode").await?;
        ben.browser.press(ENTER).await?;
        press(&ben, "Join").await?;
        ana.sees("The other person here").await?;

        type_into(&ana, "Message", "The bakery has closed.").await?;
        press(&ana, "Send").await?;
        ben.reads("The bakery has closed.").await?;
        ana.hears("Read").await?;
        type_into(&ben, "Message", "Then by the river.").await?;
        ben.browser.chord(CONTROL, '\u{e007}').await?;
        ana.reads("Then by the river.").await?;

        // A sheet closes by Escape, and the focus is where it was.
        press(&ana, "Menu").await?;
        ana.browser.wait_for("heading", "Safety words").await?;
        ana.browser.press(ESCAPE).await?;
        ana.browser.wait_gone("heading", "Safety words").await?;
        ensure!(ana.browser.focused().await? == ("button".to_owned(), "Menu".to_owned()));

        press(&ben, "Lock").await?;
        type_into(&ben, "Passcode", "ben's own passcode").await?;
        press(&ben, "Resume").await?;
        ben.reads("Then by the river.").await?;

        press(&ben, "Menu").await?;
        press(&ben, "End room").await?;
        press(&ben, "Confirm").await?;
        ana.hears("This room has ended").await?;
        press(&ana, "Back").await?;
        type_into(&ana, "Phrase", &handed.phrase).await?;
        type_into(&ana, "Passcode", "ana's own passcode").await?;
        ana.browser.press(ENTER).await?;
        ana.sees("That did not open a room.").await?;
        no_complaints(&[&ana, &ben]).await
    }
}
