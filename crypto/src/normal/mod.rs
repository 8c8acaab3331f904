//! Phrases and passcodes as bytes: what a person types on one device opens what they typed on another.
//! `docs/crypto.md`, "Normal form".
//!
//! ```text
//! normal          = NFKC, default-ignorable characters dropped, lower case letter by letter, NFKC,
//!                   runs of white space and dashes to one space, trimmed
//! normal_passcode = the same without lower case and dashes
//! ```

#[cfg(test)]
mod tests;
pub(crate) mod unicode;

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use sotto_protocol::limits;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::labels::RAW_MAX;

/// Why a phrase or passcode cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NormalError {
    /// Nothing is left after normalisation.
    #[error("this is empty")]
    Empty,
    /// More than 256 bytes after normalisation, or more than 4096 before.
    #[error("this is too long")]
    TooLong,
    /// A control or private-use character, or one that Unicode has not assigned.
    #[error("this holds a character that cannot be used")]
    Character,
}

macro_rules! normal_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Zeroize, ZeroizeOnDrop, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The bytes that are stretched.
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }

            /// The text, which is its own normal form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

normal_type! {
    /// A phrase in normal form: 1 to 256 bytes.
    NormalPhrase
}
normal_type! {
    /// A passcode in normal form: 1 to 256 bytes.
    NormalPasscode
}

impl NormalPhrase {
    /// Takes a text as one in normal form, from where it was brought into it: another worker, or what was sealed.
    pub fn from_normal(text: &str) -> Result<Self, NormalError> {
        match text.len() {
            0 => Err(NormalError::Empty),
            1..=limits::SECRET_TEXT => Ok(Self(text.to_owned())),
            _ => Err(NormalError::TooLong),
        }
    }
}

/// `normal(phrase)`.
pub fn normal(phrase: &str) -> Result<NormalPhrase, NormalError> {
    normalise(phrase, true).map(NormalPhrase)
}

/// `normal_passcode(passcode)`.
pub fn normal_passcode(passcode: &str) -> Result<NormalPasscode, NormalError> {
    normalise(passcode, false).map(NormalPasscode)
}

fn normalise(raw: &str, phrase: bool) -> Result<String, NormalError> {
    if raw.len() > RAW_MAX {
        return Err(NormalError::TooLong);
    }
    if raw.chars().any(unicode::is_refused) {
        return Err(NormalError::Character);
    }
    // Buffers are large enough from the start, so that growing leaves no copies behind.
    let mut chars = Zeroizing::new(Vec::with_capacity(raw.len()));
    chars.extend(raw.chars());
    let mut text = unicode::nfkc(&chars);
    text.retain(|c| !unicode::is_ignorable(*c));
    if phrase {
        for c in text.iter_mut() {
            *c = unicode::lower(*c);
        }
    }
    let text = unicode::nfkc(&text);
    let mut out = Zeroizing::new(String::with_capacity(text.len() * 4));
    for c in text.iter().copied() {
        if unicode::is_space(c) || (phrase && unicode::is_dash(c)) {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    match out.len() {
        0 => Err(NormalError::Empty),
        1..=limits::SECRET_TEXT => Ok(core::mem::take(&mut *out)),
        _ => Err(NormalError::TooLong),
    }
}
