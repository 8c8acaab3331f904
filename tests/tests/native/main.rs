//! The whole story by native clients: the page's session, real sockets, the real relay and its database in this process.

mod coming;
mod ending;
mod network;
mod talk;

use anyhow::{Context as _, Result};
use sotto_protocol::Seat;
use sotto_tests::native::{PASSCODES, Person, TestRelay, meet};

const A: &str = PASSCODES[0];
const B: &str = PASSCODES[1];
const C: &str = "carol's passcode";

/// Two people in a room for two, on a relay of their own.
async fn two() -> Result<(TestRelay, Person, Person)> {
    let relay = TestRelay::start(&[]).await?;
    let (alice, bob) = meet(&relay.address(), &relay.address()).await?;
    Ok((relay, alice, bob))
}

fn seat(number: u8) -> Result<Seat> {
    Seat::new(number).context("a seat")
}
