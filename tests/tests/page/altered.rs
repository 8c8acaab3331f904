//! What is not what it was when the page was built does not run, and the page says so.

use anyhow::{Context, Result, ensure};
use sotto_tests::both_browsers;
use sotto_tests::browser::Kind;
use sotto_tests::capture::http::Message;
use sotto_tests::meddler::{Change, Meddler};
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;
use sotto_tests::wait;

/// What stands in the page until its scripts run.
const NOT_WHOLE: &str = "This page has not loaded whole";

/// What the page says once a worker is lost.
const BROKE: &str = "Something broke; nothing was sent. Open the room again.";

/// The wasm that stretches a phrase.
const STRETCHER: &str = "stretcher_bg.wasm";

/// A file whose name this is, in the tree.
fn is_file(path: &str, name: &str) -> bool {
    path.rsplit('/').next() == Some(name)
}

/// Takes the header away that asks for pins, as if the browser did not know it.
fn drop_policy(page: &mut Message) {
    page.headers.retain(|(name, _)| name != "integrity-policy");
}

/// Puts another link to the module `text.js` in the place of the page's.
fn relink(page: &mut Message, change: fn(&str) -> Option<String>) -> Result<()> {
    let text = String::from_utf8(page.body.clone())?;
    let is_it = |tag: &&str| tag.starts_with("<link ") && tag.contains("/text.js");
    let link = text
        .split_inclusive('>')
        .map(str::trim_start)
        .find(is_it)
        .context("a link to the module")?;
    let other = change(link).context("another link")?;
    page.body = text.replace(link, &other).into_bytes();
    Ok(())
}

/// The link without its pin.
fn unpinned(link: &str) -> Option<String> {
    let (before, pin) = link.split_once("integrity=\"")?;
    Some(format!("{before}{}", pin.split_once('"')?.1))
}

/// Opens the page, something of it changed.
async fn arrive(kind: Kind, relay: &RelayProcess, change: Change) -> Result<(Meddler, Person)> {
    let meddler = Meddler::start(relay.address(), change).await?;
    let ana = Person::visit(kind, &meddler.url()).await?;
    wait::until("something to be changed", async || {
        Ok((meddler.changed() > 0).then_some(()))
    })
    .await?;
    Ok((meddler, ana))
}

/// Opens the page; responses for the stretcher's wasm are counted, and break off.
async fn cut_short(kind: Kind, relay: &RelayProcess) -> Result<(Meddler, Person)> {
    let meddler = Meddler::start(relay.address(), |path, _| Ok(is_file(path, STRETCHER))).await?;
    let ana = Person::visit(kind, &meddler.url()).await?;
    meddler.cut(Some(STRETCHER));
    Ok((meddler, ana))
}

/// No field is shown, but a sentence.
async fn is_refused(ana: &Person, sentence: &str) -> Result<()> {
    ana.sees(sentence).await?;
    let fields = ana.browser.find_all("textbox", "").await?;
    ensure!(fields.is_empty(), "a field is shown");
    Ok(())
}

/// The browser says that a file is not what it was pinned to.
async fn is_reported(ana: &Person) -> Result<()> {
    wait::until("the browser's complaint", async || {
        let problems = ana.browser.problems().await?;
        let found = problems
            .iter()
            .any(|line| line.to_lowercase().contains("integrity"));
        Ok(found.then_some(()))
    })
    .await
}

both_browsers! {
    /// A module that is not what its link says, in a browser without Integrity-Policy.
    async fn a_module_with_other_bytes_is_refused(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let change: Change = |path, file| {
            if path == "/" {
                drop_policy(file);
            } else if is_file(path, "text.js") {
                file.body.extend(b"document.title = 'altered';");
            }
            Ok(path == "/" || is_file(path, "text.js"))
        };
        let (_meddler, ana) = arrive(kind, &relay, change).await?;
        is_refused(&ana, NOT_WHOLE).await?;
        is_reported(&ana).await?;
        ensure!(ana.browser.client().title().await? == "Sotto", "the altered module ran");
        Ok(())
    }

    /// A module whose link has no pin.
    async fn an_unpinned_module_is_refused(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let change: Change = |path, page| {
            if path == "/" {
                relink(page, unpinned)?;
            }
            Ok(path == "/")
        };
        let (_meddler, ana) = arrive(kind, &relay, change).await?;
        is_refused(&ana, NOT_WHOLE).await
    }

    /// A module without a link.
    async fn an_unlinked_module_is_refused(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let change: Change = |path, page| {
            if path == "/" {
                relink(page, |_| Some(String::new()))?;
            }
            Ok(path == "/")
        };
        let (_meddler, ana) = arrive(kind, &relay, change).await?;
        is_refused(&ana, NOT_WHOLE).await
    }

    /// The control for the two above: it is the policy that refuses, and no fault of what was changed.
    async fn without_the_policy_an_unpinned_module_runs(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let change: Change = |path, page| {
            if path == "/" {
                drop_policy(page);
                relink(page, unpinned)?;
            }
            Ok(path == "/")
        };
        let (_meddler, ana) = arrive(kind, &relay, change).await?;
        ana.browser.wait_for("button", "Open").await?;
        ensure!(!ana.shows(NOT_WHOLE).await?);
        Ok(())
    }

    /// The wasm, with a section more that changes nothing in what it does.
    async fn a_wasm_with_other_bytes_is_refused(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let change: Change = |path, file| {
            let is_wasm = is_file(path, "client_bg.wasm");
            if is_wasm {
                file.body.extend(b"\0\x02\x01x");
            }
            Ok(is_wasm)
        };
        let (_meddler, ana) = arrive(kind, &relay, change).await?;
        is_refused(&ana, "Something broke; nothing was sent").await?;
        // What the browser reports of it may end with the worker.
        ana.sees("The page did not load whole.").await
    }

    /// A view that comes after the form, in a browser without Integrity-Policy: the form works, and what is behind it does
    /// not run.
    async fn a_later_view_with_other_bytes_is_refused(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let change: Change = |path, file| {
            if path == "/" {
                drop_policy(file);
            } else if is_file(path, "start.js") {
                file.body.extend(b"document.title = 'altered';");
            }
            Ok(path == "/" || is_file(path, "start.js"))
        };
        let (_meddler, ana) = arrive(kind, &relay, change).await?;
        ana.browser.click("Start a room").await?;
        is_refused(&ana, "The page did not load whole.").await?;
        is_reported(&ana).await?;
        ensure!(ana.browser.client().title().await? == "Sotto", "the altered view ran");
        Ok(())
    }

    /// A view that is asked for before it came: the form goes at once, so that nothing is typed into it any more.
    async fn a_view_is_waited_for(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let meddler = Meddler::start(relay.address(), |_, _| Ok(false)).await?;
        meddler.hold("/views/all.js");
        let ana = Person::visit(kind, &meddler.url()).await?;
        ana.browser.wait_for("textbox", "Phrase").await?;
        ana.browser.click("Join with a code").await?;
        is_refused(&ana, "One moment").await?;
        meddler.release();
        ana.browser.wait_for("textbox", "Code").await?;
        Ok(())
    }

    /// What opening takes breaks off while someone types: nothing that they typed is lost, and it is loaded again.
    async fn a_load_that_breaks_off_while_someone_types_is_made_up_for(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (meddler, ana) = cut_short(kind, &relay).await?;
        ana.browser.type_into("Phrase", "any phrase").await?;
        wait::until("a load to break off", async || Ok((meddler.broken() > 0).then_some(()))).await?;
        meddler.cut(None);
        let loaded = meddler.changed();
        wait::until("it to be loaded again", async || {
            ana.browser.type_into("Passcode", "any passcode").await?;
            Ok((meddler.changed() > loaded).then_some(()))
        })
        .await?;
        ensure!(ana.holds("Phrase").await? == "any phrase", "what was typed is lost");
        ana.browser.click("Open").await?;
        ana.sees("That did not open a room.").await
    }

    /// It breaks off when it is needed: the page says so, and works once the line is whole.
    async fn a_load_that_breaks_off_is_told(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let (meddler, ana) = cut_short(kind, &relay).await?;
        ana.try_open("any phrase", "any passcode").await?;
        ana.sees(BROKE).await?;
        meddler.cut(None);
        ana.try_open("any phrase", "any passcode").await?;
        ana.sees("That did not open a room.").await
    }

    /// A script that breaks off may run as if it were empty, and the browser says nothing: the page waits a minute for a
    /// sign (here a hundredth of it).
    async fn a_worker_that_says_nothing_is_given_up(kind: Kind) {
        let relay = RelayProcess::start(&[]).await?;
        let change: Change = |path, script| {
            let is_it = path.ends_with("/worker/stretcher.js");
            if is_it {
                script.body.clear();
            }
            Ok(is_it)
        };
        let meddler = Meddler::start(relay.address(), change).await?;
        let ana = Person::visit(kind, &meddler.url()).await?;
        let faster = "const set = window.setTimeout;
            window.setTimeout = (what, after) => set(what, after === 60000 ? after / 100 : after);";
        ana.browser.run(faster, vec![]).await?;
        ana.try_open("any phrase", "any passcode").await?;
        ana.sees(BROKE).await
    }
}
