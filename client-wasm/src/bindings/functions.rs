//! What the workers need besides the session.

use alloc::{string::ToString, vec::Vec};

use sotto_protocol::{CommandKind, Nonce, Subject, hash};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::{SecretKind, check_secret};

/// How many words the list has.
const WORDS: u16 = 7776;

/// Argon2id over a normalised phrase or passcode.
#[wasm_bindgen]
pub fn stretch(password: Vec<u8>, salt: &[u8]) -> Result<Vec<u8>, JsError> {
    let password = Zeroizing::new(password);
    let salt = salt
        .try_into()
        .map_err(|_| JsError::new("the salt has 16 bytes"))?;
    let stretched =
        sotto_crypto::stretch(&password, &salt).map_err(|error| JsError::new(&error.to_string()))?;
    Ok(stretched.as_bytes().to_vec())
}

/// Lets the browser compile Argon2id's inner loop before it is needed.
#[wasm_bindgen]
pub fn warm_up() {
    // What cannot be warmed up fails when it is needed, and says so then.
    let _ = sotto_crypto::warm_up();
}

/// Solves a puzzle.
#[wasm_bindgen]
pub fn solve(nonce: &[u8], kind: u8, subject: &[u8], bits: u8) -> Result<Vec<u8>, JsError> {
    let wrong = || JsError::new("not a puzzle");
    let nonce = Nonce::try_from(nonce).map_err(|_| wrong())?;
    let subject = Subject::try_from(subject).map_err(|_| wrong())?;
    let kind = [
        CommandKind::Create,
        CommandKind::Claim,
        CommandKind::Open,
        CommandKind::Invitation,
    ]
    .into_iter()
    .find(|candidate| *candidate as u8 == kind)
    .ok_or_else(wrong)?;
    Ok(hash::solve(&nonce, kind, &subject, bits).as_bytes().to_vec())
}

/// Numbers below 7776, each as likely as every other.
#[wasm_bindgen]
pub fn random_indices(count: usize) -> Result<Vec<u16>, JsError> {
    // The largest multiple of WORDS that 16 bits hold; what lies above would make the first words likelier.
    const LIMIT: u16 = WORDS * (u16::MAX / WORDS);
    let mut indices = Vec::with_capacity(count);
    while indices.len() < count {
        let mut bytes = [0; 2];
        getrandom::fill(&mut bytes).map_err(|_| JsError::new("the browser gave no randomness"))?;
        let number = u16::from_le_bytes(bytes);
        if number < LIMIT {
            indices.push(number % WORDS);
        }
    }
    Ok(indices)
}

/// Whether a text can be used as what `kind` names.
#[wasm_bindgen]
pub fn check(kind: &str, bytes: Vec<u8>) -> bool {
    let bytes = Zeroizing::new(bytes);
    let kind = match kind {
        "phrase" => SecretKind::Phrase,
        "passcode" => SecretKind::Passcode,
        "code" => SecretKind::Code,
        "nickname" => SecretKind::Nickname,
        "text" => SecretKind::Text,
        _ => return false,
    };
    check_secret(kind, &bytes)
}
