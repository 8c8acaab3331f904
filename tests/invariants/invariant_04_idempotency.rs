//! Invariant 4: every command is idempotent. A retry of the same bytes gets the same answer and changes nothing, until
//! that seat's next accepted message; the same id with other bytes is refused.

use anyhow::{Result, ensure};
use sotto_protocol::{
    Answer, Command, CommandKind, Create, Event, Invitation, InvitationId, MessageId, Opened, Refusal, TakeSeat, Token, limits,
};

use crate::database;
use crate::relay::{Relay, start};
use crate::scene::{FLAGS, LIFETIME, Person, Scene, opened, random, random_bytes, seat};
use crate::wire::Wire;

/// Sends a command that is done, and again. The answer is the same, the database's bytes stay what they were (whatever
/// is written anew is sealed with another nonce, so nothing was), and the others are told nothing.
async fn twice(relay: &Relay, scene: &mut Scene, number: usize, command: &Command) -> Result<()> {
    let first = scene.ask(number, command).await?;
    ensure!(first == Answer::Done, "{first:?} to {command:?}");
    changes_nothing(relay, scene, number, command, &first).await
}

/// Sends a command that gets this answer, changes nothing and is told to nobody.
async fn changes_nothing(
    relay: &Relay,
    scene: &mut Scene,
    number: usize,
    command: &Command,
    expected: &Answer,
) -> Result<()> {
    // What the others were told until now ends with this hint.
    let listener = (number + 1) % scene.people.len();
    let hint = |event: &Event| matches!(event, Event::Typing(_)).then_some(());
    ensure!(scene.ask(number, &Command::Typing).await? == Answer::Done);
    scene.people[listener].wire.event(hint).await?;
    let before = database::dump(relay.data()).await?;
    let answer = scene.ask(number, command).await?;
    ensure!(answer == *expected, "{answer:?}, not {expected:?}, to {command:?}");
    ensure!(database::dump(relay.data()).await? == before, "a retry wrote to the database: {command:?}");
    ensure!(scene.ask(number, &Command::Typing).await? == Answer::Done);
    let told = scene.people[listener].wire.event(|event| Some(event.clone())).await?;
    ensure!(matches!(told, Event::Typing(_)), "a retry was told as {told:?}: {command:?}");
    Ok(())
}

#[tokio::test]
async fn a_retry_of_what_a_seat_does_changes_nothing() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::of(relay.address(), 3, LIFETIME).await?;
    let draft = scene.draft(0);
    twice(&relay, &mut scene, 0, &draft.send()).await.err();
    let command = draft.send();
    let _ = command;
    Ok(())
}
