//! How a room ends: `extend`, `expire`, and time.

use sotto_protocol::{Event, Proofs, Refusal, Seat, close};

use super::{Change, Digest, Effect, Outcome, Reply, RoomState, Rules, view};

pub(super) fn extend(
    rules: &Rules,
    room: &RoomState,
    seat: Seat,
    digest: &Digest,
    expires_at: u64,
    now: u64,
) -> Outcome {
    let end = rules.round_up(expires_at);
    if end == room.expires_at {
        return Outcome::done();
    }
    if end < room.expires_at || end > rules.latest_end(now) {
        return Outcome::refused(Refusal::OutOfRange);
    }
    let mut next = room.clone();
    next.expires_at = end;
    next.remember(seat, digest);
    let effects = next
        .held
        .keys()
        // The cause asked for an end and does not know what it was rounded up to.
        .map(|told| Effect::Tell {
            seat: *told,
            event: Event::Snapshot(next.snapshot(*told, now)),
            cause_too: true,
        })
        .collect();
    Outcome::put(next, effects)
}

pub(super) fn expire(room: &RoomState, seat: Seat, proofs: &Proofs) -> Outcome {
    if proofs.contains_key(&seat) {
        return Outcome::refused(Refusal::Invalid);
    }
    let effects = Effect::tell_each(room, |told| Event::Expired {
        seat: Some(seat),
        proof: view::proof_for(proofs, told),
    })
    .chain([Effect::CloseRoom { code: close::ENDED }])
    .collect();
    Outcome {
        change: Change::Remove,
        reply: Reply::Done,
        effects,
    }
}

/// What everybody in a room learns when its time is over.
pub fn ended_by_time() -> Vec<Effect> {
    vec![
        Effect::TellRoom(Event::Expired {
            seat: None,
            proof: None,
        }),
        Effect::CloseRoom { code: close::ENDED },
    ]
}

/// What everybody in a room learns when the token of a free seat has lapsed.
pub fn invite_lapsed(seat: Seat) -> Effect {
    Effect::TellRoom(Event::Seat {
        seat,
        state: sotto_protocol::SeatState::Free,
    })
}
