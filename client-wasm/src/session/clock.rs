//! The relay's clock, as far as a tab knows it.

/// How far the relay's clock may be ahead of what it is taken for, in seconds: both clocks are read in whole seconds, and
/// its time was on the way.
const CLOCK_ERROR: u64 = 2;

/// Whether the relay's clock is past an end.
pub(super) fn is_over(expires_at: u64, now_ms: u64, offset: i64) -> bool {
    (now_ms / 1000).saturating_add_signed(offset) + CLOCK_ERROR >= expires_at
}

#[cfg(test)]
mod tests {
    use super::is_over;

    /// The relay's time, 99, was read at 99.99 and came at 100.01: its clock is taken for a second too early.
    #[test]
    fn an_end_in_time_is_one_although_clocks_are_read_in_seconds() {
        let offset = 99 - 100;
        assert!(is_over(120, 120_050, offset));
        assert!(!is_over(120, 118_900, offset), "three seconds early");
    }
}
