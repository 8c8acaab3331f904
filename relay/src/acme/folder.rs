//! What is kept in the data folder, for its owner only: the account with the authority, the order that is under way, and
//! the certificate with its key.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use instant_acme::AccountCredentials;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::Trouble;

/// The folder's name in the data folder.
const FOLDER: &str = "acme";
/// The account, as the library writes it.
pub(super) const ACCOUNT: &str = "account.json";
/// The order that is under way, with the key that its certificate is to be for.
pub(super) const ORDER: &str = "order.json";
/// The key, and the certificate with its chain, in PEM.
pub(super) const CERTIFICATE: &str = "certificate.pem";

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

/// An order that is under way.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Pending {
    directory: String,
    domains: Vec<String>,
    /// In PEM.
    key: String,
    /// Where the authority has it; nothing before it has answered.
    pub(super) url: Option<String>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl Pending {
    /// One for these names, with a new key.
    pub(super) fn new(directory: String, domains: &[String]) -> Result<Self, Trouble> {
        let key = rcgen::KeyPair::generate().map_err(|_| Trouble::library())?;
        Ok(Self {
            directory,
            domains: domains.to_vec(),
            key: key.serialize_pem(),
            url: None,
        })
    }

    pub(super) fn is_for(&self, directory: &str, domains: &[String]) -> bool {
        self.directory == directory && self.domains == domains
    }

    /// Its key, in PEM.
    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

impl Folder {
    pub(super) fn of(data: &Path) -> Self {
        Self(data.join(FOLDER))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn certificate(&self) -> PathBuf {
        self.0.join(CERTIFICATE)
    }

    /// The account that is kept for this authority.
    pub(super) fn account(&self, directory: &str) -> Result<Option<AccountCredentials>, Trouble> {
        #[derive(Deserialize)]
        struct Whose {
            directory: Option<String>,
        }
        let Some(text) = self.read(ACCOUNT)? else {
            return Ok(None);
        };
        // One that is damaged, or another authority's, is replaced.
        let whose = serde_json::from_slice::<Whose>(&text).ok();
        Ok(whose
            .filter(|whose| whose.directory.as_deref() == Some(directory))
            .and_then(|_| serde_json::from_slice(&text).ok()))
    }

    pub(super) fn keep_account(&self, account: &AccountCredentials) -> Result<(), Trouble> {
        let text = serde_json::to_vec(account).map_err(|_| Trouble::library())?;
        self.write(ACCOUNT, &Zeroizing::new(text))
    }

    /// The order that was under way.
    pub(super) fn order(&self) -> Result<Option<Pending>, Trouble> {
        let text = self.read(ORDER)?;
        Ok(text.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    pub(super) fn keep_order(&self, order: &Pending) -> Result<(), Trouble> {
        let text = serde_json::to_vec(order).map_err(|_| Trouble::library())?;
        self.write(ORDER, &Zeroizing::new(text))
    }

    /// Makes the folder if it is missing.
    pub(super) fn make(&self) -> Result<(), Trouble> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(|_| self.unwritable())
    }

    /// Puts a file in the place of what was there: whoever looks, after a power cut too, sees the one or the other whole.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Trouble> {
        self.make()?;
        self.replace(name, bytes).map_err(|_| self.unwritable())
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = self.0.join(format!("{name}.new"));
        // One that a power cut left may have other rights.
        ignore_missing(std::fs::remove_file(&new))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, self.0.join(name))?;
        File::open(&self.0)?.sync_all()
    }

    pub(super) fn forget(&self, name: &str) -> Result<(), Trouble> {
        ignore_missing(std::fs::remove_file(self.0.join(name))).map_err(|_| self.unwritable())
    }

    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
        match std::fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(_) => Err(self.unwritable()),
        }
    }

    fn unwritable(&self) -> Trouble {
        Trouble::folder(&self.0)
    }
}

fn ignore_missing(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        vec!["relay.example".to_owned()]
    }

    #[cfg(unix)]
    #[test]
    fn what_is_kept_is_its_owners() {
        use std::os::unix::fs::PermissionsExt as _;

        let data = tempfile::tempdir().unwrap();
        let folder = Folder::of(data.path());
        assert!(folder.order().unwrap().is_none());
        // What a power cut left behind, for all to read.
        folder.make().unwrap();
        let left = folder.path().join("order.json.new");
        std::fs::write(&left, "left").unwrap();
        std::fs::set_permissions(&left, std::fs::Permissions::from_mode(0o644)).unwrap();
        let pending = Pending::new("https://a.example/".to_owned(), &names()).unwrap();
        folder.keep_order(&pending).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.path().join(ORDER)), 0o600);
        assert!(!left.exists());
        let again = folder.order().unwrap().unwrap();
        assert_eq!(again.key(), pending.key());
        assert!(again.is_for("https://a.example/", &names()));
        assert!(!again.is_for("https://b.example/", &names()));
        assert!(!again.is_for("https://a.example/", &[]));
        folder.forget(ORDER).unwrap();
        folder.forget(ORDER).unwrap();
        assert!(folder.order().unwrap().is_none());
    }

    #[test]
    fn what_is_damaged_or_anothers_is_not_taken() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::of(data.path());
        folder.write(ORDER, b"{\"directory\":").unwrap();
        assert!(folder.order().unwrap().is_none());
        let key = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJVWC_QzOTCS5vtsJp2IG-UDc8cdDfeoKtxSZxaznM-mhRANCAAQenCPoGgPFTdPJ7VLLKt56RxPlYT1wNXnHc54PEyBg3LxKaH0-sJkX0mL8LyPEdsfL_Oz4TxHkWLJGrXVtNhfH";
        let kept =
            format!(r#"{{"id":"https://a.example/1","key_pkcs8":"{key}","directory":"https://a.example/"}}"#);
        folder.write(ACCOUNT, kept.as_bytes()).unwrap();
        assert!(folder.account("https://a.example/").unwrap().is_some());
        assert!(folder.account("https://b.example/").unwrap().is_none());
        folder.write(ACCOUNT, b"damaged").unwrap();
        assert!(folder.account("https://a.example/").unwrap().is_none());
    }

    #[test]
    fn a_folder_that_cannot_be_is_told() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join(FOLDER), "a file").unwrap();
        let told = Folder::of(data.path()).write(ORDER, b"").unwrap_err().to_string();
        assert!(
            told.contains("cannot be written") && told.contains("chown"),
            "{told}"
        );
    }
}
