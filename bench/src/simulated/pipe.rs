//! A pipe in place of a socket.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use sotto_relay::socket::Pipe;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

/// What a pipe takes before it is read from, in each direction. It is small, for it is not what is measured.
const PIPE: usize = 256;

/// The relay's end of a pipe. What a pipe holds cannot be looked at: one byte of it is taken to see whether there is any.
#[derive(Debug)]
pub(super) struct End {
    pipe: DuplexStream,
    first: Option<u8>,
}

/// A pipe: the end of a client, and the relay's.
pub(super) fn pipe() -> (DuplexStream, End) {
    let (end, pipe) = duplex(PIPE);
    (end, End { pipe, first: None })
}

impl Pipe for End {
    fn poll_read_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.first.is_some() {
            return Poll::Ready(Ok(()));
        }
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        let polled = Pin::new(&mut self.pipe).poll_read(context, &mut buffer);
        self.first = buffer.filled().first().copied();
        polled
    }
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let Some(first) = self.first.take() else {
            return Pin::new(&mut self.pipe).poll_read(context, buffer);
        };
        buffer.put_slice(&[first]);
        // What lies behind it comes along; if nothing does, that one is enough.
        match Pin::new(&mut self.pipe).poll_read(context, buffer) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.pipe).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::poll_fn;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn what_was_looked_at_is_read_first() {
        let (mut end, mut other) = pipe();
        assert!(
            poll_fn(|context| Poll::Ready(other.poll_read_ready(context)))
                .await
                .is_pending()
        );
        end.write_all(b"abc").await.unwrap();
        for _ in 0..2 {
            poll_fn(|context| other.poll_read_ready(context)).await.unwrap();
        }
        let mut all = [0; 3];
        other.read_exact(&mut all).await.unwrap();
        assert_eq!(&all, b"abc");
        drop(end);
        poll_fn(|context| other.poll_read_ready(context)).await.unwrap();
        assert_eq!(other.read(&mut all).await.unwrap(), 0, "the end is seen, too");
    }
}
