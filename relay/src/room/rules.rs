//! The settings that the machine decides by.

use sotto_protocol::limits;

/// How long things last. All in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// How long a room may be made to live, shortest first.
    pub lifetimes: Vec<u32>,
    /// What every stored time is rounded up to, so that it tells nobody when something was done.
    pub grain: u32,
    /// How long a token or a sealed invitation stays good.
    pub invite: u32,
}

impl Default for Rules {
    /// An hour, a day, a week, 30 days; by the hour; a day.
    fn default() -> Self {
        Self {
            lifetimes: vec![3_600, 86_400, 604_800, 2_592_000],
            grain: 3_600,
            invite: u32::try_from(limits::INVITE_SECONDS).unwrap_or(u32::MAX),
        }
    }
}

impl Rules {
    /// The time, rounded up to the grain.
    pub fn round_up(&self, time: u64) -> u64 {
        let grain = u64::from(self.grain.max(1));
        time.div_ceil(grain).saturating_mul(grain)
    }

    /// The latest end that a room can be given now.
    pub fn latest_end(&self, now: u64) -> u64 {
        let longest = self.lifetimes.iter().max().copied().unwrap_or_default();
        self.round_up(now.saturating_add(longest.into()))
    }
}
