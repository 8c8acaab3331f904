//! A group of rows as one query of several statements: a hop to the database's thread costs more than a row does, so what
//! belongs together goes together. A statement takes 1, 2, 4, .. rows, so that the prepared ones are few; what is over is
//! filled up with rows of NULL, which its WHERE leaves out.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Either, Executor as _, Sqlite, SqliteConnection};

use super::super::StoreError;

/// A statement for any number of rows: `head`, then the rows, then `tail`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) head: &'static str,
    /// How many values a row has.
    pub(super) columns: usize,
    pub(super) tail: &'static str,
}

/// A value of a row.
#[derive(Debug)]
pub(super) enum Value {
    Bytes(Vec<u8>),
    Number(i64),
    Null,
}

/// Statements that follow each other, and their values.
#[derive(Default)]
pub(super) struct Group {
    text: String,
    values: SqliteArguments,
}

impl Group {
    /// Adds a statement without values.
    pub(super) fn say(&mut self, statement: &str) {
        self.text.push_str(statement);
        self.text.push(';');
    }

    /// Adds a statement with its values.
    pub(super) fn with(
        &mut self,
        statement: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<(), StoreError> {
        self.say(statement);
        values.into_iter().try_for_each(|value| self.bind(value))
    }

    /// Adds a statement for these rows, if there are any.
    pub(super) fn rows(&mut self, shape: Shape, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
        if rows.is_empty() {
            Ok(())
        } else {
            self.statement(shape, rows)
        }
    }

    /// Adds a statement for these rows, of which there is at least one.
    pub(super) fn statement(&mut self, shape: Shape, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
        let (filled, places) = (rows.len(), rows.len().next_power_of_two());
        let row = format!("({})", vec!["?"; shape.columns].join(","));
        self.text.push_str(shape.head);
        self.text.push_str(&vec![row.as_str(); places].join(","));
        self.say(shape.tail);
        self.values.reserve(places * shape.columns, 0);
        for value in rows.into_iter().flatten() {
            self.bind(value)?;
        }
        for _ in 0..(places - filled) * shape.columns {
            self.bind(Value::Null)?;
        }
        Ok(())
    }

    fn bind(&mut self, value: Value) -> Result<(), StoreError> {
        let bound = match value {
            Value::Bytes(bytes) => self.values.add(bytes),
            Value::Number(number) => self.values.add(number),
            Value::Null => self.values.add(None::<i64>),
        };
        bound.map_err(|error| sqlx::Error::Encode(error).into())
    }

    /// The query. Its text is made of constants and of how many rows there are; all values are bound.
    pub(super) fn query(self) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
        sqlx::query_with(AssertSqlSafe(self.text), self.values)
    }

    /// The rows that each of its statements gives.
    pub(super) async fn fetch<const N: usize>(
        self,
        connection: &mut SqliteConnection,
    ) -> Result<[Vec<SqliteRow>; N], StoreError> {
        let mut tables = [const { Vec::new() }; N];
        let mut statement = 0;
        let mut results = connection.fetch_many(self.query());
        while let Some(result) = results.try_next().await? {
            match (result, tables.get_mut(statement)) {
                (Either::Right(row), Some(table)) => table.push(row),
                _ => statement += 1,
            }
        }
        drop(results);
        Ok(tables)
    }

    /// Carries all of it out, in order, until something fails.
    pub(super) async fn execute(self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        self.query().execute(connection).await?;
        Ok(())
    }
}
