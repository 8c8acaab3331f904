//! Two people in a room for two, as most stories begin.

use anyhow::Result;

use super::{Person, Place};

/// The passcodes of the two.
pub const PASSCODES: [&str; 2] = ["alice's passcode", "bob's passcode"];

/// Alice starts a room from one place, and Bob joins it from another.
pub async fn meet(alices: impl Into<Place>, bobs: impl Into<Place>) -> Result<(Person, Person)> {
    let mut alice = Person::at(alices, "alice");
    alice.starts(PASSCODES[0], 2).await?;
    let code = alice.invites(1).await?;
    let mut bob = Person::at(bobs, "bob");
    bob.joins(&code, PASSCODES[1]).await?;
    alice.has_company(1).await?;
    Ok((alice, bob))
}

/// They meet; Alice writes, Bob reads it and answers.
pub async fn talk(place: impl Into<Place>) -> Result<(Person, Person)> {
    let place = place.into();
    let (mut alice, mut bob) = meet(place.clone(), place).await?;
    alice.sends("a text of alice's").await?;
    let message = bob.sees("a text of alice's").await?;
    bob.reads(&message);
    alice.sees_read_by(1).await?;
    bob.sends("a reply of bob's").await?;
    alice.sees("a reply of bob's").await?;
    Ok((alice, bob))
}
