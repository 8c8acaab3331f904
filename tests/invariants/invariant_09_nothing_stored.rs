//! Invariant 9: the browser stores nothing of ours: no cookie, no local, session or `IndexedDB` storage, no service worker,
//! no form or session data, nothing for the password manager. Reloading the tab asks for phrase and passcode again.
//!
//! The profile's files are searched as they lie there after the browser has ended, and those that Firefox compresses also
//! as they were before. Its session file is the control of that: it holds what stood in a field that is any page's, and
//! not what stood in ours.
//!
//! Red when made: a `set-cookie` among the headers in `page/headers.rs` (both browsers kept it); `fields.js` without
//! `autocomplete: "off"` (Firefox's session file held what was typed).

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use sotto_tests::both_browsers;
use sotto_tests::browser::Kind;
use sotto_tests::capture::files;
use sotto_tests::capture::search::Secret;
use sotto_tests::person::Person;

use crate::relay::start;

const PASSCODES: [&str; 2] = ["ana's very own passcode", "benedikta's passcode"];
const TEXT: &str = "The bakery has closed.";

/// Everything that a page can keep in a browser.
const STORES: &str = "
    const names = async (list) => (await list).map((each) => each.name ?? String(each));
    return (async () => ({
      cookie: document.cookie,
      local: Object.keys(localStorage),
      session: Object.keys(sessionStorage),
      databases: await names(indexedDB.databases()),
      caches: await names(caches.keys()),
      workers: (await navigator.serviceWorker.getRegistrations()).length,
      history: history.state,
      name: window.name,
    }))();";

/// Adds a field that no one told the browser to forget.
const PLANT: &str = "
    const field = Object.assign(document.createElement('input'), { id: 'planted', ariaLabel: 'Planted' });
    document.body.append(field);";

async fn stores_nothing(person: &Person) -> Result<()> {
    let found = person.browser.run(STORES, vec![]).await?;
    let nothing = json!({
        "cookie": "", "local": [], "session": [], "databases": [], "caches": [], "workers": 0, "history": null, "name": "",
    });
    ensure!(found == nothing, "{:?}: {found}", person.browser.kind());
    Ok(())
}

/// The entry form, with nothing in it, and nothing of the room.
async fn asks_again(person: &Person) -> Result<()> {
    person.browser.wait_for("button", "Open").await?;
    for field in ["Phrase", "Passcode"] {
        ensure!(person.holds(field).await?.is_empty(), "{field} is filled in");
    }
    ensure!(!person.shows(TEXT).await?, "the message is still shown");
    Ok(())
}

both_browsers! {
    async fn nothing_is_stored(kind: Kind) {
        let relay = start(&[]).await?;
        let url = relay.process.url();
        let ana = Person::arrive(kind, &url).await?;
        let ben = Person::arrive(kind, &url).await?;
        stores_nothing(&ana).await?;
        let handed = ana.start(PASSCODES[0], "", 2).await?;
        let link = ana.make_link().await?;
        ana.browser.click("Go to the room").await?;
        ben.join_by_link(&link, PASSCODES[1], "").await?;
        ana.send(TEXT).await?;
        ben.reads(TEXT).await?;
        for person in [&ana, &ben] {
            stores_nothing(person).await?;
        }
        ana.browser.click("Lock").await?;
        ana.browser.wait_for("button", "Resume").await?;
        stores_nothing(&ana).await?;
        // A reload forgets, as does going back and forth.
        ben.browser.client().refresh().await?;
        asks_again(&ben).await?;
        ben.open(&handed.phrase, PASSCODES[1]).await?;
        ben.browser.open("about:blank").await?;
        ben.browser.client().back().await?;
        asks_again(&ben).await?;
        // The control: the same look finds what is stored.
        let plant = "localStorage.setItem('planted', 'x'); document.cookie = 'planted=x';";
        ben.browser.run(plant, vec![]).await?;
        ensure!(stores_nothing(&ben).await.is_err(), "control: what was planted is not seen");
        // What is on the disk of one who followed a link is the link, and nothing that it led to.
        ben.browser.client().clone().close().await?;
        let disk = files::haystack(ben.browser.profile())?;
        let (_, fragment) = link.split_once('#').context("a link has a fragment")?;
        disk.must_hold(&Secret::text("the link in the history", fragment));
        disk.must_lack(&[
            Secret::text("phrase", &handed.phrase),
            Secret::text("code", &handed.code),
            Secret::text("passcode", PASSCODES[1]),
            Secret::text("text", TEXT),
        ]);
        drop(ben);
        // What is on the disk when the browser has ended.
        let typed = "typed and never sent";
        ana.browser.fill("Passcode", typed).await?;
        // The control: a field that is any page's, beside ours.
        ana.browser.run(PLANT, vec![]).await?;
        let planted = "typed into any page's field";
        ana.browser.fill("Planted", planted).await?;
        ana.browser.client().clone().close().await?;
        let disk = files::haystack(ana.browser.profile())?;
        let origin = url.trim_start_matches("http://").trim_end_matches('/');
        disk.must_hold(&Secret::text("the address that was visited", origin));
        if kind == Kind::Firefox {
            disk.parts_named(files::UNDONE).must_hold(&Secret::text("what any page's field holds", planted));
        }
        disk.must_lack(&[
            Secret::text("phrase", &handed.phrase),
            Secret::text("code", &handed.code),
            Secret::text("passcode", PASSCODES[0]),
            Secret::text("text", TEXT),
            Secret::text("typed", typed),
        ]);
        Ok(())
    }
}
