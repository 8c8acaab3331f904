//! Whether the clock can be right. Rooms end by it: under one that is far ahead a start would end them all, and rooms made under
//! one that is far behind end as soon as it is set.

use std::time::{SystemTime, UNIX_EPOCH};

/// 1 January 2026: a clock that is before that is wrong.
const EARLIEST: u64 = 1_767_225_600;
/// 1 January 2046: no certificate that anybody has now will hold then.
const LATEST: u64 = 2_398_377_600;

/// A clock that cannot be right: a relay does not start by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// As of a machine that has no battery for it, until a network tells the time.
    #[error("clock: before 2026")]
    Before,
    /// Nobody knows why.
    #[error("clock: after 2045")]
    After,
}

/// Whether the clock can be right.
pub fn plausible(now: SystemTime) -> Result<(), ClockError> {
    match now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()) {
        ..EARLIEST => Err(ClockError::Before),
        EARLIEST..LATEST => Ok(()),
        LATEST.. => Err(ClockError::After),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn twenty_years_are_plausible() {
        let at = |seconds| plausible(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), Err(ClockError::Before));
        assert_eq!(at(EARLIEST - 1), Err(ClockError::Before));
        assert_eq!(at(EARLIEST), Ok(()));
        assert_eq!(at(LATEST - 1), Ok(()));
        assert_eq!(at(LATEST), Err(ClockError::After));
        assert_eq!(plausible(SystemTime::now()), Ok(()));
    }
}
