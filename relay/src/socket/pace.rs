//! How fast a connection may send: a bucket of frames that refills with time. Far above what people or the page do.

use std::time::{Duration, Instant};

/// The bucket, kept as the moment at which it will be full again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// How long one frame takes to refill.
    refill: Duration,
    /// How far ahead `full_at` may be.
    burst: Duration,
    full_at: Instant,
}

impl Pace {
    /// `burst` frames at once, `frames` a second for long.
    pub(super) fn new(frames: u32, burst: u32, now: Instant) -> Self {
        let refill = Duration::from_secs(1) / frames.max(1);
        Self {
            refill,
            burst: refill * burst,
            full_at: now,
        }
    }

    /// Whether another frame may come now.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        let full_at = self.full_at.max(now) + self.refill;
        if full_at > now + self.burst {
            return false;
        }
        self.full_at = full_at;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_so_many_a_second() {
        let start = Instant::now();
        let mut pace = Pace::new(20, 50, start);
        assert_eq!((0..100).filter(|_| pace.allows(start)).count(), 50);
        let later = start + Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| pace.allows(later)).count(), 20);
        let rested = start + Duration::from_mins(1);
        assert_eq!((0..100).filter(|_| pace.allows(rested)).count(), 50);
    }
}
