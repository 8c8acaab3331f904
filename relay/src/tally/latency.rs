//! How long sends took, in buckets that each are at most an eighth wider than they are long: an addition costs one atomic
//! step, and the whole takes the same few kilobytes however many there are. (The published histograms that are this small
//! want a lock or a channel for each value.)

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Eight buckets for each power of two, up to a minute.
const BUCKETS: usize = 200;

/// Counts, added to from anywhere.
#[derive(Debug)]
pub(super) struct Latency([AtomicU64; BUCKETS]);

/// Counts at one moment, or between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spread([u64; BUCKETS]);

impl Default for Latency {
    fn default() -> Self {
        Self(array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Latency {
    pub(super) fn add(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = self.0.get(bucket(micros)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn now(&self) -> Spread {
        let mut counts = [0; BUCKETS];
        for (count, bucket) in counts.iter_mut().zip(&self.0) {
            *count = bucket.load(Ordering::Relaxed);
        }
        Spread(counts)
    }
}

impl Default for Spread {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Spread {
    /// What came between an earlier moment and this one.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let mut counts = self.0;
        for (count, before) in counts.iter_mut().zip(&earlier.0) {
            *count = count.saturating_sub(*before);
        }
        Self(counts)
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(&other.0) {
            *count += more;
        }
    }

    /// What `share` of the values are not above, in microseconds: the upper end of the bucket. None if there are fewer
    /// than `least` values.
    pub(super) fn quantile(&self, share: f64, least: u64) -> Option<u64> {
        let all: u64 = self.0.iter().sum();
        if all < least.max(1) {
            return None;
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a count is one"
        )]
        let wanted = (share * all as f64).ceil() as u64;
        let mut seen = 0;
        for (index, count) in self.0.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return Some(end(index));
            }
        }
        None
    }
}

fn bucket(micros: u64) -> usize {
    let index = match micros.checked_ilog2() {
        Some(power) if power >= 3 => u64::from(power - 2) * 8 + ((micros >> (power - 3)) & 7),
        _ => micros,
    };
    usize::try_from(index).unwrap_or(usize::MAX).min(BUCKETS - 1)
}

/// The last value that falls into a bucket.
fn end(index: usize) -> u64 {
    let index = index as u64;
    if index < 8 {
        return index;
    }
    let (power, part) = (index / 8 - 1, index % 8);
    ((8 + part + 1) << power) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        for index in 0..BUCKETS - 1 {
            assert_eq!(bucket(end(index)), index);
            assert_eq!(bucket(end(index) + 1), index + 1);
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_right_to_an_eighth() {
        let latency = Latency::default();
        for micros in 1..=1000 {
            latency.add(Duration::from_micros(micros));
        }
        let spread = latency.now();
        let (median, tail) = (
            spread.quantile(0.5, 1).unwrap(),
            spread.quantile(0.99, 1).unwrap(),
        );
        assert!((500..=563).contains(&median), "{median}");
        assert!((990..=1115).contains(&tail), "{tail}");
        assert_eq!(spread.quantile(0.5, 1001), None);
        assert_eq!(spread.since(&spread).quantile(0.5, 0), None);
    }
}
