//! Sealing and opening a message in the browser, and how long the session's module takes to start.
//!
//! Two sessions of the module that the relay serves talk through that relay, in a page that has nothing else to do. The page
//! is empty and isolated: only then a browser's clock shows microseconds.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sotto_tests::browser::{Browser, Kind};
use sotto_tests::capture::http::Message;
use sotto_tests::meddler::Meddler;
use sotto_tests::relay_process::RelayProcess;

use crate::spread::Spread;

/// How many messages are sealed and opened, by two people in turn.
const TIMES: usize = 60;
/// How many of them let the browser compile what is used often.
const WARMING: usize = 20;
const SCRIPT: &str = include_str!("session.js");
const TALK: &str =
    "const [root, phrase, times, done] = arguments; window.talk(root, phrase, times).then(done);";
/// The page's headers that the empty page does without: they allow neither this script's imports nor the finer clock.
const STRICT: [&str; 3] = [
    "content-security-policy",
    "integrity-policy",
    "permissions-policy",
];

/// What the page saw, in milliseconds.
#[derive(Debug, Deserialize)]
struct Seen {
    start: f64,
    seals: Vec<f64>,
    opens: Vec<f64>,
}

/// Measures in one browser; the table's lines and the figures.
pub(super) async fn measure(kind: Kind, relay: &RelayProcess) -> Result<(String, Map<String, Value>)> {
    let browser = format!("{kind:?}");
    let seen = talk(kind, relay)
        .await
        .with_context(|| format!("a conversation in {browser}"))?;
    let mut lines = String::new();
    let mut figures = Map::from_iter([("session_start_ms".to_owned(), json!(hundredths(seen.start)))]);
    writeln!(
        lines,
        "{browser:<9} the session's module started after {:.1}",
        seen.start
    )?;
    for (key, what, all) in [
        ("seal", "seal 1 KiB for two seats", &seen.seals),
        ("open", "open it", &seen.opens),
    ] {
        ensure!(all.len() == TIMES, "{} messages, not {TIMES}", all.len());
        let (cold, warm) = all.split_at(WARMING);
        let first = hundredths(*cold.first().context("a first message")?);
        let spread = Spread::fine(warm.iter().copied()).context("nothing was measured")?;
        writeln!(lines, "{browser:<9} {what:<32} {spread:.2}; the first {first:.2}")?;
        figures.insert(format!("{key}_ms"), json!(spread));
        figures.insert(format!("{key}_first_ms"), json!(first));
    }
    Ok((lines, figures))
}

async fn talk(kind: Kind, relay: &RelayProcess) -> Result<Seen> {
    let meddler = Meddler::start(relay.address(), emptied).await?;
    let browser = Browser::start(kind).await?;
    browser.open(&meddler.url()).await?;
    // No two browsers in one room.
    let phrase = format!("a phrase for {kind:?}");
    let asked = vec![json!(modules()?), json!(phrase), json!(TIMES)];
    let said = browser.client().execute_async(TALK, asked).await?;
    browser.quit().await?;
    ensure!(meddler.changed() > 0, "the page was as it is served");
    match said.get("seen") {
        Some(seen) => Ok(serde_json::from_value(seen.clone())?),
        None => bail!("the page said {said}"),
    }
}

/// Makes the entry page an empty one that has only the script.
#[expect(clippy::unnecessary_wraps, reason = "the shape of a change, which may fail")]
fn emptied(path: &str, file: &mut Message) -> Result<bool> {
    let is_it = path == "/";
    if is_it {
        file.headers.retain(|(name, _)| !STRICT.contains(&name.as_str()));
        file.body = format!("<!doctype html><title>bench</title><script>{SCRIPT}</script>").into_bytes();
    }
    Ok(is_it)
}

/// The path of the modules below the relay's root.
fn modules() -> Result<String> {
    let folder = super::built()?;
    let tree = folder
        .parent()
        .and_then(|tree| tree.file_name())
        .and_then(|name| name.to_str());
    Ok(format!("/a/{}/pkg", tree.context("a page's tree")?))
}

fn hundredths(measured: f64) -> f64 {
    (measured * 100.0).round() / 100.0
}
