//! The function that `www/views/qr.js` calls.

#![expect(unreachable_pub, reason = "JavaScript reaches what Rust does not")]

// Links the allocator and the panic handler.
use sotto_wasm_runtime as _;

use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

/// See [`crate::modules`].
#[wasm_bindgen]
pub fn modules(text: &str) -> Vec<u8> {
    crate::modules(text)
}
