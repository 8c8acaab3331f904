//! The one message: `send`, `edit`, `delete`, `read`.

use std::sync::Arc;

use sotto_protocol::{Event, MessageHash, Proofs, Refusal, Seat, SeatMap};

use super::{Digest, Effect, Message, Outcome, Reader, Remains, RoomState, Standing, Written};

/// How many earlier revisions a reader's proof may be over.
const EARLIER: usize = 16;

pub(super) fn send(
    room: &RoomState,
    seat: Seat,
    digest: &Digest,
    written: &Written,
    read: Option<&Proofs>,
    now: u64,
) -> Outcome {
    let header = &written.header;
    if header.seat != seat || header.rev != 0 || read.is_some_and(|proofs| proofs.contains_key(&seat)) {
        return Outcome::refused(Refusal::Invalid);
    }
    if room
        .traces
        .get(&seat)
        .is_some_and(|trace| trace.has_id(header.id))
    {
        return Outcome::refused(Refusal::Reused);
    }
    if header.turn != room.turn.saturating_add(1) || header.prev != room.last || !fits_seats(room, written) {
        return Outcome::conflict(room, seat, now);
    }
    if room.standing().is_some_and(|standing| standing.author == seat) {
        return Outcome::refused(Refusal::NotYourTurn);
    }
    let mut next = room.without_message();
    // What was deleted is answered, but cannot have been read: the author was told so.
    let answered = read.filter(|_| room.standing().is_some());
    next.turn = header.turn;
    next.last = written.hash;
    next.message = Some(Message::Standing(Standing {
        author: seat,
        id: header.id,
        rev: 0,
        prev: header.prev,
        sealed_to: header.readers(),
        envelope: Arc::clone(&written.envelope),
        answered: answered.map(|proofs| for_held(room, proofs)).unwrap_or_default(),
        was_read: false,
        receipts: SeatMap::new(),
        earlier: Vec::new(),
    }));
    next.remember_message(seat, header.id, digest);
    Outcome::show(next, false)
}

pub(super) fn edit(room: &RoomState, seat: Seat, digest: &Digest, written: &Written, now: u64) -> Outcome {
    let header = &written.header;
    if header.seat != seat || header.rev == 0 {
        return Outcome::refused(Refusal::Invalid);
    }
    let Some(standing) = room.standing().filter(|standing| standing.id == header.id) else {
        return Outcome::conflict(room, seat, now);
    };
    if standing.author != seat {
        return Outcome::refused(Refusal::NotAuthor);
    }
    if standing.was_read {
        return Outcome::refused(Refusal::AlreadyRead);
    }
    if header.turn != room.turn || header.prev != standing.prev {
        return Outcome::refused(Refusal::Reused);
    }
    if Some(header.rev) != standing.rev.checked_add(1) || !fits_seats(room, written) {
        return Outcome::conflict(room, seat, now);
    }
    let mut next = room.clone();
    let mut earlier = standing.earlier.clone();
    earlier.push(room.last);
    earlier.drain(..earlier.len().saturating_sub(EARLIER));
    next.last = written.hash;
    next.message = Some(Message::Standing(Standing {
        rev: header.rev,
        sealed_to: header.readers(),
        envelope: Arc::clone(&written.envelope),
        earlier,
        ..standing.clone()
    }));
    next.remember_message(seat, header.id, digest);
    Outcome::show(next, true)
}

pub(super) fn delete(
    room: &RoomState,
    seat: Seat,
    digest: &Digest,
    message: MessageHash,
    proofs: &Proofs,
    now: u64,
) -> Outcome {
    if proofs.contains_key(&seat) {
        return Outcome::refused(Refusal::Invalid);
    }
    if let Some(Message::Deleted(remains)) = &room.message
        && room.last == message
        && remains.author == seat
    {
        return Outcome::done();
    }
    let Some(standing) = room.standing().filter(|_| room.last == message) else {
        return Outcome::conflict(room, seat, now);
    };
    if standing.author != seat {
        return Outcome::refused(Refusal::NotAuthor);
    }
    if standing.was_read {
        return Outcome::refused(Refusal::AlreadyRead);
    }
    let mut next = room.clone();
    let effects = remove_message(&mut next, seat, proofs);
    next.remember(seat, digest);
    Outcome::put(next, effects)
}

/// Leaves of the seat's message what a deletion leaves, and tells each seat.
pub(super) fn remove_message(room: &mut RoomState, author: Seat, proofs: &Proofs) -> Vec<Effect> {
    let remains = Remains {
        author,
        proofs: for_held(room, proofs),
    };
    room.message = Some(Message::Deleted(remains.clone()));
    Effect::tell_each(room, |seat| Event::Deleted(room.view_stub(&remains, seat))).collect()
}

pub(super) fn read(
    room: &RoomState,
    seat: Seat,
    digest: &Digest,
    message: MessageHash,
    proofs: &Proofs,
    now: u64,
) -> Outcome {
    if proofs.contains_key(&seat) {
        return Outcome::refused(Refusal::Invalid);
    }
    let Some(standing) = room.standing() else {
        return Outcome::conflict(room, seat, now);
    };
    if standing.author == seat {
        return Outcome::refused(Refusal::NotYourTurn);
    }
    if message != room.last && !standing.earlier.contains(&message) {
        return Outcome::conflict(room, seat, now);
    }
    let before = standing.receipts.get(&seat).map(|reader| reader.message);
    if before == Some(message) || before == Some(room.last) {
        return Outcome::done();
    }
    let mut next = room.clone();
    let reader = Reader {
        message,
        proofs: for_held(room, proofs),
    };
    let effects = Effect::tell_each(room, |told| Event::Read {
        seat,
        message,
        proof: super::view::proof_for(&reader.proofs, told),
    })
    .collect();
    let mut standing = standing.clone();
    standing.was_read = true;
    standing.receipts.insert(seat, reader);
    next.message = Some(Message::Standing(standing));
    next.remember(seat, digest);
    Outcome::put(next, effects)
}

/// Whether the message is sealed to every held seat's present card, but for those knowingly left out.
fn fits_seats(room: &RoomState, written: &Written) -> bool {
    let readers = written.header.readers();
    let all = readers.bits() | written.without.bits();
    let both = readers.bits() & written.without.bits();
    all == room.held_seats().bits()
        && both == 0
        && written
            .header
            .seats
            .iter()
            .all(|(seat, card)| room.held.get(seat).is_some_and(|held| held.card_hash == *card))
}

/// The proofs for seats that somebody has; there is nobody to show the others to.
fn for_held(room: &RoomState, proofs: &Proofs) -> Proofs {
    proofs
        .iter()
        .filter(|(seat, _)| room.held.contains_key(seat))
        .map(|(seat, proof)| (*seat, *proof))
        .collect()
}
