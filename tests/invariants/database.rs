//! The relay's database as its files are, read beside the running relay.

use std::path::Path;

use anyhow::Result;
use sotto_relay::data::DATABASE;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

/// A connection of the test's own. While it reads, the relay's log cannot be emptied: close it. The file is opened by SQLite
/// alone: who opens a database's files besides and closes them loses the locks that this process has on them.
pub(crate) async fn connect(data: &Path) -> Result<SqliteConnection> {
    Ok(SqliteConnectOptions::new()
        .filename(data.join(DATABASE))
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
