//! Padding, so that a length tells one of four sizes and no more. `docs/crypto.md`, "Padding".
//!
//! `pad` = text, 0x80, zeros up to a step.

use alloc::vec::Vec;

use sotto_protocol::limits::PADDED;
use zeroize::Zeroizing;

use crate::error::OpenError;

/// The mark that ends what was padded.
const MARK: u8 = 0x80;

/// Pads to exactly `size` bytes; `None` if there is no room for text and mark.
pub(crate) fn pad_to(text: &[u8], size: usize) -> Option<Zeroizing<Vec<u8>>> {
    if text.len() >= size {
        return None;
    }
    let mut out = Zeroizing::new(Vec::with_capacity(size));
    out.extend_from_slice(text);
    out.push(MARK);
    out.resize(size, 0);
    Some(out)
}

/// `pad(text)`: to 256, 1024, 4096 or 16384 bytes; `None` for a text of more than 16383.
pub(crate) fn pad(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let size = PADDED.into_iter().find(|step| text.len() < *step)?;
    pad_to(text, size)
}

/// Takes padding off: everything before the last non-zero byte, which must be the mark.
pub(crate) fn unpad(padded: &[u8]) -> Result<&[u8], OpenError> {
    let end = padded.iter().rposition(|byte| *byte != 0).ok_or(OpenError)?;
    let (text, rest) = padded.split_at(end);
    if rest.first() == Some(&MARK) {
        Ok(text)
    } else {
        Err(OpenError)
    }
}

/// The reverse of [`pad`]: only the four sizes, and only the smallest that the text fits, so that a text has one form.
pub(crate) fn unpad_body(padded: &[u8]) -> Result<&[u8], OpenError> {
    let text = unpad(padded)?;
    let size = PADDED.into_iter().find(|step| text.len() < *step);
    if size == Some(padded.len()) {
        Ok(text)
    } else {
        Err(OpenError)
    }
}
