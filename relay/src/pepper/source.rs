//! Where the pepper is from, and how it is made where it is the relay's own.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use zeroize::{Zeroize as _, Zeroizing};

use super::LENGTH;
use crate::config::PEPPER_VARIABLE;

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

impl PepperSource {
    /// Reads the pepper, or makes it where its file is the relay's own and does not exist yet.
    pub(super) fn secret(&self) -> Result<Zeroizing<[u8; LENGTH]>, PepperError> {
        match self {
            Self::Value(text) => {
                parse(text.as_bytes()).ok_or_else(|| PepperError::Form(PEPPER_VARIABLE.to_owned()))
            }
            Self::Credential(path) => read(path),
            Self::Own(path) => match read(path) {
                Err(PepperError::Read(_, error)) if error.kind() == io::ErrorKind::NotFound => create(path),
                found => found,
            },
        }
    }
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
    use sotto_protocol::RoomHash;

    use super::super::Pepper;
    use super::*;

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
}
