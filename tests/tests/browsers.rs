//! The page in real browsers, against a real relay process.

use anyhow::ensure;
use sotto_tests::both_browsers;
use sotto_tests::browser::{Browser, DESKTOP, PHONE, Scheme};
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
}
