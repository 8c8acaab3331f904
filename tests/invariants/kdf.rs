//! HKDF-SHA256 by its definition (RFC 5869, one block), apart from the crypto crate, which shows its keys to nobody.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `HMAC-SHA256(key, data)`, which is `HKDF-Extract` with the key as salt.
pub(crate) fn extract(salt: &[u8], data: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(salt).expect("HMAC takes a key of any length");
    mac.update(data);
    mac.finalize().into_bytes().into()
}

/// `expand(key, label, context, 32)` of `docs/crypto.md`.
pub(crate) fn expand(key: &[u8; 32], label: &str, context: &[u8]) -> [u8; 32] {
    let block = [b"sotto/1/", label.as_bytes(), &[0], context, &[1]].concat();
    extract(key, &block)
}
