//! The room as this tab sees it: what snapshots and events make of it.

use sotto_protocol::{Event, Habits, MessageHash, Seat, SeatMap, Seats, Snapshot};

use super::alarms::Alarms;
use super::chain::Chain;
use super::keys::Keys;
use super::message::Shown;
use super::roster::{Memory, Roster};
use crate::view::AlarmKind;

/// The largest number that JavaScript holds exactly; turns and times beyond it come from no honest relay.
const LARGEST: u64 = (1 << 53) - 1;
/// How long a hint that somebody writes stays, in milliseconds.
const TYPING: u64 = 6_000;

/// An open room.
pub(super) struct Room {
    pub(super) roster: Roster,
    pub(super) chain: Chain,
    /// The message on screen.
    pub(super) message: Option<Shown>,
    /// What is known of a deletion; beside a message on screen, it is not proven.
    pub(super) deleted: Option<Deletion>,
    /// The end, in Unix seconds by the relay's clock.
    pub(super) expires_at: u64,
    pub(super) present: Seats,
    /// Who writes, and until when that is shown.
    pub(super) typing: SeatMap<u64>,
    /// What others said that they send of themselves, where that is not all.
    pub(super) habits: SeatMap<Habits>,
    pub(super) alarms: Alarms,
}

/// A deleted message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deletion {
    pub(super) turn: u64,
    pub(super) author: Seat,
    pub(super) proven: bool,
}

/// That the room has ended.
pub(super) struct End {
    /// Who ended it, if a seat did.
    pub(super) seat: Option<Seat>,
    /// Whether that seat's proof was there and right.
    pub(super) proven: bool,
}

impl Room {
    /// The room of a first snapshot; none if my own card in it is not mine.
    pub(super) fn new(keys: &Keys, snapshot: &Snapshot, memory: Memory, chain: Chain) -> Option<Self> {
        let mut alarms = Alarms::default();
        let roster = Roster::new(keys, snapshot, memory, &mut alarms)?;
        let mut room = Self {
            roster,
            chain,
            message: None,
            deleted: None,
            expires_at: snapshot.expires_at.min(LARGEST),
            present: Seats::NONE,
            typing: SeatMap::new(),
            habits: SeatMap::new(),
            alarms,
        };
        room.take_snapshot(keys, snapshot);
        Some(room)
    }

    /// The connection is gone: what is on screen may be old, and something may be missed.
    pub(super) fn lose(&mut self) {
        self.chain.open_gap();
        self.typing.clear();
        self.present = Seats::NONE;
    }

    /// Takes the room as the relay says it is.
    pub(super) fn take_snapshot(&mut self, keys: &Keys, snapshot: &Snapshot) {
        let gap = self.chain.has_gap();
        if !is_sound(snapshot) {
            self.alarms.raise(AlarmKind::BadFrame, None);
            return;
        }
        if !self.roster.take_all(keys, snapshot, gap, &mut self.alarms) {
            return;
        }
        self.forget_readers();
        self.expires_at = snapshot.expires_at;
        self.present(snapshot.present);
        let taken = match (&snapshot.standing, &snapshot.stub) {
            (Some(standing), _) => self.take_standing(keys, standing),
            (None, Some(stub)) => self.take_stub(keys, stub),
            (None, None) if self.chain.turn() > 0 => {
                self.alarms.raise(AlarmKind::RolledBack, None);
                false
            }
            (None, None) => true,
        };
        if taken {
            self.chain.close_gap();
        }
    }

    /// Takes what happened; an end is for the session to deal with.
    pub(super) fn take_event(&mut self, keys: &Keys, event: &Event, now: u64) -> Option<End> {
        match event {
            Event::Snapshot(snapshot) => self.take_snapshot(keys, snapshot),
            Event::Message(standing) | Event::Edited(standing) => {
                if standing.turn > LARGEST {
                    self.alarms.raise(AlarmKind::BadFrame, None);
                } else if self.take_standing(keys, standing) {
                    self.chain.close_gap();
                }
            }
            Event::Deleted(stub) => {
                if self.take_stub(keys, stub) {
                    self.chain.close_gap();
                }
            }
            Event::Read { seat, message, proof } => self.take_receipt(keys, *seat, message, proof.as_ref()),
            Event::Typing(seat) => {
                if self.roster.others().contains(*seat) {
                    self.typing.insert(*seat, now + TYPING);
                }
            }
            Event::Seat { seat, state } => {
                self.roster.take(keys, *seat, state, false, &mut self.alarms);
                self.forget_readers();
                self.typing.remove(seat);
                self.habits.remove(seat);
            }
            Event::Presence(seats) => self.present(*seats),
            Event::Habits { seat, habits } => {
                if self.roster.others().contains(*seat) {
                    self.habits.insert(*seat, *habits);
                }
            }
            Event::Expired { seat, proof } => return Some(self.check_end(keys, *seat, proof.as_ref())),
        }
        None
    }

    /// Who is there. Who is not has taken their habits along: they say them again when they come.
    fn present(&mut self, seats: Seats) {
        self.present = seats;
        self.habits.retain(|seat, _| seats.contains(*seat));
    }

    /// My message is deleted, and I know it from the answer.
    pub(super) fn delete_mine(&mut self, me: Seat, hash: &MessageHash) {
        let turn = self.chain.turn();
        if self.chain.last() == *hash && !self.chain.is_gone() {
            self.chain.accept_deleted(turn, me, *hash);
            self.message = None;
            self.deleted = Some(Deletion {
                turn,
                author: me,
                proven: true,
            });
        }
    }

    /// Who left has taken the receipts along; who has the seat now has not read it.
    fn forget_readers(&mut self) {
        if let Some(shown) = &mut self.message {
            let roster = &self.roster;
            shown
                .receipts
                .retain(|seat, reading| roster.card(*seat) == Some(&reading.card));
        }
    }

    fn check_end(&self, keys: &Keys, seat: Option<Seat>, proof: Option<&sotto_protocol::Proof>) -> End {
        let proven = match (seat, proof) {
            (Some(seat), _) if seat == keys.seat() => true,
            (Some(seat), Some(proof)) => {
                self.roster
                    .proves(seat, sotto_crypto::ProofKind::Expire, &self.chain.last(), proof)
            }
            _ => false,
        };
        End { seat, proven }
    }

    /// Forgets hints whose time is over.
    pub(super) fn tick(&mut self, now: u64) {
        self.typing.retain(|_, until| *until > now);
    }

    /// When [`Room::tick`] has something to do.
    pub(super) fn due(&self) -> Option<u64> {
        self.typing.values().min().copied()
    }

    /// Whether I may write the next message.
    pub(super) fn can_send(&self, me: Seat) -> bool {
        self.message.as_ref().is_none_or(|shown| shown.author != me)
    }

    /// My own message, while it can be edited and deleted.
    pub(super) fn editable(&self, me: Seat) -> Option<&Shown> {
        self.message
            .as_ref()
            .filter(|shown| shown.author == me && !shown.is_read() && self.deleted.is_none())
    }

    /// The hash of the message that stands, if it is someone else's and I have its text.
    pub(super) fn readable(&self, me: Seat) -> Option<MessageHash> {
        self.message
            .as_ref()
            .filter(|shown| shown.author != me && shown.opened.is_some() && self.deleted.is_none())
            .map(|shown| shown.hash)
    }
}

/// Whether a snapshot's parts fit one another.
fn is_sound(snapshot: &Snapshot) -> bool {
    let last = (snapshot.turn, snapshot.last);
    let message = match (&snapshot.standing, &snapshot.stub) {
        (Some(standing), None) => (standing.turn, standing.message) == last && standing.turn > 0,
        (None, Some(stub)) => (stub.turn, stub.message) == last && stub.turn > 0,
        (None, None) => last == (0, MessageHash::NONE),
        (Some(_), Some(_)) => false,
    };
    message && snapshot.turn <= LARGEST && snapshot.expires_at <= LARGEST
}
