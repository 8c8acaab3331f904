//! The dashboard's password: kept as an Argon2id hash in a file of the data folder that only its owner can read.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The file's name in the data folder.
pub const FILE: &str = "admin-password";
/// How many characters a password has at least.
pub const LEAST: usize = 12;
/// KiB, passes, lanes.
const COST: (u32, u32, u32) = (64 * 1024, 3, 1);

/// What is wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// It cannot be read or written.
    #[error(
        "the file {0} cannot be read or written ({1}): set the password as root, or as the user that the relay runs as"
    )]
    File(String, io::Error),
    /// It is not what `admin-password` writes.
    #[error("the file {0} is not what `sotto-relay admin-password` writes: set the password again")]
    Form(String),
    /// The hash cannot be made.
    #[error("the password cannot be hashed")]
    Hash,
}

/// A password, as it is kept.
#[derive(Clone)]
pub struct Kept {
    cost: (u32, u32, u32),
    salt: [u8; 16],
    hash: [u8; 32],
}

/// Keeps a password in the place of the one before.
pub fn set(data: &Path, password: &str) -> Result<(), PasswordError> {
    let path = data.join(FILE);
    let fail = |cause| PasswordError::File(path.display().to_string(), cause);
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| PasswordError::Hash)?;
    let hash = hash(password, &salt, COST)?;
    let line = format!(
        "argon2id {} {} {} {} {}\n",
        COST.0,
        COST.1,
        COST.2,
        hex(&salt),
        hex(&hash)
    );
    private_folder(data).map_err(fail)?;
    // Written beside and moved over, so that there is never half of one.
    let beside = data.join(format!("{FILE}.new"));
    let _ = std::fs::remove_file(&beside);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside).map_err(fail)?;
    give_to_owner(data, &beside).map_err(fail)?;
    file.write_all(line.as_bytes()).map_err(fail)?;
    file.sync_all().map_err(fail)?;
    std::fs::rename(&beside, &path).map_err(fail)
}

fn private_folder(data: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data)
}

/// Where root sets it, it still is the file of the user that the relay runs as, whose folder it lies in.
#[cfg(unix)]
fn give_to_owner(folder: &Path, file: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};

    let (wanted, made) = (folder.metadata()?, file.metadata()?);
    if wanted.uid() == made.uid() {
        return Ok(());
    }
    chown(file, Some(wanted.uid()), Some(wanted.gid()))
}

#[cfg(not(unix))]
fn give_to_owner(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// The password that is set, if one is.
pub fn load(data: &Path) -> Result<Option<Kept>, PasswordError> {
    let path: PathBuf = data.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(PasswordError::File(path.display().to_string(), cause)),
    };
    parse(&text)
        .map(Some)
        .ok_or_else(|| PasswordError::Form(path.display().to_string()))
}

fn parse(text: &str) -> Option<Kept> {
    let mut words = text.split_whitespace();
    if words.next()? != "argon2id" {
        return None;
    }
    let cost = (
        words.next()?.parse().ok()?,
        words.next()?.parse().ok()?,
        words.next()?.parse().ok()?,
    );
    let (salt, hash) = (unhex(words.next()?)?, unhex(words.next()?)?);
    Some(Kept { cost, salt, hash })
}

impl Kept {
    /// Whether this is the password. Takes an Argon2id run either way.
    pub fn is(&self, password: &str) -> Result<bool, PasswordError> {
        let shown = hash(password, &self.salt, self.cost)?;
        Ok(shown.ct_eq(&self.hash).into())
    }

    /// Tells one that was set later from this one.
    pub fn mark(&self) -> [u8; 32] {
        Sha256::digest([self.salt.as_slice(), &self.hash].concat()).into()
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(..)")
    }
}

fn hash(
    password: &str,
    salt: &[u8],
    (memory, passes, lanes): (u32, u32, u32),
) -> Result<[u8; 32], PasswordError> {
    let params = Params::new(memory, passes, lanes, Some(32)).map_err(|_| PasswordError::Hash)?;
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut hash)
        .map_err(|_| PasswordError::Hash)?;
    Ok(hash)
}

/// Two digits for each byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A String takes every write.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_for_its_owner_only_and_compared() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(folder.path()).unwrap().is_none());
        set(folder.path(), "a password of mine").unwrap();
        let kept = load(folder.path()).unwrap().unwrap();
        assert!(kept.is("a password of mine").unwrap());
        assert!(!kept.is("a password of min").unwrap());
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(
            text.starts_with("argon2id 65536 3 1 ") && !text.contains("mine"),
            "{text}"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = folder.path().join(FILE).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        // Where root sets it for a relay that runs as another user: tests of the package do that, and these where they run as root.
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt as _, chown};
            if chown(folder.path(), Some(65_532), Some(65_532)).is_ok() {
                set(folder.path(), "a password of mine").unwrap();
                let kept = folder.path().join(FILE).metadata().unwrap();
                assert_eq!((kept.uid(), kept.gid()), (65_532, 65_532));
            }
        }
        set(folder.path(), "a password of mine").unwrap();
        assert_ne!(load(folder.path()).unwrap().unwrap().mark(), kept.mark());
        std::fs::write(folder.path().join(FILE), "a password of mine").unwrap();
        let told = load(folder.path()).unwrap_err().to_string();
        assert!(told.contains("admin-password` writes"), "{told}");
    }
}
