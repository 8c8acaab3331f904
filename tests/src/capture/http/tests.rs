//! Recorded exchanges of every kind are read whole.

use std::io::Write;

use super::*;

fn connection(sent: &[u8], received: &[u8]) -> Connection {
    Connection {
        sent: sent.to_vec(),
        received: received.to_vec(),
    }
}

fn with_body(head: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{head}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

#[test]
fn requests_on_one_connection_find_their_responses() {
    let sent = b"GET /one HTTP/1.1\r\nHost: h\r\n\r\nHEAD /two HTTP/1.1\r\n\r\nPOST /report HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody";
    let received = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    let conversation = parse(&connection(sent, received)).unwrap();
    let lines: Vec<_> = conversation
        .exchanges
        .iter()
        .map(|exchange| (exchange.request.target(), exchange.request.body.as_slice()))
        .collect();
    assert_eq!(lines, [("/one", &b""[..]), ("/two", b""), ("/report", b"body")]);
    let responses: Vec<_> = conversation
        .exchanges
        .iter()
        .map(|exchange| exchange.response.as_ref().unwrap())
        .map(|response| (response.target(), response.body.as_slice()))
        .collect();
    assert_eq!(responses, [("200", &b"abc"[..]), ("200", b""), ("204", b"")]);
    assert_eq!(conversation.exchanges[0].request.header("host"), Some("h"));
    assert_eq!(
        conversation.exchanges[0].response.as_ref().unwrap().wire_length,
        41
    );
}

#[test]
fn content_encodings_are_undone() {
    let text = b"the same words, the same words, the same words";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(text).unwrap();
    let mut br = Vec::new();
    brotli::CompressorWriter::new(&mut br, 4096, 9, 20)
        .write_all(text)
        .unwrap();
    for (name, body) in [("gzip", gzip.finish().unwrap()), ("br", br)] {
        let received = with_body(&format!("Content-Encoding: {name}\r\n"), &body);
        let conversation = parse(&connection(b"GET / HTTP/1.1\r\n\r\n", &received)).unwrap();
        assert_eq!(
            conversation.exchanges[0].response.as_ref().unwrap().body,
            text,
            "{name}"
        );
    }
}

#[test]
fn chunks_are_joined_and_what_follows_is_found() {
    let received = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    let sent = b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n";
    let conversation = parse(&connection(sent, received)).unwrap();
    let bodies: Vec<_> = conversation
        .exchanges
        .iter()
        .map(|exchange| exchange.response.as_ref().unwrap().body.as_slice())
        .collect();
    assert_eq!(bodies, [&b"abcde"[..], b"x"]);
}

#[test]
fn a_change_of_protocol_hands_over_the_rest() {
    let sent = b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\nup";
    let received = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\ndown";
    let conversation = parse(&connection(sent, received)).unwrap();
    assert_eq!(conversation.upgraded, Some((b"up".to_vec(), b"down".to_vec())));
}

#[test]
fn what_was_cut_short_is_left_and_what_is_not_http_is_an_error() {
    let cut = parse(&connection(
        b"GET / HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
    ))
    .unwrap();
    assert!(cut.exchanges[0].response.is_none());
    assert!(parse(&connection(b"\x16\x03\x01 TLS\r\n\r\n", b"")).is_err());
}
