//! Who is let in: whoever runs the relay can stop new rooms, or let nobody new in so that it empties. It lasts until it is
//! taken back or the relay is started again.

use std::sync::atomic::{AtomicU8, Ordering};

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// All.
    All,
    /// All but new rooms.
    NoNewRooms,
    /// Nothing new: connections that are open stay, no other comes.
    Draining,
}

/// The present state.
#[derive(Debug, Default)]
pub struct Doors(AtomicU8);

impl Doors {
    /// What is open now.
    pub fn now(&self) -> Open {
        match self.0.load(Ordering::Relaxed) {
            0 => Open::All,
            1 => Open::NoNewRooms,
            _ => Open::Draining,
        }
    }

    /// From now on this is open.
    pub fn set(&self, open: Open) {
        let state = match open {
            Open::All => 0,
            Open::NoNewRooms => 1,
            Open::Draining => 2,
        };
        self.0.store(state, Ordering::Relaxed);
    }
}
