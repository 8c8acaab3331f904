//! The client's side of TLS: takes plain connections, and carries each over TLS to a relay.

use anyhow::Result;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sotto_tests::native::Place;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// The name in the certificate.
const NAME: &str = "localhost";

/// A certificate and its key.
#[derive(Debug)]
pub(crate) struct Tunnel(TempDir);

impl Tunnel {
    /// Makes both.
    pub(crate) fn prepare() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let made = rcgen::generate_simple_self_signed([NAME.to_owned()])?;
        std::fs::write(folder.path().join("cert.pem"), made.cert.pem())?;
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem())?;
        Ok(Self(folder))
    }

    /// What the relay is told of them.
    pub(crate) fn flags(&self) -> [String; 4] {
        let at = |file: &str| self.0.path().join(file).display().to_string();
        [
            "--tls-cert".into(),
            at("cert.pem"),
            "--tls-key".into(),
            at("key.pem"),
        ]
    }

    /// Gives the address whose connections lead to the relay at this one.
    pub(crate) async fn open(&self, relay: &str) -> Result<String> {
        let root = CertificateDer::from_pem_file(self.0.path().join("cert.pem"))?;
        let place = Place::secure(relay, NAME, &[root])?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(async move {
            while let Ok((mut plain, _)) = listener.accept().await {
                let place = place.clone();
                tokio::spawn(async move {
                    if let Ok(mut tls) = place.stream().await {
                        // It ends when one side does, as a network would.
                        let _ = tokio::io::copy_bidirectional(&mut plain, &mut tls).await;
                    }
                });
            }
        });
        Ok(address)
    }
}
