//! Whether the clock can be right. Rooms end by it: one that is far ahead ends them all, one that was set back keeps them.

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::check::{Finding, fine, note, wrong};
use crate::clock::plausible;

/// How far ahead of the clock the database may have been written: machines' clocks are set by a little.
const AHEAD: Duration = Duration::from_mins(10);
const REMEDY: &str = "Set it, for instance with systemd-timesyncd: rooms end by it.";

/// What is found, beside the database if there is one.
pub(super) fn clock(now: SystemTime, database: &Path) -> Finding {
    if let Err(error) = plausible(now) {
        return wrong(error.to_string(), REMEDY);
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
    fn a_clock_that_cannot_be_right_is_told_with_a_remedy() {
        let found = clock(SystemTime::UNIX_EPOCH, Path::new("/no/such/file"));
        assert!(found.how == How::Wrong && found.remedy == REMEDY, "{found}");
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
