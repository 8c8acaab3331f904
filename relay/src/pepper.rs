//! The relay's one secret, and all that is made with it.
//!
//! 32 bytes outside the database. A subkey for each use is derived from them (HKDF-SHA256), and with these the
//! database holds keyed hashes in place of names and keys, and ciphertext in place of what people stored: a
//! stolen database alone is noise. It gives nothing against one who has database *and* pepper, beyond what the
//! clients' own cryptography gives.
//!
//! A new pepper is an empty relay: what was stored under the old one can no longer be found or opened, and goes
//! when its time is over.

mod source;

use chacha20poly1305::aead::{Aead as _, AeadInOut as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use sotto_protocol::{AccessKey, InvitationId, RoomHash, Seat, Ticket, Token};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

pub use self::source::{PepperError, PepperSource};
use crate::room::{AccessHash, InvitationKey, RoomKey, TokenHash};

/// The pepper's length in bytes.
pub const LENGTH: usize = 32;
/// The length of the random nonce in front of everything sealed at rest.
const NONCE: usize = 24;
/// What stands behind a sealed value.
pub(crate) const TAG: usize = 16;

/// Something at rest cannot be opened, or nothing can be sealed: one error, whatever the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at rest: cannot be sealed or opened")]
pub struct AtRestError;

/// Where a sealed value stands, so that none can be moved: its table, room, column, and its number there (a
/// message's turn, a seat's number).
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The room.
    pub room: &'a RoomKey,
    /// The column.
    pub column: &'a str,
    /// The number.
    pub number: u64,
}

/// The subkeys. The pepper itself is not kept.
pub struct Pepper {
    room: Zeroizing<[u8; 32]>,
    access: Zeroizing<[u8; 32]>,
    rest: Zeroizing<[u8; 32]>,
    ticket: Zeroizing<[u8; 32]>,
}

impl Pepper {
    /// Reads the pepper, or makes it where its file is the relay's own and does not exist yet.
    pub fn load_or_create(source: &PepperSource) -> Result<Self, PepperError> {
        source.secret().map(|secret| Self::derive(&secret))
    }

    /// `subkey(use) = HKDF-SHA256(salt = "sotto/relay/1", ikm = pepper, info = use)`.
    pub fn derive(secret: &[u8; LENGTH]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"sotto/relay/1"), secret);
        let subkey = |name: &str| {
            let mut key = Zeroizing::new([0; 32]);
            // 32 bytes is far below the limit of 255 * 32, the one error that there is.
            let expanded = hkdf.expand(name.as_bytes(), key.as_mut_slice());
            debug_assert!(expanded.is_ok());
            key
        };
        Self {
            room: subkey("room"),
            access: subkey("access"),
            rest: subkey("rest"),
            ticket: subkey("ticket"),
        }
    }

    /// What the database calls the room.
    pub fn room_key(&self, room: &RoomHash) -> RoomKey {
        RoomKey::new(keyed(&self.room, &[room.as_bytes()]))
    }

    /// What is kept of a seat's access key.
    pub fn access_hash(&self, room: &RoomKey, seat: Seat, key: &AccessKey) -> AccessHash {
        AccessHash::new(keyed(
            &self.access,
            &[b"access", room.as_bytes(), &[seat.number()], key.as_bytes()],
        ))
    }

    /// What is kept of a free seat's token.
    pub fn token_hash(&self, room: &RoomKey, seat: Seat, token: &Token) -> TokenHash {
        TokenHash::new(keyed(
            &self.access,
            &[b"token", room.as_bytes(), &[seat.number()], token.as_bytes()],
        ))
    }

    /// What a sealed invitation is looked up by.
    pub fn invitation_key(&self, id: &InvitationId) -> InvitationKey {
        InvitationKey::new(keyed(&self.access, &[b"invitation", id.as_bytes()]))
    }

    /// What lets the holder of this access key try it again without a puzzle.
    pub fn ticket(&self, room: &RoomKey, seat: Seat, access: &AccessHash) -> Ticket {
        Ticket::new(keyed(
            &self.ticket,
            &[room.as_bytes(), &[seat.number()], access.as_bytes()],
        ))
    }

    /// Whether the ticket is the one for this room, seat and access key; takes the same time either way.
    pub fn is_ticket(&self, room: &RoomKey, seat: Seat, access: &AccessHash, ticket: &Ticket) -> bool {
        self.ticket(room, seat, access)
            .as_bytes()
            .ct_eq(ticket.as_bytes())
            .into()
    }

    /// `nonce || XChaCha20-Poly1305(rest, nonce, plaintext, aad = place)`, with a fresh random nonce each time. The
    /// plaintext is what `write` appends; it is sealed where it stands.
    pub fn seal_at_rest(
        &self,
        place: Place<'_>,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Vec<u8>, AtRestError> {
        let mut sealed = vec![0; NONCE];
        write(&mut sealed);
        let (nonce, plaintext) = sealed.split_first_chunk_mut::<NONCE>().ok_or(AtRestError)?;
        getrandom::fill(nonce).map_err(|_| AtRestError)?;
        let tag = self
            .cipher()
            .encrypt_inout_detached(&XNonce::from(*nonce), &place.encode(), plaintext.into())
            .map_err(|_| AtRestError)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// What [`Self::seal_at_rest`] sealed for this place.
    pub fn open_at_rest(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, AtRestError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(AtRestError)?;
        self.cipher()
            .decrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: &place.encode(),
                },
            )
            .map_err(|_| AtRestError)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.rest))
    }
}

impl Place<'_> {
    /// The names end with a zero byte and the rest is of fixed length, so no two places encode alike.
    fn encode(&self) -> Vec<u8> {
        [
            self.table.as_bytes(),
            &[0],
            self.column.as_bytes(),
            &[0],
            self.room.as_bytes(),
            &self.number.to_be_bytes(),
        ]
        .concat()
    }
}

/// HMAC-SHA256 over the parts. Under each subkey all lists of parts start with a word of their own or are alone.
fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // RFC 2104 fills a key that is shorter than the hash's block of 64 bytes up with zeros.
    let mut block = Zeroizing::new([0; 64]);
    for (padded, byte) in block.iter_mut().zip(key) {
        *padded = *byte;
    }
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new(&(*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Shows the type, never a key.
impl std::fmt::Debug for Pepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pepper(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomKey = RoomKey::new([1; 32]);
    const PLACE: Place<'_> = Place {
        table: "room",
        room: &ROOM,
        column: "message",
        number: 3,
    };

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let pepper = Pepper::derive(&[3; 32]);
        let sealed = pepper.seal_at_rest(PLACE, |to| to.extend(b"text")).unwrap();
        assert_eq!(
            pepper.open_at_rest(PLACE, &sealed).as_deref(),
            Ok(b"text".as_slice())
        );
        assert_ne!(
            pepper.seal_at_rest(PLACE, |to| to.extend(b"text")).unwrap(),
            sealed
        );
        let other = RoomKey::new([2; 32]);
        for place in [
            Place {
                table: "seat",
                ..PLACE
            },
            Place {
                column: "other",
                ..PLACE
            },
            Place {
                room: &other,
                ..PLACE
            },
            Place { number: 4, ..PLACE },
        ] {
            assert_eq!(pepper.open_at_rest(place, &sealed), Err(AtRestError));
        }
        assert_eq!(
            Pepper::derive(&[4; 32]).open_at_rest(PLACE, &sealed),
            Err(AtRestError)
        );
    }

    #[test]
    fn a_ticket_is_for_one_room_seat_and_key() {
        let pepper = Pepper::derive(&[3; 32]);
        let (seat, other) = (Seat::FIRST, Seat::new(1).unwrap());
        let access = pepper.access_hash(&ROOM, seat, &AccessKey::new([5; 32]));
        let ticket = pepper.ticket(&ROOM, seat, &access);
        assert!(pepper.is_ticket(&ROOM, seat, &access, &ticket));
        assert!(!pepper.is_ticket(&ROOM, other, &access, &ticket));
        assert!(!pepper.is_ticket(&RoomKey::new([2; 32]), seat, &access, &ticket));
        let wrong = pepper.access_hash(&ROOM, seat, &AccessKey::new([6; 32]));
        assert!(!pepper.is_ticket(&ROOM, seat, &wrong, &ticket));
    }
}
