//! Transactions, begun and ended by hand.
//!
//! With sqlx's own a full disk would end the store: SQLite then rolls back by itself, sqlx does not learn of it, and begins
//! no transaction on that connection any more.

use sqlx::sqlite::SqliteRow;

use super::SqliteStore;
use super::group::Group;
use super::save::Changes;
use crate::store::StoreError;

/// The file's one lock for writing is taken at once.
const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";

impl SqliteStore {
    /// Takes back what a transaction left that broke.
    pub(super) async fn settled(&mut self) {
        if self.in_transaction {
            self.roll_back().await;
            self.in_transaction = false;
        }
    }

    /// Begins, writes the changes and commits, in one query: a hop to the database's thread is dearer than a row.
    pub(super) async fn transact(&mut self, changes: Changes) -> Result<(), StoreError> {
        let mut group = Group::default();
        group.say(BEGIN);
        changes.write(&mut group)?;
        group.say(COMMIT);
        self.in_transaction = true;
        let written = group.execute(&mut self.connection).await;
        if written.is_err() {
            self.roll_back().await;
        }
        self.in_transaction = false;
        written
    }

    /// The same with what two statements do, and the rows that they give.
    pub(super) async fn transact_two(
        &mut self,
        statements: impl FnOnce(&mut Group) -> Result<(), StoreError>,
    ) -> Result<[Vec<SqliteRow>; 2], StoreError> {
        self.settled().await;
        let mut group = Group::default();
        group.say(BEGIN);
        statements(&mut group)?;
        group.say(COMMIT);
        self.in_transaction = true;
        let done = group.fetch(&mut self.connection).await;
        if done.is_err() {
            self.roll_back().await;
        }
        self.in_transaction = false;
        done.map(|[_, first, second, _]| [first, second])
    }

    /// Takes the file's one lock for writing.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        self.settled().await;
        self.in_transaction = true;
        sqlx::query(BEGIN).execute(&mut self.connection).await?;
        Ok(())
    }

    /// Commits what went well; takes back everything else.
    pub(super) async fn end<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        let committed = match outcome {
            Ok(value) => {
                let done = sqlx::query(COMMIT).execute(&mut self.connection).await;
                done.map(|_| value).map_err(StoreError::from)
            }
            failed => failed,
        };
        if committed.is_err() {
            self.roll_back().await;
        }
        self.in_transaction = false;
        committed
    }

    async fn roll_back(&mut self) {
        // Fails where there is nothing to take back; then all is as it should be.
        let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
    }
}
