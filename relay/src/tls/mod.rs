//! TLS that the relay ends itself: a certificate and its key from two files, read again when they change.
//!
//! A new pair that does not fit together is not taken: the old one goes on being used, and the log says what to do. Where
//! the relay has its certificate issued ([`crate::acme`]) both are in one file, which need not be there yet.
//!
//! Nobody can resume a session. What makes that possible is a mark by which the relay would know a browser again, from
//! whatever address it comes; a whole handshake takes as many round trips.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, UNIX_EPOCH};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;
use x509_parser::prelude::{ASN1Time, GeneralName};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// What is spoken with people, under TLS.
const HTTP: &[u8] = b"http/1.1";
/// What a certificate authority asks for that looks whether a name is the relay's (RFC 8737).
pub const CHALLENGE: &[u8] = b"acme-tls/1";

/// Why certificate and key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{} cannot be read: name another with --tls-cert or --tls-key, or let the user that the relay runs as read it", .0.display())]
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
    /// Nothing before the first is issued.
    current: RwLock<Option<Arc<CertifiedKey>>>,
    /// What the files last held, usable or not.
    seen: RwLock<Option<[u8; 32]>>,
    /// What is shown to an authority that looks, by the name that it looks at.
    challenges: RwLock<HashMap<String, Arc<CertifiedKey>>>,
}

impl Certificates {
    /// Reads the two files.
    pub fn load(cert: &Path, key: &Path) -> Result<Arc<Self>, TlsError> {
        let (seen, pair) = read(cert, key)?;
        let certificates = Self {
            current: RwLock::new(Some(Arc::new(pair))),
            seen: RwLock::new(Some(seen)),
            ..Self::none(cert, key)
        };
        Ok(Arc::new(certificates))
    }

    /// Reads the file of one that was issued, if it is there and can be used. A new one is issued if not.
    pub fn load_if_any(both: &Path) -> Arc<Self> {
        Self::load(both, both).unwrap_or_else(|_| Arc::new(Self::none(both, both)))
    }

    fn none(cert: &Path, key: &Path) -> Self {
        Self {
            cert: cert.to_owned(),
            key: key.to_owned(),
            current: RwLock::default(),
            seen: RwLock::default(),
            challenges: RwLock::default(),
        }
    }

    /// What accepts connections with whatever the files hold at that time.
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| TlsError::Library)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![HTTP.to_vec(), CHALLENGE.to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
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
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(pair));
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

    /// Shows this to an authority that looks at this name,.
    pub fn show(&self, name: &str, proof: CertifiedKey) {
        let mut challenges = self.challenges.write().unwrap_or_else(PoisonError::into_inner);
        challenges.insert(name.to_owned(), Arc::new(proof));
    }

    /// Shows nothing to an authority any more.
    pub fn show_nothing(&self) {
        let mut challenges = self.challenges.write().unwrap_or_else(PoisonError::into_inner);
        challenges.clear();
    }

    /// Whether there is a certificate.
    pub fn has_one(&self) -> bool {
        self.current().is_some()
    }

    /// When the one that is shown ends, in seconds since 1970.
    pub fn end(&self) -> Option<Duration> {
        self.current()
            .and_then(|shown| told(&shown))
            .map(|facts| facts.end)
    }

    fn current(&self) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }
}

impl ResolvesServerCert for Certificates {
    /// Any name gets the certificate that there is; only who asks for a challenge and nothing else gets that.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut asked = hello.alpn().into_iter().flatten();
        if asked.next() != Some(CHALLENGE) || asked.next().is_some() {
            return self.current();
        }
        let challenges = self.challenges.read().unwrap_or_else(PoisonError::into_inner);
        challenges.get(hello.server_name()?).cloned()
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

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Since when it holds, in seconds since 1970.
    pub begin: Duration,
    /// When it ends.
    pub end: Duration,
    /// The names that it is for.
    pub names: Vec<String>,
}

/// What the certificate in these files says, having made sure that they can be used.
pub fn facts(cert: &Path, key: &Path) -> Result<Facts, TlsError> {
    let (_, pair) = read(cert, key)?;
    told(&pair).ok_or_else(|| TlsError::NoCertificate(cert.to_owned()))
}

/// The same of one that was read; nothing if it is none.
fn told(pair: &CertifiedKey) -> Option<Facts> {
    let (_, own) = x509_parser::parse_x509_certificate(pair.cert.first()?).ok()?;
    let names = own.subject_alternative_name().ok()?;
    let names = names.into_iter().flat_map(|names| &names.value.general_names);
    let seconds = |time: ASN1Time| Duration::from_secs(u64::try_from(time.timestamp()).unwrap_or_default());
    Some(Facts {
        begin: seconds(own.validity().not_before),
        end: seconds(own.validity().not_after),
        names: names
            .filter_map(|name| match name {
                GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
                _ => None,
            })
            .collect(),
    })
}

/// How long from now until then; nothing if it is over.
pub fn left(end: Duration, now: std::time::SystemTime) -> Option<Duration> {
    end.checked_sub(now.duration_since(UNIX_EPOCH).unwrap_or_default())
}
