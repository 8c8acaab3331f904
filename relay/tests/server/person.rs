//! Somebody who holds a seat, as far as the relay can tell.

use sotto_protocol::{
    AccessKey, Answer, Attempt, Command, CommandKind, Commit, Create, Envelope, Event, Header, MessageHash,
    MessageId, Proof, Proofs, Refusal, RoomHash, Seat, SeatState, Snapshot, Solution, Standing, TakeSeat,
    Ticket, Token, VERSION, hash, limits,
};

use crate::support::{Client, TestRelay};

/// Random bytes, which is what sealed ones look like.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// Random bytes of this length.
pub(crate) fn sealed(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

pub(crate) fn room() -> RoomHash {
    RoomHash::new(random())
}

pub(crate) fn seat(number: u8) -> Seat {
    Seat::new(number).unwrap()
}

/// What a seat is taken with.
pub(crate) fn take(access_key: AccessKey) -> TakeSeat {
    TakeSeat {
        access_key,
        vault: sealed(limits::VAULT),
        card: sealed(limits::CARD),
    }
}

/// One tab of somebody with a seat.
pub(crate) struct Person {
    pub(crate) client: Client,
    pub(crate) room: RoomHash,
    pub(crate) seat: Seat,
    pub(crate) key: AccessKey,
    pub(crate) ticket: Ticket,
    pub(crate) vault: Vec<u8>,
    /// The room as it was when the tab last looked.
    pub(crate) snapshot: Snapshot,
}

impl Person {
    /// Somebody who has just made a room of this size.
    pub(crate) async fn creates(relay: &TestRelay, size: u8) -> Self {
        let mut client = relay.connect().await;
        let (room, key) = (room(), AccessKey::new(random()));
        let lifetime = client.welcome.lifetime;
        let answer = create(&mut client, room, size, lifetime, take(key)).await;
        Self::opened(client, room, key, answer)
    }

    /// Somebody whom this person invites to a seat. Both have been told of it.
    pub(crate) async fn invites(&mut self, relay: &TestRelay, number: u8) -> Self {
        let token = Token::new(random());
        let invite = Command::Invite {
            seat: seat(number),
            token: Some(token),
            invitation: None,
        };
        assert_eq!(self.client.ask(invite).await, Answer::Done);
        let mut client = relay.connect().await;
        let key = AccessKey::new(random());
        let answer = claim(&mut client, self.room, seat(number), token, take(key)).await;
        let other = Self::opened(client, self.room, key, answer);
        let told = self.client.event().await;
        assert!(
            matches!(told, Event::Seat { seat, state: SeatState::Held(_) } if seat == other.seat),
            "{told:?}"
        );
        assert_eq!(self.client.event().await, Event::Presence(other.snapshot.present));
        self.snapshot = Snapshot {
            standing: None,
            stub: None,
            ..other.snapshot.clone()
        };
        other
    }

    /// Another tab of the same person.
    pub(crate) async fn another_tab(&self, relay: &TestRelay) -> Self {
        let mut client = relay.connect().await;
        let answer = reopen(&mut client, self.room, self.seat, self.key, self.ticket).await;
        Self::opened(client, self.room, self.key, answer)
    }

    /// The same person, from now on in a tab whose system takes hardly anything that it does not read.
    pub(crate) async fn narrow_tab(self, relay: &TestRelay) -> Self {
        let mut client = Client::connect_narrow(&relay.address).await;
        let answer = reopen(&mut client, self.room, self.seat, self.key, self.ticket).await;
        Self::opened(client, self.room, self.key, answer)
    }

    fn opened(client: Client, room: RoomHash, key: AccessKey, answer: Answer) -> Self {
        let Answer::Opened(opened) = answer else {
            panic!("not opened: {answer:?}")
        };
        Self {
            client,
            room,
            seat: opened.seat,
            key,
            ticket: opened.ticket,
            vault: opened.vault,
            snapshot: opened.snapshot,
        }
    }

    /// The room's next message, sealed to everybody who has a seat in it.
    pub(crate) fn envelope(&self) -> Envelope {
        self.revision(
            MessageId::new(random()),
            0,
            self.snapshot.turn + 1,
            self.snapshot.last,
        )
    }

    pub(crate) fn revision(&self, id: MessageId, rev: u32, turn: u64, prev: MessageHash) -> Envelope {
        let seats: sotto_protocol::SeatMap<_> = self
            .snapshot
            .seats
            .iter()
            .filter_map(|(seat, state)| match state {
                SeatState::Held(card) => Some((*seat, hash::card_hash(card))),
                _ => None,
            })
            .collect();
        let boxes = seats.iter().map(|_| sealed(limits::BOX)).collect();
        let header = Header {
            version: VERSION,
            id,
            turn,
            rev,
            seat: self.seat,
            seats,
            prev,
            commit: Commit::new(random()),
        };
        let body = sealed(limits::PADDED[0] + limits::TAG);
        Envelope {
            header: header.encode(),
            body,
            boxes,
        }
    }

    pub(crate) fn hash_of(&self, envelope: &Envelope) -> MessageHash {
        hash::message_hash(&self.room, &envelope.header, &envelope.body)
    }

    /// A proof for each other seat.
    pub(crate) fn proofs(&self) -> Proofs {
        let others = self.snapshot.seats.keys().filter(|other| **other != self.seat);
        others.map(|other| (*other, Proof::new(random()))).collect()
    }

    /// Sends a message and returns it.
    pub(crate) async fn sends(&mut self) -> Envelope {
        let envelope = self.envelope();
        assert_eq!(self.client.ask(send(&envelope)).await, Answer::Done);
        self.snapshot.turn += 1;
        self.snapshot.last = self.hash_of(&envelope);
        envelope
    }

    /// Is told of a message of somebody else.
    pub(crate) async fn gets(&mut self) -> Standing {
        let event = self.client.event().await;
        let Event::Message(standing) = event else {
            panic!("no message: {event:?}")
        };
        self.snapshot.turn = standing.turn;
        self.snapshot.last = standing.message;
        standing
    }
}

pub(crate) fn send(envelope: &Envelope) -> Command {
    Command::Send {
        envelope: envelope.clone(),
        without: sotto_protocol::Seats::NONE,
        read: None,
    }
}

/// A puzzle for this subject, solved.
pub(crate) async fn solve(
    client: &mut Client,
    kind: CommandKind,
    subject: sotto_protocol::Subject,
) -> Solution {
    match client.ask(Command::Puzzle(subject)).await {
        Answer::Puzzle(puzzle) => hash::solve(&puzzle.nonce, kind, &subject, puzzle.bits),
        other => panic!("no puzzle: {other:?}"),
    }
}

pub(crate) async fn create(
    client: &mut Client,
    room: RoomHash,
    size: u8,
    lifetime: u32,
    take: TakeSeat,
) -> Answer {
    let solution = solve(client, CommandKind::Create, room.subject()).await;
    client
        .ask(Command::Create(Create {
            room,
            solution,
            size,
            lifetime,
            take,
            word: None,
        }))
        .await
}

pub(crate) async fn claim(
    client: &mut Client,
    room: RoomHash,
    seat: Seat,
    token: Token,
    take: TakeSeat,
) -> Answer {
    let solution = solve(client, CommandKind::Claim, room.subject()).await;
    client
        .ask(Command::Claim {
            room,
            solution,
            seat,
            token,
            take,
        })
        .await
}

/// Tries these eight keys, one for each seat.
pub(crate) async fn open(client: &mut Client, room: RoomHash, keys: Vec<AccessKey>) -> Answer {
    let solution = solve(client, CommandKind::Open, room.subject()).await;
    client
        .ask(Command::Open {
            room,
            attempt: Attempt::Puzzle(solution),
            keys,
        })
        .await
}

/// Eight keys of which none opens anything.
pub(crate) fn wrong_keys() -> Vec<AccessKey> {
    Seat::all().map(|_| AccessKey::new(random())).collect()
}

pub(crate) async fn reopen(
    client: &mut Client,
    room: RoomHash,
    seat: Seat,
    key: AccessKey,
    ticket: Ticket,
) -> Answer {
    let attempt = Attempt::Ticket { seat, ticket };
    client
        .ask(Command::Open {
            room,
            attempt,
            keys: vec![key],
        })
        .await
}

pub(crate) const REFUSED: Answer = Answer::Refused(Refusal::Refused);
