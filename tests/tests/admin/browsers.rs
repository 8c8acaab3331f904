//! Logging in, watching, doing, logging out.

use anyhow::{Result, ensure};
use serde_json::json;
use sotto_tests::browser::{Browser, DESKTOP, PHONE, Scheme, is_page_gone};
use sotto_tests::person::Person;
use sotto_tests::{axe, both_browsers, wait};

use super::{PASSWORD, Watched, http};

/// What stands beside a name among the figures.
async fn figure(browser: &Browser, name: &str) -> Result<String> {
    let script = "return document.querySelector(`[data-live=\"${arguments[0]}\"]`)?.textContent ?? '';";
    // Nothing while the page is being loaded anew.
    match browser.run(script, vec![json!(name)]).await {
        Ok(value) => Ok(value.as_str().unwrap_or_default().to_owned()),
        Err(error) if is_page_gone(&error) => Ok(String::new()),
        Err(error) => Err(error),
    }
}

async fn until(browser: &Browser, name: &str, wanted: &str) -> Result<()> {
    wait::until(&format!("{name} to be {wanted}"), async || {
        Ok((figure(browser, name).await? == wanted).then_some(()))
    })
    .await
}

pub(super) async fn log_in(browser: &Browser, watched: &Watched) -> Result<()> {
    browser.open(&watched.url()).await?;
    fill_password(browser, PASSWORD).await?;
    browser.wait_for("heading", "The relay").await?;
    Ok(())
}

async fn fill_password(browser: &Browser, password: &str) -> Result<()> {
    // A field for a password has no role.
    browser
        .run(
            "document.querySelector('#password').value = arguments[0];",
            vec![json!(password)],
        )
        .await?;
    browser.click("Log in").await
}

/// Confirms an action and gives what it came to.
async fn act(browser: &Browser, name: &str) -> Result<String> {
    browser.click_on("link", name).await?;
    browser.wait_for("heading", &format!("{name}?")).await?;
    is_open_to_all(browser).await?;
    browser.click(name).await?;
    browser.wait_for("heading", "The relay").await?;
    browser.wait_text("status", " ").await
}

/// axe-core finds nothing, by day and by night, on a phone.
async fn is_open_to_all(browser: &Browser) -> Result<()> {
    browser.set_size(PHONE).await?;
    for scheme in [Scheme::Light, Scheme::Dark] {
        browser.set_scheme(scheme).await?;
        let found = axe::found(browser).await?;
        ensure!(found.is_empty(), "{scheme:?}: {found:#?}");
    }
    browser.set_size(DESKTOP).await
}

both_browsers! {
    /// A day of whoever runs a relay.
    async fn log_in_watch_act_and_log_out(kind: Kind) {
        let watched = Watched::start(&[]).await?;
        let browser = Browser::start(kind).await?;
        browser.open(&watched.url()).await?;
        is_open_to_all(&browser).await?;
        fill_password(&browser, "not the password").await?;
        browser.wait_text("alert", "This is not the password.").await?;
        // That it was refused is in the log of the browser, too.
        browser.problems().await?;
        log_in(&browser, &watched).await?;

        for name in ["rooms", "connections", "messages"] {
            ensure!(figure(&browser, name).await? == "0", "{name}");
        }
        ensure!(figure(&browser, "h-messages").await? == "< 5");
        let bar = "return document.querySelector('[data-bar=\"h-messages\"]').getAttribute('height');";
        ensure!(browser.run(bar, vec![]).await? == json!("0"));
        let _talk = watched.talk(4).await?;
        for (name, value) in [("rooms", "1"), ("connections", "2"), ("messages", "8"), ("h-messages", "8")] {
            until(&browser, name, value).await?;
        }
        ensure!(browser.run(bar, vec![]).await? == json!("64"));
        ensure!(figure(&browser, "h-reads").await? == "< 5" && figure(&browser, "h-rooms_created").await? == "< 5");
        is_open_to_all(&browser).await?;
        // That a browser does not know a header of the page's is no matter of the dashboard; that one forbids something is.
        let problems = browser.problems().await?;
        let forbidden = ["Refused", "iolat", "locked", "ntegrity", "rror:"];
        ensure!(!problems.iter().any(|line| forbidden.iter().any(|word| line.contains(word))), "{problems:#?}");

        ensure!(act(&browser, "Purge now").await?.contains("Purged: 0 rooms"));
        ensure!(act(&browser, "Compact now").await?.contains("no deleted bytes are left"));
        ensure!(act(&browser, "Stop new rooms").await?.contains("New rooms are stopped"));
        until(&browser, "doors", "no new rooms").await?;
        ensure!(act(&browser, "Drain").await?.contains("nobody new is let in"));
        ensure!(act(&browser, "Allow new rooms").await?.contains("new rooms are allowed"));
        until(&browser, "doors", "open").await?;

        browser.click("Log out").await?;
        browser.wait_for("button", "Log in").await?;
        browser.open(&watched.url()).await?;
        browser.wait_for("button", "Log in").await?;
        browser.quit().await
    }

    /// Who comes while the relay drains reads why nothing happens; once everybody is let in again, it goes on by itself.
    async fn who_comes_while_it_drains_is_told(kind: Kind) {
        let watched = Watched::start(&[]).await?;
        let cookie = http::log_in(&watched).await?;
        http::does(&watched, &cookie, "drain").await?;
        let ana = Person::arrive(kind, &watched.relay.url()).await?;
        ana.try_open("a room that never was", "some passcode").await?;
        ana.sees("The relay closed the connection: it is being stopped or started anew.").await?;
        http::does(&watched, &cookie, "allow").await?;
        ana.sees("That did not open a room.").await
    }

    /// Who does nothing is logged out, and the page that was open says so by itself.
    async fn an_idle_login_ends(kind: Kind) {
        let watched = Watched::start(&["--admin-idle", "3s"]).await?;
        let browser = Browser::start(kind).await?;
        log_in(&browser, &watched).await?;
        browser.wait_for("button", "Log in").await?;
        browser.quit().await
    }
}
