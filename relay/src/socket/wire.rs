//! One WebSocket: frames in, frames out, and how it ends. Nothing here knows rooms.

mod ending;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::Bytes;
use futures_util::future::poll_fn;
use sotto_protocol::{DecodeError, Request, close, decode};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::link::Link;
use super::pace::Pace;
use super::stream::Stream;
use crate::faults::{Fault, Faults};
use crate::hub::{Connection, Wakes};

/// How many requests are taken in one go, if they lie ready: their answers then go together.
const AHEAD: u8 = 16;
/// How many questions after its presence a silent peer may leave unanswered.
const UNANSWERED: u8 = 2;

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// This side closes it, and waits for the peer to agree.
    Close(u16),
    /// This side closes it for what the peer sent: nothing more of that is taken for frames, whoever sends much of it.
    Fault(u16),
    /// The peer has closed it, or is gone.
    Gone,
}

/// A request, and how many bytes its frame had.
pub(super) struct Received {
    pub(super) request: Request,
    pub(super) length: u32,
}

/// The WebSocket of one connection.
pub(super) struct Wire {
    link: Link,
    connection: Arc<Connection>,
    faults: Arc<Faults>,
    pace: Pace,
    unanswered: u8,
    /// Something was taken to be sent that is not sent yet.
    unflushed: bool,
    /// How many requests were taken since answers were last sent.
    taken: u8,
    /// One request that came while another was being done. No more are read until it is taken.
    ahead: Option<Box<Received>>,
}

impl Wire {
    pub(super) fn new(
        (stream, came): (Stream, Bytes),
        connection: Arc<Connection>,
        faults: Arc<Faults>,
        pace: Pace,
    ) -> Self {
        Self {
            link: Link::new(stream, &came),
            connection,
            faults,
            pace,
            unanswered: 0,
            unflushed: false,
            taken: 0,
            ahead: None,
        }
    }

    /// The next request.
    pub(super) async fn request(&mut self) -> Result<Box<Received>, End> {
        poll_fn(|context| {
            loop {
                if let Some(request) = self.ahead.take() {
                    self.taken = self.taken.saturating_add(1);
                    return Poll::Ready(Ok(request));
                }
                ready!(self.poll_step(context))?;
            }
        })
        .await
    }

    /// Goes on sending and receiving while a request is handled. Its answer goes before others are woken: to wake a thread for
    /// them may take longer than all that was done.
    pub(super) async fn during(&mut self, work: impl Future<Output = Wakes>) -> Result<(), End> {
        let mut work = pin!(work);
        poll_fn(|context| {
            if let Poll::Ready(wakes) = work.as_mut().poll(context) {
                let sent = self.poll_send(context);
                drop(wakes);
                return Poll::Ready(sent);
            }
            loop {
                ready!(self.poll_step(context))?;
            }
        })
        .await
    }

    /// Receives one message, or sends what waits. Pending when there is nothing more to do at the moment.
    fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<Result<(), End>> {
        if self.taken >= AHEAD {
            // Enough for now: the answers go, and others have their turn before more is read.
            self.taken = 0;
            self.poll_send(context)?;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        // What lies ready is read first, so that several answers go in one write.
        if let Poll::Ready(received) = self.poll_receive(context) {
            return Poll::Ready(received);
        }
        self.taken = 0;
        self.poll_send(context)?;
        ready!(self.poll_receive(context))?;
        Poll::Ready(Ok(()))
    }

    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<(), End>> {
        if self.ahead.is_some() {
            return Poll::Pending;
        }
        match ready!(self.link.poll_receive(context)) {
            Ok(message) => Poll::Ready(self.received(message)),
            Err(error) => Poll::Ready(Err(self.broken(&error))),
        }
    }

    /// Sends what waits, as far as the peer takes it.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Result<(), End> {
        loop {
            let next = self.connection.outbox.next(context, !self.unflushed);
            if next.close == Some(close::TOO_SLOW) {
                return Err(End::Close(close::TOO_SLOW));
            }
            if !next.frames.is_empty() {
                self.unflushed = true;
                self.link.send(next.frames).map_err(|_| End::Gone)?;
            }
            if next.ask {
                self.ask_presence(context)?;
            }
            if !self.unflushed {
                if let Some(code) = next.close {
                    return Err(End::Close(code));
                }
                if self.ahead.is_none() {
                    self.link.rest();
                }
                return Ok(());
            }
            match self.link.poll_flush(context) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => return Err(self.broken(&error)),
                Poll::Pending => return Ok(()),
            }
        }
    }

    fn ask_presence(&mut self, context: &Context<'_>) -> Result<(), End> {
        // While nothing is read, silence is ours.
        if self.ahead.is_some() {
            return Ok(());
        }
        if self.unanswered >= UNANSWERED {
            return Err(End::Gone);
        }
        self.unanswered += 1;
        // One that does not take what waits for it is not asked on top of it.
        if self.unflushed {
            return Ok(());
        }
        self.unflushed = true;
        let ping = Message::Ping(Bytes::new());
        self.link.control(context, ping).map_err(|_| End::Gone)
    }

    fn received(&mut self, message: Message) -> Result<(), End> {
        self.unanswered = 0;
        if !self.pace.allows(Instant::now()) {
            return Err(self.fault(Fault::TooFast, close::TOO_FAST));
        }
        match message {
            Message::Binary(bytes) => match decode(&bytes) {
                Ok(request) => {
                    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                    self.ahead = Some(Box::new(Received { request, length }));
                    Ok(())
                }
                Err(DecodeError::Unknown) => Err(self.fault(Fault::Unknown, close::UNKNOWN)),
                Err(_) => Err(self.fault(Fault::Malformed, close::MALFORMED)),
            },
            Message::Text(_) => Err(self.fault(Fault::NotBinary, close::NOT_BINARY)),
            // The library answers a ping, and it waits to be sent.
            Message::Ping(_) => {
                self.unflushed = true;
                Ok(())
            }
            Message::Pong(_) | Message::Frame(_) => Ok(()),
            Message::Close(_) => Err(End::Gone),
        }
    }

    fn fault(&self, fault: Fault, code: u16) -> End {
        self.faults.count(fault);
        End::Fault(code)
    }

    fn broken(&self, error: &Error) -> End {
        let (fault, code) = match error {
            Error::Capacity(_) => (Fault::TooLong, close::TOO_LONG),
            Error::Utf8(_) => (Fault::NotBinary, close::NOT_BINARY),
            Error::Protocol(_) => (Fault::Malformed, close::PROTOCOL),
            _ => return End::Gone,
        };
        self.faults.count(fault);
        End::Fault(code)
    }
}

#[cfg(test)]
mod tests {
    use socket2::SockRef;
    use sotto_protocol::{Command, encode};
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// Both ends of a connection: one that may send so many frames, and the peer.
    pub(super) async fn pair(frames: u32) -> (Wire, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        SockRef::from(&listener).set_recv_buffer_size(8 * 1024).unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        SockRef::from(&peer).set_send_buffer_size(8 * 1024).unwrap();
        let tcp = listener.accept().await.unwrap().0;
        let faults = Arc::<Faults>::default();
        let wire = Wire::new(
            (Stream::Plain(tcp), Bytes::new()),
            Connection::new(64 * 1024, Arc::clone(&faults)),
            faults,
            Pace::new(1, frames, Instant::now()),
        );
        (wire, peer)
    }

    /// Breaks when: whoever sends much at once is read to the end of it, while others wait for the thread.
    #[tokio::test]
    async fn a_burst_is_taken_in_parts() {
        const BURST: usize = 3 * AHEAD as usize;
        let (mut wire, mut peer) = pair(100).await;
        let typing = encode(&Request {
            reference: 1,
            command: Command::Typing,
        });
        let head = [0x82, 0x80 + u8::try_from(typing.len()).unwrap(), 0, 0, 0, 0];
        peer.write_all(&[&head, typing.as_slice()].concat().repeat(BURST))
            .await
            .unwrap();
        let (mut parts, mut part) = (Vec::new(), 0);
        poll_fn(|context| {
            while pin!(wire.request()).poll(context).map(Result::unwrap).is_ready() {
                part += 1;
                if parts.iter().sum::<usize>() + part == BURST {
                    return Poll::Ready(());
                }
            }
            parts.push(std::mem::take(&mut part));
            Poll::Pending
        })
        .await;
        assert!(
            parts.len() >= 2 && parts.iter().all(|part| *part <= AHEAD.into()),
            "{parts:?}"
        );
    }
}
