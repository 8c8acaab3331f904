//! The functions that `www/stretcher.js` calls.

#![expect(unreachable_pub, reason = "JavaScript reaches what Rust does not")]

// Links the allocator and the panic handler.
use sotto_wasm_runtime as _;

use alloc::vec::Vec;

use sotto_crypto::Typed;
use sotto_protocol::{CommandKind, Nonce, Subject, hash};
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

/// Argon2id over a phrase or a passcode: see [`crate::stretch`].
#[wasm_bindgen]
pub fn stretch(is_phrase: bool, text: Vec<u8>, salt: &[u8]) -> Option<Vec<u8>> {
    let text = Zeroizing::new(text);
    let what = if is_phrase { Typed::Phrase } else { Typed::Passcode };
    crate::stretch(what, &text, salt.try_into().ok()?).map(|out| out.to_vec())
}

/// Lets the browser compile Argon2id's inner loop before it is needed.
#[wasm_bindgen]
pub fn warm_up() {
    // What cannot be warmed up fails when it is needed, and says so then.
    let _ = sotto_crypto::warm_up();
}

/// Solves a puzzle; empty if it is none.
#[wasm_bindgen]
pub fn solve(nonce: &[u8], kind: u8, subject: &[u8], bits: u8) -> Vec<u8> {
    let kinds = [
        CommandKind::Create,
        CommandKind::Claim,
        CommandKind::Open,
        CommandKind::Invitation,
    ];
    let kind = kinds.into_iter().find(|candidate| *candidate as u8 == kind);
    match (Nonce::try_from(nonce), kind, Subject::try_from(subject)) {
        (Ok(nonce), Some(kind), Ok(subject)) => hash::solve(&nonce, kind, &subject, bits).as_bytes().to_vec(),
        _ => Vec::new(),
    }
}
