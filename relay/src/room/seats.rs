//! What a seat's holder does about seats: `invite`, `passcode`, `vacate`.

use std::sync::Arc;

use sotto_protocol::{Proofs, Refusal, Seat, close};
use subtle::ConstantTimeEq as _;

use super::{
    AccessHash, Change, Digest, Effect, Invite, Invited, Message, Outcome, Reply, RoomState, Rules, message,
};

pub(super) fn invite(
    rules: &Rules,
    room: &RoomState,
    seat: Seat,
    digest: &Digest,
    free: Seat,
    invited: Option<&Invited>,
    now: u64,
) -> Outcome {
    if free.number() >= room.size || room.held.contains_key(&free) {
        return Outcome::refused(Refusal::SeatTaken);
    }
    let mut next = room.clone();
    match invited {
        Some(invited) => {
            next.invites.insert(
                free,
                Invite {
                    token: invited.token,
                    lapses_at: rules.round_up(now.saturating_add(rules.invite.into())),
                    invitation: invited.invitation.clone(),
                },
            );
            next.remember(seat, digest);
        }
        None if next.invites.remove(&free).is_none() => return Outcome::done(),
        None => {}
    }
    let is = next.seat_event(free, now);
    let effects = if is == room.seat_event(free, now) {
        Vec::new()
    } else {
        Effect::tell_each(&next, |_| is.clone()).collect()
    };
    Outcome::put(next, effects)
}

pub(super) fn passcode(
    room: &RoomState,
    seat: Seat,
    present: &AccessHash,
    access: &AccessHash,
    vault: &[u8],
) -> Outcome {
    let Some(held) = room.held.get(&seat) else {
        return Outcome::closed(close::VACATED);
    };
    let right: bool = held.access.ct_eq(present).into();
    let done: bool = held.access.ct_eq(access).into();
    if done && held.vault == vault {
        return Outcome::done();
    }
    if !right {
        return Outcome {
            reply: Reply::WrongPasscode,
            ..Outcome::done()
        };
    }
    let mut next = room.clone();
    if let Some(held) = next.held.get_mut(&seat).map(Arc::make_mut) {
        held.access = *access;
        held.vault = vault.to_vec();
    }
    let effects = vec![
        Effect::Proved(*access),
        Effect::CloseSeat {
            seat,
            code: close::PASSCODE_CHANGED,
        },
    ];
    Outcome::put(next, effects)
}

pub(super) fn vacate(room: &RoomState, seat: Seat, proofs: Option<&Proofs>, now: u64) -> Outcome {
    if proofs.is_some_and(|proofs| proofs.contains_key(&seat)) {
        return Outcome::refused(Refusal::Invalid);
    }
    let wrote = room.standing().is_some_and(|standing| standing.author == seat);
    let mut next = room.clone();
    next.held.remove(&seat);
    next.traces.remove(&seat);
    let mut effects = vec![
        Effect::Release,
        Effect::CloseSeat {
            seat,
            code: close::VACATED,
        },
    ];
    if next.held.is_empty() {
        return Outcome {
            change: Change::Remove,
            reply: Reply::Done,
            effects,
        };
    }
    if wrote {
        // The others are to be shown who deleted it, so the last one of a connection that did not know that it
        // was the author's seat (another device wrote) looks again.
        let Some(proofs) = proofs else {
            return Outcome::conflict(room, seat, now);
        };
        effects.extend(message::remove_message(&mut next, seat, proofs));
    } else if let Some(message) = &mut next.message {
        forget_seat(message, seat);
    }
    let free = next.seat_event(seat, now);
    effects.extend(Effect::tell_each(&next, |_| free.clone()));
    Outcome::put(next, effects)
}

/// Takes out of the message of another what is the seat's: its box, its receipt, the proofs for it. That it was
/// read stays.
fn forget_seat(message: &mut Message, seat: Seat) {
    match message {
        Message::Standing(standing) => {
            if let Some(index) = standing.box_index(seat)
                && let Some(key_box) = Arc::make_mut(&mut standing.envelope).boxes.get_mut(index)
            {
                key_box.clear();
            }
            standing.answered.remove(&seat);
            standing.receipts.remove(&seat);
            for reader in standing.receipts.values_mut() {
                reader.proofs.remove(&seat);
            }
        }
        Message::Deleted(remains) => {
            remains.proofs.remove(&seat);
        }
    }
}
