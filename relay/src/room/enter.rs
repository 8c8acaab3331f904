//! How a connection comes to a seat: `create`, `claim`, `open`.

use std::sync::Arc;

use sotto_protocol::{MessageHash, Refusal, Seat, SeatMap};
use subtle::ConstantTimeEq as _;

use super::{AccessHash, Effect, Held, Input, Keyhole, Outcome, Reply, RoomState, Rules, Take, TokenHash};

/// What the keyhole has let through. `room` is none where it does not exist.
pub(super) fn enter(rules: &Rules, room: Option<&RoomState>, input: &Input, now: u64) -> Outcome {
    match (input, room) {
        (Input::Create { size, lifetime, take }, None) => create(rules, *size, *lifetime, take, now),
        (Input::Create { size, take, .. }, Some(room)) if room.size == *size => {
            again(room, Seat::FIRST, None, take, now)
        }
        (Input::Claim { seat, token, take }, Some(room)) => claim(room, *seat, token, take, now),
        (Input::Open { keys }, Some(room)) => {
            let opened = Keyhole::of(room, now).opened(keys);
            match opened.iter().next() {
                Some(seat) if opened.len() == 1 => open(room, seat, now),
                Some(_) => Outcome {
                    reply: Reply::Several(opened),
                    ..Outcome::done()
                },
                None => Outcome::refused(Refusal::Refused),
            }
        }
        (Input::Reopen { seat, key }, Some(room)) => match room.held.get(seat) {
            Some(held) if same_key(&held.access, key) => open(room, *seat, now),
            _ => Outcome::refused(Refusal::Refused),
        },
        _ => Outcome::refused(Refusal::Refused),
    }
}

fn create(rules: &Rules, size: u8, lifetime: u32, take: &Take, now: u64) -> Outcome {
    let room = RoomState {
        size,
        expires_at: rules.round_up(now.saturating_add(lifetime.into())),
        turn: 0,
        last: MessageHash::NONE,
        held: SeatMap::from([(Seat::FIRST, take.held(None))]),
        invites: SeatMap::new(),
        traces: SeatMap::new(),
        message: None,
    };
    Outcome {
        reply: opened(&room, Seat::FIRST, now),
        ..Outcome::put(room, Vec::new())
    }
}

fn claim(room: &RoomState, seat: Seat, token: &TokenHash, take: &Take, now: u64) -> Outcome {
    if room.held.contains_key(&seat) {
        return again(room, seat, Some(token), take, now);
    }
    // The token was compared in the keyhole; this reads the same invite.
    if !room
        .invite(seat, now)
        .is_some_and(|invite| invite.token.ct_eq(token).into())
    {
        return Outcome::refused(Refusal::Refused);
    }
    let mut room = room.clone();
    room.invites.remove(&seat);
    room.held.insert(seat, take.held(Some(*token)));
    let told = room.seat_event(seat, now);
    let effects = Effect::tell_each(&room, |_| told.clone()).collect();
    Outcome {
        reply: opened(&room, seat, now),
        ..Outcome::put(room, effects)
    }
}

/// A `create` or `claim` that was done before: the same answer, if it is the same and nothing was sent since.
fn again(room: &RoomState, seat: Seat, token: Option<&TokenHash>, take: &Take, now: u64) -> Outcome {
    let same = room.held.get(&seat).is_some_and(|held| {
        same_key(&held.access, &take.access)
            && held.token.as_ref() == token
            && held.vault == take.vault
            && held.card == take.card
    });
    let wrote = room
        .traces
        .get(&seat)
        .is_some_and(|trace| trace.message.is_some());
    if same && !wrote {
        open(room, seat, now)
    } else {
        Outcome::refused(Refusal::Refused)
    }
}

fn open(room: &RoomState, seat: Seat, now: u64) -> Outcome {
    Outcome {
        reply: opened(room, seat, now),
        ..Outcome::done()
    }
}

fn opened(room: &RoomState, seat: Seat, now: u64) -> Reply {
    match room.held.get(&seat) {
        Some(held) => Reply::Opened {
            seat,
            access: held.access,
            vault: held.vault.clone(),
            snapshot: Box::new(room.snapshot(seat, now)),
        },
        None => Reply::Refused(Refusal::Refused),
    }
}

fn same_key(stored: &AccessHash, shown: &AccessHash) -> bool {
    stored.ct_eq(shown).into()
}

impl Take {
    fn held(&self, token: Option<TokenHash>) -> Arc<Held> {
        Arc::new(Held::new(
            self.access,
            token,
            self.vault.clone(),
            self.card.clone(),
        ))
    }
}
