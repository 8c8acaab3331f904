//! The list of open connections, by which each is asked now and then whether its peer is still there: one wheel turns
//! for all of them, so that an idle connection has no timer of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use sotto_protocol::close;

use crate::hub::Connection;

/// Into how many parts a turn of the wheel is cut: connections that came together are asked together, no others.
const SLOTS: usize = 64;

/// All open connections.
#[derive(Debug)]
pub struct Roll(Mutex<Wheel>);

#[derive(Debug)]
struct Wheel {
    /// Connections that have ended are sorted out when their slot is next.
    slots: [Vec<Weak<Connection>>; SLOTS],
    /// The slot that was asked last.
    last: usize,
    down: bool,
}

impl Default for Roll {
    fn default() -> Self {
        Self(Mutex::new(Wheel {
            slots: [const { Vec::new() }; SLOTS],
            last: 0,
            down: false,
        }))
    }
}

impl Roll {
    /// Adds a connection: it is asked after a full turn, and then with each. One that comes while the relay shuts down is
    /// closed at once.
    pub fn enter(&self, connection: &Arc<Connection>) {
        let mut wheel = self.wheel();
        if wheel.down {
            connection.outbox.close(close::GOING_AWAY);
        }
        let last = wheel.last;
        if let Some(slot) = wheel.slots.get_mut(last) {
            slot.push(Arc::downgrade(connection));
        }
    }

    /// Turns the wheel, once in each `ping`, for as long as the relay runs, and ends what was `unopened` for so long.
    pub async fn run(&self, ping: Duration, unopened: Duration) {
        let slots = u32::try_from(SLOTS).unwrap_or(u32::MAX);
        let mut ticks = tokio::time::interval(ping / slots);
        loop {
            ticks.tick().await;
            self.turn(unopened, Instant::now());
        }
    }

    /// Asks the next slot's.
    fn turn(&self, unopened: Duration, now: Instant) {
        let mut wheel = self.wheel();
        wheel.last = (wheel.last + 1) % SLOTS;
        let next = wheel.last;
        if let Some(slot) = wheel.slots.get_mut(next) {
            slot.retain(|connection| {
                let connection = connection.upgrade();
                if let Some(connection) = &connection {
                    connection.end_if_unopened(unopened, now);
                    connection.outbox.ask();
                }
                connection.is_some()
            });
            slot.shrink_to(2 * slot.len());
        }
    }

    /// Has every connection closed, those that are still to come too.
    pub fn shut_down(&self) {
        let mut wheel = self.wheel();
        wheel.down = true;
        for connection in wheel.slots.iter().flatten().filter_map(Weak::upgrade) {
            connection.outbox.close(close::GOING_AWAY);
        }
    }

    fn wheel(&self) -> MutexGuard<'_, Wheel> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;
    use crate::hub::Next;

    fn connection() -> Arc<Connection> {
        Connection::new(1 << 20, Arc::default())
    }

    fn next(connection: &Connection) -> Next {
        connection.outbox.next(&Context::from_waker(Waker::noop()), true)
    }

    #[test]
    fn each_is_asked_once_a_turn_and_not_before_a_whole_one() {
        let roll = Roll::default();
        let (first, gone) = (connection(), connection());
        roll.enter(&first);
        roll.enter(&gone);
        drop(gone);
        for turn in 0..3 {
            for tick in 1..=SLOTS {
                roll.turn(Duration::MAX, Instant::now());
                assert_eq!(next(&first).ask, tick == SLOTS, "{turn} {tick}");
            }
        }
        let kept: usize = roll.wheel().slots.iter().map(Vec::len).sum();
        assert_eq!(kept, 1, "what has ended is forgotten");
    }

    #[test]
    fn what_opens_nothing_is_closed_unless_something_is_done_for_it() {
        let minute = Duration::from_mins(1);
        let roll = Roll::default();
        let [quiet, late, busy] = [(); 3].map(|()| connection());
        let start = Instant::now();
        for connection in [&quiet, &late, &busy] {
            roll.enter(connection);
            connection.rests(start);
        }
        busy.begins();
        late.rests(start + minute);
        for _ in 0..SLOTS {
            roll.turn(minute, start + minute);
        }
        assert_eq!(next(&quiet).close, Some(close::UNOPENED));
        assert_eq!(next(&late).close, None);
        assert_eq!(next(&busy).close, None);
    }

    #[test]
    fn at_the_end_all_are_closed_and_whoever_comes_late_too() {
        let roll = Roll::default();
        let (early, late) = (connection(), connection());
        roll.enter(&early);
        assert_eq!(next(&early).close, None);
        roll.shut_down();
        roll.enter(&late);
        for connection in [early, late] {
            assert_eq!(next(&connection).close, Some(close::GOING_AWAY));
        }
    }
}
