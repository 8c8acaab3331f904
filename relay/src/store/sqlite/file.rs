//! The file: made for its owner only, set up so that deletions wipe and commits last, its tables of a version that is known.

use std::path::Path;
use std::time::Duration;

use sotto_protocol::Salt;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::super::StoreError;

/// The database's page size. The fillers of the tables are longer than what SQLite keeps of a row in a leaf of this size:
/// `1024 - 35 = 989` bytes.
pub(super) const PAGE: u32 = 1024;
/// How long to wait for somebody else who has the file locked. A relay waits with all its rooms.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);
/// How much of the file SQLite keeps in memory, in KiB and as SQLite writes it: the pages of about a thousand rooms.
const CACHE: &str = "-8192";
/// How many pages the log may hold before they are written back: rooms that are busy are written back once for many
/// messages. The job that clears deleted bytes does so at its interval in any case.
const LOG: &str = "16384";
/// How many rows may wait for the engine before the database's thread does.
const ROWS: usize = 2048;

/// How the tables came to be what they are.
static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");

/// Opens the file, makes it where there is none, and brings its tables up to date. With the deployment's salt.
pub(super) async fn open(path: &Path) -> Result<(SqliteConnection, Salt), StoreError> {
    make_private(path)?;
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .page_size(PAGE)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        // Off by default in the bundled SQLite, and a property of each connection.
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .pragma("cache_size", CACHE)
        .pragma("wal_autocheckpoint", LOG)
        .row_buffer_size(ROWS)
        .disable_statement_logging()
        .connect()
        .await?;
    known(&mut connection).await?;
    MIGRATIONS.run(&mut connection).await?;
    read_back(&mut connection).await?;
    let salt = salt(&mut connection).await?;
    Ok((connection, salt))
}

/// Whether the file is whole, and of a version that is known, while nobody uses it. Where there is no log, not even the files
/// are made that readers of one share.
pub(super) async fn look(path: &Path) -> Result<(), StoreError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = Path::new(&log);
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(!log.exists())
        .busy_timeout(PATIENCE)
        .disable_statement_logging()
        .connect()
        .await?;
    known(&mut connection).await?;
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
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

/// Refuses tables that only a newer program knows: it may have promised what this one would not keep.
pub(super) async fn known(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let is_fresh = sqlx::query("SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'")
        .fetch_optional(&mut *connection)
        .await?
        .is_none();
    if is_fresh {
        return Ok(());
    }
    let found: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await?;
    let known = MIGRATIONS.iter().map(|step| step.version).max();
    match (found, known) {
        (Some(found), Some(known)) if found > known => Err(StoreError::Newer { found, known }),
        _ => Ok(()),
    }
}

/// Reads back what deletion and acknowledgements rest on.
pub(super) async fn read_back(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let secure_delete: i64 = sqlx::query_scalar("PRAGMA secure_delete")
        .fetch_one(&mut *connection)
        .await?;
    let page_size: i64 = sqlx::query_scalar("PRAGMA page_size")
        .fetch_one(&mut *connection)
        .await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await?;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    if secure_delete != 1 {
        return Err(StoreError::Setting("secure_delete is off"));
    }
    if page_size != i64::from(PAGE) {
        return Err(StoreError::Setting("the page size is not 1024"));
    }
    if synchronous != 2 {
        return Err(StoreError::Setting("commits do not wait for the disk"));
    }
    if journal != "wal" {
        return Err(StoreError::Setting("there is no write-ahead log"));
    }
    Ok(())
}

/// The deployment's salt, made at the first start.
async fn salt(connection: &mut SqliteConnection) -> Result<Salt, StoreError> {
    let mut fresh = [0; Salt::LENGTH];
    getrandom::fill(&mut fresh).map_err(|_| std::io::Error::other("the system gives no random bytes"))?;
    sqlx::query("INSERT INTO meta (one, salt) VALUES (1, ?) ON CONFLICT DO NOTHING")
        .bind(fresh.as_slice())
        .execute(&mut *connection)
        .await?;
    let stored: Vec<u8> = sqlx::query_scalar("SELECT salt FROM meta")
        .fetch_one(&mut *connection)
        .await?;
    Salt::try_from(stored.as_slice()).map_err(|_| StoreError::Form)
}
