//! The key derivation of `docs/crypto.md` by its definition (RFC 5869, one block), and the reverse of its `wrap`: apart
//! from the crypto crate, which shows its keys to nobody.

use anyhow::{Context, Result, anyhow};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
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

/// Opens `wrap(key, label, context, m)` of `docs/crypto.md`.
pub(crate) fn unwrap(key: &[u8; 32], label: &str, context: &[u8], wrapped: &[u8]) -> Result<Vec<u8>> {
    let (nonce, sealed) = wrapped.split_first_chunk::<24>().context("no nonce")?;
    let aad = [b"sotto/1/", label.as_bytes(), &[0], context].concat();
    let payload = Payload {
        msg: sealed,
        aad: &aad,
    };
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), payload)
        .map_err(|_| anyhow!("{label} does not open"))
}
