//! The file: made for its owner only, set up so that deletions wipe and commits last, its tables of a version that is known.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use sotto_protocol::Salt;

use super::super::StoreError;
use super::log;

/// The database's page size, which the lengths of the tables' rows are made for.
pub(super) const PAGE: u32 = 4096;
/// How long to wait for somebody else who has the file locked. A relay waits with all its rooms.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);
/// Deletions are wiped, commits wait for the disk, and nothing temporary goes to a file. The cache, in KiB as SQLite writes it,
/// holds the pages of about a thousand rooms.
const SETTINGS: &str = "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                        PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; \
                        PRAGMA trusted_schema = OFF; PRAGMA cache_size = -8192;";
/// How many statements are kept prepared: all that there are.
const STATEMENTS: usize = 32;

/// How the tables came to be what they are, in order. The database's `user_version` says how many of these it has had.
pub(super) const STEPS: [&str; 2] = [
    include_str!("../../../../migrations/sqlite/0001_rooms.sql"),
    include_str!("../../../../migrations/sqlite/0002_aggregates.sql"),
];

/// Opens the file, makes it where there is none, and brings its tables up to date. With the deployment's salt.
pub(super) fn open(path: &Path) -> Result<(Connection, Salt), StoreError> {
    make_private(path)?;
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    known(&connection)?;
    connection.execute_batch(SETTINGS)?;
    migrate(&mut connection).map_err(StoreError::Migrate)?;
    read_back(&connection)?;
    let salt = salt(&connection)?;
    log::look_after(&mut connection, path)?;
    Ok((connection, salt))
}

/// Whether the file is whole, and of a version that is known, while nobody uses it.
pub(super) fn look(path: &Path) -> Result<(), StoreError> {
    let connection = read_only(path)?;
    known(&connection)?;
    whole(&connection)
}

/// Opens the file to look at it. Where there is no log it is taken as it is: not even the files are made that readers of one
/// share.
pub(crate) fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = if log::of(path).exists() {
        Connection::open_with_flags(path, flags)?
    } else {
        let name = format!("file:{}?immutable=1", uri_path(path)?);
        Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_URI)?
    };
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// A path as SQLite takes it in a URI.
fn uri_path(path: &Path) -> Result<String, StoreError> {
    Ok(utf8(path)?
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23"))
}

/// A path where SQLite wants text.
pub(super) fn utf8(path: &Path) -> Result<&str, StoreError> {
    path.to_str()
        .ok_or_else(|| StoreError::File(std::io::Error::other("the path of the database is not UTF-8")))
}

/// Looks through the whole file.
pub(super) fn whole(connection: &Connection) -> Result<(), StoreError> {
    let found: String = pragma(connection, "quick_check(1)")?;
    if found == "ok" {
        Ok(())
    } else {
        Err(StoreError::Damaged(found))
    }
}

/// Makes an empty file that only its owner can read; SQLite gives its log the same rights.
pub(super) fn make_private(path: &Path) -> Result<(), std::io::Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Refuses tables that only a newer program knows, which may have promised what this one would not keep, and those of another
/// program.
pub(super) fn known(connection: &Connection) -> Result<(), StoreError> {
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    let found: u32 = pragma(connection, "user_version")?;
    let tables: u32 = connection.query_one("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match found {
        0 if tables > 0 => Err(StoreError::Foreign),
        found if found > known => Err(StoreError::Newer { found, known }),
        _ => Ok(()),
    }
}

/// Takes the steps that the tables have not had, each with its number in one transaction.
fn migrate(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    let had: u32 = connection.query_one("PRAGMA user_version", [], |row| row.get(0))?;
    for (number, step) in (1..).zip(STEPS).filter(|(number, _)| *number > had) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.execute_batch(&format!("PRAGMA user_version = {number}"))?;
        transaction.commit()?;
    }
    Ok(())
}

/// Reads back what deletion and acknowledgements rest on.
pub(super) fn read_back(connection: &Connection) -> Result<(), StoreError> {
    if pragma::<i64>(connection, "secure_delete")? != 1 {
        return Err(StoreError::Setting("secure_delete is off"));
    }
    if pragma::<u32>(connection, "page_size")? != PAGE {
        return Err(StoreError::Setting("the page size is not 4096"));
    }
    if pragma::<i64>(connection, "synchronous")? != 2 {
        return Err(StoreError::Setting("commits do not wait for the disk"));
    }
    if pragma::<String>(connection, "journal_mode")? != "wal" {
        return Err(StoreError::Setting("there is no write-ahead log"));
    }
    Ok(())
}

/// What a pragma says.
pub(super) fn pragma<T: rusqlite::types::FromSql>(
    connection: &Connection,
    name: &str,
) -> Result<T, StoreError> {
    Ok(connection.query_one(&format!("PRAGMA {name}"), [], |row| row.get(0))?)
}

/// The deployment's salt, made at the first start.
fn salt(connection: &Connection) -> Result<Salt, StoreError> {
    let mut fresh = [0; Salt::LENGTH];
    getrandom::fill(&mut fresh).map_err(|_| std::io::Error::other("the system gives no random bytes"))?;
    connection.execute(
        "INSERT INTO meta (one, salt) VALUES (1, ?) ON CONFLICT DO NOTHING",
        [fresh],
    )?;
    let stored: [u8; Salt::LENGTH] = connection.query_one("SELECT salt FROM meta", [], |row| row.get(0))?;
    Ok(Salt::new(stored))
}
