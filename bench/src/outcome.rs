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
