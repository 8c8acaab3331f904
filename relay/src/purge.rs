//! What time ends, in steps so short that nobody notices who writes meanwhile.
//!
//! All rooms end at a full hour (the grain), so that many end at once. People who are connected are told at that moment,
//! and from then on the room is closed to everybody (`room::apply`); what is left to do is to delete rows, and that may
//! take minutes. Each step is one transaction of its own with all rows of some rooms, so that a crash leaves each room
//! whole or gone, and the next start goes on. A step holds the store for a few milliseconds, whatever the disk is like,
//! and then leaves it alone for a while, the shorter the longer rows have been due.
//! `docs/decisions/purge-in-steps.md` has the figures.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::engine::Unavailable;
use crate::relay::Shared;

/// How long a step may hold the store.
const STEP: Duration = Duration::from_millis(3);
/// How many rooms a step ends at the least, however slow the disk, and at the most.
const ROOMS: (u32, u32) = (16, 256);
/// How many times as long as a step the store is left alone after it, while rows have only just fallen due.
const REST: u32 = 4;
/// How long the oldest row has been due when steps follow each other without a rest; until then rests grow shorter.
const HURRY: Duration = Duration::from_mins(4);
/// In how many rooms people are told at a time.
const TOLD: usize = 64;

/// Sees to it that there is one purge at a time.
#[derive(Debug, Default)]
pub struct Purging(Mutex<()>);

/// Ends what is due, after the purge that is under way, if one is. Returns in how many rooms something was due.
pub(crate) async fn run(shared: &Shared) -> Result<usize, Unavailable> {
    let _alone = shared.purging.0.lock().await;
    purge(shared).await
}

/// The same, unless a purge is under way.
pub(crate) async fn run_now(shared: &Shared) -> Result<Option<usize>, Unavailable> {
    match shared.purging.0.try_lock() {
        Ok(_alone) => purge(shared).await.map(Some),
        Err(_) => Ok(None),
    }
}

/// Tells everybody whose room is over, and closes it to them: quickly, and whether or not anything can be deleted.
pub(crate) async fn tell(shared: &Shared) -> Result<(), Unavailable> {
    while shared.engine.end_due(TOLD).await? >= TOLD {}
    Ok(())
}

async fn purge(shared: &Shared) -> Result<usize, Unavailable> {
    let began = Instant::now();
    let behind = Duration::from_secs(shared.engine.overdue().await?);
    let (mut pace, mut rooms) = (Pace::default(), 0);
    loop {
        let step = shared.engine.purge(pace.limit()).await?;
        rooms += step.rooms;
        if !step.more {
            return Ok(rooms);
        }
        pace.took(step.took);
        let written = shared.engine.write_back().await?;
        tokio::time::sleep(rest(step.took + written, behind + began.elapsed())).await;
    }
}

/// How long to rest after a step that took so long, when the oldest row has been due for so long.
fn rest(took: Duration, due: Duration) -> Duration {
    let left = HURRY.saturating_sub(due).as_secs_f64() / HURRY.as_secs_f64();
    (took * REST).mul_f64(left)
}

/// How much the next step does.
#[derive(Debug)]
struct Pace(u32);

impl Default for Pace {
    fn default() -> Self {
        Self(ROOMS.0)
    }
}

impl Pace {
    const fn limit(&self) -> u32 {
        self.0
    }

    /// A step of this size took so long: the next one is half as large if that was too long, and a little larger if there
    /// is room.
    fn took(&mut self, took: Duration) {
        let (least, most) = ROOMS;
        if took > STEP {
            self.0 = (self.0 / 2).max(least);
        } else if took < STEP / 2 {
            self.0 = (self.0 + self.0 / 4).min(most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk on which a step takes this long for itself, and for each room.
    fn after(steps: usize, step: Duration, room: Duration) -> (u32, Duration) {
        let mut pace = Pace::default();
        let takes = |limit: u32| step + room * limit;
        for _ in 0..steps {
            pace.took(takes(pace.limit()));
        }
        (pace.limit(), takes(pace.limit()))
    }

    #[test]
    fn a_step_is_as_long_as_may_be_on_a_fast_disk_and_as_short_as_may_be_on_a_slow_one() {
        let micros = Duration::from_micros;
        let (rooms, took) = after(50, micros(200), micros(20));
        assert!(rooms > 50 && took <= STEP, "{rooms} rooms in {took:?}");
        assert_eq!(after(50, micros(200), micros(1)).0, ROOMS.1);
        assert_eq!(after(50, micros(10_000), micros(500)).0, ROOMS.0);
    }

    #[test]
    fn rests_grow_shorter_until_there_are_none() {
        let took = Duration::from_millis(3);
        assert_eq!(rest(took, Duration::ZERO), took * REST);
        assert_eq!(rest(took, HURRY / 2), took * REST / 2);
        for due in [HURRY, HURRY * 100] {
            assert_eq!(rest(took, due), Duration::ZERO);
        }
    }

    #[test]
    fn one_slow_step_makes_the_next_ones_smaller() {
        let mut pace = Pace(200);
        pace.took(STEP * 10);
        assert_eq!(pace.limit(), 100);
        for _ in 0..10 {
            pace.took(STEP * 10);
        }
        assert_eq!(pace.limit(), ROOMS.0);
        pace.took(STEP / 4);
        assert_eq!(pace.limit(), ROOMS.0 + ROOMS.0 / 4);
    }
}
