//! The view, made from what the session knows.

use alloc::{borrow::ToOwned, vec::Vec};

use sotto_protocol::Seat;

use super::message::Shown;
use super::roster::Place;
use super::seated::Seated;
use super::{Phase, Session};
use crate::view::{Deleted, Message, Offers, Room, SeatKind, SeatView, Sending, Stage, View, Work};

impl Session {
    /// What the page shows now.
    pub(super) fn view(&self) -> View {
        let is_up = self.link.is_up();
        let (stage, work): (Stage, Option<Work>) = match &self.phase {
            Phase::Entry => (Stage::Entry, None),
            Phase::Opening(opening) => (Stage::Working, Some(opening.work(is_up))),
            Phase::Choosing(choosing) if !choosing.choices().is_empty() => (Stage::Choose, None),
            Phase::Choosing(_) => (
                Stage::Working,
                Some(if is_up { Work::Asking } else { Work::Connecting }),
            ),
            Phase::Resuming(resuming) => (Stage::Working, Some(resuming.work(is_up))),
            Phase::Redeeming(redeeming) => (Stage::Working, Some(redeeming.work(is_up))),
            Phase::Seated(_) => (Stage::Room, None),
            Phase::Ended(_, _) => (Stage::Ended, None),
        };
        let (room, ending) = match &self.phase {
            Phase::Seated(seated) => (Some(seated.shown(self.link.is_up(), self.offset)), None),
            Phase::Ended(ending, room) => (room.clone().map(|room| *room), Some(*ending)),
            _ => (None, None),
        };
        View {
            stage,
            work,
            failure: self.failure,
            connection: self.link.shown(match &self.phase {
                Phase::Seated(seated) => seated.is_live(),
                _ => true,
            }),
            closed: self.link.closed(),
            offers: self.welcome.as_ref().map(|welcome| Offers {
                lifetimes: welcome.lifetimes.clone(),
                lifetime: welcome.lifetime,
                word: welcome.word,
            }),
            choices: match &self.phase {
                Phase::Choosing(choosing) => choosing.choices(),
                _ => Vec::new(),
            },
            room,
            ending,
        }
    }
}

impl Seated {
    /// What the page shows of the room.
    pub(super) fn shown(&self, is_up: bool, clock_offset: i64) -> Room {
        let room = &self.room;
        let me = self.me();
        let live = is_up && self.is_live();
        let sending = match &self.change {
            Some(_) => Some(Sending::Passcode),
            None => self.orders.sending(),
        };
        Room {
            me: me.number(),
            size: room.roster.size(),
            turn: room.chain.turn(),
            expires_at: room.expires_at,
            clock_offset,
            seats: Seat::all()
                .take(room.roster.size().into())
                .filter_map(|seat| self.seat(seat, live))
                .collect(),
            message: room.message.as_ref().map(|shown| self.message(shown)),
            deleted: room.deleted.map(|deleted| Deleted {
                turn: deleted.turn,
                author: deleted.author.number(),
                proven: deleted.proven,
            }),
            cover: self.cover.is_some(),
            can_send: room.can_send(me),
            can_edit: room.editable(me).is_some(),
            typing: room.typing.keys().map(|seat| seat.number()).collect(),
            code: self.code.clone(),
            sending,
            outcome: self.outcome(),
            alarms: room.alarms.shown(),
        }
    }

    fn seat(&self, seat: Seat, live: bool) -> Option<SeatView> {
        let mine = self.room.roster.mine();
        let (state, peer, unconfirmed) = match self.room.roster.place(seat) {
            _ if seat == self.me() => (SeatKind::Held, Some(mine), false),
            Some(Place::Free) => (SeatKind::Free, None, false),
            Some(Place::Invited) => (SeatKind::Invited, None, false),
            Some(Place::Held(neighbour)) => (SeatKind::Held, neighbour.peer(), !neighbour.is_confirmed()),
            None => return None,
        };
        let habits = if seat == self.me() {
            self.sends()
        } else {
            self.room.habits.get(&seat).copied().unwrap_or_default()
        };
        let nickname = peer.map(|peer| peer.nickname().to_owned());
        Some(SeatView {
            seat: seat.number(),
            state,
            nickname: nickname.filter(|name| !name.is_empty()),
            present: live
                && (seat == self.me() || self.room.present.contains(seat))
                && state == SeatKind::Held,
            words: peer.map(|peer| peer.fingerprint().safety_words()),
            compared: self.room.roster.is_compared(seat),
            receipts: habits.receipts,
            typing: habits.typing,
            unconfirmed,
        })
    }

    fn message(&self, shown: &Shown) -> Message {
        let (roster, me) = (&self.room.roster, self.me());
        let held = roster.others().with(me);
        let covered = shown.opened.is_some() && self.covers(&shown.hash);
        let read = |this: bool| {
            let receipts = shown.receipts.iter();
            receipts
                .filter(move |(_, reading)| (reading.hash == shown.hash) == this)
                .map(|(seat, _)| seat.number())
                .collect::<Vec<u8>>()
        };
        let read_by = read(true);
        let unread = held
            .without(shown.author)
            .iter()
            .map(Seat::number)
            .filter(|seat| !read_by.contains(seat));
        let seats = shown.header().map(|header| &header.seats);
        let knows = |(seat, card): (&Seat, &sotto_protocol::CardHash)| roster.card(*seat) == Some(card);
        Message {
            turn: shown.turn,
            rev: shown.rev,
            author: shown.author.number(),
            mine: shown.author == me,
            text: shown.text().filter(|_| !covered).map(str::to_owned),
            covered,
            unread_by: unread.collect(),
            read_earlier_by: read(false),
            was_read: shown.is_read(),
            answer_was_receipt: shown.answer_was_receipt,
            unknown_readers: seats.map_or_else(Vec::new, |seats| {
                seats
                    .iter()
                    .filter(|entry| !knows(*entry))
                    .map(|(seat, _)| seat.number())
                    .collect()
            }),
            missing_readers: seats.map_or_else(Vec::new, |seats| {
                held.iter()
                    .filter(|seat| !seats.contains_key(seat))
                    .map(Seat::number)
                    .collect()
            }),
            read_by,
        }
    }
}
