//! At the cap: one attempt a second for a subject, drawn at random from those that wait.
//!
//! First one of the networks that wait is drawn, then one of its attempts. So a flood delays an honest attempt by
//! about a second for each network that takes part in it, not for each attempt. What waits is bounded; where the
//! bound is reached, a newcomer takes the place of one that is drawn the same way, so nobody can fill it for good.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use sotto_protocol::Subject;

/// How long a subject waits between two attempts.
pub const INTERVAL: Duration = Duration::from_secs(1);
/// How many attempts of one network wait for one subject.
const ATTEMPTS: usize = 4;
/// How many networks wait for one subject.
const NETWORKS: usize = 1024;
/// How many subjects have attempts waiting.
const SUBJECTS: usize = 256;

/// Where an attempt comes from: an IPv4 address's /24 or an IPv6 address's /56. Kept in memory while it waits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(u64);

impl Network {
    /// The network of an address.
    pub fn of(address: IpAddr) -> Self {
        // IPv6 networks that are handed out begin with bits 001, so neither kind stands for one of the other.
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u64::from(v4.to_bits() >> 8)),
            IpAddr::V6(v6) => Self(((v6.to_bits() >> 72) as u64) | (1 << 63)),
        }
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Network(..)")
    }
}

/// What waits for one subject.
#[derive(Debug)]
struct Waiting<T> {
    networks: Vec<(Network, Vec<T>)>,
    /// The subject's next attempt is not before this.
    next: Instant,
}

/// The attempts that wait; `T` stands for one of them.
#[derive(Debug)]
pub struct Draw<T> {
    subjects: HashMap<Subject, Waiting<T>>,
}

impl<T> Default for Draw<T> {
    fn default() -> Self {
        Self {
            subjects: HashMap::new(),
        }
    }
}

impl<T> Draw<T> {
    /// Lets an attempt wait. Returns the one that has to go for it, if the bound is reached; where too many
    /// subjects wait already, that is the newcomer itself.
    ///
    /// `below(n)` is a random number below `n`, for every `n` above 0.
    pub fn enter(
        &mut self,
        subject: Subject,
        network: Network,
        attempt: T,
        now: Instant,
        below: &mut impl FnMut(usize) -> usize,
    ) -> Option<T> {
        if !self.subjects.contains_key(&subject) && self.subjects.len() >= SUBJECTS {
            return Some(attempt);
        }
        let waiting = self.subjects.entry(subject).or_insert_with(|| Waiting {
            networks: Vec::new(),
            next: now,
        });
        if let Some((_, attempts)) = waiting.networks.iter_mut().find(|(other, _)| *other == network) {
            let out = if attempts.len() < ATTEMPTS {
                None
            } else {
                take(attempts, below)
            };
            attempts.push(attempt);
            return out;
        }
        let out = if waiting.networks.len() < NETWORKS {
            None
        } else {
            waiting.draw(below)
        };
        waiting.networks.push((network, vec![attempt]));
        out
    }

    /// One attempt for each subject whose second is over.
    pub fn draw(&mut self, now: Instant, below: &mut impl FnMut(usize) -> usize) -> Vec<T> {
        let mut drawn = Vec::new();
        self.subjects.retain(|_, waiting| {
            if now < waiting.next {
                return true;
            }
            waiting.next = now + INTERVAL;
            let attempt = waiting.draw(below);
            let goes_on = attempt.is_some();
            drawn.extend(attempt);
            // A subject stays for a second after its last attempt, so that the next one keeps the distance.
            goes_on
        });
        drawn
    }

    /// Forgets attempts that nobody waits for any more.
    pub fn retain(&mut self, mut still_waits: impl FnMut(&T) -> bool) {
        for waiting in self.subjects.values_mut() {
            waiting.networks.retain_mut(|(_, attempts)| {
                attempts.retain(&mut still_waits);
                !attempts.is_empty()
            });
        }
    }

    /// When [`Self::draw`] has something to do next.
    pub fn next(&self) -> Option<Instant> {
        self.subjects.values().map(|waiting| waiting.next).min()
    }
}

impl<T> Waiting<T> {
    fn draw(&mut self, below: &mut impl FnMut(usize) -> usize) -> Option<T> {
        if self.networks.is_empty() {
            return None;
        }
        let place = below(self.networks.len()).min(self.networks.len() - 1);
        let (_, attempts) = self.networks.get_mut(place)?;
        let attempt = take(attempts, below);
        if attempts.is_empty() {
            self.networks.swap_remove(place);
        }
        attempt
    }
}

/// Takes one of them at random.
fn take<T>(attempts: &mut Vec<T>, below: &mut impl FnMut(usize) -> usize) -> Option<T> {
    if attempts.is_empty() {
        return None;
    }
    let place = below(attempts.len()).min(attempts.len() - 1);
    Some(attempts.swap_remove(place))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const SUBJECT: Subject = Subject::new([1; 32]);

    fn network(n: u32) -> Network {
        Network::of(Ipv4Addr::from_bits(n << 8).into())
    }

    /// Random numbers enough for a test, the same ones each time.
    fn random() -> impl FnMut(usize) -> usize {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        move |n| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % n as u64).unwrap()
        }
    }

    #[test]
    fn networks_are_24_and_56_bits_wide() {
        let of = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(of("192.0.2.1"), of("192.0.2.254"));
        assert_ne!(of("192.0.2.1"), of("192.0.3.1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.9"));
        assert_eq!(of("2001:db8:0:ff00::1"), of("2001:db8:0:ffff:1:2:3:4"));
        assert_ne!(of("2001:db8:0:fe00::1"), of("2001:db8:0:ff00::1"));
        assert_ne!(Network::of(Ipv6Addr::from_bits(7 << 72).into()), network(7));
    }

    #[test]
    fn one_attempt_a_second_for_a_subject() {
        let (start, mut draw, mut random) = (Instant::now(), Draw::default(), random());
        for n in 0..3 {
            assert_eq!(draw.enter(SUBJECT, network(n), n, start, &mut random), None);
        }
        draw.enter(Subject::new([2; 32]), network(0), 100, start, &mut random);
        let mut first = draw.draw(start, &mut random);
        first.sort_unstable();
        assert_eq!(first.len(), 2, "one for each subject");
        assert_eq!(first.last(), Some(&100));
        assert!(draw.draw(start + INTERVAL / 2, &mut random).is_empty());
        assert_eq!(draw.next(), Some(start + INTERVAL));
        assert_eq!(draw.draw(start + INTERVAL, &mut random).len(), 1);
        assert_eq!(draw.draw(start + INTERVAL * 2, &mut random).len(), 1);
        assert!(draw.draw(start + INTERVAL * 3, &mut random).is_empty());
        assert_eq!(draw.next(), None, "nothing stays behind");
    }

    #[test]
    fn the_second_holds_also_when_the_queue_was_empty() {
        let (start, mut draw, mut random) = (Instant::now(), Draw::default(), random());
        draw.enter(SUBJECT, network(1), 1, start, &mut random);
        assert_eq!(draw.draw(start, &mut random), [1]);
        draw.enter(SUBJECT, network(1), 2, start, &mut random);
        assert!(draw.draw(start, &mut random).is_empty());
        assert_eq!(draw.draw(start + INTERVAL, &mut random), [2]);
    }

    #[test]
    fn a_flood_from_one_network_costs_two_draws_on_average() {
        let (start, mut random) = (Instant::now(), random());
        let mut waited = 0;
        for _ in 0..200 {
            let mut draw = Draw::default();
            for _ in 0..ATTEMPTS {
                draw.enter(SUBJECT, network(1), false, start, &mut random);
            }
            draw.enter(SUBJECT, network(2), true, start, &mut random);
            let mut now = start;
            loop {
                waited += 1;
                let drawn = draw.draw(now, &mut random);
                if drawn == [true] {
                    break;
                }
                // The flood goes on.
                draw.enter(SUBJECT, network(1), false, now, &mut random);
                now += INTERVAL;
            }
        }
        assert!((300..500).contains(&waited), "{waited} draws for 200 attempts");
    }

    #[test]
    fn bounds_hold_and_a_newcomer_gets_in() {
        let (start, mut draw, mut random) = (Instant::now(), Draw::default(), random());
        for n in 0..ATTEMPTS {
            assert_eq!(draw.enter(SUBJECT, network(1), n, start, &mut random), None);
        }
        let out = draw.enter(SUBJECT, network(1), 99, start, &mut random);
        assert!(out.is_some_and(|n| n < ATTEMPTS), "one of the same network goes");
        let mut many = Draw::default();
        for n in 0..NETWORKS {
            assert_eq!(
                many.enter(SUBJECT, network(u32::try_from(n).unwrap()), n, start, &mut random),
                None
            );
        }
        let out = many.enter(SUBJECT, network(1 << 20), NETWORKS, start, &mut random);
        assert!(out.is_some_and(|n| n < NETWORKS), "a random one goes");
        assert_eq!(
            many.subjects
                .values()
                .map(|waiting| waiting.networks.len())
                .sum::<usize>(),
            NETWORKS
        );
        let mut wide = Draw::default();
        for n in 0..=SUBJECTS {
            let mut subject = [0; 32];
            subject[..8].copy_from_slice(&(n as u64).to_be_bytes());
            let out = wide.enter(Subject::new(subject), network(1), n, start, &mut random);
            assert_eq!(out, (n == SUBJECTS).then_some(n));
        }
    }

    #[test]
    fn who_left_is_not_drawn() {
        let (start, mut draw, mut random) = (Instant::now(), Draw::default(), random());
        for n in 0..20 {
            draw.enter(SUBJECT, network(n % 5), n, start, &mut random);
        }
        draw.retain(|n| *n == 13);
        assert_eq!(draw.draw(start, &mut random), [13]);
        draw.retain(|_| false);
        assert!(draw.draw(start + INTERVAL, &mut random).is_empty());
    }
}
