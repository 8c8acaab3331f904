//! The page's own costs: what a first visit loads, Argon2id in the browser beside npm's `hash-wasm`, in one page, and
//! sealing and opening a message (`session`).

mod session;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sotto_tests::browser::{Browser, Kind};
use sotto_tests::capture::first_visit::FirstVisit;
use sotto_tests::relay_process::RelayProcess;

use crate::outcome::Outcome;
use crate::spread::Spread;

/// What a first visit may load, in brotli.
const FIRST_VISIT: f64 = 100_000.0;
/// How much of `hash-wasm`'s time Argon2id may take, once both are warm.
const OF_THEIRS: f64 = 0.75;
/// How often each runs warm.
const TIMES: u32 = 5;
/// Where `build.sh` has put `hash-wasm`'s script of Argon2id.
const HASH_WASM: &str = "SOTTO_HASH_WASM";
const SCRIPT: &str = include_str!("page.js");

/// What the page saw, in milliseconds.
#[derive(Debug, Deserialize)]
struct Seen {
    start: f64,
    /// The first run of all, not warmed up.
    cold: f64,
    warm_up: f64,
    /// The first run after the warm-up, in another instance.
    first: f64,
    cold_theirs: f64,
    runs: Vec<Run>,
}

/// One run of each.
#[derive(Debug, Deserialize)]
struct Run {
    ours: f64,
    theirs: f64,
}

pub(crate) async fn run() -> Result<Outcome> {
    let relay = RelayProcess::start(&[]).await?;
    let mut outcome = Outcome {
        table: format!(
            "page: Argon2id warm {TIMES} times, milliseconds {:>9} {:>9} {:>9}\n",
            "min", "median", "max"
        ),
        figures: json!({}),
        missed: Vec::new(),
    };
    let mut figures = Map::new();
    let address = served()?;
    for kind in [Kind::Chromium, Kind::Firefox] {
        let mut of_browser = argon2id(kind, &address, &mut outcome).await?;
        let bytes = first_visit(kind, &relay, &mut outcome).await?;
        // The same in both browsers, or the limit holds for the greater.
        let most = figures
            .get("brotli_bytes")
            .and_then(Value::as_f64)
            .unwrap_or_default()
            .max(bytes);
        figures.insert("brotli_bytes".to_owned(), most.into());
        let (lines, of_session) = session::measure(kind, &relay).await?;
        outcome.table.push_str(&lines);
        of_browser.extend(of_session);
        figures.insert(format!("{kind:?}").to_lowercase(), of_browser.into());
    }
    outcome.figures = Value::Object(figures);
    Ok(outcome)
}

/// Argon2id beside `hash-wasm`'s; the figures.
async fn argon2id(kind: Kind, address: &str, outcome: &mut Outcome) -> Result<Map<String, Value>> {
    let browser = format!("{kind:?}");
    let seen = compare(kind, address)
        .await
        .with_context(|| format!("Argon2id in {browser}"))?;
    let ours = Spread::of(seen.runs.iter().map(|run| run.ours)).context("nothing was run")?;
    let theirs = Spread::of(seen.runs.iter().map(|run| run.theirs)).context("nothing was run")?;
    let ratio = (ours.median / theirs.median * 100.0).round() / 100.0;
    let table = &mut outcome.table;
    writeln!(table, "{browser:<9} {:<32} {ours}", "Sotto")?;
    writeln!(table, "{browser:<9} {:<32} {theirs}", "hash-wasm")?;
    writeln!(
        table,
        "{browser:<9} ratio {ratio}; first run {:.0} and {:.0}; the module started after {:.1}",
        seen.cold, seen.cold_theirs, seen.start
    )?;
    writeln!(
        table,
        "{browser:<9} first run after the warm-up {:.0}, which takes {:.0}",
        seen.first, seen.warm_up
    )?;
    outcome.at_most(
        &format!("page, {browser}: Argon2id to hash-wasm's"),
        ratio,
        OF_THEIRS,
    );
    Ok(Map::from_iter([
        ("argon2id_ms".to_owned(), json!(ours)),
        ("hash_wasm_ms".to_owned(), json!(theirs)),
        ("ratio".to_owned(), json!(ratio)),
        ("cold_ms".to_owned(), json!(seen.cold)),
        ("warm_up_ms".to_owned(), json!(seen.warm_up)),
        ("first_ms".to_owned(), json!(seen.first)),
        ("hash_wasm_cold_ms".to_owned(), json!(seen.cold_theirs)),
        ("start_ms".to_owned(), json!(seen.start)),
    ]))
}

/// How many bytes a first visit loads.
async fn first_visit(kind: Kind, relay: &RelayProcess, outcome: &mut Outcome) -> Result<f64> {
    let visit = FirstVisit::watch(kind, relay.address().parse()?).await?;
    let (bytes, heads) = (visit.bytes(), visit.heads);
    writeln!(
        outcome.table,
        "{:<9} first visit: {bytes} bytes in {} responses, and {heads} of heads",
        format!("{kind:?}"),
        visit.bodies.len()
    )?;
    let bytes = f64::from(u32::try_from(bytes)?);
    outcome.at_most(
        &format!("page, {kind:?}: bytes of a first visit"),
        bytes,
        FIRST_VISIT,
    );
    Ok(bytes)
}

async fn compare(kind: Kind, address: &str) -> Result<Seen> {
    let browser = Browser::start(kind).await?;
    browser.open(address).await?;
    let said = browser.client().execute_async(SCRIPT, vec![json!(TIMES)]).await?;
    browser.quit().await?;
    match said.get("seen") {
        Some(seen) => Ok(serde_json::from_value(seen.clone())?),
        None => bail!("the page said {said}"),
    }
}

/// Serves an empty page and both modules from one origin, until the program ends.
fn served() -> Result<String> {
    let theirs = PathBuf::from(
        std::env::var(HASH_WASM)
            .with_context(|| format!("{HASH_WASM} is not set; ./build.sh bench sets it"))?,
    );
    let built = built()?;
    let file = |path: &Path| std::fs::read(path).with_context(|| format!("reading {}", path.display()));
    let files = [
        ("/", "text/html", b"<!doctype html><title>bench</title>".to_vec()),
        ("/argon2.js", "text/javascript", file(&theirs)?),
        (
            "/stretcher.js",
            "text/javascript",
            file(&built.join("stretcher.js"))?,
        ),
        (
            "/stretcher_bg.wasm",
            "application/wasm",
            file(&built.join("stretcher_bg.wasm"))?,
        ),
    ];
    let router = files
        .into_iter()
        .fold(Router::new(), |router, (path, kind, bytes)| {
            router.route(path, get(move || async move { ([(CONTENT_TYPE, kind)], bytes) }))
        });
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = format!("http://{}/", listener.local_addr()?);
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// The folder of the modules in the page as it was built.
fn built() -> Result<PathBuf> {
    let trees = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/page/a");
    let tree =
        std::fs::read_dir(&trees).with_context(|| format!("{} is built by ./build.sh", trees.display()))?;
    Ok(tree.flatten().next().context("a page")?.path().join("pkg"))
}
