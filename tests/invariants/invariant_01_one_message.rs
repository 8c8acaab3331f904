//! Invariant 1: a room holds at most one message, and a reply hard-deletes the message that it replaces in the same
//! database transaction. The database's own keys make two impossible, and the code as well.
//!
//! Red when made: `turn` as a part of the room's primary key, and no references to it, in the migration (a second row was
//! taken); a room stored as a new row each time in `store/sqlite/save.rs` (nothing was taken any more).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, ErrorCode};
use sotto_protocol::{Answer, Refusal};

use crate::database;
use crate::relay::start;
use crate::scene::{FLAGS, Scene};

/// What a reader sees of the room's messages: how many, and the last turn; and the room's own turn.
fn look(connection: &Connection) -> Result<(i64, Option<i64>, i64)> {
    let statement =
        "SELECT count(message), max(turn) FILTER (WHERE message IS NOT NULL), max(turn) FROM room";
    Ok(connection.query_one(statement, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}

#[tokio::test]
async fn the_tables_have_no_place_for_a_second_message() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::two(relay.address()).await?;
    scene.sends(0).await?;
    let mut connection = database::connect(relay.data())?;
    let second = "INSERT INTO room SELECT room, expires_at, filler, turn + 1, ledger, message FROM room";
    let error = connection
        .execute(second, [])
        .err()
        .context("a second row was taken")?;
    ensure!(
        error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
            && error.to_string().contains("UNIQUE"),
        "{error}"
    );
    // The control: the same statement is taken where there is no first.
    let transaction = connection.transaction()?;
    transaction.execute_batch("CREATE TEMP TABLE kept AS SELECT * FROM room; DELETE FROM room")?;
    let again = "INSERT INTO room SELECT room, expires_at, filler, turn + 1, ledger, message FROM kept";
    ensure!(transaction.execute(again, [])? == 1);
    transaction.rollback()?;
    Ok(())
}

#[tokio::test]
async fn a_reader_never_sees_two_messages_or_none() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::two(relay.address()).await?;
    scene.sends(0).await?;
    let over = Arc::new(AtomicBool::new(false));
    let connection = database::connect(relay.data())?;
    let watching = tokio::task::spawn_blocking({
        let over = Arc::clone(&over);
        move || {
            let mut turns = std::collections::BTreeSet::new();
            while !over.load(Ordering::Relaxed) {
                let (count, turn, room) = look(&connection)?;
                ensure!(
                    count == 1 && turn == Some(room),
                    "{count} messages, the last of turn {turn:?} of {room}"
                );
                turns.insert(room);
            }
            Ok(turns.len())
        }
    });
    for turn in 1..150 {
        scene.sends(turn % 2).await?;
    }
    over.store(true, Ordering::Relaxed);
    let seen = watching.await??;
    // The control: the reader kept up, so it looked between most of the transactions.
    ensure!(seen > 75, "the reader saw only {seen} of 150 turns");
    Ok(())
}

#[tokio::test]
async fn a_relay_that_is_killed_in_the_middle_holds_the_old_message_or_the_new_one() -> Result<()> {
    let mut relay = start(FLAGS).await?;
    let mut scene = Scene::two(relay.address()).await?;
    scene.sends(1).await?;
    let (mut old, mut new) = (0, 0);
    for round in 0..20_u32 {
        let author = usize::from(scene.turn.is_multiple_of(2));
        let draft = scene.draft(author);
        scene.people[author].wire.send(&draft.send()).await?;
        // From at once to some milliseconds later: before, within and after the transaction.
        tokio::time::sleep(std::time::Duration::from_micros(u64::from(round) * 250)).await;
        relay = relay.crash_and_restart().await?;
        let (count, turn, room) = look(&database::connect(relay.data())?)?;
        ensure!(
            count == 1 && turn == Some(room),
            "{count} messages, the last of turn {turn:?} of {room}"
        );
        scene.reconnect().await?;
        let snapshot = &scene.people[0].opened.snapshot;
        let standing = snapshot
            .standing
            .as_ref()
            .context("no message after the restart")?;
        if standing.message == draft.hash(&scene.room) {
            new += 1;
            scene.took(&draft);
        } else {
            old += 1;
            ensure!(
                standing.message == scene.last,
                "neither the old message nor the new one"
            );
        }
    }
    eprintln!(
        "killed {} times: {old} times the old message stood, {new} times the new one",
        old + new
    );
    Ok(())
}

#[tokio::test]
async fn of_two_replies_at_once_one_is_taken() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::of(relay.address(), 3, crate::scene::LIFETIME).await?;
    scene.sends(0).await?;
    let drafts = [scene.draft(1), scene.draft(2)];
    let first = scene.people[1].wire.send(&drafts[0].send()).await?;
    let second = scene.people[2].wire.send(&drafts[1].send()).await?;
    let answers = [
        scene.people[1].wire.answer(first).await?,
        scene.people[2].wire.answer(second).await?,
    ];
    let (winner, loser) = if answers[0] == Answer::Done {
        (0, 1)
    } else {
        (1, 0)
    };
    ensure!(answers[winner] == Answer::Done, "{answers:?}");
    let Answer::Refused(Refusal::Conflict(snapshot)) = &answers[loser] else {
        anyhow::bail!("{answers:?}")
    };
    ensure!(snapshot.last == drafts[winner].hash(&scene.room) && snapshot.turn == 2);
    ensure!(database::messages(relay.data())?.len() == 1);
    Ok(())
}
