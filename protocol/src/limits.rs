//! Sizes that both sides hold to. All lengths are in bytes.

/// How many seats a room can have.
pub const SEATS: u8 = 8;
/// How many seats a room has at the least.
pub const SEATS_AT_LEAST: u8 = 2;

/// The longest frame in either direction. The longest that can be made is a snapshot of a full room with eight
/// cards and the longest message, at about 30,300.
pub const FRAME: usize = 32 * 1024;

/// An AEAD's tag.
pub const TAG: usize = 16;
/// What `wrap` adds to what it wraps: a nonce of 24 and a tag.
pub const WRAP: usize = 24 + TAG;
/// The lengths that a text is padded to.
pub const PADDED: [usize; 4] = [256, 1024, 4096, 16384];
/// The longest text: the longest padded length, less the byte that ends the text.
pub const TEXT: usize = 16383;
/// A nickname, padded.
pub const NICKNAME_PADDED: usize = 64;
/// The longest nickname.
pub const NICKNAME: usize = 48;

/// A seat's sealed keys.
pub const VAULT: usize = WRAP + 32;
/// A card: an X25519 key (32), an X-Wing key (1216) and a padded nickname, wrapped.
pub const CARD: usize = WRAP + 32 + 1216 + NICKNAME_PADDED;
/// A box: an X-Wing ciphertext (1120) and a sealed content key.
pub const BOX: usize = 1120 + 32 + TAG;
/// A sealed invitation: its content is padded to 512.
pub const INVITATION: usize = WRAP + 512;
/// The longest header: with eight seats.
pub const HEADER: usize = 512;

/// The longest phrase or passcode, normalised.
pub const SECRET_TEXT: usize = 256;
/// How long a code or an invitation stays good, in seconds.
pub const INVITE_SECONDS: u64 = 24 * 60 * 60;
/// How long a puzzle stays good, in seconds.
pub const PUZZLE_SECONDS: u64 = 120;
/// The highest price of an attempt, in bits.
pub const PUZZLE_BITS: u8 = 20;

/// Whether a body has one of the padded lengths.
pub fn is_body_length(length: usize) -> bool {
    PADDED.iter().any(|padded| padded + TAG == length)
}
