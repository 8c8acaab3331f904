//! Sums of hours and days.

use rusqlite::{Connection, params};

use super::super::StoreError;
use super::{integer, number};
use crate::tally::{DAY, DAYS, HOUR, HOURS, Row};

const ALL: &str = "SELECT length, start, kind, count FROM aggregate ORDER BY length, start, kind";
const PUT: &str = "INSERT INTO aggregate (length, start, kind, count) VALUES (?, ?, ?, ?) \
                   ON CONFLICT DO UPDATE SET count = excluded.count";
const FORGET: &str = "DELETE FROM aggregate WHERE length = ? AND start < ?";

pub(super) fn all(connection: &Connection) -> Result<Vec<Row>, StoreError> {
    connection
        .prepare(ALL)?
        .query_and_then([], |row| {
            Ok(Row {
                length: number(row.get(0)?)?,
                start: number(row.get(1)?)?,
                kind: row.get(2)?,
                count: number(row.get(3)?)?,
            })
        })?
        .collect()
}

/// Keeps these and forgets the oldest, within a transaction.
pub(super) fn keep(connection: &Connection, rows: &[Row], now: u64) -> Result<(), StoreError> {
    let mut put = connection.prepare(PUT)?;
    for row in rows {
        put.execute(params![
            integer(row.length),
            integer(row.start),
            row.kind,
            integer(row.count)
        ])?;
    }
    for (length, number) in [(HOUR, HOURS), (DAY, DAYS)] {
        let oldest = now.saturating_sub((number + 1) * length);
        connection.execute(FORGET, params![integer(length), integer(oldest)])?;
    }
    Ok(())
}
