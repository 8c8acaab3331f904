//! Opening a room: from a click on Open to the message on the screen.
//!
//! Two runs of Argon2id are meant to take their time; what is limited is everything else: connecting, asking, the
//! stretcher's start as far as it is waited for, opening the envelope, drawing. `open.js` measures both in the page.

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
/// How often each browser opens the room.
const OPENINGS: usize = 9;

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
    runs: [Run; 2],
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
}

/// One thing that is measured of each opening: its name in JSON, its name for people, and how long it took.
type Row = (&'static str, &'static str, fn(&Seen) -> f64);

const ROWS: [Row; 6] = [
    ("total_ms", "click to readable message", Seen::total),
    ("argon2id_ms", "two runs of Argon2id", Seen::argon2id),
    (REST, "the rest", Seen::rest),
    ("before_ms", "  before the first run", |seen| {
        seen.runs[0].began - seen.clicked
    }),
    ("between_ms", "  between the two", |seen| {
        seen.runs[1].began - seen.runs[0].ended
    }),
    ("after_ms", "  after the second run", |seen| {
        seen.readable - seen.runs[1].ended
    }),
];
/// The row that is limited.
const REST: &str = "rest_ms";

/// Makes a room with a message in it and opens it in both browsers.
pub(crate) async fn run() -> Result<Outcome> {
    let relay = RelayProcess::start(&[]).await?;
    let _ana = room_with_message(relay.address()).await?;
    let mut outcome = Outcome {
        table: format!(
            "open: {OPENINGS} openings, milliseconds {:>13} {:>9} {:>9}\n",
            "min", "median", "max"
        ),
        figures: json!({ "openings": OPENINGS, "limit_ms": LIMIT_MS }),
        missed: Vec::new(),
    };
    for kind in [Kind::Chromium, Kind::Firefox] {
        let browser = format!("{kind:?}");
        let seen = openings(kind, &relay.url())
            .await
            .with_context(|| format!("opening the room in {browser}"))?;
        let mut figures = Map::new();
        for (key, name, of) in ROWS {
            let spread = Spread::of(seen.iter().map(of)).context("nothing was measured")?;
            writeln!(outcome.table, "{browser:<9} {name:<28} {spread}")?;
            figures.insert(key.to_owned(), serde_json::to_value(spread)?);
            if key == REST && spread.median > LIMIT_MS {
                outcome.missed.push(format!(
                    "opening a room in {browser}, less Argon2id: {} ms, at most {LIMIT_MS} ms",
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

/// Opens the room as Ben, each time from a fresh entry form.
async fn openings(kind: Kind, url: &str) -> Result<Vec<Seen>> {
    let ben = Person::arrive(kind, url).await?;
    let mut openings = Vec::new();
    for _ in 0..OPENINGS {
        ben.reload().await?;
        ben.browser.run(OBSERVER, vec![json!(TEXT)]).await?;
        ben.try_open(PHRASE, PASSCODE).await?;
        let seen = ben.browser.client().execute_async(OPENED, vec![]).await?;
        let seen: Seen =
            serde_json::from_value(seen).context("the page saw something else than an opening")?;
        let [phrase, passcode] = &seen.runs;
        let times = [
            seen.clicked,
            phrase.began,
            phrase.ended,
            passcode.began,
            passcode.ended,
            seen.readable,
        ];
        ensure!(
            times.is_sorted(),
            "the page saw things in another order: {seen:?}"
        );
        openings.push(seen);
    }
    ben.browser.quit().await?;
    Ok(openings)
}
