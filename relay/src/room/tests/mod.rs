//! Every rule of the machine. Commands go the whole way, as they come from the wire through [`intake`].

mod end;
mod enter;
mod form;
mod message;
mod retry;
mod seats;
mod view;

use std::collections::BTreeMap;

use sotto_protocol::{
    AccessKey, Attempt, Command, Commit, Create, Envelope, Event, Header, Invitation, InvitationId,
    MessageHash, MessageId, Proof, Proofs, Refusal, RoomHash, Seat, Seats, Snapshot, Solution, TakeSeat,
    Ticket, Token, hash, limits,
};

use super::{Change, Effect, Outcome, Reply, RoomState, Rules, Standing, apply, intake};
use crate::pepper::Pepper;

const HASH: RoomHash = RoomHash::new([1; 32]);
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
/// In the middle of an hour.
const START: u64 = 500 * DAY + 1_234;

const A: Seat = Seat::FIRST;
const B: Seat = seat(1);
const C: Seat = seat(2);

const fn seat(number: u8) -> Seat {
    match Seat::new(number) {
        Some(seat) => seat,
        None => panic!("no such seat"),
    }
}

/// A room and the people in it.
struct Play {
    rules: Rules,
    pepper: Pepper,
    now: u64,
    room: Option<RoomState>,
    keys: BTreeMap<Seat, AccessKey>,
}

impl Play {
    /// No room yet.
    fn nothing() -> Self {
        Self {
            rules: Rules::default(),
            pepper: Pepper::derive(&[9; 32]),
            now: START,
            room: None,
            keys: BTreeMap::new(),
        }
    }

    /// A room of this size in which the first few seats are held.
    fn room(size: u8, held: u8) -> Self {
        let mut play = Self::nothing();
        play.opened(create(size, 7 * DAY));
        play.keys.insert(A, key(A));
        for number in 1..held {
            play.join(seat(number));
        }
        play
    }

    /// Somebody is invited to a seat and claims it.
    fn join(&mut self, free: Seat) {
        assert_eq!(self.by(A, invite(free, Some(token(free)))).reply, Reply::Done);
        let outcome = self.stranger(claim(free, token(free)));
        assert!(matches!(outcome.reply, Reply::Opened { .. }));
        self.keys.insert(free, key(free));
    }

    fn does(&mut self, seat: Option<Seat>, command: Command) -> Outcome {
        let room = self.pepper.room_key(&HASH);
        let proved = seat.map(|seat| (seat, self.pepper.access_hash(&room, seat, &self.keys[&seat])));
        let input = match intake(&self.pepper, &HASH, &room, proved, command) {
            Ok(input) => input,
            Err(why) => return Outcome::refused(why),
        };
        let outcome = apply(&self.rules, self.room.as_ref(), &input, self.now);
        match &outcome.change {
            Change::Keep => {}
            Change::Put(room) => self.room = Some((**room).clone()),
            Change::Remove => self.room = None,
        }
        outcome
    }

    fn by(&mut self, seat: Seat, command: Command) -> Outcome {
        self.does(Some(seat), command)
    }

    fn stranger(&mut self, command: Command) -> Outcome {
        self.does(None, command)
    }

    /// Asks, and it is done.
    fn done(&mut self, seat: Seat, command: Command) {
        assert_eq!(self.by(seat, command).reply, Reply::Done);
    }

    /// Knocks, and it opens.
    fn opened(&mut self, command: Command) {
        assert!(matches!(self.stranger(command).reply, Reply::Opened { .. }));
    }

    /// Does it, and nothing changes.
    fn in_vain(&mut self, seat: Option<Seat>, command: Command) -> Reply {
        let before = self.room.clone();
        let outcome = self.does(seat, command);
        assert_eq!(
            (self.room.as_ref(), &outcome.effects),
            (before.as_ref(), &Vec::new())
        );
        outcome.reply
    }

    fn is(&self) -> &RoomState {
        self.room.as_ref().expect("there is a room")
    }

    fn standing(&self) -> &Standing {
        self.is().standing().expect("a message stands")
    }

    /// The next message, as its author would write it.
    fn letter(&self, author: Seat, id: u8) -> Header {
        let room = self.is();
        Header {
            version: 1,
            id: MessageId::new([id; 16]),
            turn: room.turn + 1,
            rev: 0,
            seat: author,
            seats: room
                .held
                .iter()
                .map(|(seat, held)| (*seat, held.card_hash))
                .collect(),
            prev: room.last,
            commit: Commit::new([id; 32]),
        }
    }

    /// The next revision of what stands.
    fn revision(&self, commit: u8) -> Header {
        let standing = self.standing();
        Header {
            id: standing.id,
            turn: self.is().turn,
            rev: standing.rev + 1,
            prev: standing.prev,
            commit: Commit::new([commit; 32]),
            ..self.letter(standing.author, 0)
        }
    }

    fn sends(&mut self, author: Seat, id: u8) -> Outcome {
        let letter = self.letter(author, id);
        self.by(author, send(&letter))
    }

    /// Sends, and it goes through.
    fn sent(&mut self, author: Seat, id: u8) -> MessageHash {
        assert_eq!(self.sends(author, id).reply, Reply::Done);
        self.is().last
    }
}

fn envelope(header: &Header) -> Envelope {
    let boxes = header
        .seats
        .keys()
        .map(|seat| vec![seat.number() + 1; limits::BOX])
        .collect();
    Envelope {
        header: header.encode(),
        body: vec![7; 256 + limits::TAG],
        boxes,
    }
}

fn send(header: &Header) -> Command {
    Command::Send {
        envelope: envelope(header),
        without: Seats::NONE,
        read: None,
    }
}

fn answer(header: &Header, read: &[(Seat, u8)]) -> Command {
    Command::Send {
        envelope: envelope(header),
        without: Seats::NONE,
        read: Some(proofs(read)),
    }
}

fn edit(header: &Header) -> Command {
    Command::Edit {
        envelope: envelope(header),
        without: Seats::NONE,
    }
}

fn proofs(shown: &[(Seat, u8)]) -> Proofs {
    shown.iter().map(|(seat, byte)| (*seat, proof(*byte))).collect()
}

const fn proof(byte: u8) -> Proof {
    Proof::new([byte; 16])
}

fn delete(message: MessageHash, shown: &[(Seat, u8)]) -> Command {
    Command::Delete {
        message,
        proofs: proofs(shown),
    }
}

fn read(message: MessageHash, shown: &[(Seat, u8)]) -> Command {
    Command::Read {
        message,
        proofs: proofs(shown),
    }
}

fn key(seat: Seat) -> AccessKey {
    AccessKey::new([0x40 + seat.number(); 32])
}

fn token(seat: Seat) -> Token {
    Token::new([0x60 + seat.number(); 32])
}

fn take(seat: Seat) -> TakeSeat {
    let number = seat.number();
    TakeSeat {
        access_key: key(seat),
        vault: vec![0x10 + number; limits::VAULT],
        card: vec![0x20 + number; limits::CARD],
    }
}

fn create(size: u8, lifetime: u64) -> Command {
    Command::Create(Create {
        room: HASH,
        solution: Solution::new([0; 8]),
        size,
        lifetime: u32::try_from(lifetime).unwrap(),
        take: take(A),
        word: None,
    })
}

fn claim(seat: Seat, token: Token) -> Command {
    Command::Claim {
        room: HASH,
        solution: Solution::new([0; 8]),
        seat,
        token,
        take: take(seat),
    }
}

fn open(keys: [AccessKey; 8]) -> Command {
    Command::Open {
        room: HASH,
        attempt: Attempt::Puzzle(Solution::new([0; 8])),
        keys: keys.to_vec(),
    }
}

/// One key at its seat, wrong ones at the others.
fn open_one(seat: Seat, key: AccessKey) -> Command {
    let mut keys = [AccessKey::new([0xee; 32]); 8];
    keys[seat.index()] = key;
    open(keys)
}

fn reopen(seat: Seat, key: AccessKey) -> Command {
    let attempt = Attempt::Ticket {
        seat,
        ticket: Ticket::new([0; 32]),
    };
    Command::Open {
        room: HASH,
        attempt,
        keys: vec![key],
    }
}

fn invite(seat: Seat, token: Option<Token>) -> Command {
    Command::Invite {
        seat,
        token,
        invitation: None,
    }
}

fn invitation(byte: u8) -> Invitation {
    Invitation {
        id: InvitationId::new([byte; 32]),
        sealed: vec![byte; limits::INVITATION],
    }
}

fn conflict(reply: &Reply) -> &Snapshot {
    match reply {
        Reply::Refused(Refusal::Conflict(snapshot)) => snapshot,
        other => panic!("no conflict: {other:?}"),
    }
}

fn refused(why: Refusal) -> Reply {
    Reply::Refused(why)
}

/// Whom the effects tell what, in order.
fn told(outcome: &Outcome) -> Vec<(Seat, &Event)> {
    outcome
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Tell { seat, event, .. } => Some((*seat, event)),
            _ => None,
        })
        .collect()
}

/// Which message each seat is shown, and whether as an edited one. There is no other effect.
fn shown(outcome: &Outcome) -> Vec<(Seat, bool, sotto_protocol::Standing)> {
    let [Effect::Show { room, edited }] = outcome.effects.as_slice() else {
        panic!("{:?}", outcome.effects)
    };
    let view = |seat| match room.shown(seat, *edited)? {
        Event::Message(standing) => Some((seat, false, standing)),
        Event::Edited(standing) => Some((seat, true, standing)),
        other => panic!("{other:?}"),
    };
    Seat::all().filter_map(view).collect()
}
