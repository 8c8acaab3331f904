//! A copy of the database without what people wrote: taken beside a running relay, and made into a database again.
//!
//! The copy is a database of the same version with two tables left empty. No row of `message` goes in: a restored message
//! would undo a deletion. No row of `invite` does: a code works once, and a restored one would work again. Of each message
//! there is a stub, sealed anew, so that the room's turns go on where they were: a client takes no room that has turns
//! and neither message nor stub.

use std::path::Path;

use sotto_protocol::Proofs;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

use super::super::StoreError;
use super::super::record::Table;
use super::file::{PAGE, PATIENCE, known, make_private};
use super::{load, number};
use crate::pepper::{Pepper, Place};
use crate::room::{Message, Remains, RoomKey};

/// How many messages are looked at before the next are read.
const STEP: i64 = 500;
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

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
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
pub async fn write(live: &Path, pepper: &Pepper, file: &Path) -> Result<Copied, BackupError> {
    make_private(file).map_err(StoreError::File)?;
    let mut copy = SqliteConnectOptions::new()
        .filename(file)
        .page_size(PAGE)
        // A copy that breaks off is thrown away whole.
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(false)
        .busy_timeout(PATIENCE)
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
        .connect()
        .await?;
    let live = live
        .to_str()
        .ok_or_else(|| StoreError::File(std::io::Error::other("the path of the database is not UTF-8")))?;
    sqlx::query("ATTACH DATABASE ? AS live")
        .bind(live)
        .execute(&mut copy)
        .await?;
    sqlx::query("BEGIN").execute(&mut copy).await?;
    copy_tables(&mut copy).await?;
    let emptied = copy_stubs(&mut copy, pepper).await?;
    let mark = pepper
        .seal_at_rest(MARK, |to| to.extend_from_slice(b"backup"))
        .map_err(StoreError::from)?;
    sqlx::query("CREATE TABLE backup (mark BLOB NOT NULL) STRICT")
        .execute(&mut copy)
        .await?;
    sqlx::query("INSERT INTO backup VALUES (?)")
        .bind(mark)
        .execute(&mut copy)
        .await?;
    sqlx::query("COMMIT").execute(&mut copy).await?;
    let rooms: i64 = sqlx::query_scalar("SELECT count(*) FROM main.room")
        .fetch_one(&mut copy)
        .await?;
    copy.close().await?;
    Ok(Copied {
        rooms: number(rooms)?,
        emptied,
    })
}

/// The same tables, and all rows but those of messages and codes.
async fn copy_tables(copy: &mut SqliteConnection) -> Result<(), StoreError> {
    let objects: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT type, name, sql FROM live.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' \
         ORDER BY type = 'table' DESC, rowid",
    )
    .fetch_all(&mut *copy)
    .await?;
    for (kind, name, made_by) in objects {
        sqlx::query(sqlx::AssertSqlSafe(made_by))
            .execute(&mut *copy)
            .await?;
        if kind == "table" && name != "message" && name != "invite" {
            let name = name.replace('"', "\"\"");
            let all = format!("INSERT INTO main.\"{name}\" SELECT * FROM live.\"{name}\"");
            sqlx::query(sqlx::AssertSqlSafe(all)).execute(&mut *copy).await?;
        }
    }
    Ok(())
}

/// What is left of each message: whose turn it was. A message of an older pepper leaves nothing; its room cannot be opened.
async fn copy_stubs(copy: &mut SqliteConnection, pepper: &Pepper) -> Result<u64, StoreError> {
    sqlx::query("CREATE TABLE stub (room BLOB NOT NULL, turn INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT")
        .execute(&mut *copy)
        .await?;
    let (mut after, mut emptied) = (Vec::new(), 0);
    loop {
        let rows =
            sqlx::query("SELECT room, turn, sealed FROM live.message WHERE room > ? ORDER BY room LIMIT ?")
                .bind(&after)
                .bind(STEP)
                .fetch_all(&mut *copy)
                .await?;
        for row in &rows {
            after = row.try_get(0)?;
            let (key, turn) = (RoomKey::new(load::bytes(&after)?), number(row.try_get(1)?)?);
            let remains = match Table::Message.open(pepper, &key, turn, row.try_get(2)?) {
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
            let sealed = Table::Message.seal(pepper, &key, turn, &Message::Deleted(remains))?;
            sqlx::query("INSERT INTO stub VALUES (?, ?, ?)")
                .bind(&after)
                .bind(row.try_get::<i64, _>(1)?)
                .bind(sealed)
                .execute(&mut *copy)
                .await?;
        }
        if rows.is_empty() {
            return Ok(emptied);
        }
    }
}

/// Makes a copied backup the database that it was taken of, with stubs in place of messages. Its tables are still those of
/// the version that wrote it.
pub async fn unpack(file: &Path, pepper: &Pepper) -> Result<(), BackupError> {
    let mut database = SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(false)
        .pragma("trusted_schema", "OFF")
        .pragma("secure_delete", "ON")
        .disable_statement_logging()
        .connect()
        .await?;
    let parts: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('backup', 'stub', 'meta', 'room', 'message')",
    )
    .fetch_one(&mut database)
    .await
    .map_err(|_| BackupError::NoBackup)?;
    if parts != 5 {
        return Err(BackupError::NoBackup);
    }
    known(&mut database).await?;
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(&mut database)
        .await?;
    if found != "ok" {
        return Err(StoreError::Damaged(found).into());
    }
    let salts: i64 = sqlx::query_scalar("SELECT count(*) FROM meta")
        .fetch_one(&mut database)
        .await?;
    let mark: Option<Vec<u8>> = sqlx::query_scalar("SELECT mark FROM backup")
        .fetch_optional(&mut database)
        .await?;
    let Some(mark) = mark.filter(|_| salts == 1) else {
        return Err(BackupError::NoBackup);
    };
    pepper
        .open_at_rest(MARK, &mark)
        .map_err(|_| BackupError::OtherPepper)?;
    for step in [
        "BEGIN",
        "INSERT INTO message (room, turn, sealed) SELECT stub.room, stub.turn, stub.sealed FROM stub JOIN room USING (room)",
        "DROP TABLE stub",
        "DROP TABLE backup",
        "COMMIT",
    ] {
        sqlx::query(step).execute(&mut database).await?;
    }
    database.close().await?;
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

    #[tokio::test]
    async fn every_message_leaves_a_stub_but_one_that_cannot_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (live, copy) = (folder.path().join("live.db"), folder.path().join("copy.db"));
        let pepper = Pepper::derive(&[7; 32]);
        let mut store = SqliteStore::open(&live, Arc::new(Pepper::derive(&[7; 32])), Rules::default())
            .await
            .unwrap();
        let author = Seat::new(1).unwrap();
        let remains = || {
            Message::Deleted(Remains {
                author,
                proofs: Proofs::new(),
            })
        };
        sqlx::query("BEGIN").execute(&mut store.connection).await.unwrap();
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
            sqlx::query("INSERT INTO room (room, expires_at, turn, sealed) VALUES (?, 9, 5, x'00')")
                .bind(key.as_bytes().as_slice())
                .execute(&mut store.connection)
                .await
                .unwrap();
            sqlx::query("INSERT INTO message (room, turn, sealed) VALUES (?, 5, ?)")
                .bind(key.as_bytes().as_slice())
                .bind(sealed)
                .execute(&mut store.connection)
                .await
                .unwrap();
        }
        sqlx::query("COMMIT")
            .execute(&mut store.connection)
            .await
            .unwrap();

        let copied = write(&live, &pepper, &copy).await.unwrap();
        let none_stood = Copied {
            rooms: ROOMS.into(),
            emptied: 0,
        };
        assert_eq!(copied, none_stood);
        // The relay has its file to itself again.
        assert_eq!(Store::compact(&mut store).await.unwrap(), Compaction::Done);
        let salt = Store::salt(&store);
        store.close().await.unwrap();

        assert!(matches!(
            unpack(&copy, &Pepper::derive(&[8; 32])).await,
            Err(BackupError::OtherPepper)
        ));
        unpack(&copy, &pepper).await.unwrap();
        let mut store = SqliteStore::open(&copy, Arc::new(Pepper::derive(&[7; 32])), Rules::default())
            .await
            .unwrap();
        assert_eq!(Store::salt(&store), salt);
        let rows = sqlx::query("SELECT room, sealed FROM message")
            .fetch_all(&mut store.connection)
            .await
            .unwrap();
        assert_eq!(rows.len(), usize::try_from(ROOMS).unwrap() - 1);
        for row in rows {
            let key = RoomKey::new(load::bytes(row.get(0)).unwrap());
            let message: Message = Table::Message.open(&pepper, &key, 5, row.get(1)).unwrap();
            assert_eq!(message, remains());
        }
    }
}
