//! What an attempt costs: a fixed table of recent failures, forgotten as time passes.
//!
//! Design: at rest 0 bits; from the third recent failure 10 bits; the work doubles (one bit more) with each two
//! more failures, up to 20 bits; the work halves (one bit less) with each minute. Two failures make one bit and
//! one minute unmakes it, so a failure is forgotten after 30 seconds, one after another: a leaky bucket. It is
//! kept as the moment at which the bucket will be empty, which is one number and needs no clean-up.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use sotto_protocol::{Subject, limits};

/// How long one failure is remembered once it is the next to be forgotten.
const FORGET_ONE: Duration = Duration::from_secs(30);
/// The failure from which attempts have a price.
const FIRST_PRICED: u64 = 3;
/// The price then, in bits.
const FIRST_PRICE: u8 = 10;
/// How many failures raise the price by one bit.
const FAILURES_A_BIT: u64 = 2;
/// Failures beyond this change nothing: the price is at its cap.
const MOST_FAILURES: u64 = FIRST_PRICED + FAILURES_A_BIT * (limits::PUZZLE_BITS - FIRST_PRICE) as u64;
/// How many buckets each of the two rows has.
const BUCKETS: usize = 1 << 15;

/// The price after this many recent failures, in bits.
pub const fn price_of(failures: u64) -> u8 {
    if failures < FIRST_PRICED {
        return 0;
    }
    let mut bits = FIRST_PRICE;
    let mut more = (failures - FIRST_PRICED) / FAILURES_A_BIT;
    while more > 0 && bits < limits::PUZZLE_BITS {
        more -= 1;
        bits += 1;
    }
    bits
}

/// Failures that are forgotten one by one: the milliseconds, since the table was made, at which none is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bucket(u64);

impl Bucket {
    /// How many of the units that last `forget_one` milliseconds each are left.
    fn count(self, now: u64, forget_one: u64) -> u64 {
        self.0.saturating_sub(now).div_ceil(forget_one.max(1))
    }

    fn add(&mut self, now: u64, forget_one: u64, units: u64, most: u64) {
        let empty_at = self.0.max(now).saturating_add(forget_one.saturating_mul(units));
        self.0 = empty_at.min(now.saturating_add(forget_one.saturating_mul(most)));
    }

    fn take_back(&mut self, forget_one: u64) {
        self.0 = self.0.saturating_sub(forget_one);
    }
}

/// Where the table keeps a subject's failures: one bucket in each row. It does not tell the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot([usize; 2]);

/// Recent failures of every subject, existing or not, and the attempts on the whole relay.
///
/// A subject has a bucket in each of two rows, chosen by hashes that are keyed anew at each start; the emptier of
/// the two counts. So one flooded room raises another's price only where both its buckets collide.
#[derive(Debug)]
pub struct Prices {
    start: Instant,
    keys: [RandomState; 2],
    rows: [Vec<Bucket>; 2],
    load: Bucket,
    /// How long one attempt counts towards the load, in microseconds: they can be many in a millisecond.
    load_forget_one: u64,
}

impl Prices {
    /// An empty table. More than `calm` attempts a minute on the whole relay are load.
    pub fn new(start: Instant, calm: u32) -> Self {
        let minute = Duration::from_mins(1).as_micros();
        Self {
            start,
            keys: [RandomState::new(), RandomState::new()],
            rows: [vec![Bucket::default(); BUCKETS], vec![Bucket::default(); BUCKETS]],
            load: Bucket::default(),
            load_forget_one: u64::try_from(minute / u128::from(calm.max(1))).unwrap_or(u64::MAX),
        }
    }

    /// Where a subject's failures are kept.
    pub fn slot(&self, subject: &Subject) -> Slot {
        let place = |key: &RandomState| {
            // The remainder is below BUCKETS and fits.
            usize::try_from(key.hash_one(subject) % BUCKETS as u64).unwrap_or(0)
        };
        let [first, second] = &self.keys;
        Slot([place(first), place(second)])
    }

    /// The present price of an attempt, in bits.
    pub fn price(&self, slot: Slot, now: Instant) -> u8 {
        let millis = self.millis(now);
        let forget_one = millis_of(FORGET_ONE);
        let failures = self
            .rows
            .iter()
            .zip(slot.0)
            .filter_map(|(row, place)| row.get(place))
            .map(|bucket| bucket.count(millis, forget_one))
            .min()
            .unwrap_or(0);
        price_of(failures.saturating_add(self.load_steps(now)))
    }

    /// Counts an attempt as a failure until it turns out to be none; `weight` is what it adds to the load.
    pub fn count(&mut self, slot: Slot, weight: u32, now: Instant) {
        let millis = self.millis(now);
        for (row, place) in self.rows.iter_mut().zip(slot.0) {
            if let Some(bucket) = row.get_mut(place) {
                bucket.add(millis, millis_of(FORGET_ONE), 1, MOST_FAILURES);
            }
        }
        let micros = self.micros(now);
        let most = u64::MAX / self.load_forget_one.max(1);
        self.load.add(
            micros,
            self.load_forget_one,
            u64::from(weight),
            most.min(self.load_cap()),
        );
    }

    /// Counts an attempt that is a guess at two things.
    pub fn count_all(&mut self, slot: Slot, other: Option<Slot>, weight: u32, now: Instant) {
        self.count(slot, weight, now);
        if let Some(other) = other {
            // Of load it was one attempt.
            self.count(other, 0, now);
        }
    }

    /// Takes back what [`Self::count`] counted for this subject: the attempt was none.
    pub fn forgive(&mut self, slot: Slot) {
        for (row, place) in self.rows.iter_mut().zip(slot.0) {
            if let Some(bucket) = row.get_mut(place) {
                bucket.take_back(millis_of(FORGET_ONE));
            }
        }
    }

    /// The load in steps that count as failures: half a minute's worth of calm attempts each, so that it falls by
    /// two steps a minute as failures do. The first of them is free: a relay may be as busy as that.
    fn load_steps(&self, now: Instant) -> u64 {
        let attempts = self.load.count(self.micros(now), self.load_forget_one);
        attempts.saturating_mul(self.load_forget_one) / micros_of(FORGET_ONE)
    }

    fn load_cap(&self) -> u64 {
        (micros_of(FORGET_ONE) / self.load_forget_one.max(1) + 1).saturating_mul(MOST_FAILURES)
    }

    fn millis(&self, now: Instant) -> u64 {
        millis_of(now.saturating_duration_since(self.start))
    }

    fn micros(&self, now: Instant) -> u64 {
        micros_of(now.saturating_duration_since(self.start))
    }
}

fn millis_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn micros_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: u32 = 600;

    fn second(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn price_table() {
        let prices: Vec<u8> = (0..=26).map(price_of).collect();
        assert_eq!(
            prices,
            [
                0, 0, 0, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20,
                20, 20, 20
            ]
        );
        assert_eq!(price_of(u64::MAX), limits::PUZZLE_BITS);
    }

    #[test]
    fn third_failure_is_priced_and_each_minute_halves() {
        let start = Instant::now();
        let mut prices = Prices::new(start, u32::MAX);
        let slot = prices.slot(&Subject::new([7; 32]));
        for (failures, bits) in [(1, 0), (2, 0), (3, 10), (4, 10), (5, 11)] {
            prices.count(slot, 1, start);
            assert_eq!(prices.price(slot, start), bits, "after {failures} failures");
        }
        for _ in 0..100 {
            prices.count(slot, 1, start);
        }
        // 23 failures are remembered, however many there were: the cap falls by a bit a minute.
        for minute in 0..=10 {
            let now = second(start, 60 * minute);
            assert_eq!(
                u64::from(prices.price(slot, now)),
                20 - minute,
                "after {minute} minutes"
            );
        }
        assert_eq!(prices.price(slot, second(start, 11 * 60)), 0);
    }

    #[test]
    fn failures_far_apart_cost_nothing() {
        let start = Instant::now();
        let mut prices = Prices::new(start, CALM);
        let slot = prices.slot(&Subject::new([1; 32]));
        for attempt in 0..50 {
            prices.count(slot, 1, second(start, 30 * attempt));
            assert_eq!(prices.price(slot, second(start, 30 * attempt)), 0);
        }
    }

    #[test]
    fn success_is_taken_back() {
        let start = Instant::now();
        let mut prices = Prices::new(start, CALM);
        let slot = prices.slot(&Subject::new([1; 32]));
        for _ in 0..10 {
            prices.count(slot, 1, start);
            prices.forgive(slot);
        }
        assert_eq!(prices.price(slot, start), 0);
        prices.forgive(slot);
        for _ in 0..3 {
            prices.count(slot, 1, start);
        }
        assert_eq!(prices.price(slot, start), 10, "nothing can be saved up");
    }

    #[test]
    fn one_room_leaves_the_others_alone() {
        let start = Instant::now();
        let mut prices = Prices::new(start, u32::MAX);
        let flooded = prices.slot(&Subject::new([1; 32]));
        for _ in 0..100 {
            prices.count(flooded, 1, start);
        }
        let dear = (0..=255)
            .filter(|n| *n != 1)
            .map(|n| prices.slot(&Subject::new([n; 32])))
            .filter(|slot| prices.price(*slot, start) > 0)
            .count();
        assert_eq!(dear, 0);
    }

    #[test]
    fn slots_are_keyed_anew() {
        let start = Instant::now();
        let subject = Subject::new([1; 32]);
        let slots: Vec<Slot> = (0..8).map(|_| Prices::new(start, CALM).slot(&subject)).collect();
        assert!(slots.iter().any(|slot| Some(slot) != slots.first()));
    }

    #[test]
    fn load_on_the_whole_relay_raises_every_price() {
        let start = Instant::now();
        let mut prices = Prices::new(start, CALM);
        let bystander = prices.slot(&Subject::new([0; 32]));
        let flood = |prices: &mut Prices, attempts: u32, now: Instant| {
            for n in 0..attempts {
                let mut subject = [1; 32];
                subject[..4].copy_from_slice(&n.to_be_bytes());
                let slot = prices.slot(&Subject::new(subject));
                prices.count(slot, 1, now);
            }
        };
        flood(&mut prices, 899, start);
        assert_eq!(
            prices.price(bystander, start),
            0,
            "a busy relay is not yet a flooded one"
        );
        flood(&mut prices, 1, start);
        assert_eq!(prices.price(bystander, start), 10);
        flood(&mut prices, 600, start);
        assert_eq!(prices.price(bystander, start), 11);
        assert_eq!(prices.price(bystander, second(start, 60)), 10);
        flood(&mut prices, 100_000, second(start, 60));
        let at_cap = prices.price(bystander, second(start, 60));
        assert_eq!(at_cap, limits::PUZZLE_BITS);
        assert_eq!(
            prices.price(bystander, second(start, 60 * 12)),
            0,
            "the worst flood is over after eleven minutes"
        );
    }

    #[test]
    fn weight_counts_towards_the_load_only() {
        let start = Instant::now();
        let mut prices = Prices::new(start, CALM);
        let slot = prices.slot(&Subject::new([9; 32]));
        prices.count(slot, 4, start);
        assert_eq!(prices.price(slot, start), 0);
        for n in 0..224u8 {
            let other = prices.slot(&Subject::new([n; 32]));
            prices.count(other, 4, start);
            prices.forgive(other);
        }
        let fresh = prices.slot(&Subject::new([255; 32]));
        assert_eq!(prices.price(fresh, start), 10);
    }
}
