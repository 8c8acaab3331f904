//! Sums of hours and days.

use sqlx::{Row as _, SqliteConnection};

use super::super::StoreError;
use super::{integer, number};
use crate::tally::{DAY, DAYS, HOUR, HOURS, Row};

pub(super) async fn all(connection: &mut SqliteConnection) -> Result<Vec<Row>, StoreError> {
    let rows = sqlx::query("SELECT length, start, kind, count FROM aggregate ORDER BY length, start, kind")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Row {
                length: number(row.try_get(0)?)?,
                start: number(row.try_get(1)?)?,
                kind: row.try_get(2)?,
                count: number(row.try_get(3)?)?,
            })
        })
        .collect()
}

pub(super) async fn keep(
    connection: &mut SqliteConnection,
    rows: &[Row],
    now: u64,
) -> Result<(), StoreError> {
    for row in rows {
        sqlx::query(
            "INSERT INTO aggregate (length, start, kind, count) VALUES (?, ?, ?, ?) \
             ON CONFLICT DO UPDATE SET count = excluded.count",
        )
        .bind(integer(row.length))
        .bind(integer(row.start))
        .bind(&row.kind)
        .bind(integer(row.count))
        .execute(&mut *connection)
        .await?;
    }
    for (length, number) in [(HOUR, HOURS), (DAY, DAYS)] {
        sqlx::query("DELETE FROM aggregate WHERE length = ? AND start < ?")
            .bind(integer(length))
            .bind(integer(now.saturating_sub((number + 1) * length)))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
