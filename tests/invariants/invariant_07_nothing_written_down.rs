//! Invariant 7: the relay writes down no address, user agent, cookie or room hash anywhere, and no time of anything that
//! a person did: log lines are about the relay itself, never one per connection or command; faults that connections
//! cause are told at most once a minute as a number. Stored expiries are rounded up to the hour.
//!
//! What is outside: a file's own time of last change, which the file system keeps.
//!
//! Red when made: `room_key` in `pepper.rs` is the room hash itself (it was found); `round_up` in `room/rules.rs` rounds
//! nothing (an expiry was no full hour); a `tracing::debug!` for each accepted connection in `server.rs` (23 lines);
//! `.with_default(level)` at `only_ours` in `logging.rs`, which lets other crates through (4,640 of their lines, and 19
//! secrets in them).

use std::net::Ipv4Addr;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use sotto_protocol::{AccessKey, Answer, Command, Habits, Invitation, InvitationId, hash, limits};
use sotto_tests::capture::files;
use sotto_tests::capture::search::{Haystack, Secret};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use crate::database;
use crate::relay::{Relay, start_in};
use crate::scene::{Person, Scene, WORD, random, random_bytes, seat};
use crate::wire::{Caller, Wire};

/// The settings that people have, but for the limits on attempts and on one connection's frames; and this machine is no
/// trusted proxy, so that the caller is counted as a source.
const FLAGS: &[&str] = &[
    "--calm",
    "1000000",
    "--frames",
    "1000000",
    "--burst",
    "1000000",
    "--trusted-proxies",
    "203.0.113.0/24",
    "--source-requests",
    "500",
];

/// All that all crates have to say.
const EVERYTHING: (&str, &str) = ("RUST_LOG", "trace");

/// A relay that makes rooms only for those who know a word.
const TOKEN: (&str, &str) = ("SOTTO_CREATE_TOKEN", WORD);

/// What the relay says about itself at that level; the first is said only then.
const LINES: [&str; 7] = [
    "TRACE task Purge has run",
    "TRACE task Ends has run",
    "TRACE task Compaction has run",
    "TRACE task Counters has run",
    " INFO no dashboard: sotto-relay admin-password sets its password",
    " INFO shutting down",
    " INFO stopped",
];

/// Who does everything here.
const CALLER: Caller = Caller {
    from: Ipv4Addr::new(127, 0, 0, 2),
    user_agent: "Marked-Agent/7.42",
    cookie: "marked-cookie=9f81ab",
};

/// The lifetime that is offered first.
const WEEK: u32 = 7 * 24 * 3600;

/// Whatever a person does to a relay, and failed attempts and broken frames too. Gives all that must not be found.
async fn story(relay: &Relay) -> Result<Vec<Secret>> {
    let mut scene = Scene::called(relay.address(), 3, WEEK, &CALLER).await?;
    let mut secrets = vec![Secret::bytes("room hash", scene.room.as_bytes())];
    for seated in &scene.people {
        let take = &seated.person.take;
        secrets.push(Secret::bytes("access key", take.access_key.as_bytes()));
        secrets.push(Secret::bytes("vault", &take.vault[..32]));
        secrets.push(Secret::bytes("card", &take.card[..32]));
    }
    let (draft, _) = scene.sends(0).await?;
    secrets.push(Secret::bytes("body", &draft.body[..32]));
    secrets.push(Secret::bytes("message id", draft.header.id.as_bytes()));
    secrets.push(Secret::bytes("message hash", scene.last.as_bytes()));
    let edited = draft.edited();
    ensure!(scene.ask(0, &edited.edit()).await? == Answer::Done);
    scene.took(&edited);
    let (draft, _) = scene.sends(1).await?;
    secrets.push(Secret::bytes("body", &draft.body[..32]));
    let read = Command::Read {
        message: scene.last,
        proofs: scene.proofs(2),
    };
    ensure!(scene.ask(2, &read).await? == Answer::Done);
    scene.people[2].wire.send(&Command::Typing).await?;
    let quiet = Habits {
        receipts: false,
        typing: false,
    };
    // Neither is answered; what is asked next on the same connection is done after them.
    scene.people[2].wire.send(&Command::Habits(quiet)).await?;
    ensure!(scene.ask(2, &Command::Vacate { proofs: None }).await? == Answer::Done);
    let token = scene.invite(seat(2)).await?;
    secrets.push(Secret::bytes("token", token.as_bytes()));
    let invitation = Invitation {
        id: InvitationId::new(random()),
        sealed: random_bytes(limits::INVITATION),
    };
    secrets.push(Secret::bytes("invitation id", invitation.id.as_bytes()));
    secrets.push(Secret::bytes("invitation", &invitation.sealed[..32]));
    let command = Command::Invite {
        seat: seat(2),
        token: Some(token),
        invitation: Some(invitation),
    };
    ensure!(scene.ask(0, &command).await? == Answer::Done);
    let key: [u8; AccessKey::LENGTH] = random();
    secrets.push(Secret::bytes("new access key", &key));
    let passcode = Command::Passcode {
        present: scene.people[0].person.take.access_key,
        access_key: key.into(),
        vault: random_bytes(limits::VAULT),
    };
    ensure!(scene.ask(0, &passcode).await? == Answer::Done);
    secrets.extend(failures(relay, &scene).await?);
    Ok(secrets)
}

/// Wrong keys and words, broken frames, requests for pages that there are not. Gives what must not be found of it.
async fn failures(relay: &Relay, scene: &Scene) -> Result<Vec<Secret>> {
    let mut secrets = vec![Secret::text("the word", WORD)];
    for _ in 0..2 {
        let mut wire = Wire::connect_as(relay.address(), &CALLER).await?;
        let stranger = Person::new(scene.room, 0);
        ensure!(matches!(stranger.open(&mut wire).await?, Answer::Refused(_)));
        let salt = wire.welcome.salt;
        let right = hash::word_hash(&salt, WORD.as_bytes());
        secrets.push(Secret::bytes("the word's hash", right.as_bytes()));
        let guess = wire.welcome.word.then(|| hash::word_hash(&salt, b"marked guess"));
        secrets.extend(guess.map(|guess| Secret::bytes("a guess at the word", guess.as_bytes())));
        let refused = stranger.create_with(&mut wire, guess).await?;
        ensure!(matches!(refused, Answer::Refused(_)), "{refused:?}");
    }
    for path in ["/", "/marked-path?marked=query", "/ws"] {
        let socket = TcpSocket::new_v4()?;
        socket.bind((CALLER.from, 0).into())?;
        let mut stream = socket.connect(relay.address()).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nCookie: {}\r\nX-Forwarded-For: 203.0.113.77\r\n\
             Connection: close\r\n\r\n",
            relay.address(),
            CALLER.user_agent,
            CALLER.cookie
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        ensure!(answer.starts_with(b"HTTP/1.1 "), "no answer to {path}");
    }
    for broken in [vec![0xff; 40], b"marked-frame of nonsense".to_vec()] {
        let mut wire = Wire::connect_as(relay.address(), &CALLER).await?;
        wire.send_raw(broken).await?;
        while wire.frame().await.is_ok() {}
    }
    Ok(secrets)
}

/// The control: the caller's address is a source, whose use is counted; and it reaches its limit, whatever that makes the
/// relay say.
async fn is_counted(relay: &Relay) -> Result<()> {
    for asked in 0..1000 {
        let socket = TcpSocket::new_v4()?;
        socket.bind((CALLER.from, 0).into())?;
        let mut stream = socket.connect(relay.address()).await?;
        let request = format!(
            "GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            relay.address()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        if answer.starts_with(b"HTTP/1.1 429 ") {
            ensure!(asked > 100, "refused after {asked} requests");
            return Ok(());
        }
    }
    anyhow::bail!("the caller is not counted as a source")
}

/// All that the relay has written by now.
fn written(relay: &mut Relay, temporary: &std::path::Path) -> Result<Haystack> {
    let mut all = files::haystack(relay.data())?;
    all.extend(files::haystack(temporary)?);
    all.add("output", relay.process.process().printed());
    Ok(all)
}

/// What identifies the caller.
fn marks() -> Vec<Secret> {
    vec![
        Secret::text("address", "127.0.0.2"),
        Secret::text("address as a number", "2130706434"),
        Secret::text("address as digits", "7f000002"),
        Secret::text("source", "Source { places"),
        Secret::text("its places", "places: Places("),
        Secret::text("forwarded address", "203.0.113.77"),
        Secret::text("user agent", CALLER.user_agent),
        Secret::text("cookie", "marked-cookie"),
        Secret::text("path", "marked-path"),
        Secret::text("frame", "marked-frame"),
    ]
}

fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

#[tokio::test]
async fn nothing_of_a_person_is_in_any_file_or_line() -> Result<()> {
    nothing_of_a_person("text", LINES[0]).await
}

#[tokio::test]
async fn nothing_of_a_person_is_in_any_file_or_line_of_json() -> Result<()> {
    nothing_of_a_person("json", r#""level":"TRACE","message":"task Purge has run""#).await
}

/// With lines in this format, of which this is one at trace.
async fn nothing_of_a_person(format: &str, at_trace: &str) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().to_str().context("a path of text")?;
    let environment = [
        EVERYTHING,
        TOKEN,
        ("SOTTO_LOG_FORMAT", format),
        ("TMPDIR", folder),
        ("SQLITE_TMPDIR", folder),
    ];
    let mut relay = start_in(FLAGS, &environment).await?;
    let mut secrets = story(&relay).await?;
    secrets.extend(marks());
    is_counted(&relay).await?;
    let live = written(&mut relay, temporary.path())?;
    live.must_lack(&secrets);
    // The controls: what the relay does write is found, in the files and in the output ..
    let connection = database::connect(relay.data())?;
    let salts: Vec<Vec<u8>> = database::column(&connection, "SELECT salt FROM meta")?;
    let rooms: Vec<Vec<u8>> = database::column(&connection, "SELECT room FROM room")?;
    drop(connection);
    live.must_hold(&Secret::bytes("salt", &salts[0]));
    live.must_hold(&Secret::bytes("the room's keyed name", &rooms[0]));
    live.must_hold(&Secret::text("listening", "listening on http://"));
    live.must_hold(&Secret::text("a line at trace", at_trace));
    // .. and each secret is found where it is planted, in a file beside the database.
    let planted = relay.data().join("planted");
    for secret in &secrets {
        std::fs::write(&planted, secret.raw())?;
        written(&mut relay, temporary.path())?.must_hold(secret);
    }
    std::fs::remove_file(&planted)?;
    // After the end in good order, too.
    ensure!(relay.process.process().terminate().await?, "it did not end well");
    written(&mut relay, temporary.path())?.must_lack(&secrets);
    Ok(())
}

#[tokio::test]
async fn no_time_of_anything_that_a_person_did_is_stored() -> Result<()> {
    let relay = start_in(FLAGS, &[]).await?;
    let begin = now()?;
    story(&relay).await?;
    let end = now()?;
    let values = database::dump(relay.data())?;
    let mut expiries = 0;
    for value in &values {
        let Some(number) = value
            .split(" = ")
            .nth(1)
            .and_then(|text| text.parse::<u64>().ok())
        else {
            continue;
        };
        if value.contains("expires_at") || value.contains("lapses_at") {
            ensure!(
                number.is_multiple_of(3600) && number > end,
                "not rounded up: {value}"
            );
            expiries += 1;
        }
        for unit in [1, 1000, 1_000_000] {
            ensure!(
                !(begin * unit..=(end + 1) * unit).contains(&number),
                "a time of the story: {value}"
            );
        }
    }
    // The control: there are expiries, of the room and of the token.
    ensure!(expiries == 2, "{expiries} expiries in {values:#?}");
    Ok(())
}

#[tokio::test]
async fn every_line_is_about_the_relay_itself() -> Result<()> {
    let mut relay = start_in(FLAGS, &[EVERYTHING, TOKEN]).await?;
    story(&relay).await?;
    story(&relay).await?;
    ensure!(relay.process.process().terminate().await?, "it did not end well");
    let printed = relay.process.process().printed();
    // Two stories are some 40 connections and 60 commands. The relay starts, its tasks run, and it stops.
    let listening = format!(" INFO listening on http://{}", relay.address());
    let known = |line: &&str| LINES.iter().any(|own| line.ends_with(own)) || line.ends_with(&listening);
    let (own, other): (Vec<&str>, Vec<&str>) = printed.lines().partition(known);
    ensure!(
        other.is_empty(),
        "{} other lines, first {:?}",
        other.len(),
        other[0]
    );
    for wanted in LINES {
        ensure!(
            own.iter().any(|line| line.ends_with(wanted)),
            "control: {wanted:?} is not in\n{printed}"
        );
    }
    Ok(())
}
