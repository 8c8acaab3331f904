//! The network comes back, or the person does, or a relay that the page is too old for.

use anyhow::{Result, ensure};
use serde_json::json;
use sotto_tests::both_browsers;
use sotto_tests::capture::Traffic;
use sotto_tests::meddler::{Change, Meddler};
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;
use sotto_tests::renewed::Renewed;
use sotto_tests::wait;

use crate::{no_complaints, tap, two};

const TOO_OLD: &str = "The relay was renewed, and this page is too old for it.";
const VERSION: &str = "The relay speaks a newer version. Nothing was sent. Reload the page.";

/// The page is told what a browser tells it when the network, or the person, comes back.
async fn back(person: &Person, event: &str) -> Result<()> {
    let script = "const at = arguments[0] === 'online' ? window : document; at.dispatchEvent(new window.Event(arguments[0]));";
    person.browser.run(script, vec![json!(event)]).await.map(drop)
}

both_browsers! {
    /// A connection that says nothing is asked at once, and given up for another in three seconds. Left alone, the page
    /// would not ask before 45 seconds, and no test here waits for so long.
    async fn who_comes_back_gets_a_connection_at_once(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let tap = tap(&relay).await?;
        let (ana, ben, _) = two([kind, kind], &tap.url()).await?;
        for event in ["online", "visibilitychange"] {
            tap.hold();
            let before = tap.recording().len();
            back(&ben, event).await?;
            wait::until("another connection", async || {
                Ok((tap.recording().len() > before).then_some(()))
            })
            .await?;
            tap.release();
            ana.send(&format!("After {event}.")).await?;
            ben.reads(&format!("After {event}.")).await?;
            ana.hears("Read").await?;
            ben.send(&format!("Seen, {event}.")).await?;
            ana.reads(&format!("Seen, {event}.")).await?;
        }
        no_complaints(&[&ana, &ben]).await
    }

    /// The relay is renewed while a room is open: the page says so by itself, tries no more, and the draft stays where it
    /// can be copied; nothing can be pressed that would be sent.
    async fn an_open_room_outlives_its_relay_s_version_as_a_draft(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let tap = tap(&relay).await?;
        let (ana, ben, _) = two([kind, kind], &tap.url()).await?;
        ana.send("The bakery has closed.").await?;
        ben.reads("The bakery has closed.").await?;
        ben.browser.fill("Message", "half a thou").await?;
        let renewed = Renewed::start().await?;
        tap.lead_to(renewed.address());
        tap.cut();
        for person in [&ana, &ben] {
            person.sees(TOO_OLD).await?;
            person.hears(TOO_OLD).await?;
        }
        let tried = tap.recording().len();
        ben.reads("The bakery has closed.").await?;
        ensure!(ben.holds("Message").await? == "half a thou");
        let selected = "const box = document.querySelector('textarea'); box.focus(); box.select();
            return box.value.slice(box.selectionStart, box.selectionEnd);";
        ensure!(ben.browser.run(selected, vec![]).await? == json!("half a thou"));
        let send = ben.browser.wait_for("button", "Send").await?;
        ensure!(!send.is_enabled().await?, "what cannot be sent can be pressed");
        for button in ["Menu", "Edit", "Delete"] {
            if let Some(button) = ana.browser.find("button", button).await? {
                ensure!(!button.is_enabled().await?);
            }
        }
        back(&ben, "online").await?;
        ensure!(tap.recording().len() == tried, "it goes on trying");
        // The relay is there again, as after a downgrade: reloading is all that helps.
        tap.lead_to(relay.address().parse()?);
        ben.browser.click("Reload").await?;
        ben.browser.wait_for("textbox", "Phrase").await.map(drop)
    }

    /// A page that was left at a form says it as soon as it is told, and a locked one shows its draft.
    async fn forms_say_that_the_page_is_too_old(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let tap = tap(&relay).await?;
        let ana = Person::visit(kind, &tap.url()).await?;
        let eva = Person::visit(kind, &tap.url()).await?;
        ana.start_and_enter("ana's own passcode", "", 2).await?;
        ana.browser.fill("Message", "half a thou").await?;
        ana.browser.click("Lock").await?;
        ana.browser.wait_for("button", "Resume").await?;
        // Both have what resuming and opening take: their scripts are gone with the old relay.
        for person in [&ana, &eva] {
            person.browser.type_into("Passcode", "ana's own passcode").await?;
        }
        wait::until("both stretchers, whole", async || {
            let traffic = Traffic::read(&tap.recording())?;
            let came = traffic.exchanges.iter().filter(|exchange| {
                exchange.request.target().ends_with("/pkg/stretcher_bg.wasm") && exchange.response.is_some()
            });
            Ok((came.count() >= 2).then_some(()))
        })
        .await?;
        let renewed = Renewed::start().await?;
        tap.lead_to(renewed.address());
        tap.cut();
        eva.browser.type_into("Phrase", "any phrase").await?;
        eva.browser.click("Open").await?;
        eva.sees(VERSION).await?;
        ana.browser.click("Resume").await?;
        ana.sees(VERSION).await?;
        ensure!(ana.holds("Your draft").await? == "half a thou");
        Ok(())
    }

    /// The real relay refuses a page of another version by name, and the page understands it.
    async fn a_page_of_another_version_is_refused_by_name(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        // Nothing pins a worker's script.
        let change: Change = |path, script| {
            let is_it = path.ends_with("/worker/socket.js");
            if is_it {
                let text = String::from_utf8(script.body.clone())?;
                script.body = text.replace("sotto.1", "sotto.0").into_bytes();
            }
            Ok(is_it)
        };
        let meddler = Meddler::start(relay.address(), change).await?;
        let ana = Person::visit(kind, &meddler.url()).await?;
        ana.try_open("any phrase", "any passcode").await?;
        ana.sees(VERSION).await
    }
}
