//! What a scenario gives.

use serde_json::Value;

/// Figures, twice: to read, and to compare.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// As a table of text.
    pub(crate) table: String,
    /// The same as JSON.
    pub(crate) figures: Value,
    /// The limits that were missed, each with what was measured.
    pub(crate) missed: Vec<String>,
}

impl Outcome {
    /// Holds a figure to its upper limit.
    pub(crate) fn at_most(&mut self, what: &str, measured: f64, limit: f64) {
        if measured > limit {
            self.missed.push(format!("{what}: {measured}, at most {limit}"));
        }
    }

    /// Holds a figure to its lower limit.
    pub(crate) fn at_least(&mut self, what: &str, measured: f64, limit: f64) {
        if measured < limit {
            self.missed.push(format!("{what}: {measured}, at least {limit}"));
        }
    }
}
