//! The store on real files.

use std::path::PathBuf;

use rusqlite::TransactionBehavior;
use sotto_protocol::{
    Commit, Envelope, Header, MessageHash, MessageId, Proofs, Seat, Seats, close, hash, limits,
};

use super::file::{STEPS, read_back};
use super::*;
use crate::room::{AccessHash, Digest, Invited, SeatCommand, Take, TokenHash, Written};

mod comments;
mod log;
mod pages;
mod same_work;
mod space;
mod sums;

const NOW: u64 = 1_000_000;

fn store(directory: &tempfile::TempDir) -> SqliteStore {
    let pepper = Arc::new(Pepper::derive(&[7; 32]));
    SqliteStore::open(&directory.path().join("sotto.db"), pepper, Rules::default()).unwrap()
}

/// Somebody else who has the file open.
fn other(directory: &tempfile::TempDir) -> Connection {
    Connection::open(directory.path().join("sotto.db")).unwrap()
}

/// The first column of what a query gives.
fn column<T: rusqlite::types::FromSql>(store: &SqliteStore, query: &str) -> Vec<T> {
    let mut query = store.connection.prepare(query).unwrap();
    let rows = query.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn room(number: u16) -> RoomKey {
    RoomKey::new(*hash::card_hash(&number.to_be_bytes()).as_bytes())
}

fn create(number: u16) -> Job {
    let take = Take {
        access: AccessHash::new([1; 32]),
        vault: vec![2; limits::VAULT],
        card: vec![3; limits::CARD],
    };
    Job {
        room: room(number),
        input: Input::Create {
            size: 2,
            lifetime: 3_600,
            take,
        },
    }
}

fn by(number: u16, digest: u8, command: SeatCommand) -> Job {
    let input = Input::By {
        seat: Seat::FIRST,
        access: AccessHash::new([1; 32]),
        digest: Digest::new([digest; 32]),
        command,
    };
    Job {
        room: room(number),
        input,
    }
}

/// The first message of a room with one seat, of one of the padded lengths.
fn send(number: u16) -> Job {
    let written = written(number, 0);
    by(number, 1, SeatCommand::Send { written, read: None })
}

/// Its next revision, of another length.
fn edit(number: u16) -> Job {
    let written = written(number, 1);
    by(number, 5, SeatCommand::Edit { written })
}

fn written(number: u16, rev: u32) -> Box<Written> {
    let header = Header {
        version: 1,
        id: MessageId::new([4; 16]),
        turn: 1,
        rev,
        seat: Seat::FIRST,
        seats: [(Seat::FIRST, hash::card_hash(&[3; limits::CARD]))]
            .into_iter()
            .collect(),
        prev: MessageHash::NONE,
        commit: Commit::new([5; 32]),
    };
    let length = (usize::from(number) + rev as usize) % 4;
    let body = vec![6; limits::PADDED[length] + limits::TAG];
    let envelope = Envelope {
        header: header.encode(),
        body,
        boxes: vec![vec![7; limits::BOX]],
    };
    Box::new(Written {
        header,
        hash: MessageHash::new([8; 32]),
        envelope: Arc::new(envelope),
        without: Seats::NONE,
    })
}

fn delete(number: u16) -> Job {
    by(
        number,
        2,
        SeatCommand::Delete {
            message: MessageHash::new([8; 32]),
            proofs: Proofs::default(),
        },
    )
}

fn invite(number: u16) -> Job {
    let invited = Invited {
        token: TokenHash::new([9; 32]),
        invitation: Some((
            InvitationKey::new(*room(number).as_bytes()),
            vec![10; limits::INVITATION],
        )),
    };
    by(
        number,
        3,
        SeatCommand::Invite {
            seat: Seat::new(1).unwrap(),
            invited: Some(invited),
        },
    )
}

fn done(store: &mut SqliteStore, jobs: &[Job]) {
    for applied in store.apply_batch(NOW, jobs).unwrap() {
        assert!(
            matches!(applied.reply, Reply::Done | Reply::Opened { .. }),
            "{:?}",
            applied.reply
        );
    }
}

fn stored(store: &SqliteStore, number: u16) -> Option<RoomState> {
    load::room(&store.connection, &store.pepper, &room(number)).unwrap()
}

#[test]
fn every_migration_is_a_step() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/sqlite");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let texts: Vec<String> = files
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(texts, STEPS);
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let theirs = other(&directory);
    theirs.execute_batch("CREATE TABLE theirs (a)").unwrap();
    drop(theirs);
    let file = directory.path().join("sotto.db");
    let before = std::fs::read(&file).unwrap();
    let pepper = Arc::new(Pepper::derive(&[7; 32]));
    let opened = SqliteStore::open(&file, pepper, Rules::default());
    assert!(matches!(opened, Err(StoreError::Foreign)));
    assert!(matches!(SqliteStore::look(&file), Err(StoreError::Foreign)));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn the_salt_stays() {
    let directory = tempfile::tempdir().unwrap();
    let first = store(&directory);
    let salt = first.salt();
    Box::new(first).close().unwrap();
    assert_eq!(store(&directory).salt(), salt);
}

/// Breaks when `secure_delete` or the log is off.
#[test]
fn what_deletion_rests_on_is_set() {
    let directory = tempfile::tempdir().unwrap();
    read_back(&store(&directory).connection).unwrap();
}

#[test]
fn a_batch_sees_itself_and_a_room_comes_back_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = store(&directory);
    done(&mut first, &[create(0), invite(0), send(0), create(1)]);
    let before = stored(&first, 0).unwrap();
    assert!(before.standing().is_some() && before.invites.len() == 1);
    // Not closed: as after a crash.
    drop(first);
    let mut second = store(&directory);
    assert_eq!(stored(&second, 0), Some(before));
    let key = InvitationKey::new(*room(0).as_bytes());
    let left = second.invitation(key, NOW).unwrap();
    assert_eq!(left, Some(vec![10; limits::INVITATION]));
    done(&mut second, &[by(1, 4, SeatCommand::Vacate { proofs: None })]);
    assert_eq!(stored(&second, 1), None);
}

#[test]
fn rooms_and_invites_go_when_they_are_due() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    done(
        &mut store,
        &(0..3)
            .flat_map(|number| [create(number), send(number)])
            .collect::<Vec<_>>(),
    );
    let none = store.purge_due(NOW, 10).unwrap();
    assert!(none.purged.is_empty() && !none.more);
    let later = NOW + 3 * 3_600;
    let first = store.purge_due(later, 2).unwrap();
    assert!(first.purged.len() == 2 && first.more);
    let last = store.purge_due(later, 2).unwrap();
    assert!(last.purged.len() == 1 && last.purged.iter().all(|purged| purged.ended));
    assert!(!last.more);
    assert_eq!(store.counts().unwrap().rooms, 0);
    let seats: Vec<i64> = column(&store, "SELECT seat FROM seat");
    assert_eq!(seats, [0; 0], "a room takes its seats with it");
}

#[test]
fn a_reader_of_the_file_makes_compaction_wait() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    done(&mut store, &[create(0)]);
    let mut reader = other(&directory);
    let reading = reader.transaction().unwrap();
    reading
        .query_one("SELECT room FROM room", [], |_| Ok(()))
        .unwrap();
    done(&mut store, &[create(1)]);
    assert_eq!(store.compact().unwrap(), Compaction::Busy);
    reading.rollback().unwrap();
    assert_eq!(store.compact().unwrap(), Compaction::Done);
}

/// What is at hand is what is stored, for each of these rooms.
fn at_hand(store: &mut SqliteStore, rooms: std::ops::Range<u16>) {
    for number in rooms {
        let stored = stored(store, number);
        assert!(stored.is_some());
        assert_eq!(
            store.hot.get(&room(number)).as_deref(),
            stored.as_ref(),
            "{number}"
        );
    }
}

/// Breaks when a batch that failed does not forget its rooms, or one that was done does not keep them.
#[test]
fn a_room_at_hand_is_the_room_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    done(&mut store, &[create(0), send(0), create(1), invite(1)]);
    at_hand(&mut store, 0..2);
    done(&mut store, &[edit(0), send(1)]);
    at_hand(&mut store, 0..2);

    let mut other = other(&directory);
    let writing = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    assert!(store.apply_batch(NOW, &[delete(0), create(2)]).is_err());
    for number in [0, 2] {
        assert!(
            store.hot.get(&room(number)).is_none(),
            "it is not certain what is on disk"
        );
    }
    writing.rollback().unwrap();
    done(&mut store, &[delete(0)]);
    at_hand(&mut store, 0..2);
    done(&mut store, &[by(0, 6, SeatCommand::Vacate { proofs: None })]);
    assert!(store.hot.get(&room(0)).is_none());
}

/// Breaks when a purge does not forget the rooms that it ends.
#[test]
fn what_time_ends_is_not_at_hand_any_more() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    done(&mut store, &[create(0), send(0)]);
    assert_eq!(store.purge_due(NOW + 3 * 3_600, 10).unwrap().purged.len(), 1);
    assert!(store.hot.get(&room(0)).is_none());
    let asked = store.apply_batch(NOW, &[delete(0)]).unwrap();
    assert_eq!(asked[0].reply, Reply::Close(close::ENDED));
}
