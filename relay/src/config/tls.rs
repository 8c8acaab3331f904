//! Settings of TLS that the relay ends itself.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::http::Uri;
use clap::Args;

use super::ConfigError;
use super::values::{authority, contact, domain};

/// TLS that the relay ends itself; without these, it speaks plain HTTP.
#[derive(Debug, Clone, Args)]
pub struct TlsSettings {
    /// Serve HTTPS with this certificate and those that lead from it to a root, in PEM.
    ///
    /// Read again when it changes.
    #[arg(long, env = "SOTTO_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key, in PEM.
    ///
    /// Read again when it changes.
    #[arg(long, env = "SOTTO_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Serve HTTPS under this name, with a certificate that the relay has issued and renewed by itself; several names
    /// with commas between them share one.
    ///
    /// They must lead to this machine, and their port 443 to the relay. Setting this agrees to the terms of the
    /// authority that `--acme-directory` names: see <https://letsencrypt.org/repository>.
    #[arg(
        long, env = "SOTTO_ACME_DOMAIN", value_name = "NAMES", value_delimiter = ',', value_parser = domain
    )]
    pub acme_domain: Vec<String>,

    /// Mail address under which the certificate authority may write to whoever runs the relay.
    ///
    /// None is needed.
    #[arg(long, env = "SOTTO_ACME_CONTACT", value_name = "ADDRESS", value_parser = contact)]
    pub acme_contact: Option<String>,

    /// Directory of the certificate authority (RFC 8555).
    #[arg(
        long, env = "SOTTO_ACME_DIRECTORY", value_name = "URL", value_parser = authority,
        default_value = "https://acme-v02.api.letsencrypt.org/directory"
    )]
    pub acme_directory: Uri,

    /// Certificates in PEM that the authority's own server is known by, in place of Mozilla's list: for one of a company's
    /// own, or for tests.
    #[arg(long, env = "SOTTO_ACME_ROOT", value_name = "FILE")]
    pub acme_root: Option<PathBuf>,

    /// Address and port, such as `0.0.0.0:80`, on which plain HTTP is sent on to HTTPS.
    #[arg(long, env = "SOTTO_REDIRECT_LISTEN", value_name = "ADDRESS")]
    pub redirect_listen: Option<SocketAddr>,
}

impl TlsSettings {
    /// Whether the relay ends TLS itself.
    pub fn is_on(&self) -> bool {
        self.files().is_some() || self.is_issued()
    }

    /// Whether it has its certificate issued by itself.
    pub fn is_issued(&self) -> bool {
        !self.acme_domain.is_empty()
    }

    /// The files of certificate and key, if somebody else renews them.
    pub fn files(&self) -> Option<(&Path, &Path)> {
        self.tls_cert.as_deref().zip(self.tls_key.as_deref())
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let incomplete = |what, needs| Err(ConfigError::Incomplete(what, needs));
        match (self.tls_cert.is_some(), self.tls_key.is_some()) {
            (true, false) => return incomplete("--tls-cert", "--tls-key"),
            (false, true) => return incomplete("--tls-key", "--tls-cert"),
            (true, true) if self.is_issued() => {
                return Err(ConfigError::Exclusive("--acme-domain", "--tls-cert"));
            }
            _ => {}
        }
        if self.redirect_listen.is_some() && !self.is_on() {
            return incomplete("--redirect-listen", "--acme-domain' or '--tls-cert");
        }
        match (self.is_issued(), &self.acme_contact, &self.acme_root) {
            (false, Some(_), _) => incomplete("--acme-contact", "--acme-domain"),
            (false, None, Some(_)) => incomplete("--acme-root", "--acme-domain"),
            _ => Ok(()),
        }
    }
}
