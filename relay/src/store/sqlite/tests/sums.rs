//! What is counted of rooms, and how the sums are kept.

use sotto_protocol::{MessageHash, Proofs};

use super::*;
use crate::tally::{DAY, HOUR, Kind, Row, Tally};

/// What is counted is what happened: a retry is nothing new, and the rooms add up to those on disk.
#[test]
fn what_happens_is_counted_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    let tally = Tally::default();
    tally.open(&[], 0, NOW);
    let proofs = Proofs::new();
    let delete = |number| {
        by(
            number,
            8,
            SeatCommand::Delete {
                message: MessageHash::new([9; 32]),
                proofs: proofs.clone(),
            },
        )
    };
    let jobs = [
        create(1),
        create(1),
        create(2),
        create(3),
        send(1),
        send(1),
        delete(1),
        by(2, 7, SeatCommand::Vacate { proofs: None }),
        by(
            3,
            7,
            SeatCommand::Expire {
                proofs: proofs.clone(),
            },
        ),
        create(4),
    ];
    let applied = store.apply_batch(NOW, &jobs).unwrap();
    for (job, applied) in jobs.iter().zip(&applied) {
        tally.settled(&job.input, applied, NOW);
    }
    // The time of both that are left is over; one of them is made anew before it is purged.
    let later = NOW + 10 * 3600;
    let again = [create(4)];
    let applied = store.apply_batch(later, &again).unwrap();
    tally.settled(&again[0].input, &applied[0], later);
    for purged in store.purge_due(later, 10).unwrap().purged {
        assert!(purged.ended);
        tally.happened(Kind::EndedByTime, later);
    }
    let counted = [
        Kind::RoomsCreated,
        Kind::EndedByTime,
        Kind::EndedByHand,
        Kind::EndedByVacate,
        Kind::Messages,
        Kind::Edits,
        Kind::Deletes,
    ]
    .map(|kind| tally.total(kind));
    assert_eq!(counted, [5, 2, 1, 1, 1, 0, 0], "{applied:?}");
    assert_eq!(tally.rooms(), store.counts().unwrap().rooms);
}

#[test]
fn sums_are_kept_replaced_and_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    let row = |length, start, count| Row {
        length,
        start,
        kind: "messages".to_owned(),
        count,
    };
    let start = 1000 * DAY;
    let rows = [row(HOUR, start, 5), row(DAY, start, 3)];
    store.keep_aggregates(&rows, start).unwrap();
    store.keep_aggregates(&[row(DAY, start, 7)], start).unwrap();
    assert_eq!(
        store.aggregates().unwrap(),
        [row(HOUR, start, 5), row(DAY, start, 7)]
    );
    let small = store.keep_aggregates(&[row(HOUR, start + HOUR, 4)], start);
    assert!(small.is_err(), "the table itself has no place for a small count");
    store.keep_aggregates(&[], start + 26 * HOUR).unwrap();
    assert_eq!(store.aggregates().unwrap(), [row(DAY, start, 7)]);
    store.keep_aggregates(&[], start + 32 * DAY).unwrap();
    assert_eq!(store.aggregates().unwrap(), []);
}
