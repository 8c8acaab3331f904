//! Rooms in one SQLite file.

mod aggregates;
pub mod backup;
mod file;
mod load;
pub(super) mod log;
mod purge;
mod save;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use sotto_protocol::{Refusal, Salt};

pub(crate) use self::file::read_only;
use self::file::{PAGE, pragma};
use super::hot::{self, Hot};
use super::space::{self, Space};
use super::{Applied, Changed, Compaction, Counts, Due, Job, Store, StoreError};
use crate::pepper::Pepper;
use crate::room::{Change, Input, InvitationKey, Reply, RoomKey, RoomState, Rules, apply};
use crate::tally::Row;

/// How many bytes of rooms are kept at hand: about a thousand of two with a message.
const HOT: usize = 8 * 1024 * 1024;
/// More than a transaction makes the files longer: 256 of the longest frames, each on pages of its own in file and log.
const MOST: u64 = 32 * 1024 * 1024;

/// A SQLite file with one connection: the engine's.
pub struct SqliteStore {
    connection: Connection,
    pepper: Arc<Pepper>,
    rules: Rules,
    salt: Salt,
    hot: Hot,
    file: PathBuf,
    space: Arc<Space>,
    /// How many transactions can come before the space may be used up, as it was when it was last looked.
    fits: u64,
}

/// A transaction. What is not committed is taken back, whatever ends it. What rusqlite has for it compiles its statements anew
/// each time.
struct Write<'a>(&'a Connection);

impl<'a> Write<'a> {
    /// Takes the file's one lock for writing at once.
    fn begin(connection: &'a mut Connection) -> Result<Self, StoreError> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        Ok(Self(connection))
    }

    fn commit(self) -> Result<(), StoreError> {
        self.0.prepare_cached("COMMIT")?.execute(())?;
        Ok(())
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // SQLite has done so by itself where it cannot.
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

impl SqliteStore {
    /// Opens the file, makes it where there is none, and brings its tables up to date.
    pub fn open(path: &Path, pepper: Arc<Pepper>, rules: Rules) -> Result<Self, StoreError> {
        let (connection, salt) = file::open(path)?;
        Ok(Self {
            connection,
            pepper,
            rules,
            salt,
            hot: Hot::new(HOT),
            file: path.to_owned(),
            space: Arc::default(),
            fits: 0,
        })
    }

    /// From now on it may take no more than this.
    pub fn within(mut self, space: Arc<Space>) -> Result<Self, StoreError> {
        self.space = space;
        self.measure()?;
        Ok(self)
    }

    /// Looks how much of its space is used. Pages that are free are filled before a file grows, but asking for them costs a
    /// query, so that is done only where the files are as large as they may be.
    fn measure(&mut self) -> Result<(), StoreError> {
        let taken = space::taken(&self.file);
        let free = if taken < self.space.limit() {
            0
        } else {
            let pages: i64 = pragma(&self.connection, "freelist_count")?;
            number(pages.saturating_mul(PAGE.into()))?
        };
        let used = taken.saturating_sub(free);
        self.space.set_used(used);
        self.fits = self.space.limit().saturating_sub(used) / MOST;
        Ok(())
    }

    /// The same after a transaction, where it and those since the last look may have used all that there was.
    fn committed(&mut self) {
        match self.fits.checked_sub(1) {
            Some(fits) => self.fits = fits,
            // It is stored, whatever comes of the look.
            None => drop(self.measure()),
        }
    }

    /// Whether the file is whole, and of a version that is known, while nobody uses it. Nothing is changed.
    pub fn look(path: &Path) -> Result<(), StoreError> {
        file::look(path)
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
    /// All that the jobs need to be decided.
    fn gather(&mut self, now: u64, jobs: &[Job]) -> Result<(Slots, Refused), StoreError> {
        let (mut slots, mut refused) = (Slots::new(), Refused::new());
        for (number, Job { room, input }) in jobs.iter().enumerate() {
            // A stranger who would be refused is refused by this, before anything is opened, whether or not it is at hand.
            if is_stranger(input) {
                let keyhole = load::keyhole(&self.connection, room, now)?;
                if let Some(why) = keyhole.refuses(&self.rules, input) {
                    refused.insert(number, why);
                    continue;
                }
            }
            if !slots.contains_key(room) {
                slots.insert(*room, self.slot(room)?);
            }
        }
        Ok((slots, refused))
    }

    /// The room as it is stored; none if that cannot be opened.
    fn slot(&mut self, room: &RoomKey) -> Result<Option<Slot>, StoreError> {
        let stored = match self.hot.get(room) {
            Some(state) => Some(state),
            None => match load::room(&self.connection, &self.pepper, room) {
                Ok(state) => state.map(Arc::new),
                Err(StoreError::AtRest(_) | StoreError::Form) => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        Ok(Some(Slot {
            present: stored.clone(),
            stored,
        }))
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
                        slot.present = Some(next);
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
    fn write(&mut self, slots: &Slots) -> Result<(), StoreError> {
        let mut changed = slots
            .iter()
            .filter_map(|(room, slot)| Some((room, slot.as_ref()?)))
            .filter(|(_, Slot { stored, present })| !same(stored.as_ref(), present.as_ref()))
            .peekable();
        if changed.peek().is_none() {
            return Ok(());
        }
        let transaction = Write::begin(&mut self.connection)?;
        for (room, Slot { stored, present }) in changed {
            save::room(
                transaction.0,
                &self.pepper,
                room,
                stored.as_deref(),
                present.as_deref(),
            )?;
        }
        transaction.commit()?;
        self.committed();
        Ok(())
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
    fn apply_batch(&mut self, now: u64, jobs: &[Job]) -> Result<Vec<Applied>, StoreError> {
        let (mut slots, refused) = self.gather(now, jobs)?;
        let applied = self.decide(now, jobs, &mut slots, &refused);
        let written = self.write(&slots);
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

    fn invitation(&mut self, key: InvitationKey, now: u64) -> Result<Option<Vec<u8>>, StoreError> {
        load::invitation(&self.connection, &self.pepper, key, now)
    }

    fn purge_due(&mut self, now: u64, limit: u32) -> Result<Due, StoreError> {
        let purge = |transaction: Write<'_>| {
            let due = purge::delete(transaction.0, now, limit)?;
            transaction.commit()?;
            Ok(due)
        };
        let due = Write::begin(&mut self.connection).and_then(purge);
        match &due {
            Ok(due) => due.purged.iter().for_each(|purged| self.hot.forget(&purged.room)),
            Err(_) => self.hot.forget_all(),
        }
        let _ = self.measure();
        due
    }

    fn write_back(&mut self) -> Result<(), StoreError> {
        pragma::<i64>(&self.connection, "wal_checkpoint(PASSIVE)")?;
        Ok(())
    }

    fn compact(&mut self) -> Result<Compaction, StoreError> {
        // The pragma never fails for being in somebody's way: it says so in the first column of its row.
        let busy: i64 = pragma(&self.connection, "wal_checkpoint(TRUNCATE)")?;
        let _ = self.measure();
        Ok(if busy == 0 {
            Compaction::Done
        } else {
            Compaction::Busy
        })
    }

    fn counts(&mut self) -> Result<Counts, StoreError> {
        let rooms: i64 = self
            .connection
            .query_one("SELECT count(*) FROM room", [], |row| row.get(0))?;
        let pages: i64 = pragma(&self.connection, "page_count")?;
        Ok(Counts {
            rooms: number(rooms)?,
            bytes: number(pages.saturating_mul(PAGE.into()))?,
        })
    }

    fn overdue(&mut self, now: u64) -> Result<u64, StoreError> {
        purge::overdue(&self.connection, now)
    }

    fn aggregates(&mut self) -> Result<Vec<Row>, StoreError> {
        aggregates::all(&self.connection)
    }

    fn keep_aggregates(&mut self, rows: &[Row], now: u64) -> Result<(), StoreError> {
        let transaction = Write::begin(&mut self.connection)?;
        aggregates::keep(transaction.0, rows, now)?;
        transaction.commit()
    }

    fn salt(&self) -> Salt {
        self.salt
    }

    fn close(self: Box<Self>) -> Result<(), StoreError> {
        self.connection.close().map_err(|(_, error)| error.into())
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
