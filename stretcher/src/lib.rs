//! What takes long and needs no session: Argon2id over what a person typed, and puzzles. It runs in a worker of its own,
//! which the page ends afterwards, and with it the 64 MiB.

#![cfg_attr(all(target_arch = "wasm32", not(test)), no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod bindings;

use alloc::vec::Vec;

use sotto_crypto::{StretchError, Typed, stretch_passcode, stretch_phrase};
use zeroize::Zeroizing;

/// Stretches what was typed, for the session's `Stretched`: 32 bytes and, after them, a phrase in its normal form; nothing
/// at all in it if the text cannot be used; none if there was no memory.
pub fn stretch(what: Typed, text: &[u8], salt: &[u8; 16]) -> Option<Zeroizing<Vec<u8>>> {
    let run = || {
        let text = str::from_utf8(text).unwrap_or_default();
        let mut out = Zeroizing::new(Vec::with_capacity(512));
        match what {
            Typed::Phrase => {
                let (phrase, stretched) = stretch_phrase(text, salt)?;
                out.extend_from_slice(stretched.as_bytes());
                out.extend_from_slice(phrase.as_bytes());
            }
            Typed::Passcode => out.extend_from_slice(stretch_passcode(text, salt)?.as_bytes()),
        }
        Ok(out)
    };
    match run() {
        Ok(out) => Some(out),
        Err(StretchError::Text(_)) => Some(Zeroizing::default()),
        Err(StretchError::Memory | StretchError::Input) => None,
    }
}
