//! Invariant 6, counted: what SQLite's machine does for a stranger who is refused, whatever is there.
//!
//! A row that is found takes other steps than one that is not, so equal within a tenth is as equal as it gets. A query
//! more, or one that gives a row for each seat that is held, is far beyond that.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::room::Input;

/// Room 0 has one seat and a token for the other, room 1 is full, both have a message, room 2 is over, room 3 is not there.
fn rooms(store: &mut SqliteStore) -> [u16; 4] {
    let claim = Job {
        room: room(1),
        input: Input::Claim {
            seat: Seat::new(1).unwrap(),
            token: TokenHash::new([9; 32]),
            take: take(AccessHash::new([1; 32])),
        },
    };
    done(store, &[create(0), send(0), invite(0)]);
    done(store, &[create(1), send(1), invite(1), claim]);
    let long_ago = store.apply_batch(NOW - 10 * 3_600, &[create(2)]).unwrap();
    assert!(matches!(long_ago[0].reply, Reply::Opened { .. }));
    [0, 1, 2, 3]
}

fn wrong() -> AccessHash {
    AccessHash::new([0xff; 32])
}

fn take(access: AccessHash) -> Take {
    Take {
        access,
        vault: vec![2; limits::VAULT],
        card: vec![3; limits::CARD],
    }
}

/// How many instructions SQLite's machine runs until the attempt is refused.
fn steps(store: &mut SqliteStore, number: u16, input: &Input) -> u64 {
    let counter = Arc::new(AtomicU64::new(0));
    let counting = Arc::clone(&counter);
    let count = move || {
        counting.fetch_add(1, Ordering::Relaxed);
        false
    };
    store.connection.progress_handler(1, Some(count)).unwrap();
    let job = Job {
        room: room(number),
        input: input.clone(),
    };
    let applied = store.apply_batch(NOW, &[job]).unwrap();
    assert_eq!(
        applied[0].reply,
        Reply::Refused(Refusal::Refused),
        "{number}: {input:?}"
    );
    store
        .connection
        .progress_handler(0, None::<fn() -> bool>)
        .unwrap();
    counter.load(Ordering::Relaxed)
}

#[test]
fn a_refusal_takes_sqlite_the_same_steps_whatever_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    let rooms = rooms(&mut store);
    let seat = Seat::new(1).unwrap();
    let token = TokenHash::new([0xff; 32]);
    for input in [
        Input::Open { keys: [wrong(); 8] },
        Input::Reopen { seat, key: wrong() },
        Input::Claim {
            seat,
            token,
            take: take(wrong()),
        },
    ] {
        // Preparing a statement for the first time takes steps, too.
        steps(&mut store, 3, &input);
        let mut counted = Vec::new();
        for number in rooms {
            counted.push(steps(&mut store, number, &input));
        }
        let (least, most) = (counted.iter().min().unwrap(), counted.iter().max().unwrap());
        assert!(*most * 10 <= *least * 11, "{counted:?} for {input:?}");
    }
}
