//! Argon2id and randomness for native sessions.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use sotto_client::Secret;
use sotto_crypto::Typed;

/// Every run so far: the same input gives the same output, and a test is not there to warm the room.
static RUNS: Mutex<Option<Runs>> = Mutex::new(None);

/// What came out, by what went in.
type Runs = HashMap<(Typed, Vec<u8>, [u8; 16]), Secret>;

/// What the stretcher gives: the real run of Argon2id, once in a process for each input.
pub fn stretched(what: Typed, text: &[u8], salt: &[u8; 16]) -> Option<Secret> {
    let key = (what, text.to_vec(), *salt);
    let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    let runs = runs.get_or_insert_with(HashMap::new);
    if let Some(known) = runs.get(&key) {
        return Some(known.clone());
    }
    let bytes = sotto_stretcher::stretch(what, text, salt)?;
    runs.insert(key, bytes.clone());
    Some(bytes)
}

/// The system's randomness.
pub const fn random() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
