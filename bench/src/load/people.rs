//! How people come to their seats: `create`, `invite`, `claim`, `open`, each with its puzzle asked for and solved.

use anyhow::{Context as _, Result, bail, ensure};
use sotto_protocol::{
    AccessKey, Answer, Attempt, Command, CommandKind, Create, Opened, Puzzle, RoomHash, Seat, Solution,
    TakeSeat, Ticket, Token, hash, limits,
};

use super::wire::{Way, Wire};

/// The lifetime of rooms that are to outlive the run: the relay's longest by default.
pub(crate) const LIFETIME: u32 = 2_592_000;

/// One person of a room of two.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) room: RoomHash,
    pub(crate) seat: Seat,
    take: TakeSeat,
}

impl Person {
    /// The two people of this room.
    pub(crate) fn two(room: RoomHash, cards: &[Vec<u8>; 2]) -> [Self; 2] {
        let [first, second] = cards;
        [(0, first), (1, second)].map(|(number, card)| Self {
            room,
            seat: seat(number),
            take: TakeSeat {
                access_key: AccessKey::new([number + 1; 32]),
                vault: vec![number; limits::VAULT],
                card: card.clone(),
            },
        })
    }

    /// Takes seat 0 of a new room, and invites to seat 1.
    pub(crate) async fn create(&self, wire: &mut Wire<impl Way>, lifetime: u32) -> Result<()> {
        let solution = self.solve(wire, CommandKind::Create).await?;
        let create = Create {
            room: self.room,
            solution,
            size: limits::SEATS_AT_LEAST,
            lifetime,
            take: self.take.clone(),
            word: None,
        };
        opened(wire.ask(Command::Create(create)).await?)?;
        let invite = Command::Invite {
            seat: seat(1),
            token: Some(self.token()),
            invitation: None,
        };
        ensure!(wire.ask(invite).await? == Answer::Done, "not invited");
        Ok(())
    }

    /// Takes seat 1.
    pub(crate) async fn claim(&self, wire: &mut Wire<impl Way>) -> Result<()> {
        let solution = self.solve(wire, CommandKind::Claim).await?;
        let claim = Command::Claim {
            room: self.room,
            solution,
            seat: self.seat,
            token: self.token(),
            take: self.take.clone(),
        };
        opened(wire.ask(claim).await?)?;
        Ok(())
    }

    /// Opens the seat with a puzzle and eight keys, as from an entry form.
    pub(crate) async fn open(&self, wire: &mut Wire<impl Way>) -> Result<Ticket> {
        let solution = self.solve(wire, CommandKind::Open).await?;
        let keys = Seat::all()
            .map(|seat| {
                if seat == self.seat {
                    self.take.access_key
                } else {
                    AccessKey::new([0xff; 32])
                }
            })
            .collect();
        let open = Command::Open {
            room: self.room,
            attempt: Attempt::Puzzle(solution),
            keys,
        };
        Ok(opened(wire.ask(open).await?)?.ticket)
    }

    /// Opens it with a ticket, as a tab that lost its connection.
    pub(crate) async fn reopen(&self, wire: &mut Wire<impl Way>, ticket: Ticket) -> Result<()> {
        let open = Command::Open {
            room: self.room,
            attempt: Attempt::Ticket {
                seat: self.seat,
                ticket,
            },
            keys: vec![self.take.access_key],
        };
        opened(wire.ask(open).await?)?;
        Ok(())
    }

    async fn solve(&self, wire: &mut Wire<impl Way>, kind: CommandKind) -> Result<Solution> {
        let subject = self.room.subject();
        match wire.ask(Command::Puzzle(subject)).await? {
            Answer::Puzzle(Puzzle { nonce, bits: 0 }) => Ok(hash::solve(&nonce, kind, &subject, 0)),
            other => bail!("the price is not at rest: {other:?}"),
        }
    }

    const fn token(&self) -> Token {
        Token::new(*self.room.as_bytes())
    }
}

/// The seat with this number.
pub(crate) fn seat(number: u8) -> Seat {
    Seat::new(number).unwrap_or(Seat::FIRST)
}

fn opened(answer: Answer) -> Result<Opened> {
    match answer {
        Answer::Opened(opened) => Some(opened),
        _ => None,
    }
    .context("not opened")
}
