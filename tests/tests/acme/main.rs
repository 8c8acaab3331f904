//! A relay that has its certificate issued: the real program and a real authority, Pebble.
//!
//! Red when made: no proof put up (nothing was issued); an order's address not kept, or a kept one not gone on with; a start
//! that does not look at what is kept (another certificate); what was renewed not taken into use; an account that was
//! forgotten, or an order that was refused, kept.

mod authority;
mod relay;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use authority::{Authority, Habits, free_port};
use relay::{NAME, Relay};
use sotto_tests::native::talk;
use sotto_tests::wait::until;

/// What Pebble says of each.
const ORDER: &str = "Added order";
const ACCOUNT: &str = "There are now";

fn mode(path: &Path) -> Result<u32> {
    Ok(path.metadata()?.permissions().mode() & 0o777)
}

#[tokio::test]
async fn a_certificate_is_issued_and_used_and_a_start_orders_no_other() -> Result<()> {
    let port = free_port().await?;
    let authority = Authority::start(port, Habits::default()).await?;
    let mut relay = Relay::start(port, &authority).await?;
    relay.says("no certificate for relay.example yet").await?;
    let made = relay.says("made an account with").await;
    made.with_context(|| authority.printed())?;
    let days = relay
        .says("a certificate for relay.example was issued, for ")
        .await?;
    ensure!(days == "90 days", "{days}");
    let root = authority.root().await?;
    let place = relay.place(&root)?;
    talk(place.clone()).await?;
    let first = place.certificate().await?;
    ensure!(
        relay.health().await?.contains("certificate: ok, last run"),
        "{}",
        relay.health().await?
    );
    ensure!(relay.healthcheck().await?.starts_with("The relay on https://"));
    let folder = relay.data().join("acme");
    ensure!(mode(&folder)? == 0o700);
    for file in ["account.json", "certificate.pem"] {
        ensure!(mode(&folder.join(file))? == 0o600, "{file}");
    }
    ensure!(!folder.join("order.json").exists(), "the order is over");
    ensure!(authority.asked_for(ORDER) == 1, "{}", authority.printed());
    // The authority says what it connected to, and the relay repeats none of it.
    ensure!(!relay.said().contains("urn:"), "{}", relay.said());

    let data = relay.stop().await?;
    let mut relay = Relay::start_on(data, port, NAME, &authority).await?;
    relay.says("task Certificate has run").await?;
    ensure!(
        relay.place(&root)?.certificate().await? == first,
        "another certificate"
    );
    ensure!(!relay.said().contains("yet"), "{}", relay.said());
    ensure!(authority.asked_for(ORDER) == 1, "{}", authority.printed());

    // Another name is another certificate, for both.
    let data = relay.stop().await?;
    let names = format!("{NAME},Other.Example");
    let mut relay = Relay::start_on(data, port, &names, &authority).await?;
    relay
        .says("a certificate for relay.example, other.example was issued")
        .await?;
    ensure!(
        relay.place(&root)?.certificate().await? != first,
        "the old certificate"
    );
    ensure!(
        authority.asked_for(ORDER) == 2,
        "the control: {}",
        authority.printed()
    );
    relay.stop().await?;
    Ok(())
}

#[tokio::test]
async fn it_is_renewed_while_people_talk() -> Result<()> {
    let port = free_port().await?;
    let habits = Habits {
        validity: 24,
        ..Habits::default()
    };
    let authority = Authority::start(port, habits).await?;
    let mut relay = Relay::start(port, &authority).await?;
    relay.says("was issued").await?;
    let root = authority.root().await?;
    let place = relay.place(&root)?;
    let first = place.certificate().await?;
    let (mut alice, mut bob) = talk(place.clone()).await?;
    relay.says("was issued").await?;
    ensure!(place.certificate().await? != first, "the old certificate");
    ensure!(authority.asked_for(ORDER) == 2, "{}", authority.printed());
    // On the connections from before.
    alice.sends("later").await?;
    bob.sees("later").await?;
    relay.stop().await?;
    Ok(())
}

#[tokio::test]
async fn an_authority_that_is_away_changes_nothing_for_people() -> Result<()> {
    let port = free_port().await?;
    let habits = Habits {
        validity: 30,
        ..Habits::default()
    };
    let mut authority = Authority::start(port, habits).await?;
    let mut relay = Relay::start(port, &authority).await?;
    relay.says("was issued").await?;
    let root = authority.root().await?;
    let first = relay.place(&root)?.certificate().await?;
    authority.stop().await?;
    let data = relay.stop().await?;
    let mut relay = Relay::start_on(data, port, NAME, &authority).await?;
    // It is due after 20 s, and cannot be renewed.
    let told = relay
        .says("task Certificate failed, 1 times in a row; again in 120 s: ")
        .await?;
    ensure!(
        told.starts_with("no connection to localhost: does this machine have a network"),
        "{told}"
    );
    let health = relay.health().await?;
    ensure!(health.starts_with("HTTP/1.1 200"), "{health}");
    ensure!(health.contains("certificate: failing"), "{health}");
    // What it shows still is the old one, whatever a client makes of it.
    ensure!(relay.place(&root)?.certificate().await? == first);
    relay.stop().await?;
    Ok(())
}

#[tokio::test]
async fn what_is_refused_is_told_with_what_to_do() -> Result<()> {
    let port = free_port().await?;
    let authority = Authority::start(port, Habits::default()).await?;
    authority.lead_names_to("127.0.0.9").await?;
    let mut relay = Relay::start(port, &authority).await?;
    // Pebble calls whatever goes wrong there unauthorized; unit tests have the other kinds.
    let told = relay
        .says("task Certificate failed, 1 times in a row; again in 120 s: ")
        .await?;
    ensure!(
        told.starts_with(
            "something else than this relay answers on port 443 of relay.example: let every A and"
        ),
        "{told}"
    );
    ensure!(authority.printed().contains("127.0.0.9"), "the control");
    ensure!(
        !relay.said().contains("127.0.0.9"),
        "what the authority wrote: {}",
        relay.said()
    );
    ensure!(relay.health().await?.starts_with("HTTP/1.1 200"), "it serves");
    let told = format!("{:#}", relay.healthcheck().await.unwrap_err());
    ensure!(told.contains("it has no certificate yet"), "{told}");
    ensure!(
        !relay.data().join("acme/order.json").exists(),
        "the order is over"
    );
    let data = relay.stop().await?;

    // As soon as it is put right, a start is enough.
    authority.lead_names_to("127.0.0.1").await?;
    let mut relay = Relay::start_on(data, port, NAME, &authority).await?;
    relay.says("was issued").await?;
    relay.stop().await?;
    Ok(())
}

#[tokio::test]
async fn an_order_that_was_under_way_is_gone_on_with() -> Result<()> {
    let port = free_port().await?;
    let habits = Habits {
        is_slow: true,
        ..Habits::default()
    };
    let authority = Authority::start(port, habits).await?;
    let relay = Relay::start(port, &authority).await?;
    let order = relay.data().join("acme/order.json");
    until("an order", async || {
        let kept = fs::read_to_string(&order).unwrap_or_default();
        Ok(kept.contains("/my-order/").then_some(()))
    })
    .await?;
    ensure!(mode(&order)? == 0o600);
    let data = relay.crash().await?;
    let mut relay = Relay::start_on(data, port, NAME, &authority).await?;
    relay.says("was issued").await?;
    ensure!(authority.asked_for(ORDER) == 1, "{}", authority.printed());
    talk(relay.place(&authority.root().await?)?).await?;
    relay.stop().await?;
    Ok(())
}

#[tokio::test]
async fn an_authority_that_has_forgotten_the_account_gets_another() -> Result<()> {
    let port = free_port().await?;
    let mut authority = Authority::start(port, Habits::default()).await?;
    let mut relay = Relay::start(port, &authority).await?;
    relay.says("was issued").await?;
    let data = relay.stop().await?;
    fs::remove_file(data.path().join("acme/certificate.pem"))?;
    authority.stop().await?;
    authority.start_again().await?;
    ensure!(authority.asked_for(ACCOUNT) == 0);
    let mut relay = Relay::start_on(data, port, NAME, &authority).await?;
    relay.says("made an account with").await?;
    relay.says("was issued").await?;
    talk(relay.place(&authority.root().await?)?).await?;
    relay.stop().await?;
    Ok(())
}
