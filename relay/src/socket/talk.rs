//! What a connection asks, one request after another, and which part of the relay answers it.

use std::sync::Arc;
use std::time::Instant;

use sotto_protocol::{
    Answer, Attempt, Command, CommandKind, Create, Event, Refusal, Request, RoomHash, Seat, Solution,
    Subject, WordHash,
};
use tokio::sync::watch;

use super::wire::Received;
use crate::doors;
use crate::engine::{Settled, Unavailable};
use crate::gate::draw::Network;
use crate::gate::price::Slot;
use crate::gate::puzzle::Held;
use crate::gate::{Admission, Attempted, NoRandomness};
use crate::hub::{Cause, Connection, Wakes};
use crate::relay::Shared;
use crate::room::{AccessHash, Input, RoomKey, intake};
use crate::server::Peer;
use crate::sources::{Source, Use};
use crate::store::Job;

/// A connection's side of the relay: what it has proved, and the puzzle that it holds.
pub(super) struct Talk {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    network: Network,
    source: Option<Source>,
    puzzle: Held,
    open: Option<Open>,
}

/// The seat that is open on the connection.
#[derive(Clone, Copy)]
struct Open {
    room: RoomHash,
    key: RoomKey,
    seat: Seat,
    access: AccessHash,
}

impl Talk {
    pub(super) fn new(shared: Arc<Shared>, connection: Arc<Connection>, peer: &Peer) -> Self {
        shared.faults.tally().connected();
        Self {
            shared,
            connection,
            network: peer.network,
            source: peer.source,
            puzzle: Held::default(),
            open: None,
        }
    }

    /// Whether the relay shuts down.
    pub(super) fn shutdown(&self) -> watch::Receiver<bool> {
        self.shared.shutdown.clone()
    }

    /// Takes a hint, which waits for nobody and is never answered: most of what comes is hints, and they need no future in a
    /// place of its own. False, and nothing is done, where it is no hint.
    pub(super) fn at_once(&self, received: &Received) -> bool {
        match received.request.command {
            Command::Typing => self.hint(received.length, Event::Typing),
            Command::Habits(habits) => self.hint(received.length, |seat| Event::Habits { seat, habits }),
            _ => return false,
        }
        true
    }

    /// Does what is asked, in a frame of this length, and queues the answer. Others who have something to look at are woken
    /// when what is returned is dropped.
    pub(super) async fn handle(&mut self, request: Request, length: u32) -> Wakes {
        self.connection.begins();
        let mut wakes = Wakes::default();
        self.answer(request, length, &mut wakes).await;
        self.connection.rests(Instant::now());
        wakes
    }

    async fn answer(&mut self, request: Request, length: u32, wakes: &mut Wakes) {
        let Request { reference, command } = request;
        if !self.may(&command, length) {
            return self
                .connection
                .answer(reference, Answer::Refused(Refusal::TooMany));
        }
        let cause = Cause {
            connection: Arc::clone(&self.connection),
            reference,
        };
        let answered = match command {
            Command::Puzzle(subject) => Some(self.puzzle(subject)),
            Command::Invitation { id, solution } => {
                let subject = id.subject();
                let key = self.shared.pepper.invitation_key(&id);
                self.invitation(subject, solution, key).await
            }
            Command::Create(ref create) => {
                let (room, solution) = (create.room, create.solution);
                self.enter(cause, room, Some(solution), command, wakes).await
            }
            Command::Claim { room, solution, .. }
            | Command::Open {
                room,
                attempt: Attempt::Puzzle(solution),
                ..
            } => self.enter(cause, room, Some(solution), command, wakes).await,
            Command::Open {
                room,
                attempt: Attempt::Ticket { .. },
                ..
            } => self.enter(cause, room, None, command, wakes).await,
            _ => self.by_seat(cause, command, wakes).await,
        };
        if let Some(answer) = answered {
            self.connection.answer(reference, answer);
        }
    }

    /// Whether the source may do this, too. What takes something away is always done.
    fn may(&self, command: &Command, length: u32) -> bool {
        let frees = matches!(
            command,
            Command::Delete { .. } | Command::Vacate { .. } | Command::Expire { .. }
        );
        self.is_allowed(length) || frees
    }

    /// Whether the source may send a frame of this length, too.
    fn is_allowed(&self, length: u32) -> bool {
        let uses = |used, times| self.shared.sources.allows(self.source, used, times);
        uses(Use::Frame, 1) && uses(Use::Byte, length)
    }

    fn puzzle(&mut self, subject: Subject) -> Answer {
        match self.shared.gate.puzzle(&mut self.puzzle, subject) {
            Ok(puzzle) => Answer::Puzzle(puzzle),
            Err(NoRandomness) => Answer::Refused(Refusal::Unavailable),
        }
    }

    /// Passes a hint on, unless it is beyond what the source may send. Whether there is a seat to pass it on from, the hub
    /// knows.
    fn hint(&self, length: u32, event: impl FnOnce(Seat) -> Event) {
        if self.is_allowed(length) {
            self.shared.hub.hint(&self.connection, event);
        }
    }

    async fn invitation(
        &mut self,
        subject: Subject,
        solution: Solution,
        key: crate::room::InvitationKey,
    ) -> Option<Answer> {
        let slot = match self
            .admit(CommandKind::Invitation, subject, solution, false)
            .await
        {
            Ok(slot) => slot,
            Err(answer) => return answer,
        };
        Some(match self.shared.engine.invitation(key).await {
            Ok(Some(sealed)) => {
                self.shared.gate.forgive(slot);
                Answer::Invitation(sealed)
            }
            Ok(None) => Answer::Refused(Refusal::Refused),
            Err(Unavailable) => {
                self.shared.gate.forgive(slot);
                Answer::Refused(Refusal::Unavailable)
            }
        })
    }

    /// `create`, `claim`, `open`. The form is checked and everything hashed first, so that from the gate on all
    /// attempts of a kind cost the same.
    async fn enter(
        &mut self,
        cause: Cause,
        room: RoomHash,
        solution: Option<Solution>,
        command: Command,
        wakes: &mut Wakes,
    ) -> Option<Answer> {
        if let Command::Create(create) = &command
            && !self.shared.rules.lifetimes.contains(&create.lifetime)
        {
            // Told before anything is tried: it must not show whether the room is absent.
            return Some(Answer::Refused(Refusal::Invalid));
        }
        let shown = match (&self.shared.word, &command) {
            (
                Some(_),
                Command::Create(Create {
                    word: Some(shown), ..
                }),
            ) => Some(*shown),
            // Told at once: it is no guess, and says nothing of any room.
            (Some(_), Command::Create(_)) => return Some(Answer::Refused(Refusal::WrongWord)),
            _ => None,
        };
        // So is this, and it says nothing of any room.
        if matches!(command, Command::Create(_))
            && let Err(why) = self.may_create()
        {
            return Some(Answer::Refused(why));
        }
        let kind = command.kind();
        let ticket = match &command {
            Command::Open {
                attempt: Attempt::Ticket { seat, ticket },
                ..
            } => Some((*seat, *ticket)),
            _ => None,
        };
        let key = self.shared.pepper.room_key(&room);
        let seat = self.open.map(|open| (open.seat, open.access));
        let input = match intake(&self.shared.pepper, &room, &key, seat, command) {
            Ok(input) => input,
            Err(why) => return Some(Answer::Refused(why)),
        };
        let counted = match (solution, ticket, &input) {
            (Some(solution), _, _) => match self.admit(kind, room.subject(), solution, shown.is_some()).await
            {
                // Nothing of the room was looked at, so this tells nothing of it.
                Ok(_) if !self.knows_the_word(shown) => return Some(Answer::Refused(Refusal::WrongWord)),
                Ok(slot) => Some(slot),
                Err(answer) => return answer,
            },
            (None, Some((seat, ticket)), Input::Reopen { key: access, .. })
                if self.shared.pepper.is_ticket(&key, seat, access, &ticket) =>
            {
                None
            }
            // Nothing is looked up: a false ticket tells nothing, and costs nobody a failure.
            _ => return Some(Answer::Refused(Refusal::Refused)),
        };
        let job = Job { room: key, input };
        match self.settled(job, cause, counted, wakes).await {
            Ok(Settled::Opened(seat, access)) => {
                self.open = Some(Open {
                    room,
                    key,
                    seat,
                    access,
                });
                None
            }
            Ok(_) => None,
            Err(Unavailable) => Some(Answer::Refused(Refusal::Unavailable)),
        }
    }

    async fn settled(
        &self,
        job: Job,
        cause: Cause,
        counted: Option<Slot>,
        wakes: &mut Wakes,
    ) -> Result<Settled, Unavailable> {
        let (settled, woken) = self.shared.engine.apply(job, cause, counted).await?;
        *wakes = woken;
        Ok(settled)
    }

    /// Whether there may be another room, and the source may make it.
    fn may_create(&self) -> Result<(), Refusal> {
        let shared = &self.shared;
        if shared.doors.now() != doors::Open::All {
            return Err(Refusal::Unavailable);
        }
        if shared.is_full() {
            return Err(Refusal::Full);
        }
        if !shared.sources.allows(self.source, Use::Room, 1) {
            return Err(Refusal::TooMany);
        }
        Ok(())
    }

    /// Whether what was shown is the relay's word, where it asks for one. A wrong one stays counted as a guess.
    fn knows_the_word(&self, shown: Option<WordHash>) -> bool {
        let (Some(word), Some(shown)) = (&self.shared.word, shown) else {
            return true;
        };
        let knows = word.is_shown_by(&shown);
        if knows {
            self.shared.gate.forgive_word();
        }
        knows
    }

    /// What only the holder of a seat can ask.
    async fn by_seat(&mut self, cause: Cause, command: Command, wakes: &mut Wakes) -> Option<Answer> {
        let Some(open) = self.open else {
            return Some(Answer::Refused(Refusal::NoSeat));
        };
        let input = match intake(
            &self.shared.pepper,
            &open.room,
            &open.key,
            Some((open.seat, open.access)),
            command,
        ) {
            Ok(input) => input,
            Err(why) => return Some(Answer::Refused(why)),
        };
        let job = Job {
            room: open.key,
            input,
        };
        match self.settled(job, cause, None, wakes).await {
            Ok(Settled::Released) => self.open = None,
            Ok(Settled::Proved(access)) => self.open = Some(Open { access, ..open }),
            Ok(Settled::WrongGuess) => self.shared.gate.count_failure(&open.room.subject()),
            Ok(_) => {}
            Err(Unavailable) => return Some(Answer::Refused(Refusal::Unavailable)),
        }
        None
    }

    /// Waits to be let through; if not, what is answered. A relay that shuts down answers nothing.
    async fn admit(
        &mut self,
        kind: CommandKind,
        subject: Subject,
        solution: Solution,
        word: bool,
    ) -> Result<Slot, Option<Answer>> {
        if !self.shared.sources.allows(self.source, Use::Attempt, 1) {
            return Err(Some(Answer::Refused(Refusal::TooMany)));
        }
        let attempted = Attempted {
            kind,
            subject,
            solution,
            network: self.network,
            word,
        };
        let mut shutdown = self.shared.shutdown.clone();
        let admission = tokio::select! {
            admission = self.shared.gate.admit(&mut self.puzzle, attempted) => admission,
            _ = shutdown.wait_for(|down| *down) => return Err(None),
        };
        match admission {
            Ok(Admission::Admitted(slot)) => Ok(slot),
            Ok(Admission::Price(price)) => Err(Some(Answer::Refused(Refusal::Price(price)))),
            Err(NoRandomness) => Err(Some(Answer::Refused(Refusal::Unavailable))),
        }
    }
}

/// The hub forgets the connection however it ends, by a panic too.
impl Drop for Talk {
    fn drop(&mut self) {
        self.shared.hub.leave(&self.connection);
        self.shared.faults.tally().disconnected();
    }
}
