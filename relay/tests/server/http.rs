//! What is served next to the rooms.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{TestRelay, soon};

/// The whole response to one request with these header lines.
pub(crate) async fn ask(relay: &TestRelay, line: &str, headers: &[&str]) -> String {
    let mut stream = TcpStream::connect(&relay.address).await.unwrap();
    let mut request = format!("{line} HTTP/1.1\r\nhost: {}\r\n", relay.address);
    for header in headers {
        request += header;
        request += "\r\n";
    }
    request += "connection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    soon(stream.read_to_end(&mut response)).await.unwrap();
    String::from_utf8_lossy(&response).into_owned()
}

#[tokio::test]
async fn health_is_a_word() {
    let relay = TestRelay::start(&[]);
    let response = ask(&relay, "GET /healthz", &[]).await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert_eq!(response.split_once("\r\n\r\n").unwrap().1, "ok\n");
}

#[tokio::test]
async fn the_page_and_the_refusals_carry_the_one_header_set() {
    let relay = TestRelay::start(&[]);
    for (line, status) in [
        ("GET /", "200"),
        ("GET /healthz", "200"),
        ("GET /ws", "400"),
        ("GET /none", "404"),
    ] {
        let response = ask(&relay, line, &[]).await;
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status} ")),
            "{line}: {response}"
        );
        assert!(
            response.contains("content-security-policy: default-src 'none'"),
            "{line}: {response}"
        );
        assert!(!response.contains("set-cookie"), "{line}");
    }
}

#[tokio::test]
async fn every_refusal_has_words_in_both_languages() {
    let relay = TestRelay::start(&[]);
    for (line, status, words) in [
        (
            "GET /none",
            "404",
            [
                "There is nothing at this address.",
                "Unter dieser Adresse ist nichts.",
            ],
        ),
        (
            "GET /.well-known/security.txt",
            "404",
            ["There is nothing", "ist nichts"],
        ),
        (
            "POST /",
            "405",
            ["Nothing was changed.", "Nichts wurde geändert."],
        ),
        (
            "POST /ws",
            "405",
            ["Nothing was changed.", "Nichts wurde geändert."],
        ),
    ] {
        let response = ask(&relay, line, &[]).await;
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {head}");
        assert!(
            head.contains("content-type: text/plain; charset=utf-8"),
            "{line}: {head}"
        );
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{line}: {head}"
        );
        assert!(words.iter().all(|words| body.contains(words)), "{line}: {body}");
    }
    let response = ask(&relay, "HEAD /none", &[]).await;
    assert!(response.ends_with("\r\n\r\n"), "{response}");
}

#[tokio::test]
async fn a_handshake_that_is_not_ours_is_refused_with_a_sentence() {
    let relay = TestRelay::start(&[]);
    let key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
    let usual = [
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        key,
    ];
    let own = format!("origin: http://{}", relay.address);
    for (added, status, words) in [
        (vec!["sec-websocket-protocol: sotto.2"], "400", "sotto.1"),
        (vec![], "400", "sotto.1"),
        (
            vec![
                "sec-websocket-protocol: sotto.1",
                "origin: https://elsewhere.example",
            ],
            "403",
            "own page",
        ),
        (
            vec!["sec-websocket-protocol: sotto.2", own.as_str()],
            "400",
            "sotto.1",
        ),
    ] {
        let headers: Vec<&str> = usual.iter().copied().chain(added.iter().copied()).collect();
        let response = ask(&relay, "GET /ws", &headers).await;
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status} ")),
            "{added:?}: {response}"
        );
        assert!(response.contains(words), "{added:?}: {response}");
    }
    let response = ask(&relay, "POST /ws", &usual).await;
    assert!(response.starts_with("HTTP/1.1 405 "), "{response}");
}

#[tokio::test]
async fn who_runs_it_stands_in_security_txt_or_there_is_none() {
    let line = "GET /.well-known/security.txt";
    let nobody = TestRelay::start(&["--notice", "Only a notice."]);
    let response = ask(&nobody, line, &[]).await;
    assert!(response.starts_with("HTTP/1.1 404 "), "{response}");

    let relay = TestRelay::start(&[
        "--contact",
        "mailto:ana@relay.example",
        "--contact-languages",
        "de,en",
    ]);
    let response = ask(&relay, line, &[]).await;
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(head.contains("content-type: text/plain; charset=utf-8"), "{head}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    let lines: Vec<_> = body.lines().collect();
    assert_eq!(lines.len(), 3, "{body}");
    assert_eq!(lines[0], "Contact: mailto:ana@relay.example");
    assert_eq!(lines[2], "Preferred-Languages: de, en");
    let expires = lines[1].strip_prefix("Expires: ").unwrap();
    let ahead = humantime::parse_rfc3339(expires)
        .unwrap()
        .duration_since(std::time::SystemTime::now())
        .unwrap();
    let days = ahead.as_secs() / (24 * 60 * 60);
    assert!((100..365).contains(&days), "{expires} is {days} days ahead");
}
