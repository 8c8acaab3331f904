//! A copy of the database without what people wrote: taken beside a running relay, and made into a database again.
//!
//! The copy is a database of the same version. No message goes in: a restored message would undo a deletion. In its place is
//! a stub, sealed anew, so that the room's turns go on where they were: a client takes no room that has turns and neither
//! message nor stub. The table `invite` is left empty: a code works once, and a restored one would work again.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};
use sotto_protocol::Proofs;

use super::super::StoreError;
use super::super::record::{Column, Length};
use super::file::{PATIENCE, known, make_private, pragma, utf8, whole};
use super::{integer, load, number};
use crate::pepper::{Pepper, Place};
use crate::room::{Message, Remains, RoomKey};

/// A room key that no room has: the pepper's mark stands under it.
const NO_ROOM: RoomKey = RoomKey::new([0; 32]);
/// Where the pepper's mark is sealed.
const MARK: Place<'_> = Place {
    table: "backup",
    room: &NO_ROOM,
    column: "mark",
    number: 1,
};

/// Why a backup cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The databases failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is a database, or none at all, but no backup.
    #[error("it is not a backup that sotto-relay backup has written")]
    NoBackup,
    /// It was made under another pepper.
    #[error("it was made under another pepper than this one: every room in it would be lost")]
    OtherPepper,
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What went into a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Rooms.
    pub rooms: u64,
    /// Of them such whose message was left out.
    pub emptied: u64,
}

/// Writes the backup of a database, which a relay may be using, into a new file: all of one moment. Until it is done the
/// relay cannot clear deleted bytes from its log.
pub fn write(live: &Path, pepper: &Pepper, file: &Path) -> Result<Copied, BackupError> {
    make_private(file).map_err(StoreError::File)?;
    let mut copy = Connection::open(file)?;
    copy.busy_timeout(PATIENCE)?;
    // A copy that breaks off is thrown away whole.
    copy.execute_batch(
        "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; \
         PRAGMA trusted_schema = OFF;",
    )?;
    copy.execute("ATTACH DATABASE ? AS live", [utf8(live)?])?;
    let transaction = copy.transaction()?;
    copy_tables(&transaction)?;
    let emptied = copy_rooms(&transaction, pepper)?;
    let mark = pepper
        .seal_at_rest(MARK, |to| to.extend_from_slice(b"backup"))
        .map_err(StoreError::from)?;
    transaction.execute_batch("CREATE TABLE backup (mark BLOB NOT NULL) STRICT")?;
    transaction.execute("INSERT INTO backup VALUES (?)", [mark])?;
    transaction.commit()?;
    let rooms: i64 = copy.query_one("SELECT count(*) FROM main.room", [], |row| row.get(0))?;
    copy.close().map_err(|(_, error)| error)?;
    Ok(Copied {
        rooms: number(rooms)?,
        emptied,
    })
}

/// The same tables of the same version, and all rows of those that are about no room.
fn copy_tables(copy: &Connection) -> Result<(), StoreError> {
    let version: u32 = pragma(copy, "live.user_version")?;
    copy.execute_batch(&format!("PRAGMA main.user_version = {version}"))?;
    let mut objects = copy.prepare(
        "SELECT type, name, sql FROM live.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' \
         ORDER BY type = 'table' DESC, rowid",
    )?;
    let mut objects = objects.query([])?;
    while let Some(object) = objects.next()? {
        let (kind, name, made_by): (String, String, String) =
            (object.get(0)?, object.get(1)?, object.get(2)?);
        copy.execute_batch(&made_by)?;
        if kind == "table" && !["room", "seat", "invite"].contains(&name.as_str()) {
            let name = name.replace('"', "\"\"");
            copy.execute_batch(&format!(
                "INSERT INTO main.\"{name}\" SELECT * FROM live.\"{name}\""
            ))?;
        }
    }
    Ok(())
}

/// The rooms, with what is left of each message: whose turn it was; and their seats. A room with a message of an older pepper
/// is left out: nobody can open it. Gives how many messages were left out of those that are in.
fn copy_rooms(copy: &Connection, pepper: &Pepper) -> Result<u64, StoreError> {
    let mut rooms =
        copy.prepare("SELECT room, expires_at, turn, ledger, message FROM live.room ORDER BY rowid")?;
    let mut put = copy
        .prepare("INSERT INTO main.room (room, expires_at, turn, ledger, message) VALUES (?, ?, ?, ?, ?)")?;
    let (mut rooms, mut emptied) = (rooms.query([])?, 0);
    while let Some(row) = rooms.next()? {
        let (key, turn) = (RoomKey::new(row.get(0)?), number(row.get(2)?)?);
        let message = row.get_ref(4)?.as_blob_or_null().map_err(|_| StoreError::Form)?;
        let (ends, ledger): (i64, _) = (row.get(1)?, load::bytes(row, 3)?);
        let stub = match message.map(|sealed| Column::Message.open(pepper, &key, turn, sealed)) {
            Some(Ok(message)) => {
                emptied += u64::from(matches!(message, Message::Standing(_)));
                let stub = Message::Deleted(remains(message));
                let length = Length::Beside(ledger.len());
                Some(Column::Message.seal(pepper, &key, turn, length, &stub)?)
            }
            Some(Err(_)) => continue,
            None => None,
        };
        put.execute(params![key.as_bytes(), ends, integer(turn), ledger, stub])?;
    }
    copy.execute_batch(
        "INSERT INTO main.seat SELECT * FROM live.seat WHERE room IN (SELECT room FROM main.room)",
    )?;
    Ok(emptied)
}

/// What is left when the message itself is not.
fn remains(message: Message) -> Remains {
    match message {
        Message::Standing(standing) => Remains {
            author: standing.author,
            proofs: Proofs::new(),
        },
        Message::Deleted(remains) => remains,
    }
}

/// Makes a copied backup the database that it was taken of. Its tables are still those of the version that wrote it.
pub fn unpack(file: &Path, pepper: &Pepper) -> Result<(), BackupError> {
    let database = Connection::open(file)?;
    database.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON;",
    )?;
    let parts: i64 = database
        .query_one(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('backup', 'meta', 'room')",
            [],
            |row| row.get(0),
        )
        .map_err(|_| BackupError::NoBackup)?;
    if parts != 3 {
        return Err(BackupError::NoBackup);
    }
    known(&database)?;
    whole(&database)?;
    let salts: i64 = database.query_one("SELECT count(*) FROM meta", [], |row| row.get(0))?;
    let mark: Option<Vec<u8>> = database
        .query_row("SELECT mark FROM backup", [], |row| row.get(0))
        .optional()?;
    let Some(mark) = mark.filter(|_| salts == 1) else {
        return Err(BackupError::NoBackup);
    };
    pepper
        .open_at_rest(MARK, &mark)
        .map_err(|_| BackupError::OtherPepper)?;
    database.execute_batch("DROP TABLE backup")?;
    database.close().map_err(|(_, error)| error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sotto_protocol::Seat;

    use super::super::super::{Compaction, Store};
    use super::super::SqliteStore;
    use super::*;
    use crate::room::Rules;

    /// More than are read at a time.
    const ROOMS: u32 = 1100;

    #[test]
    fn a_message_leaves_a_stub_and_a_room_that_cannot_be_opened_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (live, copy) = (folder.path().join("live.db"), folder.path().join("copy.db"));
        let pepper = Pepper::derive(&[7; 32]);
        let mut store =
            SqliteStore::open(&live, Arc::new(Pepper::derive(&[7; 32])), Rules::default()).unwrap();
        let author = Seat::new(1).unwrap();
        let remains = || {
            Message::Deleted(Remains {
                author,
                proofs: Proofs::new(),
            })
        };
        store.connection.execute_batch("BEGIN").unwrap();
        for number in 0..ROOMS {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&number.to_be_bytes());
            let key = RoomKey::new(key);
            // The last one was sealed under an older pepper.
            let older_or_ours = if number + 1 == ROOMS {
                Pepper::derive(&[8; 32])
            } else {
                Pepper::derive(&[7; 32])
            };
            let length = Length::Beside(1);
            let sealed = Column::Message
                .seal(&older_or_ours, &key, 5, length, &remains())
                .unwrap();
            store
                .connection
                .execute(
                    "INSERT INTO room (room, expires_at, turn, ledger, message) VALUES (?, 9, 5, x'00', ?)",
                    params![key.as_bytes(), sealed],
                )
                .unwrap();
            store
                .connection
                .execute(
                    "INSERT INTO seat (room, seat, access, sealed) VALUES (?, 0, zeroblob(32), zeroblob(4076))",
                    [key.as_bytes()],
                )
                .unwrap();
        }
        store.connection.execute_batch("COMMIT").unwrap();

        let copied = write(&live, &pepper, &copy).unwrap();
        let none_stood = Copied {
            rooms: (ROOMS - 1).into(),
            emptied: 0,
        };
        assert_eq!(copied, none_stood);
        // The relay has its file to itself again.
        assert_eq!(Store::compact(&mut store).unwrap(), Compaction::Done);
        let salt = Store::salt(&store);
        Box::new(store).close().unwrap();

        assert!(matches!(
            unpack(&copy, &Pepper::derive(&[8; 32])),
            Err(BackupError::OtherPepper)
        ));
        unpack(&copy, &pepper).unwrap();
        let store = SqliteStore::open(&copy, Arc::new(Pepper::derive(&[7; 32])), Rules::default()).unwrap();
        assert_eq!(Store::salt(&store), salt);
        let mut rows = store
            .connection
            .prepare("SELECT room, message FROM room WHERE message IS NOT NULL")
            .unwrap();
        let mut rows = rows.query([]).unwrap();
        let mut found = 0;
        while let Some(row) = rows.next().unwrap() {
            let key = RoomKey::new(row.get(0).unwrap());
            let sealed = load::bytes(row, 1).unwrap();
            let message: Message = Column::Message.open(&pepper, &key, 5, sealed).unwrap();
            assert_eq!(message, remains());
            found += 1;
        }
        assert_eq!(found, ROOMS - 1);
        let count = |what| store.connection.query_one(what, [], |row| row.get(0)).unwrap();
        let (seats, orphans): (u32, u32) = (
            count("SELECT count(*) FROM seat"),
            count("SELECT count(*) FROM pragma_foreign_key_check"),
        );
        assert_eq!((seats, orphans), (ROOMS - 1, 0));
    }
}
