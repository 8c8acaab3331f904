//! What sources have used of what they may: a table of fixed size that knows places and no sources. Pure: time is an
//! argument.
//!
//! A source has a place in each of two rows, and the emptier one counts, as with the failures in
//! [`crate::gate::price`]. So however many sources come, the table is as large as before; two that share one place do
//! not notice, and two that share both (about one pair in 270 million) have the share of one.

use std::time::Duration;

/// How many places each of the two rows has.
pub(super) const PLACES: u16 = 1 << 14;

/// What is counted by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A request of HTTP; a WebSocket begins with one.
    Request,
    /// A frame.
    Frame,
    /// A byte of a frame.
    Byte,
    /// An attempt that could be a guess: `create`, `claim`, `open` without a ticket, `invitation`.
    Attempt,
    /// A room to be made.
    Room,
}

/// How many kinds of use there are.
const USES: usize = 5;

/// So many in so long, and as many at once by one who was quiet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// How long one takes to be forgotten, in nanoseconds.
    one: u64,
    /// How long all of them take.
    all: u64,
}

impl Rate {
    pub(super) fn new(number: u32, each: Duration) -> Self {
        let one = nanos(each) / u64::from(number.max(1));
        Self {
            one: one.max(1),
            all: one.max(1).saturating_mul(number.into()),
        }
    }
}

/// What is allowed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) rates: [Rate; USES],
    /// How many connections are open at a time.
    pub(super) connections: u32,
}

/// Where a source's use is counted: a place in each row. It does not tell the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places(pub(super) [u16; 2]);

/// What was used at one place.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    /// For each kind of use the time at which none of it is remembered, in nanoseconds since the table was made.
    until: [u64; USES],
    connections: u32,
}

/// The table.
#[derive(Debug)]
pub(super) struct Table {
    rates: Rates,
    rows: [Vec<Used>; 2],
}

impl Use {
    const fn place(self) -> usize {
        match self {
            Self::Request => 0,
            Self::Frame => 1,
            Self::Byte => 2,
            Self::Attempt => 3,
            Self::Room => 4,
        }
    }
}

impl Table {
    /// In which nobody has used anything.
    pub(super) fn new(rates: Rates) -> Self {
        Self {
            rates,
            rows: [(); 2].map(|()| vec![Used::default(); PLACES.into()]),
        }
    }

    /// Uses this often, `age` being how old the table is; false, and nothing is used, if that is too much.
    pub(super) fn allows(&mut self, places: Places, used: Use, times: u32, age: Duration) -> bool {
        let Some(rate) = self.rates.rates.get(used.place()).copied() else {
            return true;
        };
        let now = nanos(age);
        let most = now.saturating_add(rate.all);
        let more = rate.one.saturating_mul(times.into());
        let after = |until: u64| until.max(now).saturating_add(more);
        let counted = self
            .at(places)
            .map(|at| at.map(|at| at.until.get_mut(used.place())));
        let mut counted = counted.map(Option::flatten);
        let is_allowed = counted.iter().flatten().any(|until| after(**until) <= most);
        if is_allowed {
            for until in counted.iter_mut().flatten() {
                **until = after(**until).min(most);
            }
        }
        is_allowed
    }

    /// A connection opens; false, and it is not counted, if that is one too many.
    pub(super) fn enter(&mut self, places: Places) -> bool {
        let most = self.rates.connections;
        let mut at = self.at(places);
        let is_allowed = at.iter().flatten().any(|at| at.connections < most);
        if is_allowed {
            for at in at.iter_mut().flatten() {
                at.connections = at.connections.saturating_add(1);
            }
        }
        is_allowed
    }

    /// One that was counted ends.
    pub(super) fn leave(&mut self, places: Places) {
        for at in self.at(places).into_iter().flatten() {
            at.connections = at.connections.saturating_sub(1);
        }
    }

    fn at(&mut self, Places([first, second]): Places) -> [Option<&mut Used>; 2] {
        let [one, other] = &mut self.rows;
        [
            one.get_mut(usize::from(first)),
            other.get_mut(usize::from(second)),
        ]
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const HERE: Places = Places([1, 2]);

    fn table(number: u32) -> Table {
        Table::new(Rates {
            rates: [Rate::new(number, MINUTE); USES],
            connections: 3,
        })
    }

    fn often(table: &mut Table, places: Places, used: Use, age: Duration) -> usize {
        (0..1000).filter(|_| table.allows(places, used, 1, age)).count()
    }

    #[test]
    fn so_many_at_once_and_then_so_many_a_minute() {
        let mut table = table(60);
        assert_eq!(often(&mut table, HERE, Use::Frame, Duration::ZERO), 60);
        assert_eq!(often(&mut table, HERE, Use::Frame, MINUTE / 2), 30);
        assert_eq!(often(&mut table, HERE, Use::Frame, MINUTE * 10), 60);
    }

    #[test]
    fn each_kind_is_counted_apart_and_what_is_refused_is_not_used() {
        let mut table = table(60);
        assert!(table.allows(HERE, Use::Byte, 50, Duration::ZERO));
        assert!(!table.allows(HERE, Use::Byte, 11, Duration::ZERO));
        assert!(table.allows(HERE, Use::Byte, 10, Duration::ZERO));
        for used in [Use::Request, Use::Frame, Use::Attempt, Use::Room] {
            assert_eq!(often(&mut table, HERE, used, Duration::ZERO), 60, "{used:?}");
        }
    }

    #[test]
    fn one_shared_place_does_not_count_and_two_do() {
        let mut table = table(60);
        assert_eq!(often(&mut table, HERE, Use::Room, Duration::ZERO), 60);
        for other in [Places([1, 9]), Places([9, 2])] {
            assert_eq!(often(&mut table, other, Use::Room, Duration::ZERO), 60);
        }
        assert_eq!(often(&mut table, HERE, Use::Room, Duration::ZERO), 0);
    }

    #[test]
    fn so_many_connections_at_a_time() {
        let mut table = table(1);
        let entered = |table: &mut Table| (0..10).filter(|_| table.enter(HERE)).count();
        assert_eq!(entered(&mut table), 3);
        table.leave(HERE);
        table.leave(HERE);
        assert_eq!(entered(&mut table), 2);
        assert!(table.enter(Places([1, 9])), "it shares one place only");
        table.leave(Places([7, 7]));
        assert!(table.enter(Places([7, 7])), "nothing is less than none");
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let mut table = Table::new(Rates {
            rates: [Rate::new(u32::MAX, Duration::from_hours(1)); USES],
            connections: u32::MAX,
        });
        assert!(table.allows(HERE, Use::Byte, u32::MAX, Duration::ZERO));
        assert!(!table.allows(HERE, Use::Byte, 1, Duration::ZERO));
        assert!(table.allows(HERE, Use::Byte, u32::MAX, Duration::MAX));
    }
}
