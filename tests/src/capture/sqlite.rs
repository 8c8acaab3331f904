//! What SQLite databases hold, value by value: in the file a long one is scattered over pages.

use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::files;
use super::search::Haystack;

/// What a database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What the name of a part ends with that holds a database's values.
pub const UNPACKED: &str = ", unpacked";

/// A part for each database below the folder, with every value of every table; the log that belongs to it is read as well.
/// It is done on a copy, for a browser that runs has its own locked.
pub fn haystack(folder: &Path) -> Result<Haystack> {
    let mut haystack = Haystack::default();
    for file in files::below(folder)? {
        // One that went away meanwhile was a journal.
        if std::fs::read(&file).is_ok_and(|bytes| bytes.starts_with(MAGIC)) {
            let values = values(&file).with_context(|| file.display().to_string())?;
            haystack.add(format!("{}{UNPACKED}", file.display()), values);
        }
    }
    Ok(haystack)
}

/// Runs a query on a copy of a database, and gives the first column as text.
pub fn column(file: &Path, query: &str) -> Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let copy = open_copy(file, folder.path())?;
    let mut query = copy.prepare(query)?;
    let found = query.query_map([], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn values(file: &Path) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let copy = open_copy(file, folder.path())?;
    let mut tables = copy.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")?;
    let tables = tables.query_map([], |row| row.get::<_, String>(0))?;
    let mut values = Vec::new();
    for table in tables {
        let mut rows = copy.prepare(&format!("SELECT * FROM \"{}\"", table?))?;
        let columns = rows.column_count();
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            for place in 0..columns {
                add(row.get_ref(place)?, &mut values);
            }
        }
    }
    Ok(values)
}

/// The database and its log, copied: what the log holds belongs to it.
fn open_copy(file: &Path, folder: &Path) -> Result<Connection> {
    let copy = folder.join("copy");
    std::fs::copy(file, &copy)?;
    let log = format!("{}-wal", file.display());
    if Path::new(&log).exists() {
        std::fs::copy(&log, folder.join("copy-wal"))?;
    }
    Ok(Connection::open(&copy)?)
}

/// Numbers are given as their digits, what is null as nothing.
fn add(value: ValueRef<'_>, values: &mut Vec<u8>) {
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(number) => values.extend(number.to_string().into_bytes()),
        ValueRef::Real(number) => values.extend(number.to_string().into_bytes()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => values.extend(bytes),
    }
    values.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::super::search::Secret;
    use super::*;

    #[test]
    fn a_value_that_lies_on_many_pages_and_in_the_log_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("some.sqlite");
        let writer = Connection::open(&file).unwrap();
        writer
            .execute_batch(
                "PRAGMA page_size = 512; PRAGMA journal_mode = WAL; CREATE TABLE kept (a INTEGER, b TEXT)",
            )
            .unwrap();
        let text = (0..400)
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
            .join(" then ");
        writer
            .execute("INSERT INTO kept VALUES (17, ?)", [&text])
            .unwrap();
        let control = Secret::text("a text over pages", &text);
        files::haystack(folder.path())
            .unwrap()
            .must_lack(std::slice::from_ref(&control));
        haystack(folder.path()).unwrap().must_hold(&control);
        assert_eq!(column(&file, "SELECT b FROM kept").unwrap(), [text]);
    }
}
