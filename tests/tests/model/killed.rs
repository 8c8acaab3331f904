//! Random stories against a real relay process with a real SQLite file, which is killed (`kill -9`) in between, also
//! while it works for somebody. The reference is the machine itself: after each step the room as the relay shows it
//! to both seats must be the room that `apply` made of the same commands. So what was acknowledged is there, what
//! was deleted is not, and a command whose answer the crash took is done once when it is sent again.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use sotto_protocol::{
    Answer, CardHash, Command, Commit, Envelope, Header, MessageHash, MessageId, Proof, Refusal, RoomHash,
    Seat, SeatMap, Seats, Snapshot, TakeSeat, VERSION, encode, limits,
};
use sotto_relay::pepper::Pepper;
use sotto_relay::room::{Change, Held, Input, Reply, RoomState, Rules, apply, intake};
use tokio::runtime::Runtime;

use crate::relay::{Relay, start};
use crate::scene::{FLAGS, LIFETIME, Person, opened};
use crate::wire::Wire;

const ROOM: RoomHash = RoomHash::new([3; 32]);
/// The machine's time here; nothing ends in a story.
const NOW: u64 = 1_000;

/// What somebody wants, made a command by what the room is at that moment.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Send,
    Edit,
    Delete,
    Read,
    /// The seat's last command once more, to the byte.
    Again,
}

#[derive(Debug, Clone)]
enum Step {
    /// Seat 0 or 1 asks and is answered.
    Ask(u8, Command),
    /// Seat 0 or 1 asks, the relay is killed before or after it has done it, and is asked again.
    AskAndKill(u8, Command, u16),
    /// The relay is killed while nobody waits.
    Kill,
}

/// The room as the machine has it, and what was last asked.
#[derive(Debug, Clone)]
struct Reference {
    room: RoomState,
    last: BTreeMap<u8, Command>,
    reply: Option<Reply>,
    made: u8,
}

fn seat(number: u8) -> Seat {
    Seat::new(number).unwrap()
}

fn person(number: u8) -> Person {
    Person {
        room: ROOM,
        seat: seat(number),
        take: TakeSeat {
            access_key: [0x40 + number; 32].into(),
            vault: vec![number; limits::VAULT],
            card: vec![0x20 + number; limits::CARD],
        },
    }
}

fn pepper() -> Pepper {
    Pepper::derive(&[9; 32])
}

fn empty_room() -> RoomState {
    let (pepper, key) = (pepper(), pepper().room_key(&ROOM));
    let held = |number: u8| {
        let take = person(number).take;
        let access = pepper.access_hash(&key, seat(number), &take.access_key);
        Arc::new(Held::new(access, None, take.vault, take.card))
    };
    RoomState {
        size: 2,
        expires_at: NOW + u64::from(LIFETIME),
        turn: 0,
        last: MessageHash::NONE,
        held: [0, 1].map(|number| (seat(number), held(number))).into(),
        invites: SeatMap::new(),
        traces: SeatMap::new(),
        message: None,
    }
}

/// A message that fits the room, or its next revision.
fn envelope(room: &RoomState, author: u8, made: u8, edits: bool) -> Envelope {
    let standing = room.standing().filter(|_| edits);
    let seats: SeatMap<CardHash> = room
        .held
        .iter()
        .map(|(seat, held)| (*seat, held.card_hash))
        .collect();
    let header = Header {
        version: VERSION,
        id: standing.map_or(MessageId::new([made; 16]), |standing| standing.id),
        turn: room.turn + u64::from(standing.is_none()),
        rev: standing.map_or(0, |standing| standing.rev + 1),
        seat: seat(author),
        seats,
        prev: standing.map_or(room.last, |standing| standing.prev),
        commit: Commit::new([made; 32]),
    };
    let boxes = header
        .seats
        .keys()
        .map(|seat| vec![seat.number() ^ made; limits::BOX]);
    Envelope {
        boxes: boxes.collect(),
        header: encode(&header),
        body: vec![made; 256 + limits::TAG],
    }
}

impl Reference {
    fn command(&self, number: u8, ask: Ask) -> Command {
        let proofs = [(seat(1 - number), Proof::new([self.made; 16]))]
            .into_iter()
            .collect();
        match ask {
            Ask::Again if self.last.contains_key(&number) => self.last[&number].clone(),
            Ask::Send | Ask::Again => Command::Send {
                envelope: envelope(&self.room, number, self.made, false),
                without: Seats::NONE,
                read: None,
            },
            Ask::Edit => Command::Edit {
                envelope: envelope(&self.room, number, self.made, true),
                without: Seats::NONE,
            },
            Ask::Delete => Command::Delete {
                message: self.room.last,
                proofs,
            },
            Ask::Read => Command::Read {
                message: self.room.last,
                proofs,
            },
        }
    }

    fn does(&mut self, number: u8, command: &Command) {
        let (pepper, key) = (pepper(), pepper().room_key(&ROOM));
        let proved = self.room.held.get(&seat(number)).unwrap().access;
        let input: Result<Input, Refusal> = intake(
            &pepper,
            &ROOM,
            &key,
            Some((seat(number), proved)),
            command.clone(),
        );
        let outcome = apply(&Rules::default(), Some(&self.room), &input.unwrap(), NOW);
        if let Change::Put(room) = outcome.change {
            self.room = Arc::unwrap_or_clone(room);
        }
        self.reply = Some(outcome.reply);
        self.last.insert(number, command.clone());
        self.made = self.made.wrapping_add(1);
    }
}

impl ReferenceStateMachine for Reference {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        let room = Self {
            room: empty_room(),
            last: BTreeMap::new(),
            reply: None,
            made: 1,
        };
        Just(room).boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Step> {
        let state = state.clone();
        let ask = prop_oneof![
            5 => Just(Ask::Send),
            2 => Just(Ask::Edit),
            2 => Just(Ask::Delete),
            2 => Just(Ask::Read),
            2 => Just(Ask::Again),
        ];
        let asked = (0..2_u8, ask).prop_map(move |(number, ask)| (number, state.command(number, ask)));
        prop_oneof![
            5 => asked.clone().prop_map(|(number, command)| Step::Ask(number, command)),
            3 => (asked, 0..4_000_u16).prop_map(|((number, command), after)| {
                Step::AskAndKill(number, command, after)
            }),
            1 => Just(Step::Kill),
        ]
        .boxed()
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        match step {
            Step::Ask(number, command) | Step::AskAndKill(number, command, _) => state.does(*number, command),
            Step::Kill => {}
        }
        state
    }
}

/// The relay process and both people's connections.
struct Real {
    runtime: Runtime,
    relay: Option<Relay>,
    wires: Vec<Wire>,
    shown: Vec<Snapshot>,
}

impl Real {
    fn kill(&mut self) {
        self.runtime.block_on(async {
            let relay = self.relay.take().unwrap();
            self.relay = Some(relay.crash_and_restart().await.unwrap());
        });
    }

    /// Opens both seats and keeps what they are shown.
    fn look(&mut self) {
        let address = self.relay.as_ref().unwrap().address();
        (self.wires, self.shown) = self.runtime.block_on(async {
            let (mut wires, mut shown) = (Vec::new(), Vec::new());
            for number in 0..2 {
                let mut wire = Wire::connect(address).await.unwrap();
                let answer = person(number).open(&mut wire).await.unwrap();
                shown.push(opened(answer).unwrap().snapshot);
                wires.push(wire);
            }
            (wires, shown)
        });
    }

    fn ask(&mut self, number: u8, command: &Command) -> Answer {
        let wire = &mut self.wires[usize::from(number)];
        self.runtime.block_on(wire.ask(command)).unwrap()
    }
}

fn same_answer(answer: &Answer, reply: &Reply) -> bool {
    match (answer, reply) {
        (Answer::Done, Reply::Done)
        | (Answer::Refused(Refusal::Conflict(_)), Reply::Refused(Refusal::Conflict(_))) => true,
        (Answer::Refused(said), Reply::Refused(decided)) => said == decided,
        _ => false,
    }
}

impl StateMachineTest for Real {
    type SystemUnderTest = Self;
    type Reference = Reference;

    fn init_test(_: &Reference) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let relay = runtime.block_on(async {
            let relay = start(FLAGS).await.unwrap();
            let mut wire = Wire::connect(relay.address()).await.unwrap();
            opened(person(0).create(&mut wire, 2, LIFETIME).await.unwrap()).unwrap();
            let token = [5; 32].into();
            let invite = Command::Invite {
                seat: seat(1),
                token: Some(token),
                invitation: None,
            };
            assert_eq!(wire.ask(&invite).await.unwrap(), Answer::Done);
            let mut other = Wire::connect(relay.address()).await.unwrap();
            opened(person(1).claim(&mut other, token).await.unwrap()).unwrap();
            relay
        });
        let mut real = Self {
            runtime,
            relay: Some(relay),
            wires: Vec::new(),
            shown: Vec::new(),
        };
        real.look();
        real
    }

    fn apply(mut real: Self, reference: &Reference, step: Step) -> Self {
        let answered = match step {
            Step::Ask(number, command) => Some(real.ask(number, &command)),
            Step::AskAndKill(number, command, after) => {
                let wire = &mut real.wires[usize::from(number)];
                real.runtime.block_on(async {
                    wire.send(&command).await.unwrap();
                    // Not to wait for anything: so that the kill falls before, within and after the transaction.
                    tokio::time::sleep(std::time::Duration::from_micros(after.into())).await;
                });
                real.kill();
                real.look();
                Some(real.ask(number, &command))
            }
            Step::Kill => {
                real.kill();
                None
            }
        };
        if let Some(answer) = answered {
            let reply = reference.reply.as_ref().unwrap();
            assert!(
                same_answer(&answer, reply),
                "answered {answer:?}, decided {reply:?}"
            );
        }
        real.look();
        real
    }

    fn check_invariants(real: &Self, reference: &Reference) {
        for (number, shown) in (0..2).zip(&real.shown) {
            let expected = reference.room.snapshot(seat(number), NOW);
            assert_eq!(
                (shown.turn, shown.last, &shown.standing, &shown.stub),
                (expected.turn, expected.last, &expected.standing, &expected.stub),
            );
            assert_eq!(shown.seats, expected.seats);
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_relay_is_the_machine(sequential 1..14 => Real);
}
