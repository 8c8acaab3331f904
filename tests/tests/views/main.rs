//! A walk through every view of the page: to take pictures of it (`./build.sh screenshots`), and to search it for what keeps
//! people out.

mod axe;
mod pictures;

use std::ops::Deref;

use anyhow::{Context, Result};
use serde_json::json;
use sotto_tests::both_browsers;
use sotto_tests::browser::{Kind, Options};
use sotto_tests::capture::http::Message;
use sotto_tests::capture::tap::Tap;
use sotto_tests::meddler::{Change, Meddler};
use sotto_tests::person::{HandedOver, Person};
use sotto_tests::relay_process::RelayProcess;
use sotto_tests::renewed::Renewed;

const ANA: &str = "wander quilt acorn nimble";
const BEN: &str = "tidal gravel mosaic plum";
const LONG: &str = "The bakery on the corner has closed. Let us meet at the river instead, by the second bench, \
                    at seven. Bring the grey folder if you can.";

/// What is done with each view.
#[derive(Clone, Copy, Debug)]
enum Look {
    /// Pictures of it are taken.
    Picture,
    /// It is searched for what keeps people out.
    Axe,
}

/// Someone whose views are looked at.
struct Viewer {
    person: Person,
    look: Look,
}

impl Deref for Viewer {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}

/// Looks at what a person sees.
async fn take(viewer: &Viewer, name: &str) -> Result<()> {
    match viewer.look {
        Look::Picture => pictures::take(viewer, name).await,
        Look::Axe => axe::search(viewer).await,
    }
    .with_context(|| format!("the view {name}"))
}

/// Where a walk through the views is made, and what for.
#[derive(Clone, Copy, Debug)]
struct Walk {
    kind: Kind,
    look: Look,
}

impl Walk {
    async fn arrive(self, url: &str) -> Result<Viewer> {
        self.arrive_with(url, Options::default()).await
    }

    /// The page's motion is off, so that no picture is of a change.
    async fn arrive_with(self, url: &str, mut options: Options) -> Result<Viewer> {
        options.chromium_flags.extend([
            "--force-prefers-reduced-motion".to_owned(),
            "--hide-scrollbars".to_owned(),
        ]);
        options
            .firefox_preferences
            .push(("ui.prefersReducedMotion".to_owned(), json!(1)));
        let person = Person::visit_with(self.kind, url, options).await?;
        Ok(Viewer {
            person,
            look: self.look,
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "writes docs/screenshots: run by ./build.sh screenshots"]
async fn pictures_of_every_view() -> Result<()> {
    let (kind, look) = (Kind::Chromium, Look::Picture);
    every_view(Walk { kind, look }).await
}

both_browsers! {
    /// No view has anything that keeps people out, as far as a program can tell.
    async fn every_view_is_accessible(kind: Kind) {
        every_view(Walk { kind, look: Look::Axe }).await
    }
}

async fn every_view(walk: Walk) -> Result<()> {
    let relay = RelayProcess::start(&[]).await?;
    let tap = Tap::start(relay.address().parse()?).await?;
    let url = tap.url();
    let ana = walk.arrive(&url).await?;
    let ben = walk.arrive(&url).await?;

    forms(&ana).await?;
    let handed = starting(&ana).await?;
    ben.join(&handed, BEN, "").await?;
    talking(&ana, &ben).await?;
    warned(&ana, &ben).await?;
    tap.block();
    ben.sees("The connection is lost.").await?;
    take(&ben, "room-away").await?;
    tap.unblock();
    ben.browser
        .run("dispatchEvent(new Event('online'));", vec![])
        .await?;
    ben.browser.wait_gone("button", "Confirm").await?;
    leaving(&ana, &ben).await?;
    quietly(walk, &tap).await?;
    tap.lead_to(relay.address().parse()?);
    three(walk, &url).await?;
    invited(walk, &url).await?;
    let ana = texts(walk, &url).await?;
    with_a_word(&ana).await?;
    drop(ana);
    elsewhere(walk, &url).await?;
    in_part(walk, relay.address()).await
}

async fn forms(ana: &Viewer) -> Result<()> {
    ana.browser.wait_for("textbox", "Phrase").await?;
    take(ana, "entry").await?;
    ana.try_open("no room has this", "nor this").await?;
    take(ana, "working").await?;
    ana.sees("That did not open a room.").await?;
    take(ana, "entry-refused").await?;
    ana.browser.click("Join with a code").await?;
    take(ana, "join").await?;
    ana.browser.click("Back").await
}

async fn starting(ana: &Viewer) -> Result<HandedOver> {
    ana.browser.click("Start a room").await?;
    let phrase = ana.readable("Your phrase").await?;
    take(ana, "start-phrase").await?;
    ana.browser.click("Use my own phrase").await?;
    ana.browser.fill("Phrase", "the bakery on the corner").await?;
    ana.sees("That is weak.").await?;
    take(ana, "start-phrase-own").await?;
    ana.browser.click("Use six words").await?;
    ana.browser.click("Next").await?;
    ana.readable("Four words, made for you").await?;
    ana.browser.type_into("Passcode", "short").await?;
    ana.browser.click("Next").await?;
    ana.sees("At least 8 characters: 3 more.").await?;
    take(ana, "start-passcode-short").await?;
    ana.browser.fill("Passcode", ANA).await?;
    take(ana, "start-passcode").await?;
    ana.browser.click("Next").await?;
    ana.browser.wait_for("radio", "7 days").await?;
    take(ana, "start-room").await?;
    ana.create("", 2).await?;
    let code = ana.readable("One-time code").await?;
    take(ana, "hand-over").await?;
    ana.make_link().await?;
    let drawing = ana.browser.wait_for("image", "QR code of the link").await?;
    let scroll = "arguments[0].tabIndex = -1; arguments[0].focus();";
    ana.browser
        .run(scroll, vec![serde_json::to_value(&drawing)?])
        .await?;
    take(ana, "hand-over-link").await?;
    ana.browser.click("Go to the room").await?;
    ana.in_room().await?;
    take(ana, "room-empty").await?;
    Ok(HandedOver { phrase, code })
}

async fn talking(ana: &Viewer, ben: &Viewer) -> Result<()> {
    let tab = ben.browser.new_tab().await?;
    ana.sees("The other person here").await?;
    ana.send(LONG).await?;
    ana.hears("Waiting for a reply").await?;
    take(ana, "room-waiting").await?;
    ana.browser.click("Edit").await?;
    take(ana, "room-editing").await?;
    ana.browser.click("Cancel").await?;
    ben.browser.switch_to(&tab).await?;
    ana.hears("Read").await?;
    ben.reads(LONG).await?;
    ben.browser
        .type_into("Message", "At seven, then. I bring the folder")
        .await?;
    ana.hears("The other person is writing").await?;
    take(ana, "room-read").await?;
    take(ben, "room-reply").await?;
    ana.browser.click("Menu").await?;
    take(ana, "menu").await?;
    ana.browser.click("End room").await?;
    take(ana, "menu-confirm").await?;
    ana.browser.click("Close").await
}

/// What only a hostile relay brings about: the page is handed a view that says so.
async fn warned(ana: &Viewer, ben: &Viewer) -> Result<()> {
    ben.overhear().await?;
    ben.browser.type_into("Message", ".").await?;
    // A later end of the room is news to everyone in it.
    ana.browser.click("Menu").await?;
    ana.browser.click("Extend: 30 days").await?;
    ana.browser.click("Close").await?;
    let change = json!({
        "alarms": [{ "kind": "rolled-back", "seat": null }, { "kind": "false-receipt", "seat": 0 }],
        "outcome": { "number": 1_000_000, "kind": "conflict" },
    });
    ben.pretend(change).await?;
    take(ben, "room-alarm").await?;
    ben.pretend(json!({ "alarms": [] })).await
}

async fn leaving(ana: &Viewer, ben: &Viewer) -> Result<()> {
    ben.browser.click("Lock").await?;
    ben.browser.wait_for("button", "Resume").await?;
    take(ben, "locked").await?;
    ana.break_worker().await?;
    ana.browser
        .run("dispatchEvent(new Event('online'));", vec![])
        .await?;
    ana.sees("Something broke; nothing was sent").await?;
    take(ana, "broken").await?;
    ben.browser.type_into("Passcode", BEN).await?;
    ben.browser.click("Resume").await?;
    ben.in_room().await?;
    ben.confirm("End room").await?;
    ben.sees("This room has ended for everyone.").await?;
    take(ben, "ended").await
}

/// What one sees who chose to be told and to tell less, who mistypes a passcode, and whose page is too old.
async fn quietly(walk: Walk, tap: &Tap) -> Result<()> {
    let url = tap.url();
    let ana = walk.arrive(&url).await?;
    let ben = walk.arrive(&url).await?;
    let handed = ana.start_and_enter(ANA, "", 2).await?;
    ben.join(&handed, BEN, "").await?;
    ben.turn("Send read receipts").await?;
    ben.turn("Cover messages until I tap").await?;
    ana.send(LONG).await?;
    ana.sees("The other person sends no read receipts.").await?;
    take(&ana, "room-no-receipts").await?;
    ben.sees("A message is here.").await?;
    take(&ben, "room-covered").await?;
    ben.browser.click("Show the message").await?;
    ben.reads(LONG).await?;
    ben.browser.click("Quote it").await?;
    take(&ben, "room-quoting").await?;
    ana.browser.click("Lock").await?;
    ana.browser.type_into("Passcode", "not it").await?;
    ana.browser.click("Resume").await?;
    ana.sees("4 more wrong tries clear this tab.").await?;
    ana.browser
        .run("document.querySelector('summary').click();", vec![])
        .await?;
    take(&ana, "locked-wrong").await?;
    let renewed = Renewed::start().await?;
    tap.lead_to(renewed.address());
    tap.cut();
    ben.sees("this page is too old for it.").await?;
    take(&ben, "room-too-old").await
}

async fn three(walk: Walk, url: &str) -> Result<()> {
    let ana = walk.arrive(url).await?;
    let ben = walk.arrive(url).await?;
    let eva = walk.arrive(url).await?;
    let handed = ana.start_and_enter(ANA, "Ana", 3).await?;
    ben.join(&handed, BEN, "Benedikt").await?;
    ana.sees("Benedikt here").await?;
    ana.browser.click("Menu").await?;
    ana.browser.click("New code for Person 3").await?;
    let code = sotto_tests::wait::until("another code", async || {
        let code = ana.readable("One-time code").await?;
        Ok((code != handed.code).then_some(code))
    })
    .await?;
    ana.browser
        .run("document.querySelector('.places').scrollIntoView();", vec![])
        .await?;
    take(&ana, "menu-code").await?;
    ana.browser.click("Close").await?;
    // The same passcode at two places: the page asks which.
    eva.join(
        &HandedOver {
            code,
            ..handed.clone()
        },
        BEN,
        "Chiara",
    )
    .await?;
    eva.reload().await?;
    eva.try_open(&handed.phrase, BEN).await?;
    eva.browser.wait_for("button", "Place 3").await?;
    take(&eva, "choose").await?;
    eva.browser.click("Cancel").await?;
    ben.browser.wait_for("textbox", "Message").await?;
    ana.send(LONG).await?;
    ben.sees("Chiara has not read this message yet.").await?;
    take(&ben, "room-three").await
}

/// A link, up to the passcode.
async fn invited(walk: Walk, url: &str) -> Result<()> {
    let ana = walk.arrive(url).await?;
    let ben = walk.arrive("about:blank").await?;
    ana.start(ANA, "", 2).await?;
    let link = ana.make_link().await?;
    ben.browser.open(&link).await?;
    ben.browser.wait_for("button", "Open the invitation").await?;
    take(&ben, "invitation").await?;
    ben.browser.click("Open the invitation").await?;
    ben.browser.wait_for("button", "Join").await?;
    take(&ben, "invitation-join").await
}

async fn texts(walk: Walk, url: &str) -> Result<Viewer> {
    let ana = walk.arrive(url).await?;
    for (page, title) in [
        ("about", "How this works"),
        ("verify", "Compare what you were given"),
    ] {
        ana.browser.open(&format!("{url}{page}")).await?;
        ana.browser.wait_for("heading", title).await?;
        take(&ana, page).await?;
    }
    Ok(ana)
}

/// Where rooms are made only with a word: the form that asks for it, and what it says of a wrong one.
async fn with_a_word(ana: &Viewer) -> Result<()> {
    let relay = RelayProcess::start_in(&[], &[("SOTTO_CREATE_TOKEN", "two lighthouses")]).await?;
    ana.browser.open(&relay.url()).await?;
    ana.browser.click("Start a room").await?;
    ana.readable("Your phrase").await?;
    ana.browser.click("Next").await?;
    ana.browser.type_into("Passcode", ANA).await?;
    ana.browser.click("Next").await?;
    ana.browser.fill("Word for new rooms", "two lighthouse").await?;
    ana.create("", 2).await?;
    ana.sees("That is not this relay's word for new rooms.").await?;
    take(ana, "start-room-word").await
}

async fn elsewhere(walk: Walk, url: &str) -> Result<()> {
    let options = Options {
        firefox_preferences: vec![("javascript.options.wasm".to_owned(), json!(false))],
        chromium_flags: vec!["--js-flags=--jitless".to_owned()],
        ..Options::default()
    };
    let ana = walk.arrive_with(url, options).await?;
    ana.sees("WebAssembly is switched off here.").await?;
    take(&ana, "unsupported").await
}

/// What is shown where a part of the page has not come, or has other bytes.
async fn in_part(walk: Walk, relay: &str) -> Result<()> {
    let slow = Meddler::start(relay, |_, _| Ok(false)).await?;
    slow.hold("/views/all.js");
    let ana = walk.arrive(&slow.url()).await?;
    ana.browser.click("Join with a code").await?;
    take(&ana, "coming").await?;
    slow.release();

    let wasm: Change = |path, file| Ok(alter("client_bg.wasm", path, file));
    let module: Change = |path, file| Ok(alter("text.js", path, file));
    for (name, change, sentence) in [
        ("unloaded", wasm, "The page did not load whole."),
        ("not-whole", module, "This page has not loaded whole"),
    ] {
        let meddler = Meddler::start(relay, change).await?;
        let ben = walk.arrive(&meddler.url()).await?;
        ben.sees(sentence).await?;
        take(&ben, name).await?;
    }
    Ok(())
}

/// Appends a byte to a file that ends so.
fn alter(end: &str, path: &str, file: &mut Message) -> bool {
    let is_it = path.ends_with(end);
    if is_it {
        file.body.push(b'\n');
    }
    is_it
}
