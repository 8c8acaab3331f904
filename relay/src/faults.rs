//! Faults that connections cause: counted, never logged one by one, and told at most once a minute as numbers.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::tally::{Kind, Tally};

/// The kinds of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A frame that is not deterministic CBOR of a known shape, or breaks the WebSocket protocol.
    Malformed,
    /// A command that this version does not know.
    Unknown,
    /// A frame that is too long.
    TooLong,
    /// A text frame.
    NotBinary,
    /// A reader that is too slow.
    TooSlow,
    /// A sender that is too fast.
    TooFast,
    /// A request for a WebSocket that is none of ours, or a TLS handshake that failed.
    Handshake,
    /// A connection that broke the relay's code; it ended, the others go on.
    Panic,
    /// A command that could not be stored.
    Unavailable,
    /// A connection that could not be accepted.
    Accept,
    /// A connection or a request more than its source may have.
    Source,
    /// A connection on which no seat was opened, and nothing asked, for too long.
    Unopened,
    /// A request whose head is too long.
    Head,
    /// A connection that came while the relay lets nobody in.
    Draining,
}

/// How many kinds there are.
pub(crate) const NUMBER: usize = KINDS.len();

/// Every kind, with the words that it is logged under.
const KINDS: [(Fault, &str); 14] = [
    (Fault::Malformed, "malformed frames"),
    (Fault::Unknown, "unknown commands"),
    (Fault::TooLong, "frames too long"),
    (Fault::NotBinary, "text frames"),
    (Fault::TooSlow, "slow readers"),
    (Fault::TooFast, "fast senders"),
    (Fault::Handshake, "refused handshakes"),
    (Fault::Panic, "connections ended by a fault of the relay"),
    (Fault::Unavailable, "commands that could not be stored"),
    (Fault::Accept, "connections that could not be accepted"),
    (
        Fault::Source,
        "connections and requests beyond what a source may have",
    ),
    (Fault::Unopened, "connections that opened nothing"),
    (Fault::Head, "heads of requests too long"),
    (Fault::Draining, "connections that came while nobody is let in"),
];

/// The counters.
#[derive(Debug)]
pub struct Faults {
    /// Since they were last told.
    untold: [AtomicU64; KINDS.len()],
    /// These, and all else that is counted.
    tally: Tally,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            untold: array::from_fn(|_| AtomicU64::new(0)),
            tally: Tally::default(),
        }
    }
}

impl Faults {
    /// Counts one.
    pub fn count(&self, fault: Fault) {
        let counter = KINDS
            .iter()
            .zip(&self.untold)
            .find(|((kind, _), _)| *kind == fault);
        if let Some((_, counter)) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.tally.count(Kind::Fault(fault));
    }

    /// What is counted for whoever runs the relay.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What has been counted since the last call, in words; nothing if nothing was.
    pub fn take(&self) -> Option<String> {
        let counted: Vec<String> = KINDS
            .iter()
            .zip(&self.untold)
            .map(|((_, words), counter)| (words, counter.swap(0, Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
            .map(|(words, count)| format!("{words} {count}"))
            .collect();
        (!counted.is_empty()).then(|| counted.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_and_told_once() {
        let faults = Faults::default();
        assert_eq!(faults.take(), None);
        for _ in 0..3 {
            faults.count(Fault::Malformed);
        }
        faults.count(Fault::Accept);
        assert_eq!(
            faults.take().as_deref(),
            Some("malformed frames 3, connections that could not be accepted 1")
        );
        assert_eq!(faults.take(), None);
    }
}
