//! The relay's database as its files are, read beside the running relay.

use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;
use rusqlite::types::FromSql;
use sotto_relay::data::DATABASE;

/// A connection of the test's own. While it reads, the relay's log cannot be emptied: drop it. The file is opened by SQLite
/// alone: who opens a database's files besides and closes them loses the locks that this process has on them.
pub(crate) fn connect(data: &Path) -> Result<Connection> {
    let connection = Connection::open(data.join(DATABASE))?;
    connection.execute_batch("PRAGMA foreign_keys = ON")?;
    Ok(connection)
}

/// A message: the room's key, the turn, and the rest as it is sealed.
pub(crate) type Row = (Vec<u8>, i64, Vec<u8>);

/// All messages as they are stored.
pub(crate) fn messages(data: &Path) -> Result<Vec<Row>> {
    let connection = connect(data)?;
    let mut rows = connection.prepare("SELECT room, turn, message FROM room WHERE message IS NOT NULL")?;
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The first column of all rows that a query gives.
pub(crate) fn column<T: FromSql>(connection: &Connection, query: &str) -> Result<Vec<T>> {
    let mut rows = connection.prepare(query)?;
    let rows = rows.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every value of every table, as SQL literals. Whatever the relay writes anew it seals with another nonce, so equal
/// dumps mean that nothing was written.
pub(crate) fn dump(data: &Path) -> Result<Vec<String>> {
    let connection = connect(data)?;
    let columns = "SELECT made.name || '.' || has.name FROM sqlite_schema AS made, pragma_table_info(made.name) AS has \
                   WHERE made.type = 'table' AND made.name NOT LIKE 'sqlite_%'";
    let mut values = Vec::new();
    for name in column::<String>(&connection, columns)? {
        let (table, of) = name.split_once('.').unwrap_or_default();
        let found: Vec<String> = column(&connection, &format!("SELECT quote({of}) FROM {table}"))?;
        values.extend(found.into_iter().map(|value| format!("{name} = {value}")));
    }
    values.sort_unstable();
    Ok(values)
}
