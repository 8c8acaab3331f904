//! The way to the authority: HTTP/1.1 over TLS with the libraries that the relay serves with, one connection a request.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::HOST;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Request, Uri};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::Trouble;
use crate::config::tls::TlsSettings;

/// How long an address may take to take a connection: it may have others.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a request may take, and its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long an answer may be, in bytes.
const ANSWER: usize = 256 * 1024;

/// Why an authority cannot be spoken with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reach {
    /// It is at no address that begins with https.
    #[error("no address of HTTPS")]
    Address,
    /// Its name has no address.
    #[error("no such name")]
    Name,
    /// No address takes a connection.
    #[error("no connection")]
    Connection,
    /// It does not show that it is the one.
    #[error("not the one")]
    Tls,
    /// It does not answer in time.
    #[error("too slow")]
    Slow,
    /// It does not speak HTTP, or for too long.
    #[error("no answer")]
    Answer,
}

/// Speaks with an authority.
#[derive(Clone)]
pub(super) struct Http(TlsConnector);

impl Http {
    /// One that knows these roots.
    pub(super) fn new(settings: &TlsSettings) -> Result<Self, Trouble> {
        let mut roots = RootCertStore::empty();
        match &settings.acme_root {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(file) => {
                let text = std::fs::read(file).map_err(|_| Trouble::root(file))?;
                let known: Vec<_> = CertificateDer::pem_slice_iter(&text)
                    .filter_map(Result::ok)
                    .collect();
                if roots.add_parsable_certificates(known).0 == 0 {
                    return Err(Trouble::root(file));
                }
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| Trouble::library())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Asks for the directory; all is well if it is one.
    pub(super) async fn directory(&self, directory: &Uri) -> Result<(), Trouble> {
        #[derive(serde::Deserialize)]
        struct Directory {
            #[serde(rename = "newOrder")]
            _new_order: String,
        }
        let request = Request::get(directory).body(BodyWrapper::<Bytes>::default());
        let request = request.map_err(|_| Trouble::no_authority(directory))?;
        let reached = patient(ask(self.0.clone(), request)).await;
        let (_, body) = reached.map_err(|reach| Trouble::reach(reach, directory))?;
        serde_json::from_slice::<Directory>(&body)
            .map(|_| ())
            .map_err(|_| Trouble::no_authority(directory))
    }
}

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let asking = patient(ask(self.0.clone(), request));
        Box::pin(async move {
            match asking.await {
                Ok((parts, body)) => Ok(BytesResponse {
                    parts,
                    body: Box::new(body),
                }),
                Err(reach) => Err(Error::Other(Box::new(reach))),
            }
        })
    }
}

async fn patient<T>(asking: impl Future<Output = Result<T, Reach>>) -> Result<T, Reach> {
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or(Err(Reach::Slow))
}

async fn ask(
    tls: TlsConnector,
    mut request: Request<BodyWrapper<Bytes>>,
) -> Result<(axum::http::response::Parts, Bytes), Reach> {
    let uri = request.uri().clone();
    if uri.scheme_str() != Some("https") {
        return Err(Reach::Address);
    }
    let (host, authority) = uri.host().zip(uri.authority()).ok_or(Reach::Address)?;
    let host = host.trim_matches(['[', ']']);
    let name = ServerName::try_from(host.to_owned()).map_err(|_| Reach::Address)?;
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    *request.uri_mut() = path.parse().map_err(|_| Reach::Address)?;
    let authority = HeaderValue::from_str(authority.as_str()).map_err(|_| Reach::Address)?;
    request.headers_mut().insert(HOST, authority);

    let stream = connect(host, uri.port_u16().unwrap_or(443)).await?;
    let stream = tls.connect(name, stream).await.map_err(|_| Reach::Tls)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|_| Reach::Answer)?;
    // Ends when the sender is dropped.
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(|_| Reach::Answer)?;
    let (parts, body) = answer.into_parts();
    let body = to_bytes(Body::new(body), ANSWER)
        .await
        .map_err(|_| Reach::Answer)?;
    Ok((parts, body))
}

/// Tries every address that the name has: one of them may lead nowhere from here.
async fn connect(host: &str, port: u16) -> Result<TcpStream, Reach> {
    let addresses = lookup_host((host, port)).await.map_err(|_| Reach::Name)?;
    for address in addresses {
        if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            return Ok(stream);
        }
    }
    Err(Reach::Connection)
}
