//! Encoding and strict decoding: the part of CBOR (RFC 8949) that frames are made of, in its one deterministic form
//! (section 4.2): unsigned integers, byte and text strings, arrays, maps with sorted keys, true, false and null, with
//! the shortest heads and definite lengths. Whatever else there is in CBOR is refused as it is met, so that each value
//! has exactly one encoding. `docs/decisions/strict-cbor.md` says why this is not a library's.
//!
//! A structure is an array of its fields, a choice an array that begins with its number, an absent option `null`.
//! [`record!`](crate::record) and [`choice!`](crate::choice) say so of a type in one line.

mod shapes;

use alloc::vec::Vec;

/// Why bytes were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not CBOR of the expected shape.
    #[error("not of the expected shape")]
    Malformed,
    /// A choice has a number that this version does not know.
    #[error("of a kind that this version does not know")]
    Unknown,
    /// The bytes mean something, but are not the one deterministic encoding of it.
    #[error("not encoded deterministically")]
    NotDeterministic,
}

/// The first three bits of an item (RFC 8949, section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is the major type of that name")]
pub enum Major {
    Unsigned = 0,
    Bytes = 2,
    Text = 3,
    Array = 4,
    Map = 5,
}

/// Where encodings go.
pub type Buffer = Vec<u8>;

const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;

/// What has an encoding.
pub trait Encode {
    /// Appends the one encoding of the value.
    fn encode(&self, out: &mut Vec<u8>);

    /// Appends a list of values: an array, but for bytes, which are a byte string.
    fn encode_list(list: &[Self], out: &mut Vec<u8>)
    where
        Self: Sized,
    {
        encode_head(Major::Array, list.len() as u64, out);
        for value in list {
            value.encode(out);
        }
    }
}

/// What can be read from its one encoding.
pub trait Decode<'b>: Sized {
    /// Reads a value.
    fn decode(from: &mut Reader<'b>) -> Result<Self, DecodeError>;

    /// Reads a list of values.
    fn decode_list(from: &mut Reader<'b>) -> Result<Vec<Self>, DecodeError> {
        let count = from.head(Major::Array)?;
        // Grows as values come: a length is a promise that the bytes may not keep.
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(Self::decode(from)?);
        }
        Ok(list)
    }
}

/// The one encoding of a value.
pub fn encode<T: Encode>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    bytes
}

/// The value of exactly these bytes.
///
/// Allocates at most a small multiple of the bytes' own length.
pub fn decode<'b, T: Decode<'b>>(bytes: &'b [u8]) -> Result<T, DecodeError> {
    let mut reader = Reader { rest: bytes };
    let value = T::decode(&mut reader)?;
    if reader.rest.is_empty() {
        Ok(value)
    } else {
        Err(DecodeError::Malformed)
    }
}

/// Appends the head of an item: its major type, and its value or length in as few bytes as hold it.
#[inline(never)]
pub fn encode_head(major: Major, value: u64, out: &mut Vec<u8>) {
    let major = (major as u8) << 5;
    let bytes = value.to_be_bytes();
    let (code, length) = match value {
        #[expect(clippy::cast_possible_truncation, reason = "below 24")]
        0..24 => (value as u8, 0),
        24..0x100 => (24, 1),
        0x100..0x1_0000 => (25, 2),
        0x1_0000..0x1_0000_0000 => (26, 4),
        _ => (27, 8),
    };
    out.push(major | code);
    out.extend(bytes.iter().skip(bytes.len() - length));
}

/// What is left of the bytes that are read.
#[derive(Debug)]
pub struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    /// The value or length of the next item, which must be of this major type.
    #[inline(never)]
    pub fn head(&mut self, major: Major) -> Result<u64, DecodeError> {
        let (&first, rest) = self.rest.split_first().ok_or(DecodeError::Malformed)?;
        if first >> 5 != major as u8 {
            return Err(DecodeError::Malformed);
        }
        self.rest = rest;
        let code = first & 0x1f;
        let (length, least) = match code {
            0..24 => return Ok(code.into()),
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            31 => return Err(DecodeError::NotDeterministic),
            _ => return Err(DecodeError::Malformed),
        };
        let value = self
            .take(length)?
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte));
        if value < least {
            return Err(DecodeError::NotDeterministic);
        }
        Ok(value)
    }

    /// Begins an array that must have this many items.
    pub fn array(&mut self, count: u64) -> Result<(), DecodeError> {
        if self.head(Major::Array)? == count {
            Ok(())
        } else {
            Err(DecodeError::Malformed)
        }
    }

    /// Begins a choice: how many items its array has, and its number.
    pub fn choice(&mut self) -> Result<(u64, u64), DecodeError> {
        let count = self.head(Major::Array)?;
        Ok((count, self.head(Major::Unsigned)?))
    }

    /// A byte string.
    pub fn bytes(&mut self) -> Result<&'b [u8], DecodeError> {
        self.string(Major::Bytes)
    }

    #[inline(never)]
    fn string(&mut self, major: Major) -> Result<&'b [u8], DecodeError> {
        let length = self.head(major)?;
        self.take(usize::try_from(length).map_err(|_| DecodeError::Malformed)?)
    }

    /// The next bytes as they are.
    fn take(&mut self, length: usize) -> Result<&'b [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(DecodeError::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Whether the next byte is this one; it is then read.
    fn skip(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }
}
