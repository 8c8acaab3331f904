//! Whether the relay got worse: figures of this run beside those of `bench/baseline.json`. Times are compared as ratios to
//! the floor of the same run, so that a slower or a busier machine changes nothing; bytes as they are.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::outcome::Outcome;

const BASELINE: &str = include_str!("../baseline.json");
/// How much worse a figure may be.
const WORSE: f64 = 1.2;

/// What is compared: the figure, and what it is divided by.
const FIGURES: [(&str, Option<&str>); 6] = [
    ("idle.rss_bytes_per_connection", None),
    ("connect.server_cpu_s_per_1000", Some("floor.cpu_s_per_1000.1024")),
    (
        "typing.server_cpu_s_per_1000.50",
        Some("floor.typing_cpu_s_per_1000"),
    ),
    (
        "typing.server_cpu_s_per_1000.500",
        Some("floor.typing_cpu_s_per_1000"),
    ),
    // Ratios already, of rounds in turns.
    ("floor.relay_to_floor.256", None),
    ("floor.relay_to_floor.1024", None),
];

/// Compares a run's figures.
pub(crate) fn compare(figures: &Map<String, Value>) -> Result<Outcome> {
    let baseline: Map<String, Value> = serde_json::from_str(BASELINE)?;
    let mut outcome = Outcome {
        table: format!("check: {:>52} {:>10} {:>10}\n", "", "baseline", "now"),
        figures: json!({}),
        missed: Vec::new(),
    };
    for (name, floor) in FIGURES {
        let measured = at(figures, name)?;
        let now = match floor {
            Some(floor) => (measured / at(figures, floor)? * 100.0).round() / 100.0,
            None => measured,
        };
        let before = baseline.get(name).and_then(Value::as_f64);
        let before = before.with_context(|| format!("the baseline has no {name}"))?;
        let what = floor.map_or_else(|| name.to_owned(), |_| format!("{name}, to the floor"));
        writeln!(outcome.table, "{what:<60} {before:>10} {now:>10}")?;
        outcome.at_most(&format!("check, {what}"), now, before * WORSE);
        if let Value::Object(all) = &mut outcome.figures {
            all.insert(name.to_owned(), now.into());
        }
    }
    Ok(outcome)
}

/// The number at `a.b.c`.
fn at(figures: &Map<String, Value>, path: &str) -> Result<f64> {
    let (first, rest) = path.split_once('.').context("a path")?;
    let found = rest
        .split('.')
        .try_fold(figures.get(first), |place, key| Some(place?.get(key)))
        .flatten()
        .and_then(Value::as_f64);
    found.with_context(|| format!("this run has no {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(worse: f64) -> Map<String, Value> {
        let baseline: Map<String, Value> = serde_json::from_str(BASELINE).unwrap();
        let figure = |name: &str| baseline[name].as_f64().unwrap();
        let run = json!({
            "idle": { "rss_bytes_per_connection": figure(FIGURES[0].0) },
            "connect": { "server_cpu_s_per_1000": 2.0 * figure(FIGURES[1].0) },
            "typing": { "server_cpu_s_per_1000": {
                "50": 3.0 * figure(FIGURES[2].0), "500": 3.0 * figure(FIGURES[3].0) * worse,
            } },
            "floor": {
                "typing_cpu_s_per_1000": 3.0, "cpu_s_per_1000": { "1024": 2.0 },
                "relay_to_floor": { "256": figure(FIGURES[4].0), "1024": figure(FIGURES[5].0) },
            },
        });
        run.as_object().unwrap().clone()
    }

    #[test]
    fn a_slower_machine_is_no_regression_and_a_slower_relay_is() {
        assert_eq!(compare(&run(1.0)).unwrap().missed, Vec::<String>::new());
        assert_eq!(compare(&run(1.1)).unwrap().missed.len(), 0);
        let missed = compare(&run(1.3)).unwrap().missed;
        assert_eq!(missed.len(), 1);
        assert!(missed[0].contains("typing"), "{missed:?}");
    }
}
