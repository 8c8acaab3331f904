//! People in a room: messages, receipts, several tabs, several people.

use anyhow::{Context as _, Result};
use sotto_client::Command;
use sotto_client::view::{Failure, OutcomeKind};
use sotto_protocol::Habits;
use sotto_tests::native::{Person, TestRelay};

use crate::{A, B, C, two};

#[tokio::test]
async fn two_people_talk() -> Result<()> {
    let (_relay, mut alice, mut bob) = two().await?;
    alice.sends("hello").await?;
    let hello = bob.sees("hello").await?;
    assert_eq!((hello.turn, hello.author, hello.mine), (1, 0, false));
    assert_eq!(hello.unread_by, [1]);

    bob.reads(&hello);
    alice.sees_read_by(1).await?;

    bob.asks(Command::Typing);
    alice.until_room("Bob writing", |room| room.typing == [1]).await?;

    bob.sends("hi").await?;
    let hi = alice.sees("hi").await?;
    assert_eq!((hi.turn, hi.answer_was_receipt), (2, true));
    let room = alice.now()?;
    assert!(room.typing.is_empty() && room.can_send && !room.can_edit);
    assert_eq!((alice.alarms()?, bob.alarms()?), (vec![], vec![]));
    Ok(())
}

#[tokio::test]
async fn who_turned_receipts_and_typing_off_is_known_for_it_and_leaves_no_other_sign() -> Result<()> {
    let (_relay, mut alice, mut bob) = two().await?;
    let quiet = Habits {
        receipts: false,
        typing: false,
    };
    bob.asks(Command::Habits(quiet));
    alice
        .until_room("Bob's word", |room| {
            !room.seats[1].receipts && !room.seats[1].typing
        })
        .await?;
    alice.sends("hello").await?;
    let hello = bob.sees("hello").await?;
    bob.reads(&hello);
    bob.asks(Command::Typing);
    alice.edits("hello again").await?;
    bob.sees("hello again").await?;
    bob.sends("hi").await?;
    assert!(!alice.sees("hi").await?.answer_was_receipt);
    assert!(alice.now()?.typing.is_empty());
    assert_eq!((alice.alarms()?, bob.alarms()?), (vec![], vec![]));
    Ok(())
}

#[tokio::test]
async fn an_answer_alone_is_a_receipt() -> Result<()> {
    let (_relay, mut alice, mut bob) = two().await?;
    alice.sends("hello").await?;
    bob.sees("hello").await?;
    bob.sends("hi").await?;
    assert!(alice.sees("hi").await?.answer_was_receipt);
    Ok(())
}

#[tokio::test]
async fn a_message_is_edited_and_deleted_before_it_is_read() -> Result<()> {
    let (_relay, mut alice, mut bob) = two().await?;
    alice.sends("helo").await?;
    bob.sees("helo").await?;
    alice.edits("hello").await?;
    let hello = bob.sees("hello").await?;
    assert_eq!((hello.turn, hello.rev), (1, 1));
    alice.deletes().await?;
    let gone = bob
        .until_room("a deletion", |room| room.deleted.is_some())
        .await?;
    assert!(gone.deleted.context("deleted")?.proven && gone.message.is_none());
    // After a deletion its author may write again.
    alice.sends("hello again").await?;
    assert_eq!(bob.sees("hello again").await?.turn, 2);
    assert_eq!((alice.alarms()?, bob.alarms()?), (vec![], vec![]));
    Ok(())
}

#[tokio::test]
async fn what_was_read_stays() -> Result<()> {
    let (_relay, mut alice, mut bob) = two().await?;
    alice.sends("hello").await?;
    let hello = bob.sees("hello").await?;
    bob.reads(&hello);
    alice.sees_read_by(1).await?;
    alice.tries(Command::Delete, OutcomeKind::AlreadyRead).await?;
    let edit = Command::Edit {
        text: b"other".to_vec().into(),
    };
    alice.tries(edit, OutcomeKind::AlreadyRead).await?;
    bob.sees("hello").await?;
    Ok(())
}

#[tokio::test]
async fn one_seat_in_two_tabs() -> Result<()> {
    let (relay, mut alice, mut bob) = two().await?;
    let mut second = Person::at(&relay.address(), "bob's tablet");
    second.opens(B).await?;
    alice.sends("hello").await?;
    let hello = second.sees("hello").await?;
    bob.sees("hello").await?;
    second.reads(&hello);
    alice.sees_read_by(1).await?;
    bob.sees_read_by(1).await?;
    // What one tab writes, the other shows.
    second.sends("from the tablet").await?;
    assert!(bob.sees("from the tablet").await?.mine);
    bob.edits("from the phone").await?;
    second.sees("from the phone").await?;
    second.deletes().await?;
    bob.until_room("the deletion", |room| room.message.is_none())
        .await?;
    let alarms = (alice.alarms()?, bob.alarms()?, second.alarms()?);
    assert_eq!(alarms, (vec![], vec![], vec![]));
    Ok(())
}

#[tokio::test]
async fn a_locked_tab_resumes_with_its_draft() -> Result<()> {
    let (relay, mut alice, bob) = two().await?;
    alice.sends("hello").await?;
    let locked = bob.locks("half a repl").await?;
    alice
        .until_room("Bob away", |room| !room.seats[1].present)
        .await?;

    let mut wrong = Person::at(&relay.address(), "thief");
    wrong.tries_to_resume(&locked, "not the passcode");
    let view = wrong.until("a refusal", |view| view.failure.is_some()).await?;
    assert_eq!((view.failure, view.room), (Some(Failure::WrongPasscode), None));

    let mut bob = Person::at(&relay.address(), "bob");
    bob.resumes(&locked, B).await?;
    assert_eq!(bob.finds_draft().await?, "half a repl");
    bob.sees("hello").await?;
    bob.sends("half a reply").await?;
    alice.sees("half a reply").await?;
    // A link can still be made: what invites is among what was locked.
    assert_eq!((alice.alarms()?, bob.alarms()?), (vec![], vec![]));
    Ok(())
}

#[tokio::test]
async fn three_people() -> Result<()> {
    let relay = TestRelay::start(&[]).await?;
    let mut alice = Person::at(&relay.address(), "alice");
    alice.starts(A, 3).await?;
    let code = alice.invites(1).await?;
    let mut bob = Person::at(&relay.address(), "bob");
    bob.joins(&code, B).await?;
    alice.has_company(1).await?;
    bob.sends("only alice is here").await?;
    let code = bob.invites(2).await?;
    let mut carol = Person::at(&relay.address(), "carol");
    carol.joins(&code, C).await?;
    bob.has_company(2).await?;

    // Who came later is told that a message stands, and may answer it.
    let room = carol
        .until_room("a message", |room| room.message.is_some())
        .await?;
    let stands = room.message.context("a message")?;
    assert_eq!((stands.text, stands.turn, stands.author), (None, 1, 1));
    let names: Vec<_> = room.seats.iter().map(|seat| seat.nickname.as_deref()).collect();
    assert_eq!(names, [Some("alice"), Some("bob"), Some("carol")]);
    carol.sends("hello both").await?;
    let (to_alice, to_bob) = (alice.sees("hello both").await?, bob.sees("hello both").await?);
    assert!(!to_bob.answer_was_receipt);
    assert_eq!(to_alice.unread_by, [0, 1]);

    alice.reads(&to_alice);
    carol.sees_read_by(0).await?;
    bob.sees_read_by(0).await?;
    assert_eq!(carol.now()?.message.context("a message")?.unread_by, [1]);
    // The words that each shows for each are the same on all screens.
    let words =
        |room: sotto_client::view::Room| room.seats.into_iter().map(|seat| seat.words).collect::<Vec<_>>();
    assert_eq!(words(alice.now()?), words(bob.now()?));
    assert_eq!(words(alice.now()?), words(carol.now()?));
    assert_eq!(
        (alice.alarms()?, bob.alarms()?, carol.alarms()?),
        (vec![], vec![], vec![])
    );
    Ok(())
}

#[tokio::test]
async fn both_write_at_the_same_time() -> Result<()> {
    let (_relay, mut alice, mut bob) = two().await?;
    let (alices, bobs) = (alice.count(), bob.count());
    alice.asks(Command::Send {
        text: b"alice's".to_vec().into(),
    });
    bob.asks(Command::Send {
        text: b"bob's".to_vec().into(),
    });
    let told = |room: &sotto_client::view::Room, before| {
        room.outcome.as_ref().is_some_and(|told| told.number > before)
    };
    let alice = alice.until_room("an outcome", |room| told(room, alices)).await?;
    let bob = bob.until_room("an outcome", |room| told(room, bobs)).await?;
    let kinds = [alice.outcome, bob.outcome].map(|outcome| outcome.map(|outcome| outcome.kind));
    assert!(kinds.contains(&Some(OutcomeKind::Sent)), "{kinds:?}");
    // The other was first, or Bob saw Alice's in time and answered it.
    assert!(alice.turn == 1 || alice.turn == 2);
    Ok(())
}
