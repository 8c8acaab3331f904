//! How rooms end, by hand and by time, and what goes with who leaves.

use anyhow::{Context as _, Result};
use sotto_client::Command;
use sotto_client::view::{Ending, OutcomeKind, SeatKind, Stage};
use sotto_tests::native::{Person, TestRelay, meet};

use crate::{A, B, C, seat, two};

#[tokio::test]
async fn one_ends_the_room_for_both() -> Result<()> {
    let (_relay, mut alice, mut bob) = two().await?;
    alice.sends("goodbye").await?;
    bob.sees("goodbye").await?;
    alice.asks(Command::End);
    for person in [&mut alice, &mut bob] {
        let view = person.until("the end", |view| view.stage == Stage::Ended).await?;
        assert_eq!((view.ending, view.room), (Some(Ending::ByHand), None));
    }
    Ok(())
}

#[tokio::test]
async fn a_room_ends_by_time() -> Result<()> {
    let relay = TestRelay::start(&["--lifetimes", "2s,1h", "--lifetime", "2s", "--grain", "1s"]).await?;
    let (mut alice, mut bob) = meet(&relay.address(), &relay.address()).await?;
    alice.sends("not for long").await?;
    for person in [&mut alice, &mut bob] {
        let view = person.until("the end", |view| view.stage == Stage::Ended).await?;
        assert_eq!((view.ending, view.room), (Some(Ending::ByTime), None));
    }
    let mut late = Person::at(&relay.address(), "bob");
    assert!(late.opens(B).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_room_is_extended_for_both() -> Result<()> {
    let relay = TestRelay::start(&["--lifetimes", "1h,24h", "--lifetime", "1h"]).await?;
    let (mut alice, mut bob) = meet(&relay.address(), &relay.address()).await?;
    let before = bob.now()?.expires_at;
    alice
        .tries(Command::Extend { lifetime: 86_400 }, OutcomeKind::Extended)
        .await?;
    for person in [&mut alice, &mut bob] {
        let later = person
            .until_room("a later end", |room| room.expires_at > before)
            .await?;
        assert!(later.expires_at >= before + 22 * 3600);
    }
    assert_eq!((alice.alarms()?, bob.alarms()?), (vec![], vec![]));
    Ok(())
}

#[tokio::test]
async fn who_leaves_takes_the_message_along() -> Result<()> {
    let (relay, mut alice, mut bob) = two().await?;
    bob.sends("before I go").await?;
    alice.sees("before I go").await?;
    bob.asks(Command::Leave);
    let view = bob.until("the end", |view| view.stage == Stage::Ended).await?;
    assert_eq!(view.ending, Some(Ending::Left));
    let room = alice
        .until_room("a free seat", |room| {
            room.seats[1].state == SeatKind::Free && room.message.is_none()
        })
        .await?;
    assert!(room.deleted.context("deleted")?.proven);
    // Somebody else takes the seat: other keys than before, so nothing is sealed to them until Alice has compared.
    let code = alice.invites(1).await?;
    let mut carol = Person::at(&relay.address(), "carol");
    carol.joins(&code, C).await?;
    alice
        .until_room("somebody to confirm", |room| room.seats[1].unconfirmed)
        .await?;
    alice.asks(Command::Confirm { seat: seat(1)? });
    alice
        .until_room("nobody to confirm", |room| !room.seats[1].unconfirmed)
        .await?;
    alice.sends("welcome").await?;
    carol.sees("welcome").await?;
    assert_eq!((alice.alarms()?, carol.alarms()?), (vec![], vec![]));
    Ok(())
}

#[tokio::test]
async fn the_last_one_out_ends_the_room() -> Result<()> {
    let relay = TestRelay::start(&[]).await?;
    let mut alice = Person::at(&relay.address(), "alice");
    alice.starts(A, 2).await?;
    alice.asks(Command::Leave);
    alice
        .until("the end", |view| view.ending == Some(Ending::Left))
        .await?;
    let mut again = Person::at(&relay.address(), "alice");
    assert!(again.opens(A).await.is_err());
    let mut anew = Person::at(&relay.address(), "alice");
    anew.starts(A, 2).await?;
    Ok(())
}
