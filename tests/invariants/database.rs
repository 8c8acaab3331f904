//! The relay's database as its files are, read beside the running relay.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

/// What a SQLite file begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The database's file.
pub(crate) fn file(data: &Path) -> Result<PathBuf> {
    let is_database = |path: &PathBuf| {
        let mut head = [0; MAGIC.len()];
        let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
        read.is_ok() && head == *MAGIC
    };
    let entries = std::fs::read_dir(data)?.collect::<Result<Vec<_>, _>>()?;
    entries
        .into_iter()
        .map(|entry| entry.path())
        .find(is_database)
        .with_context(|| format!("no database in {}", data.display()))
}

/// A connection of the test's own. While it reads, the relay's log cannot be emptied: close it.
pub(crate) async fn connect(data: &Path) -> Result<SqliteConnection> {
    Ok(SqliteConnectOptions::new()
        .filename(file(data)?)
        .foreign_keys(true)
        .connect()
        .await?)
}

/// A message's row: the room's key, the turn, and the rest as it is sealed.
pub(crate) type Row = (Vec<u8>, i64, Vec<u8>);

/// All messages as they are stored.
pub(crate) async fn messages(data: &Path) -> Result<Vec<Row>> {
    let mut connection = connect(data).await?;
    let rows = sqlx::query_as("SELECT room, turn, sealed FROM message")
        .fetch_all(&mut connection)
        .await?;
    connection.close().await?;
    Ok(rows)
}

/// Every value of every table, as SQL literals. Whatever the relay writes anew it seals with another nonce, so equal
/// dumps mean that nothing was written.
pub(crate) async fn dump(data: &Path) -> Result<Vec<String>> {
    let mut connection = connect(data).await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .fetch_all(&mut connection)
    .await?;
    let mut values = Vec::new();
    for table in tables {
        let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info(?)")
            .bind(&table)
            .fetch_all(&mut connection)
            .await?;
        for column in columns {
            let statement = format!("SELECT quote({column}) FROM {table}");
            let found: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
                .fetch_all(&mut connection)
                .await?;
            values.extend(
                found
                    .into_iter()
                    .map(|value| format!("{table}.{column} = {value}")),
            );
        }
    }
    connection.close().await?;
    values.sort_unstable();
    Ok(values)
}
