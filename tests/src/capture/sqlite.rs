//! What SQLite databases hold, value by value: in the file a long one is scattered over pages.

use std::path::Path;

use anyhow::{Context, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

use super::files;
use super::search::Haystack;

/// What a database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What the name of a part ends with that holds a database's values.
pub const UNPACKED: &str = ", unpacked";

/// A part for each database below the folder, with every value of every table; the log that belongs to it is read as well.
/// It is done on a copy, for a browser that runs has its own locked.
pub async fn haystack(folder: &Path) -> Result<Haystack> {
    let mut haystack = Haystack::default();
    for file in files::below(folder)? {
        // One that went away meanwhile was a journal.
        if std::fs::read(&file).is_ok_and(|bytes| bytes.starts_with(MAGIC)) {
            let values = values(&file).await.with_context(|| file.display().to_string())?;
            haystack.add(format!("{}{UNPACKED}", file.display()), values);
        }
    }
    Ok(haystack)
}

/// Runs a query on a copy of a database, and gives the first column as text.
pub async fn column(file: &Path, query: &'static str) -> Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let mut copy = open_copy(file, folder.path()).await?;
    let found = sqlx::query_scalar(query).fetch_all(&mut copy).await?;
    copy.close().await?;
    Ok(found)
}

async fn values(file: &Path) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let mut copy = open_copy(file, folder.path()).await?;
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
            .fetch_all(&mut copy)
            .await?;
    let mut values = Vec::new();
    for table in tables {
        let query = format!("SELECT * FROM \"{table}\"");
        for row in sqlx::query(AssertSqlSafe(query)).fetch_all(&mut copy).await? {
            add(&row, &mut values);
        }
    }
    copy.close().await?;
    Ok(values)
}

/// The database and its log, copied: what the log holds belongs to it.
async fn open_copy(file: &Path, folder: &Path) -> Result<SqliteConnection> {
    let copy = folder.join("copy");
    std::fs::copy(file, &copy)?;
    let log = format!("{}-wal", file.display());
    if Path::new(&log).exists() {
        std::fs::copy(&log, folder.join("copy-wal"))?;
    }
    Ok(SqliteConnectOptions::new().filename(&copy).connect().await?)
}

fn add(row: &SqliteRow, values: &mut Vec<u8>) {
    for place in 0..row.len() {
        // Numbers are given as their digits, what is null as nothing.
        values.extend(row.get_unchecked::<Option<Vec<u8>>, _>(place).unwrap_or_default());
        values.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::super::search::Secret;
    use super::*;

    #[tokio::test]
    async fn a_value_that_lies_on_many_pages_and_in_the_log_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("some.sqlite");
        let mut writer = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .page_size(512)
            .pragma("journal_mode", "WAL")
            .connect()
            .await
            .unwrap();
        let text = (0..400)
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
            .join(" then ");
        sqlx::query("CREATE TABLE kept (a INTEGER, b TEXT)")
            .execute(&mut writer)
            .await
            .unwrap();
        sqlx::query("INSERT INTO kept VALUES (17, ?)")
            .bind(&text)
            .execute(&mut writer)
            .await
            .unwrap();
        let control = Secret::text("a text over pages", &text);
        files::haystack(folder.path())
            .unwrap()
            .must_lack(std::slice::from_ref(&control));
        haystack(folder.path()).await.unwrap().must_hold(&control);
        assert_eq!(column(&file, "SELECT b FROM kept").await.unwrap(), [text]);
    }
}
