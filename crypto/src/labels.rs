//! Every label, length and version of Sotto's cryptography, in one place.
//!
//! A label never reaches a primitive bare: it goes through `tag`, whose closing zero byte makes it impossible that
//! one tag begins another. A test below holds the whole table to that, the protocol's own labels included.
//! See `docs/crypto.md`, "Notation".

use sotto_protocol::limits;

/// The version byte: one version, one suite. Another suite would be version 2 and another sub-protocol.
pub const VERSION: u8 = 1;

/// What every tag begins with.
pub const PREFIX: &[u8] = b"sotto/1/";

/// `tag(label) = "sotto/1/" || label || 0x00`, as the parts that are fed to a hash one after the other.
pub(crate) const fn tag(label: &str) -> [&[u8]; 3] {
    [PREFIX, label.as_bytes(), &[0]]
}

/// Salts of `extract`, and the identifier of the HPKE pre-shared key: fixed strings that are no tags.
pub(crate) mod salts {
    pub(crate) const ROOM: &[u8] = b"sotto/1/room";
    pub(crate) const INVITATION: &[u8] = b"sotto/1/invitation";
    pub(crate) const LOCK: &[u8] = b"sotto/1/lock";
    pub(crate) const PSK_ID: &[u8] = b"sotto/1/box";
}

macro_rules! labels {
    ($($name:ident = $text:literal, $why:literal;)*) => {
        $(#[doc = $why] pub(crate) const $name: &str = $text;)*
        /// Every label of this crate, for the test of the table.
        #[cfg(test)]
        pub(crate) const ALL: &[&str] = &[$($name),*];
    };
}

labels! {
    HASH = "hash", "`room_hash` from `room_secret`";
    CARD = "card", "`card_key` from `room_secret`, and the aad of a card: never under the same key";
    INVITE = "invite", "`invite_key` from `room_secret`";
    PAIR = "pair", "`pair_salt` from `room_secret`";
    PASS_KEY = "pass-key", "`pass_key` from `room_secret`";
    PASS_SALT = "pass-salt", "`pass_salt` from `room_secret`";
    ACCESS = "access", "`access_key(s)` from `pass_secret`";
    VAULT = "vault", "`vault_key(s)` from `pass_secret`, and the aad of a vault";
    X25519 = "x25519", "the X25519 secret key from `seat_seed`";
    X_WING = "x-wing", "the X-Wing decapsulation key from `seat_seed`";
    SELF = "self", "the secret that a seat shares with itself, from `seat_seed`";
    FINGERPRINT = "fingerprint", "the hash of a seat's number and public keys";
    TOKEN = "token", "`invite_token` from a code";
    ID = "id", "`invitation_id` from an invitation";
    SEAL = "seal", "the key of a sealed invitation";
    INVITATION = "invitation", "the aad of a sealed invitation";
    LOCK = "lock", "`lock_key`";
    LOCKED = "locked", "the aad of a locked session";
    BOX = "box", "`psk(i->j)` from `pair(i,j)`, and the start of a box's info";
    PROOF = "proof", "`proof_key(i->j)` from `pair(i,j)`, and the start of what a proof is over";
    COMMIT = "commit", "the commitment to a message's content key";
    BODY = "body", "the aad of a message's body";
}

/// Bytes in a key, a secret, a hash and a public X25519 key.
pub const KEY_LEN: usize = 32;
/// Bytes in the salt that a deployment announces, and in `pass_salt`.
pub const SALT_LEN: usize = 16;
/// Bytes in an XChaCha20-Poly1305 nonce.
pub const NONCE_LEN: usize = 24;
/// What `wrap` adds to a plaintext.
pub const WRAP_LEN: usize = NONCE_LEN + limits::TAG;
/// Bytes in an X-Wing public key.
pub const KEM_PUBLIC_LEN: usize = 1216;
/// Bytes in an X-Wing encapsulated key.
pub const KEM_ENC_LEN: usize = 1120;
/// Bytes in a box: the encapsulated key, the content key, a tag.
pub const BOX_LEN: usize = KEM_ENC_LEN + KEY_LEN + limits::TAG;
/// Bytes in an invitation.
pub const INVITATION_LEN: usize = 16;
/// Most bytes in a phrase or passcode before it is normalised, so that the work is bounded.
pub const RAW_MAX: usize = 4096;
/// Bytes in a card's plaintext.
pub const CARD_PLAIN_LEN: usize = KEY_LEN + KEM_PUBLIC_LEN + limits::NICKNAME_PADDED;
/// Bytes in a sealed invitation's padded plaintext.
pub const INVITATION_PADDED: usize = limits::INVITATION - WRAP_LEN;

// The relay checks lengths without this crate: what `limits` says is what is made here.
const _: () = {
    assert!(WRAP_LEN == limits::WRAP);
    assert!(BOX_LEN == limits::BOX);
    assert!(CARD_PLAIN_LEN + WRAP_LEN == limits::CARD);
    assert!(KEY_LEN + WRAP_LEN == limits::VAULT);
    let [.., longest] = limits::PADDED;
    assert!(limits::TEXT + 1 == longest);
    assert!(VERSION == sotto_protocol::VERSION);
};

/// Argon2id, RFC 9106: 64 MiB, three passes, one lane. Constants, never taken from the wire.
pub mod argon2id {
    /// KiB of memory.
    pub const MEMORY_KIB: u32 = 64 * 1024;
    /// Passes over the memory.
    pub const PASSES: u32 = 3;
    /// Lanes.
    pub const LANES: u32 = 1;
}

#[cfg(test)]
mod tests {
    use super::{ALL, PREFIX, tag};
    use sotto_protocol::hash::{MESSAGE, PUZZLE};

    fn tags() -> Vec<Vec<u8>> {
        ALL.iter()
            .chain(&[MESSAGE, PUZZLE])
            .map(|label| tag(label).concat())
            .collect()
    }

    /// Without this, two formulas could hash the same bytes.
    #[test]
    fn no_tag_begins_another() {
        let tags = tags();
        for (i, a) in tags.iter().enumerate() {
            for (j, b) in tags.iter().enumerate() {
                assert!(i == j || !b.starts_with(a), "{a:?} begins {b:?}");
            }
        }
    }

    #[test]
    fn a_tag_is_prefix_label_zero() {
        assert_eq!(tag("hash").concat(), b"sotto/1/hash\0");
        for tag in tags() {
            assert!(tag.starts_with(PREFIX));
            assert_eq!(tag.iter().position(|byte| *byte == 0), Some(tag.len() - 1));
        }
    }
}
