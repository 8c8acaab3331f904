//! Settings of TLS that the relay ends itself.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::ConfigError;

/// TLS that the relay ends itself; without these, it speaks plain HTTP.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsSettings {
    /// Serve HTTPS with this certificate and those that lead from it to a root, in PEM. Read again when it changes.
    #[arg(long, env = "SOTTO_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key, in PEM. Read again when it changes.
    #[arg(long, env = "SOTTO_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Address and port, such as `0.0.0.0:80`, on which plain HTTP is sent on to HTTPS.
    #[arg(long, env = "SOTTO_REDIRECT_LISTEN", value_name = "ADDRESS")]
    pub redirect_listen: Option<SocketAddr>,
}

impl TlsSettings {
    /// The files of certificate and key, if the relay ends TLS itself.
    pub fn files(&self) -> Option<(&Path, &Path)> {
        self.tls_cert.as_deref().zip(self.tls_key.as_deref())
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let (cert, key) = (self.tls_cert.is_some(), self.tls_key.is_some());
        match (cert, key, self.redirect_listen.is_some()) {
            (true, false, _) => Err(ConfigError::Incomplete("--tls-cert", "--tls-key")),
            (false, true, _) => Err(ConfigError::Incomplete("--tls-key", "--tls-cert")),
            (false, false, true) => Err(ConfigError::Incomplete("--redirect-listen", "--tls-cert")),
            _ => Ok(()),
        }
    }
}
