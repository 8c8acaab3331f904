//! Invariant 5: an acknowledgement is sent after the commit, never before. What was acknowledged survives `kill -9`.
//!
//! Red when made: `rollback` in place of `commit` in `apply_batch` of `store/sqlite/mod.rs` (what was acknowledged was not
//! there).

use anyhow::{Context, Result, ensure};
use sotto_protocol::{Answer, Command, Refusal};
use sqlx::Connection;

use crate::database;
use crate::relay::start;
use crate::scene::{FLAGS, Scene};

/// How often the relay is killed.
const ROUNDS: u64 = 25;

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() -> Result<()> {
    let mut relay = start(FLAGS).await?;
    let mut scene = Scene::two(relay.address()).await?;
    for round in 0..ROUNDS {
        let author = usize::from(!round.is_multiple_of(2));
        // `sends` returns when the frame with the acknowledgement is there; nothing lies between that and the kill.
        scene.sends(author).await?;
        relay = relay.crash_and_restart().await?;
        scene.reconnect().await?;
        for seated in &scene.people {
            let standing = seated.opened.snapshot.standing.as_ref();
            let message = standing.context("an acknowledged message is gone")?.message;
            ensure!(message == scene.last, "round {round}: an older message stands");
        }
        // And so is what is not a message.
        let read = Command::Read {
            message: scene.last,
            proofs: scene.proofs(1 - author),
        };
        ensure!(scene.ask(1 - author, &read).await? == Answer::Done);
        relay = relay.crash_and_restart().await?;
        scene.reconnect().await?;
        let standing = scene.people[author].opened.snapshot.standing.as_ref();
        ensure!(
            standing.is_some_and(|standing| standing.was_read),
            "round {round}: an acknowledged receipt is gone"
        );
    }
    eprintln!("killed {} times, each right after an acknowledgement", 2 * ROUNDS);
    Ok(())
}

/// While the test holds the database's one lock for writing, no commit is possible; then nothing may be acknowledged.
#[tokio::test]
async fn nothing_is_acknowledged_that_cannot_be_committed() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::two(relay.address()).await?;
    scene.sends(0).await?;
    let mut connection = database::connect(relay.data()).await?;
    let lock = connection.begin_with("BEGIN IMMEDIATE").await?;
    let draft = scene.draft(1);
    let answer = scene.ask(1, &draft.send()).await?;
    ensure!(
        answer == Answer::Refused(Refusal::Unavailable),
        "{answer:?} while nothing can be written"
    );
    lock.rollback().await?;
    connection.close().await?;
    // The control: the same bytes are taken when the lock is gone, and nobody was told of them before.
    let command = draft.send();
    ensure!(scene.ask(1, &command).await? == Answer::Done);
    Ok(())
}
