//! The one message, as it is on screen.

use alloc::string::String;

use sotto_crypto::Text;
use sotto_protocol::{CardHash, Header, MessageHash, Seat, SeatMap};

/// The message that stands, as far as it was accepted.
pub(super) struct Shown {
    pub(super) turn: u64,
    pub(super) rev: u32,
    pub(super) author: Seat,
    pub(super) hash: MessageHash,
    /// Header and text; none where it was not sealed to my seat.
    pub(super) opened: Option<(Header, Written)>,
    /// The relay says that it was read.
    pub(super) was_read: bool,
    /// Who proved to have read which revision; mine as the relay has it.
    pub(super) receipts: SeatMap<Reading>,
    /// Its author proved to me to have read the message that it answers.
    pub(super) answer_was_receipt: bool,
}

/// That a seat read a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) hash: MessageHash,
    /// The card that the seat held: another holder of the seat has not read it.
    pub(super) card: CardHash,
}

/// A text, opened or my own.
pub(super) enum Written {
    /// Came from the relay.
    Opened(Text),
    /// I wrote it in this tab.
    Mine(zeroize::Zeroizing<String>),
}

impl Written {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Opened(text) => text.as_str(),
            Self::Mine(text) => text,
        }
    }
}

impl Shown {
    /// A message that was opened, or that is mine.
    pub(super) fn opened(header: Header, hash: MessageHash, text: Written) -> Self {
        Self {
            turn: header.turn,
            rev: header.rev,
            author: header.seat,
            hash,
            opened: Some((header, text)),
            was_read: false,
            receipts: SeatMap::new(),
            answer_was_receipt: false,
        }
    }

    /// A message that is not sealed to my seat.
    pub(super) fn unsealed(turn: u64, rev: u32, author: Seat, hash: MessageHash) -> Self {
        let receipts = SeatMap::new();
        Self {
            turn,
            rev,
            author,
            hash,
            opened: None,
            was_read: false,
            receipts,
            answer_was_receipt: false,
        }
    }

    /// The text, if I have it.
    pub(super) fn text(&self) -> Option<&str> {
        self.opened.as_ref().map(|(_, text)| text.as_str())
    }

    /// What the header says, if it was opened.
    pub(super) fn header(&self) -> Option<&Header> {
        self.opened.as_ref().map(|(header, _)| header)
    }

    /// Whether it can no longer be edited or deleted.
    pub(super) fn is_read(&self) -> bool {
        self.was_read || !self.receipts.is_empty()
    }
}
