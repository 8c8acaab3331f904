//! Transactions, begun and ended by hand.
//!
//! With sqlx's own a full disk would end the store: SQLite then rolls back by itself, sqlx does not learn of it, and begins
//! no transaction on that connection any more.

use super::SqliteStore;
use crate::store::StoreError;

impl SqliteStore {
    /// Takes the file's one lock for writing.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        if self.in_transaction {
            self.roll_back().await;
        }
        self.in_transaction = true;
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Commits what went well; takes back everything else.
    pub(super) async fn end<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        let committed = match outcome {
            Ok(value) => {
                let done = sqlx::query("COMMIT").execute(&mut self.connection).await;
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
