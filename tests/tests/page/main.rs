//! The page as people use it: real browsers, a real relay process, a real database file.

mod altered;
mod base_path;
mod choosing;
mod closed;
mod codes;
mod coming_back;
mod drafts;
mod ended;
mod form;
mod invitations;
mod keyboard;
mod leaving;
mod limits;
mod locking;
mod openings;
mod pages;
mod passcode;
mod room;
mod tab;
mod talk;
mod word;

use anyhow::{Result, ensure};
use sotto_tests::browser::Kind;
use sotto_tests::capture::tap::Tap;
use sotto_tests::person::{HandedOver, Person};
use sotto_tests::relay_process::RelayProcess;

/// The one sentence for every failed opening.
const NOT_OPENED: &str =
    "That did not open a room. Check phrase, passcode and code; the room may also have ended.";

/// Two people in a room of their own.
async fn two(kinds: [Kind; 2], url: &str) -> Result<(Person, Person, HandedOver)> {
    let ana = Person::visit(kinds[0], url).await?;
    let ben = Person::visit(kinds[1], url).await?;
    meet(ana, ben).await
}

/// One starts a room, and the other joins.
async fn meet(ana: Person, ben: Person) -> Result<(Person, Person, HandedOver)> {
    let handed = ana.start_and_enter("ana's own passcode", "", 2).await?;
    ben.join(&handed, "ben's own passcode", "").await?;
    ana.sees("The other person here").await?;
    Ok((ana, ben, handed))
}

/// Nobody's browser had anything to complain about.
async fn no_complaints(people: &[&Person]) -> Result<()> {
    for person in people {
        let problems = person.browser.problems().await?;
        ensure!(problems.is_empty(), "{:?}: {problems:#?}", person.browser.kind());
    }
    Ok(())
}

/// A wire to the relay that can be listened to, cut and held.
async fn tap(relay: &RelayProcess) -> Result<Tap> {
    Ok(Tap::start(relay.address().parse()?).await?)
}
