//! A relay that restarts, and a network that loses answers.

use anyhow::Result;
use sotto_client::Command;
use sotto_client::view::{Connection, OutcomeKind};
use sotto_tests::native::{Proxy, TestRelay, meet};

use crate::two;

#[tokio::test]
async fn the_relay_restarts_in_the_middle() -> Result<()> {
    let (mut relay, mut alice, mut bob) = two().await?;
    alice.sends("before").await?;
    bob.sees("before").await?;
    relay.stop().await?;
    bob.until("being away", |view| view.connection == Connection::Away)
        .await?;
    // What is on screen stays, and what is written waits.
    bob.sees("before").await?;
    let count = bob.count();
    bob.asks(Command::Send {
        text: b"after".to_vec().into(),
    });
    relay.start_again().await?;
    bob.is_told_after(count, OutcomeKind::Sent).await?;
    let after = alice.sees("after").await?;
    assert!(after.answer_was_receipt);
    assert_eq!((alice.alarms()?, bob.alarms()?), (vec![], vec![]));
    Ok(())
}

#[tokio::test]
async fn the_network_is_cut_in_the_middle() -> Result<()> {
    let relay = TestRelay::start(&[]).await?;
    let network = Proxy::to(&relay.address()).await?;
    let (mut alice, mut bob) = meet(&relay.address(), &network.address()).await?;
    alice.sends("before").await?;
    bob.sees("before").await?;
    network.cut();
    bob.until("being away", |view| view.connection == Connection::Away)
        .await?;
    alice
        .until_room("Bob away", |room| !room.seats[1].present)
        .await?;
    alice.edits("while Bob was away").await?;
    network.mend();
    bob.asks(Command::Wake);
    bob.is_live().await?;
    assert_eq!(bob.sees("while Bob was away").await?.rev, 1);
    assert_eq!((alice.alarms()?, bob.alarms()?), (vec![], vec![]));
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_sends_no_second_message() -> Result<()> {
    let relay = TestRelay::start(&[]).await?;
    let network = Proxy::to(&relay.address()).await?;
    let (mut alice, mut bob) = meet(&relay.address(), &network.address()).await?;
    network.lose_answers();
    let count = bob.count();
    bob.asks(Command::Send {
        text: b"once".to_vec().into(),
    });
    assert_eq!(alice.sees("once").await?.turn, 1);
    network.cut();
    bob.until("being away", |view| view.connection == Connection::Away)
        .await?;
    network.mend();
    bob.asks(Command::Wake);
    bob.is_told_after(count, OutcomeKind::Sent).await?;
    let once = bob.sees("once").await?;
    assert_eq!((once.turn, once.mine, once.rev), (1, true, 0));
    assert_eq!((alice.now()?.turn, bob.now()?.turn), (1, 1));
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_that_was_answered_meanwhile() -> Result<()> {
    let relay = TestRelay::start(&[]).await?;
    let network = Proxy::to(&relay.address()).await?;
    let (mut alice, mut bob) = meet(&relay.address(), &network.address()).await?;
    network.lose_answers();
    let count = bob.count();
    bob.asks(Command::Send {
        text: b"question".to_vec().into(),
    });
    alice.sees("question").await?;
    network.cut();
    alice.sends("answer").await?;
    network.mend();
    bob.asks(Command::Wake);
    bob.is_told_after(count, OutcomeKind::Sent).await?;
    bob.sees("answer").await?;
    assert_eq!(bob.now()?.turn, 2);
    Ok(())
}

#[tokio::test]
async fn the_room_moved_on_while_the_message_waited() -> Result<()> {
    let relay = TestRelay::start(&[]).await?;
    let network = Proxy::to(&relay.address()).await?;
    let (mut alice, mut bob) = meet(&relay.address(), &network.address()).await?;
    network.cut();
    bob.until("being away", |view| view.connection == Connection::Away)
        .await?;
    let count = bob.count();
    bob.asks(Command::Send {
        text: b"too late".to_vec().into(),
    });
    alice.sends("first").await?;
    network.mend();
    bob.asks(Command::Wake);
    bob.is_told_after(count, OutcomeKind::Conflict).await?;
    bob.sees("first").await?;
    assert_eq!(bob.now()?.sending, None);
    Ok(())
}
