//! A WebSocket from the client's side in as few instructions as will do: frames go out under a mask of zeros, which RFC
//! 6455 lets a client choose and which needs no work, and come in unmasked.

use anyhow::{Context as _, Result, bail, ensure};
use sotto_protocol::{Answer, Command, Event, Request, SUBPROTOCOL, ServerFrame, decode, encode};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What is read at a time.
const READ: usize = 16 * 1024;
/// The first byte of a frame: the last of its message, and binary, a ping, a pong or a close.
const BINARY: u8 = 0x82;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;
const CLOSE: u8 = 0x88;
/// Added to the length by who masks.
const MASKED: u8 = 0x80;
/// In place of a length: two bytes of it follow, or eight.
const TWO: u8 = 0x7e;
const EIGHT: u8 = 0x7f;

/// What a connection's bytes go over.
pub(crate) trait Way: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Way for T {}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Wire<S = TcpStream> {
    stream: S,
    buffer: Vec<u8>,
    /// How much of the buffer was handed out.
    used: usize,
    reference: u32,
}

impl Wire {
    /// Connects to a relay at `host:port` and takes its welcome.
    pub(crate) async fn connect(address: &str) -> Result<Self> {
        Self::welcomed(connected(address).await?, address).await
    }

    /// Connects to any server that speaks WebSocket; `headers` end with a line's end.
    pub(crate) async fn upgrade(address: &str, path: &str, headers: &str) -> Result<Self> {
        Self::over(connected(address).await?, address, path, headers).await
    }
}

async fn connected(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl<S: Way> Wire<S> {
    /// Shakes hands with the relay at the other end of these bytes, and takes its welcome.
    pub(crate) async fn welcomed(stream: S, host: &str) -> Result<Self> {
        let protocol = format!("Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n");
        let mut wire = Self::over(stream, host, "/ws", &protocol).await?;
        let ServerFrame::Welcome(_) = decode(wire.frame().await?)? else {
            bail!("the relay's first word was no welcome");
        };
        Ok(wire)
    }

    async fn over(mut stream: S, host: &str, path: &str, headers: &str) -> Result<Self> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut wire = Self {
            stream,
            buffer: Vec::new(),
            used: 0,
            reference: 0,
        };
        let end = loop {
            if let Some(end) = wire.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            wire.read().await?;
        };
        ensure!(
            wire.buffer.starts_with(b"HTTP/1.1 101 "),
            "not upgraded: {}",
            String::from_utf8_lossy(&wire.buffer)
        );
        wire.used = end;
        Ok(wire)
    }

    /// The bytes alone; what was read and not handed out is lost.
    pub(crate) fn into_stream(self) -> S {
        self.stream
    }

    /// Sends bytes as they are: one or more frames of [`framed`].
    pub(crate) async fn send(&mut self, frames: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(frames).await?)
    }

    /// Asks, and gives the answer; events that come before it are dropped.
    pub(crate) async fn ask(&mut self, command: Command) -> Result<Answer> {
        self.reference += 1;
        let asked = self.reference;
        let request = Request {
            reference: asked,
            command,
        };
        self.send(&framed(&encode(&request))).await?;
        loop {
            if let ServerFrame::Answer { reference, answer } = decode(self.frame().await?)?
                && reference == asked
            {
                return Ok(answer);
            }
        }
    }

    /// The next answer, whatever it is to.
    pub(crate) async fn answer(&mut self) -> Result<Answer> {
        loop {
            if let ServerFrame::Answer { answer, .. } = decode(self.frame().await?)? {
                return Ok(answer);
            }
        }
    }

    /// The next event, whatever it is; answers before it are dropped.
    pub(crate) async fn event(&mut self) -> Result<Event> {
        loop {
            if let ServerFrame::Event(event) = decode(self.frame().await?)? {
                return Ok(event);
            }
        }
    }

    /// What the next binary frame holds.
    pub(crate) async fn frame(&mut self) -> Result<&[u8]> {
        loop {
            let waiting = self.buffer.get(self.used..).unwrap_or_default();
            let Some((kind, start, end)) = head(waiting).filter(|(_, _, end)| *end <= waiting.len()) else {
                self.read().await?;
                continue;
            };
            let (start, end) = (self.used + start, self.used + end);
            self.used = end;
            match kind {
                BINARY => return self.buffer.get(start..end).context("a frame"),
                PING => self.stream.write_all(&[PONG, MASKED, 0, 0, 0, 0]).await?,
                CLOSE => bail!("closed: {:?}", self.buffer.get(start..end)),
                _ => {}
            }
        }
    }

    async fn read(&mut self) -> Result<()> {
        self.buffer.drain(..self.used);
        self.used = 0;
        self.buffer.reserve(READ);
        ensure!(
            self.stream.read_buf(&mut self.buffer).await? > 0,
            "the other end has closed the connection"
        );
        Ok(())
    }
}

/// A frame from a server: its first byte, and where what it holds starts and ends.
fn head(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    match *bytes {
        [kind, TWO, high, low, ..] => Some((kind, 4, 4 + usize::from(u16::from_be_bytes([high, low])))),
        [kind, length @ ..TWO, ..] => Some((kind, 2, 2 + usize::from(length))),
        // Nobody here sends frames of more than 64 KiB.
        _ => None,
    }
}

/// The frame of a client that holds this.
pub(crate) fn framed(payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut frame = Vec::with_capacity(length + 8);
    frame.push(BINARY);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ ..TWO), _) => frame.push(MASKED | length),
        (_, Ok(length)) => {
            frame.push(MASKED | TWO);
            frame.extend(length.to_be_bytes());
        }
        _ => {
            frame.push(MASKED | EIGHT);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length() {
        for (length, head) in [(5, 6), (125, 6), (126, 8), (40_000, 8), (70_000, 14)] {
            let frame = framed(&vec![7; length]);
            assert_eq!(frame.len(), head + length);
        }
        assert_eq!(head(&[BINARY, 3, 1, 2, 3]), Some((BINARY, 2, 5)));
        assert_eq!(head(&[BINARY, TWO, 1, 0]), Some((BINARY, 4, 260)));
        assert_eq!(head(&[BINARY]), None);
        assert_eq!(head(&[BINARY, TWO, 1]), None);
    }
}
