//! A relay under a path of a site.

use anyhow::{Context as _, ensure};
use serde_json::json;
use sotto_tests::both_browsers;
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;

use crate::no_complaints;
use crate::pages::compare;

both_browsers! {
    /// The whole way: the page, a room, a link, a talk, wiping, the pages of text, the comparison of files.
    async fn all_of_the_page_works_under_a_path(kind: Kind) {
        let relay = RelayProcess::start(&["--base-path", "/some/path"]).await?;
        let site = relay.url();
        let home = format!("{site}some/path/");
        // Without the slash one is led to where it is.
        let ana = Person::visit(kind, &format!("{site}some/path")).await?;
        ana.start("ana's own passcode", "", 2).await?;
        let link = ana.make_link().await?;
        ensure!(link.strip_prefix(&home).is_some_and(|rest| rest.starts_with('#')), "{link}");
        ana.browser.click("Go to the room").await?;
        ana.in_room().await?;
        let ben = Person::visit(kind, &home).await?;
        ben.join_by_link(&link, "ben's own passcode", "").await?;
        let place = "return [location.href, localStorage.length];";
        ensure!(ben.browser.run(place, vec![]).await? == json!([home, 0]), "the link's secret is out of the address bar");
        ana.sees("The other person here").await?;
        ben.send("Under a path.").await?;
        ana.reads("Under a path.").await?;

        // What is wiped is asked for again, where it was.
        ana.browser.run("window.old = true; localStorage.setItem('of another page', 'kept');", vec![]).await?;
        ana.browser.fill("Message", "/x").await?;
        ana.browser.wait_for("textbox", "Phrase").await?;
        let fresh = "return [location.href, window.old ?? false, localStorage.getItem('of another page')];";
        sotto_tests::wait::until("a fresh page", async || {
            let found = ana.browser.run(fresh, vec![]).await?;
            Ok((found == json!([home, false, "kept"])).then_some(()))
        })
        .await?;
        no_complaints(&[&ana, &ben]).await?;

        ana.browser.wait_for("link", "How this works").await?.click().await?;
        ana.browser.wait_for("heading", "What it does not protect against").await?;
        ana.browser.wait_for("link", "You can compare what you were given.").await?.click().await?;
        ana.browser.wait_text("status", "All files that this browser was given are those listed.").await?;
        let shown = ana.browser.run("return document.querySelector('[data-origin]').textContent;", vec![]).await?;
        let shown = shown.as_str().context("an address")?;
        ensure!(shown == home, "{shown}");
        let (well, said) = compare(shown).await?;
        ensure!(well, "{said}");
        ana.browser.wait_for("link", "sotto").await?.click().await?;
        ana.browser.wait_for("textbox", "Phrase").await?;
        Ok(())
    }
}
