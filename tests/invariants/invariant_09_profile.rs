//! Invariant 9, on the disk: what is left in a real profile of somebody who used the page, while the browser runs and after
//! it has quit.
//!
//! The control is a plain page of the test's own, with fields like any page's: what is typed and sent there is found by
//! the same walk over the same files.
//!
//! Red when made: `fields.js` with `autocomplete: "on"` (the passcode was in the session files of both browsers).

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use sotto_tests::both_browsers;
use sotto_tests::browser::Kind;
use sotto_tests::capture::search::{Haystack, Secret};
use sotto_tests::capture::{files, sqlite};
use sotto_tests::person::Person;
use sotto_tests::wait;

use crate::relay::start;
use crate::secrets::Secrets;
use crate::wire::Wire;

const PASSCODES: [&str; 2] = ["ana's very own passcode", "benedikta's passcode"];
const TEXTS: [&str; 2] = ["The bakery has closed.", "Then by the river."];
const DRAFT: &str = "half a thought that was never sent";

/// What a person types into the control page.
const PLAIN: &str = "words for any page at all";

/// By when a browser has written what it will write by itself.
const WRITTEN_AFTER: Duration = Duration::from_secs(20);

/// A form as any page has it.
const FORM: &str = "<!doctype html><title>plain</title><form action='/sent'>
    <label>Plain <input name='plain'></label><input name='secret' type='password'><button>Go</button></form>";

/// Where browsers keep what was typed into forms.
const FORMS: [&str; 4] = ["Login Data", "Web Data", "logins.json", "formhistory.sqlite"];

/// Serves the control page; gives its address.
async fn control_page() -> Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let router = Router::new().route("/", get(async || Html(FORM))).route(
        "/sent",
        get(async || Html("<!doctype html><title>sent</title><h1>Sent</h1>")),
    );
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

/// All that lies in the profile, unpacked in every way.
fn walk(profile: &Path) -> Result<Haystack> {
    let mut all = files::haystack(profile)?;
    all.extend(sqlite::haystack(profile)?);
    Ok(all)
}

/// The addresses in the browser's history.
fn history(kind: Kind, profile: &Path) -> Result<Vec<String>> {
    let (file, query) = match kind {
        Kind::Chromium => ("Default/History", "SELECT url FROM urls"),
        Kind::Firefox => ("places.sqlite", "SELECT url FROM moz_places"),
    };
    sqlite::column(&profile.join(file), query)
}

/// Everything that the page does with what is typed: rooms, messages, locks, drafts, failures.
async fn use_it(ana: &Person, ben: &Person) -> Result<sotto_tests::person::HandedOver> {
    let handed = ana.start_and_enter(PASSCODES[0], "", 2).await?;
    ben.join(&handed, PASSCODES[1], "").await?;
    ana.sees("The other person here").await?;
    ana.send(TEXTS[0]).await?;
    ben.reads(TEXTS[0]).await?;
    ben.send(TEXTS[1]).await?;
    ana.reads(TEXTS[1]).await?;
    ana.browser.fill("Message", DRAFT).await?;
    ana.browser.click("Lock").await?;
    ana.browser.fill("Passcode", PASSCODES[0]).await?;
    ana.browser.click("Resume").await?;
    ana.in_room().await?;
    ana.reload().await?;
    ana.try_open(&handed.phrase, PASSCODES[1]).await?;
    ana.in_room().await?;
    ana.confirm("End room").await?;
    ana.hears("This room has ended").await?;
    Ok(handed)
}

both_browsers! {
    async fn nothing_is_left_in_a_profile(kind: Kind) {
        let relay = start(&[]).await?;
        let url = relay.process.url();
        let plain = control_page().await?;
        let salt = Wire::connect(relay.address()).await?.welcome.salt;
        let ana = Person::arrive(kind, &url).await?;
        let ben = Person::arrive(kind, &url).await?;
        let handed = use_it(&ana, &ben).await?;
        drop(ben);

        let mut secrets = Secrets::of(&handed.phrase, salt.as_bytes())?;
        secrets.keep("code", &[&handed.code]);
        secrets.keep("text", &TEXTS);
        secrets.keep("draft", &[DRAFT]);
        for (seat, passcode) in [0, 1].into_iter().zip(PASSCODES) {
            secrets.passcode(seat, passcode)?;
        }
        // Here nothing that was sent may be found either.
        let never = [secrets.kept, secrets.sent].concat();
        let control = Secret::text("what was typed into a plain field", PLAIN);

        ana.browser.open(&plain).await?;
        let field = ana.browser.wait_for("textbox", "Plain").await?;
        field.send_keys(PLAIN).await?;
        ana.browser.click("Go").await?;
        ana.browser.wait_for("heading", "Sent").await?;
        let used = Instant::now();
        ana.browser.open(&url).await?;
        ana.browser.fill("Passcode", PASSCODES[0]).await?;
        let profile = ana.browser.profile().to_owned();
        wait::until("the browser to write what it keeps", async || {
            let late = used.elapsed() > WRITTEN_AFTER;
            Ok((late && !walk(&profile)?.hits(&control).is_empty()).then_some(()))
        })
        .await?;
        walk(&profile)?.must_lack(&never);

        ana.browser.client().clone().close().await?;
        let left = walk(&profile)?;
        left.must_hold(&control);
        left.must_lack(&never);
        let origin = url.trim_end_matches('/');
        left.must_hold(&Secret::text("the address that was visited", origin));
        for file in FORMS {
            let parts = [file.to_owned(), format!("{file}{}", sqlite::UNPACKED)];
            for part in parts {
                left.parts_named(&part).must_lack(&[Secret::text("the relay's address in what is kept of forms", origin)]);
            }
        }
        let kept_of_forms = left.parts_named(&format!("formhistory.sqlite{}", sqlite::UNPACKED));
        if kind == Kind::Firefox {
            kept_of_forms.must_hold(&control);
        }
        let visited = history(kind, &profile)?;
        let ours: Vec<_> = visited.iter().filter(|address| address.starts_with(origin)).collect();
        ensure!(ours == [&url], "history: {visited:?}");
        ensure!(visited.iter().any(|address| address.starts_with(&plain)), "control: history is {visited:?}");
        Ok(())
    }
}
