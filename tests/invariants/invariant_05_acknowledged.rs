//! Invariant 5: an acknowledgement is sent after the commit, never before. What was acknowledged survives `kill -9`.
//!
//! That a commit waits for the disk, which no `kill -9` shows, the relay reads back from SQLite when it starts.
//!
//! Red when made: the transaction rolled back in place of committed in `store/sqlite/mod.rs` (what was acknowledged was not
//! there); what the commit comes to is ignored there (`done` while nothing could be written).

use anyhow::{Context, Result, ensure};
use rusqlite::TransactionBehavior;
use sotto_protocol::{Answer, Command, Event, Refusal};

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

/// Sends what cannot be stored now: it is refused, and nobody is told of it.
async fn refuses(scene: &mut Scene, command: &Command) -> Result<()> {
    let answer = scene.ask(1, command).await?;
    ensure!(
        answer == Answer::Refused(Refusal::Unavailable),
        "{answer:?} while nothing can be written"
    );
    let told = scene.people[0].wire.told().await?;
    ensure!(told.is_empty(), "{told:?} of what is not stored");
    Ok(())
}

/// The control: the same bytes are taken once nothing is in the way, and the other is told.
async fn takes(scene: &mut Scene, command: &Command) -> Result<()> {
    ensure!(scene.ask(1, command).await? == Answer::Done);
    let message = |event: &Event| matches!(event, Event::Message(_)).then_some(());
    scene.people[0].wire.event(message).await
}

/// While the test holds the database's one lock for writing, no transaction begins.
#[tokio::test]
async fn nothing_is_acknowledged_while_another_writes() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::two(relay.address()).await?;
    scene.sends(0).await?;
    scene.people[0].wire.told().await?;
    let command = scene.draft(1).send();
    let mut connection = database::connect(relay.data())?;
    let lock = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    refuses(&mut scene, &command).await?;
    lock.rollback()?;
    takes(&mut scene, &command).await
}

/// A disk that takes nothing more. SQLite writes to its files in the commit and not before, so all of the transaction
/// goes well but its end.
#[tokio::test]
async fn nothing_is_acknowledged_whose_commit_fails() -> Result<()> {
    let mut relay = start(FLAGS).await?;
    let mut scene = Scene::two(relay.address()).await?;
    scene.sends(0).await?;
    scene.people[0].wire.told().await?;
    let draft = scene.draft(1);
    relay.process.process().fail_writes(true)?;
    refuses(&mut scene, &draft.send()).await?;
    relay.process.process().fail_writes(false)?;
    takes(&mut scene, &draft.send()).await?;
    scene.took(&draft);
    // What was refused and then taken is stored whole.
    let _relay = relay.crash_and_restart().await?;
    scene.reconnect().await?;
    let standing = scene.people[0].opened.snapshot.standing.as_ref();
    ensure!(standing.is_some_and(|standing| standing.message == scene.last));
    Ok(())
}
