//! Where rooms are kept: decide in the pure machine, write all of it in one transaction, and only then answer.

mod hot;
mod record;
pub mod space;
pub mod sqlite;

use sotto_protocol::Salt;

pub use sqlite::SqliteStore;

use crate::room::{Effect, Input, InvitationKey, Reply, RoomKey};
use crate::tally::Row;

/// One input for one room.
///
/// A connection's next job goes into a batch after the one in which its last job was answered: a job's
/// [`Effect::Proved`] or [`Effect::Release`] must reach the connection before it asks again.
#[derive(Debug, Clone)]
pub struct Job {
    /// The room.
    pub room: RoomKey,
    /// What happens to it.
    pub input: Input,
}

/// A job that was decided and, where it changed anything, is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What the connection that caused it is answered.
    pub reply: Reply,
    /// What happens to the connections of the room, after the answer.
    pub effects: Vec<Effect>,
    /// What became of the room.
    pub changed: Changed,
}

/// What became of a room on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// Nothing.
    Kept,
    /// It is there, and another than before.
    Put,
    /// It is gone.
    Removed,
}

/// A room in which time did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purged {
    /// The room.
    pub room: RoomKey,
    /// Whether the room itself is gone.
    pub ended: bool,
    /// What happens to its connections.
    pub effects: Vec<Effect>,
}

/// What time did in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The rooms.
    pub purged: Vec<Purged>,
    /// Whether more may be due.
    pub more: bool,
}

/// What a compaction came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compaction {
    /// Nothing of what had been deleted is left in any file.
    Done,
    /// Somebody else was reading or writing the file: not yet.
    Busy,
}

/// What there is, for the health page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rooms, those included whose time is over but which have not been purged.
    pub rooms: u64,
    /// The database's size in bytes, without its log.
    pub bytes: u64,
}

/// Why nothing was stored or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed. Where it failed in the commit itself, it is not known whether anything is on disk.
    #[error("the database failed")]
    Database(#[source] rusqlite::Error),
    /// Another version of this program has made tables that this one does not know.
    #[error(
        "the database was last used by a newer sotto-relay (its tables are of version {found}, this program knows {known})"
    )]
    Newer {
        /// The version of the tables.
        found: u32,
        /// The newest that is known.
        known: u32,
    },
    /// It is a database of another program.
    #[error("the file is a database, but not one that sotto-relay has made")]
    Foreign,
    /// The database is damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The database's tables cannot be brought up to date.
    #[error("the database's tables cannot be brought up to date")]
    Migrate(#[source] rusqlite::Error),
    /// The database's file cannot be made.
    #[error("the database's file cannot be made")]
    File(#[from] std::io::Error),
    /// The database does not wipe what is deleted or flush what is committed, or is laid out so that it cannot.
    #[error("the database is not set up to wipe what is deleted and to keep what is stored: {0}")]
    Setting(&'static str),
    /// Something cannot be sealed or opened: bytes of another pepper, or altered ones.
    #[error("a stored value cannot be sealed or opened")]
    AtRest(#[from] crate::pepper::AtRestError),
    /// A stored value has another form than this version writes.
    #[error("a stored value has another form")]
    Form,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
        match error {
            FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) => Self::Form,
            other => Self::Database(other),
        }
    }
}

/// A store of rooms. `now` is the time in Unix seconds: the store has no clock. Whoever calls waits until it is done, the disk
/// included.
pub trait Store: Send {
    /// Decides all jobs in order, each seeing what those before it did, and writes what they changed in one
    /// transaction. When this returns, it is on disk.
    ///
    /// A refused job fails alone. A room whose stored bytes cannot be opened fails alone too, with `unavailable`
    /// (to a stranger: `refused`). On an error nothing was done, save as [`StoreError::Database`] says.
    fn apply_batch(&mut self, now: u64, jobs: &[Job]) -> Result<Vec<Applied>, StoreError>;

    /// The sealed invitation that is looked up by this key, if it has not lapsed.
    fn invitation(&mut self, key: InvitationKey, now: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Deletes rooms whose time is over with all their rows, and tokens that have lapsed, in one transaction: at most
    /// `limit` of each.
    fn purge_due(&mut self, now: u64, limit: u32) -> Result<Due, StoreError>;

    /// Writes the log back as far as nobody reads in it, so that no later write has much of it to do.
    fn write_back(&mut self) -> Result<(), StoreError>;

    /// Moves the write-ahead log into the database and empties it, so that nothing that was deleted is left.
    fn compact(&mut self) -> Result<Compaction, StoreError>;

    /// What there is.
    fn counts(&mut self) -> Result<Counts, StoreError>;

    /// For how many seconds the oldest row has been due that is still there; nought if none is due.
    fn overdue(&mut self, now: u64) -> Result<u64, StoreError>;

    /// Every sum that is kept.
    fn aggregates(&mut self) -> Result<Vec<Row>, StoreError>;

    /// Keeps these sums, in the place of those of the same time and kind, and forgets those that nobody is shown any more.
    fn keep_aggregates(&mut self, rows: &[Row], now: u64) -> Result<(), StoreError>;

    /// The deployment's public salt.
    fn salt(&self) -> Salt;

    /// Closes it in good order. Without this, as after a crash, the next start reads the log.
    fn close(self: Box<Self>) -> Result<(), StoreError>;
}
