//! Whether the disk has what the budget promises, and how much of the budget is used.

use super::check::{Finding, fine, note};
use crate::config::Config;
use crate::data::DATABASE;
use crate::store::space::taken;

/// From this share of the budget on somebody should look, in hundredths.
const MUCH: u64 = 80;

/// What is found of the data folder, which there is.
pub(super) fn space(config: &Config) -> Finding {
    let free = rustix::fs::statvfs(&config.data)
        .map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    judged(taken(&config.data.join(DATABASE)), config.limits.disk, free)
}

fn judged(taken: u64, limit: u64, free: u64) -> Finding {
    let found = format!(
        "space: the database takes {} of {} MB (--disk)",
        millions(taken),
        limit / 1_000_000
    );
    if taken >= limit / 100 * MUCH {
        return note(
            found,
            "Raise --disk if the disk has more. A full relay takes no new room, and no longer message, until rooms end.",
        );
    }
    if free < limit - taken {
        return note(
            format!("{found}, and the disk has only {} MB left", free / 1_000_000),
            "Make room on the disk, or lower --disk: a relay whose disk is full refuses every command.",
        );
    }
    fine(found)
}

/// Whole megabytes, rounded up.
const fn millions(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::super::check::How;
    use super::*;

    #[test]
    fn a_budget_that_is_used_up_or_that_the_disk_does_not_have_is_told() {
        let gigabyte = 1_000_000_000;
        let usual = judged(12_345_678, 10 * gigabyte, 20 * gigabyte);
        assert_eq!(usual, fine("space: the database takes 13 of 10000 MB (--disk)"));
        let small = judged(0, 10 * gigabyte, 9 * gigabyte);
        assert!(
            small.how == How::Note && small.found.contains("only 9000 MB left"),
            "{small}"
        );
        assert!(small.remedy.contains("lower --disk"), "{small}");
        for taken in [8 * gigabyte, 11 * gigabyte] {
            let full = judged(taken, 10 * gigabyte, 20 * gigabyte);
            assert!(
                full.how == How::Note && full.remedy.contains("Raise --disk"),
                "{full}"
            );
        }
    }

    #[test]
    fn the_disk_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        let with = |disk| Config::from_flags(["--data", data, "--disk", disk]).unwrap();
        assert!(
            space(&with("18000000TB")).found.contains("left"),
            "no disk has that"
        );
        assert_eq!(space(&with("1MB")).how, How::Fine);
    }
}
