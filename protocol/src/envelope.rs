//! A sealed message as it travels and is stored.

use minicbor::{Decode, Encode};

use crate::codec::{DecodeError, decode, encode};
use crate::{CardHash, Commit, MessageHash, MessageId, Seat, SeatMap, Seats, VERSION, limits};

/// What a message says about itself in the open. The relay reads it; nobody can change it unseen.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Header {
    /// [`VERSION`].
    #[n(0)]
    pub version: u8,
    /// Random, and the same in all revisions of a message.
    #[n(1)]
    pub id: MessageId,
    /// The message's number in its room, from 1.
    #[n(2)]
    pub turn: u64,
    /// The revision, from 0; an edit counts it up by one.
    #[n(3)]
    pub rev: u32,
    /// The author.
    #[n(4)]
    pub seat: Seat,
    /// Every seat that the message is sealed to, its author's included, with the hash of its card.
    #[n(5)]
    pub seats: SeatMap<CardHash>,
    /// The hash of the last revision of the room's last message, standing or deleted.
    #[n(6)]
    pub prev: MessageHash,
    /// The commitment to the content key.
    #[n(7)]
    pub commit: Commit,
}

/// A message with a box for each of its readers.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Envelope {
    /// The header's bytes; hashes run over them as received.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub header: Vec<u8>,
    /// The padded text, sealed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// The content key, sealed to each seat of the header, in their order.
    #[n(2)]
    pub boxes: Vec<minicbor::bytes::ByteVec>,
}

/// A message with the one box that its reader can open.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Sealed {
    /// The header's bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub header: Vec<u8>,
    /// The padded text, sealed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// The content key, sealed to the reader.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub key_box: Vec<u8>,
}

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

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Envelope(..)")
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(..)")
    }
}
