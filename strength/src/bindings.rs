//! The function that `www/worker/strength.js` calls.

#![expect(unreachable_pub, reason = "JavaScript reaches what Rust does not")]

use wasm_bindgen::prelude::wasm_bindgen;

/// See [`crate::guesses`].
#[wasm_bindgen]
pub fn guesses(text: &str) -> f64 {
    crate::guesses(text)
}
