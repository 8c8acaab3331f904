//! Invariant 3: authorship comes from the seat that the connection proved. Only the author edits or deletes, only before
//! it is read; only others read; nobody writes twice in a row, save after a delete; any seat but the author's replies, for
//! all; of two sends for one turn the first wins; a seat that is vacated takes its message with it.
//!
//! Red when made: without `header.seat != seat` in `room/message.rs` (a header that names another author was taken).

use anyhow::{Result, ensure};
use sotto_protocol::{Answer, Command, Event, MessageHash, Refusal, Snapshot, Standing};

use crate::relay::{Relay, start};
use crate::scene::{FLAGS, LIFETIME, Scene, opened, seat};
use crate::wire::Wire;

/// A relay and a full room of three in which seat 0 wrote.
async fn room_of_three() -> Result<(Relay, Scene)> {
    let relay = start(FLAGS).await?;
    let mut scene = Scene::of(relay.address(), 3, LIFETIME).await?;
    scene.sends(0).await?;
    Ok((relay, scene))
}

/// The room as a seat is shown it on a new connection.
async fn look(relay: &Relay, scene: &Scene, number: usize) -> Result<Snapshot> {
    let mut wire = Wire::connect(relay.address()).await?;
    Ok(opened(scene.people[number].person.open(&mut wire).await?)?.snapshot)
}

/// Asks for what must be refused, and that the room is as it was.
async fn is_refused(
    relay: &Relay,
    scene: &mut Scene,
    number: usize,
    command: &Command,
    why: Refusal,
) -> Result<()> {
    let before = look(relay, scene, number).await?;
    let answer = scene.ask(number, command).await?;
    ensure!(
        answer == Answer::Refused(why),
        "seat {number}: {answer:?} to {command:?}"
    );
    ensure!(
        look(relay, scene, number).await? == before,
        "a refused command changed the room"
    );
    Ok(())
}

#[tokio::test]
async fn a_header_that_names_another_author_is_refused() -> Result<()> {
    let (relay, mut scene) = room_of_three().await?;
    let mut forged = scene.draft(1);
    forged.header.seat = seat(2);
    is_refused(&relay, &mut scene, 1, &forged.send(), Refusal::Invalid).await?;
    // The control: the same message under its own seat's name is taken, and told under that name.
    forged.header.seat = seat(1);
    ensure!(scene.ask(1, &forged.send()).await? == Answer::Done);
    let told = forged.hash(&scene.room);
    let author = scene.people[2].wire.event(|event| match event {
        Event::Message(standing) if standing.message == told => Some(standing.seat),
        _ => None,
    });
    ensure!(author.await? == seat(1));
    Ok(())
}

#[tokio::test]
async fn only_the_author_edits_and_deletes() -> Result<()> {
    let (relay, mut scene) = room_of_three().await?;
    let message = scene.sends(1).await?.0.edited();
    is_refused(&relay, &mut scene, 2, &message.edit(), Refusal::Invalid).await?;
    let mut under_own_name = message.clone();
    under_own_name.header.seat = seat(2);
    is_refused(&relay, &mut scene, 2, &under_own_name.edit(), Refusal::NotAuthor).await?;
    let delete = Command::Delete {
        message: scene.last,
        proofs: scene.proofs(2),
    };
    is_refused(&relay, &mut scene, 2, &delete, Refusal::NotAuthor).await?;
    // The control: the author may both.
    ensure!(scene.ask(1, &message.edit()).await? == Answer::Done);
    scene.took(&message);
    let delete = Command::Delete {
        message: scene.last,
        proofs: scene.proofs(1),
    };
    ensure!(scene.ask(1, &delete).await? == Answer::Done);
    Ok(())
}

#[tokio::test]
async fn only_others_read_and_then_nothing_is_taken_back() -> Result<()> {
    let (relay, mut scene) = room_of_three().await?;
    let draft = scene.sends(1).await?.0;
    let read = |scene: &Scene, by| Command::Read {
        message: scene.last,
        proofs: scene.proofs(by),
    };
    let by_author = read(&scene, 1);
    is_refused(&relay, &mut scene, 1, &by_author, Refusal::NotYourTurn).await?;
    let by_other = read(&scene, 2);
    ensure!(scene.ask(2, &by_other).await? == Answer::Done);
    is_refused(
        &relay,
        &mut scene,
        1,
        &draft.edited().edit(),
        Refusal::AlreadyRead,
    )
    .await?;
    let delete = Command::Delete {
        message: scene.last,
        proofs: scene.proofs(1),
    };
    is_refused(&relay, &mut scene, 1, &delete, Refusal::AlreadyRead).await?;
    // Nor after the one who read it has left.
    ensure!(scene.ask(2, &Command::Vacate { proofs: None }).await? == Answer::Done);
    is_refused(&relay, &mut scene, 1, &delete, Refusal::AlreadyRead).await
}

#[tokio::test]
async fn nobody_writes_twice_in_a_row_save_after_a_delete() -> Result<()> {
    let (relay, mut scene) = room_of_three().await?;
    let again = scene.draft(0).send();
    is_refused(&relay, &mut scene, 0, &again, Refusal::NotYourTurn).await?;
    let delete = Command::Delete {
        message: scene.last,
        proofs: scene.proofs(0),
    };
    ensure!(scene.ask(0, &delete).await? == Answer::Done);
    scene.sends(0).await?;
    Ok(())
}

#[tokio::test]
async fn any_other_seat_replies_for_all_and_the_first_wins() -> Result<()> {
    let (relay, mut scene) = room_of_three().await?;
    // Seat 1 has not read it; seat 2 replies all the same.
    let late = scene.draft(1).send();
    scene.sends(2).await?;
    for number in 0..3 {
        let Snapshot { turn, standing, .. } = look(&relay, &scene, number).await?;
        let message = standing.map(|Standing { seat, message, .. }| (seat, message));
        ensure!(turn == 2 && message == Some((seat(2), scene.last)));
    }
    let before = look(&relay, &scene, 1).await?;
    let answer = scene.ask(1, &late).await?;
    let Answer::Refused(Refusal::Conflict(state)) = answer else {
        anyhow::bail!("{answer:?}")
    };
    ensure!(
        state.turn == 2 && state.last == scene.last,
        "the conflict shows another room"
    );
    ensure!(
        look(&relay, &scene, 1).await? == before,
        "a conflict changed the room"
    );
    Ok(())
}

#[tokio::test]
async fn a_seat_that_is_vacated_takes_its_message_with_it() -> Result<()> {
    let (relay, mut scene) = room_of_three().await?;
    let proofs = scene.proofs(0);
    let shown = *proofs.get(&seat(1)).expect("a proof for seat 1");
    ensure!(scene.ask(0, &Command::Vacate { proofs: Some(proofs) }).await? == Answer::Done);
    let snapshot = look(&relay, &scene, 1).await?;
    ensure!(snapshot.standing.is_none() && snapshot.last != MessageHash::NONE);
    ensure!(
        snapshot
            .stub
            .is_some_and(|stub| stub.seat == seat(0) && stub.proof == Some(shown))
    );
    Ok(())
}
