//! Opening a room, and resuming a locked one: from a click on the button to the message on the screen.
//!
//! Argon2id is meant to take its time; what is limited is everything else: connecting, asking, the stretcher's start as far
//! as it is waited for, opening the envelope, drawing. `open.js` measures both in the page.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sotto_tests::browser::Kind;
use sotto_tests::native::{self, PHRASE};
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;

use crate::outcome::Outcome;
use crate::spread::Spread;

/// What everything but Argon2id may take, in the median.
const LIMIT_MS: f64 = 150.0;
/// How often each browser does it.
const TIMES: usize = 9;

/// How one comes to the message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// From the entry form, with phrase and passcode.
    Open,
    /// From the locked page, with the passcode.
    Resume,
}

impl Way {
    /// What the button says.
    const fn button(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Resume => "Resume",
        }
    }

    /// How many times Argon2id runs.
    const fn runs(self) -> usize {
        match self {
            Self::Open => 2,
            Self::Resume => 1,
        }
    }
}

const PASSCODE: &str = "ben's own passcode";
const TEXT: &str = "The bakery on the corner has closed. Let us meet at the river instead, by the second bench, at \
                    seven. Bring the grey folder if you can.";

/// Goes into the page before the first key is pressed.
const OBSERVER: &str = include_str!("open.js");
const OPENED: &str = "const done = arguments[0]; window.opening.then(done);";

/// What the page saw, in milliseconds of its clock.
#[derive(Debug, Deserialize)]
struct Seen {
    clicked: f64,
    runs: Vec<Run>,
    readable: f64,
}

/// One run of Argon2id.
#[derive(Debug, Deserialize)]
struct Run {
    began: f64,
    ended: f64,
}

impl Seen {
    fn total(&self) -> f64 {
        self.readable - self.clicked
    }

    fn argon2id(&self) -> f64 {
        self.runs.iter().map(|run| run.ended - run.began).sum()
    }

    fn rest(&self) -> f64 {
        self.total() - self.argon2id()
    }

    fn before(&self) -> f64 {
        self.runs.first().map_or(0.0, |run| run.began - self.clicked)
    }

    fn after(&self) -> f64 {
        self.runs.last().map_or(0.0, |run| self.readable - run.ended)
    }

    fn between(&self) -> f64 {
        self.rest() - self.before() - self.after()
    }
}

/// One thing that is measured: its name in JSON, its name for people, and how long it took.
type Row = (&'static str, &'static str, fn(&Seen) -> f64);

const ROWS: [Row; 6] = [
    ("total_ms", "click to readable message", Seen::total),
    ("argon2id_ms", "Argon2id", Seen::argon2id),
    (REST, "the rest", Seen::rest),
    ("before_ms", "  before the first run", Seen::before),
    ("between_ms", "  between runs", Seen::between),
    ("after_ms", "  after the last run", Seen::after),
];
/// The row that is limited.
const REST: &str = "rest_ms";

/// Makes a room with a message in it, and comes to it in both browsers.
pub(crate) async fn run(way: Way) -> Result<Outcome> {
    let relay = RelayProcess::start(&[]).await?;
    let _ana = room_with_message(relay.address()).await?;
    let button = way.button();
    let mut outcome = Outcome {
        table: format!(
            "{button}: {TIMES} times, milliseconds {:>18} {:>9} {:>9}\n",
            "min", "median", "max"
        ),
        figures: json!({ "times": TIMES, "limit_ms": LIMIT_MS }),
        missed: Vec::new(),
    };
    for kind in [Kind::Chromium, Kind::Firefox] {
        let browser = format!("{kind:?}");
        let seen = times(way, kind, &relay.url())
            .await
            .with_context(|| format!("{button} in {browser}"))?;
        let mut figures = Map::new();
        for (key, name, of) in ROWS {
            let spread = Spread::of(seen.iter().map(of)).context("nothing was measured")?;
            writeln!(outcome.table, "{browser:<9} {name:<28} {spread}")?;
            figures.insert(key.to_owned(), serde_json::to_value(spread)?);
            if key == REST && spread.median > LIMIT_MS {
                outcome.missed.push(format!(
                    "{button} in {browser}, less Argon2id: {} ms, at most {LIMIT_MS} ms",
                    spread.median
                ));
            }
        }
        if let Value::Object(all) = &mut outcome.figures {
            all.insert(browser.to_lowercase(), Value::Object(figures));
        }
    }
    Ok(outcome)
}

/// A room in which Ana has written to Ben, who is away.
async fn room_with_message(relay: &str) -> Result<native::Person> {
    let mut ana = native::Person::at(relay, "Ana");
    ana.starts("ana's own passcode", 2).await?;
    let code = ana.invites(1).await?;
    let mut ben = native::Person::at(relay, "Ben");
    ben.joins(&code, PASSCODE).await?;
    ana.has_company(1).await?;
    ben.locks("").await?;
    ana.sends(TEXT).await?;
    Ok(ana)
}

/// Comes to the message as Ben, each time from a fresh form.
async fn times(way: Way, kind: Kind, url: &str) -> Result<Vec<Seen>> {
    let ben = Person::arrive(kind, url).await?;
    let watch = async || {
        ben.browser
            .run(OBSERVER, vec![json!(TEXT), json!(way.button())])
            .await
    };
    if let Way::Resume = way {
        ben.open(PHRASE, PASSCODE).await?;
        ben.reads(TEXT).await?;
    }
    let mut times = Vec::new();
    for _ in 0..TIMES {
        match way {
            Way::Open => {
                ben.reload().await?;
                watch().await?;
                ben.try_open(PHRASE, PASSCODE).await?;
            }
            Way::Resume => {
                ben.browser.click("Lock").await?;
                ben.browser.wait_for("button", "Resume").await?;
                watch().await?;
                ben.browser.fill("Passcode", PASSCODE).await?;
                ben.browser.click("Resume").await?;
            }
        }
        let seen = ben.browser.client().execute_async(OPENED, vec![]).await?;
        let seen: Seen =
            serde_json::from_value(seen).context("the page saw something else than an opening")?;
        let runs = seen.runs.iter().flat_map(|run| [run.began, run.ended]);
        let order: Vec<f64> = [seen.clicked]
            .into_iter()
            .chain(runs)
            .chain([seen.readable])
            .collect();
        ensure!(
            order.is_sorted() && seen.runs.len() == way.runs(),
            "the page saw other things, or in another order: {seen:?}"
        );
        times.push(seen);
    }
    ben.browser.quit().await?;
    Ok(times)
}
