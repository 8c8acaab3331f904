//! A sealed message as it travels and is stored.

use alloc::vec::Vec;

use crate::codec::{DecodeError, decode, encode};
use crate::{CardHash, Commit, MessageHash, MessageId, Seat, SeatMap, Seats, VERSION, limits, record};

/// What a message says about itself in the open. The relay reads it; nobody can change it unseen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// [`VERSION`].
    pub version: u8,
    /// Random, and the same in all revisions of a message.
    pub id: MessageId,
    /// The message's number in its room, from 1.
    pub turn: u64,
    /// The revision, from 0; an edit counts it up by one.
    pub rev: u32,
    /// The author.
    pub seat: Seat,
    /// Every seat that the message is sealed to, its author's included, with the hash of its card.
    pub seats: SeatMap<CardHash>,
    /// The hash of the last revision of the room's last message, standing or deleted.
    pub prev: MessageHash,
    /// The commitment to the content key.
    pub commit: Commit,
}

record!(Header {
    version,
    id,
    turn,
    rev,
    seat,
    seats,
    prev,
    commit
});

/// A message with a box for each of its readers.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The header's bytes; hashes run over them as received.
    pub header: Vec<u8>,
    /// The padded text, sealed.
    pub body: Vec<u8>,
    /// The content key, sealed to each seat of the header, in their order.
    pub boxes: Vec<Vec<u8>>,
}

record!(Envelope { header, body, boxes });

/// A message with the one box that its reader can open.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The header's bytes.
    pub header: Vec<u8>,
    /// The padded text, sealed.
    pub body: Vec<u8>,
    /// The content key, sealed to the reader.
    pub key_box: Vec<u8>,
}

record!(Sealed {
    header,
    body,
    key_box
});

/// Why an envelope or a header was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The header's bytes are not a header.
    #[error("header: {0}")]
    Decode(#[from] DecodeError),
    /// Another version byte than 1.
    #[error("header: another version")]
    Version,
    /// Turn 0, a body, a box or a header of a length that no client makes, or the author is not among the seats.
    #[error("envelope: not of the form that section 'A message' asks for")]
    Form,
}

impl Header {
    /// Reads a header and checks all of it that needs no key and no room.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        if bytes.len() > limits::HEADER {
            return Err(HeaderError::Form);
        }
        let header: Self = decode(bytes)?;
        if header.version != VERSION {
            return Err(HeaderError::Version);
        }
        if header.turn == 0 || !header.seats.contains_key(&header.seat) {
            return Err(HeaderError::Form);
        }
        Ok(header)
    }

    /// The header's bytes.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// The seats that the message is sealed to.
    pub fn readers(&self) -> Seats {
        self.seats.keys().copied().collect()
    }
}

impl Envelope {
    /// Reads the header and checks that body and boxes have the lengths and the number that belong to it.
    pub fn parse_header(&self) -> Result<Header, HeaderError> {
        let header = Header::parse(&self.header)?;
        let fits = limits::is_body_length(self.body.len())
            && self.boxes.len() == header.seats.len()
            && self.boxes.iter().all(|key_box| key_box.len() == limits::BOX);
        if fits { Ok(header) } else { Err(HeaderError::Form) }
    }
}

impl core::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Envelope(..)")
    }
}

impl core::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Sealed(..)")
    }
}
