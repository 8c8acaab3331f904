//! Every table and column of the database says what it is, where it is made.

use super::*;

/// The comment right above the line that makes a table or a column, in whichever migration that is.
fn comment(migrations: &str, table: &str, column: Option<&str>) -> Option<String> {
    let mut inside = false;
    let mut above = "";
    for line in migrations.lines().map(str::trim) {
        let made = line
            .strip_prefix("CREATE TABLE ")
            .and_then(|rest| rest.split(' ').next());
        inside = made.map_or(inside, |made| made == table);
        let added = line.strip_prefix(&format!("ALTER TABLE {table} ADD COLUMN "));
        let is_it = match column {
            None => made == Some(table),
            Some(column) => {
                added
                    .or(inside.then_some(line))
                    .and_then(|rest| rest.split(' ').next())
                    == Some(column)
            }
        };
        if is_it {
            return above.strip_prefix("-- ").map(ToOwned::to_owned);
        }
        above = line;
    }
    None
}

#[test]
fn every_column_has_a_comment() {
    let migrations = STEPS.concat();
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory);
    let mut columns = store
        .connection
        .prepare(
            "SELECT made.name, has.name FROM sqlite_schema AS made, pragma_table_info(made.name) AS has \
             WHERE made.type = 'table'",
        )
        .unwrap();
    let columns: Vec<(String, String)> = columns
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(columns.len() > 15, "{columns:?}");
    for (table, column) in columns {
        assert!(
            comment(&migrations, &table, None).is_some(),
            "{table} has no comment"
        );
        assert!(
            comment(&migrations, &table, Some(&column)).is_some(),
            "{table}.{column} has no comment"
        );
    }
}
