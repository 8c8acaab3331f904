//! The relay's one secret, and all that is made with it.
//!
//! 32 bytes outside the database. A subkey for each use is derived from them (HKDF-SHA256), and with these the
//! database holds keyed hashes in place of names and keys, and ciphertext in place of what people stored: a
//! stolen database alone is noise. It gives nothing against one who has database *and* pepper, beyond what the
//! clients' own cryptography gives.
//!
//! A new pepper is an empty relay: what was stored under the old one can no longer be found or opened, and goes
//! when its time is over.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, AeadInOut as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use sotto_protocol::{AccessKey, InvitationId, RoomHash, Seat, Ticket, Token};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::config::PEPPER_VARIABLE;
use crate::room::{AccessHash, InvitationKey, RoomKey, TokenHash};

/// The pepper's length in bytes.
pub const LENGTH: usize = 32;
/// The length of the random nonce in front of everything sealed at rest.
const NONCE: usize = 24;
/// What stands behind a sealed value.
pub(crate) const TAG: usize = 16;

/// What most values fit into, sealed.
const USUAL: usize = 4 * 1024;

/// Where the pepper is from.
pub enum PepperSource {
    /// A value: 64 hexadecimal digits, or base64 of 32 bytes.
    Value(Zeroizing<String>),
    /// A file that somebody else provides, such as a service manager's credential: the 32 bytes themselves, or
    /// written as a value would be.
    Credential(PathBuf),
    /// A file of the relay's own, made at the first start.
    Own(PathBuf),
}

/// Why there is no pepper. No variant holds any part of it.
#[derive(Debug, thiserror::Error)]
pub enum PepperError {
    /// The value is not 32 bytes in hexadecimal or base64.
    #[error("the pepper in {0} is not 32 bytes, nor 64 hexadecimal digits, nor base64 of 32 bytes")]
    Form(String),
    /// The file cannot be read.
    #[error(
        "the pepper's file {0} cannot be read ({1}): name another with --pepper-file, or let the user that the relay runs as read it"
    )]
    Read(String, io::Error),
    /// The file cannot be made.
    #[error("the pepper's file {0} cannot be made ({1}): let the user that the relay runs as write there")]
    Create(String, io::Error),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

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
        let secret = match source {
            PepperSource::Value(text) => {
                parse(text.as_bytes()).ok_or_else(|| PepperError::Form(PEPPER_VARIABLE.to_owned()))?
            }
            PepperSource::Credential(path) => read(path)?,
            PepperSource::Own(path) => match read(path) {
                Err(PepperError::Read(_, error)) if error.kind() == io::ErrorKind::NotFound => create(path)?,
                found => found?,
            },
        };
        Ok(Self::derive(&secret))
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
        let mut sealed = Vec::with_capacity(USUAL);
        sealed.resize(NONCE, 0);
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

fn read(path: &Path) -> Result<Zeroizing<[u8; LENGTH]>, PepperError> {
    let shown = || path.display().to_string();
    let bytes = std::fs::read(path).map_err(|cause| PepperError::Read(shown(), cause))?;
    let bytes = Zeroizing::new(bytes);
    match <[u8; LENGTH]>::try_from(bytes.as_slice()) {
        Ok(secret) => Ok(Zeroizing::new(secret)),
        Err(_) => parse(&bytes).ok_or_else(|| PepperError::Form(shown())),
    }
}

/// Makes a pepper and its file, readable by its owner only. The file gets its name when it is whole and on disk,
/// so a crash leaves none or all of it, and of two relays that start at once one takes what the other made.
fn create(path: &Path) -> Result<Zeroizing<[u8; LENGTH]>, PepperError> {
    let mut secret = Zeroizing::new([0; LENGTH]);
    getrandom::fill(secret.as_mut_slice()).map_err(|_| PepperError::Random)?;
    let mut suffix = [0; 8];
    getrandom::fill(&mut suffix).map_err(|_| PepperError::Random)?;

    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:016x}", u64::from_be_bytes(suffix)));
    let whole = PathBuf::from(name);
    let written = write_whole(&whole, &secret).and_then(|()| match std::fs::hard_link(&whole, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        linked => linked.map(|()| true),
    });
    let removed = std::fs::remove_file(&whole);
    let failed = |cause| PepperError::Create(path.display().to_string(), cause);
    let made = written.map_err(failed)?;
    removed.map_err(failed)?;
    sync_directory(path).map_err(failed)?;
    if made { Ok(secret) } else { read(path) }
}

fn write_whole(path: &Path, secret: &[u8; LENGTH]) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let mut text = Zeroizing::new(String::with_capacity(2 * LENGTH + 1));
    for byte in secret {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    text.push('\n');
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A new name is on disk when its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::File::open(directory)?.sync_all()
}

/// 32 bytes from 64 hexadecimal digits or from base64 (either alphabet, padded or not).
fn parse(text: &[u8]) -> Option<Zeroizing<[u8; LENGTH]>> {
    let text = text.trim_ascii();
    let hex = |digit: &u8| char::from(*digit).to_digit(16);
    let base64 = |digit: &u8| match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    if text.len() == 2 * LENGTH {
        unpack(text.iter().map(hex), 4)
    } else {
        let digits = text.strip_suffix(b"=").unwrap_or(text);
        if digits.len() != 43 {
            return None;
        }
        unpack(digits.iter().map(|digit| base64(digit).map(u32::from)), 6)
    }
}

/// Joins digits of so many bits; what is left over at the end must be zero bits.
fn unpack(digits: impl Iterator<Item = Option<u32>>, bits: u32) -> Option<Zeroizing<[u8; LENGTH]>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LENGTH + 1));
    let (mut held, mut count) = (0_u32, 0);
    for digit in digits {
        held = (held << bits) | digit?;
        count += bits;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(held >> count).ok()?);
            held &= (1 << count) - 1;
        }
    }
    let secret = <[u8; LENGTH]>::try_from(bytes.as_slice()).ok();
    let clean = held == 0;
    held.zeroize();
    secret.filter(|_| clean).map(Zeroizing::new)
}

/// Shows the type, never a key.
impl std::fmt::Debug for Pepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pepper(..)")
    }
}

/// Shows where the pepper is from, never a value.
impl std::fmt::Debug for PepperSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Value(_) => "Value(..)",
            Self::Credential(_) => "Credential(..)",
            Self::Own(_) => "Own(..)",
        })
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
    fn a_value_is_hexadecimal_or_base64_of_32_bytes() {
        let hex = "ff".repeat(32);
        for text in [
            hex.as_str(),
            "//////////////////////////////////////////8=",
            "__________________________________________8",
        ] {
            assert_eq!(parse(text.as_bytes()).as_deref(), Some(&[0xff; 32]), "{text}");
        }
        for text in [
            "",
            "ff",
            &hex[1..],
            "//////////////////////////////////////////9=",
            &"zz".repeat(32),
        ] {
            assert!(parse(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn a_file_of_its_own_is_made_once_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pepper");
        let source = PepperSource::Own(path.clone());
        let first = Pepper::load_or_create(&source).unwrap();
        let again = Pepper::load_or_create(&source).unwrap();
        let hash = RoomHash::new([2; 32]);
        assert_eq!(first.room_key(&hash), again.room_key(&hash));
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        let missing = PepperSource::Credential(directory.path().join("none"));
        assert!(matches!(
            Pepper::load_or_create(&missing),
            Err(PepperError::Read(..))
        ));
    }

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
