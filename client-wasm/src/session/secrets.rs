//! What a person types, checked before anything is done with it.

use sotto_crypto::{Code, Nickname, NormalPasscode, NormalPhrase, normal, normal_passcode};
use sotto_protocol::limits;

use crate::view::Failure;

/// What a text is to be used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// A room's phrase.
    Phrase,
    /// A passcode.
    Passcode,
    /// A one-time code.
    Code,
    /// A nickname; empty is none.
    Nickname,
    /// A message.
    Text,
}

/// Whether a text can be used as that.
pub fn check_secret(kind: SecretKind, bytes: &[u8]) -> bool {
    match kind {
        SecretKind::Phrase => phrase(bytes).is_ok(),
        SecretKind::Passcode => passcode(bytes).is_ok(),
        SecretKind::Code => code(bytes).is_ok(),
        SecretKind::Nickname => nickname(bytes).is_ok(),
        SecretKind::Text => text(bytes).is_some(),
    }
}

pub(super) fn phrase(bytes: &[u8]) -> Result<NormalPhrase, Failure> {
    let text = str::from_utf8(bytes).map_err(|_| Failure::BadPhrase)?;
    normal(text).map_err(|_| Failure::BadPhrase)
}

pub(super) fn passcode(bytes: &[u8]) -> Result<NormalPasscode, Failure> {
    let text = str::from_utf8(bytes).map_err(|_| Failure::BadPasscode)?;
    normal_passcode(text).map_err(|_| Failure::BadPasscode)
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
