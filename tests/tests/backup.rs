//! A backup of a relay that runs, and two people who go on after it was restored.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rusqlite::Connection;
use rusqlite::types::FromSql;
use sotto_tests::capture::files;
use sotto_tests::capture::search::Runs;
use sotto_tests::native::{PASSCODES, Person, meet};
use sotto_tests::relay_process::{RelayProcess, binary};

const A: &str = PASSCODES[0];
const B: &str = PASSCODES[1];

/// Runs the relay's program on a data folder; gives what it said.
fn told(command: &str, data: &Path, backup: &Path) -> Result<String> {
    let output = Command::new(binary()?)
        .arg(command)
        .arg("--data")
        .arg(data)
        .arg(backup)
        .output()?;
    ensure!(
        output.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

fn ask<T: FromSql>(data: &Path, question: &str) -> Result<T> {
    let database = Connection::open(data.join("sotto.db"))?;
    Ok(database.query_one(question, [], |row| row.get(0))?)
}

#[tokio::test]
async fn people_go_on_after_a_restore_and_no_message_was_in_the_backup() -> Result<()> {
    let relay = RelayProcess::start(&[]).await?;
    let address = relay.address().to_owned();
    let (mut alice, mut bob) = meet(&address, &address).await?;
    alice.sends("one").await?;
    bob.sees("one").await?;
    bob.sends("two").await?;
    alice.sees("two").await?;

    let folder = tempfile::tempdir()?;
    let backup = folder.path().join("backup");
    let said = told("backup", relay.data(), &backup)?;
    ensure!(
        said.contains("1 rooms") && said.contains("1 messages") && said.contains("It is complete"),
        "{said}"
    );
    // The same search, in the live files and in the backup.
    let stored: Vec<u8> = ask(relay.data(), "SELECT message FROM room")?;
    let runs = Runs::of(&stored);
    let live = files::haystack(relay.data())?.runs(&runs);
    let copied = files::haystack(&backup)?.runs(&runs);
    ensure!(live > 0, "the search finds nothing where the message is");
    ensure!(
        copied == 0,
        "{copied} runs of the message's row are in the backup"
    );

    let down = relay.stop().await?;
    for entry in std::fs::read_dir(down.data())? {
        std::fs::remove_file(entry?.path())?;
    }
    let said = told("restore", down.data(), &backup)?;
    ensure!(
        said.contains("Restored 1 rooms") && said.contains("passcodes that were changed"),
        "{said}"
    );
    let _relay = down.start().await?;

    // Who comes anew finds an empty room, and its turns go on.
    let mut carol = Person::at(&address, "alice");
    carol.opens(A).await?;
    let room = carol
        .until_room("an empty room", |room| room.deleted.is_some())
        .await?;
    ensure!(room.message.is_none() && !room.deleted.context("a stub")?.proven);
    let mut dave = Person::at(&address, "bob");
    dave.opens(B).await?;
    carol.sends("three").await?;
    ensure!(dave.sees("three").await?.turn == 3, "the turn went back");
    dave.sends("four").await?;
    ensure!(carol.sees("four").await?.turn == 4);
    ensure!(carol.alarms()?.is_empty() && dave.alarms()?.is_empty());
    // A tab that was open all the time comes back too.
    bob.is_live().await?;
    bob.sees("four").await?;
    Ok(())
}

#[tokio::test]
async fn a_restored_room_whose_time_is_over_is_gone() -> Result<()> {
    let flags = ["--lifetimes", "2s,7d", "--grain", "1s"];
    let relay = RelayProcess::start(&flags).await?;
    let mut alice = Person::at(relay.address(), "alice");
    alice.starts_for(A, 2, 2).await?;
    let folder = tempfile::tempdir()?;
    let backup = folder.path().join("backup");
    ensure!(told("backup", relay.data(), &backup)?.contains("Backup of 1 rooms"));
    // The relay ends it when its time is over; the backup does not know.
    alice.until("the end", |view| view.room.is_none()).await?;
    let said = told("restore", &folder.path().join("new"), &backup)?;
    ensure!(
        said.starts_with("Restored 0 rooms") && said.contains("1 more were over"),
        "{said}"
    );
    Ok(())
}
