//! Encoding and strict decoding.

use minicbor::decode::Decode;
use minicbor::encode::Encode;

/// Why bytes were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not CBOR of the expected shape.
    #[error("not of the expected shape")]
    Malformed,
    /// The outermost number names nothing that this version knows.
    #[error("of a kind that this version does not know")]
    Unknown,
    /// The bytes mean something, but are not the one deterministic encoding of it.
    #[error("not encoded deterministically")]
    NotDeterministic,
}

/// The one encoding of a value.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A Vec takes every write; the error type has no value.
    match minicbor::encode(value, &mut bytes) {
        Ok(()) => bytes,
        Err(_) => Vec::new(),
    }
}

/// The value of exactly these bytes, if they are its one encoding.
///
/// Allocates at most a small multiple of the bytes' own length.
pub fn decode<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, DecodeError> {
    let value: T = minicbor::decode(bytes).map_err(|error| {
        if error.is_unknown_variant() {
            DecodeError::Unknown
        } else {
            DecodeError::Malformed
        }
    })?;
    if encode(&value) == bytes {
        Ok(value)
    } else {
        Err(DecodeError::NotDeterministic)
    }
}
