//! Several measurements of one thing, and rates.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;

/// The least, the middle and the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of at least one measurement; of an even number the median is the upper of the two in the middle.
    pub(crate) fn of(measured: impl IntoIterator<Item = f64>) -> Option<Self> {
        Self::rounded(measured, 10.0)
    }

    /// The same for what takes a millisecond or less: two places.
    pub(crate) fn fine(measured: impl IntoIterator<Item = f64>) -> Option<Self> {
        Self::rounded(measured, 100.0)
    }

    /// More places than these are noise.
    pub(crate) fn rounded(measured: impl IntoIterator<Item = f64>, parts: f64) -> Option<Self> {
        let round = |measured: f64| (measured * parts).round() / parts;
        let mut sorted: Vec<f64> = measured.into_iter().map(round).collect();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            min: *sorted.first()?,
            median: *sorted.get(sorted.len() / 2)?,
            max: *sorted.last()?,
        })
    }
}

/// How many in a second.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn per_second(count: usize, time: Duration) -> f64 {
    (count as f64 / time.as_secs_f64()).round()
}

/// How many seconds for a thousand.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn per_thousand(seconds: f64, count: usize) -> f64 {
    (seconds / count as f64 * 1e8).round() / 1e5
}

/// The one in the middle, in microseconds.
pub(crate) fn median_micros(mut times: Vec<Duration>) -> Result<u64> {
    times.sort_unstable();
    let median = times.get(times.len() / 2).context("nothing was tried")?;
    Ok(u64::try_from(median.as_micros())?)
}

/// Microseconds as milliseconds.
#[expect(clippy::cast_precision_loss, reason = "latencies are far below 2^52")]
pub(crate) fn millis(micros: u64) -> f64 {
    (micros as f64 / 10.0).round() / 100.0
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { min, median, max } = self;
        let places = f.precision().unwrap_or(1);
        write!(f, "{min:>9.places$} {median:>9.places$} {max:>9.places$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle_whatever_the_order() {
        let spread = Spread::of([30.04, 2.0, 400.0, 1.0, 5.0]).unwrap();
        assert_eq!(
            spread,
            Spread {
                min: 1.0,
                median: 5.0,
                max: 400.0
            }
        );
        let one = Spread {
            min: 7.3,
            median: 7.3,
            max: 7.3,
        };
        assert_eq!(Spread::of([7.26]), Some(one));
        assert_eq!(Spread::of([]), None);
        let fine = Spread::fine([0.374, 0.5]).unwrap();
        assert_eq!(format!("{fine:.2}"), "     0.37      0.50      0.50");
        assert_eq!(fine.to_string(), "      0.4       0.5       0.5");
    }
}
