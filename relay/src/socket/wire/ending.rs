//! How a WebSocket ends, so that the peer learns why.

use std::time::Duration;

use futures_util::future::poll_fn;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{End, Wire};

/// What is read at a time of a peer that is not listened to any more.
const DRAIN: usize = 4 * 1024;
/// How long the end of a connection may take.
const LINGER: Duration = Duration::from_secs(2);
/// How many bytes are taken in the end of one that goes on sending: more than an honest peer has under way. Reading a flood
/// to its end would cost others what it costs.
const LAST_BYTES: usize = 256 * 1024;
/// What a frame costs beside its bytes.
const FRAME: usize = 64;

impl Wire {
    /// Ends the connection so that the peer learns why. Takes a few seconds at most.
    pub(in super::super) async fn finish(mut self, end: End) {
        let ending = async move {
            match end {
                End::Close(code) => {
                    self.close(code).await?;
                    // The peer's own closing frame comes last.
                    let mut bytes = 0;
                    while bytes < LAST_BYTES {
                        let message = poll_fn(|context| self.link.poll_receive(context)).await?;
                        bytes += message.len() + FRAME;
                    }
                }
                End::Fault(code) => {
                    self.close(code).await?;
                    self.drain().await;
                }
                // Sends the answer to a closing frame, if that is what came.
                End::Gone => self.flush().await?,
            }
            Ok::<_, Error>(())
        };
        // Whatever fails here, fails for a peer that is gone.
        let _ = timeout(LINGER, ending).await;
    }

    async fn close(&mut self, code: u16) -> Result<(), Error> {
        let reason = CloseFrame {
            code: code.into(),
            reason: "".into(),
        };
        let mut closing = Some(Message::Close(Some(reason)));
        poll_fn(|context| {
            if let Some(closing) = closing.take() {
                self.link.send(context, closing)?;
            }
            self.link.poll_flush(context)
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|context| self.link.poll_flush(context)).await
    }

    /// Says that nothing more comes and reads what still does: closing a socket with unread bytes would reset it,
    /// and the peer might never see the code.
    async fn drain(self) {
        let Some(mut stream) = self.link.into_stream() else {
            return;
        };
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut buffer = [0; DRAIN];
        let mut bytes = 0;
        while bytes < LAST_BYTES
            && let Ok(some @ 1..) = stream.read(&mut buffer).await
        {
            bytes += some;
        }
    }
}

#[cfg(test)]
mod tests {
    use sotto_protocol::close;
    use tokio::io::AsyncWriteExt as _;

    use super::super::tests::pair;
    use super::*;

    /// How much a peer could send to one that was told to go, or that sent what is no frame, until it was cut off.
    async fn sent_after(end: End, flood: &'static [u8]) -> usize {
        let (wire, mut peer) = pair(1).await;
        let flooding = tokio::spawn(async move {
            let mut sent = 0;
            while let Ok(some) = peer.write(flood).await {
                sent += some;
            }
            sent
        });
        wire.finish(end).await;
        flooding.await.unwrap()
    }

    #[tokio::test]
    async fn a_flood_is_not_read_to_its_end() {
        // Hints under a mask of zeros, and what is no frame.
        const HINTS: [u8; 8 * 512] = {
            let mut hints = [0; 8 * 512];
            let mut place = 0;
            while place < hints.len() {
                hints[place] = 0x82;
                hints[place + 1] = 0x82;
                place += 8;
            }
            hints
        };
        for (end, flood) in [
            (End::Close(close::ENDED), HINTS.as_slice()),
            (End::Fault(close::TOO_FAST), &HINTS),
            (End::Fault(close::PROTOCOL), &[0xff; 4096]),
        ] {
            let sent = sent_after(end, flood).await;
            assert!(sent < 2 * LAST_BYTES, "{end:?}: {sent} bytes");
        }
    }

    /// Breaks when: the end of a connection waits for bytes after the peer's closing frame, which says nothing of why.
    #[tokio::test]
    async fn a_peer_that_agrees_is_not_waited_for() {
        let (wire, mut peer) = pair(1).await;
        // An empty closing frame under a mask of zeros; the socket stays open.
        peer.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await.unwrap();
        let finished = timeout(LINGER / 2, wire.finish(End::Close(close::ENDED))).await;
        assert!(finished.is_ok());
    }
}
