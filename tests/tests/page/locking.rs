//! Locking by itself, guessing at a locked tab, and wiping everything at once.

use anyhow::{Result, ensure};
use fantoccini::Locator;
use serde_json::json;
use sotto_tests::both_browsers;
use sotto_tests::browser::language::plain;
use sotto_tests::capture::tap::Tap;
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;
use sotto_tests::wait;

use crate::{no_complaints, tap, two};

const ANA: &str = "ana's own passcode";
const ESCAPE: &str = "\u{e00c}";

/// The tab's name and icon, and whether what is shown tells of a room.
async fn looks(person: &Person) -> Result<serde_json::Value> {
    let script = "return [document.title, [...document.head.querySelectorAll('link[rel=icon]')].map((icon) => icon.href)];";
    person.browser.run(script, vec![]).await
}

/// All that is in the page, seen or not.
async fn holds(person: &Person, text: &str) -> Result<bool> {
    let script = "return document.documentElement.textContent + [...document.querySelectorAll('input, textarea')].map((each) => each.value).join();";
    let whole = person.browser.run(script, vec![]).await?;
    Ok(plain(whole.as_str().unwrap_or_default()).contains(text))
}

/// From now on the clock on the wall is so much further.
async fn later(person: &Person, seconds: u32) -> Result<()> {
    let script = "const { Date } = window; const now = Date.now; const [seconds] = arguments;
        Date.now = () => now() + seconds * 1000;";
    person.browser.run(script, vec![json!(seconds)]).await.map(drop)
}

async fn resume(person: &Person, passcode: &str) -> Result<()> {
    person.browser.fill("Passcode", passcode).await?;
    person.browser.click("Resume").await
}

/// Marks this document, and puts something into the browser's keeping, as a control.
async fn mark(person: &Person) -> Result<()> {
    let script = "window.used = true; localStorage.setItem('control', 'kept');";
    person.browser.run(script, vec![]).await.map(drop)
}

/// A document that was never used stands there, with an empty entry form, and the browser was asked to forget.
async fn is_blank(person: &Person, tap: &Tap) -> Result<()> {
    wait::until("a fresh document", async || {
        let used = person.browser.run("return window.used ?? null;", vec![]).await?;
        Ok(used.is_null().then_some(()))
    })
    .await?;
    ensure!(person.holds("Phrase").await?.is_empty() && person.holds("Passcode").await?.is_empty());
    let script = "return [location.pathname + location.hash, localStorage.length];";
    let left = person.browser.run(script, vec![]).await?;
    ensure!(left == json!(["/", 0]), "{left}");
    let asked = tap.recording().iter().any(|connection| {
        let sent = String::from_utf8_lossy(&connection.sent);
        sent.contains("GET /x HTTP/1.1")
    });
    ensure!(asked, "the browser was not asked to forget");
    Ok(())
}

both_browsers! {
    /// A locked tab shows no more than a form, under the same name and icon.
    async fn a_locked_tab_shows_nothing(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (ana, ben, _) = two([kind, kind], &relay.url()).await?;
        let before = looks(&ana).await?;
        ben.send("The bakery has closed.").await?;
        ana.reads("The bakery has closed.").await?;
        ana.browser.fill("Message", "half a thou").await?;
        ensure!(holds(&ana, "The bakery").await? && holds(&ana, "half a thou").await?, "control");
        ana.browser.click("Lock").await?;
        ana.browser.wait_for("button", "Resume").await?;
        for text in ["The bakery", "half a thou", "Message", "The other person"] {
            ensure!(!holds(&ana, text).await?, "a locked page holds {text:?}");
        }
        ensure!(looks(&ana).await? == before);
        let forgotten = ana.browser.client().find(Locator::Css("summary")).await?;
        ensure!(plain(&forgotten.text().await?) == "Forgotten passcode?");
        forgotten.click().await?;
        ana.sees("Nobody can restore a passcode: not the relay, not the others in the room.").await?;
        resume(&ana, ANA).await?;
        ana.reads("The bakery has closed.").await?;
        ensure!(ana.holds("Message").await? == "half a thou");
        no_complaints(&[&ana, &ben]).await
    }

    /// Five wrong passcodes clear the tab; what cannot be one is not counted.
    async fn five_wrong_tries_clear_a_locked_tab(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let tap = tap(&relay).await?;
        let ana = Person::visit(kind, &tap.url()).await?;
        ana.start_and_enter(ANA, "", 2).await?;
        mark(&ana).await?;
        ana.browser.click("Lock").await?;
        resume(&ana, "not it").await?;
        ana.sees("That passcode does not open this. 4 more wrong tries clear this tab.").await?;
        // Whoever knows it starts the count anew.
        resume(&ana, ANA).await?;
        ana.in_room().await?;
        ana.browser.click("Lock").await?;
        for left in ["4 more wrong tries clear", "3 more wrong tries clear", "2 more wrong tries clear"] {
            resume(&ana, "not it").await?;
            ana.sees(&format!("That passcode does not open this. {left} this tab.")).await?;
        }
        resume(&ana, "").await?;
        ana.sees("This passcode cannot be used.").await?;
        resume(&ana, "nor this").await?;
        ana.sees("That passcode does not open this. One more wrong try clears this tab.").await?;
        resume(&ana, "nor this").await?;
        is_blank(&ana, &tap).await?;
        no_complaints(&[&ana]).await
    }

    /// Nobody touches it for as long as was chosen, five minutes if nothing was.
    async fn a_room_that_nobody_touches_locks_itself(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.start_and_enter(ANA, "", 2).await?;
        ana.browser.type_into("Message", "half").await?;
        later(&ana, 280).await?;
        // A touch in time keeps it open for as long again.
        ana.browser.type_into("Message", " a thou").await?;
        later(&ana, 280).await?;
        ana.browser.type_into("Message", "ght").await?;
        later(&ana, 300).await?;
        ana.browser.wait_for("button", "Resume").await?;
        resume(&ana, ANA).await?;
        ana.in_room().await?;
        ensure!(ana.holds("Message").await? == "half a thought");

        ana.browser.click("Menu").await?;
        let idle = ana.browser.wait_for("combobox", "Lock when nobody touches this for").await?;
        idle.select_by_value("0").await?;
        ana.browser.click("Close").await?;
        later(&ana, 100_000).await?;
        ana.browser.type_into("Message", "!").await?;
        ana.browser.click("Menu").await?;
        let idle = ana.browser.wait_for("combobox", "Lock when nobody touches this for").await?;
        idle.select_by_value("30").await?;
        ana.browser.click("Close").await?;
        later(&ana, 30).await?;
        ana.browser.wait_for("button", "Resume").await?;
        // What was chosen outlives the lock. Who wakes a device that slept does so by a touch, which comes too late.
        resume(&ana, ANA).await?;
        ana.in_room().await?;
        let wake = "const { Date } = window; const now = Date.now; Date.now = () => now() + 30_000;
            window.dispatchEvent(new window.Event('pointermove'));
            return document.querySelector('[role=log]') === null;";
        ensure!(ana.browser.run(wake, vec![]).await? == json!(true), "a late touch keeps the room open");
        ana.browser.wait_for("button", "Resume").await?;
        no_complaints(&[&ana]).await
    }

    /// A tab that goes out of sight stays open, unless the person wants it to lock then.
    async fn a_tab_out_of_sight_locks_if_wanted(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.start_and_enter(ANA, "", 2).await?;
        let seen = "let seen = true; Object.defineProperty(document, 'visibilityState', { get: () => seen ? 'visible' : 'hidden' });
            window.turn = () => { seen = !seen; document.dispatchEvent(new Event('visibilitychange')); };";
        ana.browser.run(seen, vec![]).await?;
        ana.browser.run("turn(); turn();", vec![]).await?;
        ensure!(ana.browser.find("button", "Lock").await?.is_some());
        ana.turn("Lock when this tab goes out of sight").await?;
        // It is empty before anything is waited for: the picture of a phone's task list is taken then.
        let shown = "turn(); return document.querySelector('[role=log]') === null;";
        ensure!(ana.browser.run(shown, vec![]).await? == json!(true), "the room is still there");
        ana.browser.run("turn();", vec![]).await?;
        ana.browser.wait_for("button", "Resume").await?;
        no_complaints(&[&ana]).await
    }

    /// Each way to wipe ends at an entry form that was never used.
    async fn every_way_to_wipe_leaves_a_blank_form(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        for way in ["menu", "typed", "keys", "locked"] {
            let tap = tap(&relay).await?;
            let ana = Person::visit(kind, &tap.url()).await?;
            let handed = ana.start_and_enter(ANA, "", 2).await?;
            mark(&ana).await?;
            let visits = ana.browser.run("return history.length;", vec![]).await?;
            match way {
                "menu" => {
                    ana.browser.click("Menu").await?;
                    ana.browser.click("Clear session").await?;
                }
                "typed" => {
                    // Only alone: a longer text may hold it.
                    ana.browser.type_into("Message", "a/x").await?;
                    ensure!(ana.holds("Message").await? == "a/x");
                    ana.browser.fill("Message", "/x").await?;
                }
                "keys" => {
                    ana.browser.type_into("Message", &format!("{ESCAPE}a{ESCAPE}")).await?;
                    ensure!(ana.holds("Message").await? == "a", "one Escape, and another later, are not two");
                    ana.browser.type_into("Message", &format!("b{ESCAPE}{ESCAPE}")).await?;
                }
                _ => {
                    ana.browser.click("Lock").await?;
                    ana.browser.click("Clear session").await?;
                }
            }
            is_blank(&ana, &tap).await?;
            ensure!(ana.browser.run("return history.length;", vec![]).await? == visits, "{way}: a trace in the history");
            ensure!(looks(&ana).await?.to_string().contains("Sotto"));
            // The room is still there for who knows phrase and passcode.
            ana.open(&handed.phrase, ANA).await?;
        }
        Ok(())
    }

    /// Without a relay the memory is wiped all the same, and no page of the browser's own names the site.
    async fn a_wipe_needs_no_relay(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let tap = tap(&relay).await?;
        let ana = Person::visit(kind, &tap.url()).await?;
        ana.start_and_enter(ANA, "", 2).await?;
        ana.browser.fill("Message", "half a thou").await?;
        tap.block();
        ana.browser.type_into("Message", &format!("{ESCAPE}{ESCAPE}")).await?;
        ana.browser.wait_for("textbox", "Phrase").await?;
        ensure!(!holds(&ana, "half a thou").await? && ana.holds("Phrase").await?.is_empty());
        Ok(())
    }
}
