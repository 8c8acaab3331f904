//! A WebSocket to a relay, as tokio-tungstenite has it, under TLS or not.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sotto_protocol::{Command, Request, SUBPROTOCOL, ServerFrame, decode, encode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, client_async};

/// What a connection's bytes go over.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A socket.
pub(super) type Socket = WebSocketStream<Box<dyn Stream>>;

/// Where a relay is.
#[derive(Clone)]
pub struct Place {
    /// `host:port`, which is connected to.
    address: String,
    /// What stands before its paths: `/some/path`, or nothing.
    base: String,
    /// Where it speaks TLS: what knows its certificate, and the name that it is for.
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Place {
    /// One that is reached over HTTPS under this name; its certificate leads to one of these roots.
    pub fn secure(address: &str, name: &str, roots: &[CertificateDer<'_>]) -> Result<Self> {
        let mut store = RootCertStore::empty();
        for root in roots {
            store.add(root.clone().into_owned())?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(store)
            .with_no_client_auth();
        Ok(Self {
            address: address.to_owned(),
            base: String::new(),
            tls: Some((
                TlsConnector::from(Arc::new(config)),
                ServerName::try_from(name.to_owned())?,
            )),
        })
    }

    /// A connection, its TLS handshake over.
    pub async fn stream(&self) -> Result<Box<dyn Stream>> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        Ok(match &self.tls {
            None => Box::new(stream),
            Some((tls, name)) => Box::new(tls.connect(name.clone(), stream).await?),
        })
    }

    /// The certificate that it shows, which leads to a root.
    pub async fn certificate(&self) -> Result<Vec<u8>> {
        let (tls, name) = self.tls.clone().context("a place under TLS")?;
        let stream = TcpStream::connect(&self.address).await?;
        let stream = tls.connect(name, stream).await?;
        let chain = stream.get_ref().1.peer_certificates();
        let own = chain.and_then(<[_]>::first).context("a certificate")?;
        Ok(own.to_vec())
    }
}

impl From<&str> for Place {
    /// From `host:port`, or `host:port/some/path`.
    fn from(place: &str) -> Self {
        let (address, base) = place.split_at(place.find('/').unwrap_or(place.len()));
        Self {
            address: address.to_owned(),
            base: base.to_owned(),
            tls: None,
        }
    }
}

impl From<&String> for Place {
    fn from(address: &String) -> Self {
        address.as_str().into()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Connects to the relay.
pub(super) async fn connect(place: &Place) -> Result<Socket> {
    let stream = place.stream().await?;
    let address = match &place.tls {
        None => format!("ws://{}{}/ws", place.address, place.base),
        Some((_, name)) => format!("wss://{}{}/ws", name.to_str(), place.base),
    };
    let mut request = address.into_client_request()?;
    request
        .headers_mut()
        .insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
    let (socket, _) = client_async(request, stream).await?;
    Ok(socket)
}

/// A connection without a session: for what no client of ours does, and to see the very bytes of an answer.
pub struct Raw {
    socket: Socket,
    references: u32,
}

impl Raw {
    /// Connects, and takes the welcome.
    pub async fn connect(address: &str) -> Result<Self> {
        let mut raw = Self {
            socket: connect(&address.into()).await?,
            references: 0,
        };
        let first = raw.frame().await?;
        match decode(&first)? {
            ServerFrame::Welcome(_) => Ok(raw),
            other => bail!("the relay's first word was {other:?}"),
        }
    }

    /// The next binary frame.
    pub async fn frame(&mut self) -> Result<Vec<u8>> {
        let next = async {
            while let Some(message) = self.socket.next().await {
                if let Message::Binary(bytes) = message? {
                    return Ok(bytes.to_vec());
                }
            }
            bail!("the relay closed the connection")
        };
        tokio::time::timeout(Duration::from_secs(10), next)
            .await
            .context("the relay says nothing")?
    }

    /// Asks, and gives the bytes of the answer less the reference number.
    pub async fn ask(&mut self, command: Command) -> Result<Vec<u8>> {
        self.references += 1;
        let request = Request {
            reference: self.references,
            command,
        };
        self.socket.send(Message::binary(encode(&request))).await?;
        loop {
            let frame = self.frame().await?;
            if let ServerFrame::Answer { reference, answer } = decode(&frame)?
                && reference == self.references
            {
                return Ok(encode(&answer));
            }
        }
    }
}
