//! Late handshakes, and what proxies say.

use axum::http::HeaderValue;
use tokio::net::TcpListener;

use super::*;
use crate::tls::Certificates;

/// With a clock that goes on whenever nobody has anything to do.
#[tokio::test(start_paused = true)]
async fn a_handshake_that_is_not_begun_ends_when_a_head_would_be_late() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = Certificates::load(&cert, &key).unwrap().acceptor().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let faults = Arc::new(Faults::default());
    let served = Served {
        tls: Some(tls),
        router: Router::new(),
        proxies: None,
        sources: Arc::new(Sources::new(&Config::from_flags::<&str>([]).unwrap())),
        faults: Arc::clone(&faults),
        head: 16 * 1024,
    };
    let places = Arc::new(Semaphore::new(1));
    let place = Arc::clone(&places).acquire_owned().await.unwrap();
    let address = silent.local_addr().unwrap().ip();
    let accepted = served.accepted(address, place, &places).unwrap();
    let (_down, shutdown) = watch::channel(false);
    let begin = tokio::time::Instant::now();
    serve(Stream::Plain(stream), accepted, served, shutdown).await;
    let took = begin.elapsed();
    assert!((HEAD..HEAD + Duration::from_secs(1)).contains(&took), "{took:?}");
    assert_eq!(faults.take().as_deref(), Some("refused handshakes 1"));
    assert_eq!(places.available_permits(), 1, "it has given its place back");
    drop(silent);
}

#[test]
fn only_what_trusted_proxies_say_counts() {
    let header = HeaderName::from_static("x-forwarded-for");
    let trusted = ["127.0.0.0/8", "10.0.0.0/8"].map(|network| network.parse().unwrap());
    let proxies = Proxies {
        header: header.clone(),
        trusted: trusted.to_vec(),
    };
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    let mut headers = HeaderMap::new();
    let said = |headers: &HeaderMap, peer: &str| proxies.client(headers, address(peer));
    assert_eq!(said(&headers, "127.0.0.1"), address("127.0.0.1"));
    headers.append(&header, HeaderValue::from_static("198.51.100.7"));
    headers.append(&header, HeaderValue::from_static("203.0.113.1, 192.0.2.5"));
    assert_eq!(said(&headers, "127.0.0.1"), address("192.0.2.5"));
    assert_eq!(said(&headers, "::ffff:127.0.0.1"), address("192.0.2.5"));
    assert_eq!(
        said(&headers, "192.0.2.9"),
        address("192.0.2.9"),
        "it is no proxy"
    );
    headers.append(&header, HeaderValue::from_static("10.1.2.3"));
    assert_eq!(
        said(&headers, "127.0.0.1"),
        address("192.0.2.5"),
        "past a trusted one"
    );
    let here = address("127.0.0.1");
    assert_eq!(client(&headers, Some(&proxies), here), address("192.0.2.5"));
    assert_eq!(client(&headers, None, here), here, "anybody could set it");
    headers.append(&header, HeaderValue::from_static("nonsense"));
    assert_eq!(said(&headers, "127.0.0.1"), address("127.0.0.1"));
}
