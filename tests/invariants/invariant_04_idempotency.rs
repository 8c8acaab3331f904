//! Invariant 4: every command is idempotent. A retry of the same bytes gets the same answer and changes nothing, until
//! that seat's next accepted message; the same id with other bytes is refused.
//!
//! Red when made: `by_seat` in `room/mod.rs` never finds a command among those that the seat has done (retries were refused,
//! or wrote).

use anyhow::{Result, ensure};
use sotto_protocol::{AccessKey, Answer, Command, Event, Invitation, InvitationId, Refusal, Token, limits};

use crate::database;
use crate::relay::{Relay, start};
use crate::scene::{FLAGS, LIFETIME, Person, Scene, opened, random, random_bytes, seat};
use crate::wire::Wire;

/// Sends a command that is done, and again. The answer is the same, the database's bytes stay what they were (whatever
/// is written anew is sealed with another nonce, so nothing was), and the others are told nothing.
async fn twice(relay: &Relay, scene: &mut Scene, number: usize, command: &Command) -> Result<()> {
    let empty = database::dump(relay.data())?;
    let first = scene.ask(number, command).await?;
    ensure!(first == Answer::Done, "{first:?} to {command:?}");
    // The control: the first time did write.
    ensure!(
        database::dump(relay.data())? != empty,
        "nothing was written for {command:?}"
    );
    // What the others were told until now ends with this hint.
    let listener = (number + 1) % scene.people.len();
    let hint = |event: &Event| matches!(event, Event::Typing(_)).then_some(());
    scene.people[number].wire.send(&Command::Typing).await?;
    scene.people[listener].wire.event(hint).await?;
    let before = database::dump(relay.data())?;
    let again = scene.ask(number, command).await?;
    ensure!(again == first, "{again:?}, not {first:?}, to {command:?}");
    ensure!(
        database::dump(relay.data())? == before,
        "a retry wrote to the database: {command:?}"
    );
    scene.people[number].wire.send(&Command::Typing).await?;
    let told = scene.people[listener]
        .wire
        .event(|event| Some(event.clone()))
        .await?;
    ensure!(
        matches!(told, Event::Typing(_)),
        "a retry was told as {told:?}: {command:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_retry_of_what_a_seat_does_changes_nothing() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::of(relay.address(), 3, LIFETIME).await?;
    let draft = scene.draft(0);
    twice(&relay, &mut scene, 0, &draft.send()).await?;
    scene.took(&draft);
    let edited = draft.edited();
    twice(&relay, &mut scene, 0, &edited.edit()).await?;
    scene.took(&edited);
    let delete = Command::Delete {
        message: scene.last,
        proofs: scene.proofs(0),
    };
    twice(&relay, &mut scene, 0, &delete).await?;
    scene.sends(1).await?;
    let read = Command::Read {
        message: scene.last,
        proofs: scene.proofs(2),
    };
    twice(&relay, &mut scene, 2, &read).await?;
    let extend = Command::Extend {
        expires_at: scene.people[0].wire.welcome.time + u64::from(LIFETIME) - 5,
    };
    // A later end than the room has may be out of range; an equal or earlier one changes nothing from the first time.
    let first = scene.ask(0, &extend).await?;
    let before = database::dump(relay.data())?;
    ensure!(scene.ask(0, &extend).await? == first && database::dump(relay.data())? == before);
    Ok(())
}

#[tokio::test]
async fn a_retry_about_a_free_seat_changes_nothing() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::of(relay.address(), 3, LIFETIME).await?;
    ensure!(scene.ask(2, &Command::Vacate { proofs: None }).await? == Answer::Done);
    scene.people.truncate(2);
    let invite = |token| Command::Invite {
        seat: seat(2),
        token,
        invitation: None,
    };
    twice(&relay, &mut scene, 0, &invite(Some(Token::new(random())))).await?;
    let with_invitation = Command::Invite {
        seat: seat(2),
        token: Some(Token::new(random())),
        invitation: Some(Invitation {
            id: InvitationId::new(random()),
            sealed: random_bytes(limits::INVITATION),
        }),
    };
    twice(&relay, &mut scene, 0, &with_invitation).await?;
    twice(&relay, &mut scene, 0, &invite(None)).await
}

#[tokio::test]
async fn a_retry_of_a_claim_gets_the_same_seat() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::of(relay.address(), 2, LIFETIME).await?;
    ensure!(scene.ask(1, &Command::Vacate { proofs: None }).await? == Answer::Done);
    let token = scene.invite(seat(1)).await?;
    let person = Person::new(scene.room, 1);
    let mut wire = Wire::connect(relay.address()).await?;
    let first = opened(person.claim(&mut wire, token).await?)?;
    let before = database::dump(relay.data())?;
    let mut wire = Wire::connect(relay.address()).await?;
    let again = opened(person.claim(&mut wire, token).await?)?;
    ensure!((again.seat, &again.vault) == (first.seat, &first.vault));
    ensure!(
        database::dump(relay.data())? == before,
        "a retry of a claim wrote"
    );
    // Somebody else's bytes with the same token are no retry.
    let other = Person::new(scene.room, 1);
    let mut wire = Wire::connect(relay.address()).await?;
    ensure!(other.claim(&mut wire, token).await? == Answer::Refused(Refusal::Refused));
    Ok(())
}

#[tokio::test]
async fn a_retry_of_a_create_gets_the_same_room() -> Result<()> {
    let relay = start(FLAGS).await?;
    let person = Person::new(sotto_protocol::RoomHash::new(random()), 0);
    let mut wire = Wire::connect(relay.address()).await?;
    let first = opened(person.create(&mut wire, 2, LIFETIME).await?)?;
    let before = database::dump(relay.data())?;
    let mut wire = Wire::connect(relay.address()).await?;
    let again = opened(person.create(&mut wire, 2, LIFETIME).await?)?;
    ensure!((again.seat, &again.vault) == (first.seat, &first.vault));
    ensure!(
        database::dump(relay.data())? == before,
        "a retry of a create wrote"
    );
    Ok(())
}

#[tokio::test]
async fn a_retry_of_a_new_passcode_opens_with_the_new_one() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::two(relay.address()).await?;
    let new_key: [u8; AccessKey::LENGTH] = random();
    let command = Command::Passcode {
        present: scene.people[0].person.take.access_key,
        access_key: new_key.into(),
        vault: random_bytes(limits::VAULT),
    };
    ensure!(scene.ask(0, &command).await? == Answer::Done);
    scene.people[0].person.take.access_key = new_key.into();
    let mut wire = Wire::connect(relay.address()).await?;
    opened(scene.people[0].person.open(&mut wire).await?)?;
    Ok(())
}

#[tokio::test]
async fn the_same_id_with_other_bytes_is_refused() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::two(relay.address()).await?;
    let (mut draft, _) = scene.sends(0).await?;
    draft.body = random_bytes(draft.body.len());
    let before = database::dump(relay.data())?;
    let answer = scene.ask(0, &draft.send()).await?;
    ensure!(answer == Answer::Refused(Refusal::Reused), "{answer:?}");
    ensure!(database::dump(relay.data())? == before);
    Ok(())
}

/// The promise ends with the seat's next accepted message: what came before is then no retry any more.
#[tokio::test]
async fn a_retry_is_known_until_the_seats_next_message() -> Result<()> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::two(relay.address()).await?;
    let (_, first) = scene.sends(0).await?;
    scene.sends(1).await?;
    // Answered by now, and still known.
    ensure!(scene.ask(0, &first).await? == Answer::Done);
    scene.sends(0).await?;
    let answer = scene.ask(0, &first).await?;
    ensure!(matches!(answer, Answer::Refused(_)), "{answer:?}");
    ensure!(database::messages(relay.data())?.len() == 1);
    Ok(())
}

/// What a solved puzzle was spent on is not tried twice: an attempt is retried with a new one.
#[tokio::test]
async fn opening_again_changes_nothing() -> Result<()> {
    let relay = start(FLAGS).await?;
    let scene = Scene::two(relay.address()).await?;
    let before = database::dump(relay.data())?;
    for _ in 0..2 {
        let mut wire = Wire::connect(relay.address()).await?;
        opened(scene.people[1].person.open(&mut wire).await?)?;
        wire.puzzle(scene.room.subject()).await?;
    }
    ensure!(database::dump(relay.data())? == before, "an open wrote");
    Ok(())
}
