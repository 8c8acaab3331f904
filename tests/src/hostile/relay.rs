//! The honest part of the hostile relay: the product's room machine with a list of connections.

use std::collections::BTreeMap;
use std::sync::Arc;

use sotto_protocol::{
    Answer, Attempt, Command, Event, Nonce, Opened, Puzzle, Refusal, Request, RoomHash, Salt, Seat, Seats,
    ServerFrame, VERSION, Welcome, close, decode,
};
use sotto_relay::pepper::Pepper;
use sotto_relay::room::{
    AccessHash, Change, Effect, Held, Input, Reply, RoomKey, RoomState, Rules, apply, intake,
};

/// What goes down to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Down {
    /// A frame.
    Frame(Box<ServerFrame>),
    /// The connection is closed.
    Close(u16),
}

/// A connection's seat.
#[derive(Debug, Clone, Copy)]
struct Place {
    room: RoomHash,
    key: RoomKey,
    seat: Seat,
    access: AccessHash,
}

/// A relay in memory.
pub struct HonestRelay {
    pepper: Pepper,
    rules: Rules,
    rooms: BTreeMap<RoomKey, RoomState>,
    /// Each connection, and its seat if it has opened one; a closed one is gone.
    connections: BTreeMap<usize, Option<Place>>,
    made: usize,
}

/// To whom, what.
pub(super) type Queue = Vec<(usize, Down)>;

impl Default for HonestRelay {
    fn default() -> Self {
        Self {
            pepper: Pepper::derive(&[7; 32]),
            rules: Rules::default(),
            rooms: BTreeMap::new(),
            connections: BTreeMap::new(),
            made: 0,
        }
    }
}

impl HonestRelay {
    /// A new connection.
    pub fn connect(&mut self, now: u64) -> (usize, Down) {
        self.made += 1;
        self.connections.insert(self.made, None);
        let welcome = Welcome {
            version: VERSION,
            time: now,
            salt: Salt::new([3; 16]),
            lifetimes: self.rules.lifetimes.clone(),
            lifetime: 604_800,
            grain: self.rules.grain,
            word: false,
        };
        (self.made, Down::Frame(Box::new(ServerFrame::Welcome(welcome))))
    }

    /// A connection that its client closed.
    pub fn disconnect(&mut self, connection: usize) -> Queue {
        let mut queue = Queue::new();
        if let Some(Some(place)) = self.connections.remove(&connection) {
            self.tell_presence(place.key, &mut queue);
        }
        queue
    }

    /// A frame from a client.
    pub fn handle(&mut self, connection: usize, bytes: &[u8], now: u64) -> Queue {
        let mut queue = Queue::new();
        let Some(place) = self.connections.get(&connection).copied() else {
            return queue;
        };
        let Ok(Request { reference, command }) = decode::<Request>(bytes) else {
            self.connections.remove(&connection);
            queue.push((connection, Down::Close(close::MALFORMED)));
            return queue;
        };
        let answer = |answer| {
            (
                connection,
                Down::Frame(Box::new(ServerFrame::Answer { reference, answer })),
            )
        };
        let room = match (&command, place) {
            (Command::Puzzle(_), _) => {
                let puzzle = Puzzle {
                    nonce: Nonce::new([5; 16]),
                    bits: 0,
                };
                queue.push(answer(Answer::Puzzle(puzzle)));
                return queue;
            }
            (Command::Invitation { id, .. }, _) => {
                let key = self.pepper.invitation_key(id);
                let mut left = self.rooms.values().flat_map(|room| room.invites.values());
                let found =
                    left.find_map(|invite| invite.invitation.as_ref().filter(|(left, _)| *left == key));
                queue.push(answer(
                    found.map_or(Answer::Refused(Refusal::Refused), |(_, sealed)| {
                        Answer::Invitation(sealed.clone())
                    }),
                ));
                return queue;
            }
            (Command::Typing | Command::Habits(_), None) => return queue,
            (Command::Typing, Some(place)) => return self.hint(place, &Event::Typing(place.seat)),
            (Command::Habits(habits), Some(place)) => {
                let (seat, habits) = (place.seat, *habits);
                return self.hint(place, &Event::Habits { seat, habits });
            }
            (Command::Create(create), _) => create.room,
            (Command::Claim { room, .. } | Command::Open { room, .. }, _) => *room,
            (_, Some(place)) => place.room,
            (_, None) => {
                queue.push(answer(Answer::Refused(Refusal::NoSeat)));
                return queue;
            }
        };
        let key = self.pepper.room_key(&room);
        if let Command::Open {
            attempt: Attempt::Ticket { seat, ticket },
            keys,
            ..
        } = &command
        {
            let shown = keys
                .first()
                .map(|shown| self.pepper.access_hash(&key, *seat, shown));
            if !shown.is_some_and(|shown| self.pepper.is_ticket(&key, *seat, &shown, ticket)) {
                queue.push(answer(Answer::Refused(Refusal::Refused)));
                return queue;
            }
        }
        let seat = place.map(|place| (place.seat, place.access));
        match intake(&self.pepper, &room, &key, seat, command) {
            Ok(input) => self.decide(connection, reference, room, key, &input, now, &mut queue),
            Err(refusal) => queue.push(answer(Answer::Refused(refusal))),
        }
        queue
    }

    /// As the relay's hub does it: the other seats are told, and nothing is answered.
    fn hint(&self, from: Place, event: &Event) -> Queue {
        let others = Seat::all().filter(|seat| *seat != from.seat);
        others
            .flat_map(|seat| self.of(from.key, Some(seat)))
            .map(|connection| {
                (
                    connection,
                    Down::Frame(Box::new(ServerFrame::Event(event.clone()))),
                )
            })
            .collect()
    }

    #[expect(clippy::too_many_arguments, reason = "one call, and each is plain")]
    fn decide(
        &mut self,
        cause: usize,
        reference: u32,
        room: RoomHash,
        key: RoomKey,
        input: &Input,
        now: u64,
        queue: &mut Queue,
    ) {
        let outcome = apply(&self.rules, self.rooms.get(&key), input, now);
        match outcome.change {
            Change::Keep => {}
            Change::Put(state) => {
                self.rooms.insert(key, Arc::unwrap_or_clone(state));
            }
            Change::Remove => {
                self.rooms.remove(&key);
            }
        }
        let answer = |answer| {
            (
                cause,
                Down::Frame(Box::new(ServerFrame::Answer { reference, answer })),
            )
        };
        let mut opened_now = false;
        let mut opened = None;
        match outcome.reply {
            Reply::Done => queue.push(answer(Answer::Done)),
            Reply::Opened {
                seat,
                access,
                vault,
                snapshot,
            } => {
                opened_now = true;
                let ticket = self.pepper.ticket(&key, seat, &access);
                opened = Some((
                    Place {
                        room,
                        key,
                        seat,
                        access,
                    },
                    Opened {
                        seat,
                        vault,
                        ticket,
                        snapshot: *snapshot,
                    },
                ));
            }
            Reply::Several(seats) => {
                let access = |seat: Seat| match input {
                    Input::Open { keys } => keys.get(seat.index()).copied(),
                    _ => None,
                };
                let tickets = seats.iter().filter_map(|seat| Some((seat, access(seat)?)));
                let tickets = tickets.map(|(seat, access)| (seat, self.pepper.ticket(&key, seat, &access)));
                queue.push(answer(Answer::Several(tickets.collect())));
            }
            Reply::Refused(mut refusal) => {
                if let Refusal::Conflict(snapshot) = &mut refusal {
                    snapshot.present = self.present(key);
                }
                queue.push(answer(Answer::Refused(refusal)));
            }
            Reply::Close(code) => self.close(cause, code, queue),
            Reply::WrongPasscode => {
                queue.push(answer(Answer::Refused(Refusal::Refused)));
                self.close(cause, close::WRONG_PASSCODE, queue);
            }
        }
        for effect in outcome.effects {
            self.carry_out(effect, key, cause, queue);
        }
        if let Some((place, mut opened)) = opened {
            self.connections.insert(cause, Some(place));
            opened.snapshot.present = self.present(key);
            queue.push(answer(Answer::Opened(opened)));
        }
        if opened_now {
            self.tell_presence(key, queue);
        }
    }

    fn carry_out(&mut self, effect: Effect, key: RoomKey, cause: usize, queue: &mut Queue) {
        match effect {
            Effect::Tell {
                seat,
                event,
                cause_too,
            } => {
                for connection in self.of(key, Some(seat)) {
                    if cause_too || connection != cause {
                        queue.push((
                            connection,
                            Down::Frame(Box::new(ServerFrame::Event(event.clone()))),
                        ));
                    }
                }
            }
            Effect::Show { room, edited } => {
                for seat in Seat::all() {
                    let Some(event) = room.shown(seat, edited) else {
                        continue;
                    };
                    let told = Effect::Tell {
                        seat,
                        event,
                        cause_too: false,
                    };
                    self.carry_out(told, key, cause, queue);
                }
            }
            Effect::TellRoom(event) => {
                for connection in self.of(key, None) {
                    queue.push((
                        connection,
                        Down::Frame(Box::new(ServerFrame::Event(event.clone()))),
                    ));
                }
            }
            Effect::CloseSeat { seat, code } => {
                for connection in self.of(key, Some(seat)) {
                    if connection != cause {
                        self.close(connection, code, queue);
                    }
                }
            }
            Effect::CloseRoom { code } => {
                for connection in self.of(key, None) {
                    self.close(connection, code, queue);
                }
            }
            Effect::Release => {
                self.connections.insert(cause, None);
            }
            Effect::Proved(access) => {
                if let Some(Some(place)) = self.connections.get_mut(&cause) {
                    place.access = access;
                }
            }
        }
    }

    fn close(&mut self, connection: usize, code: u16, queue: &mut Queue) {
        self.connections.remove(&connection);
        queue.push((connection, Down::Close(code)));
    }

    /// The connections of a room, of one seat or of all.
    fn of(&self, key: RoomKey, seat: Option<Seat>) -> Vec<usize> {
        let is_it = |place: &Place| place.key == key && seat.is_none_or(|seat| place.seat == seat);
        let open = self.connections.iter();
        open.filter(|(_, place)| place.as_ref().is_some_and(is_it))
            .map(|(connection, _)| *connection)
            .collect()
    }

    fn present(&self, key: RoomKey) -> Seats {
        let places = self.connections.values().flatten();
        places
            .filter(|place| place.key == key)
            .map(|place| place.seat)
            .collect()
    }

    fn tell_presence(&self, key: RoomKey, queue: &mut Queue) {
        let present = Event::Presence(self.present(key));
        for connection in self.of(key, None) {
            queue.push((
                connection,
                Down::Frame(Box::new(ServerFrame::Event(present.clone()))),
            ));
        }
    }

    /// The one room that there is, as the relay has it.
    pub fn room(&mut self) -> Option<&mut RoomState> {
        self.rooms.values_mut().next()
    }

    /// What is kept of a seat, to change it.
    pub fn held(&mut self, seat: Seat) -> Option<&mut Held> {
        self.room()?.held.get_mut(&seat).map(Arc::make_mut)
    }

    /// Puts another card at a seat.
    pub fn replaces_card(&mut self, seat: Seat, card: Vec<u8>) {
        if let Some(held) = self.held(seat) {
            *held = Held::new(held.access, held.token, held.vault.clone(), card);
        }
    }
}
