//! Invariant 2: the relay never receives a phrase, a passcode, a key that opens anything, a plaintext or a nickname.
//!
//! A recording tap is the page's origin, and everything that the browsers send through it is read down to the strings in
//! the frames. Searched for is what people typed and every key down to the content keys: from the passcodes the test
//! opens the vaults that it recorded, and from them the boxes. The room hash and the access keys, which the relay must
//! get, are the control of every form of search. Every other connection, to another port of the same machine too, has
//! to go through a proxy that refuses it and writes it down.
//!
//! Red when made: `act` in `www/workers.js` also fetches `/?` with the bytes that it hands over (phrase, passcodes, texts
//! and nicknames were found); the new access key in `session/passcode.rs` is the seat's seed (it was found); `act` also
//! fetches `http://127.0.0.1:40010/`, and the policy in `page/headers.rs` lets it (the proxy saw it).

use anyhow::{Result, ensure};
use sotto_tests::browser::{Kind, Options, Proxy};
use sotto_tests::capture::search::Haystack;
use sotto_tests::capture::tap::Tap;
use sotto_tests::capture::{Traffic, proxy::RefusingProxy};
use sotto_tests::person::{HandedOver, Person};

use crate::relay::start;
use crate::secrets::Secrets;
use crate::wire::Wire;

const PASSCODES: [&str; 2] = ["ana's very own passcode", "benedikta's passcode"];
const CHANGED: &str = "another one of ana's";
const WRONG: &str = "a passcode that is none";
const NAMES: [&str; 2] = ["Anastasia", "Benedikta"];
const TEXTS: [&str; 4] = [
    "The bakery has closed.",
    "Then by the river.",
    "At seven o'clock.",
    "At eight o'clock.",
];
const OWN: &str = "a phrase that was weighed and not taken";
const DRAFT: &str = "half a thought";

/// What browsers ask for by themselves, whatever page they show.
const VENDORS: [&str; 9] = [
    // The start page of Debian's Chromium.
    "start.duckduckgo.com",
    "mozilla.com",
    "mozilla.net",
    "mozilla.org",
    "firefox.com",
    "google.com",
    "gstatic.com",
    "googleapis.com",
    "gvt1.com",
];

/// Whether a proxy's request line is for the host of such a vendor: `CONNECT HOST:PORT ..` or `GET http://HOST/..`.
fn is_vendors(line: &str) -> bool {
    let target = line.split(' ').nth(1).unwrap_or_default();
    let target = target.strip_prefix("http://").unwrap_or(target);
    let host = target.split([':', '/']).next().unwrap_or_default();
    VENDORS
        .iter()
        .any(|vendor| host == *vendor || host.ends_with(&format!(".{vendor}")))
}

/// A whole conversation, through all that the page can do with a secret.
async fn story(ana: &Person, ben: &Person) -> Result<(HandedOver, String)> {
    ana.browser.click("Start a room").await?;
    ana.browser.click("Use my own phrase").await?;
    ana.browser.fill("Phrase", OWN).await?;
    ana.sees("guesses: ").await?;
    ana.reload().await?;
    let handed = ana.start(PASSCODES[0], NAMES[0], 3).await?;
    let link = ana.make_link().await?;
    ana.browser.click("Go to the room").await?;
    ben.join_by_link(&link, PASSCODES[1], NAMES[1]).await?;
    ana.sees("Benedikta here").await?;
    ana.send(TEXTS[0]).await?;
    ben.reads(TEXTS[0]).await?;
    ana.sees("Read by Benedikta").await?;
    ben.send(TEXTS[1]).await?;
    ana.reads(TEXTS[1]).await?;
    ben.browser.open("about:blank").await?;
    ana.send(TEXTS[2]).await?;
    ana.browser.click("Edit").await?;
    ana.browser.fill("Message", TEXTS[3]).await?;
    ana.browser.click("Save").await?;
    ana.reads(TEXTS[3]).await?;
    ana.browser.click("Delete").await?;
    ana.sees("You deleted your message.").await?;
    ana.browser.click("Menu").await?;
    ana.browser.fill("Present passcode", PASSCODES[0]).await?;
    ana.browser.fill("New passcode", CHANGED).await?;
    ana.browser.click("Change passcode").await?;
    ana.sees("The passcode was changed.").await?;
    ana.browser.click("Close").await?;
    ana.browser.fill("Message", DRAFT).await?;
    ana.browser.click("Lock").await?;
    ana.browser.fill("Passcode", CHANGED).await?;
    ana.browser.click("Resume").await?;
    ana.in_room().await?;
    ben.reload().await?;
    ben.try_open(&handed.phrase, WRONG).await?;
    ben.sees("That did not open a room.").await?;
    ben.open(&handed.phrase, PASSCODES[1]).await?;
    ana.confirm("End room").await?;
    ben.hears("This room has ended").await?;
    Ok((handed, link))
}

/// Everything of this room that must stay in the browsers, and what must not.
fn secrets(handed: &HandedOver, link: &str, salt: &[u8; 16], traffic: &Traffic) -> Result<Secrets> {
    let mut secrets = Secrets::of(&handed.phrase, salt)?;
    secrets.keep("code", &[&handed.code, &handed.code.replace('-', "")]);
    secrets.invitation(link)?;
    secrets.keep("text", &TEXTS);
    secrets.keep("nickname", &NAMES);
    secrets.keep("draft", &[DRAFT]);
    secrets.keep("phrase of one's own", &[OWN]);
    secrets.keep("wrong passcode", &[WRONG]);
    let passcodes = [
        secrets.passcode(0, PASSCODES[0])?,
        secrets.passcode(1, PASSCODES[1])?,
    ];
    secrets.passcode(0, CHANGED)?;
    secrets.add_sent(&traffic.frames_sent, &passcodes)?;
    ensure!(
        secrets.messages == TEXTS.len(),
        "control: {} messages were sent",
        secrets.messages
    );
    Ok(secrets)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_secret_leaves_the_browsers() -> Result<()> {
    let relay = start(&[]).await?;
    let tap = Tap::start(relay.address()).await?;
    let url = format!("{}/", tap.origin());
    let proxies = [RefusingProxy::start().await?, RefusingProxy::start().await?];
    let options = |proxy: &RefusingProxy| Options {
        proxy: Some(Proxy {
            address: proxy.address(),
            except: tap.address(),
        }),
        ..Options::default()
    };
    let ana = Person::arrive_with(Kind::Chromium, &url, options(&proxies[0])).await?;
    let ben = Person::arrive_with(Kind::Firefox, &url, options(&proxies[1])).await?;
    let (handed, link) = story(&ana, &ben).await?;
    let salt = Wire::connect(relay.address()).await?.welcome.salt;
    let traffic = Traffic::read(&tap.recording())?;
    let Secrets { kept, sent, .. } = secrets(&handed, &link, salt.as_bytes(), &traffic)?;
    eprintln!(
        "{} requests, {} frames up, {} down, {} bytes searched",
        traffic.exchanges.len(),
        traffic.frames_sent.len(),
        traffic.frames_received.len(),
        traffic.sent.len() + traffic.received.len()
    );
    traffic.sent.must_lack(&kept);
    traffic.received.must_lack(&kept);
    // The controls: what the relay has to be sent is found, and each secret would be.
    for control in &sent {
        traffic.sent.must_hold(control);
    }
    for secret in &kept {
        let mut planted = Haystack::default();
        planted.add("planted", secret.raw());
        planted.must_hold(secret);
    }
    for exchange in &traffic.exchanges {
        let target = exchange.request.target();
        let is_known = ["/", "/ws", "/favicon.ico"].contains(&target) || target.starts_with("/a/");
        ensure!(is_known, "a request for {target}");
    }
    // Nor did the page go anywhere else; the control: a page that does is seen.
    for (person, proxy) in [&ana, &ben].into_iter().zip(&proxies) {
        let elsewhere: Vec<String> = proxy
            .asked()
            .into_iter()
            .filter(|line| !is_vendors(line))
            .collect();
        ensure!(
            elsewhere.is_empty(),
            "{:?} asked for {elsewhere:?}",
            person.browser.kind()
        );
        // Another port of this machine is elsewhere, too.
        for planted in ["planted.example", "127.0.0.1:40009", "localhost:40009"] {
            // The proxy refuses, so the browser may call this an error.
            let _ = person.browser.open(&format!("http://{planted}/")).await;
            let asked = proxy.asked();
            ensure!(
                asked.iter().any(|line| line.contains(planted)),
                "control: {planted} is not in what the proxy saw: {asked:?}"
            );
        }
    }
    Ok(())
}
