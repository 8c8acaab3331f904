//! A relay behind nginx and behind Caddy, as `deploy/` says to set them up: the real programs, the relay's own one, people
//! with native clients.

mod front;
mod logs;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use front::{Edit, Front, Kind, edited};
use sotto_tests::native::{Raw, talk};
use sotto_tests::relay_process::RelayProcess;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};
use tokio::process::Command;

/// What the documents say that a relay behind a proxy is started with.
const BEHIND: [&str; 3] = ["--proxy-header", "x-forwarded-for", "--tls"];
/// The address of a visitor that no other connection on this machine comes from.
const VISITOR: &str = "127.0.0.77";
/// What a browser sends to get a WebSocket, but for the origin.
const UPGRADE: &str = "upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n\
    sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: sotto.1\r\n";

/// Asks as the visitor, and gives the head of the answer. `headers` end their lines.
async fn ask(address: &str, path: &str, headers: &str) -> Result<String> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(format!("{VISITOR}:0").parse()?)?;
    let mut stream = socket.connect(address.parse()?).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await?;
    head(&mut stream).await
}

/// Reads to the empty line.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> Result<String> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.context("an end before the empty line")?);
    }
    Ok(String::from_utf8(read)?)
}

/// The headers of an answer, less those that each server has of its own.
fn headers(head: &str) -> BTreeMap<String, String> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .filter(|(name, _)| !["date", "server", "connection"].contains(&name.as_str()))
        .collect()
}

/// The path of a file of the page whose name ends so, the quote behind it included.
fn asset(end: &str) -> Result<String> {
    let manifest =
        fs::read_to_string("../target/page/manifest.json").context("./build.sh proxies builds it")?;
    let path = manifest
        .split_inclusive('"')
        .find(|word| word.starts_with("a/") && word.ends_with(end));
    Ok(format!("/{}", path.context("an asset")?.trim_end_matches('"')))
}

#[tokio::test]
async fn two_people_talk() -> Result<()> {
    for kind in Kind::ALL {
        let relay = RelayProcess::start(&BEHIND).await?;
        let front = Front::start(kind, relay.address(), &[]).await?;
        talk(front.address()).await?;
    }
    Ok(())
}

/// What each file's own comment says of a path of a site: the line, and in whose place it stands.
const UNDER_A_PATH: [(Kind, &str, Edit<'_>); 2] = [
    (
        Kind::Nginx,
        "`location /some/path/ {`",
        ("\n    location / {", "\n    location /some/path/ {"),
    ),
    (
        Kind::Caddy,
        "`redir /some/path /some/path/ 301` and `reverse_proxy /some/path/* 127.0.0.1:8080 {`",
        (
            "\treverse_proxy 127.0.0.1:8080 {",
            "\tredir /some/path /some/path/ 301\n\treverse_proxy /some/path/* 127.0.0.1:8080 {",
        ),
    ),
];

#[tokio::test]
async fn two_people_talk_under_a_path() -> Result<()> {
    for (kind, line, edit) in UNDER_A_PATH {
        ensure!(kind.file().contains(line), "the file of {kind:?} says how");
        under_a_path(kind, edit)
            .await
            .with_context(|| format!("{kind:?}"))?;
    }
    Ok(())
}

async fn under_a_path(kind: Kind, edit: Edit<'_>) -> Result<()> {
    let path = "/some/path";
    let relay = RelayProcess::start(&[&BEHIND[..], &["--base-path", path]].concat()).await?;
    let front = Front::start(kind, relay.address(), &[edit]).await?;
    let place = format!("{}{path}", front.address());
    talk(&place).await?;

    let asset = asset(".js\"")?;
    for asked in [
        "/some/path/",
        &format!("{path}{asset}"),
        "/some/path/about",
        "/some/path/healthz",
    ] {
        let answer = ask(front.address(), asked, "").await?;
        ensure!(answer.get(9..12) == Some("200"), "{asked}: {answer}");
        let own = ask(relay.address(), asked, "").await?;
        ensure!(headers(&own) == headers(&answer), "{asked}: {own} {answer}");
    }
    let into = ask(front.address(), path, "").await?;
    let location = headers(&into).remove("location").unwrap_or_default();
    ensure!(
        into.get(9..12) == Some("301") && location.ends_with("/some/path/"),
        "{into}"
    );
    // What is beside the path is not the relay's: an empty site answers it, each in its own way.
    for asked in ["/", asset.as_str(), "/some/pathology"] {
        let answer = ask(front.address(), asked, "").await?;
        let is_relay = headers(&answer).contains_key("content-security-policy");
        ensure!(!is_relay, "{asked}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_from_behind_the_proxy_may_connect_and_no_other() -> Result<()> {
    for kind in Kind::ALL {
        let relay = RelayProcess::start(&BEHIND).await?;
        let front = Front::start(kind, relay.address(), &[]).await?;
        let own = format!("https://{}", front.address());
        for (origin, status) in [(own.as_str(), "101"), ("https://relay.invalid", "403")] {
            let answer = ask(front.address(), "/ws", &format!("{UPGRADE}origin: {origin}\r\n")).await?;
            ensure!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{kind:?}, {origin}: {answer}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_answer_is_the_relay_s_own() -> Result<()> {
    let assets = [".js\"", ".css\"", ".wasm\""].map(asset);
    let assets = assets.into_iter().collect::<Result<Vec<String>>>()?;
    let paths = ["/", "/about", "/healthz", "/nothing"]
        .into_iter()
        .chain(assets.iter().map(String::as_str));
    let relay = RelayProcess::start(&BEHIND).await?;
    for kind in Kind::ALL {
        let front = Front::start(kind, relay.address(), &[]).await?;
        for path in paths.clone() {
            for encoding in ["", "accept-encoding: gzip\r\n", "accept-encoding: gzip, br\r\n"] {
                let own = ask(relay.address(), path, encoding).await?;
                let through = ask(front.address(), path, encoding).await?;
                let status = if path == "/nothing" { "404" } else { "200" };
                for answer in [&own, &through] {
                    ensure!(
                        answer.get(9..12) == Some(status),
                        "{kind:?} {path} {encoding}: {answer}"
                    );
                }
                let (own, through) = (headers(&own), headers(&through));
                ensure!(
                    own == through,
                    "{kind:?} {path} {encoding}: {own:#?} {through:#?}"
                );
                ensure!(
                    through.contains_key("content-security-policy")
                        && through.contains_key("strict-transport-security"),
                    "{through:#?}"
                );
                ensure!(!through.contains_key("set-cookie"), "{through:#?}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_relay_is_told_who_comes_whatever_they_say_themselves() -> Result<()> {
    for kind in Kind::ALL {
        let stand_in = TcpListener::bind("127.0.0.1:0").await?;
        let front = Front::start(kind, &stand_in.local_addr()?.to_string(), &[]).await?;
        let asked = async {
            let (mut stream, _) = stand_in.accept().await?;
            let asked = head(&mut stream).await?;
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await?;
            anyhow::Ok(asked)
        };
        let lies = "x-forwarded-for: 198.51.100.1, 198.51.100.2\r\nX-Forwarded-For: 198.51.100.3\r\n";
        let (asked, answer) = tokio::join!(asked, ask(front.address(), "/", lies));
        answer?;
        let asked = asked?;
        let said: Vec<&str> = asked
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| name.eq_ignore_ascii_case("x-forwarded-for"))
            .map(|(_, value)| value)
            .collect();
        ensure!(said == [VISITOR], "{kind:?}: {asked}");
        ensure!(!asked.contains("198.51.100"), "{kind:?}: {asked}");
        ensure!(asked.starts_with("GET / HTTP/1.1\r\n"), "{kind:?}: {asked}");
    }
    Ok(())
}

/// Whether a connection that nobody uses is there after ten seconds, with this pause between the relay's pings.
async fn stays(kind: Kind, ping: &str, edits: &[Edit<'_>]) -> Result<bool> {
    let relay = RelayProcess::start(&[&BEHIND[..], &["--ping", ping]].concat()).await?;
    let front = Front::start(kind, relay.address(), edits).await?;
    let ended = Raw::connect(front.address()).await?.frame().await;
    let why = ended.err().context("an idle connection is told nothing")?;
    Ok(why.to_string() == "the relay says nothing")
}

#[tokio::test]
async fn an_idle_connection_stays() -> Result<()> {
    let ping = seconds(
        include_str!("../../../docs/settings.md"),
        "| `--ping` | `SOTTO_PING` | `",
    )?;
    let waits = seconds(Kind::Nginx.file(), "proxy_read_timeout ")?;
    ensure!(waits > ping * 2, "nginx waits {waits:?}, the relay {ping:?}");
    // In a time of its own: the proxy waits four seconds in place of the file's.
    let line = format!("proxy_read_timeout {}s;", waits.as_secs());
    let short = [(line.as_str(), "proxy_read_timeout 4s;")];
    let (nginx, caddy, longer) = tokio::join!(
        stays(Kind::Nginx, "1s", &short),
        stays(Kind::Caddy, "1s", &[]),
        stays(Kind::Nginx, "30s", &short),
    );
    ensure!(nginx?, "nginx cut it");
    ensure!(caddy?, "Caddy cut it");
    ensure!(
        !longer?,
        "a pause longer than nginx's time does not show: the test sees nothing"
    );
    Ok(())
}

/// The number of seconds that follows these words.
fn seconds(text: &str, words: &str) -> Result<Duration> {
    let (_, rest) = text.split_once(words).context("the words")?;
    let (number, _) = rest.split_once('s').context("seconds")?;
    Ok(Duration::from_secs(number.parse()?))
}

#[tokio::test]
async fn nginx_ends_tls_and_sends_plain_http_there() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = folder.path().to_str().context("a path")?;
    let subject = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=relay.example";
    let made = Command::new("openssl")
        .arg("req")
        .args(subject.split(' '))
        .args([
            "-out",
            &format!("{at}/fullchain.pem"),
            "-keyout",
            &format!("{at}/privkey.pem"),
        ])
        .output()
        .await?;
    ensure!(made.status.success(), "{made:?}");
    let relay = RelayProcess::start(&BEHIND).await?;
    let lines = [("/etc/letsencrypt/live/relay.example", at)];
    let front = Front::start(Kind::Nginx, relay.address(), &lines).await?;
    let url = format!("https://{}/healthz", front.address());
    let fetched = Command::new("curl").args(["-sSki", &url]).output().await?;
    let answer = String::from_utf8(fetched.stdout.clone())?;
    ensure!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nok\n"),
        "{fetched:?}"
    );
    let sent_on = ask(front.plain(), "/about?x=1", "").await?;
    ensure!(
        sent_on.starts_with("HTTP/1.1 301") && sent_on.contains("Location: https://127.0.0.2/about?x=1\r\n"),
        "{sent_on}"
    );
    Ok(())
}

#[tokio::test]
async fn caddy_takes_the_file_as_it_is() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("Caddyfile");
    let broken = edited(Kind::Caddy.file(), &[("reverse_proxy", "reverse_proxies")])?;
    for (text, taken) in [(Kind::Caddy.file(), true), (&broken, false)] {
        fs::write(&file, text)?;
        let judged = Command::new("caddy")
            .args(["validate", "--adapter", "caddyfile", "--config"])
            .arg(&file)
            .env("HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .output()
            .await?;
        ensure!(judged.status.success() == taken, "{judged:?}");
    }
    Ok(())
}
