//! Who is connected where, and the carrying out of what the machine decided: answers, events, closings.
//!
//! All of it happens under one lock and never waits: frames go into each connection's bounded queue. The engine
//! settles commands in the order of their commits, so every connection sees one order of things, and a connection
//! that opens a seat joins in the same step that queues its snapshot: nothing falls between the two.

mod frame;
mod outbox;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use sotto_protocol::{Answer, Event, Opened, Refusal, Seat, Seats, ServerFrame, close};

pub use self::frame::frame;
pub use self::outbox::{Next, Outbox, Wakes};
use crate::faults::{Fault, Faults};
use crate::room::{Effect, RoomKey, RoomState, ended_by_time};
use crate::tally::Kind;

/// One WebSocket connection, as the rest of the relay knows it.
#[derive(Debug)]
pub struct Connection {
    /// What waits to be sent on it.
    pub outbox: Outbox,
    /// Changed only under the hub's lock.
    place: Mutex<Place>,
    /// Since when nothing has been asked on it; none while something is being done for it.
    quiet_since: Mutex<Option<Instant>>,
}

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// No seat is open on it.
    Outside,
    /// It has a seat in this room.
    In(RoomKey),
    /// It has ended.
    Gone,
}

/// The connection that a command came on, and the command's reference.
#[derive(Debug, Clone)]
pub struct Cause {
    /// The connection.
    pub connection: Arc<Connection>,
    /// The reference that the answer carries.
    pub reference: u32,
}

/// What a cause is told.
#[derive(Debug)]
pub enum Verdict {
    /// An answer.
    Answer(Answer),
    /// The connection has this seat from now on. `present` is filled in by the hub.
    Open(Opened),
    /// An answer, and it is closed.
    AnswerAndClose(Answer, u16),
    /// It is closed.
    Close(u16),
}

/// Which of a room's connections are told something.
#[derive(Clone, Copy)]
enum Audience<'a> {
    All,
    AllBut(&'a Arc<Connection>),
    Seat(Seat),
    SeatBut(Seat, &'a Arc<Connection>),
}

/// A connection that has a seat.
#[derive(Debug)]
struct Member {
    seat: Seat,
    connection: Arc<Connection>,
}

/// The connections of one room.
#[derive(Debug, Default)]
struct Members {
    all: Vec<Member>,
    /// When the room ends by time, as whoever opened it was told last.
    ends_at: u64,
}

/// The rooms in which somebody is connected.
#[derive(Debug, Default)]
pub struct Hub {
    rooms: Mutex<HashMap<RoomKey, Members>>,
}

impl Connection {
    /// A connection without a seat; at most `queue` bytes wait on it.
    pub fn new(queue: usize, faults: Arc<Faults>) -> Arc<Self> {
        Arc::new(Self {
            outbox: Outbox::new(queue, faults),
            place: Mutex::new(Place::Outside),
            quiet_since: Mutex::new(Some(Instant::now())),
        })
    }

    /// Something is being done for it: it is not quiet.
    pub fn begins(&self) {
        *self.quiet() = None;
    }

    /// Nothing is any more.
    pub fn rests(&self, now: Instant) {
        *self.quiet() = Some(now);
    }

    /// Closes it if it has no seat, and nothing was asked on it for this long.
    pub fn end_if_unopened(&self, longest: Duration, now: Instant) {
        let is_quiet = self
            .quiet()
            .is_some_and(|since| now.saturating_duration_since(since) >= longest);
        if is_quiet && *self.place() == Place::Outside && self.outbox.close(close::UNOPENED) {
            self.outbox.faults().count(Fault::Unopened);
        }
    }

    fn quiet(&self) -> MutexGuard<'_, Option<Instant>> {
        self.quiet_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an answer for its own task, which is not woken for it.
    pub fn answer(&self, reference: u32, answer: Answer) {
        if let Answer::Refused(why) = &answer {
            let why = Kind::Refused(why.into());
            self.outbox.faults().tally().count(why);
        }
        self.outbox
            .push_own(frame(&ServerFrame::Answer { reference, answer }));
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Tells cause and room what became of an input that is committed. The cause's own task is woken by whoever it waits for.
    pub fn settle(&self, key: &RoomKey, cause: Option<(&Cause, Verdict)>, effects: Vec<Effect>) -> Wakes {
        let mut wakes = Wakes::default();
        let mut rooms = self.rooms();
        let members = rooms.entry(*key).or_default();
        let before = members.present();
        let by = cause.as_ref().map(|(cause, _)| Arc::clone(&cause.connection));
        let mut joined = None;
        match cause {
            Some((cause, Verdict::Open(opened))) => {
                members.carry_out(effects, Some(&cause.connection), &mut wakes);
                members.join(key, cause, opened);
                joined = Some(Arc::clone(&cause.connection));
            }
            Some((cause, verdict)) => {
                members.tell_cause(cause, verdict);
                members.carry_out(effects, by.as_ref(), &mut wakes);
            }
            None => members.carry_out(effects, None, &mut wakes),
        }
        members.tell_presence(before, joined.as_ref(), &mut wakes);
        if members.all.is_empty() {
            rooms.remove(key);
        }
        wakes
    }

    /// Tells the other seats of the connection's room something of this one: that it is writing, what it sends. A hint:
    /// it is stored nowhere, and where the connection has no seat nobody is told.
    pub fn hint(&self, connection: &Arc<Connection>, event: impl FnOnce(Seat) -> Event) {
        let mut wakes = Wakes::default();
        let rooms = self.rooms();
        let Place::In(key) = *connection.place() else {
            return;
        };
        let Some(members) = rooms.get(&key) else { return };
        let Some(seat) = members.seat_of(connection) else {
            return;
        };
        let told = frame(&ServerFrame::Event(event(seat)));
        members.push(told, &mut wakes, |member| member.seat != seat);
    }

    /// The connection has ended, wherever it was.
    pub fn leave(&self, connection: &Arc<Connection>) {
        let mut wakes = Wakes::default();
        let mut rooms = self.rooms();
        let place = std::mem::replace(&mut *connection.place(), Place::Gone);
        let Place::In(key) = place else { return };
        let Some(members) = rooms.get_mut(&key) else {
            return;
        };
        let before = members.present();
        members
            .all
            .retain(|member| !Arc::ptr_eq(&member.connection, connection));
        members.tell_presence(before, None, &mut wakes);
        if members.all.is_empty() {
            rooms.remove(&key);
        }
    }

    /// Tells people whose room's time is over, in at most `limit` rooms, and closes it to them, whether or not its rows are
    /// gone. Returns in how many rooms it was: fewer than `limit` means that nobody is left in one that is over.
    pub fn end_due(&self, now: u64, limit: usize) -> usize {
        let mut wakes = Wakes::default();
        let mut rooms = self.rooms();
        let due = rooms.iter().filter(|(_, members)| members.ends_at <= now);
        let due: Vec<RoomKey> = due.map(|(key, _)| *key).take(limit).collect();
        for key in &due {
            if let Some(mut members) = rooms.remove(key) {
                members.carry_out(ended_by_time(), None, &mut wakes);
            }
        }
        due.len()
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<RoomKey, Members>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    /// The seats that have an open connection.
    fn present(&self) -> Seats {
        self.all.iter().map(|member| member.seat).collect()
    }

    fn seat_of(&self, connection: &Arc<Connection>) -> Option<Seat> {
        let member = self
            .all
            .iter()
            .find(|member| Arc::ptr_eq(&member.connection, connection))?;
        Some(member.seat)
    }

    fn join(&mut self, key: &RoomKey, cause: &Cause, mut opened: Opened) {
        {
            let mut place = cause.connection.place();
            // It may have ended while the store worked for it.
            if *place == Place::Gone {
                return;
            }
            *place = Place::In(*key);
        }
        self.all.push(Member {
            seat: opened.seat,
            connection: Arc::clone(&cause.connection),
        });
        self.ends_at = opened.snapshot.expires_at;
        opened.snapshot.present = self.present();
        cause.connection.answer(cause.reference, Answer::Opened(opened));
    }

    fn tell_cause(&self, cause: &Cause, verdict: Verdict) {
        let (answer, close) = match verdict {
            Verdict::Answer(answer) => (Some(answer), None),
            Verdict::AnswerAndClose(answer, code) => (Some(answer), Some(code)),
            Verdict::Close(code) => (None, Some(code)),
            Verdict::Open(opened) => (Some(Answer::Opened(opened)), None),
        };
        if let Some(mut answer) = answer {
            if let Answer::Refused(Refusal::Conflict(snapshot)) = &mut answer {
                snapshot.present = self.present();
            }
            cause.connection.answer(cause.reference, answer);
        }
        if let Some(code) = close {
            cause.connection.outbox.close(code);
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>, cause: Option<&Arc<Connection>>, wakes: &mut Wakes) {
        for effect in effects {
            if let Effect::Tell {
                event: Event::Snapshot(snapshot),
                ..
            } = &effect
            {
                self.ends_at = snapshot.expires_at;
            }
            match (effect, cause) {
                (
                    Effect::Tell {
                        seat,
                        event,
                        cause_too: false,
                    },
                    Some(cause),
                ) => {
                    self.tell(event, Audience::SeatBut(seat, cause), wakes);
                }
                (Effect::Tell { seat, event, .. }, _) => self.tell(event, Audience::Seat(seat), wakes),
                (Effect::Show { room, edited }, _) => self.show(&room, edited, cause, wakes),
                (Effect::TellRoom(event), _) => self.tell(event, Audience::All, wakes),
                (Effect::CloseSeat { seat, code }, Some(cause)) => {
                    self.close(code, Audience::SeatBut(seat, cause));
                }
                (Effect::CloseSeat { seat, code }, None) => self.close(code, Audience::Seat(seat)),
                (Effect::CloseRoom { code }, _) => self.close(code, Audience::All),
                (Effect::Release, Some(cause)) => {
                    self.all.retain(|member| !Arc::ptr_eq(&member.connection, cause));
                    let mut place = cause.place();
                    if *place != Place::Gone {
                        *place = Place::Outside;
                    }
                }
                // What the cause has proved is its own affair: the engine tells its task.
                (Effect::Release, None) | (Effect::Proved(_), _) => {}
            }
        }
    }

    /// Each seat that is there is shown its view of the message.
    fn show(&self, room: &RoomState, edited: bool, cause: Option<&Arc<Connection>>, wakes: &mut Wakes) {
        for seat in self.present().iter() {
            let audience = cause.map_or(Audience::Seat(seat), |cause| Audience::SeatBut(seat, cause));
            if self.all.iter().any(|member| audience.has(member))
                && let Some(event) = room.shown(seat, edited)
            {
                self.tell(event, audience, wakes);
            }
        }
    }

    /// One encoding for all that are told the same.
    fn tell(&self, mut event: Event, audience: Audience<'_>, wakes: &mut Wakes) {
        // Most of what a seat causes is told to its other connections, and there are none.
        if !self.all.iter().any(|member| audience.has(member)) {
            return;
        }
        if let Event::Snapshot(snapshot) = &mut event {
            snapshot.present = self.present();
        }
        self.push(frame(&ServerFrame::Event(event)), wakes, |member| {
            audience.has(member)
        });
    }

    /// Queues a frame for some. The first takes the frame itself: mostly there is no other, and sharing bytes costs room.
    fn push(&self, frame: Bytes, wakes: &mut Wakes, has: impl Fn(&Member) -> bool) {
        let mut told = self.all.iter().filter(|member| has(member));
        let Some(first) = told.next() else { return };
        for member in told {
            member.connection.outbox.push(frame.clone(), wakes);
        }
        first.connection.outbox.push(frame, wakes);
    }

    /// Closed connections have no seat any more; their tasks find the code at the end of their queues.
    fn close(&mut self, code: u16, audience: Audience<'_>) {
        self.all.retain(|member| {
            if !audience.has(member) {
                return true;
            }
            member.connection.outbox.close(code);
            let mut place = member.connection.place();
            if *place != Place::Gone {
                *place = Place::Outside;
            }
            false
        });
    }

    fn tell_presence(&self, before: Seats, joined: Option<&Arc<Connection>>, wakes: &mut Wakes) {
        let present = self.present();
        if present != before {
            let audience = joined.map_or(Audience::All, Audience::AllBut);
            self.tell(Event::Presence(present), audience, wakes);
        }
    }
}

impl Audience<'_> {
    fn has(self, member: &Member) -> bool {
        match self {
            Self::All => true,
            Self::AllBut(cause) => !Arc::ptr_eq(&member.connection, cause),
            Self::Seat(seat) => member.seat == seat,
            Self::SeatBut(seat, cause) => member.seat == seat && !Arc::ptr_eq(&member.connection, cause),
        }
    }
}
