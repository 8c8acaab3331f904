//! TLS that the relay ends itself: a certificate and its key from two files, read again when they change.
//!
//! A new pair that does not fit together is not taken: the old one goes on being used, and the log says what to do.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, UNIX_EPOCH};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Why certificate and key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{} cannot be read: name another, or let the user that the relay runs as read it", .0.display())]
    Unreadable(PathBuf),
    /// There is no certificate in the file.
    #[error("{} holds no certificate in PEM: put the whole chain there, the relay's own first", .0.display())]
    NoCertificate(PathBuf),
    /// There is no key in the file.
    #[error("{} holds no private key in PEM without a password", .0.display())]
    NoKey(PathBuf),
    /// The two do not belong together, or are of a kind that is not known.
    #[error("the key in {} does not belong to the certificate in {}: use the two that were issued together", .key.display(), .cert.display())]
    Mismatch {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's.
        key: PathBuf,
    },
    /// The library has no protocol version to offer.
    #[error("TLS cannot be had")]
    Library,
}

/// A certificate and its key, as they are now.
#[derive(Debug)]
pub struct Certificates {
    cert: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    /// What the files last held, usable or not.
    seen: RwLock<Option<[u8; 32]>>,
}

impl Certificates {
    /// Reads the two files.
    pub fn load(cert: &Path, key: &Path) -> Result<Arc<Self>, TlsError> {
        let (seen, pair) = read(cert, key)?;
        Ok(Arc::new(Self {
            cert: cert.to_owned(),
            key: key.to_owned(),
            current: RwLock::new(Arc::new(pair)),
            seen: RwLock::new(Some(seen)),
        }))
    }

    /// What accepts connections with whatever the files hold at that time.
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| TlsError::Library)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Takes what the files hold, if that has changed since they were last looked at. Returns whether it was taken.
    pub fn renew(&self) -> Result<bool, TlsError> {
        let held = digest(&self.cert, &self.key);
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if *seen == held {
            return Ok(false);
        }
        *seen = held;
        let (_, pair) = read(&self.cert, &self.key)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
        Ok(true)
    }

    /// Looks at the files for as long as it is polled.
    pub async fn watch(&self) {
        loop {
            tokio::time::sleep(LOOK).await;
            match self.renew() {
                Ok(false) => {}
                Ok(true) => tracing::info!("the new certificate is in use"),
                Err(error) => {
                    tracing::error!("the old certificate stays in use, for the new one cannot be: {error}");
                }
            }
        }
    }

    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

/// A hash of what the two files hold; nothing while one of them is missing.
fn digest(cert: &Path, key: &Path) -> Option<[u8; 32]> {
    let (cert, key) = (
        std::fs::read(cert).ok()?,
        zeroize::Zeroizing::new(std::fs::read(key).ok()?),
    );
    let mut hash = Sha256::new();
    // Each hashed by itself, so that no byte can move from one to the other unseen.
    hash.update(Sha256::digest(&cert));
    hash.update(Sha256::digest(&*key));
    Some(hash.finalize().into())
}

fn read(cert: &Path, key: &Path) -> Result<([u8; 32], CertifiedKey), TlsError> {
    let unreadable = |file: &Path| TlsError::Unreadable(file.to_owned());
    let text = std::fs::read(cert).map_err(|_| unreadable(cert))?;
    let secret = zeroize::Zeroizing::new(std::fs::read(key).map_err(|_| unreadable(key))?);
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|_| TlsError::NoCertificate(cert.to_owned()))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(cert.to_owned()));
    }
    let secret = PrivateKeyDer::from_pem_slice(&secret).map_err(|_| TlsError::NoKey(key.to_owned()))?;
    let pair =
        CertifiedKey::from_der(chain, secret, &ring::default_provider()).map_err(|_| TlsError::Mismatch {
            cert: cert.to_owned(),
            key: key.to_owned(),
        })?;
    let seen = digest(cert, key).ok_or_else(|| unreadable(cert))?;
    Ok((seen, pair))
}

/// When the certificate in these files ends, in seconds since 1970, having made sure that they can be used.
pub fn end(cert: &Path, key: &Path) -> Result<Duration, TlsError> {
    let (_, pair) = read(cert, key)?;
    let no_certificate = || TlsError::NoCertificate(cert.to_owned());
    let own = pair.cert.first().ok_or_else(no_certificate)?;
    let (_, own) = x509_parser::parse_x509_certificate(own).map_err(|_| no_certificate())?;
    let end = u64::try_from(own.validity().not_after.timestamp()).unwrap_or_default();
    Ok(Duration::from_secs(end))
}

/// How long from now until then; nothing if it is over.
pub fn left(end: Duration, now: std::time::SystemTime) -> Option<Duration> {
    end.checked_sub(now.duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(folder: &Path) -> (PathBuf, PathBuf) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        (cert, key)
    }

    #[test]
    fn a_new_pair_is_taken_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = pair(folder.path());
        let certificates = Certificates::load(&cert, &key).unwrap();
        let own = || certificates.current().cert.first().unwrap().to_vec();
        let first = own();
        assert_eq!(certificates.renew(), Ok(false), "nothing has changed");
        let old_key = std::fs::read(&key).unwrap();
        pair(folder.path());
        let new_key = std::fs::read(&key).unwrap();
        std::fs::write(&key, old_key).unwrap();
        assert!(matches!(certificates.renew(), Err(TlsError::Mismatch { .. })));
        assert_eq!(own(), first, "the old one stays");
        assert_eq!(certificates.renew(), Ok(false), "told once");
        std::fs::write(&key, new_key).unwrap();
        assert_eq!(certificates.renew(), Ok(true));
        assert_ne!(own(), first);
        std::fs::remove_file(&cert).unwrap();
        assert_eq!(certificates.renew(), Err(TlsError::Unreadable(cert)));
    }

    #[test]
    fn what_is_wrong_with_the_files_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = pair(folder.path());
        let none = folder.path().join("none");
        assert_eq!(end(&none, &key).unwrap_err(), TlsError::Unreadable(none.clone()));
        assert_eq!(end(&cert, &none).unwrap_err(), TlsError::Unreadable(none));
        assert_eq!(end(&key, &key).unwrap_err(), TlsError::NoCertificate(key.clone()));
        assert_eq!(end(&cert, &cert).unwrap_err(), TlsError::NoKey(cert.clone()));
        let end = end(&cert, &key).unwrap();
        assert!(left(end, std::time::SystemTime::now()).is_some());
        assert_eq!(left(end, UNIX_EPOCH + end + Duration::from_secs(1)), None);
    }
}
