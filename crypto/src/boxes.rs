//! Boxes: a message's content key, sealed to one reader by one writer. `docs/crypto.md`, "A message".
//!
//! HPKE in PSK mode (RFC 9180) over X-Wing. The KEM keeps a recorded box closed, also to a quantum computer; the
//! pre-shared key shows the reader which seat wrote; `info` binds the box to one header and body and to one reader, so
//! that a reader of a larger room cannot put another text under it.

use alloc::vec::Vec;

use hpke::{
    Deserializable, OpModeR, OpModeS, PskBundle, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::XWing, single_shot_open, single_shot_seal_with_rng,
};
use rand_core::CryptoRng;
use sotto_protocol::MessageHash;
use zeroize::Zeroizing;

use crate::{
    error::OpenError,
    labels::{self, BOX_LEN, KEM_ENC_LEN, KEY_LEN, salts, tag},
    room::Key,
    seat::{Fingerprint, KemPrivate, KemPublic},
};

type Enc = <XWing as hpke::Kem>::EncappedKey;

fn info(message: &MessageHash, reader: &Fingerprint) -> Vec<u8> {
    let [prefix, name, end] = tag(labels::BOX);
    [prefix, name, end, message.as_bytes(), &reader.0].concat()
}

/// ```text
/// box_j = HPKE.Seal-PSK(kem_j.pk, info = tag("box") || message_hash || fingerprint(j), aad = "",
///                       psk = psk(me->j), psk_id = "sotto/1/box", content_key)
/// ```
pub(crate) fn seal<R: CryptoRng>(
    reader: &KemPublic,
    fingerprint: &Fingerprint,
    psk: &Key,
    message: &MessageHash,
    content_key: &[u8; KEY_LEN],
    rng: &mut R,
) -> Result<Vec<u8>, OpenError> {
    let mode = OpModeS::Psk(PskBundle::new(&psk.0, salts::PSK_ID).map_err(|_| OpenError)?);
    let (enc, sealed) = single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &mode,
        reader,
        &info(message, fingerprint),
        content_key,
        &[],
        rng,
    )
    .map_err(|_| OpenError)?;
    let mut out = Vec::with_capacity(BOX_LEN);
    out.extend_from_slice(&enc.to_bytes());
    out.extend_from_slice(&sealed);
    Ok(out)
}

/// The reverse of [`seal`], by the reader.
pub(crate) fn open(
    reader: &KemPrivate,
    fingerprint: &Fingerprint,
    psk: &Key,
    message: &MessageHash,
    key_box: &[u8],
) -> Result<Zeroizing<[u8; KEY_LEN]>, OpenError> {
    let (enc, sealed) = key_box.split_at_checked(KEM_ENC_LEN).ok_or(OpenError)?;
    let enc = Enc::from_bytes(enc).map_err(|_| OpenError)?;
    let mode = OpModeR::Psk(PskBundle::new(&psk.0, salts::PSK_ID).map_err(|_| OpenError)?);
    let plain = single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &mode,
        reader,
        &enc,
        &info(message, fingerprint),
        sealed,
        &[],
    )
    .map(Zeroizing::new)
    .map_err(|_| OpenError)?;
    let key: &[u8; KEY_LEN] = plain.as_slice().try_into().map_err(|_| OpenError)?;
    Ok(Zeroizing::new(*key))
}
