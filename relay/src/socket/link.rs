//! The bytes of one WebSocket: a socket, and around it, for as long as something is being received, the codec with its buffers.
//! A connection that is idle holds the socket alone.
//!
//! Frames come from the hub as they go over the network and need no codec; what the codec has to send of its own (pongs,
//! questions, closing) goes between them.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use axum::body::Bytes;
use sotto_protocol::limits;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

use super::stream::Stream;

/// What is read from the network at a time: a message of ordinary length in one go.
const READ_BUFFER: usize = 4 * 1024;

/// A socket, with or without the codec.
pub(super) enum Link {
    /// Nothing is under way in either direction.
    Idle(Socket),
    /// Something is, or may be.
    Busy(Box<WebSocket<Socket>>),
    /// Between the two, and after the end.
    None,
}

/// The socket as the codec sees it: what it cannot do at once, it says that it would wait for, and has the task woken.
pub(super) struct Socket {
    bytes: Stream,
    /// Of the task that waits.
    waker: Waker,
    /// How many bytes came that no message has been made of, if each message came in one frame with the shortest head.
    /// A peer that frames otherwise makes this more than it is, never less: see [`Link::rest`].
    unread: u64,
    /// What is being sent, and goes before all else: whole frames, less what the network took of them.
    unsent: Bytes,
}

impl Socket {
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            match ready!(Pin::new(&mut self.bytes).poll_write(context, &self.unsent))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => self.unsent = self.unsent.slice(sent..),
            }
        }
        Pin::new(&mut self.bytes).poll_flush(context)
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        let context = &mut Context::from_waker(&self.waker);
        at_once(Pin::new(&mut self.bytes).poll_read(context, &mut buffer))?;
        self.unread += buffer.filled().len() as u64;
        Ok(buffer.filled().len())
    }
}

impl Write for Socket {
    /// The codec's own frames: all of them or nothing, so that no other frame comes into the middle of one.
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if !self.unsent.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.unsent = Bytes::copy_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let waker = self.waker.clone();
        at_once(self.poll_flush(&mut Context::from_waker(&waker)))
    }
}

fn at_once<T>(done: Poll<io::Result<T>>) -> io::Result<T> {
    match done {
        Poll::Ready(done) => done,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

/// What the codec did; pending where it says that it would wait.
fn in_time<T>(done: Result<T, Error>) -> Poll<Result<T, Error>> {
    match done {
        Err(Error::Io(cause)) if cause.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        done => Poll::Ready(done),
    }
}

impl Link {
    /// The socket, and what came on it already.
    pub(super) fn new(bytes: Stream, came: &[u8]) -> Self {
        let stream = Socket {
            bytes,
            waker: Waker::noop().clone(),
            unread: came.len() as u64,
            unsent: Bytes::new(),
        };
        if came.is_empty() {
            return Self::Idle(stream);
        }
        Self::Busy(Box::new(WebSocket::from_partially_read(
            stream,
            came.to_vec(),
            Role::Server,
            Some(config()),
        )))
    }

    /// The next message.
    pub(super) fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<Message, Error>> {
        match self {
            Self::Idle(stream) => ready!(stream.bytes.poll_read_ready(context))?,
            // The codec clears its buffer before it looks whether there is anything.
            Self::Busy(socket) if socket.get_ref().unread == 0 => {
                ready!(socket.get_mut().bytes.poll_read_ready(context))?;
            }
            _ => {}
        }
        let socket = self.codec(context)?;
        let message = ready!(in_time(socket.read()))?;
        // After the peer's closing frame the codec has its own end to tell, whatever comes.
        if !message.is_close() {
            let stream = socket.get_mut();
            stream.unread = stream.unread.saturating_sub(frame_length(message.len()));
        }
        Poll::Ready(Ok(message))
    }

    /// Takes whole frames for the next flush. They are the last that were not sent: mostly there is one, and it is not copied.
    pub(super) fn send(&mut self, mut frames: VecDeque<Bytes>) -> Result<(), Error> {
        let unsent = &mut self.socket()?.unsent;
        if !unsent.is_empty() {
            frames.push_front(std::mem::take(unsent));
        }
        *unsent = match frames.make_contiguous() {
            [one] => std::mem::take(one),
            several => several.concat().into(),
        };
        Ok(())
    }

    /// Takes a message that the codec has to know of for the next flush.
    pub(super) fn control(&mut self, context: &Context<'_>, message: Message) -> Result<(), Error> {
        match in_time(self.codec(context)?.write(message)) {
            Poll::Ready(sent) => sent,
            Poll::Pending => Ok(()),
        }
    }

    /// Sends all that was taken.
    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.socket()?.poll_flush(context))?;
        if !matches!(self, Self::Busy(_)) {
            return Poll::Ready(Ok(()));
        }
        let own = in_time(self.codec(context)?.flush());
        // A codec that has written its closing frame flushes no more.
        ready!(self.socket()?.poll_flush(context))?;
        own
    }

    /// Gives the buffers back, if nothing is in them. For when all is flushed and nothing more is to be read.
    ///
    /// The codec does not say whether it holds a part of a message; that no byte came of which no message was made says
    /// so: a message takes at least what is counted for it, so where the count is nought, it took just that, and there
    /// is no byte left to hold.
    pub(super) fn rest(&mut self) {
        let is_empty = matches!(self, Self::Busy(socket) if socket.get_ref().unread == 0);
        if is_empty && let Some(stream) = self.take() {
            *self = Self::Idle(stream);
        }
    }

    /// The socket, at the end.
    pub(super) fn into_stream(mut self) -> Option<Stream> {
        Some(self.take()?.bytes)
    }

    fn take(&mut self) -> Option<Socket> {
        match std::mem::replace(self, Self::None) {
            Self::Idle(stream) => Some(stream),
            Self::Busy(socket) => Some(socket.into_inner()),
            Self::None => None,
        }
    }

    fn socket(&mut self) -> Result<&mut Socket, Error> {
        match self {
            Self::Idle(socket) => Ok(socket),
            Self::Busy(codec) => Ok(codec.get_mut()),
            Self::None => Err(Error::AlreadyClosed),
        }
    }

    /// The codec, for this task.
    fn codec(&mut self, context: &Context<'_>) -> Result<&mut WebSocket<Socket>, Error> {
        if let Self::Idle(_) = self
            && let Some(stream) = self.take()
        {
            let socket = WebSocket::from_raw_socket(stream, Role::Server, Some(config()));
            *self = Self::Busy(Box::new(socket));
        }
        match self {
            Self::Busy(socket) => {
                socket.get_mut().waker.clone_from(context.waker());
                Ok(socket)
            }
            _ => Err(Error::AlreadyClosed),
        }
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        // What is sent at a time is bounded by the queue; it is written when it is flushed.
        .write_buffer_size(4 * limits::FRAME)
        .max_write_buffer_size(8 * limits::FRAME)
        .max_message_size(Some(limits::FRAME))
        .max_frame_size(Some(limits::FRAME))
}

/// The shortest frame of a client that holds so much: RFC 6455, section 5.2.
const fn frame_length(payload: usize) -> u64 {
    let head = match payload {
        0..126 => 2,
        126..0x1_0000 => 4,
        _ => 10,
    };
    let mask = 4;
    head + mask + payload as u64
}

#[cfg(test)]
mod tests {
    use futures_util::future::poll_fn;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::super::stream::tests::tls_pair;
    use super::*;

    async fn pair() -> (Link, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (
            Link::new(Stream::Plain(listener.accept().await.unwrap().0), &[]),
            peer,
        )
    }

    /// A frame under a mask of zeros.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first, 0x80 | u8::try_from(payload.len()).unwrap(), 0, 0, 0, 0];
        frame.extend_from_slice(payload);
        frame
    }

    async fn receive(link: &mut Link) -> Message {
        poll_fn(|context| link.poll_receive(context)).await.unwrap()
    }

    /// Looks for a message until what was sent has come, and finds none.
    async fn nothing(link: &mut Link, sent: usize) {
        poll_fn(|context| {
            assert!(link.poll_receive(context).is_pending());
            match link {
                Link::Busy(socket) if socket.get_ref().unread >= sent as u64 => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
        .await;
    }

    fn is_idle(link: &mut Link) -> bool {
        link.rest();
        matches!(link, Link::Idle(_))
    }

    #[tokio::test]
    async fn whole_messages_leave_nothing_behind() {
        let (mut link, mut peer) = pair().await;
        for length in [0, 1, 125] {
            let payload = vec![7; length];
            peer.write_all(&frame(0x82, &payload)).await.unwrap();
            assert_eq!(receive(&mut link).await, Message::binary(payload));
            assert!(is_idle(&mut link), "{length}");
        }
        peer.write_all(&[frame(0x82, b"one"), frame(0x82, b"two")].concat())
            .await
            .unwrap();
        assert_eq!(receive(&mut link).await, Message::binary("one"));
        assert!(!is_idle(&mut link), "the other one is in the buffer");
        assert_eq!(receive(&mut link).await, Message::binary("two"));
        assert!(is_idle(&mut link));
    }

    #[tokio::test]
    async fn a_part_of_a_message_is_not_given_up() {
        let (mut link, mut peer) = pair().await;
        let whole = frame(0x82, b"in two parts");
        for cut in 1..whole.len() {
            let (first, second) = whole.split_at(cut);
            peer.write_all(first).await.unwrap();
            nothing(&mut link, cut).await;
            assert!(!is_idle(&mut link), "{cut}");
            peer.write_all(second).await.unwrap();
            assert_eq!(receive(&mut link).await, Message::binary("in two parts"));
            assert!(is_idle(&mut link), "{cut}");
        }
    }

    /// One that frames in its own way is served as before, and never taken for idle with something in the buffer.
    #[tokio::test]
    async fn fragments_and_long_heads_keep_their_buffer() {
        let (mut link, mut peer) = pair().await;
        let first = frame(0x02, b"in two ");
        peer.write_all(&first).await.unwrap();
        nothing(&mut link, first.len()).await;
        assert!(!is_idle(&mut link));
        peer.write_all(&frame(0x80, b"fragments")).await.unwrap();
        assert_eq!(receive(&mut link).await, Message::binary("in two fragments"));
        peer.write_all(&frame(0x82, b"next")).await.unwrap();
        assert_eq!(receive(&mut link).await, Message::binary("next"));
        assert!(!is_idle(&mut link));

        let (mut link, mut peer) = pair().await;
        let long = [&[0x82, 0xfe, 0, 3, 0, 0, 0, 0], b"odd".as_slice()].concat();
        peer.write_all(&long).await.unwrap();
        assert_eq!(receive(&mut link).await, Message::binary("odd"));
        assert!(!is_idle(&mut link));
        peer.write_all(&frame(0x82, b"next")).await.unwrap();
        assert_eq!(receive(&mut link).await, Message::binary("next"));
    }

    /// Breaks when what the codec has to send comes into the middle of a frame that the network has taken a part of.
    #[tokio::test]
    async fn pongs_go_between_frames() {
        let (mut link, mut peer) = pair().await;
        let long = Bytes::from(vec![7; 64 << 20]);
        link.send([long.clone()].into()).unwrap();
        let is_sent = poll_fn(|context| Poll::Ready(link.poll_flush(context).is_ready())).await;
        assert!(!is_sent, "the network takes a part of it");
        // The codec has one pong to send when it reads the next ping.
        for ping in [b"1", b"2"] {
            peer.write_all(&frame(0x89, ping)).await.unwrap();
            assert_eq!(receive(&mut link).await, Message::Ping(Bytes::from_static(ping)));
        }
        let reading = tokio::spawn(async move {
            let mut came = vec![0; long.len() + 6];
            peer.read_exact(&mut came).await.map(|_| came)
        });
        poll_fn(|context| link.poll_flush(context)).await.unwrap();
        let came = reading.await.unwrap().unwrap();
        let (sent, pongs) = came.split_last_chunk::<6>().unwrap();
        assert!(sent.iter().all(|byte| *byte == 7));
        assert_eq!(pongs, b"\x8a\x011\x8a\x012");
    }

    /// TLS keeps what the network does not take at once; it goes when the network does.
    #[tokio::test]
    async fn what_waits_under_tls_is_flushed() {
        let (stream, mut peer) = tls_pair().await;
        let mut link = Link::new(stream, &[]);
        let mut sent = 0;
        loop {
            link.send([Bytes::from(vec![7; 1000])].into()).unwrap();
            sent += 1000;
            let flushed = poll_fn(|context| Poll::Ready(link.poll_flush(context))).await;
            let Stream::Tls(tls) = &link.socket().unwrap().bytes else {
                panic!("it is under TLS")
            };
            let waits = tls.get_ref().1.wants_write();
            assert_eq!(flushed.is_pending(), waits);
            if waits {
                break;
            }
        }
        let taken = tokio::spawn(async move {
            let mut taken = vec![0; sent];
            peer.read_exact(&mut taken).await.map(|_| peer)
        });
        poll_fn(|context| link.poll_flush(context)).await.unwrap();
        tokio::time::timeout(std::time::Duration::from_secs(10), taken)
            .await
            .expect("all of it comes")
            .unwrap()
            .unwrap();
        assert!(is_idle(&mut link));
    }
}
