//! Byte strings of fixed length, each a type of its own, so that none can stand in for another.

/// Declares a byte string of fixed length: `byte_string!(/** What it is. */ Proof, 16);`
#[macro_export]
macro_rules! byte_string {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// The length in bytes.
            pub const LENGTH: usize = $length;

            /// Takes the bytes as they are.
            pub const fn new(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl From<[u8; $length]> for $name {
            fn from(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = core::array::TryFromSliceError;

            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                bytes.try_into().map(Self)
            }
        }

        /// Shows the type, never the bytes: some are secret, and none belongs in a log.
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl $crate::Encode for $name {
            fn encode(&self, out: &mut $crate::codec::Buffer) {
                self.0.encode(out);
            }
        }

        impl $crate::Decode<'_> for $name {
            fn decode(from: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::DecodeError> {
                $crate::Decode::decode(from).map(Self)
            }
        }
    };
}

byte_string!(
    /// The only name that the relay knows of a room.
    RoomHash, 32
);
byte_string!(
    /// What a puzzle is priced and solved for: a room hash, or the id of an invitation.
    Subject, 32
);
byte_string!(
    /// The hash of one revision of a message: see [`crate::hash::message_hash`].
    MessageHash, 32
);
byte_string!(
    /// The hash of a card as it is stored: see [`crate::hash::card_hash`].
    CardHash, 32
);
byte_string!(
    /// A message's commitment to its content key.
    Commit, 32
);
byte_string!(
    /// A message's random id, the same in all its revisions.
    MessageId, 16
);
byte_string!(
    /// A MAC by which one seat shows another that it caused an event.
    Proof, 16
);
byte_string!(
    /// What opens a seat; the relay keeps a keyed hash of it.
    AccessKey, 32
);
byte_string!(
    /// What claims a free seat, once; derived from its one-time code.
    Token, 32
);
byte_string!(
    /// What shows that one knows the word without which a relay makes no room: see [`crate::hash::word_hash`].
    WordHash, 32
);
byte_string!(
    /// What the relay looks a sealed invitation up by.
    InvitationId, 32
);
byte_string!(
    /// What the relay gives a seat that was opened, in place of a puzzle the next time.
    Ticket, 32
);
byte_string!(
    /// The random part of a puzzle.
    Nonce, 16
);
byte_string!(
    /// The answer to a puzzle.
    Solution, 8
);
byte_string!(
    /// The deployment's public salt.
    Salt, 16
);

impl RoomHash {
    /// What an attempt on this room is priced by.
    pub const fn subject(&self) -> Subject {
        Subject::new(self.0)
    }
}

impl InvitationId {
    /// What an attempt on this invitation is priced by.
    pub const fn subject(&self) -> Subject {
        Subject::new(self.0)
    }
}

impl MessageHash {
    /// What `prev` is at turn 1, and what an end of the room is proved over while there was no message.
    pub const NONE: Self = Self([0; 32]);
}
