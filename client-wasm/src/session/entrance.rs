//! Opening a seat whose keys are known: after a lost connection, after a lock, after a choice.

use alloc::vec::Vec;
use alloc::{boxed::Box, vec};

use sotto_protocol::{
    AccessKey, Answer, Attempt as Paid, Command as Asked, CommandKind, Opened, Refusal, RoomHash, Seat,
    Solution, Ticket,
};

use super::attempt::Attempt;
use super::keys::Pass;
use super::step::Step;
use crate::view::Failure;

/// The keys to try at one seat, in order, and how far that has come.
pub(super) struct Entrance {
    room: RoomHash,
    seat: Seat,
    tries: Vec<Try>,
    attempt: Attempt,
    asked: Option<u32>,
}

/// One key, with a ticket or a puzzle.
struct Try {
    access: AccessKey,
    ticket: Option<Ticket>,
    is_new: bool,
}

/// What came of an answer.
pub(super) enum Entered {
    /// Nothing yet.
    Going,
    /// The seat is open; `is_new`: by the new passcode, whose change had lost its answer.
    Opened { opened: Box<Opened>, is_new: bool },
    /// No key opened it.
    Refused,
    /// The relay does not at the moment, for this reason.
    NotNow(Failure),
    /// That was no answer to what was asked.
    Nonsense,
}

impl Entrance {
    /// Tries the new passcode first, if the answer to its change was lost; then the present one, by ticket and, should
    /// the ticket be void, by puzzle.
    pub(super) fn new(room: RoomHash, seat: Seat, new: Option<&Pass>, present: &Pass) -> Self {
        let with = |pass: &Pass, ticket, is_new| Try {
            access: pass.access,
            ticket,
            is_new,
        };
        let mut tries = Vec::new();
        tries.extend(new.map(|pass| with(pass, None, true)));
        if present.ticket.is_some() {
            tries.push(with(present, present.ticket, false));
        }
        tries.push(with(present, None, false));
        tries.reverse();
        let attempt = Attempt::new(CommandKind::Open, room.subject());
        Self {
            room,
            seat,
            tries,
            attempt,
            asked: None,
        }
    }

    /// The seat.
    pub(super) const fn seat(&self) -> Seat {
        self.seat
    }

    /// Does what can be done on a connection that is up.
    pub(super) fn advance(&mut self, step: &mut Step<'_>) {
        let Some(next) = self.tries.last() else { return };
        if self.asked.is_some() || self.attempt.is_trying() {
            return;
        }
        let (access, ticket) = (next.access, next.ticket);
        if let Some(ticket) = ticket {
            let attempt = Paid::Ticket {
                seat: self.seat,
                ticket,
            };
            self.asked = Some(step.ask(Asked::Open {
                room: self.room,
                attempt,
                keys: vec![access],
            }));
        } else if let Some(solution) = self.attempt.solution() {
            let keys = keys_with(self.seat, access, step);
            let attempt = Paid::Puzzle(solution);
            let reference = step.ask(Asked::Open {
                room: self.room,
                attempt,
                keys,
            });
            self.attempt.trying(reference);
        } else {
            self.attempt.prepare(step);
        }
    }

    /// Whether an answer with this number belongs here.
    pub(super) fn awaits(&self, reference: u32) -> bool {
        self.asked == Some(reference) || self.attempt.awaits(reference)
    }

    /// Takes the answer to what was asked last.
    pub(super) fn answer(&mut self, answer: Answer, step: &mut Step<'_>) -> Entered {
        let was_tried = self.asked.take().is_some() || self.attempt.is_trying();
        match answer {
            Answer::Puzzle(puzzle) | Answer::Refused(Refusal::Price(puzzle)) => {
                if !self.attempt.priced(&puzzle, step) {
                    return Entered::Nonsense;
                }
            }
            Answer::Opened(opened) if was_tried && opened.seat == self.seat => {
                let is_new = self.tries.last().is_some_and(|tried| tried.is_new);
                return Entered::Opened {
                    opened: Box::new(opened),
                    is_new,
                };
            }
            Answer::Refused(Refusal::Refused) if was_tried => {
                self.attempt.lost();
                self.tries.pop();
                if self.tries.is_empty() {
                    return Entered::Refused;
                }
            }
            Answer::Refused(why) => match Failure::of(&why) {
                Failure::Dishonest => return Entered::Nonsense,
                failure => return Entered::NotNow(failure),
            },
            _ => return Entered::Nonsense,
        }
        self.advance(step);
        Entered::Going
    }

    /// A puzzle was solved.
    pub(super) fn solved(&mut self, id: u32, solution: Solution, step: &mut Step<'_>) {
        self.attempt.solved(id, solution);
        self.advance(step);
    }
}

/// Eight keys of which one is meant: the others are noise, so that no other seat is opened by a passcode that is equal.
fn keys_with(seat: Seat, access: AccessKey, step: &mut Step<'_>) -> Vec<AccessKey> {
    Seat::all()
        .map(|other| {
            if other == seat {
                return access;
            }
            let mut noise = [0; AccessKey::LENGTH];
            step.rng.fill_bytes(&mut noise);
            AccessKey::new(noise)
        })
        .collect()
}
