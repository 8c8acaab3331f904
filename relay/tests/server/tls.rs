//! TLS that the relay ends itself.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sotto_protocol::{SUBPROTOCOL, ServerFrame, decode};
use sotto_relay::Config;
use sotto_relay::commands::healthcheck;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::support::{TestRelay, soon};

/// A certificate for `localhost`, and the relay's flags for it.
fn certificate(folder: &Path) -> Vec<String> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let shown = |path: &Path| path.display().to_string();
    vec!["--tls-cert".into(), shown(&cert), "--tls-key".into(), shown(&key)]
}

async fn connect(relay: &TestRelay, folder: &Path) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap())
        .unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let tcp = soon(TcpStream::connect(&relay.address)).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    soon(TlsConnector::from(Arc::new(config)).connect(name, tcp))
        .await
        .unwrap()
}

fn start(flags: &[String]) -> TestRelay {
    TestRelay::start(&flags.iter().map(String::as_str).collect::<Vec<_>>())
}

async fn whole(
    mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    request: &str,
) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Some end a connection without a word of TLS.
    let _ = soon(stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn the_page_comes_over_https_and_says_to_stay() {
    let folder = tempfile::tempdir().unwrap();
    let relay = start(&certificate(folder.path()));
    let stream = connect(&relay, folder.path()).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let answer = whole(
        stream,
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    relay.stop().await;
}

/// Frames of many TLS records, and pings between which the connection holds no codec.
#[tokio::test]
async fn a_socket_under_tls_goes_quiet_and_wakes() {
    let folder = tempfile::tempdir().unwrap();
    let relay = start(&certificate(folder.path()));
    let stream = connect(&relay, folder.path()).await;
    let mut request = format!("wss://{}/ws", relay.address)
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
    let (mut socket, _) = soon(Box::pin(client_async(request, stream))).await.unwrap();
    let Message::Binary(first) = soon(socket.next()).await.unwrap().unwrap() else {
        panic!("no welcome");
    };
    assert!(matches!(decode(&first).unwrap(), ServerFrame::Welcome(_)));
    for round in 0_u8..20 {
        // Two frames in one record: the second is in TLS when the first has been taken.
        use futures_util::SinkExt as _;
        for part in 0_u8..2 {
            socket
                .feed(Message::Ping(vec![round, part].into()))
                .await
                .unwrap();
        }
        socket.flush().await.unwrap();
        // One pong may stand for several pings: the last of them counts.
        loop {
            if let Message::Pong(bytes) = soon(socket.next()).await.unwrap().unwrap()
                && bytes[..] == [round, 1]
            {
                break;
            }
        }
    }
    drop(socket);
    relay.stop().await;
}

#[tokio::test]
async fn one_that_speaks_no_tls_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let relay = start(&certificate(folder.path()));
    let stream = TcpStream::connect(&relay.address).await.unwrap();
    let answer = whole(stream, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(!answer.contains("HTTP"), "{answer}");
    // It has given its place back.
    connect(&relay, folder.path()).await;
    relay.stop().await;
}

/// For how long it may is a test of `server.rs`, whose clock goes faster.
#[tokio::test]
async fn a_handshake_that_is_not_begun_holds_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut flags = certificate(folder.path());
    flags.extend(["--connections".into(), "1".into()]);
    let relay = start(&flags);
    let silent = TcpStream::connect(&relay.address).await.unwrap();
    let mut second = Box::pin(connect(&relay, folder.path()));
    // A handshake takes a few milliseconds where there is a place for it.
    let early = tokio::time::timeout(Duration::from_secs(1), &mut second).await;
    assert!(early.is_err(), "there was a second place");
    drop(silent);
    drop(second.await);
    relay.stop().await;
}

#[tokio::test]
async fn plain_http_is_sent_on() {
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut flags = certificate(folder.path());
    flags.extend(["--redirect-listen".into(), free.to_string()]);
    let relay = start(&flags);
    connect(&relay, folder.path()).await;
    let port = relay.address.parse::<SocketAddr>().unwrap().port();
    let ask = async |host: &str| {
        let request = format!("GET /about?a=b HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        whole(TcpStream::connect(free).await.unwrap(), &request).await
    };
    let answer = ask("relay.example:80").await;
    assert!(answer.starts_with("HTTP/1.1 308"), "{answer}");
    let to = format!("location: https://relay.example:{port}/about?a=b\r\n");
    assert!(answer.contains(&to), "{answer}");
    let refused = ask("you@relay.example").await;
    let words = ["did not say which site", "nicht gesagt, nach welcher Site"];
    assert!(
        refused.starts_with("HTTP/1.1 400") && words.iter().all(|words| refused.contains(words)),
        "{refused}"
    );
    relay.stop().await;
}

#[tokio::test]
async fn the_health_check_speaks_tls_with_its_own_relay_only() {
    let folder = tempfile::tempdir().unwrap();
    let flags = certificate(folder.path());
    let relay = start(&flags);
    let config = |flags: &[String]| {
        let listen = ["--listen".to_owned(), relay.address.clone()];
        Config::from_flags(listen.iter().chain(flags)).unwrap()
    };
    connect(&relay, folder.path()).await;
    let said = healthcheck(&config(&flags)).await.unwrap();
    assert!(said.starts_with("The relay on https://"), "{said}");
    let other = tempfile::tempdir().unwrap();
    assert!(healthcheck(&config(&certificate(other.path()))).await.is_err());
    relay.stop().await;
}

#[test]
fn half_of_the_settings_is_refused() {
    for (flags, words) in [
        (["--tls-cert", "a"], ["'--tls-cert'", "'--tls-key'"]),
        (["--tls-key", "a"], ["'--tls-key'", "'--tls-cert'"]),
        (
            ["--redirect-listen", "127.0.0.1:0"],
            ["'--redirect-listen'", "'--tls-cert'"],
        ),
        (["--redirect-listen", "here"], ["'here'", "socket address"]),
    ] {
        let told = Config::from_flags(flags).unwrap_err().to_string();
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
    }
}
