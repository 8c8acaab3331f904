//! How much one source may do: where the price of an attempt slows a guesser, this slows one who only wants to be in the
//! way. A source is a client's address (of IPv6 its /64, for a household has that many), as trusted proxies in front name
//! it.
//!
//! **What is kept:** of no address anything but two places in a table of counts (`table`), chosen by HMAC-SHA256 under a
//! random key. Key and table are in memory only, are thrown away together every hour, and are written or logged nowhere.
//! A connection keeps its two places for as long as it lasts, and its address for no longer than it takes to find them.
//! (`docs/decisions/sources.md`)
//!
//! **Who is not limited:** the trusted proxies themselves, this machine among them if nothing else is set. Whoever comes
//! from there stands for all whom it does not name: an onion service's daemon, a proxy without a header, a tunnel.

mod table;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac as _};
use ipnet::IpNet;
use sha2::Sha256;
use zeroize::Zeroizing;

pub use self::table::Use;
use self::table::{PLACES, Places, Rate, Rates, Table};
use crate::config::Config;

/// How long a key is used, and what was counted under it.
const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

/// The sources of one relay.
#[derive(Debug)]
pub struct Sources {
    rates: Rates,
    is_on: bool,
    unlimited: Vec<IpNet>,
    present: Mutex<Hour>,
}

/// What is thrown away together.
struct Hour {
    since: Instant,
    /// Which hour it is since the start.
    number: u32,
    /// As long as the hash's block: RFC 2104 takes it as it is.
    key: Zeroizing<[u8; 64]>,
    table: Table,
}

/// A source, as a connection knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    places: Places,
    /// The hour under whose key they are.
    hour: u32,
}

/// A connection that is counted until this is dropped.
#[derive(Debug)]
pub struct Entered {
    sources: Arc<Sources>,
    source: Source,
}

/// The source has as many connections as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many connections from one source")]
pub struct TooMany;

impl Sources {
    /// Of which none has done anything.
    pub fn new(config: &Config) -> Self {
        let limits = &config.limits;
        let rates = Rates {
            rates: [
                Rate::new(limits.source_requests, MINUTE),
                Rate::new(limits.source_frames, MINUTE),
                Rate::new(limits.source_bytes, MINUTE),
                Rate::new(limits.source_attempts, MINUTE),
                Rate::new(limits.source_rooms, HOUR),
            ],
            connections: limits.source_connections,
        };
        Self {
            rates,
            is_on: !limits.onion,
            unlimited: config.trusted_proxies.clone(),
            present: Mutex::new(Hour::new(rates, 0, Instant::now())),
        }
    }

    /// The source of an address; none if it is not limited.
    pub fn of(&self, address: IpAddr) -> Option<Source> {
        self.source(address, Instant::now())
    }

    fn source(&self, address: IpAddr, now: Instant) -> Option<Source> {
        let address = address.to_canonical();
        if !self.is_on || self.unlimited.iter().any(|network| network.contains(&address)) {
            return None;
        }
        Some(self.present(now).source(address))
    }

    /// Uses this often; false, and nothing is used, if the source has used what it may.
    pub fn allows(&self, source: Option<Source>, used: Use, times: u32) -> bool {
        // Whoever is not limited is not asked for the time either.
        source.is_none() || self.allows_at(source, used, times, Instant::now())
    }

    fn allows_at(&self, source: Option<Source>, used: Use, times: u32, now: Instant) -> bool {
        source.is_none_or(|source| {
            let mut hour = self.present(now);
            let age = now.saturating_duration_since(hour.since);
            hour.table.allows(source.places, used, times, age)
        })
    }

    /// Counts a connection while it lasts; one from an hour that is over is not counted any more.
    pub fn enter(self: &Arc<Self>, source: Option<Source>) -> Result<Option<Entered>, TooMany> {
        self.enter_at(source, Instant::now())
    }

    fn enter_at(self: &Arc<Self>, source: Option<Source>, now: Instant) -> Result<Option<Entered>, TooMany> {
        let Some(source) = source else { return Ok(None) };
        let mut hour = self.present(now);
        if !hour.table.enter(source.places) {
            return Err(TooMany);
        }
        let source = Source {
            hour: hour.number,
            ..source
        };
        drop(hour);
        Ok(Some(Entered {
            sources: Arc::clone(self),
            source,
        }))
    }

    /// Throws key and counts away if their hour is over, though nobody comes.
    pub fn look(&self) {
        drop(self.present(Instant::now()));
    }

    fn present(&self, now: Instant) -> MutexGuard<'_, Hour> {
        let mut hour = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(hour.since) >= HOUR {
            *hour = Hour::new(self.rates, hour.number.wrapping_add(1), now);
        }
        hour
    }
}

impl Hour {
    fn new(rates: Rates, number: u32, now: Instant) -> Self {
        let mut key = Zeroizing::new([0; 64]);
        // Without randomness the places can be told in advance; what is limited is the same.
        let _ = getrandom::fill(&mut *key);
        Self {
            since: now,
            number,
            key,
            table: Table::new(rates),
        }
    }

    fn source(&self, address: IpAddr) -> Source {
        // The two kinds of address have other lengths, so neither stands for one of the other.
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&(*self.key).into());
        match address {
            IpAddr::V4(v4) => mac.update(&v4.octets()),
            IpAddr::V6(v6) => mac.update(&((v6.to_bits() >> 64) as u64).to_be_bytes()),
        }
        let hash: [u8; 32] = mac.finalize().into_bytes().into();
        let [a, b, c, d, ..] = hash;
        let place = |bytes| u16::from_be_bytes(bytes) % PLACES;
        Source {
            places: Places([place([a, b]), place([c, d])]),
            hour: self.number,
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut hour = self.sources.present(Instant::now());
        if hour.number == self.source.hour {
            hour.table.leave(self.source.places);
        }
    }
}

/// It shows neither key nor counts.
impl std::fmt::Debug for Hour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hour(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(flags: &[&str]) -> Arc<Sources> {
        Arc::new(Sources::new(&Config::from_flags(flags).unwrap()))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_a_source_and_of_ipv6_its_64() {
        let sources = sources(&[]);
        let of = |text| sources.of(address(text)).unwrap();
        assert_eq!(of("192.0.2.1"), of("192.0.2.1"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:1:ffff::9"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
    }

    #[test]
    fn this_machine_and_trusted_proxies_are_not_limited_and_nobody_is_with_onion() {
        let usual = sources(&[]);
        assert_eq!(usual.of(address("127.0.0.1")), None);
        assert_eq!(usual.of(address("::1")), None);
        assert!(usual.of(address("10.0.0.1")).is_some());
        let named = sources(&["--trusted-proxies", "10.0.0.0/8"]);
        assert_eq!(named.of(address("::ffff:10.0.0.1")), None);
        assert!(named.of(address("127.0.0.1")).is_some());
        assert_eq!(sources(&["--onion"]).of(address("192.0.2.1")), None);
        assert!(usual.allows(None, Use::Room, u32::MAX));
        assert_eq!(usual.enter(None).map(|entered| entered.is_none()), Ok(true));
    }

    #[test]
    fn key_and_counts_go_together_after_an_hour() {
        let sources = sources(&["--source-rooms", "2", "--source-connections", "1"]);
        let start = sources.present.lock().unwrap().since;
        let before = sources.source(address("192.0.2.1"), start);
        let key = sources.present.lock().unwrap().key.clone();
        let makes = |source, now| sources.allows_at(source, Use::Room, 1, now);
        assert_eq!([(); 3].map(|()| makes(before, start)), [true, true, false]);
        let entered = sources.enter_at(before, start).unwrap().unwrap();
        assert!(sources.enter_at(before, start).is_err());

        let late = start + Duration::from_secs(3599);
        assert_eq!(sources.source(address("192.0.2.1"), late), before);
        // Two rooms an hour: one is forgotten by now.
        assert_eq!([(); 2].map(|()| makes(before, late)), [true, false]);
        let turned = start + HOUR;
        let after = sources.source(address("192.0.2.1"), turned);
        assert_ne!(after, before);
        assert_ne!(*sources.present.lock().unwrap().key, *key);
        // What is open goes on, at its old places in a table that is empty.
        assert_eq!([(); 3].map(|()| makes(before, turned)), [true, true, false]);
        let again = sources.enter_at(before, turned).unwrap().unwrap();
        drop(entered);
        assert!(
            sources.enter_at(before, turned).is_err(),
            "one of the hour before is not taken off"
        );
        drop(again);
        assert!(sources.enter_at(before, turned).is_ok());
    }

    /// Breaks when: the places of a source can be told without the key.
    #[test]
    fn other_keys_make_other_places() {
        let places = |_| sources(&[]).of(address("192.0.2.1")).unwrap().places;
        assert_ne!(places(1), places(2));
        assert_ne!(places(3), places(4));
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let sources = sources(&[]);
        let _ = sources.of(address("192.0.2.1"));
        assert!(
            format!("{sources:?}").contains("present: Mutex { data: Hour(..)"),
            "{sources:?}"
        );
    }
}
