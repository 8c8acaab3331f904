//! The dashboard's listener, as whoever talks HTTP sees it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::TransactionBehavior;
use sotto_client::Command;
use sotto_client::view::Connection;
use sotto_protocol::close;
use sotto_relay::data::DATABASE;
use sotto_tests::native::{PHRASE, Person};
use sotto_tests::wait;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{PASSWORD, Watched};

/// Sends a request and gives the answer, head and body.
pub(super) async fn ask(address: &str, line: &str, headers: &[&str], body: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let mut request = format!("{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for header in headers {
        request.push_str(&[header, "\r\n"].concat());
    }
    let length = format!("content-length: {}\r\n\r\n", body.len());
    request.push_str(&[length.as_str(), body].concat());
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Logs in and gives the header with the cookie.
pub(super) async fn log_in(watched: &Watched) -> Result<String> {
    let form = format!("password={}", PASSWORD.replace(' ', "+"));
    let answer = ask(&watched.admin, "POST /admin/login", &[], &form).await?;
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let cookie = cookie.with_context(|| answer.clone())?;
    for part in ["Path=/", "HttpOnly", "SameSite=Strict"] {
        ensure!(cookie.contains(part), "{cookie}");
    }
    let value = cookie.split(';').next().context("a cookie has a value")?;
    Ok(format!("cookie: {value}"))
}

pub(super) fn token(page: &str) -> Result<&str> {
    let (_, rest) = page.split_once("name=\"form\" value=\"").context("a form")?;
    rest.split('"').next().context("a token ends")
}

#[tokio::test]
async fn the_password_can_be_set_while_the_relay_runs_and_ends_logins() -> Result<()> {
    let watched = Watched::start(&[]).await?;
    let cookie = log_in(&watched).await?;
    let page = ask(&watched.admin, "GET /admin", &[&cookie], "").await?;
    ensure!(page.contains("Log out"));
    sotto_relay::admin::password::set(watched.relay.data(), PASSWORD)?;
    let page = ask(&watched.admin, "GET /admin", &[&cookie], "").await?;
    ensure!(page.contains("Log in") && !page.contains("Log out"));
    std::fs::remove_file(watched.relay.data().join("admin-password"))?;
    let page = ask(&watched.admin, "GET /admin", &[&cookie], "").await?;
    ensure!(page.contains("sotto-relay admin-password"), "{page}");
    Ok(())
}

#[tokio::test]
async fn no_form_of_another_site_and_none_without_its_token_does_anything() -> Result<()> {
    let watched = Watched::start(&[]).await?;
    let cookie = log_in(&watched).await?;
    let page = ask(&watched.admin, "GET /admin", &[&cookie], "").await?;
    let form = format!("form={}", token(&page)?);
    for (headers, body, status) in [
        (vec![cookie.as_str()], "", "403"),
        (vec![cookie.as_str()], "form=0", "403"),
        (vec![cookie.as_str(), "sec-fetch-site: cross-site"], &form, "403"),
        (vec![cookie.as_str(), "sec-fetch-site: same-site"], &form, "403"),
        (vec![], &form, "303"),
    ] {
        let answer = ask(&watched.admin, "POST /admin/do/stop", &headers, body).await?;
        ensure!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{headers:?}: {answer}"
        );
        let page = ask(&watched.admin, "GET /admin", &[&cookie], "").await?;
        ensure!(page.contains(">open<"), "{headers:?}");
        let is_told = answer.contains("Nothing was changed. Load the page again");
        ensure!(is_told == (status == "403"), "{headers:?}: {answer}");
    }
    ask(&watched.admin, "POST /admin/do/stop", &[&cookie], &form).await?;
    let page = ask(&watched.admin, "GET /admin", &[&cookie], "").await?;
    ensure!(page.contains(">no new rooms<"));
    let nothing = ask(&watched.admin, "POST /admin/do/nothing", &[&cookie], &form).await?;
    ensure!(nothing.starts_with("HTTP/1.1 404") && nothing.contains("There is nothing at this address."));
    Ok(())
}

#[tokio::test]
async fn attempts_are_limited_for_all_and_no_login_is_touched() -> Result<()> {
    let watched = Watched::start(&[]).await?;
    let cookie = log_in(&watched).await?;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let answer = ask(&watched.admin, "POST /admin/login", &[], "password=guess").await?;
        statuses.push(answer.get(9..12).unwrap_or_default().to_owned());
    }
    ensure!(
        statuses.starts_with(&["403".to_owned()]) && statuses.contains(&"429".to_owned()),
        "{statuses:?}"
    );
    let page = ask(&watched.admin, "GET /admin", &[&cookie], "").await?;
    ensure!(page.contains("Log out"));
    Ok(())
}

#[tokio::test]
async fn stopped_means_no_new_room_and_drained_means_nobody_new() -> Result<()> {
    let watched = Watched::start(&[]).await?;
    let (mut alice, mut bob) = watched.talk(1).await?;
    let cookie = log_in(&watched).await?;
    let page = ask(&watched.admin, "GET /admin", &[&cookie], "").await?;
    let form = format!("form={}", token(&page)?);
    ask(&watched.admin, "POST /admin/do/stop", &[&cookie], &form).await?;
    let mut carol = Person::at(watched.relay.address(), "carol");
    let refused = carol.starts("carol's passcode", 2);
    let refused = tokio::time::timeout(std::time::Duration::from_secs(3), refused).await;
    ensure!(!matches!(refused, Ok(Ok(()))), "a room was started");
    alice.sends("rooms go on").await?;
    bob.sees("rooms go on").await?;

    ask(&watched.admin, "POST /admin/do/drain", &[&cookie], &form).await?;
    let health = ask(watched.relay.address(), "GET /healthz", &[], "").await?;
    ensure!(
        health.starts_with("HTTP/1.1 503") && health.ends_with("draining\n"),
        "{health}"
    );
    for _ in 0..4 {
        let handshake = ask(watched.relay.address(), "GET /ws", &[], "").await?;
        ensure!(
            handshake.starts_with("HTTP/1.1 503") && handshake.contains("lets nobody in at the moment"),
            "{handshake}"
        );
        ensure!(handshake.contains("niemanden herein"), "{handshake}");
    }
    // A page is let in only to be told, and comes back by itself.
    let mut eve = Person::at(watched.relay.address(), "eve");
    eve.until("a close code", |view| {
        view.closed == close::GOING_AWAY && view.connection == Connection::Away
    })
    .await?;
    bob.sends("and connections stay").await?;
    alice.sees("and connections stay").await?;

    ask(&watched.admin, "POST /admin/do/allow", &[&cookie], &form).await?;
    eve.asks(Command::Wake);
    eve.until("a connection", |view| view.connection == Connection::Live)
        .await?;
    let mut dora = Person::at(watched.relay.address(), "dora");
    dora.tries_to_open(PHRASE, "bob's passcode");
    dora.is_in().await?;
    drop((alice, bob, eve, dora));
    let stopped = watched.relay.stop().await?;
    let file = stopped.data().join(DATABASE);
    let database = rusqlite::Connection::open(file)?;
    let day = "SELECT count FROM aggregate WHERE length = 86400 AND kind = 'fault_draining'";
    let counted: i64 = database.query_one(day, [], |row| row.get(0))?;
    // In steps of five: four handshakes, and eve's, who may have tried again.
    ensure!(counted >= 5, "{counted}");
    Ok(())
}

/// Does something, and gives what the dashboard says of it.
pub(super) async fn does(watched: &Watched, cookie: &str, action: &str) -> Result<String> {
    let page = ask(&watched.admin, "GET /admin", &[cookie], "").await?;
    let form = format!("form={}", token(&page)?);
    let line = format!("POST /admin/do/{action}");
    ask(&watched.admin, &line, &[cookie], &form).await?;
    ask(&watched.admin, "GET /admin", &[cookie], "").await
}

#[tokio::test]
async fn a_second_purge_is_refused_while_the_first_is_under_way() -> Result<()> {
    let watched = Watched::start(&[]).await?;
    let (one, other) = (log_in(&watched).await?, log_in(&watched).await?);
    // While somebody else writes to the file, a purge waits for half a second and then gives up.
    let file = watched.relay.data().join(DATABASE);
    let mut database = rusqlite::Connection::open(file)?;
    let writing = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let said = wait::until("two purges at a time", async || {
        let (one, other) = tokio::try_join!(does(&watched, &one, "purge"), does(&watched, &other, "purge"))?;
        let refused = |page: &str| page.contains("A purge is under way already.");
        Ok((refused(&one) != refused(&other)).then_some([one, other]))
    })
    .await?;
    let failed = said
        .iter()
        .find(|page| page.contains("The purge failed: the store does not answer."));
    ensure!(failed.is_some(), "{said:?}");
    writing.rollback()?;
    let page = does(&watched, &one, "purge").await?;
    ensure!(page.contains("Purged: 0 rooms"), "{page}");
    Ok(())
}

#[tokio::test]
async fn health_at_length_is_on_the_admin_listener_only() -> Result<()> {
    let watched = Watched::start(&[]).await?;
    let long = ask(&watched.admin, "GET /healthz?verbose", &[], "").await?;
    for task in ["purge", "ends", "compaction", "counters", "presence", "draw"] {
        ensure!(long.contains(&format!("\n{task}: ok")), "{long}");
    }
    for (address, path) in [
        (watched.admin.as_str(), "/healthz"),
        (watched.relay.address(), "/healthz?verbose"),
    ] {
        let short = ask(address, &format!("GET {path}"), &[], "").await?;
        ensure!(short.ends_with("\r\n\r\nok\n"), "{short}");
    }
    for path in ["/admin", "/metrics"] {
        let answer = ask(watched.relay.address(), &format!("GET {path}"), &[], "").await?;
        ensure!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    Ok(())
}

/// The flags for a certificate that ends with the year 2029.
fn certificate(folder: &Path) -> Result<[String; 4]> {
    let mut wanted = rcgen::CertificateParams::new(["localhost".to_owned()])?;
    wanted.not_after = rcgen::date_time_ymd(2030, 1, 1);
    let secret = rcgen::KeyPair::generate()?;
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&cert, wanted.self_signed(&secret)?.pem())?;
    std::fs::write(&key, secret.serialize_pem())?;
    let shown = |path: &Path| path.display().to_string();
    Ok(["--tls-cert".into(), shown(&cert), "--tls-key".into(), shown(&key)])
}

#[tokio::test]
async fn the_end_of_a_certificate_is_told_where_there_is_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let certified = Watched::start(&certificate(folder.path())?.each_ref().map(String::as_str)).await?;
    let plain = Watched::start(&[]).await?;
    let [with, without] = [&certified, &plain].map(|watched| &watched.admin);
    let told = ask(with, "GET /metrics", &[], "").await?;
    ensure!(
        told.contains("\nsotto_certificate_end_seconds 1893456000.0\n"),
        "{told}"
    );
    let told = ask(without, "GET /metrics", &[], "").await?;
    ensure!(!told.contains("certificate_end"), "{told}");
    for (watched, says) in [(&certified, true), (&plain, false)] {
        let cookie = log_in(watched).await?;
        let page = ask(&watched.admin, "GET /admin", &[&cookie], "").await?;
        ensure!(page.contains(">holds for ") == says, "{page}");
    }
    Ok(())
}

/// Words that look like a metric's name.
fn metrics(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with("sotto_") || word.starts_with("process_"))
        .map(ToOwned::to_owned)
        .collect()
}

#[tokio::test]
async fn alerts_speak_of_metrics_that_there_are_and_the_docs_of_alerts_that_there_are() -> Result<()> {
    let watched = Watched::start(&[]).await?;
    let _talk = watched.talk(3).await?;
    let answer = ask(&watched.admin, "GET /metrics", &[], "").await?;
    ensure!(
        answer.contains("content-type: application/openmetrics-text; version=1.0.0"),
        "{answer}"
    );
    ensure!(answer.ends_with("# EOF\n"), "the format ends so");
    let folder = tempfile::tempdir()?;
    let certified = Watched::start(&certificate(folder.path())?.each_ref().map(String::as_str)).await?;
    let with_certificate = ask(&certified.admin, "GET /metrics", &[], "").await?;
    let there = &metrics(&answer) | &metrics(&with_certificate);
    let rules = include_str!("../../../deploy/alerts.yml");
    let asked: BTreeSet<String> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .flat_map(metrics)
        .collect();
    ensure!(asked.len() > 8, "{asked:?}");
    let missing: Vec<_> = asked.difference(&there).collect();
    ensure!(missing.is_empty(), "{missing:?} are no metrics");
    // Nothing of what was done just now is in what a scraper records.
    ensure!(
        answer.contains("\nsotto_messages_total 0\n") && answer.contains("\nsotto_connections 0.0\n"),
        "{answer}"
    );
    let labels: BTreeSet<&str> = answer
        .lines()
        .filter_map(|line| line.split_once('{')?.1.split_once('=').map(|(label, _)| label))
        .collect();
    ensure!(
        labels == BTreeSet::from(["how", "kind", "task", "why"]),
        "{labels:?}"
    );

    let alerts: BTreeSet<&str> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    let documented: BTreeSet<&str> = include_str!("../../../docs/operations.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `Sotto"))
        .filter_map(|line| line.split_once('`').map(|(name, _)| name))
        .collect();
    let alerts: BTreeSet<&str> = alerts
        .iter()
        .filter_map(|name| name.strip_prefix("Sotto"))
        .collect();
    ensure!(
        alerts.len() > 8 && alerts == documented,
        "{alerts:?} {documented:?}"
    );
    Ok(())
}
