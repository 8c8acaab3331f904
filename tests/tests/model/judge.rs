//! The rules that nothing may break, written down a second time and without the machine: what a step may have changed.

use std::collections::BTreeSet;

use sotto_protocol::{MessageId, Seat};
use sotto_relay::room::{Message, RoomState, SeatCommand};

/// What is on record about a room's messages, beside the room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    /// Messages that were replaced or deleted.
    pub(crate) gone: BTreeSet<MessageId>,
    /// Messages that their authors deleted.
    pub(crate) deleted: BTreeSet<MessageId>,
    /// Commands (by number) that changed the room.
    pub(crate) did: BTreeSet<u8>,
}

/// The id of the message that stands.
pub(crate) fn standing_id(room: &RoomState) -> Option<MessageId> {
    room.standing().map(|standing| standing.id)
}

/// Which rule a step from one room to the next breaks, if it breaks one. The record is brought up to date.
pub(crate) fn judge(
    record: &mut Record,
    before: &RoomState,
    after: &RoomState,
    (number, seat): (u8, Seat),
    command: &SeatCommand,
) -> Option<&'static str> {
    if before == after {
        return None;
    }
    if !record.did.insert(number) {
        return Some("nothing is done twice");
    }
    let (old, new) = (before.standing(), after.standing());
    if new.is_some_and(|new| record.gone.contains(&new.id)) {
        return Some("nothing that is gone comes back");
    }
    let same = old.map(|old| old.id) == new.map(|new| new.id);
    let broken = match command {
        SeatCommand::Send { .. } => {
            if after.turn != before.turn + 1 || new.is_none_or(|new| new.author != seat) || same {
                Some("one message for each turn")
            } else if old.is_some_and(|old| old.author == seat) {
                Some("nobody writes twice in a row")
            } else {
                None
            }
        }
        SeatCommand::Edit { .. } | SeatCommand::Delete { .. } => {
            let own = old.is_some_and(|old| old.author == seat);
            let unread = old.is_some_and(|old| old.receipts.is_empty() && !old.was_read);
            let edits = matches!(command, SeatCommand::Edit { .. });
            if after.turn != before.turn || (edits && !same) || (!edits && new.is_some()) {
                Some("one message for each turn")
            } else if own && unread {
                None
            } else {
                Some("only the author edits and deletes, and only before a read")
            }
        }
        SeatCommand::Read { .. } => {
            let anothers = old.is_some_and(|old| old.author != seat);
            let text = |message: Option<&sotto_relay::room::Standing>| message.map(|m| m.envelope.clone());
            (!anothers || !same || text(old) != text(new) || before.turn != after.turn)
                .then_some("only others read, and a read changes no message")
        }
        _ => Some("this model asks for nothing else"),
    };
    if !same && let Some(old) = old {
        record.gone.insert(old.id);
        if matches!(after.message, Some(Message::Deleted(_))) {
            record.deleted.insert(old.id);
        }
    }
    broken
}
