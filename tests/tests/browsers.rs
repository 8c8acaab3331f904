//! The page in real browsers, against a real relay process.

use anyhow::ensure;
use serde_json::Value;
use sotto_tests::both_browsers;
use sotto_tests::browser::{Browser, DESKTOP, Lent, Options, PHONE, Scheme};
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;

both_browsers! {
    /// The page opens, its worker has the wasm, and the browser has nothing to complain about.
    async fn the_page_opens_without_a_complaint(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let browser = Browser::start(kind).await?;
        browser.open(&relay.url()).await?;
        browser.wait_for("textbox", "Phrase").await?;
        ensure!(browser.client().title().await? == "Sotto");
        let problems = browser.problems().await?;
        ensure!(problems.is_empty(), "{problems:#?}");
        browser.quit().await
    }

    /// The control for the test above: what breaks the policy is seen.
    async fn a_violation_is_noticed(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let browser = Browser::start(kind).await?;
        browser.open(&relay.url()).await?;
        browser.wait_for("textbox", "Phrase").await?;
        browser.run("document.body.append(Object.assign(document.createElement('style'), { textContent: 'p{}' }));", vec![]).await?;
        sotto_tests::wait::until("the complaint", async || {
            Ok(browser.problems().await?.iter().any(|line| line.contains("Content Security Policy") || line.contains("Content-Security-Policy")).then_some(()))
        })
        .await?;
        browser.quit().await
    }

    /// Sizes and schemes take, and a restart keeps the profile.
    async fn the_harness_sees_what_it_sets(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let browser = Browser::start(kind).await?;
        browser.open(&relay.url()).await?;
        for (size, scheme) in [(PHONE, Scheme::Dark), (DESKTOP, Scheme::Light)] {
            browser.set_size(size).await?;
            browser.set_scheme(scheme).await?;
            let picture = browser.picture().await?;
            ensure!(picture.starts_with(b"\x89PNG"));
        }
        let profile = browser.profile().to_owned();
        let browser = browser.restart().await?;
        ensure!(browser.profile() == profile);
        browser.open(&relay.url()).await?;
        browser.wait_for("textbox", "Phrase").await?;
        browser.quit().await
    }

    /// Whoever has a browser that another had finds nothing of what that one did, and the next one starts nothing.
    async fn a_browser_that_goes_on_is_as_new(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let leave = "const done = arguments[0];
            localStorage.setItem('left', 'x');
            sessionStorage.setItem('left', 'x');
            document.cookie = 'left=x';
            history.pushState(null, '', '/pushed');
            console.error('left');
            indexedDB.open('left').onsuccess = async () => { await caches.open('left'); done(); };";
        let find = "const done = arguments[0];
            indexedDB.databases().then(async (databases) => done([
                localStorage.length, sessionStorage.length, document.cookie, history.length, databases.length,
                (await caches.keys()).length, matchMedia('(prefers-color-scheme: dark)').matches, innerWidth]));";
        let found = async |browser: &Browser| browser.client().execute_async(find, vec![]).await;
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.come_whole().await?;
        let browser = ana.browser;
        let clean = found(&browser).await?;
        let before = browser.process_id();
        browser.set_scheme(Scheme::Dark).await?;
        browser.set_size(PHONE).await?;
        browser.client().execute_async(leave, vec![]).await?;
        let here = browser.new_tab().await?;
        browser.client().close_window().await?;
        browser.client().switch_to_window(here.try_into()?).await?;
        // The control: the same search finds all of it.
        let dirty = found(&browser).await?;
        let all = |found: &Value| found.as_array().cloned().unwrap_or_default();
        let differ = all(&dirty).iter().zip(all(&clean)).all(|(dirty, clean)| *dirty != clean);
        ensure!(differ && all(&dirty).len() == 8, "{dirty} was left, {clean} was there");
        drop(browser);

        let browser = Lent::with(kind, Options::default()).await?;
        ensure!(browser.process_id() == before, "another browser was started");
        ensure!(browser.client().windows().await?.len() == 1);
        browser.open(&relay.url()).await?;
        let left = found(&browser).await?;
        ensure!(left == clean, "{left} in place of {clean}");
        let problems = browser.problems().await?;
        ensure!(problems.is_empty(), "{problems:#?}");
        Ok(())
    }
}
