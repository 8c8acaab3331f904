//! A seat that is open: its room, what is on its way, and how it is opened again when the connection breaks.

use alloc::string::String;

use sotto_protocol::{Answer, Event, Habits, Header, MessageHash, Opened, Refusal, Seat, Solution, close};
use zeroize::Zeroizing;

use super::chain::{Chain, Fit};
use super::clock::is_over;
use super::entrance::{Entered, Entrance};
use super::habits::Cover;
use super::keys::Keys;
use super::message::{Reading, Shown, Written};
use super::orders::{Orders, What};
use super::passcode::Change;
use super::room::{End, Room};
use super::roster::Memory;
use super::silence::Probe;
use super::step::Step;
use crate::view::{AlarmKind, Code, Ending, Outcome, OutcomeKind, Sending};

/// An open seat.
pub(super) struct Seated {
    pub(super) keys: Keys,
    pub(super) room: Room,
    pub(super) orders: Orders,
    /// The way back in, while the seat is not open on the connection that there is.
    pub(super) entrance: Option<Entrance>,
    /// A change of the passcode that is being stretched.
    pub(super) change: Option<Change>,
    pub(super) code: Option<Code>,
    /// What this tab sends of itself, once the person has chosen.
    pub(super) habits: Option<Habits>,
    /// Whether messages of others are covered, and which one is not.
    pub(super) cover: Option<Cover>,
    outcome: Option<Outcome>,
    /// When the last hint was sent that I write.
    pub(super) hinted_at: Option<u64>,
    /// When the relay was last heard.
    pub(super) heard_at: u64,
    pub(super) probe: Option<Probe>,
}

/// What the session does next.
#[derive(Clone, Copy)]
pub(super) enum Next {
    /// Goes on.
    Stay,
    /// Gives this connection up and makes another.
    Reconnect,
    /// The room is over for this seat.
    End(Ending),
}

impl Seated {
    /// A seat that has just been opened; none if the relay's room does not hold my own card.
    pub(super) fn new(
        mut keys: Keys,
        opened: &Opened,
        memory: Memory,
        chain: Chain,
        now: u64,
    ) -> Option<Self> {
        keys.pass.ticket = Some(opened.ticket);
        let room = Room::new(&keys, &opened.snapshot, memory, chain)?;
        Some(Self {
            keys,
            room,
            orders: Orders::default(),
            entrance: None,
            change: None,
            code: None,
            habits: None,
            cover: None,
            outcome: None,
            hinted_at: None,
            heard_at: now,
            probe: None,
        })
    }

    /// My seat.
    pub(super) fn me(&self) -> Seat {
        self.keys.seat()
    }

    /// Whether what is shown comes from the connection that there is.
    pub(super) const fn is_live(&self) -> bool {
        self.entrance.is_none()
    }

    /// What became of the last thing that was tried.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        self.outcome.clone()
    }

    /// Says what became of something.
    pub(super) fn tell(&mut self, kind: OutcomeKind) {
        let number = self
            .outcome
            .as_ref()
            .map_or(1, |outcome| outcome.number.wrapping_add(1));
        self.outcome = Some(Outcome { number, kind });
    }

    /// The connection is gone, with this code.
    pub(super) fn lost(&mut self, code: u16, now: u64, offset: i64) -> Next {
        match code {
            close::ENDED => return Next::End(self.ending_unseen(now, offset)),
            close::VACATED => return Next::End(Ending::Left),
            close::PASSCODE_CHANGED if self.orders.new_pass().is_none() => {
                return Next::End(Ending::PasscodeChanged);
            }
            _ => {}
        }
        // Something of what was sent is not of the protocol, and would not be the next time.
        let refused = [
            close::MALFORMED,
            close::UNKNOWN,
            close::TOO_LONG,
            close::NOT_BINARY,
        ]
        .contains(&code);
        if code == close::WRONG_PASSCODE && self.orders.take_pass().is_some() {
            self.tell(OutcomeKind::WrongPasscode);
        } else if refused && self.orders.drop_all() {
            self.tell(OutcomeKind::Refused);
        }
        self.orders.lost();
        self.probe = None;
        self.room.lose();
        let room = *self.keys.room.hash();
        self.entrance = Some(Entrance::new(
            room,
            self.me(),
            self.orders.new_pass(),
            &self.keys.pass,
        ));
        Next::Stay
    }

    /// The room is over, and nobody told why on this connection.
    fn ending_unseen(&self, now: u64, offset: i64) -> Ending {
        if self.orders.has(Sending::Vacate) {
            Ending::Left
        } else if self.orders.has(Sending::Expire) {
            Ending::ByHand
        } else if is_over(self.room.expires_at, now, offset) {
            Ending::ByTime
        } else {
            Ending::Unproven
        }
    }

    /// The relay has spoken on a new connection.
    pub(super) fn welcomed(&mut self, step: &mut Step<'_>) {
        self.heard_at = step.now;
        if let Some(entrance) = &mut self.entrance {
            entrance.advance(step);
        }
    }

    /// Takes an answer.
    pub(super) fn answer(
        &mut self,
        reference: u32,
        answer: Answer,
        step: &mut Step<'_>,
        offset: i64,
    ) -> Next {
        self.heard_at = step.now;
        if self.probe.is_some_and(|probe| probe.reference == reference) {
            self.probe = None;
            return Next::Stay;
        }
        if let Some(entrance) = self
            .entrance
            .as_mut()
            .filter(|entrance| entrance.awaits(reference))
        {
            return match entrance.answer(answer, step) {
                Entered::Going => Next::Stay,
                Entered::Opened { opened, is_new } => self.entered(&opened, is_new, step),
                Entered::Refused => Next::End(self.ending_unseen(step.now, offset)),
                Entered::NotNow(_) => Next::Reconnect,
                Entered::Nonsense => {
                    self.room.alarms.raise(AlarmKind::BadFrame, None);
                    Next::Reconnect
                }
            };
        }
        if let Some(order) = self.orders.answered(reference) {
            return self.answered(order.what, answer, step);
        }
        self.room.alarms.raise(AlarmKind::BadFrame, None);
        Next::Stay
    }

    /// A puzzle was solved, for the way back in.
    pub(super) fn solved(&mut self, id: u32, solution: Solution, step: &mut Step<'_>) {
        if let Some(entrance) = &mut self.entrance {
            entrance.solved(id, solution, step);
        }
    }

    /// The seat is open again.
    fn entered(&mut self, opened: &Opened, is_new: bool, step: &mut Step<'_>) -> Next {
        self.entrance = None;
        if is_new && let Some(pass) = self.orders.take_pass() {
            self.keys.pass = *pass;
            self.tell(OutcomeKind::PasscodeChanged);
        }
        let vault = self
            .keys
            .pass
            .vault
            .open(self.keys.room.hash(), opened.seat, &opened.vault);
        if vault.is_ok_and(|seed| seed == *self.keys.me.seed()) {
            self.keys.pass.ticket = Some(opened.ticket);
        } else {
            self.room
                .alarms
                .raise(AlarmKind::OwnCardChanged, Some(opened.seat));
        }
        self.room.take_snapshot(&self.keys, &opened.snapshot);
        self.room.chain.close_gap();
        let room = &self.room;
        for outcome in self.orders.settle(|what| what.again(room)) {
            self.tell(outcome);
        }
        self.orders.flush(step);
        self.tell_habits(step);
        Next::Stay
    }

    /// Takes the answer to an order.
    fn answered(&mut self, what: What, answer: Answer, step: &mut Step<'_>) -> Next {
        match answer {
            Answer::Done => return self.done(what, step),
            Answer::Refused(Refusal::Refused) if matches!(what, What::Passcode(_)) => {
                // The relay closes this connection for it: nothing more is asked on it.
                self.tell(OutcomeKind::WrongPasscode);
                return Next::Reconnect;
            }
            Answer::Refused(refusal) => self.refused(&what, refusal, step),
            _ => self.room.alarms.raise(AlarmKind::BadFrame, None),
        }
        Next::Stay
    }

    /// An order is done, and on the relay's disk.
    fn done(&mut self, what: What, step: &mut Step<'_>) -> Next {
        let me = self.me();
        match what {
            What::Send { header, hash, text } => {
                self.show_mine(header, hash, text);
                self.tell(OutcomeKind::Sent);
            }
            What::Edit {
                header, hash, text, ..
            } => {
                self.show_mine(header, hash, text);
                self.tell(OutcomeKind::Edited);
            }
            What::Delete { hash } => {
                self.room.delete_mine(me, &hash);
                self.tell(OutcomeKind::Deleted);
            }
            What::Read { hash } => {
                if let Some(shown) = self.room.message.as_mut().filter(|shown| shown.hash == hash) {
                    let card = *self.room.roster.mine().card_hash();
                    shown.receipts.insert(me, Reading { hash, card });
                }
            }
            What::Invite(code) => {
                self.room.roster.invited(code.seat, true);
                self.code = Some(code);
            }
            What::Withdraw(seat) => {
                self.room.roster.invited(seat.number(), false);
                self.forget_code();
                self.tell(OutcomeKind::Withdrawn);
            }
            What::Extend => self.tell(OutcomeKind::Extended),
            What::Passcode(pass) => {
                self.keys.pass = *pass;
                self.tell(OutcomeKind::PasscodeChanged);
            }
            What::Expire => return Next::End(Ending::ByHand),
            What::Vacate { .. } => return Next::End(Ending::Left),
        }
        self.orders.flush(step);
        Next::Stay
    }

    fn show_mine(&mut self, header: Header, hash: MessageHash, text: Zeroizing<String>) {
        if self.room.chain.judge(&header, &hash) != Ok(Fit::Next) {
            return;
        }
        self.room.chain.accept(&header, hash);
        self.room.deleted = None;
        self.room.message = Some(Shown::opened(header, hash, Written::Mine(text)));
    }

    /// An order was not done.
    fn refused(&mut self, what: &What, refusal: Refusal, step: &mut Step<'_>) {
        if let Refusal::Conflict(snapshot) = &refusal {
            self.room.take_snapshot(&self.keys, snapshot);
            // A message of mine from another device goes with me: leaving takes its delete proofs.
            let wrote = self
                .room
                .message
                .as_ref()
                .is_some_and(|shown| shown.author == self.me());
            if matches!(what, What::Vacate { with_message: false }) && wrote {
                return self.leave(step);
            }
        }
        let kind = match (what, refusal) {
            // Nobody waits for it: the snapshot says what is there now.
            (What::Read { .. }, _) => return,
            (_, Refusal::Conflict(_) | Refusal::NotYourTurn) => OutcomeKind::Conflict,
            (_, Refusal::AlreadyRead) => OutcomeKind::AlreadyRead,
            (_, Refusal::SeatTaken) => OutcomeKind::SeatTaken,
            (_, Refusal::Unavailable) => OutcomeKind::Unavailable,
            (_, Refusal::TooMany) => OutcomeKind::TooMany,
            (_, Refusal::Full) => OutcomeKind::Full,
            _ => OutcomeKind::Refused,
        };
        if kind == OutcomeKind::AlreadyRead
            && let Some(shown) = &mut self.room.message
        {
            shown.was_read = true;
        }
        self.tell(kind);
    }

    /// Takes an event.
    pub(super) fn event(&mut self, event: &Event, step: &mut Step<'_>, offset: i64) -> Next {
        let now = step.now;
        self.heard_at = now;
        if !self.is_live() {
            self.room.alarms.raise(AlarmKind::BadFrame, None);
            return Next::Stay;
        }
        // Who comes later has not been told yet; the relay keeps nothing.
        if let Event::Presence(present) = event
            && present.iter().any(|seat| !self.room.present.contains(seat))
        {
            self.tell_habits(step);
        }
        match self.room.take_event(&self.keys, event, now) {
            None => {}
            Some(End { seat: None, .. }) if is_over(self.room.expires_at, now, offset) => {
                return Next::End(Ending::ByTime);
            }
            Some(End { proven: true, .. }) => return Next::End(Ending::ByHand),
            Some(End { seat, .. }) => {
                self.room.alarms.raise(AlarmKind::FalseEnd, seat);
                return Next::End(Ending::Unproven);
            }
        }
        self.forget_code();
        Next::Stay
    }

    /// A code whose seat was taken or that was withdrawn is not shown any more.
    fn forget_code(&mut self) {
        let invited = |seat| matches!(self.room.roster.place(seat), Some(super::roster::Place::Invited));
        if let Some(code) = &self.code
            && !Seat::new(code.seat).is_some_and(invited)
        {
            self.code = None;
        }
    }
}
