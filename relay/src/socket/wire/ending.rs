//! How a WebSocket ends, so that the peer learns why.

use std::future::pending;
use std::time::Duration;

use futures_util::future::poll_fn;
use sotto_protocol::limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{End, Wire};

/// What is read at a time of a peer that is not listened to any more.
const DRAIN: usize = 4 * 1024;
/// How long the end of a connection may take, and how long it takes where the peer goes on sending.
const LINGER: Duration = Duration::from_secs(2);
/// How many bytes are taken in the end: two of the longest frames, more than an honest peer has under way. One that goes on
/// sending is then left alone with it until [`LINGER`] is over: the system stops it, and it comes back the later. To read
/// on, or to cut it off so that it comes back at once, costs others the processor that its bytes take.
const LAST_BYTES: usize = 2 * limits::FRAME;
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
                    pending::<()>().await;
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
                self.link.control(context, closing)?;
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
        while bytes < LAST_BYTES {
            match stream.read(&mut buffer).await {
                Ok(some @ 1..) => bytes += some,
                _ => return,
            }
        }
        pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use futures_util::future::join_all;
    use sotto_protocol::close;

    use super::super::tests::pair;
    use super::*;

    /// How much a peer could send to one that was told to go, or that sent what is no frame, until it was cut off; and when
    /// that was.
    async fn sent_after(end: End, flood: &'static [u8]) -> (usize, Duration) {
        let (wire, mut peer) = pair(1).await;
        let flooding = tokio::spawn(async move {
            let mut sent = 0;
            while let Ok(some) = peer.write(flood).await {
                sent += some;
            }
            sent
        });
        let began = Instant::now();
        wire.finish(end).await;
        (flooding.await.unwrap(), began.elapsed())
    }

    /// Breaks when: a flood is read on, or whoever floods is cut off at once and comes back at once.
    #[tokio::test]
    async fn a_flood_is_left_standing() {
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
        let ends = [
            (End::Close(close::ENDED), HINTS.as_slice()),
            (End::Fault(close::TOO_FAST), &HINTS),
            (End::Fault(close::PROTOCOL), &[0xff; 4096]),
        ];
        let all = join_all(ends.map(|(end, flood)| sent_after(end, flood))).await;
        for ((end, _), (sent, took)) in ends.iter().zip(all) {
            // What is read, and what the system takes for both ends.
            assert!(sent < 128 * 1024, "{end:?}: {sent} bytes");
            assert!((LINGER..2 * LINGER).contains(&took), "{end:?}: {took:?}");
        }
    }

    /// Breaks when: whoever has much under way and goes when it is told to is kept waiting.
    #[tokio::test]
    async fn one_that_goes_is_not_left_standing() {
        for end in [End::Close(close::ENDED), End::Fault(close::TOO_FAST)] {
            let (wire, mut peer) = pair(1).await;
            let going = async move {
                // One of the longest frames, under a mask of zeros.
                let length = u16::try_from(limits::FRAME).unwrap().to_be_bytes();
                let head = [&[0x82, 0xfe], length.as_slice(), &[0; 4]].concat();
                peer.write_all(&head).await.unwrap();
                peer.write_all(&vec![0; limits::FRAME]).await.unwrap();
                let mut told = Vec::new();
                let mut part = [0; 64];
                while told.len() < 4 {
                    let some = peer.read(&mut part).await.unwrap();
                    assert!(some > 0);
                    told.extend_from_slice(&part[..some]);
                }
                drop(peer);
                u16::from_be_bytes([told[2], told[3]])
            };
            let both = async { tokio::join!(wire.finish(end), going).1 };
            let code = timeout(LINGER / 2, both).await.expect("it is not waited for");
            assert!(matches!(end, End::Close(meant) | End::Fault(meant) if meant == code));
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
