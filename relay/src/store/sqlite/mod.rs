//! Rooms in one SQLite file.

mod aggregates;
pub mod backup;
mod file;
mod group;
mod load;
mod purge;
mod save;
#[cfg(test)]
mod tests;
mod transaction;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sotto_protocol::{Refusal, Salt};
use sqlx::{Connection as _, Row as _, SqliteConnection};

use self::file::PAGE;
use self::save::Changes;
use super::hot::{self, Hot};
use super::space::{self, Space};
use super::{Applied, Changed, Compaction, Counts, Due, Job, Store, StoreError};
use crate::pepper::Pepper;
use crate::room::{Change, Input, InvitationKey, Reply, RoomKey, RoomState, Rules, apply};
use crate::tally::Row;

/// How many bytes of rooms are kept at hand: about a thousand of two with a message.
const HOT: usize = 8 * 1024 * 1024;
/// A SQLite file with one connection: the engine's.
pub struct SqliteStore {
    connection: SqliteConnection,
    /// Whether a transaction may be open: while one runs, and after one that broke.
    in_transaction: bool,
    pepper: Arc<Pepper>,
    rules: Rules,
    salt: Salt,
    hot: Hot,
    file: PathBuf,
    space: Arc<Space>,
}

impl SqliteStore {
    /// Opens the file, makes it where there is none, and brings its tables up to date.
    pub async fn open(path: &Path, pepper: Arc<Pepper>, rules: Rules) -> Result<Self, StoreError> {
        let (connection, salt) = file::open(path).await?;
        Ok(Self {
            connection,
            in_transaction: false,
            pepper,
            rules,
            salt,
            hot: Hot::new(HOT),
            file: path.to_owned(),
            space: Arc::default(),
        })
    }

    /// From now on it may take no more than this.
    pub async fn within(mut self, space: Arc<Space>) -> Result<Self, StoreError> {
        self.space = space;
        self.measure().await?;
        Ok(self)
    }

    /// Looks how much of its space is used. Pages that are free are filled before a file grows, but asking for them costs a
    /// query, so that is done only where the files are as large as they may be.
    async fn measure(&mut self) -> Result<(), StoreError> {
        let taken = space::taken(&self.file);
        let free = if taken < self.space.limit() {
            0
        } else {
            let pages: i64 = sqlx::query_scalar("PRAGMA freelist_count")
                .fetch_one(&mut self.connection)
                .await?;
            number(pages.saturating_mul(PAGE.into()))?
        };
        self.space.set_used(taken.saturating_sub(free));
        Ok(())
    }

    /// Whether the file is whole, and of a version that is known, while nobody uses it. Nothing is changed.
    pub async fn look(path: &Path) -> Result<(), StoreError> {
        file::look(path).await
    }

    /// Closes the file in good order. Without this, as after a crash, the next start reads the log.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.connection.close().await?)
    }
}

/// A room in a batch: as it is stored, and as the jobs so far left it.
struct Slot {
    stored: Option<Arc<RoomState>>,
    present: Option<Arc<RoomState>>,
}

/// The rooms of a batch, but for those of which all that is asked is refused by the keyhole. None is one that is stored
/// and cannot be opened.
type Slots = HashMap<RoomKey, Option<Slot>>;

/// The jobs that the keyhole refuses, by their number in the batch.
type Refused = HashMap<usize, Refusal>;

impl SqliteStore {
    /// All that the jobs need to be decided, read in two queries at the most.
    async fn gather(&mut self, now: u64, jobs: &[Job]) -> Result<(Slots, Refused), StoreError> {
        let strangers: HashSet<RoomKey> = jobs
            .iter()
            .filter(|job| is_stranger(&job.input))
            .map(|job| job.room)
            .collect();
        let keyholes = if strangers.is_empty() {
            HashMap::new()
        } else {
            let rooms: Vec<RoomKey> = strangers.into_iter().collect();
            load::keyholes(&mut self.connection, &rooms, now).await?
        };
        // A stranger who would be refused is refused by this, before anything is opened, whether or not it is at hand.
        let mut refused = Refused::new();
        let (mut slots, mut cold) = (Slots::new(), HashSet::new());
        for (number, Job { room, input }) in jobs.iter().enumerate() {
            let keyhole = keyholes.get(room).filter(|_| is_stranger(input));
            if let Some(why) = keyhole.and_then(|keyhole| keyhole.refuses(&self.rules, input)) {
                refused.insert(number, why);
            } else if let Some(state) = self.hot.get(room) {
                slots.insert(*room, Some(Slot::of(Some(state))));
            } else {
                cold.insert(*room);
            }
        }
        if !cold.is_empty() {
            let cold: Vec<RoomKey> = cold.into_iter().collect();
            let mut found = load::rooms(&mut self.connection, &self.pepper, &cold).await?;
            for room in cold {
                let slot = match found.remove(&room).unwrap_or(Ok(None)) {
                    Ok(state) => Some(Slot::of(state.map(Arc::new))),
                    Err(StoreError::AtRest(_) | StoreError::Form) => None,
                    Err(error) => return Err(error),
                };
                slots.insert(room, slot);
            }
        }
        Ok((slots, refused))
    }

    /// Has each job decided, in order. Pure: nothing is read or written any more.
    fn decide(&self, now: u64, jobs: &[Job], slots: &mut Slots, refused: &Refused) -> Vec<Applied> {
        let is_full = self.space.is_full();
        let decide = |(number, Job { room, input }): (usize, &Job)| match slots.get_mut(room) {
            // Whether the room is there or not: a stranger learns nothing.
            _ if is_full && matches!(input, Input::Create { .. }) => refusal(Refusal::Full),
            Some(Some(slot)) => {
                let outcome = apply(&self.rules, slot.present.as_deref(), input, now);
                let before = slot.present.as_deref().map_or(0, hot::size);
                if let Change::Put(next) = &outcome.change
                    && is_full
                    && space::grows(before, hot::size(next))
                {
                    return refusal(Refusal::Full);
                }
                let changed = match outcome.change {
                    Change::Keep => Changed::Kept,
                    Change::Put(next) => {
                        slot.present = Some(Arc::from(next));
                        Changed::Put
                    }
                    Change::Remove => {
                        slot.present = None;
                        Changed::Removed
                    }
                };
                Applied {
                    changed,
                    reply: outcome.reply,
                    effects: outcome.effects,
                }
            }
            Some(None) if !is_stranger(input) => refusal(Refusal::Unavailable),
            _ => refusal(refused.get(&number).cloned().unwrap_or(Refusal::Refused)),
        };
        jobs.iter().enumerate().map(decide).collect()
    }

    /// Writes what is new of all rooms in one transaction; none, if nothing is.
    async fn write(&mut self, slots: &Slots) -> Result<(), StoreError> {
        let mut changes = Changes::default();
        for (room, slot) in slots {
            let Some(Slot { stored, present }) = slot else {
                continue;
            };
            if !same(stored.as_ref(), present.as_ref()) {
                changes.room(&self.pepper, room, stored.as_deref(), present.as_deref())?;
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.transact(changes).await?;
        // It is stored, whatever comes of the look.
        let _ = self.measure().await;
        Ok(())
    }
}

impl Slot {
    fn of(state: Option<Arc<RoomState>>) -> Self {
        Self {
            present: state.clone(),
            stored: state,
        }
    }
}

/// Whether it is the very same state, or an equal one.
fn same(one: Option<&Arc<RoomState>>, other: Option<&Arc<RoomState>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
        (None, None) => true,
        _ => false,
    }
}

impl Store for SqliteStore {
    async fn apply_batch(&mut self, now: u64, jobs: &[Job]) -> Result<Vec<Applied>, StoreError> {
        self.settled().await;
        let (mut slots, refused) = self.gather(now, jobs).await?;
        let applied = self.decide(now, jobs, &mut slots, &refused);
        let written = self.write(&slots).await;
        for (room, slot) in slots {
            // Where the commit failed, nobody knows what is on disk.
            match slot {
                Some(Slot {
                    present: Some(state), ..
                }) if written.is_ok() => self.hot.put(room, state),
                _ => self.hot.forget(&room),
            }
        }
        written.map(|()| applied)
    }

    async fn invitation(&mut self, key: InvitationKey, now: u64) -> Result<Option<Vec<u8>>, StoreError> {
        load::invitation(&mut self.connection, &self.pepper, key, now).await
    }

    async fn purge_due(&mut self, now: u64, limit: u32) -> Result<Due, StoreError> {
        let rows = self.transact_two(|group| purge::delete(group, now, limit)).await;
        let due = rows.and_then(|[rooms, invites]| purge::due(&rooms, &invites, limit));
        match &due {
            Ok(due) => due.purged.iter().for_each(|purged| self.hot.forget(&purged.room)),
            Err(_) => self.hot.forget_all(),
        }
        let _ = self.measure().await;
        due
    }

    async fn write_back(&mut self) -> Result<(), StoreError> {
        sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn compact(&mut self) -> Result<Compaction, StoreError> {
        // The pragma never fails for being in somebody's way: it says so in the first column of its row.
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut self.connection)
            .await?;
        let busy: i64 = row.try_get(0)?;
        let _ = self.measure().await;
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
            bytes: number(pages.saturating_mul(PAGE.into()))?,
        })
    }

    async fn overdue(&mut self, now: u64) -> Result<u64, StoreError> {
        purge::overdue(&mut self.connection, now).await
    }

    async fn aggregates(&mut self) -> Result<Vec<Row>, StoreError> {
        aggregates::all(&mut self.connection).await
    }

    async fn keep_aggregates(&mut self, rows: &[Row], now: u64) -> Result<(), StoreError> {
        self.begin().await?;
        let kept = aggregates::keep(&mut self.connection, rows, now).await;
        self.end(kept).await
    }

    fn salt(&self) -> Salt {
        self.salt
    }
}

fn refusal(why: Refusal) -> Applied {
    Applied {
        reply: Reply::Refused(why),
        effects: Vec::new(),
        changed: Changed::Kept,
    }
}

const fn is_stranger(input: &Input) -> bool {
    matches!(
        input,
        Input::Create { .. } | Input::Claim { .. } | Input::Open { .. } | Input::Reopen { .. }
    )
}

/// SQLite's integers are signed; times and turns are not.
fn number(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_| StoreError::Form)
}

/// The other way; what does not fit is later than all time.
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
