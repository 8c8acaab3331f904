//! The names by which machine and database know what they must not know: keyed hashes, made in
//! [`crate::pepper`].

use sotto_protocol::byte_string;
use subtle::{Choice, ConstantTimeEq};

macro_rules! keyed_hash {
    ($(#[$doc:meta])* $name:ident) => {
        byte_string!($(#[$doc])* $name, 32);

        impl ConstantTimeEq for $name {
            fn ct_eq(&self, other: &Self) -> Choice {
                self.as_bytes().ct_eq(other.as_bytes())
            }
        }
    };
}

keyed_hash!(
    /// What the database calls a room: a keyed hash of its room hash.
    RoomKey
);
keyed_hash!(
    /// What is kept of an access key: a keyed hash, bound to room and seat.
    AccessHash
);
keyed_hash!(
    /// What is kept of an invite token: a keyed hash, bound to room and seat.
    TokenHash
);
keyed_hash!(
    /// What a sealed invitation is looked up by: a keyed hash of its id.
    InvitationKey
);
keyed_hash!(
    /// SHA-256 of an encoded command without its reference: what a retry is known by.
    Digest
);
