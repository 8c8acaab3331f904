//! A room as one of its seats may see it: its own box, the proofs for it, nobody else's.

use sotto_protocol::{Event, Proof, Proofs, Receipt, Sealed, Seat, SeatState, Seats, Snapshot, Stub};

use super::{Message, Remains, RoomState, Standing};

impl RoomState {
    /// All that this seat is told. Who is present, the hub knows.
    pub fn snapshot(&self, seat: Seat, now: u64) -> Snapshot {
        let (standing, stub) = match &self.message {
            Some(Message::Standing(standing)) => (Some(self.view_standing(standing, seat)), None),
            Some(Message::Deleted(remains)) => (None, Some(self.view_stub(remains, seat))),
            None => (None, None),
        };
        Snapshot {
            size: self.size,
            expires_at: self.expires_at,
            turn: self.turn,
            last: self.last,
            seats: Seat::all()
                .filter(|seat| seat.number() < self.size)
                .map(|seat| (seat, self.seat_state(seat, now)))
                .collect(),
            present: Seats::NONE,
            standing,
            stub,
        }
    }

    /// What a seat is.
    pub(super) fn seat_state(&self, seat: Seat, now: u64) -> SeatState {
        match self.held.get(&seat) {
            Some(held) => SeatState::Held(held.card.clone()),
            None if self.invite(seat, now).is_some() => SeatState::Invited,
            None => SeatState::Free,
        }
    }

    /// That a seat is now something else.
    pub(super) fn seat_event(&self, seat: Seat, now: u64) -> Event {
        Event::Seat {
            seat,
            state: self.seat_state(seat, now),
        }
    }

    /// What a seat is told of the message that stands.
    pub fn shown(&self, seat: Seat, edited: bool) -> Option<Event> {
        let event = if edited { Event::Edited } else { Event::Message };
        let standing = self.standing().filter(|_| self.held.contains_key(&seat))?;
        Some(event(self.view_standing(standing, seat)))
    }

    /// The message for one seat.
    fn view_standing(&self, standing: &Standing, seat: Seat) -> sotto_protocol::Standing {
        sotto_protocol::Standing {
            turn: self.turn,
            seat: standing.author,
            message: self.last,
            was_read: standing.was_read,
            receipts: standing
                .receipts
                .iter()
                .map(|(reader, read)| {
                    (
                        *reader,
                        Receipt {
                            message: read.message,
                            proof: proof_for(&read.proofs, seat),
                        },
                    )
                })
                .collect(),
            sealed: standing.sealed_for(seat),
            answered: proof_for(&standing.answered, seat),
        }
    }

    /// What is left of a deleted message, for one seat.
    pub(super) fn view_stub(&self, remains: &Remains, seat: Seat) -> Stub {
        Stub {
            turn: self.turn,
            seat: remains.author,
            message: self.last,
            proof: proof_for(&remains.proofs, seat),
        }
    }
}

impl Standing {
    /// The message with this seat's box, if there is one.
    fn sealed_for(&self, seat: Seat) -> Option<Sealed> {
        let key_box = self.envelope.boxes.get(self.box_index(seat)?)?;
        (!key_box.is_empty()).then(|| Sealed {
            header: self.envelope.header.clone(),
            body: self.envelope.body.clone(),
            key_box: key_box.clone(),
        })
    }

    /// Which of the boxes is this seat's.
    pub(super) fn box_index(&self, seat: Seat) -> Option<usize> {
        self.sealed_to.iter().position(|reader| reader == seat)
    }
}

/// The proof that this seat is shown.
pub(super) fn proof_for(proofs: &Proofs, seat: Seat) -> Option<Proof> {
    proofs.get(&seat).copied()
}
