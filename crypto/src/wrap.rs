//! Sealing with a key and a random nonce: vaults, cards, invitations, locked sessions. `docs/crypto.md`, "Notation".
//!
//! Gives confidentiality and integrity under a key and a context. Does not hide the length. XChaCha20-Poly1305 is not
//! key-committing: every key used here is derived from one secret, so no one can choose two.

use alloc::vec::Vec;

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;
use sotto_protocol::Encode;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    error::OpenError,
    labels::{KEY_LEN, NONCE_LEN, WRAP_LEN, tag},
};

fn aad(label: &str, context: &[&[u8]]) -> Vec<u8> {
    [tag(label).as_slice(), context].concat().concat()
}

/// `wrap(k, label, c, m) = nonce || XChaCha20-Poly1305(k, nonce, m, aad = tag(label) || c)`; nonce: 24 random bytes.
#[inline(never)]
pub(crate) fn wrap<R: CryptoRng>(
    key: &[u8; KEY_LEN],
    label: &str,
    context: &[&[u8]],
    plain: &[u8],
    rng: &mut R,
) -> Vec<u8> {
    let mut nonce = [0; NONCE_LEN];
    rng.fill_bytes(&mut nonce);
    let mut out = Vec::with_capacity(plain.len() + WRAP_LEN);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(plain);
    let (_, text) = out.split_at_mut(NONCE_LEN);
    #[expect(
        clippy::expect_used,
        reason = "the only failure is a plaintext of more than 256 GiB"
    )]
    let tag = XChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached(&XNonce::from(nonce), &aad(label, context), text.into())
        .expect("short plaintext");
    out.extend_from_slice(&tag);
    out
}

/// CBOR of secrets, in a buffer that is wiped and, being large enough from the start, leaves no copies behind.
pub(crate) fn encode_secret<T: Encode>(value: &T, capacity: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    value.encode(&mut bytes);
    bytes
}

/// The reverse of [`wrap`].
#[inline(never)]
pub(crate) fn unwrap(
    key: &[u8; KEY_LEN],
    label: &str,
    context: &[&[u8]],
    wrapped: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (nonce, sealed) = wrapped.split_first_chunk::<NONCE_LEN>().ok_or(OpenError)?;
    let (text, tag) = sealed.split_last_chunk().ok_or(OpenError)?;
    let mut plain = Zeroizing::new(text.to_vec());
    let opened = XChaCha20Poly1305::new(key.into()).decrypt_inout_detached(
        &XNonce::from(*nonce),
        &aad(label, context),
        plain.as_mut_slice().into(),
        &chacha20poly1305::Tag::from(*tag),
    );
    if opened.is_err() {
        plain.zeroize();
        return Err(OpenError);
    }
    Ok(plain)
}
