//! Rooms as they are on disk, kept at hand: who writes in a room that was used a moment ago waits for no read.
//!
//! It never holds what the database does not: a room comes in as it was read, or once its change is committed; whatever
//! is not certain to be on disk is forgotten and read again. Bounded by bytes, so that it is the same whether a hundred
//! rooms are busy or a million.

use std::collections::HashMap;
use std::sync::Arc;

use crate::room::{Message, RoomKey, RoomState};

/// What a room takes beside its byte strings, about.
const BESIDE: usize = 1024;

/// The rooms of late, in two generations: what is used moves to the young one; when that is full, what has not moved
/// since the last time goes.
#[derive(Debug)]
pub(super) struct Hot {
    young: HashMap<RoomKey, Arc<RoomState>>,
    old: HashMap<RoomKey, Arc<RoomState>>,
    /// Of the young ones.
    bytes: usize,
    /// At which the young ones become old.
    half: usize,
}

impl Hot {
    /// For rooms of so many bytes altogether.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            bytes: 0,
            half: bytes / 2,
        }
    }

    /// The room, if it is at hand.
    pub(super) fn get(&mut self, key: &RoomKey) -> Option<Arc<RoomState>> {
        if let Some(room) = self.young.get(key) {
            return Some(Arc::clone(room));
        }
        let room = self.old.remove(key)?;
        self.put(*key, Arc::clone(&room));
        Some(room)
    }

    /// The room is this on disk.
    pub(super) fn put(&mut self, key: RoomKey, room: Arc<RoomState>) {
        self.bytes += size(&room);
        match self.young.insert(key, room) {
            Some(before) => self.bytes = self.bytes.saturating_sub(size(&before)),
            None => drop(self.old.remove(&key)),
        }
        if self.bytes > self.half {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
    }

    /// The room is gone, or it is not certain what it is on disk.
    pub(super) fn forget(&mut self, key: &RoomKey) {
        if let Some(room) = self.young.remove(key) {
            self.bytes = self.bytes.saturating_sub(size(&room));
        }
        self.old.remove(key);
    }

    /// It is not certain of any room.
    pub(super) fn forget_all(&mut self) {
        *self = Self::new(2 * self.half);
    }
}

/// What an invite takes beside its sealed invitation, about.
const INVITE: usize = 128;

/// About what a room takes.
pub(super) fn size(room: &RoomState) -> usize {
    let held: usize = room
        .held
        .values()
        .map(|held| held.vault.len() + held.card.len())
        .sum();
    let message = match &room.message {
        Some(Message::Standing(standing)) => {
            let boxes: usize = standing.envelope.boxes.iter().map(Vec::len).sum();
            standing.envelope.header.len() + standing.envelope.body.len() + boxes
        }
        _ => 0,
    };
    let invites: usize = room
        .invites
        .values()
        .map(|invite| INVITE + invite.invitation.as_ref().map_or(0, |(_, sealed)| sealed.len()))
        .sum();
    BESIDE + held + invites + message
}

#[cfg(test)]
mod tests {
    use sotto_protocol::{MessageHash, SeatMap};

    use super::*;

    fn room(turn: u64) -> Arc<RoomState> {
        Arc::new(RoomState {
            size: 2,
            expires_at: 1,
            turn,
            last: MessageHash::NONE,
            held: SeatMap::new(),
            invites: SeatMap::new(),
            traces: SeatMap::new(),
            message: None,
        })
    }

    fn key(number: u8) -> RoomKey {
        RoomKey::new([number; 32])
    }

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let mut hot = Hot::new(20 * BESIDE);
        for number in 0..200 {
            hot.put(key(number), room(1));
            assert!(hot.get(&key(0)).is_some(), "{number}");
            assert!(hot.young.len() + hot.old.len() <= 22, "{number}");
        }
        assert!(hot.get(&key(1)).is_none());
    }

    #[test]
    fn the_last_one_counts_and_what_is_forgotten_is_gone() {
        let mut hot = Hot::new(20 * BESIDE);
        for turn in 0..15 {
            hot.put(key(0), room(turn));
            assert_eq!(hot.get(&key(0)).unwrap().turn, turn);
        }
        assert_eq!(hot.bytes, BESIDE, "replaced, not added");
        hot.forget(&key(0));
        assert!(hot.get(&key(0)).is_none());
        hot.put(key(1), room(1));
        hot.forget_all();
        assert!(hot.get(&key(1)).is_none());
    }
}
