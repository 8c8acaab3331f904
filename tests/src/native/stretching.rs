//! Argon2id and randomness for native sessions.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use zeroize::Zeroizing;

/// Every run so far: the same input gives the same output, and a test is not there to warm the room.
static RUNS: Mutex<Option<Runs>> = Mutex::new(None);

/// What came out, by what went in.
type Runs = HashMap<(Vec<u8>, [u8; 16]), [u8; 32]>;

/// The real run of Argon2id, once in a process for each input.
pub fn stretched(password: &[u8], salt: &[u8; 16]) -> Option<Zeroizing<[u8; 32]>> {
    let key = (password.to_vec(), *salt);
    let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    let runs = runs.get_or_insert_with(HashMap::new);
    if let Some(known) = runs.get(&key) {
        return Some(Zeroizing::new(*known));
    }
    let bytes = *sotto_crypto::stretch(password, salt).ok()?.as_bytes();
    runs.insert(key, bytes);
    Some(Zeroizing::new(bytes))
}

/// The system's randomness.
pub const fn random() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
