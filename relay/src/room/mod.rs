//! A room as a pure machine: a state and an input give a new state, a reply and effects.
//!
//! It knows no socket, clock or database: [`apply`] is told the time and decides; the store then writes what was
//! decided, and only after the commit does the hub carry out the effects. The exhaustive model in
//! `tests/tests/model/` runs this very function.
//!
//! The rules are those of `docs/protocol.md`; the ones that everything leans on:
//!
//! - One message at most: [`RoomState::message`] has room for one.
//! - A seat is what its access key proved. Each input of an open seat carries the keyed hash that its connection
//!   showed, and it is compared again with each command, so that nothing that was queued before a seat changed
//!   hands or keys is done in the name of the new holder.
//! - A retry of the same bytes gets the same reply and changes nothing ([`Trace`]).
//! - Before a seat is open, every failure is [`Refusal::Refused`](sotto_protocol::Refusal::Refused), decided by
//!   the same comparisons whether the room is there or not ([`Keyhole`]).

mod end;
mod enter;
mod input;
mod intake;
mod keyhole;
mod keys;
mod message;
mod outcome;
mod rules;
mod seats;
mod state;
mod view;

#[cfg(test)]
mod tests;

pub use end::{ended_by_time, invite_lapsed};
pub use input::{Input, Invited, SeatCommand, Take, Written};
pub use intake::intake;
pub use keyhole::{Keyhole, Lock};
pub use keys::{AccessHash, Digest, InvitationKey, RoomKey, TokenHash};
pub use outcome::{Change, Effect, Outcome, Reply};
pub use rules::Rules;
pub use state::{Held, Invite, Message, Reader, Remains, RoomState, Standing, Trace};

use sotto_protocol::{Seat, close};
use subtle::ConstantTimeEq as _;

/// Decides what an input does to a room; `None` is a room that does not exist.
///
/// A room whose time is over counts as absent from that second on, whenever it is purged.
pub fn apply(rules: &Rules, state: Option<&RoomState>, input: &Input, now: u64) -> Outcome {
    let alive = state.filter(|room| !room.is_over(now));
    let over = state.is_some() && alive.is_none();
    match input {
        Input::Create { .. } | Input::Claim { .. } | Input::Open { .. } | Input::Reopen { .. } => {
            let keyhole = alive.map_or_else(Keyhole::absent, |room| Keyhole::of(room, now));
            if let Some(why) = keyhole.refuses(rules, input) {
                return Outcome::refused(why);
            }
            let mut outcome = enter::enter(rules, alive, input, now);
            if over && matches!(outcome.change, Change::Put(_)) {
                outcome.effects.splice(0..0, ended_by_time());
            }
            outcome
        }
        Input::By { .. } if over => Outcome {
            change: Change::Remove,
            reply: Reply::Close(close::ENDED),
            effects: ended_by_time(),
        },
        Input::By {
            seat,
            access,
            digest,
            command,
        } => match alive.map(|room| (room, room.held.get(seat))) {
            None => Outcome::closed(close::ENDED),
            Some((_, None)) => Outcome::closed(close::VACATED),
            Some((_, Some(held))) if !bool::from(held.access.ct_eq(access)) => {
                Outcome::closed(close::PASSCODE_CHANGED)
            }
            Some((room, Some(_))) => by_seat(rules, room, *seat, digest, command, now),
        },
    }
}

/// A command of a seat that is held by who sends it.
fn by_seat(
    rules: &Rules,
    room: &RoomState,
    seat: Seat,
    digest: &Digest,
    command: &SeatCommand,
    now: u64,
) -> Outcome {
    if command.leaves_trace() && room.traces.get(&seat).is_some_and(|trace| trace.knows(digest)) {
        return Outcome::done();
    }
    match command {
        SeatCommand::Send { written, read } => message::send(room, seat, digest, written, read.as_ref(), now),
        SeatCommand::Edit { written } => message::edit(room, seat, digest, written, now),
        SeatCommand::Delete { message, proofs } => message::delete(room, seat, digest, *message, proofs, now),
        SeatCommand::Read { message, proofs } => message::read(room, seat, digest, *message, proofs, now),
        SeatCommand::Invite { seat: free, invited } => {
            seats::invite(rules, room, seat, digest, *free, invited.as_ref(), now)
        }
        SeatCommand::Passcode {
            present,
            access,
            vault,
        } => seats::passcode(room, seat, present, access, vault),
        SeatCommand::Vacate { proofs } => seats::vacate(room, seat, proofs.as_ref(), now),
        SeatCommand::Extend { expires_at } => end::extend(rules, room, seat, digest, *expires_at, now),
        SeatCommand::Expire { proofs } => end::expire(room, seat, proofs),
    }
}
