//! How one comes into a room: by phrase, passcode, code, link and word.

use anyhow::{Context as _, Result};
use sotto_client::Command;
use sotto_client::view::{Connection, Ending, Failure, OutcomeKind, SeatKind, Stage};
use sotto_tests::native::{Person, TestRelay};

use crate::{A, B, C, seat, two};

#[tokio::test]
async fn every_failed_opening_is_the_same() -> Result<()> {
    let (relay, _alice, _bob) = two().await?;
    for (phrase, passcode) in [("amber rocket lantern", "wrong"), ("no such room", A)] {
        let mut stranger = Person::at(&relay.address(), "stranger");
        stranger.tries_to_open(phrase, passcode);
        let view = stranger.until("a refusal", |view| view.failure.is_some()).await?;
        assert_eq!((view.failure, view.stage), (Some(Failure::Refused), Stage::Entry));
    }
    for code in ["1-00000-00000", "5-00000-00000"] {
        let mut stranger = Person::at(&relay.address(), "stranger");
        stranger.tries_to_join(code, C);
        let view = stranger.until("a refusal", |view| view.failure.is_some()).await?;
        assert_eq!((view.failure, view.stage), (Some(Failure::Refused), Stage::Entry));
    }
    // A second room with the same phrase.
    let mut other = Person::at(&relay.address(), "stranger");
    assert!(other.starts(C, 2).await.is_err());
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_typed_is_said_at_once() -> Result<()> {
    let relay = TestRelay::start(&[]).await?;
    let mut person = Person::at(&relay.address(), "person");
    person.tries_to_open("", A);
    person
        .until("a bad phrase", |view| view.failure == Some(Failure::BadPhrase))
        .await?;
    person.tries_to_open("a phrase", "");
    person
        .until("a bad passcode", |view| {
            view.failure == Some(Failure::BadPasscode)
        })
        .await?;
    person.tries_to_join("9-K7QF2-M9XTB", A);
    person
        .until("a bad code", |view| view.failure == Some(Failure::BadCode))
        .await?;
    assert!(person.redeems("no link").await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_passcode_is_changed() -> Result<()> {
    let (relay, mut alice, bob) = two().await?;
    let mut bobs_tablet = Person::at(&relay.address(), "bob's tablet");
    bobs_tablet.opens(B).await?;
    let change = |present: &str, next: &str| Command::Passcode {
        present: present.as_bytes().to_vec().into(),
        next: next.as_bytes().to_vec().into(),
    };
    // A wrong one closes the connection, and the session comes back by its ticket.
    bobs_tablet
        .tries(change("wrong", "bob's new passcode"), OutcomeKind::WrongPasscode)
        .await?;
    bobs_tablet.is_live().await?;
    bobs_tablet
        .tries(change(B, "bob's new passcode"), OutcomeKind::PasscodeChanged)
        .await?;
    // The other tab is out.
    let mut bob = bob;
    let view = bob.until("the end", |view| view.stage == Stage::Ended).await?;
    assert_eq!(view.ending, Some(Ending::PasscodeChanged));
    // The tab that changed it goes on, also after a cut: the old ticket is void, so by a puzzle.
    alice.sends("hello").await?;
    bobs_tablet.sees("hello").await?;
    bobs_tablet.is_unplugged();
    bobs_tablet
        .until("being away", |view| view.connection != Connection::Live)
        .await?;
    bobs_tablet.is_live().await?;
    let mut old = Person::at(&relay.address(), "bob");
    assert!(old.opens(B).await.is_err());
    let mut new = Person::at(&relay.address(), "bob");
    new.opens("bob's new passcode").await?;
    new.sees("hello").await?;
    Ok(())
}

#[tokio::test]
async fn one_passcode_for_two_seats() -> Result<()> {
    let relay = TestRelay::start(&[]).await?;
    let mut alice = Person::at(&relay.address(), "alice");
    alice.starts(A, 2).await?;
    let code = alice.invites(1).await?;
    let mut bob = Person::at(&relay.address(), "bob");
    bob.joins(&code, A).await?;
    bob.sends("which of us?").await?;
    let mut tablet = Person::at(&relay.address(), "tablet");
    tablet.tries_to_open("amber rocket lantern", A);
    let view = tablet
        .until("a choice", |view| view.stage == Stage::Choose)
        .await?;
    assert_eq!(view.choices, [0, 1]);
    tablet.asks(Command::Choose { seat: seat(1)? });
    tablet.is_in().await?;
    assert!(tablet.sees("which of us?").await?.mine);
    Ok(())
}

#[tokio::test]
async fn a_link_leads_to_phrase_and_code_once() -> Result<()> {
    let relay = TestRelay::start(&[]).await?;
    let mut alice = Person::at(&relay.address(), "alice");
    alice.starts(A, 2).await?;
    let code = alice.invites(1).await?;
    let made = alice.makes_code(1, true).await?;
    assert_eq!(made.code, code, "the code was read out already, and stays good");
    let fragment = made.invitation.context("a link")?;
    let mut bob = Person::at(&relay.address(), "bob");
    let (phrase, code) = bob.redeems(&fragment).await?;
    assert_eq!(
        (phrase.as_str(), code.as_str()),
        ("amber rocket lantern", made.code.as_str())
    );
    bob.joins(&code, B).await?;
    // The code is used, and so is the link.
    alice.until_room("no code", |room| room.code.is_none()).await?;
    let mut late = Person::at(&relay.address(), "late");
    assert!(late.redeems(&fragment).await.is_err());
    late.tries_to_join(&code, C);
    late.until("a refusal", |view| view.failure == Some(Failure::Refused))
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_withdrawn_code_is_worth_nothing() -> Result<()> {
    let relay = TestRelay::start(&[]).await?;
    let mut alice = Person::at(&relay.address(), "alice");
    alice.starts(A, 2).await?;
    let code = alice.invites(1).await?;
    alice
        .tries(Command::Withdraw { seat: seat(1)? }, OutcomeKind::Withdrawn)
        .await?;
    let room = alice.now()?;
    assert_eq!((room.code, room.seats[1].state), (None, SeatKind::Free));
    let mut bob = Person::at(&relay.address(), "bob");
    assert!(bob.joins(&code, B).await.is_err());
    // A new one replaces it.
    let first = alice.invites(1).await?;
    let second = alice.invites(1).await?;
    bob.tries_to_join(&first, B);
    bob.until("a refusal", |view| view.failure == Some(Failure::Refused))
        .await?;
    bob.joins(&second, B).await?;
    alice
        .tries(
            Command::Invite {
                seat: seat(1)?,
                with_link: false,
            },
            OutcomeKind::SeatTaken,
        )
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_room_is_made_with_the_word_and_joined_without() -> Result<()> {
    let word = tempfile::NamedTempFile::new()?;
    std::fs::write(&word, "lighthouse\n")?;
    let path = word.path().to_str().context("a path of text")?;
    let relay = TestRelay::start(&["--create-token-file", path]).await?;
    let mut alice = Person::at(&relay.address(), "alice");
    for wrong in ["", "lighthouses"] {
        alice.tries_to_start(A, wrong).await?;
        alice
            .until("a refusal", |view| view.failure == Some(Failure::WrongWord))
            .await?;
    }
    alice.tries_to_start(A, "lighthouse").await?;
    alice.until("a room", |view| view.stage == Stage::Room).await?;
    let code = alice.invites(1).await?;
    let mut bob = Person::at(&relay.address(), "bob");
    bob.joins(&code, B).await?;
    alice.has_company(1).await?;
    alice.sends("hello").await?;
    bob.sees("hello").await?;
    Ok(())
}
