//! What a tab has seen of the room's messages: turn and revision never go back, one message for each, and each
//! message follows the one before. `docs/crypto.md`, "What a session checks".

use alloc::vec::Vec;

use sotto_protocol::{Header, MessageHash, MessageId, Seat, record};

use crate::view::AlarmKind;

/// The last message that was accepted, also while the tab is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain {
    /// Its number, 0 before the first.
    turn: u64,
    /// The hash of its last revision that was shown.
    last: MessageHash,
    /// The hash of the message before it, as far as that was shown.
    before: Option<MessageHash>,
    /// Who wrote it.
    author: Option<Seat>,
    /// What its header says, if it was opened.
    opened: Option<Opened>,
    /// Every revision that was opened, in order.
    revisions: Vec<Revision>,
    /// It was deleted, and the author proved it.
    gone: bool,
    /// Something was refused, or a connection lay between: the next message may follow one that was not shown.
    gap: bool,
}

record!(Chain {
    turn,
    last,
    before,
    author,
    opened,
    revisions,
    gone,
    gap
});

/// What stays the same in all revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Opened {
    id: MessageId,
    prev: MessageHash,
}

record!(Opened { id, prev });

#[derive(Debug, Clone, PartialEq, Eq)]
struct Revision {
    rev: u32,
    hash: MessageHash,
}

record!(Revision { rev, hash });

/// How a message fits what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is what was seen.
    Same,
    /// It is a later revision, or a later turn.
    Next,
    /// It is a later turn whose answered message was not shown, after a gap: taken, and said.
    AfterGap,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            turn: 0,
            last: MessageHash::NONE,
            before: None,
            author: None,
            opened: None,
            revisions: Vec::new(),
            gone: false,
            // A fresh tab may come into any turn.
            gap: true,
        }
    }
}

impl Chain {
    /// The last message's number.
    pub(super) const fn turn(&self) -> u64 {
        self.turn
    }

    /// The hash of its last revision: what the next message's `prev` is.
    pub(super) const fn last(&self) -> MessageHash {
        self.last
    }

    /// Who wrote it, if that is known.
    pub(super) const fn author(&self) -> Option<Seat> {
        self.author
    }

    /// Whether it was deleted for good.
    pub(super) const fn is_gone(&self) -> bool {
        self.gone
    }

    /// Something may be missed from now on.
    pub(super) const fn open_gap(&mut self) {
        self.gap = true;
    }

    /// Nothing is missed: what is shown is what the relay says now.
    pub(super) const fn close_gap(&mut self) {
        self.gap = false;
    }

    /// Whether something may have been missed.
    pub(super) const fn has_gap(&self) -> bool {
        self.gap
    }

    /// Whether an opened message may be shown.
    pub(super) fn judge(&self, header: &Header, hash: &MessageHash) -> Result<Fit, AlarmKind> {
        if header.turn < self.turn || (header.turn == self.turn && self.gone) {
            return Err(AlarmKind::RolledBack);
        }
        if header.turn == self.turn {
            return self.judge_revision(header, hash);
        }
        let follows = header.turn == self.turn.saturating_add(1) && header.prev == self.last;
        match (follows, self.gap) {
            (true, _) => Ok(Fit::Next),
            // Turns that went by unseen leave nothing to hold it against.
            (false, true) if self.turn == 0 || header.turn > self.turn.saturating_add(1) => Ok(Fit::Next),
            (false, true) => Ok(Fit::AfterGap),
            (false, false) => Err(AlarmKind::ChainBroken),
        }
    }

    fn judge_revision(&self, header: &Header, hash: &MessageHash) -> Result<Fit, AlarmKind> {
        if let Some(known) = self.revisions.iter().find(|known| known.rev == header.rev) {
            return match (known.hash == *hash, self.last == *hash) {
                (true, true) => Ok(Fit::Same),
                (true, false) => Err(AlarmKind::RolledBack),
                (false, _) => Err(AlarmKind::Replayed),
            };
        }
        if self.revisions.last().is_some_and(|last| header.rev < last.rev) {
            return Err(AlarmKind::RolledBack);
        }
        let (id, prev) = (header.id, header.prev);
        let continues = self
            .opened
            .as_ref()
            .is_none_or(|opened| *opened == Opened { id, prev })
            && self.author.is_none_or(|author| author == header.seat);
        if continues {
            Ok(Fit::Next)
        } else {
            Err(AlarmKind::ChainBroken)
        }
    }

    /// Whether a message that is not sealed to me may be shown: only turn and hash are known of it.
    pub(super) const fn judge_unsealed(&self, turn: u64) -> Result<(), AlarmKind> {
        if turn < self.turn || (turn == self.turn && self.gone) {
            Err(AlarmKind::RolledBack)
        } else {
            Ok(())
        }
    }

    /// An opened message is shown.
    pub(super) fn accept(&mut self, header: &Header, hash: MessageHash) {
        self.turn_to(header.turn);
        self.author = Some(header.seat);
        self.opened = Some(Opened {
            id: header.id,
            prev: header.prev,
        });
        if self.revisions.iter().all(|known| known.rev != header.rev) {
            self.revisions.push(Revision {
                rev: header.rev,
                hash,
            });
        }
        self.last = hash;
    }

    /// A message that is not sealed to me is shown.
    pub(super) fn accept_unsealed(&mut self, turn: u64, author: Seat, hash: MessageHash) {
        self.turn_to(turn);
        self.author = Some(author);
        self.last = hash;
    }

    /// The last message is deleted.
    pub(super) fn accept_deleted(&mut self, turn: u64, author: Seat, hash: MessageHash) {
        self.turn_to(turn);
        self.author = Some(author);
        self.last = hash;
        self.gone = true;
    }

    fn turn_to(&mut self, turn: u64) {
        if turn != self.turn {
            let before = (turn == self.turn.saturating_add(1) && self.turn > 0).then_some(self.last);
            *self = Self {
                turn,
                before,
                gap: self.gap,
                ..Self::default()
            };
        }
    }

    /// Whether this is the hash of a revision of the last message that was shown here.
    pub(super) fn knows(&self, hash: &MessageHash) -> bool {
        self.revisions.iter().any(|known| known.hash == *hash)
    }

    /// Whether every revision of the last message, from the first, was shown here.
    pub(super) fn is_whole(&self) -> bool {
        self.revisions
            .iter()
            .map(|known| known.rev)
            .eq((0..).take(self.revisions.len()))
    }

    /// Whether this is a revision that was followed by another, or the message before.
    pub(super) fn is_past(&self, hash: &MessageHash) -> bool {
        *hash != self.last && (self.knows(hash) || self.before == Some(*hash))
    }

    /// The last revision that was opened, 0 if none was.
    pub(super) fn rev(&self) -> u32 {
        self.revisions.last().map_or(0, |last| last.rev)
    }
}

#[cfg(test)]
mod tests;
