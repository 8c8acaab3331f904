//! Invariant 10: the page loads nothing from anywhere but the relay, and runs no inline script or style.
//!
//! Red when made: `'unsafe-inline'` added to `style-src` in `page/headers.rs` (the header was not the one that is promised).

use anyhow::{Context, ensure};
use sotto_tests::both_browsers;
use sotto_tests::capture::Traffic;
use sotto_tests::capture::first_visit::FirstVisit;
use sotto_tests::capture::tap::Tap;
use sotto_tests::person::Person;
use sotto_tests::wait;

use crate::relay::start;

/// What every response says, whatever it carries: a worker obeys its own script's headers.
const HEADERS: [(&str, &str); 9] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types sotto",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex"),
    ("integrity-policy", "blocked-destinations=(script)"),
    ("permissions-policy", ""),
];

/// What a first visit may load until the form works and the worker is ready, in brotli.
const FIRST_VISIT: usize = 100_000;

/// Adds an inline script and an inline style, which must neither run nor show.
const PLANT: &str = "
    const script = document.createElement('script');
    try { script.append(document.createTextNode('window.planted = true;')); document.body.append(script); } catch {}
    document.body.setAttribute('style', 'letter-spacing: 7px');
    return [window.planted === true, getComputedStyle(document.body).letterSpacing];";

both_browsers! {
    async fn every_response_has_the_headers_and_nothing_is_violated(kind: Kind) {
        let relay = start(&[]).await?;
        let tap = Tap::start(relay.address()).await?;
        let ana = Person::arrive(kind, &format!("{}/", tap.origin())).await?;
        ana.start("ana's very own passcode", "", 2).await?;
        ana.make_link().await?;
        ana.browser.click("Go to the room").await?;
        ana.send("The bakery has closed.").await?;
        ana.browser.click("Menu").await?;
        let problems = ana.browser.problems().await?;
        ensure!(problems.is_empty(), "{problems:#?}");
        let traffic = Traffic::read(&tap.recording())?;
        let mut kinds = Vec::new();
        for exchange in &traffic.exchanges {
            let target = exchange.request.target();
            let Some(response) = &exchange.response else { continue };
            kinds.push(target.rsplit(['.', '/']).next().unwrap_or_default().to_owned());
            for (name, value) in HEADERS {
                let found = response.header(name).with_context(|| format!("{target} has no {name}"))?;
                ensure!(found.starts_with(value), "{target}: {name}: {found}");
            }
            ensure!(response.header("set-cookie").is_none(), "{target} sets a cookie");
        }
        for wanted in ["", "js", "css", "wasm", "ws"] {
            ensure!(kinds.iter().any(|kind| kind == wanted), "control: no {wanted:?} among {kinds:?}");
        }
        // The control: what is inline neither runs nor shows, and is reported.
        let found = ana.browser.run(PLANT, vec![]).await?;
        ensure!(found == serde_json::json!([false, "normal"]), "inline: {found}");
        // Firefox writes its reports a moment later.
        wait::until("control: the report of an inline script and style", async || {
            Ok((!ana.browser.problems().await?.is_empty()).then_some(()))
        })
        .await
    }
}

both_browsers! {
    async fn a_first_visit_is_small_enough(kind: Kind) {
        let relay = start(&[]).await?;
        let visit = FirstVisit::watch(kind, relay.address()).await?;
        let (total, count) = (visit.bytes(), visit.bodies.len());
        eprintln!(
            "a first visit in {kind:?}: {total} bytes in {count} responses, and {} of headers; {:#?}",
            visit.heads, visit.bodies
        );
        ensure!(total <= FIRST_VISIT, "{total} bytes: {:#?}", visit.bodies);
        Ok(())
    }
}
