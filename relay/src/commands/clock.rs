//! Whether the clock can be right. Rooms end by it: one that is far ahead ends them all, one that was set back keeps them.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::check::{Finding, fine, note, wrong};

/// 1 January 2026: a clock that is before that is wrong.
const EARLIEST: u64 = 1_767_225_600;
/// 1 January 2046. No certificate that anybody has now will hold then.
const LATEST: u64 = 2_398_377_600;
/// How far ahead of the clock the database may have been written: machines' clocks are set by a little.
const AHEAD: Duration = Duration::from_mins(10);
const REMEDY: &str = "Set it, for instance with systemd-timesyncd: rooms end by it.";

/// What is found, beside the database if there is one.
pub(super) fn clock(now: SystemTime, database: &Path) -> Finding {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if seconds < EARLIEST {
        return wrong("clock: before 2026", REMEDY);
    }
    if seconds >= LATEST {
        return wrong("clock: after 2045, so that a start would end every room", REMEDY);
    }
    let written = database.metadata().and_then(|meta| meta.modified());
    match written.map(|written| written.duration_since(now)) {
        Ok(Ok(ahead)) if ahead > AHEAD => note(
            format!(
                "clock: the database was written {} from now, by this clock",
                humantime::format_duration(Duration::from_secs(ahead.as_secs()))
            ),
            "It was set back, or was ahead then. Set it right before the relay starts: rooms end by it.",
        ),
        _ => fine("clock: plausible"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::check::How;

    #[test]
    fn a_clock_that_cannot_be_right_is_told() {
        let none = Path::new("/no/such/file");
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        for (now, how) in [
            (at(1000), How::Wrong),
            (at(EARLIEST), How::Fine),
            (SystemTime::now(), How::Fine),
            (at(LATEST), How::Wrong),
        ] {
            let found = clock(now, none);
            assert!(
                found.how == how && (found.remedy == REMEDY) == (how == How::Wrong),
                "{found}"
            );
        }
    }

    #[test]
    fn a_clock_that_was_set_back_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let now = SystemTime::now();
        assert_eq!(clock(now, file.path()).how, How::Fine);
        let found = clock(now - Duration::from_hours(30), file.path());
        assert!(
            found.how == How::Note && found.found.contains("1day 5h") || found.found.contains("1day 6h"),
            "{found}"
        );
        assert!(found.remedy.contains("set back"), "{found}");
    }
}
