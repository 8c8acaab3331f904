//! A room with both of its people connected, who write to each other in turns.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use sotto_protocol::{
    Answer, CardHash, Command, Commit, Event, Header, MessageHash, MessageId, Proof, Proofs, Request,
    RoomHash, Seat, SeatMap, Seats, VERSION, encode, hash,
};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::envelope::Stencil;
use super::people::{LIFETIME, Person, seat};
use super::wire::{Way, Wire, framed};

/// How many people come at the same time while a scene is set.
const AT_ONCE: usize = 64;

/// A room of two.
#[derive(Debug)]
pub(crate) struct Room<S = TcpStream> {
    pub(crate) people: [Person; 2],
    pub(crate) wires: [Wire<S>; 2],
    stencil: Arc<Stencil>,
    seats: SeatMap<CardHash>,
    turn: u64,
    last: MessageHash,
    id: [u8; MessageId::LENGTH],
}

impl Room {
    /// Makes the room with this number.
    pub(crate) async fn make(
        address: &str,
        number: u64,
        lifetime: u32,
        stencil: &Arc<Stencil>,
    ) -> Result<Self> {
        let wires = [Wire::connect(address).await?, Wire::connect(address).await?];
        Self::over(wires, number, lifetime, stencil).await
    }

    /// Cuts the connection of the one whose turn it is, and opens the seat on a new one.
    pub(crate) async fn come_anew(&mut self, address: &str) -> Result<()> {
        let mut wire = Wire::connect(address).await?;
        let [ana, ben] = &self.people;
        let person = if self.turn.is_multiple_of(2) { ana } else { ben };
        person.open(&mut wire).await?;
        *self.turns().1 = wire;
        // Both are told who is there, and nothing of it is left on the way.
        self.settle().await
    }
}

impl<S: Way> Room<S> {
    /// Makes the room with this number over two open connections.
    pub(crate) async fn over(
        mut wires: [Wire<S>; 2],
        number: u64,
        lifetime: u32,
        stencil: &Arc<Stencil>,
    ) -> Result<Self> {
        let people = Person::two(name(number), &stencil.cards);
        let [ana, ben] = &people;
        let [anas, bens] = &mut wires;
        ana.create(anas, lifetime).await?;
        ben.claim(bens).await?;
        let seats = stencil.cards.each_ref().map(|card| hash::card_hash(card));
        let [first, second] = seats;
        Ok(Self {
            people,
            wires,
            stencil: Arc::clone(stencil),
            seats: SeatMap::from([(seat(0), first), (seat(1), second)]),
            turn: 0,
            last: MessageHash::NONE,
            id: [0; MessageId::LENGTH],
        })
    }

    /// Whose turn it is, and the other.
    fn turns(&mut self) -> (Seat, &mut Wire<S>, &mut Wire<S>) {
        let [ana, ben] = &mut self.wires;
        if self.turn.is_multiple_of(2) {
            (seat(0), ana, ben)
        } else {
            (seat(1), ben, ana)
        }
    }

    /// The next message's frame: a `send` of who did not write the last one.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let author = self.turns().0;
        self.turn += 1;
        for (place, byte) in self.id.iter_mut().zip(self.turn.to_be_bytes()) {
            *place = byte;
        }
        let header = Header {
            version: VERSION,
            id: MessageId::new(self.id),
            turn: self.turn,
            rev: 0,
            seat: author,
            seats: self.seats.clone(),
            prev: self.last,
            commit: Commit::new([3; Commit::LENGTH]),
        };
        let mut envelope = self.stencil.envelope.clone();
        envelope.header = header.encode();
        let [ana, _] = &self.people;
        self.last = hash::message_hash(&ana.room, &envelope.header, &envelope.body);
        let command = Command::Send {
            envelope,
            without: Seats::NONE,
            read: None,
        };
        framed(&encode(&Request {
            reference: 0,
            command,
        }))
    }

    /// Sends a frame of [`Self::next`], waits until it is acknowledged, and until the other has it.
    pub(crate) async fn send(&mut self, frame: &[u8]) -> Result<()> {
        self.acknowledged(frame).await?;
        self.delivered().await
    }

    /// Sends a frame of [`Self::next`], and waits until it is acknowledged.
    pub(crate) async fn acknowledged(&mut self, frame: &[u8]) -> Result<()> {
        // `next` has counted the turn: it is the other's already.
        let (_, _, author) = self.turns();
        author.send(frame).await?;
        let answer = author.answer().await?;
        ensure!(answer == Answer::Done, "a message was not taken: {answer:?}");
        Ok(())
    }

    /// Waits until the other has the message.
    pub(crate) async fn delivered(&mut self) -> Result<()> {
        let (_, reader, _) = self.turns();
        // Takes the event off the wire, and looks no closer: the relay's work is what is measured.
        loop {
            let frame = reader.frame().await?;
            if is_message(frame) {
                return Ok(());
            }
        }
    }

    /// Has the reader prove that the message was read.
    pub(crate) async fn read(&mut self) -> Result<()> {
        let message = self.last;
        let (reads, reader, author) = self.turns();
        let proofs = Proofs::from([(seat(1 - reads.number()), Proof::new([4; Proof::LENGTH]))]);
        let answer = reader.ask(Command::Read { message, proofs }).await?;
        ensure!(answer == Answer::Done, "a read was not taken: {answer:?}");
        while !matches!(author.event().await?, Event::Read { .. }) {}
        Ok(())
    }

    /// Waits until both are told that the room has ended.
    pub(crate) async fn ended(&mut self) -> Result<()> {
        for wire in &mut self.wires {
            while !matches!(wire.event().await?, Event::Expired { .. }) {}
        }
        Ok(())
    }

    /// Has the one whose turn it is write that many hints at once, and the other see them all. Nothing is answered, so no more
    /// are under way than these.
    pub(crate) async fn typing(&mut self, hints: &[u8], count: usize) -> Result<()> {
        let (_, writer, reader) = self.turns();
        writer.send(hints).await?;
        let mut seen = 0;
        while seen < count {
            seen += usize::from(is_hint(reader.frame().await?));
        }
        Ok(())
    }

    /// Takes what is still under way off both wires: a hint of each is seen by the other, and what was before it.
    pub(crate) async fn settle(&mut self) -> Result<()> {
        let [ana, ben] = &mut self.wires;
        hint(ana, ben).await?;
        hint(ben, ana).await
    }
}

/// So many hints of one who writes, which go at once.
pub(crate) fn hints(count: usize) -> Vec<u8> {
    let hint = Request {
        reference: 0,
        command: Command::Typing,
    };
    framed(&encode(&hint)).repeat(count)
}

/// The name of the room with this number.
pub(crate) fn name(number: u64) -> RoomHash {
    let mut name = [0x5a; RoomHash::LENGTH];
    for (place, byte) in name.iter_mut().zip(number.to_be_bytes()) {
        *place = byte;
    }
    RoomHash::new(name)
}

async fn hint(writer: &mut Wire<impl Way>, reader: &mut Wire<impl Way>) -> Result<()> {
    writer.send(&hints(1)).await?;
    while !matches!(reader.event().await?, Event::Typing(_)) {}
    Ok(())
}

/// Makes rooms number `from` and on, some at a time, that outlive the run.
pub(crate) async fn rooms(
    address: &str,
    from: u64,
    count: usize,
    stencil: &Arc<Stencil>,
) -> Result<Vec<Room>> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut making = JoinSet::new();
    for number in (from..).take(count) {
        let (address, stencil, places) = (address.to_owned(), Arc::clone(stencil), Arc::clone(&places));
        making.spawn(async move {
            let _place = places.acquire().await?;
            Room::make(&address, number, LIFETIME, &stencil).await
        });
    }
    let mut made = Vec::with_capacity(count);
    while let Some(room) = making.join_next().await {
        made.push(room?.context("making a room")?);
    }
    Ok(made)
}

/// Whether this is the event that carries a message: `[2, [1, ..]]`.
fn is_message(frame: &[u8]) -> bool {
    frame.starts_with(&[0x82, 0x02, 0x82, 0x01])
}

/// Whether this is the event that somebody writes: `[2, [5, ..]]`.
fn is_hint(frame: &[u8]) -> bool {
    frame.starts_with(&[0x82, 0x02, 0x82, 0x05])
}

#[cfg(test)]
mod tests {
    use sotto_protocol::{ServerFrame, decode};

    use super::*;

    #[test]
    fn a_message_and_a_hint_are_known_by_their_first_bytes() {
        let standing = sotto_protocol::Standing {
            turn: 1,
            seat: seat(0),
            message: MessageHash::NONE,
            was_read: false,
            receipts: SeatMap::new(),
            sealed: None,
            answered: None,
        };
        let message = encode(&ServerFrame::Event(Event::Message(standing)));
        assert!(is_message(&message) && decode::<ServerFrame>(&message).is_ok());
        let hint = encode(&ServerFrame::Event(Event::Typing(seat(7))));
        assert!(is_hint(&hint) && !is_message(&hint) && !is_hint(&message));
        let present = encode(&ServerFrame::Event(Event::Presence(Seats::NONE)));
        assert!(!is_hint(&present));
    }
}
