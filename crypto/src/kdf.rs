//! `expand`, `extract` and `hash`: HKDF-SHA256 and SHA-256 behind tags. `docs/crypto.md`, "Notation".
//!
//! Never inlined: each would be copied into dozens of callers, and the page would load all of them.

use alloc::vec::Vec;

use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::labels::{KEY_LEN, tag};

/// `expand(k, label, c, n) = HKDF-Expand(k, tag(label) || c, n)`, with `n` the array's length.
///
/// `context` must be of fixed length for its label: callers pass arrays.
#[inline(never)]
pub(crate) fn expand<const N: usize>(
    key: &[u8; KEY_LEN],
    label: &str,
    context: &[&[u8]],
) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * KEY_LEN) };
    let [prefix, name, end] = tag(label);
    let info: Vec<&[u8]> = [prefix, name, end]
        .into_iter()
        .chain(context.iter().copied())
        .collect();
    let mut out = Zeroizing::new([0; N]);
    #[expect(
        clippy::expect_used,
        reason = "32 bytes are a key for HKDF-SHA256, and N is checked at compile time"
    )]
    Hkdf::<Sha256>::from_prk(key)
        .map_err(|_| ())
        .and_then(|hkdf| hkdf.expand_multi_info(&info, out.as_mut_slice()).map_err(|_| ()))
        .expect("lengths are fixed");
    out
}

/// `extract(salt, ikm) = HKDF-Extract(salt, ikm)`.
#[inline(never)]
pub(crate) fn extract(salt: &[u8], ikm: &[&[u8]]) -> Zeroizing<[u8; KEY_LEN]> {
    let mut state = hkdf::HkdfExtract::<Sha256>::new(Some(salt));
    for part in ikm {
        state.input_ikm(part);
    }
    let (mut prk, _) = state.finalize();
    let out = Zeroizing::new(prk.into());
    zeroize::Zeroize::zeroize(prk.as_mut_slice());
    out
}

/// `hash(label, c) = SHA-256(tag(label) || c)`.
#[inline(never)]
pub(crate) fn hash(label: &str, context: &[&[u8]]) -> [u8; KEY_LEN] {
    let mut state = Sha256::new();
    for part in tag(label).iter().chain(context) {
        state.update(part);
    }
    state.finalize().into()
}
