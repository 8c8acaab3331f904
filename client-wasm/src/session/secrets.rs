//! What a person types, checked before anything is done with it.

use sotto_crypto::{Code, Nickname, labels};
use sotto_protocol::limits;
use zeroize::Zeroizing;

use super::io::Secret;
use crate::view::Failure;

/// What was typed as a phrase or passcode. Only the stretcher knows Unicode and whether it can be used; that nothing was
/// typed, or far too much, is told before a relay is needed.
pub(super) fn typed(bytes: &[u8], bad: Failure) -> Result<Secret, Failure> {
    match str::from_utf8(bytes) {
        Ok(text) if !text.trim().is_empty() && text.len() <= labels::RAW_MAX => {
            Ok(Zeroizing::new(bytes.to_vec()))
        }
        _ => Err(bad),
    }
}

pub(super) fn code(bytes: &[u8]) -> Result<Code, Failure> {
    let text = str::from_utf8(bytes).map_err(|_| Failure::BadCode)?;
    Code::parse(text).map_err(|_| Failure::BadCode)
}

pub(super) fn nickname(bytes: &[u8]) -> Result<Nickname, Failure> {
    let text = str::from_utf8(bytes).map_err(|_| Failure::BadNickname)?;
    Nickname::parse(text).map_err(|_| Failure::BadNickname)
}

/// A message's text: something in it besides white space, and short enough.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    let text = str::from_utf8(bytes).ok()?;
    (!text.trim().is_empty() && text.len() <= limits::TEXT).then_some(text)
}
