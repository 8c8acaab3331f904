//! Rooms in one SQLite file.

mod load;
mod purge;
mod save;
#[cfg(test)]
mod tests;
mod transaction;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sotto_protocol::{Refusal, Salt};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

use super::{Applied, Compaction, Counts, Job, Store, StoreError};
use crate::pepper::Pepper;
use crate::room::{Change, Input, InvitationKey, Reply, RoomKey, RoomState, Rules, apply};

/// The database's page size. The fillers of the tables are longer than what SQLite keeps of a row in a b-tree
/// page of this size: `((1024 - 12) * 64 / 255) - 23 = 230` bytes.
const PAGE: i64 = 1024;
/// How long to wait for somebody else who has the file locked. A relay waits with all its rooms.
const PATIENCE: Duration = Duration::from_millis(500);

/// A SQLite file with one connection: the engine's.
pub struct SqliteStore {
    connection: SqliteConnection,
    /// Whether a transaction may be open: while one runs, and after one that broke.
    in_transaction: bool,
    pepper: Arc<Pepper>,
    rules: Rules,
    salt: Salt,
}

impl SqliteStore {
    /// Opens the file, makes it where there is none, and brings its tables up to date.
    pub async fn open(path: &Path, pepper: Arc<Pepper>, rules: Rules) -> Result<Self, StoreError> {
        make_private(path)?;
        let mut connection = SqliteConnectOptions::new()
            .filename(path)
            .page_size(1024)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            // Off by default in the bundled SQLite, and a property of each connection.
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .pragma("trusted_schema", "OFF")
            .disable_statement_logging()
            .connect()
            .await?;
        sqlx::migrate!("../migrations/sqlite")
            .run(&mut connection)
            .await?;
        read_back(&mut connection).await?;
        let salt = salt(&mut connection).await?;
        Ok(Self {
            connection,
            in_transaction: false,
            pepper,
            rules,
            salt,
        })
    }

    /// Closes the file in good order. Without this, as after a crash, the next start reads the log.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.connection.close().await?)
    }
}

/// A room in a batch: as it is stored, and as the jobs so far left it.
struct Slot {
    stored: Option<RoomState>,
    present: Option<RoomState>,
}

impl SqliteStore {
    /// Has each job decided, and writes what all of them changed.
    async fn decide(&mut self, now: u64, jobs: &[Job]) -> Result<Vec<Applied>, StoreError> {
        let mut slots: HashMap<RoomKey, Slot> = HashMap::new();
        let mut applied = Vec::with_capacity(jobs.len());
        for Job { room, input } in jobs {
            if !slots.contains_key(room) {
                // A stranger who would be refused is refused here, before anything is opened.
                if is_stranger(input) {
                    let keyhole = load::keyhole(&mut self.connection, room, now).await?;
                    if let Some(why) = keyhole.refuses(&self.rules, input) {
                        applied.push(refused(why));
                        continue;
                    }
                }
                match load::room(&mut self.connection, &self.pepper, room).await {
                    Ok(stored) => {
                        slots.insert(
                            *room,
                            Slot {
                                present: stored.clone(),
                                stored,
                            },
                        );
                    }
                    Err(StoreError::AtRest(_) | StoreError::Form) => {
                        let why = if is_stranger(input) {
                            Refusal::Refused
                        } else {
                            Refusal::Unavailable
                        };
                        applied.push(refused(why));
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
            let Some(slot) = slots.get_mut(room) else { continue };
            let outcome = apply(&self.rules, slot.present.as_ref(), input, now);
            match outcome.change {
                Change::Keep => {}
                Change::Put(next) => slot.present = Some(*next),
                Change::Remove => slot.present = None,
            }
            applied.push(Applied {
                reply: outcome.reply,
                effects: outcome.effects,
            });
        }
        for (room, slot) in &slots {
            save::room(
                &mut self.connection,
                &self.pepper,
                room,
                slot.stored.as_ref(),
                slot.present.as_ref(),
            )
            .await?;
        }
        Ok(applied)
    }
}

impl Store for SqliteStore {
    async fn apply_batch(&mut self, now: u64, jobs: Vec<Job>) -> Result<Vec<Applied>, StoreError> {
        self.begin().await?;
        let applied = self.decide(now, &jobs).await;
        self.end(applied).await
    }

    async fn invitation(&mut self, key: InvitationKey, now: u64) -> Result<Option<Vec<u8>>, StoreError> {
        load::invitation(&mut self.connection, &self.pepper, key, now).await
    }

    async fn purge_due(&mut self, now: u64, limit: u32) -> Result<Vec<super::Purged>, StoreError> {
        self.begin().await?;
        let purged = purge::due(&mut self.connection, now, limit).await;
        self.end(purged).await
    }

    async fn compact(&mut self) -> Result<Compaction, StoreError> {
        // The pragma never fails for being in somebody's way: it says so in the first column of its row.
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut self.connection)
            .await?;
        let busy: i64 = row.try_get(0)?;
        Ok(if busy == 0 {
            Compaction::Done
        } else {
            Compaction::Busy
        })
    }

    async fn counts(&mut self) -> Result<Counts, StoreError> {
        let rooms: i64 = sqlx::query_scalar("SELECT count(*) FROM room")
            .fetch_one(&mut self.connection)
            .await?;
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
            .fetch_one(&mut self.connection)
            .await?;
        Ok(Counts {
            rooms: number(rooms)?,
            bytes: number(pages.saturating_mul(PAGE))?,
        })
    }

    fn salt(&self) -> Salt {
        self.salt
    }
}

fn refused(why: Refusal) -> Applied {
    Applied {
        reply: Reply::Refused(why),
        effects: Vec::new(),
    }
}

const fn is_stranger(input: &Input) -> bool {
    matches!(
        input,
        Input::Create { .. } | Input::Claim { .. } | Input::Open { .. } | Input::Reopen { .. }
    )
}

/// Makes an empty file that only its owner can read; SQLite gives its log the same rights.
fn make_private(path: &Path) -> Result<(), std::io::Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Reads back what deletion and acknowledgements rest on.
async fn read_back(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let secure_delete: i64 = sqlx::query_scalar("PRAGMA secure_delete")
        .fetch_one(&mut *connection)
        .await?;
    let page_size: i64 = sqlx::query_scalar("PRAGMA page_size")
        .fetch_one(&mut *connection)
        .await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await?;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    if secure_delete != 1 {
        return Err(StoreError::Setting("secure_delete is off"));
    }
    if page_size != PAGE {
        return Err(StoreError::Setting("the page size is not 1024"));
    }
    if synchronous != 2 {
        return Err(StoreError::Setting("commits do not wait for the disk"));
    }
    if journal != "wal" {
        return Err(StoreError::Setting("there is no write-ahead log"));
    }
    Ok(())
}

/// The deployment's salt, made at the first start.
async fn salt(connection: &mut SqliteConnection) -> Result<Salt, StoreError> {
    let mut fresh = [0; Salt::LENGTH];
    getrandom::fill(&mut fresh).map_err(|_| std::io::Error::other("the system gives no random bytes"))?;
    sqlx::query("INSERT INTO meta (one, salt) VALUES (1, ?) ON CONFLICT DO NOTHING")
        .bind(fresh.as_slice())
        .execute(&mut *connection)
        .await?;
    let stored: Vec<u8> = sqlx::query_scalar("SELECT salt FROM meta")
        .fetch_one(&mut *connection)
        .await?;
    Salt::try_from(stored.as_slice()).map_err(|_| StoreError::Form)
}

/// SQLite's integers are signed; times and turns are not.
fn number(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_| StoreError::Form)
}

/// The other way; what does not fit is later than all time.
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
