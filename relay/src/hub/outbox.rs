//! What waits to be sent on one connection: frames in order, bounded by bytes, and at the end a close code.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use sotto_protocol::close;
use tokio::sync::Notify;

use crate::faults::{Fault, Faults};

/// What a frame costs in the queue next to its bytes.
const FRAME_OVERHEAD: usize = 64;

/// What is to be sent next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A frame.
    Frame(Bytes),
    /// Nothing any more: close with this code.
    Close(u16),
}

/// The queue of one connection. Filling it never waits: a reader that lets it overflow is cut off, so that one slow
/// reader costs nobody else anything.
#[derive(Debug)]
pub struct Outbox {
    limit: usize,
    faults: Arc<Faults>,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Bytes>,
    bytes: usize,
    close: Option<u16>,
}

impl Outbox {
    /// An empty queue for at most `limit` bytes.
    pub fn new(limit: usize, faults: Arc<Faults>) -> Self {
        Self {
            limit,
            faults,
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Queues a frame. One that does not fit takes all others with it, and the connection is closed.
    pub fn push(&self, frame: Bytes) {
        let mut state = self.state();
        if state.close.is_some() {
            return;
        }
        state.bytes += frame.len() + FRAME_OVERHEAD;
        if state.bytes > self.limit {
            *state = State {
                close: Some(close::TOO_SLOW),
                ..State::default()
            };
            self.faults.count(Fault::TooSlow);
        } else {
            state.frames.push_back(frame);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Closes the connection once what is queued is sent; nothing is queued after this. The first code counts.
    pub fn close(&self, code: u16) {
        self.state().close.get_or_insert(code);
        self.changed.notify_one();
    }

    /// What is to be sent next, when there is something. For one caller at a time; losing the future loses nothing.
    pub async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.changed.notified().await;
        }
    }

    /// Waits until the queue has overflowed: what is being sent need not be waited for.
    pub async fn overflowed(&self) {
        while self.state().close != Some(close::TOO_SLOW) {
            self.changed.notified().await;
        }
    }

    fn try_next(&self) -> Option<Next> {
        let mut state = self.state();
        if let Some(frame) = state.frames.pop_front() {
            state.bytes -= frame.len() + FRAME_OVERHEAD;
            return Some(Next::Frame(frame));
        }
        state.close.map(Next::Close)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> Outbox {
        Outbox::new(1000, Arc::default())
    }

    #[tokio::test]
    async fn in_order_and_closed_at_the_end() {
        let outbox = outbox();
        outbox.push(Bytes::from_static(b"one"));
        outbox.push(Bytes::from_static(b"two"));
        outbox.close(close::ENDED);
        outbox.close(close::VACATED);
        outbox.push(Bytes::from_static(b"late"));
        assert_eq!(outbox.next().await, Next::Frame(Bytes::from_static(b"one")));
        assert_eq!(outbox.next().await, Next::Frame(Bytes::from_static(b"two")));
        assert_eq!(outbox.next().await, Next::Close(close::ENDED));
    }

    #[tokio::test]
    async fn bounded_by_bytes_that_wait() {
        let outbox = outbox();
        let frame = Bytes::from(vec![0; 436]);
        for _ in 0..100 {
            outbox.push(frame.clone());
            outbox.push(frame.clone());
            assert_eq!(outbox.next().await, Next::Frame(frame.clone()));
            assert_eq!(outbox.next().await, Next::Frame(frame.clone()));
        }
        outbox.push(frame.clone());
        outbox.push(frame.clone());
        outbox.push(Bytes::new());
        outbox.overflowed().await;
        assert_eq!(outbox.next().await, Next::Close(close::TOO_SLOW));
        assert_eq!(outbox.faults.take().as_deref(), Some("slow readers 1"));
    }

    #[tokio::test]
    async fn many_empty_frames_are_bounded_too() {
        let outbox = outbox();
        for _ in 0..100 {
            outbox.push(Bytes::new());
        }
        assert_eq!(outbox.next().await, Next::Close(close::TOO_SLOW));
    }
}
