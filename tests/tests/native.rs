//! The whole story by native clients: the page's session, real sockets, the real relay and its database in this process.

use anyhow::{Context as _, Result};
use sotto_client::Command;
use sotto_client::view::{Connection, Ending, Failure, OutcomeKind, SeatKind, Stage};
use sotto_protocol::{Habits, Seat};
use sotto_tests::native::{Person, Proxy, TestRelay};

const A: &str = "alice's passcode";
const B: &str = "bob's passcode";
const C: &str = "carol's passcode";

/// Two people in a room for two, on a relay of their own.
async fn two() -> Result<(TestRelay, Person, Person)> {
    let relay = TestRelay::start(&[]).await?;
    let (alice, bob) = meet(&relay.address(), &relay.address()).await?;
    Ok((relay, alice, bob))
}

/// Two people who come by these addresses.
async fn meet(alices: &str, bobs: &str) -> Result<(Person, Person)> {
    let mut alice = Person::at(alices, "alice");
    alice.starts(A, 2).await?;
    let code = alice.invites(1).await?;
    let mut bob = Person::at(bobs, "bob");
    bob.joins(&code, B).await?;
    alice.has_company(1).await?;
    Ok((alice, bob))
}

fn seat(number: u8) -> Result<Seat> {
    Seat::new(number).context("a seat")
}

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
