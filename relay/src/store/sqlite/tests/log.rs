//! The room that the log has ahead.

use super::super::log;
use super::*;

fn length(directory: &tempfile::TempDir) -> u64 {
    log::of(&directory.path().join("sotto.db"))
        .metadata()
        .unwrap()
        .len()
}

/// How many of a hundred commits of a few pages made the log longer.
fn grown(store: &mut SqliteStore, directory: &tempfile::TempDir) -> usize {
    let mut before = length(directory);
    let commits = (0..100).filter(|number| {
        let invited = Some(Invited {
            token: TokenHash::new([*number; 32]),
            invitation: None,
        });
        let seat = Seat::new(1).unwrap();
        done(store, &[by(0, *number, SeatCommand::Invite { seat, invited })]);
        std::mem::replace(&mut before, length(directory)) != length(directory)
    });
    commits.count()
}

/// Breaks when the log has no room ahead, or has none again once it was emptied; or keeps its room when there was no need.
#[test]
fn a_commit_makes_the_log_no_longer() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    done(&mut store, &[create(0)]);
    for _ in 0..2 {
        assert_eq!(store.compact().unwrap(), Compaction::Done);
        assert_eq!(length(&directory), 0);
        let times = grown(&mut store, &directory);
        assert!((2..30).contains(&times), "{times}");
    }
    assert_eq!(store.compact().unwrap(), Compaction::Done);
    done(&mut store, &[create(1)]);
    assert!(length(&directory) < 128 * 1024, "little is used");
}

/// Breaks when the zeros behind the last frame keep SQLite from reading what is before them.
#[test]
fn after_a_power_cut_all_is_there() {
    let (directory, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut store = store(&directory);
    (0..20).for_each(|number| done(&mut store, &[create(number)]));
    let left = std::fs::read(log::of(&directory.path().join("sotto.db"))).unwrap();
    assert_eq!(left.last_chunk(), Some(&[0; 4096]), "there is room");
    for end in ["sotto.db", "sotto.db-wal"] {
        std::fs::copy(directory.path().join(end), after.path().join(end)).unwrap();
    }
    let mut cut = super::store(&after);
    assert_eq!(cut.counts().unwrap().rooms, 20);
    done(&mut cut, &[create(20)]);
    assert_eq!(cut.counts().unwrap().rooms, 21);
}

/// Breaks when a log that holds much is not written back, and begun anew, without anybody asking for it.
#[test]
fn a_long_log_is_written_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    assert_eq!(store.compact().unwrap(), Compaction::Done);
    for start in (0..1800).step_by(60) {
        done(&mut store, &(start..start + 60).map(create).collect::<Vec<_>>());
    }
    let (log, database) = (length(&directory), directory.path().join("sotto.db"));
    assert!(log < 24 * 1024 * 1024, "{log}");
    assert!(database.metadata().unwrap().len() > 12 * 1024 * 1024);
}
