//! Invariant 8: after deletion (reply, edit, delete, vacate, expiry) no 16 bytes in a row of what the relay stored for the
//! message are in any file that the relay writes, once the compaction interval has passed.
//!
//! The bytes are the row's as it is stored, sealed at rest. That they are gone is only believed where the same search
//! found them while the message stood, and in the same look finds a neighbour's message that still stands.
//!
//! Red when made: `wal_checkpoint(PASSIVE)` in place of `TRUNCATE` in `store/sqlite/mod.rs` (all runs were left in the log, in
//! each of the cases).

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sotto_protocol::{Answer, Command, limits};
use sotto_tests::capture::files;
use sotto_tests::capture::search::{RUN, Runs};

use crate::database;
use crate::relay::{Relay, start};
use crate::scene::{FLAGS, LIFETIME, Scene, random_bytes};

/// The compaction interval in [`FLAGS`].
const INTERVAL: Duration = Duration::from_secs(1);
/// What a loaded machine may add to an interval: the job waits again after each run.
const GRACE: Duration = Duration::from_secs(2);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);
/// How many rooms have their message deleted at the same time.
const ROOMS: usize = 6;

/// Sends a message of a size of its own, so that rows lie in one page and in many.
async fn sends(scene: &mut Scene, author: usize, size: usize) -> Result<()> {
    let mut draft = scene.draft(author);
    draft.body = random_bytes(size + limits::TAG);
    ensure!(scene.ask(author, &draft.send()).await? == Answer::Done);
    scene.took(&draft);
    Ok(())
}

/// The stored bytes of all messages.
fn stored(relay: &Relay) -> Result<Vec<Vec<u8>>> {
    let rows = database::messages(relay.data())?;
    Ok(rows.into_iter().map(|(_, _, sealed)| sealed).collect())
}

/// Has messages stand, deletes them, and waits one interval. A neighbour's message stands all the time.
async fn leaves_nothing(lifetime: u32, delete: impl AsyncFn(&mut Scene) -> Result<()>) -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut neighbour = Scene::of(relay.address(), 2, LIFETIME).await?;
    sends(&mut neighbour, 0, 1024).await?;
    let stays = stored(&relay)?.pop().context("the neighbour's message")?;
    let neighbours = Runs::of(&stays);
    let mut scenes = Vec::new();
    for size in limits::PADDED.into_iter().cycle().take(ROOMS) {
        let mut scene = Scene::of(relay.address(), 2, lifetime).await?;
        sends(&mut scene, 0, size).await?;
        scenes.push(scene);
    }
    let mut runs = Runs::default();
    for row in stored(&relay)? {
        if row != stays {
            runs.add(&row);
        }
    }
    // While they stand: a run may be cut by the end of a page, most are not.
    let alive = files::haystack(relay.data())?;
    let found = alive.runs(&runs);
    ensure!(
        found * 10 > runs.len() * 9,
        "control: {found} of {} runs of {RUN} bytes found while the messages stand",
        runs.len()
    );
    let has_neighbour = alive.runs(&neighbours);
    for scene in &mut scenes {
        delete(scene).await?;
    }
    let deleted = Instant::now();
    loop {
        let now = files::haystack(relay.data())?;
        let left = now.runs(&runs);
        if left == 0 {
            ensure!(
                now.runs(&neighbours) * 10 > has_neighbour * 9,
                "control: the same search no longer finds what stands"
            );
            let took = deleted.elapsed();
            eprintln!("{found} runs found before, none {took:?} after");
            return Ok(());
        }
        ensure!(
            deleted.elapsed() < INTERVAL + GRACE,
            "{left} runs are left {:?} after the deletion",
            deleted.elapsed()
        );
        tokio::time::sleep(PAUSE).await;
    }
}

#[tokio::test]
async fn a_reply_leaves_nothing_of_what_it_replaced() -> Result<()> {
    leaves_nothing(LIFETIME, async |scene| sends(scene, 1, 256).await).await
}

#[tokio::test]
async fn an_edit_leaves_nothing_of_the_revision_before() -> Result<()> {
    leaves_nothing(LIFETIME, async |scene| {
        let edited = scene.draft.as_ref().context("a message")?.edited();
        ensure!(scene.ask(0, &edited.edit()).await? == Answer::Done);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_delete_leaves_nothing() -> Result<()> {
    leaves_nothing(LIFETIME, async |scene| {
        let delete = Command::Delete {
            message: scene.last,
            proofs: scene.proofs(0),
        };
        ensure!(scene.ask(0, &delete).await? == Answer::Done);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_vacated_seat_leaves_nothing() -> Result<()> {
    leaves_nothing(LIFETIME, async |scene| {
        let vacate = Command::Vacate {
            proofs: Some(scene.proofs(0)),
        };
        ensure!(scene.ask(0, &vacate).await? == Answer::Done);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_end_by_hand_leaves_nothing() -> Result<()> {
    leaves_nothing(LIFETIME, async |scene| {
        let expire = Command::Expire {
            proofs: scene.proofs(0),
        };
        scene.people[0].wire.send(&expire).await?;
        // The relay answers, or closes the connection of a room that is no more.
        while let Ok(frame) = scene.people[0].wire.frame().await {
            if frame.is_empty() {
                break;
            }
        }
        Ok(())
    })
    .await
}

/// Rooms of a few seconds: each is waited for until the relay says that it has ended.
#[tokio::test]
async fn an_end_by_time_leaves_nothing() -> Result<()> {
    leaves_nothing(3, async |scene| {
        while scene.people[1].wire.frame().await.is_ok() {}
        Ok(())
    })
    .await
}
