//! What waits to be sent on one connection: frames in order, bounded by bytes, and at the end a close code.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use axum::body::Bytes;
use sotto_protocol::close;

use crate::faults::{Fault, Faults};

/// What a frame costs in the queue next to its bytes.
const FRAME_OVERHEAD: usize = 64;
/// How many bytes are handed out at a time, beside the last frame's.
const AT_ONCE: usize = 32 * 1024;

/// What is to be done for a connection.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// Whole frames to send, in order.
    pub frames: VecDeque<Bytes>,
    /// The peer is to be asked whether it is still there.
    pub ask: bool,
    /// Nothing follows what was handed out: close with this code.
    pub close: Option<u16>,
}

/// Tasks that have something to look at. They are woken when this is dropped: waking another thread takes longer than most of
/// what a command does, so whoever asked is answered first.
#[derive(Debug, Default)]
#[must_use]
pub struct Wakes {
    /// Mostly there is one.
    first: Option<Waker>,
    others: Vec<Waker>,
}

impl Wakes {
    fn add(&mut self, waker: Option<Waker>) {
        if self.first.is_none() {
            self.first = waker;
        } else {
            self.others.extend(waker);
        }
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        for waker in self.first.take().into_iter().chain(self.others.drain(..)) {
            waker.wake();
        }
    }
}

/// The queue of one connection. Filling it never waits: a reader that lets it overflow is cut off, so that one slow
/// reader costs nobody else anything.
#[derive(Debug)]
pub struct Outbox {
    limit: usize,
    faults: Arc<Faults>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Bytes>,
    bytes: usize,
    close: Option<u16>,
    ask: bool,
    /// Of the task that looks.
    waker: Option<Waker>,
}

impl Outbox {
    /// An empty queue for at most `limit` bytes.
    pub fn new(limit: usize, faults: Arc<Faults>) -> Self {
        Self {
            limit,
            faults,
            state: Mutex::default(),
        }
    }

    /// Where what connections cause is counted.
    pub(super) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Queues a frame. One that does not fit takes all others with it, and the connection is closed.
    pub fn push(&self, frame: Bytes, wakes: &mut Wakes) {
        let mut state = self.state();
        self.add(&mut state, frame);
        wakes.add(state.waker.take());
    }

    /// The same for the task that looks, which looks again before it waits: it is not woken for it.
    pub fn push_own(&self, frame: Bytes) {
        self.add(&mut self.state(), frame);
    }

    fn add(&self, state: &mut State, frame: Bytes) {
        if state.close.is_some() {
            return;
        }
        state.bytes += frame.len() + FRAME_OVERHEAD;
        if state.bytes > self.limit {
            state.frames = VecDeque::new();
            state.close = Some(close::TOO_SLOW);
            self.faults.count(Fault::TooSlow);
        } else {
            state.frames.push_back(frame);
        }
    }

    /// Closes the connection once what is queued is sent; nothing is queued after this. The first code counts; whether it
    /// is this one.
    pub fn close(&self, code: u16) -> bool {
        let mut is_first = false;
        self.change(|state| {
            is_first = state.close.is_none();
            state.close.get_or_insert(code);
        });
        is_first
    }

    /// Has the peer asked whether it is still there.
    pub fn ask(&self) {
        self.change(|state| state.ask = true);
    }

    /// What is to be done now, and has this task woken when there is more. Frames are handed out only where `sending`
    /// says that they can be sent; that the queue has overflowed is told in any case.
    pub fn next(&self, context: &Context<'_>, sending: bool) -> Next {
        let mut state = self.state();
        match &mut state.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        let mut next = Next {
            ask: std::mem::take(&mut state.ask),
            ..Next::default()
        };
        if sending {
            state.hand_out(&mut next.frames);
        }
        if state.frames.is_empty() {
            next.close = state.close;
        }
        next
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.state();
            change(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hand_out(&mut self, to: &mut VecDeque<Bytes>) {
        if self.bytes <= AT_ONCE {
            // All of it, with its room: most queues are empty most of the time.
            *to = std::mem::take(&mut self.frames);
            self.bytes = 0;
            return;
        }
        let mut taken = 0;
        while taken < AT_ONCE
            && let Some(frame) = self.frames.pop_front()
        {
            taken += frame.len();
            self.bytes = self.bytes.saturating_sub(frame.len() + FRAME_OVERHEAD);
            to.push_back(frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Poll, Wake};

    use futures_util::future::poll_fn;

    use super::*;

    fn outbox() -> Outbox {
        Outbox::new(1000, Arc::default())
    }

    fn push(outbox: &Outbox, frame: Bytes) {
        outbox.push(frame, &mut Wakes::default());
    }

    /// What there is at once.
    fn now(outbox: &Outbox, sending: bool) -> Next {
        outbox.next(&Context::from_waker(Waker::noop()), sending)
    }

    fn frames<const N: usize>(frames: [&'static [u8]; N]) -> VecDeque<Bytes> {
        frames.map(Bytes::from_static).into()
    }

    #[test]
    fn in_order_and_closed_at_the_end() {
        let outbox = outbox();
        push(&outbox, Bytes::from_static(b"one"));
        push(&outbox, Bytes::from_static(b"two"));
        outbox.close(close::ENDED);
        outbox.close(close::VACATED);
        push(&outbox, Bytes::from_static(b"late"));
        assert_eq!(now(&outbox, false), Next::default(), "nothing can be sent");
        let all = now(&outbox, true);
        assert_eq!(all.frames, frames([b"one", b"two"]));
        assert_eq!(all.close, Some(close::ENDED));
    }

    #[test]
    fn so_much_at_a_time() {
        let outbox = Outbox::new(1 << 20, Arc::default());
        let frame = Bytes::from(vec![0; AT_ONCE / 2]);
        for _ in 0..3 {
            push(&outbox, frame.clone());
        }
        outbox.close(close::ENDED);
        let first = now(&outbox, true);
        assert_eq!((first.frames.len(), first.close), (2, None));
        let last = now(&outbox, true);
        assert_eq!((last.frames.len(), last.close), (1, Some(close::ENDED)));
    }

    #[test]
    fn bounded_by_bytes_that_wait() {
        let outbox = outbox();
        let frame = Bytes::from(vec![0; 436]);
        for _ in 0..100 {
            push(&outbox, frame.clone());
            push(&outbox, frame.clone());
            assert_eq!(now(&outbox, true).frames.len(), 2);
        }
        push(&outbox, frame.clone());
        push(&outbox, frame.clone());
        push(&outbox, Bytes::new());
        let next = now(&outbox, false);
        assert_eq!((next.frames.len(), next.close), (0, Some(close::TOO_SLOW)));
        assert_eq!(outbox.faults.take().as_deref(), Some("slow readers 1"));
    }

    #[test]
    fn many_empty_frames_are_bounded_too() {
        let outbox = outbox();
        for _ in 0..100 {
            push(&outbox, Bytes::new());
        }
        assert_eq!(now(&outbox, true).close, Some(close::TOO_SLOW));
    }

    #[test]
    fn whoever_looks_is_not_woken_for_its_own() {
        let (outbox, woken) = (outbox(), Arc::new(Woken::default()));
        let waker = Waker::from(Arc::clone(&woken));
        outbox.next(&Context::from_waker(&waker), true);
        outbox.push_own(Bytes::from_static(b"own"));
        assert!(!woken.0.load(Ordering::Relaxed));
        let mut later = Wakes::default();
        outbox.push(Bytes::from_static(b"another's"), &mut later);
        assert!(!woken.0.load(Ordering::Relaxed), "who asked is answered first");
        drop(later);
        assert!(woken.0.load(Ordering::Relaxed));
        assert_eq!(
            now(&outbox, true).frames,
            VecDeque::from(["own", "another's"].map(Bytes::from))
        );
    }

    #[test]
    fn all_that_have_something_to_look_at_are_woken() {
        let mut later = Wakes::default();
        let woken: [Arc<Woken>; 3] = Default::default();
        for woken in &woken {
            let (outbox, waker) = (outbox(), Waker::from(Arc::clone(woken)));
            outbox.next(&Context::from_waker(&waker), true);
            outbox.push(Bytes::new(), &mut later);
        }
        drop(later);
        assert!(woken.iter().all(|woken| woken.0.load(Ordering::Relaxed)));
    }

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn whoever_looks_is_woken() {
        let outbox = Arc::new(outbox());
        let wakes: [fn(&Outbox); 3] = [
            |outbox| push(outbox, Bytes::new()),
            Outbox::ask,
            |outbox| assert!(outbox.close(close::ENDED)),
        ];
        for wake in wakes {
            let looking = Arc::clone(&outbox);
            let (looks, looked) = tokio::sync::oneshot::channel();
            let mut looks = Some(looks);
            let task = tokio::spawn(poll_fn(move |context| {
                let next = looking.next(context, true);
                if let Some(looks) = looks.take() {
                    looks.send(()).unwrap();
                }
                if next == Next::default() {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            }));
            looked.await.unwrap();
            wake(&outbox);
            task.await.unwrap();
        }
    }
}
