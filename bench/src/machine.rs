//! Where and when it was measured, and what: a figure is worth nothing without.

use std::thread::available_parallelism;
use std::time::SystemTime;

use serde_json::{Value, json};

/// The profile that this tool and the relay beside it were built with.
const PROFILE: &str = if cfg!(debug_assertions) {
    "debug"
} else {
    "release"
};

/// For JSON.
pub(crate) fn describe() -> Value {
    json!({ "date": date(), "cores": cores(), "processor": processor(), "relay": PROFILE })
}

/// For people.
pub(crate) fn line() -> String {
    format!(
        "{}, {} cores ({}), relay built in the profile {PROFILE}",
        date(),
        cores(),
        processor()
    )
}

fn date() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

fn cores() -> usize {
    available_parallelism().map_or(0, usize::from)
}

fn processor() -> String {
    let known = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = known
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split_once(": "));
    name.map_or_else(|| "unknown".to_owned(), |(_, name)| name.to_owned())
}
