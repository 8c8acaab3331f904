//! A database that takes as much as it may: what grows is refused, what deletes is done, and what that frees is used again.

use super::super::super::space::{Space, taken};
use super::*;

const FULL: Reply = Reply::Refused(Refusal::Full);

fn reply(store: &mut SqliteStore, job: Job) -> Reply {
    store.apply_batch(NOW, &[job]).unwrap().remove(0).reply
}

#[test]
fn a_full_database_takes_nothing_that_grows() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sotto.db");
    let mut store = store(&directory);
    // 0 has no message; that of 1 has 1,024 bytes, that of 3 has 16,384.
    done(&mut store, &[create(0), create(1), send(1), create(3), send(3)]);
    store.compact().unwrap();
    let space = Arc::new(Space::new(taken(&file) + 100_000));
    let mut store = store.within(Arc::clone(&space)).unwrap();
    assert!(!space.is_full());
    // Until the file itself is as large as it may be, and not only file and log together.
    let mut made = 0;
    while !space.is_full() {
        while reply(&mut store, create(100 + made)) != FULL {
            made += 1;
            assert!(made < 200, "it is never full");
        }
        store.compact().unwrap();
    }
    assert!(made > 2, "{made}");

    // The same for a room that is there and for one that is not, and for one that was made a moment ago.
    for number in [0, 99, 100] {
        assert_eq!(reply(&mut store, create(number)), FULL);
    }
    assert_eq!(reply(&mut store, send(0)), FULL);
    assert_eq!(reply(&mut store, invite(0)), FULL);
    assert_eq!(reply(&mut store, edit(1)), FULL, "it is longer");
    assert_eq!(reply(&mut store, send(1)), Reply::Done, "it was done before");
    assert_eq!(reply(&mut store, edit(3)), Reply::Done, "it is shorter");
    assert_eq!(reply(&mut store, delete(1)), Reply::Done);

    // All are over; the file does not shrink, and has room.
    while store.purge_due(NOW + 10 * 3_600, 64).unwrap().more {}
    store.compact().unwrap();
    let before = taken(&file);
    assert!(before >= space.limit(), "the file is as large as before");
    assert!(!space.is_full(), "{}", space.report());
    assert!(matches!(reply(&mut store, create(0)), Reply::Opened { .. }));
    store.compact().unwrap();
    assert_eq!(taken(&file), before);
}

/// Breaks when it is looked too seldom for what a transaction may take, or after each where there is plenty.
#[test]
fn it_is_looked_as_often_as_need_be() {
    for (free, after) in [
        (MOST - 1, [true; 4]),
        (2 * MOST + MOST / 2, [false, false, true, false]),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let space = Arc::new(Space::new(taken(&directory.path().join("sotto.db")) + free));
        let mut store = store.within(Arc::clone(&space)).unwrap();
        let looked = [0, 1, 2, 3].map(|number| {
            space.set_used(0);
            done(&mut store, &[create(number)]);
            space.used() > 0
        });
        assert_eq!(looked, after);
    }
}
