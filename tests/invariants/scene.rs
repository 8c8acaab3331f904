//! A room with people in it, as the relay knows them: random bytes in place of all that a client would seal, since the
//! relay cannot tell the difference.

use std::net::SocketAddr;

use anyhow::{Result, bail};
use sotto_protocol::{
    AccessKey, Answer, Attempt, CardHash, Command, CommandKind, Create, Envelope, Header, MessageHash,
    MessageId, Opened, Proof, Proofs, RoomHash, Seat, Seats, TakeSeat, Token, VERSION, Welcome, WordHash,
    encode, hash, limits,
};

use crate::wire::{Caller, NOBODY, Wire};

/// The lifetime and grain of every room here, in seconds, as the relay is told with [`FLAGS`].
pub(crate) const LIFETIME: u32 = 3600;

/// The word of a relay that asks for one.
pub(crate) const WORD: &str = "marked lighthouse";

/// Settings under which a test waits for nothing: the price stays low and frames are not counted.
pub(crate) const FLAGS: &[&str] = &[
    "--lifetimes",
    "3s,1h",
    "--lifetime",
    "1h",
    "--grain",
    "1s",
    "--compaction",
    "1s",
    "--calm",
    "1000000",
    "--frames",
    "1000000",
    "--burst",
    "1000000",
];

/// Random bytes.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// That many random bytes.
pub(crate) fn random_bytes(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// The seat with this number.
pub(crate) fn seat(number: u8) -> Seat {
    Seat::new(number).expect("a seat")
}

/// What one person would know.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) room: RoomHash,
    pub(crate) seat: Seat,
    pub(crate) take: TakeSeat,
}

impl Person {
    pub(crate) fn new(room: RoomHash, number: u8) -> Self {
        let take = TakeSeat {
            access_key: random().into(),
            vault: random_bytes(limits::VAULT),
            card: random_bytes(limits::CARD),
        };
        Self {
            room,
            seat: seat(number),
            take,
        }
    }

    /// Takes seat 0 of a new room.
    pub(crate) async fn create(&self, wire: &mut Wire, size: u8, lifetime: u32) -> Result<Answer> {
        let Welcome { word, salt, .. } = &wire.welcome;
        let word = word.then(|| hash::word_hash(salt, WORD.as_bytes()));
        self.create_as(wire, size, lifetime, word).await
    }

    /// Tries to, with this word.
    pub(crate) async fn create_with(&self, wire: &mut Wire, word: Option<WordHash>) -> Result<Answer> {
        let lifetime = wire.welcome.lifetime;
        self.create_as(wire, 2, lifetime, word).await
    }

    async fn create_as(
        &self,
        wire: &mut Wire,
        size: u8,
        lifetime: u32,
        word: Option<WordHash>,
    ) -> Result<Answer> {
        wire.attempt(CommandKind::Create, self.room.subject(), |solution| {
            Command::Create(Create {
                room: self.room,
                solution,
                size,
                lifetime,
                take: self.take.clone(),
                word,
            })
        })
        .await
    }

    /// Takes a free seat.
    pub(crate) async fn claim(&self, wire: &mut Wire, token: Token) -> Result<Answer> {
        wire.attempt(CommandKind::Claim, self.room.subject(), |solution| {
            Command::Claim {
                room: self.room,
                solution,
                seat: self.seat,
                token,
                take: self.take.clone(),
            }
        })
        .await
    }

    /// The eight keys that a client shows: one for each possible seat.
    pub(crate) fn keys(&self) -> Vec<AccessKey> {
        Seat::all()
            .map(|seat| {
                if seat == self.seat {
                    self.take.access_key
                } else {
                    random().into()
                }
            })
            .collect()
    }

    /// Opens the seat again.
    pub(crate) async fn open(&self, wire: &mut Wire) -> Result<Answer> {
        let keys = self.keys();
        wire.attempt(CommandKind::Open, self.room.subject(), |solution| Command::Open {
            room: self.room,
            attempt: Attempt::Puzzle(solution),
            keys: keys.clone(),
        })
        .await
    }
}

/// What an answer opened.
pub(crate) fn opened(answer: Answer) -> Result<Opened> {
    match answer {
        Answer::Opened(opened) => Ok(opened),
        other => bail!("not opened: {other:?}"),
    }
}

/// A person at an open seat.
pub(crate) struct Seated {
    pub(crate) person: Person,
    pub(crate) wire: Wire,
    pub(crate) opened: Opened,
}

/// A room in which every seat is open on one connection.
pub(crate) struct Scene {
    relay: SocketAddr,
    pub(crate) room: RoomHash,
    pub(crate) people: Vec<Seated>,
    /// The number of the last message.
    pub(crate) turn: u64,
    /// The hash of the last message's last revision.
    pub(crate) last: MessageHash,
    /// The last message, in its last revision.
    pub(crate) draft: Option<Draft>,
}

/// A message in the making; every field may be changed before it is sealed.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) header: Header,
    pub(crate) body: Vec<u8>,
    pub(crate) without: Seats,
}

impl Scene {
    /// A room of two.
    pub(crate) async fn two(relay: SocketAddr) -> Result<Self> {
        Self::of(relay, 2, LIFETIME).await
    }

    /// A full room of this size.
    pub(crate) async fn of(relay: SocketAddr, size: u8, lifetime: u32) -> Result<Self> {
        Self::called(relay, size, lifetime, &NOBODY).await
    }

    /// A full room of people who say of themselves that they are this caller.
    pub(crate) async fn called(relay: SocketAddr, size: u8, lifetime: u32, caller: &Caller) -> Result<Self> {
        let room = RoomHash::new(random());
        let mut scene = Self {
            relay,
            room,
            people: Vec::new(),
            turn: 0,
            last: MessageHash::NONE,
            draft: None,
        };
        let first = Person::new(room, 0);
        let mut wire = Wire::connect_as(relay, caller).await?;
        let is_open = opened(first.create(&mut wire, size, lifetime).await?)?;
        scene.people.push(Seated {
            person: first,
            wire,
            opened: is_open,
        });
        for number in 1..size {
            let token = scene.invite(seat(number)).await?;
            let person = Person::new(room, number);
            let mut wire = Wire::connect_as(relay, caller).await?;
            let is_open = opened(person.claim(&mut wire, token).await?)?;
            scene.people.push(Seated {
                person,
                wire,
                opened: is_open,
            });
        }
        Ok(scene)
    }

    /// Lets seat 0 give a code for a free seat.
    pub(crate) async fn invite(&mut self, free: Seat) -> Result<Token> {
        let token = Token::new(random());
        let command = Command::Invite {
            seat: free,
            token: Some(token),
            invitation: None,
        };
        match self.ask(0, &command).await? {
            Answer::Done => Ok(token),
            other => bail!("no invite: {other:?}"),
        }
    }

    /// Asks on somebody's connection.
    pub(crate) async fn ask(&mut self, number: usize, command: &Command) -> Result<Answer> {
        self.people[number].wire.ask(command).await
    }

    /// Opens all seats on new connections, as after a restart.
    pub(crate) async fn reconnect(&mut self) -> Result<()> {
        for seated in &mut self.people {
            seated.wire = Wire::connect(self.relay).await?;
            seated.opened = opened(seated.person.open(&mut seated.wire).await?)?;
        }
        Ok(())
    }

    /// A message that fits the room as it is.
    pub(crate) fn draft(&self, author: usize) -> Draft {
        let seats: sotto_protocol::SeatMap<CardHash> = self
            .people
            .iter()
            .map(|seated| (seated.person.seat, hash::card_hash(&seated.person.take.card)))
            .collect();
        Draft {
            header: Header {
                version: VERSION,
                id: MessageId::new(random()),
                turn: self.turn + 1,
                rev: 0,
                seat: self.people[author].person.seat,
                seats,
                prev: self.last,
                commit: random().into(),
            },
            body: random_bytes(256 + limits::TAG),
            without: Seats::NONE,
        }
    }

    /// Sends a message that fits, and has the relay accept it.
    pub(crate) async fn sends(&mut self, author: usize) -> Result<(Draft, Command)> {
        let draft = self.draft(author);
        let command = draft.send();
        match self.ask(author, &command).await? {
            Answer::Done => {
                self.took(&draft);
                Ok((draft, command))
            }
            other => bail!("not sent: {other:?}"),
        }
    }

    /// The room is now what an accepted message makes it.
    pub(crate) fn took(&mut self, draft: &Draft) {
        self.turn = draft.header.turn;
        self.last = draft.hash(&self.room);
        self.draft = Some(draft.clone());
    }

    /// Proofs for all but this seat.
    pub(crate) fn proofs(&self, from: usize) -> Proofs {
        let from = self.people[from].person.seat;
        let others = self
            .people
            .iter()
            .map(|seated| seated.person.seat)
            .filter(|seat| *seat != from);
        others.map(|seat| (seat, Proof::new(random()))).collect()
    }
}

impl Draft {
    /// The next revision of the same message.
    pub(crate) fn edited(&self) -> Self {
        let header = Header {
            rev: self.header.rev + 1,
            commit: random().into(),
            ..self.header.clone()
        };
        Self {
            header,
            body: random_bytes(self.body.len()),
            without: self.without,
        }
    }

    pub(crate) fn hash(&self, room: &RoomHash) -> MessageHash {
        hash::message_hash(room, &encode(&self.header), &self.body)
    }

    pub(crate) fn envelope(&self) -> Envelope {
        let boxes = self
            .header
            .seats
            .iter()
            .map(|_| random_bytes(limits::BOX))
            .collect();
        Envelope {
            header: encode(&self.header),
            body: self.body.clone(),
            boxes,
        }
    }

    pub(crate) fn send(&self) -> Command {
        Command::Send {
            envelope: self.envelope(),
            without: self.without,
            read: None,
        }
    }

    pub(crate) fn edit(&self) -> Command {
        Command::Edit {
            envelope: self.envelope(),
            without: self.without,
        }
    }
}
