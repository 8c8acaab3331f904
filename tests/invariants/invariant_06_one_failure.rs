//! Invariant 6: until a seat is open, nothing tells a stranger whether a room exists: `open`, `claim` and `create` fail in
//! one way, with the same bytes and the same work, whether the room is absent, present or full and whichever part was
//! wrong. One exception, by nature: a `create` that succeeds.
//!
//! What is shown of the same work: the puzzle costs the same bits, which rise with the same failure; the same single
//! frame comes back, the connection goes on, and nothing is written in any case. SQLite's machine takes the same steps
//! (`store/sqlite/tests/same_work.rs` counts them), and the relay uses the processor for as long (here: the median of 60
//! interleaved attempts, within a fifth; measured were at most 2 % under load). That is no proof that no statistics tell
//! them apart; that the same comparisons are made on eight locks whether or not there is a room is written down in
//! `room/keyhole.rs`.
//!
//! Red when made: `room/keyhole.rs` refuses with `SeatTaken` where the room is present (other bytes, another price);
//! `store/sqlite/mod.rs` loads the room without looking through the keyhole (1.95 ms of the processor in place of 1.09, and
//! 61 steps in place of 16); the keyhole is three queries that give the rows that there are (48 steps in place of 34).

use anyhow::{Result, ensure};
use sotto_protocol::{
    Answer, Attempt, Command, CommandKind, Create, InvitationId, Refusal, RoomHash, Solution, Token,
};

use crate::database;
use crate::relay::{Relay, start};
use crate::scene::{FLAGS, LIFETIME, Person, Scene, random, seat};
use crate::wire::{Wire, solve};

/// What an attempt came to: the price in bits, and every byte of the answer.
type Outcome = (u8, Vec<u8>);

/// Makes one attempt on a new connection.
async fn attempt(
    relay: &Relay,
    room: RoomHash,
    kind: CommandKind,
    command: impl Fn(Solution) -> Command,
) -> Result<Outcome> {
    let mut wire = Wire::connect(relay.address()).await?;
    let puzzle = wire.puzzle(room.subject()).await?;
    let solution = solve(puzzle, kind, room.subject()).await?;
    wire.send(&command(solution)).await?;
    let answer = wire.frame().await?;
    // Nothing follows but the answer to the next question: the connection is as it was.
    wire.puzzle(room.subject()).await?;
    Ok((puzzle.bits, answer))
}

/// An `open` with eight keys, none of which fits.
async fn open(relay: &Relay, room: RoomHash) -> Result<Outcome> {
    let keys = Person::new(room, 0).keys();
    attempt(relay, room, CommandKind::Open, |solution| Command::Open {
        room,
        attempt: Attempt::Puzzle(solution),
        keys: keys.clone(),
    })
    .await
}

/// A `claim` of this seat.
async fn claim(relay: &Relay, room: RoomHash, number: u8, token: Token) -> Result<Outcome> {
    let take = Person::new(room, number).take;
    attempt(relay, room, CommandKind::Claim, |solution| Command::Claim {
        room,
        solution,
        seat: seat(number),
        token,
        take: take.clone(),
    })
    .await
}

/// A `create`.
async fn create(relay: &Relay, room: RoomHash) -> Result<Outcome> {
    let take = Person::new(room, 0).take;
    attempt(relay, room, CommandKind::Create, |solution| {
        Command::Create(Create {
            room,
            solution,
            size: 2,
            lifetime: LIFETIME,
            take: take.clone(),
            word: None,
        })
    })
    .await
}

/// A room with a free seat, and the token that is out for it.
async fn half_full(relay: &Relay) -> Result<(Scene, Token)> {
    let mut scene = Scene::of(relay.address(), 2, LIFETIME).await?;
    scene.sends(0).await?;
    ensure!(scene.ask(1, &Command::Vacate { proofs: None }).await? == Answer::Done);
    let token = scene.invite(seat(1)).await?;
    Ok((scene, token))
}

#[tokio::test]
async fn every_failure_is_the_same_bytes_at_the_same_price() -> Result<()> {
    let relay = start(FLAGS).await?;
    let absent = || RoomHash::new(random());
    let other_token = || Token::new(random());
    let full = Scene::two(relay.address()).await?;
    let (mut half, token) = half_full(&relay).await?;
    let mut withdrawn = half_full(&relay).await?;
    let command = Command::Invite {
        seat: seat(1),
        token: None,
        invitation: None,
    };
    ensure!(withdrawn.0.ask(0, &command).await? == Answer::Done);
    let before = database::dump(relay.data())?;
    let cases = [
        ("open, absent", open(&relay, absent()).await?),
        ("open, full", open(&relay, full.room).await?),
        ("open, a seat free", open(&relay, half.room).await?),
        ("claim, absent", claim(&relay, absent(), 1, other_token()).await?),
        ("claim, full", claim(&relay, full.room, 1, other_token()).await?),
        (
            "claim, wrong token",
            claim(&relay, half.room, 1, other_token()).await?,
        ),
        (
            "claim, another seat's token",
            claim(&relay, half.room, 0, token).await?,
        ),
        (
            "claim, a seat that is not there",
            claim(&relay, withdrawn.0.room, 7, other_token()).await?,
        ),
        (
            "claim, withdrawn",
            claim(&relay, withdrawn.0.room, 1, withdrawn.1).await?,
        ),
        ("create, full", create(&relay, full.room).await?),
    ];
    let (bits, bytes) = (cases[0].1.0, cases[0].1.1.clone());
    for (name, (its_bits, its_bytes)) in &cases {
        ensure!(*its_bytes == bytes, "{name}: {its_bytes:02x?}, not {bytes:02x?}");
        ensure!(*its_bits == bits, "{name}: {its_bits} bits");
    }
    ensure!(
        database::dump(relay.data())? == before,
        "a failure was written down"
    );
    // The control: what fits is answered otherwise, on the same paths.
    let (_, joined) = claim(&relay, half.room, 1, token).await?;
    let (_, made) = create(&relay, absent()).await?;
    let mut wire = Wire::connect(relay.address()).await?;
    let entered = half.people.remove(0).person.open(&mut wire).await?;
    ensure!(joined != bytes && made != bytes && entered != Answer::Refused(Refusal::Refused));
    Ok(())
}

#[tokio::test]
async fn an_invitation_that_is_not_there_is_refused_like_a_room() -> Result<()> {
    let relay = start(FLAGS).await?;
    let id = InvitationId::new(random());
    let mut wire = Wire::connect(relay.address()).await?;
    let answer = wire
        .attempt(CommandKind::Invitation, id.subject(), |solution| {
            Command::Invitation { id, solution }
        })
        .await?;
    ensure!(answer == Answer::Refused(Refusal::Refused), "{answer:?}");
    Ok(())
}

/// The price of the next attempt rises with failures, and not with what is there.
#[tokio::test]
async fn the_price_rises_for_an_absent_room_as_for_one_that_is_there() -> Result<()> {
    let relay = start(FLAGS).await?;
    let present = Scene::two(relay.address()).await?.room;
    // A `create` and a `claim` are behind the one, which were no failures.
    let absent = RoomHash::new(random());
    let (mut there, mut not_there) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        there.push(open(&relay, present).await?.0);
        not_there.push(open(&relay, absent).await?.0);
    }
    ensure!(there == not_there, "{there:?} and {not_there:?}");
    ensure!(
        there.last() > there.first(),
        "the control: the price rises: {there:?}"
    );
    Ok(())
}

/// The processor's time and not the clock's: what else runs on the machine is not in it.
#[tokio::test]
async fn an_absent_room_costs_the_relay_what_one_that_is_there_does() -> Result<()> {
    const ROUNDS: usize = 60;
    let mut relay = start(FLAGS).await?;
    let (mut absent, mut full) = (Vec::new(), Vec::new());
    let mut rooms = Vec::new();
    for _ in 0..ROUNDS / 2 {
        rooms.push(Scene::two(relay.address()).await?);
    }
    for round in 0..ROUNDS {
        let before = relay.process.process().processor_time()?;
        open(&relay, rooms[round % rooms.len()].room).await?;
        let between = relay.process.process().processor_time()?;
        open(&relay, RoomHash::new(random())).await?;
        let after = relay.process.process().processor_time()?;
        full.push(between.saturating_sub(before));
        absent.push(after.saturating_sub(between));
    }
    absent.sort_unstable();
    full.sort_unstable();
    let (absent, full) = (absent[ROUNDS / 2], full[ROUNDS / 2]);
    let ratio = absent.as_secs_f64() / full.as_secs_f64();
    eprintln!("median of {ROUNDS}: absent {absent:?}, full {full:?}, ratio {ratio:.3}");
    ensure!(
        (1.0 / 1.5..1.5).contains(&ratio),
        "absent {absent:?}, full {full:?}"
    );
    Ok(())
}
