//! The data folder: made for its owner only, and used by one relay at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The database's name in the folder.
pub const DATABASE: &str = "sotto.db";
/// The name of the file that who uses the folder has locked. It is empty.
const LOCK: &str = "lock";

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It cannot be made.
    #[error(
        "the data folder {0} cannot be made ({1}): name another with --data, or let the user that the relay runs as write there"
    )]
    Make(String, io::Error),
    /// Its lock cannot be made or asked for.
    #[error(
        "the lock in the data folder {0} cannot be had ({1}): name another folder with --data, or let the user that the relay runs as \
         write there"
    )]
    Lock(String, io::Error),
    /// Another relay uses it.
    #[error(
        "the data folder {0} is in use by another sotto-relay: stop that one first, or name another folder with --data"
    )]
    InUse(String),
}

/// A data folder that nobody else uses, for as long as this lives.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if it is missing, and takes it.
    ///
    /// Rooms are kept at hand in memory, so whatever changes the database must be the only one that does. The system
    /// lets go of the lock with the process, however that ends.
    pub fn claim(path: &Path) -> Result<Self, DataError> {
        let shown = || path.display().to_string();
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(path)
            .map_err(|cause| DataError::Make(shown(), cause))?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options
            .open(path.join(LOCK))
            .map_err(|cause| DataError::Lock(shown(), cause))?;
        take(&lock, path)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Whether it could be claimed now. Nothing stays behind; the folder has to be there.
    pub fn can_be_claimed(path: &Path) -> Result<(), DataError> {
        let shown = || path.display().to_string();
        match OpenOptions::new().write(true).open(path.join(LOCK)) {
            Ok(lock) => take(&lock, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let probe = path.join(format!("{LOCK}.{}", std::process::id()));
                File::create_new(&probe)
                    .and_then(|_| std::fs::remove_file(&probe))
                    .map_err(|cause| DataError::Lock(shown(), cause))
            }
            Err(cause) => Err(DataError::Lock(shown(), cause)),
        }
    }

    /// Where the database is.
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
}

/// Takes the lock of this folder, for as long as the file is open.
fn take(lock: &File, path: &Path) -> Result<(), DataError> {
    let shown = || path.display().to_string();
    match lock.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(DataError::InUse(shown())),
        Err(TryLockError::Error(cause)) => Err(DataError::Lock(shown(), cause)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let first = DataFolder::claim(&path).unwrap();
        assert_eq!(first.database(), path.join("sotto.db"));
        let told = DataFolder::claim(&path).unwrap_err().to_string();
        assert!(
            told.contains("in use by another sotto-relay") && told.contains("--data"),
            "{told}"
        );
        drop(first);
        DataFolder::claim(&path).unwrap();
    }
}
