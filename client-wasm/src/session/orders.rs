//! What is on its way to the relay, until it is answered; a lost answer is asked for again with the same bytes.

use alloc::{boxed::Box, string::String, vec::Vec};

use sotto_protocol::{Command as Asked, Header, MessageHash, Seat};
use zeroize::Zeroizing;

use super::keys::Pass;
use super::room::Room;
use super::step::Step;
use crate::view::{Code, OutcomeKind, Sending};

/// A command, and what it was for.
pub(super) struct Order {
    pub(super) what: What,
    command: Asked,
    /// Its number and its time on the connection that there is; none if it is not sent there.
    sent: Option<(u32, u64)>,
}

/// What a command was for, with what its success changes here.
pub(super) enum What {
    Send {
        header: Header,
        hash: MessageHash,
        text: Zeroizing<String>,
    },
    Edit {
        header: Header,
        hash: MessageHash,
        text: Zeroizing<String>,
        base: MessageHash,
    },
    Delete {
        hash: MessageHash,
    },
    Read {
        hash: MessageHash,
    },
    Invite(Code),
    Withdraw(Seat),
    Extend,
    Passcode(Box<Pass>),
    Expire,
    /// Whether the proofs that my message is deleted go with it.
    Vacate {
        with_message: bool,
    },
}

/// What to do with an order when the room is there again.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Send the same bytes: the relay knows whether it had them.
    Resend,
    /// It is settled, and this is what became of it; nothing for what nobody waits for.
    Settled(Option<OutcomeKind>),
}

/// The orders, in the order in which they were given.
#[derive(Default)]
pub(super) struct Orders(Vec<Order>);

impl What {
    /// What the page is told is on its way.
    const fn sending(&self) -> Option<Sending> {
        match self {
            Self::Send { .. } => Some(Sending::Send),
            Self::Edit { .. } => Some(Sending::Edit),
            Self::Delete { .. } => Some(Sending::Delete),
            Self::Passcode(_) => Some(Sending::Passcode),
            Self::Expire => Some(Sending::Expire),
            Self::Vacate { .. } => Some(Sending::Vacate),
            Self::Read { .. } | Self::Invite(_) | Self::Withdraw(_) | Self::Extend => None,
        }
    }

    /// What to do after a new snapshot was taken into `room`.
    pub(super) fn again(&self, room: &Room) -> Again {
        let last = room.chain.last();
        match self {
            Self::Send { header, hash, .. } => {
                if has_arrived(room, hash) {
                    Again::Settled(Some(OutcomeKind::Sent))
                } else if room.chain.turn() > header.turn
                    || (last == header.prev && is_sealed_for(header, room))
                {
                    Again::Resend
                } else {
                    Again::Settled(Some(OutcomeKind::Conflict))
                }
            }
            Self::Edit {
                header, hash, base, ..
            } => {
                if has_arrived(room, hash) {
                    Again::Settled(Some(OutcomeKind::Edited))
                } else if room.chain.turn() > header.turn || (last == *base && is_sealed_for(header, room)) {
                    Again::Resend
                } else {
                    Again::Settled(Some(OutcomeKind::Conflict))
                }
            }
            Self::Delete { hash } if room.chain.is_gone() && last == *hash => {
                Again::Settled(Some(OutcomeKind::Deleted))
            }
            Self::Read { hash } if last != *hash => Again::Settled(None),
            _ => Again::Resend,
        }
    }
}

/// Whether a message of mine is in the room: it is the last one, or the last one answers it.
pub(super) fn has_arrived(room: &Room, hash: &MessageHash) -> bool {
    let answered = room.message.as_ref().and_then(|shown| shown.header());
    room.chain.last() == *hash || answered.is_some_and(|header| header.prev == *hash)
}

/// Whether a message is sealed to exactly the cards that one would be sealed to now.
fn is_sealed_for(header: &Header, room: &Room) -> bool {
    let mine = room.roster.mine();
    let now = room.roster.readers().map(sotto_crypto::Pair::peer);
    let now = now.chain([mine]).map(|peer| (peer.seat(), *peer.card_hash()));
    header.seats == now.collect()
}

impl Orders {
    /// What the page is told is on its way.
    pub(super) fn sending(&self) -> Option<Sending> {
        self.0.iter().find_map(|order| order.what.sending())
    }

    /// Whether this revision's read proofs are on their way.
    pub(super) fn has_read(&self, read: &MessageHash) -> bool {
        self.0
            .iter()
            .any(|order| matches!(&order.what, What::Read { hash } if hash == read))
    }

    /// The new passcode that is on its way.
    pub(super) fn new_pass(&self) -> Option<&Pass> {
        self.0.iter().find_map(|order| match &order.what {
            What::Passcode(pass) => Some(&**pass),
            _ => None,
        })
    }

    /// Whether an order of this kind is there.
    pub(super) fn has(&self, kind: Sending) -> bool {
        self.0.iter().any(|order| order.what.sending() == Some(kind))
    }

    /// Gives an order.
    pub(super) fn push(&mut self, what: What, command: Asked) {
        self.0.push(Order {
            what,
            command,
            sent: None,
        });
    }

    /// Sends what is not sent on the connection that there is.
    pub(super) fn flush(&mut self, step: &mut Step<'_>) {
        for order in &mut self.0 {
            if order.sent.is_none() {
                order.sent = Some((step.ask(order.command.clone()), step.now));
            }
        }
    }

    /// Takes the order that an answer is for.
    pub(super) fn answered(&mut self, reference: u32) -> Option<Order> {
        let is_it = |order: &Order| order.sent.is_some_and(|(sent, _)| sent == reference);
        let index = self.0.iter().position(is_it)?;
        Some(self.0.remove(index))
    }

    /// The connection is gone.
    pub(super) fn lost(&mut self) {
        for order in &mut self.0 {
            order.sent = None;
        }
    }

    /// Takes away what is settled, and returns what became of it.
    pub(super) fn settle(&mut self, mut again: impl FnMut(&What) -> Again) -> Vec<OutcomeKind> {
        let mut outcomes = Vec::new();
        self.0.retain(|order| match again(&order.what) {
            Again::Resend => true,
            Again::Settled(outcome) => {
                outcomes.extend(outcome);
                false
            }
        });
        outcomes
    }

    /// Takes a change of the passcode away, whatever became of it.
    pub(super) fn take_pass(&mut self) -> Option<Box<Pass>> {
        let is_it = |order: &Order| matches!(order.what, What::Passcode(_));
        let index = self.0.iter().position(is_it)?;
        match self.0.remove(index).what {
            What::Passcode(pass) => Some(pass),
            _ => None,
        }
    }

    /// The message that is on its way, if one is.
    pub(super) fn message(&self) -> Option<MessageHash> {
        self.0.iter().find_map(|order| match &order.what {
            What::Send { hash, .. } => Some(*hash),
            _ => None,
        })
    }

    /// Takes all away; whether there was any that the page waits for.
    pub(super) fn drop_all(&mut self) -> bool {
        let waited = self.sending().is_some();
        self.0.clear();
        waited
    }

    /// Since when the oldest unanswered order waits.
    pub(super) fn waiting_since(&self) -> Option<u64> {
        self.0
            .iter()
            .filter_map(|order| order.sent.map(|(_, at)| at))
            .min()
    }
}
