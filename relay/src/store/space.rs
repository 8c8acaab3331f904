//! How much the database may take on the disk. Beyond it nothing grows: no new room, no new seat, no message that is longer
//! than what it replaces. What takes something away is always done, so a full relay empties by itself.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::sqlite::log;

/// What a change may add and counts as none: a later turn's number is a byte longer, sealed anew nothing is.
const SLACK: usize = 64;

/// The budget, and what of it is used; in bytes.
#[derive(Debug)]
pub struct Space {
    limit: u64,
    used: AtomicU64,
}

impl Default for Space {
    fn default() -> Self {
        Self::new(u64::MAX)
    }
}

impl Space {
    /// So much, of which nothing is used.
    pub fn new(limit: u64) -> Self {
        Self {
            limit,
            used: AtomicU64::new(0),
        }
    }

    /// The most that there may be.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// What was used when it was last looked: the files, less what is free in them where the files are as large as they may
    /// be.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Whether nothing may grow.
    pub fn is_full(&self) -> bool {
        self.used() >= self.limit
    }

    /// It was looked.
    pub fn set_used(&self, bytes: u64) {
        self.used.store(bytes, Ordering::Relaxed);
    }

    /// Whether this is as it should be, and what there is, for whoever runs the relay.
    pub fn report(&self) -> String {
        let word = if self.is_full() { "full" } else { "ok" };
        format!("space: {word}, {} of {} bytes\n", self.used(), self.limit)
    }
}

/// Whether a change adds something worth speaking of, by the bytes of before and after.
pub(super) const fn grows(before: usize, after: usize) -> bool {
    after > before.saturating_add(SLACK)
}

/// What a database's files take, its log included.
pub fn taken(database: &Path) -> u64 {
    let size = |path: &Path| path.metadata().map_or(0, |file| file.len());
    size(database) + size(&log::of(database))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_from_the_limit_on() {
        let space = Space::new(100);
        assert!(!space.is_full());
        space.set_used(99);
        assert!(!space.is_full());
        assert_eq!(space.report(), "space: ok, 99 of 100 bytes\n");
        space.set_used(100);
        assert!(space.is_full());
        assert_eq!(space.report(), "space: full, 100 of 100 bytes\n");
        let unlimited = Space::default();
        unlimited.set_used(1 << 60);
        assert!(!unlimited.is_full());
    }

    #[test]
    fn a_turn_s_longer_number_is_no_growth() {
        assert!(!grows(4000, 4001));
        assert!(!grows(4000, 3000));
        assert!(grows(4000, 4768));
        assert!(grows(0, 1024));
    }
}
