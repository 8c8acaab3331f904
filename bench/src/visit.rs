//! A first visit over a slow line: until the entry form stands, until it has brought all that it needs, and until a room
//! that is not there has been refused, which takes everything that opening one takes.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use sotto_tests::browser::{Browser, Kind};
use sotto_tests::native::PHRASE;
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;
use sotto_tests::slow::{SlowLine, Speed};

use crate::outcome::Outcome;
use crate::spread::Spread;

/// A bad mobile connection.
const LINE: Speed = Speed {
    bits_per_second: 400_000,
    round_trip: Duration::from_millis(400),
};
/// By when the page has to be of use.
const LIMIT_MS: f64 = 10_000.0;
/// How many first visits each browser makes.
const VISITS: usize = 3;

const REFUSED: &str = "That did not open a room.";

/// Visits the page in both browsers.
pub(crate) async fn run() -> Result<Outcome> {
    let relay = RelayProcess::start(&[]).await?;
    let line = SlowLine::start(relay.address().parse()?, LINE).await?;
    let mut outcome = Outcome {
        table: format!(
            "visit: {VISITS} first visits at 400 kbit/s and 400 ms, milliseconds {:>4} {:>9} {:>9}\n",
            "min", "median", "max"
        ),
        figures: json!({ "visits": VISITS, "limit_ms": LIMIT_MS }),
        missed: Vec::new(),
    };
    for kind in [Kind::Chromium, Kind::Firefox] {
        let browser = format!("{kind:?}");
        let mut stands = Vec::new();
        let mut refused = Vec::new();
        for _ in 0..VISITS {
            let [first, last] = visit(kind, &line.url())
                .await
                .with_context(|| format!("a visit in {browser}"))?;
            stands.push(first);
            refused.push(last);
        }
        let mut figures = serde_json::Map::new();
        for (key, name, times) in [
            ("form_ms", "the entry form stands", stands),
            ("refused_ms", "a try is answered", refused),
        ] {
            let spread = Spread::of(times).context("nothing was measured")?;
            writeln!(outcome.table, "{browser:<9} {name:<44} {spread}")?;
            figures.insert(key.to_owned(), serde_json::to_value(spread)?);
            if spread.median > LIMIT_MS {
                outcome.missed.push(format!(
                    "{name} in {browser}: {} ms, at most {LIMIT_MS} ms",
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

/// One visit with an empty cache, by a person who types as fast as the form lets them.
async fn visit(kind: Kind, url: &str) -> Result<[f64; 2]> {
    let browser = Browser::start(kind).await?;
    let start = Instant::now();
    let ana = Person::arrive_in(browser, url).await?;
    ana.browser.wait_for("textbox", "Phrase").await?;
    let stands = milliseconds(start);
    ana.try_open(PHRASE, "no passcode of anyone's").await?;
    ana.sees(REFUSED).await?;
    let refused = milliseconds(start);
    ana.browser.quit().await?;
    Ok([stands, refused])
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}
