//! The names by which machine and database know what they must not know: keyed hashes, made in
//! [`crate::pepper`].

use sotto_protocol::codec::{Buffer, Decode, DecodeError, Encode, Reader};
use subtle::{Choice, ConstantTimeEq};

macro_rules! keyed_hash {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes the bytes as they are.
            pub const fn new(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = std::array::TryFromSliceError;

            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                bytes.try_into().map(Self)
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut Buffer) {
                self.0.encode(out);
            }
        }

        impl Decode<'_> for $name {
            fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Decode::decode(from).map(Self)
            }
        }

        impl ConstantTimeEq for $name {
            fn ct_eq(&self, other: &Self) -> Choice {
                self.0.ct_eq(&other.0)
            }
        }

        /// Shows the type, never the bytes.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
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
