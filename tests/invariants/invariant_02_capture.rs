//! Invariant 2: the relay never receives a phrase, a passcode, a key that opens anything, a plaintext or a nickname.
//!
//! A recording tap is the page's origin, and everything that the browsers send through it is read down to the strings in
//! the frames. The room hash, which the relay must get, is the control of every form of search.
//!
//! Red when made: `act` in `www/workers.js` also fetches `/?` with the bytes that it hands over (phrase, passcodes, texts and
//! nicknames were found).

use anyhow::{Context, Result, ensure};
use sotto_crypto::{PassSecret, Room, RoomSecret, Stretched, normal, normal_passcode, stretch};
use sotto_protocol::Seat;
use sotto_tests::browser::{Kind, Options};
use sotto_tests::capture::search::{Haystack, Secret};
use sotto_tests::capture::tap::Tap;
use sotto_tests::capture::{Traffic, proxy::RefusingProxy};
use sotto_tests::person::{HandedOver, Person};

use crate::kdf::{expand, extract};
use crate::relay::start;
use crate::wire::Wire;

const PASSCODES: [&str; 2] = ["ana's very own passcode", "benedikta's passcode"];
const WRONG: &str = "a passcode that is none";
const NAMES: [&str; 2] = ["Anastasia", "Benedikta"];
const TEXTS: [&str; 4] = [
    "The bakery has closed.",
    "Then by the river.",
    "At seven o'clock.",
    "At eight o'clock.",
];
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

/// A whole conversation, through all that the page can do with a secret.
async fn story(ana: &Person, ben: &Person) -> Result<HandedOver> {
    let handed = ana.start_and_enter(PASSCODES[0], NAMES[0], 3).await?;
    ben.join(&handed, PASSCODES[1], NAMES[1]).await?;
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
    ana.browser.fill("Message", DRAFT).await?;
    ana.browser.click("Lock").await?;
    ana.browser.fill("Passcode", PASSCODES[0]).await?;
    ana.browser.click("Resume").await?;
    ana.in_room().await?;
    ben.reload().await?;
    ben.try_open(&handed.phrase, WRONG).await?;
    ben.sees("That did not open a room.").await?;
    ben.open(&handed.phrase, PASSCODES[1]).await?;
    ana.confirm("End room").await?;
    ben.hears("This room has ended").await?;
    Ok(handed)
}

/// Argon2id, as the browsers ran it.
fn stretched(password: &[u8], salt: &[u8; 16]) -> Result<Stretched> {
    Ok(stretch(password, salt)?)
}

/// Everything of this room that must stay in the browsers, and what must not.
fn secrets(handed: &HandedOver, salt: &[u8; 16]) -> Result<(Vec<Secret>, Vec<Secret>)> {
    let phrase = stretched(normal(&handed.phrase)?.as_bytes(), salt)?;
    let room = Room::derive(RoomSecret::from_stretched(&phrase));
    let secret = extract(b"sotto/1/room", phrase.as_bytes());
    ensure!(
        expand(&secret, "hash", &[]) == *room.hash().as_bytes(),
        "the keys derived here are another room's"
    );
    let mut kept = vec![
        Secret::text("phrase", &handed.phrase),
        Secret::text("phrase with spaces", &handed.phrase.replace('-', " ")),
        Secret::text("code", &handed.code),
        Secret::text("code without dashes", &handed.code.replace('-', "")),
        Secret::text("draft", DRAFT),
        Secret::text("wrong passcode", WRONG),
        Secret::bytes("stretched phrase", phrase.as_bytes()),
        Secret::bytes("room_secret", &secret),
        Secret::bytes("card_key", &expand(&secret, "card", &[])),
        Secret::bytes("invite_key", &expand(&secret, "invite", &[])),
        Secret::bytes("pair_salt", &expand(&secret, "pair", &[])),
        Secret::bytes("pass_salt", room.pass_salt()),
    ];
    let pass_key = expand(&secret, "pass-key", &[]);
    kept.push(Secret::bytes("pass_key", &pass_key));
    let mut sent = vec![Secret::bytes("room hash", room.hash().as_bytes())];
    for (number, passcode) in (0..).zip(PASSCODES) {
        let stretched = stretched(normal_passcode(passcode)?.as_bytes(), room.pass_salt())?;
        let pass_secret = extract(&pass_key, stretched.as_bytes());
        let place = Seat::new(number).context("a seat")?;
        let access = PassSecret::from_stretched(&room, &stretched).access_key(place);
        ensure!(expand(&pass_secret, "access", &[number]) == *access.as_bytes());
        sent.push(Secret::bytes("access key", access.as_bytes()));
        kept.push(Secret::text("passcode", passcode));
        kept.push(Secret::bytes("stretched passcode", stretched.as_bytes()));
        kept.push(Secret::bytes("pass_secret", &pass_secret));
        kept.push(Secret::bytes(
            "vault_key",
            &expand(&pass_secret, "vault", &[number]),
        ));
    }
    kept.extend(TEXTS.map(|text| Secret::text("text", text)));
    kept.extend(NAMES.map(|name| Secret::text("nickname", name)));
    Ok((kept, sent))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_secret_leaves_the_browsers() -> Result<()> {
    let relay = start(&[]).await?;
    let tap = Tap::start(relay.address()).await?;
    let url = format!("{}/", tap.origin());
    let proxies = [RefusingProxy::start().await?, RefusingProxy::start().await?];
    let options = |proxy: &RefusingProxy| Options {
        proxy: Some(proxy.address().to_string()),
        ..Options::default()
    };
    let ana = Person::arrive_with(Kind::Chromium, &url, options(&proxies[0])).await?;
    let ben = Person::arrive_with(Kind::Firefox, &url, options(&proxies[1])).await?;
    let handed = story(&ana, &ben).await?;
    let salt = Wire::connect(relay.address()).await?.welcome.salt;
    let (kept, sent) = secrets(&handed, salt.as_bytes())?;
    let traffic = Traffic::read(&tap.recording())?;
    eprintln!(
        "{} requests, {} frames up, {} down, {} bytes searched",
        traffic.exchanges.len(),
        traffic.frames_sent.len(),
        traffic.frames_received.len(),
        traffic.sent.len() + traffic.received.len()
    );
    // The controls: what the relay has to be sent is found, and each secret would be.
    for control in &sent {
        traffic.sent.must_hold(control);
    }
    for secret in &kept {
        let mut planted = Haystack::default();
        planted.add("planted", secret.raw());
        planted.must_hold(secret);
    }
    traffic.sent.must_lack(&kept);
    traffic.received.must_lack(&kept);
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
            .filter(|line| !VENDORS.iter().any(|vendor| line.contains(vendor)))
            .collect();
        ensure!(
            elsewhere.is_empty(),
            "{:?} asked for {elsewhere:?}",
            person.browser.kind()
        );
        // The proxy refuses, so the browser may call this an error.
        let _ = person.browser.open("http://planted.example/").await;
        let asked = proxy.asked();
        ensure!(
            asked.iter().any(|line| line.contains("planted.example")),
            "control: the proxy saw {asked:?}"
        );
    }
    Ok(())
}
