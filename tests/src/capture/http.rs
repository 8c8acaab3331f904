//! Reads recorded HTTP/1.1: requests, responses, and the bytes after a change of protocol.

use std::io::Read;

use anyhow::{Context, Result, bail};

use super::tap::Connection;

/// How many headers a message may have.
const HEADERS: usize = 64;

/// A request or a response, its body without transfer and content encoding.
#[derive(Debug, Clone)]
pub struct Message {
    /// The request line or status line, as recorded.
    pub line: String,
    /// The headers in order, their names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// How many bytes line and headers took on the wire.
    pub head_length: usize,
    /// How many bytes line, headers and body took on the wire.
    pub wire_length: usize,
}

/// A request and its response, if that was recorded whole.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What the client asked.
    pub request: Message,
    /// What it was told.
    pub response: Option<Message>,
}

/// All that one connection carried.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// The requests in order.
    pub exchanges: Vec<Exchange>,
    /// After a change of protocol: the bytes from and to the client.
    pub upgraded: Option<(Vec<u8>, Vec<u8>)>,
}

impl Message {
    /// A header's value, if it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(present, _)| present == name)
            .and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// A request's target or a response's status: the line's second word.
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    /// Whether one of a header's values, apart by commas, is this one.
    fn header_has(&self, name: &str, value: &str) -> bool {
        self.header(name).is_some_and(|list| {
            list.split(',')
                .any(|item| item.trim().eq_ignore_ascii_case(value))
        })
    }
}

/// Reads a connection. A request or response that was cut short ends it; anything that is not HTTP is an error, so that
/// nothing slips through unread.
pub fn parse(connection: &Connection) -> Result<Conversation> {
    let mut sent = connection.sent.as_slice();
    let mut received = connection.received.as_slice();
    let mut conversation = Conversation::default();
    while let Some(request) = request(&mut sent)? {
        let response = response(&mut received, &request)?;
        let upgraded = response
            .as_ref()
            .is_some_and(|response| response.target() == "101");
        conversation.exchanges.push(Exchange { request, response });
        if upgraded {
            conversation.upgraded = Some((sent.to_vec(), received.to_vec()));
            break;
        }
    }
    Ok(conversation)
}

/// Takes a request from the front of the bytes.
fn request(bytes: &mut &[u8]) -> Result<Option<Message>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let Some(head) = complete(parsed.parse(bytes), bytes)? else {
        return Ok(None);
    };
    let line = first_line(bytes);
    let headers = owned(parsed.headers);
    finish(bytes, head, line, headers, false)
}

/// Takes the response to a request from the front of the bytes, past interim ones.
fn response(bytes: &mut &[u8], request: &Message) -> Result<Option<Message>> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        let Some(head) = complete(parsed.parse(bytes), bytes)? else {
            return Ok(None);
        };
        let code = parsed.code.unwrap_or_default();
        let bodiless = request.line.starts_with("HEAD ") || code < 200 || code == 204 || code == 304;
        let line = first_line(bytes);
        let headers = owned(parsed.headers);
        if bodiless {
            *bytes = bytes.get(head..).unwrap_or_default();
            let response = Message {
                line,
                headers,
                body: Vec::new(),
                head_length: head,
                wire_length: head,
            };
            if (100..200).contains(&code) && code != 101 {
                continue;
            }
            return Ok(Some(response));
        }
        return finish(bytes, head, line, headers, true);
    }
}

/// The length of a head that is there whole.
fn complete(status: httparse::Result<usize>, bytes: &[u8]) -> Result<Option<usize>> {
    match status {
        Ok(httparse::Status::Complete(length)) => Ok(Some(length)),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(error) => bail!("not HTTP/1.1 ({error}): {}", first_line(bytes)),
    }
}

/// The bytes up to the first end of a line.
fn first_line(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next();
    String::from_utf8_lossy(line.unwrap_or_default()).into_owned()
}

/// Headers that outlive the parser.
fn owned(headers: &[httparse::Header<'_>]) -> Vec<(String, Vec<u8>)> {
    headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), header.value.to_vec()))
        .collect()
}

/// Takes head and body off the front of the bytes; nothing if the body is not there whole.
fn finish(
    bytes: &mut &[u8],
    head: usize,
    line: String,
    headers: Vec<(String, Vec<u8>)>,
    until_close: bool,
) -> Result<Option<Message>> {
    let mut taken = Message {
        line,
        headers,
        body: Vec::new(),
        head_length: head,
        wire_length: head,
    };
    let rest = bytes.get(head..).unwrap_or_default();
    let (body, length) = if taken.header_has("transfer-encoding", "chunked") {
        match chunks(rest)? {
            Some(whole) => whole,
            None => return Ok(None),
        }
    } else if let Some(length) = taken.header("content-length") {
        let length: usize = length.trim().parse().context("content-length")?;
        match rest.get(..length) {
            Some(body) => (body.to_vec(), length),
            None => return Ok(None),
        }
    } else if until_close {
        (rest.to_vec(), rest.len())
    } else {
        (Vec::new(), 0)
    };
    taken.body = decoded(&taken, body)?;
    taken.wire_length += length;
    *bytes = bytes.get(head + length..).unwrap_or_default();
    Ok(Some(taken))
}

/// Joins a chunked body (RFC 9112, section 7.1), if it is there whole, and tells its length on the wire.
fn chunks(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>> {
    let mut body = Vec::new();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let (head, size) = match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete(chunk)) => chunk,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => bail!("not a chunk: {}", first_line(rest)),
        };
        let size = usize::try_from(size)?;
        let Some(chunk) = rest.get(head..head + size) else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
        at += head + size;
        if size == 0 {
            // Trailers, and the empty line that ends them.
            let rest = bytes.get(at..).unwrap_or_default();
            return Ok(trailers(rest).map(|length| (body, at + length)));
        }
        at += 2;
    }
}

/// The length of what follows the last chunk.
fn trailers(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"\r\n") {
        Some(2)
    } else {
        memchr::memmem::find(bytes, b"\r\n\r\n").map(|end| end + 4)
    }
}

/// Undoes the content encoding.
fn decoded(message: &Message, body: Vec<u8>) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    match message.header("content-encoding").unwrap_or("identity") {
        "identity" => return Ok(body),
        "br" => brotli::Decompressor::new(body.as_slice(), 4096).read_to_end(&mut plain)?,
        "gzip" => flate2::read::GzDecoder::new(body.as_slice()).read_to_end(&mut plain)?,
        other => bail!("a content encoding that this cannot undo: {other}"),
    };
    Ok(plain)
}

#[cfg(test)]
mod tests;
