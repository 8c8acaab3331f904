//! One WebSocket: frames in, frames out, and how it ends. Nothing here knows rooms.

use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use futures_util::{SinkExt as _, StreamExt as _, future::poll_fn};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use sotto_protocol::{DecodeError, Request, close, decode, limits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::pace::Pace;
use crate::config::Config;
use crate::faults::{Fault, Faults};
use crate::hub::{Connection, Next};

/// What is read from the network at a time. The library's own default is 128 KiB for each connection.
const READ_BUFFER: usize = 4 * 1024;
/// How many questions after its presence a silent peer may leave unanswered.
const UNANSWERED: u8 = 2;
/// How long the end of a connection may take.
const LINGER: Duration = Duration::from_secs(2);

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// This side closes it; the peer's frames are still well-formed.
    Close(u16),
    /// This side closes it; what comes from the peer cannot be read any more.
    Broken(u16),
    /// The peer has closed it, or is gone.
    Gone,
}

/// The WebSocket of one connection.
pub(super) struct Wire {
    socket: WebSocketStream<TokioIo<Upgraded>>,
    connection: Arc<Connection>,
    faults: Arc<Faults>,
    shutdown: watch::Receiver<bool>,
    pace: Pace,
    ping: Interval,
    unanswered: u8,
    /// Something is in the socket's own buffer.
    unflushed: bool,
    /// One request that came while another was being done. No more are read until it is taken.
    ahead: Option<Request>,
}

/// What the socket has done.
enum Done {
    Flushed,
    Received(Message),
}

impl Wire {
    pub(super) async fn new(
        upgraded: Upgraded,
        connection: Arc<Connection>,
        faults: Arc<Faults>,
        shutdown: watch::Receiver<bool>,
        config: &Config,
    ) -> Self {
        let settings = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(4 * limits::FRAME)
            .max_message_size(Some(limits::FRAME))
            .max_frame_size(Some(limits::FRAME));
        let socket =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(settings)).await;
        let mut ping = tokio::time::interval_at(tokio::time::Instant::now() + config.ping, config.ping);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            socket,
            connection,
            faults,
            shutdown,
            pace: Pace::new(config.frames, config.burst, Instant::now()),
            ping,
            unanswered: 0,
            unflushed: false,
            ahead: None,
        }
    }

    /// The next request.
    pub(super) async fn request(&mut self) -> Result<Request, End> {
        loop {
            if let Some(request) = self.ahead.take() {
                return Ok(request);
            }
            if *self.shutdown.borrow() {
                return Err(End::Close(close::GOING_AWAY));
            }
            let mut shutdown = self.shutdown.clone();
            tokio::select! {
                // Its value is looked at above; an error means that the relay is gone.
                _ = shutdown.changed() => {}
                step = self.step() => step?,
            }
        }
    }

    /// Goes on sending and receiving while something else is waited for.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> Result<T, End> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                step = self.step() => step?,
            }
        }
    }

    /// Sends or receives something. Losing the future loses nothing.
    async fn step(&mut self) -> Result<(), End> {
        let Self {
            socket,
            connection,
            unflushed,
            ahead,
            ping,
            ..
        } = self;
        let (sending, receiving) = (*unflushed, ahead.is_none());
        tokio::select! {
            biased;
            () = connection.outbox.overflowed(), if sending => Err(End::Close(close::TOO_SLOW)),
            done = turn(socket, sending, receiving) => match done {
                Ok(Done::Flushed) => {
                    *unflushed = false;
                    Ok(())
                }
                Ok(Done::Received(message)) => self.received(message),
                Err(error) => Err(self.broken(&error)),
            },
            next = connection.outbox.next(), if !sending => match next {
                Next::Frame(frame) => self.send(Message::Binary(frame)),
                Next::Close(code) => Err(End::Close(code)),
            },
            _ = ping.tick() => self.ask_presence(),
        }
    }

    fn send(&mut self, message: Message) -> Result<(), End> {
        self.unflushed = true;
        self.socket.start_send_unpin(message).map_err(|_| End::Gone)
    }

    fn ask_presence(&mut self) -> Result<(), End> {
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
            Ok(())
        } else {
            self.send(Message::Ping(Bytes::new()))
        }
    }

    fn received(&mut self, message: Message) -> Result<(), End> {
        self.unanswered = 0;
        if !self.pace.allows(Instant::now()) {
            return Err(self.fault(Fault::TooFast, close::TOO_FAST));
        }
        match message {
            Message::Binary(bytes) => match decode(&bytes) {
                Ok(request) => {
                    self.ahead = Some(request);
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
        End::Close(code)
    }

    fn broken(&self, error: &Error) -> End {
        let (fault, code) = match error {
            Error::Capacity(_) => (Fault::TooLong, close::TOO_LONG),
            Error::Utf8(_) => (Fault::NotBinary, close::NOT_BINARY),
            Error::Protocol(_) => (Fault::Malformed, close::PROTOCOL),
            _ => return End::Gone,
        };
        self.faults.count(fault);
        End::Broken(code)
    }

    /// Ends the connection so that the peer learns why. Takes a few seconds at most.
    pub(super) async fn finish(mut self, end: End) {
        let ending = async {
            match end {
                End::Close(code) => {
                    self.close(code).await?;
                    // The peer's own closing frame comes last.
                    while let Some(Ok(_)) = self.socket.next().await {}
                }
                End::Broken(code) => {
                    self.close(code).await?;
                    self.drain().await;
                }
                // Sends the answer to a closing frame, if that is what came.
                End::Gone => self.socket.flush().await?,
            }
            Ok::<_, Error>(())
        };
        // Whatever fails here, fails for a peer that is gone.
        let _ = timeout(LINGER, ending).await;
    }

    async fn close(&mut self, code: u16) -> Result<(), Error> {
        let reason = Some(CloseFrame {
            code: code.into(),
            reason: "".into(),
        });
        self.socket.send(Message::Close(reason)).await
    }

    /// Says that nothing more comes and reads what still does: closing a socket with unread bytes would reset it,
    /// and the peer might never see the code.
    async fn drain(&mut self) {
        let stream = self.socket.get_mut();
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut buffer = [0; READ_BUFFER];
        while let Ok(1..) = stream.read(&mut buffer).await {}
    }
}

/// Flushes and receives, whichever is done first.
async fn turn(
    socket: &mut WebSocketStream<TokioIo<Upgraded>>,
    sending: bool,
    receiving: bool,
) -> Result<Done, Error> {
    poll_fn(|context| {
        if sending && let Poll::Ready(flushed) = socket.poll_flush_unpin(context) {
            return Poll::Ready(flushed.map(|()| Done::Flushed));
        }
        if receiving && let Poll::Ready(received) = socket.poll_next_unpin(context) {
            return Poll::Ready(match received {
                Some(message) => message.map(Done::Received),
                None => Err(Error::ConnectionClosed),
            });
        }
        Poll::Pending
    })
    .await
}
