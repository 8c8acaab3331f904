//! A copy of the database without what people wrote: taken beside a running relay, and made into a database again.
//!
//! The copy is a database of the same version with two tables left empty. No row of `message` goes in: a restored message
//! would undo a deletion. No row of `invite` does: a code works once, and a restored one would work again. Of each message
//! there is a stub, sealed anew, so that the room's turns go on where they were: a client takes no room that has turns
//! and neither message nor stub.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};
use sotto_protocol::Proofs;

use super::super::StoreError;
use super::super::record::Table;
use super::file::{PATIENCE, known, make_private, pragma, utf8, whole};
use super::{load, number};
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
        "PRAGMA page_size = 1024; PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; \
         PRAGMA trusted_schema = OFF;",
    )?;
    copy.execute("ATTACH DATABASE ? AS live", [utf8(live)?])?;
    let transaction = copy.transaction()?;
    copy_tables(&transaction)?;
    let emptied = copy_stubs(&transaction, pepper)?;
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

/// The same tables of the same version, and all rows but those of messages and codes.
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
        if kind == "table" && name != "message" && name != "invite" {
            let name = name.replace('"', "\"\"");
            copy.execute_batch(&format!(
                "INSERT INTO main.\"{name}\" SELECT * FROM live.\"{name}\""
            ))?;
        }
    }
    Ok(())
}

/// What is left of each message: whose turn it was. A message of an older pepper leaves nothing; its room cannot be opened.
fn copy_stubs(copy: &Connection, pepper: &Pepper) -> Result<u64, StoreError> {
    copy.execute_batch(
        "CREATE TABLE stub (room BLOB NOT NULL, turn INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT",
    )?;
    let mut messages = copy.prepare("SELECT room, turn, sealed FROM live.message")?;
    let mut put = copy.prepare("INSERT INTO stub VALUES (?, ?, ?)")?;
    let (mut messages, mut emptied) = (messages.query([])?, 0);
    while let Some(row) = messages.next()? {
        let (key, turn): (_, i64) = (RoomKey::new(row.get(0)?), row.get(1)?);
        let remains = match Table::Message.open(pepper, &key, number(turn)?, load::bytes(row, 2)?) {
            Ok(Message::Standing(standing)) => {
                emptied += 1;
                Remains {
                    author: standing.author,
                    proofs: Proofs::new(),
                }
            }
            Ok(Message::Deleted(remains)) => remains,
            Err(_) => continue,
        };
        let sealed = Table::Message.seal(pepper, &key, number(turn)?, &Message::Deleted(remains))?;
        put.execute(params![key.as_bytes(), turn, sealed])?;
    }
    Ok(emptied)
}

/// Makes a copied backup the database that it was taken of, with stubs in place of messages. Its tables are still those of
/// the version that wrote it.
pub fn unpack(file: &Path, pepper: &Pepper) -> Result<(), BackupError> {
    let database = Connection::open(file)?;
    database.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON;",
    )?;
    let parts: i64 = database
        .query_one(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('backup', 'stub', 'meta', 'room', 'message')",
            [],
            |row| row.get(0),
        )
        .map_err(|_| BackupError::NoBackup)?;
    if parts != 5 {
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
    database.execute_batch(
        "BEGIN; \
         INSERT INTO message (room, turn, sealed) SELECT stub.room, stub.turn, stub.sealed FROM stub JOIN room USING (room); \
         DROP TABLE stub; \
         DROP TABLE backup; \
         COMMIT;",
    )?;
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
    fn every_message_leaves_a_stub_but_one_that_cannot_be_opened() {
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
            let sealed = Table::Message.seal(&older_or_ours, &key, 5, &remains()).unwrap();
            store
                .connection
                .execute(
                    "INSERT INTO room (room, expires_at, turn, sealed) VALUES (?, 9, 5, x'00')",
                    [key.as_bytes()],
                )
                .unwrap();
            store
                .connection
                .execute(
                    "INSERT INTO message (room, turn, sealed) VALUES (?, 5, ?)",
                    params![key.as_bytes(), sealed],
                )
                .unwrap();
        }
        store.connection.execute_batch("COMMIT").unwrap();

        let copied = write(&live, &pepper, &copy).unwrap();
        let none_stood = Copied {
            rooms: ROOMS.into(),
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
            .prepare("SELECT room, sealed FROM message")
            .unwrap();
        let mut rows = rows.query([]).unwrap();
        let mut found = 0;
        while let Some(row) = rows.next().unwrap() {
            let key = RoomKey::new(row.get(0).unwrap());
            let sealed = load::bytes(row, 1).unwrap();
            let message: Message = Table::Message.open(&pepper, &key, 5, sealed).unwrap();
            assert_eq!(message, remains());
            found += 1;
        }
        assert_eq!(found, ROOMS - 1);
    }
}
